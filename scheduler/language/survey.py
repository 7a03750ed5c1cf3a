"""What an expression mentions: the names in it, and the conventions of the study it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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

_OF_UNIT: dict[Unit | None, tuple[str, ...]] = {Unit.MONTH: ("month",), Unit.YEAR: ("month", "year")}
_OF_LABEL = {
    LabelUnit.DAY: frozenset(("anchor", "day_numbering")),
    LabelUnit.WEEK: frozenset(("anchor", "week_numbering")),
    LabelUnit.MONTH: frozenset(("anchor", "month")),
    LabelUnit.YEAR: frozenset(("anchor", "month", "year")),
}


def references(point: Point) -> Iterator[Reference]:
    """Every name in a point."""
    if isinstance(point, Reference):
        yield point
    for part in _parts(point):
        yield from references(part)


def is_from_anchor(point: Point) -> bool:
    """Whether a label stands in a point, which counts from the anchor."""
    return isinstance(point, Label) or any(map(is_from_anchor, _parts(point)))


def chooses(point: Point) -> bool:
    """Whether a point takes one of several dates."""
    return isinstance(point, Choice | Otherwise) or any(map(chooses, _parts(point)))


def window_points(window: Window) -> tuple[Point, ...]:
    """The points a window is counted from, other than its target."""
    if isinstance(window, Within | Count):
        return (window.point,)
    if isinstance(window, FromTo):
        return tuple(point for point in (window.start, window.end) if point is not None)
    return ()


def conventions(point: Point) -> frozenset[str]:
    """The keys of the study's conventions a date depends on: what a month is, how days are numbered."""
    found = frozenset[str]()
    if isinstance(point, Label):
        found = _OF_LABEL[point.unit]
    if isinstance(point, Sum):
        found = _of_units(step.duration.unit for step in point.steps)
    return found.union(*map(conventions, _parts(point)))


def window_conventions(window: Window) -> frozenset[str]:
    """The keys of the study's conventions a window depends on."""
    units: list[Unit | None] = []
    if isinstance(window, Around | Within):
        units = [window.duration.unit]
    elif isinstance(window, Count):
        units = [window.unit]
    elif isinstance(window, Sides):
        units = [side.unit for side in (window.before, window.after) if side is not None]
    return _of_units(units).union(*map(conventions, window_points(window)))


def _of_units(units: Iterable[Unit | None]) -> frozenset[str]:
    return frozenset(key for unit in units for key in _OF_UNIT.get(unit, ()))


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
