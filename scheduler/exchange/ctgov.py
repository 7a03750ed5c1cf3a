"""A ClinicalTrials.gov record (version 2 of its API) as a draft: what its sentences say of the schedule, and a question for every gap.

A record has no table of visits. Its description, its arms and its time frames are read sentence by sentence; everything in the draft
quotes the sentence it comes from, and a sentence that speaks of a time and was not understood is asked about. No number is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from scheduler.exchange.anchoring import START, clock_of
from scheduler.exchange.clauses import (
    Finding,
    Screening,
    Stretch,
    Treatment,
    Unread,
    Visits,
    base_of,
    findings,
    frame_of,
    is_interval,
    sentences,
)
from scheduler.exchange.drafting import line, name_of, quoted
from scheduler.exchange.parsing import json_of
from scheduler.exchange.phrases import ENDS, GIVEN, LABELS, Counted, Time, runs
from scheduler.exchange.records import Draft, Loss, Question, Value
from scheduler.reading.problems import Place, Problem, ProblemsError

LOSSES = {
    "eligibility": "of the eligibility criteria, only contraception and what is counted back from a day is carried over",
    "outcome descriptions": "the descriptions of outcomes are not read, only their time frames",
    "modules": "these parts of a record are not read",
}
_READ = (
    "identificationModule",
    "statusModule",
    "sponsorCollaboratorsModule",
    "descriptionModule",
    "armsInterventionsModule",
    "outcomesModule",
    "eligibilityModule",
    "contactsLocationsModule",
)
_LETTERS = {"days": "D", "weeks": "W", "months": "M", "years": "Y"}
_OWN_LABELS = ("Day ", "Week ", "Month ", "Year ")  # a date that is counted from the study's anchor
_FIRST = -100_000.0  # before every day a record can name

Record = Mapping[str, Any]


def read(data: bytes, name: str) -> Draft:
    """The draft of a record: the file as the registry gives it, or its protocolSection alone. `name` is what problems carry.

    Raises ProblemsError when it is none.
    """
    whole = json_of(data, name)
    if isinstance(whole, dict) and isinstance(whole.get("studies"), list) and len(whole["studies"]) == 1:
        whole = whole["studies"][0]
    record = whole.get("protocolSection", whole) if isinstance(whole, dict) else None
    if not isinstance(record, dict) or not isinstance(record.get("identificationModule"), dict):
        said = "this is no record of ClinicalTrials.gov: the key protocolSection with an identificationModule was wanted"
        raise ProblemsError([Problem(Place(name), said)])
    parts = [*whole, *record] if record is not whole else [*record]
    return _Reading(record).draft(tuple(_lost(record, parts)))


def _lost(record: Record, parts: Iterable[str]) -> Iterator[Loss]:
    """What the record holds that is not carried over."""
    if _text(record, "eligibilityModule", "eligibilityCriteria"):
        yield Loss("eligibility")
    if any(outcome["description"] for outcome in _outcomes(record)):
        yield Loss("outcome descriptions")
    if unread := tuple(sorted(line(part, 60) for part in parts if part not in ("protocolSection", *_READ))):
        yield Loss("modules", unread)


@dataclass(slots=True)
class _Visit:
    """A visit as far as it is known: `order` is about its day. Not `is_visit` when only an assessment or a time frame names its day."""

    id: str
    at: str
    order: float = 0.0
    label: str = ""
    source: str = ""
    window: str = ""
    mode: str = ""
    when: str = ""
    is_visit: bool = True
    from_assumed: bool = False


class _Reading:
    """One record: first everything its sentences say, then what days are counted from, then the draft."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.said = tuple(dict.fromkeys(each for text in _descriptions(record) for each in sentences(text)))
        self.found: list[Finding] = [finding for sentence in self.said for finding in findings(sentence)]
        self.notes: list[str] = []
        self._eligibility()
        self.frames = [(outcome, frame_of(outcome["timeFrame"])) for outcome in _outcomes(record)]
        self.clock = clock_of(self.said, self.found, ((outcome["timeFrame"], run) for outcome, run in self.frames))
        self.anchor = self.clock.anchor
        self.questions: list[Question] = []
        self.taken: set[str] = set()
        self.facts: dict[str, Value] = {}
        self.events: dict[str, Value] = {}
        self.visits: dict[str, _Visit] = {}  # by what they are at
        self.periods: list[dict[str, Any]] = []
        self.activities: dict[str, Value] = {}
        self.used: set[str] = set()  # conventions that dates rest on

    def _eligibility(self) -> None:
        """Of the criteria: how long contraception lasts is a rule for participants; what is counted back from a day is a note."""
        for sentence in sentences(_text(self.record, "eligibilityModule", "eligibilityCriteria")):
            for finding in findings(sentence):
                if isinstance(finding, Stretch) and finding.label == "Contraception":
                    self.found.append(finding)
            if any(run.counted and run.counted.before for run in runs(sentence)):
                self.notes.append(f"Before the study (no dates are computed from this): {quoted(sentence)}")

    # -- what days are counted from

    def anchored(self, counted: Counted | None) -> str:
        """The name days are counted from; it is declared with its first use."""
        name = self.clock.name(counted.anchor) if counted else self.anchor
        if name == self.anchor or name in self.events:
            return name
        if name == "baseline":
            self._baseline()
            return name
        label = LABELS.get(name, name)
        if name in GIVEN:
            self.visits.setdefault(name, _Visit(name, "given", label=label))
        else:
            self.events[name] = {"label": label}
        self.taken.add(name)
        return name

    def point(self, time: Time, counted: Counted | None = None) -> str:
        """A day as the language writes it."""
        if time.unit == "baseline":
            return self.anchored(Counted("baseline", ""))
        name = self.anchored(counted)
        if time.unit in ("months", "years"):
            self.used.add("month")
        if (
            name == self.anchor
            and not (counted and counted.before)
            and (time.is_label or time.unit != "days" or self.clock.first_day == 0)
        ):
            self.used |= {"day_numbering"} if time.unit == "days" else {"week_numbering"} if time.unit == "weeks" else set()
            return f"{time.unit[:-1].capitalize()} {time.number}"
        before = counted is not None and counted.before
        sign = "-" if before != (time.number < 0) else "+"
        return f"{name} {sign} {abs(time.number)} {time.unit}"

    # -- visits

    def _baseline(self) -> None:
        if self.anchor == "baseline" or "baseline" in self.visits:
            return
        self.visits["baseline"] = _Visit("baseline", "", -0.5, label="Baseline", window="none")
        self.taken.add("baseline")
        self.ask(f"On which day is baseline: is it {self._anchor_day()}, or how long before?", ("baseline",))

    def _is_anchor(self, time: Time) -> bool:
        """Whether a label is the day of the anchor, which is a visit already."""
        if not self.clock.is_visit or not (time.is_label or time.unit == "baseline"):
            return False
        if time.unit == "baseline":
            return self.anchor == "baseline"
        return time.number == (self.clock.first_day if time.unit == "days" else 0)

    def visit(self, time: Time, found: Visits) -> str:
        """The name of the visit on a day, made when it is the first time it is named."""
        if self._is_anchor(time):
            return self.anchor
        if time.unit == "baseline":
            self._baseline()
            return "baseline"
        at = self.point(time, found.counted)
        known = self.visits.get(at) or self._new_visit(time, at, found)
        known.mode = known.mode or found.mode
        known.is_visit = known.is_visit or found.is_visit
        known.from_assumed = known.from_assumed and found.from_assumed
        if found.window and known.window and found.window != known.window:
            self.ask(f"The window is {known.window}, and {found.window} elsewhere: which is right?", (known.id,), found.source)
        known.window = known.window or found.window
        known.when = known.when if found.when else ""
        return known.id

    def _new_visit(self, time: Time, at: str, found: Visits) -> _Visit:
        is_own = at.startswith(_OWN_LABELS)
        short = f"{_LETTERS[time.unit]}{time.number}"
        id = name_of(short if is_own else f"{self.anchored(found.counted)}-{short}", self.taken)
        self.taken.add(id)
        order = time.days * (-1 if found.counted and found.counted.before else 1)
        if time.is_label and not is_own:
            self.ask(f"Is this day {at}? Its number is read as elapsed days.", (id,), found.source)
        made = _Visit(id, at, order, source=found.source, when=found.when, is_visit=False, from_assumed=found.from_assumed)
        self.visits[at] = made
        return made

    # -- everything

    def draft(self, lost: tuple[Loss, ...]) -> Draft:
        """Everything that was found, in the order of the language's sections."""
        self.taken.add(self.anchor)
        self._facts()
        for finding in self.found:
            if isinstance(finding, Visits):
                self._visits(finding)
            elif isinstance(finding, Screening):
                self._screening(finding)
            elif isinstance(finding, Stretch):
                self._period(finding)
        self._outcomes()
        self._undated_treatments()
        self._gaps()
        unread = dict.fromkeys(line(finding.source) for finding in self.found if isinstance(finding, Unread))
        for sentence in unread:
            self.ask("This sentence was not read, or not all of it: what does it mean for the schedule?", (), sentence)
        return Draft(
            made_from=f"the ClinicalTrials.gov record {self._registry()}{self._version(' of ')}",
            study=self._study(),
            facts=self.facts,
            events=self._anchor_event() | self.events,
            visits=self._ordered(),
            periods=self.periods,
            activities=self.activities,
            notes=self.notes,
            questions=self.questions,
            sites=self._sites(),
            lost=lost,
        )

    def ask(self, text: str, about: tuple[str, ...] = (), source: str = "") -> None:
        """One more open question."""
        self.questions.append(Question(text, tuple(dict.fromkeys(about)), quoted(source)))

    def _registry(self) -> str:
        return line(_text(self.record, "identificationModule", "nctId"))

    def _version(self, before: str = "") -> str:
        status = self.record.get("statusModule")
        posted = _text(status, "lastUpdatePostDateStruct", "date") if isinstance(status, dict) else ""
        return f"{before}{line(posted)}" if posted else ""

    def _study(self) -> dict[str, Value]:
        identity = self.record["identificationModule"]
        assumed = ["month"] if "month" in self.used else []
        assumed += ["day_numbering"] if not self.clock.is_stated or self._is_day_before_open() else []
        assumed += [] if self.clock.is_named else ["anchor"]
        version = self._version(" of ")
        numbering = (
            "day 0" if self.clock.first_day == 0 else "day 1 with day 0" if self.clock.has_day_0 else "day 1 without day 0"
        )
        return {
            "id": line(_text(identity, "orgStudyIdInfo", "id")) or self._registry() or "draft",
            "title": line(_text(identity, "briefTitle") or _text(identity, "officialTitle")) or "A study without a title",
            "registry": self._registry(),
            "sponsor": line(_text(self.record, "sponsorCollaboratorsModule", "leadSponsor", "name")),
            "protocol_version": f"registry record{version}",
            "notice": "Draft from a registry record, not checked against the protocol",
            "anchor": self.anchor,
            "day_numbering": numbering,
            "month": "calendar" if "month" in self.used else "",
            "source": quoted(self.clock.source),
            "assumed": assumed,
        }

    def _anchor_event(self) -> dict[str, Value]:
        if self.clock.is_visit:
            return {}
        return {self.anchor: {"label": self.clock.label, "source": quoted(self.clock.source)}}

    def _sites(self) -> dict[str, dict[str, Value]]:
        places = _list(self.record, "contactsLocationsModule", "locations")
        return {
            f"site-{number}": {
                "name": line(_text(place, "facility")) or "A site without a name",
                "city": line(_text(place, "city")),
                "time_zone": "UTC",
                "language": "en",
            }
            for number, place in enumerate(places, 1)
        }

    # -- facts and treatments

    def _facts(self) -> None:
        self.fact_of: dict[str, str] = {}
        for finding in self.found:
            if isinstance(finding, Treatment) and finding.name not in self.fact_of:
                name = name_of(finding.name, self.taken, "treatment")
                self.taken.add(name)
                self.fact_of[finding.name] = name
                self.facts[name] = {"label": line(finding.label), "answer": "yes or no", "source": quoted(finding.source)}

    def _when(self, when: str) -> str:
        return self.fact_of.get(when, "")

    def _undated_treatments(self) -> None:
        """What only some are given, and the record does not say on which days: a course that waits for its first day."""
        for said, fact in self.fact_of.items():
            dated = [each for each in self.found if _times(each) and _gives(each, said)]
            if dated:
                continue
            start, course = name_of(f"{fact}-start", self.taken), name_of(f"{fact}-course", self.taken)
            self.taken |= {start, course}
            entry = self.facts[fact]
            assert isinstance(entry, dict)
            label, source = str(entry["label"]), str(entry["source"])
            self.events[start] = {"label": f"Start of {label}", "may not happen": "yes", "source": source}
            self.periods.insert(
                0, {"id": course, "label": label, "kind": "treatment", "when": fact, "from": start, "source": source}
            )
            self.questions.append(Question(f"On which days is {label} given? The record does not say.", (course, start), source))

    # -- findings

    def _visits(self, found: Visits) -> None:
        when = self._when(found.when)
        found = replace(found, when=when)
        ids = [self.visit(time, found) for time in found.times]
        if found.what and base_of(found.source) is None:
            self._activity(line(found.what, 120), ids, found.source, when)

    def _screening(self, found: Screening) -> None:
        if "screening" in self.visits:
            return
        if found.last is None:
            window = f"within {found.first.number} {found.first.unit} before {self.anchored(found.counted)}"
            self.used |= {"month"} if found.first.unit in ("months", "years") else set()
        else:
            window = f"from {self.point(found.first)} to {self.point(found.last)}"
        id = name_of("SCR", self.taken)
        self.taken.add(id)
        self.visits["screening"] = _Visit(id, "", _FIRST, label="Screening", window=window, source=found.source)

    def _period(self, found: Stretch) -> None:
        start, assumed = self._start(found)
        if found.start is not None:
            end = self.point(found.end)
        elif found.end.is_label:
            end = self.point(found.end, found.counted)
        else:
            self.used |= {"month"} if found.end.unit in ("months", "years") else set()
            from_name = self.anchored(found.counted) if found.counted else start
            end = f"{from_name} + {found.end.number} {found.end.unit}"
        end = f"at least {end}" if found.at_least else end
        if found.kind == "observation" and self._same_observation(start, end, found):
            return
        id = name_of(_PERIOD_NAMES.get(found.label.partition(" (")[0]) or _period_name(found), self.taken, found.kind)
        self.taken.add(id)
        entry = {
            "id": id,
            "label": line(found.label, 160),
            "kind": found.kind,
            "when": self._when(found.when),
            "from": start,
            "to": end,
            "source": quoted(found.source),
            "assumed": ["from"] if assumed else [],
        }
        self.periods.append(entry)
        if assumed:
            self.ask(f"From which day does it hold? The record does not say, and {start} is assumed.", (id,), found.source)

    def _start(self, found: Stretch) -> tuple[str, bool]:
        """The first day of a stretch, and whether that is assumed: what its length is counted from is where it begins, mostly."""
        if found.start is not None:
            return self.point(found.start), False
        name = self.anchored(found.counted)
        if name in ENDS:
            return self.anchor, True
        return name, found.counted is None

    def _same_observation(self, start: str, end: str, found: Stretch) -> bool:
        for entry in self.periods:
            if entry["kind"] == "observation" and (entry["from"], entry["to"]) == (start, end):
                if found.label not in entry["label"]:
                    entry["label"] = line(f"{entry['label']}; {found.label}", 400)
                return True
        return False

    # -- outcomes

    def _outcomes(self) -> None:
        stretches: list[str] = []
        for outcome, run in self.frames:
            measure, source = line(outcome["measure"], 160) or "An outcome without a name", outcome["timeFrame"]
            if run is None:
                self.ask(f"At which visits is this assessed: {measure}?", (), source or measure)
            elif run.is_range or is_interval(run):
                from_baseline = run.is_range and run.times[0].unit == "baseline"
                first = run.times[0] if run.is_range and not from_baseline else None
                counted = run.counted or Counted(self.anchor, "")  # where it says nothing else, from the study's anchor
                start = None if from_baseline and self.anchor != "baseline" else counted
                self._period(Stretch("observation", f"Outcomes: {line(source)}", source, run.times[-1], first, start))
                inside = self._inside(run.times[-1], first)
                if self.clock.name(counted.anchor) != self.anchor or not inside:
                    self.ask(f"At which visits is this assessed: {measure}?", (), source)
                    continue
                stretches.append(self._activity(measure, inside, source, assumed=True))
            else:
                found = Visits(run.times, source, run.window, counted=run.counted, is_visit=False)
                ids = [self.visit(time, found) for time in run.times]
                self._activity(measure, ids, source)
        if stretches:
            said = "At which visits are these outcomes assessed? Their time frames are stretches of time; every visit in them is assumed."
            self.ask(said, tuple(stretches))

    def _activity(self, label: str, ids: list[str], source: str, when: str = "", *, assumed: bool = False) -> str:
        name = name_of(label, self.taken, "activity")
        self.taken.add(name)
        entry = {"label": label, "at": list(dict.fromkeys(ids)), "when": when, "source": quoted(source)}
        self.activities[name] = entry | {"assumed": ["at"] if assumed else []}
        return name

    def _inside(self, last: Time, first: Time | None) -> list[str]:
        """The visits counted from the anchor that lie in a stretch; the anchor's own is none of them."""
        begins = max(first.days, 0.5) if first else 0.5
        found = [visit for visit in self.visits.values() if visit.at.startswith(_OWN_LABELS)]
        inside = [
            visit for visit in found if begins <= visit.order <= last.days + 1
        ]  # a month has 30.4 days here, and 31 elsewhere
        return [visit.id for visit in sorted(inside, key=lambda visit: visit.order)]

    # -- what is not said

    def _gaps(self) -> None:
        self._gaps_of_visits()
        self._gaps_of_days()
        for name in ENDS:
            if name in self.events:
                self.ask(f"Which day is the {LABELS[name].lower()}?", (name,))
        if "screening" not in self.visits:
            self.ask("Is there a screening visit, and how long before? The record names none.")
        arms = [line(_text(arm, "label"), 80) for arm in _list(self.record, "armsInterventionsModule", "armGroups")]
        if len(arms) > 1:
            self.ask(f"Is the schedule the same in every arm ({', '.join(filter(None, arms))})?")
        said = "which time zone, country, language and telephone numbers has each site? UTC and English stand there so far."
        self.ask(f"sites.yaml: {said}")

    def _gaps_of_visits(self) -> None:
        visits = [visit for visit in self.visits.values() if visit.at != "given"]
        gaps = (
            (
                "On which days around its target may each of these visits take place? The record gives no window.",
                lambda visit: not visit.window,
            ),
            (
                "Only an assessment or a time frame names these days: is there a visit on each of them?",
                lambda visit: not visit.is_visit,
            ),
            (
                f"What are these days counted from? The record does not say, and {self._anchor_day()} is assumed.",
                lambda visit: visit.from_assumed,
            ),
            ("Do these visits take place at the clinic, on the ward, by telephone or at home?", lambda visit: not visit.mode),
        )
        for question, is_open in gaps:
            if about := tuple(visit.id for visit in visits if is_open(visit)):
                self.ask(question, about)

    def _gaps_of_days(self) -> None:
        clock = self.clock
        if "month" in self.used:
            self.ask("What is a month: a calendar month, 28 days or 30 days? Calendar months are assumed.", ("study",))
        if not clock.is_stated and "day_numbering" in self.used:
            said = f"Is {self._anchor_day()} Day 0 or Day 1? Day 0 is assumed, and with Day 1 every Day is a day earlier."
            self.ask(said, ("study",))
        elif self._is_day_before_open():
            self.ask("Is the day before Day 1 Day -1 or Day 0? Day -1 is assumed.", ("study",), clock.source)
        if "week_numbering" in self.used and clock.first_day == 1:
            self.ask("Is Week 1 the first week, or 7 days after Day 1? Weeks are read as 7 days each after Day 1.", ("study",))
        if self.anchor == START:
            self.ask("What do days, weeks and months count from? The record does not say.", ("study", START))
        elif len(clock.words) > 1 and clock.given in {self.anchor, *self.visits}:
            words = ", ".join(f'"{word}"' for word in clock.words)
            self.ask(f"The record says {words}: are they the same day? They are read as one.", (clock.given,))

    def _is_day_before_open(self) -> bool:
        return self.clock.first_day == 1 and not self.clock.has_day_0

    def _anchor_day(self) -> str:
        return "the first day" if self.anchor == START else f"the day of {self.clock.label.lower()}"

    def _ordered(self) -> list[dict[str, Value]]:
        """The visits by their days, those of one sentence together under what they share."""
        if self.clock.is_visit:
            self.visits[self.anchor] = _Visit(self.anchor, "given", label=self.clock.label, source=self.clock.source)
        entries: list[dict[str, Value]] = []
        for _, together in groupby(sorted(self.visits.values(), key=lambda visit: visit.order), key=_shared):
            group = list(together)
            first = group[0]
            shared: dict[str, Value] = {
                "mode": first.mode,
                "when": first.when,
                "window": first.window or ("" if first.at == "given" else "none"),
                "source": quoted(first.source),
                "assumed": ["at"] if first.from_assumed else [],
            }
            own: list[dict[str, Value]] = [{"id": visit.id, "label": visit.label, "at": visit.at} for visit in group]
            entries += [{**shared, "visits": own}] if len(own) > 1 else [own[0] | shared]
        return entries


_PERIOD_NAMES = {
    "Hospital stay": "hospital",
    "Within reach of the hospital": "near-site",
    "Contraception": "contraception",
    "Rest": "rest",
}


def _period_name(found: Stretch) -> str:
    return (
        f"{found.kind}-{found.end.number}-{found.end.unit}"
        if found.start is None
        else f"{found.kind}-{found.end.unit[:-1]}-{found.end.number}"
    )


def _shared(visit: _Visit) -> tuple[object, ...]:
    own = visit.id if visit.at == "given" else ""
    return (own, visit.mode, visit.when, visit.window, visit.source, visit.from_assumed)


def _times(finding: Finding) -> tuple[Time, ...]:
    if isinstance(finding, Visits):
        return finding.times
    if isinstance(finding, Stretch):
        return (finding.end, *([finding.start] if finding.start else []))
    return ()


def _gives(finding: Finding, what: str) -> bool:
    """Whether a finding says on which days a treatment is given."""
    if isinstance(finding, Stretch):
        return finding.kind == "treatment" and what in finding.label.lower()
    return isinstance(finding, Visits) and what in finding.what.lower()


# -- the record


def _text(record: object, *path: str) -> str:
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record if isinstance(record, str) else ""


def _list(record: object, *path: str) -> list[Record]:
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return [each for each in record if isinstance(each, dict)] if isinstance(record, list) else []


def _descriptions(record: Record) -> Iterator[str]:
    yield _text(record, "descriptionModule", "briefSummary")
    yield _text(record, "descriptionModule", "detailedDescription")
    for kind in ("armGroups", "interventions"):
        yield from (_text(each, "description") for each in _list(record, "armsInterventionsModule", kind))


def _outcomes(record: Record) -> list[dict[str, str]]:
    """The outcomes with their texts, each kind in its order."""
    kinds = ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
    keys = ("measure", "timeFrame", "description")
    return [{key: _text(each, key) for key in keys} for kind in kinds for each in _list(record, "outcomesModule", kind)]
