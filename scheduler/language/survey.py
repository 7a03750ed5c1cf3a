"""What an expression mentions: the names in it, and the conventions of the study it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler.language.syntax import (
    AllOf,
    Answered,
    Around,
    At,
    Bracket,
    Choice,
    Compare,
    Condition,
    Count,
    Duration,
    Each,
    Enclosed,
    Ends,
    FromTo,
    Given,
    Holds,
    Is,
    Label,
    LabelList,
    LabelUnit,
    MoreThan,
    Not,
    Number,
    Otherwise,
    Point,
    Question,
    Reference,
    Series,
    Sides,
    Sum,
    SumList,
    Unit,
    Until,
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


# -- points


def references(point: Point) -> Iterator[Reference]:
    """Every name of something dated in a point."""
    if isinstance(point, Reference):
        yield point
    for part in _parts(point):
        yield from references(part)


def answers(point: Point) -> Iterator[Answered]:
    """Every duration in a point that is an answer about the participant."""
    if isinstance(point, Sum):
        yield from (step.duration for step in point.steps if isinstance(step.duration, Answered))
    for part in _parts(point):
        yield from answers(part)


def is_from_anchor(point: Point) -> bool:
    """Whether a label stands in a point, which counts from the anchor."""
    return isinstance(point, Label) or any(map(is_from_anchor, _parts(point)))


def chooses(point: Point) -> bool:
    """Whether a point takes one of several dates."""
    return isinstance(point, Choice | Otherwise) or any(map(chooses, _parts(point)))


def conventions(point: Point) -> frozenset[str]:
    """The keys of the study's conventions a date depends on: what a month is, how days are numbered."""
    found = frozenset[str]()
    if isinstance(point, Label):
        found = _OF_LABEL[point.unit]
    if isinstance(point, Sum):
        found = _of_units(step.duration.unit for step in point.steps if isinstance(step.duration, Duration))
    return found.union(*map(conventions, _parts(point)))


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


# -- series


def starts(at: At | None) -> tuple[Point, ...]:
    """The points something is at, before any repetition: none when it is given, or for each event."""
    if at is None or isinstance(at, Given | Each):
        return ()
    if isinstance(at, Series):
        return starts(at.start)
    return at.points() if isinstance(at, LabelList | SumList) else (at,)


def ends_of(at: At | None) -> tuple[Ends, ...]:
    """Everything that ends a series, or a part of it."""
    if not isinstance(at, Series):
        return ()
    return tuple(ends for ends in (*(stretch.ends for stretch in at.stretches), at.ends) if ends is not None)


def end_points(at: At | None) -> tuple[Point, ...]:
    """The dates that end a series, or a part of it."""
    return tuple(point for ends in ends_of(at) if isinstance(ends, Until) for point in ends.points)


def is_series(at: At | None) -> bool:
    """Whether there may be several of it."""
    return isinstance(at, Each | Series | LabelList | SumList)


def at_conventions(at: At | None) -> frozenset[str]:
    """The keys of the study's conventions that one or more dates depend on."""
    steps = (stretch.every.unit for stretch in at.stretches) if isinstance(at, Series) else ()
    units = [at.unit] if isinstance(at, SumList) else []
    return _of_units([*steps, *units]).union(*map(conventions, (*starts(at), *end_points(at))))


# -- windows


def window_points(window: Window | None) -> tuple[Point, ...]:
    """The points a window is counted from, other than its target."""
    if isinstance(window, Within | Count):
        return (window.point,)
    if isinstance(window, FromTo):
        return tuple(point for point in (window.start, window.end) if point is not None)
    return ()


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


# -- conditions


def questions(condition: Condition) -> Iterator[Question]:
    """The single questions of a condition."""
    if isinstance(condition, Holds | Is | Compare | MoreThan):
        yield condition
    elif isinstance(condition, Not):
        yield from questions(condition.atom)
    elif isinstance(condition, Enclosed):
        yield from questions(condition.condition)
    else:
        for atom in condition.atoms:
            yield from questions(atom)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that must all hold for a condition to hold."""
    return condition.atoms if isinstance(condition, AllOf) else (condition,)


def question_points(question: Question) -> tuple[Point, ...]:
    """The points a question compares."""
    if isinstance(question, Compare):
        return tuple(side for side in (question.left, question.right) if not isinstance(side, Number | Duration))
    return (question.start, question.end) if isinstance(question, MoreThan) else ()
