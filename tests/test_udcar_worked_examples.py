"""The first study's worked dates (fact sheet of NCT07274059), each a literal that can be checked on a wall calendar.

They were computed by another program than ours. The contrast with months of 30.4375 days is left out: it is for analysis, and no
protocol of ours can say it.
"""

from __future__ import annotations

from datetime import date

import pytest
from conftest import EXAMPLE

from scheduler.facts.records import Answer, Outcome, Participant, VisitRecord
from scheduler.language.syntax import EndKind
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Schedule

VISITS = ("D14", "D28", "M3", "M6", "M9", "M12", "M18", "M24")

# infusion: rest days, discharge at the earliest, the visits, end of contraception at the earliest
CASES = {
    "2028-02-29": (  # a leap day
        ("2028-02-27", "2028-02-28"),
        "2028-03-07",
        ("2028-03-14", "2028-03-28", "2028-05-29", "2028-08-29", "2028-11-29", "2029-02-28", "2029-08-29", "2030-02-28"),
        "2028-08-29",
    ),
    "2026-08-31": (  # the last day of a long month
        ("2026-08-29", "2026-08-30"),
        "2026-09-07",
        ("2026-09-14", "2026-09-28", "2026-11-30", "2027-02-28", "2027-05-31", "2027-08-31", "2028-02-29", "2028-08-31"),
        "2027-02-28",
    ),
    "2026-11-30": (  # three months later there is no 30th
        ("2026-11-28", "2026-11-29"),
        "2026-12-07",
        ("2026-12-14", "2026-12-28", "2027-02-28", "2027-05-30", "2027-08-30", "2027-11-30", "2028-05-30", "2028-11-30"),
        "2027-05-30",
    ),
    "2026-02-03": (  # Day 14 is the first day of the Spring Festival
        ("2026-02-01", "2026-02-02"),
        "2026-02-10",
        ("2026-02-17", "2026-03-03", "2026-05-03", "2026-08-03", "2026-11-03", "2027-02-03", "2027-08-03", "2028-02-03"),
        "2026-08-03",
    ),
    "2026-09-03": (  # Day 28 is National Day
        ("2026-09-01", "2026-09-02"),
        "2026-09-10",
        ("2026-09-17", "2026-10-01", "2026-12-03", "2027-03-03", "2027-06-03", "2027-09-03", "2028-03-03", "2028-09-03"),
        "2027-03-03",
    ),
    "2025-12-31": (  # New Year's Eve
        ("2025-12-29", "2025-12-30"),
        "2026-01-07",
        ("2026-01-14", "2026-01-28", "2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31", "2027-06-30", "2027-12-31"),
        "2026-06-30",
    ),
}

MONTHS = {
    "28 days": ("2028-05-23", "2028-08-15", "2028-11-07", "2029-01-30", "2029-07-17", "2030-01-01"),
    "30 days": ("2028-05-29", "2028-08-27", "2028-11-25", "2029-02-23", "2029-08-22", "2030-02-18"),
}


@pytest.fixture(scope="module")
def study() -> Protocol:
    return read_protocol((EXAMPLE / "protocol.yaml").read_bytes(), "protocol.yaml")


def planned(study: Protocol, infusion: str, **answers: Answer) -> Schedule:
    dates = {"infusion": date.fromisoformat(infusion), "enrolment": date(2025, 11, 20)}
    return expand(study, Participant.planned("P", dates, answers))


@pytest.mark.parametrize("infusion", CASES)
def test_every_visit_has_its_worked_target(study: Protocol, infusion: str) -> None:
    schedule = planned(study, infusion)
    assert schedule.visit("infusion").target == date.fromisoformat(infusion)
    assert [str(schedule.visit(visit).target) for visit in VISITS] == list(CASES[infusion][2])


@pytest.mark.parametrize("infusion", CASES)
def test_rest_days_are_the_two_days_before_the_infusion_when_lymphodepletion_is_given(study: Protocol, infusion: str) -> None:
    rest = planned(study, infusion, lymphodepletion=True).period("rest")
    assert (str(rest.start), str(rest.end)) == CASES[infusion][0]
    assert rest.applies is Applies.YES


@pytest.mark.parametrize("infusion", CASES)
def test_discharge_is_seven_days_after_the_infusion_at_the_earliest(study: Protocol, infusion: str) -> None:
    hospital = planned(study, infusion).period("hospital")
    assert (str(hospital.start), str(hospital.end), hospital.end_kind) == (infusion, CASES[infusion][1], EndKind.AT_LEAST)


@pytest.mark.parametrize("infusion", CASES)
def test_day_28_is_a_visit_the_end_of_an_observation_and_of_a_restriction_at_once(study: Protocol, infusion: str) -> None:
    schedule = planned(study, infusion)
    day_28 = CASES[infusion][2][1]
    dlt, near_site = schedule.period("DLT"), schedule.period("near-site")
    assert str(schedule.visit("D28").target) == day_28
    assert (str(dlt.end), dlt.end_kind) == (day_28, EndKind.ON)
    assert (str(near_site.end), near_site.end_kind) == (day_28, EndKind.AT_LEAST)


@pytest.mark.parametrize("infusion", CASES)
def test_contraception_lasts_six_months_from_the_end_of_treatment_at_least(study: Protocol, infusion: str) -> None:
    contraception = planned(study, infusion).period("contraception")
    assert (str(contraception.end), contraception.end_kind) == (CASES[infusion][3], EndKind.AT_LEAST)
    assert {"to", "from"} <= contraception.assumed  # end of treatment = infusion is our assumption


def test_without_lymphodepletion_there_are_no_rest_days(study: Protocol) -> None:
    schedule = planned(study, "2026-11-30", lymphodepletion=False)
    assert schedule.period("rest").applies is Applies.NO
    assert [schedule.visit(visit).applies for visit in ("LD1", "LD2", "LD3")] == [Applies.NO] * 3
    assert schedule.visit("D14").target == date(2026, 12, 14)


@pytest.mark.parametrize("month", MONTHS)
def test_the_same_study_with_months_of_a_fixed_length(month: str) -> None:
    text = (EXAMPLE / "protocol.yaml").read_text(encoding="utf-8").replace("month: calendar", f"month: {month}")
    schedule = planned(read_protocol(text.encode(), "protocol.yaml"), "2028-02-29")
    assert [str(schedule.visit(visit).target) for visit in VISITS[2:]] == list(MONTHS[month])


def test_assumed_windows_of_the_example_include_both_ends(study: Protocol) -> None:
    schedule = planned(study, "2028-02-29")
    windows = {visit.id: (str(visit.earliest), str(visit.latest)) for visit in schedule.visits if "window" in visit.assumed}
    assert windows["D14"] == ("2028-03-12", "2028-03-16")
    assert windows["D28"] == ("2028-03-25", "2028-03-31")
    assert windows["M12"] == ("2029-02-14", "2029-03-14")
    assert windows["SCR"] == ("2025-10-23", "2025-11-20")  # within 28 days before enrolment


def test_the_assumed_days_of_the_preparation_are_marked_until_they_are_recorded(study: Protocol) -> None:
    planned_course = planned(study, "2026-08-31", lymphodepletion=True).period("lymphodepletion-course")
    assert (str(planned_course.start), str(planned_course.end)) == ("2026-08-26", "2026-08-28")
    assert planned_course.assumed == {"from", "to"}
    days = {"LD1": date(2026, 8, 26), "LD2": date(2026, 8, 27), "LD3": date(2026, 8, 28)}
    given = Participant(
        id="P",
        answers={"lymphodepletion": True},
        visits={name: VisitRecord(actual=day, outcome=Outcome.DONE) for name, day in days.items()},
    )
    assert expand(study, given).period("lymphodepletion-course").assumed == frozenset()
