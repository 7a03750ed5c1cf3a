"""What is recorded beside the protocol's visits: discharges, unscheduled visits, days nobody can come, leaving the study."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import booked, done, protocol_of, run

from scheduler.facts.reader import FactsReader
from scheduler.facts.records import Leaving, Left, Participant, Recorded, Status
from scheduler.facts.sites import read_sites
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import Problems, ProblemsError
from scheduler.reading.table import csv_table
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Period, Schedule
from scheduler.tables.schedule import to_text
from scheduler.views.attention import attention
from scheduler.views.calendar import participant_calendar
from scheduler.views.changes import Moved, changes, gone, issued
from scheduler.views.moved import change_rows, said_causes
from scheduler.views.sheet import sheet
from scheduler.views.why import why_period, why_visit
from scheduler.views.words import words

PROTOCOL = """
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D14, at: Day 14, window: ±2 days, mode: clinic}
  - {id: D28, at: Day 28, window: ±3 days, mode: clinic}
  - {id: after-ward, at: ward.end + 7 days, window: ±1 day, mode: telephone}
periods:
  - {id: ward, kind: stay, from: infusion, to: at least infusion + 7 days}
  - {id: near, kind: restriction, from: infusion, to: at least infusion + 28 days}
  - {id: safety, kind: observation, from: infusion, to: Day 28}
"""
PEOPLE = "participant,site,infusion,infusion_status\nP1,S1,2026-03-02,actual\nP2,S1,2026-03-09,planned\n"
EVENTS = "subject,name,date,status,value\n"
VISITS = "participant,visit,booked,time,actual,status,note,recorded_by,recorded_on\n"
SITES = b"S1: {name: One, time_zone: Asia/Shanghai, language: en}"
TODAY = date(2026, 6, 1)


def read(events: str = "", visits: str = "") -> dict[str, Participant]:
    problems = Problems()
    reader = FactsReader([protocol()], read_sites(SITES, "sites.yaml", problems), problems)
    people = reader.participants(csv_table(PEOPLE.encode(), "participants.csv"))
    people = reader.events(csv_table((EVENTS + events).encode(), "events.csv"), people)
    people = reader.visits(csv_table((VISITS + visits).encode(), "visits.csv"), people)
    problems.raise_if_any()
    return people


def protocol() -> Protocol:
    return protocol_of(PROTOCOL)


def made(events: str = "", visits: str = "") -> Schedule:
    return expand(protocol(), read(events, visits)["P1"])


def problems(events: str = "", visits: str = "") -> list[str]:
    with pytest.raises(ProblemsError) as error:
        read(events, visits)
    return [str(problem) for problem in error.value.problems]


def days(period: Period) -> tuple[str, str, str]:
    return str(period.start), period.end_kind.value, str(period.end)


# -- the days of periods


def test_a_discharge_ends_the_stay_and_what_counts_from_its_end_follows() -> None:
    schedule = made("P1,ward.end,2026-03-11,actual,\n")
    assert days(schedule.period("ward")) == ("2026-03-02", "", "2026-03-11")
    assert schedule.period("ward").asked == (date(2026, 3, 2), date(2026, 3, 9))
    assert str(schedule.visit("after-ward").target) == "2026-03-18"
    assert days(made().period("ward")) == ("2026-03-02", "at least", "2026-03-09")
    assert str(made().visit("after-ward").target) == "2026-03-16"


def test_a_planned_discharge_is_replaced_by_the_one_that_came() -> None:
    planned = "P1,ward.end,2026-03-10,planned,\n"
    assert days(made(planned).period("ward")) == ("2026-03-02", "", "2026-03-10")
    assert not made(planned).period("ward").over
    schedule = made(planned + "P1,ward.end,2026-03-12,actual,\n")
    assert schedule.period("ward").over
    assert why_period(schedule.period("ward"), schedule.protocol, words("en")) == (
        "ward from infusion 2026-03-02; to at least infusion 2026-03-02 + 7 days; last day as recorded, 2026-03-12"
    )


def test_what_moved_because_of_a_discharge_says_so() -> None:
    before, after = made(), made("P1,ward.end,2026-03-11,actual,\n")
    found = {change.item: said_causes(change.because, words("en")) for change in changes("P1", issued(before), issued(after))}
    assert found == {
        "after-ward": "ward.end was 2026-03-09 (computed), is 2026-03-11 (actual)",
        "ward": "it is counted from ward.end 2026-03-11 (actual) now",
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("P1,ward.end,never,,", 'events.csv:2: date: "ward.end" is a day of a period: it cannot be never'),
        (
            "P1,ward.end,2026-03-11,actual,\nP1,ward.end,2026-03-12,actual,",
            'events.csv:3: date: "ward.end" of P1 is recorded already: change that row',
        ),
        ("P1,wrad.end,2026-03-11,actual,", 'events.csv:2: name: there is no event or fact "wrad.end"; did you mean "ward.end"?'),
        ("P1,D14.end,2026-03-11,actual,", 'events.csv:2: name: there is no event or fact "D14.end"'),
        ("P1,withdrawn,,,", 'events.csv:2: date: "withdrawn" wants the day from which nothing is planned'),
        ("P1,died,2026-03-11,planned,", 'events.csv:2: status: "died" is recorded when it has happened: actual, or empty'),
        ("P1,unavailable,,,", 'events.csv:2: date: "unavailable" wants its first day here, and its last day under value'),
        (
            "P1,unavailable,2026-03-11,,2026-03-10",
            "events.csv:2: value: the last day, 2026-03-10, comes before the first, 2026-03-11",
        ),
        ("P9,lost,2026-03-11,,", 'events.csv:2: subject: there is no participant "P9"'),
    ],
)
def test_what_is_refused_in_events(row: str, message: str) -> None:
    assert any(problem.startswith(message) for problem in problems(row + "\n")), problems(row + "\n")


# -- unscheduled visits


def test_unscheduled_visits_stand_beside_the_planned_ones() -> None:
    rows = "P1,unscheduled,2026-03-20,,2026-03-20,done,fever,,\nP1,unscheduled-2,2026-04-02,09:30,,booked,,,\n"
    schedule = made(visits=rows)
    assert [visit.id for visit in schedule.visits] == ["infusion", "D14", "D28", "after-ward", "unscheduled", "unscheduled-2"]
    assert words("en").visit(schedule.visit("unscheduled-2").plan) == "Unscheduled visit 2"
    assert words("zh").visit(schedule.visit("unscheduled").plan) == "计划外访视"
    assert (schedule.visit("unscheduled").study_day, schedule.visit("unscheduled").window_waits) == (18, ())
    assert schedule.unplaced == ()
    assert "Unscheduled visit 2" in to_text(schedule, "en")
    starts = {event.uid: event.start for event in participant_calendar(schedule, None, str, TODAY).events}
    assert starts["visit unscheduled-2"].isoformat() == "2026-04-02T09:30:00+08:00"


def test_an_unscheduled_visit_wants_a_day() -> None:
    said = "visits.csv:2: unscheduled is not in the protocol, so it wants a booked or an actual day"
    assert problems(visits="P1,unscheduled,,,,,,,\n") == [said]
    assert problems(visits="P1,unsheduled,2026-03-20,,,,,,\n") == [
        'visits.csv:2: visit: there is no visit "unsheduled"; did you mean "unscheduled"?'
    ]


def test_who_recorded_something_and_when() -> None:
    record = read(visits="P1,D14,,,2026-03-16,done,,CRC1,2026-03-17\n")["P1"].visits["D14"]
    assert (record.recorded_by, record.recorded_on) == ("CRC1", date(2026, 3, 17))


# -- days on which a participant cannot come


def test_a_booking_on_a_day_on_which_the_participant_cannot_come_is_looked_at() -> None:
    away = "P1,unavailable,2026-03-26,,2026-03-30\nP1,unavailable,2026-03-14,,\n"
    assert read(away)["P1"].unavailable == (
        (date(2026, 3, 14), date(2026, 3, 14)),
        (date(2026, 3, 26), date(2026, 3, 30)),
    )
    for day, expected in (("2026-03-25", []), ("2026-03-26", [1]), ("2026-03-30", [1]), ("2026-03-31", [])):
        found = attention([made(away, f"P1,D28,{day},,,,,,\n")], words("en"), date(2026, 3, 20))
        assert [1 for each in found if "not available" in each.message] == expected


def test_an_infusion_planned_for_a_day_on_which_the_participant_cannot_come_is_looked_at() -> None:
    plan = protocol_of("visits:\n  - {id: infusion, at: given}\n")
    for day, status, expected in (
        ("2026-03-25", Status.PLANNED, []),
        ("2026-03-26", Status.PLANNED, ["set for Thu 26 March 2026, when the participant is not available"]),
        ("2026-03-26", Status.ACTUAL, []),
    ):
        recorded = {"infusion": (Recorded(date.fromisoformat(day), status),)}
        who = Participant(id="P1", site="S", recorded=recorded, unavailable=((date(2026, 3, 26), date(2026, 3, 30)),))
        found = attention([expand(plan, who)], words("en"), date(2026, 3, 20))
        assert [each.message for each in found if "not available" in each.message] == expected


# -- answers and days that are missing


def test_an_answer_that_is_missing_is_looked_at_two_weeks_ahead() -> None:
    asks = protocol_of("facts: {ld: yes or no}\nvisits:\n  - {id: infusion, at: given}\n  - {id: LD, at: Day -5, when: ld}")
    made = expand(asks, Participant.planned("P1", {"infusion": date(2026, 3, 30)}))  # LD would be on 25 March
    for today, expected in (("2026-03-10", []), ("2026-03-11", ["LD"]), ("2026-03-25", ["LD"]), ("2026-03-26", [])):
        found = attention([made], words("en"), date.fromisoformat(today))
        assert [
            "LD"
            for each in found
            if each.item == "Day -5" and each.message == "not answered: ld; it would be on Wed 25 March 2026"
        ] == expected


def test_a_planned_day_that_has_passed_is_looked_at() -> None:
    made = expand(protocol(), Participant.planned("P1", {"infusion": date(2026, 3, 30)}))
    assert attention([made], words("en"), date(2026, 3, 30)) == ()
    [found] = attention([made], words("en"), date(2026, 3, 31))
    assert (found.item, found.message) == ("infusion", "planned for Mon 30 March 2026, and not recorded")


# -- leaving


def test_from_the_day_of_leaving_nothing_is_planned() -> None:
    schedule = made("P1,withdrawn,2026-03-18,actual,\n", "P1,D14,2026-03-16,,,,,,\n")
    assert schedule.participant.left == Left(Leaving.WITHDRAWN, date(2026, 3, 18))
    applies = {visit.id: visit.applies for visit in schedule.visits}
    assert applies == {
        "infusion": Applies.YES,
        "D14": Applies.YES,  # booked for a day before that: somebody has to record what became of it
        "D28": Applies.NO,
        "after-ward": Applies.YES,  # its window closed on 17 March
    }
    assert why_visit(schedule.visit("D28"), schedule.protocol, words("en")).endswith(
        "not planned: withdrawn on Wed 18 March 2026"
    )
    assert days(schedule.period("ward")) == ("2026-03-02", "at least", "2026-03-09")  # leaving stretches nothing
    assert days(made("P1,withdrawn,2026-03-05,,\n").period("ward")) == ("2026-03-02", "", "2026-03-05")
    assert days(schedule.period("safety")) == ("2026-03-02", "", "2026-03-18")
    assert days(schedule.period("near")) == ("2026-03-02", "at least", "2026-03-30")  # it protects them all the same


@pytest.mark.parametrize(
    ("day", "applies"),
    [("2026-03-16", Applies.NO), ("2026-03-18", Applies.NO), ("2026-03-19", Applies.YES)],
)
def test_both_ends_of_the_window_and_the_day_of_leaving(day: str, applies: Applies) -> None:
    assert made(f"P1,lost,{day},,\n").visit("D14").applies is applies  # its window: 14 to 18 March


def test_what_took_place_stays_and_after_that_day_it_is_looked_at() -> None:
    schedule = made("P1,withdrawn,2026-03-18,,\n", "P1,D14,,,2026-03-16,,,,\nP1,D28,2026-03-28,,2026-03-30,,,,\n")
    assert schedule.visit("D28").applies is Applies.YES
    assert [(each.item, each.message) for each in attention([schedule], words("en"), TODAY)] == [
        ("Day 28", "on Mon 30 March 2026, though nothing is planned any more: withdrawn on Wed 18 March 2026")
    ]


def test_of_several_days_of_leaving_the_first_counts() -> None:
    assert read("P1,died,2026-04-01,,\nP1,withdrawn,2026-03-18,,\n")["P1"].left == Left(
        Leaving.WITHDRAWN, date(2026, 3, 18), died=date(2026, 4, 1)
    )


def test_after_a_death_no_restriction_is_left() -> None:
    assert days(made("P1,died,2026-03-18,,\n").period("near")) == ("2026-03-02", "", "2026-03-18")


RESTRICTED = """
events:
  enrolment: {}
  end-of-treatment: {at: infusion}
visits:
  - {id: SCR, window: within 28 days before enrolment, label: Screening}
  - {id: infusion, at: given, label: Infusion}
  - {id: D28, at: Day 28, window: ±3 days}
periods:
  - {id: hospital, kind: stay, from: infusion, to: infusion + 7 days}
  - {id: near, kind: restriction, from: infusion, to: at least infusion + 28 days}
  - {id: contraception, kind: restriction, from: enrolment, to: at least end-of-treatment + 6 months}
  - {id: vaccines, kind: restriction, from: infusion, to: infusion + 90 days}
  - {id: biopsy, kind: restriction, from: D28, to: D28 + 2 days}
"""


def restricted(
    infusion: str, status: str, withdrawn: str, at: date
) -> tuple[list[str], list[tuple[str, str, tuple[str, ...]]], str]:
    """The rows of the sheet of somebody enrolled on 16 February 2026, what to keep in mind, and what stands above."""
    asks, found = protocol_of(RESTRICTED), Problems()
    reader = FactsReader([asks], read_sites(SITES, "sites.yaml", found), found)
    head = "participant,site,enrolment,enrolment_status,infusion,infusion_status\n"
    people = reader.participants(csv_table(f"{head}P1,S1,2026-02-16,actual,{infusion},{status}\n".encode(), "participants.csv"))
    people = reader.events(csv_table(f"{EVENTS}P1,withdrawn,{withdrawn},actual,\n".encode(), "events.csv"), people)
    found.raise_if_any()
    page = sheet(expand(asks, people["P1"]), None, datetime(at.year, at.month, at.day, 12, tzinfo=UTC))
    return [row.label for row in page.rows], [(each.label, each.days, each.texts) for each in page.reminders], page.anchor


def test_who_withdrew_before_the_infusion_is_held_to_nothing_that_counts_from_it() -> None:
    rows, kept, anchor = restricted("2026-03-02", "planned", "2026-02-23", date(2026, 2, 24))
    assert (rows, anchor) == ([], "")
    assert kept == [("contraception", "from Mon 16 February 2026", ("Ask your study team until when this holds.",))]


def test_that_a_restriction_lost_its_end_is_said_to_staff() -> None:
    asks = protocol_of(RESTRICTED)
    recorded = {"enrolment": (Recorded(date(2026, 2, 16), Status.ACTUAL),), "infusion": (Recorded(date(2026, 3, 2)),)}
    person = Participant(id="P1", recorded=recorded)
    gone = replace(person, left=Left(Leaving.WITHDRAWN, date(2026, 2, 23)))
    moved = Moved(
        datetime(2026, 2, 20, tzinfo=UTC), tuple(changes("P1", issued(expand(asks, person)), issued(expand(asks, gone))))
    )
    row = next(row for row in change_rows([moved], [], asks, words("en")) if row.what == "contraception")
    assert (row.was, row.now) == ("to Wed 2 September 2026", "the end is not known")
    assert row.because == (
        "the rule was: from enrolment to at least end-of-treatment + 6 months; is: from enrolment to at least "
        "end-of-treatment + 6 months, without an end since the participant left (withdrawn on 2026-02-23)"
    )


def test_who_withdrew_after_the_infusion_keeps_what_protects_them() -> None:
    rows, kept, _ = restricted("2026-03-02", "actual", "2026-03-12", date(2026, 3, 31))
    assert rows == ["Infusion"]
    assert kept == [
        (
            "near",
            "Mon 2 March 2026 to at least Mon 30 March 2026",
            ("That day has passed. Ask your study team whether this still holds.",),
        ),
        ("contraception", "Mon 16 February 2026 to at least Wed 2 September 2026", ()),
        ("vaccines", "Mon 2 March 2026 to Sun 31 May 2026", ()),
    ]  # and nothing from Day 28, which will not be
    assert [label for label, _, _ in restricted("2026-03-02", "actual", "2026-03-12", date(2026, 6, 1))[1]] == [
        "near",
        "contraception",
    ]


def test_the_papers_say_that_nothing_is_planned_any_more() -> None:
    before, after = made(), made("P1,withdrawn,2026-03-18,,\n")
    page = sheet(after, None, datetime(2026, 3, 19, tzinfo=UTC))
    assert page.goes_on == "No visits are planned from Wed 18 March 2026 on."
    assert [row.label for row in page.rows] == ["infusion"]  # staff has to record what became of the others
    assert (page.anchor, page.may_change, page.ring_when) == ("", "", "Ring if you feel unwell, or if you have a question.")
    assert [event.uid for event in participant_calendar(after, None, str, TODAY).events] == [
        "visit infusion",
        "period ward",
    ]
    moved = changes("P1", issued(before), issued(after), causes=gone(after))
    found = {change.item: said_causes(change.because, words("en")) for change in moved}
    assert found["D14"] == found["D28"] == "withdrawn on 2026-03-18"
    assert "ward" not in found
    assert "until the participant left (withdrawn on 2026-03-18)" in found["safety"]


def test_a_protocol_that_declares_the_event_says_itself_what_it_ends() -> None:
    declared = protocol_of("events: {withdrawn: {may not happen: yes}}\n" + PROTOCOL)
    found = Problems()
    reader = FactsReader([declared], read_sites(SITES, "sites.yaml", found), found)
    people = reader.participants(csv_table(PEOPLE.encode(), "participants.csv"))
    people = reader.events(csv_table((EVENTS + "P1,withdrawn,2026-03-18,actual,\n").encode(), "events.csv"), people)
    found.raise_if_any()
    assert people["P1"].left is None
    assert "withdrawn" in people["P1"].recorded


# -- records to look at


def test_what_is_recorded_before_its_day_has_come_is_looked_at() -> None:
    schedule = made(visits="P1,D14,,,2026-03-16,,,,\n")
    assert attention([schedule], words("en"), date(2026, 3, 16)) == ()
    assert [each.message for each in attention([schedule], words("en"), date(2026, 3, 15))] == [
        "recorded for Mon 16 March 2026 as if it had taken place, and that day has not come"
    ]


def test_visits_in_the_wrong_order_are_looked_at() -> None:
    person = read()["P1"]
    later = Participant(id="P1", recorded=person.recorded, visits={"D14": done("2026-03-30"), "D28": done("2026-03-27")})
    messages = [(each.item, each.message) for each in attention([expand(protocol(), later)], words("en"), TODAY)]
    assert ("Day 28", "on Fri 27 March 2026, before Day 14 (Mon 30 March 2026), which comes first") in messages
    right = Participant(id="P1", recorded=person.recorded, visits={"D14": done("2026-03-16"), "D28": booked("2026-03-27")})
    assert attention([expand(protocol(), right)], words("en"), date(2026, 3, 20)) == ()


def test_a_day_of_a_period_that_is_not_the_participants_is_looked_at() -> None:
    undecided = protocol_of(
        PROTOCOL + "  - {id: course, kind: treatment, when: ld, from: Day -5, to: Day -3}\nfacts: {ld: yes or no}"
    )
    person = Participant(
        id="P1",
        answers={"ld": False},
        recorded={**read()["P1"].recorded, "course.end": read("P1,ward.end,2026-03-11,actual,\n")["P1"].recorded["ward.end"]},
    )
    assert expand(undecided, person).unplaced == ("course.end",)


def test_a_study_whose_participant_withdrew_is_built(example: Path, tmp_path: Path) -> None:
    with (example / "events.csv").open("a", encoding="utf-8") as events:
        events.write("YC-003,withdrawn,2026-11-20,actual,,moved away\nYC-003,hospital.end,2026-09-09,actual,,\n")
    run("build", example, "--out", tmp_path / "out", "--today", "2026-11-23", "--issued-at", "2026-11-23")
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "withdrawn on Fri 20 November 2026; nothing is planned from that day on" in index
    paper = (tmp_path / "out" / "participants" / "YC-003" / "visit-sheet.html").read_text(encoding="utf-8")
    assert "No visits are planned from Fri 20 November 2026 on." in paper
    assert "Month 3" not in paper


# -- found by attack


def test_events_of_a_cohort_go_by_the_answer_in_force_on_their_day() -> None:
    asks = protocol_of(
        "facts: {cohort: [c1, c2]}\nevents: {review: {of: cohort}}\n"
        "visits:\n  - {id: infusion, at: given}\n  - {id: R7, at: review + 7 days}"
    )
    found = Problems()
    reader = FactsReader([asks], read_sites(SITES, "sites.yaml", found), found)
    people = reader.participants(csv_table(b"participant,site,cohort\nP1,S1,c1\nP2,S1,\n", "participants.csv"))
    rows = "c1,review,2026-04-01,actual,\nc2,review,2026-06-01,actual,\nP1,cohort,2026-03-05,,c2\nP2,cohort,2026-03-05,,c2\n"
    people = reader.events(csv_table((EVENTS + rows).encode(), "events.csv"), people)
    found.raise_if_any()
    assert [str(expand(asks, people[code]).visit("R7").target) for code in ("P1", "P2")] == ["2026-06-08", "2026-06-08"]


@pytest.mark.parametrize("rows", [["1,planned", "3,actual"], ["3,actual", "1,planned"]])
def test_the_order_of_the_rows_changes_nothing(rows: list[str]) -> None:
    asks = protocol_of(
        "events: {relapse: {}}\nvisits:\n  - {id: infusion, at: given}\n  - {id: RL, ids: RL<n>, at: each relapse}"
    )
    found = Problems()
    reader = FactsReader([asks], read_sites(SITES, "sites.yaml", found), found)
    people = reader.participants(csv_table(PEOPLE.encode(), "participants.csv"))
    people = reader.events(
        csv_table((EVENTS + "".join(f"P1,relapse,2026-03-0{row},\n" for row in rows)).encode(), "events.csv"), people
    )
    found.raise_if_any()
    assert [(visit.id, str(visit.target)) for visit in expand(asks, people["P1"]).visits if visit.id != "infusion"] == [
        ("RL1", "2026-03-03")
    ]


@pytest.mark.parametrize(
    "rows", ["P1,withdrawn,2026-03-20,,\nP1,died,2026-03-25,,\n", "P1,died,2026-03-25,,\nP1,lost,2026-03-20,,\n"]
)
def test_a_death_that_comes_later_ends_restrictions_on_its_day(rows: str) -> None:
    schedule = made(rows)
    assert days(schedule.period("near")) == ("2026-03-02", "", "2026-03-25")
    assert schedule.participant.left is not None
    assert words("en").left(schedule.participant.left).endswith("died on Wed 25 March 2026")


def test_a_stay_that_is_on_record_is_kept_though_the_participant_has_left() -> None:
    schedule = made("P1,withdrawn,2026-03-01,,\nP1,ward.start,2026-03-02,actual,\nP1,ward.end,2026-03-05,actual,\n")
    assert days(schedule.period("ward")) == ("2026-03-02", "", "2026-03-05")


# -- found by computing it again


def test_leaving_ends_a_window_that_is_open_and_keeps_what_was_overdue() -> None:
    asks = protocol_of(
        "visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 14, window: -2 days ..}\n  - {id: W, at: Day 14, window: ±2 days}"
    )
    person = read("P1,lost,2026-04-01,,\n")["P1"]
    assert expand(asks, person).visit("V").applies is Applies.NO
    rebooked = Participant(id="P1", recorded=person.recorded, left=person.left, visits={"W": booked("2026-04-03")})
    assert expand(asks, rebooked).visit("W").applies is Applies.YES


def test_what_was_called_off_after_leaving_is_no_deviation() -> None:
    from scheduler.planning.deviations import deviations

    schedule = made("P1,withdrawn,2026-03-10,,\n", "P1,D14,,,,cancelled,,,\nP1,D28,,,,missed,,,\n")
    assert deviations([schedule]) == ()


@pytest.mark.parametrize("day", ["2026-03-01", "2026/3/1", "2026/3/1 9:30"])
def test_the_day_of_a_cohorts_event_is_understood_as_a_spreadsheet_writes_it(day: str) -> None:
    asks = protocol_of("facts: {cohort: [c1, c2]}\nevents: {review: {of: cohort}}\nvisits: [{id: infusion, at: given}]")
    found = Problems()
    reader = FactsReader([asks], read_sites(SITES, "sites.yaml", found), found)
    people = reader.participants(csv_table(b"participant,site,cohort\nP1,S1,c1\n", "participants.csv"))
    rows = f"c1,review,{day},actual,\nP1,cohort,2026-03-05,,c2\n"  # in the first cohort until 5 March
    people = reader.events(csv_table((EVENTS + rows).encode(), "events.csv"), people)
    found.raise_if_any()
    assert "review" in people["P1"].recorded
