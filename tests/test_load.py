"""Beds and visits of a site: day by day, and week by week."""

from __future__ import annotations

from pathlib import Path

from conftest import booked, done, protocol_of, run
from test_opendays import ON

from scheduler.facts.records import Participant, Recorded, Status, VisitRecord
from scheduler.planning.load import DayLoad, Load, load, weeks
from scheduler.schedule.expand import expand

PROTOCOL = """
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D14, at: Day 14, window: ±2 days}
periods:
  - {id: hospital, kind: stay, from: infusion, to: at least infusion + 7 days}
"""


def person(id: str, infused: str, status: str = "actual", left: str = "", **visits: VisitRecord) -> Participant:
    recorded = {"infusion": (Recorded(ON(infused), Status(status)),)}
    recorded |= {"hospital.end": (Recorded(ON(left), Status.ACTUAL),)} if left else {}
    return Participant(id=id, site="S", recorded=recorded, visits=visits)


def of(*people: Participant) -> Load:
    return load(expand(protocol_of(PROTOCOL), each) for each in people)


def test_a_bed_is_taken_on_the_first_and_the_last_day_of_a_stay() -> None:
    found = of(person("A", "2026-03-02"))
    assert [day for day, one in found.items() if one.beds] == [ON(f"2026-03-0{number}") for number in range(2, 10)]
    longer = of(person("A", "2026-03-02", left="2026-03-11"))
    assert [day for day, one in longer.items() if one.beds][-1] == ON("2026-03-11")
    shorter = of(person("A", "2026-03-02", left="2026-03-06"))
    assert [day for day, one in shorter.items() if one.beds][-1] == ON("2026-03-06")


def test_what_is_planned_is_told_apart_from_what_is_recorded() -> None:
    found = of(person("A", "2026-03-02"), person("B", "2026-03-09", "planned"))
    assert found[ON("2026-03-08")] == DayLoad(occupied=1)
    assert found[ON("2026-03-09")] == DayLoad(occupied=1, planned=1, expected=1)  # B's infusion is a visit, too
    assert found[ON("2026-03-10")] == DayLoad(planned=1)


def test_visits_count_on_the_day_they_are_booked_or_done_else_on_their_target() -> None:
    found = of(
        person("A", "2026-03-02"),
        person("B", "2026-03-02", D14=booked("2026-03-17")),
        person("C", "2026-03-02", D14=done("2026-03-20")),
    )
    kept = {str(day): (one.booked, one.expected) for day, one in found.items() if one.visits}
    assert kept == {"2026-03-02": (3, 0), "2026-03-16": (0, 1), "2026-03-17": (1, 0), "2026-03-20": (1, 0)}


def test_weeks_begin_on_monday_and_name_the_days_without_a_bed() -> None:
    people = (person("A", "2026-03-02"), person("B", "2026-03-04"))
    first, second, third = weeks(of(*people), ON("2026-03-05"), 3, beds=1)
    assert (first.monday, first.booked, first.peak) == (ON("2026-03-02"), 2, 2)
    assert first.over == tuple(ON(f"2026-03-0{number}") for number in range(4, 9))
    assert (second.over, second.peak) == ((ON("2026-03-09"),), 2)
    assert (third.monday, third.expected, third.peak) == (ON("2026-03-16"), 2, 0)
    assert weeks(of(*people), ON("2026-03-05"), 1)[0].over == ()  # nobody said how many beds there are


def test_build_writes_the_load_of_each_site(example: Path, tmp_path: Path) -> None:
    sites = example / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    sites.write_text(text.replace("  paper: A4\n", "  paper: A4\n  calendar: {beds: 1}\n", 1), encoding="utf-8")
    participants = example / "participants.csv"
    people = participants.read_text(encoding="utf-8").replace("2026-12-21,planned", "2026-12-03,planned")
    participants.write_text(people, encoding="utf-8")
    out = tmp_path / "out"
    for _ in range(2):  # the second build replaces what is ours
        run("build", example, "--out", out, "--issued-at", "2026-11-23T09:00", "--today", "2026-11-23")
    rows = (out / "sites" / "yancheng" / "load.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "date,beds_occupied,beds_planned,beds,visits_booked,visits_expected"
    assert "2026-12-01,0,1,1,1,0" in rows  # YC-004 in hospital, M3 of YC-003 booked
    assert "2026-12-03,0,2,1,0,1" in rows
    page = (out / "index.html").read_text(encoding="utf-8")
    assert ">Mon 30 November 2026</td>" in page
    assert "too few beds on Thu 3 December 2026, Fri 4 December 2026, Sat 5 December 2026, Sun 6 December 2026" in page
