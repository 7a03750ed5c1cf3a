"""The arithmetic of days, months and clock times. All of it is here, and no date is computed anywhere else.

Days are calendar days. Calendar months keep the day of the month and clip to the month's end: 30 November and 3 months is
28 February (29 in a leap year). Within one expression the months are summed before they are applied, once: 3 months and 3 months
from 30 November is 30 May, by whatever way it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import NamedTuple, Protocol

from scheduler.language.syntax import Duration, Label, LabelUnit, Unit
from scheduler.reading.problems import NotUnderstood, SchedulerError

Moment = date  # a day, or a day with a clock time (datetime is a kind of date)

FIRST_YEAR, LAST_YEAR = 1800, 2400  # a study lies well inside; a date outside is a slip of the finger

_FIRST_DAY, _LAST_DAY = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
_MINUTES_PER_DAY = 24 * 60


class Offset(NamedTuple):
    """How far from a base: all months first, then days, then working days, then elapsed minutes.

    `whole_days` when days or longer units were written, were it none of them: then a clock time is dropped.
    """

    months: int = 0
    days: int = 0
    working_days: int = 0
    minutes: int = 0
    whole_days: bool = False

    def plus(self, other: Offset) -> Offset:
        """Both offsets together."""
        return Offset(
            self.months + other.months,
            self.days + other.days,
            self.working_days + other.working_days,
            self.minutes + other.minutes,
            self.whole_days or other.whole_days,
        )

    def times(self, factor: int) -> Offset:
        """The offset so many times over; -1 turns it round."""
        return Offset(
            self.months * factor, self.days * factor, self.working_days * factor, self.minutes * factor, self.whole_days
        )


NOTHING = Offset()


def exact_minutes(offset: Offset) -> int:
    """The length of an offset without months. Raises NotUnderstood for months, which have no one length."""
    if offset.months or offset.working_days:
        raise NotUnderstood("months, years and working days have no one length to compare: use weeks, days, hours or minutes")
    return offset.days * _MINUTES_PER_DAY + offset.minutes


class NeedsClock(Exception):
    """Hours were to be counted from a day without a clock time."""


class NeedsWorkingDays(Exception):
    """Working days were to be counted, and nobody has said which days those are."""


class WorkingDays(Protocol):
    """A calendar that knows working days."""

    def count(self, day: date, days: int) -> date:
        """The working day so many working days after a day, or before it."""
        ...

    def is_announced(self, day: date) -> bool:
        """Whether it is settled which days are working days, up to a day."""
        ...


def shift(moment: Moment, offset: Offset, working: WorkingDays | None = None) -> Moment:
    """The moment that lies `offset` from another.

    Hours and minutes are elapsed time, counted through UTC where the moment has a time zone. Days and longer drop the clock time.
    On a day without a clock time, whole multiples of 24 hours count as days.

    Raises NeedsClock or NeedsWorkingDays when that is missing, SchedulerError when the calendar ends.
    """
    months, days, working_days, minutes, whole_days = offset
    if (
        whole_days and type(moment) is date and not (months or minutes or working_days)
    ):  # what is asked most, in a third of the time
        day = moment.toordinal() + days
        if _FIRST_DAY <= day <= _LAST_DAY:
            return date.fromordinal(day)
    try:
        if whole_days and type(moment) is not date:
            moment = day_of(moment)
        if months:
            moment = add_months(moment, months)
        if days:
            moment += timedelta(days)
        if working_days:
            if working is None:
                raise NeedsWorkingDays
            moment = working.count(day_of(moment), working_days)
        if minutes:
            moment = _add_minutes(moment, minutes)
    except (OverflowError, ValueError) as error:
        raise SchedulerError(_beyond(moment, offset)) from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise SchedulerError(_beyond(moment, offset))
    return moment


def _beyond(moment: Moment, offset: Offset) -> str:
    amounts = ((offset.months, "months"), (offset.days, "days"), (offset.minutes, "minutes"))
    moved = ", ".join(f"{amount} {unit}" for amount, unit in amounts if amount)
    return f"a date moved by {moved} leaves the years {FIRST_YEAR} to {LAST_YEAR} (it came to {moment.isoformat()})"


def add_months(day: date, months: int) -> date:
    """A day so many calendar months later (or earlier), clipped to the end of the month."""
    if day.day <= 28:  # every month has this day: nothing to clip, and no need for the library, which takes nine times as long
        years, month = divmod(day.month - 1 + months, 12)
        return day.replace(year=day.year + years, month=month + 1)
    from dateutil.relativedelta import relativedelta

    return day + relativedelta(months=months)


def _add_minutes(moment: Moment, minutes: int) -> Moment:
    if not isinstance(moment, datetime):
        days, rest = divmod(minutes, _MINUTES_PER_DAY)
        if rest:
            raise NeedsClock
        return moment + timedelta(days)
    if moment.tzinfo is None:
        return moment + timedelta(minutes=minutes)
    return (moment.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(moment.tzinfo)


def day_of(moment: Moment) -> date:
    """The calendar day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def in_order(moment: Moment) -> tuple[date, float]:
    """A key to sort moments by: the day, then the clock time. A day without a clock time comes before its clock times."""
    if not isinstance(moment, datetime):
        return (moment, -1.0)
    return (moment.date(), moment.hour * 3600 + moment.minute * 60 + moment.second)


def as_last(moment: Moment) -> tuple[date, float]:
    """A key to sort last moments by: a day without a clock time lasts to its end, so its clock times come before it."""
    day, clock = in_order(moment)
    return (day, clock if isinstance(moment, datetime) else float("inf"))


def surely_after(moment: Moment, other: Moment) -> bool:
    """Whether one comes after another for certain: clock times count where both have one, otherwise only the days do."""
    if isinstance(moment, datetime) and isinstance(other, datetime):
        return in_order(moment) > in_order(other)
    return day_of(moment) > day_of(other)


def days_from(moment: Moment, other: Moment) -> int:
    """How many calendar days one moment lies after another: 1 for the day after, whatever the clocks say."""
    return day_of(other).toordinal() - day_of(moment).toordinal()


def by_clock_of(moment: Moment, other: Moment) -> Moment:
    """A moment by the clock of another's time zone; as it is, where one of them has no clock time or no zone."""
    if isinstance(moment, datetime) and isinstance(other, datetime) and moment.tzinfo and other.tzinfo:
        return moment.astimezone(other.tzinfo)
    return moment


class Numbering(Enum):
    """How a protocol numbers its days."""

    DAY_0 = "day 0"
    DAY_1 = "day 1 without day 0"
    DAY_1_WITH_0 = "day 1 with day 0"


class MonthRule(Enum):
    """What a protocol calls a month. The value is what is written; nothing is assumed when nothing is said."""

    CALENDAR = "calendar"
    DAYS_28 = "28 days"
    DAYS_30 = "30 days"

    @property
    def days(self) -> int | None:
        """The days of a month that has a fixed length."""
        return {MonthRule.DAYS_28: 28, MonthRule.DAYS_30: 30}.get(self)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A protocol's conventions for days, weeks, months and years: turns what is written into an Offset."""

    numbering: Numbering
    month: MonthRule | None = None
    year: Offset | None = None
    weeks_from_1: bool = False

    def label(self, label: Label) -> Offset:
        """How far a label lies from the anchor. Raises NotUnderstood."""
        number = label.number
        if label.unit is LabelUnit.DAY:
            return Offset(days=self._day(number), whole_days=True)
        if label.unit is LabelUnit.WEEK:
            return Offset(days=7 * self._week(number), whole_days=True)
        return self._long(number, Unit.MONTH if label.unit is LabelUnit.MONTH else Unit.YEAR)

    def duration(self, duration: Duration) -> Offset:
        """The offset of a duration. Raises NotUnderstood."""
        amount = duration.amount
        if duration.unit in (Unit.HOUR, Unit.MINUTE):
            minutes = amount * (60 if duration.unit is Unit.HOUR else 1)
            if minutes != int(minutes):
                raise NotUnderstood(f"{duration} is no whole number of minutes")
            return Offset(minutes=int(minutes))
        if duration.unit is Unit.WORKING_DAY:
            return Offset(working_days=int(amount), whole_days=True)
        if duration.unit in (Unit.DAY, Unit.WEEK):
            return Offset(days=int(amount) * (7 if duration.unit is Unit.WEEK else 1), whole_days=True)
        return self._long(int(amount), duration.unit)

    def number(self, unit: LabelUnit, offset: Offset) -> int | None:
        """The number of the label that lies so far from the anchor: 12 for Week 12. None where no label does."""
        months, days = offset.months, offset.days
        if offset.working_days or offset.minutes:
            return None
        if unit is LabelUnit.DAY and not months:
            return (
                days + 1
                if self.numbering is Numbering.DAY_1_WITH_0 or (self.numbering is Numbering.DAY_1 and days >= 0)
                else days
            )
        if unit is LabelUnit.WEEK and not months and days % 7 == 0:
            weeks = days // 7
            return weeks + 1 if self.weeks_from_1 and weeks >= 0 else weeks
        if unit is LabelUnit.MONTH and self.month is not None:
            length = self.month.days
            if length is None:
                return months if not days else None
            return days // length if not months and days % length == 0 else None
        if unit is LabelUnit.YEAR and not days and months % 12 == 0:
            return months // 12
        return None

    def study_day(self, day: Moment, anchor: Moment) -> int:
        """The number this study gives to a day."""
        difference = day.toordinal() - anchor.toordinal()
        if self.numbering is Numbering.DAY_0:
            return difference
        if self.numbering is Numbering.DAY_1 and difference < 0:
            return difference
        return difference + 1

    def _day(self, number: int) -> int:
        if self.numbering is Numbering.DAY_0:
            return number
        if self.numbering is Numbering.DAY_1_WITH_0:
            return number - 1
        if number == 0:
            raise NotUnderstood('there is no Day 0 under "day 1 without day 0": Day -1 is the day before Day 1')
        return number - 1 if number > 0 else number

    def _week(self, number: int) -> int:
        if not self.weeks_from_1:
            return number
        if number == 0:
            raise NotUnderstood('there is no Week 0 under "week_numbering: from 1"')
        return number - 1 if number > 0 else number

    def _long(self, number: int, unit: Unit) -> Offset:
        if unit is Unit.YEAR and self.year is not None:
            return self.year.times(number)
        if self.month is None:
            raise NotUnderstood(
                f'{unit.value} are used, so the study must say what a month is: "month: calendar" (or 28 days, 30 days)'
            )
        if self.month.days is None:
            return Offset(months=number * (12 if unit is Unit.YEAR else 1), whole_days=True)
        if unit is Unit.YEAR:
            raise NotUnderstood(
                f"a year under a month of {self.month.value} can be meant in two ways: "
                'say "year: calendar" or, for example, "year: 364 days"'
            )
        return Offset(days=number * self.month.days, whole_days=True)
