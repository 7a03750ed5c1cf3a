"""What an expression can be worth: a date, a range, nothing yet and why, or never; and what the answer rests on.

Everything a date rests on (its grounds) travels with it, so that "why this date" is never guessed afterwards.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from scheduler.language.moments import Moment
from scheduler.language.syntax import Reference


class Basis(Enum):
    """Where the date of a named thing came from, the surest first."""

    ACTUAL = "actual"
    BOOKED = "booked"
    PLANNED = "planned"
    COMPUTED = "computed"
    MISSED = "missed"
    LEFT_OUT = "left out"


class Ground(NamedTuple):
    """One thing a date rests on. `sure` when no later record can change it; `assumed` when the protocol does not say it."""

    name: str
    basis: Basis
    day: Moment | None
    sure: bool
    assumed: bool


class Lack(Enum):
    """What is missing where a date waits."""

    DATE = "date"
    BOOKING = "booking"
    ATTENDANCE = "attendance"
    CLOCK_TIME = "clock time"
    WORKING_DAYS = "working days"


class Awaited(NamedTuple):
    """Something a date waits for. `may_not_happen` when it may never come (progression, say)."""

    name: str
    lack: Lack = Lack.DATE
    may_not_happen: bool = False


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

    def origin(self) -> Worth:
        """What bare labels count from."""
        ...

    def named(self, reference: Reference) -> Worth:
        """What a name is worth."""
        ...

    def recorded(self, reference: Reference) -> Worth:
        """What a name is worth to a limit: visits count only once they are booked or done."""
        ...

    def answer(self, name: str) -> object:
        """The answer to a fact, None when it is not known."""
        ...

    def holds(self, name: str) -> Verdict:
        """Whether a yes-or-no fact was answered yes, or an event happened."""
        ...
