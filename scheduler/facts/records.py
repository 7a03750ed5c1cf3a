"""Sites, participants and what was recorded. Codes, never names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from enum import Enum

from scheduler.language.moments import Moment, Offset
from scheduler.protocol.records import Text

Answer = bool | str | Decimal | date | Offset


class Paper(Enum):
    """What a site prints on."""

    A4 = "A4"
    LETTER = "Letter"


class Suggest(Enum):
    """Which of the days that are possible is suggested; "nearest" is to the target, and says which of two as near."""

    NEAREST_EARLIER = "nearest earlier"
    NEAREST_LATER = "nearest later"
    EARLIEST = "earliest"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Closure:
    """Days from the first to the last, both included, and why they are closed, or open, or somebody is on leave."""

    first: date
    last: date
    why: str = ""


@dataclass(frozen=True, slots=True)
class Recurring:
    """A closure that comes again: an RRULE (RFC 5545, 3.3.10), counted from its first day."""

    rule: str
    first: date
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCalendar:
    """When a site works. Weekdays count from Monday, 0.

    `announced_until` is the last day whose public holidays are settled, where the site knows better than the program. `clinic_days`
    are the weekdays on which a kind of visit is held, `capacity` how many of it on one day, by the visit's mode (every day, any
    number, where nothing is said); `beds` how many participants can be in hospital at once. On `leave` nobody sees participants.
    """

    country: str = ""
    region: str = ""
    weekend: frozenset[int] = frozenset((5, 6))
    public_holidays: bool = True
    announced_until: date | None = None
    closed: tuple[Closure, ...] = ()
    closed_every: tuple[Recurring, ...] = ()
    open: tuple[Closure, ...] = ()
    leave: tuple[Closure, ...] = ()
    clinic_days: Mapping[str, frozenset[int]] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)
    beds: int | None = None
    suggest: Suggest = Suggest.NEAREST_EARLIER


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointments:
    """How a site's appointments stand in calendars.

    `minutes` says how long a kind of visit takes, by its mode, where that is known; with a `reminder` every event asks for one alarm;
    `place` is where a participant comes to, in words that name neither a department nor a study.
    """

    minutes: Mapping[str, int] = field(default_factory=dict)
    reminder: bool = False
    place: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A hospital: where visits take place, and whom a participant rings.

    `protocols` are the versions of the protocol in force there, each with its first day, in their order; empty when there is one.
    `large_print` is how many points the text of a second visit sheet has, in large print; None where only the ordinary one is wanted.
    """

    id: str
    name: Text
    zone: tzinfo
    language: str
    paper: Paper = Paper.A4
    large_print: int | None = None
    city: Text | None = None
    country: str = ""
    address: Text | None = None
    day_telephone: str = ""
    night_telephone: str = ""
    emergency: str = ""
    protocols: tuple[tuple[str, date], ...] = ()
    calendar: SiteCalendar = SiteCalendar()
    appointments: Appointments = Appointments()


class Status(Enum):
    """Whether a recorded date is meant to come or has come; NEVER when it is declared that it will not."""

    PLANNED = "planned"
    ACTUAL = "actual"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recorded date of an event, or of a visit that is dated by its record. No date when it will never be."""

    moment: Moment | None
    status: Status = Status.PLANNED
    note: str = field(default="", compare=False)


class Outcome(Enum):
    """What was recorded of a visit."""

    OPEN = ""
    BOOKED = "booked"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_off(self) -> bool:
        """Whether it was recorded beforehand that the visit does not take place."""
        return self in (Outcome.CANCELLED, Outcome.SKIPPED)

    @property
    def is_not_done(self) -> bool:
        """Whether the visit has not taken place and will not."""
        return self is Outcome.MISSED or self.is_off


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A row about one visit: the day a person wrote down for it, the day it happened, what became of it; who wrote it, and when."""

    booked: Moment | None = None
    actual: Moment | None = None
    outcome: Outcome = Outcome.OPEN
    note: str = ""
    recorded_by: str = ""
    recorded_on: date | None = None


class Leaving(Enum):
    """Why somebody takes part no longer."""

    WITHDRAWN = "withdrawn"
    DIED = "died"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Left:
    """That a participant takes part no longer: from that day on nothing is planned. `died` is the day of a death, were it later."""

    reason: Leaving
    day: date
    died: date | None = None


UNSCHEDULED = re.compile(
    r"unscheduled(?:-([A-Za-z0-9]+))?"
)  # what a visit that the protocol does not plan is called in the records


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One person, by code: answers to the protocol's facts, recorded events, recorded visits. What is missing is not known.

    `recorded` holds the dates of an event in their order, for it may come several times; `changes` the answers that came later than
    those of `answers`, each with the day from which it holds, in their order. The first and the last day of a period are recorded
    under its id and `.start` or `.end`. `unavailable` are stretches of days, both ends included, on which the participant cannot come; `prefers` the weekdays they
    like best, from Monday as 0.
    """

    id: str
    site: str = ""
    language: str = "en"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    recorded: Mapping[str, tuple[Recorded, ...]] = field(default_factory=dict)
    changes: Mapping[str, tuple[tuple[date, Answer], ...]] = field(default_factory=dict)
    visits: Mapping[str, VisitRecord] = field(default_factory=dict)
    left: Left | None = None
    unavailable: tuple[tuple[date, date], ...] = ()
    prefers: frozenset[int] = frozenset()

    @classmethod
    def planned(
        cls, id: str, dates: Mapping[str, Moment], answers: Mapping[str, Answer] | None = None, language: str = "en"
    ) -> Participant:
        """A participant of whom only planned dates are known: `Participant.planned("P1", {"infusion": date(2026, 3, 2)})`."""
        recorded = {name: (Recorded(moment),) for name, moment in dates.items()}
        return cls(id=id, language=language, answers=dict(answers or {}), recorded=recorded)
