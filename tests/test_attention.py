"""What somebody should look at, of days on which a site has no place, or cannot hold what is booked or planned."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import booked, protocol_of, run
from test_opendays import site

from scheduler.facts.records import Participant, Recorded, Status, VisitRecord
from scheduler.opendays.calendar import OpenDays
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule
from scheduler.views.attention import attention
from scheduler.views.words import words

TODAY = date(2026, 11, 23)
PROTOCOL = """
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D28, at: Day 28, window: ±3 days, mode: clinic, allowance: {window: ±7 days, for: holidays}}
  - {id: V, at: Day 28, window: ±3 days, mode: clinic}
periods:
  - {id: hospital, kind: stay, from: infusion, to: at least infusion + 7 days}
"""


def person(code: str, infusion: str, status: Status = Status.ACTUAL, protocol: str = PROTOCOL, **visits: str) -> Schedule:
    recorded = {"infusion": (Recorded(date.fromisoformat(infusion), status),)}
    rows: dict[str, VisitRecord] = {id: booked(day) for id, day in visits.items()}
    return expand(protocol_of(protocol), Participant(id=code, site="S", recorded=recorded, visits=rows))


def said(*schedules: Schedule, calendar: str = "", today: date = TODAY) -> list[str]:
    return [str(each) for each in attention(schedules, words("en"), today, (), {"S": OpenDays(site(calendar))})]


def test_more_visits_booked_on_a_day_than_there_are_places() -> None:
    people = [person(code, "2026-11-10", V="2026-12-09") for code in ("NJ-002", "NJ-003", "NJ-006")]
    message = "S: Wed 9 December 2026: 3 clinic visits booked, places for 2: NJ-002, NJ-003, NJ-006"
    assert said(*people, calendar="capacity: {clinic: 2}") == [message]
    assert said(*people, calendar="capacity: {clinic: 2}", today=date(2026, 12, 9)) == [message]
    assert said(*people, calendar="capacity: {clinic: 3}") == []
    assert said(*people, calendar="capacity: {home: 2}") == []
    assert not any("places" in line for line in said(*people, calendar="capacity: {clinic: 2}", today=date(2026, 12, 10)))


def test_more_participants_in_hospital_than_beds() -> None:
    people = [person("A", "2026-11-24", Status.PLANNED), person("B", "2026-11-27", Status.PLANNED)]
    assert said(*people, calendar="beds: 1") == [
        "S: Fri 27 November 2026 to Tue 1 December 2026: 2 in hospital, beds for 1: A, B"
    ]
    assert said(*people, calendar="beds: 2") == []


@pytest.mark.parametrize(
    ("calendar", "day", "message"),
    [
        ("", "2026-12-05", "planned for Sat 5 December 2026, when the site is closed: weekend"),
        (
            "closed: [{from: 2026-12-07, why: no power}]",
            "2026-12-07",
            "planned for Mon 7 December 2026, when the site is closed: no power",
        ),
        ("closed: [{from: 2026-12-07}]", "2026-12-07", "planned for Mon 7 December 2026: closed"),
        (
            "leave: [{from: 2026-12-07, why: congress}]",
            "2026-12-07",
            "planned for Mon 7 December 2026: the investigator is on leave: congress",
        ),
    ],
)
def test_an_infusion_planned_for_a_day_on_which_it_cannot_be(calendar: str, day: str, message: str) -> None:
    event = "events: {infusion: {}}\nvisits:\n  - {id: V, at: Day 28, window: ±3 days}"
    for protocol in (PROTOCOL, event):
        assert said(person("P", day, Status.PLANNED, protocol), calendar=calendar) == [f"P: infusion: {message}"]
        [later] = said(person("P", day, Status.PLANNED, protocol), calendar=calendar, today=date(2026, 12, 8))
        assert later.endswith("2026, and not recorded")


def test_a_booking_in_the_wider_window_is_named_as_such() -> None:
    inside, outside = person("A", "2026-11-10", D28="2026-12-14"), person("B", "2026-11-10", D28="2026-12-16")
    message = "booked for {}, outside its window (Sat 5 December 2026 to Fri 11 December 2026)"
    assert said(inside, outside) == [
        f"A: Day 28: {message.format('Mon 14 December 2026')}, "
        "in the wider window for holidays (Tue 1 December 2026 to Tue 15 December 2026)",
        f"B: Day 28: {message.format('Wed 16 December 2026')}",
    ]


def test_all_that_lists_it_says_the_same(example: Path, tmp_path: Path) -> None:
    sites = example / "sites.yaml"
    closed = "  calendar: {capacity: {clinic: 1}, beds: 0, closed: [{from: 2026-12-03, why: audit}]}\n"
    sites.write_text(sites.read_text(encoding="utf-8") + closed, encoding="utf-8")
    with (example / "visits.csv").open("a", encoding="utf-8") as visits:
        visits.write("CD-001,M3,2026-12-03,,,,\nCD-002,SCR,2026-12-03,,,,\n")
    lines = (
        "booked for Thu 3 December 2026, when the site is closed: audit",
        "Thu 3 December 2026: 2 clinic visits booked, places for 1: CD-001, CD-002",
        "Wed 27 January 2027 to Wed 3 February 2027: 1 in hospital, beds for 0: CD-002",
    )
    run("build", example, "--out", tmp_path / "out", "--today", TODAY)
    places = [
        run("check", example, "--today", TODAY).stdout,
        run("status", example, "--today", TODAY).stdout,
        run("status", example, "--today", TODAY, "--format", "html").stdout,
        (tmp_path / "out" / "index.html").read_text(encoding="utf-8"),
    ]
    for text in places:
        assert [line for line in lines if line not in text] == []
    chinese = (tmp_path / "out" / "sites" / "chengdu" / "status.html").read_text(encoding="utf-8")
    assert "已预约2026年12月3日 星期四，当日休诊：audit" in chinese
    assert "2026年12月3日 星期四：已预约门诊访视2次，名额1：CD-001、CD-002" in chinese


def test_what_comes_next_says_that_it_is_late(example: Path, tmp_path: Path) -> None:
    run("build", example, "--out", tmp_path / "out", "--today", TODAY)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Screening: Thu 22 October 2026 to Thu 19 November 2026 (assumed) (overdue by 4 days)" in page
