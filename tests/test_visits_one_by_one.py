"""The visits of a protocol one by one, and how far each lies from what it is counted from: for formats without series."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from conftest import EXAMPLE, ROOT
from worked import of

from scheduler.exchange.visits import around, from_anchor, ids, visits_of
from scheduler.language.moments import day_of, shift
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Applies
from scheduler.study.files import load_protocol

STUDIES = [*sorted((ROOT / "tests" / "trials").glob("*.yaml")), EXAMPLE]
ANCHOR = date(2028, 2, 29)  # a leap day


@pytest.fixture(params=STUDIES, ids=lambda path: path.stem)
def study(request: pytest.FixtureRequest) -> Protocol:
    return load_protocol(request.param)


def test_they_are_the_visits_a_participant_has(study: Protocol) -> None:
    schedule = of(study, {study.study.anchor: str(ANCHOR)})
    theirs = {visit.id for visit in schedule.visits}
    assert {visit.plan.id for visit in visits_of(study) if not visit.several} <= theirs


def test_what_is_counted_from_the_anchor_is_where_a_participant_has_it(study: Protocol) -> None:
    schedule = of(study, {study.study.anchor: str(ANCHOR)})
    visits = visits_of(study)
    by_id = ids(visits)
    checked = 0
    for visit in visits:
        offset = None if visit.several else from_anchor(visit.plan.id, by_id, study)
        if offset is None:
            continue
        theirs = schedule.visit(visit.plan.id)
        if theirs.applies is Applies.NO or visit.plan.id == study.study.anchor or theirs.target is None:
            continue
        assert shift(ANCHOR, offset) == theirs.target, visit.id
        checked += 1
        sides = around(visit, study)
        if sides is not None and theirs.earliest is not None and theirs.latest is not None:
            found = (shift(theirs.target, sides[0].offset.times(-1)), shift(theirs.target, sides[1].offset))
            assert found == (theirs.earliest, theirs.latest)
    assert checked >= len(
        [visit for visit in visits if str(visit.plan.at).startswith(("Day", "Week", "Month")) and not visit.several]
    )


def test_a_window_from_elsewhere_is_said_around_the_target_where_the_days_are_the_same(protocol: Protocol) -> None:
    """
    events: {enrolment: {label: Enrolment}}
    visits:
      - {id: infusion, at: given}
      - {id: A, at: Day 21, window: 19 to 23 days after infusion}
      - {id: B, at: Day -14, window: within 2 weeks before infusion}
      - {id: C, at: Day 30, window: from Day 28 to infusion + 35 days}
      - {id: D, at: Day 40, window: within 5 days before enrolment}
      - {id: E, at: Day 50, window: from Day 51}
      - {id: F, at: Day 60, window: from Day 61 to Day 63}
      - {id: G, at: Month 3, window: from Day 80 to Day 100}
      - {id: H, at: A + 7 days, window: -2 .. +1 days}
    """
    found = {visit.id: around(visit, protocol) for visit in visits_of(protocol)}
    days = {id: tuple(side.offset.days for side in sides) if sides else None for id, sides in found.items()}
    assert days == {
        "infusion": None,
        "A": (2, 2),
        "B": (0, 14),
        "C": (2, 5),
        "D": None,
        "E": None,
        "F": None,
        "G": None,
        "H": (2, 1),
    }


def test_a_chain_of_visits_is_added_up(protocol: Protocol) -> None:
    """
    events: {stop: {label: Stop}, mid: {label: Middle, at: B + 1 week}}
    visits:
      - {id: infusion, at: given}
      - {id: A, at: Day 7}
      - {id: B, at: A + 1 week}
      - {id: C, at: mid + 1 day}
      - {id: D, at: stop + 1 day}
      - {id: E, at: earlier of (A and B)}
      - {id: F, at: last W}
      - {id: W, ids: W<week>, at: Week 3/4}
    """
    visits = ids(visits_of(protocol))
    offsets = {id: from_anchor(id, visits, protocol) for id in visits}
    assert {id: offset.days if offset else None for id, offset in offsets.items()} == {
        "infusion": 0 if offsets["infusion"] else None,
        "A": 7,
        "B": 14,
        "C": 22,
        "D": None,
        "E": None,
        "F": None,
        "W3": 21,
        "W4": 28,
    }
    schedule = of(protocol, {"infusion": "2026-03-02"})
    assert day_of(schedule.visit("C").target or date.min) == date(2026, 3, 2) + timedelta(22)


def test_months_from_a_start_that_lies_days_or_months_away_are_not_added_to_them(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - id: second
        at: Day 14
        visits:
          - {id: A, at: Day 7}
          - {id: B, at: Month 1}                # a month from there, and not 14 days after a month
          - {id: D, at: infusion + 1 month + 3 days}
      - id: third
        at: Month 1
        visits:
          - {id: E, at: Day 7}
          - {id: F, at: Month 1}
    """
    found = {visit.id: visit.counted for visit in visits_of(protocol)}
    offsets = {id: (counted.base, *counted.offset[:2]) if counted else None for id, counted in found.items()}
    assert offsets == {
        "infusion": None,
        "A": ("infusion", 0, 21),
        "B": None,
        "D": ("infusion", 1, 3),
        "E": ("infusion", 1, 7),
        "F": None,
    }
    schedule = of(protocol, {"infusion": "2026-01-31"})
    assert schedule.visit("B").target == date(2026, 3, 14)
    assert schedule.visit("F").target == date(2026, 3, 28)  # 28 February and a month, and not 31 January and two
