"""What is left of a schedule when the participant has withdrawn, died or was lost: what took place, and nothing from that day on."""

from __future__ import annotations

from scheduler.facts.records import Leaving, Left, Status
from scheduler.language.moments import day_of
from scheduler.language.syntax import EndKind
from scheduler.protocol.records import PeriodKind
from scheduler.schedule.records import Applies, Period, Visit


def visit_of_left(visit: Visit, left: Left) -> Visit:
    """A visit of somebody who takes part no longer: what has not taken place by that day is not planned."""
    if not visit.applies.shown or visit.over:
        return visit
    if any(day is not None and day_of(day) < left.day for day in (visit.booked, visit.last)):
        return visit  # it was set for a day before, or its days had passed: somebody has to record what became of it
    return visit._replace(applies=Applies.NO, why=visit.why._replace(left=left))


def period_of_left(period: Period, left: Left) -> Period:
    """A period of somebody who takes part no longer. Restrictions protect the living whether they take part or not."""
    if period.plan.kind is PeriodKind.RESTRICTION:
        if left.died is None:
            return period
        left = Left(Leaving.DIED, left.died, left.died)
    if not period.applies.shown or period.over:
        return period
    begun = period.began is not None and period.began.status is Status.ACTUAL
    if not begun and (period.start is None or day_of(period.start) >= left.day):
        return period._replace(applies=Applies.NO, why=period.why._replace(left=left))
    if period.end is not None and day_of(period.end) <= left.day:
        return period  # leaving can only shorten it
    return period._replace(end=left.day, end_kind=EndKind.ON, waits=(), why=period.why._replace(left=left))
