"""Conditions to verdicts, in three values: yes, no, not known yet (Kleene's logic)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from scheduler.language.syntax import AllOf, AnyOf, Compare, Condition, Enclosed, Holds, Is, Not, Order
from scheduler.language.worth import NO, YES, Scope, Verdict

Judging = Callable[[Scope], Verdict]


def judging(condition: Condition) -> Judging:
    """The function that decides a condition, in three values: yes, no, not known yet (Kleene)."""
    if isinstance(condition, Holds):
        return lambda scope: scope.holds(condition.name)
    if isinstance(condition, Is):
        return lambda scope: _known(scope, condition.name, lambda answer: answer in condition.values)
    if isinstance(condition, Compare):
        return lambda scope: _known(scope, condition.name, lambda answer: _compares(answer, condition))
    if isinstance(condition, Not):
        atom = judging(condition.atom)
        return lambda scope: _negated(atom(scope))
    if isinstance(condition, Enclosed):
        return judging(condition.condition)
    parts = [judging(part) for part in condition.atoms]
    if isinstance(condition, AllOf):
        return lambda scope: all_of([part(scope) for part in parts])
    assert isinstance(condition, AnyOf)
    return lambda scope: _any([part(scope) for part in parts])


def _negated(verdict: Verdict) -> Verdict:
    if verdict.value is None:
        return verdict
    return NO if verdict.value else YES


def all_of(verdicts: list[Verdict]) -> Verdict:
    """What verdicts come to under `and`: one firm no decides; then what only an event could change; then what is not known yet."""
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


def _known(scope: Scope, name: str, test: Callable[[object], bool]) -> Verdict:
    answer = scope.answer(name)
    return Verdict(None, (name,)) if answer is None else Verdict(test(answer))


def _compares(answer: object, condition: Compare) -> bool:
    assert isinstance(answer, Decimal)
    assert isinstance(condition.value, Decimal)
    return {
        Order.LESS: answer < condition.value,
        Order.AT_MOST: answer <= condition.value,
        Order.MORE: answer > condition.value,
        Order.AT_LEAST: answer >= condition.value,
    }[condition.order]
