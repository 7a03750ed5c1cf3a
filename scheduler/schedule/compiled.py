"""What a protocol is once it is ready to be expanded, and the occurrences of its rules as far as they are the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from scheduler.language.conditions import Judging
from scheduler.language.dating import Dating
from scheduler.language.moments import Offset, Reckoning
from scheduler.language.series import Counts, Rhythm, Turn, point_of
from scheduler.language.syntax import (
    Bound,
    EndKind,
    Label,
    TimePoint,
)
from scheduler.language.windows import Bounding
from scheduler.protocol.counters import Counters, numbers_of, period_with, visit_with
from scheduler.protocol.names import Names
from scheduler.protocol.records import Activity, Event, PlannedGroup, PlannedPeriod, PlannedVisit
from scheduler.schedule.records import Task

Position = tuple[int, ...]  # where an occurrence stands in the protocol's order: member, number, member, number, ...


class CompiledCase(NamedTuple):
    """What a visit asks, or what it asks in one of its cases.

    `only_at` when its date hangs on one name alone, with no other in its place.
    """

    case: Judging | None
    at: Dating | None
    only_at: bool
    window: Bounding | None
    around_target: bool
    limits: tuple[tuple[Bound, Dating], ...]
    prefer: Bounding | None
    allowance: Bounding | None


class CompiledActivity(NamedTuple):
    """An activity made ready; `plain` when it takes place at its visits without condition, gate or times."""

    activity: Activity
    when: Judging | None
    window: Bounding | None
    times: tuple[tuple[TimePoint, Offset, Bounding | None], ...]
    plain: Task | None


class Made(NamedTuple):
    """One occurrence of a rule, as far as it is the same for everybody: its plan, its plan in each case, and what is done at it."""

    plan: PlannedVisit
    cases: tuple[PlannedVisit, ...]
    counters: Counters
    activities: tuple[CompiledActivity, ...]
    tasks: tuple[Task, ...] | None  # where none of them has a condition, a gate or times


class CompiledSeries(NamedTuple):
    """A series made ready. `turns` are its dates where they are the same for everybody; `each` the event it is copied for."""

    rhythm: Rhythm | None
    turns: tuple[Turn, ...] | None
    each: str = ""
    moves: Moving | None = None


class Moving(NamedTuple):
    """When a series takes a recorded date as its new origin: of which visit, and how late that has to be."""

    visit: str
    late: int | None


@dataclass(slots=True, eq=False)
class CompiledVisit:
    """A rule for visits made ready."""

    plan: PlannedVisit
    number: int
    series: CompiledSeries | None
    given: bool
    labels: tuple[str, ...]
    own: CompiledCase
    cases: tuple[CompiledCase, ...]
    when: tuple[Judging, ...]
    counted: tuple[Judging, ...]
    until: tuple[Dating, ...]
    epoch: tuple[Dating, ...]
    missed_after: Dating | Offset | None
    made: dict[tuple[Position, Counts], Made] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class CompiledPeriod:
    """A rule for periods made ready."""

    plan: PlannedPeriod
    start: Dating
    end: Dating | None
    end_kind: EndKind
    when: tuple[Judging, ...]
    until: tuple[Dating, ...]
    epoch: tuple[Dating, ...]
    made: dict[tuple[int, ...], PlannedPeriod] = field(default_factory=dict)


class CompiledOutside(NamedTuple):
    """What the groups around a group ask of everything in it, made ready by their clock."""

    when: tuple[Judging, ...]
    counted: tuple[Judging, ...]
    until: tuple[Dating, ...]
    limits: tuple[tuple[Bound, Dating], ...]


@dataclass(slots=True, eq=False)
class CompiledGroup:
    """A group made ready, with what stands in it in the protocol's order."""

    plan: PlannedGroup
    number: int
    reckoning: Reckoning
    series: CompiledSeries | None
    at: Dating | None
    until: tuple[Dating, ...]
    epoch: tuple[Dating, ...]
    activities: tuple[CompiledActivity, ...]
    outside: CompiledOutside
    members: list[CompiledVisit | CompiledPeriod | CompiledGroup] = field(default_factory=list)


class CompiledEvent(NamedTuple):
    """An event made ready; `at` is when it is expected, where that is said."""

    event: Event
    at: Dating | None


class Compiled(NamedTuple):
    """The whole protocol."""

    root: CompiledGroup
    names: Names
    members: Mapping[int, CompiledVisit | CompiledPeriod | CompiledGroup]  # by the identity of the rule
    events: Mapping[str, CompiledEvent]
    counters: frozenset[str]


# -- occurrences


def made(
    rule: CompiledVisit,
    reckoning: Reckoning,
    position: Position,
    counters: Counters,
    turn: Turn | None,
    activities: tuple[CompiledActivity, ...],
) -> Made:
    """One occurrence of a rule: made once, and the same for everybody whose series has come as far in the same way."""
    key = (position, turn.counts if turn is not None else ())
    found = rule.made.get(key)
    if found is None:
        found = rule.made[key] = _made(rule, reckoning, position, counters, turn, activities)
    return found


def _made(
    rule: CompiledVisit,
    reckoning: Reckoning,
    position: Position,
    copies: Counters,
    turn: Turn | None,
    activities: tuple[CompiledActivity, ...],
) -> Made:
    at, counters = rule.plan.at, dict(copies)
    if isinstance(at, Label):
        counters[at.unit.value.lower()] = at.number
    if rule.series is not None:
        counters[rule.plan.rule] = position[-1] + 1
        if rule.series.rhythm is not None and turn is not None:
            counters |= numbers_of(rule.labels, rule.series.rhythm, turn.nth, turn.counts, reckoning)
            at = point_of(rule.series.rhythm, turn.counts, turn.nth, reckoning)
    here = tuple(activity for activity in activities if activity.activity.takes_place_at(position))
    plain = tuple(activity.plain for activity in here if activity.plain is not None)
    return Made(
        plan=visit_with(rule.plan, counters, at),
        cases=tuple(visit_with(case, counters, case.at) for case in rule.plan.cases),
        counters=counters,
        activities=here,
        tasks=plain if len(plain) == len(here) else None,
    )


def planned(rule: CompiledPeriod, position: Position, counters: Counters) -> PlannedPeriod:
    """One period of a rule, made once."""
    if not counters:
        return rule.plan
    found = rule.made.get(position)
    if found is None:
        found = rule.made[position] = period_with(rule.plan, counters)
    return found
