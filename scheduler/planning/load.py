"""Beds and visits of a site, day by day and week by week.

A bed is taken from the first to the last day of a stay, both included; an end that is only the least it may be counts until another is
recorded, and a stay without an end counts for its first day. A visit counts on the day it took place or is booked for, else on its
target, or where it has none on the first day of its window. Weeks are those of ISO 8601: Monday is their first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.language.moments import day_of
from scheduler.protocol.records import PeriodKind
from scheduler.schedule.records import Period, Schedule, Visit

_MOST = 3_700  # days: a stay that is longer is a slip of the finger


class DayLoad(NamedTuple):
    """What one day of a site holds: beds taken (`occupied` as recorded, `planned` as it is meant to come) and visits.

    Somebody is in one bed a day, whatever the number of stays.
    """

    occupied: int = 0
    planned: int = 0
    booked: int = 0
    expected: int = 0

    @property
    def beds(self) -> int:
        """All beds taken."""
        return self.occupied + self.planned

    @property
    def visits(self) -> int:
        """All visits: booked or done, and expected."""
        return self.booked + self.expected


Load = Mapping[date, DayLoad]


class WeekLoad(NamedTuple):
    """A week from its Monday: its visits, the most beds taken on one day of it, and the days on which that is more than there are."""

    monday: date
    booked: int
    expected: int
    peak: int
    over: tuple[date, ...]


def load(schedules: Iterable[Schedule]) -> Load:
    """The beds and visits of some participants, for every day that has any, in order."""
    recorded: dict[date, set[str]] = {}
    planned: dict[date, set[str]] = {}
    visits: dict[date, list[int]] = {}
    for schedule in schedules:
        for period in schedule.periods:
            for day in days_in_hospital(period):
                taken = recorded if period.certain else planned
                taken.setdefault(day, set()).add(schedule.participant.id)
        for visit in schedule.visits:
            if (on := visit_day(visit)) is not None:
                visits.setdefault(on, [0, 0])[0 if visit.actual or visit.booked else 1] += 1
    nobody: set[str] = set()
    found = {}
    for day in sorted({*recorded, *planned, *visits}):
        there = recorded.get(day, nobody)
        coming = planned.get(day, nobody) - there
        found[day] = DayLoad(len(there), len(coming), *visits.get(day, (0, 0)))
    return found


def weeks(found: Load, first: date, count: int, beds: int | None = None) -> tuple[WeekLoad, ...]:
    """So many weeks, from the one that a day lies in; `beds` is how many there are, None when nobody has said."""
    monday = monday_of(first)
    return tuple(_week(found, monday + timedelta(7 * number), beds) for number in range(count))


def _week(found: Load, monday: date, beds: int | None) -> WeekLoad:
    days = {day: found.get(day, DayLoad()) for day in (monday + timedelta(number) for number in range(7))}
    return WeekLoad(
        monday=monday,
        booked=sum(one.booked for one in days.values()),
        expected=sum(one.expected for one in days.values()),
        peak=max(one.beds for one in days.values()),
        over=tuple(day for day, one in days.items() if beds is not None and one.beds > beds),
    )


def monday_of(day: date) -> date:
    """The Monday of the week a day lies in."""
    return day - timedelta(day.weekday())


def visit_day(visit: Visit) -> date | None:
    """The day a visit counts on; None when it has none, is not for the participant, or does not take place."""
    if not visit.applies.shown or visit.part_of or (visit.actual is None and visit.outcome.is_not_done):
        return None
    day = visit.actual or visit.booked or visit.target or visit.day
    return None if day is None else day_of(day)


def days_in_hospital(period: Period) -> Iterator[date]:
    """The days of a stay; none of what is no stay, is not for the participant, or has no date."""
    if period.plan.kind is not PeriodKind.STAY or not period.applies.shown or period.start is None:
        return
    first = day_of(period.start)
    last = day_of(period.end) if period.end is not None else first
    yield from (first + timedelta(number) for number in range(min((last - first).days + 1, _MOST)))
