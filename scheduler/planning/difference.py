"""What an amendment changes for one participant: two schedules of the same person, compared visit by visit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import NamedTuple

from scheduler.language.moments import day_of
from scheduler.schedule.amended import in_order_of_the_newest
from scheduler.schedule.records import Period, Schedule, Visit


class Fate(Enum):
    """What becomes of a visit or a period."""

    MOVES = "moves"  # its target or its window, its first or its last day
    CHANGES = "changes"  # the same days, and another way or other activities
    APPEARS = "appears"
    DISAPPEARS = "disappears"
    STAYS = "stays"
    KEPT = "kept"  # by the version before: it took place, or its window had closed


class Booking(Enum):
    """What becomes of a booking."""

    VALID = "still valid"
    MUST_MOVE = "must move"
    FALLS_AWAY = "falls away"
    NEW = "new to book"


class Difference(NamedTuple):
    """One visit or period before and after; None where there is none. `closed` when its new window ends before it begins to hold."""

    fate: Fate
    before: Visit | Period | None
    after: Visit | Period | None
    booking: Booking | None = None
    closed: bool = False

    @property
    def item(self) -> Visit | Period:
        """What there is of it, the later one first."""
        item = self.after or self.before
        assert item is not None
        return item

    @property
    def activities(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The activities that are new, and those that are gone."""
        before, after = _activities(self.before), _activities(self.after)
        return tuple(sorted(after - before)), tuple(sorted(before - after))


def differences(before: Schedule, after: Schedule, since: date) -> tuple[Difference, ...]:
    """What becomes of everything that is for a participant under either schedule, in the order of the later one.

    `since` is the day from which the later version holds.
    """
    old = {item.id: item for item in before.items if item.applies.shown}
    new = {item.id: item for item in after.items if item.applies.shown}
    order = in_order_of_the_newest([before.visits, after.visits]) + in_order_of_the_newest([before.periods, after.periods])
    return tuple(_differences(old, new, order, since))


def _differences(
    old: dict[str, Visit | Period], new: dict[str, Visit | Period], order: list[str], since: date
) -> Iterator[Difference]:
    for id in order:
        one, other = old.get(id), new.get(id)
        if one is None and other is None:
            continue
        fate = _fate(one, other)
        booking = _booking(fate, one, other)
        yield Difference(fate, one, other, booking, closed=fate in (Fate.MOVES, Fate.APPEARS) and _closed(other, since))


def _fate(one: Visit | Period | None, other: Visit | Period | None) -> Fate:
    if other is None:
        return Fate.DISAPPEARS
    if one is None:
        return Fate.APPEARS
    if other.under is not None:
        return Fate.KEPT
    if _days(one) != _days(other):
        return Fate.MOVES
    if one.plan.rule != other.plan.rule or _content(one) != _content(other):
        return Fate.CHANGES
    return Fate.STAYS


def _days(item: Visit | Period) -> tuple[object, ...]:
    if isinstance(item, Visit):
        return (item.target, item.opens, item.closes)
    return (item.start, item.end, item.end_kind)


def _content(item: Visit | Period) -> object:
    return (item.plan.mode, _activities(item)) if isinstance(item, Visit) else None


def _activities(item: Visit | Period | None) -> frozenset[str]:
    return frozenset(task.activity.id for task in item.tasks if task.applies.shown) if isinstance(item, Visit) else frozenset()


def _booking(fate: Fate, one: Visit | Period | None, other: Visit | Period | None) -> Booking | None:
    """What becomes of the booking of a visit that has not taken place."""
    visit = other if isinstance(other, Visit) else one
    if not isinstance(visit, Visit) or visit.over or fate is Fate.KEPT:
        return None
    if fate is Fate.DISAPPEARS:
        return Booking.FALLS_AWAY if visit.booked is not None else None
    if visit.booked is None:
        return Booking.NEW if fate is Fate.APPEARS else None
    return Booking.MUST_MOVE if visit.outside else Booking.VALID


def _closed(item: Visit | Period | None, since: date) -> bool:
    return isinstance(item, Visit) and not item.over and item.closes is not None and day_of(item.closes) < since
