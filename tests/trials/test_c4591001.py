"""C4591001: visits count from the second dose as it was given, and from every illness."""

from __future__ import annotations

from datetime import date

from worked import assert_dates, of, trial

PHASE_2_3 = trial("c4591001.yaml")
PHASE_1 = trial("c4591001-phase-1.yaml")


def test_before_the_second_dose_visits_are_projected_from_its_target() -> None:
    assert_dates(
        of(PHASE_2_3, {"V1": "2026-02-03"}),
        """
        V2 2026-02-24 2026-02-22 2026-02-26
        V3 - 2026-03-24 2026-03-31
        """,
    )


def test_the_second_dose_on_the_first_and_on_the_last_day_of_its_window() -> None:
    # the widest the next visit can be: it is no date of the protocol's own
    early, late = (of(PHASE_2_3, {"V1": "2026-02-03"}, booked={"V2": day}).visit("V3") for day in ("2026-02-22", "2026-02-26"))
    assert (early.earliest, late.latest) == (date(2026, 3, 22), date(2026, 4, 2))


def test_visits_count_from_the_second_dose_as_given() -> None:
    assert_dates(
        of(PHASE_2_3, {}, happened={"V1": "2026-02-03"}, done={"V2": "2026-02-26"}),
        """
        V3 - 2026-03-26 2026-04-02
        V4 - 2026-08-20 2026-09-03
        V5 - 2027-02-11 2027-03-11
        V6 - 2028-02-10 2028-03-09
        """,
    )


def test_an_illness_has_its_visit_and_a_convalescent_visit() -> None:
    schedule = of(
        PHASE_2_3,
        {},
        happened={"V1": "2026-02-03", "onset": "2027-12-31"},
        done={"V2": "2026-02-26", "ILL1": "2028-01-02"},
    )
    assert_dates(
        schedule,
        """
        ILL1 - 2027-12-31 2028-01-03
        CONV1 - 2028-01-30 2028-02-06
        V6 - 2028-02-10 2028-03-09
        """,
    )


def test_every_illness_has_its_own_visits() -> None:
    schedule = of(
        PHASE_2_3,
        {},
        happened={"V1": "2026-02-03", "onset": ["2026-05-01", "2027-12-31"]},
        done={"V2": "2026-02-26", "ILL1": "2026-05-02"},
    )
    assert_dates(
        schedule,
        """
        ILL1 - 2026-05-01 2026-05-04
        CONV1 - 2026-05-30 2026-06-06
        ILL2 - 2027-12-31 2028-01-03
        """,
    )


def test_an_illness_counts_between_the_first_and_the_last_visit() -> None:
    schedule = of(
        PHASE_2_3,
        {},
        happened={"V1": "2026-02-03", "onset": ["2026-01-01", "2026-06-01", "2028-03-20"]},
        done={"V2": "2026-02-26"},
    )
    assert_dates(
        schedule,
        """
        ILL1 no
        CONV1 no
        ILL2 - 2026-06-01 2026-06-04
        CONV2 - 2026-06-29 2026-07-09
        ILL3 no
        CONV3 no
        """,
    )


def test_phase_1() -> None:
    assert_dates(
        of(PHASE_1, {}, happened={"V1": "2028-02-08"}, done={"V4": "2028-02-29"}),
        """
        SCR - 2028-01-11 2028-02-08
        V2 - 2028-02-09 2028-02-11
        V3 - 2028-02-14 2028-02-16
        V4 - 2028-02-27 2028-03-02
        V5 - 2028-03-06 2028-03-08
        V6 - 2028-03-12 2028-03-16
        V7 - 2028-03-28 2028-04-04
        V8 - 2028-08-22 2028-09-05
        V9 - 2029-02-13 2029-03-13
        V10 - 2030-02-12 2030-03-12
        """,
    )
