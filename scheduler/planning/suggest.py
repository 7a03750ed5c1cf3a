"""The days to suggest for the visits nobody has booked: pure, and never a booking.

The order of what counts is fixed: safety gates, window, open day, capacity, what is confirmed, target, preference. A day is never
outside the window: only when no day of it is left, and the protocol has an allowance, in that wider window, which is then named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from scheduler.language.syntax import Bound, Duration, Limit, Reference, Sum, Unit
from scheduler.language.worth import Awaited, Lack
from scheduler.opendays.calendar import Cause, OpenDays, Reason
from scheduler.planning.assignment import FREE, Spacing, Spacings, Wish, assign
from scheduler.planning.candidates import MOST_DAYS, Desk, Want, comes_before, cost, may_widen, wanted, wider
from scheduler.schedule.records import Schedule, Visit, Wider


class Rejected(NamedTuple):
    """A day that was looked at, and everything against it."""

    day: date
    reasons: tuple[Reason, ...]


class Suggestion(NamedTuple):
    """A day for a visit. It is no booking: nothing is counted from it, and no paper shows it.

    `shift` is how many days it lies after the target (negative: before it), None without one; `reasons` are those of the day itself,
    `instead_of` the better days that could not be. `provisional` when the holidays of that day are not announced; `wider` is the
    allowance where that was needed; `unchecked` what a limit still waits for.
    """

    schedule: Schedule
    visit: Visit
    day: date
    shift: int | None
    reasons: tuple[Reason, ...]
    provisional: bool
    wider: Wider | None = None
    instead_of: tuple[Rejected, ...] = ()
    unchecked: tuple[Awaited, ...] = ()


class Remedy(Enum):
    """What would help a visit without a day."""

    EARLIER = "earlier"
    LATER = "later"
    CAPACITY = "capacity"
    ALLOWANCE = "allowance"
    WAIT = "wait"


class Help(NamedTuple):
    """Something that would help: a day, and how many days outside those that were looked at (0 where it is one of them)."""

    remedy: Remedy
    day: date | None = None
    days: int = 0


class NoDay(NamedTuple):
    """A visit for which no day was found: why not on each of its days, and what would help."""

    schedule: Schedule
    visit: Visit
    rejected: tuple[Rejected, ...]
    help: tuple[Help, ...]


def suggest(
    schedules: Iterable[Schedule], open_days: Mapping[str, OpenDays], today: Mapping[str, date], days: int
) -> tuple[Suggestion | NoDay, ...]:
    """A day, or why there is none, for every visit that wants one and whose window opens in the coming `days`.

    By site, participant and target. `today` is the day each site has. The schedules hold everybody at a site, for what they have
    booked takes of its capacity.
    """
    sites: dict[str, list[Schedule]] = {}
    for schedule in schedules:
        sites.setdefault(schedule.participant.site, []).append(schedule)
    return tuple(
        found
        for site, there in sites.items()
        for found in _Plan(there, open_days[site], today[site], today[site] + timedelta(days)).found()
    )


_IN_ORDER = Spacing(least=1)


class _Plan:
    """The days of everybody at one site."""

    def __init__(self, schedules: Sequence[Schedule], open_days: OpenDays, today: date, until: date) -> None:
        self.desk = Desk(schedules, open_days, today)
        self.order = open_days.calendar.suggest
        self.wants = [want for schedule in schedules for want in wanted(schedule, today, until)]
        self.of_person: dict[str, list[int]] = {}
        for number, want in enumerate(self.wants):
            self.of_person.setdefault(want.schedule.participant.id, []).append(number)
        self.near: list[list[int]] = [[] for _ in self.wants]  # the participant's other visits that may be in the way of one
        self.spacings = self._spacings()
        self.far = max((_farthest(spacing) for spacing in self.spacings.values()), default=0)
        possible = [{} if want.waits else self._possible(want) for want in self.wants]
        self.days = [_date(day) for day in assign(self._wishes(possible), self.spacings, self.desk.room)]
        self.used = Counter(self._slot(number, day) for number, day in enumerate(self.days) if day is not None)
        self.wider: dict[int, Want] = {}
        self._widen()

    def _widen(self) -> None:
        """Days in the wider window for what found none in its own; everybody else stays."""
        tried = {number: wider(want) for number, want in enumerate(self.wants) if self.days[number] is None and not want.waits}
        self.wider = {number: want for number, want in tried.items() if want is not None}
        if not self.wider:
            return
        possible: list[dict[int, int]] = [{} for _ in self.wants]
        for number, want in self.wider.items():
            costs = self._possible(want)
            possible[number] = {day: each for day, each in costs.items() if not self._beside(number, date.fromordinal(day))}
        room = self.desk.room._replace(used=Counter(self.desk.room.used) + self.used)
        for number, day in enumerate(assign(self._wishes(possible), self.spacings, room)):
            if day is not None:
                self.days[number] = date.fromordinal(day)
                self.used[day, self.wants[number].kind] += 1

    def _possible(self, want: Want) -> dict[int, int]:
        """The days nothing fixed speaks against, by their cost, the cheapest first."""
        costs = [(cost(want, day, self.order), day.toordinal()) for day in self.desk.possible(want)]
        return {day: each for each, day in sorted(costs)}

    def _wishes(self, possible: Iterable[Mapping[int, int]]) -> list[Wish]:
        pairs = zip(self.wants, possible, strict=True)
        return [Wish(want.schedule.participant.id, want.kind, costs) for want, costs in pairs]

    def _spacings(self) -> Spacings:
        """How the visits of each participant have to follow each other."""
        found: dict[tuple[int, int], Spacing] = {}
        for numbers in self.of_person.values():
            gaps = {number: tuple(_gaps(self.wants[number])) for number in numbers}
            begins = {number: _widest(self.wants[number]).first.toordinal() for number in numbers}
            ends = {number: _widest(self.wants[number]).last.toordinal() + MOST_DAYS for number in numbers}
            for place, one in enumerate(numbers):
                for other in numbers[place + 1 :]:
                    if begins[other] > ends[one] and not (gaps[one] or gaps[other]):
                        continue
                    self.near[one].append(other)
                    self.near[other].append(one)
                    first, second = self.wants[one].visit, self.wants[other].visit
                    spacing = _IN_ORDER if comes_before(first, second) else FREE
                    if gaps[one] or gaps[other]:
                        forward = [(bound, days) for id, bound, days in gaps[other] if id == first.id]
                        backward = [(bound, days) for id, bound, days in gaps[one] if id == second.id]
                        spacing = _tightened(spacing, forward, backward)
                    if spacing is not FREE:
                        found[one, other] = spacing
        return found

    # -- what is said of it

    def found(self) -> Iterator[Suggestion | NoDay]:
        """What became of every visit."""
        for number, day in enumerate(self.days):
            yield self._no_day(number) if day is None else self._suggestion(number, day)

    def _suggestion(self, number: int, day: date) -> Suggestion:
        own = self.wants[number]
        used = self.wider.get(number) if not own.first <= day <= own.last else None
        want = used or own
        answer = self.desk.answer(day, want.visit.plan.mode)
        target, price = want.target, cost(want, day, self.order)
        days = {other for other in want.days if cost(want, other, self.order) < price} if price else set()
        days.update(own.days if used else ())
        suggested = {self.wants[other].visit.id for other in self._others(number)} if want.visit.unchecked else set()
        return Suggestion(
            want.schedule,
            want.visit,
            day,
            None if target is None else (day - target).days,
            answer.reasons,
            answer.provisional,
            want.visit.allowance if used else None,
            tuple(Rejected(other, reasons) for other in sorted(days) if (reasons := self._all_against(number, want, other))),
            tuple(each for each in want.visit.unchecked if not (each.name in suggested and _is_gap(want, each))),
        )

    def _no_day(self, number: int) -> NoDay:
        own = self.wants[number]
        if own.waits:
            return NoDay(own.schedule, own.visit, (), (Help(Remedy.WAIT),))
        want = self.wider.get(number, own)
        rejected = tuple(Rejected(day, self._all_against(number, want, day)) for day in want.days)
        return NoDay(own.schedule, own.visit, rejected, tuple(self._help(number, want, rejected)))

    def _help(self, number: int, want: Want, rejected: Sequence[Rejected]) -> Iterator[Help]:
        if number in self.wider:
            yield Help(Remedy.ALLOWANCE)
        full = (each.day for each in rejected if {reason.cause for reason in each.reasons} == {Cause.FULL})
        if (day := min(full, key=lambda each: cost(want, each, self.order), default=None)) is not None:
            yield Help(Remedy.CAPACITY, day)
        earlier, later = may_widen(want.visit)
        own, missed = self.wants[number], want.visit.missed_after
        later = later and missed is None
        for remedy, possible, edge, step in ((Remedy.EARLIER, earlier, own.first, -1), (Remedy.LATER, later, own.last, 1)):
            outside = ((days, edge + timedelta(step * days)) for days in range(1, MOST_DAYS + 1)) if possible else iter(())
            found = next(((days, day) for days, day in outside if not self._all_against(number, want, day)), None)
            if found is not None:
                yield Help(remedy, found[1], found[0])

    def _all_against(self, number: int, want: Want, day: date) -> tuple[Reason, ...]:
        """Everything against a day, the other suggestions among it."""
        reasons = self.desk.against(want, day)
        return reasons if reasons and reasons[0].cause is Cause.PASSED else reasons + self._beside(number, day)

    def _beside(self, number: int, day: date) -> tuple[Reason, ...]:
        """What the other suggestions say against a day."""
        reasons = []
        for other in self._others(number):
            there = self.days[other]
            assert there is not None
            forward = number < other
            apart = (there - day).days if forward else (day - there).days
            if apart > self.far:
                continue
            spacing = self.spacings.get((number, other) if forward else (other, number), FREE)
            if not spacing.allows(apart):
                reasons.append(Reason(_cause(spacing, apart, forward=forward), self.wants[other].visit.id, ""))
        slot = self._slot(number, day)
        left = self.desk.room.left(slot)
        own = self.days[number] == day
        if left is not None and self.used[slot] - own >= left:
            reasons.append(Reason(Cause.FULL, slot[1], "sites.yaml"))
        return tuple(reasons)

    def _others(self, number: int) -> Iterator[int]:
        """The visits of the same participant that may be in the way of one, and have a day by now."""
        return (other for other in self.near[number] if self.days[other] is not None)

    def _slot(self, number: int, day: date) -> tuple[int, str]:
        return day.toordinal(), self.wants[number].kind


def _widest(want: Want) -> Want:
    """A visit in all the days it may be given."""
    return wider(want) or want


def _farthest(spacing: Spacing) -> float:
    """From how many days apart on nothing more is asked of two visits."""
    return float("inf") if spacing.most is not None else spacing.least or 0


def _cause(spacing: Spacing, apart: int, *, forward: bool) -> Cause:
    """Why two visits cannot lie so: on one day, in the wrong order, or too near to each other (or too far)."""
    if apart == 0:
        return Cause.TAKEN
    if spacing.least is not None and spacing.least > 0 and apart < 0:
        return Cause.AFTER if forward else Cause.BEFORE
    return Cause.GAP


def _gaps(want: Want) -> Iterator[tuple[str, Bound, int]]:
    """Of limits that wait for the booking of another visit: its id, the side, and how many days from it."""
    for awaited in want.visit.unchecked:
        for limit in want.visit.plan.limits if awaited.lack is Lack.BOOKING else ():
            days = _days_from(limit, awaited.name, want.schedule)
            if days is not None:
                yield awaited.name, limit.bound, days


def _is_gap(want: Want, awaited: Awaited) -> bool:
    """Whether every limit that waits for a visit can be counted in days from it."""
    return sum(id == awaited.name for id, _, _ in _gaps(want)) == len(want.visit.plan.limits)


def _days_from(limit: Limit, id: str, schedule: Schedule) -> int | None:
    """How many days from a visit a limit lies, where it is written so: `not before previous D1 + 21 days`."""
    term, steps = (limit.point.term, limit.point.steps) if isinstance(limit.point, Sum) else (limit.point, ())
    if not isinstance(term, Reference) or term.facet is not None or term.whose is not None:
        return None
    if term.name != id and not any(visit.id == id and visit.plan.rule == term.name for visit in schedule.visits):
        return None
    days = 0
    for step in steps:
        if not isinstance(step.duration, Duration) or step.duration.unit not in (Unit.DAY, Unit.WEEK):
            return None
        days += step.sign * int(step.duration.amount) * (7 if step.duration.unit is Unit.WEEK else 1)
    return days


def _tightened(spacing: Spacing, forward: Iterable[tuple[Bound, int]], backward: Iterable[tuple[Bound, int]]) -> Spacing:
    """A spacing with gaps added: counted from the first of two visits, and from the second."""
    least, most = spacing
    bounds = [*forward, *((_OTHER[bound], -days) for bound, days in backward)]
    for bound, days in bounds:
        if bound is Bound.NOT_BEFORE:
            least = days if least is None else max(least, days)
        else:
            most = days if most is None else min(most, days)
    return Spacing(least, most)


_OTHER = {Bound.NOT_BEFORE: Bound.NOT_AFTER, Bound.NOT_AFTER: Bound.NOT_BEFORE}


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)
