"""Which day for the study's anchor (the infusion): every candidate day scored, and ranked.

A day that has passed, or whose treatment, rest or ward visits before it would have had to be before today, cannot be: these come last.
What is compared of the others, the first that differs decides; then the earlier day comes first:

1. rules between participants that the day would break (safety gates);
2. days of the stay on which the site has fewer beds than it would need;
3. the anchor's own day being closed, or the investigator on leave;
4. treatment, rest and ward visits before it, and the planned discharge, on closed days;
5. visits whose window holds no open day;
6. the most days one visit has to move from its target to the nearest open day of its window, then all of these days together;
7. visits whose target or window lies beyond the announced calendar;
8. visits of others in the same weeks.

What takes place on the ward does not move and is no outpatient visit: it counts for 4 only, and only before the anchor. A visit whose
window the protocol does not state may move to any day. Of two open days that are equally near, the earlier one. A condition that is
not known counts as if it held, and is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.facts.records import Participant
from scheduler.language.moments import day_of
from scheduler.opendays.calendar import Answer, Cause, OpenDays, Reason
from scheduler.planning.anchored import Asked, AskedPeriod, AskedVisit, anchor_visit, asked, refuse_settled, with_anchor
from scheduler.planning.between import Finding, findings_with
from scheduler.planning.load import Load, monday_of
from scheduler.protocol.records import Mode, PeriodKind, PlannedPeriod, PlannedVisit, Protocol
from scheduler.reading.problems import SchedulerError

_FAR = 60  # days: how far from its target an open day is looked for where no window bounds it


class Shift(NamedTuple):
    """A visit, and by how many days its nearest open day differs from its target: earlier (-) or later (+)."""

    plan: PlannedVisit
    days: int


class Fixed(NamedTuple):
    """Something that does not move, on one of its days."""

    plan: PlannedVisit | PlannedPeriod
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One day for the anchor, and everything that speaks against it.

    `past` says that it lies before today, `too_late` what before it would have had to be before today. `closed` are the reasons why that day itself is closed. `broken` are the rules between participants that it breaks, `unchecked`
    those that still wait for something. `provisional` are visits beyond the announced calendar, `shifts` visits that cannot be on
    their target, `moves` visits whose booking would lie outside their window, `undecided` the facts whose answers are not known,
    `waiting` visits that have no date. `peak` is the most beds taken on a day of the stay, this one among them.
    """

    day: date
    answer: Answer
    protocol: Protocol
    past: bool = False
    too_late: tuple[Fixed, ...] = ()
    closed: tuple[Reason, ...] = ()
    broken: tuple[Finding, ...] = ()
    unchecked: tuple[Finding, ...] = ()
    empty: tuple[PlannedVisit, ...] = ()
    provisional: tuple[PlannedVisit, ...] = ()
    shifts: tuple[Shift, ...] = ()
    before: tuple[Fixed, ...] = ()
    discharge: tuple[Fixed, ...] = ()
    over: tuple[date, ...] = ()
    peak: int = 0
    others: int = 0
    moves: tuple[PlannedVisit, ...] = ()
    undecided: tuple[str, ...] = ()
    waiting: tuple[PlannedVisit, ...] = ()

    @property
    def worst(self) -> int:
        """The most days one visit has to move."""
        return max((abs(shift.days) for shift in self.shifts), default=0)

    @property
    def total(self) -> int:
        """The days all visits have to move."""
        return sum(abs(shift.days) for shift in self.shifts)

    @property
    def can_be(self) -> bool:
        """Whether there is still time for it."""
        return not (self.past or self.too_late)

    @property
    def on_closed_days(self) -> int:
        """How much of what else does not move falls on closed days."""
        return len(self.before) + len(self.discharge)

    @property
    def key(self) -> tuple[int, ...]:
        """What candidates are compared by, in this order; the less the better."""
        return (
            not self.can_be,
            len(self.broken),
            len(self.over),
            bool(self.closed),
            self.on_closed_days,
            len(self.empty),
            self.worst,
            self.total,
            len(self.provisional),
            self.others,
        )


def candidates(
    in_force: Callable[[date], Protocol],
    participant: Participant,
    days: Sequence[date],
    open_days: OpenDays,
    others: Iterable[Participant] = (),
    load: Load | None = None,
    working: Mapping[str, OpenDays] | None = None,
    today: date = date.min,
) -> tuple[Candidate, ...]:
    """Every day as the day of one participant's anchor, in the order of the days; `ranked` puts the best first.

    `in_force` gives the version of the protocol for an anchor on a day; `others` are all other participants of the study, for the
    rules between them, with their calendars in `working`, by site; `load` is what the others take at this site; `today` is the day
    the site has. Raises SchedulerError when the anchor is not dated by its record, or is on record already, and when a date cannot be
    counted.
    """
    versions = {day: in_force(day) for day in days}
    for protocol in _each(versions.values()):
        anchor_visit(protocol)
        refuse_settled(protocol, participant)
    between = _between(versions, participant, tuple(others), working)
    calendar = _Open(open_days, participant, today)
    taken = _Taken(load or {})
    found = []
    for day, protocol in versions.items():
        try:
            what = asked(protocol, participant, day, open_days)
        except SchedulerError as error:
            raise SchedulerError(f"{protocol.study.anchor} on {day}: {error}") from error
        found.append(_candidate(day, protocol, what, calendar, taken, between.get(day, ())))
    return tuple(found)


def ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The best day first; of equals, the earlier."""
    return tuple(sorted(found, key=lambda one: (one.key, one.day)))


def nearest(visit: AskedVisit, is_open: Callable[[date], bool]) -> date | None:
    """The open day of a visit's window nearest to its target, the earlier of two; without a target, the first. None when none is open."""
    if visit.target is None:
        days: Iterator[date] = _from_the_first(visit)
    else:
        days = _outwards(visit.target, visit.opens, visit.closes)
    return next((day for day in days if is_open(day)), None)


def _outwards(target: date, opens: date | None, closes: date | None) -> Iterator[date]:
    """The days of a window, the nearest to a target first."""
    if (opens is None or opens <= target) and (closes is None or target <= closes):
        yield target
    ends = [abs((end - target).days) for end in (opens, closes) if end is not None]
    for off in range(1, (max(ends) if len(ends) == 2 else max([_FAR, *ends])) + 1):
        for day in (target - timedelta(off), target + timedelta(off)):
            if (opens is None or opens <= day) and (closes is None or day <= closes):
                yield day


def _from_the_first(visit: AskedVisit) -> Iterator[date]:
    """The days of a window without a target; of one that is open at its beginning, from its last day back."""
    first, last = visit.opens, visit.closes
    if first is not None:
        count = (last - first).days + 1 if last is not None else _FAR
        yield from (first + timedelta(number) for number in range(count))
    elif last is not None:
        yield from (last - timedelta(number) for number in range(_FAR))


class _Open:
    """Whether a visit of a kind can be held on a day on which the participant can come; each answer worked out once."""

    def __init__(self, open_days: OpenDays, participant: Participant, today: date) -> None:
        self.open_days = open_days
        self.participant = participant
        self.today = today
        self._questions: dict[Mode | None, Callable[[date], bool]] = {}

    def of(self, mode: Mode | None) -> Callable[[date], bool]:
        """The question for one kind of visit."""
        if mode not in self._questions:
            self._questions[mode] = self._question(mode)
        return self._questions[mode]

    def _question(self, mode: Mode | None) -> Callable[[date], bool]:
        known: dict[date, bool] = {}

        def is_open(day: date) -> bool:
            if day not in known:
                known[day] = self.open_days.for_visit(day, mode).is_open and not self.is_away(day)
            return known[day]

        return is_open

    def is_away(self, day: date) -> bool:
        """Whether the participant cannot come."""
        return any(first <= day <= last for first, last in self.participant.unavailable)


class _Taken:
    """What others take at the site: day by day, and the visits of each week by its Monday."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.weeks: Counter[date] = Counter()
        for day, there in load.items():
            self.weeks[monday_of(day)] += there.visits


def _candidate(
    day: date, protocol: Protocol, what: Asked, calendar: _Open, taken: _Taken, findings: tuple[Finding, ...]
) -> Candidate:
    anchor = anchor_visit(protocol)
    answer = calendar.open_days.for_visit(day, anchor.mode if anchor is not None else None)
    away = (Reason(Cause.AWAY, "", ""),) if calendar.is_away(day) else ()
    outside = [visit for visit in what.visits if visit.plan.mode is not Mode.WARD]
    booked = {visit.plan.id: nearest(visit, calendar.of(visit.plan.mode)) for visit in outside}
    shifts = [(visit.plan, (on - visit.target).days) for visit in outside if (on := booked[visit.plan.id]) and visit.target]
    over, peak = _beds(what.periods, calendar.open_days.calendar.beds, taken.load)
    fixed = _fixed_before(day, what)
    broken = tuple(finding for finding in findings if finding.days is not None or finding.limit.never)
    return Candidate(
        day=day,
        answer=answer,
        protocol=protocol,
        past=day < calendar.today,
        too_late=() if _has_begun(calendar.participant, what) else tuple(each for each in fixed if each.day < calendar.today),
        closed=((() if answer.is_open else answer.reasons) + away),
        broken=broken,
        unchecked=tuple(finding for finding in findings if finding.limit.waits and finding not in broken),
        empty=tuple(visit.plan for visit in outside if booked[visit.plan.id] is None),
        provisional=tuple(visit.plan for visit in what.visits if not _is_announced(visit, calendar.open_days)),
        shifts=tuple(Shift(plan, days) for plan, days in shifts if days),
        before=tuple(each for each in fixed if not calendar.open_days.on(each.day).is_open),
        discharge=tuple(_discharge(day, what.periods, calendar.open_days)),
        over=over,
        peak=peak,
        others=_others(booked.values(), taken),
        moves=tuple(visit.plan for visit in what.visits if _is_to_move(visit)),
        undecided=what.undecided,
        waiting=what.waiting,
    )


def _is_announced(visit: AskedVisit, open_days: OpenDays) -> bool:
    days = [day for day in (visit.target, visit.opens, visit.closes) if day is not None]
    return open_days.is_announced(max(days))


def _is_to_move(visit: AskedVisit) -> bool:
    """Whether a booking lies outside the window."""
    day = visit.booked
    if day is None:
        return False
    return (visit.opens is not None and day < visit.opens) or (visit.closes is not None and day > visit.closes)


def _fixed_before(anchor: date, what: Asked) -> tuple[Fixed, ...]:
    """The days of treatment, rest and ward visits before the anchor; each day once."""
    days: dict[date, PlannedVisit | PlannedPeriod] = {}
    for period in what.periods:
        days |= dict.fromkeys(days_before(period, anchor), period.plan)
    for visit in what.visits:
        if visit.plan.mode is Mode.WARD and visit.target is not None and visit.target < anchor:
            days.setdefault(visit.target, visit.plan)
    return tuple(Fixed(days[day], day) for day in sorted(days))


def _has_begun(participant: Participant, what: Asked) -> bool:
    """Whether the treatment before the anchor is under way, so that its days in the past are no hindrance."""
    done = {day_of(row.actual) for row in participant.visits.values() if row.actual is not None}
    treatments = [period for period in what.periods if period.plan.kind is PeriodKind.TREATMENT]
    return any(period.start in done or f"{period.plan.id}.start" in participant.recorded for period in treatments)


def days_before(period: AskedPeriod, anchor: date) -> Iterator[date]:
    """The days of a treatment or a rest that come before the anchor; none of other periods."""
    if period.plan.kind in (PeriodKind.TREATMENT, PeriodKind.REST) and period.end is not None:
        last = min(period.end, anchor - timedelta(1))
        yield from (period.start + timedelta(number) for number in range((last - period.start).days + 1))


def _discharge(anchor: date, periods: Iterable[AskedPeriod], open_days: OpenDays) -> Iterator[Fixed]:
    """Stays that are planned to end on a closed day."""
    for period in periods:
        ends = period.end if period.plan.kind is PeriodKind.STAY else None
        if ends is not None and ends >= anchor and not open_days.on(ends).is_open:
            yield Fixed(period.plan, ends)


def _beds(periods: Iterable[AskedPeriod], beds: int | None, load: Load) -> tuple[tuple[date, ...], int]:
    """The days of the stays on which there are too few beds, and the most beds taken on one of their days."""
    days = set()
    for period in periods:
        if period.plan.kind is PeriodKind.STAY:
            last = period.end if period.end is not None else period.start
            days |= {period.start + timedelta(number) for number in range((last - period.start).days + 1)}
    taken = {day: 1 + (load[day].beds if day in load else 0) for day in sorted(days)}
    over = tuple(day for day, count in taken.items() if beds is not None and count > beds)
    return over, max(taken.values(), default=0)


def _others(days: Iterable[date | None], taken: _Taken) -> int:
    """How many visits others have in the weeks of these days."""
    return sum(taken.weeks[monday] for monday in {monday_of(day) for day in days if day is not None})


def _each(protocols: Iterable[Protocol]) -> list[Protocol]:
    """Each protocol once."""
    return list({id(protocol): protocol for protocol in protocols}.values())


def _between(
    versions: Mapping[date, Protocol],
    participant: Participant,
    others: tuple[Participant, ...],
    working: Mapping[str, OpenDays] | None,
) -> dict[date, tuple[Finding, ...]]:
    """How each day stands to the rules between participants."""
    found: dict[date, tuple[Finding, ...]] = {}
    for protocol in _each(versions.values()):
        days = [day for day, version in versions.items() if version is protocol]
        people = (with_anchor(protocol, participant, day) for day in days)
        found |= dict(zip(days, findings_with(protocol, others, people, working), strict=False))
    return found
