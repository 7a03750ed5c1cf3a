"""Rules between participants (sentinel, stagger, gate): who keeps them, and the first day the next participant could have.

A limit is asked like every other expression, by the participant it limits. What it names of another is worth to it what it is worth
to that other: the actual date, else the booked day, else the target. Where nobody is named (the first one's "previous participant",
the first cohort's "previous cohort") there is nothing to keep, and the limit does not bind; what can never be, because somebody said
so, keeps it closed. Of a range that a date may still fall in, the end on the safe side counts. Days are calendar days, and the day
of a limit is itself allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from scheduler.facts.records import Participant, Recorded
from scheduler.language.conditions import belongs
from scheduler.language.dating import chosen, dating
from scheduler.language.moments import Moment, WorkingDays, as_last, by_clock_of, day_of, days_from, in_order, surely_after
from scheduler.language.survey import references
from scheduler.language.syntax import Bound, Limit, Pick, Reference, Which
from scheduler.language.worth import (
    Awaited,
    Basis,
    Ground,
    Grounds,
    Lack,
    Never,
    On,
    Verdict,
    Waits,
    Worth,
    awaited_by,
    first_day,
    last_day,
)
from scheduler.protocol.records import COHORT, PARTICIPANT, SITE, STUDY, BetweenRule, Owner, Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.expand import places
from scheduler.schedule.occurrences import Occurrence
from scheduler.schedule.person import Person

NOBODY = "?"  # what somebody is called of whom nothing is known: no code of a participant


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDay:
    """What one limit of a rule comes to for one participant, at a position in a group (`cohort 1`; no name for the whole study).

    `day` is the first day it allows, or the last; while it `waits` for something, the first as far as that is known already.
    `because` are the dates it rests on, with whose they are in `of`. `never` names what will not be, so that no day keeps the limit.
    The position is 0 where it cannot be known.
    """

    rule: BetweenRule
    limit: Limit
    group: str = ""
    position: int = 0
    day: Moment | None = None
    because: Grounds = ()
    waits: tuple[Awaited, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is nothing it waits for, and nothing that will never be."""
        return not self.waits and not self.never

    @property
    def tentative(self) -> bool:
        """Whether a later record can still move it: it rests on a day that is planned, booked or expected."""
        return any(not ground.sure for ground in self.because)

    def days_off(self, day: Moment) -> int | None:
        """How many calendar days too early a day is for it, or too late: 0 by the clock time alone, None when it is not."""
        if self.day is None:
            return None
        limit = by_clock_of(self.day, day)
        first, second = (day, limit) if self.limit.bound is Bound.NOT_BEFORE else (limit, day)
        return days_from(first, second) if surely_after(second, first) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one participant's date stands to one limit that binds it.

    `date` is the participant's own, planned or actual. `days` is how many calendar days too early it is, or too late. It is `kept`
    when it is certain to be as things stand: not while the limit still waits for something.
    """

    participant: str
    date: Ground
    limit: LimitDay
    days: int | None
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """When the next participant of a group could have an event, after everybody who has a date for it.

    `day` is the first day that everything known allows: not before today, nor before the last date there is (`after`), nor before a
    limit. Nobody may rely on it unless `is_open`. `latest` is the last day, where a limit says one.
    """

    event: str
    day: Moment
    latest: Moment | None
    after: Ground | None
    limits: tuple[LimitDay, ...]

    @property
    def is_open(self) -> bool:
        """Whether `day` is permissible: nothing is waited for, nothing will never be, and a day is left."""
        return all(limit.is_open for limit in self.limits) and not self.is_empty

    @property
    def is_empty(self) -> bool:
        """Whether the last day comes before the first."""
        return self.latest is not None and surely_after(self.day, self.latest)

    @property
    def tentative(self) -> bool:
        """Whether a later record can still move it."""
        return any(limit.tentative for limit in self.limits) or (self.after is not None and not self.after.sure)

    @property
    def waits(self) -> tuple[Awaited, ...]:
        """What is waited for, each thing once."""
        return tuple(dict.fromkeys(awaited for limit in self.limits for awaited in limit.waits))

    @property
    def never(self) -> tuple[str, ...]:
        """What will never be, and is asked for; each thing once."""
        return tuple(dict.fromkeys(name for limit in self.limits for name in limit.never))


def findings(
    protocol: Protocol, participants: Iterable[Participant], working: Mapping[str, WorkingDays] | None = None
) -> tuple[Finding, ...]:
    """How every date stands to every limit that binds it: rule by rule, group by group, in the order of the dates.

    `working` are the calendars that working days are counted on, by site. Whose group is not known has one finding for the rule, which waits for that. Raises SchedulerError, which names rule and participant,
    when a date cannot be counted.
    """
    people = [_person(protocol, participant, working) for participant in participants] if protocol.between else []
    found = []
    for rule in protocol.between:
        order = _Order(rule, people)
        for value, row in order.dated.items():
            for number, one in enumerate(row):
                found += [_finding(one, limit) for limit in order.limits(one.person, value, row[:number])]
    return tuple(found)


def findings_with(
    protocol: Protocol,
    others: Iterable[Participant],
    versions: Iterable[Participant],
    working: Mapping[str, WorkingDays] | None = None,
) -> Iterator[tuple[Finding, ...]]:
    """For each of several versions of one participant, the findings that concern that one: its own, and those that rest on it.

    The others are dated once. Raises SchedulerError as `findings` does.
    """
    people = [_person(protocol, other, working) for other in others] if protocol.between else []
    for version in versions if protocol.between else ():
        own = _person(protocol, version, working)
        found = []
        for rule in protocol.between:
            order = _Order(rule, [*people, own])
            for value, row in order.dated.items():
                for number, one in enumerate(row):
                    made = [_finding(one, limit) for limit in order.limits(one.person, value, row[:number])]
                    found += [item for item in made if one.person is own or _rests_on(item, version.id)]
        yield tuple(found)


def _rests_on(finding: Finding, participant: str) -> bool:
    """Whether a limit of one comes from the date of another, or from the group that one is in."""
    return any(ground.of == participant for ground in finding.limit.because)


def newcomer(protocol: Protocol, participants: Iterable[Participant], site: str) -> Participant:
    """Somebody of a site, called NOBODY, of whom nothing is known; events of the whole study are as the others have them."""
    return replace(_newcomer(protocol, list(participants), {SITE: site}), id=NOBODY)


def next_dates(
    protocol: Protocol,
    participants: Iterable[Participant],
    group: Mapping[str, str],
    *,
    not_before: date,
    working: Mapping[str, WorkingDays] | None = None,
) -> tuple[Next, ...]:
    """For every event that rules are about, the first day on which one more participant could have it.

    `group` says where that participant belongs: the answers to the facts of `asked`, and the `site`. Its position in a group is one more
    than there are dates; events of the study and of its cohort are as the others have them, and of its own nothing is known.
    `not_before` is the first day to think of, today. Raises SchedulerError as `findings` does.
    """
    everybody = list(participants)
    people = [_person(protocol, participant, working) for participant in everybody]
    own = _person(protocol, _newcomer(protocol, everybody, group), working)
    events = dict.fromkeys(rule.event for rule in protocol.between)
    orders = [_Order(rule, people) for rule in protocol.between]
    return tuple(_next(event, [order for order in orders if order.rule.event == event], own, not_before) for event in events)


def asked(protocol: Protocol) -> tuple[str, ...]:
    """What must be known of the next participant: the facts that rules are within, `site`, and the cohort where its events count."""
    found = [rule.within for rule in protocol.between if rule.within != STUDY]
    own = [
        reference.name
        for rule in protocol.between
        for limit in rule.limits
        for reference in references(limit.point)
        if reference.whose is None
    ]
    if any(_owner(name, protocol) is Owner.COHORT for name in own):
        found.append(COHORT)
    return tuple(dict.fromkeys(found))


# -- the order of a group


class _Dated(NamedTuple):
    person: Person
    date: Ground


class _Order:
    """Everybody, in the groups of one rule; None stands for those whose group is not known. Those with a date are in its order."""

    def __init__(self, rule: BetweenRule, people: Sequence[Person]) -> None:
        self.rule = rule
        self._before: dict[tuple[str, Reference], Worth] = {}
        self.everybody: dict[str | None, list[Person]] = {}
        self.dated: dict[str | None, list[_Dated]] = {}
        for person in people:
            own = _date(person, rule.event)
            value = self.value(person, own.day if own else None)
            self.everybody.setdefault(value, []).append(person)
            if own is not None:
                self.dated.setdefault(value, []).append(_Dated(person, own))
        for row in self.dated.values():
            row.sort(key=_place)

    def value(self, person: Person, day: Moment | None) -> str | None:
        """Which group somebody is in: by the answer in force on the day of the event, else the last one known."""
        if self.rule.within == STUDY:
            return ""
        if self.rule.within == SITE:
            return person.participant.site
        answer = person.answer(self.rule.within, day)
        return None if answer is None else str(answer)

    def limits(self, own: Person, value: str | None, before: Sequence[_Dated]) -> Iterator[LimitDay]:
        """What binds somebody of a group who comes after some others in it."""
        rule, position = self.rule, len(before) + 1
        if value is None:
            yield LimitDay(rule=rule, limit=rule.limits[0], waits=(Awaited(rule.within),))
            return
        seat = _Seat(own, [one.person for one in before], self, value)
        for limit in rule.limits if belongs(position, rule.who) else ():
            with _named(f"{rule.id}, {_whose(own.participant)}"):
                worth = dating(limit.point, own.protocol.study.reckoning).on(seat)
            if not isinstance(worth, Never) or worth.names:
                yield _limit_day(LimitDay(rule=rule, limit=limit, group=self.name(value), position=position), worth)

    def name(self, value: str) -> str:
        """What a group is called; nothing for the whole study."""
        return f"{self.rule.within} {value}" if self.rule.within != STUDY else ""

    def group_before(self, value: str, reference: Reference, protocol: Protocol) -> Worth:
        """The first, or the last, date of everybody in the group before one; what can never be for somebody is left out."""
        key = (value, reference)
        if key not in self._before:
            values = protocol.facts[self.rule.within].values
            number = values.index(value)
            self._before[key] = self._together(values[number - 1], reference, protocol) if number else Never()
        return self._before[key]

    def _together(self, value: str, reference: Reference, protocol: Protocol) -> Worth:
        name, people = self.name(value), self.everybody.get(value, [])
        if not people:
            return Waits((Awaited(reference.name, of=name),))
        shared = _owner(reference.name, protocol) is Owner.COHORT
        worths = [_of(name if shared else person.participant.id, reference, person) for person in people]
        worth = chosen(Which.EARLIER if reference.pick is Pick.FIRST else Which.LATER, worths)
        if isinstance(worth, On):  # it rests on whose day it is, and on those whose day may still move
            return On(worth.day, tuple(ground for ground in worth.grounds if ground.day == worth.day or not ground.sure))
        return worth


def _person(protocol: Protocol, participant: Participant, working: Mapping[str, WorkingDays] | None) -> Person:
    """A participant whose visits are dated already, the first first: so none is counted through all that come before it."""
    person = Person(protocol, participant, None, (working or {}).get(participant.site))
    with _named(_whose(participant)):
        for place in places(person.root):
            if isinstance(place, Occurrence):
                place.worth(None, strict=False)
    return person


def _date(person: Person, event: str) -> Ground | None:
    """The date that puts somebody in order. A missed visit puts nobody there: it has not taken place, and no day is set for it.

    Nor does a day that was still to come when the participant left the study.
    """
    worth = person.root.named(Reference(event))
    if not isinstance(worth, On) or worth.grounds[0].basis is Basis.MISSED or _left_before(person.participant, worth):
        return None
    return worth.grounds[0]._replace(day=worth.day, of=person.participant.id)


def _left_before(participant: Participant, worth: On) -> bool:
    left = participant.left
    return left is not None and worth.grounds[0].basis is not Basis.ACTUAL and day_of(worth.day) >= left.day


def _place(one: _Dated) -> tuple[tuple[date, float], str]:
    assert one.date.day is not None
    return in_order(one.date.day), one.person.participant.id


def _whose(participant: Participant) -> str:
    return f"participant {participant.id}" if participant.id else "the next participant"


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Names whose date it is that cannot be counted."""
    try:
        yield
    except SchedulerError as error:
        raise SchedulerError(f"{what}: {error}") from error
    except RecursionError as error:
        raise SchedulerError(
            f"{what}: a date is counted through too many others: put the visits that come first, first in the file"
        ) from error


# -- limits


class _Seat:
    """A participant in the order of a group, as its limits see it (a `language.worth.Scope`): its own names, and those of others."""

    def __init__(self, own: Person, before: Sequence[Person], order: _Order, value: str) -> None:
        self.own = own
        self.before = before
        self.order = order
        self.value = value

    @property
    def working(self) -> WorkingDays | None:
        return self.own.working

    def origin(self) -> Worth:
        return self.own.root.origin()

    def answer(self, name: str, day: Moment | None = None) -> object:
        return self.own.root.answer(name, day)

    def holds(self, name: str) -> Verdict:
        return self.own.root.holds(name)

    def named(self, reference: Reference) -> Worth:
        """What a name is worth to this participant, or to the one it is said to be of."""
        whose = reference.whose
        if whose is None:
            return self.own.root.named(reference)
        if whose.name != PARTICIPANT:
            return self.order.group_before(self.value, reference, self.own.protocol)
        if not self.before:
            return Never()
        other = self.before[0 if whose.pick is Pick.FIRST else -1]
        return _of(other.participant.id, reference, other)


def _of(of: str, reference: Reference, person: Person) -> Worth:
    """What a reference is worth to somebody else, with whose it is written beside everything it rests on or waits for."""
    worth = person.root.named(replace(reference, whose=None))
    if isinstance(worth, Never) or (isinstance(worth, On) and _left_before(person.participant, worth)):
        return Never((str(reference),))
    worth = worth._replace(grounds=tuple(ground._replace(of=of) for ground in worth.grounds))
    if isinstance(worth, Waits):
        return worth._replace(awaited=tuple(awaited._replace(of=of) for awaited in worth.awaited))
    return worth


def _limit_day(limit: LimitDay, worth: Worth) -> LimitDay:
    """A limit with what its point is worth: of a range, the end on the safe side."""
    if isinstance(worth, Never):
        return replace(limit, never=worth.names)
    not_before = limit.limit.bound is Bound.NOT_BEFORE
    if isinstance(worth, Waits):
        return replace(limit, day=worth.not_before if not_before else None, because=worth.grounds, waits=awaited_by(worth))
    day = last_day(worth) if not_before else first_day(worth)
    open_ended = tuple(Awaited(ground.name, Lack.BOOKING, of=ground.of) for ground in worth.grounds if day is None)
    return replace(limit, day=day, because=worth.grounds, waits=open_ended)


def _finding(one: _Dated, limit: LimitDay) -> Finding:
    assert one.date.day is not None
    days = limit.days_off(one.date.day)
    return Finding(
        participant=one.person.participant.id, date=one.date, limit=limit, days=days, kept=limit.is_open and days is None
    )


# -- the next participant


def _newcomer(protocol: Protocol, participants: Sequence[Participant], group: Mapping[str, str]) -> Participant:
    """Somebody of whom nothing is known but the group, and the events of the study and of the cohort."""
    recorded: dict[str, tuple[Recorded, ...]] = {}
    for other in participants:
        owners = [Owner.STUDY]
        if COHORT in group and other.answers.get(COHORT) == group[COHORT]:
            owners.append(Owner.COHORT)
        recorded |= {name: records for name, records in other.recorded.items() if _owner(name, protocol) in owners}
    answers = {name: value for name, value in group.items() if name in protocol.facts}
    return Participant(id="", site=group.get(SITE, ""), answers=answers, recorded=recorded)


def _owner(name: str, protocol: Protocol) -> Owner:
    return protocol.events[name].owner if name in protocol.events else Owner.PARTICIPANT


def _next(event: str, orders: Sequence[_Order], own: Person, not_before: date) -> Next:
    limits: list[LimitDay] = []
    last: list[Ground] = []
    for order in orders:
        value = order.value(own, None)
        row = order.dated.get(value, []) if value is not None else []
        last += [one.date for one in row[-1:]]
        limits += order.limits(own, value, row)
        nowhere = order.dated.get(None, [])  # they may belong to this group, and then come before
        waits = tuple(Awaited(order.rule.within, of=one.person.participant.id) for one in nowhere)
        if waits:
            limits.append(LimitDay(rule=order.rule, limit=order.rule.limits[0], waits=waits))
    after = max(last, key=lambda ground: in_order(ground.day or not_before), default=None)
    lows = [limit.day for limit in limits if limit.limit.bound is Bound.NOT_BEFORE] + [after.day if after else None]
    highs = [limit.day for limit in limits if limit.limit.bound is Bound.NOT_AFTER]
    return Next(
        event=event,
        day=max([not_before, *_on_one_clock(lows)], key=in_order),
        latest=min(_on_one_clock(highs), key=as_last, default=None),
        after=after,
        limits=tuple(limits),
    )


def _on_one_clock(days: Iterable[Moment | None]) -> list[Moment]:
    """The days there are; clock times by the clock of the first that has one."""
    known = [day for day in days if day is not None]
    clock = next((day for day in known if isinstance(day, datetime)), None)
    return known if clock is None else [by_clock_of(day, clock) for day in known]
