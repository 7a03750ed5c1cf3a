"""SDTM's study days: counted from the reference start date, which need not be the study's anchor.

The reference is a point of the protocol language: `infusion`, `LD1 else infusion`. CDISC, SDTM Implementation Guide 4.4.4: a day on or
after the reference is so many days after it plus 1, a day before it so many days before it; there is no Day 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from scheduler.exchange.visits import Counted, OneVisit, count, from_anchor
from scheduler.facts.records import Participant
from scheduler.language.dating import dating
from scheduler.language.moments import NOTHING, Moment, Offset, WorkingDays, day_of, days_from
from scheduler.language.parser import parse_point
from scheduler.language.survey import references
from scheduler.language.syntax import Point, Reference
from scheduler.language.worth import Basis, On
from scheduler.protocol.names import names_of
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import NotUnderstood, SchedulerError, did_you_mean
from scheduler.schedule.person import Person

_MINUTES_PER_DAY = 24 * 60


def study_day(days: int) -> int:
    """SDTM's number for a day so many days after the reference start date."""
    return days + 1 if days >= 0 else days


class ReferenceStart(NamedTuple):
    """What SDTM's days count from; `planned` is how far it lies from the study's anchor, None where that is not the same for all."""

    point: Point
    planned: Offset | None
    protocol: Protocol

    def planned_day(self, offset: Offset | None) -> int | None:
        """The study day of what lies so far from the anchor, as planned; None where that is not the same for everybody."""
        if offset is None or self.planned is None:
            return None
        apart = offset.plus(self.planned.times(-1))
        days, rest = divmod(apart.minutes, _MINUTES_PER_DAY)
        return None if apart.months or apart.working_days or rest else study_day(apart.days + days)

    def date_of(self, participant: Participant, working: WorkingDays | None) -> date | None:
        """The reference start date of a participant, once all it rests on has taken place."""
        person = Person(self.protocol, participant, None, working)
        worth = dating(self.point, self.protocol.study.reckoning).on(person.root)
        if not isinstance(worth, On) or any(ground.basis is not Basis.ACTUAL for ground in worth.grounds):
            return None
        return day_of(worth.day)


def day_between(reference: date | None, day: Moment) -> int | None:
    """The study day of a date; None without a reference."""
    return None if reference is None else study_day(days_from(reference, day))


def reference_start(text: str, protocol: Protocol, visits: Mapping[str, OneVisit]) -> ReferenceStart:
    """What somebody says SDTM's days count from; the study's anchor where nothing is said.

    Raises SchedulerError for what is no point of this protocol.
    """
    try:
        point = parse_point(text) if text else Reference(protocol.study.anchor)
        dating(point, protocol.study.reckoning)
    except NotUnderstood as error:
        raise SchedulerError(f'the reference "{text}": {error.message}') from error
    known = [*protocol.events, *visits]
    for reference in references(point):
        if reference.name not in protocol.events and not names_of(protocol).resolve(reference.name, protocol.root):
            raise SchedulerError(
                f'the reference "{text}": there is no visit or event of this name{did_you_mean(reference.name, known)}'
            )
    return ReferenceStart(point, _planned(point, protocol, visits), protocol)


def _planned(point: Point, protocol: Protocol, visits: Mapping[str, OneVisit]) -> Offset | None:
    counted = count(point, protocol, protocol.root, Counted(protocol.study.anchor, NOTHING), {})
    if counted is None or (counted.base in visits and visits[counted.base].conditions):
        return None
    base = from_anchor(counted.base, visits, protocol)
    return None if base is None else base.plus(counted.offset)
