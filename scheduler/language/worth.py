"""What an expression can be worth: a date, a range, nothing yet and why, or never; and what the answer rests on.

Everything a date rests on (its grounds) travels with it, so that "why this date" is never guessed afterwards.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from scheduler.language.moments import Moment, WorkingDays
from scheduler.language.syntax import Reference


class Basis(Enum):
    """Where the date of a named thing came from."""

    ACTUAL = "actual"
    BOOKED = "booked"
    PLANNED = "planned"
    COMPUTED = "computed"
    MISSED = "missed"
    PROVISIONAL = "provisional"  # no date: working days were counted on a calendar that is not announced so far
    UNDECIDED = "undecided"  # no date: an answer that is not there yet decides whether there is one
    START = "start"  # the start of a copy of a group: what it was counted from stands beside it
    OPEN = "open"  # no date: it has not taken place, and how it does may move what follows
    LEFT_OUT = "left out"  # no date: it may never happen, and has not


class Ground(NamedTuple):
    """One thing a date rests on.

    `sure` when no later record can change it; `assumed` when the protocol does not say it; `may_not_happen` when it is the
    expected date of something that may never come; `of` whose it is, in rules between participants, where it is another's.
    """

    name: str
    basis: Basis
    day: Moment | None
    sure: bool
    assumed: bool
    may_not_happen: bool = False
    of: str = ""


class Lack(Enum):
    """What is missing where a date waits."""

    DATE = "date"
    BOOKING = "booking"
    ATTENDANCE = "attendance"
    CLOCK_TIME = "clock time"
    WORKING_DAYS = "working days"
    END = "end"


class Awaited(NamedTuple):
    """Something a date waits for. `may_not_happen` when it may never come (progression, say); `of` as with a ground."""

    name: str
    lack: Lack = Lack.DATE
    may_not_happen: bool = False
    of: str = ""


Grounds = tuple[Ground, ...]


class On(NamedTuple):
    """One day (or one clock time)."""

    day: Moment
    grounds: Grounds = ()


class Between(NamedTuple):
    """Some day of a range, both ends included; an end that is None is open."""

    earliest: Moment | None
    latest: Moment | None
    grounds: Grounds = ()


class Waits(NamedTuple):
    """Not known yet, and for what; not before a day, where that much is known."""

    awaited: tuple[Awaited, ...]
    not_before: Moment | None = None
    grounds: Grounds = ()


class Never(NamedTuple):
    """It cannot be: declared never, cancelled, or not for this participant."""

    names: tuple[str, ...] = ()


Worth = On | Between | Waits | Never


class Verdict(NamedTuple):
    """Whether a condition holds: True, False or None (not known yet).

    `undecided` are the facts that would settle it; `only_if` the events that would make a False true.
    """

    value: bool | None
    undecided: tuple[str, ...] = ()
    only_if: tuple[str, ...] = ()


YES = Verdict(True)
NO = Verdict(False)


class Scope(Protocol):
    """What an expression may ask for: one participant, seen from one place of the protocol."""

    @property
    def working(self) -> WorkingDays | None:
        """The calendar that working days are counted on; None where there is none."""
        ...

    def origin(self) -> Worth:
        """What bare labels count from."""
        ...

    def named(self, reference: Reference) -> Worth:
        """What a name is worth."""
        ...

    def answer(self, name: str, day: Moment | None = None) -> object:
        """The answer to a fact, or the number a counter stands at; None when it is not known.

        An answer may change: the one in force on the day counts, else the one at the target of what asks.
        """
        ...

    def holds(self, name: str) -> Verdict:
        """Whether a yes-or-no fact was answered yes, or an event happened."""
        ...


def first_day(worth: Worth | None) -> Moment | None:
    """The day, or the first of a range; None where there is none."""
    return worth.day if type(worth) is On else worth.earliest if isinstance(worth, Between) else None


def last_day(worth: Worth | None) -> Moment | None:
    """The day, or the last of a range; None where there is none."""
    return worth.day if type(worth) is On else worth.latest if isinstance(worth, Between) else None


def grounds_of(*worths: Worth | None) -> Grounds:
    """What some worths rest on, each ground once."""
    found: Grounds = ()
    for worth in worths:
        if worth is None or isinstance(worth, Never) or worth.grounds is found:
            continue
        found = tuple(dict.fromkeys(found + worth.grounds)) if found else worth.grounds
    return found


def awaited_by(*worths: Worth | None) -> tuple[Awaited, ...]:
    """What some worths wait for, each thing once."""
    found: tuple[Awaited, ...] = ()
    for worth in worths:
        if type(worth) is Waits:
            found += worth.awaited
    return tuple(dict.fromkeys(found)) if found else ()
