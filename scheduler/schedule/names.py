"""What a name is worth to one participant: by name, each date worked out once.

A visit is worth its recorded actual date, else the day a person booked, else its target; with a window and no target, the range of
its window. It is never when it was cancelled or is not for this participant, and waits when that hangs on something to come.
Booking or attending a visit never moves its own window.
"""

from __future__ import annotations

from scheduler.facts.records import Answer, Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.conditions import Judging, all_of
from scheduler.language.dating import Dating
from scheduler.language.moments import Moment
from scheduler.language.syntax import EndKind, Facet, Pick, Reference
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
    Verdict,
    Waits,
    Worth,
    awaited_by,
    first_day,
    grounds_of,
    last_day,
)
from scheduler.protocol.records import Protocol
from scheduler.schedule.compiled import Compiled, CompiledEvent, CompiledPeriod, CompiledVisit, compiled

NO_RECORD = VisitRecord()
_OVER = (Outcome.CANCELLED, Outcome.SKIPPED)


class Place:
    """The protocol seen from one place (language.worth.Scope): where bare labels count from, and what names mean there.

    To a limit (`strict`), other visits count only once they are booked or done.
    """

    def __init__(self, names: Names, *, strict: bool) -> None:
        self.names = names
        self.strict = strict
        self._anchor = Reference(names.protocol.study.anchor)
        self._plain: dict[str, Worth] = {}

    def origin(self) -> Worth:
        """The study's anchor."""
        return self.named(self._anchor)

    def named(self, reference: Reference) -> Worth:
        """What a name is worth, or the facet of it that is asked for. Plain names are asked for most, and kept."""
        if reference.facet is not None or reference.pick is not None:
            return self.names.worth(reference, self)
        name = reference.name
        if name not in self._plain:
            self._plain[name] = self.names.worth(reference, self)
        return self._plain[name]

    def answer(self, name: str) -> Answer | None:
        """The answer to a fact."""
        return self.names.participant.answers.get(name)

    def holds(self, name: str) -> Verdict:
        """A fact answered yes; an event that has happened. An event that is planned is not known yet."""
        if name not in self.names.compiled.events:
            answer = self.answer(name)
            return Verdict(None, (name,)) if answer is None else YES if answer is True else NO
        record = self.names.participant.recorded.get(name)
        if record is None:
            return Verdict(False, only_if=(name,))
        return {Status.ACTUAL: YES, Status.NEVER: NO, Status.PLANNED: Verdict(None, (name,))}[record.status]


class Names:
    """The worth of every name of a protocol, for one participant."""

    def __init__(self, protocol: Protocol, participant: Participant) -> None:
        self.protocol = protocol
        self.participant = participant
        self.compiled: Compiled = compiled(protocol)
        self.here = Place(self, strict=False)
        self.limits = Place(self, strict=True)
        self._dates: dict[tuple[str, str, bool], Worth] = {}
        self._windows: dict[tuple[str, bool], Bounds] = {}
        self._verdicts: dict[str, Verdict] = {}

    def worth(self, reference: Reference, place: Place) -> Worth:
        """What a reference is worth, seen from a place."""
        name = reference.name
        if (visit := self.compiled.visits.get(name)) is not None:
            return self._visit(visit, reference.facet, place)
        if (occurrences := self.protocol.rules.get(name)) is not None:
            return self._occurrence(occurrences, reference, place)
        if (event := self.compiled.events.get(name)) is not None:
            return self._event(event, reference.facet, place)
        if (period := self.compiled.periods.get(name)) is not None:
            return self._period(period, reference.facet, place)
        answer = self.participant.answers.get(name)
        return _on(name, Basis.ACTUAL, answer) if isinstance(answer, Moment) else Waits((Awaited(name),))

    def _occurrence(self, occurrences: tuple[str, ...], reference: Reference, place: Place) -> Worth:
        """The one visit of a rule that is meant: the first, or the last, that can be."""
        names = occurrences if reference.pick is not Pick.LAST else occurrences[::-1]
        worth: Worth = Never(names)
        for name in names:
            worth = self._visit(self.compiled.visits[name], reference.facet, place)
            if not isinstance(worth, Never):
                return worth
        return worth

    # -- what is recorded and decided

    def record(self, visit: CompiledVisit) -> VisitRecord:
        """What was recorded of a visit; the participant's own row can say that one that is dated by its record is done."""
        row = self.participant.visits.get(visit.plan.id, NO_RECORD)
        if visit.given and row.actual is None:
            given = self.participant.recorded.get(visit.plan.id)
            if given is not None and given.status is Status.ACTUAL:
                return VisitRecord(row.booked, given.moment, Outcome.DONE, row.note)
        return row

    def verdict(self, name: str, when: tuple[Judging, ...]) -> Verdict:
        """Whether a visit or a period is for this participant."""
        if not when:
            return YES
        if name not in self._verdicts:
            self._verdicts[name] = all_of([judge(self.here) for judge in when])
        return self._verdicts[name]

    # -- visits

    def _visit(self, visit: CompiledVisit, facet: Facet | None, place: Place) -> Worth:
        name = visit.plan.id
        record = self.record(visit)
        if record.actual is not None and facet in (None, Facet.ACTUAL):
            return _on(name, Basis.ACTUAL, record.actual)
        if record.outcome in _OVER:
            return Never((name,))
        verdict = self.verdict(name, visit.when)
        if verdict.value is False:
            return _not_for(name, verdict)
        worth = self._asked(visit, facet, record, place)
        return worth if verdict.value else _undecided(worth, verdict)

    def _asked(self, visit: CompiledVisit, facet: Facet | None, record: VisitRecord, place: Place) -> Worth:
        """The date of a visit that is for this participant and has not been recorded as done."""
        name = visit.plan.id
        missed = record.outcome is Outcome.MISSED
        if facet in (Facet.EARLIEST, Facet.LATEST):
            return self._edge(visit, facet, place)
        if facet is Facet.ACTUAL:
            return Never((name,)) if missed else Waits((Awaited(name, Lack.ATTENDANCE),))
        if facet is not Facet.TARGET and record.booked is not None and not missed:
            return _on(name, Basis.BOOKED, record.booked)
        if facet is Facet.BOOKED or (facet is None and place.strict and not visit.given):
            over = missed or record.actual is not None
            return Never((name,)) if over else Waits((Awaited(name, Lack.BOOKING),))
        worth = self.target_or_window(visit, place)
        if visit.given and not missed:
            return worth
        basis = Basis.MISSED if missed else Basis.COMPUTED
        if facet is Facet.TARGET:
            name = f"{name}.target"
        assumed = "at" in visit.plan.assumed or (visit.at is None and "window" in visit.plan.assumed)
        sure = facet is Facet.TARGET and all(ground.sure for ground in grounds_of(worth))
        return _grounded(worth, name, basis, sure=sure, assumed=assumed)

    def _edge(self, visit: CompiledVisit, facet: Facet, place: Place) -> Worth:
        """The first, or the last, day of a visit's window."""
        low, high = self.window(visit, place)
        bound = low if facet is Facet.EARLIEST else high
        asked = f"{visit.plan.id}.{facet.value}"
        day = first_day(bound) if facet is Facet.EARLIEST else last_day(bound)
        if day is None or bound is None:
            return bound if isinstance(bound, Waits | Never) else Waits((Awaited(asked),))
        sure = isinstance(bound, On) and all(ground.sure for ground in bound.grounds)
        return _grounded(On(day, grounds_of(bound)), asked, Basis.COMPUTED, sure=sure, assumed="window" in visit.plan.assumed)

    def target(self, visit: CompiledVisit, place: Place) -> Worth | None:
        """The target of a visit; None when the protocol gives it a window only."""
        if visit.given:
            return self._given(visit)
        return None if visit.at is None else self._date(visit.plan.id, "at", visit.at, place)

    def _given(self, visit: CompiledVisit) -> Worth:
        """The target of a visit that is dated by its record: the day it took place, else the planned day, else the booked one."""
        name = visit.plan.id
        record = self.record(visit)
        if record.actual is not None:
            return _on(name, Basis.ACTUAL, record.actual)
        if (given := self.participant.recorded.get(name)) is not None:
            return _recorded(name, given)
        return Waits((Awaited(name),)) if record.booked is None else _on(name, Basis.BOOKED, record.booked)

    def window(self, visit: CompiledVisit, place: Place) -> Bounds:
        """The first and the last day of a visit's window; None where the protocol does not say."""
        if visit.window is None:
            return NO_BOUNDS
        key = (visit.plan.id, place.strict)
        if key not in self._windows:
            target = self.target(visit, place) if visit.around_target else None
            self._windows[key] = visit.window(place, Waits(()) if target is None else target)
        return self._windows[key]

    def target_or_window(self, visit: CompiledVisit, place: Place) -> Worth:
        """The target, or where there is none some day of the window."""
        target = self.target(visit, place)
        if target is not None:
            return target
        low, high = self.window(visit, place)
        if isinstance(low, Never) or isinstance(high, Never):
            return Never((visit.plan.id,))
        if awaited := awaited_by(low, high):
            not_before = low.not_before if isinstance(low, Waits) else first_day(low)
            return Waits(awaited, not_before, grounds_of(low, high))
        return Between(first_day(low), last_day(high), grounds_of(low, high))

    # -- events, periods

    def _event(self, event: CompiledEvent, facet: Facet | None, place: Place) -> Worth:
        name = event.event.id
        record = self.participant.recorded.get(name)
        expected = facet is Facet.TARGET and event.at is not None
        if record is not None and not expected and (facet is not Facet.ACTUAL or record.status is not Status.PLANNED):
            return _recorded(name, record)
        may_not_happen = event.event.may_not_happen
        if event.at is None or facet is Facet.ACTUAL:
            return Waits((Awaited(name, Lack.DATE, may_not_happen),))
        worth = self._date(name, "at", event.at, place)
        return _grounded(
            worth, name, Basis.COMPUTED, sure=False, assumed="at" in event.event.assumed, may_not_happen=may_not_happen
        )

    def _period(self, period: CompiledPeriod, facet: Facet | None, place: Place) -> Worth:
        """The first or the last day of a period. An end that is only the least or the most it may be is never sure."""
        plan = period.plan
        verdict = self.verdict(plan.id, period.when)
        if verdict.value is False:
            return _not_for(plan.id, verdict)
        if facet is Facet.START or period.end is None:
            start = self._date(plan.id, "from", period.start, place)
            worth = _through(start, f"{plan.id}.start", "from" in plan.assumed)
        else:
            end = self._date(plan.id, "to", period.end, place)
            worth = _through(end, f"{plan.id}.end", "to" in plan.assumed, movable=period.end_kind is not EndKind.ON)
        return worth if verdict.value else _undecided(worth, verdict)

    def period_days(self, period: CompiledPeriod) -> tuple[Worth, Worth | None]:
        """The same days with the grounds they were counted from, as the schedule shows them."""
        start = self._date(period.plan.id, "from", period.start, self.here)
        return start, self._date(period.plan.id, "to", period.end, self.here) if period.end else None

    def _date(self, name: str, key: str, dating: Dating, place: Place) -> Worth:
        """One date of a name, worked out the first time it is asked for."""
        found = self._dates.get((name, key, place.strict))
        if found is None:
            found = self._dates[name, key, place.strict] = dating.on(place)
        return found


def _on(name: str, basis: Basis, moment: Moment) -> On:
    return On(moment, (Ground(name, basis, moment, sure=basis is Basis.ACTUAL, assumed=False),))


def _recorded(name: str, record: Recorded) -> Worth:
    if record.moment is None:
        return Never((name,))
    return _on(name, Basis.ACTUAL if record.status is Status.ACTUAL else Basis.PLANNED, record.moment)


def _not_for(name: str, verdict: Verdict) -> Worth:
    """Never, unless something that may still happen would change it."""
    if not verdict.only_if:
        return Never((name,))
    return Waits(tuple(Awaited(event, Lack.DATE, may_not_happen=True) for event in verdict.only_if))


def _undecided(worth: Worth, verdict: Verdict) -> Worth:
    """The same date, resting also on the answers that decide whether there is one."""
    if isinstance(worth, Never):
        return worth
    open_answers = tuple(Ground(name, Basis.UNDECIDED, None, sure=False, assumed=False) for name in verdict.undecided)
    return worth._replace(grounds=worth.grounds + open_answers)


def _through(worth: Worth, name: str, assumed: bool, *, movable: bool = False) -> Worth:
    """A date that follows from others and is never recorded itself: as sure as what it follows from."""
    sure = not movable and all(ground.sure for ground in grounds_of(worth))
    return _grounded(worth, name, Basis.COMPUTED, sure=sure, assumed=assumed)


def _grounded(worth: Worth, name: str, basis: Basis, *, sure: bool, assumed: bool, may_not_happen: bool = False) -> Worth:
    """The same date, resting on one name; what is assumed, undecided or may not happen underneath stays so."""
    if isinstance(worth, Never):
        return worth
    day = worth.day if isinstance(worth, On) else None
    below = worth.grounds
    assumed = assumed or any(ground.assumed for ground in below)
    may_not_happen = may_not_happen or any(ground.may_not_happen for ground in below)
    undecided = tuple(ground for ground in below if ground.basis is Basis.UNDECIDED)
    return worth._replace(grounds=(Ground(name, basis, day, sure, assumed, may_not_happen), *undecided))
