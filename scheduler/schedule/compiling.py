"""A protocol made ready to be expanded: every expression turned, once, into what dates or decides it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import lru_cache

from scheduler.language.conditions import Judging, Reading, judging
from scheduler.language.dating import Dating, dating
from scheduler.language.moments import Offset, Reckoning
from scheduler.language.series import fixed, rhythm
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
    Limit,
    MoreThan,
    NoWindow,
    Point,
    Reference,
    Sides,
    Until,
    Window,
)
from scheduler.language.windows import Bounding, bounding
from scheduler.protocol.counters import label_counters
from scheduler.protocol.names import names_of
from scheduler.protocol.records import Activity, Outside, PlannedGroup, PlannedPeriod, PlannedVisit, Protocol
from scheduler.schedule.compiled import (
    Compiled,
    CompiledActivity,
    CompiledCase,
    CompiledEvent,
    CompiledGroup,
    CompiledOutside,
    CompiledPeriod,
    CompiledSeries,
    CompiledVisit,
    Moving,
)
from scheduler.schedule.records import Applies, Task


@lru_cache(maxsize=16)
def compiled(protocol: Protocol) -> Compiled:
    """A protocol made ready; protocols are compared by identity, so one that stays loaded is compiled once."""
    reckoning = protocol.study.reckoning
    maker = _Maker(protocol)
    root = maker.group(protocol.root, 0, None)
    events = {
        name: CompiledEvent(event, dating(event.at, reckoning) if event.at else None) for name, event in protocol.events.items()
    }
    return Compiled(root, maker.names, maker.members, events, maker.names.all_counters)


class _Maker:
    def __init__(self, protocol: Protocol) -> None:
        self.names = names_of(protocol)
        self.protocol = protocol
        self.reckoning = protocol.study.reckoning
        self.members: dict[int, CompiledVisit | CompiledPeriod | CompiledGroup] = {}

    def group(self, plan: PlannedGroup, number: int, parent: CompiledGroup | None) -> CompiledGroup:
        around = parent.plan if parent else plan
        outside = around.reckoning
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
            reckoning=plan.reckoning,
            series=series,
            at=_date(start, outside),
            until=until,
            epoch=self.epoch(plan),
            activities=tuple(self.activity(activity, plan.reckoning) for activity in self.protocol.activities),
            outside=self.outside(plan.outside, around),
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

    def outside(self, outside: Outside, around: PlannedGroup) -> CompiledOutside:
        reckoning, counters = around.reckoning, self.names.counters(around)
        reading = Reading(reckoning, self.protocol.answered | counters)
        when, counted = _judges(outside.when, reading, counters)
        return CompiledOutside(when, counted, _ends(outside.until, reckoning), _limits(outside.limits, reckoning))

    def visit(self, plan: PlannedVisit, number: int, group: CompiledGroup) -> CompiledVisit:
        reckoning = group.reckoning
        series = _series(plan, reckoning)
        counters = self.names.counters(group.plan, plan)
        reading = Reading(reckoning, self.protocol.answered | counters)
        when, counted = _judges(plan.when, reading, counters)
        missed = plan.missed_after
        return CompiledVisit(
            plan=plan,
            number=number,
            series=series,
            given=isinstance(plan.at, Given),
            labels=label_counters(plan.at, reckoning) if series and series.rhythm else (),
            own=_case(plan, reading),
            cases=tuple(_case(case, reading) for case in plan.cases),
            when=when,
            counted=counted,
            until=_ends(plan.until, reckoning),
            epoch=self.epoch(plan),
            missed_after=_missed_after(missed, reckoning) if missed is not None else None,
        )

    def epoch(self, plan: PlannedVisit | PlannedPeriod | PlannedGroup) -> tuple[Dating, ...]:
        return tuple(dating(point, self.reckoning) for point in self.protocol.ends_of(plan))

    def period(self, plan: PlannedPeriod, group: CompiledGroup) -> CompiledPeriod:
        reading = Reading(group.reckoning, self.protocol.answered | self.names.copies(group.plan))
        return CompiledPeriod(
            plan=plan,
            start=dating(plan.start, group.reckoning),
            end=dating(plan.end.point, group.reckoning) if plan.end else None,
            end_kind=plan.end.kind if plan.end else EndKind.ON,
            when=tuple(judging(condition, reading) for condition in plan.when),
            until=_ends(plan.until, group.reckoning),
            epoch=self.epoch(plan),
        )

    def activity(self, activity: Activity, reckoning: Reckoning) -> CompiledActivity:
        """An activity, as it is counted at the visits of one group."""
        reading = Reading(reckoning, self.protocol.answered | self.names.all_counters)
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


def _judges(
    conditions: Iterable[Condition], reading: Reading, counters: Set[str]
) -> tuple[tuple[Judging, ...], tuple[Judging, ...]]:
    """What decides the conditions; apart from it, what decides those that counters alone decide."""
    parts = [part for condition in conditions for part in parts_of(condition)]
    counted = [_is_counted(part, counters) for part in parts]
    judges = [judging(part, reading) for part in parts]
    return (
        tuple(judge for judge, alone in zip(judges, counted, strict=True) if not alone),
        tuple(judge for judge, alone in zip(judges, counted, strict=True) if alone),
    )


def _ends(until: Iterable[Until], reckoning: Reckoning) -> tuple[Dating, ...]:
    return tuple(dating(point, reckoning) for ends in until for point in ends.points)


def _limits(limits: Iterable[Limit], reckoning: Reckoning) -> tuple[tuple[Bound, Dating], ...]:
    return tuple((limit.bound, dating(limit.point, reckoning)) for limit in limits)


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
        limits=_limits(plan.limits, reckoning),
        prefer=_window(plan.prefer, reckoning),
        allowance=_window(plan.allowance.window, reckoning) if plan.allowance else None,
    )


def _window(window: Window | None, reckoning: Reckoning) -> Bounding | None:
    return None if window is None or isinstance(window, NoWindow) else bounding(window, reckoning)


def _missed_after(missed: Point | Duration, reckoning: Reckoning) -> Dating | Offset:
    return reckoning.duration(missed) if isinstance(missed, Duration) else dating(missed, reckoning)


def _is_counted(condition: Condition, counters: Set[str]) -> bool:
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
