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

from scheduler.language.moments import day_of
from scheduler.language.worth import Awaited
from scheduler.opendays.calendar import Cause, OpenDays, Reason
from scheduler.planning.assignment import Wish, assign
from scheduler.planning.candidates import MOST_DAYS, Bar, Desk, Want, comes_before, costs, may_widen, wanted, wider
from scheduler.planning.leaning import days_beside, is_clear, leans_on, span
from scheduler.planning.person import Spacing, Spacings
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
    OPEN = "open"
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

    @property
    def has_passed(self) -> bool:
        """Whether all its days are over: nothing helps then."""
        return bool(self.rejected) and all(each.reasons and each.reasons[0].cause is Cause.PASSED for each in self.rejected)


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


_Others = list[tuple[int, Spacing]]  # other visits of the same participant, and how one and they have to follow each other


class _Plan:
    """The days of everybody at one site."""

    def __init__(self, schedules: Sequence[Schedule], open_days: OpenDays, today: date, until: date) -> None:
        self.desk = Desk(schedules, open_days, today)
        self.order = open_days.calendar.suggest
        self.wants = [want for schedule in schedules for want in wanted(schedule, today, until)]
        self.bars: list[tuple[Bar, ...]] = [self.desk.bars(want) for want in self.wants]
        self.costs = [costs(want, self.order) for want in self.wants]
        self.of_person: dict[str, list[int]] = {}
        for number, want in enumerate(self.wants):
            self.of_person.setdefault(want.schedule.participant.id, []).append(number)
        self.leans = self._leans()
        self.waits = [want.waits or not self._is_clear(number) for number, want in enumerate(self.wants)]
        self.near: list[_Others] = [[] for _ in self.wants]  # of the same participant, what may be in the way of each
        self.spacings = self._spacings()
        possible = [
            {} if self.waits[number] else self._possible(number, want, self.costs[number])
            for number, want in enumerate(self.wants)
        ]
        self.days = assign(self._wishes(possible), self.spacings, self.desk.room)
        self.used = Counter(self.desk.room.used)
        self.used.update((day, self.wants[number].kind) for number, day in enumerate(self.days) if day is not None)
        self.wider: dict[int, Want] = {}
        self._widen()
        self._withdraw()

    def _leans(self) -> list[frozenset[str]]:
        """On which other visits that are suggested in the same run each leans."""
        wanted = {name: {self.wants[number].visit.id for number in numbers} for name, numbers in self.of_person.items()}
        found = []
        for want in self.wants:
            ids = leans_on(want.visit)
            found.append(ids & wanted[want.schedule.participant.id] - {want.visit.id} if ids else ids)
        return found

    def _is_clear(self, number: int) -> bool:
        """Whether it can be worked out what the days of the visits it leans on leave to a visit: else it waits for them."""
        want, leans = self.wants[number], self.leans[number]
        there = [self.wants[other] for other in self.of_person[want.schedule.participant.id]] if leans else ()
        days = {other.visit.id: other.first for other in there if other.visit.id in leans and not other.waits}
        return not days or is_clear(want.schedule, want.visit, days)

    def _withdraw(self) -> None:
        """Take back what several other suggestions, together, would put outside its window: it waits for them."""
        for numbers in self.of_person.values():
            if not any(self.leans[number] for number in numbers):
                continue
            while broken := [number for number in numbers if self._is_broken(number, numbers)]:
                number = broken[-1]
                self.used[self.days[number] or 0, self.wants[number].kind] -= 1
                self.days[number], self.waits[number] = None, True

    def _is_broken(self, number: int, numbers: Iterable[int]) -> bool:
        want, day = self.wants[number], self.days[number]
        if day is None or not self.leans[number]:
            return False
        others = {self.wants[other].visit.id: self.days[other] for other in numbers if other != number}
        days = {id: date.fromordinal(other) for id, other in others.items() if other is not None}
        first, last = days_beside(want.schedule, want.visit, days)
        return not first <= day <= last

    def _widen(self) -> None:
        """Days in the wider window for what found none in its own; everybody else stays."""
        tried = {
            number: wider(want) for number, want in enumerate(self.wants) if self.days[number] is None and not self.waits[number]
        }
        self.wider = {number: want for number, want in tried.items() if want is not None}
        if not self.wider:
            return
        possible: list[dict[int, int]] = [{} for _ in self.wants]
        for number, want in self.wider.items():
            days = self._possible(number, want, costs(want, self.order))
            possible[number] = {day: each for day, each in days.items() if not self._beside(number, day, self.near[number])}
        room = self.desk.room._replace(used=self.used.copy())
        for number, day in enumerate(assign(self._wishes(possible), self.spacings, room)):
            if day is not None:
                self.days[number] = day
                self.used[day, self.wants[number].kind] += 1

    def _possible(self, number: int, want: Want, costs: Mapping[int, int]) -> dict[int, int]:
        """The days nothing fixed speaks against, by their cost, the cheapest first."""
        return {day: costs[day] for day in sorted(self.desk.possible(want, self.bars[number]), key=costs.__getitem__)}

    def _wishes(self, possible: Iterable[Mapping[int, int]]) -> list[Wish]:
        pairs = zip(self.wants, possible, strict=True)
        return [Wish(want.schedule.participant.id, want.kind, costs) for want, costs in pairs]

    def _spacings(self) -> Spacings:
        """How the visits of each participant have to follow each other: of those that could be in each other's way on days looked at."""
        found: dict[tuple[int, int], Spacing] = {}
        widest = [(wider(want) or want).days for want in self.wants]
        for numbers in self.of_person.values():
            for place, one in enumerate(numbers, start=1):
                stop = widest[one].stop
                for other in numbers[place:]:
                    if widest[other].start < stop or self.leans[one] or self.leans[other]:
                        spacing = found[one, other] = self._spacing(one, other)
                        self.near[one].append((other, spacing))
                        self.near[other].append((one, spacing))
        return found

    def _spacing(self, one: int, other: int) -> Spacing:
        """How two visits of a participant, the smaller number first, have to follow each other."""
        first, second = self.wants[one], self.wants[other]
        least = 1 if comes_before(first.visit, second.visit) else None
        return Spacing(
            least,
            second=span(second.schedule, second.visit, first.visit) if first.visit.id in self.leans[other] else None,
            first=span(first.schedule, first.visit, second.visit) if second.visit.id in self.leans[one] else None,
        )

    # -- what is said of it

    def found(self) -> Iterator[Suggestion | NoDay]:
        """What became of every visit."""
        for number, day in enumerate(self.days):
            yield self._no_day(number) if day is None else self._suggestion(number, day)

    def _suggestion(self, number: int, day: int) -> Suggestion:
        own = self.wants[number]
        used = self.wider.get(number) if day not in own.days else None
        want = used or own
        answer = self.desk.answer(want, day)
        with_a_day = (other for other, _ in self.near[number] if self.days[other] is not None) if want.visit.unchecked else ()
        suggested = {self.wants[other].visit.id for other in with_a_day}
        return Suggestion(
            want.schedule,
            want.visit,
            date.fromordinal(day),
            None if want.target is None else day - want.target.toordinal(),
            answer.reasons,
            answer.provisional,
            want.visit.allowance if used else None,
            self._instead_of(number, day, used),
            tuple(each for each in want.visit.unchecked if each.name not in suggested),
        )

    def _instead_of(self, number: int, day: int, used: Want | None) -> tuple[Rejected, ...]:
        """The days that would have been better, where there is something against them: after a wider window, all days of its own."""
        prices = costs(used, self.order) if used else self.costs[number]
        price = prices[day]
        better = [other for other, each in prices.items() if each < price] if price else []
        if used:
            better = sorted({*better, *self.wants[number].days})
        return tuple(each for each in self._rejected(number, better) if each.reasons)

    def _no_day(self, number: int) -> NoDay:
        own = self.wants[number]
        if self.waits[number]:
            return NoDay(own.schedule, own.visit, (), (Help(Remedy.WAIT),))
        want = self.wider.get(number, own)
        rejected = tuple(self._emptied(number) if want.first > want.last else self._rejected(number, want.days))
        found = NoDay(own.schedule, own.visit, rejected, ())
        return found if found.has_passed else found._replace(help=tuple(self._help(number, want, rejected)))

    def _help(self, number: int, want: Want, rejected: Sequence[Rejected]) -> Iterator[Help]:
        if number in self.wider:
            yield Help(Remedy.ALLOWANCE)
        prices = costs(want, self.order)
        full = (each.day for each in rejected if {reason.cause for reason in each.reasons} == {Cause.FULL})
        if (day := min(full, key=lambda each: prices[each.toordinal()], default=None)) is not None:
            yield Help(Remedy.CAPACITY, day)
        shut = ((effort, each.day) for each in rejected if (effort := _effort(each.reasons)) is not None)
        if (least := min(shut, key=lambda each: (each[0], prices[each[1].toordinal()]), default=None)) is not None:
            yield Help(Remedy.OPEN, least[1])
        yield from self._outside(number)

    def _outside(self, number: int) -> Iterator[Help]:
        """The nearest days before and after the window that nothing speaks against; where its limits left none of it, as they allow."""
        own = self.wants[number]
        first, last = own.first.toordinal(), own.last.toordinal()
        earlier, later = may_widen(own.visit)
        before, after = min(first - 1, last), max(first, last + 1)
        if earlier and (day := self._first_free(number, range(before, before - MOST_DAYS, -1))):
            yield Help(Remedy.EARLIER, date.fromordinal(day), first - day)
        if later and own.visit.missed_after is None and (day := self._first_free(number, range(after, after + MOST_DAYS))):
            yield Help(Remedy.LATER, date.fromordinal(day), day - last)

    def _first_free(self, number: int, days: range) -> int | None:
        others = self._around(number, days[0])
        return next((day for day in days if self._is_free(number, day, others)), None)

    def _emptied(self, number: int) -> Iterator[Rejected]:
        """The days of a window of which its limits left nothing."""
        visit = self.wants[number].visit
        if visit.earliest is None or visit.latest is None:
            return
        first = day_of(visit.earliest).toordinal()
        days = range(first, min(day_of(visit.latest).toordinal() + 1, first + MOST_DAYS))
        for rejected in self._rejected(number, days):
            yield rejected._replace(reasons=(*rejected.reasons, Reason(Cause.LIMIT, "", "")))

    def _around(self, number: int, edge: int) -> _Others:
        """What may be in the way of a visit just outside its window: other visits that are on those days, too."""
        outside = range(edge - MOST_DAYS, edge + MOST_DAYS + 1)
        near = {other for other, _ in self.near[number]}
        there = self.of_person[self.wants[number].schedule.participant.id]
        found = [other for other in there if other not in near and self.days[other] in outside]
        return self.near[number] + [(other, self._spacing(*sorted((number, other)))) for other in found]

    def _is_free(self, number: int, day: int, others: _Others) -> bool:
        """Whether nothing speaks against a day."""
        return not (self.desk.against(self.wants[number], self.bars[number], day) or self._beside(number, day, others))

    def _rejected(self, number: int, days: Iterable[int]) -> Iterator[Rejected]:
        """Some days, and everything against each, the other suggestions among it."""
        want, bars, others = self.wants[number], self.bars[number], self.near[number]
        for day in days:
            reasons = self.desk.against(want, bars, day)
            if day >= self.desk.today:
                reasons += self._beside(number, day, others)
            yield Rejected(date.fromordinal(day), reasons)

    def _beside(self, number: int, day: int, others: _Others) -> tuple[Reason, ...]:
        """What the other suggestions say against a day."""
        reasons = []
        for other, spacing in others:
            there = self.days[other]
            if there is None:
                continue
            forward = number < other
            apart = there - day if forward else day - there
            if not (spacing.allows(day, there) if forward else spacing.allows(there, day)):
                reasons.append(Reason(_cause(spacing, apart, forward=forward), self.wants[other].visit.id, ""))
        kind = self.wants[number].kind
        own = self.days[number] == day
        capacity = self.desk.room.capacity.get(kind)
        if capacity is not None and self.used[day, kind] - own >= capacity:
            reasons.append(Reason(Cause.FULL, kind, "sites.yaml"))
        return tuple(reasons)


def _effort(reasons: Sequence[Reason]) -> int | None:
    """How much it would take to open a day against which only the site's calendar speaks, the less the better; None where more does."""
    return max(map(_EFFORTS.index, causes)) if (causes := {reason.cause for reason in reasons}) <= set(_EFFORTS) else None


_EFFORTS = (Cause.NOT_HELD, Cause.CLOSED, Cause.WEEKEND, Cause.HOLIDAY)


def _cause(spacing: Spacing, apart: int, *, forward: bool) -> Cause:
    """Why two visits cannot lie so: on one day, in the wrong order, or too near to each other (or too far)."""
    if apart == 0:
        return Cause.TAKEN
    if spacing.least is not None and spacing.least > 0 and apart < 0:
        return Cause.AFTER if forward else Cause.BEFORE
    return Cause.GAP
