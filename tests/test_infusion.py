"""Which day for the infusion: every candidate day scored, ranked, and said why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLE, booked, done, protocol_of, run
from test_opendays import ON, days, site

from scheduler.facts.records import Participant, Recorded, Status
from scheduler.opendays.calendar import Cause, OpenDays, Reason
from scheduler.planning.between import NOBODY
from scheduler.planning.infusion import Candidate, Fixed, Shift, candidates, ranked
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

    def stretch(self, day: date) -> str:
        return ""

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


def test_days_beyond_the_announced_calendar_are_named() -> None:
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
    assert saturday.on_closed_days == 1  # the day itself is compared before that
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


def test_what_is_compared_in_its_order() -> None:
    [plain] = scored("visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 7, window: ±3 days}", "2026-03-04")
    [broken] = scored(BETWEEN, "2026-03-04", others=(Participant.planned("A", {"infusion": ON("2026-03-02")}),))
    visit = plain.protocol.visits[1]
    fixed = Fixed(visit, plain.day)
    worse: list[dict[str, Any]] = [  # each outweighs any number of those before it
        {},
        {"others": 9},
        {"provisional": (visit,)},
        {"shifts": (Shift(visit, 1),)},
        {"shifts": (Shift(visit, 1), Shift(visit, -1))},
        {"shifts": (Shift(visit, 2),)},
        {"empty": (visit,)},
        {"discharge": (fixed,)},
        {"before": (fixed, fixed)},
        {"closed": (Reason(Cause.LEAVE, "", ""),)},
        {"over": (plain.day,)},
        {"broken": broken.broken},
        {"too_late": (fixed,)},
    ]
    assert broken.broken
    found = [replace(plain, **each) for each in worse]
    assert list(ranked(reversed(found))) == found


def test_days_for_which_it_is_too_late_come_last_and_say_so() -> None:
    found = scored(PREPARED, "2026-03-02", 20, today=ON("2026-03-04"))
    late = [one for one in ranked(found) if not one.can_be]
    assert list(ranked(found))[-len(late) :] == late
    said = {one.day.day: why(one, words("en")) for one in late}
    assert said[3] == ("has passed",)
    assert said[4] == ("too late for course (Fri 27 February to Sun 1 March), rest (Mon 2 March to Tue 3 March)",)
    assert said[8] == ("too late for course (Tue 3 March)",)
    assert sorted(said) == list(range(2, 9))  # on 9 March lymphodepletion begins today
    not_needed = Participant(id="P", site="S", answers={"needed": False})
    assert [
        one.day.day for one in scored(PREPARED, "2026-03-02", 20, today=ON("2026-03-04"), person=not_needed) if not one.can_be
    ] == [2, 3]
    begun = Participant(id="P", site="S", visits={"LD1": done("2026-03-02")})
    assert [one.day.day for one in scored(PREPARED, "2026-03-06", 3, today=ON("2026-03-04"), person=begun) if one.can_be] == [
        6,
        7,
        8,
    ]


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
    asked = ("infusion-days", example, "--site", "yancheng", "--from", "2026-01-05", "--today", "2026-01-01")
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").stdout)))
    assert len(rows) == 60
    # 9 January: lymphodepletion from Sunday 4 January, which is worked; home on a Friday
    assert (rows[0]["rank"], rows[0]["day"], rows[0]["total_shift"]) == ("1", "2026-01-09", "2")
    assert rows[0]["may_be_needed"] == "lymphodepletion"
    assert rows[0]["not_scored"] == "SCR"
    assert [row["too_late"] for row in rows if row["day"] == "2026-01-05"] == ["lymphodepletion-course 2025-12-31"]
    text = run(*asked, "--days", "3").stdout
    assert "法定节假日安排已公布至2026年12月31日 星期四" in text


def test_the_text_keeps_to_the_width_of_a_terminal_and_says_once_what_all_days_share(example: Path) -> None:
    asked = ("infusion-days", example, "--site", "yancheng", "--from", "2026-12-21", "--today", "2026-11-23")
    text = run(*asked).stdout
    assert max(sum(1 + (each > "\u2e80") for each in line) for line in text.splitlines()) <= 160
    assert max(map(len, run(*asked, "--days", "1").stdout.splitlines())) <= 160
    sites = (example / "sites.yaml").read_text(encoding="utf-8")
    (example / "sites.yaml").write_text(
        sites.replace("language: zh", "language: en") + "  calendar: {public_holidays: no}\n", encoding="utf-8"
    )
    with (example / "events.csv").open("a", encoding="utf-8") as events:
        events.write("CD-004,unavailable,2027-01-01,actual,2027-01-31,\n")
    of_one = run(*asked[:3], "chengdu", "--from", "2027-01-04", "--days", "2", "--today", "2026-11-23", "--participant", "CD-004")
    assert of_one.stdout.count("the day itself: the participant cannot come") == 1
    assert "Of all days: the day itself: the participant cannot come" in of_one.stdout


def page_of(example: Path, *more: object) -> str:
    asked = ("infusion-days", example, "--site", "yancheng", "--from", "2026-12-01", "--today", "2026-11-23", "--format", "html")
    return run(*asked, *more).stdout


def test_the_page_has_the_ten_best_days_first_and_escapes(example: Path) -> None:
    sites = example / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    calendar = "  paper: A4\n  calendar: {closed: [{from: 2026-12-08, why: <b>x</b>}]}\n"
    sites.write_text(text.replace("  paper: A4\n", calendar, 1), encoding="utf-8")
    page = page_of(example)
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x" not in page
    assert "<script" not in page
    assert "size: A4 landscape" in page
    assert page.count('<td class="cell ') == 60
    best, rest = (part.partition("</table>")[0].count("<tr>") - 1 for part in page.split('<table class="rows">')[1:])
    assert (best, rest) == (10, 50)
    assert page.count('<td class="rule"') == 1
    assert "2027年1月1日 星期五起法定节假日安排尚未公布。" in page
    assert "?</span>" not in page


def test_the_shades_are_legible_and_tell_each_other_apart_without_colour(example: Path) -> None:
    def lightness(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue  # WCAG 2.2, relative luminance

    page = page_of(example)
    shades = re.findall(r"\.shade-\w+ \{ background: (#\w{6});(?: color: (#\w{3});)? \}", page)
    assert len(shades) == 4
    grounds = [lightness(ground) for ground, _ in shades]
    for ground, (_, ink) in zip(grounds, shades, strict=True):
        text = 1.0 if ink == "#fff" else 0.0
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5
    for lighter, darker in pairwise(grounds):
        assert (lighter + 0.05) / (darker + 0.05) >= 1.25
    legend = page.partition('<p class="legend">')[2].partition("</p>")[0]
    signs = set(re.findall(r'<span class="sign shade-\w+">(.*?)</span>', legend))
    cells = set(re.findall(r'<span class="big">(.*?)</span>', page))
    assert {sign for sign in cells if not sign.endswith("天")} <= signs  # every sign is explained, and in a word


def test_what_the_command_refuses() -> None:
    settled = run("infusion-days", EXAMPLE, "--site", "yancheng", "--from", "2026-01-05", "--participant", "YC-001", status=1)
    assert 'Error: participant YC-001: what became of "infusion" is on record, so no day is to be chosen' in settled.stderr
    elsewhere = run("infusion-days", EXAMPLE, "--site", "chengdu", "--from", "2026-01-05", "--participant", "YC-005", status=2)
    assert "YC-005 is at yancheng" in elsewhere.stderr
    assert "there are: yancheng, chengdu" in run("infusion-days", EXAMPLE, "--site", "x", "--from", "2026-01-05", status=1).stderr
