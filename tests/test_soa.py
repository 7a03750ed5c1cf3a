"""The schedule of activities: the protocol's own table, as the protocol file has it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, protocol_of

from scheduler.pages import soa_html
from scheduler.protocol.records import Protocol
from scheduler.study.files import load_protocol
from scheduler.tables.soa import soa_csv
from scheduler.views.identity import Identity
from scheduler.views.soa import FIRST, ROOM, SoaPage, soa_page

TRIALS = sorted((ROOT / "tests" / "trials").glob("*.yaml"))
IDENTITY = Identity("-", "0123456789abcdef", "trial-scheduler 0", datetime(2026, 8, 1, tzinfo=UTC))


def page_of(protocol: Protocol, language: str = "en", paper: str = "A4") -> SoaPage:
    return soa_page(protocol, IDENTITY, language, paper)


def table(page: SoaPage) -> dict[str, list[str]]:
    """The rows of the table by their names; a cell for each visit."""
    return {row[0]: row[1:] for row in csv_rows(page) if row[0]}


def notes(page: SoaPage) -> dict[str, str]:
    return {note.letter: note.text for note in page.footnotes}


def test_a_column_for_each_visit_and_a_row_for_each_activity(protocol: Protocol) -> None:
    """
    facts: {childbearing: yes or no}
    epochs: {treatment: {label: Treatment}, follow-up: {label: Follow-up}}
    visits:
      - {id: infusion, at: given, epoch: treatment}
      - {id: D14, at: Day 14, window: -1 .. +3 days, mode: clinic, epoch: follow-up}
      - {id: M, ids: M<month>, at: Month 3/6, window: ±14 days, mode: telephone, epoch: follow-up}
    activities:
      hCG: {label: Pregnancy test, at: [infusion], when: childbearing, window: within 7 days before infusion}
      PK: {label: Drug level, at: [D14], times: [-0.5 h, 4 h ±24 min]}
      labs: {label: Laboratory, at: [D14 .. M6], assumed: [at]}
    """
    page = page_of(protocol)
    rows = table(page)
    assert rows["Epoch"] == ["Treatment", "Follow-up", "Follow-up", "Follow-up"]
    assert rows["Visit"] == ["infusion", "D14", "M3", "M6"]
    assert rows["Study day"] == ["Day 0", "Day 14", "Month 3", "Month 6"]
    assert rows["Window"] == ["", "\N{MINUS SIGN}1 to +3 days", "±14 days", "±14 days"]
    assert rows["Where"] == ["", "clinic", "telephone", "telephone"]
    assert rows["Pregnancy test"] == ["X [a,b]", "", "", ""]
    assert rows["Drug level"] == ["", "X [c]", "", ""]
    assert rows["Laboratory"] == ["", "X †", "X †", "X †"]
    assert notes(page) == {
        "a": "Only if “childbearing” is answered yes.",
        "b": "Has days of its own: within 7 days before infusion.",
        "c": "Times, from the clock time of the visit: \N{MINUS SIGN}0.5 h, +4 h (±24 minutes).",
    }
    [part] = page.parts
    assert [(cell.lines, cell.span) for cell in part.head[0].cells] == [(("Treatment",), 1), (("Follow-up",), 3)]


def test_visits_of_a_group_in_cycles_are_shown_once_with_their_pattern(protocol: Protocol) -> None:
    """
    events: {progression: {label: Progression, may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - id: cycle
        label: Cycle <cycle>
        at: Day 28 then every 28 days until progression
        moves: with previous D1 if late
        visits:
          - {id: D1, ids: C<cycle>D1, at: Day 0}
          - {id: D8, ids: C<cycle>D8, at: Day 7, when: cycle is 1-2}
    activities:
      dose: {label: Dose, at: [D1]}
      ECG: {label: ECG, at: [cycle], when: cycle is 1/3}
      base: {label: Baseline, at: [infusion]}
      scan: {label: Scan, at: [C2D1 .. C4D1]}
    """
    page = page_of(protocol)
    rows, letters = table(page), notes(page)
    assert rows["Visit"] == ["infusion", "CnD1", "CnD8 [b]"]
    assert rows["Repeats"] == ["", *["Cycle n Day 28, then every 28 days until Progression [a]"] * 2]
    assert letters["b"] == "Only if cycle is 1–2."
    assert rows["Dose"] == ["", "X", ""]
    assert rows["ECG"] == ["", "X [c]", "X [c]"]
    assert rows["Baseline"] == ["X", "", ""]
    assert rows["Scan"] == ["", "X [d]", "X [d]"]
    assert letters["c"] == "Only if cycle is 1 or 3."
    assert letters["d"] == "Only at: C2D1–C4D1."


def test_what_the_counters_of_a_column_settle_is_no_footnote(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: M, ids: M<month>, at: Month 3/6/9/12}
    activities:
      MRI: {label: MRI, at: [M], when: month is 6 onwards then every 6}
      blood: {label: All, at: [all], when: month is 3}
    """
    page = page_of(protocol)
    assert table(page)["MRI"] == ["", "", "X", "", "X"]
    assert table(page)["All"] == ["", "X", "", "", ""]
    assert page.footnotes == ()


def test_what_hangs_on_the_participant_is_said_in_a_footnote(protocol: Protocol) -> None:
    """
    facts: {arm: [A, B]}
    visits:
      - {id: infusion, at: given}
      - {id: V2, window: ±1 day, cases: [{when: arm is A, at: Day 14, mode: telephone}, {at: Day 21, mode: clinic}]}
    """
    page = page_of(protocol)
    assert table(page)["Study day"] == ["Day 0", "Day 14 or Day 21 [a]"]
    assert table(page)["Where"] == ["", "telephone or clinic [b]"]
    assert notes(page) == {
        "a": "By participant: Day 14: if “arm” is A; Day 21: otherwise.",
        "b": "By participant: telephone: if “arm” is A; clinic: otherwise.",
    }


def test_what_is_assumed_is_marked_and_what_is_not_stated_is_said(protocol: Protocol) -> None:
    """
    study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: calendar, assumed: [month]}
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: none}
      - {id: M3, at: Month 3, window: ±1 day, assumed: [window]}
    """
    page = page_of(protocol)
    assert table(page)["Study day"] == ["Day 0", "Day 14", "Month 3 †"]
    assert table(page)["Window"] == ["", "–", "±1 day †"]
    assert page.signs == (
        "X: takes place at this visit.",
        "–: the protocol states none.",
        "†: assumed; the protocol does not state it.",
        "† what a month is: a calendar month.",
    )


def test_several_conditions_keep_their_brackets(protocol: Protocol) -> None:
    """
    facts: {a: yes or no, b: yes or no, c: yes or no}
    visits:
      - {id: infusion, at: given}
      - when: a or b
        visits:
          - {id: D1, at: Day 1, when: not c}
    """
    assert notes(page_of(protocol)) == {"a": "Only if (“a” is answered yes or “b” is answered yes) and “c” is answered no."}


@pytest.mark.parametrize("file", [EXAMPLE / "protocol.yaml", *TRIALS], ids=lambda file: file.stem)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_every_trial_fits_its_paper_and_loses_nothing(file: Path, language: str, paper: str) -> None:
    protocol = load_protocol(file)
    page = page_of(protocol, language, paper)
    rows = table(page)
    for part in page.parts:
        assert part.widths[0] == FIRST
        assert sum(part.widths) <= FIRST + ROOM[paper]
        assert {sum(cell.span for cell in row.cells) for row in (*part.head, *part.rows)} == {len(part.widths) - 1}
    assert len(rows["Visit" if language == "en" else "访视"]) == sum(len(part.widths) - 1 for part in page.parts)
    html = soa_html(page)
    for activity in protocol.activities:
        label = activity.label.said_in(language) if activity.label else activity.id
        assert any(row[0].startswith(label) and any(cell.startswith("X") for cell in row[1:]) for row in csv_rows(page))
    for note in page.footnotes:
        assert f"<dt>{note.letter}</dt>" in html


def csv_rows(page: SoaPage) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(soa_csv(page))) if row]


def test_lzzt_as_its_protocol_prints_it() -> None:
    page = page_of(load_protocol(ROOT / "tests" / "trials" / "lzzt.yaml"))
    rows = table(page)
    assert rows["Study day"][3:12] == [
        "Week 2",
        "Week 4",
        "Week 6",
        "Week 8",
        "Week 12",
        "Week 16",
        "Week 20",
        "Week 24",
        "Week 26",
    ]
    assert rows["Window"][3:12] == [*["±3 days"] * 4, *["±4 days"] * 4, "±3 days"]
    assert rows["NPI-X by telephone"] == [*[""] * 12, *["X"] * 4, "", ""]
    assert [part.title for part in page.parts] == ["Part 1 of 2: V1 to T11", "Part 2 of 2: ET to RT"]


def test_a_cell_that_begins_like_a_formula_is_none() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
        activities:
          a: {label: "=1+1", at: [infusion]}
          b: {label: "<b>bold</b>", at: [infusion]}
        """
    )
    assert "\r\n'=1+1,X\r\n" in soa_csv(page_of(protocol))
    assert "&lt;b&gt;bold&lt;/b&gt;" in soa_html(page_of(protocol))


def test_a_protocol_without_activities_says_so(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
    """
    assert "The protocol file lists no activities." in soa_html(page_of(protocol))
