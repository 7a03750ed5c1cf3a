"""Tables as spreadsheets mangle them: what is read all the same, and what is refused with advice."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import protocol_of, run
from hypothesis import example as case
from hypothesis import given
from hypothesis import strategies as st

from scheduler.facts.reader import FactsReader
from scheduler.facts.records import Participant
from scheduler.facts.sites import read_sites
from scheduler.reading.formulas import guard, unguard
from scheduler.reading.problems import Problems, ProblemsError
from scheduler.reading.table import csv_table, tidy, to_csv

SHANGHAI = ZoneInfo("Asia/Shanghai")
SITES = b"north: {name: North, time_zone: Asia/Shanghai, language: zh}\n"
PEOPLE = b"participant,site,infusion,infusion_status\nP1,north,2026-03-02,actual\nP2,north,2026-03-09,planned\n"
VISITS = "participant,visit,booked,time,actual,status,note\n"
PROTOCOL = "visits:\n  - {id: infusion, at: given}\n  - {id: D28, at: Day 28}\n"


def read(people: bytes = PEOPLE, visits: bytes | str = VISITS) -> tuple[dict[str, Participant], tuple[str, ...]]:
    found = Problems()
    reader = FactsReader([protocol_of(PROTOCOL)], read_sites(SITES, "sites.yaml", Problems()), found)
    participants = reader.participants(csv_table(people, "participants.csv", found))
    data = visits.encode() if isinstance(visits, str) else visits
    participants = reader.visits(csv_table(data, "visits.csv", found), participants)
    found.raise_if_any()
    return participants, found.notices


def refused(people: bytes = PEOPLE, visits: bytes | str = VISITS) -> list[str]:
    with pytest.raises(ProblemsError) as error:
        read(people, visits)
    return str(error.value).splitlines()


# -- CSV text


def test_the_separator_is_that_of_the_header() -> None:
    people, notices = read(PEOPLE.replace(b",", b";"), VISITS.replace(",", ";") + "P1;D28;2026/3/30;9:30;;;walks, slowly\n")
    assert people["P1"].visits["D28"].booked == datetime(2026, 3, 30, 9, 30, tzinfo=SHANGHAI)
    assert people["P1"].visits["D28"].note == "walks, slowly"
    assert notices == ()


@pytest.mark.parametrize("line", ["sep=;\r\n", "sep=;;;\n", '"sep=;"\n', "SEP=;\n"])
def test_a_line_that_names_the_separator_is_understood(line: str) -> None:
    rows = (line + VISITS + "P1,D28,2026-03-30,,,,\n").replace(",", ";")
    assert read(visits=rows)[0]["P1"].visits["D28"].booked == date(2026, 3, 30)
    assert refused(visits=rows.replace("D28", "D82")) == ['visits.csv:3: visit: there is no visit "D82"; did you mean "D28"?']


@pytest.mark.parametrize("rows", [VISITS.replace(",", "\t"), "sep=\t\n" + VISITS])
def test_tabs_are_refused_with_advice(rows: str) -> None:
    assert refused(visits=rows) == ["visits.csv:1: the cells are separated by tabs: save the file with commas (CSV UTF-8)"]


def test_a_byte_order_mark_is_passed_over_wherever_files_were_pasted_together() -> None:
    people, notices = read(visits="\ufeff" + VISITS + "\ufeffP1,D28,2026-03-30,,,,\n")
    assert people["P1"].visits["D28"].booked == date(2026, 3, 30)
    assert notices == ()


def test_gb18030_is_read_with_a_notice() -> None:
    rows = VISITS + "P1,D28,2026年3月30日,,,,电话随访\n"
    people, notices = read(visits=rows.encode("gb18030"))
    assert people == read(visits=rows)[0]
    assert people["P1"].visits["D28"].note == "电话随访"
    assert notices == (
        "visits.csv: read as GB18030 (what Excel in China writes): check the Chinese text, "
        'e.g. "2026年3月30日"; save it as CSV UTF-8',
    )


def test_what_is_neither_utf_8_nor_gb18030_is_refused() -> None:
    rows = (VISITS + "P1,D28,,,,,café\n").encode("latin-1")
    assert refused(visits=rows) == ["visits.csv:2:15: byte 0xe9 is not UTF-8: save the file as UTF-8"]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (VISITS.encode("utf-16"), "UTF-16 (Excel calls it Unicode Text)"),
        (b"\xfe\xff" + VISITS.encode("utf-16-be"), "UTF-16 (Excel calls it Unicode Text)"),
        (b"PK\x03\x04 and more", "a workbook"),
        (b"\xd0\xcf\x11\xe0 and more", "an old workbook (XLS)"),
    ],
)
def test_what_is_no_csv_is_called_by_its_name(data: bytes, what: str) -> None:
    assert refused(visits=data) == [f"visits.csv: this is {what}: save the file as CSV UTF-8"]


def test_spaces_of_every_width_around_a_cell_do_not_count() -> None:
    rows = VISITS + "\u200bP1\u3000,\xa0D28 ,\u200e2026-03-30\u200e,, ,\u2060booked\u200d,\u3000a\u3000b\u3000\n"
    record = read(visits=rows)[0]["P1"].visits["D28"]
    assert (record.booked, record.note) == (date(2026, 3, 30), "a\u3000b")


def test_empty_columns_and_rows_that_a_spreadsheet_adds_do_not_count() -> None:
    rows = VISITS.replace("note\n", "note,,\n") + ",,,,,,,,\nP1,D28,2026-03-30,,,,,,,,\n"
    assert read(visits=rows)[0]["P1"].visits["D28"].booked == date(2026, 3, 30)
    assert refused(visits=rows + "P2,D28,,,,,,x,\n") == ['visits.csv:4: "x" stands in a column without a name']


def test_a_row_of_nobody_is_told_apart_from_a_row_of_somebody_unknown() -> None:
    rows = VISITS + "P1,D28,2026-03-30,,,,\n,infusion,,,2026-03-02,,\n"
    assert refused(visits=rows) == [
        "visits.csv:3: participant: the participant is missing: merged cells keep it only in their first row"
    ]
    people = PEOPLE + b",north,2026-03-16,planned\n"
    assert refused(people) == [
        "participants.csv:4: participant: the participant is missing: merged cells keep it only in their first row"
    ]


def test_a_row_that_is_there_twice_names_the_first() -> None:
    rows = VISITS + 'P1,D28,2026-03-30,,,,"two\nlines"\n\nP2,D28,,,,,\nP1,D28,2026-03-30,,,,\n'
    assert refused(visits=rows) == ["visits.csv:6: D28 of P1 has a row already, in line 2: remove one of the two"]


def test_a_header_in_the_middle_is_told() -> None:
    rows = VISITS + "P1,D28,2026-03-30,,,,\n"
    assert refused(visits=rows + VISITS + "P2,D28,,,,,\n") == [
        "visits.csv:3: the header stands here again, as when files are pasted together: remove this row"
    ]
    assert refused(visits=rows + "participant,visit,actual,status,booked\nP2,D28,,,2026-04-06\n") == [
        "visits.csv:3: another header stands here: bring the rows below it under the columns of the first"
    ]


def test_every_problem_of_a_mangled_table_is_told_at_once() -> None:
    rows = VISITS + "P1,D28,30/03/2026,,,,\nP2,D28,46111,25:00,,,\n"
    assert refused(visits=rows) == [
        'visits.csv:2: booked: "30/03/2026": the year comes first: write 2026-03-30',
        'visits.csv:3: booked: "46111": a number, as spreadsheets keep dates: it would be 2026-03-30 '
        "(or 2030-03-31 counted from 1904): format the column as a date and check it",
        'visits.csv:3: time: "25:00": a time is written hours:minutes, as in 09:30',
    ]


# -- free text and formulas


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "＝1", "'=1", "''-x"])
def test_what_would_be_a_formula_is_guarded(text: str) -> None:
    assert guard(text) == f"'{text}"
    assert unguard(f"'{text}") == text


@pytest.mark.parametrize("text", ["", "'", "'quoted'", "at 9 = late", "''"])
def test_what_would_be_none_stays_as_it_is(text: str) -> None:
    assert guard(text) == unguard(text) == text


@given(st.text(alphabet="'=+-@\t\r＝x ") | st.text())
def test_taking_the_guard_off_gives_the_text_that_was_guarded(text: str) -> None:
    assert unguard(guard(text)) == text


def test_only_the_guard_is_taken_off_and_only_from_notes() -> None:
    rows = VISITS + "P1,D28,,,,,'=A1\nP2,D28,,,,,'tis late\n"
    people, _ = read(visits=rows)
    assert [person.visits["D28"].note for person in people.values()] == ["=A1", "'tis late"]
    assert refused(visits=VISITS + "P1,'-D28,,,,,\n") == ['visits.csv:2: visit: there is no visit "\'-D28"; did you mean "D28"?']


_NOTE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"), max_size=8)
_NOTES = (_NOTE | st.text(alphabet="'=+-@,;\"\n x", max_size=8)).map(tidy)


@given(st.lists(st.tuples(st.text("ABC-1", min_size=1, max_size=4), _NOTES), max_size=6))
@case([("A", "=1"), ("B", "'=1"), ("C", 'a "b", c;\nd')])
def test_what_is_written_as_csv_is_read_back(rows: list[tuple[str, str]]) -> None:
    lines = [("participant", "note"), *rows]
    table = csv_table(to_csv(lines), "visits.csv")
    assert [tuple(cell.text for cell in line) for line in table.lines] == lines


# -- the commands


def test_a_notice_is_printed_on_stderr_by_every_command_that_reads_a_study(example: Path, tmp_path: Path) -> None:
    file = example / "visits.csv"
    file.write_bytes(file.read_text("utf-8").replace("National Day", "国庆节").encode("gb18030"))
    notice = f'{file}: read as GB18030 (what Excel in China writes): check the Chinese text, e.g. "the target was 国庆节"; save it as CSV UTF-8\n'
    for command in (("check", example), ("explain", example, "YC-001"), ("build", example, "--out", tmp_path / "out")):
        result = run(*command)
        assert result.stderr == notice
        assert "GB18030" not in result.stdout


def test_a_notice_is_printed_with_the_problems_it_may_explain(example: Path) -> None:
    file = example / "visits.csv"
    before = file.read_text("utf-8").replace("National Day", "国庆节").replace("YC-001,D14", "YC-001,D41").encode("gb18030")
    file.write_bytes(before)
    notice, problem, count = run("check", example, status=1).stderr.splitlines()
    assert notice.startswith(f"{file}: read as GB18030")
    assert problem == f'{file}:3: visit: there is no visit "D41"; did you mean "D14"?'
    assert count == "1 problem found"
    assert file.read_bytes() == before


def test_a_new_study_has_tables_that_spreadsheets_open_rightly(tmp_path: Path) -> None:
    run("init", tmp_path / "study")
    for name in ("participants.csv", "events.csv", "visits.csv"):
        data = (tmp_path / "study" / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.count(b"\r\n") == data.count(b"\n") > 0
    run("check", tmp_path / "study")


# -- found by attack


def test_a_quote_that_is_not_closed_swallows_no_rows() -> None:
    rows = 'P1,D28,,,2026-03-30,done,"came late\nP2,D28,,,2026-04-06,done,\nP2,infusion,,,2026-03-09,done,height 5\'2"\n'
    assert refused(visits=VISITS + rows) == [
        "visits.csv:2: a quote is opened in this row and closed only in line 4: the rows between stand inside it"
    ]


def test_a_note_over_several_lines_is_a_note() -> None:
    people, _ = read(visits=VISITS + 'P1,D28,,,2026-03-30,done,"came late,\nby bus"\n')
    assert people["P1"].visits["D28"].note == "came late,\nby bus"


def test_a_row_that_was_cut_off_is_refused() -> None:
    assert refused(visits=VISITS + "P1,D28,2026-03-3") == [
        "visits.csv:2: the row ends before time: was it cut off? (3 cells, and the header has 7)"
    ]
    assert read(visits=VISITS + "P1,D28,2026-03-30,,,booked\n")[0]["P1"].visits["D28"].note == ""
