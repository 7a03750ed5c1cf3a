"""A USDM file as records: what of it concerns a schedule, as it stands there, right or wrong.

Read with what is missing, or of another kind than the standard says, left out and noted; nothing is put right here. Ids in a file lead
to other records of it, and may lead nowhere. v3 wrote some things in other places: both are looked at.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from scheduler.exchange.drafting import line
from scheduler.exchange.parsing import json_of
from scheduler.reading.problems import SchedulerError

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Coded:
    """A value of a code list: its code, and what that stands for."""

    code: str
    decode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What every record has: an id that others lead to, a name, and a label that people read."""

    id: str
    name: str
    label: str
    description: str

    @property
    def called(self) -> str:
        """What people call it."""
        return self.label or self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm(Named):
    """A study arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEpoch(Named):
    """A stretch of the study."""

    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Element(Named):
    """What happens in one arm in one epoch: the rules that begin and end it."""

    begins: str
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The elements of one arm in one epoch, by ids."""

    arm: str
    epoch: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter(Named):
    """A visit, or several instances of one: how it takes place, and the rules that begin and end it."""

    settings: tuple[Coded, ...]
    modes: tuple[Coded, ...]
    begins: str
    ends: str
    scheduled_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedActivity(Named):
    """A row of the schedule of activities; `children` are the rows under it, `timeline` what it consists of."""

    after: str
    children: tuple[str, ...]
    timeline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way out of a decision: the words of its condition, and where it leads."""

    condition: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Named):
    """One moment of a timeline. A decision has `branches`; `after` is the next, where no branch is taken."""

    after: str
    exit: str
    epoch: str
    encounter: str
    timeline: str
    activities: tuple[str, ...]
    branches: tuple[Branch, ...]
    decision: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing(Named):
    """How far an instance (`of`) lies from another (`to`); `begin_to_begin` when both are counted from their starts.

    `lower` and `upper` are how much earlier and how much later it may be.
    """

    kind: Coded
    value: str
    value_label: str
    ends: Coded
    of: str
    to: str
    lower: str
    upper: str
    window_label: str
    is_study_anchor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Named):
    """Instances and the timings between them. The main one is the schedule; another is for what may happen, or a part of a visit."""

    main: bool
    condition: str
    entry: str
    planned_duration: bool
    instances: tuple[Instance, ...]
    timings: tuple[Timing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Named):
    """The words of a condition, where it holds and what for, by ids."""

    text: str
    context: tuple[str, ...]
    applies_to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsdmFile:
    """The schedule of one study design. `unread` are the kinds of what else the file holds; `notices` what is not as it should be."""

    version: str
    study: str
    title: str
    protocol_version: str
    identifiers: tuple[str, ...]
    sponsor: str
    blinded: bool
    arms: tuple[Arm, ...]
    epochs: tuple[StudyEpoch, ...]
    elements: tuple[Element, ...]
    cells: tuple[Cell, ...]
    encounters: tuple[Encounter, ...]
    activities: tuple[PlannedActivity, ...]
    timelines: tuple[Timeline, ...]
    conditions: tuple[Condition, ...]
    notes: tuple[str, ...]
    unread: tuple[str, ...]
    notices: tuple[str, ...]


STUDY_ANCHOR = "urn:trial-scheduler:study-anchor"  # our own mark, on the Timing that bare days are counted from
_Record = TypeVar("_Record", bound=Named)
_UNREAD = {
    "amendments": "amendments",
    "documentedBy": "documents",
    "eligibilityCriteria": "eligibility criteria",
    "estimands": "objectives",
    "indications": "indications",
    "narrativeContentItems": "documents",
    "objectives": "objectives",
    "studyInterventions": "interventions",
    "biomedicalConcepts": "biomedical concepts",
    "bcSurrogates": "biomedical concepts",
    "administrableProducts": "interventions",
    "medicalDevices": "interventions",
    "abbreviations": "documents",
    "analysisPopulations": "populations",
    "population": "populations",
    "dateValues": "dates of the study",
    "biospecimenRetentions": "specimens",
}


def read_file(data: bytes, name: str) -> UsdmFile:
    """The records of a file; `name` is only for problems. Raises SchedulerError when it is no USDM file, or holds no timeline."""
    return _Reader(json_of(data, name), name).whole()


def plain(value: object) -> str:
    """A text of the file on one line, without HTML, and without the brackets that would make a counter of it."""
    if not isinstance(value, str):
        return ""
    text = line(html.unescape(_TAG.sub("", value)))
    return text.replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}").replace(
        ">", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    )


class _Reader:
    """Reads one file; keeps what is not as it should be."""

    def __init__(self, root: Any, name: str) -> None:
        self.root = root
        self.file = name
        self.notices: dict[str, None] = {}

    def whole(self) -> UsdmFile:
        root = self.root
        study = root.get("study") if isinstance(root, dict) else None
        if not isinstance(study, dict):
            raise SchedulerError(f'{self.file} is no USDM file: a JSON object with "study" and "usdmVersion" was wanted')
        version = self.one(study, "versions", "version")
        design = self.one(version, "studyDesigns", "study design")
        timelines = tuple(self.each(design, "scheduleTimelines", self.timeline))
        if not any(timeline.instances for timeline in timelines):
            raise SchedulerError(f"{self.file} holds no schedule: its study design has no timeline with instances")
        return UsdmFile(
            version=plain(root.get("usdmVersion")),
            study=plain(study.get("name")) or plain(study.get("id")),
            title=self.title(version) or plain(study.get("label")) or plain(study.get("name")),
            protocol_version=plain(version.get("versionIdentifier")),
            identifiers=tuple(
                found
                for each in self.items(version, "studyIdentifiers")
                if (found := plain(each.get("text")) or plain(each.get("studyIdentifier")))
            ),
            sponsor=self.sponsor(version),
            blinded=self.is_blinded(design),
            arms=tuple(self.each(design, "arms", lambda each: Arm(**_named(each)))),
            epochs=tuple(self.each(design, "epochs", lambda each: StudyEpoch(**_named(each), after=_id(each, "nextId")))),
            elements=tuple(self.each(design, "elements", self.element)),
            cells=tuple(map(self.cell, self.items(design, "studyCells"))),
            encounters=tuple(self.each(design, "encounters", self.encounter)),
            activities=tuple(self.each(design, "activities", self.activity)),
            timelines=timelines,
            conditions=tuple(  # on the version in v4, on the design in v3
                self.condition(each) for holder in (version, design) for each in self.items(holder, "conditions")
            ),
            notes=tuple(found for each in self.items(design, "notes") if (found := plain(each.get("text")))),
            unread=tuple(
                dict.fromkeys(what for key, what in _UNREAD.items() if any(each.get(key) for each in (study, version, design)))
            ),
            notices=tuple(self.notices),
        )

    # -- lists and their records

    def note(self, text: str) -> None:
        self.notices[line(text)] = None

    def items(self, holder: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """The records of a list; what is no record is noted."""
        found = holder.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self.note(f"{key}: a list was expected; not read")
            return []
        kept = [item for item in found if isinstance(item, dict)]
        if len(kept) < len(found):
            self.note(f"{key}: {len(found) - len(kept)} entries are no records; not read")
        return kept

    def each(self, holder: Mapping[str, Any], key: str, make: Callable[[dict[str, Any]], _Record]) -> Iterator[_Record]:
        """The records of a list that have an id of their own."""
        seen: set[str] = set()
        for item in self.items(holder, key):
            found = make(item)
            if not found.id:
                self.note(f"{key}: a record without an id; not read")
            elif found.id in seen:
                self.note(f'{key}: the id "{line(found.id)}" stands there twice; the first is read')
            else:
                seen.add(found.id)
                yield found

    def one(self, holder: Mapping[str, Any], key: str, what: str) -> dict[str, Any]:
        """The one record of a list; of several the first, and that is noted."""
        found = self.items(holder, key)
        if not found:
            raise SchedulerError(f"{self.file} holds no {what}")
        if len(found) > 1:
            others = ", ".join(_called(each) for each in found[1:])
            self.note(f"the file holds {len(found)} records of a {what}: read is {_called(found[0])}, and not {others}")
        return found[0]

    # -- the study

    def title(self, version: Mapping[str, Any]) -> str:
        titles = [(_code(each, "type"), plain(each.get("text"))) for each in self.items(version, "titles")]
        titles = [(kind, text) for kind, text in titles if text]
        official = [text for kind, text in titles if "official" in kind.decode.casefold()]
        return next(iter([*official, *(text for _, text in titles)]), "")

    def sponsor(self, version: Mapping[str, Any]) -> str:
        organizations = {_id(each, "id"): each for each in self.items(version, "organizations")}
        for role in self.items(version, "roles"):
            if _code(role, "code").decode.casefold() in ("sponsor", "clinical study sponsor", "study sponsor"):
                for id in _ids(role, "organizationIds"):
                    if id in organizations:
                        return plain(organizations[id].get("label")) or plain(organizations[id].get("name"))
        return ""

    def is_blinded(self, design: Mapping[str, Any]) -> bool:
        schema = design.get("blindingSchema")
        decode = _code(schema, "standardCode").decode if isinstance(schema, dict) else ""
        return "blind" in decode.casefold()

    def element(self, item: dict[str, Any]) -> Element:
        return Element(**_named(item), begins=_rule(item, "transitionStartRule"), ends=_rule(item, "transitionEndRule"))

    def cell(self, item: dict[str, Any]) -> Cell:
        return Cell(arm=_id(item, "armId"), epoch=_id(item, "epochId"), elements=_ids(item, "elementIds"))

    def encounter(self, item: dict[str, Any]) -> Encounter:
        settings = tuple(_codes(item.get("environmentalSettings"))) or tuple(_codes([item.get("environmentalSetting")]))
        return Encounter(
            **_named(item),
            settings=settings,
            modes=tuple(_codes(item.get("contactModes"))),
            begins=_rule(item, "transitionStartRule"),
            ends=_rule(item, "transitionEndRule"),
            scheduled_at=_id(item, "scheduledAtId"),
        )

    def activity(self, item: dict[str, Any]) -> PlannedActivity:
        return PlannedActivity(
            **_named(item),
            after=_id(item, "nextId"),
            children=_ids(item, "childIds"),
            timeline=_id(item, "timelineId"),
        )

    # -- timelines

    def timeline(self, item: dict[str, Any]) -> Timeline:
        return Timeline(
            **_named(item),
            main=item.get("mainTimeline") is True,
            condition=plain(item.get("entryCondition")),
            entry=_id(item, "entryId"),
            planned_duration=isinstance(item.get("plannedDuration"), dict),
            instances=tuple(self.each(item, "instances", self.instance)),
            timings=tuple(self.each(item, "timings", self.timing)),
        )

    def instance(self, item: dict[str, Any]) -> Instance:
        branches = tuple(
            Branch(condition=plain(each.get("condition")), target=_id(each, "conditionTargetId"))
            for each in self.items(item, "conditionAssignments")
        )
        return Instance(
            **_named(item),
            after=_id(item, "defaultConditionId"),
            exit=_id(item, "timelineExitId"),
            epoch=_id(item, "epochId"),
            encounter=_id(item, "encounterId"),
            timeline=_id(item, "timelineId"),
            activities=_ids(item, "activityIds"),
            branches=branches,
            decision=bool(branches) or item.get("instanceType") == "ScheduledDecisionInstance",
        )

    def timing(self, item: dict[str, Any]) -> Timing:
        return Timing(
            **_named(item),
            kind=_code(item, "type"),
            value=plain(item.get("value")),
            value_label=plain(item.get("valueLabel")),
            ends=_code(item, "relativeToFrom"),
            of=_id(item, "relativeFromScheduledInstanceId"),
            to=_id(item, "relativeToScheduledInstanceId"),
            lower=plain(item.get("windowLower")),
            upper=plain(item.get("windowUpper")),
            window_label=plain(item.get("windowLabel") or item.get("window")),
            is_study_anchor=any(each.get("url") == STUDY_ANCHOR for each in self.items(item, "extensionAttributes")),
        )

    def condition(self, item: dict[str, Any]) -> Condition:
        return Condition(
            **_named(item),
            text=plain(item.get("text")),
            context=_ids(item, "contextIds"),
            applies_to=_ids(item, "appliesToIds"),
        )


# -- values


def _named(item: Mapping[str, Any]) -> dict[str, str]:
    return {
        "id": _id(item, "id"),
        "name": plain(item.get("name")),
        "label": plain(item.get("label")),
        "description": plain(item.get("description")),
    }


def _called(item: Mapping[str, Any]) -> str:
    return plain(item.get("label")) or plain(item.get("name")) or plain(item.get("id")) or "one without a name"


def _id(item: Mapping[str, Any], key: str) -> str:
    found = item.get(key)
    return found if isinstance(found, str) else ""


def _ids(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = item.get(key)
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str))) if isinstance(found, list) else ()


def _code(item: Mapping[str, Any], key: str) -> Coded:
    return next(_codes([item.get(key)]), Coded("", ""))


def _codes(items: object) -> Iterator[Coded]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield Coded(_id(item, "code"), plain(item.get("decode")))


def _rule(item: Mapping[str, Any], key: str) -> str:
    rule = item.get(key)
    return plain(rule.get("text")) or plain(rule.get("description")) if isinstance(rule, dict) else ""


def by_id(records: Iterable[_Record]) -> dict[str, _Record]:
    """Records by their ids."""
    return {record.id: record for record in records}


def in_chain(records: Sequence[_Record], after: Callable[[_Record], str], first: str = "") -> tuple[list[_Record], list[_Record]]:
    """The records from the first on, each followed by the next it names; and those that this leaves out, in the order of the file.

    Without a first one, the first that no other names as its next. A record that comes again ends the chain.
    """
    found = by_id(records)
    named = {after(record) for record in records}
    if first not in found:
        first = next((record.id for record in records if record.id not in named), "")
    chain: dict[str, _Record] = {}
    while first in found and first not in chain:
        chain[first] = found[first]
        first = after(found[first])
    return list(chain.values()), [record for record in records if record.id not in chain]
