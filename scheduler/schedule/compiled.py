"""A protocol made ready to be expanded: every expression turned, once, into what dates or decides it.

What does not hang on the participant is worked out here and kept: the ids, labels and activities of each occurrence of a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from scheduler.language.conditions import Judging, Reading, judging
from scheduler.language.dating import Dating, dating
from scheduler.language.moments import Offset, Reckoning
from scheduler.language.series import Counts, Rhythm, Turn, fixed, point_of, rhythm
from scheduler.language.survey import chooses, is_from_anchor, is_series, parts_of, question_points, questions, references, starts
from scheduler.language.syntax import (
    Around,
    At,
    Bound,
    Compare,
    Condition,
    Duration,
    Each,
    EndKind,
    Exact,
    Given,
    Label,
    MoreThan,
    NoWindow,
    Point,
    Reference,
    Sides,
    TimePoint,
    Window,
)
from scheduler.language.windows import Bounding, bounding
from scheduler.protocol.checks import answered
from scheduler.protocol.counters import LABEL_COUNTERS, Counters, label_counters, numbers_of, period_with, visit_with
from scheduler.protocol.names import Found, Names, names_of
from scheduler.protocol.records import Activity, Event, Outside, PlannedGroup, PlannedPeriod, PlannedVisit, Protocol
from scheduler.schedule.records import Applies, Task

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
    parent: CompiledGroup | None
    reckoning: Reckoning
    series: CompiledSeries | None
    at: Dating | None
    copied: tuple[str, ...]
    until: tuple[Dating, ...]
    epoch: tuple[Dating, ...]
    activities: tuple[CompiledActivity, ...]
    outside: CompiledOutside
    members: list[CompiledVisit | CompiledPeriod | CompiledGroup] = field(default_factory=list)
    found: dict[str, Found | None] = field(default_factory=dict)


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


@lru_cache(maxsize=16)
def compiled(protocol: Protocol) -> Compiled:
    """A protocol made ready; protocols are compared by identity, so one that stays loaded is compiled once."""
    reckoning = protocol.study.reckoning
    maker = _Maker(protocol)
    root = maker.group(protocol.root, 0, None)
    events = {
        name: CompiledEvent(event, dating(event.at, reckoning) if event.at else None) for name, event in protocol.events.items()
    }
    return Compiled(
        root,
        names_of(protocol),
        maker.members,
        events,
        frozenset(maker.counters),
    )


class _Maker:
    def __init__(self, protocol: Protocol) -> None:
        self.names = names_of(protocol)
        self.answers = answered(protocol)
        self.protocol = protocol
        self.reckoning = protocol.study.reckoning
        self.counters = {group.rule for group in _groups(protocol.root) if group.copied}
        self.counters |= {visit.rule for visit in protocol.visits if is_series(visit.at)} | LABEL_COUNTERS.keys()
        self.members: dict[int, CompiledVisit | CompiledPeriod | CompiledGroup] = {}

    def group(self, plan: PlannedGroup, number: int, parent: CompiledGroup | None) -> CompiledGroup:
        outside = parent.reckoning if parent else plan.reckoning
        copied = (*(parent.copied if parent else ()), *((plan.rule,) if plan.copied else ()))
        series = _series(plan, outside)
        start = plan.at if series is None and plan.at is not None else None
        own = self.names.level(plan).names
        until = tuple(
            dating(point, outside)
            for ends in plan.until
            for point in ends.points
            if not is_from_anchor(point) and not any(reference.name in own for reference in references(point))
        )  # a label, and what is in it, is an end in each copy
        group = CompiledGroup(
            plan=plan,
            number=number,
            parent=parent,
            reckoning=plan.reckoning,
            series=series,
            at=_date(start, outside),
            copied=copied,
            until=until,
            epoch=self.epoch(plan),
            activities=tuple(self.activity(activity, plan.reckoning) for activity in self.protocol.activities),
            outside=self.outside(plan.outside, outside, copied[: len(copied) - plan.copied]),
        )
        if until or group.epoch or group.outside.until:
            group.series = _that_ends(series)
        self.members[id(plan)] = group
        for index, member in enumerate(plan.members):
            made: CompiledVisit | CompiledPeriod | CompiledGroup
            if isinstance(member, PlannedGroup):
                made = self.group(member, index, group)
            else:
                made = self.visit(member, index, group) if isinstance(member, PlannedVisit) else self.period(member, group)
            self.members[id(member)] = made
            group.members.append(made)
        return group

    def outside(self, around: Outside, reckoning: Reckoning, copied: tuple[str, ...]) -> CompiledOutside:
        counters = (*copied, *LABEL_COUNTERS)
        reading = Reading(reckoning, self.answers.union(counters))
        conditions = [part for condition in around.when for part in parts_of(condition)]
        return CompiledOutside(
            when=tuple(judging(condition, reading) for condition in conditions if not _is_counted(condition, counters)),
            counted=tuple(judging(condition, reading) for condition in conditions if _is_counted(condition, counters)),
            until=tuple(dating(point, reckoning) for until in around.until for point in until.points),
            limits=tuple((limit.bound, dating(limit.point, reckoning)) for limit in around.limits),
        )

    def visit(self, plan: PlannedVisit, number: int, group: CompiledGroup) -> CompiledVisit:
        reckoning = group.reckoning
        series = _series(plan, reckoning)
        counters = (*group.copied, *((plan.rule,) if series else ()), *LABEL_COUNTERS)
        reading = Reading(reckoning, self.answers.union(counters))
        conditions = [part for condition in plan.when for part in parts_of(condition)]
        missed = plan.missed_after
        return CompiledVisit(
            plan=plan,
            number=number,
            series=series,
            given=isinstance(plan.at, Given),
            labels=label_counters(plan.at, reckoning) if series and series.rhythm else (),
            own=_case(plan, reading),
            cases=tuple(_case(case, reading) for case in plan.cases),
            when=tuple(judging(condition, reading) for condition in conditions if not _is_counted(condition, counters)),
            counted=tuple(judging(condition, reading) for condition in conditions if _is_counted(condition, counters)),
            until=tuple(dating(point, reckoning) for until in plan.until for point in until.points),
            epoch=self.epoch(plan),
            missed_after=_missed_after(missed, reckoning) if missed is not None else None,
        )

    def epoch(self, plan: PlannedVisit | PlannedPeriod | PlannedGroup) -> tuple[Dating, ...]:
        return tuple(dating(point, self.reckoning) for point in self.protocol.ends_of(plan))

    def period(self, plan: PlannedPeriod, group: CompiledGroup) -> CompiledPeriod:
        reading = Reading(group.reckoning, self.answers.union(group.copied))
        return CompiledPeriod(
            plan=plan,
            start=dating(plan.start, group.reckoning),
            end=dating(plan.end.point, group.reckoning) if plan.end else None,
            end_kind=plan.end.kind if plan.end else EndKind.ON,
            when=tuple(judging(condition, reading) for condition in plan.when),
            until=tuple(dating(point, group.reckoning) for until in plan.until for point in until.points),
            epoch=self.epoch(plan),
        )

    def activity(self, activity: Activity, reckoning: Reckoning) -> CompiledActivity:
        """An activity, as it is counted at the visits of one group."""
        reading = Reading(reckoning, self.answers | self.counters)
        times = tuple(
            (time, reckoning.duration(time.duration).times(time.sign), _window(time.window, reckoning)) for time in activity.times
        )
        plain = activity.when is None and activity.window is None and not times
        return CompiledActivity(
            activity=activity,
            when=judging(activity.when, reading) if activity.when else None,
            window=_window(activity.window, reckoning),
            times=times,
            plain=Task(activity, Applies.YES) if plain else None,
        )


def _groups(group: PlannedGroup) -> Iterator[PlannedGroup]:
    for inner in group.groups:
        yield inner
        yield from _groups(inner)


def _date(at: At | None, reckoning: Reckoning) -> Dating | None:
    if at is None or isinstance(at, Given | Each):
        return None
    return rhythm(at, reckoning).starts[0]


def _series(plan: PlannedVisit | PlannedGroup, reckoning: Reckoning) -> CompiledSeries | None:
    if not is_series(plan.at):
        return None
    if isinstance(plan.at, Each):
        return CompiledSeries(None, None, plan.at.name)
    assert plan.at is not None
    series = rhythm(plan.at, reckoning)
    moves = None
    if plan.moves is not None and not plan.moves.never:
        visit = plan.moves.name
        if isinstance(plan, PlannedGroup) and not visit:
            visit = next(member.rule for member in plan.members if isinstance(member, PlannedVisit))
        moves = Moving(visit, plan.moves.late)
    return CompiledSeries(series, fixed(series) if moves is None else None, "", moves)


def _that_ends(series: CompiledSeries | None) -> CompiledSeries | None:
    """A series that something else ends, too: how far it goes hangs on the participant."""
    return series._replace(turns=None) if series is not None and series.rhythm is not None and series.rhythm.parts else series


def _case(plan: PlannedVisit, reading: Reading) -> CompiledCase:
    reckoning = reading.reckoning
    points = starts(plan.at)
    return CompiledCase(
        case=judging(plan.case, reading) if plan.case is not None else None,
        at=None if is_series(plan.at) else _date(plan.at, reckoning),
        only_at=bool(points) and not any(map(chooses, points)),
        window=_window(plan.window, reckoning),
        around_target=isinstance(plan.window, Around | Exact | Sides),
        limits=tuple((limit.bound, dating(limit.point, reckoning)) for limit in plan.limits),
        prefer=_window(plan.prefer, reckoning),
        allowance=_window(plan.allowance.window, reckoning) if plan.allowance else None,
    )


def _window(window: Window | None, reckoning: Reckoning) -> Bounding | None:
    return None if window is None or isinstance(window, NoWindow) else bounding(window, reckoning)


def _missed_after(missed: Point | Duration, reckoning: Reckoning) -> Dating | Offset:
    return reckoning.duration(missed) if isinstance(missed, Duration) else dating(missed, reckoning)


def _is_counted(condition: Condition, counters: tuple[str, ...]) -> bool:
    """Whether counters alone decide a condition: then it is the same for everybody."""
    for question in questions(condition):
        if isinstance(question, MoreThan):
            return False
        if isinstance(question, Compare):
            points = question_points(question)
            if not all(isinstance(point, Reference) and point.name in counters for point in points):
                return False
        elif question.name not in counters:
            return False
    return True


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
