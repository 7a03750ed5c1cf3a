"""Dates as spreadsheets and people rewrite them: what is read, and what is refused because it could be another day."""

from __future__ import annotations

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler.facts.values import parse_day, parse_moment
from scheduler.reading.problems import NotUnderstood

SHANGHAI = ZoneInfo("Asia/Shanghai")


def messages(text: str) -> tuple[str, str]:
    """Why a text is no day, and why it is no moment."""
    with pytest.raises(NotUnderstood) as no_day:
        parse_day(text)
    with pytest.raises(NotUnderstood) as no_moment:
        parse_moment(text, SHANGHAI)
    return no_day.value.message, no_moment.value.message


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02",
        "2026/3/2",
        "2026/03/02",
        "2026-3-2",
        "2026.3.2",
        "2026年3月2日",
        "2026/3/2 0:00",
        "2026/3/2 00:00",
        "2026-03-02 00:00:00",
        "2026-03-02T00:00",
        "2026年3月2日 0:00",
    ],
)
def test_a_day_may_be_written_as_spreadsheets_rewrite_it(text: str) -> None:
    assert parse_day(text) == date(2026, 3, 2)


@pytest.mark.parametrize("text", ["2026/3/2", "2026-03-02", "2026年3月2日"])
def test_a_moment_without_a_clock_time_is_a_day(text: str) -> None:
    assert parse_moment(text, SHANGHAI) == date(2026, 3, 2)


@pytest.mark.parametrize(
    "text", ["2026-03-02T09:30", "2026-03-02 09:30:00", "2026/3/2 9:30", "2026.3.2 9:30:00", "2026-03-02T01:30Z"]
)
def test_a_moment_may_be_written_as_spreadsheets_rewrite_it(text: str) -> None:
    moment = parse_moment(text, SHANGHAI)
    assert moment == datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
    assert isinstance(moment, datetime)
    assert moment.tzinfo is SHANGHAI


def test_midnight_is_a_clock_time_where_a_clock_time_may_stand() -> None:
    assert parse_moment("2026/3/2 0:00", SHANGHAI) == datetime(2026, 3, 2, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("02/03/2026", "could be 2 March or 3 February 2026: write 2026-03-02 or 2026-02-03"),
        ("2-3-2026", "could be 2 March or 3 February 2026: write 2026-03-02 or 2026-02-03"),
        ("2.3.2026 9:30", "could be 2 March or 3 February 2026: write 2026-03-02 9:30 or 2026-02-03 9:30"),
        ("13/03/2026", "the year comes first: write 2026-03-13"),
        ("03/13/2026", "the year comes first: write 2026-03-13"),
        ("29/02/2028", "the year comes first: write 2028-02-29"),
        ("02/02/2026", "the year comes first: write 2026-02-02"),
        ("31/31/2026", "a date is written year-month-day, as in 2026-03-02"),
        ("02/03/26", "the year needs four digits; a date is written year-month-day, as in 2026-03-02"),
        ("26-03-02", "the year needs four digits; a date is written year-month-day, as in 2026-03-02"),
        ("26年3月2日", "the year needs four digits; a date is written year-month-day, as in 2026-03-02"),
        ("2-Mar-26", "the month is written as a number; a date is written year-month-day, as in 2026-03-02"),
        ("March 2, 2026", "the month is written as a number; a date is written year-month-day, as in 2026-03-02"),
        (
            "46083",
            "a number, as spreadsheets keep dates: it would be 2026-03-02 (or 2030-03-03 counted from 1904): "
            "format the column as a date and check it",
        ),
        ("20260302", "a date is written year-month-day, as in 2026-03-02"),
        ("７", "a date is written year-month-day, as in 2026-03-02"),
        ("２０２６-03-02", "a date is written year-month-day, as in 2026-03-02"),
        ("٢٠٢٦-٠٣-٠٢", "a date is written year-month-day, as in 2026-03-02"),
        ("2026-03-02 or so", "a date is written year-month-day, as in 2026-03-02"),
        ("2026-03-02\n", "a date is written year-month-day, as in 2026-03-02"),
        ("2026-3/2", "a date is written year-month-day, as in 2026-03-02"),
        ("2026-03", "a date is written year-month-day, as in 2026-03-02"),
        ("2026/3/2 9:30 AM", "a date is written year-month-day, as in 2026-03-02"),
    ],
)
def test_what_could_mean_another_day_is_refused_with_advice(text: str, message: str) -> None:
    assert messages(text) == (f'"{text}": {message}',) * 2


def test_a_day_that_is_not_in_the_calendar_is_refused() -> None:
    assert messages("2026/2/29") == ('"2026/2/29" is not in the calendar',) * 2
    assert messages("1626.3.2") == ('"1626.3.2": the year is not between 1900 and 2199',) * 2


@pytest.mark.parametrize("text", ["2026/3/2 24:00", "2026-03-02 9:60", "2026-03-02T09:30+25:00"])
def test_a_clock_time_that_is_none_is_refused(text: str) -> None:
    assert messages(text) == (f'"{text}": a day was wanted, without a clock time', f'"{text}" is no time of a day')


@pytest.mark.parametrize("text", ["1" * 100_000, "jan " * 25_000, "2026-03-02 " * 10_000, "1/" * 50_000, "2026年" * 20_000])
def test_a_long_text_is_refused_at_once(text: str) -> None:
    began = time.perf_counter()
    messages(text)
    assert time.perf_counter() - began < 1
