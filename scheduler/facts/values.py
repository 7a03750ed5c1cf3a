"""Single values as people write them in tables: dates, clock times, answers. Nothing ambiguous is guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from scheduler.facts.records import Answer
from scheduler.language.moments import Moment, Offset
from scheduler.protocol.records import AnswerKind, Fact
from scheduler.reading.problems import NotUnderstood

UNKNOWN = ("", "?")
NEVER = "never"

_WRITTEN = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
    r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})( [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{1,2}( [0-9:]{1,8})?|[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日")
_SERIAL = re.compile(r"([0-9]{5,6})(?:\.[0-9]{1,20})?")
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH_NAME = re.compile(rf"(?<![a-z])({'|'.join(month[:3].lower() for month in _MONTHS)})[a-z]*(?![a-z])", re.IGNORECASE)
_ADVICE = "a date is written year-month-day, as in 2026-03-02"
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(:00)?")  # spreadsheets add the seconds
_AGE = re.compile(r"([0-9]{1,3})\+([0-6])")  # gestational age, as charts have it
_LENGTH = re.compile(
    r"(?=[0-9])([0-9]{1,4} *weeks?)?( *[0-9]{1,5} *days?)?( *[0-9]{1,5} *(h|hours?))?( *[0-9]{1,6} *(min|minutes?))?"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def parse_day(text: str) -> date:
    """A day written year first: 2026-03-02, 2026/3/2, 2026.3.2 or 2026年3月2日; spreadsheets may add the clock time of midnight.

    Raises NotUnderstood, which names what a text may mean that is not unambiguous.
    """
    day, clock, offset = _parts(text)
    if clock.strip("0:") or offset:
        raise NotUnderstood(f'"{text}": a day was wanted, without a clock time')
    return day


def parse_moment(text: str, zone: tzinfo | None) -> Moment:
    """A day as in parse_day, or a day and clock time: 2026-03-02T09:30, 2026/3/2 9:30. The time is the zone's without an offset.

    Raises NotUnderstood.
    """
    day, clock, offset = _parts(text)
    if not clock:
        return day
    try:
        if clock >= "24":  # later Pythons take 24:00 for the next day
            raise ValueError
        moment = datetime.fromisoformat(f"{day.isoformat()}T{clock}{offset}")
    except ValueError:
        raise NotUnderstood(f'"{text}" is no time of a day') from None
    if moment.tzinfo is not None and zone is not None:
        return moment.astimezone(zone)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _parts(text: str) -> tuple[date, str, str]:
    """The day, the clock time as hh:mm:ss and the offset from UTC; empty when they are not there. Raises NotUnderstood."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise NotUnderstood(f'"{text}": {_advice(text)}')
    hours, minutes, seconds, offset = match.group(7, 8, 9, 10)
    day = _day(int(match[1]), int(match[3] or match[5]), int(match[4] or match[6]))
    if day is None:
        raise NotUnderstood(f'"{text}" is not in the calendar')
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise NotUnderstood(f'"{text}": the year is not between {_FIRST_YEAR} and {_LAST_YEAR}')
    return day, f"{hours:0>2}:{minutes}:{seconds or '00'}" if hours else "", offset or ""


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _advice(text: str) -> str:
    """What to write instead of a text that does not begin with its year. Both readings are named, and neither is chosen."""
    if (match := _DAY_FIRST.fullmatch(text)) is not None:
        return _readings(int(match[1]), int(match[3]), int(match[4]), match[5] or "")
    if _SHORT_YEAR.fullmatch(text) is not None:
        return f"the year needs four digits; {_ADVICE}"
    if (match := _SERIAL.fullmatch(text)) is not None:
        return _serial(int(match[1]))
    if _MONTH_NAME.search(text) is not None:
        return f"the month is written as a number; {_ADVICE}"
    return _ADVICE


def _readings(first: int, second: int, year: int, clock: str) -> str:
    both = (_day(year, second, first), _day(year, first, second))
    found = list(dict.fromkeys(day for day in both if day is not None))
    if not found:
        return _ADVICE
    written = " or ".join(f"{day.isoformat()}{clock}" for day in found)
    if len(found) == 1:
        return f"the year comes first: write {written}"
    said = " or ".join(f"{day.day} {_MONTHS[day.month - 1]}" for day in found)
    return f"could be {said} {year}: write {written}"


def _serial(number: int) -> str:
    """The days that a spreadsheet's number stands for, counted from 1900 (as nearly all do) and from 1904 (as old Macs did)."""
    days = [start + timedelta(days=number) for start in (date(1899, 12, 30), date(1904, 1, 1))]
    if not all(_FIRST_YEAR <= day.year <= _LAST_YEAR for day in days):
        return _ADVICE
    return (
        f"a number, as spreadsheets keep dates: it would be {days[0]} (or {days[1]} counted from 1904): "
        "format the column as a date and check it"
    )


def parse_time(text: str) -> time:
    """A clock time written 9:30 or 14:05. Raises NotUnderstood."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise NotUnderstood(f'"{text}": a time is written hours:minutes, as in 09:30')
    return time(int(match[1]), int(match[2]))


def parse_length(text: str) -> Offset:
    """A length of time of known size: `31 weeks`, `31 weeks 4 days`, `31+4` (weeks and days), `36 hours`. Raises NotUnderstood."""
    if (age := _AGE.fullmatch(text)) is not None:
        return Offset(days=7 * int(age[1]) + int(age[2]), whole_days=True)
    if _LENGTH.fullmatch(text) is None:
        raise NotUnderstood(f'"{text}": a length of time is written as in 31 weeks 4 days (weeks, days, hours, minutes)')
    amounts = {unit[0]: int(amount) for amount, unit in re.findall(r"([0-9]+) *([a-z]+)", text)}
    days, minutes = 7 * amounts.get("w", 0) + amounts.get("d", 0), 60 * amounts.get("h", 0) + amounts.get("m", 0)
    return Offset(days=days, minutes=minutes, whole_days=not minutes)


def parse_answer(text: str, fact: Fact) -> Answer:
    """An answer to a fact. Raises NotUnderstood."""
    if fact.kind is AnswerKind.YES_OR_NO:
        answers = {"yes": True, "true": True, "no": False, "false": False}
        if text.lower() not in answers:
            raise NotUnderstood(f'"{text}": yes or no was wanted (empty or ? when it is not known)')
        return answers[text.lower()]
    if fact.kind is AnswerKind.VALUE:
        if text not in fact.values:
            raise NotUnderstood(f'"{text}" is none of the values {", ".join(fact.values)} (empty or ? when it is not known)')
        return text
    if fact.kind is AnswerKind.DATE:
        return parse_day(text)
    if fact.kind is AnswerKind.DURATION:
        return parse_length(text)
    if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", text) is None:
        raise NotUnderstood(f'"{text}": a number was wanted')
    return Decimal(text)


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def parse_weekdays(text: str) -> frozenset[int]:
    """Weekdays, from Monday as 0: `Tue Thu`, `Mon-Fri`; `none` for none of them. Raises NotUnderstood."""
    found: set[int] = set()
    for word in [] if text.strip() == "none" else text.replace(",", " ").split():
        first, _, last = word.partition("-")
        if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
            raise NotUnderstood(f"weekdays were wanted, as in Tue Thu or Mon-Fri ({' '.join(_WEEKDAYS)})")
        start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
        if end < start:
            raise NotUnderstood("the first weekday comes after the last")
        found.update(range(start, end + 1))
    return frozenset(found)
