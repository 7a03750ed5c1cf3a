"""Who a participant might be, seen by somebody who may not know the blinded answers (the arm)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from scheduler.facts.records import Answer, Participant
from scheduler.protocol.records import AnswerKind, Fact, Protocol


def blinded_facts(protocols: Iterable[Protocol]) -> dict[str, Fact]:
    """The facts whose answers blinded papers must not show, of all versions of a protocol together."""
    return {name: fact for protocol in protocols for name, fact in protocol.facts.items() if fact.blinded}


def who_it_may_be(participant: Participant, blinded: Mapping[str, Fact]) -> Iterator[Participant]:
    """The participant under every set of blinded answers, whatever the true ones are.

    What is the same for all of them says nothing about the true ones.
    """
    changes = {name: changes for name, changes in participant.changes.items() if name not in blinded}
    for answers in product(*map(_answers, blinded.values())):
        supposed = dict(zip(blinded, answers, strict=True))
        yield replace(participant, answers={**participant.answers, **supposed}, changes=changes)


def _answers(fact: Fact) -> tuple[Answer, ...]:
    return fact.values if fact.kind is AnswerKind.VALUE else (True, False)
