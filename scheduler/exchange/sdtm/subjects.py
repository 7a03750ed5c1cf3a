"""The subject visits dataset (SV): visits that took place, and nothing that is only planned, booked or missed.

Of a participant it holds the code and the days of visits. A visit that the protocol does not plan has a decimal number after the planned
one before it (3.01), one of a series without a fixed number a decimal of the number of the series (12.502).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from scheduler.exchange.sdtm.datasets import Dataset, Item, Variable
from scheduler.exchange.sdtm.design import Design, PlannedRow
from scheduler.exchange.sdtm.reference import ReferenceStart, day_between
from scheduler.facts.records import Outcome
from scheduler.language.moments import Moment, day_of, in_order
from scheduler.protocol.records import COUNTER
from scheduler.schedule.records import Schedule
from scheduler.tables.formats import iso

_UNPLANNED = "Unscheduled visit"
_IN_SERIES, _THOUSAND = Decimal("0.5"), 1000  # where the numbers of a series begin, after those of what is not planned
_HUNDRED, _MOST = 100, 49
VARIABLES = (
    Variable("STUDYID", "Study Identifier", key=1),
    Variable("DOMAIN", "Domain Abbreviation"),
    Variable("USUBJID", "Unique Subject Identifier", key=2),
    Variable("VISITNUM", "Visit Number", "float", key=3),
    Variable("VISIT", "Visit Name"),
    Variable("VISITDY", "Planned Study Day of Visit", "integer"),
    Variable("SVSTDTC", "Start Date/Time of Visit"),
    Variable("SVENDTC", "End Date/Time of Visit"),
    Variable("SVSTDY", "Study Day of Start of Visit", "integer"),
    Variable("SVENDY", "Study Day of End of Visit", "integer"),
    Variable("SVUPDES", "Description of Unplanned Visit"),
)


class _Held(NamedTuple):
    """A visit that took place: when, and as what of the plan; None and no number when it is in no plan."""

    id: str
    actual: Moment
    row: PlannedRow | None
    number: Decimal | None


def subject_visits(design: Design, schedules: Iterable[Schedule], reference: ReferenceStart) -> Dataset:
    """SV, by participant and day."""
    rows = [
        row
        for schedule in sorted(schedules, key=lambda schedule: schedule.participant.id)
        for row in _rows(design, schedule, reference)
    ]
    return Dataset("SV", "Subject Visits", VARIABLES, rows)


def _rows(design: Design, schedule: Schedule, reference: ReferenceStart) -> Iterator[Sequence[Item]]:
    study, participant = design.protocol.study.id, schedule.participant
    start = reference.date_of(participant, schedule.working)
    before, unplanned = Decimal(0), 0
    for held in sorted(
        _held(design, schedule), key=lambda held: (in_order(held.actual), held.number or Decimal(10_000), held.id)
    ):
        if held.number is None:
            unplanned += 1
            number = before.to_integral_value(rounding="ROUND_FLOOR") + _after(unplanned)
            name, planned_day, why = f"{_UNPLANNED} {unplanned}", None, _UNPLANNED
        else:
            assert held.row is not None
            before, number, why = held.number, held.number, ""
            name = held.row.name if not held.row.visit.several else design.text(f"{held.row.name} ({held.id})", held.id)
            planned_day = held.row.day
        day = day_between(start, held.actual)
        yield (
            study,
            "SV",
            f"{study}-{participant.id}",
            number,
            name,
            planned_day,
            _dtc(held.actual),
            day_of(held.actual).isoformat(),
            day,
            day,
            why,
        )


def _held(design: Design, schedule: Schedule) -> Iterator[_Held]:
    """What took place, of the visits the participant has and of those that only the records know."""
    known = {visit.id for visit in schedule.visits}
    for visit in schedule.visits:
        if visit.actual is not None and visit.outcome is Outcome.DONE:
            yield _Held(visit.id, visit.actual, *_in_plan(visit.id, design.planned))
    for id in schedule.unplaced:
        record = schedule.participant.visits.get(id)
        if id not in known and record is not None and record.actual is not None and record.outcome is Outcome.DONE:
            yield _Held(id, record.actual, *_in_plan(id, design.planned))


def _in_plan(id: str, planned: Sequence[PlannedRow]) -> tuple[PlannedRow | None, Decimal | None]:
    """The planned visit an id belongs to, and its number: of a series, one by the numbers in its id."""
    for row in planned:
        if not row.visit.several:
            if row.visit.plan.id == id:
                return row, Decimal(row.number)
        elif (match := _pattern(row.visit.plan.id).fullmatch(id)) is not None:
            number = Decimal(row.number) + _IN_SERIES
            for place, found in enumerate(match.groups(), 1):
                number += Decimal(int(found)) / _THOUSAND**place
            return row, number
    return None, None


def _pattern(id: str) -> re.Pattern[str]:
    parts = COUNTER.split(id)  # text and counters by turns
    return re.compile("".join(re.escape(part) if number % 2 == 0 else r"(\d{1,3})" for number, part in enumerate(parts)))


def _after(nth: int) -> Decimal:
    """How far after the planned visit before it the nth unplanned one is numbered: 0.01, 0.02, and so on to less than a half."""
    if nth <= _MOST:
        return Decimal(nth) / _HUNDRED
    return Decimal(_MOST) / _HUNDRED + Decimal(nth - _MOST) / (_HUNDRED * _HUNDRED)


def _dtc(moment: Moment) -> str:
    """A date, or a date and time by the clock of the place, as ISO 8601."""
    return iso(moment.replace(tzinfo=None)) if isinstance(moment, datetime) else iso(moment)
