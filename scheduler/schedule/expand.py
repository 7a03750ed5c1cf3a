"""Protocol and participant to Schedule: pure, and the same for the same input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from scheduler.facts.records import Participant
from scheduler.language.dating import Dating
from scheduler.language.moments import Moment, as_last, in_order
from scheduler.language.survey import chooses
from scheduler.language.syntax import Bound
from scheduler.language.windows import NO_BOUNDS
from scheduler.language.worth import (
    YES,
    Awaited,
    Basis,
    Between,
    Grounds,
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
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import CompiledPeriod, CompiledTask, CompiledVisit
from scheduler.schedule.names import Names
from scheduler.schedule.records import Applies, Period, Schedule, Task, Visit, Why

T = TypeVar("T")
Rule = TypeVar("Rule", CompiledVisit, CompiledPeriod)

_NONE: tuple[Awaited, ...] = ()
_NO_GROUNDS: Grounds = ()
_Limits = tuple[tuple[Bound, Dating], ...]


def expand(protocol: Protocol, participant: Participant) -> Schedule:
    """Every visit and period of a protocol, for one participant.

    Raises SchedulerError, which names the visit or period, when a date leaves the calendar.
    """
    names = Names(protocol, participant)
    try:
        return Schedule(
            protocol=protocol,
            participant=participant,
            visits=tuple([_named(_visit, visit, names) for visit in names.compiled.visits.values()]),
            periods=tuple([_named(_period, period, names) for period in names.compiled.periods.values()]),
        )
    except RecursionError as error:
        raise SchedulerError(
            "a date is counted through too many others: put the visits that come first, first in the file"
        ) from error


def _named(work_out: Callable[[Rule, Names], T], compiled: Rule, names: Names) -> T:
    try:
        return work_out(compiled, names)
    except SchedulerError as error:
        raise SchedulerError(f"{compiled.plan.id}: {error}") from error


def _visit(compiled: CompiledVisit, names: Names) -> Visit:
    plan = compiled.plan
    record = names.record(compiled)
    verdict = names.verdict(plan.id, compiled.when)
    took_place = record.actual is not None
    if verdict.value is False and not took_place:
        return Visit(plan, _not_now(verdict), record=record, why=Why(only_if=verdict.only_if))
    target = names.target(compiled, names.here)
    low, high = names.window(compiled, names.here) if compiled.window else NO_BOUNDS
    asked = target if target is not None else names.target_or_window(compiled, names.here)
    applies = Applies.YES if took_place else _applies(verdict, asked, hangs=compiled.only_at or target is None)
    if applies is Applies.NO:
        return Visit(plan, applies, record=record)
    if compiled.window is None and isinstance(target, Between):
        low = high = target  # a range, and no window of its own
    earliest, latest = first_day(low), last_day(high)
    opens, closes, unchecked, limit_grounds = earliest, latest, _NONE, _NO_GROUNDS
    if compiled.limits:
        opens, closes, unchecked, limit_grounds = _limited(compiled.limits, earliest, latest, names)
    day = target.day if type(target) is On else None
    return Visit(
        plan=plan,
        applies=applies,
        target=day,
        earliest=earliest,
        latest=latest,
        opens=opens,
        closes=closes,
        study_day=None if day is None else _study_day(day, names),
        waits=awaited_by(asked),
        window_waits=_NONE if target is None else _beside(awaited_by(low, high), awaited_by(target)),
        not_before=asked.not_before if isinstance(asked, Waits) else None,
        unchecked=unchecked,
        spread=isinstance(target, Between) or isinstance(low, Between) or isinstance(high, Between),
        record=record,
        tasks=_tasks(compiled, names) if compiled.conditional_tasks else compiled.tasks,
        why=Why(grounds_of(target), _window_grounds(low, high, target), limit_grounds, verdict.undecided),
    )


def _applies(verdict: Verdict, asked: Worth, *, hangs: bool) -> Applies:
    """Whether it is for this participant: by its condition, and because its date can be or can only come if something happens.

    What `hangs` on one name is undecided while that is.
    """
    if isinstance(asked, Never):
        return Applies.NO
    if hangs and any(ground.basis is Basis.UNDECIDED for ground in asked.grounds):
        return Applies.UNDECIDED
    if isinstance(asked, Waits) and asked.awaited and all(awaited.may_not_happen for awaited in asked.awaited):
        return Applies.ONLY_IF
    return Applies.YES if verdict.value else Applies.UNDECIDED


def _not_now(verdict: Verdict) -> Applies:
    return Applies.ONLY_IF if verdict.only_if else Applies.NO


def _limited(
    limits: _Limits, opens: Moment | None, closes: Moment | None, names: Names
) -> tuple[Moment | None, Moment | None, tuple[Awaited, ...], Grounds]:
    """What the limits leave of a window, one after the other; and what they still wait for."""
    unchecked: tuple[Awaited, ...] = ()
    grounds: Grounds = ()
    for bound, dating in limits:
        worth = dating.on(names.limits)
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
    return opens, closes, unchecked, grounds


def _study_day(day: Moment, names: Names) -> int | None:
    origin = names.here.origin()
    return names.protocol.study.reckoning.study_day(day, origin.day) if isinstance(origin, On) else None


def _tasks(compiled: CompiledVisit, names: Names) -> tuple[Task, ...]:
    tasks = list(compiled.tasks)
    for conditional in compiled.conditional_tasks:
        tasks[conditional.number] = _task(conditional, compiled, names)
    return tuple(task for task in tasks if task.applies is not Applies.NO)


def _task(conditional: CompiledTask, visit: CompiledVisit, names: Names) -> Task:
    verdict = conditional.when(names.here) if conditional.when else YES
    if verdict.value is False:
        return Task(conditional.activity, _not_now(verdict))
    applies = Applies.YES if verdict.value else Applies.UNDECIDED
    if conditional.window is None:
        return Task(conditional.activity, applies, verdict.undecided)
    low, high = conditional.window(names.here, names.target(visit, names.here) or Waits(()))
    if isinstance(low, Never) or isinstance(high, Never):
        return Task(conditional.activity, Applies.NO)
    return Task(
        conditional.activity,
        applies,
        verdict.undecided,
        first_day(low),
        last_day(high),
        awaited_by(low, high),
        grounds_of(low, high),
    )


def _period(compiled: CompiledPeriod, names: Names) -> Period:
    verdict = names.verdict(compiled.plan.id, compiled.when)
    if verdict.value is False:
        return Period(compiled.plan, _not_now(verdict), why=Why(only_if=verdict.only_if))
    start, end = names.period_days(compiled)
    hangs = not chooses(compiled.plan.start)
    applies = Applies.NO if isinstance(end, Never) else _applies(verdict, start, hangs=hangs)
    if applies is Applies.NO:
        return Period(compiled.plan, applies)
    return Period(
        plan=compiled.plan,
        applies=applies,
        start=first_day(start),
        end=last_day(end),
        end_kind=compiled.end_kind,
        waits=awaited_by(start, end),
        why=Why(grounds_of(start), grounds_of(end), (), verdict.undecided),
    )


def _window_grounds(low: Worth | None, high: Worth | None, target: Worth | None) -> Grounds:
    """What a window rests on beside its target."""
    return _beside(grounds_of(low, high), grounds_of(target))


def _beside(items: tuple[T, ...], known: tuple[T, ...]) -> tuple[T, ...]:
    return tuple([item for item in items if item not in known]) if items and items is not known else ()
