"""The columns of the protocol's table: one for each visit, and one for all visits of a series or of the copies of a group.

Nothing here is dated. What a column's counters settle (`month is 12`) is decided; what a participant's answers would settle is left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from scheduler.language.conditions import NOT_COUNTED, Reading, judging
from scheduler.language.moments import Moment, WorkingDays
from scheduler.language.series import fixed, rhythm
from scheduler.language.survey import is_series
from scheduler.language.syntax import Condition, Label, LabelList, Reference, Series, Sum, SumList
from scheduler.language.worth import Awaited, Verdict, Waits, Worth
from scheduler.protocol.counters import label_counters, numbers_of, visit_with
from scheduler.protocol.names import names_of
from scheduler.protocol.records import Activity, PlannedGroup, PlannedVisit, Protocol


class Column(NamedTuple):
    """One visit as the protocol's table shows it, or all visits of a series; `way` are the groups it stands in, the outermost first.

    `counters` are the numbers it stands at; None for one that differs from visit to visit. `places` are where its visits stand in the
    protocol's order, as many as are needed to tell whether an activity takes place at all of them, at some or at none.
    """

    plan: PlannedVisit
    way: tuple[PlannedGroup, ...]
    counters: Mapping[str, int | None]
    places: tuple[tuple[int, ...], ...]

    @property
    def several(self) -> bool:
        """Whether it stands for several visits."""
        return None in self.counters.values()


def columns_of(protocol: Protocol) -> tuple[Column, ...]:
    """The columns in the protocol's order."""
    return tuple(_columns(protocol.root, (), ((),), {}, _turning_points(protocol)))


def takes_place(activity: Activity, column: Column) -> bool | None:
    """Whether an activity takes place at all visits of a column; None when at some of them."""
    found = {activity.takes_place_at(place) for place in column.places}
    return None if len(found) > 1 else found.pop()


def holds(condition: Condition, column: Column, protocol: Protocol) -> bool | None:
    """Whether a condition holds for all visits of a column, or for none; None when that hangs on the visit or on the participant."""
    names, group = names_of(protocol), column.way[-1] if column.way else protocol.root
    reading = Reading(group.reckoning, protocol.answered | names.counters(group) | column.counters.keys())
    verdict = judging(condition, reading)(_InTable(column, names.all_counters))
    return None if verdict.undecided or verdict.only_if else verdict.value


class _InTable:
    """What a condition may ask in the table (`language.worth.Scope`): where its column stands, and nothing of anybody."""

    working: WorkingDays | None = None

    def __init__(self, column: Column, counters: frozenset[str]) -> None:
        self._column = column
        self._counters = counters

    def origin(self) -> Worth:
        return Waits((Awaited(""),))

    def named(self, reference: Reference) -> Worth:
        return Waits((Awaited(reference.name),))

    def answer(self, name: str, day: Moment | None = None) -> object:
        if name in self._counters and name not in self._column.counters:
            return NOT_COUNTED
        return self._column.counters.get(name)

    def holds(self, name: str) -> Verdict:
        return Verdict(None, (name,))


def _columns(
    group: PlannedGroup,
    way: tuple[PlannedGroup, ...],
    places: Sequence[tuple[int, ...]],
    counters: Mapping[str, int | None],
    turning: Sequence[int],
) -> Iterator[Column]:
    for index, member in enumerate(group.members):
        if isinstance(member, PlannedGroup):
            numbers = turning if member.copied else (0,)
            inner = [(*place, index, number) for place, number in product(places, numbers)]
            own = {**counters, member.rule: None} if member.copied else counters
            yield from _columns(member, (*way, member), inner, own, turning)
        elif isinstance(member, PlannedVisit):
            for plan, numbers, own in _visits(member, group, turning):
                yield Column(
                    plan, way, {**counters, **own}, tuple((*place, index, number) for place in places for number in numbers)
                )


def _visits(
    rule: PlannedVisit, group: PlannedGroup, turning: Sequence[int]
) -> Iterator[tuple[PlannedVisit, Sequence[int], Mapping[str, int | None]]]:
    """The visits of a rule that have a column of their own: those of a list; a series has one for all of it."""
    at = rule.at
    if isinstance(at, LabelList | SumList):
        series = rhythm(at, group.reckoning)
        names = label_counters(at, group.reckoning)
        points: tuple[Label | Sum, ...] = at.points()
        for nth, point in enumerate(points):
            counters = {rule.rule: nth + 1, **numbers_of(names, series, nth, (), group.reckoning)}
            yield visit_with(rule, counters, point), (nth,), counters
        return
    if not is_series(at):
        yield rule, (0,), {at.unit.value.lower(): at.number} if isinstance(at, Label) else {}
        return
    numbers = turning
    if isinstance(at, Series) and (turns := fixed(rhythm(at, group.reckoning))) is not None:
        numbers = sorted({min(number, len(turns) - 1) for number in turning})
    yield rule, numbers, dict.fromkeys((rule.rule, *label_counters(at, group.reckoning)))


def _turning_points(protocol: Protocol) -> Sequence[int]:
    """The numbers of a copy, or of a visit of a series, at which an activity can begin or end; and one after all of them."""
    ends = {
        part
        for activity in protocol.activities
        for span in activity.spans
        for part in (*span.first, *span.last)
        if part is not None
    }
    near = {number + step for number in ends for step in (-1, 0, 1) if number + step >= 0}
    return sorted({0, 1, *near, max(near, default=0) + 100})
