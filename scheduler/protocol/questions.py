"""Why a question in a condition cannot be answered."""

from __future__ import annotations

from collections.abc import Set

from scheduler.language.syntax import Compare, Duration, Holds, Is, MoreThan, Number, Point, Question, Range, Reference
from scheduler.protocol.records import AnswerKind, Protocol
from scheduler.reading.problems import did_you_mean


def wrong_question(question: Question, protocol: Protocol, counters: Set[str]) -> str:
    """Why a question cannot be answered; empty when it can."""
    if isinstance(question, MoreThan):
        return ""
    if isinstance(question, Compare):
        return _wrong_comparison(question, protocol, counters)
    fact = protocol.facts.get(question.name)
    if isinstance(question, Holds) and question.name in protocol.events:
        return ""
    if isinstance(question, Is) and question.name in counters:
        wrong = [item for item in question.items if not isinstance(item, Range) and not item.isdigit()]
        return f'"{wrong[0]}" is no number, and {question.name} is counted' if wrong else ""
    if fact is None:
        known = [*protocol.facts, *protocol.events, *counters]
        return f"there is no fact of this name{did_you_mean(question.name, known)}"
    if isinstance(question, Holds):
        if fact.kind is AnswerKind.YES_OR_NO:
            return ""
        return f"this fact is not answered with yes or no, but with {', '.join(fact.values) or fact.kind.value}"
    if fact.kind is AnswerKind.NUMBER:
        return ""
    if fact.kind is not AnswerKind.VALUE:
        return f"this fact has no list of values; its answer is {fact.kind.value}"
    ranges = [item for item in question.items if isinstance(item, Range)]
    if ranges:
        return f'"{ranges[0]}" is a range, and only numbers and counters have ranges'
    unknown = [str(value) for value in question.items if value not in fact.values]
    return f'"{unknown[0]}" is none of its values ({", ".join(fact.values)})' if unknown else ""


def _wrong_comparison(question: Compare, protocol: Protocol, counters: Set[str]) -> str:
    """Why two sides cannot be compared: numbers with numbers, durations with durations, dates with dates."""
    kinds = [_kind(side, protocol, counters) for side in (question.left, question.right)]
    wrong = [kind for kind in kinds if kind not in ("a number", "a duration", "a date")]
    if wrong:
        return wrong[0]
    return "" if kinds[0] == kinds[1] else f"{kinds[0]} cannot be compared with {kinds[1]}"


def _kind(side: Number | Duration | Point, protocol: Protocol, counters: Set[str]) -> str:
    """What a side of a comparison is, or why it is nothing that can be compared."""
    if isinstance(side, Number):
        return "a number"
    if isinstance(side, Duration):
        return "a duration"
    if not isinstance(side, Reference) or side.name not in protocol.facts:
        return "a number" if isinstance(side, Reference) and side.name in counters else "a date"
    kind = protocol.facts[side.name].kind
    said = {AnswerKind.NUMBER: "a number", AnswerKind.DURATION: "a duration", AnswerKind.DATE: "a date"}
    return said.get(kind, f"only a number, a duration or a date can be compared; {side.name} is answered with {kind.value}")
