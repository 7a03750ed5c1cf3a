"""Single values as people write them in tables: dates, clock times, answers. Nothing ambiguous is guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from scheduler.facts.records import Answer
from scheduler.language.moments import Moment, Offset
from scheduler.protocol.records import AnswerKind, Fact
from scheduler.reading.problems import NotUnderstood

UNKNOWN = ("", "?")
NEVER = "never"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(:00)?")  # spreadsheets add the seconds
_AGE = re.compile(r"([0-9]{1,3})\+([0-6])")  # gestational age, as charts have it
_LENGTH = re.compile(
    r"(?=[0-9])([0-9]{1,4} *weeks?)?( *[0-9]{1,5} *days?)?( *[0-9]{1,5} *(h|hours?))?( *[0-9]{1,6} *(min|minutes?))?"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def parse_day(text: str) -> date:
    """A day written 2026-03-02. Raises NotUnderstood."""
    if _DATE.fullmatch(text) is None:
        raise NotUnderstood(f'"{text}": a date is written year-month-day, as in 2026-03-02')
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(f'"{text}" is not in the calendar') from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise NotUnderstood(f'"{text}": the year is not between {_FIRST_YEAR} and {_LAST_YEAR}')
    return day


def parse_moment(text: str, zone: tzinfo | None) -> Moment:
    """A day, or a day and clock time written 2026-03-02T09:30; without an offset of its own the time is the zone's.

    Raises NotUnderstood.
    """
    if _MOMENT.fullmatch(text) is None:
        return parse_day(text)
    parse_day(text[:10])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(f'"{text}" is no time of a day') from None
    if moment.tzinfo is not None and zone is not None:
        return moment.astimezone(zone)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


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
