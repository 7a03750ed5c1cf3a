"""How far series without an end were issued: what somebody was given of one does not go when a booking does that carried it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from scheduler.language.moments import add_months, day_of
from scheduler.schedule.records import Period, Schedule, Visit

Reach = Mapping[str, date]  # the last that was issued of each rule that gives several, by id, and its day

_SEARCHED = 12  # months after its last day in which what was issued is looked for, for the study may have begun later meanwhile


def reach(schedule: Schedule) -> Reach:
    """How far a schedule goes that goes on."""
    if not schedule.open:
        return {}
    last = {item.plan.rule: item for item in schedule.items if item.plan.rule != item.id and _day(item) is not None}
    return {item.id: day for item in last.values() if (day := _day(item)) is not None}


def reaching(
    issued: Reach, schedules: Callable[[date | None], Sequence[Schedule]], horizon: date | None = None
) -> Sequence[Schedule]:
    """Schedules to a horizon, or as far as was `issued`, should their series go on for as long.

    Those that are given together show the same visits: the first speaks for all.
    """
    made = schedules(horizon)
    beyond = issued.keys() - {item.id for item in made[0].items}
    if not beyond or not made[0].open:
        return made
    further = schedules(add_months(max(issued[id] for id in beyond), _SEARCHED))[0]
    days = [day for item in further.items if item.id in beyond and (day := _day(item)) is not None]
    return schedules(max(days)) if days else made


def _day(item: Visit | Period) -> date | None:
    """The day by which it is decided whether something lies before a horizon."""
    if not item.applies.shown:
        return None
    day = item.start if isinstance(item, Period) else item.target or item.day
    return None if day is None else day_of(day)
