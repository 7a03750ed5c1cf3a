"""Which visits want a day, on which days each may be looked for, and what the calendar and what is fixed say against one.

Days that are counted with are ordinals, as in `assignment`. A visit dated by its record, one on the ward and one that is part of another are never asked about: their day is not chosen here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from scheduler.facts.records import Suggest
from scheduler.language.moments import Moment, day_of
from scheduler.language.syntax import Bound, FromTo, Given, Within
from scheduler.language.syntax import Count as Counted
from scheduler.opendays.calendar import Answer, Cause, OpenDays, Reason
from scheduler.planning.assignment import Room
from scheduler.planning.leaning import EVER, leans_on, ruled_out, span
from scheduler.planning.standing import standing
from scheduler.planning.status import set_day
from scheduler.protocol.records import Mode
from scheduler.schedule.records import Applies, Schedule, Visit

MOST_DAYS = 60  # how far is looked where a window is open at one side
_STEP = 1 << 20  # costs are compared part by part: one more of an earlier part outweighs everything in the later ones


class Want(NamedTuple):
    """A visit that wants a day, and the first and the last day looked at for it, both included.

    `target` is that of the visit, `kind` of which capacity it takes a place: a visit of which nothing is said is held in the clinic.
    `after` and `before` are the fixed days it has to come between, each with the visit it belongs to.
    """

    schedule: Schedule
    visit: Visit
    kind: str
    target: date | None
    first: date
    last: date
    after: tuple[date, str] | None = None
    before: tuple[date, str] | None = None

    @property
    def days(self) -> range:
        """Every day looked at, as an ordinal."""
        return range(self.first.toordinal(), self.last.toordinal() + 1)

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
    found = [_want(schedule, visit, fixed, today) for visit in schedule.visits if _is_asked(visit, today)]
    wants = [want for want in found if want is not None and want.first <= until]
    return sorted(wants, key=lambda want: want.target or want.first)


def _is_asked(visit: Visit, today: date) -> bool:
    if visit.booked is not None or visit.over or visit.part_of or visit.applies is not Applies.YES:
        return False
    if isinstance(visit.plan.at, Given) or visit.plan.mode is Mode.WARD:
        return False
    return standing(visit, today).stand.is_expected


def _want(schedule: Schedule, visit: Visit, fixed: Iterable[tuple[Visit, date]], today: date) -> Want | None:
    days = _looked_at(visit, today)
    if days is None:
        return None
    after = [(day, other.id) for other, day in fixed if comes_before(other, visit)]
    before = [(day, other.id) for other, day in fixed if comes_before(visit, other)]
    kind = (visit.plan.mode or Mode.CLINIC).value
    return Want(schedule, visit, kind, _day(visit.target), *days, max(after, default=None), min(before, default=None))


def _looked_at(visit: Visit, today: date) -> tuple[date, date] | None:
    """The days of the window that is left; where it is open at a side, 60 days from the target, or from today where that has passed.

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
        start = max(first, target or first, today)
        first, last = max(first, start - far), start + far
    elif first is None:
        start = min(last, target or last)
        first, last = min(start, max(start - far, today)), min(last, max(start, today) + far)
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
        comes = visit.actual is not None or (visit.applies.shown and not visit.outcome.is_not_done)
        day = set_day(visit) if comes else None
        if day is None and visit.plan.mode is Mode.WARD and visit.applies.shown and not (visit.over or visit.part_of):
            day = _day(visit.target)
        if day is not None:
            found.append((visit, day))
    return tuple(found)


def costs(want: Want, order: Suggest) -> dict[int, int]:
    """What each day looked at costs: how far it is from the target (or the first day of the window), then the days that
    the protocol and the participant prefer, then the tie.
    """
    days, target, order = want.days, (want.target or want.first).toordinal(), _meant(order, want.visit)
    found = dict(zip(days, _by_distance(days.start - target, days.stop - target, order), strict=True))
    first, last = map(_day, want.visit.preferred)
    weekdays = want.schedule.participant.prefers
    if first is not None or last is not None or weekdays:
        for day in days:
            on = date.fromordinal(day)
            beside = (first is not None and on < first) or (last is not None and on > last)
            disliked = bool(weekdays) and on.weekday() not in weekdays
            found[day] += (2 * beside + disliked) * _STEP
    return found


def _meant(order: Suggest, visit: Visit) -> Suggest:
    """A window that is open at a side has no earliest, or no latest, day: there the nearest is meant."""
    if order is Suggest.EARLIEST and visit.opens is None:
        return Suggest.NEAREST_EARLIER
    return Suggest.NEAREST_LATER if order is Suggest.LATEST and visit.closes is None else order


@cache
def _by_distance(start: int, stop: int, order: Suggest) -> tuple[int, ...]:
    """What days cost by how far they are from a target and by the tie: the same for all windows that lie alike around theirs."""
    if order is Suggest.EARLIEST:
        return tuple((day - start) * _STEP * _STEP for day in range(start, stop))
    if order is Suggest.LATEST:
        return tuple((stop - 1 - day) * _STEP * _STEP for day in range(start, stop))
    later = order is Suggest.NEAREST_EARLIER
    return tuple(abs(day) * _STEP * _STEP + (day != 0 and (day > 0) is later) for day in range(start, stop))


class Bar(NamedTuple):
    """The first and the last day, both included, of those that something fixed speaks against, and what it is."""

    first: int
    last: int
    reason: Reason


_NEVER = 0


class Desk:
    """A site's calendar, its capacity and the days that are fixed there: what they say against a day for a visit."""

    def __init__(self, schedules: Iterable[Schedule], open_days: OpenDays, today: date) -> None:
        self.open_days = open_days
        self.today = today.toordinal()
        self._answers: dict[str, dict[int, Answer]] = {}  # by the kind of visit
        self._taken: dict[str, dict[int, str]] = {}
        self._leaning: dict[
            tuple[str, str], list[tuple[Visit, int]]
        ] = {}  # fixed visits, by whose they are and what they lean on
        used: Counter[tuple[int, str]] = Counter()
        for schedule in schedules:
            for visit, day in _fixed(schedule):
                self._taken.setdefault(schedule.participant.id, {})[day.toordinal()] = visit.id
                for id in leans_on(visit):
                    self._leaning.setdefault((schedule.participant.id, id), []).append((visit, day.toordinal()))
                if visit.actual is not None or visit.booked is not None:
                    used[day.toordinal(), (visit.plan.mode or Mode.CLINIC).value] += 1
        self.room = Room(open_days.calendar.capacity, used)

    def answer(self, want: Want, day: int) -> Answer:
        """Whether the site can hold a visit on a day, and why."""
        answers = self._answers.setdefault(want.kind, {})
        if day not in answers:
            answers[day] = self.open_days.for_visit(date.fromordinal(day), want.visit.plan.mode)
        return answers[day]

    def bars(self, want: Want) -> tuple[Bar, ...]:
        """What is fixed and speaks against days of a visit, be they looked at or not; what the calendar says comes before it."""
        person, found = want.schedule.participant, []
        for first, last in person.unavailable:
            found.append(Bar(first.toordinal(), last.toordinal(), Reason(Cause.AWAY, "", "events.csv")))
        for day, id in self._taken.get(person.id, _NOTHING).items():
            found.append(Bar(day, day, Reason(Cause.TAKEN, id, "")))
        if want.after is not None:
            found.append(Bar(_NEVER, want.after[0].toordinal() - 1, Reason(Cause.BEFORE, want.after[1], "")))
        if want.before is not None:
            found.append(Bar(want.before[0].toordinal() + 1, EVER, Reason(Cause.AFTER, want.before[1], "")))
        for other, day in self._leaning.get((person.id, want.visit.id), ()) if self._leaning else ():
            days = (wider(want) or want).days
            around = range(min(days.start, days.stop) - MOST_DAYS, max(days.start, days.stop) + MOST_DAYS)
            stretches = ruled_out(around, day, span(want.schedule, other, want.visit))
            found += [Bar(first, last, Reason(Cause.GAP, other.id, "")) for first, last in stretches]
        for task in want.visit.tasks:
            if task.applies.shown and isinstance(task.activity.window, FromTo | Within | Counted):
                found += _outside(task.earliest, task.latest, Reason(Cause.GATE, task.activity.id, ""))
        return tuple(found)

    def possible(self, want: Want, bars: Iterable[Bar]) -> list[int]:
        """The days against which neither the calendar nor anything fixed speaks."""
        days, answers = want.days, self._answers.setdefault(want.kind, {})
        near = [bar for bar in bars if bar.first < days.stop and bar.last >= days.start]
        return [
            day
            for day in range(max(days.start, self.today), days.stop)
            if (answers.get(day) or self.answer(want, day)).is_open
            and not (near and any(bar.first <= day <= bar.last for bar in near))
        ]

    def against(self, want: Want, bars: Iterable[Bar], day: int) -> tuple[Reason, ...]:
        """Everything against a day but the other suggestions; nothing when the visit can be on that day."""
        if day < self.today:
            return (Reason(Cause.PASSED, "", ""),)
        answer = self.answer(want, day)
        fixed = [bar.reason for bar in bars if bar.first <= day <= bar.last]
        reasons = () if answer.is_open else answer.reasons
        return (*reasons, *fixed) if fixed else reasons


_NOTHING: Mapping[int, str] = {}


def _outside(first: Moment | None, last: Moment | None, reason: Reason) -> Iterator[Bar]:
    """The days before and after those between two, each once."""
    begin = _NEVER if first is None else day_of(first).toordinal()
    yield Bar(_NEVER, begin - 1, reason)
    if last is not None:
        yield Bar(max(begin, day_of(last).toordinal() + 1), EVER, reason)


def _day(moment: Moment | None) -> date | None:
    return None if moment is None else day_of(moment)
