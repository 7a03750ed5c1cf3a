"""Why a rule between participants cannot be followed: names that lead nowhere, and dates that are nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scheduler.language.survey import references
from scheduler.language.syntax import Pick, Reference
from scheduler.protocol.names import names_of
from scheduler.protocol.records import (
    COHORT,
    PARTICIPANT,
    SITE,
    STUDY,
    AnswerKind,
    BetweenRule,
    Owner,
    PlannedPeriod,
    Protocol,
)
from scheduler.protocol.references import wrong_reference
from scheduler.reading.problems import Place, did_you_mean


def wrong_between(rule: BetweenRule, protocol: Protocol) -> Iterator[tuple[Place, str]]:
    """What is wrong with the names of a rule between participants, and where it stands."""
    if message := _wrong_event(rule.event, protocol):
        yield rule.where.key("event"), f'"{rule.event}": {message}'
    if message := _wrong_within(rule.within, protocol):
        yield rule.where.key("within"), f'"{rule.within}": {message}'
        return  # what is said "of previous cohort" hangs on it
    for limit in rule.limits:
        for reference in references(limit.point):
            if message := _wrong_reference(reference, rule, protocol):
                yield rule.where.key("limit", reference.offset), f'"{reference}": {message}'


def _wrong_event(name: str, protocol: Protocol) -> str:
    if name in protocol.events:
        event = protocol.events[name]
        if event.owner is not Owner.PARTICIPANT:
            return f"an event of the {event.owner.value} puts no participant before another"
        return "this may come several times, and participants are put in order by what comes once" if event.repeats else ""
    if name in protocol.facts:
        return "this is a fact; participants are put in order by an event or a visit"
    names = names_of(protocol)
    found = names.resolve(name, protocol.root)
    if not found:
        known = [other for visit in protocol.visits for other in (visit.rule, visit.id) if "<" not in other]
        return f"there is no event or visit of this name{did_you_mean(name, [*known, *protocol.events])}"
    if isinstance(found[0].member, PlannedPeriod):
        return "this is a period; participants are put in order by an event or a visit"
    several = len(found) > 1 or found[0].several
    return "this is several visits, and participants are put in order by one: name it" if several else ""


def _wrong_within(name: str, protocol: Protocol) -> str:
    fact = protocol.facts.get(name)
    if name in (STUDY, SITE) or (fact is not None and fact.kind is AnswerKind.VALUE):
        return ""
    if fact is not None:
        return f"this fact has no list of values; its answer is {fact.kind.value}"
    known = [other.id for other in protocol.facts.values() if other.kind is AnswerKind.VALUE]
    return f"study, site or a fact with a list of values was wanted{did_you_mean(name, [STUDY, SITE, *known])}"


def _wrong_reference(reference: Reference, rule: BetweenRule, protocol: Protocol) -> str:
    whose, level = reference.whose, names_of(protocol).root
    if whose is None:
        return wrong_reference(reference, protocol, level, None)
    own = replace(reference, whose=None)
    event = protocol.events.get(reference.name)
    owner = event.owner if event is not None else Owner.PARTICIPANT
    if whose.name == PARTICIPANT:
        if owner is not Owner.PARTICIPANT:
            return f'this is an event of the {owner.value}, and no participant\'s: leave out "{whose}"'
        return wrong_reference(own, protocol, level, None)
    if message := _wrong_group(reference, rule):
        return message
    if owner is Owner.STUDY:
        return f'this is an event of the study, the same for everybody: leave out "{whose}"'
    if owner is Owner.COHORT:
        if rule.within != COHORT:
            return f"this is an event of a cohort, and the rule is within {rule.within}"
        return wrong_reference(own, protocol, level, None)
    if reference.pick not in (Pick.FIRST, Pick.LAST):
        return f"there may be several participants: say last {own.name} {whose}"
    return wrong_reference(replace(own, pick=None) if own.name in protocol.facts else own, protocol, level, None)


def _wrong_group(reference: Reference, rule: BetweenRule) -> str:
    """Why a rule has no such group before its own; empty when it has."""
    assert reference.whose is not None
    name = reference.whose.name
    if rule.within in (STUDY, SITE):
        return (
            f"the rule is within {rule.within}, of which none comes before another: say previous participant or first participant"
        )
    if name != rule.within:
        return f"the rule is within {rule.within}: say previous participant, first participant or previous {rule.within}"
    return "" if reference.whose.pick is Pick.PREVIOUS else f"of the groups only the one before can be named: say previous {name}"
