"""Protocol and participant to Schedule: pure, by name, each date worked out once.

What a name is worth: its recorded actual date, else the day a person booked, else its target; a visit with a window and no
target is worth the range of its window. Booking or attending a visit never moves its own window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from scheduler.facts.records import Answer, Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.conditions import Judging, all_of
from scheduler.language.dating import Dating
from scheduler.language.moments import Moment, in_order
from scheduler.language.syntax import Bound, Facet, Pick, Reference
from scheduler.language.windows import NO_BOUNDS, Bounds
from scheduler.language.worth import (
    NO,
    YES,
    Awaited,
    Basis,
    Between,
    Ground,
    Grounds,
    Lack,
    Never,
    On,
    Verdict,
    Waits,
    Worth,
)
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import Compiled, CompiledPeriod, CompiledTask, CompiledVisit, compiled
from scheduler.schedule.records import NO_RECORD, Applies, Period, Schedule, Task, Visit, Why

T = TypeVar("T")

_UNKNOWN = Waits(())
_COUNTING: Any = object()


class CircleError(SchedulerError):
    """A date that is counted from itself, by way of the names in `circle`."""

    def __init__(self, circle: list[str]) -> None:
        super().__init__(f"a circle: {' is counted from '.join(circle)}")
        self.circle = circle


def expand(protocol: Protocol, participant: Participant) -> Schedule:
    """Every visit and period of a protocol, for one participant.

    Raises SchedulerError when a date is counted from itself, or leaves the calendar.
    """
    expansion = _Expansion(protocol, participant)
    try:
        return Schedule(
            protocol=protocol,
            participant=participant,
            visits=tuple([expansion.visit(visit) for visit in expansion.compiled.visits.values()]),
            periods=tuple([expansion.period(period) for period in expansion.compiled.periods.values()]),
        )
    except RecursionError as error:
        raise SchedulerError("a date is counted through hundreds of others: put the earlier ones first in the file") from error


class _Expansion:
    """The scope of one participant. Targets and windows are kept apart: a visit may be counted from another's window."""

    def __init__(self, protocol: Protocol, participant: Participant) -> None:
        self.protocol = protocol
        self.participant = participant
        self.compiled: Compiled = compiled(protocol)
        self.counted: dict[str, Any] = {}  # each date, by name; _COUNTING while it is being worked out
        self.verdicts: dict[str, Verdict] = {}
        self._anchor = Reference(protocol.study.anchor)
        self._origin: Worth | None = None

    # -- what expressions ask for (language.worth.Scope)

    def origin(self) -> Worth:
        """The anchor: what bare labels count from."""
        if self._origin is None:
            self._origin = self.named(self._anchor)
        return self._origin

    def named(self, reference: Reference) -> Worth:
        """What a name is worth, or the facet of it that is asked for."""
        name = self._one(reference)
        facet = reference.facet
        if name in self.compiled.visits:
            return self._visit_worth(name, facet)
        if name in self.compiled.events:
            return self._event_worth(name, facet)
        if name in self.compiled.periods:
            period = self.compiled.periods[name]
            if self._verdict(name, period.when).value is False:
                return Never((name,))
            dated = period.start if facet is Facet.START else period.end
            assert dated is not None
            assumed = period.start_assumed if facet is Facet.START else period.end_assumed
            worth = self._once(period.start_name if facet is Facet.START else period.end_name, dated)
            return _through(worth, str(reference), assumed)
        answer = self.participant.answers.get(name)
        if answer is None:
            return Waits((Awaited(name),))
        assert isinstance(answer, Moment)
        return On(answer, (Ground(name, Basis.ACTUAL, answer, sure=True, assumed=False),))

    def recorded(self, reference: Reference) -> Worth:
        """What a name is worth to a limit: other visits count only once they are booked or done."""
        name = self._one(reference)
        if name in self.compiled.visits and reference.facet is None and name not in self.protocol.given:
            record = self.participant.visits.get(name, NO_RECORD)
            if record.actual is None and record.booked is None:
                return Never((name,)) if self._skipped(name) else Waits((Awaited(name, Lack.BOOKING),))
        return self.named(reference)

    def answer(self, name: str) -> Answer | None:
        """The answer to a fact."""
        return self.participant.answers.get(name)

    def holds(self, name: str) -> Verdict:
        """A fact answered yes; an event that has happened."""
        if name not in self.compiled.events:
            answer = self.participant.answers.get(name)
            return Verdict(None, (name,)) if answer is None else YES if answer is True else NO
        record = self.participant.recorded.get(name)
        if record is None or record.status is Status.PLANNED:
            return Verdict(False, only_if=(name,))
        return YES if record.status is Status.ACTUAL else NO

    # -- names

    def _one(self, reference: Reference) -> str:
        occurrences = self.protocol.rules.get(reference.name)
        if occurrences is None:
            return reference.name
        return occurrences[-1 if reference.pick is Pick.LAST else 0]

    def _visit_worth(self, name: str, facet: Facet | None) -> Worth:
        visit = self.compiled.visits[name]
        if facet in (Facet.EARLIEST, Facet.LATEST):
            bound = self.window(visit)[0 if facet is Facet.EARLIEST else 1]
            asked = f"{name}.{facet.value}"
            return _through(bound or Waits((Awaited(asked),)), asked, "window" in visit.plan.assumed)
        if facet is not Facet.TARGET and (recorded := self._recorded_worth(visit, facet)) is not None:
            return recorded
        if self._verdict(name, visit.when).value is False:
            return Never((name,))
        worth = self.target(visit)
        if visit.given:
            return _UNKNOWN if worth is None else worth
        if worth is None:
            return _hull(name, self.window(visit), "window" in visit.plan.assumed)
        missed = self.participant.visits.get(name, NO_RECORD).outcome is Outcome.MISSED
        return _computed(worth, name, Basis.MISSED if missed else Basis.COMPUTED, visit.assumed)

    def _recorded_worth(self, visit: CompiledVisit, facet: Facet | None) -> Worth | None:
        """What the records say of a visit's date; None when it is left to the protocol."""
        name = visit.plan.id
        record = self.participant.visits.get(name, NO_RECORD)
        if record.actual is not None and facet is not Facet.BOOKED:
            return _on(name, Basis.ACTUAL, record.actual)
        if self._skipped(name):
            return Never((name,))
        if record.booked is not None and facet is not Facet.ACTUAL and record.outcome is not Outcome.MISSED:
            return _on(name, Basis.BOOKED, record.booked)
        given = self.participant.recorded.get(name)
        if facet is None:
            return None if given is None else _recorded(name, given)
        if facet is Facet.ACTUAL and given is not None and given.status is not Status.PLANNED:
            return _recorded(name, given)
        return Waits((Awaited(name, Lack.BOOKING if facet is Facet.BOOKED else Lack.ATTENDANCE),))

    def _event_worth(self, name: str, facet: Facet | None) -> Worth:
        event = self.compiled.events[name]
        record = self.participant.recorded.get(name)
        if record is not None and not (facet is Facet.ACTUAL and record.status is Status.PLANNED):
            return _recorded(name, record)
        if event.at is None or facet in (Facet.ACTUAL, Facet.BOOKED):
            return Waits((Awaited(name, Lack.DATE, event.event.may_not_happen),))
        return _through(self._once(name, event.at), name, event.assumed)

    def _skipped(self, name: str) -> bool:
        return self.participant.visits.get(name, NO_RECORD).outcome in (Outcome.CANCELLED, Outcome.SKIPPED)

    # -- each date once

    def target(self, visit: CompiledVisit) -> Worth | None:
        """The target the protocol gives a visit; None when it gives a window only."""
        if visit.given:
            return self._given(visit.plan.id)
        return None if visit.at is None else self._once(visit.plan.id, visit.at)

    def _given(self, name: str) -> Worth:
        """The target of a visit that is dated by its record: the planned day, else the booked, else the actual one."""
        if (record := self.participant.recorded.get(name)) is not None:
            return _recorded(name, record)
        row = self.participant.visits.get(name, NO_RECORD)
        if row.booked is not None:
            return _on(name, Basis.BOOKED, row.booked)
        return Waits((Awaited(name),)) if row.actual is None else _on(name, Basis.ACTUAL, row.actual)

    def window(self, visit: CompiledVisit) -> Bounds:
        """The first and the last day of a visit's window; None where the protocol does not say."""
        if visit.window is None:
            return NO_BOUNDS
        return self._once(visit.window_name, visit.window, self.target(visit) or _UNKNOWN)

    def _once(self, name: str, count: Callable[..., T], *target: Worth) -> T:
        """Work a date out the first time it is asked for. One that is asked for while it is being worked out is a circle."""
        counted = self.counted
        if name not in counted:
            counted[name] = _COUNTING
            counted[name] = count(self, *target)
        found: T = counted[name]
        if found is _COUNTING:
            open_dates = [other for other, worth in counted.items() if worth is _COUNTING]
            raise CircleError([*open_dates[open_dates.index(name) :], name])
        return found

    def _verdict(self, name: str, when: tuple[Judging, ...]) -> Verdict:
        if not when:
            return YES
        if name not in self.verdicts:
            verdicts = [judge(self) for judge in when]
            self.verdicts[name] = verdicts[0] if len(verdicts) == 1 else all_of(verdicts)
        return self.verdicts[name]

    # -- what the schedule holds

    def visit(self, compiled: CompiledVisit) -> Visit:
        """One visit, worked out."""
        plan = compiled.plan
        record = self.participant.visits.get(plan.id, NO_RECORD)
        if compiled.given:
            record = self._given_record(plan.id, record)
        verdict = self._verdict(plan.id, compiled.when)
        if verdict.value is False:
            return Visit(plan, _not_now(verdict), record=record, why=Why(only_if=verdict.only_if))
        target = self.target(compiled)
        if isinstance(target, Never):
            return Visit(plan, Applies.NO, record=record)
        low, high = (target, target) if compiled.window is None and isinstance(target, Between) else self.window(compiled)
        waits = _awaited(target, low, high)
        applies = Applies.YES if verdict.value else Applies.UNDECIDED
        if waits and record.actual is None and all(awaited.may_not_happen for awaited in waits):
            applies = Applies.ONLY_IF
        earliest, latest = _first(low), _last(high)
        opens, closes, unchecked, limit_grounds = self._limited(compiled.limits, earliest, latest)
        day = target.day if isinstance(target, On) else None
        return Visit(
            plan=plan,
            applies=applies,
            target=day,
            earliest=earliest,
            latest=latest,
            opens=opens,
            closes=closes,
            study_day=self._study_day(day),
            waits=waits,
            not_before=target.not_before if isinstance(target, Waits) else None,
            unchecked=unchecked,
            record=record,
            tasks=self._tasks(compiled),
            why=Why(_grounds(target), _window_grounds(low, high, target), limit_grounds, verdict.undecided, ()),
        )

    def _given_record(self, name: str, row: VisitRecord) -> VisitRecord:
        """The record of a visit that is dated by it: an actual date in the participant's row says that it is done."""
        given = self.participant.recorded.get(name)
        if row.actual is None and given is not None and given.status is Status.ACTUAL:
            return VisitRecord(row.booked, given.moment, Outcome.DONE, row.note)
        return row

    def _limited(
        self, limits: tuple[tuple[Bound, Dating], ...], opens: Moment | None, closes: Moment | None
    ) -> tuple[Moment | None, Moment | None, tuple[Awaited, ...], Grounds]:
        """What the limits leave of a window, one after the other; and what they still wait for."""
        unchecked: tuple[Awaited, ...] = ()
        grounds: Grounds = ()
        for bound, dated in limits:
            worth = dated(self)
            if isinstance(worth, Waits):
                unchecked += worth.awaited
            if isinstance(worth, Waits | Never):
                continue
            grounds += worth.grounds
            if bound is Bound.NOT_BEFORE and (day := _first(worth)) is not None:
                opens = day if opens is None else max(opens, day, key=in_order)
            elif bound is Bound.NOT_AFTER and (day := _last(worth)) is not None:
                closes = day if closes is None else min(closes, day, key=in_order)
        return opens, closes, unchecked, grounds

    def _study_day(self, day: Moment | None) -> int | None:
        origin = self.origin()
        if day is None or not isinstance(origin, On):
            return None
        return self.protocol.study.reckoning.study_day(day, origin.day)

    def _tasks(self, compiled: CompiledVisit) -> tuple[Task, ...]:
        if not compiled.conditional_tasks:
            return compiled.tasks
        tasks = list(compiled.tasks)
        for conditional in compiled.conditional_tasks:
            tasks[conditional.number] = self._task(conditional, compiled)
        return tuple(task for task in tasks if task.applies is not Applies.NO)

    def _task(self, conditional: CompiledTask, visit: CompiledVisit) -> Task:
        verdict = conditional.when(self) if conditional.when else YES
        if verdict.value is False:
            return Task(conditional.activity, _not_now(verdict))
        applies = Applies.YES if verdict.value else Applies.UNDECIDED
        if conditional.window is None:
            return Task(conditional.activity, applies, verdict.undecided)
        low, high = conditional.window(self, self.target(visit) or _UNKNOWN)
        return Task(
            conditional.activity,
            applies,
            verdict.undecided,
            _first(low),
            _last(high),
            _awaited(None, low, high),
            _window_grounds(low, high, None),
        )

    def period(self, compiled: CompiledPeriod) -> Period:
        """One period, worked out."""
        verdict = self._verdict(compiled.plan.id, compiled.when)
        if verdict.value is False:
            return Period(compiled.plan, _not_now(verdict), why=Why(only_if=verdict.only_if))
        start = self._once(compiled.start_name, compiled.start)
        end = self._once(compiled.end_name, compiled.end) if compiled.end else None
        if isinstance(start, Never) or isinstance(end, Never):
            return Period(compiled.plan, Applies.NO)
        return Period(
            plan=compiled.plan,
            applies=Applies.YES if verdict.value else Applies.UNDECIDED,
            start=_first(start),
            end=_last(end),
            end_kind=compiled.end_kind,
            waits=_awaited(start, end, None),
            why=Why(_grounds(start), _grounds(end), (), verdict.undecided, ()),
        )


# -- worths


def _on(name: str, basis: Basis, moment: Moment) -> On:
    return On(moment, (Ground(name, basis, moment, sure=basis is Basis.ACTUAL, assumed=False),))


def _recorded(name: str, record: Recorded) -> Worth:
    if record.moment is None:
        return Never((name,))
    return _on(name, Basis.ACTUAL if record.status is Status.ACTUAL else Basis.PLANNED, record.moment)


def _computed(worth: Worth, name: str, basis: Basis, assumed: bool) -> Worth:
    """The date of a visit that was computed: it may still change, for the visit may yet be booked or done on another day."""
    return _grounded(worth, name, basis, sure=False, assumed=assumed)


def _through(worth: Worth, name: str, assumed: bool) -> Worth:
    """A date that follows from others and is never recorded itself: as sure as what it follows from."""
    sure = not isinstance(worth, Never) and all(ground.sure for ground in worth.grounds)
    return _grounded(worth, name, Basis.COMPUTED, sure=sure, assumed=assumed)


def _grounded(worth: Worth, name: str, basis: Basis, *, sure: bool, assumed: bool) -> Worth:
    if isinstance(worth, Never):
        return worth
    assumed = assumed or any(ground.assumed for ground in worth.grounds)
    day = worth.day if isinstance(worth, On) else None
    return worth._replace(grounds=(Ground(name, basis, day, sure, assumed),))


def _hull(name: str, window: Bounds, assumed: bool) -> Worth:
    """A visit with a window and no target: some day of its window."""
    low, high = window
    if waits := _awaited(None, low, high):
        return Waits(waits, _first(low))
    return _computed(Between(_first(low), _last(high), _window_grounds(low, high, None)), name, Basis.COMPUTED, assumed)


def _first(worth: Worth | None) -> Moment | None:
    return worth.day if isinstance(worth, On) else worth.earliest if isinstance(worth, Between) else None


def _last(worth: Worth | None) -> Moment | None:
    return worth.day if isinstance(worth, On) else worth.latest if isinstance(worth, Between) else None


def _grounds(worth: Worth | None) -> Grounds:
    return () if worth is None or isinstance(worth, Never) else worth.grounds


def _window_grounds(low: Worth | None, high: Worth | None, target: Worth | None) -> Grounds:
    """What a window rests on beside its target."""
    known, of_low, of_high = _grounds(target), _grounds(low), _grounds(high)
    if of_low is known is of_high or not (of_low or of_high):
        return ()
    return tuple(dict.fromkeys(ground for ground in (*of_low, *of_high) if ground not in known))


def _awaited(*worths: Worth | None) -> tuple[Awaited, ...]:
    found: tuple[Awaited, ...] = ()
    for worth in worths:
        if type(worth) is Waits:
            found += worth.awaited
    return tuple(dict.fromkeys(found)) if found else ()


def _not_now(verdict: Verdict) -> Applies:
    return Applies.ONLY_IF if verdict.only_if else Applies.NO
