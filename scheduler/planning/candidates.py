"""Which visits want a day, on which days each may be looked for, and what the calendar and what is fixed say against one.

A visit dated by its record, one on the ward and one that is part of another are never asked about: their day is not chosen here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.facts.records import Suggest
from scheduler.language.moments import Moment, day_of
from scheduler.language.syntax import Bound, FromTo, Given, Within
from scheduler.language.syntax import Count as Counted
from scheduler.opendays.calendar import Answer, Cause, OpenDays, Reason
from scheduler.planning.assignment import Room
from scheduler.planning.standing import standing
from scheduler.planning.status import set_day
from scheduler.protocol.records import Mode
from scheduler.schedule.records import Applies, Schedule, Visit

MOST_DAYS = 60  # how far is looked where a window is open at one side
_STEP = 1 << 20  # costs are compared part by part: one more of an earlier part outweighs everything in the later ones


class Want(NamedTuple):
    """A visit that wants a day, and the first and the last day looked at for it, both included.

    `after` and `before` are the fixed days it has to come between, each with the visit it belongs to.
    """

    schedule: Schedule
    visit: Visit
    first: date
    last: date
    after: tuple[date, str] | None = None
    before: tuple[date, str] | None = None

    @property
    def kind(self) -> str:
        """Of which capacity it takes a place: a visit of which nothing is said is held in the clinic."""
        return (self.visit.plan.mode or Mode.CLINIC).value

    @property
    def target(self) -> date | None:
        """Its target, as a day."""
        return _day(self.visit.target)

    @property
    def days(self) -> Iterator[date]:
        """Every day looked at."""
        return (self.first + timedelta(number) for number in range((self.last - self.first).days + 1))

    @property
    def waits(self) -> bool:
        """Whether its window is not known yet: it hangs on the day of another visit, which has none."""
        return self.visit.spread or bool(self.visit.all_waits)


def wanted(schedule: Schedule, today: date, until: date) -> list[Want]:
    """The visits of a participant that want a day, in the order of their targets: nobody has set one, and they begin by a day.

    What may not be for the participant is left out, and so is everything of one who takes part no longer.
    """
    if schedule.participant.left is not None:
        return []
    fixed = _fixed(schedule)
    found = [_want(schedule, visit, fixed) for visit in schedule.visits if _is_asked(visit, today)]
    wants = [want for want in found if want is not None and want.first <= until]
    return sorted(wants, key=lambda want: want.target or want.first)


def _is_asked(visit: Visit, today: date) -> bool:
    if visit.booked is not None or visit.over or visit.part_of or visit.applies is not Applies.YES:
        return False
    if isinstance(visit.plan.at, Given) or visit.plan.mode is Mode.WARD:
        return False
    return standing(visit, today).stand.is_expected


def _want(schedule: Schedule, visit: Visit, fixed: Iterable[tuple[Visit, date]]) -> Want | None:
    days = _looked_at(visit)
    if days is None:
        return None
    after = [(day, other.id) for other, day in fixed if comes_before(other, visit)]
    before = [(day, other.id) for other, day in fixed if comes_before(visit, other)]
    return Want(schedule, visit, *days, max(after, default=None), min(before, default=None))


def _looked_at(visit: Visit) -> tuple[date, date] | None:
    """The days of the window that is left; of one open at a side those between the other side and the target, 60 at most.

    Without a window it is the target alone.
    """
    first, last, target = _day(visit.opens), _day(visit.closes), _day(visit.target)
    far = timedelta(MOST_DAYS - 1)
    if first is None and last is None:
        if target is None:
            return None
        first = last = target
    elif last is None:
        assert first is not None
        last = target if target is not None and target >= first else first + far
        first = max(first, last - far)
    elif first is None:
        first = target if target is not None and target <= last else last - far
        last = min(last, first + far)
    missed = _day(visit.missed_after)
    return first, last if missed is None else min(last, missed)


def wider(want: Want) -> Want | None:
    """The same visit in the wider window of its allowance; None where it has none. What its limits cut stays cut."""
    allowance, visit = want.visit.allowance, want.visit
    if allowance is None:
        return None
    earlier, later = may_widen(visit)
    first = min(want.first, _day(allowance.earliest) or want.first) if earlier else want.first
    last = max(want.last, _day(allowance.latest) or want.last) if later else want.last
    missed = _day(visit.missed_after)
    return want._replace(first=first, last=last if missed is None else min(last, missed))


def may_widen(visit: Visit) -> tuple[bool, bool]:
    """Whether days before the window, and after it, can be thought of at all: not where a limit is said, for it may rule them out."""
    bounds = {limit.bound for limit in visit.plan.limits}
    if not bounds and (visit.why.limits or visit.unchecked):  # the limits of a group around it
        return False, False
    return Bound.NOT_BEFORE not in bounds, Bound.NOT_AFTER not in bounds


def comes_before(one: Visit, other: Visit) -> bool:
    """Whether a visit has to come before another of the participant: its target does, and neither may be part of the other."""
    if one.target is None or other.target is None or day_of(one.target) >= day_of(other.target):
        return False
    return not (_yields(one, other) or _yields(other, one))


def _yields(one: Visit, other: Visit) -> bool:
    return bool(one.plan.yields_to) and one.plan.yields_to in (other.id, other.plan.rule)


def _fixed(schedule: Schedule) -> tuple[tuple[Visit, date], ...]:
    """The visits of a participant whose day does not move: recorded, booked, planned, or on the ward."""
    found = []
    for visit in schedule.visits:
        day = None if visit.outcome.is_not_done else set_day(visit)
        if day is None and visit.plan.mode is Mode.WARD and visit.applies.shown and not (visit.over or visit.part_of):
            day = _day(visit.target)
        if day is not None:
            found.append((visit, day))
    return tuple(found)


def cost(want: Want, day: date, order: Suggest) -> int:
    """What a day costs: how far it is from the target (or the first day of the window), then the days that
    the protocol and the participant prefer, then the tie.
    """
    target = want.target or want.first
    far, tie = abs((day - target).days), 0
    if order is Suggest.EARLIEST:
        far = (day - want.first).days
    elif order is Suggest.LATEST:
        far = (want.last - day).days
    elif day != target:
        tie = int((day > target) is (order is Suggest.NEAREST_EARLIER))
    first, last = want.visit.preferred
    beside = (first is not None and day < day_of(first)) or (last is not None and day > day_of(last))
    weekdays = want.schedule.participant.prefers
    disliked = bool(weekdays) and day.weekday() not in weekdays
    return (far * _STEP + 2 * beside + disliked) * _STEP + tie


class Desk:
    """A site's calendar, its capacity and the days that are fixed there: what they say against a day for a visit."""

    def __init__(self, schedules: Iterable[Schedule], open_days: OpenDays, today: date) -> None:
        self.open_days = open_days
        self.today = today
        self._answers: dict[Mode | None, dict[date, Answer]] = {}
        self._taken: dict[str, dict[date, str]] = {}
        used: Counter[tuple[int, str]] = Counter()
        for schedule in schedules:
            for visit, day in _fixed(schedule):
                self._taken.setdefault(schedule.participant.id, {})[day] = visit.id
                if visit.actual is not None or visit.booked is not None:
                    used[day.toordinal(), (visit.plan.mode or Mode.CLINIC).value] += 1
        self.room = Room(open_days.calendar.capacity, used)

    def answer(self, day: date, mode: Mode | None) -> Answer:
        """Whether a kind of visit can be held on a day, and why."""
        answers = self._answers.setdefault(mode, {})
        if day not in answers:
            answers[day] = self.open_days.for_visit(day, mode)
        return answers[day]

    def possible(self, want: Want) -> list[date]:
        """The days against which neither the calendar nor anything fixed speaks."""
        mode = want.visit.plan.mode
        answers = self._answers.setdefault(mode, {})
        return [day for day in want.days if (answers.get(day) or self.answer(day, mode)).is_open and not self.against(want, day)]

    def against(self, want: Want, day: date) -> tuple[Reason, ...]:
        """Everything against a day but the other suggestions; nothing when the visit can be on that day."""
        if day < self.today:
            return (Reason(Cause.PASSED, "", ""),)
        person, visit = want.schedule.participant, want.visit
        answer = self.answer(day, visit.plan.mode)
        reasons = () if answer.is_open else answer.reasons
        for first, last in person.unavailable:
            if first <= day <= last:
                reasons += (Reason(Cause.AWAY, "", "events.csv"),)
        taken = self._taken.get(person.id, _NOTHING).get(day)
        if taken is not None:
            reasons += (Reason(Cause.TAKEN, taken, ""),)
        if want.after is not None and day < want.after[0]:
            reasons += (Reason(Cause.BEFORE, want.after[1], ""),)
        if want.before is not None and day > want.before[0]:
            reasons += (Reason(Cause.AFTER, want.before[1], ""),)
        for task in visit.tasks:
            gated = task.applies.shown and isinstance(task.activity.window, FromTo | Within | Counted)
            if gated and not _between(day, task.earliest, task.latest):
                reasons += (Reason(Cause.GATE, task.activity.id, ""),)
        return reasons


_NOTHING: Mapping[date, str] = {}


def _between(day: date, first: Moment | None, last: Moment | None) -> bool:
    return (first is None or day >= day_of(first)) and (last is None or day <= day_of(last))


def _day(moment: Moment | None) -> date | None:
    return None if moment is None else day_of(moment)
