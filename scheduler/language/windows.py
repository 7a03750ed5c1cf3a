"""Windows and limits to first and last days, in the way of `dating`: one function for each, made once."""

from __future__ import annotations

from collections.abc import Callable

from scheduler.language.dating import Dating, dating, move
from scheduler.language.moments import Offset, Reckoning
from scheduler.language.syntax import (
    Around,
    Bound,
    Count,
    Direction,
    Duration,
    Exact,
    FromTo,
    Limit,
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
        return _around(offset.backwards(), offset)
    if isinstance(window, Sides):
        return _around(_side(window.before, window.after, reckoning), _side(window.after, window.before, reckoning))
    if isinstance(window, FromTo):
        start = dating(window.start, reckoning) if window.start else None
        end = dating(window.end, reckoning) if window.end else None
        return lambda scope, target: (start(scope) if start else None, end(scope) if end else None)
    point = dating(window.point, reckoning)
    low, high = _counted(window, reckoning)

    def counted(scope: Scope, target: Worth) -> Bounds:
        worth = point(scope)
        return move(worth, low), move(worth, high)

    return counted


def _around(low: Offset | None, high: Offset | None) -> Bounding:
    def bounds(scope: Scope, target: Worth) -> Bounds:
        return None if low is None else move(target, low), None if high is None else move(target, high)

    return bounds


def _side(side: Side | None, other: Side | None, reckoning: Reckoning) -> Offset | None:
    if side is None:
        return None
    unit = side.unit or (other.unit if other else None)
    if unit is None:
        return Offset()
    offset = reckoning.duration(Duration(side.amount, unit))
    return offset.backwards() if side.sign < 0 else offset


def _counted(window: Within | Count, reckoning: Reckoning) -> tuple[Offset, Offset]:
    if isinstance(window, Within):
        low, high = Offset(), reckoning.duration(window.duration)
    else:
        low, high = (reckoning.duration(Duration(amount, window.unit)) for amount in (window.low, window.high))
    return (high.backwards(), low.backwards()) if window.direction is Direction.BEFORE else (low, high)


def limiting(limit: Limit, reckoning: Reckoning) -> tuple[Bound, Dating]:
    """A limit as the side it cuts and the function that dates it. Raises NotUnderstood."""
    return limit.bound, dating(limit.point, reckoning, of_limit=True)
