"""A protocol as a USDM v4 file: the least that is valid, with the schedule in its timelines.

The main timeline holds what is counted from the study's anchor, and what is dated by its record (an anchor, too) or cannot be counted
(without a timing, its rule in words). What is counted from another event has a timeline of its own, which begins with that event. All
timings are Start to Start; the value of an anchor's own is a label, P0D or P1D. What the standard wants and the protocol file does not
say is "not stated". No file holds anything of a participant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from scheduler.about import VERSION
from scheduler.exchange.records import Loss, Written
from scheduler.exchange.rules import rule_of
from scheduler.exchange.usdm.durations import is_sayable, iso_of, words_of
from scheduler.exchange.usdm.file import STUDY_ANCHOR
from scheduler.exchange.usdm.lost import lost_from
from scheduler.exchange.visits import Counted, OneVisit, around, counted_of, ids, sides_of, visits_of
from scheduler.language.moments import Numbering, Offset
from scheduler.language.syntax import Given
from scheduler.protocol.columns import holds, takes_place
from scheduler.protocol.records import Activity, AnswerKind, Epoch, Event, Mode, Protocol, Text
from scheduler.views.expressions import Phrases
from scheduler.views.words import words

FILE = "usdm.json"
_CDISC, _CDISC_VERSION = "http://www.cdisc.org", "2024-09-27"
_NOT_STATED = "not stated"
_LANGUAGE = "en"
_MODES = {  # contact mode, environmental setting
    Mode.CLINIC: (("C175574", "In Person"), ("C51282", "Clinic")),
    Mode.WARD: (("C175574", "In Person"), ("C16696", "Hospital")),
    Mode.HOME: (("C175574", "In Person"), ("C18002", "Home")),
    Mode.TELEPHONE: (("C171537", "Telephone Call"), None),
    Mode.REMOTE: (("", "Remote"), None),
}
_EPOCHS = {
    "screening": ("C202487", "Screening Epoch"),
    "baseline": ("C125938", "Baseline Epoch"),
    "treatment": ("C101526", "Treatment Epoch"),
    "washout": ("C42872", "Washout Period"),
    "follow-up": ("C202578", "Follow-Up Epoch"),
    "follow": ("C202578", "Follow-Up Epoch"),
}
_KINDS = {1: ("C201356", "After"), -1: ("C201357", "Before"), 0: ("C201358", "Fixed Reference")}

Json = dict[str, Any]


def write(protocol: Protocol) -> Written:
    """The file of a protocol, and what of the protocol it does not hold."""
    made = _Writer(protocol)
    data = (json.dumps(made.wrapper(), ensure_ascii=False, indent=1) + "\n").encode()
    return Written(files={FILE: data}, lost=tuple(Loss(kind, names) for kind, names in lost_from(protocol, made.visits).items()))


class _Moment(NamedTuple):
    """An instance: a visit or an event, with the id it gets in the file."""

    name: str
    label: str
    instance: str
    counted: Counted | None
    visit: OneVisit | None


class _Writer:
    """Makes the records of one file; ids are numbered by their kind, as they come."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.said = words(_LANGUAGE)
        self.phrases = Phrases(protocol, self.said)
        self.visits = visits_of(protocol)
        self.by_id = ids(self.visits)
        self.numbers: dict[str, int] = {}
        self.epoch_ids = {name: self.id("StudyEpoch") for name in protocol.epochs}
        self.activity_ids = {activity.id: self.id("Activity") for activity in protocol.activities}
        self.encounters: list[Json] = []
        self.timelines: list[Json] = []
        self.instances: dict[str, str] = {}  # by what they are called in the protocol

    # -- small records

    def id(self, kind: str) -> str:
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return f"{kind}_{self.numbers[kind]}"

    def record(self, kind: str, /, **fields: Any) -> Json:
        """A record of a kind; what is empty is left out."""
        id = fields.pop("id", None) or self.id(kind)
        return {"id": id, **{key: value for key, value in fields.items() if value not in (None, "", [])}, "instanceType": kind}

    def code(self, code: str, decode: str) -> Json:
        """A value of CDISC's code lists; without a code it is only a word of ours."""
        return {
            "id": self.id("Code"),
            "code": code or decode,
            "codeSystem": _CDISC if code else "trial-scheduler",
            "codeSystemVersion": _CDISC_VERSION if code else VERSION,
            "decode": decode,
            "instanceType": "Code",
        }

    def not_stated(self) -> Json:
        return self.code("", _NOT_STATED)

    def text(self, text: Text | None, otherwise: str = "") -> str:
        return self.said.text(text, otherwise)

    # -- the whole

    def wrapper(self) -> Json:
        study = {
            "id": self.id("Study"),
            "name": self.protocol.study.id,
            "label": self.text(self.protocol.study.title),
            "versions": [self.version()],
            "instanceType": "Study",
        }
        return {"study": study, "usdmVersion": "4.0.0", "systemName": "trial-scheduler", "systemVersion": VERSION}

    def version(self) -> Json:
        study = self.protocol.study
        design, conditions = self.design()
        organizations, roles, identifiers = self.organizations()
        title = self.record("StudyTitle", text=self.text(study.title), type=self.code("C207616", "Official Study Title"))
        return {
            "id": self.id("StudyVersion"),
            "versionIdentifier": study.protocol_version or _NOT_STATED,
            "rationale": _NOT_STATED,
            "studyIdentifiers": identifiers,
            "titles": [title],
            "organizations": organizations,
            "roles": roles,
            "conditions": conditions,
            "studyDesigns": [design],
            "instanceType": "StudyVersion",
        }

    def organizations(self) -> tuple[list[Json], list[Json], list[Json]]:
        """The sponsor and the registry, what they are here, and what they call the study."""
        study = self.protocol.study
        organizations, roles, identifiers = [], [], []
        if sponsor := self.text(study.sponsor):
            organizations.append(self.organization(sponsor, self.not_stated()))
            id = organizations[-1]["id"]
            role = self.record(
                "StudyRole", name="Sponsor", label="Sponsor", code=self.code("C70793", "Sponsor"), organizationIds=[id]
            )
            roles.append(role)
            identifiers.append(self.record("StudyIdentifier", text=study.id, scopeId=id))
        if study.registry:
            organizations.append(self.organization("Registry", self.code("C93453", "Study Registry")))
            identifiers.append(self.record("StudyIdentifier", text=study.registry, scopeId=organizations[-1]["id"]))
        return organizations, roles, identifiers

    def organization(self, name: str, kind: Json) -> Json:
        return self.record("Organization", name=name, label=name, type=kind, identifierScheme=_NOT_STATED, identifier=_NOT_STATED)

    def design(self) -> tuple[Json, list[Json]]:
        """The study design, and the conditions in it."""
        protocol = self.protocol
        self.lay_out()
        epochs, elements = list(map(self.epoch, protocol.epochs.values())), list(map(self.element, protocol.epochs.values()))
        arms = self.arms()
        cells = [
            self.record("StudyCell", armId=arm["id"], epochId=epoch["id"], elementIds=[element["id"]])
            for arm in arms
            for epoch, element in zip(epochs, elements, strict=True)
        ]
        activities = list(map(self.activity, protocol.activities))
        _chain(epochs)
        _chain(activities)
        _chain(self.encounters)
        texts = [*(self.text(note) for note in protocol.notes), *self.period_notes()]
        design = {
            "id": self.id("InterventionalStudyDesign"),
            "name": protocol.study.id,
            "rationale": _NOT_STATED,
            "model": self.not_stated(),
            **self.blinding(),
            "arms": arms,
            "epochs": epochs,
            "elements": elements,
            "studyCells": cells,
            "population": {
                "id": self.id("StudyDesignPopulation"),
                "name": _NOT_STATED,
                "includesHealthySubjects": False,
                "instanceType": "StudyDesignPopulation",
            },
            "eligibilityCriteria": [],
            "encounters": self.encounters,
            "activities": activities,
            "scheduleTimelines": self.timelines,
            "notes": [self.record("CommentAnnotation", text=text) for text in texts],
            "instanceType": "InterventionalStudyDesign",
        }
        return design, list(self.conditions())

    def arms(self) -> list[Json]:
        """The answers to the fact "arm"; else one arm for all."""
        fact = self.protocol.facts.get("arm")
        values = fact.values if fact is not None and fact.kind is AnswerKind.VALUE else ("All participants",)
        return [
            self.record(
                "StudyArm",
                name=value,
                label=value,
                type=self.not_stated(),
                dataOriginDescription="Data collected from participants",
                dataOriginType=self.code("C188866", "Data Generated Within Study"),
            )
            for value in values
        ]

    def blinding(self) -> Json:
        fact = self.protocol.facts.get("arm")
        if fact is None or not fact.blinded:
            return {}
        code = self.code("", f"Blinded ({_NOT_STATED} how)")
        return {"blindingSchema": {"id": self.id("AliasCode"), "standardCode": code, "instanceType": "AliasCode"}}

    def epoch(self, epoch: Epoch) -> Json:
        words_of_it = f"{epoch.id} {self.text(epoch.label)}".casefold()
        kind = next((code for word, code in _EPOCHS.items() if word in words_of_it), None)
        return self.record(
            "StudyEpoch",
            id=self.epoch_ids[epoch.id],
            name=epoch.id,
            label=self.text(epoch.label, epoch.id),
            type=self.code(*kind) if kind else self.not_stated(),
        )

    def element(self, epoch: Epoch) -> Json:
        return self.record("StudyElement", name=epoch.id, label=self.text(epoch.label, epoch.id))

    # -- timelines

    def lay_out(self) -> None:
        """Makes the timelines, and with them the encounters: the main one, then one for each event that visits are counted from."""
        anchor = self.protocol.study.anchor
        moments: dict[str, list[_Moment]] = {anchor: []}
        for visit in self.visits:
            self.add_events(visit.counted, moments)
            moments.setdefault(self.root(visit.id), []).append(self.moment(visit))
        if anchor in self.protocol.events and not any(moment.name == anchor for moment in moments[anchor]):
            moments[anchor].append(self.event_moment(self.protocol.events[anchor]))
        for root, members in moments.items():
            self.timelines.append(self.timeline(root, members, main=root == anchor))

    def root(self, name: str) -> str:
        """The name of the timeline something stands in: the event it is counted from in the end, or the study's anchor."""
        anchor = self.protocol.study.anchor
        while name != anchor:
            counted = counted_of(name, self.by_id, self.protocol)
            if counted is None or not is_sayable(counted.offset):
                return name if name in self.protocol.events else anchor
            name = counted.base
        return anchor

    def add_events(self, counted: Counted | None, moments: dict[str, list[_Moment]]) -> None:
        """Puts the events that a visit is counted from before it, each once."""
        if counted is None or not is_sayable(counted.offset) or counted.base not in self.protocol.events:
            return
        if counted.base in self.instances:
            return
        self.add_events(counted_of(counted.base, self.by_id, self.protocol), moments)
        moments.setdefault(self.root(counted.base), []).append(self.event_moment(self.protocol.events[counted.base]))

    def moment(self, visit: OneVisit) -> _Moment:
        label = self.said.visit(visit.plan) if not visit.several else self.said.rule(visit.plan)
        return _Moment(visit.id, label, self.new_instance(visit.id), visit.counted, visit)

    def event_moment(self, event: Event) -> _Moment:
        counted = counted_of(event.id, self.by_id, self.protocol)
        return _Moment(event.id, self.text(event.label, event.id), self.new_instance(event.id), counted, None)

    def new_instance(self, name: str) -> str:
        self.instances[name] = self.id("ScheduledActivityInstance")
        return self.instances[name]

    def timeline(self, root: str, moments: Sequence[_Moment], *, main: bool) -> Json:
        event = self.protocol.events.get(root)
        label = "Main timeline" if main else self.text(event.label if event else None, root)
        exit = self.record("ScheduleTimelineExit")
        timings = [timing for moment in moments if (timing := self.timing(moment)) is not None]
        by_instance = {timing["relativeFromScheduledInstanceId"]: timing["id"] for timing in timings}
        instances = [self.instance(moment, by_instance.get(moment.instance)) for moment in moments]
        return self.chained("main" if main else root, label, label, instances, timings, exit, main=main)

    def chained(
        self, name: str, label: str, condition: str, instances: list[Json], timings: list[Json], exit: Json, *, main: bool
    ) -> Json:
        for instance, following in pairwise(instances):
            instance["defaultConditionId"] = following["id"]
        if instances:
            instances[-1]["timelineExitId"] = exit["id"]
        return self.record(
            "ScheduleTimeline",
            name=name,
            label=label,
            mainTimeline=main,
            entryCondition=condition,
            entryId=instances[0]["id"] if instances else _NOT_STATED,
            exits=[exit],
            timings=timings,
            instances=instances,
        )

    def instance(self, moment: _Moment, timing: str | None) -> Json:
        visit = moment.visit
        return self.record(
            "ScheduledActivityInstance",
            id=moment.instance,
            name=moment.name,
            label=moment.label,
            epochId=self.epoch_ids.get(visit.plan.epoch) if visit else None,
            activityIds=[self.activity_ids[activity.id] for activity in self.activities_at(visit)] if visit else None,
            encounterId=self.encounter(moment, visit, timing) if visit else None,
        )

    def encounter(self, moment: _Moment, visit: OneVisit, timing: str | None) -> str:
        mode, setting = _MODES[visit.plan.mode] if visit.plan.mode else (None, None)
        rule = "" if timing else rule_of(visit, self.phrases)
        encounter = self.record(
            "Encounter",
            name=moment.name,
            label=moment.label,
            type=self.code("C25716", "Visit"),
            scheduledAtId=timing,
            environmentalSettings=[self.code(*setting)] if setting else None,
            contactModes=[self.code(*mode)] if mode else None,
            transitionStartRule=self.record("TransitionRule", name=f"{moment.name} begins", text=rule) if rule else None,
        )
        self.encounters.append(encounter)
        return str(encounter["id"])

    def timing(self, moment: _Moment) -> Json | None:
        """The timing of a visit or an event; none where it cannot be counted."""
        if moment.name == self.protocol.study.anchor:
            return self.anchor(moment.name, moment.label, moment.instance)
        if moment.counted is not None and is_sayable(moment.counted.offset):
            return self.distance(moment, moment.counted)
        if moment.visit is None or (isinstance(moment.visit.plan.at, Given) and not moment.visit.several):
            return self.anchor(moment.name, moment.label, moment.instance)
        return None

    def anchor(self, name: str, label: str, instance: str) -> Json:
        """What is dated by its record. Its value says which day the study calls it."""
        is_study_anchor = name == self.protocol.study.anchor
        day_0 = not is_study_anchor or self.protocol.study.reckoning.numbering is Numbering.DAY_0
        mark = {
            "id": self.id("ExtensionAttribute"),
            "url": STUDY_ANCHOR,
            "valueBoolean": True,
            "instanceType": "ExtensionAttribute",
        }
        return self.record(
            "Timing",
            extensionAttributes=[mark] if is_study_anchor else None,
            name=f"{name} anchor",
            label=label,
            type=self.code(*_KINDS[0]),
            value="P0D" if day_0 else "P1D",
            valueLabel="Day 0" if day_0 else "Day 1",
            relativeToFrom=self.code("C201355", "Start to Start"),
            relativeFromScheduledInstanceId=instance,
            relativeToScheduledInstanceId=instance,
        )

    def distance(self, moment: _Moment, counted: Counted) -> Json:
        sides = around(moment.visit, self.protocol) if moment.visit is not None else None
        sign = -1 if min(counted.offset[:4]) < 0 else 1
        return self.between(
            moment.name,
            moment.label,
            (moment.instance, self.instances[counted.base]),
            (sign, counted.offset.times(sign), counted.weeks),
            sides,
        )

    def between(
        self,
        name: str,
        label: str,
        of_to: tuple[str, str],
        amount: tuple[int, Offset, bool],
        sides: tuple[Counted, Counted] | None,
    ) -> Json:
        (of, to), (sign, offset, weeks) = of_to, amount
        return self.record(
            "Timing",
            name=f"{name} timing",
            label=label,
            type=self.code(*_KINDS[sign]),
            value=iso_of(offset, weeks=weeks),
            valueLabel=words_of(offset, weeks=weeks),
            relativeToFrom=self.code("C201355", "Start to Start"),
            relativeFromScheduledInstanceId=of,
            relativeToScheduledInstanceId=to,
            windowLower=iso_of(sides[0].offset, weeks=sides[0].weeks) if sides else None,
            windowUpper=iso_of(sides[1].offset, weeks=sides[1].weeks) if sides else None,
            windowLabel=_window_label(*sides) if sides else None,
        )

    # -- activities

    def activities_at(self, visit: OneVisit) -> Iterator[Activity]:
        for activity in self.protocol.activities:
            decided = True if activity.when is None else holds(activity.when, visit.column, self.protocol)
            if takes_place(activity, visit.column) is not False and decided is not False:
                yield activity

    def activity(self, activity: Activity) -> Json:
        return self.record(
            "Activity",
            id=self.activity_ids[activity.id],
            name=activity.id,
            label=self.text(activity.label, activity.id),
            timelineId=self.part_timeline(activity) if activity.times else None,
        )

    def part_timeline(self, activity: Activity) -> str:
        """The times of an activity as a timeline of its own: from its beginning, which is that of the visit."""
        start = self.record("ScheduledActivityInstance", name=f"{activity.id} begins")
        instances, timings = [start], [self.anchor(f"{activity.id} begins", "begins", start["id"])]
        for number, time in enumerate(activity.times, 1):
            label = self.phrases.time(time)
            instance = self.record("ScheduledActivityInstance", name=f"{activity.id} {number}", label=label)
            offset = self.protocol.study.reckoning.duration(time.duration)
            sides = sides_of(time.window, self.protocol.study.reckoning)
            timings.append(
                self.between(instance["name"], label, (instance["id"], start["id"]), (time.sign, offset, False), sides)
            )
            instances.append(instance)
        label = self.text(activity.label, activity.id)
        exit = self.record("ScheduleTimelineExit")
        timeline = self.chained(f"times of {activity.id}", label, f"{label} takes place", instances, timings, exit, main=False)
        self.timelines.append(timeline)
        return str(timeline["id"])

    # -- what is kept as text

    def conditions(self) -> Iterator[Json]:
        for visit in self.visits:
            if visit.conditions:
                activities = [self.activity_ids[activity.id] for activity in self.activities_at(visit)]
                yield self.condition(self.phrases.all_of(visit.conditions), [self.instances[visit.id]], activities)
        for activity in self.protocol.activities:
            if activity.when is not None:
                where = [self.instances[visit.id] for visit in self.visits if activity in tuple(self.activities_at(visit))]
                yield self.condition(self.phrases.condition(activity.when), where, [self.activity_ids[activity.id]])

    def condition(self, text: str, context: Iterable[str], applies_to: Iterable[str]) -> Json:
        id = self.id("Condition")
        return self.record("Condition", id=id, name=id, text=text, contextIds=list(context), appliesToIds=list(applies_to))

    def period_notes(self) -> Iterator[str]:
        for period in self.protocol.periods:
            start = self.phrases.point(period.start)
            end = f" to {self.phrases.end(period.end)}" if period.end is not None else ""
            when = f", only if {self.phrases.all_of(period.when)}" if period.when else ""
            yield f"{self.said.rule(period)} ({period.kind.value}): from {start}{end}{when}"


def _chain(records: Sequence[Json]) -> None:
    """Leads from each record to the next, and back."""
    for record, following in pairwise(records):
        record["nextId"], following["previousId"] = following["id"], record["id"]


def _window_label(lower: Counted, upper: Counted) -> str:
    """-3..3 days; where the units differ, in words."""
    (low, low_unit), (high, high_unit) = (_amount(side) for side in (lower, upper))
    unit = low_unit if low else high_unit
    if low and high and low_unit != high_unit:
        return f"{words_of(lower.offset, weeks=lower.weeks)} earlier to {words_of(upper.offset, weeks=upper.weeks)} later"
    return f"{'-' if low else ''}{low}..{high} {unit}"


def _amount(side: Counted) -> tuple[int, str]:
    amount, _, unit = words_of(side.offset, weeks=side.weeks).partition(" ")
    return int(amount), unit if unit.endswith("s") else f"{unit}s"
