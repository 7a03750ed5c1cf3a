"""The command that suggests days, and what it writes into visits.csv."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import EXAMPLE, run

from scheduler.facts.records import Outcome, VisitRecord
from scheduler.study.booking import Booking, write_bookings
from scheduler.study.folder import load_study

HEADER = "participant,visit,booked,time,actual,status,note"


def only(study: Path, rows: list[str], *, end: str = "\n", separator: str = ",", encoding: str = "utf-8") -> bytes:
    """visits.csv with these rows under its header; the last without a line end."""
    data = end.join([HEADER, *rows]).replace(",", separator).encode(encoding)
    (study / "visits.csv").write_bytes(data)
    return data


def record(study: Path, code: str, visit: str) -> VisitRecord:
    return load_study(study).participants[code].visits[visit]


def test_what_is_suggested_is_said_in_rows_and_in_words() -> None:
    result = run("book", EXAMPLE, "--today", "2026-11-23")
    assert result.stdout.splitlines() == [
        "participant,visit,booked,time,actual,status,note,recorded_by,recorded_on",
        "YC-004,D14,2026-12-14,,,,,,",
        "CD-001,M3,2026-12-03,,,,,,",
        "CD-002,SCR,2027-01-04,,,,,,",
    ]
    assert "CD-001, Month 3 (Thu 19 November 2026 to Thu 17 December 2026): Thu 3 December 2026, on its target" in result.stderr
    assert result.stderr.count("provisional: holidays not announced") == 1  # those of 2027
    over = "YC-005, Screening (Thu 22 October 2026 to Thu 19 November 2026): no day, its days have passed"
    assert over in result.stderr.splitlines()
    assert "2026年12月3日 星期四" in run("book", EXAMPLE, "--today", "2026-11-23", "--site", "chengdu").stderr


def test_a_suggestion_is_no_booking(example: Path) -> None:
    before = {file: file.read_bytes() for file in example.iterdir()}
    run("book", example, "--today", "2026-11-23")
    assert {file: file.read_bytes() for file in example.iterdir()} == before


def test_the_rows_are_added_and_every_other_byte_stays(example: Path) -> None:
    before = (example / "visits.csv").read_bytes()
    added = b"CD-001,M3,2026-12-03,,,,\nCD-002,SCR,2027-01-04,,,,\n"
    result = run("book", example, "--today", "2026-11-23", "--site", "chengdu", "--write")
    assert (example / "visits.csv").read_bytes() == before + added
    assert result.stderr.splitlines()[-1] == f"已写入 {example / 'visits.csv'}：2次访视"
    assert record(example, "CD-001", "M3") == VisitRecord(booked=date(2026, 12, 3), outcome=Outcome.BOOKED)
    again = run("book", example, "--today", "2026-11-23", "--site", "chengdu", "--write")
    assert len(again.stdout.splitlines()) == 1
    assert (example / "visits.csv").read_bytes() == before + added


@pytest.mark.parametrize(
    ("separator", "end", "encoding"), [(";", "\r\n", "utf-8-sig"), (",", "\n", "gb18030"), (";", "\r", "utf-8")]
)
def test_the_form_of_the_file_is_kept(example: Path, separator: str, end: str, encoding: str) -> None:
    rows = ["YC-001,D14,2026-01-14,,2026-01-14,done,按时完成"]
    before = only(example, rows, end=end, separator=separator, encoding=encoding)
    write_bookings(load_study(example), [Booking("CD-001", "M3", date(2026, 12, 3))])
    row = "CD-001,M3,2026-12-03,,,,".replace(",", separator)
    assert (example / "visits.csv").read_bytes() == before + f"{end}{row}{end}".encode()


def test_excels_own_first_line_and_another_order_of_columns_are_kept(example: Path) -> None:
    before = b"sep=;\r\nvisit;participant;note;status;actual;booked\r\nD14;YC-001;;done;2026-01-14;\r\n"
    (example / "visits.csv").write_bytes(before)
    write_bookings(load_study(example), [Booking("CD-001", "M3", date(2026, 12, 3))])
    assert (example / "visits.csv").read_bytes() == before + b"M3;CD-001;;;;2026-12-03\r\n"


def test_an_empty_booking_is_filled_in_where_it_stands(example: Path) -> None:
    before = only(example, ['CD-001,M3,,,,,"wants, if possible,\na Friday"', "YC-001,D14,2026-01-14,,2026-01-14,done,"])
    write_bookings(load_study(example), [Booking("CD-001", "M3", date(2026, 12, 4))])
    assert (example / "visits.csv").read_bytes() == before.replace(b"M3,,", b"M3,2026-12-04,")
    assert record(example, "CD-001", "M3").note == "wants, if possible,\na Friday"
    only(example, ["CD-001,M3,,,,"])
    write_bookings(load_study(example), [Booking("CD-001", "M3", date(2026, 12, 4))])
    assert (example / "visits.csv").read_bytes() == f"{HEADER}\nCD-001,M3,2026-12-04,,,".encode()


def test_a_row_that_cannot_be_filled_in_safely_is_said_and_nothing_is_written(example: Path) -> None:
    before = only(example, ['"CD-001","M3","",,,,'])
    result = run("book", example, "--today", "2026-11-23", "--write", status=1)
    assert (
        f"{example / 'visits.csv'}, line 2: M3 of CD-001 has a row with quoted cells: fill in 2026-12-03 there by hand"
        in result.stderr
    )
    assert (example / "visits.csv").read_bytes() == before


def test_a_table_that_is_missing_is_begun(example: Path) -> None:
    (example / "visits.csv").unlink()
    write_bookings(load_study(example), [Booking("CD-001", "M3", date(2026, 12, 3))])
    assert record(example, "CD-001", "M3").booked == date(2026, 12, 3)


def test_the_rows_of_a_workbook_are_added_by_a_person(example: Path) -> None:
    run("convert", example, "--to", "xlsx")
    before = (example / "study.xlsx").read_bytes()
    result = run("book", example, "--today", "2026-11-23", "--write", status=1)
    assert 'study.xlsx: add the rows there, to the sheet "visits"; nothing was written' in result.stderr
    assert "CD-001,M3,2026-12-03" in result.stdout
    assert (example / "study.xlsx").read_bytes() == before


def test_a_booking_on_a_closed_day_is_to_be_looked_at(example: Path) -> None:
    sites = example / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    calendar = "  calendar: {clinic_days: {clinic: Mon Tue}, leave: [{from: 2026-12-08, why: congress}]}\n"
    sites.write_text(text + calendar, encoding="utf-8")
    for day, message in (
        ("2026-12-05", "booked for Sat 5 December 2026, when the site is closed: weekend, not a clinic day (clinic)"),
        ("2026-12-03", "booked for Thu 3 December 2026: not a clinic day (clinic)"),
        ("2026-12-08", "booked for Tue 8 December 2026: the investigator is on leave: congress"),
    ):
        only(example, [f"CD-001,M3,{day},,,,"])
        assert f"CD-001: Month 3: {message}\n" in run("check", example, "--today", "2026-11-23").stdout
    only(example, ["CD-001,M3,2026-10-01,,,,"])
    assert (
        "booked for Thu 1 October 2026, when the site is closed: National Day"
        in run("check", example, "--today", "2026-09-23").stdout
    )
    only(example, ["CD-001,M3,2026-12-07,,,,"])
    assert "Month 3" not in run("check", example, "--today", "2026-11-23").stdout


def test_reasons_are_in_the_language_of_the_page_they_stand_on(example: Path) -> None:
    only(example, ["CD-001,M3,,,,,"])
    people = (example / "participants.csv").read_text(encoding="utf-8")
    (example / "participants.csv").write_text(people.replace("2026-09-03,actual", "2026-07-01,actual"), encoding="utf-8")
    english = run("book", example, "--today", "2026-09-23").stderr
    assert "Thu 1 October 2026: National Day\n" in english
    chinese = run("book", example, "--today", "2026-09-23", "--site", "chengdu").stderr
    assert "2026年10月1日 星期四：国庆节\n" in chinese


def test_a_suggestion_that_hangs_on_a_planned_infusion_says_so(example: Path) -> None:
    result = run("book", example, "--today", "2026-12-01")
    [line] = [line for line in result.stderr.splitlines() if line.startswith("YC-004, Day 14")]
    assert line.endswith("; tentative: Cell infusion is only planned")
    [other] = [line for line in result.stderr.splitlines() if line.startswith("CD-001, Month 3")]
    assert "tentative" not in other  # that infusion took place


def test_nothing_in_chinese_is_half_in_english(example: Path) -> None:
    only(example, ["CD-001,M3,,,,,"])
    result = run("book", example, "--today", "2026-11-23", "--site", "chengdu")
    assert "  CD-001的M3在 visits.csv 中已有一行：请填入该行\n" in result.stderr
    lists = run("status", example, "--today", "2026-11-23", "--site", "chengdu", "--format", "to-book")
    assert lists.stderr == "CD-001的M3在 visits.csv 中已有一行：请填入该行\n"
    calendar = run("calendar", "chengdu", "--year", "2026", "--study", example).stdout
    assert "（国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日））" in calendar


def test_spring_festival_in_words(example: Path) -> None:
    people = "participant,site,language,infusion,infusion_status\nP-1,yancheng,en,2026-02-03,actual\n"
    (example / "participants.csv").write_text(people, encoding="utf-8")
    (example / "events.csv").unlink()
    sites = (example / "sites.yaml").read_text(encoding="utf-8")
    (example / "sites.yaml").write_text(sites.replace("language: zh", "language: en"), encoding="utf-8")
    only(example, [])
    asked = ("book", example, "--today", "2026-02-03", "--days", "12")
    assert run(*asked).stderr.splitlines() == [
        "P-1, Day 14 (Sun 15 February 2026 to Thu 19 February 2026): no day",
        "  Sun 15 February 2026: weekend",
        "  Mon 16 February 2026: Chinese New Year's Eve",
        "  Tue 17 February 2026 to Thu 19 February 2026: Chinese New Year (Spring Festival)",
        "  would help: Sun 15 February 2026, if it were opened for this (weekend)",
        "  would help: Sat 14 February 2026, the last open day before them (1 day)",
        "  would help: Tue 24 February 2026, the first open day after them (5 days)",
    ]
    protocol = (example / "protocol.yaml").read_text(encoding="utf-8")
    (example / "protocol.yaml").write_text(protocol.replace("window: ±2 days", "window: ±7 days"), encoding="utf-8")
    assert run(*asked).stderr == (
        "P-1, Day 14 (Tue 10 February 2026 to Tue 24 February 2026): Sat 14 February 2026, 3 days before its target; "
        "a make-up working day; not Sun 15 February 2026: weekend; not Mon 16 February 2026: Chinese New Year's Eve; "
        "not Tue 17 February 2026 to Thu 19 February 2026: Chinese New Year (Spring Festival)\n"
    )


def test_who_may_read_a_file_that_is_replaced_stays_as_it_is(example: Path, tmp_path: Path) -> None:
    (example / "visits.csv").chmod(0o600)
    run("book", example, "--today", "2026-11-23", "--write")
    assert (example / "visits.csv").stat().st_mode & 0o777 == 0o600
    run("convert", example, "--to", "xlsx")
    assert (example / "study.xlsx").stat().st_mode & 0o777 == 0o600  # the strictest of the four tables
    out = tmp_path / "out"
    run("build", example, "--out", out, "--today", "2026-11-23", "--issued-at", "2026-11-23T08:00+08:00")
    for file in out.rglob("*.*"):
        file.chmod(0o600 if file.is_file() else 0o700)
    run("build", example, "--out", out, "--today", "2026-11-24", "--issued-at", "2026-11-24T08:00+08:00")
    assert {file.stat().st_mode & 0o777 for file in out.rglob("*.html")} == {0o600}


def test_a_day_beyond_the_years_is_refused_with_the_years(example: Path) -> None:
    said = run("book", example, "--today", "2200-03-02", status=2).stderr
    assert "the year 2200 is not between 2000 and 2199" in said
    said = run("build", example, "--out", example / "out", "--issued-at", "1999-03-02T08:00", status=2).stderr
    assert "the year 1999 is not between 2000 and 2199" in said
