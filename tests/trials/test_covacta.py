"""COVACTA: hours from the first infusion, a Day 0 before Day 1, days in hospital or after discharge. The dates are those of the
published protocol."""

from __future__ import annotations

import pytest
from worked import assert_dates, of, trial

from scheduler.language.moments import day_of

COVACTA = trial("covacta.yaml")
HOURS = {"randomization": "2026-02-16T22:00", "infusion": "2026-02-17T01:00", "infusion-end": "2026-02-17T02:00"}


def test_hours_from_randomization_and_from_the_infusion() -> None:
    schedule = of(COVACTA, HOURS, answers={"worsening": True})
    # the published row of the first infusion has its latest time only
    assert_dates(
        schedule,
        """
        infusion            2026-02-17T01:00 2026-02-16T22:00 2026-02-17T02:00
        infusion-2          -                2026-02-17T09:00 2026-02-18T01:00
        post-infusion       2026-02-17T02:15 2026-02-17T02:00 2026-02-17T03:00
        infusion:samples[0] 2026-02-17T01:00 2026-02-16T21:00 2026-02-17T01:00
        infusion:samples[1] 2026-02-18T01:00 2026-02-17T21:00 2026-02-18T05:00
        infusion:samples[2] 2026-02-18T13:00 2026-02-18T09:00 2026-02-18T17:00
        """,
    )


def test_days_in_hospital_and_after_them() -> None:
    assert_dates(
        of(COVACTA, {"infusion": "2026-02-17"}),
        """
        SCR -          2026-02-14 2026-02-16
        D3  2026-02-19 -          -
        D28 2026-03-16 -          -
        D35 2026-03-23 2026-03-20 2026-03-26
        D45 2026-04-02 2026-03-30 2026-04-05
        D60 2026-04-17 2026-04-14 2026-04-20
        """,
    )


@pytest.mark.parametrize("final", ["2026-02-17", "2026-02-17T09:00"])
def test_adverse_events_until_60_days_after_the_final_dose(final: str) -> None:
    schedule = of(COVACTA, {"infusion": "2026-02-17"}, happened={"final-dose": final})
    [period] = schedule.periods
    assert period.end is not None
    assert day_of(period.end).isoformat() == "2026-04-18"


def test_the_final_dose_is_the_first_where_nothing_calls_for_a_second() -> None:
    schedule = of(COVACTA, {"infusion": "2026-02-17"}, answers={"worsening": False})
    assert_dates(schedule, "infusion-2 no\nadverse-events 2026-02-17 2026-04-18")


def test_visits_twice_weekly_after_discharge_until_day_28() -> None:
    schedule = of(COVACTA, {"infusion": "2026-02-17"}, happened={"discharge": "2026-02-26"})
    assert_dates(
        schedule,
        """
        D10              2026-02-26 -          -
        D11              no
        at-home1.call    2026-03-01 2026-02-26 2026-03-04
        at-home1.on-site 2026-03-05 2026-03-02 2026-03-08
        at-home2.call    2026-03-08 2026-03-05 2026-03-11
        at-home2.on-site 2026-03-12 2026-03-09 2026-03-15
        at-home3.call    2026-03-15 2026-03-12 2026-03-18
        at-home3.on-site no
        D28              2026-03-16 -          -
        """,
    )


def test_imaging_and_pcr_are_gated_by_randomization() -> None:
    assert_dates(
        of(COVACTA, HOURS),
        """
        SCR:imaging 2026-02-14T22:00 2026-02-16T22:00
        SCR:PCR     2026-02-09       2026-02-16
        """,
    )


def test_vital_signs_twice_a_day_in_hospital() -> None:
    schedule = of(COVACTA, {"infusion": "2026-02-17"}, booked={"D3": "2026-02-19T08:00"})
    assert_dates(schedule, "D3:vitals[0] 2026-02-19T08:00 - -\nD3:vitals[1] 2026-02-19T20:00 - -")
