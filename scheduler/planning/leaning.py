"""Visits that lean on the day of another: a limit, or the window itself, is counted from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from scheduler.language.moments import Moment, day_of
from scheduler.language.syntax import Bound, Duration, Limit, Reference, Sum, Unit
from scheduler.language.worth import Basis, Lack
from scheduler.planning.person import Span
from scheduler.protocol.records import PlannedGroup
from scheduler.schedule.records import Schedule, Visit
from scheduler.schedule.supposing import left_if

_LACKS = (Lack.BOOKING, Lack.ATTENDANCE)
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
EVER = date.max.toordinal()


def leans_on(visit: Visit) -> frozenset[str]:
    """The ids of the visits whose booking may move a visit's days: its limits wait for them, or its dates are computed from theirs."""
    why = visit.why
    names = [ground.name.partition(".")[0] for ground in why.target + why.window if ground.basis is Basis.COMPUTED]
    return frozenset(names + [awaited.name for awaited in visit.unchecked if awaited.lack in _LACKS and not awaited.of])


def is_clear(schedule: Schedule, visit: Visit, days: Mapping[str, date]) -> bool:
    """Whether nothing of a visit's limits waits for some others any more once they have a day."""
    return not any(awaited.name in days for awaited in left_if(schedule, visit, days)[2])


def days_beside(schedule: Schedule, visit: Visit, others: Mapping[str, date]) -> tuple[int, int]:
    """The first and the last day that the days of others leave to a visit. A side that they do not move stays as it is: free here."""
    opens, closes, _ = left_if(schedule, visit, others)
    first, last = _ordinal(opens), _ordinal(closes)
    return (
        0 if first is None or first == _ordinal(visit.opens) else first,
        EVER if last is None or last == _ordinal(visit.closes) else last,
    )


def span(schedule: Schedule, visit: Visit, other: Visit) -> Span:
    """The days left to a visit by the day of another."""
    gap = _gap(schedule, visit, other)
    if gap is None:
        return cache(lambda day: days_beside(schedule, visit, {other.id: date.fromordinal(day)}))
    least, most = gap
    return lambda day: (day + least, day + most)


def _gap(schedule: Schedule, visit: Visit, other: Visit) -> tuple[int, int] | None:
    """How many days after another, at least and at most, the limits of a visit let it be; None where that depends on the very day."""
    grounds = visit.why.target + visit.why.window
    if any(ground.basis is Basis.COMPUTED for ground in grounds) or _has_limits(schedule.protocol_of(visit).root):
        return None
    least, most = -EVER, EVER
    for limit in visit.plan.limits:
        counted = _counted(limit)
        if counted is None:
            return None
        name, days = counted
        if name in (other.id, other.plan.rule):
            least, most = (max(least, days), most) if limit.bound is Bound.NOT_BEFORE else (least, min(most, days))
    return least, most


def _counted(limit: Limit) -> tuple[str, int] | None:
    """From what a limit is counted and how many days from it, where it is written so: `not before C1D1 + 3 weeks`."""
    term, steps = (limit.point.term, limit.point.steps) if isinstance(limit.point, Sum) else (limit.point, ())
    if not isinstance(term, Reference) or term.facet is not None or term.whose is not None:
        return None
    days = 0
    for step in steps:
        if not isinstance(step.duration, Duration) or step.duration.unit not in _DAYS or step.duration.amount % 1:
            return None
        days += step.sign * int(step.duration.amount) * _DAYS[step.duration.unit]
    return term.name, days


def _has_limits(group: PlannedGroup) -> bool:
    """Whether a group in it limits the visits that stand in it."""
    return any(each.outside.limits or _has_limits(each) for each in group.groups)


def ruled_out(days: Iterable[int], day: int, leaning: Span) -> list[tuple[int, int]]:
    """The stretches of days of a visit on which another, which leans on it and has its day, would lie outside what is left to it."""
    found: list[tuple[int, int]] = []
    for own in days:
        first, last = leaning(own)
        if first <= day <= last:
            continue
        if found and found[-1][1] == own - 1:
            found[-1] = (found[-1][0], own)
        else:
            found.append((own, own))
    return found


def _ordinal(moment: Moment | None) -> int | None:
    return None if moment is None else day_of(moment).toordinal()
