"""Protocol and participant to Schedule: pure, and the same for the same input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from scheduler.facts.records import UNSCHEDULED, Outcome, Participant
from scheduler.language.dating import Dating, move
from scheduler.language.moments import Moment, NeedsClock, Offset, WorkingDays, as_last, day_of, in_order, shift
from scheduler.language.survey import chooses
from scheduler.language.syntax import Bound, EndKind, Given, TimePoint
from scheduler.language.windows import NO_BOUNDS, Bounding
from scheduler.language.worth import (
    YES,
    Awaited,
    Basis,
    Between,
    Grounds,
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
from scheduler.protocol.records import PlannedVisit, Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import CompiledActivity, CompiledCase, CompiledGroup, CompiledPeriod, CompiledVisit
from scheduler.schedule.frames import Frame
from scheduler.schedule.leaving import period_of_left, visit_of_left
from scheduler.schedule.occurrences import Occurrence
from scheduler.schedule.person import Person
from scheduler.schedule.records import NOTHING, Applies, Open, Period, Sample, Schedule, Task, Visit, Why, Wider
from scheduler.schedule.stays import Stay

T = TypeVar("T")
Dated = TypeVar("Dated", Occurrence, Stay)

_NONE: tuple[Awaited, ...] = ()
_NO_GROUNDS: Grounds = ()
_Limits = tuple[tuple[Bound, Dating], ...]


def expand(
    protocol: Protocol, participant: Participant, *, horizon: date | None = None, working: WorkingDays | None = None
) -> Schedule:
    """Every visit and period of a protocol, for one participant.

    Working days are counted on the `working` calendar; without one they wait. A series without a known end is dated to the `horizon`, that day included: a year after the last day on record, if not said.

    Raises SchedulerError, which names the visit or period, when a date leaves the calendar or is counted from itself.
    """
    person = Person(protocol, participant, horizon, working)
    try:
        places = _all_places(person)
        visits = [_named(_visit, place) for place in places if isinstance(place, Occurrence)]
        visits += _unscheduled(person)
        periods = [_named(_period, place) for place in places if isinstance(place, Stay)]
        shown = {visit.plan.rule for visit in visits if visit.applies.shown}
        open_series = tuple(_open(person.root, shown))
    except RecursionError as error:
        raise SchedulerError(
            "a date is counted through too many others: put the visits that come first, first in the file"
        ) from error
    unplaced = tuple(names_without_place(participant, visits, periods))
    left = participant.left
    if left is not None:
        visits = [visit_of_left(visit, left) for visit in visits]
        periods = [period_of_left(period, left) for period in periods]
        open_series = ()
    return Schedule(protocol, participant, _without_parts(visits), tuple(periods), open_series, unplaced, working)


def names_without_place(participant: Participant, visits: Iterable[Visit], periods: Iterable[Period]) -> Iterator[str]:
    """The names of visits, and of days of periods, that something was recorded of and that this participant does not have."""
    if participant.visits:
        there = {visit.id for visit in visits}
        yield from (id for id in participant.visits if id not in there)
    days = [name for name in participant.recorded if name.endswith((".start", ".end"))]
    if days:
        lasting = {period.id for period in periods if period.applies.shown}
        yield from (name for name in days if name.rpartition(".")[0] not in lasting)


def _all_places(person: Person) -> list[Occurrence | Stay]:
    """Every visit and period, each under a name of its own. Raises SchedulerError when two have the same."""
    found = list(places(person.root))
    ids = [place.plan.id for place in found]
    if len(set(ids)) < len(ids):
        again = next(place for number, place in enumerate(found) if place.plan.id in ids[:number])
        raise SchedulerError(f'{again.plan.where.place}: two rules give "{again.plan.id}": their ids have to differ')
    return found


def _open(frame: Frame, shown: set[str]) -> Iterator[Open]:
    """The series that go on, of what is for this participant."""
    for rule in frame.group.members:
        awaited = frame.is_open(rule)
        if awaited is not None and _rules(rule) & shown and _has_begun(frame, rule):
            yield Open(rule.plan.rule, rule.plan.label, awaited)
        if isinstance(rule, CompiledGroup):
            for copy in frame.copies(rule):
                yield from _open(copy, shown)


def _has_begun(frame: Frame, rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> bool:
    """Whether the first of a series has a date."""
    if isinstance(rule, CompiledGroup):
        return first_day(frame.copies(rule)[0].start(strict=False)) is not None
    return any(isinstance(item, Occurrence) and first_day(item.target()) is not None for item in frame.row(rule))


def _rules(rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> set[str]:
    """The names of a rule, or of all rules in a group."""
    return set().union(*map(_rules, rule.members)) if isinstance(rule, CompiledGroup) else {rule.plan.rule}


def places(frame: Frame) -> Iterator[Occurrence | Stay]:
    """Every visit and period in the protocol's order, copy after copy."""
    for rule in frame.group.members:
        if isinstance(rule, CompiledGroup):
            for copy in frame.copies(rule):
                yield from places(copy)
        else:
            yield from frame.row(rule)


def _named(work_out: Callable[[Dated], T], place: Dated) -> T:
    try:
        return work_out(place)
    except SchedulerError as error:
        raise SchedulerError(f"{place.plan.id}: {error}") from error


# -- visits


def _visit(place: Occurrence) -> Visit:
    rule, record, verdict = place.rule, place.record, place.verdict()
    if verdict.value is False and record.actual is None:
        cut = grounds_of(place.cut_by())
        frame = place.frame
        why = Why(only_if=verdict.only_if, cut=cut, origin=frame.origin_name, reckoning=frame.group.reckoning)
        return Visit(place.plan, _not_now(verdict), record=record, why=why)
    plan, case, hangs, undecided = place.plan, rule.own, rule.own.only_at, verdict.undecided
    if rule.cases and (cases := place.cases()):  # of several that may hold, only what they agree on is left in the plan
        plan, case, undecided = place.in_force(), cases[0][0], undecided + place.undecided_cases
        hangs = all(each.only_at for each, _ in cases)
    target = place.target()
    low, high = place.window() if case.window or rule.cases else NO_BOUNDS
    asked = place.target_or_window() if target is None else target
    applies = Applies.YES if record.actual is not None else _applies(verdict, asked, hangs=hangs or target is None)
    if applies is Applies.NO:
        return Visit(plan, applies, record=record)
    if type(target) is Between and plan.window is None:
        low = high = target  # a range, and no window of its own
    opens, closes = earliest, latest = first_day(low), last_day(high)
    unchecked, limit_grounds = _NONE, _NO_GROUNDS
    if plan.limits or place.frame.is_bound:
        opens, closes, unchecked, limit_grounds = _limited(case.limits if plan.limits else (), earliest, latest, place)
    day = target.day if type(target) is On else None
    kinds = (type(target), type(low), type(high))
    frame, made, grounds = place.frame, place.made, grounds_of(target)
    visit = Visit(
        plan,
        applies,
        day,
        earliest,
        latest,
        opens,
        closes,
        None if day is None else place.person.study_day(day),
        awaited_by(asked),
        _beside(awaited_by(low, high), awaited_by(target)) if target is not None and Waits in kinds else _NONE,
        asked.not_before if type(asked) is Waits else None,
        unchecked,
        Between in kinds,
        record,
        _tasks(place) if made.tasks is None else made.tasks,
        Why(
            grounds,
            _beside(grounds_of(low, high), grounds),
            limit_grounds,
            undecided,
            (),
            _NO_GROUNDS,
            frame.origin_name,
            frame.group.reckoning,
        ),
    )
    if verdict.value is False:
        cut = grounds_of(place.cut_by())
        visit = visit._replace(against=True, why=visit.why._replace(cut=cut))
    if plan.prefer or plan.allowance or plan.missed_after:
        preferred, allowance, missed_after = _more(case, plan, target, place)
        return visit._replace(preferred=preferred, allowance=allowance, missed_after=missed_after)
    return visit


def days_left_to(place: Occurrence) -> tuple[Moment | None, Moment | None]:
    """The first and the last day of a visit's window, as the limits leave it; None where it is open or not known.

    It is what `expand` gives as `opens` and `closes`, for those who ask nothing else.
    """
    opens, closes, _ = window_left(place)
    return opens, closes


def window_left(place: Occurrence) -> tuple[Moment | None, Moment | None, tuple[Awaited, ...]]:
    """The first and the last day of a visit's window, as the limits leave it, and what the limits still wait for."""
    plan = place.in_force()
    if plan.window is None and not plan.limits and not place.frame.is_bound and type(place.target()) is not Between:
        return None, None, _NONE
    if not place.cases():
        return None, None, _NONE
    case, target = place.cases()[0][0], place.target()
    low, high = place.window() if case.window or place.rule.cases else NO_BOUNDS
    if type(target) is Between and plan.window is None:
        low = high = target
    opens, closes, unchecked = first_day(low), last_day(high), _NONE
    if plan.limits or place.frame.is_bound:
        opens, closes, unchecked, _ = _limited(case.limits if plan.limits else (), opens, closes, place)
    return opens, closes, unchecked


def _applies(verdict: Verdict, asked: Worth, *, hangs: bool) -> Applies:
    """Whether it is for this participant: by its condition, and because its date can be or can only come if something happens.

    What `hangs` on one name is undecided while that is.
    """
    if isinstance(asked, Never):
        return Applies.NO
    if hangs:
        for ground in asked.grounds:
            if ground.basis is Basis.UNDECIDED:
                return Applies.UNDECIDED
    if isinstance(asked, Waits) and asked.awaited and all(awaited.may_not_happen for awaited in asked.awaited):
        return Applies.ONLY_IF
    return Applies.YES if verdict.value else Applies.UNDECIDED


def _not_now(verdict: Verdict) -> Applies:
    return Applies.ONLY_IF if verdict.only_if else Applies.NO


def _limited(
    limits: _Limits, opens: Moment | None, closes: Moment | None, place: Occurrence
) -> tuple[Moment | None, Moment | None, tuple[Awaited, ...], Grounds]:
    """What the limits leave of a window, one after the other; and what they still wait for."""
    unchecked: tuple[Awaited, ...] = ()
    grounds: Grounds = ()
    asked = [(bound, dating, place.limits) for bound, dating in limits]
    asked += [(bound, dating, outer.limits) for group, outer in place.around() for bound, dating in group.outside.limits]
    for bound, dating, scope in asked:
        worth = dating.on(scope)
        unchecked += awaited_by(worth)
        day = last_day(worth)
        if bound is Bound.NOT_BEFORE:
            day = worth.not_before if isinstance(worth, Waits) else first_day(worth)
        if day is None:
            continue
        grounds += grounds_of(worth)
        if bound is Bound.NOT_BEFORE:
            opens = day if opens is None else max(opens, day, key=in_order)
        else:
            closes = day if closes is None else min(closes, day, key=as_last)
    return opens, closes, tuple(dict.fromkeys(unchecked)), grounds


def _more(
    case: CompiledCase, plan: PlannedVisit, target: Worth | None, place: Occurrence
) -> tuple[tuple[Moment | None, Moment | None], Wider | None, Moment | None]:
    """The best days of the window, the wider window, and the last day it can still take place."""
    at = Waits(()) if target is None else target
    preferred = _days(case.prefer if plan.prefer else None, place, at)
    wider = Wider(*_days(case.allowance, place, at), plan.allowance.reason) if plan.allowance else None
    missed = place.rule.missed_after
    if isinstance(missed, Dating):
        return preferred, wider, last_day(missed.on(place))
    return preferred, wider, last_day(move(at, missed, place.working)) if missed is not None else None


def _days(window: Bounding | None, place: Occurrence, target: Worth) -> tuple[Moment | None, Moment | None]:
    low, high = window(place, target) if window is not None else NO_BOUNDS
    return first_day(low), last_day(high)


def _without_parts(visits: list[Visit]) -> tuple[Visit, ...]:
    """The visits, with those that are part of another on the same day marked: unless they have a record of their own."""
    if not any(visit.plan.yields_to for visit in visits):
        return tuple(visits)
    hosts: dict[tuple[str, date], str] = {}
    for visit in visits:
        if visit.applies is Applies.YES and not visit.cancelled and visit.outcome is not Outcome.MISSED:
            days = [day_of(day) for day in (visit.target, visit.actual or visit.booked) if day is not None]
            for key in ((name, day) for name in (visit.id, visit.plan.rule) for day in days):
                hosts.setdefault(key, visit.id)
    return tuple(visit._replace(part_of=_host(visit, hosts)) if visit.plan.yields_to else visit for visit in visits)


def _host(visit: Visit, hosts: Mapping[tuple[str, date], str]) -> str:
    if visit.target is None or not visit.applies.shown or visit.over or visit.booked is not None:
        return ""
    return hosts.get((visit.plan.yields_to, day_of(visit.target)), "")


# -- activities


def _tasks(place: Occurrence) -> tuple[Task, ...]:
    tasks = [activity.plain or _task(activity, place) for activity in place.made.activities]
    return tuple(task for task in tasks if task.applies is not Applies.NO)


def _task(compiled: CompiledActivity, place: Occurrence) -> Task:
    activity = compiled.activity
    verdict = compiled.when(place) if compiled.when else YES
    if verdict.value is False:
        return Task(activity, _not_now(verdict))
    applies = Applies.YES if verdict.value else Applies.UNDECIDED
    low, high = NO_BOUNDS
    if compiled.window is not None:
        day = place.record.actual or place.record.booked
        low, high = compiled.window(place, On(day) if day is not None else place.target() or Waits(()))
        if isinstance(low, Never) or isinstance(high, Never):
            return Task(activity, Applies.NO)
    samples, lacks = _samples(compiled, place) if compiled.times else ((), _NONE)
    waits = awaited_by(low, high) + lacks
    return Task(activity, applies, verdict.undecided, first_day(low), last_day(high), waits, grounds_of(low, high), samples)


def _samples(compiled: CompiledActivity, place: Occurrence) -> tuple[tuple[Sample, ...], tuple[Awaited, ...]]:
    """The times of an activity, counted from when the visit began, else from when it is booked or meant to begin."""
    start = place.record.actual or place.record.booked or first_day(place.target())
    found = []
    try:
        for time, offset, window in compiled.times:
            found.append(_sample(time, offset, window, start, place))
    except NeedsClock:
        return tuple(Sample(time) for time, _, _ in compiled.times), (Awaited(place.plan.id, Lack.CLOCK_TIME),)
    return tuple(found), _NONE


def _sample(time: TimePoint, offset: Offset, window: Bounding | None, start: Moment | None, place: Occurrence) -> Sample:
    if start is None:
        return Sample(time)
    target = shift(start, offset)
    low, high = window(place, On(target)) if window is not None else NO_BOUNDS
    return Sample(time, target, first_day(low), last_day(high))


# -- periods


def _period(stay: Stay) -> Period:
    verdict = stay.verdict()
    plan = stay.plan
    if verdict.value is False:
        return Period(plan, _not_now(verdict), why=Why(only_if=verdict.only_if) if verdict.only_if else NOTHING)
    began, ended = stay.record("from"), stay.record("to")
    start, end = stay.day("from"), stay.day("to") if stay.rule.end is not None or ended is not None else None
    hangs = not chooses(plan.start)
    applies = Applies.NO if isinstance(end, Never) else _applies(verdict, start, hangs=hangs)
    if applies is Applies.NO:
        return Period(plan, applies)
    return Period(
        plan=plan,
        applies=applies,
        start=first_day(start),
        end=last_day(end),
        end_kind=stay.rule.end_kind if ended is None else EndKind.ON,
        waits=awaited_by(start, end),
        why=Why(
            grounds_of(start),
            grounds_of(end),
            undecided=verdict.undecided,
            origin=stay.frame.origin_name,
            reckoning=stay.frame.group.reckoning,
        ),
        began=began,
        ended=ended,
        asked=(first_day(stay.asked("from")), last_day(stay.asked("to"))) if began or ended else (None, None),
    )


# -- what the protocol does not plan


def _unscheduled(person: Person) -> Iterator[Visit]:
    """The visits on record that the protocol does not plan, under the names they were given there."""
    for id, record in person.participant.visits.items():
        if UNSCHEDULED.fullmatch(id) and person.compiled.names.find(id) is None:
            plan = PlannedVisit(id=id, rule=id, label=None, at=Given())
            day = record.actual or record.booked
            study_day = None if day is None else person.study_day(day)
            yield Visit(plan, Applies.YES, study_day=study_day, record=record)


def _beside(items: tuple[T, ...], known: tuple[T, ...]) -> tuple[T, ...]:
    return tuple([item for item in items if item not in known]) if items and items is not known else ()
