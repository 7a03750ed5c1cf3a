"""Whose dates a changed calendar touches: a site's open days as the last issue knew them, compared with those of today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.language.moments import day_of
from scheduler.opendays.calendar import OpenDays
from scheduler.protocol.records import Mode
from scheduler.schedule.records import Schedule, Visit

_FURTHEST = timedelta(3660)  # a window without an end says nothing about a calendar in ten years


class Known(NamedTuple):
    """What an issue knew of a site's days, from the `first` on: by kind of visit a letter for each day.

    `o` open, `x` closed; in capitals where the public holidays were not announced yet.
    """

    first: date
    letters: Mapping[str, str]

    def letter(self, kind: str, day: date) -> str:
        """What was known of a day; nothing before the first and after the last."""
        number = (day - self.first).days
        return self.letters.get(kind, "")[number : number + 1] if number >= 0 else ""


class Touched(NamedTuple):
    """A calendar that changed: the days that are now closed, or open, for a visit that is to come; the days announced meanwhile;
    and the visits with such a day in their window, or booked for it, each with its participant.
    """

    site: str
    closed: tuple[date, ...]
    opened: tuple[date, ...]
    announced: int
    visits: tuple[tuple[str, str], ...]


def known_days(schedules: Iterable[Schedule], calendar: OpenDays) -> Known | None:
    """What is known of every day from the first to the last that a visit of a site may be on; None when none is to come."""
    spans = [(_kind(visit), *days) for schedule in schedules for visit in schedule.visits if (days := _days(visit))]
    if not spans:
        return None
    first, last = min(first for _, first, _ in spans), max(last for _, _, last in spans)
    span = [first + timedelta(number) for number in range((last - first).days + 1)]
    kinds = sorted({kind for kind, _, _ in spans})
    return Known(first, {kind: "".join(_letter(calendar, day, kind) for day in span) for kind in kinds})


def touched(site: str, schedules: Iterable[Schedule], before: Known, after: Known, today: date) -> Touched | None:
    """What a changed calendar touches from `today` on; None when nothing changed for anybody."""
    closed: set[date] = set()
    opened: set[date] = set()
    announced: set[date] = set()
    visits = []
    for schedule in schedules:
        for visit in schedule.visits:
            changed = list(_changed(visit, before, after, today))
            if changed:
                visits.append((schedule.participant.id, visit.id))
            for day, was, now in changed:
                if was.lower() == now.lower():
                    announced.add(day)
                else:
                    (closed if now in "xX" else opened).add(day)
    if not visits:
        return None
    return Touched(site, tuple(sorted(closed)), tuple(sorted(opened)), len(announced), tuple(visits))


def _changed(visit: Visit, before: Known, after: Known, today: date) -> Iterator[tuple[date, str, str]]:
    """The days of a visit that are no longer what they were. A day that was not looked at before has not changed."""
    days = _days(visit)
    if days is None:
        return
    kind = _kind(visit)
    first, last = max(days[0], today), days[1]
    for day in (first + timedelta(number) for number in range((last - first).days + 1)):
        was, now = before.letter(kind, day), after.letter(kind, day)
        if was and was != now:
            yield day, was, now


def _days(visit: Visit) -> tuple[date, date] | None:
    """The first and the last day on which a visit that is to come may be: the one it is booked for, else its window or its target.

    The ward is open every day.
    """
    if visit.over or visit.part_of or not visit.applies.shown or visit.plan.mode is Mode.WARD:
        return None
    if visit.booked is not None or (visit.opens is None and visit.closes is None):
        return None if visit.day is None else (day_of(visit.day), day_of(visit.day))
    ends = [day_of(moment) for moment in (visit.opens, visit.target, visit.closes) if moment is not None]
    return min(ends), min(max(ends), min(ends) + _FURTHEST)


def _kind(visit: Visit) -> str:
    return (visit.plan.mode or Mode.CLINIC).value


def _letter(calendar: OpenDays, day: date, kind: str) -> str:
    answer = calendar.for_visit(day, Mode(kind))
    letter = "o" if answer.is_open else "x"
    return letter.upper() if answer.provisional else letter
