"""What somebody should look at: days outside their window, windows without a day, bookings of what is not for the participant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scheduler.schedule.records import Applies, Schedule, Visit
from scheduler.views.words import Words


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at."""

    participant: str
    item: str
    message: str


def attention(schedules: Iterable[Schedule], said: Words) -> tuple[Attention, ...]:
    """Everything to look at, participant by participant, in the protocol's order."""
    return tuple(found for schedule in schedules for found in _of(schedule, said))


def _of(schedule: Schedule, said: Words) -> Iterator[Attention]:
    code = schedule.participant.id
    for visit in schedule.visits:
        for message in _visit(visit, said):
            yield Attention(code, said.visit(visit.plan), message)
    for period in schedule.periods:
        if period.empty and period.start and period.end:
            message = said.say("attention.no_day", first=said.day(period.start), last=said.day(period.end))
            yield Attention(code, said.period(period.plan), message)


def _visit(visit: Visit, said: Words) -> Iterator[str]:
    day = visit.actual or visit.booked
    if visit.applies is Applies.NO and day is not None and not visit.cancelled:
        yield said.say("attention.not_for", day=said.moment(day))
    if visit.outside and day is not None:
        key = "attention.done_outside" if visit.actual else "attention.booked_outside"
        yield said.say(key, day=said.moment(day), allowed=_allowed(visit, said))
    if visit.empty and visit.actual is None and visit.opens and visit.closes:
        yield said.say("attention.no_day", first=said.day(visit.opens), last=said.day(visit.closes))


def _allowed(visit: Visit, said: Words) -> str:
    first = said.day(visit.opens) if visit.opens else "…"
    last = said.day(visit.closes) if visit.closes else "…"
    return said.say("attention.allowed", first=first, last=last)
