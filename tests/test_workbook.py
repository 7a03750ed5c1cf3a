"""A workbook in place of the CSV files: what its cells say, and what is refused with sheet and cell."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from conftest import run
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from workbooks import EVENTS, NAMES, VISITS, book, repacked, saved, small_study, with_more

from scheduler.reading.problems import SchedulerError
from scheduler.reading.workbook import read_workbook
from scheduler.study.folder import load_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return small_study(tmp_path / "small")


def text_of(value: Any, number_format: str = "General") -> str:
    """What a cell of the first row of visits says."""
    data = saved(book([("P1", value)], {"B2": number_format}))
    return read_workbook(data, "study.xlsx", NAMES).tables["visits"].lines[1][1].text


def refused(data: bytes) -> list[str]:
    with pytest.raises(SchedulerError) as error:
        read_workbook(data, "study.xlsx", NAMES)
    return str(error.value).splitlines()


# -- cells


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (date(2026, 3, 2), "yyyy-mm-dd", "2026-03-02"),
        (datetime(2026, 3, 2), "yyyy/m/d", "2026-03-02"),
        (datetime(2026, 3, 2), 'yyyy"年"m"月"d"日"', "2026-03-02"),
        (datetime(2026, 3, 2), 'd mmm yyyy "(hours)"', "2026-03-02"),
        (datetime(2026, 3, 2), "yyyy-mm-dd hh:mm", "2026-03-02T00:00"),
        (datetime(2026, 3, 2, 9, 30), "yyyy-mm-dd hh:mm", "2026-03-02T09:30"),
        (datetime(2026, 3, 2, 9, 30), "yyyy-mm-dd", "2026-03-02T09:30"),  # what the cell hides is not lost
        (datetime(2026, 3, 2, 9, 30, 15), "yyyy-mm-dd hh:mm", "2026-03-02T09:30:15"),
        (46083.39583333, "yyyy-mm-dd hh:mm", "2026-03-02T09:30"),
        (time(9, 30), "hh:mm", "09:30"),
        (timedelta(hours=9, minutes=30), "[h]:mm", "09:30"),
        (46083, "General", "46083"),
        (63.0, "General", "63"),
        (36.6, "General", "36.6"),
        (0.00001, "General", "0.00001"),
        (7, "0000", "0007"),
        (True, "General", "yes"),
        (False, "General", "no"),
        ("\u3000 a b\xa0", "General", "a b"),
        ("a_x000D_\nb", "General", "a\nb"),
        ("_x005F_x0041_", "General", "_x0041_"),
        ("'=A1", "General", "'=A1"),  # the guard is that of CSV files
        (None, "General", ""),
    ],
)
def test_a_cell_becomes_the_text_that_a_csv_file_would_hold(value: Any, number_format: str, text: str) -> None:
    assert text_of(value, number_format) == text


def test_dates_in_the_chinese_formats_that_have_no_code_are_dates() -> None:
    made = book([("P1", "D28", 46111, 0.5), ("P2", "D28", 46118.25)])
    for cell, number in (("C2", 31), ("D2", 32), ("C3", 57)):
        made["visits"][cell].number_format = "0"
        made["visits"][cell]._style.numFmtId = number
    lines = read_workbook(saved(made), "study.xlsx", NAMES).tables["visits"].lines
    assert [cell.text for line in lines[1:] for cell in line[2:4]] == ["2026-03-30", "12:00", "2026-04-06T06:00", ""]


def test_dates_counted_from_1904_are_the_same_days() -> None:
    made = book([("P1", "D28", date(2026, 3, 30))])
    made.epoch = CALENDAR_MAC_1904
    data = saved(made)
    assert b"date1904" in ZipFile(BytesIO(data)).read("xl/workbook.xml")
    assert read_workbook(data, "study.xlsx", NAMES).tables["visits"].lines[1][2].text == "2026-03-30"


def test_what_no_csv_file_could_hold_is_refused_with_its_cell() -> None:
    made = book(
        [("P1", "D28", "=TODAY()"), ("P2", "D28", "#N/A"), ("P2", "infusion", "a\u202eb"), ("P2", "D28", 10**7)], {"C5": "d/m/yy"}
    )
    made["visits"].merge_cells("A3:A4")
    assert refused(saved(made)) == [
        "study.xlsx:2: visits!C2 (booked): a formula: put its value there (copy the cell, then paste the value only)",
        "study.xlsx:3: visits!A3:A4: merged cells: unmerge them, and fill in every one of them",
        "study.xlsx:3: visits!C3 (booked): #N/A: an error of the spreadsheet stands here instead of a value",
        "study.xlsx:4: visits!C4 (booked): the control character U+202E does not belong here",
        "study.xlsx:5: visits!C5 (booked): #VALUE!: an error of the spreadsheet stands here instead of a value",
    ]


def test_problems_of_facts_name_sheet_and_cell(study: Path) -> None:
    rows = [("P1", "D28", 46111), ("P2", "D82", "30/3/2026"), (None, "D28", date(2026, 4, 6)), ("P1", "D28")]
    made = book(rows)
    made["participants"]["C2"].value = 46083
    made["participants"]["C2"].number_format = "General"
    data = saved(made)
    (study / "study.xlsx").write_bytes(data)
    file = study / "study.xlsx"
    assert run("check", study, status=1).stderr.splitlines() == [
        f'{file}:2: participants!C2 (infusion): "46083": a number, as spreadsheets keep dates: it would be 2026-03-02 '
        "(or 2030-03-03 counted from 1904): format the column as a date and check it",
        f'{file}:2: visits!C2 (booked): "46111": a number, as spreadsheets keep dates: it would be 2026-03-30 '
        "(or 2030-03-31 counted from 1904): format the column as a date and check it",
        f'{file}:3: visits!B3 (visit): there is no visit "D82"; did you mean "D28"?',
        f"{file}:4: visits!A4 (participant): the participant is missing: merged cells keep it only in their first row",
        f"{file}:5: visits!A5 (participant): D28 of P1 has a row already, in line 2: remove one of the two",
        "5 problems found",
    ]
    assert file.read_bytes() == data


# -- sheets


def test_a_workbook_says_what_the_csv_files_say(study: Path) -> None:
    loaded = load_study(study)
    (study / "study.xlsx").unlink()
    (study / "participants.csv").write_text(
        "participant,site,infusion,infusion_status\nP1,north,2026-03-02,actual\nP2,north,2026-03-09,planned\n"
    )
    (study / "events.csv").write_text(",".join(EVENTS) + "\n")
    (study / "visits.csv").write_text(",".join(VISITS) + "\nP1,D28,2026-03-30,9:30,,booked,rings\n")
    assert loaded.participants == load_study(study).participants
    assert loaded.digest != load_study(study).digest


def test_the_digest_is_also_that_of_the_workbook(study: Path) -> None:
    before = load_study(study).digest
    (study / "study.xlsx").write_bytes(saved(book()))
    assert load_study(study).digest != before


def test_a_workbook_and_csv_files_are_not_both_read(study: Path) -> None:
    (study / "visits.csv").write_text(",".join(VISITS) + "\n")
    assert run("check", study, status=1).stderr == (
        f"Error: {study} holds study.xlsx and visits.csv: keep the one or the other, not both\n"
    )


def test_a_sheet_that_is_not_there_is_missing_like_a_file(study: Path) -> None:
    made = book()
    made.remove(made["events"])
    (study / "study.xlsx").write_bytes(saved(made))
    said = f'{study}/study.xlsx (sheet "events") is missing: what it would record is not known\n'
    assert said in run("check", study).stdout
    made.remove(made["participants"])
    assert refused(saved(made)) == [
        'study.xlsx: there is no sheet "participants" (there are: "visits"): rename the one that is meant, or add it'
    ]


@pytest.mark.parametrize("title", ["Visits", "visits ", "Sheet3"])
def test_a_sheet_of_another_name_is_not_passed_over_when_one_is_missing(title: str) -> None:
    data = repacked(saved(book()), lambda _, part: part.replace(b'name="visits"', f'name="{title}"'.encode()))
    assert refused(data) == [
        f'study.xlsx: there is no sheet "visits" (there are: "participants", "events", "{title}"): '
        "rename the one that is meant, or add it"
    ]


def test_what_is_not_read_is_noted(study: Path) -> None:
    file = study / "study.xlsx"
    file.write_bytes(saved(with_more()))
    assert run("check", study).stderr.splitlines() == [
        f'{file}: not read: the sheet "Contacts"',
        f"{file}: not read: the comments of visits (the first in A1)",
    ]


# -- files that are no workbook


DAMAGED = "study.xlsx: this is no workbook (XLSX), or it is damaged: open it in a spreadsheet and save it again"


def test_a_damaged_workbook_is_refused() -> None:
    data = saved(book([("P1", "D28", date(2026, 3, 30))]))
    middle = len(data) // 2
    assert refused(b"") == refused(b"participant,site\n") == refused(data[:middle]) == [DAMAGED]
    assert refused(data[:200] + bytes(200) + data[400:]) == [DAMAGED]
    assert refused(repacked(data, lambda name, part: None if name == "xl/workbook.xml" else part)) == [DAMAGED]
    assert refused(repacked(data, lambda name, part: part[:-20] if name.endswith("sheet3.xml") else part)) == [DAMAGED]


def test_an_old_or_locked_workbook_is_refused() -> None:
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)) == [
        "study.xlsx: this is an old workbook (XLS), or one with a password: save it as XLSX without a password"
    ]


def test_a_workbook_that_grows_when_it_is_unpacked_is_refused() -> None:
    data = saved(book())
    bomb = repacked(data, lambda name, part: part + b" " * 25_000_000 if "theme" in name else part)
    assert len(bomb) < 100_000
    assert refused(bomb) == ["study.xlsx: unpacked, the workbook has more than 20,000,000 bytes, and is not read"]
    whole = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells><pageMargins'
    merged = repacked(data, lambda name, part: part.replace(b"<pageMargins", whole) if "sheet3" in name else part)
    assert refused(merged) == [
        "study.xlsx: there are too many empty, merged or linked cells: delete those that are not of the tables"
    ]
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert refused(repacked(data, lambda name, part: part.replace(b"</sheetData>", far) if "sheet3" in name else part)) == [
        "study.xlsx:1: visits: the sheet has 1,048,576 rows and 16,384 columns: delete the empty ones beside and below the table"
    ]


@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_a_workbook_with_entities_is_refused(code: str) -> None:
    declared = f'<?xml version="1.0" encoding="{code}"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    data = repacked(saved(book()), lambda name, part: (declared + part.decode()).encode(code) if "sheet3" in name else part)
    assert refused(data) == ["study.xlsx: the workbook declares a document type, which no spreadsheet writes: it is not read"]


def test_without_openpyxl_it_is_said_how_to_get_it(study: Path, example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.reading.workbook.find_spec", lambda name: None)
    assert run("check", study, status=1).stderr == (
        f"Error: {study}/study.xlsx: workbooks need openpyxl, which is not installed: run pip install openpyxl where "
        "trial-scheduler is, or keep the tables as CSV files (CSV UTF-8)\n"
    )
    run("check", example)
