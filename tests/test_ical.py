"""Calendars: what is written is what another library reads; discreet; the same bytes for the same input."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import icalendar
import pytest
from conftest import EXAMPLE, Scheduling, booked, protocol_of
from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendars.issue import sequence, to_ics
from scheduler.calendars.lines import escape, fold
from scheduler.calendars.writer import to_icalendar
from scheduler.facts.records import Appointments, Outcome, Participant, Recorded, Site, Status, VisitRecord
from scheduler.protocol.records import ANY_LANGUAGE, Text
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule
from scheduler.study.folder import load_study
from scheduler.views.calendar import participant_calendar
from scheduler.views.sheet import sheet

KEY = UUID("9d0ce5b8-2b52-4a44-8a24-16d6fd16a4e8")
ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SITE = Site(
    id="NY",
    name=Text({ANY_LANGUAGE: "Hospital"}),
    zone=ZoneInfo("America/New_York"),
    language="en",
    day_telephone="555-0100",
    appointments=Appointments(place=Text({ANY_LANGUAGE: "12 Main Street"})),
)


def read(schedule: Schedule, issued_at: datetime = ISSUED) -> list[icalendar.Event]:
    return to_icalendar(to_ics(schedule, namespace=KEY, issued_at=issued_at)).events


def test_a_visit_nobody_booked_is_to_be_arranged_between_its_first_and_last_day(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    """
    events = read(schedule(actual={"infusion": "2026-08-31"}))
    assert [str(event["SUMMARY"]) for event in events] == [
        "Appointment",
        "Appointment to be arranged, 25 Sep – 1 Oct",
    ]
    day_28 = events[1]
    assert (day_28.decoded("DTSTART"), day_28.decoded("DTEND")) == (date(2026, 9, 28), date(2026, 9, 29))
    assert (str(day_28["STATUS"]), str(day_28["TRANSP"]), str(day_28["CLASS"])) == ("TENTATIVE", "TRANSPARENT", "PRIVATE")
    assert str(day_28["DESCRIPTION"]) == (
        "This is not a fixed appointment yet. The day will be arranged with you.\n"
        "It can be on any day the clinic is open, from Fri 25 September 2026 to Thu 1 October 2026."
    )


def test_a_booked_visit_is_an_appointment_on_its_day(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
      - {id: call, at: Day 35, mode: telephone}
    """
    made = schedule(actual={"infusion": "2026-08-31"}, visits={"D28": booked("2026-09-29T10:30"), "call": booked("2026-10-05")})
    events = read(made)
    assert [(str(event["SUMMARY"]), str(event["STATUS"])) for event in events[1:]] == [
        ("Appointment 10:30", "CONFIRMED"),
        ("Telephone call", "CONFIRMED"),
    ]
    assert events[1].decoded("DTSTART") == date(2026, 9, 29)


def test_a_stay_is_one_event_over_all_its_days(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    periods:
      - {id: hospital, kind: stay, from: infusion, to: at least infusion + 7 days}
      - {id: near, kind: restriction, from: infusion, to: Day 28}
    """
    events = read(schedule(actual={"infusion": "2028-02-28"}))
    assert len(events) == 2  # a restriction is on the sheet, not in the calendar
    stay = events[1]
    assert (stay.decoded("DTSTART"), stay.decoded("DTEND")) == (date(2028, 2, 28), date(2028, 3, 7))  # 28 February to 6 March
    assert (str(stay["SUMMARY"]), str(stay["TRANSP"])) == ("Hospital stay", "OPAQUE")
    assert "At least until Mon 6 March 2028" in str(stay["DESCRIPTION"])


def shown(schedule: Schedule, today: date, site: Site | None = None) -> list[tuple[str, str, str, bool]]:
    """Each event: its title, its status, its text, and whether its time is taken."""
    view = participant_calendar(schedule, site, str, today)
    return [(event.summary, event.status.value, event.description, event.busy) for event in view.events]


def test_a_stay_under_way_is_certain_and_only_its_end_is_not(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    periods:
      - {id: hospital, kind: stay, from: infusion, to: infusion + 7 days}
    """
    assert shown(schedule(infusion="2026-08-31"), date(2026, 8, 20))[1] == (
        "Hospital stay (planned)",
        "TENTATIVE",
        "This day may still change.",
        False,
    )
    made = schedule(actual={"infusion": "2026-08-31", "hospital.start": "2026-08-31"}, **{"hospital.end": "2026-09-10"})
    text = "Planned until Thu 10 September 2026; that day may still change."
    assert shown(made, date(2026, 9, 10))[1] == ("Hospital stay", "CONFIRMED", text, True)
    assert shown(made, date(2026, 9, 11))[1] == ("Hospital stay", "CONFIRMED", "", True)
    [stay] = sheet(made, None, datetime(2026, 9, 1, tzinfo=UTC)).stays
    assert (stay.days, stay.texts) == (
        "Mon 31 August 2026 to Thu 10 September 2026",
        ("The last day is only planned and may still change.",),
    )


def test_a_stay_is_where_the_site_is(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    periods:
      - {id: hospital, kind: stay, from: infusion, to: infusion + 7 days}
    """
    made = schedule(infusion="2026-08-31")
    infusion, stay = participant_calendar(made, SITE, str, date(2026, 8, 1)).events
    assert (infusion.location, stay.location) == ("", "12 Main Street")


def test_a_day_without_a_window_is_planned_and_not_to_be_arranged(schedule: Scheduling) -> None:
    """
    visits:
      - {id: LD, at: Day -3, window: none, mode: ward}
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: exact}
      - {id: call, at: Day 28, window: ±1 day, mode: telephone}
    """
    made = schedule(infusion="2026-08-31")
    assert [(row.days, row.allowed) for row in sheet(made, None, ISSUED).rows][:1] == [(("Fri 28 August 2026", "(planned)"), ())]
    not_fixed = "This is not a fixed appointment yet. The day will be arranged with you."
    assert [each[::2] for each in shown(made, date(2026, 8, 1))] == [
        ("Appointment (planned)", "This day may still change."),
        ("Appointment (planned)", "This day may still change."),
        ("Appointment to be arranged", f"{not_fixed}\nIt has to be on Mon 14 September 2026."),
        (
            "Telephone call to be arranged, 27 Sep – 29 Sep",
            f"{not_fixed}\nIt can be from Sun 27 September 2026 to Tue 29 September 2026.",
        ),
    ]


def test_what_nobody_arranged_and_has_passed_is_said_to_have_passed(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    """
    made = schedule(infusion="2026-08-31")
    assert shown(made, date(2026, 10, 1), SITE) == [
        ("Appointment (planned)", "TENTATIVE", "Questions: 555-0100", False),
        (
            "Appointment to be arranged, 25 Sep – 1 Oct",
            "TENTATIVE",
            "This is not a fixed appointment yet. The day will be arranged with you.\n"
            "It can be on any day the clinic is open, from Fri 25 September 2026 to Thu 1 October 2026.\n"
            "Questions, or you cannot come: 555-0100",
            False,
        ),
    ]
    assert shown(made, date(2026, 10, 2), SITE)[1][2] == (
        "The days for it have passed. Please ring to arrange it.\nQuestions: 555-0100"
    )


def test_a_planned_infusion_is_said_to_be_planned_and_a_possible_visit_to_be_possible(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    visits:
      - {id: LD, at: Day -3, when: ld}
      - {id: infusion, at: given}
    """
    events = read(schedule(infusion="2026-08-31"))
    assert [str(event["SUMMARY"]) for event in events] == [
        "Appointment (only if needed)",
        "Appointment (planned)",
    ]


def test_a_cancelled_visit_stays_as_cancelled(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
    """
    on = date(2026, 9, 28)
    for record, expected in {
        VisitRecord(booked=on, outcome=Outcome.CANCELLED): ("Cancelled: Appointment", "Questions: 555-0100"),
        VisitRecord(outcome=Outcome.CANCELLED): ("No longer planned: Appointment", ""),  # nobody had booked it
        VisitRecord(booked=on, outcome=Outcome.MISSED): ("Did not take place: Appointment", "Questions: 555-0100"),
    }.items():
        event = shown(schedule(infusion="2026-08-31", visits={"D28": record}), date(2026, 9, 1), SITE)[1]
        assert event == (expected[0], "CANCELLED", expected[1], False)


def test_what_has_no_date_or_does_not_apply_is_not_there(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    events: {relapse: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: LD, at: Day -3, when: ld}
      - {id: scan, at: relapse + 1 week}
    """
    assert read(schedule(answers={"ld": False})) == []


def test_identifiers_last_and_cannot_be_guessed(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
    """
    before, moved = read(schedule(infusion="2026-08-31")), read(schedule(infusion="2026-09-07"), ISSUED + timedelta(1))
    assert [str(event["UID"]) for event in before] == [str(event["UID"]) for event in moved]
    assert str(before[1]["UID"]) == str(uuid5(KEY, "participant P visit D28"))
    assert int(str(moved[1]["SEQUENCE"])) > int(str(before[1]["SEQUENCE"]))
    assert moved[1].decoded("LAST-MODIFIED") == moved[1].decoded("DTSTAMP") == ISSUED + timedelta(1)


def test_sequence_rises_with_every_issue_and_fits() -> None:
    assert sequence(datetime(2020, 1, 1, 0, 5, tzinfo=UTC), None) == 5
    assert sequence(datetime(2100, 1, 1, tzinfo=UTC), None) < 2**31
    assert sequence(datetime(1999, 1, 1, tzinfo=UTC), None) == 0
    assert sequence(datetime(2020, 1, 1, 0, 5, tzinfo=UTC), 4) == 5
    assert sequence(datetime(2020, 1, 1, 0, 5, tzinfo=UTC), 5) == 6  # two changes in a minute
    assert sequence(datetime(2020, 1, 1, 0, 5, tzinfo=UTC), 900) == 901


def test_the_calendar_has_no_method_and_knows_itself_again() -> None:
    schedule = expand(
        protocol_of("visits:\n  - {id: infusion, at: given}"), Participant.planned("P", {"infusion": date(2026, 3, 2)})
    )
    data = to_ics(schedule, namespace=KEY, issued_at=ISSUED)
    calendar = to_icalendar(data)
    assert "METHOD" not in calendar
    assert str(calendar["UID"]) == str(calendar["X-WR-RELCALID"])
    assert data.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert data == to_ics(schedule, namespace=KEY, issued_at=ISSUED)


@given(st.text(max_size=200))
def test_what_was_put_in_is_what_another_library_reads(text: str) -> None:
    """Control characters are left out; a literal backslash before an N is read as a line break by that library, so not here."""
    text = re.sub(r"\\[nN]", "", text)
    lines = [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:x", b"BEGIN:VEVENT", b"UID:x", b"DTSTAMP:20260101T000000Z"]
    data = b"\r\n".join([*lines, b""]) + fold(f"SUMMARY:{escape(text)}") + b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    [event] = to_icalendar(data).events
    expected = re.sub(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]",
        "",
        text.replace("\r\n", "\n").replace("\r", "\n"),
    )
    assert str(event["SUMMARY"]) == expected
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    for line in data.split(b"\r\n"):
        line.decode()  # no fold inside a character


FORBIDDEN = re.compile(
    r"UDCAR|NCT0|CAR-?T|UCAR|lupus|狼疮|SLE|study|研究|trial|protocol|方案|Day \d|第\d+天|Month \d|个月|infusion|回输|细胞|YC-|CD-|"
    r"lymphodepletion|清淋|预处理|化疗|fludarabine|screening|筛选|LD\d|M\d|D14|D28|Yancheng|盐城|Chengdu|成都",
    re.IGNORECASE,
)


@pytest.mark.parametrize("code", [line.split(",")[0] for line in (EXAMPLE / "participants.csv").read_text().splitlines()[1:]])
def test_a_participants_calendar_gives_nothing_away(code: str) -> None:
    study = load_study(EXAMPLE)
    participant = study.participants[code]
    data = to_ics(
        study.schedule(participant), namespace=study.key(), issued_at=ISSUED, site=study.sites[participant.site]
    ).decode()
    unfolded = data.replace("\r\n ", "")
    spoken = "\n".join(line for line in unfolded.split("\r\n") if not line.startswith(("UID:", "X-WR-RELCALID:", "PRODID:")))
    assert FORBIDDEN.findall(re.sub(r"\d+年\d+月\d+日", "", spoken)) == []


def test_the_calendar_speaks_the_participants_language() -> None:
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}\n  - {id: D28, at: Day 28, window: ±3 days}")
    participant = Participant(id="P", language="zh-Hans-CN", recorded={"infusion": (Recorded(date(2026, 8, 31), Status.ACTUAL),)})
    view = participant_calendar(expand(protocol, participant), None, str, date(2026, 9, 1))
    assert [event.summary for event in view.events] == ["就诊预约", "就诊时间待定（9月25日至10月1日）"]
