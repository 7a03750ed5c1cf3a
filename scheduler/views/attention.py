"""What somebody should look at: days outside their window, windows without a day, bookings of what cannot be held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.facts.records import Outcome, Participant, Status
from scheduler.language.moments import Moment, day_of, in_order, surely_after
from scheduler.language.syntax import Given
from scheduler.opendays.calendar import Answer, OpenDays
from scheduler.planning.between import Finding
from scheduler.planning.crowded import Crowded, crowded
from scheduler.planning.deviations import wider_window
from scheduler.protocol.records import Mode, Protocol
from scheduler.schedule.records import Applies, Schedule, Visit
from scheduler.views.between import rule_name, said_finding
from scheduler.views.opendays import CLOSED, grounds, reasons, span
from scheduler.views.words import Words

_AHEAD = timedelta(14)  # how far ahead an answer that is missing is worth a look


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at. What concerns a whole site, or the study, names no participant."""

    participant: str
    item: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.participant, self.item, self.message) if part)


def attention(
    schedules: Iterable[Schedule],
    said: Words,
    today: date,
    between: Iterable[tuple[Protocol, Finding]] = (),
    open_days: Mapping[str, OpenDays] | None = None,
) -> tuple[Attention, ...]:
    """Everything to look at: participant by participant, in the protocol's order, then what rules `between` them are not kept.

    With the `open_days` of each site, also what is booked or planned for a day on which it cannot be held, and the days that hold
    more than there are places or beds; the schedules then are those of everybody there.
    """
    schedules = list(schedules)
    sites = {id: calendar.in_language(said.language) for id, calendar in (open_days or {}).items()}
    codes = {schedule.participant.id for schedule in schedules}
    broken = [
        Attention(found.participant, rule_name(found.limit.rule, said), said_finding(found, protocol, said))
        for protocol, found in between
        if not found.kept and found.participant in codes
    ]
    found = (found for schedule in schedules for found in _of(schedule, said, today, sites))
    return (*found, *broken, *_too_many(schedules, sites, said, today))


def _too_many(schedules: Iterable[Schedule], sites: Mapping[str, OpenDays], said: Words, today: date) -> Iterator[Attention]:
    """The days on which a site has more visits than places, or more participants in hospital than beds."""
    there: dict[str, list[Schedule]] = {}
    for schedule in schedules:
        there.setdefault(schedule.participant.site, []).append(schedule)
    for id, calendar in sites.items():
        for found in crowded(there.get(id, ()), calendar.calendar, today):
            yield Attention("", said.text(calendar.site.name), _crowded(found, said))


def _crowded(found: Crowded, said: Words) -> str:
    names = said.say("date.list").join(dict.fromkeys(found.participants))
    days, count = span(found.first, found.last, said), len(found.participants)
    if found.kind is None:
        return said.say("attention.beds", days=days, count=count, beds=found.places, names=names)
    kind = said.say(f"mode_short.{found.kind}")
    return said.say("attention.full", days=days, count=count, kind=kind, places=found.places, names=names)


def _of(schedule: Schedule, said: Words, today: date, open_days: Mapping[str, OpenDays]) -> Iterator[Attention]:
    code, person = schedule.participant.id, schedule.participant
    site = open_days.get(person.site)
    for visit in schedule.visits:
        for message in (*_visit(visit, said), *_of_person(visit, person, said), *_of_site(visit, schedule, site, said, today)):
            yield Attention(code, said.visit(visit.plan), message)
    for name, message in _anchor(schedule, site, said, today):
        yield Attention(code, said.name(name, schedule.protocol), message)
    for visit, message in _out_of_order(schedule, said):
        yield Attention(code, said.visit(visit.plan), message)
    for visit in _unanswered(schedule, today):
        names = said.names(visit.why.undecided, schedule.protocol_of(visit))
        message = said.say("attention.unanswered", names=names, day=said.day(visit.day or today))
        yield Attention(code, said.visit(visit.plan), message)
    for name, day in _not_recorded(person, today):
        yield Attention(code, said.name(name, schedule.protocol), said.say("attention.not_recorded", day=said.day(day)))
    for name, day in _future(person, today):
        yield Attention(code, said.name(name, schedule.protocol), said.say("attention.future", day=said.day(day)))
    for name in schedule.unplaced:
        yield Attention(code, name, said.say("attention.unplaced"))
    for period in schedule.periods:
        if period.empty and period.start and period.end:
            message = said.say("attention.no_day", first=said.day(period.start), last=said.day(period.end))
            yield Attention(code, said.period(period.plan), message)


def _visit(visit: Visit, said: Words) -> Iterator[str]:
    day = visit.actual or visit.booked
    if visit.why.left is not None:
        if day is not None:
            yield said.say("attention.after_leaving", day=said.moment(day), left=said.left(visit.why.left))
        return
    if day is not None and (visit.against or (not visit.applies.shown and not visit.over)):
        names = ", ".join(f"{ground.name} {said.day(ground.day)}" for ground in visit.why.cut if ground.day is not None)
        yield said.say("attention.cut" if names else "attention.not_for", day=said.moment(day), names=names)
    if visit.outside and day is not None:
        key = "attention.done_outside" if visit.actual else "attention.booked_outside"
        outside = said.say(key, day=said.moment(day), allowed=_allowed(visit, said))
        yield said.say("date.list").join([outside, *_wider(visit, day, said)])
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


def _of_person(visit: Visit, person: Participant, said: Words) -> Iterator[str]:
    """What a visit's own days and the participant's do not allow together."""
    if visit.actual is not None and person.left is not None and day_of(visit.actual) > person.left.day:
        yield said.say("attention.after_leaving", day=said.moment(visit.actual), left=said.left(person.left))
    chosen = visit.booked or (visit.target if isinstance(visit.plan.at, Given) and visit.applies.shown else None)
    is_to_come = chosen is not None and visit.actual is None and not visit.over
    if chosen is not None and is_to_come and any(first <= day_of(chosen) <= last for first, last in person.unavailable):
        yield said.say("attention.unavailable", day=said.moment(chosen))


def _wider(visit: Visit, day: Moment, said: Words) -> Iterator[str]:
    """That a day outside the window lies in the wider one the protocol allows, and for what."""
    wider = wider_window(visit, day)
    if wider is not None:
        days = _between(wider.earliest, wider.latest, said)
        yield said.say("attention.wider", reason=wider.reason or "-", allowed=days)


def _of_site(visit: Visit, schedule: Schedule, open_days: OpenDays | None, said: Words, today: date) -> Iterator[str]:
    """That a visit is booked, or planned, for a day on which the site is closed, or does not hold that kind of visit."""
    if open_days is None or visit.over or visit.actual is not None or not visit.applies.shown:
        return
    if visit.booked is not None and visit.plan.mode is not Mode.WARD:
        yield from _not_open(
            "attention.booked", visit.booked, open_days.for_visit(day_of(visit.booked), visit.plan.mode), said, schedule
        )
    elif isinstance(visit.plan.at, Given) and (day := visit.booked or visit.target) is not None and day_of(day) >= today:
        # what is dated by its record is started by people of the site, also on the ward
        yield from _not_open("attention.planned", day, open_days.for_visit(day_of(day), visit.plan.mode), said, schedule)


def _anchor(schedule: Schedule, open_days: OpenDays | None, said: Words, today: date) -> Iterator[tuple[str, str]]:
    """That the study's anchor, where it is an event, is planned for such a day."""
    name = schedule.protocol.study.anchor
    last = next(iter(schedule.participant.recorded.get(name, ())[-1:]), None)
    if open_days is None or name not in schedule.protocol.events or last is None or last.status is not Status.PLANNED:
        return
    if last.moment is not None and day_of(last.moment) >= today and schedule.participant.left is None:
        answer = open_days.for_visit(day_of(last.moment), None)
        yield from ((name, message) for message in _not_open("attention.planned", last.moment, answer, said, schedule))


def _not_open(key: str, day: Moment, answer: Answer, said: Words, schedule: Schedule) -> Iterator[str]:
    """What is wrong with a day that was chosen, where something is: that the site is closed, or that this is not held then."""
    if answer.is_open:
        return
    closed = any(reason.cause in CLOSED for reason in answer.reasons)
    why = grounds(answer.reasons, said) if closed else ""
    chosen = said.say(key, day=said.day(day))
    if why:
        yield said.say("attention.closed", chosen=chosen, reasons=why)
    else:
        yield said.say("attention.not_held", chosen=chosen, reasons=reasons(answer.reasons, said, schedule))


def _out_of_order(schedule: Schedule, said: Words) -> Iterator[tuple[Visit, str]]:
    """The visits that took place before one whose target comes first."""
    done = [visit for visit in schedule.visits if visit.actual is not None and visit.target is not None]
    done.sort(key=lambda visit: in_order(visit.target or date.max))
    last: Visit | None = None
    for visit in done:
        assert visit.actual is not None
        if last is None or last.actual is None or surely_after(visit.actual, last.actual):
            last = visit
        elif surely_after(last.actual, visit.actual) and in_order(last.target or date.max) < in_order(visit.target or date.min):
            other, day = said.visit(last.plan), said.day(visit.actual)
            yield visit, said.say("attention.order", day=day, other=other, other_day=said.day(last.actual))


def _unanswered(schedule: Schedule, today: date) -> Iterator[Visit]:
    """The first visit of the coming days that hangs on an answer nobody has given, for each such answer."""
    asked: set[tuple[str, ...]] = set()
    for visit in schedule.visits:
        names = visit.why.undecided
        if visit.applies is not Applies.UNDECIDED or not names or names in asked or visit.day is None or visit.over:
            continue
        if today <= day_of(visit.day) <= today + _AHEAD:
            asked.add(names)
            yield visit


def _not_recorded(person: Participant, today: date) -> Iterator[tuple[str, date]]:
    """What was planned for a day that has passed, and of which nothing is recorded."""
    for name, records in person.recorded.items():
        last = records[-1]
        row = person.visits.get(name)
        if last.status is not Status.PLANNED or last.moment is None or (row is not None and row.actual is not None):
            continue
        if day_of(last.moment) < today and (person.left is None or day_of(last.moment) < person.left.day):
            yield name, day_of(last.moment)


def _future(person: Participant, today: date) -> Iterator[tuple[str, date]]:
    """What is recorded as having happened on a day that has not come."""
    for name, records in person.recorded.items():
        for record in records:
            if record.status is Status.ACTUAL and record.moment is not None and day_of(record.moment) > today:
                yield name, day_of(record.moment)
    for name, row in person.visits.items():
        if row.actual is not None and day_of(row.actual) > today:
            yield name, day_of(row.actual)
    if person.left is not None and person.left.day > today:
        yield person.left.reason.value, person.left.day


def _allowed(visit: Visit, said: Words) -> str:
    return _between(visit.opens, visit.closes, said)


def _between(first: Moment | None, last: Moment | None, said: Words) -> str:
    return said.say("attention.allowed", first=said.moment(first) if first else "…", last=said.moment(last) if last else "…")
