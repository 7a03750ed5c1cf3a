"""The days that are suggested: where, why, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from conftest import booked, done, protocol_of

from scheduler.facts.records import Leaving, Left, Participant, Recorded, Site, Status, VisitRecord
from scheduler.facts.sites import read_sites
from scheduler.opendays.calendar import Cause, OpenDays
from scheduler.planning.suggest import Help, NoDay, Remedy, Suggestion, suggest
from scheduler.reading.problems import Problems
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule

ON = date.fromisoformat


def site(calendar: str = "", country: str = "CN") -> Site:
    text = f"S: {{name: S, time_zone: Asia/Shanghai, language: en, country: {country}, calendar: {{{calendar}}}}}"
    problems = Problems()
    found = read_sites(text.encode(), "sites.yaml", problems)
    problems.raise_if_any()
    return found["S"]


def person(
    protocol: str,
    infused: str = "2026-03-02",
    code: str = "P",
    visits: dict[str, VisitRecord] | None = None,
    unavailable: tuple[tuple[date, date], ...] = (),
    left: str = "",
    working: str = "public_holidays: no",
) -> Schedule:
    recorded = {"infusion": (Recorded(ON(infused), Status.ACTUAL),)}
    gone = Left(Leaving.WITHDRAWN, ON(left)) if left else None
    who = Participant(id=code, site="S", recorded=recorded, visits=visits or {}, unavailable=unavailable, left=gone)
    read = protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n{protocol}")
    return expand(read, who, working=OpenDays(site(working)))


def found(
    *schedules: Schedule, calendar: str = "public_holidays: no", today: str = "2026-03-02", days: int = 60
) -> dict[str, Suggestion | NoDay]:
    made = suggest(schedules, {"S": OpenDays(site(calendar))}, {"S": ON(today)}, days)
    return {f"{each.schedule.participant.id} {each.visit.id}" if len(schedules) > 1 else each.visit.id: each for each in made}


def suggested(
    *schedules: Schedule, calendar: str = "public_holidays: no", today: str = "2026-03-02", days: int = 60
) -> dict[str, str]:
    made = found(*schedules, calendar=calendar, today=today, days=days)
    return {name: each.day.isoformat()[5:] if isinstance(each, Suggestion) else "none" for name, each in made.items()}


def causes(each: Suggestion | NoDay) -> list[tuple[str, list[Cause]]]:
    assert isinstance(each, NoDay)
    return [(rejected.day.isoformat()[5:], [reason.cause for reason in rejected.reasons]) for rejected in each.rejected]


# -- Spring Festival 2026: closed 15 to 23 February, Saturday 14 February worked; D14 of 3 February is 17 February


def test_a_window_within_spring_festival_has_no_day_and_says_why_for_each() -> None:
    no_day = found(person("  - {id: D14, at: Day 14, window: ±2 days}", "2026-02-03"), calendar="", today="2026-02-03")["D14"]
    assert isinstance(no_day, NoDay)
    assert [each.day for each in no_day.rejected] == [date(2026, 2, day) for day in range(15, 20)]
    assert [reason.cause for reason in no_day.rejected[0].reasons] == [Cause.WEEKEND]  # a Sunday
    for rejected in no_day.rejected[1:]:
        assert [reason.cause for reason in rejected.reasons] == [Cause.HOLIDAY]
        assert rejected.reasons[0].text.startswith("Chinese New Year")
    assert no_day.help == (
        Help(Remedy.OPEN, date(2026, 2, 15)),  # a weekend sooner than a holiday nearer to the target
        Help(Remedy.EARLIER, date(2026, 2, 14), 1),
        Help(Remedy.LATER, date(2026, 2, 24), 5),
    )


def test_opening_a_day_helps_where_only_the_calendar_is_against_it() -> None:
    rule = "  - {id: D14, at: Day 14, window: ±1 day}"  # Sunday 15 to Tuesday 17 March
    kept = "public_holidays: no, closed: [{from: 2026-03-17}], clinic_days: {clinic: Fri}"
    made = found(person(rule), calendar=kept)["D14"]
    assert isinstance(made, NoDay)
    assert made.help[0] == Help(Remedy.OPEN, ON("2026-03-16"))  # only no clinic day
    leave = found(person(rule), calendar=f"{kept}, leave: [{{from: 2026-03-15, to: 2026-03-17}}]")["D14"]
    assert isinstance(leave, NoDay)
    assert Remedy.OPEN not in [help.remedy for help in leave.help]


def test_nothing_helps_a_window_that_is_over() -> None:
    made = found(person("  - {id: D14, at: Day 14, window: ±1 day}"), today="2026-12-01")["D14"]
    assert isinstance(made, NoDay)
    assert (made.has_passed, made.help) == (True, ())
    open_still = found(
        person("  - {id: D14, at: Day 14, window: ±1 day}"), today="2026-03-17", calendar="closed: [{from: 2026-03-17}]"
    )["D14"]
    assert isinstance(open_still, NoDay)
    assert not open_still.has_passed
    assert open_still.help


def test_a_wider_window_is_met_on_the_saturday_worked_before_spring_festival() -> None:
    made = found(person("  - {id: D14, at: Day 14, window: ±7 days}", "2026-02-03"), calendar="", today="2026-02-03")["D14"]
    assert isinstance(made, Suggestion)
    assert (made.day, made.shift, made.provisional) == (date(2026, 2, 14), -3, False)
    assert [reason.cause for reason in made.reasons] == [Cause.MADE_UP]
    assert [each.day.day for each in made.instead_of] == [15, 16, 17, 18, 19]  # 20 February is as far, and later


def test_an_allowance_is_used_last_and_named() -> None:
    rule = "  - {id: D14, at: Day 14, window: ±2 days, allowance: {window: .. +14 days, for: holidays}}"
    made = found(person(rule, "2026-02-03"), calendar="", today="2026-02-03")["D14"]
    assert isinstance(made, Suggestion)
    assert made.day == date(2026, 2, 24)  # the side of the allowance that is open is not used: not 14 February
    assert made.wider is not None
    assert made.wider.reason == "holidays"
    inside = found(person(rule), today="2026-03-02")["D14"]
    assert isinstance(inside, Suggestion)
    assert (inside.day, inside.wider) == (date(2026, 3, 16), None)


def test_an_allowance_does_not_undo_a_limit() -> None:
    rule = (
        "  - {id: D14, at: Day 14, window: ±2 days, limits: not after infusion + 17 days, "
        "allowance: {window: .. +14 days, for: holidays}}"
    )
    made = found(person(rule, "2026-02-03"), calendar="", today="2026-02-03")["D14"]
    assert isinstance(made, NoDay)
    assert made.help == (Help(Remedy.ALLOWANCE), Help(Remedy.OPEN, date(2026, 2, 15)), Help(Remedy.EARLIER, date(2026, 2, 14), 1))


# -- which visits, and which days


def test_only_what_nobody_has_set_is_suggested() -> None:
    rules = """\
  - {id: ward, at: Day 3, window: ±1 days, mode: ward}
  - {id: D7, at: Day 7, window: ±2 days}
  - {id: D14, at: Day 14, window: ±2 days}
  - {id: D21, at: Day 21, window: ±2 days}
  - {id: D84, at: Day 84, window: ±2 days}
"""
    visits = {"D7": done("2026-03-09"), "D14": booked("2026-03-16")}
    assert suggested(person(rules, visits=visits), days=28) == {"D21": "03-23"}


def test_what_is_undecided_is_left_out() -> None:
    protocol = protocol_of(
        "facts: {old: {answer: yes or no}}\nvisits:\n  - {id: infusion, at: given}\n"
        "  - {id: D7, at: Day 7, window: ±2 days, when: old}"
    )
    recorded = {"infusion": (Recorded(ON("2026-03-02"), Status.ACTUAL),)}
    assert suggested(expand(protocol, Participant(id="P", site="S", recorded=recorded))) == {}
    old = Participant(id="P", site="S", recorded=recorded, answers={"old": True})
    assert suggested(expand(protocol, old)) == {"D7": "03-09"}


def test_without_a_window_the_target_is_the_only_day() -> None:
    rule = "  - {id: D12, at: Day 12, window: none}"
    assert suggested(person(rule, "2026-03-04")) == {"D12": "03-16"}
    no_day = found(person(rule))["D12"]  # 14 March 2026 is a Saturday
    assert causes(no_day) == [("03-14", [Cause.WEEKEND])]


def test_no_day_before_today() -> None:
    rule = "  - {id: D14, at: Day 14, window: ±2 days}"
    assert suggested(person(rule), today="2026-03-17") == {"D14": "03-17"}
    assert {cause for _, [cause] in causes(found(person(rule), today="2026-03-19")["D14"])} == {Cause.PASSED}


@pytest.mark.parametrize(
    ("setting", "day"),
    [("nearest earlier", "03-13"), ("nearest later", "03-17"), ("earliest", "03-10"), ("latest", "03-20")],
)
def test_which_day_is_suggested_is_a_setting_of_the_site(setting: str, day: str) -> None:
    """The target is Sunday 15 March 2026; Monday is closed, so that Friday and Tuesday are as near."""
    calendar = f"public_holidays: no, closed: [{{from: 2026-03-16}}], suggest: {setting}"
    assert suggested(person("  - {id: D13, at: Day 13, window: ±5 days}"), calendar=calendar) == {"D13": day}


def test_of_two_days_as_near_the_weekday_somebody_likes_best_is_suggested() -> None:
    made = person(
        "  - {id: D14, at: Day 14, window: ±2 days, mode: clinic}", infused="2026-03-04"
    )  # its target is Wednesday 18 March
    calendar = "public_holidays: no, clinic_days: {clinic: Tue Thu}"
    assert suggested(made, calendar=calendar) == {"D14": "03-17"}
    likes = made._replace(participant=replace(made.participant, prefers=frozenset((3,))))
    assert suggested(likes, calendar=calendar) == {"D14": "03-19"}
    far = made._replace(participant=replace(made.participant, prefers=frozenset((4,))))
    assert suggested(far, calendar="public_holidays: no") == {"D14": "03-18"}  # a wish moves nothing away from the target


def test_in_a_window_open_at_one_side_the_open_day_nearest_the_target_is_suggested() -> None:
    """The target is Saturday 14 March 2026."""
    later, earlier = (
        person("  - {id: D12, at: Day 12, window: '-3 days ..'}"),
        person("  - {id: D12, at: Day 12, window: '.. +3 days'}"),
    )
    assert suggested(later) == {"D12": "03-13"}
    assert suggested(later, today="2026-03-14") == {"D12": "03-16"}
    assert suggested(later, today="2026-03-21") == {"D12": "03-23"}  # the target has passed, the window is open
    assert suggested(earlier) == {"D12": "03-13"}
    assert suggested(earlier, today="2026-03-14") == {"D12": "03-16"}
    after = person("  - {id: D14, at: Day 14, window: '0 days ..'}")
    assert suggested(after, calendar="public_holidays: no, closed: [{from: 2026-03-16}]") == {"D14": "03-17"}
    assert suggested(after, calendar="public_holidays: no, suggest: latest") == {"D14": "03-16"}  # there is no latest


def test_why_a_day_cannot_be() -> None:
    rules = """\
  - {id: D9, at: Day 9, window: ±1 days}
  - {id: D10, at: Day 10, window: ±3 days}
"""
    away = ((ON("2026-03-13"), ON("2026-03-13")),)
    calendar = (
        "public_holidays: no, closed: [{from: 2026-03-10, why: audit}], leave: [{from: 2026-03-14, to: 2026-03-15}], "
        "clinic_days: {clinic: Mon Tue Wed Fri}"
    )
    no_day = found(person(rules, visits={"D9": booked("2026-03-11")}, unavailable=away), calendar=calendar)["D10"]
    assert causes(no_day) == [
        ("03-09", [Cause.BEFORE]),
        ("03-10", [Cause.CLOSED, Cause.BEFORE]),
        ("03-11", [Cause.TAKEN]),
        ("03-12", [Cause.NOT_HELD]),
        ("03-13", [Cause.AWAY]),
        ("03-14", [Cause.WEEKEND, Cause.NOT_HELD, Cause.LEAVE]),
        ("03-15", [Cause.WEEKEND, Cause.NOT_HELD, Cause.LEAVE]),
    ]


# -- several visits, several participants


def test_visits_keep_their_order_and_have_a_day_each() -> None:
    rules = """\
  - {id: D9, at: Day 9, window: 0 .. +2 days}
  - {id: D10, at: Day 10, window: ±1 days}
  - {id: D11, at: Day 11, window: ±2 days}
"""
    assert suggested(person(rules)) == {"D9": "03-11", "D10": "03-12", "D11": "03-13"}
    closed = "public_holidays: no, closed: [{from: 2026-03-11}]"
    made = found(person(rules), calendar=closed)
    assert [each.visit.id for each in made.values() if isinstance(each, NoDay)] == ["D9"]
    assert causes(made["D9"])[1:] == [("03-12", [Cause.TAKEN]), ("03-13", [Cause.AFTER, Cause.TAKEN])]


def test_a_gap_to_a_visit_that_is_suggested_too_is_kept() -> None:
    rules = """\
  - {id: A, at: Day 7, window: ±3 days}
  - {id: B, at: Day 14, window: ±3 days, limits: not before A + 7 days}
"""
    calendar = "public_holidays: no, closed: [{from: 2026-03-06, to: 2026-03-10}]"
    made = found(person(rules), calendar=calendar)
    assert {id: each.day.isoformat() for id, each in made.items() if isinstance(each, Suggestion)} == {
        "A": "2026-03-11",
        "B": "2026-03-18",
    }
    assert isinstance(made["B"], Suggestion)
    assert made["B"].unchecked == ()
    assert [(each.day.day, each.reasons[0].cause) for each in made["B"].instead_of][2:] == [(16, Cause.GAP), (17, Cause.GAP)]


def test_what_hangs_on_a_visit_without_a_day_is_not_suggested() -> None:
    rules = """\
  - {id: A, window: 5 to 9 days after infusion}
  - {id: B, at: A + 7 days, window: ±1 days}
"""
    made = found(person(rules))
    assert made["B"] == NoDay(made["B"].schedule, made["B"].visit, (), (Help(Remedy.WAIT),))
    assert isinstance(made["A"], Suggestion)
    assert (made["A"].day, made["A"].shift) == (ON("2026-03-09"), None)  # the first open day from 7 March, a Saturday, on


def test_the_capacity_of_a_day_is_kept_and_bookings_stay() -> None:
    rule = "  - {id: D14, at: Day 14, window: ±1 days}"
    full = "public_holidays: no, capacity: {clinic: 1}"
    three = [person(rule, code=code) for code in ("A", "B", "C")]
    assert sorted(suggested(*three, calendar=full).values()) == ["03-16", "03-17", "none"]  # 15 March is a Sunday
    three[0] = person(rule, code="A", visits={"D14": booked("2026-03-17")})
    made = found(*three, calendar=full)
    assert sorted(made) == ["B D14", "C D14"]
    assert isinstance(made["B D14"], Suggestion)
    assert made["B D14"].day == ON("2026-03-16")
    assert causes(made["C D14"]) == [("03-15", [Cause.WEEKEND]), ("03-16", [Cause.FULL]), ("03-17", [Cause.FULL])]
    assert isinstance(made["C D14"], NoDay)
    assert made["C D14"].help == (
        Help(Remedy.CAPACITY, ON("2026-03-16")),
        Help(Remedy.OPEN, ON("2026-03-15")),
        Help(Remedy.EARLIER, ON("2026-03-13"), 2),
        Help(Remedy.LATER, ON("2026-03-18"), 1),
    )


def test_the_gate_of_an_activity_is_kept() -> None:
    protocol = protocol_of(
        "visits:\n  - {id: infusion, at: given}\n  - {id: D14, at: Day 14, window: ±3 days}\n"
        "activities:\n  blood: {at: D14, window: 15 to 30 days after infusion}"
    )
    who = Participant(id="P", site="S", recorded={"infusion": (Recorded(ON("2026-03-02"), Status.ACTUAL),)})
    assert suggested(expand(protocol, who)) == {"D14": "03-17"}


def test_a_day_past_the_announced_holidays_is_provisional() -> None:
    made = found(person("  - {id: D14, at: Day 14, window: ±2 days}"), calendar="announced_until: 2026-03-15")["D14"]
    assert isinstance(made, Suggestion)
    assert made.provisional
