"""Conditions in words: `childbearing and cycle is 1-2` as "Woman of childbearing potential: yes, and cycle: 1 to 2"."""

from __future__ import annotations

from scheduler.language.syntax import (
    AllOf,
    AnyOf,
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
    Point,
    Range,
    Reference,
)
from scheduler.protocol.records import Protocol
from scheduler.views.words import Words


def condition(asked: Condition, protocol: Protocol, said: Words) -> str:
    """What must hold, with the labels of the facts and events it names; dates that are counted stay as they were typed."""
    if isinstance(asked, Holds):
        return _holds(asked, protocol, said, "condition.yes", "condition.happened")
    if isinstance(asked, Not):
        if isinstance(asked.atom, Holds):
            return _holds(asked.atom, protocol, said, "condition.no", "condition.not_happened")
        inner = asked.atom.condition if isinstance(asked.atom, Enclosed) else asked.atom
        return said.say("condition.not", what=condition(inner, protocol, said))
    if isinstance(asked, Enclosed):
        return said.say("condition.enclosed", what=condition(asked.condition, protocol, said))
    if isinstance(asked, AllOf | AnyOf):
        join = said.say("condition.and" if isinstance(asked, AllOf) else "condition.or")
        return join.join(condition(atom, protocol, said) for atom in asked.atoms)
    if isinstance(asked, Is):
        return said.say("condition.is", name=said.name(asked.name, protocol), items=_items(asked, said))
    if isinstance(asked, Compare):
        left, right = _operand(asked.left, protocol, said), _operand(asked.right, protocol, said)
        return said.say("condition.compare", left=left, order=asked.order.value, right=right)
    return _more_than(asked, protocol, said)


def _holds(asked: Holds, protocol: Protocol, said: Words, answered: str, happened: str) -> str:
    key = answered if asked.name in protocol.facts else happened
    return said.say(key, name=said.name(asked.name, protocol))


def _items(asked: Is, said: Words) -> str:
    parts = [_item(item, said) for item in asked.items]
    if asked.every:
        parts[-1] = said.say("condition.every", items=parts[-1], every=asked.every)
    return said.say("condition.or").join(parts)


def _item(item: str | Range, said: Words) -> str:
    if not isinstance(item, Range):
        return item
    if item.high is None:
        return said.say("condition.onwards", low=item.low)
    return said.say("condition.range", low=item.low, high=item.high)


def _more_than(asked: MoreThan, protocol: Protocol, said: Words) -> str:
    start, end = _operand(asked.start, protocol, said), _operand(asked.end, protocol, said)
    return said.say("condition.more_than", duration=_duration(asked.duration, said), start=start, end=end)


def _operand(operand: Operand | Point, protocol: Protocol, said: Words) -> str:
    if isinstance(operand, Duration):
        return _duration(operand, said)
    if isinstance(operand, Reference) and str(operand) == operand.name:
        return said.name(operand.name, protocol)
    return str(operand.amount) if isinstance(operand, Number) else str(operand)


def _duration(duration: Duration, said: Words) -> str:
    return said.say(f"unit.{duration.unit.value.replace(' ', '_')}", amount=duration.amount)
