"""The Schedule: what the protocol asks of one participant, with every date and everything each date rests on.

Target, earliest and latest are what the protocol says; booked and actual are what people wrote down; nothing here mixes them.
All windows include both their ends. The records are named tuples: frozen like the others, and four times as quick to make.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from scheduler.facts.records import Left, Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.moments import Moment, Reckoning, WorkingDays, day_of, surely_after
from scheduler.language.syntax import EndKind, TimePoint
from scheduler.language.worth import Awaited, Grounds
from scheduler.protocol.records import Activity, PlannedPeriod, PlannedVisit, Protocol, Text


class Applies(Enum):
    """Whether something is for this participant."""

    YES = "yes"
    UNDECIDED = "undecided"  # an answer is missing
    ONLY_IF = "only if"  # only when something happens that has not
    NO = "no"

    @property
    def shown(self) -> bool:
        """Whether it belongs on a participant's calendar and sheet."""
        return self in (Applies.YES, Applies.UNDECIDED)


class Certainty(Enum):
    """Whether a date rests on something that is not known yet."""

    FIRM = "firm"
    TENTATIVE = "tentative"


class Why(NamedTuple):
    """What a date rests on, as records; it is put into words only when it is shown.

    `origin` is the name of what labels count from, and `reckoning` how; `cut` the end that something comes after; `left` that the
    participant takes part no longer by then.
    """

    target: Grounds = ()
    window: Grounds = ()
    limits: Grounds = ()
    undecided: tuple[str, ...] = ()
    only_if: tuple[str, ...] = ()
    cut: Grounds = ()
    origin: str = ""
    reckoning: Reckoning | None = None
    left: Left | None = None


NOTHING = Why()


class Sample(NamedTuple):
    """A time of an activity, counted from the visit's clock time; no date while that is not known."""

    time: TimePoint
    target: Moment | None = None
    earliest: Moment | None = None
    latest: Moment | None = None


class Task(NamedTuple):
    """One activity of a visit; `earliest` and `latest` are its own gate, where it has one, `samples` its times."""

    activity: Activity
    applies: Applies
    undecided: tuple[str, ...] = ()
    earliest: Moment | None = None
    latest: Moment | None = None
    waits: tuple[Awaited, ...] = ()
    grounds: Grounds = ()
    samples: tuple[Sample, ...] = ()


class Wider(NamedTuple):
    """A wider window, to be used last, and what it is for."""

    earliest: Moment | None
    latest: Moment | None
    reason: str


class Visit(NamedTuple):
    """A planned visit on one participant's calendar.

    `earliest`..`latest` is the protocol's window; `opens`..`closes` is what is left of it once the limits have cut (the same days
    where there are none; empty when `opens` comes after `closes`). `waits` says what its date waits for (its window, where it has
    no target), `window_waits` what its window waits for beside that, `unchecked` what a limit still waits for. `spread` when these
    days are only the widest they can be, for they follow a day that may fall anywhere in a range. `preferred` are the best days of
    the window, `allowance` a wider one; after `missed_after` it can take place no more. `part_of` names the visit it is part of,
    because they have the same target. `against` when it took place although the protocol does not ask for it, of this participant
    or any more. `under` is the version of the protocol it follows, where that is not the schedule's.
    """

    plan: PlannedVisit
    applies: Applies
    target: Moment | None = None
    earliest: Moment | None = None
    latest: Moment | None = None
    opens: Moment | None = None
    closes: Moment | None = None
    study_day: int | None = None
    waits: tuple[Awaited, ...] = ()
    window_waits: tuple[Awaited, ...] = ()
    not_before: Moment | None = None
    unchecked: tuple[Awaited, ...] = ()
    spread: bool = False
    record: VisitRecord = VisitRecord()
    tasks: tuple[Task, ...] = ()
    why: Why = NOTHING
    preferred: tuple[Moment | None, Moment | None] = (None, None)
    allowance: Wider | None = None
    missed_after: Moment | None = None
    part_of: str = ""
    against: bool = False
    under: Protocol | None = None

    @property
    def id(self) -> str:
        """The visit's id in the protocol."""
        return self.plan.id

    @property
    def booked(self) -> Moment | None:
        """The day a person wrote down for it."""
        return self.record.booked

    @property
    def actual(self) -> Moment | None:
        """The day it happened."""
        return self.record.actual

    @property
    def outcome(self) -> Outcome:
        """What was recorded of it."""
        return self.record.outcome

    @property
    def certainty(self) -> Certainty:
        """Tentative while anything it rests on may still change."""
        return _certainty(self.applies, self.all_waits + self.unchecked, self.why)

    @property
    def assumed(self) -> frozenset[str]:
        """Which of its printed values the protocol does not say: its own assumed keys, and "at" or "window" by inheritance."""
        found = set(self.plan.assumed)
        if any(ground.assumed for ground in self.why.target):
            found.add("at")
        if "limits" in found or any(ground.assumed for ground in self.why.window + self.why.limits):
            found.add("window")
        return frozenset(found)

    @property
    def all_waits(self) -> tuple[Awaited, ...]:
        """Everything its date and its window wait for."""
        return self.waits + self.window_waits

    @property
    def only_if(self) -> tuple[str, ...]:
        """The names of what must come first, where it takes place only then."""
        return self.why.only_if or tuple(awaited.name for awaited in self.waits)

    @property
    def cancelled(self) -> bool:
        """Whether it was recorded that it does not take place."""
        return self.outcome.is_off

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more: it took place, was missed or will not take place."""
        return self.actual is not None or self.outcome not in (Outcome.OPEN, Outcome.BOOKED)

    @property
    def day(self) -> Moment | None:
        """The one day to show it on: actual, else booked, else target, else the first day it may be.

        A target outside the days that are left gives way to the nearest of them; None when none is left.
        """
        if self.actual is not None or self.booked is not None:
            return self.actual or self.booked
        if self.empty:
            return None
        if self.target is None:
            return self.opens or self.closes
        if self.opens is not None and surely_after(self.opens, self.target):
            return self.opens
        if self.closes is not None and surely_after(self.target, self.closes):
            return self.closes
        return self.target

    @property
    def last(self) -> Moment | None:
        """The last day it is expected on: of its window, else its booking, else its target. None where that is open or not known."""
        if self.opens is not None or self.closes is not None:
            return self.closes
        return self.booked or self.target

    @property
    def empty(self) -> bool:
        """Whether there is no day it may take place on: its window, as the limits left it, ends before it begins."""
        return self.opens is not None and self.closes is not None and surely_after(self.opens, self.closes)

    @property
    def outside(self) -> bool:
        """Whether the day it took place, or else is booked for, lies outside the window that is left."""
        day = self.actual or self.booked
        if day is None or self.spread or self.outcome is Outcome.MISSED or self.cancelled:
            return False
        early = self.opens is not None and surely_after(self.opens, day)
        return early or (self.closes is not None and surely_after(day, self.closes))

    @property
    def misplaced(self) -> bool:
        """Whether the target lies outside the window the protocol gives, or the limits leave."""
        return self.target is not None and not self.empty and self.day != self.target and not (self.actual or self.booked)


class Period(NamedTuple):
    """A stay, treatment, rest, restriction or observation of one participant; both days belong to it.

    `end_kind` says whether the end is the last day, the least it may be, or the most. Where its days were recorded (`began`,
    `ended`), `start` and `end` are those, and `asked` still says what the protocol asks.
    """

    plan: PlannedPeriod
    applies: Applies
    start: Moment | None = None
    end: Moment | None = None
    end_kind: EndKind = EndKind.ON
    waits: tuple[Awaited, ...] = ()
    why: Why = NOTHING
    began: Recorded | None = None
    ended: Recorded | None = None
    asked: tuple[Moment | None, Moment | None] = (None, None)
    under: Protocol | None = None

    @property
    def id(self) -> str:
        """The period's id in the protocol."""
        return self.plan.id

    @property
    def all_waits(self) -> tuple[Awaited, ...]:
        """Everything its days wait for."""
        return self.waits

    @property
    def only_if(self) -> tuple[str, ...]:
        """The names of what must come first, where there is one only then."""
        return self.why.only_if or tuple(awaited.name for awaited in self.waits)

    @property
    def over(self) -> bool:
        """Whether it is recorded that it has ended."""
        return self.ended is not None and self.ended.status is Status.ACTUAL

    @property
    def certain(self) -> bool:
        """Whether there is one for certain: it is for this participant, and what its first day counts from has taken place."""
        return self.applies is Applies.YES and self.start is not None and all(ground.sure for ground in self.why.target)

    @property
    def empty(self) -> bool:
        """Whether it ends before it begins."""
        return self.start is not None and self.end is not None and surely_after(self.start, self.end)

    @property
    def certainty(self) -> Certainty:
        """Tentative while anything it rests on may still change."""
        return _certainty(self.applies, self.waits, self.why)

    @property
    def assumed(self) -> frozenset[str]:
        """Which of its printed values the protocol does not say."""
        found = set(self.plan.assumed)
        if any(ground.assumed for ground in self.why.target):
            found.add("from")
        if any(ground.assumed for ground in self.why.window):
            found.add("to")
        if self.began is not None:
            found.discard("from")
        if self.ended is not None:
            found.discard("to")
        return frozenset(found)


def _certainty(applies: Applies, waits: tuple[Awaited, ...], why: Why) -> Certainty:
    grounds = why.target + why.window + why.limits
    if applies is not Applies.YES or waits or not all(ground.sure for ground in grounds):
        return Certainty.TENTATIVE
    return Certainty.FIRM


class Open(NamedTuple):
    """A series that goes on after the last date of it here, and what would end it."""

    name: str
    label: Text | None
    awaited: tuple[Awaited, ...]


class Schedule(NamedTuple):
    """Everything the protocol asks of one participant, in the protocol's order. What is not for this participant is kept too.

    `open` are the series without a known end: they are dated to a horizon and go on after it. `unplaced` are the ids of visits
    something was recorded of and that this participant does not have. `working` is the calendar of the site, `older` the versions of
    the protocol before this one, the last of them first.
    """

    protocol: Protocol
    participant: Participant
    visits: tuple[Visit, ...]
    periods: tuple[Period, ...]
    open: tuple[Open, ...] = ()
    unplaced: tuple[str, ...] = ()
    working: WorkingDays | None = None
    older: tuple[Protocol, ...] = ()

    @property
    def items(self) -> tuple[Visit | Period, ...]:
        """The visits, then the periods."""
        return (*self.visits, *self.periods)

    def is_provisional(self, visit: Visit) -> bool:
        """Whether the days of a visit that is to come lie, or reach, beyond the public holidays that are announced at the site."""
        day = visit.booked or visit.closes or visit.day
        if self.working is None or day is None or visit.over or not visit.applies.shown:
            return False
        return not self.working.is_announced(day_of(day))

    def protocol_of(self, item: Visit | Period) -> Protocol:
        """The version of the protocol that a visit or a period follows."""
        return item.under or self.protocol

    def visit(self, id: str) -> Visit:
        """One visit. Raises KeyError."""
        for visit in self.visits:
            if visit.id == id:
                return visit
        raise KeyError(id)

    def period(self, id: str) -> Period:
        """One period. Raises KeyError."""
        for period in self.periods:
            if period.id == id:
                return period
        raise KeyError(id)
