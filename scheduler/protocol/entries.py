"""The entries of a protocol file, one record for each kind, holding what was written and nothing that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.language.moments import MonthRule, Numbering, Offset
from scheduler.language.syntax import At, Condition, Duration, End, Limit, Moves, Point, Positions, TimePoint, Until, Window
from scheduler.protocol.records import Accepted, AnswerKind, Mode, Owner, PeriodKind, Text
from scheduler.reading.problems import NOWHERE, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEntry:
    """`card:` of the study"""

    source: str
    therapy: Text | None = None
    ring_when: Text | None = None
    for_doctors: Text | None = None
    restrictions: tuple[str, ...] = ()
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEntry:
    """`study:`"""

    id: str
    title: Text
    anchor: str
    day_numbering: Numbering
    week_numbering: bool = False
    month: MonthRule | None = None
    year: Offset | None = None
    protocol_version: str = ""
    registry: str = ""
    sponsor: Text | None = None
    notice: Text | None = None
    language: str = "en"
    card: CardEntry | None = None
    source: str = ""
    assumed: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=dict)
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be answered to a fact."""

    kind: AnswerKind
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactEntry:
    """An entry of `facts:`"""

    answer: Answer
    blinded: bool = False
    label: Text | None = None
    source: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """An entry of `events:`"""

    label: Text | None = None
    at: Point | None = None
    may_not_happen: bool = False
    of: Owner = Owner.PARTICIPANT
    source: str = ""
    assumed: tuple[str, ...] = ()
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochEntry:
    """An entry of `epochs:`"""

    label: Text | None = None
    until: Until | None = None
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Range:
    """Visits of an activity: one rule, or all from the first to the last in the protocol's order; None for every visit."""

    first: str | None
    last: str | None

    def __str__(self) -> str:
        if self.first is None or self.last is None:
            return "all"
        return self.first if self.first == self.last else f"{self.first} .. {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry:
    """An entry of `activities:`"""

    at: tuple[Range, ...]
    label: Text | None = None
    when: Condition | None = None
    window: Window | None = None
    times: tuple[TimePoint, ...] = ()
    participant_text: Text | None = None
    source: str = ""
    assumed: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=dict)
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceEntry:
    """`allowance:` a wider window, and what it is for."""

    window: Window
    reason: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """One of the rules of `cases:`; what it does not say, its visit says."""

    when: Condition | None = None
    at: At | None = None
    window: Window | None = None
    limits: tuple[Limit, ...] | None = None
    mode: Mode | None = None
    prefer: Window | None = None
    allowance: AllowanceEntry | None = None
    participant_text: Text | None = None
    calendar_text: Text | None = None
    source: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEntry:
    """An entry of `visits:` that is a visit, or several visits under one rule."""

    id: str
    ids: str = ""
    label: Text | None = None
    at: At | None = None
    moves: Moves | None = None
    window: Window | None = None
    limits: tuple[Limit, ...] = ()
    prefer: Window | None = None
    allowance: AllowanceEntry | None = None
    when: Condition | None = None
    until: Until | None = None
    epoch: str = ""
    mode: Mode | None = None
    optional: bool | None = None
    cases: tuple[CaseEntry, ...] = ()
    missed_after: Point | Duration | None = None
    missed: bool | None = None
    yields_to: str = ""
    participant_text: Text | None = None
    calendar_text: Text | None = None
    source: str = ""
    assumed: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=dict)
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodEntry:
    """An entry of `periods:`"""

    id: str
    kind: PeriodKind
    ids: str = ""
    start: Point
    end: End | None = None
    label: Text | None = None
    when: Condition | None = None
    epoch: str = ""
    participant_text: Text | None = None
    source: str = ""
    assumed: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=dict)
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEntry:
    """An entry of `visits:` that holds visits or periods of its own, with a clock of their own (`at`) or only defaults for them."""

    id: str = ""
    ids: str = ""
    label: Text | None = None
    at: At | None = None
    moves: Moves | None = None
    day_numbering: Numbering | None = None
    window: Window | None = None
    limits: tuple[Limit, ...] = ()
    prefer: Window | None = None
    allowance: AllowanceEntry | None = None
    missed_after: Point | Duration | None = None
    missed: bool | None = None
    when: Condition | None = None
    until: Until | None = None
    epoch: str = ""
    mode: Mode | None = None
    optional: bool | None = None
    source: str = ""
    assumed: tuple[str, ...] = ()
    accepted: Accepted = field(default_factory=dict)
    visits: tuple[VisitEntry | GroupEntry, ...] = ()
    periods: tuple[PeriodEntry, ...] = ()
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenEntry:
    """An entry of `between participants:`"""

    id: str
    event: str
    within: str
    limit: tuple[Limit, ...]
    who: Positions | None = None
    label: Text | None = None
    source: str = ""
    assumed: tuple[str, ...] = ()
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionEntry:
    """An entry of `questions:`"""

    ask: Text
    about: tuple[str, ...] = ()
    source: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolFile:
    """The file as a whole."""

    study: StudyEntry
    facts: Mapping[str, FactEntry] = field(default_factory=dict)
    events: Mapping[str, EventEntry] = field(default_factory=dict)
    epochs: Mapping[str, EpochEntry] = field(default_factory=dict)
    activities: Mapping[str, ActivityEntry] = field(default_factory=dict)
    visits: tuple[VisitEntry | GroupEntry, ...] = ()
    periods: tuple[PeriodEntry, ...] = ()
    between: tuple[BetweenEntry, ...] = ()
    notes: tuple[Text, ...] = ()
    questions: tuple[QuestionEntry, ...] = ()
    where: Where = NOWHERE
