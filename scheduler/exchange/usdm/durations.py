"""ISO 8601 durations as USDM uses them (P2W, P1Y6M, PT90M), and the amounts of the protocol language.

Years, months, weeks and days stay what they are: P2W is never 14 days, and a month is no number of days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scheduler.language.moments import Offset

_ISO = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?P<clock>T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:0+S)?)?"
)
_UNITS = ("years", "months", "weeks", "days", "hours", "minutes")
_LARGEST = 10_000  # of any unit; more is a slip of the finger
_MINUTES_PER_HOUR = 60

Amounts = tuple[tuple[int, str], ...]  # larger units first; the zeros are left out


class NoDuration(ValueError):
    """A text that is no duration, or none that a date can be moved by."""


def amounts_of(text: str) -> Amounts:
    """The amounts of a duration. Raises NoDuration: also for seconds, fractions, and days together with hours.

    (Days drop the clock time that hours are counted from.)
    """
    match = _ISO.fullmatch(text.strip())
    if match is None or not any(match[unit] for unit in _UNITS):
        raise NoDuration(text)
    amounts = tuple((int(match[unit]), unit) for unit in _UNITS if match[unit] and int(match[unit]))
    if any(amount > _LARGEST for amount, _ in amounts):
        raise NoDuration(text)
    units = {unit for _, unit in amounts}
    if units & {"hours", "minutes"} and units - {"hours", "minutes"}:
        raise NoDuration(text)
    return amounts


def is_in_months(amounts: Amounts) -> bool:
    """Whether the length of a month matters to them."""
    return any(unit in ("years", "months") for _, unit in amounts)


def is_clock(text: str) -> bool:
    """Whether a duration is written in hours or minutes, be it none of them (PT0H)."""
    return "T" in text


def moved(start: str, amounts: Amounts, sign: int) -> str:
    """A date so far from another, as the protocol language says it: `DOSE + 1 year + 6 months`."""
    mark = "+" if sign > 0 else "-"
    return " ".join([start, *(f"{mark} {counted(amount, unit)}" for amount, unit in amounts)])


def counted(amount: int, unit: str) -> str:
    """So many of a unit: 1 week, 2 weeks."""
    return f"{amount} {unit.removesuffix('s') if amount == 1 else unit}"


def comparable(amounts: Iterable[tuple[int, str]]) -> tuple[int, int]:
    """About how long amounts are, to put them in order: in minutes, with months of 30 days; and those of the months alone."""
    minutes = {"years": 525_600, "months": 43_200, "weeks": 10_080, "days": 1_440, "hours": 60, "minutes": 1}
    months = {"years": 12, "months": 1}
    kept = tuple(amounts)
    return sum(minutes[unit] * amount for amount, unit in kept), sum(months.get(unit, 0) * amount for amount, unit in kept)


def is_sayable(offset: Offset) -> bool:
    """Whether an offset is one duration, forward or back; working days are none."""
    return not offset.working_days and (min(offset[:4]) >= 0 or max(offset[:4]) <= 0)


def iso_of(offset: Offset, *, weeks: bool = False) -> str:
    """An offset that is nowhere negative, as ISO 8601; `weeks` when it was written in weeks. Working days cannot be said."""
    assert min(offset[:4]) >= 0
    assert not offset.working_days
    if not offset.minutes:
        months = f"{offset.months}M" if offset.months else ""
        if weeks and not months and offset.days % 7 == 0:
            return f"P{offset.days // 7}W"
        return f"P{months}{offset.days}D" if offset.days or not months else f"P{months}"
    hours, minutes = divmod(offset.minutes, _MINUTES_PER_HOUR)
    return f"PT{hours}H" if not minutes else f"PT{offset.minutes}M"


def words_of(offset: Offset, *, weeks: bool = False) -> str:
    """The same offset in words: 2 weeks, 1 month 3 days."""
    text = iso_of(offset, weeks=weeks)
    return " ".join(counted(amount, unit) for amount, unit in amounts_of(text)) or "0 days"
