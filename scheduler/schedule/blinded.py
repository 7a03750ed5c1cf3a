"""What is the same whoever a participant may be, for somebody who may not know the blinded answers (the arm).

Neither an answer nor a record may show through. A visit that only one arm has is booked in that arm alone, and one whose days differ
is booked on the days of its arm: of both the records are taken away before anything is worked out, so that they move no other visit
and no horizon. What is left says nothing about the answers, because it was worked out without anything that rests on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from math import prod

from scheduler.facts.records import Answer, Participant
from scheduler.language.syntax import Given
from scheduler.protocol.records import COHORT, MOST_BLINDED_SETS, Owner, Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.records import NOTHING, Period, Schedule, Visit

Blinded = Mapping[str, Sequence[Answer]]  # what may be answered to each blinded fact


def blinded_facts(protocols: Iterable[Protocol]) -> Blinded:
    """The facts whose answers blinded papers must not show, and what may be answered, of all versions of a protocol together.

    Raises SchedulerError when they have too many sets of answers, or when the events of one version would show the cohort that
    another blinds; of a single version the checks have seen to both.
    """
    found: dict[str, dict[Answer, None]] = {}
    protocols = list(protocols)
    names = {name for protocol in protocols for name, fact in protocol.facts.items() if fact.blinded}
    for fact in (fact for protocol in protocols for name, fact in protocol.facts.items() if name in names):
        found.setdefault(fact.id, {}).update(dict.fromkeys(fact.choices))
    if prod(map(len, found.values())) > MOST_BLINDED_SETS:
        raise SchedulerError(
            f"the blinded facts of all versions ({', '.join(found)}) have more than {MOST_BLINDED_SETS} sets of answers together"
        )
    if COHORT in found and any(event.owner is Owner.COHORT for protocol in protocols for event in protocol.events.values()):
        raise SchedulerError('a version has events "of: cohort", and another blinds the cohort: everybody\'s dates would show it')
    return {name: tuple(choices) for name, choices in found.items()}


def common_schedules(
    participant: Participant, protocols: Sequence[Protocol], schedule_of: Callable[[Participant], Schedule]
) -> list[Schedule]:
    """The schedules of a participant under every set of blinded answers, with the visits and periods that are the same in all of them.

    `protocols` are the versions that may hold, `schedule_of` works out a schedule. First the visits that are dated by their record
    alone come to be known, and then whatever is the same once they are.
    """
    supposed = tuple(_who_it_may_be(participant, blinded_facts(protocols)))
    events = {event for protocol in protocols for event in protocol.events}

    @cache
    def under_all(records: frozenset[str]) -> list[Schedule]:
        return [schedule_of(_knowing(person, records)) for person in supposed]

    def settled(kept: frozenset[str], among: frozenset[str] | None) -> frozenset[str]:
        """The names of what is the same, its own records known: those there are at first, and those that come with them."""
        differing: frozenset[str] = frozenset()
        while True:
            same, other = _compared(under_all(_records(participant, kept, events)))
            differing |= other
            now = (kept | (same if among is None else same & among)) - differing
            if now == kept:
                return kept
            kept = now

    nobody: frozenset[str] = frozenset()
    first = under_all(_records(participant, nobody, events))
    given = frozenset(visit.id for visit in first[0].visits if isinstance(visit.plan.at, Given))
    kept = settled(settled(nobody, given), None)
    return [_only(schedule, kept) for schedule in under_all(_records(participant, kept, events))]


def _who_it_may_be(participant: Participant, blinded: Blinded) -> Iterator[Participant]:
    """The participant under every set of blinded answers, whatever the true ones are."""
    changes = {name: changes for name, changes in participant.changes.items() if name not in blinded}
    for answers in product(*blinded.values()):
        supposed = dict(zip(blinded, answers, strict=True))
        yield replace(participant, answers={**participant.answers, **supposed}, changes=changes)


def _records(participant: Participant, kept: frozenset[str], events: set[str]) -> frozenset[str]:
    """Which records are known when those of the visits and periods that are `kept` are."""
    names = [*participant.visits, *participant.recorded]
    return frozenset(name for name in names if name in events or name in kept or _period(name) in kept)


def _period(name: str) -> str:
    """The period that a record of its first or its last day is of."""
    base, _, day = name.rpartition(".")
    return base if day in ("start", "end") else ""


def _knowing(person: Participant, records: frozenset[str]) -> Participant:
    """A participant of whom nothing else is on record."""
    return replace(
        person,
        visits={name: row for name, row in person.visits.items() if name in records},
        recorded={name: days for name, days in person.recorded.items() if name in records},
    )


def _compared(schedules: Sequence[Schedule]) -> tuple[frozenset[str], frozenset[str]]:
    """The names of what is the same in all of some schedules, and of what is not, or is not there in all."""
    several = [{item.id: _bare(item) for item in schedule.items} for schedule in schedules]
    ids = frozenset(id for items in several for id in items)
    same = frozenset(id for id, item in several[0].items() if all(other.get(id) == item for other in several[1:]))
    return same, ids - same


def _bare(item: Visit | Period) -> Visit | Period:
    """A visit or a period without what a blinded paper says nothing of: what is done at it, and what its dates rest on."""
    return item._replace(tasks=(), why=NOTHING) if isinstance(item, Visit) else item._replace(why=NOTHING)


def _only(schedule: Schedule, kept: frozenset[str]) -> Schedule:
    """What is kept of a schedule. That a visit took place which was not asked for is nobody's business here."""
    visits = tuple(visit for visit in schedule.visits if visit.id in kept and not visit.against)
    return schedule._replace(visits=visits, periods=tuple(period for period in schedule.periods if period.id in kept))
