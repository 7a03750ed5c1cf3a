"""Where a site has promised more than it has: more visits booked on a day than its capacity, more participants in hospital than beds.

`book` never does either; bookings made by hand, and stays, can. Days from `today` on; what has passed cannot be helped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.facts.records import SiteCalendar
from scheduler.language.moments import day_of
from scheduler.planning.load import days_in_hospital
from scheduler.protocol.records import Mode
from scheduler.schedule.records import Schedule


class Crowded(NamedTuple):
    """Days in a row, both ends included, with more than there are places; `participants` has a code for each of what is too much.

    `kind` is the kind of visit, None for beds.
    """

    first: date
    last: date
    kind: str | None
    places: int
    participants: tuple[str, ...]


def crowded(schedules: Iterable[Schedule], calendar: SiteCalendar, today: date) -> tuple[Crowded, ...]:
    """Every day of one site, from a day on, that holds too many: its visits by kind, then its beds."""
    schedules = list(schedules)
    return (*_visits(schedules, calendar, today), *_beds(schedules, calendar.beds, today))


def _visits(schedules: Iterable[Schedule], calendar: SiteCalendar, today: date) -> Iterator[Crowded]:
    held: dict[tuple[date, str], list[str]] = {}
    for schedule in schedules if calendar.capacity else ():
        for visit in schedule.visits:
            moment = visit.actual or visit.booked
            if moment is not None and not visit.outcome.is_not_done and day_of(moment) >= today:
                kind = (visit.plan.mode or Mode.CLINIC).value
                held.setdefault((day_of(moment), kind), []).append(schedule.participant.id)
    for (day, kind), codes in sorted(held.items()):
        places = calendar.capacity.get(kind)
        if places is not None and len(codes) > places:
            yield Crowded(day, day, kind, places, tuple(codes))


def _beds(schedules: Iterable[Schedule], beds: int | None, today: date) -> Iterator[Crowded]:
    if beds is None:
        return
    there: dict[date, dict[str, None]] = {}  # somebody is in one bed a day, whatever the number of stays
    for schedule in schedules:
        for period in schedule.periods:
            for day in days_in_hospital(period):
                there.setdefault(day, {})[schedule.participant.id] = None
    found: Crowded | None = None
    for day in sorted(day for day, codes in there.items() if day >= today and len(codes) > beds):
        codes = tuple(there[day])
        if found is not None and found.last == day - timedelta(1) and found.participants == codes:
            found = found._replace(last=day)
            continue
        if found is not None:
            yield found
        found = Crowded(day, day, None, beds, codes)
    if found is not None:
        yield found
