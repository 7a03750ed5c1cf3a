"""Points to dates. A point is turned, once for a protocol, into a small function; the function is then asked for each participant.

The participant stands in for the `Scope`: where the clock starts, and what a name is worth.
"""

from __future__ import annotations

from collections.abc import Callable

from scheduler.language.moments import NOTHING, Moment, NeedsClock, NeedsWorkingDays, Offset, Reckoning, in_order, shift
from scheduler.language.syntax import Bracket, Choice, Label, Otherwise, Point, Reference, Step, Sum, Term, Which
from scheduler.language.worth import Awaited, Basis, Between, Ground, Grounds, Lack, Never, On, Scope, Waits, Worth

Dating = Callable[[Scope], Worth]


def dating(point: Point, reckoning: Reckoning, *, of_limit: bool = False) -> Dating:
    """The function that dates a point. Raises NotUnderstood for what the study's conventions cannot say."""
    if isinstance(point, Otherwise):
        return _otherwise(dating(point.first, reckoning, of_limit=of_limit), dating(point.second, reckoning, of_limit=of_limit))
    term, steps = (point.term, point.steps) if isinstance(point, Sum) else (point, ())
    base, offset = _base(term, reckoning, of_limit)
    for step in steps:
        offset = offset.plus(_offset(step, reckoning))
    if offset == NOTHING:
        return base

    return lambda scope: move(base(scope), offset)


def _offset(step: Step, reckoning: Reckoning) -> Offset:
    offset = reckoning.duration(step.duration)
    return offset if step.sign > 0 else offset.backwards()


def _base(term: Term, reckoning: Reckoning, of_limit: bool) -> tuple[Dating, Offset]:
    """What a term counts from, and how far: the months of a label and of the sum around it are applied together."""
    if isinstance(term, Label):
        return (lambda scope: scope.origin()), reckoning.label(term)
    if isinstance(term, Reference):
        if of_limit:
            return (lambda scope: scope.recorded(term)), Offset()
        return (lambda scope: scope.named(term)), Offset()
    if isinstance(term, Choice):
        options = [dating(option, reckoning, of_limit=of_limit) for option in term.options]
        return _chosen(term.which, options), Offset()
    assert isinstance(term, Bracket)
    return dating(term.point, reckoning, of_limit=of_limit), Offset()


def _otherwise(first: Dating, second: Dating) -> Dating:
    def worth(scope: Scope) -> Worth:
        found = first(scope)
        return second(scope) if isinstance(found, Never) else found

    return worth


def move(worth: Worth, offset: Offset) -> Worth:
    """A worth, moved as a whole; a range keeps both its ends."""
    try:
        if type(worth) is On:
            return On(shift(worth.day, offset), worth.grounds)
        if isinstance(worth, Between):
            return Between(_shift(worth.earliest, offset), _shift(worth.latest, offset), worth.grounds)
        if isinstance(worth, Waits):
            return Waits(worth.awaited, _shift(worth.not_before, offset), worth.grounds)
        return worth
    except NeedsClock:
        return _lacking(worth, Lack.CLOCK_TIME)
    except NeedsWorkingDays:
        return _lacking(worth, Lack.WORKING_DAYS)


def _shift(moment: Moment | None, offset: Offset) -> Moment | None:
    return None if moment is None else shift(moment, offset)


def _lacking(worth: On | Between | Waits | Never, lack: Lack) -> Worth:
    if isinstance(worth, Waits):
        return worth._replace(not_before=None)
    grounds = () if isinstance(worth, Never) else worth.grounds
    return Waits((Awaited(grounds[-1].name if grounds else "", lack),), None, grounds)


def _chosen(which: Which, options: list[Dating]) -> Dating:
    choose = _earlier if which is Which.EARLIER else _later

    def worth(scope: Scope) -> Worth:
        worths = [option(scope) for option in options]
        possible = [found for found in worths if not isinstance(found, Never)]
        if not possible:
            return Never(tuple(name for found in worths if isinstance(found, Never) for name in found.names))
        return choose(possible)

    return worth


def _earlier(worths: list[On | Between | Waits]) -> Worth:
    """The earliest. What may never happen, and has not, is left out and named: "unless progression comes first"."""
    counted = [worth for worth in worths if not _may_not_happen(worth)]
    left_out = tuple(
        Ground(awaited.name, Basis.LEFT_OUT, None, sure=False, assumed=False)
        for worth in worths
        if isinstance(worth, Waits) and _may_not_happen(worth)
        for awaited in worth.awaited
    )
    if not counted:
        return _waiting(worths, None)
    if any(isinstance(worth, Waits) for worth in counted):
        return _waiting(counted, None)
    dated = [worth for worth in counted if not isinstance(worth, Waits)]
    if len(dated) == len([worth for worth in dated if isinstance(worth, On)]):
        first = min((worth for worth in dated if isinstance(worth, On)), key=lambda on: in_order(on.day))
        return On(first.day, _all_grounds(dated) + left_out)
    return Between(
        _least([_low(worth) for worth in dated]), _least_known([_high(worth) for worth in dated]), _all_grounds(dated) + left_out
    )


def _later(worths: list[On | Between | Waits]) -> Worth:
    """The latest. One member that waits makes the whole wait, not before the latest of what is known."""
    lows = [worth.not_before if isinstance(worth, Waits) else _low(worth) for worth in worths]
    low = max((day for day in lows if day is not None), key=in_order, default=None)
    if any(isinstance(worth, Waits) for worth in worths):
        return _waiting(worths, low)
    dated = [worth for worth in worths if not isinstance(worth, Waits)]
    if all(isinstance(worth, On) for worth in dated):
        assert low is not None
        return On(low, _all_grounds(dated))
    highs = [_high(worth) for worth in dated]
    high = None if None in highs else max((day for day in highs if day is not None), key=in_order)
    return Between(low, high, _all_grounds(dated))


def _may_not_happen(worth: Worth) -> bool:
    return isinstance(worth, Waits) and bool(worth.awaited) and all(awaited.may_not_happen for awaited in worth.awaited)


def _waiting(worths: list[On | Between | Waits], not_before: Moment | None) -> Waits:
    awaited = tuple(dict.fromkeys(item for worth in worths if isinstance(worth, Waits) for item in worth.awaited))
    return Waits(awaited, not_before, _all_grounds(worths))


def _all_grounds(worths: list[On | Between] | list[On | Between | Waits]) -> Grounds:
    return tuple(dict.fromkeys(ground for worth in worths for ground in worth.grounds))


def _low(worth: On | Between) -> Moment | None:
    return worth.day if isinstance(worth, On) else worth.earliest


def _high(worth: On | Between) -> Moment | None:
    return worth.day if isinstance(worth, On) else worth.latest


def _least(days: list[Moment | None]) -> Moment | None:
    """The least lower end; an open one is lower than all."""
    return None if None in days else _least_known(days)


def _least_known(days: list[Moment | None]) -> Moment | None:
    return min((day for day in days if day is not None), key=in_order, default=None)
