"""Counters: what numbers the occurrences of a rule, and the names and labels they make.

Several visits of one rule are counted by the rule's own name (`<M>`) and, where they are labels or amounts, by what they
count (`<month>`). The copies of a group are counted by the group's name (`<cycle>`). `<n>` is the only counter in scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from scheduler.language.dating import counts_from_origin
from scheduler.language.moments import Numbering, Offset, Reckoning
from scheduler.language.series import Counts, Rhythm, fixed, offset_of, rhythm, somebodys_turns
from scheduler.language.survey import is_series
from scheduler.language.syntax import MOST, At, Duration, Each, Given, LabelUnit, Sum
from scheduler.protocol.records import COUNTER, PlannedPeriod, PlannedVisit, Text
from scheduler.reading.problems import NotUnderstood

Counters = Mapping[str, int]

LABEL_COUNTERS = {"day": LabelUnit.DAY, "week": LabelUnit.WEEK, "month": LabelUnit.MONTH, "year": LabelUnit.YEAR}
_LOOKED_AT = 60  # how far one looks to see that a counter is a whole number, and another one each time


def label_counters(at: At | None, reckoning: Reckoning) -> tuple[str, ...]:
    """The labels and amounts that tell the dates of a rule apart, what it is written in first: month, for `Month 3/6/9`."""
    if at is None or isinstance(at, Given | Each):
        return ()
    try:
        series = rhythm(at, reckoning)
    except NotUnderstood:  # it is reported where it stands
        return ()
    turns = list(islice(somebodys_turns(series), _LOOKED_AT))
    found = []
    for name in LABEL_COUNTERS:
        numbers = [_number(name, series, turn.nth, turn.counts, reckoning) for turn in turns]
        if None not in numbers and len(set(numbers)) == len(numbers):
            found.append(name)
    written = str(at).lower()
    return tuple(sorted(found, key=lambda name: (name not in written, -list(LABEL_COUNTERS).index(name))))


def numbers_of(names: tuple[str, ...], series: Rhythm, nth: int, counts: Counts, reckoning: Reckoning) -> dict[str, int]:
    """What the label counters of a rule stand at, for one of its dates."""
    found = {name: _number(name, series, nth, counts, reckoning) for name in names}
    return {name: number for name, number in found.items() if number is not None}


def _number(name: str, series: Rhythm, nth: int, counts: Counts, reckoning: Reckoning) -> int | None:
    offset, labelled = offset_of(series, nth, counts)
    if not labelled:  # an amount is elapsed, as it is written: 2 for "dose + 2 weeks"
        offset = _written(series, nth, counts, reckoning)
        reckoning = replace(reckoning, numbering=Numbering.DAY_0, weeks_from_1=False)
    return reckoning.number(LABEL_COUNTERS[name], offset)


def _written(series: Rhythm, nth: int, counts: Counts, reckoning: Reckoning) -> Offset:
    point = series.points[min(nth, len(series.points) - 1)]
    offset = Offset()
    for step in point.steps if isinstance(point, Sum) else ():
        if isinstance(step.duration, Duration):
            offset = offset.plus(reckoning.duration(step.duration).times(step.sign))
    for part, count in zip(series.parts, counts, strict=True):
        offset = offset.plus(part.step.times(count))
    return offset


def numbers_of_all(at: At | None, reckoning: Reckoning) -> frozenset[tuple[tuple[str, int], ...]] | None:
    """What the label counters of all dates of a rule stand at, where the rule has the same dates for everybody; else None."""
    if at is None or isinstance(at, Given | Each):
        return None
    try:
        series = rhythm(at, reckoning)
    except NotUnderstood:
        return None
    turns, names = fixed(series), label_counters(at, reckoning)
    if turns is None or not names:
        return None
    return frozenset(tuple(numbers_of(names, series, turn.nth, turn.counts, reckoning).items()) for turn in turns)


def nth_of(visit: PlannedVisit, reckoning: Reckoning, counters: Counters) -> int | None:
    """Which of its rule a visit is, the first is 0, by its counters. None when they do not tell, or there is none such."""
    if not is_series(visit.at):
        return 0
    if visit.at is None or isinstance(visit.at, Given | Each):
        return counters[visit.rule] - 1 if counters.get(visit.rule, 0) > 0 else None
    try:
        series = rhythm(visit.at, reckoning)
    except NotUnderstood:
        return None
    turns = fixed(series)
    if visit.rule in counters:
        nth = counters[visit.rule] - 1
        return nth if nth >= 0 and (turns is None or nth < len(turns)) else None
    wanted = {name: number for name, number in counters.items() if name in LABEL_COUNTERS}
    if not wanted:
        return None
    names = tuple(wanted)
    if turns is None and any(not counts_from_origin(end) for part in series.parts[:-1] for end in part.until):
        found = steps_to(wanted, series, reckoning)  # which of its parts has how many steps hangs on the participant
        return None if found is None else found[0]
    for turn in islice(somebodys_turns(series), MOST) if turns is None else turns:
        if numbers_of(names, series, turn.nth, turn.counts, reckoning) == wanted:
            return turn.nth
    return None


def steps_to(wanted: Counters, series: Rhythm, reckoning: Reckoning) -> tuple[int, Counts] | None:
    """Which of a series has these numbers, and the steps that lead to it, wherever its parts end. None when none has."""
    names, furthest, starts = tuple(wanted), max(wanted.values()), len(series.starts)
    none = (0,) * len(series.parts)

    def numbers(nth: int, counts: Counts) -> Counters:
        return numbers_of(names, series, nth, counts, reckoning)

    for nth in range(starts):
        if numbers(nth, none) == wanted:
            return nth, none
    for split in _splits(
        len(series.parts) - 1, lambda inner: max(numbers(starts - 1 + sum(inner), (*inner, 0)).values()) > furthest
    ):
        nth = starts - 1 + sum(split)
        zero, one = (max(numbers(nth + step, (*split, step)).values(), default=0) for step in (0, 1))
        steps, rest = divmod(furthest - zero, one - zero) if one > zero else (0, 1)
        counts = (*split, steps)
        if not rest and 0 <= steps < MOST and numbers(nth + steps, counts) == wanted:
            return nth + steps, counts
    return None


def _splits(parts: int, too_far: Callable[[Counts], bool]) -> Iterator[Counts]:
    """Every number of steps of the inner parts of a series, as long as they do not lead too far."""
    if not parts:
        yield ()
        return
    for first in range(MOST):
        if too_far((first, *([0] * (parts - 1)))):
            return
        yield from (
            (first, *others)
            for others in _splits(parts - 1, lambda inner, first=first: too_far((first, *inner)))  # type: ignore[misc]
        )


def fill(pattern: str, counters: Counters) -> str:
    """A name or a label with its counters filled in; what is not counted stays."""
    return COUNTER.sub(lambda match: str(counters[match.group(1)]) if match.group(1) in counters else match.group(), pattern)


def fill_text(text: Text | None, counters: Counters) -> Text | None:
    """A text with its counters filled in, in every language."""
    if text is None or not any("<" in said for said in text.by_language.values()):
        return text
    return Text({language: fill(said, counters) for language, said in text.by_language.items()})


def visit_with(plan: PlannedVisit, counters: Counters, at: At | None) -> PlannedVisit:
    """One visit of a rule: its counters filled in, and its own date of several."""
    if not counters:
        return plan
    return replace(
        plan,
        id=fill(plan.id, counters),
        label=fill_text(plan.label, counters),
        at=at,
        text=fill_text(plan.text, counters),
        yields_to=fill(plan.yields_to, counters),
        inside=tuple(text for text in (fill_text(label, counters) for label in plan.inside) if text is not None),
    )


def period_with(plan: PlannedPeriod, counters: Counters) -> PlannedPeriod:
    """One period of a rule, its counters filled in."""
    return replace(plan, id=fill(plan.id, counters), label=fill_text(plan.label, counters), text=fill_text(plan.text, counters))
