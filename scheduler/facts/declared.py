"""What the tables of facts may name: everything that some version of the protocol declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.facts.records import Leaving
from scheduler.language.syntax import Facet
from scheduler.protocol.names import Names, names_of
from scheduler.protocol.records import AnswerKind, Event, Fact, Owner, PlannedPeriod, PlannedVisit, Protocol
from scheduler.reading.problems import Problems

UNAVAILABLE = "unavailable"  # the name of days on which a participant cannot come
LEAVING = tuple(reason.value for reason in Leaving)
EDGES = (Facet.START.value, Facet.END.value)


@dataclass(frozen=True, slots=True)
class Declared:
    """The names of all versions together. `dated` are the events and visits that have a column of their own."""

    facts: Mapping[str, Fact]
    events: Mapping[str, Event]
    dated: tuple[str, ...]
    visits: tuple[str, ...]
    periods: tuple[str, ...]
    names: tuple[Names, ...]

    @property
    def recorded(self) -> tuple[str, ...]:
        """Everything that `events.csv` may name."""
        days = [f"{period}.{edge}" for period in self.periods for edge in EDGES]
        return _each(self.dated, tuple(self.events), tuple(self.facts), days, LEAVING, (UNAVAILABLE,))

    def is_of(self, id: str, kind: type[PlannedVisit] | type[PlannedPeriod]) -> bool:
        """Whether some participant can have a visit, or a period, of this id."""
        found = (names.find(id) for names in self.names)
        return any(one is not None and isinstance(one.member, kind) for one in found)


def declared(protocols: Sequence[Protocol], problems: Problems) -> Declared:
    """What the versions of a protocol declare. A name that means two things in two of them is a problem of the later one."""
    facts: dict[str, Fact] = {}
    events: dict[str, Event] = {}
    for protocol in protocols:
        for name, fact in protocol.facts.items():
            facts[name] = _one_fact(facts.get(name), fact, problems)
        for name, event in protocol.events.items():
            events[name] = _one_event(events.get(name), event, problems)
    own = [name for name, event in events.items() if event.owner is Owner.PARTICIPANT]
    return Declared(
        facts=facts,
        events=events,
        dated=_each(own, *(protocol.given for protocol in protocols)),
        visits=_each(*([rule.id for rule in protocol.visits] for protocol in protocols)),
        periods=_each(*([rule.id for rule in protocol.periods] for protocol in protocols)),
        names=tuple(names_of(protocol) for protocol in protocols),
    )


def _each(*names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _one_fact(before: Fact | None, fact: Fact, problems: Problems) -> Fact:
    if before is None:
        return fact
    if before.kind is not fact.kind:
        said = f'"{fact.id}" is answered by {before.kind.value} in another version, and by {fact.kind.value} here: give it a new name'
        problems.add(fact.where.place, said)
    if fact.kind is AnswerKind.VALUE:
        return replace(fact, values=_each(before.values, fact.values))
    return fact


def _one_event(before: Event | None, event: Event, problems: Problems) -> Event:
    if before is None:
        return event
    if before.owner is not event.owner:
        said = f'"{event.id}" is of the {before.owner.value} in another version, and of the {event.owner.value} here: give it a new name'
        problems.add(event.where.place, said)
    return replace(event, repeats=before.repeats or event.repeats)
