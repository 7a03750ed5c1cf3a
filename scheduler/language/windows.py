"""Windows to first and last days, in the way of `dating`: one function for each, made once."""

from __future__ import annotations

from collections.abc import Callable

from scheduler.language.dating import dating, move
from scheduler.language.moments import Offset, Reckoning
from scheduler.language.syntax import (
    Around,
    Count,
    Direction,
    Duration,
    Exact,
    FromTo,
    NoWindow,
    Side,
    Sides,
    Window,
    Within,
)
from scheduler.language.worth import Scope, Worth

Bounds = tuple[Worth | None, Worth | None]
NO_BOUNDS: Bounds = (None, None)
Bounding = Callable[[Scope, Worth], Bounds]


def bounding(window: Window, reckoning: Reckoning) -> Bounding:
    """The function that gives a window's first and last day; None where the window is open. Raises NotUnderstood."""
    if isinstance(window, NoWindow):
        return lambda scope, target: NO_BOUNDS
    if isinstance(window, Exact):
        return lambda scope, target: (target, target)
    if isinstance(window, Around):
        offset = reckoning.duration(window.duration)
        return _around(offset.times(-1), offset)
    if isinstance(window, Sides):
        return _around(_side(window.before, window.after, reckoning), _side(window.after, window.before, reckoning))
    if isinstance(window, FromTo):
        start = dating(window.start, reckoning) if window.start else None
        end = dating(window.end, reckoning) if window.end else None
        return lambda scope, target: (start.on(scope) if start else None, end.on(scope) if end else None)
    point = dating(window.point, reckoning)
    low, high = _between(window, reckoning)

    def counted(scope: Scope, target: Worth) -> Bounds:
        worth = point.on(scope)
        return move(worth, low, scope.working), move(worth, high, scope.working)

    return counted


def _around(low: Offset | None, high: Offset | None) -> Bounding:
    def bounds(scope: Scope, target: Worth) -> Bounds:
        working = scope.working
        return None if low is None else move(target, low, working), None if high is None else move(target, high, working)

    return bounds


def _side(side: Side | None, other: Side | None, reckoning: Reckoning) -> Offset | None:
    if side is None:
        return None
    unit = side.unit or (other.unit if other else None)
    if unit is None:
        return Offset(whole_days=True)
    offset = reckoning.duration(Duration(side.amount, unit))
    return offset.times(-1) if side.sign < 0 else offset


def _between(window: Within | Count, reckoning: Reckoning) -> tuple[Offset, Offset]:
    if isinstance(window, Within):
        high = reckoning.duration(window.duration)
        low = Offset(whole_days=high.whole_days)  # the day itself, without its clock time where days are counted
    else:
        low, high = (reckoning.duration(Duration(amount, window.unit)) for amount in (window.low, window.high))
    return (high.times(-1), low.times(-1)) if window.direction is Direction.BEFORE else (low, high)
