"""What is left of a schedule when the participant has withdrawn, died or was lost: what took place, and nothing from that day on."""

from __future__ import annotations

from scheduler.facts.records import Leaving, Left, Status
from scheduler.language.moments import day_of
from scheduler.language.syntax import EndKind
from scheduler.language.worth import Grounds
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
            return _restriction(period, left)
        left = Left(Leaving.DIED, left.died, left.died)
    if not period.applies.shown or period.over:
        return period
    begun = period.began is not None and period.began.status is Status.ACTUAL
    if not begun and (period.start is None or day_of(period.start) >= left.day):
        return period._replace(applies=Applies.NO, why=period.why._replace(left=left))
    if period.end is not None and day_of(period.end) <= left.day:
        return period  # leaving can only shorten it
    return period._replace(end=left.day, end_kind=EndKind.ON, waits=(), why=period.why._replace(left=left))


def _restriction(period: Period, left: Left) -> Period:
    """A restriction of somebody who takes part no longer.

    What was to begin with something that will not be never begins. What has begun holds on; where its end was counted from something
    that will not be, nothing says until when, and somebody has to be asked.
    """
    if not period.applies.shown or period.over:
        return period
    if period.start is None or _will_not_be(period.why.target, left):
        return period._replace(applies=Applies.NO, why=period.why._replace(left=left))
    if period.waits or _will_not_be(period.why.window, left):
        return period._replace(end=None, end_kind=EndKind.ON, waits=())
    return period


def _will_not_be(grounds: Grounds, left: Left) -> bool:
    """Whether something they rest on was only planned, or expected, for the day of leaving or a later one."""
    return any(not ground.sure and ground.day is not None and day_of(ground.day) >= left.day for ground in grounds)
