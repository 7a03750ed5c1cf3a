"""A protocol made ready to be expanded: every expression turned, once, into the function that dates it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from scheduler.language.conditions import Judging, judging
from scheduler.language.dating import Dating, dating
from scheduler.language.syntax import Bound, EndKind, Given
from scheduler.language.windows import Bounding, bounding, limiting
from scheduler.protocol.records import Activity, Event, PlannedPeriod, PlannedVisit, Protocol
from scheduler.schedule.records import Applies, Task


class CompiledVisit(NamedTuple):
    """A visit's functions. `assumed` when its target is: its own `at`, or what a month is."""

    plan: PlannedVisit
    given: bool
    window_name: str
    at: Dating | None
    assumed: bool
    window: Bounding | None
    limits: tuple[tuple[Bound, Dating], ...]
    when: tuple[Judging, ...]
    tasks: tuple[Task, ...]
    conditional_tasks: tuple[CompiledTask, ...]


class CompiledTask(NamedTuple):
    """An activity with a condition or a gate, and its place among the tasks of its visit."""

    number: int
    activity: Activity
    when: Judging | None
    window: Bounding | None


class CompiledPeriod(NamedTuple):
    """A period's functions."""

    plan: PlannedPeriod
    start_name: str
    end_name: str
    start: Dating
    end: Dating | None
    end_kind: EndKind
    start_assumed: bool
    end_assumed: bool
    when: tuple[Judging, ...]


class CompiledEvent(NamedTuple):
    """An event's function, where it has one."""

    event: Event
    at: Dating | None
    assumed: bool


class Compiled(NamedTuple):
    """The whole protocol, by name."""

    visits: dict[str, CompiledVisit]
    periods: dict[str, CompiledPeriod]
    events: dict[str, CompiledEvent]


@lru_cache(maxsize=16)
def compiled(protocol: Protocol) -> Compiled:
    """The functions of a protocol; protocols are compared by identity, so one that stays loaded is compiled once."""
    reckoning = protocol.study.reckoning

    def visit(plan: PlannedVisit) -> CompiledVisit:
        activities = [activity for activity in protocol.activities if plan.id in activity.visits]
        point = None if isinstance(plan.at, Given) else plan.at
        return CompiledVisit(
            plan=plan,
            given=isinstance(plan.at, Given),
            window_name=f"{plan.id}.window",
            at=None if point is None else dating(point, reckoning),
            assumed=not plan.assumed.isdisjoint(("at", "month")),
            window=None if plan.window is None else bounding(plan.window, reckoning),
            limits=tuple(limiting(limit, reckoning) for limit in plan.limits),
            when=tuple(map(judging, plan.when)),
            tasks=tuple(Task(activity, Applies.YES) for activity in activities),
            conditional_tasks=tuple(
                CompiledTask(
                    number,
                    activity,
                    judging(activity.when) if activity.when else None,
                    bounding(activity.window, reckoning) if activity.window else None,
                )
                for number, activity in enumerate(activities)
                if activity.when or activity.window
            ),
        )

    def period(plan: PlannedPeriod) -> CompiledPeriod:
        return CompiledPeriod(
            plan=plan,
            start_name=f"{plan.id}.start",
            end_name=f"{plan.id}.end",
            start=dating(plan.start, reckoning),
            end=dating(plan.end.point, reckoning) if plan.end else None,
            end_kind=plan.end.kind if plan.end else EndKind.ON,
            start_assumed="from" in plan.assumed,
            end_assumed=not plan.assumed.isdisjoint(("to", "month")),
            when=tuple(map(judging, plan.when)),
        )

    def event(event: Event) -> CompiledEvent:
        at = None if event.at is None else dating(event.at, reckoning)
        return CompiledEvent(event, at, not event.assumed.isdisjoint(("at", "month")))

    return Compiled(
        visits={plan.id: visit(plan) for plan in protocol.visits},
        periods={plan.id: period(plan) for plan in protocol.periods},
        events={name: event(entry) for name, entry in protocol.events.items()},
    )
