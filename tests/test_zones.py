"""The clocks of time zones as calendars describe them: every change of 2026 to 2028 in all zones, and the forms it is written in."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest
from dateutil import rrule, tz

from scheduler.calendars.zones import vtimezone

FIRST, LAST = 2026, 2028
KEYS = sorted(available_timezones())
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@cache
def written(key: str) -> bytes:
    return vtimezone(key, FIRST, LAST)


@cache
def instants(key: str) -> list[datetime]:
    """Moments at which the clock of a zone is looked at: noon of every tenth day, and those around its changes.

    The zone's offset is compared from one noon (UTC) to the next, over the years and a day more at both ends; a day on which it
    differs is halved until the second of the change is found. Taken are that second, the one before, and an hour before and after.
    """
    zone = ZoneInfo(key)
    noons = [datetime(FIRST, 1, 1, 12, tzinfo=UTC) + number * DAY for number in range(-1, 366 * (LAST - FIRST + 1))]
    found = noons[1::10]
    offsets = [offset(zone, noon) for noon in noons]
    for low, high, before, after in zip(noons, noons[1:], offsets, offsets[1:], strict=False):
        if before == after:
            continue
        while high - low > SECOND:
            middle = low + timedelta(seconds=(high - low) // SECOND // 2)
            low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
        found += [high - HOUR, high - SECOND, high, high + HOUR]
    return [moment for moment in found if FIRST <= moment.astimezone(zone).year <= LAST]


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


class Clock:
    """A VTIMEZONE understood by its words alone: the observance with the latest onset holds (RFC 5545 3.6.5)."""

    def __init__(self, data: bytes) -> None:
        self.onsets = sorted(onset for observance in observances(data) for onset in self._onsets(observance))
        self.moments = [moment for moment, _, _ in self.onsets]

    @staticmethod
    def _onsets(observance: dict[str, str]) -> Iterator[tuple[datetime, timedelta, timedelta]]:
        start = datetime.strptime(observance["DTSTART"], "%Y%m%dT%H%M%S")  # noqa: DTZ007
        before, after = duration(observance["TZOFFSETFROM"]), duration(observance["TZOFFSETTO"])
        locals_ = [start]
        if "RRULE" in observance:
            locals_ = rrule.rrulestr(observance["RRULE"], dtstart=start).between(start, datetime(LAST + 2, 1, 1), inc=True)  # noqa: DTZ001
            assert locals_[0] == start  # RFC 5545 3.8.5.3: DTSTART is an onset of the rule
        for local in locals_:
            yield local.replace(tzinfo=UTC) - before, before, after

    def offset(self, moment: datetime) -> timedelta:
        place = bisect_right(self.moments, moment)
        assert place, "before the first observance"
        return self.onsets[place - 1][2]

    def has_no_break(self) -> bool:
        """Whether every change starts from the offset that the one before it led to."""
        return all(later[1] == earlier[2] for earlier, later in zip(self.onsets, self.onsets[1:], strict=False))


def observances(data: bytes) -> list[dict[str, str]]:
    lines = data.decode().split("\r\n")
    assert lines[0] == "BEGIN:VTIMEZONE"
    assert lines[-2:] == ["END:VTIMEZONE", ""]
    blocks = "\n".join(lines[2:-2]).split("BEGIN:")[1:]
    return [dict(line.split(":", 1) for line in block.splitlines()[1:] if line) for block in blocks]


def duration(text: str) -> timedelta:
    hours, minutes, seconds = int(text[1:3]), int(text[3:5]), int(text[5:7] or 0)
    return (-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes, seconds=seconds)


def test_the_file_says_of_every_zone_what_the_tz_database_says() -> None:
    looked_at = 0
    for key in KEYS:
        clock = Clock(written(key))
        zone = ZoneInfo(key)
        assert clock.has_no_break(), key
        for moment in instants(key):
            assert clock.offset(moment) == offset(zone, moment), (key, moment)
            looked_at += 1
    assert looked_at > 60_000


def test_another_reader_resolves_local_times_as_the_tz_database_does() -> None:
    """With every zone: dateutil reads the VTIMEZONE, not its own database. Times that come twice are left out; calendars have none."""
    for key in KEYS:
        zone = ZoneInfo(key)
        read = tz.tzical(io.StringIO(written(key).decode())).get(key)
        moments = instants(key)
        for moment in [*moments[:1], *moments[110:]]:  # one to begin with, and those around the changes
            local = moment.astimezone(zone)
            if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
                assert local.replace(tzinfo=read).utcoffset() == local.utcoffset(), (key, moment)


@pytest.mark.parametrize(
    ("key", "rules"),
    [
        ("America/New_York", ["FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"]),
        ("Europe/Berlin", ["FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"]),
        ("Australia/Sydney", ["FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"]),
    ],
)
@pytest.mark.parametrize(("first", "last"), [(2026, 2026), (2026, 2028), (2027, 2041)])
def test_a_zone_that_changes_every_year_is_two_rules_whatever_the_years(
    key: str, rules: list[str], first: int, last: int
) -> None:
    found = observances(vtimezone(key, first, last))
    assert [observance["RRULE"] for observance in found] == rules
    assert {observance["DTSTART"][:4] for observance in found} == {str(first - 1)}


def test_a_zone_without_a_change_is_one_observance() -> None:
    assert vtimezone("Asia/Shanghai", 2026, 2041).decode().split("\r\n") == [
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "BEGIN:STANDARD",
        "DTSTART:20251231T080000",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "TZNAME:CST",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


def test_changes_that_follow_no_weekday_of_a_month_stand_one_by_one() -> None:
    """Morocco goes back for Ramadan: on 15 February and 22 March 2026, on 7 February and 14 March 2027."""
    found = observances(vtimezone("Africa/Casablanca", 2026, 2027))
    assert [(one["DTSTART"], one["TZOFFSETFROM"], one["TZOFFSETTO"]) for one in found] == [
        ("20251231T010000", "+0100", "+0100"),
        ("20260215T030000", "+0100", "+0000"),
        ("20260322T020000", "+0000", "+0100"),
        ("20270207T030000", "+0100", "+0000"),
        ("20270314T020000", "+0000", "+0100"),
    ]


def test_a_rule_has_to_be_right_for_longer_than_was_asked() -> None:
    """Greenland changes on the eve of the last Sunday of March: in 2026 to 2028 that is the last Saturday, in 2029 it is not."""
    assert b"RRULE" not in vtimezone("America/Nuuk", 2026, 2028)


def test_a_country_that_gives_up_summer_time() -> None:
    """Samoa had its last summer time until 4 April 2021."""
    assert [one["DTSTART"] for one in observances(vtimezone("Pacific/Apia", 2020, 2022))] == [
        "20191231T140000",
        "20200405T040000",
        "20200927T030000",
        "20210404T040000",
    ]
    assert len(observances(vtimezone("Pacific/Apia", 2022, 2023))) == 1


def test_irish_summer_is_daylight_though_the_law_calls_winter_the_exception() -> None:
    lines = vtimezone("Europe/Dublin", 2026, 2026).decode().split("\r\n")
    assert lines[lines.index("BEGIN:DAYLIGHT") + 1] == "DTSTART:20250330T010000"
    assert lines[lines.index("BEGIN:STANDARD") + 1] == "DTSTART:20251026T020000"


def test_offsets_with_seconds_and_half_hours() -> None:
    """Liberia was 44 minutes and 30 seconds behind until 7 January 1972."""
    assert [one["TZOFFSETTO"] for one in observances(vtimezone("Africa/Monrovia", 1972, 1972))] == ["-004430", "+0000"]
    assert [one["TZOFFSETTO"] for one in observances(vtimezone("America/St_Johns", 2026, 2026))] == ["-0230", "-0330"]


def test_years_in_the_wrong_order_and_unknown_zones_are_refused() -> None:
    with pytest.raises(ValueError, match="no years for a time zone: 2027 to 2026"):
        vtimezone("Asia/Shanghai", 2027, 2026)
    with pytest.raises(ZoneInfoNotFoundError):
        vtimezone("Europe/Nowhere", 2026, 2026)


def test_the_bytes_do_not_follow_the_machine() -> None:
    """Another hash seed, another zone of the machine, another language."""
    code = (
        "import sys; from scheduler.calendars.zones import vtimezone\n"
        "for key in ('America/New_York', 'Africa/Casablanca', 'Asia/Shanghai'): sys.stdout.buffer.write(vtimezone(key, 2026, 2028))"
    )
    here = b"".join(vtimezone(key, 2026, 2028) for key in ("America/New_York", "Africa/Casablanca", "Asia/Shanghai"))
    for machine in (
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia"},
        {"PYTHONHASHSEED": "2", "TZ": "America/Nuuk", "LC_ALL": "zh_CN"},
    ):
        there = subprocess.run([sys.executable, "-c", code], env={**os.environ, **machine}, capture_output=True, check=True)
        assert there.stdout == here
