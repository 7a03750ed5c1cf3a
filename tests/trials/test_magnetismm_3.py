"""MagnetisMM-3: step-up doses that an amendment added, minimum distances between doses, every week and then every two weeks.

The dates are those of the published protocol.
"""

from __future__ import annotations

from worked import assert_dates, of, trial

MAGNETISMM_3 = trial("magnetismm-3.yaml")
PRIMING = {"version": "priming"}


def test_cycles_of_28_days_and_a_grid_of_response_assessments() -> None:
    assert_dates(
        of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, answers=PRIMING),
        """
        SCR   -          2026-01-15 2026-02-11
        C1D1  2026-02-12 -          -
        C1D4  2026-02-15 2026-02-14 2026-02-18
        C1D8  2026-02-19 2026-02-18 2026-02-22
        C1D15 2026-02-26 2026-02-23 2026-03-01
        C1D22 2026-03-05 2026-03-02 2026-03-08
        C2D1  2026-03-12 2026-03-09 2026-03-15
        C2D8  2026-03-19 2026-03-16 2026-03-22
        C2D15 2026-03-26 2026-03-23 2026-03-29
        C2D22 2026-04-02 2026-03-30 2026-04-05
        C3D1  2026-04-09 2026-04-06 2026-04-12
        C3D8  2026-04-16 2026-04-13 2026-04-19
        C3D15 2026-04-23 2026-04-20 2026-04-26
        C3D22 2026-04-30 2026-04-27 2026-05-03
        RA1   2026-03-12 2026-03-05 2026-03-19
        RA2   2026-04-09 2026-04-02 2026-04-16
        RA3   2026-05-07 2026-04-30 2026-05-14
        RA4   2026-06-04 2026-05-28 2026-06-11
        RA5   2026-07-02 2026-06-25 2026-07-09
        """,
    )


def test_the_second_dose_moves_the_first_day_of_the_third() -> None:
    assert_dates(
        of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, done={"C1D4": "2026-02-18"}, answers=PRIMING),
        """
        C1D8  2026-02-19 2026-02-18 2026-02-22
        C1D8! 2026-02-21 2026-02-22
        """,
    )


def test_at_least_6_days_between_doses_from_day_8_on() -> None:
    done = {"C1D4": "2026-02-18", "C1D8": "2026-02-22", "C1D15": "2026-03-01", "C1D22": "2026-03-08"}
    assert_dates(
        of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, done=done, answers=PRIMING),
        """
        C1D15  2026-02-26 2026-02-23 2026-03-01
        C1D15! 2026-02-28 2026-03-01
        C2D1   2026-03-12 2026-03-09 2026-03-15
        C2D1!  2026-03-14 2026-03-15
        """,
    )


def test_the_distance_counts_across_cycles() -> None:
    schedule = of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, done={"C2D22": "2026-04-05"}, answers=PRIMING)
    assert_dates(schedule, "C3D1! 2026-04-11 2026-04-12")


def test_the_first_stay_is_48_hours_and_the_second_24() -> None:
    assert_dates(
        of(MAGNETISMM_3, {"C1D1": "2026-02-12T10:00"}, answers=PRIMING),
        """
        stay   2026-02-12T10:00 2026-02-14T10:00
        stay-2 2026-02-15       2026-02-16
        """,
    )


def test_before_the_amendment_there_was_no_day_4_and_no_stay() -> None:
    schedule = of(MAGNETISMM_3, {"C1D1": "2020-12-31"}, answers={"version": "original"})
    # the published row of Day 8 has its day only, for its window is that of the amendment
    assert_dates(
        schedule,
        """
        C1D4 no
        C1D8 2021-01-07 2021-01-06 2021-01-10
        stay no
        stay-2 no
        """,
    )


def test_the_end_of_treatment_and_what_follows_it() -> None:
    assert_dates(
        of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, happened={"last-dose": "2027-11-30"}, answers=PRIMING),
        """
        EOT   -          2027-11-30 2027-12-14
        FU    -          2027-12-28 2028-01-04
        LTFU1 2028-02-22 2028-02-08 2028-03-07
        """,
    )


def test_every_two_weeks_from_cycle_7_on() -> None:
    changes = {"biweekly": [("2026-07-30", True)]}
    schedule = of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, answers={**PRIMING, "biweekly": False}, changes=changes)
    assert_dates(
        schedule,
        """
        C6D8  2026-07-09 2026-07-06 2026-07-12
        C6D22 2026-07-23 2026-07-20 2026-07-26
        C7D1  2026-07-30 2026-07-27 2026-08-02
        C7D8  no
        C7D15 2026-08-13 2026-08-10 2026-08-16
        C7D22 no
        """,
    )


def test_response_is_assessed_on_its_grid_whatever_happens_to_the_doses() -> None:
    schedule = of(MAGNETISMM_3, {"C1D1": "2026-02-12"}, done={"C2D1": "2026-03-15"}, answers=PRIMING)
    assert_dates(schedule, "RA1 2026-03-12 2026-03-05 2026-03-19\nRA2 2026-04-09 2026-04-02 2026-04-16")


def test_laboratory_within_72_hours_before_the_first_dose() -> None:
    assert_dates(of(MAGNETISMM_3, {"C1D1": "2026-02-12T10:00"}, answers=PRIMING), "C1D1:labs 2026-02-09T10:00 2026-02-12T10:00")
