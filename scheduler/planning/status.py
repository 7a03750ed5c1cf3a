"""The lists a coordinator and a nurse work from on one day: today, the coming days, overdue, to book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.language.moments import day_of, in_order
from scheduler.language.syntax import Given
from scheduler.planning.standing import Stand, Standing, expected_days, standing
from scheduler.schedule.records import Schedule, Visit


class Item(NamedTuple):
    """A visit, where it stands, and the day its site had when it was looked at."""

    schedule: Schedule
    visit: Visit
    standing: Standing
    today: date

    @property
    def day(self) -> date | None:
        """The day somebody has set for it: it took place, is booked or is planned (a visit that is dated by its record)."""
        return set_day(self.visit)


class Status(NamedTuple):
    """One day's lists, each in the order in which one works through it.

    `overdue` holds also what was set for a day that has passed, and what counts as missed and is not recorded; `to_book` what has no
    day yet and whose window is open, or opens in the coming days; `later` what is expected after those.
    """

    today: tuple[Item, ...]
    coming: tuple[Item, ...]
    overdue: tuple[Item, ...]
    to_book: tuple[Item, ...]
    later: tuple[Item, ...]


def status(schedules: Iterable[Schedule], today: Mapping[str, date], days: int) -> Status:
    """The lists of one day, by the day each site has; the coming days are those after it, `days` many."""
    lists: dict[str, list[Item]] = {name: [] for name in Status._fields}
    for schedule in schedules:
        now = today[schedule.participant.site]
        for visit in schedule.visits:
            item = Item(schedule, visit, standing(visit, now), now)
            name = _list_of(item, now, now + timedelta(days))
            if name:
                lists[name].append(item)
    for name, items in lists.items():
        items.sort(key=_tightest_first if name in ("to_book", "overdue") else _by_day)
    return Status(**{name: tuple(items) for name, items in lists.items()})


def _list_of(item: Item, today: date, last: date) -> str:
    """Which list something belongs to; none for what nobody waits for any more, or what has no date."""
    visit, day = item.visit, item.day
    if visit.actual is not None:
        return "today" if day_of(visit.actual) == today else ""
    if item.standing.stand is Stand.MISSED:
        return "" if visit.over else "overdue"
    if not item.standing.stand.is_expected:
        return ""
    if day is not None:
        if day < today or (day > today and item.standing.stand is Stand.OVERDUE):
            return "overdue"
        return "today" if day == today else "coming" if day <= last else "later"
    if item.standing.stand is Stand.OVERDUE:
        return "overdue"
    first, closes = expected_days(visit)
    if first is None and closes is None:
        return ""
    return "to_book" if first is None or first <= last else "later"


def is_late(item: Item) -> bool:
    """Whether something belongs to what is overdue or not recorded."""
    return _list_of(item, item.today, item.today) == "overdue"


def set_day(visit: Visit) -> date | None:
    """The day somebody has set for a visit: it took place, is booked, or is planned where its record is its date."""
    if visit.actual is not None or visit.booked is not None:
        day = visit.actual or visit.booked
    else:
        day = visit.target if isinstance(visit.plan.at, Given) else None
    return None if day is None else day_of(day)


def _by_day(item: Item) -> tuple[object, ...]:
    shown = item.visit.actual or item.visit.booked or item.visit.opens or item.visit.day or date.max
    return (in_order(shown), item.schedule.participant.id)


def _tightest_first(item: Item) -> tuple[object, ...]:
    _, last = expected_days(item.visit)
    return (last or date.max, item.schedule.participant.id)
