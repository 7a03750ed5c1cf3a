"""The list of deviations, as somebody would draw it up by hand."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from conftest import EXAMPLE, Scheduling, booked, day, done, run

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.planning.deviations import Deviation, deviations
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule


def listed(schedule: Schedule) -> list[tuple[str, str, int | None]]:
    return [(found.id, found.kind.value, found.days) for found in deviations([schedule])]


def one(schedule: Schedule) -> Deviation:
    [found] = deviations([schedule])
    return found


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("2026-03-13", [("D14", "early", -1)]),
        ("2026-03-14", []),
        ("2026-03-18", []),
        ("2026-03-19", [("D14", "late", 1)]),
        ("2026-04-16", [("D14", "late", 29)]),
    ],
)
def test_a_visit_outside_its_window(schedule: Scheduling, actual: str, expected: list[tuple[str, str, int]]) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
    """
    assert listed(schedule(actual={"infusion": "2026-03-02"}, visits={"D14": done(actual)})) == expected


def test_a_missed_visit_and_one_that_was_called_off(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
      - {id: D28, at: Day 28, window: ±3 days}
      - {id: D60, at: Day 60, window: ±3 days, optional: yes}
      - {id: D90, at: Day 90, window: ±3 days}
    """
    visits = {
        "D14": VisitRecord(outcome=Outcome.MISSED, note="snow"),
        "D28": VisitRecord(booked=day("2026-03-30"), outcome=Outcome.CANCELLED),
        "D60": VisitRecord(outcome=Outcome.SKIPPED),
        "D90": booked("2026-09-01"),  # outside its window, and not a deviation until it has taken place
    }
    found = deviations([schedule(actual={"infusion": "2026-03-02"}, visits=visits)])
    assert [(each.id, each.kind.value, each.days, each.reason) for each in found] == [
        ("D14", "missed", None, "snow"),
        ("D28", "not done", None, ""),
    ]


def test_what_limits_leave_of_a_window_counts(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
      - {id: D28, at: Day 28, window: ±7 days, limits: not before D14 + 14 days}
    """
    found = one(schedule(actual={"infusion": "2026-03-02"}, visits={"D14": done("2026-03-18"), "D28": done("2026-03-31")}))
    assert (found.id, found.days, found.first, found.last) == ("D28", -1, date(2026, 4, 1), date(2026, 4, 6))


def test_a_wider_window_is_named(schedule: Scheduling) -> None:
    """
    visits:
      - id: infusion
        at: given
      - id: D14
        at: Day 14
        window: ±2 days
        allowance: {window: 0 .. +14 days, for: holidays}
        assumed: [window]
    """
    found = one(schedule(actual={"infusion": "2026-03-02"}, visits={"D14": done("2026-03-30")}))
    assert (found.days, found.wider and found.wider.reason, found.assumed) == (12, "holidays", True)
    found = one(schedule(actual={"infusion": "2026-03-02"}, visits={"D14": done("2026-03-31")}))
    assert (found.days, found.wider) == (13, None)


def test_an_activity_outside_its_own_days(schedule: Scheduling) -> None:
    """
    events: {enrolment: {}}
    visits:
      - {id: infusion, at: given}
      - {id: SCR, window: within 28 days before enrolment}
    activities:
      hCG: {label: Pregnancy test, at: [SCR], window: within 7 days before enrolment}
    """
    made = schedule(actual={"infusion": "2026-03-02", "enrolment": "2026-02-20"}, visits={"SCR": done("2026-02-10")})
    found = one(made)
    assert (found.kind.value, found.task and found.task.activity.id, found.days) == ("activity outside its days", "hCG", -3)
    made = schedule(actual={"infusion": "2026-03-02", "enrolment": "2026-02-20"}, visits={"SCR": done("2026-02-13")})
    assert listed(made) == []


def test_hours_count_where_both_have_a_clock_time_and_never_otherwise(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: H, at: infusion + 4 h, window: ±1 h}
    """
    for actual, expected in (
        ("2026-03-02T15:00", []),
        ("2026-03-02T15:01", [("H", "late", 0)]),
        ("2026-03-02", []),
        ("2026-03-03", [("H", "late", 1)]),
    ):
        assert listed(schedule(actual={"infusion": "2026-03-02T10:00"}, visits={"H": done(actual)})) == expected


STAY = """
visits: [{id: infusion, at: given}]
periods:
  - {id: ward, kind: stay, from: infusion, to: at least infusion + 7 days, assumed: [to]}
  - {id: dosing, kind: treatment, from: Day 1, to: Day 5}
  - {id: rest, kind: rest, from: Day 6, to: not after Day 10}
"""


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ({"ward.end": "2026-03-08"}, [("ward", "too short", -1)]),
        ({"ward.end": "2026-03-09"}, []),
        ({"ward.end": "2026-03-20"}, []),
        ({"dosing.start": "2026-03-03", "dosing.end": "2026-03-07"}, []),
        ({"dosing.start": "2026-03-04"}, [("dosing", "late", 1)]),
        ({"dosing.end": "2026-03-08"}, [("dosing", "too long", 1)]),
        ({"rest.end": "2026-03-12"}, []),
        ({"rest.end": "2026-03-14"}, [("rest", "too long", 2)]),
    ],
)
def test_the_days_of_periods(recorded: dict[str, str], expected: list[tuple[str, str, int]]) -> None:
    from conftest import protocol_of

    records = {name: (Recorded(day(text), Status.ACTUAL),) for name, text in {"infusion": "2026-03-02", **recorded}.items()}
    assert listed(expand(protocol_of(STAY), Participant(id="P", recorded=records))) == expected


def test_the_reason_of_an_early_discharge_is_kept(example: Path) -> None:
    with (example / "events.csv").open("a", encoding="utf-8") as events:
        events.write("YC-003,hospital.end,2026-09-05,actual,,left against medical advice\n")
    rows = list(csv.DictReader(io.StringIO(run("deviations", example, "--format", "csv").stdout)))
    [row] = [row for row in rows if row["visit"] == "hospital"]
    assert (row["deviation"], row["days"], row["reason"]) == ("too short", "-2", "left against medical advice")


def test_what_the_protocol_does_not_ask_for(schedule: Scheduling) -> None:
    """
    facts: {arm: [A, B]}
    visits:
      - {id: infusion, at: given}
      - {id: A14, at: Day 14, when: arm is A, window: ±2 days}
    """
    made = schedule(actual={"infusion": "2026-03-02"}, answers={"arm": "B"}, visits={"A14": done("2026-03-30")})
    assert listed(made) == [("A14", "not asked for", None)]


def test_a_rule_between_participants_that_was_not_kept() -> None:
    from conftest import protocol_of

    from scheduler.planning.between import findings

    protocol = protocol_of(
        """
        visits: [{id: infusion, at: given}]
        between participants:
          - {id: stagger, event: infusion, within: study, limit: not before infusion of previous participant + 14 days}
        """
    )
    dates = {"A": ("2026-03-02", Status.ACTUAL), "B": ("2026-03-13", Status.ACTUAL), "C": ("2026-03-20", Status.PLANNED)}
    people = [
        Participant(id=code, recorded={"infusion": (Recorded(day(text), status),)}) for code, (text, status) in dates.items()
    ]
    between = [(protocol, found) for found in findings(protocol, people)]
    found = deviations([expand(protocol, person) for person in people], between)
    assert [(each.schedule.participant.id, each.id, each.kind.value, str(each.first), each.days) for each in found] == [
        ("B", "stagger", "rule between participants", "2026-03-16", -3)  # what is only planned is no deviation yet
    ]


def test_the_example_as_a_table() -> None:
    rows = list(csv.DictReader(io.StringIO(run("deviations", EXAMPLE, "--format", "csv").stdout)))
    kept = ("participant", "visit", "deviation", "first", "last", "actual", "days", "assumed", "protocol_version")
    assert [[row[key] for key in kept] for row in rows] == [
        ["YC-002", "D14", "early", "2026-02-15", "2026-02-19", "2026-02-14", "-1", "assumed", "registry record of 2025-12-10"],
        ["YC-002", "M9", "missed", "2026-10-20", "2026-11-17", "", "", "assumed", "registry record of 2025-12-10"],
    ]


def test_of_one_site_and_as_a_page() -> None:
    assert run("deviations", EXAMPLE, "--site", "chengdu").stdout == "记录中没有偏离方案的情况。\n"
    page = run("deviations", EXAMPLE, "--format", "html").stdout
    assert "clinic closed 15-23 February (Spring Festival): done one day before the assumed window" in page
    assert run("deviations", EXAMPLE, "--site", "beijing", status=1).stderr.endswith(
        'there is no site "beijing" in ' + str(EXAMPLE / "sites.yaml") + "; there are: yancheng, chengdu\n"
    )


def test_who_and_when_and_a_note_that_looks_like_a_formula(example: Path) -> None:
    visits = example / "visits.csv"
    lines = visits.read_text(encoding="utf-8").replace("status,note", "status,note,recorded_by,recorded_on")
    visits.write_text(lines + "YC-003,LD1,,,2026-08-25,done,=1+1,CRC 1,2026-08-26\n".replace("LD1", "D300"), encoding="utf-8")
    assert 'there is no visit "D300"' in run("deviations", example, status=1).stderr
    visits.write_text(
        lines.replace(
            "YC-003,D28,2026-09-28,10:00,2026-09-29,done,", "YC-003,D28,2026-09-28,,2026-10-02,done,=1+1,CRC 1,2026-10-03"
        ),
        encoding="utf-8",
    )
    row = next(
        row
        for row in csv.DictReader(io.StringIO(run("deviations", example, "--format", "csv").stdout))
        if row["participant"] == "YC-003"
    )
    assert (row["days"], row["reason"], row["recorded_by"], row["recorded_on"]) == ("+1", "'=1+1", "CRC 1", "2026-10-03")
