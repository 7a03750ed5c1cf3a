"""What a protocol asks of somebody once the study's anchor is planned on a day: targets and windows only, no whole schedule.

For questions that put the anchor on many days in turn. Days are calendar days; windows include both their ends, as their limits left
them. What hangs on a condition that is not known is there, with the names of the facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from scheduler.facts.records import Participant, Recorded, Status
from scheduler.language.moments import Moment, WorkingDays, day_of
from scheduler.language.worth import On, Verdict, Worth, first_day, last_day
from scheduler.protocol.names import planned_of
from scheduler.protocol.records import Owner, PeriodKind, PlannedPeriod, PlannedVisit, Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.expand import days_left_to, places
from scheduler.schedule.occurrences import Occurrence
from scheduler.schedule.person import Person
from scheduler.schedule.stays import Stay

_KINDS = (PeriodKind.STAY, PeriodKind.TREATMENT, PeriodKind.REST)


class AskedVisit(NamedTuple):
    """A visit that has not taken place: its target, and the first and the last day of its window; None where there is none.

    `undecided` are the facts that would tell whether it is for the participant.
    """

    plan: PlannedVisit
    target: date | None
    opens: date | None
    closes: date | None
    booked: date | None
    undecided: tuple[str, ...]


class AskedPeriod(NamedTuple):
    """A stay, a treatment or a rest with its first and its last day, the least or the most it may be; None where it has none."""

    plan: PlannedPeriod
    start: date
    end: date | None
    undecided: tuple[str, ...]


class Asked(NamedTuple):
    """What is asked on one anchor day. `waiting` are visits without a date, for want of another one."""

    visits: tuple[AskedVisit, ...]
    periods: tuple[AskedPeriod, ...]
    waiting: tuple[PlannedVisit, ...]

    @property
    def undecided(self) -> tuple[str, ...]:
        """The facts that would tell what of it is for the participant, each once."""
        names = [visit.undecided for visit in self.visits] + [period.undecided for period in self.periods]
        return tuple(dict.fromkeys(name for each in names for name in each))


def anchor_visit(protocol: Protocol) -> PlannedVisit | None:
    """The visit that is the study's anchor; None when that is an event.

    Raises SchedulerError when the anchor is not dated by its record: then no day for it can be chosen.
    """
    name = protocol.study.anchor
    event, planned = protocol.events.get(name), planned_of(protocol, name)
    if event is not None and event.at is None and event.owner is Owner.PARTICIPANT:
        return None
    if isinstance(planned, PlannedVisit) and str(planned.at) == "given":
        return planned
    raise SchedulerError(
        f'the anchor of {protocol.study.id}, "{name}", is not dated by its own record (at: given, or an event of the participant '
        "without at:), so no day can be chosen for it"
    )


def with_anchor(protocol: Protocol, participant: Participant, day: date) -> Participant:
    """A participant with everything as it is on record, and the anchor planned on a day."""
    name = protocol.study.anchor
    visits = {id: row for id, row in participant.visits.items() if id != name}
    return replace(participant, visits=visits, recorded={**participant.recorded, name: (Recorded(day),)})


def refuse_settled(protocol: Protocol, participant: Participant) -> None:
    """Raise SchedulerError for somebody whose anchor has taken place or never will, or who takes part no longer."""
    name = protocol.study.anchor
    row = participant.visits.get(name)
    records = participant.recorded.get(name, ())
    settled = {record.status for record in records} & {Status.ACTUAL, Status.NEVER}
    if settled or (row is not None and (row.actual is not None or row.outcome.is_off)):
        raise SchedulerError(f'participant {participant.id}: what became of "{name}" is on record, so no day is to be chosen')
    if participant.left is not None:
        raise SchedulerError(f"participant {participant.id} takes part no longer, so no day is to be chosen")


def asked(protocol: Protocol, participant: Participant, day: date, working: WorkingDays | None) -> Asked:
    """Everything that is still to come of a participant whose anchor is planned on a day, the anchor itself left out.

    What has taken place, was missed or will not take place is left out, too, and what comes only if something else happens. Raises
    SchedulerError when a date leaves the calendar or is counted from itself.
    """
    person = Person(protocol, with_anchor(protocol, participant, day), None, working)
    visits: list[AskedVisit] = []
    periods: list[AskedPeriod] = []
    waiting: list[PlannedVisit] = []
    for place in places(person.root):
        if isinstance(place, Stay) and place.plan.kind not in _KINDS:
            continue
        verdict = place.verdict()
        if verdict.value is False:
            continue
        if isinstance(place, Stay):
            periods += _period(place, verdict)
        elif place.plan.id != protocol.study.anchor and place.record.actual is None and not place.record.outcome.is_not_done:
            visit = _visit(place, verdict)
            if visit.target or visit.opens or visit.closes:
                visits.append(visit)
            else:
                waiting.append(visit.plan)
    return Asked(tuple(_without_parts(visits)), tuple(periods), tuple(waiting))


def _visit(place: Occurrence, verdict: Verdict) -> AskedVisit:
    target: Worth | None = place.target()
    opens, closes = days_left_to(place)
    undecided = verdict.undecided + place.undecided_cases
    on = target.day if isinstance(target, On) else None
    return AskedVisit(place.in_force(), _day(on), _day(opens), _day(closes), _day(place.record.booked), undecided)


def _period(stay: Stay, verdict: Verdict) -> Iterator[AskedPeriod]:
    start = first_day(stay.day("from"))
    if start is not None:
        end = stay.day("to") if stay.rule.end is not None or stay.record("to") is not None else None
        yield AskedPeriod(stay.plan, day_of(start), _day(last_day(end)), verdict.undecided)


def _without_parts(visits: list[AskedVisit]) -> Iterator[AskedVisit]:
    """The visits without those that are part of another on the same day."""
    hosts = {(name, visit.target) for visit in visits if not visit.undecided for name in (visit.plan.id, visit.plan.rule)}
    return (visit for visit in visits if not visit.plan.yields_to or (visit.plan.yields_to, visit.target) not in hosts)


def _day(moment: Moment | None) -> date | None:
    return None if moment is None else day_of(moment)
