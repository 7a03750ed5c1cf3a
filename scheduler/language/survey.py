"""What an expression mentions: the names in it, and whether it depends on what a month is."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.language.syntax import (
    Around,
    Bracket,
    Choice,
    Compare,
    Condition,
    Count,
    Enclosed,
    FromTo,
    Holds,
    Is,
    Label,
    LabelUnit,
    Not,
    Otherwise,
    Point,
    Reference,
    Sides,
    Sum,
    Unit,
    Window,
    Within,
)

_LONG = (Unit.MONTH, Unit.YEAR)


def references(point: Point) -> Iterator[Reference]:
    """Every name in a point."""
    if isinstance(point, Reference):
        yield point
    for part in _parts(point):
        yield from references(part)


def window_points(window: Window) -> tuple[Point, ...]:
    """The points a window is counted from, other than its target."""
    if isinstance(window, Within | Count):
        return (window.point,)
    if isinstance(window, FromTo):
        return tuple(point for point in (window.start, window.end) if point is not None)
    return ()


def counts_months(point: Point) -> bool:
    """Whether a date depends on what the study calls a month or a year."""
    if isinstance(point, Label):
        return point.unit in (LabelUnit.MONTH, LabelUnit.YEAR)
    if isinstance(point, Sum) and any(step.duration.unit in _LONG for step in point.steps):
        return True
    return any(map(counts_months, _parts(point)))


def window_counts_months(window: Window) -> bool:
    """Whether a window depends on what the study calls a month or a year."""
    if isinstance(window, Around | Within) and window.duration.unit in _LONG:
        return True
    if isinstance(window, Count) and window.unit in _LONG:
        return True
    if isinstance(window, Sides) and any(side is not None and side.unit in _LONG for side in (window.before, window.after)):
        return True
    return any(map(counts_months, window_points(window)))


def atoms(condition: Condition) -> Iterator[Holds | Is | Compare]:
    """The single questions of a condition."""
    if isinstance(condition, Holds | Is | Compare):
        yield condition
    elif isinstance(condition, Not):
        yield from atoms(condition.atom)
    elif isinstance(condition, Enclosed):
        yield from atoms(condition.condition)
    else:
        for atom in condition.atoms:
            yield from atoms(atom)


def _parts(point: Point) -> tuple[Point, ...]:
    if isinstance(point, Sum):
        return (point.term,)
    if isinstance(point, Bracket):
        return (point.point,)
    if isinstance(point, Choice):
        return point.options
    if isinstance(point, Otherwise):
        return (point.first, point.second)
    return ()
