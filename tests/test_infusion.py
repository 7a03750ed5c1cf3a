"""Which day for the infusion: every candidate day scored, ranked, and said why."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLE, booked, done, protocol_of, run
from test_opendays import ON, days, site

from scheduler.facts.records import Participant, Recorded, Status
from scheduler.opendays.calendar import Cause, OpenDays
from scheduler.planning.between import NOBODY
from scheduler.planning.infusion import Candidate, candidates, ranked
from scheduler.planning.load import DayLoad
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.views.infusion import why
from scheduler.views.words import words


class Later:
    """The public holidays of 2026 as announced, and those of 2027 and 2028 as the law alone has them."""

    source = "injected"
    closed = days(
        "2026-01-01..01-03 2026-02-15..02-23 2026-04-04..04-06 2026-05-01..05-05 2026-06-19..06-21 2026-09-25..09-27 2026-10-01..10-07"
        " 2027-01-01 2027-02-05..02-08 2027-04-05 2027-05-01..05-02 2027-06-09 2027-09-15 2027-10-01..10-03 2028-01-01"
        " 2028-01-25..01-28"
    )
    made_up = days("2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10")

    def holiday(self, day: date) -> str:
        return "holiday" if day in self.closed else ""

    def is_made_up(self, day: date) -> bool:
        return day in self.made_up


def of(text: str) -> Callable[[date], Protocol]:
    protocol = protocol_of(text)
    return lambda day: protocol


def scored(text: str, first: str, count: int = 1, calendar: str = "", **more: Any) -> tuple[Candidate, ...]:
    """The candidate days of somebody of whom nothing is known."""
    person = more.pop("person", Participant(id=NOBODY, site="S"))
    wanted = [ON(first) + timedelta(number) for number in range(count)]
    return candidates(of(text), person, wanted, OpenDays(site(calendar), Later()), **more)


REGISTRY = """
visits:
  - {id: infusion, at: given}
  - {id: D14, at: Day 14, window: ±2 days}
  - {id: D28, at: Day 28, window: ±3 days}
  - {id: M, ids: M<month>, at: Month 3/6/9/12/18/24, window: ±14 days}
"""
PREPARED = """
facts: {needed: {answer: yes or no}}
visits:
  - {id: infusion, at: given}
  - {id: LD, ids: LD<n>, at: Day -5/-4/-3, window: none, mode: ward, when: needed}
  - {id: D14, at: Day 14, window: ±2 days}
periods:
  - {id: course, kind: treatment, when: needed, from: first LD, to: last LD}
  - {id: rest, kind: rest, when: needed, from: Day -2, to: Day -1}
  - {id: hospital, kind: stay, from: infusion, to: at least infusion + 7 days}
"""


def test_the_anchor_days_of_early_2026_that_put_all_eight_visits_on_working_days() -> None:
    """Among those from Monday to Thursday with D-5, D0 and D7 open, and an open day in every window."""
    calendar = OpenDays(site(), Later())
    found = scored(REGISTRY, "2026-01-05", 60)
    fitting = [
        one.day
        for one in found
        if one.day.weekday() < 4 and not one.empty and all(calendar.on(one.day + timedelta(off)).is_open for off in (-5, 0, 7))
    ]
    assert len(fitting) == 14
    on_target = [one.day for one in found if one.day in fitting and not one.shifts]
    assert on_target == [ON("2026-01-13"), ON("2026-01-14"), ON("2026-03-02"), ON("2026-03-03")]
    first = found[0]  # 5 January: three of eight have to move, six days in all
    assert (first.day, first.total, len(first.shifts)) == (ON("2026-01-05"), 6, 3)


def test_a_window_in_the_spring_festival_holds_no_open_day() -> None:
    [one] = scored(REGISTRY, "2026-02-05")  # D14 is Thursday 19 February, and 15 to 23 February are closed
    assert [plan.id for plan in one.empty] == ["D14"]
    [edge] = scored(REGISTRY, "2026-02-02")  # D14 is Monday 16 February, 14 to 18: Saturday the 14th is worked
    assert [plan.id for plan in edge.empty] == []
    assert (edge.shifts[0].plan.id, edge.shifts[0].days) == ("D14", -2)
    assert ranked([one, edge]) == (edge, one)


def test_of_two_open_days_equally_near_the_earlier_one() -> None:
    text = "visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 7, window: ±3 days}"
    assert [shift.days for shift in scored(text, "2026-03-07")[0].shifts] == [-1]  # Saturday 14 March: Friday
    assert [shift.days for shift in scored(text, "2026-03-08")[0].shifts] == [1]  # Sunday 15 March: Monday
    closed = "closed: [{from: 2026-03-11}]"  # Wednesday 11 March: Tuesday and Thursday are as near
    assert [shift.days for shift in scored(text, "2026-03-04", calendar=closed)[0].shifts] == [-1]


def test_days_beyond_the_announced_calendar_come_last() -> None:
    found = scored(REGISTRY, "2026-03-02", 1)
    assert [plan.id for plan in found[0].provisional] == ["M12", "M18", "M24"]  # from 2 March 2027 on
    edge = scored("visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 14, window: ±2 days}", "2026-12-14", 2)
    assert [bool(one.provisional) for one in edge] == [False, False]
    beyond = scored("visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 14, window: ±2 days}", "2026-12-15", 2)
    assert [bool(one.provisional) for one in beyond] == [
        False,
        True,
    ]  # 29 December ± 2 ends on the 31st, 30 December on 1 January


def test_what_does_not_move_is_named_when_it_falls_on_closed_days() -> None:
    [one] = scored(PREPARED, "2026-03-02")  # a Monday: lymphodepletion Wednesday to Friday, rest at the weekend, home on Monday
    assert [(item.plan.id, item.day) for item in one.before] == [("rest", ON("2026-03-01"))]  # Saturday 28 February is worked
    assert one.undecided == ("needed",)
    assert (one.closed, one.discharge) == ((), ())
    [saturday] = scored(PREPARED, "2026-03-14")
    assert [reason.cause for reason in saturday.closed] == [Cause.WEEKEND]
    assert (saturday.before, [item.day for item in saturday.discharge]) == ((), [ON("2026-03-21")])
    assert saturday.on_closed_days == 2
    answered = Participant(id="P", site="S", answers={"needed": False})
    [without] = scored(PREPARED, "2026-03-02", person=answered)
    assert (without.before, without.undecided) == ((), ())


def test_beds_are_counted_with_this_one_among_them() -> None:
    taken = {ON("2026-03-05"): DayLoad(occupied=1, planned=1), ON("2026-03-06"): DayLoad(occupied=1)}
    [one] = scored(PREPARED, "2026-03-02", calendar="beds: 2", load=taken)
    assert (one.over, one.peak) == ((ON("2026-03-05"),), 3)
    [nobody_said] = scored(PREPARED, "2026-03-02", load=taken)
    assert (nobody_said.over, nobody_said.peak) == ((), 3)


def test_visits_of_others_in_the_same_weeks_decide_last() -> None:
    text = "visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 7, window: ±1 day}"
    taken = {ON("2026-03-15"): DayLoad(booked=1, expected=2)}  # the Sunday of the week from 9 March
    found = scored(text, "2026-03-06", 4, load=taken)  # Friday to Monday: V on Friday 13 to Monday 16 March
    assert [(one.day.day, one.others) for one in ranked(found)] == [(9, 0), (6, 3), (8, 0), (7, 3)]


BETWEEN = """
study: {id: X, title: X, anchor: infusion, day_numbering: day 0}
visits:
  - {id: infusion, at: given}
between participants:
  - {id: stagger, event: infusion, within: study, who: 2 onwards, limit: not before infusion of previous participant + 14 days}
"""


def test_rules_between_participants_come_before_everything() -> None:
    other = Participant(id="A", site="S", recorded={"infusion": (Recorded(ON("2026-03-02"), Status.ACTUAL),)})
    later = Participant.planned("B", {"infusion": ON("2026-04-13")})
    found = scored(BETWEEN, "2026-03-13", 32, others=(other, later))
    kept = [one.day for one in found if not one.broken]
    assert (kept[0], kept[-1], len(kept)) == (ON("2026-03-16"), ON("2026-03-30"), 15)  # 14 days after A, and 14 before B
    assert [finding.participant for finding in found[18].broken] == ["B"]  # 31 March: B would come too early
    assert why(found[0], words("en"))[0] == (
        "breaks stagger: infusion planned for Fri 13 March 2026; 3 days too early; "
        "not before Mon 16 March 2026 (infusion of A on Mon 2 March 2026)"
    )


def test_what_is_on_record_stays_and_a_booking_that_would_be_outside_is_named() -> None:
    person = Participant(
        id="P", site="S", recorded={"infusion": (Recorded(ON("2026-03-02")),)}, visits={"D14": booked("2026-03-16")}
    )
    found = scored(PREPARED, "2026-03-03", 2, person=person)
    assert [[plan.id for plan in one.moves] for one in found] == [[], []]
    [late] = scored(PREPARED, "2026-03-05", person=person)  # its window would be 17 to 21 March
    assert [plan.id for plan in late.moves] == ["D14"]
    away = Participant(id="P", site="S", unavailable=((ON("2026-03-05"), ON("2026-03-05")),))
    assert [reason.cause for reason in scored(PREPARED, "2026-03-05", person=away)[0].closed] == [Cause.AWAY]


def test_an_anchor_that_is_on_record_has_no_day_to_choose() -> None:
    for record in (
        Participant(id="P", site="S", recorded={"infusion": (Recorded(ON("2026-03-02"), Status.ACTUAL),)}),
        Participant(id="P", site="S", visits={"infusion": done("2026-03-02")}),
    ):
        with pytest.raises(SchedulerError, match='participant P: what became of "infusion" is on record'):
            scored(PREPARED, "2026-03-03", person=record)


def test_an_anchor_that_is_counted_from_something_else_has_no_day_to_choose() -> None:
    text = """
    study: {id: X, title: X, anchor: start, day_numbering: day 0}
    events: {consent: {}, start: {at: consent + 7 days}}
    visits: [{id: V, at: Day 7}]
    """
    with pytest.raises(SchedulerError, match='the anchor of X, "start", is not dated by its own record'):
        scored(text, "2026-03-03")


# -- the command


def test_the_command_ranks_sixty_days_of_the_example(example: Path) -> None:
    table = run("infusion-days", example, "--site", "yancheng", "--from", "2026-01-05", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == 60
    assert (rows[0]["rank"], rows[0]["day"], rows[0]["total_shift"]) == ("1", "2026-03-02", "0")
    assert rows[0]["may_be_needed"] == "lymphodepletion"
    assert rows[0]["not_scored"] == "SCR"
    text = run("infusion-days", example, "--site", "yancheng", "--from", "2026-01-05", "--days", "3").stdout
    assert "公众假期安排已公布至2026年12月31日 星期四" in text


def test_the_page_reads_without_colour_and_escapes(example: Path) -> None:
    sites = example / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    sites.write_text(
        text.replace("  paper: A4\n", "  paper: A4\n  calendar: {closed: [{from: 2026-01-06, why: <b>x</b>}]}\n", 1),
        encoding="utf-8",
    )
    page = run("infusion-days", example, "--site", "yancheng", "--from", "2026-01-05", "--format", "html").stdout
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x" not in page
    assert "<script" not in page
    assert "size: A4 landscape" in page
    assert page.count('<td class="cell ') == 60
    assert "2026年12月31日" in page


def test_what_the_command_refuses() -> None:
    settled = run("infusion-days", EXAMPLE, "--site", "yancheng", "--from", "2026-01-05", "--participant", "YC-001", status=1)
    assert 'Error: participant YC-001: what became of "infusion" is on record, so no day is to be chosen' in settled.stderr
    elsewhere = run("infusion-days", EXAMPLE, "--site", "chengdu", "--from", "2026-01-05", "--participant", "YC-005", status=2)
    assert "YC-005 is at yancheng" in elsewhere.stderr
    assert "there are: yancheng, chengdu" in run("infusion-days", EXAMPLE, "--site", "x", "--from", "2026-01-05", status=1).stderr
