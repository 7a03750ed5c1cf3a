"""Worths, and what is written under them: where a date came from, and how sure that makes it."""

from __future__ import annotations

from scheduler.facts.records import Recorded, Status
from scheduler.language.moments import Moment
from scheduler.language.worth import Awaited, Basis, Ground, Lack, Never, On, Verdict, Waits, Worth, grounds_of


def on_record(name: str, basis: Basis, moment: Moment) -> On:
    """A day that somebody wrote down."""
    return On(moment, (Ground(name, basis, moment, sure=basis is Basis.ACTUAL, assumed=False),))


def recorded(name: str, record: Recorded) -> Worth:
    """What the record of an event is worth."""
    if record.moment is None:
        return Never((name,))
    return on_record(name, Basis.ACTUAL if record.status is Status.ACTUAL else Basis.PLANNED, record.moment)


def not_for(name: str, verdict: Verdict) -> Worth:
    """Never, unless something that may still happen would change it."""
    if not verdict.only_if:
        return Never((name,))
    return Waits(tuple(Awaited(event, Lack.DATE, may_not_happen=True) for event in verdict.only_if))


def undecided(worth: Worth, names: tuple[str, ...]) -> Worth:
    """The same date, resting also on the answers that decide whether there is one."""
    if isinstance(worth, Never):
        return worth
    open_answers = tuple(Ground(name, Basis.UNDECIDED, None, sure=False, assumed=False) for name in names)
    return worth._replace(grounds=worth.grounds + open_answers)


def through(worth: Worth, name: str, assumed: bool, *, movable: bool = False) -> Worth:
    """A date that follows from others and is never recorded itself: as sure as what it follows from."""
    sure = not movable and all(ground.sure for ground in grounds_of(worth))
    return grounded(worth, name, Basis.COMPUTED, sure=sure, assumed=assumed)


def grounded(worth: Worth, name: str, basis: Basis, *, sure: bool, assumed: bool, may_not_happen: bool = False) -> Worth:
    """The same date, resting on one name; what is assumed, undecided or may not happen underneath stays so."""
    if isinstance(worth, Never):
        return worth
    day = worth.day if isinstance(worth, On) else None
    below = worth.grounds
    assumed = assumed or any(ground.assumed for ground in below)
    may_not_happen = may_not_happen or any(ground.may_not_happen for ground in below)
    open_answers = tuple(ground for ground in below if ground.basis is Basis.UNDECIDED)
    return worth._replace(grounds=(Ground(name, basis, day, sure, assumed, may_not_happen), *open_answers))
