"""BALATON: a grid of four weeks from randomization, minimum distances from the treatment before, a personal dosing interval.

The dates are those of the published protocol.
"""

from __future__ import annotations

from typing import Any

import pytest
from worked import assert_dates, of, trial

from scheduler.language.moments import Offset

BALATON = trial("balaton.yaml")
RANDOMIZED = {"R": "2026-08-31"}


def weeks(number: int) -> Offset:
    return Offset(days=7 * number, whole_days=True)


def test_every_visit_is_counted_from_randomization() -> None:
    assert_dates(
        of(BALATON, RANDOMIZED),
        """
        SCR -          2026-08-03 2026-08-30
        D7  2026-09-06 2026-09-03 2026-09-09
        W4  2026-09-28 2026-09-21 2026-10-05
        W8  2026-10-26 2026-10-19 2026-11-02
        W12 2026-11-23 2026-11-16 2026-11-30
        W16 2026-12-21 2026-12-14 2026-12-28
        W20 2027-01-18 2027-01-11 2027-01-25
        W24 2027-02-15 2027-02-08 2027-02-22
        W28 2027-03-15 2027-03-08 2027-03-22
        W32 2027-04-12 2027-04-05 2027-04-19
        W36 2027-05-10 2027-05-03 2027-05-17
        W40 2027-06-07 2027-05-31 2027-06-14
        W44 2027-07-05 2027-06-28 2027-07-12
        W48 2027-08-02 2027-07-26 2027-08-09
        W52 2027-08-30 2027-08-23 2027-09-06
        W56 2027-09-27 2027-09-20 2027-10-04
        W60 2027-10-25 2027-10-18 2027-11-01
        W64 2027-11-22 2027-11-15 2027-11-29
        W68 2027-12-20 2027-12-13 2027-12-27
        W72 2028-01-17 2028-01-10 2028-01-24
        """,
    )


def test_at_least_21_days_between_treatments() -> None:
    assert_dates(
        of(BALATON, RANDOMIZED, done={"W20": "2027-01-25"}),
        """
        W24  2027-02-15 2027-02-08 2027-02-22
        W24! 2027-02-15 2027-02-22
        """,
    )


def test_the_first_treatment_counts_from_day_1() -> None:
    assert_dates(of(BALATON, {}, happened={"R": "2026-08-31"}), "W4! 2026-09-21 2026-10-05")


def test_at_least_28_days_before_the_last_visit() -> None:
    assert_dates(
        of(BALATON, RANDOMIZED, done={"W68": "2027-12-27"}),
        """
        W72  2028-01-17 2028-01-10 2028-01-24
        W72! 2028-01-24 2028-01-24
        """,
    )


def test_the_final_treatment_is_the_one_before_when_week_68_was_missed() -> None:
    assert_dates(of(BALATON, RANDOMIZED, done={"W64": "2027-11-29"}, missed=("W68",)), "W72! 2028-01-10 2028-01-24")


def test_early_termination_is_28_days_after_the_final_treatment() -> None:
    schedule = of(BALATON, RANDOMIZED, happened={"withdrawal": "2027-02-10"}, done={"W20": "2027-01-25"})
    assert_dates(
        schedule,
        """
        W20 2027-01-18 2027-01-11 2027-01-25
        W24 no
        W72 no
        ET  -          2027-02-10 -
        ET! 2027-02-22 -
        """,
    )


EIGHT_WEEKS: list[tuple[str, Any]] = [("2027-02-15", weeks(8))]


@pytest.mark.parametrize(
    ("doses", "changes", "following"),
    [
        (["2027-02-15"], [], "PTI1.next-active 2027-04-12 2027-04-05 2027-04-19"),
        (["2027-02-15", "2027-04-12"], [], "PTI2.next-active 2027-06-07 2027-05-31 2027-06-14"),
        (["2027-02-15"], EIGHT_WEEKS, "PTI1.next-active 2027-04-12 2027-04-05 2027-04-19"),
        (
            ["2027-02-15", "2027-04-12"],
            [*EIGHT_WEEKS, ("2027-04-12", weeks(12))],
            "PTI2.next-active 2027-07-05 2027-06-28 2027-07-12",
        ),
    ],
    ids=["8 weeks", "kept at 8 weeks", "extended to 8 weeks", "extended to 12 weeks"],
)
def test_the_next_active_dose_comes_after_the_interval_set_at_the_last(
    doses: list[str], changes: list[tuple[str, Any]], following: str
) -> None:
    given: dict[str, Any] = {"changes": {"interval": changes}} if changes else {"answers": {"interval": weeks(8)}}
    assert_dates(of(BALATON, RANDOMIZED, happened={"active-dose": list(doses)}, **given), following)


def test_the_visit_before_the_next_active_dose_is_sham() -> None:
    schedule = of(BALATON, RANDOMIZED, happened={"active-dose": "2027-02-15"}, answers={"interval": weeks(8)})
    assert schedule.visit("PTI1.next-active").part_of == "W32"  # and not of W28
