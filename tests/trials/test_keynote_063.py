"""KEYNOTE-063: imaging keeps its grid from randomization whatever becomes of the doses; follow-up after discontinuation."""

from __future__ import annotations

from datetime import date

from worked import assert_dates, of, trial

KEYNOTE_063 = trial("keynote-063.yaml")
TREATED: dict[str, str | list[str]] = {"randomization": "2026-01-05", "C1": "2026-01-07"}


def test_a_late_dose_moves_no_imaging() -> None:
    schedule = of(
        KEYNOTE_063,
        {},
        happened=TREATED,
        done={"C3": "2026-03-05"},
        answers={"arm": "pembrolizumab"},
    )
    assert_dates(
        schedule,
        """
        W6-scan 2026-02-16 2026-02-09 2026-02-23
        W12-scan 2026-03-30 2026-03-23 2026-04-06
        W18-scan 2026-05-11 2026-05-04 2026-05-18
        W24-scan 2026-06-22 2026-06-15 2026-06-29
        W30-scan 2026-08-03 2026-07-27 2026-08-10
        W36-scan 2026-09-14 2026-09-07 2026-09-21
        W42-scan 2026-10-26 2026-10-19 2026-11-02
        W48-scan 2026-12-07 2026-11-30 2026-12-14
        C3 2026-02-18 2026-02-15 2026-02-21
        C2:labs 2026-01-25 2026-01-28
        """,
    )


def test_after_a_holiday_treatment_goes_on_within_three_weeks() -> None:
    schedule = of(KEYNOTE_063, {}, happened=TREATED, answers={"arm": "pembrolizumab"})
    allowance = schedule.visit("C3").allowance
    assert allowance is not None
    assert allowance.latest == date(2026, 3, 11)


def test_follow_up_after_discontinuation() -> None:
    assert_dates(
        of(KEYNOTE_063, {}, happened={"last-dose": "2027-11-30", "discontinuation": "2027-12-03"}),
        """
        safety 2028-01-02 2027-12-26 2028-01-09
        FU6-scan 2028-01-14 2028-01-07 2028-01-21
        FU12-scan 2028-02-25 2028-02-18 2028-03-03
        FU12-call 2028-02-25 2028-02-18 2028-03-03
        FU24-call 2028-05-19 2028-05-12 2028-05-26
        adverse-events - 2027-12-30
        """,
    )


def test_imaging_at_discontinuation_unless_there_was_one_in_the_four_weeks_before() -> None:
    stopped: dict[str, str | list[str]] = {**TREATED, "discontinuation": "2026-06-10"}
    assert_dates(
        of(KEYNOTE_063, {}, happened=stopped, done={"W18-scan": "2026-05-12"}),
        """
        W24-scan no
        scan-end 2026-06-10 2026-05-13 2026-07-08
        """,
    )
    assert_dates(of(KEYNOTE_063, {}, happened=stopped, done={"W18-scan": "2026-05-13"}), "scan-end no")
    before_any = of(KEYNOTE_063, {}, happened={**TREATED, "discontinuation": "2026-02-01"})  # the first is due on 16 February
    assert_dates(before_any, "W6-scan no\nscan-end 2026-02-01 2026-01-04 2026-03-01")


def test_gates_before_the_first_dose() -> None:
    assert_dates(
        of(KEYNOTE_063, {}, happened=TREATED, answers={"childbearing": True}),
        """
        SCR - 2025-12-10 2026-01-06
        SCR:screening-labs 2025-12-28 2026-01-07
        SCR:pregnancy-test 2026-01-04 2026-01-07
        """,
    )


def test_blood_counts_become_rarer_after_cycle_6() -> None:
    visits = of(KEYNOTE_063, {}, happened=TREATED, answers={"arm": "pembrolizumab"}, horizon="2026-08-30").visits
    counted = [visit.id for visit in visits if any(task.activity.id == "CBC" for task in visit.tasks)]
    assert counted == ["C2", "C3", "C4", "C5", "C6", "C8", "C10", "C12"]


def test_paclitaxel_on_three_days_of_four_weeks() -> None:
    assert_dates(
        of(KEYNOTE_063, {}, happened=TREATED, answers={"arm": "paclitaxel"}),
        """
        P1D1 no
        P1D8 2026-01-14 - -
        P1D15 2026-01-21 - -
        P2D1 2026-02-04 - -
        C2 no
        """,
    )


def test_patient_reported_outcomes_after_week_24_for_a_year() -> None:
    visits = of(KEYNOTE_063, {}, happened=TREATED).visits
    assert [visit.id for visit in visits if visit.plan.rule == "PRO"] == ["W30-PRO", "W36-PRO", "W42-PRO", "W48-PRO"]
