"""What somebody should look at: days outside their window, windows without a day, bookings of what is not for the participant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scheduler.facts.records import Outcome
from scheduler.language.moments import Moment, surely_after
from scheduler.schedule.records import Schedule, Visit
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
    for name in schedule.unplaced:
        yield Attention(code, name, said.say("attention.unplaced"))
    for period in schedule.periods:
        if period.empty and period.start and period.end:
            message = said.say("attention.no_day", first=said.day(period.start), last=said.day(period.end))
            yield Attention(code, said.period(period.plan), message)


def _visit(visit: Visit, said: Words) -> Iterator[str]:
    day = visit.actual or visit.booked
    if day is not None and (visit.against or (not visit.applies.shown and not visit.over)):
        names = ", ".join(f"{ground.name} {said.day(ground.day)}" for ground in visit.why.cut if ground.day is not None)
        yield said.say("attention.cut" if names else "attention.not_for", day=said.moment(day), names=names)
    if visit.outside and day is not None:
        key = "attention.done_outside" if visit.actual else "attention.booked_outside"
        yield said.say(key, day=said.moment(day), allowed=_allowed(visit, said))
    for task in visit.tasks if day is not None and not visit.cancelled and visit.outcome is not Outcome.MISSED else ():
        first, last = task.earliest, task.latest
        if task.applies.shown and day and ((first and surely_after(first, day)) or (last and surely_after(day, last))):
            name = said.text(task.activity.label, task.activity.id)
            yield said.say("attention.gate_outside", day=said.moment(day), task=name, allowed=_between(first, last, said))
    if visit.over:
        return
    if visit.empty and visit.opens and visit.closes:
        yield said.say("attention.no_day", first=said.day(visit.opens), last=said.day(visit.closes))
    if visit.misplaced and visit.target:
        yield said.say("attention.misplaced", day=said.day(visit.target), allowed=_allowed(visit, said))


def _allowed(visit: Visit, said: Words) -> str:
    return _between(visit.opens, visit.closes, said)


def _between(first: Moment | None, last: Moment | None, said: Words) -> str:
    return said.say("attention.allowed", first=said.moment(first) if first else "…", last=said.moment(last) if last else "…")
