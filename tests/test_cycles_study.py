"""A study of cycles from its folder to its papers: what a late cycle moves, what goes on, what is part of another visit."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import icalendar
import pytest
from conftest import ROOT, run

PARTICIPANTS = """participant,site,language,arm,childbearing,randomization,randomization_status,C1,C1_status,discontinuation
K-001,one,en,pembrolizumab,no,2026-01-05,actual,2026-01-07,actual,
K-002,one,zh,paclitaxel,yes,2026-02-09,actual,2026-02-10,actual,
"""
VISITS = "participant,visit,booked,time,actual,status,note\nK-001,C2,,,2026-01-28,,\n"
SITES = "one: {name: {en: Hospital, zh: 医院}, time_zone: Asia/Shanghai, language: en, telephone: {day: 0000-1}}\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / "trials" / "keynote-063.yaml", folder / "protocol.yaml")
    for name, text in (("participants.csv", PARTICIPANTS), ("visits.csv", VISITS), ("sites.yaml", SITES)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "events.csv").write_text("subject,name,date,status,value,note\n", encoding="utf-8")
    run("key", folder)
    return folder


def rows(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (out / "schedule.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["participant"], row["visit"]): row for row in csv.DictReader(file)}


def build(study: Path, out: Path, day: str) -> None:
    run("build", study, "--out", out, "--issued-at", f"{day}T08:00", "--today", day)


def test_a_late_cycle_moves_those_after_it_and_no_scan(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(study, out, "2026-02-01")
    before = rows(out)
    assert before["K-001", "C3"]["target"] == "2026-02-18"
    with (study / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("K-001,C3,,,2026-03-05,,holidays\nK-001,W6-scan,,,2026-02-16,,\n")
    build(study, out, "2026-03-06")
    after = rows(out)
    assert (before["K-001", "C4"]["target"], after["K-001", "C4"]["target"]) == ("2026-03-11", "2026-03-26")
    assert before["K-001", "W12-scan"]["target"] == after["K-001", "W12-scan"]["target"] == "2026-03-30"
    assert after["K-001", "C4"]["why"].startswith("C4 = cycle4 2026-03-26 (Day 1), counted from C3 2026-03-05; window ±3 days")
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "it is counted from C3 2026-03-05 (actual) now" in index  # the cause of what moved
    assert "Pembrolizumab cycle goes on until Treatment discontinued, Death" in index


def test_papers_of_cycles(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(study, out, "2026-02-01")
    sheet = (out / "participants" / "K-002" / "visit-sheet.html").read_text(encoding="utf-8")
    assert "Paclitaxel cycle 2 Day 8" in sheet
    visits = sheet.partition("<h2>")[2]
    assert "Paclitaxel" in visits
    assert "Pembrolizumab" not in visits
    assert "Death" not in sheet  # nobody is told on paper until when visits go on
    [file] = (out / "participants" / "K-002").glob("*.ics")
    calendar = icalendar.Calendar.from_ical(file.read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    assert len({str(event["uid"]) for event in calendar.events}) == len(calendar.events) > 50
    assert not any("P2D8" in str(event.get("summary")) for event in calendar.events)


def test_explain_takes_a_rule_or_one_of_its_visits(study: Path) -> None:
    assert run("explain", study, "K-001", "scan").stdout.count("why      W") > 5
    assert (
        'K-001 has no "C400": its series has ended, or is not dated so far'
        in run("explain", study, "K-001", "C400", status=1).output
    )


def test_a_row_of_a_visit_that_cannot_be_is_refused(study: Path) -> None:
    with (study / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("K-001,W07-scan,,,2026-02-16,,\nK-001,W7-scan,,,2026-02-16,,\n")
    output = run("check", study, status=1).output
    assert 'there is no visit "W07-scan"' in output
    assert 'there is no visit "W7-scan"' in output


def test_what_took_place_against_the_protocol_is_to_look_at(study: Path) -> None:
    with (study / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("K-001,P2D8,,,2026-02-11,,the wrong arm\nK-002,P3D1,,,2026-04-07,,\nK-002,P3D8,2026-04-14,,,,\n")
    with (study / "events.csv").open("a", encoding="utf-8") as file:
        file.write("K-002,discontinuation,2026-04-01,actual,,\n")
    lines = run("check", study).stdout.splitlines()
    assert "K-001: Paclitaxel cycle 2 Day 8: on Wed 11 February 2026, though it is not for this participant" in lines
    after = "after what ends it (discontinuation Wed 1 April 2026)"
    assert f"K-002: Paclitaxel cycle 3 Day 1: on Tue 7 April 2026, {after}" in lines
    assert f"K-002: Paclitaxel cycle 3 Day 8: on Tue 14 April 2026, {after}" in lines


def test_the_plan_ends_at_the_horizon(study: Path) -> None:
    arguments = ("--anchor", "C1=2026-01-07", "--fact", "arm=pembrolizumab", "--horizon", "2026-04-30")
    lines = run("plan", study / "protocol.yaml", *arguments).stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("C")] == ["C1", "C2", "C3", "C4", "C5", "C6"]
    assert "Pembrolizumab cycle goes on until Treatment discontinued, Death" in lines
