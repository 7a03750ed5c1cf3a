"""Conditions to verdicts, in three values: yes, no, not known yet (Kleene's logic)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import NamedTuple

from scheduler.language.dating import dating, move
from scheduler.language.moments import Moment, Offset, Reckoning, day_of, exact_minutes, in_order
from scheduler.language.syntax import (
    AllOf,
    Compare,
    Condition,
    Duration,
    Enclosed,
    Holds,
    Is,
    MoreThan,
    Not,
    Number,
    Operand,
    Order,
    Positions,
    Range,
    Reference,
)
from scheduler.language.worth import NO, YES, Never, Scope, Verdict, Waits, Worth, awaited_by, first_day, last_day
from scheduler.reading.problems import NotUnderstood

Judging = Callable[[Scope], Verdict]
# The answer of a counter at a place it does not count: it is in no set, and compares with nothing.
NOT_COUNTED = "not counted here"


class Reading(NamedTuple):
    """What a condition is read with: the study's conventions, and the names that are answered and not dated (facts, counters)."""

    reckoning: Reckoning
    answers: Collection[str] = ()


def judging(condition: Condition, reading: Reading) -> Judging:
    """The function that decides a condition. Raises NotUnderstood for what the study's conventions cannot say."""
    if isinstance(condition, Holds):
        return lambda scope: scope.holds(condition.name)
    if isinstance(condition, Is):
        return lambda scope: _known(scope, condition.name, lambda answer: belongs(answer, condition))
    if isinstance(condition, Compare):
        return _comparison(condition, reading)
    if isinstance(condition, MoreThan):
        return _gap(condition, reading.reckoning)
    if isinstance(condition, Not):
        atom = judging(condition.atom, reading)
        return lambda scope: _negated(atom(scope))
    if isinstance(condition, Enclosed):
        return judging(condition.condition, reading)
    parts = [judging(part, reading) for part in condition.atoms]
    if isinstance(condition, AllOf):
        return lambda scope: all_of([part(scope) for part in parts])
    return lambda scope: _any([part(scope) for part in parts])


# -- and, or, not


def _negated(verdict: Verdict) -> Verdict:
    if verdict.value is None:
        return verdict
    return NO if verdict.value else YES


def all_of(verdicts: list[Verdict]) -> Verdict:
    """What verdicts come to under `and`: one firm no decides; then what only an event could change; then what is not known yet."""
    if len(verdicts) == 1:
        return verdicts[0]
    if any(verdict.value is False and not verdict.only_if for verdict in verdicts):
        return NO
    if only_if := _names(verdict.only_if for verdict in verdicts):
        return Verdict(False, only_if=only_if)
    if undecided := _names(verdict.undecided for verdict in verdicts):
        return Verdict(None, undecided)
    return YES


def _any(verdicts: list[Verdict]) -> Verdict:
    """`or`: one yes decides; then what is not known yet; then what only an event could change."""
    if any(verdict.value for verdict in verdicts):
        return YES
    if undecided := _names(verdict.undecided for verdict in verdicts):
        return Verdict(None, undecided)
    if only_if := _names(verdict.only_if for verdict in verdicts):
        return Verdict(False, only_if=only_if)
    return NO


def _names(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


# -- answers


def _known(scope: Scope, name: str, test: Callable[[object], bool]) -> Verdict:
    answer = scope.answer(name)
    return Verdict(None, (name,)) if answer is None else YES if test(answer) else NO


def belongs(answer: object, condition: Is | Positions) -> bool:
    """Whether an answer, a counter or a position is one of a set. The step of a set belongs to its last range."""
    last = condition.items[-1]
    if answer is NOT_COUNTED:
        return False
    for item in condition.items:
        if not isinstance(item, Range):
            if str(answer) == item:
                return True
            continue
        if not isinstance(answer, int | Decimal) or answer < item.low or (item.high is not None and answer > item.high):
            continue
        if item is not last or not condition.every or (answer - item.low) % condition.every == 0:
            return True
    return False


# -- comparisons

_HOLDS: dict[Order, Callable[[int], bool]] = {
    Order.LESS: lambda sign: sign < 0,
    Order.AT_MOST: lambda sign: sign <= 0,
    Order.MORE: lambda sign: sign > 0,
    Order.AT_LEAST: lambda sign: sign >= 0,
}
_Amount = Decimal | int


def _comparison(condition: Compare, reading: Reading) -> Judging:
    holds = _HOLDS[condition.order]
    if not _is_date(condition.left, reading) and not _is_date(condition.right, reading):
        left, right = _amount(condition.left, reading), _amount(condition.right, reading)

        def compare(scope: Scope) -> Verdict:
            values = [left(scope), right(scope)]
            if NOT_COUNTED in values:
                return NO
            if names := tuple(value for value in values if isinstance(value, str)):
                return Verdict(None, names)
            one, other = (value for value in values if not isinstance(value, str))
            return YES if holds((one > other) - (one < other)) else NO

        return compare
    first, second = _date(condition.left, reading), _date(condition.right, reading)
    return lambda scope: _dates(first(scope), second(scope), holds)


def _is_date(operand: Operand, reading: Reading) -> bool:
    if isinstance(operand, Number | Duration):
        return False
    return not (isinstance(operand, Reference) and operand.name in reading.answers)


def _amount(operand: Operand, reading: Reading) -> Callable[[Scope], _Amount | str]:
    """A number, or the minutes of a duration; the name of the fact where the answer is not known."""
    if isinstance(operand, Number):
        return lambda scope: operand.amount
    if isinstance(operand, Duration):
        minutes = exact_minutes(reading.reckoning.duration(operand))
        return lambda scope: minutes
    assert isinstance(operand, Reference)

    def answered(scope: Scope) -> _Amount | str:
        answer = scope.answer(operand.name)
        if isinstance(answer, Offset):
            return exact_minutes(answer)
        return answer if isinstance(answer, Decimal | int) or answer == NOT_COUNTED else operand.name

    return answered


def _date(operand: Operand, reading: Reading) -> Callable[[Scope], Worth]:
    if isinstance(operand, Number | Duration) or not _is_date(operand, reading):
        raise NotUnderstood(f"{operand} is no date, and a date can only be compared with a date")
    return dating(operand, reading.reckoning).on


def _gap(condition: MoreThan, reckoning: Reckoning) -> Judging:
    """Whether the second date lies beyond the first one moved by the duration."""
    offset = reckoning.duration(condition.duration)
    start, end = dating(condition.start, reckoning), dating(condition.end, reckoning)
    return lambda scope: _dates(end.on(scope), move(start.on(scope), offset, scope.working), _HOLDS[Order.MORE])


def _dates(left: Worth, right: Worth, holds: Callable[[int], bool]) -> Verdict:
    """How two dates compare; not known yet while one waits, or while the ranges they may fall in leave it open."""
    if isinstance(left, Never) or isinstance(right, Never):
        return NO
    if isinstance(left, Waits) or isinstance(right, Waits):
        awaited = awaited_by(left, right)
        names = tuple(dict.fromkeys(item.name or item.lack.value for item in awaited))
        never = tuple(item.name for item in awaited if item.may_not_happen)
        return Verdict(False, only_if=never) if never else Verdict(None, names)
    found = {
        holds(_sign(one, other))
        for one, other in ((first_day(left), last_day(right)), (last_day(left), first_day(right)))
        if one is not None and other is not None
    }
    open_ended = None in (first_day(left), last_day(left), first_day(right), last_day(right))
    if len(found) != 1 or open_ended:
        return Verdict(None, tuple(dict.fromkeys(ground.name for ground in left.grounds + right.grounds)))
    return YES if found.pop() else NO


def _sign(one: Moment, other: Moment) -> int:
    """-1, 0 or 1; clock times count only where both have one."""
    first, second = in_order(one), in_order(other)
    if first[1] < 0 or second[1] < 0:
        return (day_of(one) > day_of(other)) - (day_of(one) < day_of(other))
    return (first > second) - (first < second)
