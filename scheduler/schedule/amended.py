"""One participant's schedule under a protocol that was amended: each visit by the version that holds for it.

A visit that took place keeps the version in force on its day. One whose window had closed before a version came into force keeps
the version before; so does one that is booked for a day before, for on that day it would take place under that version. Everything
else follows the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from scheduler.facts.records import Participant
from scheduler.language.moments import WorkingDays, day_of
from scheduler.protocol.records import Protocol
from scheduler.schedule.expand import expand, names_without_place
from scheduler.schedule.records import Applies, Period, Schedule, Visit


class Version(NamedTuple):
    """A version of the protocol and its first day at a site; the first version holds from the beginning."""

    name: str
    protocol: Protocol
    since: date


Item = TypeVar("Item", Visit, Period)


def amended(
    versions: Sequence[Version],
    participant: Participant,
    *,
    horizon: date | None = None,
    working: WorkingDays | None = None,
) -> Schedule:
    """Every visit and period of one participant, each by the version that holds for it; the versions are in their order.

    Raises SchedulerError as `expand` does.
    """
    schedules = [expand(version.protocol, participant, horizon=horizon, working=working) for version in versions]
    return merged(versions, schedules)


def merged(versions: Sequence[Version], schedules: Sequence[Schedule]) -> Schedule:
    """The schedules of one participant under each version, made one."""
    newest = schedules[-1]
    if len(schedules) == 1:
        return newest
    visits = _merged(versions, [schedule.visits for schedule in schedules], newest.protocol)
    periods = _merged(versions, [schedule.periods for schedule in schedules], newest.protocol)
    unplaced = tuple(names_without_place(newest.participant, visits, periods))
    older = tuple(version.protocol for version in reversed(versions[:-1]))
    return newest._replace(visits=visits, periods=periods, unplaced=unplaced, older=older)


def _merged(versions: Sequence[Version], columns: Sequence[tuple[Item, ...]], newest: Protocol) -> tuple[Item, ...]:
    by_id = [{item.id: item for item in column} for column in columns]
    found = []
    for id in in_order_of_the_newest(columns):
        number = _holds([items.get(id) for items in by_id], versions)
        item = by_id[number].get(id) if number is not None else None
        if item is not None:
            protocol = versions[number or 0].protocol
            found.append(item if protocol is newest else item._replace(under=protocol))
    return tuple(found)


def in_order_of_the_newest(columns: Sequence[tuple[Visit, ...] | tuple[Period, ...]]) -> list[str]:
    """The ids of several versions, as the last one has them; what only an older one has stands after what comes before it there."""
    order = [item.id for item in columns[-1]]
    there = set(order)
    for column in reversed(columns[:-1]):
        before = ""
        for item in column:
            if item.id not in there:
                order.insert(order.index(before) + 1 if before else 0, item.id)
                there.add(item.id)
            before = item.id
    return order


def _holds(items: Sequence[Visit | Period | None], versions: Sequence[Version]) -> int | None:
    """Which version holds for something, of which `items` are what each version makes; None when none of those that hold has it."""
    actual = next((item.actual for item in items if isinstance(item, Visit) and item.actual is not None), None)
    if actual is not None:
        return _in_force(items, versions, day_of(actual))
    holding = 0
    for number, version in enumerate(versions[1:], 1):
        if not _closed_before(items[holding], items[number], version.since):
            holding = number
    if not _is_there(items[holding]):  # what became of a visit stays on record, though a later version does not plan it
        return next((number for number, item in enumerate(items) if isinstance(item, Visit) and item.over), holding)
    return holding


def _is_there(item: Visit | Period | None) -> bool:
    return item is not None and item.applies.shown


def _in_force(items: Sequence[Visit | Period | None], versions: Sequence[Version], day: date) -> int:
    """The version in force on the day of a visit that took place; should that one not have it, the nearest that has."""
    now = max((number for number, version in enumerate(versions) if version.since <= day), default=0)
    if items[now] is not None:
        return now
    there = [number for number, item in enumerate(items) if item is not None]
    having = [number for number in there if not _is_strange(items[number])]
    return min(having or there, key=lambda number: (abs(number - now), number))


def _is_strange(visit: Visit | Period | None) -> bool:
    """Whether a version does not ask for a visit that took place."""
    return not isinstance(visit, Visit) or visit.against or visit.applies is Applies.NO


def _closed_before(old: Visit | Period | None, new: Visit | Period | None, day: date) -> bool:
    """Whether something can only be before a day, or is booked for one before: by the old version, or by the new where it is new."""
    item = old if old is not None and old.applies.shown else new
    if item is None or not item.applies.shown:
        return False
    if isinstance(item, Visit) and item.booked is not None and day_of(item.booked) < day:
        return True
    last = item.last if isinstance(item, Visit) else item.end
    return last is not None and day_of(last) < day
