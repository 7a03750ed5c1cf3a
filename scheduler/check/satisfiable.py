"""Whether anybody can satisfy a condition: tried on every answer that could make a difference."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise, product

from scheduler.language.conditions import Reading, judging
from scheduler.language.moments import Moment, Offset, Reckoning, WorkingDays, exact_minutes
from scheduler.language.survey import question_points, questions
from scheduler.language.syntax import Compare, Condition, Duration, Holds, Is, MoreThan, Number, Question, Range, Reference
from scheduler.language.worth import NO, YES, Never, Verdict, Worth
from scheduler.protocol.records import AnswerKind, Protocol

_MOST_TRIES = 20_000
_COUNTED_TO = 60


def nobody_satisfies(conditions: Iterable[Condition], protocol: Protocol) -> bool:
    """Whether no answers make all the conditions true. What compares dates is left open, and so satisfiable."""
    wanted = list(conditions)
    asked = [question for condition in wanted for question in questions(condition)]
    if any(isinstance(question, MoreThan) or _compares_dates(question, protocol) for question in asked):
        return False
    domains = {name: values for name, values in _domains(asked, protocol).items() if values}
    tries = 1
    for values in domains.values():
        tries *= len(values)
    if tries > _MOST_TRIES:
        return False
    reading = Reading(protocol.study.reckoning, protocol.answered | set(domains))
    judges = [judging(condition, reading) for condition in wanted]
    for values in product(*domains.values()):
        somebody = _Somebody(dict(zip(domains, values, strict=True)))
        if all(judge(somebody).value is not False for judge in judges):
            return False
    return True


class _Somebody:
    """Answers to try; there are no dates."""

    working: WorkingDays | None = None

    def __init__(self, answers: dict[str, object]) -> None:
        self.answers = answers

    def origin(self) -> Worth:
        return Never()

    def named(self, reference: Reference) -> Worth:
        return Never()

    def answer(self, name: str, day: Moment | None = None) -> object:
        return self.answers.get(name)

    def holds(self, name: str) -> Verdict:
        return YES if self.answers.get(name) is True else NO


def _compares_dates(question: Question, protocol: Protocol) -> bool:
    names = protocol.answered
    if not isinstance(question, Compare):
        return False
    return not all(isinstance(point, Reference) and (point.name in names) for point in question_points(question))


def _domains(asked: list[Question], protocol: Protocol) -> dict[str, tuple[object, ...]]:
    """For every name the answers between which the questions can tell."""
    domains: dict[str, set[object]] = {}
    for question in asked:
        if isinstance(question, Compare):
            for name, value in _thresholds(question, protocol.study.reckoning):
                domains.setdefault(name, set()).update(value)
            continue
        assert isinstance(question, Holds | Is)
        fact = protocol.facts.get(question.name)
        values = domains.setdefault(question.name, set())
        if isinstance(question, Holds):
            values.update((True, False))
        elif fact is not None and fact.kind is AnswerKind.VALUE:
            values.update(fact.values)
        else:
            values.update(_numbers(question))
    for values in domains.values():
        numbers = sorted(value for value in values if isinstance(value, Decimal))
        values.update((low + high) / 2 for low, high in pairwise(numbers))
    return {name: tuple(sorted(values, key=repr)) for name, values in domains.items()}


def _numbers(question: Is) -> Iterable[int]:
    found = set(range(1, _COUNTED_TO + 1))
    for item in question.items:
        if isinstance(item, Range):
            found.update((item.low, item.low + 1, item.high or item.low))
        elif item.isdigit():
            found.add(int(item))
    return found


def _thresholds(question: Compare, reckoning: Reckoning) -> Iterable[tuple[str, set[object]]]:
    """Answers on both sides of what they are compared with."""
    for side, other in ((question.left, question.right), (question.right, question.left)):
        if not isinstance(side, Reference):
            continue
        if isinstance(other, Number):
            yield side.name, {other.amount - 1, other.amount, other.amount + 1}
        elif isinstance(other, Duration):
            minutes = exact_minutes(reckoning.duration(other))
            yield side.name, {Offset(minutes=max(0, minutes + step)) for step in (-1, 0, 1)}
        else:
            yield side.name, {Decimal(0), Decimal(1)}
