"""monarchE: every visit counts from the clinic visit before it, the last one from the first; a gap that wants one visit more."""

from __future__ import annotations

from datetime import date

from worked import assert_dates, of, trial

from scheduler.protocol.records import Mode
from scheduler.schedule.records import Applies

MONARCHE = trial("monarche.yaml")


def test_with_a_leap_day_in_between_one_more_visit_is_required() -> None:
    schedule = of(MONARCHE, {"V1": "2026-08-31"})
    assert_dates(
        schedule,
        """
        V1 2026-08-31 - -
        V2 2026-09-15 2026-09-12 2026-09-18
        V3 2026-09-30 2026-09-27 2026-10-03
        V4 2026-10-15 2026-10-12 2026-10-18
        V5 2026-10-30 2026-10-27 2026-11-02
        V6 2026-11-29 2026-11-24 2026-12-04
        V7 2026-12-29 2026-12-24 2027-01-03
        V8 2027-01-28 2027-01-23 2027-02-02
        V9 2027-02-27 2027-02-22 2027-03-04
        V10 2027-03-29 2027-03-24 2027-04-03
        V11 2027-04-28 2027-04-23 2027-05-03
        V12 2027-05-28 2027-05-18 2027-06-07
        V13 2027-06-27 2027-06-22 2027-07-02
        V14 2027-07-27 2027-07-22 2027-08-01
        V15 2027-08-26 2027-08-16 2027-09-05
        V16 2027-09-25 2027-09-20 2027-09-30
        V17 2027-10-25 2027-10-20 2027-10-30
        V18 2027-11-24 2027-11-14 2027-12-04
        V19 2027-12-24 2027-12-19 2027-12-29
        V20 2028-01-23 2028-01-18 2028-01-28
        V21 2028-02-22 2028-02-12 2028-03-03
        V22 2028-03-23 2028-03-18 2028-03-28
        V23 2028-04-22 2028-04-17 2028-04-27
        V24 2028-05-22 2028-05-12 2028-06-01
        V25 2028-06-21 2028-06-16 2028-06-26
        V26 2028-07-21 2028-07-16 2028-07-26
        V27 2028-08-31 2028-08-26 2028-09-05
        """,
    )
    assert schedule.visit("unscheduled").applies is Applies.YES  # 41 days from Visit 26 to Visit 27, and 40 may be


def test_without_a_leap_day_there_is_no_visit_more() -> None:
    assert_dates(
        of(MONARCHE, {"V1": "2028-03-01"}),
        """
        V1 2028-03-01 - -
        V2 2028-03-16 2028-03-13 2028-03-19
        V3 2028-03-31 2028-03-28 2028-04-03
        V4 2028-04-15 2028-04-12 2028-04-18
        V5 2028-04-30 2028-04-27 2028-05-03
        V6 2028-05-30 2028-05-25 2028-06-04
        V7 2028-06-29 2028-06-24 2028-07-04
        V8 2028-07-29 2028-07-24 2028-08-03
        V9 2028-08-28 2028-08-23 2028-09-02
        V10 2028-09-27 2028-09-22 2028-10-02
        V11 2028-10-27 2028-10-22 2028-11-01
        V12 2028-11-26 2028-11-16 2028-12-06
        V13 2028-12-26 2028-12-21 2028-12-31
        V14 2029-01-25 2029-01-20 2029-01-30
        V15 2029-02-24 2029-02-14 2029-03-06
        V16 2029-03-26 2029-03-21 2029-03-31
        V17 2029-04-25 2029-04-20 2029-04-30
        V18 2029-05-25 2029-05-15 2029-06-04
        V19 2029-06-24 2029-06-19 2029-06-29
        V20 2029-07-24 2029-07-19 2029-07-29
        V21 2029-08-23 2029-08-13 2029-09-02
        V22 2029-09-22 2029-09-17 2029-09-27
        V23 2029-10-22 2029-10-17 2029-10-27
        V24 2029-11-21 2029-11-11 2029-12-01
        V25 2029-12-21 2029-12-16 2029-12-26
        V26 2030-01-20 2030-01-15 2030-01-25
        V27 2030-03-01 2030-02-24 2030-03-06
        unscheduled no
        """,
    )


def test_visits_count_from_the_clinic_visit_as_it_took_place() -> None:
    done = {"V2": "2026-09-18", "V9": "2027-03-05", "V12": "2027-06-11", "V26": "2028-07-13"}
    schedule = of(MONARCHE, {}, happened={"V1": "2026-08-31"}, done=done)
    assert_dates(
        schedule,
        """
        V3 2026-10-03 2026-09-30 2026-10-06
        V10 2027-04-04 2027-03-30 2027-04-09
        V11 2027-05-04 2027-04-29 2027-05-09
        V12 2027-06-03 2027-05-24 2027-06-13
        V15 2027-09-09 2027-08-30 2027-09-19
        V27 2028-08-31 2028-08-26 2028-09-05
        """,
    )
    assert schedule.visit("unscheduled").applies is Applies.YES  # 49 days from Visit 26 to Visit 27


def test_long_term_follow_up_counts_from_the_visit_before() -> None:
    schedule = of(MONARCHE, {}, happened={"V1": "2026-08-31"}, done={"V27": "2028-08-31", "LTFU2": "2029-08-31"})
    assert_dates(schedule, "LTFU3 2030-02-28 2030-01-31 2030-03-28")


def test_who_cannot_come_is_called_where_the_protocol_allows_it() -> None:
    def telephoned(answers: dict[str, object]) -> list[str]:
        visits = of(MONARCHE, {"V1": "2026-08-31"}, answers=answers).visits
        return [visit.id for visit in visits if visit.plan.mode is Mode.TELEPHONE]

    calls = "V10 V11 V13 V14 V16 V17 V19 V20 V22 V23 V25 V26".split()
    assert telephoned({"arm": "A", "unable-to-attend": True}) == calls
    assert telephoned({"arm": "B", "unable-to-attend": False}) == calls
    assert telephoned({"arm": "B", "unable-to-attend": True}) == ["V2", "V4", "V5", "V7", "V8", *calls]


def test_a_holiday_may_delay_a_visit_by_seven_days() -> None:
    schedule = of(MONARCHE, {"V1": "2026-08-31"}, answers={"arm": "A"})
    latest = {visit.id: visit.allowance.latest for visit in schedule.visits if visit.allowance}
    assert (latest["V2"], latest["V6"]) == (date(2026, 9, 25), date(2026, 12, 11))
    assert (latest["V12"], latest["V27"]) == (date(2027, 6, 14), date(2028, 9, 12))


def test_short_term_follow_up_comes_after_the_earlier_of_two_ends() -> None:
    assert_dates(of(MONARCHE, {"V1": "2026-08-31"}), "short-term 2028-09-30 2028-09-25 2028-10-05")
    assert_dates(
        of(MONARCHE, {"V1": "2026-08-31"}, happened={"stop": "2027-06-20"}),
        """
        V12 2027-05-28 2027-05-18 2027-06-07
        V13 no
        V27 no
        short-term 2027-07-20 2027-07-15 2027-07-25
        """,
    )


def test_screening_reaches_back_six_months_in_cohort_2() -> None:
    assert_dates(
        of(MONARCHE, {"randomization": "2026-08-30", "V1": "2026-08-31"}, answers={"cohort": "2"}),
        """
        SCR - 2026-02-28 2026-08-30
        SCR:early-screening 2026-02-28 2026-08-30
        SCR:late-screening 2026-08-16 2026-08-30
        V1 2026-08-31 2026-08-30 2026-09-02
        """,
    )
