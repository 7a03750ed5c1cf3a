"""What a sentence of a registry says about the schedule: visits, stays, rests, restrictions, stretches that are observed, conditions.

A clause is read by the first of a few rules that fits it. One that speaks of a time and fits none is kept as unread, to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scheduler.exchange.phrases import Counted, Run, Time, anchors, in_digits, runs


@dataclass(frozen=True, slots=True)
class Visits:
    """Days somebody comes, or something is done; `what` is done, where the sentence says it.

    Not `is_visit` when the sentence only speaks of an assessment; `from_assumed` when it does not say what its amounts are counted from.
    """

    times: tuple[Time, ...]
    source: str
    window: str = ""
    mode: str = ""
    when: str = ""
    what: str = ""
    counted: Counted | None = None
    is_visit: bool = True
    from_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period: from a day, or from what its length is counted from, to a day. `at_least` when it may be longer."""

    kind: str
    label: str
    source: str
    end: Time
    start: Time | None = None
    counted: Counted | None = None
    at_least: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """The days before which, or between which, somebody is screened."""

    source: str
    first: Time
    last: Time | None = None
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """Something that only some are given: a question to ask of each participant."""

    name: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A sentence that speaks of a time and was not understood."""

    source: str


_MOST_IN_SERIES = 60

Finding = Visits | Stretch | Screening | Treatment | Unread

_SENTENCE = re.compile(r"(?<![A-Z]\.)(?<=[.!?;])\s+(?=[A-Z(*•\d-])|[\r\n]+")
_BULLET = re.compile(r"^\s*(?:[*•·‣▪–-]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z][.)]\s+)+")
_CLAUSE = re.compile(
    r"\s*;\s*|,?\s+(?:and|then|and then|followed by)\s+(?=(?:then|be|to|will|must|should|remain|stay|reside|live|return|visit|attend|"
    r"rest|receive|undergo|are|is|were)\b)",
    re.IGNORECASE,
)
_IF = re.compile(
    r"^(?:if|when|where)\s+(?:an?\s+|the\s+)?(?P<what>[\w][\w\s/+()-]{2,60}?)\s+(?:is|are|was|were|has been|have been)\s+"
    r"(?:administered|given|received|performed|used|required|needed|applied|done)\b\s*,?",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:may|can|could|might)\s+(?:also\s+)?(?:receive|be given|undergo|have|be treated with)\s+(?:an?\s+|the\s+)?"
    r"(?P<what>[\w][^.;,]{2,100}?)\s*,?\s+(?:if|when|as|where|at the)\s+(?:clinically\s+|medically\s+)?"
    r"(?:needed|necessary|required|indicated|appropriate|discretion)",
    re.IGNORECASE,
)
_MAY_BE = re.compile(
    r"(?P<what>\b[A-Za-z][\w\s/+-]{2,60}?)\s+(?:may|can|could|will|is|are)\s+(?:also\s+)?(?:be\s+)?(?:given|administered|performed|used|offered)\s+"
    r"(?:only\s+)?(?:if|when|as|where|at the)\s+(?:clinically\s+|medically\s+)?(?:needed|necessary|required|indicated|appropriate|discretion)",
    re.IGNORECASE,
)
_CYCLE = re.compile(r"\bcycles?\b|\bC\d+D\d+\b", re.IGNORECASE)
_STAY = re.compile(
    r"\b(?:be|are|is|been|were|was|remain\w*|stay\w*|kept)\s+(?:\w+\s+)?(?:hospitali[sz]ed|admitted|in-?patients?\b|confined)"
    r"|\b(?:remain|stay|kept|observed)\w*\s+(?:in|at)\s+(?:the\s+|a\s+)?(?:hospital|ward|unit)\b"
    r"|\b(?:hospitali[sz]ation|hospital stay|in-?patient stay)\s+(?:for|of|is|will)\b",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"\b(?:remain|stay|resid|live|be located|lodg)\w*\b[^.;]{0,30}?\bwithin\s+(?:an?\s+|about\s+|approximately\s+)*[\w.]+[\s-]+"
    r"(?:hours?|hrs?|minutes?|mins?|km|kilomet\w+|miles?)\b[^.;]{0,60}?\b(?:site|hospital|facility|cent(?:er|re)|clinic|institution)\b"
    r"|\b(?:remain|stay|resid|live)\w*\s+(?:close|near|in proximity|in the vicinity)\b",
    re.IGNORECASE,
)
_REST = re.compile(r"(?<!at )\brest(?:ed|ing)?\s+(?:for|on|from|period|days?)\b", re.IGNORECASE)
_RESTRICTED = re.compile(
    r"\bcontracepti\w+|\b(?:refrain|abstain)\w*|\b(?:must|should)\s+(?:not|avoid)\b|\bnot allowed to\b|\bprohibited\b",
    re.IGNORECASE,
)
_SCREENING = re.compile(r"\bscreening\b|\bscreened\b", re.IGNORECASE)
_VISIT = re.compile(
    r"\bvisits?\b|\breturn\w*\b|\bcome back\b|\battend\w*\b|\bfollow(?:ed)?[\s-]ups?\b|\bseen\b|\bclinic\b|"
    r"\boutpatient\b|\btelephone\w*|\bphone\b|\bcall(?:s|ed)?\b|\bcontact(?:s|ed)?\b",
    re.IGNORECASE,
)
_ASSESSED = re.compile(
    r"\bassess\w*|\bevaluat\w*|\bmeasur\w*|\bcollect\w*|\bsampl\w*|\bexamin\w*|\bperformed\b|\bobtained\b|\bcomplete\b|\bbiops\w*|"
    r"\bscan\w*|\bimag\w*|\btest(?:s|ed)?\b|\bdrawn?\b|\bscheduled\b|\bundergo\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\b(?:receiv\w*|administ\w*|dos(?:e|es|ed|ing)|infus\w*|inject\w*|treated|vaccin\w*|given|take|taken|chemotherapy|"
    r"lymphodeplet\w*|conditioning)\b",
    re.IGNORECASE,
)
_OBSERVED = re.compile(
    r"\bfollow(?:ed)?(?:[\s-]up)?\b|\bmonitor\w*|\bobserv\w*|\boccur\w*|\bsurviv\w*|\bassess\w*|\bevaluat\w*|\brecord\w*|\bcollect\w*",
    re.IGNORECASE,
)
_INTERVAL = re.compile(
    r"(?:\bup to|\bwithin|\buntil|\btill|\bthrough|\bthroughout|\bduring|\bfor|\bover|\bfirst|\bat least|\bminimum of|\bmaximum of|\bno more than|"
    r"\bat most|\btotal of|\bperiod of|\bto|\bafter|\bfrom)\s+(?:a\s+|an\s+|the\s+|about\s+|approximately\s+|first\s+|up to\s+|at least\s+|"
    r"(?:a\s+)?(?:total|minimum|maximum|period)\s+of\s+|additional\s+)*$"
)
_AT_LEAST = re.compile(r"\b(?:at least|a minimum of|minimum of|no less than|not less than)\s*$|≥\s*$")
_EVERY = re.compile(r"\b(?:every|each|per|once a|twice a)\s*$|\bevery\s+(?:other\s+)?$")


_OFTEN = re.compile(
    r"\b(?:daily|weekly|bi-?weekly|monthly|quarterly|annual(?:ly)?|yearly|every|each\s+(?:day|week|month|year|visit)|twice|thereafter|q\d+[dw])\b"
    r"|\d\s*(?:天|周|个月|月|年|日)",
    re.IGNORECASE,
)
_THEN_EVERY = re.compile(
    r"(?:,|\band\b|\bthen\b|\bthereafter\b|\s)+\bevery\s+(?P<step>\d{1,3})\s+(?P<unit>day|week|month|year)s?\s+(?:thereafter\s+)?(?:until|through|up\s+to|to|till)\s+(?:the\s+)?"
    r"(?:(?P<label>day|week|month|year)s?\s+(?P<number>\d{1,4})|(?P<amount>\d{1,4})\s+(?P<of>day|week|month|year)s?)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, its bullets taken off."""
    found = (_BULLET.sub("", part).strip() for part in _SENTENCE.split(text))
    return tuple(dict.fromkeys(part for part in found if part))


def findings(sentence: str) -> tuple[Finding, ...]:
    """What one sentence says. Times in it that no rule understood give one Unread."""
    text = in_digits(sentence)
    treatment = _treatment(text, sentence)
    condition = _IF.match(text)
    when = _short(condition["what"]) if condition else ""
    if _CYCLE.search(text):
        return (*treatment, *([Unread(sentence)] if runs(text) or _OFTEN.search(text) else []))
    rest = text[condition.end() :] if condition else text
    series = _THEN_EVERY.search(rest)
    if series:
        rest = f"{rest[: series.start()]} {rest[series.end() :]}"
    found = [each for clause in _CLAUSE.split(rest) for each in _clause(clause, sentence, when)]
    known = [each for each in found if not isinstance(each, Unread)]
    continued = _continued(known, series) if series else known
    is_whole = len(known) == len(found) and continued is not None and not _OFTEN.search(rest)
    unread = [] if is_whole else [Unread(sentence)]
    asked = [Treatment(when, _short(condition["what"], whole=True), sentence)] if condition else []
    return (*treatment, *asked, *(known if continued is None else continued), *unread)


def _continued(found: Sequence[Finding], series: re.Match[str]) -> list[Finding] | None:
    """The visits of a sentence that goes on "then every 6 months until month 24"; None where that is not in the unit of its last visit."""
    unit, end = f"{series['unit'].lower()}s", int(series["number"] or series["amount"])
    until = f"{(series['label'] or series['of']).lower()}s"
    last = next((number for number, each in reversed(list(enumerate(found))) if isinstance(each, Visits)), None)
    if last is None or not int(series["step"]):
        return None
    visits = found[last]
    assert isinstance(visits, Visits)
    final = visits.times[-1]
    numbers = range(final.number + int(series["step"]), end + 1, int(series["step"]))
    if (final.unit, unit) != (until, until) or not numbers or numbers[-1] != end or len(numbers) > _MOST_IN_SERIES:
        return None
    more = tuple(replace(final, number=number) for number in numbers)
    return [*found[:last], replace(visits, times=(*visits.times, *more)), *found[last + 1 :]]


def _treatment(text: str, sentence: str) -> list[Treatment]:
    found = [*_MAY.finditer(text), *_MAY_BE.finditer(text)]
    return [Treatment(_short(match["what"]), _short(match["what"], whole=True), sentence) for match in found]


def _short(what: str, *, whole: bool = False) -> str:
    """What a treatment is called: its first word is its name here, what stands before a bracket its label."""
    said = re.sub(r"^(?:(?:optional|additional|any|an?|the)\s+)+", "", what.strip(), flags=re.IGNORECASE)
    return said if whole else re.split(r"[\s(]", said)[0].lower()


def _clause(clause: str, sentence: str, when: str) -> Iterator[Finding]:
    found = runs(clause)
    if not found:
        return
    near = _NEAR.search(clause)
    used = _stretches(clause, sentence, found, near, when)
    yield from used
    if used:
        return
    yield from _others(clause, sentence, found, when)


def _stretches(clause: str, sentence: str, found: tuple[Run, ...], near: re.Match[str] | None, when: str) -> list[Finding]:
    """Stays, rests and restrictions: a kind of stretch and how long it lasts, in one clause."""
    if near is not None:
        kind, label = "restriction", f"Within reach of the hospital ({near.group().strip()})"
    elif _STAY.search(clause):
        kind, label = "stay", "Hospital stay"
    elif _REST.search(clause):
        kind, label = "rest", "Rest"
    elif restricted := _RESTRICTED.search(clause):
        kind, label = "restriction", "Contraception" if restricted.group().lower().startswith("contra") else _plain(clause)
    else:
        return []
    days = [run for run in found if _is_days(run)]
    if kind == "rest" and len(days) == 1 and _is_unbroken(days[0]):
        first, last = days[0].times[0], days[0].times[-1]
        return [Stretch(kind, label, sentence, last, start=first, when=when)]
    lengths = [run for run in found if _is_length(run) and not (run.counted and (run.counted.before or run.counted.is_unclear))]
    if (
        len(lengths) == 1
        and kind != "rest"
        and not re.search(r"\b(?:within|up to|every|after)\s+(?:the\s+)?$", lengths[0].before)
    ):
        run = lengths[0]
        at_least = _AT_LEAST.search(run.before) is not None
        return [Stretch(kind, label, sentence, run.times[0], counted=run.counted, at_least=at_least, when=when)]
    if kind == "stay" and len(days) == 1 and days[0].is_range:
        return [Stretch(kind, label, sentence, days[0].times[-1], start=days[0].times[0], when=when)]
    if (
        kind == "stay"
        and len(days) == 1
        and len(days[0].times) == 1
        and re.search(r"\b(?:until|to|through|till)\s*$", days[0].before)
    ):
        return [Stretch(kind, label, sentence, days[0].times[0], when=when)]
    return [Unread(sentence)]


def _others(clause: str, sentence: str, found: tuple[Run, ...], when: str) -> Iterator[Finding]:
    for run in found:
        if run.is_unclear or _EVERY.search(run.before) or (run.counted and run.counted.is_unclear):
            yield Unread(sentence)
        elif _SCREENING.search(clause) and (screening := _screening(run, sentence)):
            yield screening
        elif run.counted and run.counted.before:
            yield Unread(sentence)
        elif run.is_range:
            yield _range(clause, sentence, run, when)
        elif _INTERVAL.search(run.before):
            observed = _OBSERVED.search(clause) or run.counted
            if (observed and _is_length(run)) or (observed and len(run.times) == 1 and run.times[0].is_label):
                yield Stretch("observation", _plain(clause), sentence, run.times[0], counted=run.counted, when=when)
            else:
                yield Unread(sentence)
        elif _VISIT.search(clause) or _ASSESSED.search(clause) or _GIVEN.search(clause):
            yield _visits(clause, sentence, run, when)
        else:
            yield Unread(sentence)


def _screening(run: Run, sentence: str) -> Screening | None:
    if run.is_range and _is_days(run):
        return Screening(sentence, run.times[0], run.times[-1])
    if len(run.times) == 1 and not run.times[0].is_label and run.counted and run.counted.before and _INTERVAL.search(run.before):
        return Screening(sentence, run.times[0], counted=run.counted)
    return None


def _range(clause: str, sentence: str, run: Run, when: str) -> Finding:
    if not _is_days(run) or run.times[0].unit == "baseline":
        if _OBSERVED.search(clause):
            return Stretch("observation", _plain(clause), sentence, run.times[-1], counted=run.counted, when=when)
        return Unread(sentence)
    if _GIVEN.search(clause):
        return Stretch("treatment", _plain(clause), sentence, run.times[-1], start=run.times[0], when=when)
    if _OBSERVED.search(clause):
        return Stretch("observation", _plain(clause), sentence, run.times[-1], start=run.times[0], when=when)
    return Unread(sentence)


def _visits(clause: str, sentence: str, run: Run, when: str) -> Finding:
    said = all(time.is_label or run.times[0].unit == "baseline" for time in run.times) or run.counted is not None
    if any(time.unit in ("hours", "minutes") for time in run.times) or not (said or re.search(r"\bat\s+$", run.before)):
        return Unread(sentence)
    is_visit = _VISIT.search(clause) is not None
    what = _plain(clause) if _GIVEN.search(clause) and not is_visit and not _ASSESSED.search(clause) else ""
    return Visits(run.times, sentence, run.window, _mode(clause), when, what, run.counted, is_visit, not said)


def _mode(clause: str) -> str:
    """How the visits of a clause take place, where it says so of all of them."""
    plain = re.sub(r"\([^)]*\)", "", clause)
    by_telephone = re.search(r"\b(?:telephone|phone|call)", plain, re.IGNORECASE) is not None
    at_clinic = re.search(r"\b(?:clinic|outpatient|on-?site|study site)\b", plain, re.IGNORECASE) is not None
    if by_telephone == at_clinic:
        return ""
    return "telephone" if by_telephone else "clinic"


def _is_unbroken(run: Run) -> bool:
    """Whether its days follow one another, so that they are one stretch."""
    numbers = [time.number for time in run.times]
    if any(time.unit != "days" for time in run.times):
        return False
    return run.is_range or numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _is_days(run: Run) -> bool:
    return not run.is_unclear and all(time.is_label or time.unit == "baseline" for time in run.times)


def _is_length(run: Run) -> bool:
    time = run.times[0]
    return len(run.times) == 1 and not run.is_unclear and not time.is_label and time.unit not in ("baseline", "hours", "minutes")


def _plain(clause: str) -> str:
    """A clause as a label."""
    text = clause.strip(" .,;:?").rpartition(": ")[2]
    return text[:1].upper() + text[1:]


def base_of(sentence: str) -> tuple[str, str, int] | None:
    """Where a sentence says on which Day 0 or Day 1 something is ("infusion on Day 0"): what, its word, and the number."""
    text = in_digits(sentence)
    for match in re.finditer(r"\bday\s*([01])\b", text, re.IGNORECASE):
        if re.match(r"\s*(?:to|through|until|[-–,&]|and)\s*(?:day\s*)?-?\d", text[match.end() :], re.IGNORECASE):
            continue  # the first of a list or a range
        before = text[: match.start()]
        stated = re.search(r"(?:\bon|\bat|\bis|[(=,:])\s*(?:the\s+|study\s+)*$", before, re.IGNORECASE)
        named = list(anchors(re.split(r"[.;]", before)[-1])) if stated else []
        after = re.match(
            r"\s*(?:\)|is|=|:|,|was)?\s*(?:(?:defined|designated)\s+as\s+)?[(\s]*(?:the\s+)?(?:day|date|time)?\s*(?:of\s+)?",
            text[match.end() :],
            re.I,
        )
        if not named and after:
            near = re.match(r"(?:[\w'-]+\s+){0,4}[\w'-]+", text[match.end() + after.end() :])
            named = list(anchors(near.group()))[:1] if near and re.search(r"of\s*$|[(=:]\s*$|is\s*$", after.group()) else []
        if named:
            name, word = named[-1]
            return name, word, int(match[1])
    return None


_EVENTS = re.compile(
    r"\b(?:progress\w*|death|relapse\w*|completion|withdraw\w*|discharge|whichever|occurrence|event)\b", re.IGNORECASE
)


def frame_of(text: str) -> Run | None:
    """The times of an outcome's time frame: points of a list, or a range or an interval. None where it says something else, or less.

    "3 months" alone can be a day or a stretch; "until progression, up to 36 months" ends by an event.
    """
    plain = in_digits(text)
    found = runs(plain)
    if (
        len(found) != 1
        or found[0].is_unclear
        or _EVENTS.search(plain)
        or _CYCLE.search(plain)
        or re.search(r"\bevery\b", plain, re.I)
    ):
        return None
    run = found[0]
    if any(time.unit in ("hours", "minutes") for time in run.times) or (
        run.counted and (run.counted.before or run.counted.is_unclear)
    ):
        return None
    if run.is_range:
        return run if len(run.times) == 2 and run.times[1].unit != "baseline" else None
    if is_interval(run):
        return run if len(run.times) == 1 and run.times[0].unit != "baseline" else None
    if run.before.strip() and not re.search(r"(?:^|[\s(,:])(?:at|on|day|in|visit)s?\s*$", run.before):
        return None
    said = run.counted is not None or all(time.is_label or run.times[0].unit == "baseline" for time in run.times)
    return run if said else None


def is_interval(run: Run) -> bool:
    """Whether the words before a time make a stretch of it: up to, within, through."""
    return _INTERVAL.search(run.before) is not None
