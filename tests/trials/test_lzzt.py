"""LZZT, the protocol of the CDISC pilot: weeks with two sizes of window, telephone calls after a visit, early termination."""

from __future__ import annotations

import pytest
from worked import assert_dates, of, trial

LZZT = trial("lzzt.yaml")


def test_weeks_and_calls_count_from_week_0() -> None:
    assert_dates(
        of(LZZT, {"V3": "2026-08-31"}),
        """
        V1 2026-08-17 2026-08-17 2026-08-31
        V2 2026-08-29 - -
        V4 2026-09-14 2026-09-11 2026-09-17
        V5 2026-09-28 2026-09-25 2026-10-01
        V7 2026-10-12 2026-10-09 2026-10-15
        V8 2026-10-26 2026-10-23 2026-10-29
        V9 2026-11-23 2026-11-19 2026-11-27
        V10 2026-12-21 2026-12-17 2026-12-25
        V11 2027-01-18 2027-01-14 2027-01-22
        V12 2027-02-15 2027-02-11 2027-02-19
        V13 2027-03-01 2027-02-26 2027-03-04
        T8 2026-11-09 - -
        T9 2026-12-07 - -
        T10 2027-01-04 - -
        T11 2027-02-01 - -
        """,
    )


def test_weeks_from_a_leap_day() -> None:
    assert_dates(
        of(LZZT, {"V3": "2028-02-29"}),
        """
        V1 2028-02-15 2028-02-15 2028-02-29
        V2 2028-02-27 - -
        V4 2028-03-14 2028-03-11 2028-03-17
        V5 2028-03-28 2028-03-25 2028-03-31
        V7 2028-04-11 2028-04-08 2028-04-14
        V8 2028-04-25 2028-04-22 2028-04-28
        V9 2028-05-23 2028-05-19 2028-05-27
        V10 2028-06-20 2028-06-16 2028-06-24
        V11 2028-07-18 2028-07-14 2028-07-22
        V12 2028-08-15 2028-08-11 2028-08-19
        V13 2028-08-29 2028-08-26 2028-09-01
        T8 2028-05-09 - -
        T9 2028-06-06 - -
        T10 2028-07-04 - -
        T11 2028-08-01 - -
        """,
    )


def test_weeks_around_the_spring_festival() -> None:
    assert_dates(
        of(LZZT, {"V3": "2025-12-23"}),
        """
        V1 2025-12-09 2025-12-09 2025-12-23
        V2 2025-12-21 - -
        V4 2026-01-06 2026-01-03 2026-01-09
        V5 2026-01-20 2026-01-17 2026-01-23
        V7 2026-02-03 2026-01-31 2026-02-06
        V8 2026-02-17 2026-02-14 2026-02-20
        V9 2026-03-17 2026-03-13 2026-03-21
        V10 2026-04-14 2026-04-10 2026-04-18
        V11 2026-05-12 2026-05-08 2026-05-16
        V12 2026-06-09 2026-06-05 2026-06-13
        V13 2026-06-23 2026-06-20 2026-06-26
        T8 2026-03-03 - -
        T9 2026-03-31 - -
        T10 2026-04-28 - -
        T11 2026-05-26 - -
        """,
    )


def test_a_call_follows_the_visit_as_it_took_place_and_the_next_visit_does_not() -> None:
    assert_dates(
        of(LZZT, {"V3": "2026-08-31"}, done={"V8": "2026-10-29"}),
        """
        T8 2026-11-12 - -
        V9 2026-11-23 2026-11-19 2026-11-27
        """,
    )


def test_after_early_termination_only_the_retrieval_visit_remains() -> None:
    schedule = of(LZZT, {"V3": "2026-08-31"}, happened={"stop": "2026-11-05"})
    assert_dates(
        schedule,
        """
        ET 2026-11-05 - -
        RT 2027-02-15 - -
        V9 no
        """,
    )
    left = [visit.id for visit in schedule.visits if visit.applies.shown and visit.target and str(visit.target) >= "2026-11-05"]
    assert left == ["ET", "RT"]


@pytest.mark.parametrize("visit", ["ET", "RT"])
def test_without_early_termination_there_is_no_visit_for_it(visit: str) -> None:
    assert_dates(of(LZZT, {"V3": "2026-08-31"}), f"{visit} no")


def test_who_stops_after_week_24_has_no_retrieval_visit() -> None:
    assert_dates(
        of(LZZT, {"V3": "2026-08-31"}, happened={"stop": "2027-02-20"}),
        """
        ET 2027-02-20 - -
        RT no
        V13 no
        """,
    )
