"""Series to their dates: where one starts, its steps, what ends it; and which of them is which.

The k-th date is the start moved by its own offset and k steps, applied together. A series that takes a recorded date as a new
origin goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from scheduler.language.dating import Base, Dating, counts_from_origin, dating, refuse_hours_after_days
from scheduler.language.moments import NOTHING, Moment, Offset, Reckoning, WorkingDays, surely_after
from scheduler.language.survey import starts
from scheduler.language.syntax import (
    MOST,
    At,
    Bracket,
    Duration,
    Each,
    Ends,
    Given,
    Label,
    Otherwise,
    Point,
    Reference,
    Series,
    Step,
    Sum,
    Times,
    Until,
)
from scheduler.language.worth import On, Scope, Verdict, Worth, first_day, last_day
from scheduler.reading.problems import SchedulerError

Counts = tuple[int, ...]


class Part(NamedTuple):
    """A stretch of a series made ready."""

    step: Offset
    every: Duration
    until: tuple[Dating, ...] = ()
    times: int | None = None


class Rhythm(NamedTuple):
    """A series made ready: its first dates, its parts, and what bounds the whole of it."""

    starts: tuple[Dating, ...]
    points: tuple[Point, ...]
    parts: tuple[Part, ...] = ()
    until: tuple[Dating, ...] = ()
    times: int | None = None

    @property
    def goes_on(self) -> bool:
        """Whether nothing but a date ends it, or nothing at all."""
        return bool(self.parts) and self.times is None and self.parts[-1].times is None


class Turn(NamedTuple):
    """One of a series, the first is 0. `counts` says how many steps of each part lead to it.

    `origin` is the one whose recorded date it is counted from; None while the series is counted from its start.
    """

    nth: int
    dating: Dating
    worth: Worth
    counts: Counts
    origin: int | None = None
    over: bool = False  # it comes after the end, and is kept because something was recorded of it


NewOrigin = Callable[[int, Worth], Base | None]


def rhythm(at: At, reckoning: Reckoning) -> Rhythm:
    """One or more dates made ready. Raises NotUnderstood."""
    assert not isinstance(at, Given | Each)
    points = starts(at)
    first = tuple(dating(point, reckoning) for point in points)
    if not isinstance(at, Series):
        return Rhythm(first, points)
    parts = tuple(
        Part(reckoning.duration(part.every), part.every, _until(part.ends, reckoning), _times(part.ends)) for part in at.stretches
    )
    for part in parts:
        refuse_hours_after_days(first[-1].offset.plus(part.step))
    until = _until(at.ends, reckoning)
    if parts:  # the last end bounds the whole series
        until = parts[-1].until + until
        parts = (*parts[:-1], parts[-1]._replace(until=()))
    return Rhythm(first, points, parts, until, _times(at.ends))


def _until(ends: Ends | None, reckoning: Reckoning) -> tuple[Dating, ...]:
    return tuple(dating(point, reckoning) for point in ends.points) if isinstance(ends, Until) else ()


def _times(ends: Ends | None) -> int | None:
    return ends.count if isinstance(ends, Times) else None


def turns(series: Rhythm, scope: Scope, new_origin: NewOrigin) -> Iterator[Turn]:
    """The dates of a series one after the other, without end where nothing ends its parts; what bounds the whole is not asked here.

    `new_origin` is asked after each: the recorded date the next is counted from, or None to go on as before.
    """
    counts = [0] * len(series.parts)
    found: Worth | None = None
    for nth, start in enumerate(series.starts):
        found = start.on(scope)
        yield Turn(nth, start, found, tuple(counts))
    assert found is not None
    nth, (base, offset), origin = len(series.starts) - 1, series.starts[-1], None
    for number, part in enumerate(series.parts):
        done = nth + 1 if number == 0 else 0  # the first of all is counted with the first part
        while part.times is None or done < part.times:
            recorded = new_origin(nth, found)
            if recorded is not None:
                base, offset, origin = recorded, NOTHING, nth
            following = Dating(base, offset.plus(part.step))
            worth = following.on(scope)
            if is_over(worth, part.until, scope):
                break
            counts[number] += 1
            nth, offset, found, done = nth + 1, following.offset, worth, done + 1
            yield Turn(nth, following, found, tuple(counts), origin)


def is_over(worth: Worth, until: tuple[Dating, ...], scope: Scope) -> bool:
    """Whether a date lies after one of the days that end a series; those days themselves still belong to it."""
    return bool(until) and is_after(worth, [end.on(scope) for end in until])


def is_after(worth: Worth, ends: list[Worth]) -> bool:
    """Whether a date lies after one of some others, by all that is known of them."""
    day = first_day(worth)
    if day is None:
        return False
    return any((last := last_day(end)) is not None and surely_after(day, last) for end in ends)


# -- series that are the same for everybody


def fixed(series: Rhythm) -> tuple[Turn, ...] | None:
    """All dates of a series that has the same number of them for everybody; None where that depends on the participant.

    Their worths are notional. An end that is a label is one for everybody; any other date is not.
    """
    ends = [*series.until, *(end for part in series.parts for end in part.until)]
    if not series.parts and not ends:
        return tuple(Turn(nth, start, _NOTIONAL, ()) for nth, start in enumerate(series.starts[: series.times]))
    if (series.goes_on and not series.until) or (ends and not _same_for_everybody(series, ends)):
        return None
    found: list[Turn] = []
    try:
        for turn in turns(series, _SOMEBODY, _never_moved):
            if (series.times is not None and turn.nth >= series.times) or is_over(turn.worth, series.until, _SOMEBODY):
                break
            found.append(turn)
            if len(found) > MOST:
                return None
    except SchedulerError:  # it leaves the calendar: that is said of the participant it happens to
        return None
    return tuple(found)


def _same_for_everybody(series: Rhythm, ends: list[Dating]) -> bool:
    """Whether start, steps and ends are all counted from the same day, in days or else in months: then that day does not matter."""
    datings = [*series.starts, *ends]
    offsets = [*(item.offset for item in datings), *(part.step for part in series.parts)]
    one_kind = not any(offset.months for offset in offsets) or not any(offset.days or offset.minutes for offset in offsets)
    return one_kind and all(map(counts_from_origin, datings)) and not any(offset.working_days for offset in offsets)


class _Somebody:
    """Some day to count from, to see how many dates a series has."""

    working: WorkingDays | None = None

    def origin(self) -> Worth:
        return On(Moment(2000, 1, 1))

    def named(self, reference: Reference) -> Worth:
        return self.origin()

    def answer(self, name: str, day: Moment | None = None) -> object:
        return None

    def holds(self, name: str) -> Verdict:
        return Verdict(None)


_SOMEBODY = _Somebody()
_NOTIONAL = _SOMEBODY.origin()


def somebodys_turns(series: Rhythm) -> Iterator[Turn]:
    """The dates of a series as they come when nothing moves them; as far as the calendar goes where nothing ends its parts."""
    if not series.parts:
        yield from (Turn(nth, start, _NOTIONAL, ()) for nth, start in enumerate(series.starts))
        return
    with suppress(SchedulerError):
        yield from turns(series, _SOMEBODY, _never_moved)


def _never_moved(nth: int, worth: Worth) -> Base | None:
    return None


# -- which is which


def offset_of(series: Rhythm, nth: int, counts: Counts) -> tuple[Offset, bool]:
    """How far one of a series lies from what it is counted from, and whether that is where labels count from."""
    start = series.starts[min(nth, len(series.starts) - 1)]
    offset = start.offset
    for part, count in zip(series.parts, counts, strict=True):
        offset = offset.plus(part.step.times(count))
    return offset, counts_from_origin(start)


def point_of(series: Rhythm, counts: Counts, nth: int, reckoning: Reckoning) -> Point:
    """The date of one of a series as somebody would write it: `Week 12`, `dose + 12 weeks`."""
    if nth < len(series.points):
        return series.points[nth]
    start = series.points[-1]
    if isinstance(start, Label):
        number = reckoning.number(start.unit, offset_of(series, nth, counts)[0])
        if number is not None:
            return Label(start.unit, number)
    if isinstance(start, Otherwise):
        start = Bracket(start)
    term, steps = (start.term, list(start.steps)) if isinstance(start, Sum) else (start, [])
    for part, count in zip(series.parts, counts, strict=True):
        if count:
            _add(steps, part.every, count)
    return Sum(term, tuple(steps))


def point_from(series: Rhythm, name: str, before: Counts, counts: Counts) -> Point:
    """The date of one of a series, counted from the recorded date of one before it: `C2D1 + 28 days`."""
    steps: list[Step] = []
    for part, one, other in zip(series.parts, before, counts, strict=True):
        if other > one:
            _add(steps, part.every, other - one)
    return Sum(Reference(name), tuple(steps))


def _add(steps: list[Step], every: Duration, count: int) -> None:
    """So many times a step, joined to the step before where both go forward in the same unit."""
    total = every.amount * count
    last = steps[-1] if steps else None
    if last is not None and isinstance(last.duration, Duration) and last.duration.unit is every.unit and last.sign > 0:
        steps[-1] = Step(1, Duration(last.duration.amount + total, every.unit, last.duration.word))
    else:
        steps.append(Step(1, Duration(total, every.unit, every.word)))
