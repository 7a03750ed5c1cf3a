"""What a name is worth to one participant: by name, each date worked out once.

A visit is worth its recorded actual date, else the day a person booked, else its target; with a window and no target, the range of
its window. It is never when it was cancelled or is not for this participant, and waits when that hangs on something to come.
Booking or attending a visit never moves its own window.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property

from scheduler.facts.records import Answer, Participant, Recorded, Status
from scheduler.language.dating import Dating
from scheduler.language.moments import Moment, WorkingDays, add_months, day_of
from scheduler.language.syntax import Facet, Pick, Reference
from scheduler.language.worth import NO, YES, Awaited, Basis, Lack, Never, On, Verdict, Waits, Worth, first_day
from scheduler.protocol.counters import Counters
from scheduler.protocol.names import Found
from scheduler.protocol.records import PlannedGroup, Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import (
    Compiled,
    CompiledEvent,
    CompiledGroup,
    CompiledPeriod,
    CompiledVisit,
)
from scheduler.schedule.compiling import compiled
from scheduler.schedule.frames import Frame
from scheduler.schedule.grounds import grounded, on_record, recorded
from scheduler.schedule.occurrences import Occurrence
from scheduler.schedule.places import Place
from scheduler.schedule.stays import Stay

_MONTHS_AHEAD = 12
_MOST = 10_000


class Person:
    """One participant under a protocol: what is on record, and the worth of every name."""

    def __init__(
        self, protocol: Protocol, participant: Participant, horizon: date | None, working: WorkingDays | None = None
    ) -> None:
        self.protocol = protocol
        self.participant = participant
        self.compiled: Compiled = compiled(protocol)
        self.working = working
        self._horizon = horizon
        self._made = 0
        self._expected: dict[tuple[str, bool], Worth] = {}
        self.days_of_periods = [name for name in participant.recorded if name.endswith((".start", ".end"))]
        self.root = Frame(self, self.compiled.root, None)
        self.anchor = Reference(protocol.study.anchor)

    @cached_property
    def _first_day(self) -> Moment | None:
        origin = self.root.start(strict=False)
        return origin.day if isinstance(origin, On) else None

    def study_day(self, day: Moment) -> int | None:
        """The number the study gives to a day, while its anchor has a date."""
        return None if self._first_day is None else self.compiled.root.reckoning.study_day(day, self._first_day)

    @cached_property
    def horizon(self) -> date:
        """The day to which what has no end is dated: a year after the last day on record, when nobody says."""
        if self._horizon is not None:
            return self._horizon
        person = self.participant
        days = [record.moment for records in person.recorded.values() for record in records if record.moment is not None]
        days += [day for row in person.visits.values() for day in (row.actual, row.booked) if day is not None]
        last = max(map(day_of, days), default=date(1900, 1, 1))
        return add_months(last, _MONTHS_AHEAD)

    @cached_property
    def on_record(self) -> dict[int, list[tuple[str, Counters]]]:
        """The ids in the participant's rows, with their counters, by the rule they belong to and by the groups it stands in."""
        found: dict[int, list[tuple[str, Counters]]] = {}
        for name in self.participant.visits:
            way = self.compiled.names.find(name)
            if way is not None and way.counters:
                for rule in (*way.down, way.member):
                    found.setdefault(id(rule), []).append((name, way.counters))
        return found

    def count(self, more: int) -> None:
        """So many visits more. Raises SchedulerError when there are so many that the protocol must mean something else."""
        self._made += more
        if self._made > _MOST:
            raise SchedulerError(f"more than {_MOST:,} visits for one participant: look at the series that stand in series")

    # -- references

    def worth(self, reference: Reference, place: Place, *, strict: bool) -> Worth:
        """What a reference is worth, seen from a place. To a limit (`strict`) other visits count only once booked or done."""
        name = reference.name
        if (event := self.compiled.events.get(name)) is not None:
            return self._event(event, reference, place, strict=strict)
        found = self._found(name, place.frame.group)
        if found is None:
            answer = self.answer(name, None)
            return on_record(name, Basis.ACTUAL, answer) if isinstance(answer, Moment) else Waits((Awaited(name),))
        frame = place.frame
        for _ in range(found.up):
            assert frame.parent is not None
            frame = frame.parent
        facet, pick = reference.facet, reference.pick
        if pick is None and not found.down and not found.counters:
            row = frame.row(self.compiled.members[id(found.member)])
            return row[0].worth(facet, strict=strict) if row else Never((name,))
        if found.counters is not None:
            return self._one(frame, found, name, facet, strict=strict)
        if pick is Pick.PREVIOUS or pick is Pick.NEXT:
            for item in self._neighbours(found, frame, place, 1 if pick is Pick.NEXT else -1):
                worth = item.worth(facet, strict=strict)
                if not isinstance(worth, Never):
                    return worth
            return self._beyond(frame, found, name) if pick is Pick.NEXT else Never((name,))
        return self._first_or_last(frame, found, reference, strict=strict)

    def _found(self, name: str, group: CompiledGroup) -> Found | None:
        """What a name leads to from a group; the checks saw to it that it is one thing."""
        ways = self.compiled.names.resolve(name, group.plan)
        return ways[0] if ways else None

    def visit(self, id: str) -> Occurrence | None:
        """The visit of an id; None when there is none, or none so far."""
        found = self.compiled.names.find(id)
        item = self._item(self.root, found, id) if found is not None else None
        return item if isinstance(item, Occurrence) else None

    def _one(self, frame: Frame, found: Found, name: str, facet: Facet | None, *, strict: bool) -> Worth:
        """The one occurrence of an id. One that its series has not come to yet waits; one that it never came to is never."""
        item = self._item(frame, found, name)
        return item.worth(facet, strict=strict) if isinstance(item, Occurrence | Stay) else self._absent(*item, name)

    def _item(
        self, frame: Frame, found: Found, name: str
    ) -> Occurrence | Stay | tuple[Frame, CompiledVisit | CompiledPeriod | CompiledGroup]:
        """The one occurrence of an id; where it is not there, the series that did not come to it, and where that stands."""
        assert found.counters is not None
        for group in found.down:
            copies = frame.copies(self._group(group))
            number = found.counters.get(group.rule, 1)
            one = [copy for copy in copies if copy.nth == number - 1]
            if not one:
                return frame, self._group(group)
            frame = one[0]
        member = self.compiled.members[id(found.member)]
        return next((item for item in frame.row(member) if item.plan.id == name), (frame, member))

    def _absent(self, frame: Frame, member: CompiledVisit | CompiledPeriod | CompiledGroup, name: str) -> Worth:
        return Waits((Awaited(name),)) if frame.is_open(member) is not None else Never((name,))

    def _group(self, plan: PlannedGroup) -> CompiledGroup:
        group = self.compiled.members[id(plan)]
        assert isinstance(group, CompiledGroup)
        return group

    def _neighbours(self, found: Found, frame: Frame, place: Place, step: int) -> Iterator[Occurrence | Stay]:
        """Those before, or after, in the row of all of them, the nearest first; seen from another visit, those of other copies."""
        member = self.compiled.members[id(found.member)]
        row = frame.row(member)
        own = next((index for index, item in enumerate(row) if item is place), None)
        if own is not None:
            yield from row[own + 1 :] if step > 0 else reversed(row[:own])
        down: tuple[PlannedGroup, ...] = ()
        while frame.parent is not None:
            copies = frame.parent.copies(frame.group)
            at = next((index for index, copy in enumerate(copies) if copy is frame), len(copies))
            for copy in copies[at + 1 :] if step > 0 else reversed(copies[:at]):
                beside = list(self._all(copy, down, member))
                yield from beside if step > 0 else reversed(beside)
            down = (frame.group.plan, *down)
            frame = frame.parent

    def _beyond(self, frame: Frame, found: Found, name: str) -> Worth:
        """What comes after the last of a row: it waits where the row goes on, and is never where it has come to its end."""
        awaited = frame.is_open(self.compiled.members[id(found.member)])
        while awaited is None and frame.parent is not None:
            awaited = frame.parent.is_open(frame.group)
            frame = frame.parent
        return Never((name,)) if awaited is None else Waits((Awaited(name),))

    def _first_or_last(self, frame: Frame, found: Found, reference: Reference, *, strict: bool) -> Worth:
        """The first, or the last, that can be. The last of a series that goes on waits for its end."""
        member = self.compiled.members[id(found.member)]
        last = reference.pick is Pick.LAST
        if last and (awaited := self._open_in(frame, found)):
            return Waits(awaited)
        found_last: Worth = Never((reference.name,))
        for item in self._all(frame, found.down, member):  # forward also to the last: each may be counted from the one before it
            worth = item.worth(reference.facet, strict=strict)
            if isinstance(worth, Never):
                continue
            if not last:
                return worth
            found_last = worth
        return found_last

    def _all(
        self, frame: Frame, down: tuple[PlannedGroup, ...], member: CompiledVisit | CompiledPeriod | CompiledGroup
    ) -> Iterator[Occurrence | Stay]:
        if not down:
            yield from frame.row(member)
            return
        for copy in frame.copies(self._group(down[0])):
            yield from self._all(copy, down[1:], member)

    def _open_in(self, frame: Frame, found: Found) -> tuple[Awaited, ...]:
        """What the end of a row waits for; nothing when the row is complete."""
        for plan in found.down:
            group = self._group(plan)
            copies = frame.copies(group)
            if (awaited := frame.is_open(group)) is not None:
                return awaited
            if not copies:
                return ()
            frame = copies[-1]
        member = self.compiled.members[id(found.member)]
        frame.row(member)
        return frame.is_open(member) or ()

    # -- events

    def _event(self, event: CompiledEvent, reference: Reference, place: Place, *, strict: bool) -> Worth:
        name, facet = event.event.id, reference.facet
        records = self.participant.recorded.get(name, ())
        expected = facet is Facet.TARGET and event.at is not None
        record = self._which(records, reference, place)
        if record is not None and not expected and (facet is not Facet.ACTUAL or record.status is not Status.PLANNED):
            return recorded(name, record)
        if record is None and (reference.pick is Pick.PREVIOUS or any(other.moment is None for other in records)):
            return Never((name,))
        if record is None and reference.pick is Pick.NEXT:
            return Waits((Awaited(name, Lack.DATE, event.event.may_not_happen),))
        may_not_happen = event.event.may_not_happen or place.own_record(name) is not None
        if event.at is None or facet is Facet.ACTUAL:
            return Waits((Awaited(name, Lack.DATE, may_not_happen),))
        worth = self._expected_day(event.at, name, strict=strict)
        return grounded(
            worth, name, Basis.COMPUTED, sure=False, assumed="at" in event.event.assumed, may_not_happen=may_not_happen
        )

    def _expected_day(self, at: Dating, name: str, *, strict: bool) -> Worth:
        key = (name, strict)
        if key not in self._expected:
            self._expected[key] = at.on(self.root.limits if strict else self.root)
        return self._expected[key]

    def _which(self, records: tuple[Recorded, ...], reference: Reference, place: Place) -> Recorded | None:
        """The record that is meant: of a copy its own, else the first or the last."""
        pick = reference.pick
        if pick is Pick.FIRST or pick is Pick.LAST:
            return records[-1 if pick is Pick.LAST else 0] if records else None
        own = place.own_record(reference.name)
        if own is not None and pick is None:
            return records[own] if own < len(records) else None
        if own is not None:
            beside = own + (1 if pick is Pick.NEXT else -1)
            return records[beside] if 0 <= beside < len(records) else None
        if pick is not None:
            return self._beside(records, pick, place.frame)
        return records[0] if records else None

    def _beside(self, records: tuple[Recorded, ...], pick: Pick, frame: Frame) -> Recorded | None:
        """The first record from the start of a copy on, or the last before that."""
        start = first_day(frame.start(strict=False))
        if start is None:
            return None
        later = [record for record in records if record.moment and day_of(record.moment) >= day_of(start)]
        earlier = [record for record in records if record not in later]
        if pick is Pick.NEXT:
            return later[0] if later else None
        return earlier[-1] if earlier else None

    # -- answers

    def answer(self, name: str, day: Moment | None) -> Answer | None:
        """The answer to a fact that was in force on a day; the last one known, where there is no day."""
        found = self.participant.answers.get(name)
        for since, answer in self.participant.changes.get(name, ()):
            if day is None or day_of(since) <= day_of(day):
                found = answer
        return found

    def holds(self, name: str, answer: object) -> Verdict:
        """A fact answered yes; an event that has happened. An event that is planned is not known yet."""
        if name not in self.compiled.events:
            return Verdict(None, (name,)) if answer is None else YES if answer is True else NO
        records = self.participant.recorded.get(name, ())
        if not records:
            return Verdict(False, only_if=(name,))
        statuses = {record.status for record in records}
        if Status.ACTUAL in statuses:
            return YES
        return Verdict(None, (name,)) if Status.PLANNED in statuses else NO
