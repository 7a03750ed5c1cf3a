"""From CSV files to a workbook and back: nothing is lost, and what people open is ready to be filled in."""

from __future__ import annotations

import shutil
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import protocol_of, run
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from workbooks import EVENTS, NAMES, VISITS, saved, small_study, with_more

from scheduler.facts.columns import Kind, choices, kinds, settled
from scheduler.facts.declared import declared
from scheduler.facts.workbook import to_workbook
from scheduler.reading.problems import Problems
from scheduler.reading.table import csv_table, tidy, to_csv
from scheduler.reading.workbook import read_workbook
from scheduler.study.folder import load_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return small_study(tmp_path / "small")


def written(folder: Path) -> Workbook:
    return load_workbook(folder / "study.xlsx")


def test_converting_there_and_back_changes_no_table(example: Path) -> None:
    before = load_study(example)
    tables = {name: (example / f"{name}.csv").read_text("utf-8") for name in NAMES}
    assert run("convert", example, "--to", "xlsx").stdout == f"{example}/study.xlsx\n"
    assert sorted(path.name for path in example.iterdir()) == ["protocol.yaml", "sites.yaml", "study.key", "study.xlsx"]
    assert load_study(example).participants == before.participants
    assert run("convert", example, "--to", "csv").stdout.splitlines() == [f"{example}/{name}.csv" for name in NAMES]
    assert {name: (example / f"{name}.csv").read_text("utf-8-sig") for name in NAMES} == tables
    assert b"\r\n" in (example / "visits.csv").read_bytes()
    assert not (example / "study.xlsx").exists()


def test_the_papers_are_the_same_from_either_form(example: Path, tmp_path: Path) -> None:
    options = ("--issued-at", "2026-11-23T08:00+08:00", "--today", "2026-11-23")
    run("build", example, "--out", tmp_path / "csv", *options)
    run("convert", example, "--to", "xlsx")
    run("build", example, "--out", tmp_path / "xlsx", *options)
    calendars = sorted(path.relative_to(tmp_path / "csv") for path in (tmp_path / "csv").rglob("*.ics"))
    assert len(calendars) == 9 + 2 * 2  # a participant's each, the coordinator's and the whole site's
    for calendar in calendars:
        assert (tmp_path / "csv" / calendar).read_bytes() == (tmp_path / "xlsx" / calendar).read_bytes()


def test_the_same_tables_give_the_same_bytes(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Path(shutil.copytree(example, tmp_path / "other"))
    run("convert", example, "--to", "xlsx")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    run("convert", other, "--to", "xlsx")
    assert (example / "study.xlsx").read_bytes() == (other / "study.xlsx").read_bytes()
    assert {part.date_time for part in ZipFile(example / "study.xlsx").infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_dates_become_iso_and_nothing_else_is_rewritten(example: Path) -> None:
    file = example / "visits.csv"
    text = (
        file.read_text("utf-8")
        .replace("2026-12-01,10:00", "2026年12月1日,10:00:00")
        .replace("YC-001,D14,2026-01-14", "YC-001,D14,2026/1/14 0:00")
    )
    file.write_text(text + "YC-004,M3,?,,,,\"'=1, 'tis\nlate\"\n", "utf-8")
    people = load_study(example).participants
    run("convert", example, "--to", "xlsx")
    run("convert", example, "--to", "csv")
    assert load_study(example).participants == people
    again = file.read_text("utf-8-sig")
    assert "YC-003,M3,2026-12-01,10:00,,booked,\n" in again
    assert "YC-001,D14,2026-01-14,,2026-01-14,done,\n" in again
    assert "YC-004,M3,?,,,,\"'=1, 'tis\nlate\"\n" in again


def test_a_sheet_has_real_dates_and_texts_that_are_no_formulas(example: Path) -> None:
    with (example / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("YC-004,D14,2026-12-14,9:30,,,'=1+1\nYC-004,D28,,,,,#N/A\n")
    run("convert", example, "--to", "xlsx")
    sheet = written(example)["visits"]
    row = dict(zip(VISITS, list(sheet.iter_rows())[28], strict=True))
    assert (row["booked"].value, row["booked"].number_format) == (datetime(2026, 12, 14), "yyyy-mm-dd")
    assert (row["time"].value, row["time"].number_format) == (time(9, 30), "hh:mm")
    assert (row["note"].value, row["note"].data_type, row["note"].number_format) == ("=1+1", "s", "@")
    assert (sheet["G30"].value, sheet["G30"].data_type) == ("#N/A", "s")


def test_only_the_header_is_locked(example: Path) -> None:
    run("convert", example, "--to", "xlsx")
    for name in NAMES:
        sheet = written(example)[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        for action in ("sort", "autoFilter", "insertRows", "deleteRows", "formatCells"):
            assert not getattr(sheet.protection, action), action
        header, *rows = sheet.iter_rows()
        assert all(cell.protection.locked and cell.font.bold for cell in header)
        assert not any(cell.protection.locked for row in rows for cell in row if cell.value is not None)
        columns = sheet.column_dimensions.values()
        assert not any(column.protection.locked for column in columns)
        assert max(column.max or 0 for column in columns) == 16_384


def offers(folder: Path, sheet: str) -> dict[str, tuple[str, str]]:
    """For each column that has a list: what it names, and what happens to anything else."""
    rules = written(folder)[sheet].data_validations.dataValidation
    return {str(rule.sqref).partition("2:")[0]: (rule.formula1, rule.errorStyle or "stop") for rule in rules}


def test_lists_offer_what_can_be_chosen(example: Path) -> None:
    run("convert", example, "--to", "xlsx")
    assert offers(example, "participants") == {
        "B": ('"yancheng,chengdu"', "warning"),
        "C": ('"en,zh"', "warning"),
        "D": ('"yes,no,?"', "stop"),
        "E": ('"yes,no,?"', "stop"),
        "G": ('"planned,actual"', "stop"),
        "I": ('"planned,actual"', "stop"),
    }
    codes = "OFFSET(participants!$A$2,0,0,MAX(1,COUNTA(participants!$A:$A)-1),1)"
    assert offers(example, "visits") == {
        "A": (codes, "warning"),
        "B": ('"SCR,infusion,D14,D28,LD1,LD2,LD3,M3,M6,M9,M12,M18,M24,unscheduled"', "warning"),
        "F": ('"booked,done,missed,cancelled,skipped"', "stop"),
    }


def test_a_long_list_stands_on_a_hidden_sheet(study: Path) -> None:
    with (study / "protocol.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {id: W, ids: week-<week>, at: Week 1 then every 7 days until Week 40}\n")
    run("convert", study, "--to", "csv")
    run("convert", study, "--to", "xlsx")
    assert offers(study, "visits")["B"] == ("lists!$A$1:$A$43", "warning")
    sheet = written(study)["lists"]
    assert sheet.sheet_state == "hidden"
    assert [cell.value for cell in sheet["A"]][:4] == ["infusion", "D28", "week-1", "week-2"]


@pytest.mark.parametrize(
    ("facts", "events", "subjects"),
    [
        ("{}", "{stop: {}}", "OFFSET(participants!$A$2,0,0,MAX(1,COUNTA(participants!$A:$A)-1),1)"),
        ("{cohort: [C1, C2]}", "{go: {of: cohort}, stop: {of: study}}", '"study,C1,C2,P1"'),
    ],
)
def test_the_subjects_of_events_are_participants_cohorts_and_the_study(facts: str, events: str, subjects: str) -> None:
    protocol = protocol_of(f"facts: {facts}\nevents: {events}\nvisits:\n  - {{id: infusion, at: given}}\n")
    names = declared([protocol], Problems())
    offered = choices(names, sites=[], languages=[], visits=[])
    tables: dict[str, list[tuple[str, ...]]] = {"participants": [("participant", "site"), ("P1", "north")], "events": [EVENTS]}
    sheet = load_workbook(BytesIO(to_workbook(tables, kinds(names), offered)))["events"]
    assert next(rule.formula1 for rule in sheet.data_validations.dataValidation if "A2" in rule.sqref) == subjects


def test_converting_needs_a_study_without_problems_and_another_form(example: Path) -> None:
    assert run("convert", example, "--to", "csv", status=1).stderr == f"Error: {example}: the tables are CSV files already\n"
    file = example / "visits.csv"
    file.write_text(file.read_text("utf-8").replace("YC-001,D14", "YC-001,D41"), "utf-8")
    before = {path.name: path.read_bytes() for path in example.iterdir()}
    assert 'there is no visit "D41"' in run("convert", example, "--to", "xlsx", status=1).stderr
    assert {path.name: path.read_bytes() for path in example.iterdir()} == before


def test_what_is_not_read_is_never_lost_by_converting(study: Path) -> None:
    file = study / "study.xlsx"
    file.write_bytes(saved(with_more()))
    before = {path.name: path.read_bytes() for path in study.iterdir()}
    assert run("convert", study, "--to", "csv", status=1).stderr.splitlines()[-1] == (
        f'Error: {file}: the sheet "Contacts", the comments of visits (the first in A1) would be lost: '
        "keep a copy elsewhere, remove them, and convert again"
    )
    assert {path.name: path.read_bytes() for path in study.iterdir()} == before


def test_converting_without_openpyxl_changes_nothing(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.reading.workbook.find_spec", lambda name: None)
    said = run("convert", example, "--to", "xlsx", status=1).stderr
    assert said.startswith(f"Error: {example}/study.xlsx: workbooks need openpyxl, which is not installed")
    assert (example / "visits.csv").exists()


def test_what_would_be_read_back_otherwise_is_not_written(example: Path) -> None:
    """A cell of a workbook holds 32,767 characters."""
    with (example / "visits.csv").open("a", encoding="utf-8") as file:
        file.write(f"YC-004,D14,,,,,{'x' * 40_000}\n")
    before = {path.name: path.read_bytes() for path in example.iterdir()}
    said = run("convert", example, "--to", "xlsx", status=1).stderr
    assert said.startswith('Error: visits, row 29: "xxxx')
    assert said.endswith('"; nothing was changed\n')
    assert {path.name: path.read_bytes() for path in example.iterdir()} == before


# -- there and back, whatever the cells hold


_DAY = st.dates(date(1900, 1, 1), date(2199, 12, 31))
_DATES = st.one_of(
    _DAY.map(date.isoformat),
    _DAY.map(lambda day: f"{day.year}/{day.month}/{day.day}"),
    _DAY.map(lambda day: f"{day.year}年{day.month}月{day.day}日 0:00"),
    st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")),
    st.sampled_from(["", "?", "never", "2026-03-02 00:00:00", "2026-03-02T09:30+08:00", "2026-03-02T09:30Z"]),
)
_TIMES = st.one_of(st.times().map(lambda clock: f"{clock.hour}:{clock.minute:02}"), st.sampled_from(["", "24:61"]))
_NUMBERS = st.one_of(st.decimals(-(10**11), 10**11, places=3).map(str), st.from_regex(r"\A-?[0-9]{1,12}(\.[0-9]{1,12})?\Z"))
_PLAIN = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
_TEXTS = st.one_of(
    st.text(_PLAIN, max_size=12),
    st.text("'=+-@#,;\"\n x_05F", max_size=12),
    st.sampled_from(["#N/A", "TRUE", "1e5", "0007", "_x0041_", "_x005F_", "a_x000D_b", "=A1", "'=A1", "1-2"]),
).map(tidy)
_ROWS = st.lists(st.tuples(st.from_regex(r"\AP[0-9]{1,3}\Z"), _TEXTS, _NUMBERS, _DATES, _DATES, _TIMES, _TEXTS), max_size=5)
_KINDS = {"number": Kind.NUMBER, "day": Kind.DAY, "moment": Kind.MOMENT, "time": Kind.TIME}
_HEADER = ("participant", "answer", "number", "day", "moment", "time", "note")


@given(_ROWS)
@settings(max_examples=60)
def test_a_table_comes_back_from_a_workbook_and_from_csv_as_it_was(rows: list[tuple[str, ...]]) -> None:
    kinds_of = [_KINDS.get(name, Kind.TEXT) for name in _HEADER]
    lines = [_HEADER, *(tuple(map(settled, row, kinds_of)) for row in rows)]
    data = to_workbook({"participants": lines}, {"participants": _KINDS}, {"participants": {}})
    from_workbook = read_workbook(data, "study.xlsx", NAMES).tables["participants"]
    from_csv = csv_table(to_csv(lines), "participants.csv")
    for table in (from_workbook, from_csv):
        assert [tuple(cell.text for cell in line) for line in table.lines] == lines
    assert [tuple(map(settled, line, kinds_of)) for line in lines] == lines
