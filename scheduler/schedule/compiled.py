"""A protocol made ready to be expanded: every expression turned, once, into what dates or decides it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from scheduler.language.conditions import Judging, judging
from scheduler.language.dating import Dating, dating
from scheduler.language.moments import Reckoning
from scheduler.language.survey import chooses
from scheduler.language.syntax import Around, Bound, EndKind, Exact, Given, NoWindow, Sides, Window
from scheduler.language.windows import Bounding, bounding
from scheduler.protocol.records import Activity, Event, PlannedPeriod, PlannedVisit, Protocol
from scheduler.schedule.records import Applies, Task


class CompiledVisit(NamedTuple):
    """A visit made ready. `given` when it is dated by its record; no window when the protocol does not state one.

    `only_at` when its date hangs on one name alone, with no other to take its place.
    """

    plan: PlannedVisit
    given: bool
    at: Dating | None
    only_at: bool
    window: Bounding | None
    around_target: bool
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
    """A period made ready."""

    plan: PlannedPeriod
    start: Dating
    end: Dating | None
    end_kind: EndKind
    when: tuple[Judging, ...]


class CompiledEvent(NamedTuple):
    """An event made ready; `at` is when it is expected, where that is said."""

    event: Event
    at: Dating | None


class Compiled(NamedTuple):
    """The whole protocol, by name."""

    visits: dict[str, CompiledVisit]
    periods: dict[str, CompiledPeriod]
    events: dict[str, CompiledEvent]


@lru_cache(maxsize=16)
def compiled(protocol: Protocol) -> Compiled:
    """A protocol made ready; protocols are compared by identity, so one that stays loaded is compiled once."""
    reckoning = protocol.study.reckoning
    return Compiled(
        visits={plan.id: _visit(plan, protocol) for plan in protocol.visits},
        periods={plan.id: _period(plan, reckoning) for plan in protocol.periods},
        events={
            name: CompiledEvent(event, dating(event.at, reckoning) if event.at else None)
            for name, event in protocol.events.items()
        },
    )


def _visit(plan: PlannedVisit, protocol: Protocol) -> CompiledVisit:
    reckoning = protocol.study.reckoning
    activities = [activity for activity in protocol.activities if plan.id in activity.visits]
    return CompiledVisit(
        plan=plan,
        given=isinstance(plan.at, Given),
        at=None if plan.at is None or isinstance(plan.at, Given) else dating(plan.at, reckoning),
        only_at=plan.at is not None and not isinstance(plan.at, Given) and not chooses(plan.at),
        window=_window(plan.window, reckoning),
        around_target=isinstance(plan.window, Around | Exact | Sides),
        limits=tuple((limit.bound, dating(limit.point, reckoning)) for limit in plan.limits),
        when=tuple(map(judging, plan.when)),
        tasks=tuple(Task(activity, Applies.YES) for activity in activities),
        conditional_tasks=tuple(
            CompiledTask(number, activity, judging(activity.when) if activity.when else None, _window(activity.window, reckoning))
            for number, activity in enumerate(activities)
            if activity.when or activity.window
        ),
    )


def _window(window: Window | None, reckoning: Reckoning) -> Bounding | None:
    return None if window is None or isinstance(window, NoWindow) else bounding(window, reckoning)


def _period(plan: PlannedPeriod, reckoning: Reckoning) -> CompiledPeriod:
    return CompiledPeriod(
        plan=plan,
        start=dating(plan.start, reckoning),
        end=dating(plan.end.point, reckoning) if plan.end else None,
        end_kind=plan.end.kind if plan.end else EndKind.ON,
        when=tuple(map(judging, plan.when)),
    )
