"""A site's calendar of a year, as a coordinator would compare it with the one on the wall."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from conftest import EXAMPLE, run
from test_opendays import Injected, site

from scheduler.opendays.calendar import OpenDays
from scheduler.tables.opendays import calendar_csv, calendar_text
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
    assert (
        "# closed   . weekend   + worked although it is a weekend or a holiday   * open, the investigator is on leave   "
        "? provisional"
    ) in text
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


RULES = (
    "leave: [{from: 2026-03-12, to: 2026-03-16, why: congress}], clinic_days: {clinic: Tue Thu, telephone: Mon-Fri}, "
    "capacity: {clinic: 3}, beds: 4"
)


def test_leave_is_marked_on_the_days_on_which_the_site_works() -> None:
    text = calendar_text(OpenDays(site(RULES)), 2026, "en")
    assert "\n 9   10   11   12*  13*  14.  15.\n16*  17 " in text
    assert "Thu 12 March 2026 to Fri 13 March 2026        the investigator is on leave: congress (sites.yaml)\n" in text
    rows = {row["date"]: row for row in csv.DictReader(io.StringIO(calendar_csv(OpenDays(site(RULES)), 2026, "en")))}
    shown = ("open", "leave", "reasons")
    assert [rows["2026-03-12"][key] for key in shown] == ["yes", "yes", "the investigator is on leave: congress"]
    assert [rows["2026-03-14"][key] for key in shown] == ["no", "no", "weekend"]
    assert {row["leave"] for day, row in rows.items() if not "2026-03-12" <= day <= "2026-03-16"} == {"no"}


def test_what_the_site_holds_is_said_in_a_line_each() -> None:
    text = calendar_text(OpenDays(site(RULES)), 2026, "en")
    assert ("\nClinic days: clinic Tue, Thu; telephone Mon, Tue, Wed, Thu, Fri.\nPlaces a day: clinic 3.\nBeds: 4.\n") in text
    assert "Beds" not in calendar_text(OpenDays(site()), 2026, "en")


def test_a_closure_does_not_hide_the_holiday() -> None:
    calendar = OpenDays(site("closed: [{from: 2026-01-01, to: 2026-01-05, why: moving house}]"))
    rows = {row["date"]: row["reasons"] for row in csv.DictReader(io.StringIO(calendar_csv(calendar, 2026, "en")))}
    assert rows["2026-01-01"] == "closed: moving house, New Year's Day"
    assert rows["2026-01-05"] == "closed: moving house"
    assert calendar.on(date(2026, 1, 1)).is_open is False


def test_a_year_that_is_announced_and_was_not_entered(example: Path) -> None:
    def asked(more: str, year: int = 2027) -> str:
        sites = (EXAMPLE / "sites.yaml").read_text(encoding="utf-8")
        (example / "sites.yaml").write_text(f"{sites}  calendar: {{announced_until: 2027-12-31{more}}}\n", encoding="utf-8")
        return run("calendar", "chengdu", "--year", year, "--study", example).stderr

    assert asked("") == (
        "警告：西部战区总医院：2027年注明为已公布，但程序中没有该年的调休上班日。请按通知在 sites.yaml 的 closed 和 open 中填入。\n"
    )
    warning = (
        "warning (not entered): no days worked at weekends are known of 2027: enter the days of the notice under closed and open"
    )
    [line] = [line for line in run("check", example).stdout.splitlines() if "not entered" in line]
    assert line == f"{example / 'sites.yaml'}:24:31: chengdu.calendar.announced_until: {warning}"
    assert asked("", 2026) == ""  # the library knows that one
    assert asked(", open: [{from: 2027-02-20}]") == ""
    assert "not entered" not in run("check", example).stdout


def test_a_country_without_days_worked_at_weekends_has_none_to_enter() -> None:
    assert OpenDays(site("announced_until: 2027-12-31", country="US")).not_entered() == ()
    assert OpenDays(site("announced_until: 2028-12-31")).not_entered() == (2027, 2028)
    assert OpenDays(site()).not_entered() == ()


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
