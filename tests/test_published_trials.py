"""Worked dates of published trials, as far as the base of the language says their schedules. Computed by another program than ours."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import done, protocol_of

from scheduler.facts.records import Participant, VisitRecord
from scheduler.protocol.records import Protocol
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule, Visit

GEMINI_2 = protocol_of(
    """
    study: {id: GEMINI-2, title: NCT04410991, anchor: D1, day_numbering: day 1 without day 0, month: 28 days}
    events: {last-dose: {}}
    visits:
      - {id: SCR, window: from Day -28 to Day -1, limits: not after Day 1 - 11 days}
      - {id: D1, at: given}
      - id: on-treatment
        window: ±7 days
        visits:
          - {id: W, at: Week 2/3/5}
          - {id: M, at: Month 1/2/3/4/6/9/12/15/18/24/36}
      - {id: FU, at: last-dose + 4 weeks, window: ±7 days}
    """
)

BALATON = protocol_of(
    """
    study: {id: BALATON, title: NCT04740905, anchor: R, day_numbering: day 1 without day 0}
    visits:
      - {id: SCR, window: from Day -28 to Day -1}
      - {id: R, at: given}
      - {id: D7, at: Day 7, window: ±3 days}
      - {id: W, at: Week 4/8/12/16/20, window: ±7 days}
      - {id: W24, at: Week 24, window: ±7 days, limits: not before W20 + 21 days}
      - {id: W68, at: Week 68, window: ±7 days}
      - {id: W72, at: Week 72, window: ±7 days, limits: not before W68 + 28 days}
    """
)

C4591001 = protocol_of(
    """
    study: {id: C4591001, title: BNT162b2, anchor: V1, day_numbering: day 1 without day 0}
    events: {onset: {may not happen: yes}}
    visits:
      - {id: V1, at: given}
      - {id: V2, at: V1 + 21 days, window: 19 to 23 days after V1}
      - {id: V3, window: 28 to 35 days after V2}
      - {id: V4, window: 175 to 189 days after V2}
      - {id: V5, window: 350 to 378 days after V2}
      - {id: V6, window: 714 to 742 days after V2}
      - {id: ILL, window: within 3 days after onset}
      - {id: CONV, window: 28 to 35 days after ILL}
    """
)

LZZT = protocol_of(
    """
    study: {id: LZZT, title: H2Q-MC-LZZT, anchor: V3, day_numbering: day 0}
    visits:
      - {id: V1, at: Week -2, window: within 2 weeks before V3}
      - {id: V2, at: V3 - 2 days}
      - {id: V3, at: given}
      - id: two-weekly
        window: ±3 days
        visits:
          - {id: V4, at: Week 2}
          - {id: V5, at: Week 4}
          - {id: V7, at: Week 6}
          - {id: V8, at: Week 8}
      - id: four-weekly
        window: ±4 days
        visits:
          - {id: V9, at: Week 12}
          - {id: V10, at: Week 16}
          - {id: V11, at: Week 20}
          - {id: V12, at: Week 24}
      - {id: V13, at: Week 26, window: ±3 days}
      - {id: T8, at: V8 + 2 weeks, mode: telephone}
      - {id: T9, at: V9 + 2 weeks, mode: telephone}
      - {id: T10, at: V10 + 2 weeks, mode: telephone}
      - {id: T11, at: V11 + 2 weeks, mode: telephone}
    """
)


def scheduled(protocol: Protocol, visits: dict[str, VisitRecord] | None = None, **dates: str) -> Schedule:
    planned = Participant.planned("P", {name.replace("_", "-"): date.fromisoformat(text) for name, text in dates.items()})
    return expand(protocol, Participant(id="P", recorded=planned.recorded, visits=visits or {}))


def window(visit: Visit) -> tuple[str, str]:
    return str(visit.earliest), str(visit.latest)


@pytest.mark.parametrize(
    ("day_1", "targets", "screening"),
    [
        (
            "2026-08-31",
            {
                "W2": "2026-09-14",
                "W3": "2026-09-21",
                "M1": "2026-09-28",
                "W5": "2026-10-05",
                "M2": "2026-10-26",
                "M3": "2026-11-23",
                "M4": "2026-12-21",
                "M6": "2027-02-15",
                "M9": "2027-05-10",
                "M12": "2027-08-02",
                "M15": "2027-10-25",
                "M18": "2028-01-17",
                "M24": "2028-07-03",
                "M36": "2029-06-04",
            },
            ("2026-08-03", "2026-08-30", "2026-08-20"),
        ),
        (
            "2028-02-29",
            {"M1": "2028-03-28", "M3": "2028-05-23", "M12": "2029-01-30", "M24": "2030-01-01", "M36": "2030-12-03"},
            ("2028-02-01", "2028-02-28", "2028-02-18"),
        ),
    ],
)
def test_gemini_2_has_months_of_28_days(day_1: str, targets: dict[str, str], screening: tuple[str, str, str]) -> None:
    schedule = scheduled(GEMINI_2, D1=day_1)
    assert {name: str(schedule.visit(name).target) for name in targets} == targets
    assert (*window(schedule.visit("SCR")), str(schedule.visit("SCR").closes)) == screening
    assert window(scheduled(GEMINI_2, D1="2026-08-31").visit("M12")) == ("2027-07-26", "2027-08-09")


def test_gemini_2_follow_up() -> None:
    follow_up = scheduled(GEMINI_2, D1="2026-08-31", last_dose="2027-11-30").visit("FU")
    assert (str(follow_up.target), *window(follow_up)) == ("2027-12-28", "2027-12-21", "2028-01-04")


def test_balaton_keeps_its_grid_and_a_minimum_between_treatments() -> None:
    schedule = scheduled(BALATON, R="2026-08-31")
    assert window(schedule.visit("SCR")) == ("2026-08-03", "2026-08-30")
    assert (str(schedule.visit("D7").target), *window(schedule.visit("D7"))) == ("2026-09-06", "2026-09-03", "2026-09-09")
    assert str(schedule.visit("W72").target) == "2028-01-17"
    late = scheduled(BALATON, {"W20": done("2027-01-25"), "W68": done("2027-12-27")}, R="2026-08-31")
    week_24, week_72 = late.visit("W24"), late.visit("W72")
    assert window(week_24) == ("2027-02-08", "2027-02-22")
    assert (str(week_24.opens), str(week_24.closes)) == ("2027-02-15", "2027-02-22")
    assert window(week_72) == ("2028-01-10", "2028-01-24")
    assert (str(week_72.opens), str(week_72.closes)) == ("2028-01-24", "2028-01-24")


def test_c4591001_counts_from_the_second_dose_as_given() -> None:
    planned = scheduled(C4591001, V1="2026-02-03")
    assert (str(planned.visit("V2").target), *window(planned.visit("V2"))) == ("2026-02-24", "2026-02-22", "2026-02-26")
    assert window(planned.visit("V3")) == ("2026-03-24", "2026-03-31")
    given = scheduled(C4591001, {"V2": done("2026-02-26")}, V1="2026-02-03")
    assert window(given.visit("V3")) == ("2026-03-26", "2026-04-02")
    assert window(given.visit("V4")) == ("2026-08-20", "2026-09-03")
    assert window(given.visit("V5")) == ("2027-02-11", "2027-03-11")
    assert window(given.visit("V6")) == ("2028-02-10", "2028-03-09")


def test_c4591001_illness() -> None:
    schedule = scheduled(C4591001, {"ILL": done("2028-01-02")}, V1="2026-02-03", onset="2027-12-31")
    assert window(schedule.visit("ILL")) == ("2027-12-31", "2028-01-03")
    assert window(schedule.visit("CONV")) == ("2028-01-30", "2028-02-06")


@pytest.mark.parametrize(
    ("week_0", "targets"),
    [
        (
            "2026-08-31",
            "2026-08-17 2026-08-29 2026-08-31 2026-09-14 2026-09-28 2026-10-12 2026-10-26 2026-11-23 2026-12-21 2027-01-18 "
            "2027-02-15 2027-03-01 2026-11-09 2026-12-07 2027-01-04 2027-02-01",
        ),
        (
            "2028-02-29",
            "2028-02-15 2028-02-27 2028-02-29 2028-03-14 2028-03-28 2028-04-11 2028-04-25 2028-05-23 2028-06-20 2028-07-18 "
            "2028-08-15 2028-08-29 2028-05-09 2028-06-06 2028-07-04 2028-08-01",
        ),
        (
            "2025-12-23",
            "2025-12-09 2025-12-21 2025-12-23 2026-01-06 2026-01-20 2026-02-03 2026-02-17 2026-03-17 2026-04-14 2026-05-12 "
            "2026-06-09 2026-06-23 2026-03-03 2026-03-31 2026-04-28 2026-05-26",
        ),
    ],
)
def test_lzzt_counts_weeks_and_telephones_after_visits(week_0: str, targets: str) -> None:
    schedule = scheduled(LZZT, V3=week_0)
    assert " ".join(str(visit.target) for visit in schedule.visits) == targets


def test_lzzt_windows_and_a_late_visit() -> None:
    schedule = scheduled(LZZT, {"V8": done("2026-10-29")}, V3="2026-08-31")
    assert window(schedule.visit("V1")) == ("2026-08-17", "2026-08-31")
    assert window(schedule.visit("V9")) == ("2026-11-19", "2026-11-27")
    assert str(schedule.visit("T8").target) == "2026-11-12"  # from the visit as it took place, 3 days late
    assert str(schedule.visit("V9").target) == "2026-11-23"  # still from week 0
