"""What a schedule would leave of a visit's window if other visits took place on certain days, by the schedule's own arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from scheduler.facts.records import Outcome, VisitRecord
from scheduler.language.moments import Moment
from scheduler.language.worth import Awaited
from scheduler.schedule.expand import window_left
from scheduler.schedule.person import Person
from scheduler.schedule.records import Schedule, Visit

Left = tuple[Moment | None, Moment | None, tuple[Awaited, ...]]


def left_if(schedule: Schedule, visit: Visit, days: Mapping[str, date]) -> Left:
    """The first and the last day of a visit if others, by their ids, took place on some days; and what its limits still wait for.

    Raises SchedulerError when a date leaves the calendar.
    """
    participant = schedule.participant
    records = dict(participant.visits)
    for id, day in days.items():
        records[id] = replace(records.get(id, VisitRecord()), booked=day, actual=day, outcome=Outcome.DONE)
    person = Person(schedule.protocol_of(visit), replace(participant, visits=records), None, schedule.working)
    place = person.visit(visit.id)
    return (visit.opens, visit.closes, visit.unchecked) if place is None else window_left(place)
