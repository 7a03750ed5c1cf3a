"""Limits between visits, when days are suggested: with what is booked, and with what is suggested in the same run."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from conftest import booked, done, run
from test_suggest import ON, causes, found, person, suggested

from scheduler.opendays.calendar import Cause
from scheduler.planning.suggest import Help, NoDay, Remedy
from scheduler.study.folder import load_study

GAP = """\
  - {id: A, at: Day 14, window: ±3 days}
  - {id: B, at: Day 21, window: ±3 days, limits: %s}
"""


def test_a_gap_that_a_later_booking_asks_for_is_kept() -> None:
    """B is booked for Friday 20 March 2026; the target of A is Monday 16 March."""
    visits = {"B": booked("2026-03-20")}
    assert suggested(person(GAP % "not before A + 7 days", visits=visits), today="2026-03-05") == {"A": "03-13"}
    assert suggested(person(GAP % "not before A + 1 week", visits=visits), today="2026-03-05") == {"A": "03-13"}
    assert suggested(person(GAP % "not before A + 5 working days", visits=visits), today="2026-03-05") == {"A": "03-13"}
    late = {"B": booked("2026-03-24")}
    assert suggested(person(GAP % "not after A + 6 days", visits=late), today="2026-03-05") == {"A": "03-18"}
    no_day = found(person(GAP % "not before A + 7 days", visits=visits), today="2026-03-16")["A"]
    assert causes(no_day)[-4:] == [
        ("03-16", [Cause.GAP]),
        ("03-17", [Cause.GAP]),
        ("03-18", [Cause.GAP]),
        ("03-19", [Cause.GAP]),
    ]


@pytest.mark.parametrize(
    ("limit", "days"),
    [
        ("not before A + 5 working days", {"A": "03-13", "B": "03-24"}),  # 18, 19, 20, 23 and 24 March
        ("not before A + 168 hours", {"A": "03-13", "B": "03-23"}),
        ("not before A.booked + 7 days", {"A": "03-13", "B": "03-23"}),
        ("not before A.actual + 7 days", {"A": "03-13", "B": "03-23"}),
        ("not before later of (A + 7 days and infusion + 10 days)", {"A": "03-13", "B": "03-23"}),
        ("[not before A + 1 week, not after A + 9 days]", {"A": "03-18", "B": "03-25"}),
    ],
)
def test_a_limit_in_whatever_words_is_kept_between_two_suggestions(limit: str, days: dict[str, str]) -> None:
    """Days 14 and 21 of an infusion on Monday 2 March 2026, the site closed from 15 to 17 March."""
    calendar = "public_holidays: no, closed: [{from: 2026-03-15, to: 2026-03-17}]"
    assert suggested(person(GAP % limit, working=calendar), calendar=calendar, today="2026-03-05") == days


def test_a_gap_in_months_is_kept() -> None:
    rules = (
        "  - {id: A, at: Day 14, window: ±3 days}\n  - {id: B, at: Day 35, window: ±21 days, limits: not before A + 1 month}\n"
    )
    assert suggested(person(rules), today="2026-03-05") == {"A": "03-16", "B": "04-16"}


def test_what_cannot_be_worked_out_waits_for_the_booking() -> None:
    made = found(person(GAP % "not before A + 100 hours"), today="2026-03-05")["B"]  # hours need a clock time
    assert made == NoDay(made.schedule, made.visit, (), (Help(Remedy.WAIT),))


def test_days_that_break_a_limit_are_no_help() -> None:
    """A took place on 16 March 2026, so that B is not before the 26th, and its window ends on the 21st."""
    rules = "  - {id: A, at: Day 14, window: ±1 days}\n  - {id: B, at: Day 18, window: ±1 days, limits: not before A + 10 days}\n"
    made = found(person(rules, visits={"A": done("2026-03-16")}), today="2026-03-16")["B"]
    assert causes(made) == [
        ("03-19", [Cause.LIMIT]),
        ("03-20", [Cause.LIMIT]),
        ("03-21", [Cause.WEEKEND, Cause.LIMIT]),
    ]
    assert isinstance(made, NoDay)
    assert made.help == (Help(Remedy.LATER, date(2026, 3, 26), 5),)
    rules = "  - {id: B, at: Day 18, window: ±1 days, limits: not after infusion + 10 days}\n"
    made = found(person(rules), today="2026-03-02")["B"]
    assert isinstance(made, NoDay)
    assert made.help == (Help(Remedy.EARLIER, date(2026, 3, 12), 7),)


def test_what_does_not_take_place_takes_no_capacity() -> None:
    rule = "  - {id: A, at: Day 14, window: ±1 days}\n"
    gone = person(rule, code="Q", visits={"A": booked("2026-03-16")})
    full = "public_holidays: no, capacity: {clinic: 1}"
    assert suggested(person(rule), gone, calendar=full) == {"P A": "03-17"}
    gone = person(rule, code="Q", visits={"A": booked("2026-03-16")}, left="2026-03-10")
    assert suggested(person(rule), gone, calendar=full) == {"P A": "03-16"}


POINTS = (
    "{A} + {n} days",
    "{A} + {n} working days",
    "{A} + {h} hours",
    "{A}.booked + {n} days",
    "{A} + 1 month",
    "later of ({A} + {n} days and infusion + {n} days)",
    "later of ({A} + {n} days and {C} + 3 days)",
    "earlier of ({A} + {n} days and {C} + 9 days)",
)


def random_study(rolls: random.Random) -> str:
    """Up to five visits, each with its target, and limits in all words that tie some of them to those before."""
    lines = []
    for number in range(rolls.randint(2, 5)):
        at = f"Day {7 * number + rolls.randint(3, 9)}"
        if number and rolls.random() < 0.2:
            at = f"V{number - 1} + {rolls.randint(5, 9)} days"
        line = f"id: V{number}, at: {at}, window: -{rolls.randint(0, 4)} .. +{rolls.randint(0, 9)} days"
        if number and rolls.random() < 0.8:
            point = rolls.choice(POINTS).format(
                A=f"V{number - 1}", C=f"V{rolls.randrange(number)}", n=rolls.randint(2, 9), h=24 * rolls.randint(2, 9)
            )
            line += f", limits: {rolls.choice(('not before', 'not before', 'not after'))} {point}"
        lines.append(f"  - {{{line}}}\n")
    return "".join(lines)


def test_what_is_booked_lies_in_its_window_when_the_study_is_read_again(tmp_path: Path) -> None:
    head = "study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: calendar}\nvisits:\n  - {id: infusion, at: given}\n"
    (tmp_path / "study.key").write_text("9d0ce5b8-2b52-4a44-8a24-16d6fd16a4e8\n")
    (tmp_path / "events.csv").write_text("subject,name,date,status,value,note\n")
    rows = 0
    for seed in range(60):
        rolls = random.Random(seed)
        (tmp_path / "protocol.yaml").write_text(head + random_study(rolls))
        closed = ON("2026-03-05").replace(day=rolls.randint(5, 25))
        calendar = (
            f"capacity: {{clinic: {rolls.randint(1, 2)}}}, closed: [{{from: {closed}, to: {closed.replace(day=closed.day + 4)}}}]"
        )
        (tmp_path / "sites.yaml").write_text(
            f"S: {{name: S, time_zone: Asia/Shanghai, language: en, country: CN, calendar: {{{calendar}}}}}\n"
        )
        people = "".join(f"P{number},S,en,2026-03-0{rolls.randint(2, 6)},actual\n" for number in range(2))
        (tmp_path / "participants.csv").write_text("participant,site,language,infusion,infusion_status\n" + people)
        (tmp_path / "visits.csv").write_text("participant,visit,booked,time,actual,status,note\n")
        run("book", tmp_path, "--today", "2026-03-02", "--days", "60", "--write")
        visits = [visit for schedule in load_study(tmp_path).schedules().values() for visit in schedule.visits]
        assert [visit.id for visit in visits if visit.outside] == [], seed
        rows += sum(visit.booked is not None for visit in visits)
    assert rows > 200
