"""VTIMEZONE: what the clock of a zone does over some years (RFC 5545 3.6.5), for readers that have no tz database or an older one.

The changes of the clock are searched with what `zoneinfo` makes public, so that this holds wherever it finds its data, and no rule is
taken on trust: where every year has its two changes on the same weekday of the same month, those are written as two yearly rules;
everywhere else (Morocco, Gaza, a country that gives up summer time, a rule such as "the day before the last Sunday") each change is an
observance of its own. Never as a list of RDATEs: some readers keep only the first of them, and Outlook none (MS-STANOICAL 2.2.47).
The same zone, years and release of the tz database give the same bytes on every machine.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.calendars.lines import escape, fold

_STEP = timedelta(days=5)  # two changes of a clock have been at least a week apart since 1970, and are wherever they are foreseen
_CYCLE = 28  # years until every date falls on the same weekday again
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class _Observance(NamedTuple):
    """Since when, in UTC, the clock runs as it does, and how: the offset `before` and `after`, and how much of it summer time adds.

    `rule` is an RRULE if the same happens every year.
    """

    moment: datetime
    before: timedelta
    after: timedelta
    name: str
    saved: timedelta
    rule: str = ""

    @property
    def onset(self) -> datetime:
        """What the clock shows at that moment as it ran before (RFC 5545 3.6.5: DTSTART is local time in TZOFFSETFROM)."""
        return self.moment.replace(tzinfo=None) + self.before


@lru_cache(maxsize=256)
def vtimezone(key: str, first: int, last: int) -> bytes:
    """The VTIMEZONE of the zone `key`, right for every moment of the years `first` to `last`, both included.

    Raises ValueError for years in the wrong order or at the ends of what a date can be, and what `ZoneInfo(key)` raises.
    """
    if not 2 < first <= last < 9999 - _CYCLE:
        raise ValueError(f"no years for a time zone: {first} to {last}")
    observances = _yearly(key, first, last) or _one_by_one(key, first, last)
    return b"".join(fold(line) for line in _lines(key, observances))


def _yearly(key: str, first: int, last: int) -> list[_Observance]:
    """Two rules that give all changes of these years and of the years after, no more and no fewer; empty where none do.

    They start a year early: each then holds from its onset in that year, and one of them on 1 January of `first`. As they have no
    end in the file, they must be right for longer than was asked: "the last Saturday" for "the day before the last Sunday" is not.
    """
    if len(_changes(key, first - 1)) != 2:
        return []  # most zones: nothing to look for in the years after
    years = range(first - 1, max(last + 1, first - 1 + _CYCLE))
    changes = [change for year in years for change in _changes(key, year)]
    rules = []
    for each_year in (changes[0::2], changes[1::2]):
        rule = _rule([change.onset for change in each_year], years)
        if not rule or len({change[1:] for change in each_year}) > 1:
            return []
        rules.append(each_year[0]._replace(rule=rule))
    return rules


def _rule(onsets: Sequence[datetime], years: range) -> str:
    """The RRULE for a weekday of a month on which an onset falls every year: `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`; empty if none."""
    if [onset.year for onset in onsets] != list(years) or len(
        {(onset.month, onset.weekday(), onset.time()) for onset in onsets}
    ) > 1:
        return ""
    places = set.intersection(*(_places(onset) for onset in onsets))
    return f"FREQ=YEARLY;BYMONTH={onsets[0].month};BYDAY={min(places)}{_WEEKDAYS[onsets[0].weekday()]}" if places else ""


def _places(day: datetime) -> set[int]:
    """Which of its weekday in the month a day is, counted from 1, and -1 for the last (RFC 5545 3.3.10)."""
    place = (day.day + 6) // 7
    return {place, -1} if day.day + 7 > monthrange(day.year, day.month)[1] else {place}


def _one_by_one(key: str, first: int, last: int) -> list[_Observance]:
    """How the clock runs when the first year begins, and every change until the last one ends."""
    # wherever the clock is: a year begins up to 14 hours before that of UTC, and ends up to 12 hours after it
    start, end = _new_year(first) - timedelta(days=1), _new_year(last + 1) + timedelta(days=1)
    changes = [change for year in range(first - 1, last + 2) for change in _changes(key, year)]
    opening = _observance(ZoneInfo(key), start, _offset(ZoneInfo(key), start))
    return [opening, *(change for change in changes if start < change.moment < end)]


@lru_cache(maxsize=4096)
def _changes(key: str, year: int) -> Sequence[_Observance]:
    """The changes of the clock in a year of UTC, in order."""
    zone = ZoneInfo(key)
    found = []
    start, end = _new_year(year), _new_year(year + 1)
    before = _offset(zone, start)
    while start < end:
        stop = min(start + _STEP, end)
        after = _offset(zone, stop)
        if after != before:
            found.append(_observance(zone, _first_unlike(zone, before, start, stop), before))
        start, before = stop, after
    return tuple(found)


def _first_unlike(zone: ZoneInfo, before: timedelta, start: datetime, stop: datetime) -> datetime:
    """The second between two moments, the later included, at which the clock no longer runs as it did `before`."""

    def has_changed(second: int) -> bool:
        return _offset(zone, start + timedelta(seconds=second)) != before

    seconds = int((stop - start).total_seconds())
    return start + timedelta(seconds=bisect_left(range(seconds), True, key=has_changed))


def _observance(zone: ZoneInfo, moment: datetime, before: timedelta) -> _Observance:
    local = moment.astimezone(zone)
    return _Observance(moment, before, _offset(zone, moment), local.tzname() or "", local.dst() or timedelta(0))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # a ZoneInfo knows its offset at every moment
    return offset


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _lines(key: str, observances: Sequence[_Observance]) -> Iterator[str]:
    # Ireland's law has its winter as the exception, at an hour less: the one that saves more is DAYLIGHT here, as readers expect
    least_saved = min(observance.saved for observance in observances)
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{key}"
    for observance in observances:
        kind = "DAYLIGHT" if observance.saved > least_saved else "STANDARD"
        yield f"BEGIN:{kind}"
        yield f"DTSTART:{observance.onset:%Y%m%dT%H%M%S}"
        yield f"TZOFFSETFROM:{_utc_offset(observance.before)}"
        yield f"TZOFFSETTO:{_utc_offset(observance.after)}"
        if observance.rule:
            yield f"RRULE:{observance.rule}"
        yield f"TZNAME:{escape(observance.name)}"
        yield f"END:{kind}"
    yield "END:VTIMEZONE"


def _utc_offset(offset: timedelta) -> str:
    """UTC-OFFSET of RFC 5545 3.3.14: hours and minutes, and seconds where there are any; zero is written with a plus."""
    sign = "-" if offset < timedelta(0) else "+"
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")
