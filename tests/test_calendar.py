"""A site's calendar of a year, as a coordinator would compare it with the one on the wall."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from conftest import EXAMPLE, run
from test_opendays import Injected, site

from scheduler.opendays.calendar import OpenDays
from scheduler.tables.opendays import calendar_text
from scheduler.views.opendays import horizon
from scheduler.views.words import words

FEBRUARY = """\
2026-02
Mon  Tue  Wed  Thu  Fri  Sat  Sun
                               1.
 2    3    4    5    6    7.   8.
 9   10   11   12   13   14+  15.
16#  17#  18#  19#  20#  21.  22.
23#  24   25   26   27   28+
"""


def test_a_month_marks_closed_days_and_days_worked_in_their_stead() -> None:
    text = calendar_text(OpenDays(site()), 2026, "en")
    assert FEBRUARY in text
    assert "# closed   . weekend   + worked although it is a weekend or a holiday   ? provisional" in text
    assert "Tue 17 February 2026 to Thu 19 February 2026" in text
    assert (
        "The public calendar is announced until Thu 31 December 2026 (State Council General Office, notice on holidays in 2026, "
        "of 4 November 2025); days after that are provisional.\n"
    ) in text
    assert "Public holidays as the library has them: holidays 0." in text


def test_days_that_are_not_announced_are_marked() -> None:
    text = calendar_text(OpenDays(site("announced_until: 2031-01-15"), Injected()), 2031, "en")
    assert "\n13    14    15    16?   17?   18.?  19.?\n" in text
    assert "Wed 22 January 2031 to Tue 28 January 2031  Spring Festival (injected), provisional\n" in text


def test_the_horizon_in_words() -> None:
    def said(calendar: str, country: str) -> str:
        return horizon(OpenDays(site(calendar, country), Injected() if country == "KR" else None), words("en"))

    assert said("public_holidays: no", "CN") == "The site keeps no public holidays: nothing has to be announced."
    assert said("", "US") == "The public holidays are settled for all years (5 U.S.C. 6103: holidays by law)."
    assert said("", "KR").startswith("Nobody has said until when the public calendar of this site is announced")


def test_the_command_prints_a_row_for_each_day() -> None:
    table = run("calendar", "yancheng", "--year", "2026", "--study", EXAMPLE, "--format", "csv").stdout
    rows = {row["date"]: row for row in csv.DictReader(io.StringIO(table))}
    assert len(rows) == 365
    assert [rows[f"2026-02-{day}"]["open"] for day in (13, 14, 15, 23, 24, 28)] == ["yes", "yes", "no", "no", "yes", "yes"]
    assert rows["2026-02-17"]["reasons"] == "春节"
    assert rows["2026-02-17"]["source"].startswith("holidays 0.")
    later = run("calendar", "yancheng", "--year", "2027", "--study", EXAMPLE, "--format", "csv").stdout
    assert {row["provisional"] for row in csv.DictReader(io.StringIO(later))} == {"yes"}


def test_a_site_that_is_not_there(tmp_path: Path) -> None:
    assert 'there is no site "x"' in run("calendar", "x", "--year", "2026", "--study", EXAMPLE, status=1).stderr
