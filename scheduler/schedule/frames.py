"""The protocol as one participant goes through it: its groups copied as often as they come, and every occurrence of every rule.

A `Frame` is one copy of a group, an `Occurrence` one visit, a `Stay` one period. Each is a place that expressions are asked from
(`language.worth.Scope`): where bare labels count from, and what names, counters and answers mean there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from scheduler.facts.records import Outcome, Recorded, Status, VisitRecord
from scheduler.language.conditions import NOT_COUNTED, all_of
from scheduler.language.dating import Base, Dating
from scheduler.language.moments import Moment, Offset, day_of, shift, surely_after
from scheduler.language.series import MOST, Counts, Rhythm, Turn, is_after, offset_of, point_from, turns
from scheduler.language.syntax import EndKind, Facet, Reference
from scheduler.language.windows import NO_BOUNDS, Bounds
from scheduler.language.worth import (
    NO,
    YES,
    Awaited,
    Basis,
    Between,
    Ground,
    Lack,
    Never,
    On,
    Scope,
    Verdict,
    Waits,
    Worth,
    awaited_by,
    first_day,
    grounds_of,
    last_day,
)
from scheduler.protocol.counters import LABEL_COUNTERS, Counters, fill, numbers_of, steps_to
from scheduler.protocol.records import PlannedVisit
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import (
    CompiledCase,
    CompiledGroup,
    CompiledPeriod,
    CompiledSeries,
    CompiledVisit,
    Made,
    Moving,
    made,
    planned,
)
from scheduler.schedule.grounds import grounded, not_for, on_record, recorded, through, undecided

if TYPE_CHECKING:
    from scheduler.schedule.names import Names

NO_RECORD = VisitRecord()
_OVER = (Outcome.CANCELLED, Outcome.SKIPPED)
_MISSED = (Outcome.MISSED, *_OVER)

Item = TypeVar("Item", "Frame", "Occurrence")


class Place:
    """Somewhere in the protocol that expressions are asked from."""

    __slots__ = ("frame", "names")

    frame: Frame
    names: Names

    def origin(self, *, strict: bool = False) -> Worth:
        """What bare labels count from."""
        return self.frame.origin_for(self, strict=strict)

    def named(self, reference: Reference) -> Worth:
        """What a name is worth, seen from here."""
        return self.names.worth(reference, self, strict=False)

    def answer(self, name: str, day: Moment | None = None) -> object:
        """The number a counter stands at, or the answer to a fact."""
        number = self.frame.counters.get(name)
        if number is None and name in self.names.compiled.counters:
            return NOT_COUNTED
        return self.names.answer(name, day) if number is None else number

    def holds(self, name: str) -> Verdict:
        """Whether a yes-or-no fact was answered yes, or an event happened."""
        return self.names.holds(name, None if name in self.names.compiled.events else self.answer(name))

    @property
    def limits(self) -> Scope:
        """The same place as limits see it."""
        return _Strict(self)

    def own_record(self, event: str) -> int | None:
        """Which record of an event this place, or a copy around it, was made for."""
        frame: Frame | None = self.frame
        while frame is not None:
            if frame.group.series is not None and frame.group.series.each == event:
                return frame.nth
            frame = frame.parent
        return None

    def copied_for(self, event: str) -> bool:
        """Whether this place exists only for a record of an event."""
        return self.own_record(event) is not None


class _Strict:
    """A place as a limit sees it: other visits count only once they are booked or done."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place

    def origin(self) -> Worth:
        return self.place.origin(strict=True)

    def named(self, reference: Reference) -> Worth:
        return self.place.names.worth(reference, self.place, strict=True)

    def answer(self, name: str, day: Moment | None = None) -> object:
        return self.place.answer(name, day)

    def holds(self, name: str) -> Verdict:
        return self.place.holds(name)


class Frame(Place):
    """One copy of a group, with everything that stands in it."""

    __slots__ = (
        "_copies",
        "_open",
        "_rows",
        "_starts",
        "counters",
        "group",
        "name",
        "nth",
        "origin_name",
        "over",
        "parent",
        "place",
        "turn",
    )

    def __init__(self, names: Names, group: CompiledGroup, parent: Frame | None, nth: int = 0, turn: Turn | None = None) -> None:
        self.frame = self
        self.names = names
        self.group = group
        self.parent = parent
        self.nth = nth
        self.turn = turn
        self.over: bool = (parent is not None and parent.over) or (turn is not None and turn.over)
        self.counters: dict[str, int] = dict(parent.counters) if parent else {}
        if group.series is not None:
            self.counters[group.plan.rule] = nth + 1
        self.place: tuple[int, ...] = (*parent.place, group.number, nth) if parent else ()
        self.name = self._name()
        self.origin_name = self._origin_name()
        self._starts: dict[bool, Worth] = {}
        self._rows: dict[int, list[Occurrence] | list[Stay]] = {}
        self._copies: dict[int, list[Frame]] = {}
        self._open: dict[int, tuple[Awaited, ...]] = {}

    # -- where it starts

    def start(self, *, strict: bool) -> Worth:
        """The day its labels count from: the study's anchor, or the start of this copy."""
        found = self._starts.get(strict)
        if found is None:
            found = self._starts[strict] = self._start(strict=strict)
        return found

    def _start(self, *, strict: bool) -> Worth:
        if self.parent is None:
            return self.names.worth(self.names.anchor, self, strict=strict)
        series = self.group.series
        if series is not None and series.each:
            return _for_event(self.names, series.each, self.nth)
        dating = self.group.at if self.turn is None else self.turn.dating
        assert dating is not None
        fixed = series is None or series.turns is not None
        if strict:
            worth = dating.on(self.parent.limits)
        else:
            worth = dating.on(self.parent) if fixed or self.turn is None else self.turn.worth
        if not self.name or isinstance(worth, Never):
            return worth
        sure = all(ground.sure for ground in worth.grounds)
        assumed = "at" in self.group.plan.assumed or any(ground.assumed for ground in worth.grounds)
        own = Ground(self.name, Basis.START, first_day(worth), sure, assumed)
        return worth._replace(grounds=(own, *worth.grounds))

    def _name(self) -> str:
        """What its start is called in reasons: the copy's own name; none where it starts on one thing that has a name."""
        plan = self.group.plan
        if self.group.series is not None:
            return fill(plan.id, self.counters)
        return "" if isinstance(plan.at, Reference) else plan.id

    def _origin_name(self) -> str:
        """The name by which its start is found among the grounds of what is counted from it."""
        if self.parent is None:
            return self.names.protocol.study.anchor
        if self.group.series is not None and self.group.series.each:
            return self.group.series.each
        return self.name or str(self.group.plan.at)

    def origin_for(self, place: Place, *, strict: bool) -> Worth:
        """The day the labels of something in this copy count from.

        Where a series of copies moves with one visit, the recorded day of that visit is the first day of its own copy, too: for all
        of it but the visit itself.
        """
        start = self.start(strict=strict)
        series = self.group.series
        if series is None or series.moves is None:
            return start
        if isinstance(place, Occurrence) and place.rule.plan.rule == series.moves.visit:
            return start
        moved = _new_origin(self, series.moves, start)
        if moved is None:
            return start
        worth = moved(self)
        assert isinstance(worth, On)
        return On(worth.day, (Ground(self.name, Basis.START, worth.day, worth.grounds[0].sure, assumed=False), *worth.grounds))

    # -- what stands in it

    def row(self, rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> Sequence[Occurrence | Stay]:
        """The occurrences of a rule, in their order. While they are being counted, those there are so far."""
        found = self._rows.get(id(rule))
        if found is not None:
            return found
        if isinstance(rule, CompiledPeriod):
            stays = self._rows[id(rule)] = [Stay(self, rule)]
            return stays
        assert isinstance(rule, CompiledVisit)
        row: list[Occurrence] = []
        self._rows[id(rule)] = row
        self._fill(row, rule, rule.series, lambda nth, turn: Occurrence(self, rule, nth, turn))
        self.names.count(len(row))
        if rule.counted:
            row[:] = [occurrence for occurrence in row if occurrence.possible]
        return row

    def copies(self, group: CompiledGroup) -> Sequence[Frame]:
        """The copies of a group that stands in it; one, where it is not copied."""
        found = self._copies.get(id(group))
        if found is None:
            found = self._copies[id(group)] = []
            self._fill(found, group, group.series, lambda nth, turn: Frame(self.names, group, self, nth, turn))
        return found

    def is_open(self, rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> tuple[Awaited, ...] | None:
        """What the end of a series waits for; None when it has come to its end, or is none."""
        return self._open.get(id(rule))

    def _fill(
        self,
        row: list[Item],
        rule: CompiledVisit | CompiledGroup,
        series: CompiledSeries | None,
        make: Callable[[int, Turn | None], Item],
    ) -> None:
        if series is None:
            row.append(make(0, None))
        elif series.each:
            records = self.names.participant.recorded.get(series.each, ())
            if not any(record.status is Status.NEVER for record in records):
                row += [make(nth, None) for nth in range(max(1, len(records)))]  # one that waits, where there is none yet
        elif series.turns is not None:
            row += [make(turn.nth, turn) for turn in series.turns]
        else:
            self._grow(row, rule, series, make)

    # -- series that hang on the participant

    def _grow(
        self,
        row: list[Item],
        rule: CompiledVisit | CompiledGroup,
        series: CompiledSeries,
        make: Callable[[int, Turn | None], Item],
    ) -> None:
        """Fill a row until its series is over, or nobody knows how it goes on; what was recorded beyond that is kept.

        An end may be counted from the first of the row, so that one is there before the ends are asked for.
        """
        assert series.rhythm is not None
        rhythm: Rhythm = series.rhythm
        on_record = self._on_record(rule)
        ends: list[Worth] | None = None
        looking: list[Turn] = []  # beyond the end, for what was recorded

        def new_origin(nth: int, worth: Worth) -> Base | None:
            return _new_origin(row[-1], series.moves, worth) if series.moves and row and row[-1].nth == nth else None

        for turn in _within_the_calendar(turns(rhythm, self, new_origin), looking):
            row.append(make(turn.nth, turn))
            if ends is None:
                ends = [end.on(self) for end in (*rhythm.until, *rule.until)]
                ends += [end.on(self.names.root) for end in rule.epoch]
            is_kept = bool(on_record) and on_record.pop(self._key(rule, rhythm, turn), None) is not None
            over = is_after(turn.worth, ends) or (rhythm.times is not None and turn.nth >= rhythm.times)
            if over or (turn.nth > 0 and not is_kept and self._goes_too_far(rule, rhythm, turn, ends)):
                row.pop()
                looking.append(turn)
                if is_kept:
                    row.append(make(turn.nth, turn._replace(over=True)))
                if not on_record or len(looking) > _BEYOND:
                    break
            elif turn.nth >= MOST:
                raise SchedulerError(f"{rule.plan.rule}: more than {MOST} of them")
        row += [make(turn.nth, turn) for turn in self._left_over(rule, rhythm, on_record)]

    def _goes_too_far(self, rule: CompiledVisit | CompiledGroup, rhythm: Rhythm, turn: Turn, ends: list[Worth]) -> bool:
        """Whether a series without a known end has come to the horizon, or to where no date is known; then it is marked open."""
        if rhythm.times is not None or all(part.times is not None for part in rhythm.parts):
            return False
        day = first_day(turn.worth)
        if day is None:
            self._open[id(rule)] = awaited_by(turn.worth, *ends)
            return True
        if any(last_day(end) is not None for end in ends) or day_of(day) <= self.names.horizon:
            return False
        self._open[id(rule)] = awaited_by(*ends) or (Awaited(rule.plan.rule, Lack.END),)
        return True

    def _on_record(self, rule: CompiledVisit | CompiledGroup) -> dict[Key, Counters]:
        """The ids of a rule's visits, or the numbers of a group's copies, that somebody wrote something down about, in this copy."""
        found: dict[Key, Counters] = {}
        for name, counters in self.names.on_record.get(id(rule.plan), ()):
            if all(counters.get(counter, number) == number for counter, number in self.counters.items()):
                found[name if isinstance(rule, CompiledVisit) else counters[rule.plan.rule]] = counters
        return found

    def _key(self, rule: CompiledVisit | CompiledGroup, rhythm: Rhythm, turn: Turn) -> Key:
        """The id of one of a rule's visits, or the number of one of a group's copies."""
        if isinstance(rule, CompiledGroup):
            return turn.nth + 1
        numbers = numbers_of(rule.labels, rhythm, turn.nth, turn.counts, self.group.reckoning)
        return fill(rule.plan.id, {**self.counters, rule.plan.rule: turn.nth + 1, **numbers})

    def _left_over(
        self, rule: CompiledVisit | CompiledGroup, rhythm: Rhythm, on_record: Mapping[Key, Counters]
    ) -> Iterator[Turn]:
        """What was recorded and the series, as it moved or ended, does not come to any more: at its place in the plan."""
        for counters in on_record.values() if isinstance(rule, CompiledVisit) else ():
            wanted = {name: counters[name] for name in LABEL_COUNTERS if name in counters}
            found = steps_to(wanted, rhythm, self.group.reckoning) if wanted else None
            if found is not None:
                nth, counts = found
                there = Dating(rhythm.starts[min(nth, len(rhythm.starts) - 1)].base, offset_of(rhythm, nth, counts)[0])
                yield Turn(nth, there, there.on(self), counts, over=True)


Key = str | int
_BEYOND = 500  # how far past its end a series is followed for what was recorded


def _within_the_calendar(walk: Iterator[Turn], looking: Sequence[Turn]) -> Iterator[Turn]:
    """The dates of a series; one that is looked at only for what was recorded ends where the calendar does."""
    try:
        yield from walk
    except SchedulerError:
        if not looking:
            raise


def _new_origin(before: Frame | Occurrence, moves: Moving, worth: Worth) -> Base | None:
    """The recorded date a series goes on from, after one of it; None when it goes on as before.

    Of a copy it is its start, moved by as many days as the visit that is named took place early or late.
    """
    visit: Frame | Occurrence | Stay | None = before
    if isinstance(before, Frame):
        rule = next(rule for rule in before.group.members if isinstance(rule, CompiledVisit) and rule.plan.rule == moves.visit)
        row = before.row(rule)
        visit = row[0] if row else None
    if not isinstance(visit, Occurrence):
        return None
    record = visit.record
    moment = record.actual or (record.booked if record.outcome not in _MISSED else None)
    target = first_day(visit.target())
    start = first_day(worth)
    if moment is None or target is None or start is None:
        return None
    late = (day_of(moment) - day_of(target)).days
    if moves.late is not None and late < max(moves.late, 1):
        return None
    basis = Basis.ACTUAL if record.actual is not None else Basis.BOOKED
    on = on_record(visit.plan.id, basis, moment)
    distance = (day_of(start) - day_of(target)).days
    origin = On(shift(moment, Offset(days=distance, whole_days=True)), on.grounds) if distance else on
    return lambda scope: origin


class _Unasked:
    """A target that was not asked for yet, or is just being worked out."""


_UNASKED = _Unasked()
_ASKED = _Unasked()
Cases = tuple[tuple[CompiledCase, PlannedVisit], ...]


class Occurrence(Place):
    """One visit of one participant. What is worked out of it is kept; what was not asked for yet stands here."""

    _target: Worth | _Unasked | None = _UNASKED
    _window: Bounds | None = None
    _verdict: Verdict | None = None
    _worth: Worth | None = None
    _cases: Cases | None = None
    _choosing: Moment | bool = False  # while its cases are told apart: at the target of which one
    _undecided: tuple[str, ...] = ()

    def __init__(self, frame: Frame, rule: CompiledVisit, nth: int, turn: Turn | None) -> None:
        self.frame = frame
        self.names = frame.names
        self.rule = rule
        self.nth = nth
        self.turn = turn
        self.made: Made = made(
            rule, frame.group.reckoning, (*frame.place, rule.number, nth), frame.counters, turn, self.names.compiled
        )
        self.plan = self.made.plan
        if turn is not None and turn.origin is not None:
            self.plan = self._moved(turn, turn.origin)
        self.record = self._record()

    def _moved(self, turn: Turn, origin: int) -> PlannedVisit:
        """Its plan, counted from the recorded date of one before it."""
        series = self.rule.series
        assert series is not None
        assert series.rhythm is not None
        row = reversed(self.frame.row(self.rule))  # it is one of the last
        before = next(item for item in row if isinstance(item, Occurrence) and item.nth == origin)
        return replace(self.plan, at=point_from(series.rhythm, before.plan.id, before.counts, turn.counts))

    @property
    def counts(self) -> Counts:
        """How many steps of each part of its series lead to it."""
        return self.turn.counts if self.turn is not None else ()

    @property
    def possible(self) -> bool:
        """Whether its counters let it be at all."""
        return all(judge(self).value is not False for judge in self.rule.counted)

    @property
    def over(self) -> bool:
        """Whether it comes after the end of its series, or of a copy it stands in, and is there only for its record."""
        return self.frame.over or (self.turn is not None and self.turn.over)

    def _record(self) -> VisitRecord:
        """What was recorded of it; the participant's own row can say that a visit dated by its record is done."""
        row = self.names.participant.visits.get(self.plan.id, NO_RECORD)
        if self.rule.given and row.actual is None:
            given = self._given_record()
            if given is not None and given.status is Status.ACTUAL:
                return VisitRecord(row.booked, given.moment, Outcome.DONE, row.note)
        return row

    def _given_record(self) -> Recorded | None:
        records = self.names.participant.recorded.get(self.plan.id, ())
        return records[0] if records else None

    # -- as a scope

    def answer(self, name: str, day: Moment | None = None) -> object:
        """A counter, or the answer to a fact that was in force on a day: at its target, where none is said."""
        number = self.made.counters.get(name)
        if number is not None:
            return number
        names = self.names
        if name in names.compiled.counters:
            return NOT_COUNTED
        if name not in names.participant.changes:
            return names.participant.answers.get(name)
        if self._choosing:
            return names.answer(name, day or (None if self._choosing is True else self._choosing))
        return names.answer(name, day or first_day(self.target_or_window()))

    def own_record(self, event: str) -> int | None:
        series = self.rule.series
        return self.nth if series is not None and series.each == event else Place.own_record(self, event)

    # -- which of its cases holds

    def cases(self) -> Cases:
        """The case that holds, or those that may; what would tell them apart is in `undecided_cases`."""
        if self._cases is None:
            self._cases = self._choose() if self.rule.cases else ((self.rule.own, self.plan),)
        return self._cases

    def _choose(self) -> Cases:
        possible: list[tuple[CompiledCase, PlannedVisit]] = []
        for case, plan in zip(self.rule.cases, self.made.cases, strict=True):
            if case.case is not None:
                self._choosing = True
                if case.at is not None and self.names.participant.changes:
                    self._choosing = first_day(case.at.on(self)) or True
                verdict = case.case(self)
                self._choosing = False
                if verdict.value is False:
                    continue
                if verdict.value is None:
                    self._undecided += verdict.undecided
                    possible.append((case, plan))
                    continue
            possible.append((case, plan))
            break
        return tuple(possible)

    @property
    def undecided_cases(self) -> tuple[str, ...]:
        """The facts that would tell which case holds, while several may."""
        return tuple(dict.fromkeys(self._undecided)) if len(self.cases()) > 1 else ()

    def in_force(self) -> PlannedVisit:
        """Its plan as it stands: of several cases that may hold, what they agree on."""
        cases = self.cases()
        if len(cases) == 1:
            return cases[0][1]
        plans = [plan for _, plan in cases]
        if not plans:
            return self.plan
        first = plans[0]
        return replace(
            self.plan,
            at=first.at if all(plan.at == first.at for plan in plans) else None,
            window=first.window if all(plan.window == first.window for plan in plans) else None,
            limits=first.limits if all(plan.limits == first.limits for plan in plans) else (),
            prefer=first.prefer if all(plan.prefer == first.prefer for plan in plans) else None,
            allowance=first.allowance if all(plan.allowance == first.allowance for plan in plans) else None,
            mode=first.mode if all(plan.mode == first.mode for plan in plans) else None,
        )

    # -- whether it is for the participant

    def verdict(self) -> Verdict:
        """Whether it is for this participant."""
        if self._verdict is None:
            rule = self.rule
            simple = not (rule.when or rule.until or rule.epoch or rule.cases or self.over)
            self._verdict = YES if simple else self._judge()
        return self._verdict

    def _judge(self) -> Verdict:
        if self.over or (self.rule.cases and not self.cases()) or self.cut_by() is not None:
            return NO
        return all_of([judge(self) for judge in self.rule.when]) if self.rule.when else YES

    def cut_by(self) -> Worth | None:
        """What cuts it off: an end of its groups, its epoch or its own that comes before it."""
        if not self.rule.until and not self.rule.epoch:
            return None
        day = first_day(self.target_or_window())
        ends = [*(end.on(self) for end in self.rule.until), *(end.on(self.names.root) for end in self.rule.epoch)]
        for worth in ends if day is not None else ():
            last = last_day(worth)
            if day is not None and last is not None and surely_after(day, last):
                return worth
        return None

    # -- its dates

    def target(self, *, strict: bool = False) -> Worth | None:
        """Its target; None when the protocol gives it a window only."""
        if strict:
            return self._find_target(strict=True)
        found = self._target
        if found is _UNASKED:
            self._target = _ASKED
            found = self._target = self._find_target(strict=False)
        if isinstance(found, _Unasked):
            raise SchedulerError(f"{self.plan.id} is counted from itself")
        return found

    def _find_target(self, *, strict: bool) -> Worth | None:
        rule, turn = self.rule, self.turn
        if rule.given:
            return self._given()
        if rule.cases and len(cases := self.cases()) != 1:
            return self._agreed([case.at.on(self) if case.at is not None else None for case, _ in cases])
        if rule.series is None:
            at = self.cases()[0][0].at if rule.cases else rule.own.at
            return None if at is None else at.on(self.limits if strict else self)
        if turn is None:
            return _for_event(self.names, rule.series.each, self.nth)
        if strict:
            return turn.dating.on(self.limits)
        return turn.dating.on(self) if rule.series.turns is not None else turn.worth

    def _agreed(self, worths: list[Worth | None]) -> Worth | None:
        """What several cases come to, where they come to the same; else it waits for what tells them apart."""
        if not worths:
            return Never((self.plan.id,))
        if worths[0] is None:
            return None if all(worth is None for worth in worths) else Waits(tuple(map(Awaited, self._undecided)))
        days = {(first_day(worth), last_day(worth), awaited_by(worth)) for worth in worths}
        if len(days) == 1:
            return worths[0]
        return Waits(tuple(map(Awaited, dict.fromkeys(self._undecided))))

    def _given(self) -> Worth:
        """The target of a visit that is dated by its record: the day it took place, else the planned day, else the booked one."""
        name, record = self.plan.id, self.record
        if record.actual is not None:
            return on_record(name, Basis.ACTUAL, record.actual)
        if (given := self._given_record()) is not None:
            return recorded(name, given)
        return Waits((Awaited(name),)) if record.booked is None else on_record(name, Basis.BOOKED, record.booked)

    def window(self, *, strict: bool = False) -> Bounds:
        """The first and the last day of its window; None where the protocol does not say."""
        if strict:
            return self._find_window(strict=True)
        if self._window is None:
            self._window = self._find_window(strict=False)
        return self._window

    def _find_window(self, *, strict: bool) -> Bounds:
        if not self.rule.cases:
            return self._bounds(self.rule.own, strict=strict)
        cases = self.cases()
        if len(cases) == 1:
            return self._bounds(cases[0][0], strict=strict)
        found = [self._bounds(case, strict=strict) for case, _ in cases]
        return (self._agreed([low for low, _ in found]), self._agreed([high for _, high in found])) if found else NO_BOUNDS

    def _bounds(self, case: CompiledCase, *, strict: bool) -> Bounds:
        if case.window is None:
            return NO_BOUNDS
        target: Worth | None = None
        if case.around_target:
            alone = not self.rule.cases or len(self.cases()) == 1 or case.at is None
            target = self.target(strict=strict) if alone or case.at is None else case.at.on(self)
        return case.window(self.limits if strict else self, Waits(()) if target is None else target)

    def target_or_window(self, *, strict: bool = False) -> Worth:
        """The target, or where there is none some day of the window."""
        target = self.target(strict=strict)
        if target is not None:
            return target
        low, high = self.window(strict=strict)
        if isinstance(low, Never) or isinstance(high, Never):
            return Never((self.plan.id,))
        if awaited := awaited_by(low, high):
            not_before = low.not_before if isinstance(low, Waits) else first_day(low)
            return Waits(awaited, not_before, grounds_of(low, high))
        return Between(first_day(low), last_day(high), grounds_of(low, high))

    # -- what it is worth to others

    def worth(self, facet: Facet | None, *, strict: bool) -> Worth:
        """What its name, or one of its dates, is worth."""
        if facet is not None or strict:
            return self._find_worth(facet, strict=strict)
        if self._worth is None:
            self._worth = self._find_worth(None, strict=False)
        return self._worth

    def _find_worth(self, facet: Facet | None, *, strict: bool) -> Worth:
        name, record = self.plan.id, self.record
        if record.actual is not None and facet in (None, Facet.ACTUAL):
            return on_record(name, Basis.ACTUAL, record.actual)
        if record.outcome in _OVER:
            return Never((name,))
        verdict = self.verdict()
        if verdict.value is False:
            return not_for(name, verdict)
        worth = self._asked(facet, strict=strict)
        return worth if verdict.value else undecided(worth, verdict.undecided)

    def _asked(self, facet: Facet | None, *, strict: bool) -> Worth:
        """The date of a visit that is for this participant and has not been recorded as done."""
        name, record = self.plan.id, self.record
        missed = record.outcome is Outcome.MISSED
        if facet in (Facet.EARLIEST, Facet.LATEST):
            return self._edge(facet, strict=strict)
        if facet is Facet.ACTUAL:
            return Never((name,)) if missed else Waits((Awaited(name, Lack.ATTENDANCE),))
        if facet is not Facet.TARGET and record.booked is not None and not missed:
            return on_record(name, Basis.BOOKED, record.booked)
        if facet is Facet.BOOKED or (facet is None and strict and not self.rule.given):
            over = missed or record.actual is not None
            return Never((name,)) if over else Waits((Awaited(name, Lack.BOOKING),))
        if missed and self.plan.missed_never and facet is None:
            return Never((name,))
        worth = self.target_or_window(strict=strict)
        if self.rule.given and not missed:
            return worth
        basis = Basis.MISSED if missed else Basis.COMPUTED
        if facet is Facet.TARGET:
            name = f"{name}.target"
        assumed = "at" in self.plan.assumed or (self.plan.at is None and "window" in self.plan.assumed)
        sure = facet is Facet.TARGET and all(ground.sure for ground in grounds_of(worth))
        return grounded(worth, name, basis, sure=sure, assumed=assumed)

    def _edge(self, facet: Facet, *, strict: bool) -> Worth:
        """The first, or the last, day of its window."""
        low, high = self.window(strict=strict)
        bound = low if facet is Facet.EARLIEST else high
        asked = f"{self.plan.id}.{facet.value}"
        day = first_day(bound) if facet is Facet.EARLIEST else last_day(bound)
        if day is None or bound is None:
            return bound if isinstance(bound, Waits | Never) else Waits((Awaited(asked),))
        sure = isinstance(bound, On) and all(ground.sure for ground in bound.grounds)
        return grounded(On(day, grounds_of(bound)), asked, Basis.COMPUTED, sure=sure, assumed="window" in self.plan.assumed)


def _for_event(names: Names, event: str, nth: int) -> Worth:
    """The start of what is copied for each event."""
    records = names.participant.recorded.get(event, ())
    if nth < len(records):
        return recorded(event, records[nth])
    expected = names.compiled.events[event].at is not None
    return names.worth(Reference(event), names.root, strict=False) if expected else Waits((Awaited(event, may_not_happen=True),))


class Stay(Place):
    """One period of one participant."""

    __slots__ = ("_days", "_verdict", "plan", "rule")

    def __init__(self, frame: Frame, rule: CompiledPeriod) -> None:
        self.frame = frame
        self.names = frame.names
        self.rule = rule
        self.plan = planned(rule, frame.place, frame.counters)
        self._days: dict[str, Worth] = {}
        self._verdict: Verdict | None = None

    def answer(self, name: str, day: Moment | None = None) -> object:
        """A counter, or the answer to a fact that was in force on a day: on its first, where none is said."""
        if name in self.names.participant.changes:
            return self.names.answer(name, day or first_day(self.day("from")))
        return Place.answer(self, name)

    def verdict(self) -> Verdict:
        """Whether it is for this participant."""
        if self._verdict is None:
            if self.frame.over or self._is_cut():
                self._verdict = NO
            else:
                self._verdict = all_of([judge(self) for judge in self.rule.when]) if self.rule.when else YES
        return self._verdict

    def _is_cut(self) -> bool:
        """Whether it would begin after an end of its groups, or of its epoch."""
        rule = self.rule
        if not rule.until and not rule.epoch:
            return False
        ends = [*(end.on(self) for end in rule.until), *(end.on(self.names.root) for end in rule.epoch)]
        return is_after(self.day("from"), ends)

    def day(self, key: str, *, strict: bool = False) -> Worth:
        """Its first day ("from") or its last ("to")."""
        dating = self.rule.start if key == "from" else self.rule.end
        assert dating is not None
        if strict:
            return dating.on(self.limits)
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = dating.on(self)
        return found

    def worth(self, facet: Facet | None, *, strict: bool) -> Worth:
        """Its first or last day, for others. An end that is only the least or the most it may be is never sure."""
        plan, verdict = self.plan, self.verdict()
        if verdict.value is False:
            return not_for(plan.id, verdict)
        if facet is Facet.START or self.rule.end is None:
            worth = through(self.day("from", strict=strict), f"{plan.id}.start", "from" in plan.assumed)
        else:
            end = self.day("to", strict=strict)
            worth = through(end, f"{plan.id}.end", "to" in plan.assumed, movable=self.rule.end_kind is not EndKind.ON)
        return worth if verdict.value else undecided(worth, verdict.undecided)
