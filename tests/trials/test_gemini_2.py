"""GEMINI 2: months of 28 days, and an end that the whole study has in common. The dates are those of the published protocol."""

from __future__ import annotations

from datetime import date

import pytest
from worked import assert_dates, of, trial

from scheduler.schedule.records import Applies

GEMINI_2 = trial("gemini-2.yaml")
TO_MONTH_36 = "2030-12-31"


def test_months_of_28_days_from_the_end_of_august() -> None:
    schedule = of(GEMINI_2, {"D1": "2026-08-31"}, horizon=TO_MONTH_36)
    assert_dates(
        schedule,
        """
        SCR   -          2026-08-03 2026-08-30
        M0.5  2026-09-14 2026-09-07 2026-09-21
        M0.75 2026-09-21 2026-09-14 2026-09-28
        M1    2026-09-28 2026-09-21 2026-10-05
        M1.25 2026-10-05 2026-09-28 2026-10-12
        M2    2026-10-26 2026-10-19 2026-11-02
        M3    2026-11-23 2026-11-16 2026-11-30
        M4    2026-12-21 2026-12-14 2026-12-28
        M6    2027-02-15 2027-02-08 2027-02-22
        M9    2027-05-10 2027-05-03 2027-05-17
        M12   2027-08-02 2027-07-26 2027-08-09
        M15   2027-10-25 2027-10-18 2027-11-01
        M18   2028-01-17 2028-01-10 2028-01-24
        M24   2028-07-03 2028-06-26 2028-07-10
        M36   2029-06-04 2029-05-28 2029-06-11
        """,
    )


def test_months_of_28_days_from_a_leap_day() -> None:
    schedule = of(GEMINI_2, {"D1": "2028-02-29"}, horizon=TO_MONTH_36)
    assert_dates(
        schedule,
        """
        SCR   -          2028-02-01 2028-02-28
        M0.5  2028-03-14 2028-03-07 2028-03-21
        M0.75 2028-03-21 2028-03-14 2028-03-28
        M1    2028-03-28 2028-03-21 2028-04-04
        M1.25 2028-04-04 2028-03-28 2028-04-11
        M2    2028-04-25 2028-04-18 2028-05-02
        M3    2028-05-23 2028-05-16 2028-05-30
        M4    2028-06-20 2028-06-13 2028-06-27
        M6    2028-08-15 2028-08-08 2028-08-22
        M9    2028-11-07 2028-10-31 2028-11-14
        M12   2029-01-30 2029-01-23 2029-02-06
        M15   2029-04-24 2029-04-17 2029-05-01
        M18   2029-07-17 2029-07-10 2029-07-24
        M24   2030-01-01 2029-12-25 2030-01-08
        M36   2030-12-03 2030-11-26 2030-12-10
        """,
    )


@pytest.mark.parametrize(("day_1", "last"), [("2026-08-31", date(2026, 8, 20)), ("2028-02-29", date(2028, 2, 18))])
def test_screening_is_best_11_days_or_more_before_day_1(day_1: str, last: date) -> None:
    assert of(GEMINI_2, {"D1": day_1}).visit("SCR").preferred[1] == last


def test_follow_up_four_weeks_after_the_last_dose() -> None:
    schedule = of(GEMINI_2, {"last-dose": "2027-11-30"}, answers={"extension": False})
    assert_dates(schedule, "FU 2027-12-28 2027-12-21 2028-01-04")


def test_no_follow_up_for_those_who_enter_the_extension() -> None:
    assert_dates(of(GEMINI_2, {"last-dose": "2027-11-30"}, answers={"extension": True}), "FU no")


def test_visits_go_on_until_the_common_study_end_also_after_an_early_stop() -> None:
    planned = {"D1": "2026-08-31", "early-stop": "2027-03-01", "study-end": "2028-01-17"}
    schedule = of(GEMINI_2, planned)
    assert_dates(
        schedule,
        """
        pEOT -          2027-03-01 -
        M7   2027-03-15 2027-03-08 2027-03-22
        M18  2028-01-17 2028-01-10 2028-01-24
        M21  no
        """,
    )
    assert schedule.open == ()


def test_semi_annual_and_annual_assessments_keep_to_the_months_of_28_days() -> None:
    schedule = of(GEMINI_2, {"D1": "2026-08-31"}, horizon=TO_MONTH_36)
    done = [(task.activity.id, visit.id) for visit in schedule.visits for task in visit.tasks if task.applies is Applies.YES]
    assert [visit for name, visit in done if name == "semi-annual"][:6] == ["M6", "M12", "M18", "M24", "M30", "M36"]
    assert [visit for name, visit in done if name == "annual-MRI"][:3] == ["M12", "M24", "M36"]


# Left out: the days that would come of calendar months (Month 6 on 2027-02-28, Month 12 on 2027-08-31). The published protocol names
# them as a contrast; no visit has them.
