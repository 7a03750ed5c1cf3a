"""The visits of a protocol one by one, before anybody takes part, and what each is counted from: for formats without series.

A list of visits, and a series or the copies of a group with the same number for everybody, become as many visits as there are. What has
no fixed number stays one, with the pattern of its names. Nothing here is dated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from scheduler.language.moments import NOTHING, Offset, Reckoning
from scheduler.language.series import Turn, fixed, point_of, rhythm
from scheduler.language.survey import is_series
from scheduler.language.syntax import (
    Answered,
    Around,
    At,
    Bracket,
    Choice,
    Condition,
    Count,
    Direction,
    Duration,
    Each,
    Exact,
    FromTo,
    Given,
    Label,
    LabelList,
    LabelUnit,
    NoWindow,
    Otherwise,
    Point,
    Reference,
    Series,
    Side,
    Sides,
    SumList,
    Unit,
    Window,
    Within,
)
from scheduler.protocol.columns import Column, columns_of, holds
from scheduler.protocol.counters import Counters, fill, label_counters, numbers_of, visit_with
from scheduler.protocol.names import names_of
from scheduler.protocol.records import COUNTER, PlannedGroup, PlannedVisit, Protocol

_MOST_COPIES = 500  # of one series; more of them are shown as a series


class Counted(NamedTuple):
    """So far from the date of something: a visit or an event, by its id. `weeks` when it was written in weeks."""

    base: str
    offset: Offset
    weeks: bool = False


_SAME_DAY = Counted("", Offset(whole_days=True))


class OneVisit(NamedTuple):
    """One visit as a column of the protocol's table, or a series of them that has no fixed number (`several`).

    `counted` is its target; None where that is its record, or cannot be said as an amount from one thing. `group` is the group it stands
    in, whose labels count from `start`. `conditions` are those that hang on the participant.
    """

    column: Column
    group: PlannedGroup
    start: Counted | None
    counted: Counted | None
    several: bool
    conditions: tuple[Condition, ...]

    @property
    def plan(self) -> PlannedVisit:
        """Its rule, with its own name and date."""
        return self.column.plan

    @property
    def id(self) -> str:
        """Its id, with "n" for what is counted."""
        return COUNTER.sub("n", self.plan.id)


class _Copy(NamedTuple):
    """A copy of a group, or the whole protocol: the groups on the way to it, where its labels count from, its counters and its place."""

    group: PlannedGroup
    way: tuple[PlannedGroup, ...]
    start: Counted | None
    counters: Counters
    place: tuple[int, ...]
    several: bool = False


class _Walk:
    """Goes through one protocol."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.columns = {column.plan.id: column for column in columns_of(protocol)}

    def visits(self, copy: _Copy) -> Iterator[OneVisit]:
        for index, member in enumerate(copy.group.members):
            if isinstance(member, PlannedGroup):
                for inner in self.copies(member, copy, index):
                    yield from self.visits(inner)
            elif isinstance(member, PlannedVisit):
                for plan, counters, nth in self.one_by_one(member, copy):
                    if (visit := self.visit(plan, counters, copy, (*copy.place, index, nth))) is not None:
                        yield visit

    def copies(self, group: PlannedGroup, copy: _Copy, index: int) -> Iterator[_Copy]:
        way, at, reckoning = (*copy.way, group), group.at, copy.group.reckoning
        if at is None or isinstance(at, Given):
            yield _Copy(group, way, None, copy.counters, (*copy.place, index, 0), copy.several)
        elif isinstance(at, Each | Series | LabelList | SumList):
            turns = _turns(at, reckoning)
            if turns is None:
                yield _Copy(group, way, None, copy.counters, (*copy.place, index, 0), True)
                return
            for nth, (point, _) in enumerate(turns):
                counters = {**copy.counters, group.rule: nth + 1}
                start = count(point, self.protocol, copy.group, copy.start, counters)
                yield _Copy(group, way, start, counters, (*copy.place, index, nth), copy.several)
        else:
            start = count(at, self.protocol, copy.group, copy.start, copy.counters)
            yield _Copy(group, way, start, copy.counters, (*copy.place, index, 0), copy.several)

    def one_by_one(self, rule: PlannedVisit, copy: _Copy) -> Iterator[tuple[PlannedVisit, Counters, int]]:
        at, reckoning = rule.at, copy.group.reckoning
        if at is None or isinstance(at, Given | Each) or not is_series(at) or (turns := _turns(at, reckoning)) is None:
            yield visit_with(rule, copy.counters, at), copy.counters, 0
            return
        names, series = label_counters(at, reckoning), rhythm(at, reckoning)
        for nth, (point, turn) in enumerate(turns):
            own = {**copy.counters, rule.rule: nth + 1, **numbers_of(names, series, nth, turn.counts, reckoning)}
            yield visit_with(rule, own, point), own, nth

    def visit(self, plan: PlannedVisit, counters: Counters, copy: _Copy, place: tuple[int, ...]) -> OneVisit | None:
        """One visit; None where its counters say that there is none."""
        several = copy.several or is_series(plan.at)
        column = Column(plan, copy.way, counters, (place,))
        if several and plan.id in self.columns:
            column = self.columns[plan.id]
        asked = [*plan.when, *(condition for group in copy.way for condition in group.outside.when)]
        verdicts = [(condition, holds(condition, column, self.protocol)) for condition in dict.fromkeys(asked)]
        if any(verdict is False for _, verdict in verdicts):
            return None
        counted = None
        if not several and not isinstance(plan.at, None | Given | Each | Series | LabelList | SumList) and not plan.cases:
            counted = count(plan.at, self.protocol, copy.group, copy.start, counters)
        open_conditions = tuple(condition for condition, verdict in verdicts if verdict is None)
        return OneVisit(column, copy.group, copy.start, counted, several, open_conditions)


def visits_of(protocol: Protocol) -> tuple[OneVisit, ...]:
    """The visits in the protocol's order."""
    whole = _Copy(protocol.root, (), Counted(protocol.study.anchor, NOTHING), {}, ())
    found = tuple(_Walk(protocol).visits(whole))
    known = {*protocol.events, *ids(found)}
    return tuple(
        visit._replace(counted=None) if visit.counted is not None and visit.counted.base not in known else visit
        for visit in found
    )


def _turns(at: At, reckoning: Reckoning) -> list[tuple[Point, Turn]] | None:
    """The dates of a series that has the same number of them for everybody, as somebody would write them; else None."""
    if isinstance(at, Each):
        return None
    series = rhythm(at, reckoning)
    turns = fixed(series)
    if turns is None or len(turns) > _MOST_COPIES:
        return None
    return [(point_of(series, turn.counts, turn.nth, reckoning), turn) for turn in turns]


# -- what a date is counted from


def count(
    point: Point, protocol: Protocol, group: PlannedGroup, start: Counted | None, counters: Mapping[str, int | None]
) -> Counted | None:
    """What a point is counted from, and how far; None where that is not one amount from one visit or event.

    `start` is where labels count from.
    """
    found = _count(point, protocol, group, counters)
    return found if found is None or found.base else _from_start(found, start)


def _from_start(found: Counted, start: Counted | None) -> Counted | None:
    """What is so far from a start, as far from what the start is counted from.

    None where that may be another day: for months counted from a start that lies days or months away, for they clip where they end,
    and for hours and days together.
    """
    if start is None:
        return None
    first, then = start.offset, found.offset
    if (
        (then.months and (first.months or first.days))
        or (then.minutes and first.whole_days)
        or (first.minutes and then.whole_days)
    ):
        return None
    return Counted(start.base, first.plus(then), found.weeks and (start.weeks or first == NOTHING))


def _count(point: Point, protocol: Protocol, group: PlannedGroup, counters: Mapping[str, int | None]) -> Counted | None:
    """The same, without a base where it is counted from where labels count from."""
    if isinstance(point, Label):
        return Counted("", group.reckoning.label(point), point.unit is LabelUnit.WEEK)
    if isinstance(point, Reference):
        base = _named(point, protocol, group, counters)
        return Counted(base, NOTHING, weeks=True) if base else None
    if isinstance(point, Bracket):
        return _count(point.point, protocol, group, counters)
    if isinstance(point, Choice | Otherwise):
        return None
    found = _count(point.term, protocol, group, counters)
    for step in point.steps:
        if found is None or isinstance(step.duration, Answered):
            return None
        offset = found.offset.plus(group.reckoning.duration(step.duration).times(step.sign))
        found = Counted(found.base, offset, found.weeks and step.duration.unit is Unit.WEEK)
    return found


def _named(reference: Reference, protocol: Protocol, group: PlannedGroup, counters: Mapping[str, int | None]) -> str:
    """The id of the one visit or event that a name means; empty where it means several, a period, or one of its other dates."""
    if reference.pick is not None or reference.facet is not None or reference.whose is not None:
        return ""
    if reference.name in protocol.events:
        return reference.name
    found = names_of(protocol).resolve(reference.name, group)
    if len(found) != 1 or found[0].several or not isinstance(found[0].member, PlannedVisit):
        return ""
    own = {name: number for name, number in counters.items() if number is not None}
    id = fill(found[0].member.id, {**own, **(found[0].counters or {})})
    return "" if COUNTER.search(id) else id


def from_anchor(id: str, visits: Mapping[str, OneVisit], protocol: Protocol) -> Offset | None:
    """How far something lies from the study's anchor, as it is planned; None when it is not counted from it."""
    total, steps = NOTHING, 0
    while id != protocol.study.anchor:
        counted = counted_of(id, visits, protocol)
        if counted is None or steps > len(visits) + len(protocol.events):
            return None
        total, id, steps = total.plus(counted.offset), counted.base, steps + 1
    return total


def counted_of(id: str, visits: Mapping[str, OneVisit], protocol: Protocol) -> Counted | None:
    """What a visit or an event is counted from; None for neither, and for what is dated by its record."""
    if id in visits:
        return visits[id].counted
    event = protocol.events.get(id)
    if event is None or event.at is None:
        return None
    return count(event.at, protocol, protocol.root, Counted(protocol.study.anchor, NOTHING), {})


# -- windows


def around(visit: OneVisit, protocol: Protocol) -> tuple[Counted, Counted] | None:
    """How much earlier and how much later than its target a visit may be; None where its window is not said so, or open.

    A window that is counted from something else is, where the days come to the same for everybody.
    """
    window, reckoning = visit.plan.window, visit.group.reckoning
    if window is None or isinstance(window, NoWindow) or visit.counted is None:
        return None
    if isinstance(window, Exact):
        return _SAME_DAY, _SAME_DAY
    if isinstance(window, Around | Sides):
        return sides_of(window, reckoning)
    ends = _ends(window, visit, protocol)
    if ends is None:
        return None
    lower, upper = (_between(visit.counted, end) for end in ends)
    if lower is None or upper is None or lower > 0 or upper < 0:
        return None
    return Counted("", Offset(days=-lower, whole_days=True)), Counted("", Offset(days=upper, whole_days=True))


def sides_of(window: Window | None, reckoning: Reckoning) -> tuple[Counted, Counted] | None:
    """How much earlier and how much later a window around its target reaches.

    None for an open one, for one that lies on one side of the target, for one in working days, and for any other.
    """
    if isinstance(window, Around):
        both = Counted("", reckoning.duration(window.duration), window.duration.unit is Unit.WEEK)
        sides = both, both
    elif isinstance(window, Sides) and window.before and window.after and window.before.sign <= 0 <= window.after.sign:
        sides = _side(window.before, window.after, reckoning), _side(window.after, window.before, reckoning)
    else:
        return None
    return None if any(side.offset.working_days for side in sides) else sides


def _side(side: Side, other: Side, reckoning: Reckoning) -> Counted:
    unit = side.unit or other.unit
    if unit is None:
        return _SAME_DAY
    return Counted("", reckoning.duration(Duration(side.amount, unit)), unit is Unit.WEEK)


def _ends(window: Window, visit: OneVisit, protocol: Protocol) -> tuple[Counted, Counted] | None:
    """The first and the last day of a window that is counted from something else."""

    def counted(point: Point) -> Counted | None:
        return count(point, protocol, visit.group, visit.start, visit.column.counters)

    if isinstance(window, FromTo):
        if window.start is None or window.end is None:
            return None
        first, last = counted(window.start), counted(window.end)
        return None if first is None or last is None else (first, last)
    if not isinstance(window, Within | Count) or (base := counted(window.point)) is None:
        return None
    reckoning = visit.group.reckoning
    if isinstance(window, Within):
        near, far = NOTHING, reckoning.duration(window.duration)
    else:
        near, far = (reckoning.duration(Duration(amount, window.unit)) for amount in (window.low, window.high))
    if window.direction is Direction.BEFORE:
        near, far = far.times(-1), near.times(-1)
    return base._replace(offset=base.offset.plus(near)), base._replace(offset=base.offset.plus(far))


def _between(target: Counted, end: Counted) -> int | None:
    """The days from a target to an end of its window; None where they are not the same for everybody."""
    if target.base != end.base or target.offset.months != end.offset.months:
        return None
    if any(offset.minutes or offset.working_days for offset in (target.offset, end.offset)):
        return None
    return end.offset.days - target.offset.days


def ids(visits: Sequence[OneVisit]) -> dict[str, OneVisit]:
    """Visits by their ids; a series is none."""
    return {visit.plan.id: visit for visit in visits if not visit.several}
