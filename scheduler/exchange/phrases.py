"""Days, lengths of time and what they are counted from, in the English sentences of a registry.

It only finds what is written: `Day 14`, `Weeks 4, 8 and 12 (±7 days)`, `3 months after the infusion`, `Day -5 to Day -3`. What is written
in another way is not found, and the caller asks about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
        "twenty".split(),
        1,
    )
} | {"twenty-four": 24, "thirty": 30, "thirty-six": 36, "sixty": 60, "ninety": 90}
_UNITS = {
    "h": "hours",
    "d": "days",
    "w": "weeks",
    "m": "months",
    "y": "years",
}  # by their first letter; minutes are looked for first
_LONGEST = {"minutes": 60 * 24, "hours": 24 * 60, "days": 40_000, "weeks": 6_000, "months": 1_300, "years": 110}

_UNIT = r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|years?|yrs?)\b"
_LABEL_UNIT = r"(?:(?:study\s+)?(?:days?|weeks?|wks?|months?|years?))"
_INTEGER = r"(?<![\d.,])\d{1,5}(?![\d%]|[.,]\d)"
_SIGNED = rf"(?:[-−–](?=\d))?{_INTEGER}"
_MORE = r"\s*(?:,\s*(?:and|or)?|;|/|&|\band\b|\bor\b)\s*"

_TIME = re.compile(
    rf"""(?P<label>\b(?P<unit>{_LABEL_UNIT})\s*(?P<first>{_SIGNED})
            (?:(?P<last>\s*(?:to|through|until|thru|[-–—~])\s*{_SIGNED}(?!\s*-?\s*{_UNIT}))|(?P<others>(?:{_MORE}{_SIGNED}(?!\s*-?\s*{_UNIT}))*)))
       | (?P<short>\b(?P<letter>[DWM])(?P<number>-?\d{{1,4}})\b)
       | (?P<amount>(?P<numbers>{_INTEGER}(?:{_MORE}{_INTEGER})*)[\s-]*(?P<of>{_UNIT}))
       | (?P<baseline>\bbaseline\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WINDOW = re.compile(
    rf"\s*[(\[]?\s*(?:±|\+\s*/\s*[-−–]|\+[-−–]|plus or minus)\s*(?P<number>\d{{1,3}})\s*-?\s*(?P<unit>{_UNIT}|d\b)\s*[)\]]?", re.I
)
_BETWEEN = re.compile(
    r"\s*(?:[,;/&]\s*(?:and\b|or\b)?|and\b|or\b)\s*(?:then\b|also\b)?\s*(?:at\b|on\b)?\s*(?:the\b)?\s*", re.IGNORECASE
)
_TO = re.compile(r"\s*(?:to|through|until|till|thru|up\s+to|[-−–—~])\s*(?:the\s+)?(?:end\s+of\s+)?", re.IGNORECASE)
_DISTANCE = re.compile(
    r"\s*(?:-|\b)\s*(?:drive|driving|travel\w*|commut\w*|distance|journey)?\s*(?:time|distance)?\s*(?:of|from|to)\b", re.I
)

# what days can be counted from: a pattern, the name it gets here, what it is called, and whether it is something that is given
_ANCHORS = (
    (r"infus\w+", "infusion", "Infusion", True),
    (r"(?:re)?transplant\w*", "transplantation", "Transplantation", True),
    (r"(?:vaccin|immuni[sz]at)\w*", "vaccination", "Vaccination", True),
    (r"(?:surg\w+|operation|operative(?:ly)?)", "surgery", "Surgery", True),
    (r"implant\w*", "implantation", "Implantation", True),
    (r"inject\w+", "injection", "Injection", True),
    (r"procedure", "procedure", "Procedure", True),
    (r"(?:dos(?:e|es|ing)|administration|treatment|therapy)", "dose", "First dose", True),
    (r"randomi[sz](?:ation|ed)", "randomisation", "Randomisation", False),
    (r"(?:enrol(?:l?ment|led)|inclusion)", "enrolment", "Enrolment", False),
    (r"(?:informed\s+)?consent", "consent", "Informed consent", False),
    (r"baseline", "baseline", "Baseline", False),
    (r"birth|deliver[yi]\w*", "birth", "Birth", False),
    (r"discharge", "discharge", "Discharge", False),
    (r"diagnosis", "diagnosis", "Diagnosis", False),
)
LABELS = {name: label for _, name, label, _ in _ANCHORS} | {"end-of-treatment": "End of treatment", "last-dose": "Last dose"}
ENDS = ("end-of-treatment", "last-dose")
GIVEN = tuple(name for _, name, _, given in _ANCHORS if given)
GENERAL = ("injection", "procedure", "dose")  # words of GIVEN that can mean any of the others
_ANY = "|".join(rf"(?P<a{number}>{pattern})" for number, (pattern, *_) in enumerate(_ANCHORS))
_ANCHOR = re.compile(rf"\b(?:{_ANY})\b", re.IGNORECASE)
_ATTACHED = re.compile(
    rf"""[\s)\]-]*(?P<way>after\b|post(?=[\sa-z-])|following\b|from\b|since\b|of\b|before\b|prior\s+to\b|pre(?=[a-z-]))[\s-]*
         (?P<words>(?:(?!(?:and|or|before|after|prior|to|at|on|in|for|until)\b)[\w'’/+()-]+[\s-]+){{0,7}}?)(?:{_ANY})\b(?P<rest>(?:\s+\w+){{0,3}})""",
    re.VERBOSE | re.IGNORECASE,
)
_LAST = re.compile(r"\b(?:last|final)\b", re.IGNORECASE)
_ENDED = re.compile(r"\b(?:end|complet\w+|stop\w*|discontinu\w*|cessation)\b", re.IGNORECASE)
_ANOTHER = re.compile(r"\b(?:second|third|fourth|each|every|any|previous|next|subsequent|2nd|3rd|booster)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\s+(?:#|no\.?|number)?\s*[2-9]\b", re.IGNORECASE)  # dose 2


@dataclass(frozen=True, slots=True)
class Time:
    """`Day 14` (a label), or `14 days`; `baseline` is a unit of its own."""

    unit: str
    number: int
    is_label: bool

    @property
    def days(self) -> float:
        """About how many days it stands for, to put things in order and for nothing else."""
        return self.number * {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30.4, "years": 365}.get(
            self.unit, 0
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """What an amount is counted from, and whether it lies before it.

    `is_unclear` when it is not the first of its kind ("the second dose"), or on either side of it ("within 28 days of").
    """

    anchor: str
    word: str
    before: bool = False
    is_unclear: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Times that stand together in a sentence: a list, or with `is_range` from the first to the last.

    `window` is written as in a protocol (±7 days); `before` are the words in front of it. A "12-week course", a "Day-7 visit" and
    "6 to 8 weeks" are unclear: they are found, and nothing can be dated from them.
    """

    times: tuple[Time, ...]
    start: int
    end: int
    before: str
    is_range: bool = False
    is_unclear: bool = False
    window: str = ""
    counted: Counted | None = None


def in_digits(text: str) -> str:
    """The text with the small numbers that are written as words in digits, and with plain signs."""
    words = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
    text = re.sub(
        rf"\b({words})(?=(?:[\s-]+(?:{_UNIT}))|\s*\(\d)",
        lambda match: str(_NUMBER_WORDS[match[1].lower()]),
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"\b(\d+)\s*\(\s*\1\s*\)", r"\1", text).replace("\u00a0", " ").replace("\u2212", "-")  # "seven (7) days"


def runs(text: str) -> tuple[Run, ...]:
    """The times in a text, those that are listed together in one; how far away a hospital may be is none."""
    found: list[Run] = []
    for run in _single(text):
        last = found[-1] if found else None
        between = text[last.end : run.start] if last else ""
        if last is not None and not last.is_range and _TO.fullmatch(between) and len(last.times) == 1:
            found[-1] = replace(last, times=(*last.times, *run.times), end=run.end, is_range=True, window=run.window)
        elif last is not None and not last.is_range and between.strip() and _BETWEEN.fullmatch(between) and _same(last, run):
            found[-1] = replace(last, times=(*last.times, *run.times), end=run.end)
        elif (
            last is not None
            and not last.is_range
            and "baseline" in (last.times[-1].unit, run.times[0].unit)
            and _BETWEEN.fullmatch(between)
        ):
            found[-1] = replace(last, times=(*last.times, *run.times), end=run.end, window=run.window)
        else:
            found.append(run)
    return tuple(replace(run, counted=_counted(text, run.end, amount=not run.times[-1].is_label)) for run in found)


def anchors(text: str) -> Iterator[tuple[str, str]]:
    """Everything in a text that days could be counted from: its name here, and the word that stands there."""
    for match in _ANCHOR.finditer(text):
        yield _named(match), match.group()


def _same(last: Run, run: Run) -> bool:
    return last.window == run.window or not last.window


def _single(text: str) -> Iterator[Run]:
    position = 0
    while match := _TIME.search(text, position):
        position = match.end()
        times = tuple(_times(match))
        if not times or any(time.unit in _LONGEST and not 0 <= abs(time.number) <= _LONGEST[time.unit] for time in times):
            continue
        end, window = match.end(), ""
        if times[0].unit in ("hours", "minutes") and _DISTANCE.match(text, end):
            continue
        if found := _WINDOW.match(text, end):
            window, end = f"±{found['number']} {_unit(found['unit'])}", found.end()
        position = end
        before = text[max(0, match.start() - 40) : match.start()].lower()
        yield Run(times, match.start(), end, before, bool(match["last"]), _is_unclear(match, before), window)


def _is_unclear(match: re.Match[str], before: str) -> bool:
    if match["amount"]:
        adjective = re.search(r"\d-[a-z]+(?<!s)$", match.group(), re.IGNORECASE)
        return adjective is not None or re.search(r"\d\s*(?:to|or|[-–—~])\s*$", before) is not None
    return (
        match["label"] is not None
        and re.match(r"[a-z\s]+[-–]\d", match.group(), re.IGNORECASE) is not None
        and not match.group()[len(match["unit"])].isspace()
    )


def _times(match: re.Match[str]) -> Iterator[Time]:
    if match["baseline"]:
        yield Time("baseline", 0, False)
    elif match["label"]:
        unit = _unit(match["unit"].split()[-1])
        numbers = [match["first"], *re.findall(_SIGNED, match["others"] or "")]
        if match["last"]:
            numbers.append(re.sub(r"^\s*(?:[a-z]+|[-–—~])\s*", "", match["last"], flags=re.IGNORECASE))
        yield from (Time(unit, _int(number), True) for number in numbers)
    elif match["short"]:
        if match["letter"].isupper():  # D28, and not the d28 of some code
            yield Time(_unit(match["letter"]), _int(match["number"]), True)
    else:
        yield from (Time(_unit(match["of"]), _int(number), False) for number in re.findall(r"\d+", match["numbers"]))


def _int(text: str) -> int:
    return int(text.replace("−", "-").replace("–", "-"))


def _unit(word: str) -> str:
    return "minutes" if word.lower().startswith("min") else _UNITS[word[0].lower()]


def _counted(text: str, end: int, *, amount: bool) -> Counted | None:
    match = _ATTACHED.match(text, end)
    if match is None:
        return None
    way, name = match["way"].lower(), _named(match)
    if name in GIVEN and _LAST.search(match["words"]):
        name = "last-dose"
    elif name in GIVEN and _ENDED.search(match["words"]):
        name = "end-of-treatment"
    is_another = _ANOTHER.search(match["words"]) is not None or _NUMBERED.match(match["rest"]) is not None
    is_either = way == "of" and amount
    before = way.startswith(("before", "prior", "pre"))
    return Counted(name, match.group(f"a{_number(match)}").lower(), before, is_another or is_either)


def _number(match: re.Match[str]) -> int:
    return next(number for number in range(len(_ANCHORS)) if match[f"a{number}"])


def _named(match: re.Match[str]) -> str:
    return _ANCHORS[_number(match)][1]
