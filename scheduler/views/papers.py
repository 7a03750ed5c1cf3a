"""What of a schedule the papers of a participant show, and what of it is planned for one day.

Staff have to record what became of a visit that was set for a day before somebody left; the participant's papers show it no longer.
"""

from __future__ import annotations

from scheduler.language.moments import day_of
from scheduler.language.syntax import EndKind, Given
from scheduler.protocol.records import PeriodKind
from scheduler.schedule.records import Certainty, Period, Schedule, Visit


def is_shown(item: Visit | Period, schedule: Schedule) -> bool:
    """Whether a visit or a period stands on a participant's calendar and sheet.

    Of somebody who takes part no longer, nothing that was only planned: what took place or was called off, what was booked for a day
    before, what had begun. Of the dead nothing but the visits that took place.
    """
    if not item.applies.shown or (isinstance(item, Visit) and item.part_of):
        return False
    left = schedule.participant.left
    if left is None:
        return True
    if isinstance(item, Period):
        return left.died is None and (item.plan.kind is PeriodKind.RESTRICTION or item.certain)
    if left.died is not None:
        return item.actual is not None
    return item.over or (item.booked is not None and day_of(item.booked) < left.day)


def is_planned(visit: Visit) -> bool:
    """Whether a visit that nobody has booked is planned for its day, not to be arranged: by its record, or for want of a window."""
    if visit.over or visit.booked is not None or visit.target is None:
        return False
    return isinstance(visit.plan.at, Given) or not (visit.opens or visit.closes or visit.window_waits)


def ends_as_planned(period: Period) -> bool:
    """Whether of a period that is certain the last day is only planned."""
    return period.certain and period.certainty is Certainty.TENTATIVE and period.end is not None and period.end_kind is EndKind.ON
