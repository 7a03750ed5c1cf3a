"""One visit of one participant: whether it is for them, its dates, and what it is worth to others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.facts.records import Outcome, Recorded, Status, VisitRecord
from scheduler.language.conditions import NOT_COUNTED, all_of
from scheduler.language.moments import Moment, surely_after
from scheduler.language.series import Counts, Turn, point_from
from scheduler.language.syntax import Facet
from scheduler.language.windows import NO_BOUNDS, Bounds
from scheduler.language.worth import (
    NO,
    YES,
    Awaited,
    Basis,
    Between,
    Lack,
    Never,
    On,
    Verdict,
    Waits,
    Worth,
    awaited_by,
    first_day,
    grounds_of,
    last_day,
)
from scheduler.protocol.records import PlannedVisit
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import (
    CompiledCase,
    CompiledVisit,
    Made,
    made,
)
from scheduler.schedule.grounds import grounded, not_for, on_record, recorded, undecided
from scheduler.schedule.places import Place, for_event

if TYPE_CHECKING:
    from scheduler.schedule.frames import Frame

NO_RECORD = VisitRecord()


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
        self.person = frame.person
        self.rule = rule
        self.nth = nth
        self.turn = turn
        self.made: Made = made(
            rule, frame.group.reckoning, (*frame.position, rule.number, nth), frame.counters, turn, frame.group.activities
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
        return all(judge(self).value is not False for judge in self.rule.counted) and self.leaves_room()

    @property
    def over(self) -> bool:
        """Whether it comes after the end of its series, or of a copy it stands in, and is there only for its record."""
        return self.frame.over or (self.turn is not None and self.turn.over)

    def _record(self) -> VisitRecord:
        """What was recorded of it; the participant's own row can say that a visit is done.

        A visit that another version of the protocol dates by its record alone can also be planned there, or said never to be.
        """
        row = self.person.participant.visits.get(self.plan.id, NO_RECORD)
        given = self._given_record() if row.actual is None else None
        if given is None:
            return row
        if given.status is Status.ACTUAL:
            return replace(row, actual=given.moment, outcome=Outcome.DONE)
        if self.rule.given or row != NO_RECORD:
            return row
        if given.status is Status.NEVER:
            return replace(row, outcome=Outcome.SKIPPED)
        return replace(row, booked=given.moment, outcome=Outcome.BOOKED)

    def _given_record(self) -> Recorded | None:
        records = self.person.participant.recorded.get(self.plan.id, ())
        return records[0] if records else None

    # -- as a scope

    def answer(self, name: str, day: Moment | None = None) -> object:
        """A counter, or the answer to a fact that was in force on a day: at its target, where none is said."""
        number = self.made.counters.get(name)
        if number is not None:
            return number
        person = self.person
        if name in person.compiled.counters:
            return NOT_COUNTED
        if name not in person.participant.changes:
            return person.participant.answers.get(name)
        if self._choosing:
            return person.answer(name, day or (None if self._choosing is True else self._choosing))
        return person.answer(name, day or first_day(self.target_or_window()))

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
                if case.at is not None and self.person.participant.changes:
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
        if not self.rule.cases:
            return self.plan
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
            simple = not (rule.when or rule.until or rule.epoch or rule.cases or self.frame.is_bound or self.over)
            self._verdict = YES if simple else self._judge()
        return self._verdict

    def _judge(self) -> Verdict:
        if self.over or (self.rule.cases and not self.cases()) or self.cut_by() is not None:
            return NO
        return all_of([judge(self) for judge in self.rule.when] + self.outside_verdicts())

    def cut_by(self) -> Worth | None:
        """What cuts it off: an end of its groups, its epoch or its own that comes before it."""
        if not (self.rule.until or self.rule.epoch or self.frame.is_bound):
            return None
        day = first_day(self.target_or_window())
        for worth in self.ends(self.rule) if day is not None else ():
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
            return for_event(self.person, rule.series.each, self.nth)
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
            several = bool(self.rule.cases) and len(self.cases()) > 1
            target = case.at.on(self) if several and case.at is not None else self.target(strict=strict)
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
        if record.outcome.is_off:
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
