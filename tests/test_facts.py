"""Sites and tables of facts: what is read, and what is refused with its row and column."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from conftest import protocol_of

from scheduler.facts.reader import FactsReader
from scheduler.facts.records import Outcome, Participant, Recorded, Site, Status
from scheduler.facts.sites import read_sites
from scheduler.reading.problems import Problems, ProblemsError
from scheduler.reading.table import csv_table

SITES = b"north: {name: North, time_zone: Asia/Shanghai, language: zh, telephone: {day: 010-1}}\n"

PROTOCOL = """
facts: {ld: yes or no, arm: [A, B], age: number, born: date}
events: {enrolment: {}}
visits:
  - {id: infusion, at: given}
  - {id: D28, at: Day 28}
"""


def sites() -> dict[str, Site]:
    return read_sites(SITES, "sites.yaml", Problems())


def participants(text: str, visits: str = "", events: str = "") -> dict[str, Participant]:
    found = Problems()
    reader = FactsReader([protocol_of(PROTOCOL)], sites(), found)
    people = reader.participants(csv_table(text.encode(), "participants.csv"))
    if events:
        people = reader.events(csv_table(events.encode(), "events.csv"), people)
    if visits:
        people = reader.visits(csv_table(visits.encode(), "visits.csv"), people)
    found.raise_if_any()
    return people


def problems(text: str, visits: str = "", events: str = "") -> list[str]:
    with pytest.raises(ProblemsError) as error:
        participants(text, visits, events)
    return [str(problem) for problem in error.value.problems]


ROW = "participant,site,infusion,infusion_status\nP1,north,2026-03-02,actual\n"


ONE = "one number with its unit was wanted, minutes or hours, at most a day, as in 90 minutes or 2 hours"


@pytest.mark.parametrize(
    ("lasts", "message"),
    [
        ("{clinic: 2}", f'lasts.clinic: "2": {ONE}'),
        ("{clinic: 2小时}", f'lasts.clinic: "2小时": {ONE}'),
        ("{clinic: 1 hour 30 minutes}", f'lasts.clinic: "1 hour 30 minutes": {ONE}'),
        ("{clinic: 2 days}", f'lasts.clinic: "2 days": {ONE}'),
        ("{clinic: 0 minutes}", f'lasts.clinic: "0 minutes": {ONE}'),
        (
            "2 hours",
            'lasts: "2 hours" stands here; how long each kind of visit takes was wanted, as in {clinic: 2 hours, telephone: 15 minutes}',
        ),
    ],
)
def test_how_long_an_appointment_lasts_is_asked_for_as_it_is_written(lasts: str, message: str) -> None:
    text = SITES.decode().rstrip("\n}") + f"}}, appointments: {{lasts: {lasts}}}}}\n"
    read_sites(text.encode(), "sites.yaml", found := Problems())
    with pytest.raises(ProblemsError) as error:
        found.raise_if_any()
    [problem] = error.value.problems
    assert str(problem).partition("appointments.")[2] == message


def test_a_participant_with_everything() -> None:
    people = participants(
        "participant,site,language,ld,arm,age,born,enrolment,infusion,infusion_status\n"
        "P1,north,en,yes,B,63,1963-01-05,2026-02-16,2026-03-02T09:30,actual\n"
        "P2,north,,?,,,,never,,\n"
    )
    shanghai = ZoneInfo("Asia/Shanghai")
    first, second = people["P1"], people["P2"]
    assert (first.language, first.answers["ld"], first.answers["arm"]) == ("en", True, "B")
    assert first.answers["born"] == date(1963, 1, 5)
    assert first.recorded["enrolment"] == (Recorded(date(2026, 2, 16), Status.PLANNED),)  # nothing says that it has come
    assert first.recorded["infusion"] == (Recorded(datetime(2026, 3, 2, 9, 30, tzinfo=shanghai), Status.ACTUAL),)
    assert (second.language, dict(second.answers)) == ("zh", {})  # the site's language
    assert second.recorded == {"enrolment": (Recorded(None, Status.NEVER),)}


def test_the_weekdays_somebody_likes_best() -> None:
    people = participants("participant,site,prefers\nP1,north,Tue Thu\nP2,north,\n")
    assert [people[code].prefers for code in ("P1", "P2")] == [frozenset((1, 3)), frozenset()]
    assert problems("participant,site,prefers\nP1,north,Tuesday\n")[0].startswith(
        "participants.csv:2: prefers: weekdays were wanted, as in Tue Thu or Mon-Fri"
    )


def test_a_spreadsheets_byte_order_mark_and_empty_lines_are_no_problem() -> None:
    assert list(participants("\ufeffparticipant,site\r\nP1,north\r\n\r\n,\r\n")) == ["P1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "participants.csv:1: there is no header; it holds participant, site"),
        ("participant,sitee\nP1,north\n", 'participants.csv:1: sitee: "sitee" is no column of this file; did you mean "site"?'),
        ("participant\nP1\n", 'participants.csv:1: the column "site" is missing'),
        ("participant,site,site\nP1,north,north\n", "is a column twice"),
        ("participant,site\nP1,south\n", 'participants.csv:2: site: there is no site "south" in sites.yaml'),
        ("participant,site\nP1,north\np1,north\n", 'participants.csv:3: participant: "p1" stands in line 2 already'),
        ("participant,site\n../x,north\n", "a code was wanted that can name a folder"),
        ("participant,site\ncon,north\n", "a code was wanted that can name a folder"),
        ("participant,site\nP1,north,x\n", "participants.csv:2: 3 cells stand in this row, and the header has 2"),
        ("participant,site,ld\nP1,north,maybe\n", 'participants.csv:2: ld: "maybe": yes or no was wanted'),
        ("participant,site,arm\nP1,north,C\n", '"C" is none of the values A, B'),
        ("participant,site,age\nP1,north,old\n", '"old": a number was wanted'),
        ("participant,site,infusion\nP1,north,02/03/2026\n", '"02/03/2026": could be 2 March or 3 February 2026'),
        ("participant,site,infusion\nP1,north,2026-02-30\n", '"2026-02-30" is not in the calendar'),
        ("participant,site,infusion\nP1,north,0026-03-02\n", "the year is not between 1900 and 2199"),
        ("participant,site,infusion\nP1,north,2026-03-02T25:00\n", "is no time of a day"),
        ("participant,site,infusion_status\nP1,north,actual\n", '"actual" is said of a date that is not there'),
        ("participant,site,infusion,infusion_status\nP1,north,2026-03-02,done\n", '"done": planned or actual was wanted'),
        ("participant,site,language\nP1,north,English\n", '"English": a language code was wanted'),
        ('participant,site\n"P1,north\n', "this is not CSV"),
    ],
)
def test_what_is_refused_in_participants(text: str, message: str) -> None:
    assert any(message in problem for problem in problems(text)), problems(text)


def test_visits_are_booked_done_missed_and_cancelled() -> None:
    people = participants(ROW, visits="participant,visit,booked,time,actual,status,note\nP1,D28,2026-03-30,9:30,,,by telephone\n")
    record = people["P1"].visits["D28"]
    assert record.booked == datetime(2026, 3, 30, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (record.outcome, record.note) == (Outcome.BOOKED, "by telephone")
    people = participants(ROW, visits="participant,visit,booked,actual,status\nP1,D28,,2026-03-31,\n")
    assert people["P1"].visits["D28"].outcome is Outcome.DONE
    people = participants(ROW, visits="participant,visit,booked,actual,status\nP1,D28,,,cancelled\n")
    assert people["P1"].visits["D28"].outcome is Outcome.CANCELLED


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("P9,D28,,,,,", 'visits.csv:2: participant: there is no participant "P9"'),
        ("P1,D82,,,,,", 'visits.csv:2: visit: there is no visit "D82"; did you mean "D28"?'),
        ("P1,D28,,9:30,,,", "a time without a booked day"),
        ("P1,D28,2026-03-30,25:00,,,", "a time is written hours:minutes"),
        ("P1,D28,,,,done,", "done, but the actual day is missing"),
        ("P1,D28,,,,booked,", "booked, but the booked day is missing"),
        ("P1,D28,,,2026-03-30,missed,", "missed, yet it has an actual day"),
        ("P1,D28,2026-03-30,,2026-03-30,booked,", "booked, yet it has an actual day"),
        ("P1,D28,,,,finished,", '"finished": one of these was wanted: booked, done, missed, cancelled, skipped'),
        ("P1,D28,,,,,\nP1,D28,,,,,", "visits.csv:3: D28 of P1 has a row already"),
        ("P1,infusion,,,2026-03-03,,", "the participant's row says that infusion was on 2026-03-02"),
    ],
)
def test_what_is_refused_in_visits(rows: str, message: str) -> None:
    found = problems(ROW, visits=f"participant,visit,booked,time,actual,status,note\n{rows}\n")
    assert any(message in problem for problem in found), found


def test_events_join_the_participants_own_dates() -> None:
    people = participants(ROW, events="subject,name,date,status\nP1,enrolment,2026-02-16,actual\n")
    assert people["P1"].recorded["enrolment"] == (Recorded(date(2026, 2, 16), Status.ACTUAL),)


def test_an_event_that_has_come_replaces_the_day_it_was_planned_for() -> None:
    text = "participant,site,enrolment,enrolment_status\nP1,north,2026-02-16,planned\n"
    people = participants(text, events="subject,name,date,status\nP1,enrolment,2026-02-18,actual\n")
    assert people["P1"].recorded["enrolment"] == (Recorded(date(2026, 2, 18), Status.ACTUAL),)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("P9,enrolment,2026-02-16,", 'there is no participant "P9"'),
        ("P1,enrollment,2026-02-16,", 'there is no event or fact "enrollment"; did you mean "enrolment"?'),
        ("P1,infusion,2026-03-09,actual", '"infusion" of P1 is recorded with another date already'),
        ("P1,ld,2026-03-09,", "the answer is missing"),
    ],
)
def test_what_is_refused_in_events(rows: str, message: str) -> None:
    found = problems(ROW, events=f"subject,name,date,status\n{rows}\n")
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"north: {name: N, time_zone: Asia/Shanghay, language: zh}", "no such time zone"),
        (b"north: {name: N, time_zone: ../etc/passwd, language: zh}", "no such time zone"),
        (b"no/rth: {name: N, time_zone: Asia/Shanghai, language: zh}", "a code was wanted that can name a folder"),
        (b"north: {name: N, language: zh}", '"time_zone" is required'),
        (b"north: {name: N, time_zone: Asia/Shanghai, language: zh, paper: A5}", "A4, Letter"),
    ],
)
def test_what_is_refused_in_sites(text: bytes, message: str) -> None:
    found = Problems()
    read_sites(text, "sites.yaml", found)
    with pytest.raises(ProblemsError, match=message):
        found.raise_if_any()
