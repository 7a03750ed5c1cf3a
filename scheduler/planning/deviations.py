"""What was recorded and is not as the protocol asks: read from the records alone, so the list of a day never changes afterwards.

Whether a deviation is important is for people to say. What is only booked, or overdue, is none yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from scheduler.facts.records import Recorded, Status
from scheduler.language.moments import Moment, day_of, surely_after
from scheduler.language.syntax import Bound, EndKind
from scheduler.language.worth import Basis
from scheduler.planning.between import Finding
from scheduler.protocol.records import BetweenRule, Protocol
from scheduler.schedule.records import Period, Schedule, Task, Visit, Wider


class Kind(Enum):
    """How something deviates."""

    EARLY = "early"
    LATE = "late"
    MISSED = "missed"
    NOT_DONE = "not done"  # recorded beforehand: cancelled or skipped
    NOT_ASKED_FOR = "not asked for"
    AFTER_LEAVING = "after leaving"
    ACTIVITY = "activity outside its days"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    BETWEEN = "rule between participants"


class Deviation(NamedTuple):
    """One deviation, of a visit or a period, or of a `rule` between participants. `first`..`last` are the days allowed, both included; `days` how many too early (negative) or too late.

    `wider` is the wider window that holds the day; `assumed` whether the days allowed are assumed.
    """

    schedule: Schedule
    item: Visit | Period | None
    kind: Kind
    protocol: Protocol
    first: Moment | None = None
    last: Moment | None = None
    actual: Moment | None = None
    days: int | None = None
    task: Task | None = None
    wider: Wider | None = None
    assumed: bool = False
    rule: BetweenRule | None = None

    @property
    def id(self) -> str:
        """The id of the visit, the period or the rule."""
        named = self.item or self.rule
        return named.id if named is not None else ""

    @property
    def reason(self) -> str:
        """What the person who recorded it wrote."""
        if isinstance(self.item, Visit):
            return self.item.record.note
        records = (self.item.began, self.item.ended) if self.item is not None else ()
        return next((record.note for record in records if record is not None and record.moment == self.actual), "")


def deviations(schedules: Iterable[Schedule], between: Iterable[tuple[Protocol, Finding]] = ()) -> tuple[Deviation, ...]:
    """Every deviation on record, participant by participant: visits and periods in the protocol's order, then rules `between` them."""
    by_code = {schedule.participant.id: schedule for schedule in schedules}
    found = [each for schedule in by_code.values() for each in _of(schedule)]
    broken = [(protocol, finding) for protocol, finding in between if finding.participant in by_code]
    found += [each for protocol, finding in broken for each in _between(finding, protocol, by_code[finding.participant])]
    order = {code: number for number, code in enumerate(by_code)}
    return tuple(sorted(found, key=lambda each: order[each.schedule.participant.id]))


def _of(schedule: Schedule) -> Iterator[Deviation]:
    for visit in schedule.visits:
        yield from _visit(visit, schedule)
    for period in schedule.periods:
        yield from _period(period, schedule)


def _visit(visit: Visit, schedule: Schedule) -> Iterator[Deviation]:
    protocol = schedule.protocol_of(visit)
    first, last, day = visit.opens, visit.closes, visit.actual
    if day is None:
        if visit.applies.shown and visit.outcome.is_not_done and not visit.plan.optional and not _after_leaving(visit, schedule):
            kind = Kind.NOT_DONE if visit.cancelled else Kind.MISSED
            yield Deviation(schedule, visit, kind, protocol, first, last, assumed="window" in visit.assumed)
        return
    left = schedule.participant.left
    if left is not None and day_of(day) > left.day:
        yield Deviation(
            schedule, visit, Kind.AFTER_LEAVING, protocol, last=left.day, actual=day, days=(day_of(day) - left.day).days
        )
    if visit.against:
        yield Deviation(schedule, visit, Kind.NOT_ASKED_FOR, protocol, actual=day)
        return
    days = None if visit.spread else _outside(day, first, last)
    if days is not None:
        early = first is not None and surely_after(first, day)
        yield Deviation(
            schedule,
            visit,
            Kind.EARLY if early else Kind.LATE,
            protocol,
            first,
            last,
            day,
            days,
            wider=wider_window(visit, day),
            assumed="window" in visit.assumed,
        )
    for task in visit.tasks:
        days = _outside(day, task.earliest, task.latest) if task.applies.shown else None
        if days is not None:
            assumed = "window" in task.activity.assumed
            yield Deviation(
                schedule, visit, Kind.ACTIVITY, protocol, task.earliest, task.latest, day, days, task, assumed=assumed
            )


def _after_leaving(visit: Visit, schedule: Schedule) -> bool:
    """Whether a visit that was not done was not to be done any more: the participant had left before its days were over."""
    left = schedule.participant.left
    return left is not None and (visit.last is None or day_of(visit.last) >= left.day)


def wider_window(visit: Visit, day: Moment) -> Wider | None:
    """The wider window that the protocol allows a visit, when the day lies in it."""
    wider = visit.allowance
    return wider if wider is not None and _outside(day, wider.earliest, wider.latest) is None else None


def _outside(day: Moment, first: Moment | None, last: Moment | None) -> int | None:
    """How many days too early (negative) or too late, 0 when by the clock alone; None within, and where only a clock could tell."""
    if first is not None and surely_after(first, day):
        return (day_of(day) - day_of(first)).days
    if last is not None and surely_after(day, last):
        return (day_of(day) - day_of(last)).days
    return None


def _period(period: Period, schedule: Schedule) -> Iterator[Deviation]:
    protocol = schedule.protocol_of(period)
    start, end = period.asked
    if (days := _moved(period.began, start)) and period.began is not None:
        kind = Kind.EARLY if days < 0 else Kind.LATE
        yield Deviation(
            schedule, period, kind, protocol, start, start, period.began.moment, days, assumed="from" in period.plan.assumed
        )
    asked = period.plan.end.kind if period.plan.end is not None else EndKind.ON
    days = _moved(period.ended, end)
    if period.ended is None or (days < 0 and asked is EndKind.NOT_AFTER) or (days > 0 and asked is EndKind.AT_LEAST) or not days:
        return
    first, last = (end if asked is not EndKind.NOT_AFTER else None), (end if asked is not EndKind.AT_LEAST else None)
    yield Deviation(
        schedule,
        period,
        Kind.TOO_SHORT if days < 0 else Kind.TOO_LONG,
        protocol,
        first,
        last,
        period.ended.moment,
        days,
        assumed="to" in period.plan.assumed,
    )


def _between(finding: Finding, protocol: Protocol, schedule: Schedule) -> Iterator[Deviation]:
    """A rule between participants that somebody's date breaks, once it has come."""
    days, limit = finding.days, finding.limit
    if days is None or finding.date.basis is not Basis.ACTUAL:
        return
    early = limit.limit.bound is Bound.NOT_BEFORE
    yield Deviation(
        schedule,
        None,
        Kind.BETWEEN,
        protocol,
        first=limit.day if early else None,
        last=None if early else limit.day,
        actual=finding.date.day,
        days=-days if early else days,
        assumed="limit" in limit.rule.assumed,
        rule=limit.rule,
    )


def _moved(record: Recorded | None, asked: Moment | None) -> int:
    """How many days a recorded day of a period lies after the one that was asked for; 0 where there is nothing to compare."""
    if record is None or record.status is not Status.ACTUAL or record.moment is None or asked is None:
        return 0
    return (day_of(record.moment) - day_of(asked)).days
