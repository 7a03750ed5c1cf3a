"""Whether the windows of a protocol hold open days at a site, over all anchor days."""

from __future__ import annotations

import pytest
from conftest import EXAMPLE, protocol_of, run
from test_opendays import ON, Injected, site

from scheduler.opendays.calendar import OpenDays
from scheduler.planning.feasibility import announced_years, feasibility


@pytest.mark.parametrize(
    ("window", "impossible"),
    [("exact", 112), ("±1 day", 18), ("±2 days", 9), ("±3 days", 4), ("±4 days", 1), ("±5 days", 0), ("0 .. +3 days", 12)],
)
def test_target_dates_of_2026_without_a_working_day_in_their_window(window: str, impossible: int) -> None:
    """Targets from 8 January to 24 December 2026, on China's calendar; the anchor lies a week before."""
    protocol = protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: V, at: Day 7, window: {window}}}")
    found = feasibility(protocol, "S", OpenDays(site()), ON("2026-01-01"), ON("2026-12-17"))
    [visit] = found.visits
    assert (visit.judged, visit.impossible) == (351, impossible)


def test_what_lies_beyond_the_announced_calendar_is_not_judged() -> None:
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 7, window: ±2 days}")
    found = feasibility(protocol, "S", OpenDays(site()), ON("2026-12-21"), ON("2026-12-31"))
    assert [visit.judged for visit in found.visits] == [2]  # 28 and 29 December; 30 December ± 2 days ends in January


def test_weekdays_that_keep_what_comes_before_the_anchor_on_working_days() -> None:
    protocol = protocol_of(
        """
        visits: [{id: infusion, at: given}]
        periods:
          - {id: course, kind: treatment, from: Day -5, to: Day -3}
          - {id: rest, kind: rest, from: Day -2, to: Day -1}
          - {id: hospital, kind: stay, from: infusion, to: infusion + 7 days}
        """
    )
    plain = OpenDays(site("public_holidays: no"))
    found = feasibility(protocol, "S", plain, ON("2026-01-01"), ON("2026-12-31"))
    shares = {period.plan.id: period.shares for period in found.weekdays}
    assert shares["course"] == (1, 0, 0, 0, 0, 1, 1)  # Wednesday to Friday, or Monday to Wednesday, or Tuesday to Thursday
    assert shares["rest"] == (0, 0, 1, 1, 1, 1, 0)
    china = feasibility(protocol, "S", OpenDays(site()), ON("2026-03-02"), ON("2026-03-06"))
    assert china.weekdays[0].shares == (
        1,
        1,
        0,
        0,
        0,
        0,
        0,
    )  # before Tuesday 3 March: 26 to 28 February, a Saturday that is worked


def test_ward_visits_before_the_anchor_are_counted_where_no_treatment_holds_them() -> None:
    ward = "  - {id: LD, ids: LD<n>, at: Day -5/-4/-3, window: none, mode: ward}\n"
    text = "visits:\n  - {id: infusion, at: given}\n" + ward
    plain = OpenDays(site("public_holidays: no"))
    [alone] = feasibility(protocol_of(text), "S", plain, ON("2026-01-01"), ON("2026-12-31")).weekdays
    assert (alone.plan.rule, alone.shares) == ("LD", (1, 0, 0, 0, 0, 1, 1))  # as of a treatment of these days
    course = "periods: [{id: course, kind: treatment, from: first LD, to: last LD}]"
    [held] = feasibility(protocol_of(text + course), "S", plain, ON("2026-01-01"), ON("2026-12-31")).weekdays
    assert (held.plan.rule, held.shares) == ("course", alone.shares)


def test_the_announced_years() -> None:
    assert announced_years(OpenDays(site()), ON("2026-11-23")) == (ON("2024-01-01"), ON("2026-12-31"))
    assert announced_years(OpenDays(site("announced_until: 2027-06-30")), ON("2026-11-23")) == (
        ON("2024-01-01"),
        ON("2026-12-31"),
    )
    assert announced_years(OpenDays(site("public_holidays: no")), ON("2026-11-23")) == (ON("2025-01-01"), ON("2027-12-31"))
    assert announced_years(OpenDays(site(country="KR"), Injected()), ON("2026-11-23")) is None


def test_check_says_it_for_a_site() -> None:
    lines = run("check", EXAMPLE, "--site", "yancheng", "--today", "2026-11-23").stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Yancheng Third People's Hospital: anchor days"))
    assert lines[start:] == [
        "Yancheng Third People's Hospital: anchor days from Mon 1 January 2024 to Thu 31 December 2026, "
        "as far as the calendar is announced",
        "Day 14 (clinic): no open day in the window for 2.4% of the anchor days (26 of 1080)",
        "Day 28 (clinic): no open day in the window for 1.0% of the anchor days (11 of 1065)",
        "an open day in every window: Month 3, Month 6, Month 9, Month 12, Month 18, Month 24",
        "Preparation treatment: its days before the anchor are all working days, by the weekday of the anchor: "
        "Mon 89%, Tue 6%, Wed 0%, Thu 0%, Fri 5%, Sat 88%, Sun 90%",
        "Rest before the infusion: its days before the anchor are all working days, by the weekday of the anchor: "
        "Mon 0%, Tue 6%, Wed 90%, Thu 92%, Fri 92%, Sat 91%, Sun 6%",
        "counted as if needed: Lymphodepletion chemotherapy needed",
    ]
    assert 'there is no site "x"' in run("check", EXAMPLE, "--site", "x", status=1).stderr
    run("check", EXAMPLE / "protocol.yaml", "--site", "x", status=2)
