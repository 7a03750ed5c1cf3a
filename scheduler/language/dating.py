"""Points to dates. A point is made ready once for a protocol, and then asked for each participant.

A participant, seen from one place of the protocol, is the `Scope`: where the clock starts, and what a name is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from scheduler.language.moments import (
    NOTHING,
    Moment,
    NeedsClock,
    NeedsWorkingDays,
    Offset,
    Reckoning,
    WorkingDays,
    day_of,
    in_order,
    shift,
)
from scheduler.language.syntax import Answered, Bracket, Choice, Label, Otherwise, Point, Reference, Step, Sum, Which
from scheduler.language.worth import (
    Awaited,
    Basis,
    Between,
    Ground,
    Grounds,
    Lack,
    Never,
    On,
    Scope,
    Waits,
    Worth,
    awaited_by,
    first_day,
    grounds_of,
    last_day,
)
from scheduler.reading.problems import NotUnderstood

_MINUTES_PER_DAY = 24 * 60

Base = Callable[[Scope], Worth]


class Dating(NamedTuple):
    """A point made ready: what it is counted from, and how far. The whole offset is applied in one step."""

    base: Base
    offset: Offset = NOTHING

    def on(self, scope: Scope) -> Worth:
        """What the point is worth in a scope."""
        worth = self.base(scope)
        return worth if self.offset == NOTHING else move(worth, self.offset, scope.working)


def dating(point: Point, reckoning: Reckoning) -> Dating:
    """A point made ready. Raises NotUnderstood for what the study's conventions cannot say."""
    if isinstance(point, Otherwise):
        return Dating(_otherwise(dating(point.first, reckoning), dating(point.second, reckoning)))
    term, steps = (point.term, point.steps) if isinstance(point, Sum) else (point, ())
    answered = [number for number, step in enumerate(steps) if isinstance(step.duration, Answered)]
    if answered:
        before, step, after = steps[: answered[-1]], steps[answered[-1]], steps[answered[-1] + 1 :]
        start = dating(Sum(term, before) if before else term, reckoning)
        return Dating(_by_answer(start, step), _total(after, reckoning))
    base, offset = Dating(_origin) if isinstance(term, Choice) else _term(term, reckoning)
    moved = _total(steps, reckoning)
    if isinstance(term, Bracket):
        _refuse_months_after_days(offset, moved, term)
    offset = offset.plus(moved)
    refuse_hours_after_days(offset)
    if isinstance(term, Choice):  # each option moves by itself, so that its months too are applied together
        options = [dating(option, reckoning) for option in term.options]
        for option, made in zip(term.options, options, strict=True):
            _refuse_months_after_days(made.offset, moved, option)
        return Dating(_chosen(term.which, [Dating(option.base, option.offset.plus(offset)) for option in options]))
    return Dating(base, offset)


def _refuse_months_after_days(inner: Offset, after: Offset, point: Point) -> None:
    """Raises NotUnderstood for months counted after days: in a sum the months come first, and it is not clear what is meant."""
    if inner.days and after.months:
        raise NotUnderstood(
            f"{point} counts days, and months are counted before days: name that day, and count the months from it"
        )


def refuse_hours_after_days(offset: Offset) -> None:
    """Raises NotUnderstood for a sum of days and hours: days drop the clock time that hours are counted from."""
    if offset.whole_days and offset.minutes % _MINUTES_PER_DAY:
        raise NotUnderstood("hours cannot follow days: days drop the clock time; write it all in hours")


def _by_answer(start: Dating, step: Step) -> Base:
    """A date moved by a duration that is an answer: that counts days or hours, so it follows the months and none follow it."""
    name = str(step.duration)

    def worth(scope: Scope) -> Worth:
        before = start.on(scope)
        if isinstance(before, Waits | Never):
            return before
        answer = scope.answer(name, first_day(before))  # as it is on the day it is added to
        return move(before, answer.times(step.sign), scope.working) if isinstance(answer, Offset) else Waits((Awaited(name),))

    return worth


def _total(steps: tuple[Step, ...], reckoning: Reckoning) -> Offset:
    total = NOTHING
    for step in steps:
        total = total.plus(_step(step, reckoning))
    return total


def _step(step: Step, reckoning: Reckoning) -> Offset:
    assert not isinstance(step.duration, Answered)
    return reckoning.duration(step.duration).times(step.sign)


def _term(term: Label | Reference | Bracket, reckoning: Reckoning) -> Dating:
    """A term made ready. A label, or a bracket, gives its offset to the sum around it: their months are applied together."""
    if isinstance(term, Label):
        return Dating(_origin, reckoning.label(term))
    if isinstance(term, Reference):
        return Dating(lambda scope: scope.named(term))
    return dating(term.point, reckoning)


def _origin(scope: Scope) -> Worth:
    return scope.origin()


def counts_from_origin(point: Dating) -> bool:
    """Whether a point is a label, or a sum with one: counted from where the clock starts."""
    return point.base is _origin


def _otherwise(first: Dating, second: Dating) -> Base:
    def worth(scope: Scope) -> Worth:
        found = first.on(scope)
        if isinstance(found, Never):
            return second.on(scope)
        if isinstance(found, Waits) and not isinstance(second.on(scope), Never):
            return _certain_to_come(found)
        return found

    return worth


def move(worth: Worth, offset: Offset, working: WorkingDays | None) -> Worth:
    """A worth, moved as a whole; a range keeps both its ends. Working days that are not announced yet make it unsure."""
    try:
        if type(worth) is On:
            moved: Worth = On(shift(worth.day, offset, working), worth.grounds)
        elif isinstance(worth, Between):
            moved = Between(_shift(worth.earliest, offset, working), _shift(worth.latest, offset, working), worth.grounds)
        elif isinstance(worth, Waits):
            return Waits(worth.awaited, _shift(worth.not_before, offset, working), worth.grounds)
        else:
            return worth
        return _provisional(worth, moved, working) if offset.working_days and working is not None else moved
    except NeedsClock:
        return _lacking(worth, Lack.CLOCK_TIME)
    except NeedsWorkingDays:
        return _lacking(worth, Lack.WORKING_DAYS)


def _shift(moment: Moment | None, offset: Offset, working: WorkingDays | None) -> Moment | None:
    return None if moment is None else shift(moment, offset, working)


def _provisional(before: Worth, moved: Worth, working: WorkingDays) -> Worth:
    """A worth moved by working days: it rests also on the calendar, where that is not announced up to there."""
    days = [first_day(before), last_day(before), first_day(moved), last_day(moved)]
    if isinstance(moved, Waits | Never) or all(working.is_announced(day_of(day)) for day in days if day is not None):
        return moved
    return moved._replace(grounds=(*moved.grounds, Ground("", Basis.PROVISIONAL, None, sure=False, assumed=False)))


def _lacking(worth: Worth, lack: Lack) -> Worth:
    """It waits for what the arithmetic lacks: a clock time of the day it is counted from, or the site's working days."""
    if isinstance(worth, Waits):
        return worth._replace(not_before=None)
    grounds = grounds_of(worth)
    if lack is Lack.WORKING_DAYS:
        return Waits((Awaited("", lack),), None, grounds)
    without = [ground for ground in grounds if not isinstance(ground.day, datetime)]
    return Waits(tuple(Awaited(ground.name, lack, of=ground.of) for ground in without or grounds), None, grounds)


# -- choices


def _chosen(which: Which, options: list[Dating]) -> Base:
    return lambda scope: chosen(which, [option.on(scope) for option in options])


def chosen(which: Which, worths: list[Worth]) -> Worth:
    """The earlier, or the later, of some worths. What can never be is left out; when nothing else is left, it is never."""
    possible = [found for found in worths if not isinstance(found, Never)]
    if not possible:
        return Never(tuple(dict.fromkeys(name for found in worths if isinstance(found, Never) for name in found.names)))
    return (_earlier if which is Which.EARLIER else _later)(possible)


Possible = list[On | Between | Waits]


def _earlier(worths: Possible) -> Worth:
    """The earliest. What may never happen, and has not, is left out and named: "unless progression comes first"."""
    counted = [worth for worth in worths if not _may_not_happen(worth)]
    if not counted:
        return _waiting(worths, None)
    if any(isinstance(worth, Waits) for worth in counted):
        return _waiting(counted, None)
    grounds = grounds_of(*counted) + _left_out(worths)
    lows, highs = [first_day(worth) for worth in counted], [last_day(worth) for worth in counted]
    low = None if None in lows else _extreme(min, lows)
    if all(isinstance(worth, On) for worth in counted):
        assert low is not None
        return On(low, grounds)
    return Between(low, _extreme(min, highs), grounds)


def _later(worths: Possible) -> Worth:
    """The latest. One member that waits makes the whole wait, not before the latest of what is known."""
    low = _extreme(max, [worth.not_before if isinstance(worth, Waits) else first_day(worth) for worth in worths])
    if any(isinstance(worth, Waits) for worth in worths):
        waiting = _waiting(worths, low)
        return waiting if all(map(_may_not_happen, worths)) else _certain_to_come(waiting)
    if all(isinstance(worth, On) for worth in worths):
        assert low is not None
        return On(low, grounds_of(*worths))
    highs = [last_day(worth) for worth in worths]
    return Between(low, None if None in highs else _extreme(max, highs), grounds_of(*worths))


def _may_not_happen(worth: On | Between | Waits) -> bool:
    if isinstance(worth, Waits):
        return bool(worth.awaited) and all(awaited.may_not_happen for awaited in worth.awaited)
    return any(ground.may_not_happen for ground in worth.grounds)


def _certain_to_come(worth: Waits) -> Waits:
    """It waits for what may never happen, but comes in any case, for there is another date to take."""
    return worth._replace(awaited=tuple(awaited._replace(may_not_happen=False) for awaited in worth.awaited))


def _left_out(worths: Possible) -> Grounds:
    out = [worth for worth in worths if _may_not_happen(worth)]
    names = [(awaited.name, awaited.of) for awaited in awaited_by(*out)]
    grounds = [ground for worth in out if not isinstance(worth, Waits) for ground in worth.grounds if ground.may_not_happen]
    names += [(ground.name, ground.of) for ground in grounds]
    return tuple(Ground(name, Basis.LEFT_OUT, None, sure=False, assumed=False, of=of) for name, of in dict.fromkeys(names))


def _waiting(worths: Possible, not_before: Moment | None) -> Waits:
    return Waits(awaited_by(*worths), not_before, grounds_of(*worths))


def _extreme(choose: Callable[..., Moment | None], days: list[Moment | None]) -> Moment | None:
    """The least or the greatest of the days that are known."""
    return choose((day for day in days if day is not None), key=in_order, default=None)
