"""Where a visit stands on one day: literals at both edges of its window, and a second way to say it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from conftest import Scheduling, booked, done, protocol_of
from hypothesis import given
from hypothesis import strategies as st

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.planning.standing import Stand, Standing, days_left, standing
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Visit

ON = date.fromisoformat


def stands(visit: Visit, day: str) -> str:
    stand, days = standing(visit, ON(day))
    return f"{stand.value} {days}" if days else stand.value


def leap(record: VisitRecord | None = None) -> Visit:
    """Day 14 after 15 February 2028 is 29 February; its window is 27 February to 2 March, across the leap day."""
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}\n  - {id: D14, at: Day 14, window: ±2 days}")
    person = Participant(
        id="P",
        recorded={"infusion": (Recorded(ON("2028-02-15"), Status.ACTUAL),)},
        visits={} if record is None else {"D14": record},
    )
    visit = expand(protocol, person).visit("D14")
    assert (visit.opens, visit.target, visit.closes) == (ON("2028-02-27"), ON("2028-02-29"), ON("2028-03-02"))
    return visit


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2028-02-26", "upcoming"),
        ("2028-02-27", "in window, not booked"),
        ("2028-02-29", "in window, not booked"),
        ("2028-03-02", "in window, not booked"),
        ("2028-03-03", "overdue 1"),
        ("2028-03-05", "overdue 3"),
    ],
)
def test_a_visit_nobody_has_booked(today: str, expected: str) -> None:
    assert stands(leap(), today) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2028-02-26", "booked"),
        ("2028-02-27", "in window, booked"),
        ("2028-03-02", "in window, booked"),  # the booked day has passed, and nothing is recorded: still the same window
        ("2028-03-03", "overdue 1"),
    ],
)
def test_a_visit_that_is_booked(today: str, expected: str) -> None:
    assert stands(leap(booked("2028-02-28")), today) == expected


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("2028-02-25", "done early 2"),
        ("2028-02-26", "done early 1"),
        ("2028-02-27", "done in window"),
        ("2028-02-29", "done in window"),
        ("2028-03-02", "done in window"),
        ("2028-03-03", "done late 1"),
        ("2028-03-09", "done late 7"),
        ("2028-03-02T23:59", "done in window"),  # dates only
    ],
)
@pytest.mark.parametrize("today", ["2028-02-01", "2028-03-02", "2028-12-31"])
def test_a_visit_that_took_place(actual: str, expected: str, today: str) -> None:
    assert stands(leap(done(actual)), today) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(Outcome.MISSED, "missed"), (Outcome.CANCELLED, "cancelled"), (Outcome.SKIPPED, "cancelled")],
)
def test_a_visit_that_did_not_take_place(outcome: Outcome, expected: str) -> None:
    for today in ("2028-02-01", "2028-02-29", "2028-03-30"):
        assert stands(leap(VisitRecord(booked=ON("2028-02-28"), outcome=outcome)), today) == expected


def test_what_is_not_for_the_participant_is_not_applicable(schedule: Scheduling) -> None:
    """
    facts: {arm: [A, B]}
    events: {relapse: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: A14, at: Day 14, when: arm is A}
      - {id: R, at: relapse + 7 days}
      - {id: V, at: Day 28, yields to: W}
      - {id: W, at: Day 28, window: ±3 days}
    """
    made = schedule(infusion="2026-03-02", answers={"arm": "B"})
    assert [stands(made.visit(id), "2026-03-30") for id in ("A14", "R", "V", "W")] == [
        "not applicable",
        "not applicable",
        "not applicable",
        "in window, not booked",
    ]


def test_without_a_window_it_is_overdue_after_its_day_and_done_without_a_judgement(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: LD, at: Day -5}
      - {id: D14, at: Day 14, window: none}
      - {id: X, at: D14 + 7 days, window: "from D14"}
    """
    made = schedule(infusion="2026-03-07", visits={"D14": done("2026-03-25")})
    assert stands(made.visit("LD"), "2026-03-01") == "upcoming"
    assert stands(made.visit("LD"), "2026-03-02") == "in window, not booked"  # its one day
    assert stands(made.visit("LD"), "2026-03-03") == "overdue 1"
    assert stands(made.visit("infusion"), "2026-03-08") == "overdue 1"  # planned, and not recorded
    assert stands(made.visit("D14"), "2026-03-31") == "done"
    assert stands(made.visit("X"), "2030-01-01") == "in window, not booked"  # a window that is open at its end never ends


def test_after_the_day_on_which_the_protocol_counts_it_as_missed_it_is_missed(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days, missed after: 7 days}
    """
    visit = schedule(infusion="2026-03-02").visit("D14")
    assert [stands(visit, day) for day in ("2026-03-18", "2026-03-19", "2026-03-23", "2026-03-24")] == [
        "in window, not booked",
        "overdue 1",
        "overdue 5",
        "missed",
    ]


def test_a_visit_that_waits_is_upcoming(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
    """
    assert stands(schedule().visit("D14"), "2026-03-02") == "upcoming"


def test_the_days_left_of_a_window_count_today() -> None:
    visit = leap()
    assert [days_left(visit, ON(day)) for day in ("2028-02-26", "2028-02-27", "2028-03-02", "2028-03-03")] == [None, 5, 1, None]


@given(
    before=st.integers(0, 9),
    after=st.integers(0, 9),
    today=st.integers(-20, 20),
    set_for=st.none() | st.integers(-15, 15),
    took=st.none() | st.integers(-15, 15),
)
def test_a_second_way_to_say_it(before: int, after: int, today: int, set_for: int | None, took: int | None) -> None:
    """Counted out on the days of the window themselves."""
    target = ON("2026-12-31")
    window = [target + timedelta(day) for day in range(-before, after + 1)]
    now = target + timedelta(today)
    protocol = protocol_of(
        f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: V, at: Day 30, window: -{before} .. +{after} days}}"
    )
    record = VisitRecord(
        booked=None if set_for is None else target + timedelta(set_for),
        actual=None if took is None else target + timedelta(took),
        outcome=Outcome.DONE if took is not None else Outcome.BOOKED if set_for is not None else Outcome.OPEN,
    )
    infusion = {"infusion": (Recorded(ON("2026-12-01"), Status.ACTUAL),)}
    visit = expand(protocol, Participant(id="P", recorded=infusion, visits={"V": record})).visit("V")
    day, booking = (now, set_for is not None) if took is None else (target + timedelta(took), False)
    if day in window:
        place = Stand.IN_WINDOW_BOOKED if booking else Stand.IN_WINDOW_NOT_BOOKED
        expected = Standing(place if took is None else Stand.DONE_IN_WINDOW)
    elif day < min(window):
        missing = sum(1 for each in range(1, 60) if day + timedelta(each) <= min(window))
        upcoming = Standing(Stand.BOOKED if booking else Stand.UPCOMING)
        expected = upcoming if took is None else Standing(Stand.DONE_EARLY, missing)
    else:
        over = sum(1 for each in range(1, 60) if max(window) + timedelta(each) <= day)
        expected = Standing(Stand.OVERDUE if took is None else Stand.DONE_LATE, over)
    assert standing(visit, now) == expected
