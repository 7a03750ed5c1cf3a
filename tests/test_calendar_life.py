"""The life of a calendar: what changed rises, what vanished is cancelled, and the rest keeps every byte."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendars.issue import KEPT, IssuedEvent, issue, sequence
from scheduler.calendars.writer import to_icalendar
from scheduler.views.calendar import CalendarView, in_order_of_days
from scheduler.views.event import Event, Off, Status

FIRST = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
OFF = Off("Cancelled: Appointment", "Ring 120")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def event(uid: str, day: date, summary: str = "Appointment", **more: object) -> Event:
    made = Event(uid=uid, start=day, end=day + timedelta(1), off=OFF, summary=summary, status=Status.CONFIRMED, busy=False)
    return replace(made, **more)  # type: ignore[arg-type]


def view(*events: Event) -> CalendarView:
    return CalendarView("calendar-uid", "Appointments", in_order_of_days(events))


def blocks(data: bytes) -> dict[str, bytes]:
    """The bytes of each event of a file, by UID."""
    found = re.findall(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", data, re.DOTALL)
    return {re.search(rb"\r\nUID:(.*?)\r\n", block)[1].decode(): block for block in found}  # type: ignore[index]


A, B = event("a", date(2026, 3, 16)), event("b", date(2026, 3, 30))


def test_the_same_events_issued_later_are_the_same_bytes() -> None:
    first = issue(view(A, B), {}, FIRST, TODAY)
    later = issue(view(A, B), first.events, FIRST + timedelta(days=9), TODAY + timedelta(9))
    assert later.data == first.data
    assert later.events == first.events


def test_an_event_that_moved_rises_and_the_other_keeps_every_byte() -> None:
    first = issue(view(A, B), {}, FIRST, TODAY)
    moved = issue(view(replace(A, start=date(2026, 3, 17), end=date(2026, 3, 18)), B), first.events, FIRST + timedelta(1), TODAY)
    assert blocks(moved.data)["b"] == blocks(first.data)["b"]
    [a] = [each for each in to_icalendar(moved.data).events if str(each["UID"]) == "a"]
    assert a.decoded("DTSTART") == date(2026, 3, 17)
    assert int(str(a["SEQUENCE"])) == (2_252 * 24 + 8) * 60  # the minutes from 2020-01-01 to 2026-03-02 08:00
    assert a.decoded("DTSTAMP") == a.decoded("LAST-MODIFIED") == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_second_change_within_a_minute_rises_too() -> None:
    first = issue(view(A), {}, FIRST, TODAY)
    second = issue(view(replace(A, summary="B")), first.events, FIRST + timedelta(seconds=5), TODAY)
    assert second.events["a"].sequence == first.events["a"].sequence + 1


def test_it_never_falls_though_all_earlier_output_is_lost() -> None:
    first = issue(view(A), {}, FIRST, TODAY)
    second = issue(view(replace(A, summary="B")), first.events, FIRST + timedelta(minutes=1), TODAY)
    anew = issue(view(A), {}, FIRST + timedelta(minutes=2), TODAY)
    assert first.events["a"].sequence < second.events["a"].sequence < anew.events["a"].sequence
    assert sequence(datetime(1999, 1, 1, tzinfo=UTC), None) == 0
    assert sequence(datetime(2999, 1, 1, tzinfo=UTC), None) < 2**31


def test_what_vanished_is_cancelled_until_60_days_after_its_day() -> None:
    first = issue(view(A, B), {}, FIRST, TODAY)
    gone = issue(view(B), first.events, FIRST + timedelta(1), TODAY)
    [a] = [each for each in to_icalendar(gone.data).events if str(each["UID"]) == "a"]
    assert (str(a["SUMMARY"]), str(a["STATUS"]), str(a["TRANSP"])) == ("Cancelled: Appointment", "CANCELLED", "TRANSPARENT")
    assert (a.decoded("DTSTART"), str(a["DESCRIPTION"])) == (date(2026, 3, 16), "Ring 120")
    assert int(str(a["SEQUENCE"])) > first.events["a"].sequence
    assert blocks(gone.data)["b"] == blocks(first.data)["b"]

    last_day = issue(view(B), gone.events, FIRST + timedelta(70), date(2026, 5, 15))  # 60 days after 16 March
    assert last_day.data == gone.data
    after = issue(view(B), last_day.events, FIRST + timedelta(71), date(2026, 5, 16))
    assert list(blocks(after.data)) == ["b"]
    assert list(after.events) == ["b"]


def test_a_visit_that_is_cancelled_on_record_stays_as_long() -> None:
    off = replace(A, status=Status.CANCELLED, summary="Cancelled: Appointment")
    assert list(blocks(issue(view(off), {}, FIRST, date(2026, 5, 15)).data)) == ["a"]
    assert list(blocks(issue(view(off), {}, FIRST, date(2026, 5, 16)).data)) == []


def test_a_cancelled_stay_is_kept_by_its_last_day() -> None:
    stay = event("stay", date(2026, 3, 2), status=Status.CANCELLED, end=date(2026, 3, 10))  # 2 to 9 March
    assert list(blocks(issue(view(stay), {}, FIRST, date(2026, 5, 8)).data)) == ["stay"]
    assert list(blocks(issue(view(stay), {}, FIRST, date(2026, 5, 9)).data)) == []


def test_what_vanished_and_comes_back_is_no_longer_cancelled() -> None:
    first = issue(view(A), {}, FIRST, TODAY)
    gone = issue(view(), first.events, FIRST + timedelta(1), TODAY)
    back = issue(view(A), gone.events, FIRST + timedelta(2), TODAY)
    [a] = to_icalendar(back.data).events
    assert str(a["STATUS"]) == "CONFIRMED"
    assert first.events["a"].sequence < gone.events["a"].sequence < back.events["a"].sequence


def test_an_event_with_a_clock_time_that_vanished_keeps_its_time() -> None:
    timed = event("a", date(2026, 3, 16))
    start = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
    timed = replace(timed, start=start, end=start + timedelta(hours=1))
    gone = issue(view(), issue(view(timed), {}, FIRST, TODAY).events, FIRST + timedelta(1), TODAY)
    [a] = to_icalendar(gone.data).events
    assert a.decoded("DTSTART").isoformat() == "2026-03-16T09:30:00+08:00"
    assert str(a["STATUS"]) == "CANCELLED"


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
EVENTS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(
        lambda day, summary, off: event("?", day, summary, status=Status.CANCELLED if off else Status.CONFIRMED),
        DAYS,
        st.sampled_from(["Appointment", "Telephone call", "预约"]),
        st.booleans(),
    ),
    max_size=6,
)
ISSUES = st.lists(st.tuples(EVENTS, st.integers(0, 40)), min_size=1, max_size=8)


@given(ISSUES)
def test_over_many_issues(issues: list[tuple[dict[str, Event], int]]) -> None:
    """Whatever comes, goes and comes back: what did not change keeps its bytes, what did rises, and nothing is dropped in silence."""
    events: dict[str, IssuedEvent] = {}
    old: dict[str, bytes] = {}
    highest: dict[str, int] = {}
    day = 0
    for wanted, days in issues:
        day += days
        at, today = FIRST + timedelta(day), TODAY + timedelta(day)
        shown = view(*(replace(each, uid=uid) for uid, each in wanted.items()))
        made = issue(shown, events, at, today)
        new = blocks(made.data)
        assert issue(shown, made.events, at + timedelta(hours=1), today).data == made.data
        for uid, block in new.items():
            number = made.events[uid].sequence
            if uid in old and block != old[uid]:
                assert number > highest[uid]
            highest[uid] = max(number, highest.get(uid, 0))
        for uid in {*old, *wanted} - set(new):  # left out only when it is off, and long ago
            last = wanted[uid].start if uid in wanted else events[uid].start
            assert last + KEPT < today
            assert uid not in wanted or wanted[uid].status is Status.CANCELLED
        for uid in set(new) - set(wanted):
            assert b"STATUS:CANCELLED" in new[uid]
        events, old = dict(made.events), new


# -- a series without an end

SERIES = """\
study: {id: X7, title: T, anchor: infusion, day_numbering: day 0, month: calendar}
facts: {arm: {answer: [A, B], blinded: yes}}
events: {progression: {may not happen: yes}}
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: S, ids: "S<n>", at: Day 28 then every 28 days until progression, window: ±2 days, mode: clinic}
  - {id: A, ids: "A<n>", at: Day 30 then every 28 days, window: ±2 days, mode: clinic, when: arm is A}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    run("init", tmp_path / "study")
    (tmp_path / "study" / "protocol.yaml").write_text(SERIES)
    (tmp_path / "study" / "sites.yaml").write_text("NY: {name: Hospital, time_zone: America/New_York, language: en}\n")
    return tmp_path / "study"


def built(
    study: Path, day: int, infusion: str, visits: str = "", events: str = "", *more: str, out: str = "out"
) -> dict[str, dict[str, str]]:
    """What is cancelled and what is not in each calendar: the day of an event, by its title."""
    head = "participant,site,arm,infusion,infusion_status\n"
    (study / "participants.csv").write_text(head + f"P-1,NY,A,{infusion},actual\n")
    (study / "visits.csv").write_text("participant,visit,booked,time,actual,status,note\n" + visits)
    (study / "events.csv").write_text("subject,name,date,status,value,note\n" + events)
    issued = ("--issued-at", f"2026-03-{day:02}T12:00", "--today", f"2026-03-{day:02}")
    run("build", study, "--out", study / out, *issued, *more)
    found = {}
    for file in (study / out).rglob("*.ics"):
        name = "own" if file.parent.name == "P-1" else file.stem
        events_of = to_icalendar(file.read_bytes()).events
        found[name] = {str(event["UID"]): f"{event.decoded('DTSTART')} {event['STATUS']}" for event in events_of}
    return found


def cancelled(issued: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """The days of what is cancelled, by calendar; of calendars without any, nothing."""
    off = {name: sorted(day[:10] for day in days.values() if "CANCELLED" in day) for name, days in issued.items()}
    return {name: days for name, days in off.items() if days}


def test_what_was_issued_of_a_series_stays_when_the_day_goes_that_carried_it_so_far(study: Path) -> None:
    """A booking on 26 May 2026 carries the series to 26 May 2027; without it, it came to 2 March 2027."""
    first = built(study, 3, "2026-03-02", "P-1,S3,2026-05-26,,,,\n")
    assert max(first["own"].values()) == "2027-05-26 TENTATIVE"  # A16: Day 30 and 15 x 28 days
    second = built(study, 4, "2026-03-02")
    assert cancelled(second) == {}
    assert second["own"].keys() == first["own"].keys()
    assert second["site"].keys() == first["site"].keys()
    sheet = (study / "out" / "participants" / "P-1" / "visit-sheet.html").read_text()
    assert "not planned any more" not in sheet
    third = built(study, 5, "2026-03-02")
    assert third == second


def test_a_horizon_that_was_asked_for_once_is_kept(study: Path) -> None:
    first = built(study, 3, "2026-03-02", "", "", "--horizon", "2028-03-01")
    assert built(study, 4, "2026-03-02") == first


def test_a_series_that_has_come_to_its_end_is_cancelled_after_it(study: Path) -> None:
    built(study, 3, "2026-03-02", "P-1,S3,2026-05-26,,,,\n")
    off = cancelled(built(study, 4, "2026-03-02", "", "P-1,progression,2027-03-01,actual,,\n"))
    assert off["site-blinded"] == ["2027-03-29", "2027-04-26", "2027-05-24"]  # S14 to S16, from Day 392 on


def test_a_year_mistyped_and_mended_leaves_no_row_of_visits_for_decades(study: Path) -> None:
    """A booking for 2036 in place of 2026, and the infusion of 2036, too."""
    built(study, 3, "2036-03-02", "P-1,S3,2036-05-26,,,,\n")
    mended = built(study, 4, "2026-03-02")
    assert cancelled(mended) == {}
    assert max(mended["site-blinded"].values()) == "2027-05-24 TENTATIVE"  # S16, as many as there were
    assert max(mended["own"].values()) == "2027-05-26 TENTATIVE"


def test_how_far_an_arm_was_issued_is_not_seen_in_the_blinded_calendar(study: Path) -> None:
    plain = built(study, 3, "2026-03-02", out="plain")
    built(study, 3, "2026-03-02", "P-1,A3,2026-09-26,,,,\n")
    assert built(study, 4, "2026-03-02")["site-blinded"] == plain["site-blinded"]
