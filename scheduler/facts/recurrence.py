"""Recurrences of whole days, as sites.yaml has them: RFC 5545, 3.3.10, as far as every program reads it alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduler.reading.problems import NotUnderstood

if TYPE_CHECKING:
    from dateutil.rrule import rrule

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_ADVICE = "a recurrence of days was wanted, as in FREQ=MONTHLY;BYDAY=1MO (RFC 5545, 3.3.10)"
_COUNTS = {"INTERVAL": 9_999, "COUNT": 9_999, "BYMONTH": 12}  # from 1
_PLACES = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}  # from 1, or from -1 back
_LISTS = ("BYMONTH", *_PLACES)
_NOT_WITH = {
    "BYWEEKNO": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYYEARDAY": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYMONTHDAY": ("WEEKLY",),
    "BYSETPOS": ("DAILY",),
}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(rf"([+-]?[0-9]{{1,2}})?({'|'.join(_WEEKDAYS)})")
_WEEKS = {"MONTHLY": 5, "YEARLY": 53}  # how often a weekday comes at most


def parse_rule(text: str) -> str:
    """A recurrence of whole days, in capitals. Raises NotUnderstood, which names the part."""
    rule = text.upper()
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, equals, value = part.partition("=")
        if not equals or (name not in ("FREQ", "UNTIL", "BYDAY", "WKST") and name not in _COUNTS and name not in _PLACES):
            raise NotUnderstood(f'"{part}" is no part of it: {_ADVICE}')
        if name in parts:
            raise NotUnderstood(f"{name} stands twice")
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise NotUnderstood(_ADVICE)
    for name, value in parts.items():
        _check(name, value, parts)
    if "COUNT" in parts and "UNTIL" in parts:
        raise NotUnderstood("COUNT and UNTIL cannot both say when it ends")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise NotUnderstood("BYSETPOS picks among the days that another part gives, as in BYDAY=MO,TU;BYSETPOS=1")
    return rule


def _check(name: str, value: str, parts: Mapping[str, str]) -> None:
    frequency = parts["FREQ"]
    if frequency in _NOT_WITH.get(name, ()):
        raise NotUnderstood(f"{name} cannot stand with FREQ={frequency}")
    for each in value.split(",") if name in _LISTS else [value]:
        if name in _COUNTS and not _is_number(each, range(1, _COUNTS[name] + 1)):
            raise NotUnderstood(f"{name}={value}: a number from 1 to {_COUNTS[name]} was wanted")
        if name in _PLACES and not _is_number(_unsigned(each), range(1, _PLACES[name] + 1)):
            raise NotUnderstood(f"{name}={value}: a number from 1 to {_PLACES[name]} was wanted, or from -1 to -{_PLACES[name]}")
    if name == "UNTIL":
        _check_until(value)
    if name == "WKST" and value not in _WEEKDAYS:
        raise NotUnderstood(f"WKST={value}: a weekday was wanted ({' '.join(_WEEKDAYS)})")
    if name == "BYDAY":
        _check_weekdays(value, parts)


def _check_until(value: str) -> None:
    try:
        if not re.fullmatch(r"[0-9]{8}", value, re.ASCII):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise NotUnderstood(f"UNTIL={value}: the last day was wanted, without a clock time, as in UNTIL=20261231") from None


def _check_weekdays(value: str, parts: Mapping[str, str]) -> None:
    found = [_WEEKDAY.fullmatch(each) for each in value.split(",")]
    if None in found:
        raise NotUnderstood(f"BYDAY={value}: weekdays were wanted, as in MO,TH or 1MO or -1FR")
    numbers = [match[1] for match in found if match is not None and match[1]]
    if not numbers:
        return
    if len(numbers) < len(found):
        raise NotUnderstood(f"BYDAY={value}: numbered and plain weekdays are not read alike everywhere; write two rules")
    frequency = parts["FREQ"]
    most = _WEEKS["MONTHLY" if "BYMONTH" in parts else frequency] if frequency in _WEEKS else 0
    if not most or "BYWEEKNO" in parts:
        raise NotUnderstood(
            f"BYDAY={value}: weekdays are numbered within a month or a year (FREQ=MONTHLY, or FREQ=YEARLY without weeks)"
        )
    if not all(_is_number(_unsigned(each), range(1, most + 1)) for each in numbers):
        raise NotUnderstood(
            f"BYDAY={value}: a weekday comes at most {most} times, so that {most} and -{most} are the last numbers"
        )


def _is_number(text: str, numbers: Collection[int]) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5 and int(text) in numbers


def _unsigned(text: str) -> str:
    return text[1:] if text.startswith(("+", "-")) else text


def days_of(rule: str, first: date) -> rrule:
    """The days of a recurrence that has been read, counted from a day: at midnight of the calendar on the wall."""
    from dateutil.rrule import rrule, rrulestr

    found = rrulestr(rule, dtstart=datetime(first.year, first.month, first.day))  # noqa: DTZ001
    assert isinstance(found, rrule)
    return found
