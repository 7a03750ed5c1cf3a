"""Where a visit stands on one day: a pure function of the visit and that day. Dates only; both ends of a window belong to it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from scheduler.facts.records import Outcome
from scheduler.language.moments import Moment, day_of
from scheduler.schedule.records import Visit


class Stand(Enum):
    """The kinds of standing."""

    UPCOMING = "upcoming"
    BOOKED = "booked"
    IN_WINDOW_NOT_BOOKED = "in window, not booked"
    IN_WINDOW_BOOKED = "in window, booked"
    OVERDUE = "overdue"
    DONE = "done"  # and the protocol states no window to judge it by
    DONE_IN_WINDOW = "done in window"
    DONE_EARLY = "done early"
    DONE_LATE = "done late"
    MISSED = "missed"
    CANCELLED = "cancelled"
    NOT_APPLICABLE = "not applicable"

    @property
    def is_expected(self) -> bool:
        """Whether somebody still waits for the visit."""
        return self in _EXPECTED


_EXPECTED = frozenset((Stand.UPCOMING, Stand.BOOKED, Stand.IN_WINDOW_NOT_BOOKED, Stand.IN_WINDOW_BOOKED, Stand.OVERDUE))


class Standing(NamedTuple):
    """Where a visit stands, and by how many days it is overdue, or was early or late; 0 for the others."""

    stand: Stand
    days: int = 0


def standing(visit: Visit, today: date) -> Standing:
    """Where a visit stands on a day.

    Judged by the window that the limits leave; without one, what is not done is overdue from the day after its booking, or else its
    target, and what is done is done. A window open at one side never begins, or never ends, there. After the day on which the
    protocol says that it counts as missed, it is missed. It is not applicable when it is not for this participant (any more), comes
    only if something happens, or is part of another visit.
    """
    if visit.actual is not None:
        return _done(visit, day_of(visit.actual))
    if visit.cancelled:
        return Standing(Stand.CANCELLED)
    if visit.outcome is Outcome.MISSED:
        return Standing(Stand.MISSED)
    if not visit.applies.shown or visit.part_of:
        return Standing(Stand.NOT_APPLICABLE)
    if visit.missed_after is not None and today > day_of(visit.missed_after):
        return Standing(Stand.MISSED)
    first, last = expected_days(visit)
    booked = visit.booked is not None
    if last is not None and today > last:
        return Standing(Stand.OVERDUE, (today - last).days)
    if (first is None and last is None) or (first is not None and today < first):
        return Standing(Stand.BOOKED if booked else Stand.UPCOMING)
    return Standing(Stand.IN_WINDOW_BOOKED if booked else Stand.IN_WINDOW_NOT_BOOKED)


def _done(visit: Visit, day: date) -> Standing:
    if visit.spread or (visit.opens is None and visit.closes is None):
        return Standing(Stand.DONE)
    if visit.opens is not None and day < day_of(visit.opens):
        return Standing(Stand.DONE_EARLY, (day_of(visit.opens) - day).days)
    if visit.closes is not None and day > day_of(visit.closes):
        return Standing(Stand.DONE_LATE, (day - day_of(visit.closes)).days)
    return Standing(Stand.DONE_IN_WINDOW)


def expected_days(visit: Visit) -> tuple[date | None, date | None]:
    """The first and the last day on which a visit is expected: its window, else the day it is booked for, else its target.

    None where the window is open, or where nothing is known.
    """
    last = _day(visit.last)
    return (_day(visit.opens), last) if visit.opens is not None or visit.closes is not None else (last, last)


def days_left(visit: Visit, today: date) -> int | None:
    """How many days, today among them, the window is still open; None where it has no end or is not open."""
    first, last = expected_days(visit)
    if last is None or today > last or (first is not None and today < first):
        return None
    return (last - today + timedelta(1)).days


def _day(moment: Moment | None) -> date | None:
    return None if moment is None else day_of(moment)
