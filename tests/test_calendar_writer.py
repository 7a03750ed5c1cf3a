"""The writer of calendars: what is put in is what other libraries read; every line is one; nothing invalid is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from scheduler.calendars.lines import escape, fold
from scheduler.calendars.writer import Stamped, body, to_icalendar, write
from scheduler.views.event import Event, Status

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

VISIT = Event(
    uid="4ab1",
    start=datetime(2026, 4, 1, 9, 0, tzinfo=NEW_YORK),
    end=datetime(2026, 4, 1, 10, 0, tzinfo=NEW_YORK),
    summary="Appointment",
    description="No food from midnight; water is allowed.\nTelephone: +1 212 555 0100, any time",
    location="Room 4, ground floor",
    categories=("Visit",),
    status=Status.CONFIRMED,
    busy=True,
    alarm=True,
)
STAY = Event(
    uid="77c0",
    start=date(2028, 2, 28),
    end=date(2028, 3, 7),
    summary="Hospital stay",
    status=Status.CONFIRMED,
    busy=True,
    alarm=True,
)
WINDOW = Event(
    uid="90fe",
    start=date(2026, 9, 25),
    end=date(2026, 10, 2),
    summary="To be arranged",
    status=Status.TENTATIVE,
    busy=False,
    related="4ab1",
)
CHINESE_VISIT = replace(
    VISIT,
    start=datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI),
    end=datetime(2026, 4, 1, 10, 0, tzinfo=SHANGHAI),
    summary="预约",
    description="午夜后请勿进食；可以饮水。请携带身份证、医保卡以及既往的检查结果，提前十五分钟到达门诊大厅。\n电话：021-5555 0100",
    location="门诊楼 4 层",
)
CHINESE_STAY = replace(STAY, summary="住院")


def issue(*events: Event, changed: datetime = ISSUED, sequence: int = 0) -> bytes:
    return write("Appointments", "c0ff", [Stamped(event, changed, sequence) for event in events])


def unfolded(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def test_a_whole_calendar() -> None:
    """One event with everything, one of whole days; the clock of New York changes on 8 March and 1 November 2026."""
    assert issue(VISIT, WINDOW, sequence=3).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//visit schedule//1//EN",
        "CALSCALE:GREGORIAN",
        "UID:c0ff",
        "X-WR-RELCALID:c0ff",
        "NAME:Appointments",
        "X-WR-CALNAME:Appointments",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "BEGIN:VTIMEZONE",
        "TZID:America/New_York",
        "BEGIN:DAYLIGHT",
        "DTSTART:20250309T020000",
        "TZOFFSETFROM:-0500",
        "TZOFFSETTO:-0400",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "TZNAME:EDT",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20251102T020000",
        "TZOFFSETFROM:-0400",
        "TZOFFSETTO:-0500",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "TZNAME:EST",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "DTSTAMP:20260301T080000Z",
        "LAST-MODIFIED:20260301T080000Z",
        "SEQUENCE:3",
        "UID:4ab1",
        "DTSTART;TZID=America/New_York:20260401T090000",
        "DTEND;TZID=America/New_York:20260401T100000",
        "SUMMARY:Appointment",
        "DESCRIPTION:No food from midnight\\; water is allowed.\\nTelephone: +1 212 55",
        " 5 0100\\, any time",
        "LOCATION:Room 4\\, ground floor",
        "CATEGORIES:Visit",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "CLASS:PRIVATE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Appointment",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "DTSTAMP:20260301T080000Z",
        "LAST-MODIFIED:20260301T080000Z",
        "SEQUENCE:3",
        "UID:90fe",
        "DTSTART;VALUE=DATE:20260925",
        "DTEND;VALUE=DATE:20261002",
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
        "SUMMARY:To be arranged",
        "RELATED-TO:4ab1",
        "STATUS:TENTATIVE",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


# --- read by others ---


class Seen(NamedTuple):
    """What a reader says of an event; moments in UTC."""

    uid: str
    start: date
    end: date
    summary: str
    description: str
    location: str
    status: str
    sequence: int
    alarms: tuple[timedelta, ...]


def expected(event: Event, sequence: int) -> Seen:
    before = timedelta(days=1) if isinstance(event.start, datetime) else timedelta(hours=15)
    return Seen(
        uid=event.uid,
        start=in_utc(event.start),
        end=in_utc(event.end),
        summary=event.summary,
        description=event.description,
        location=event.location,
        status=event.status.value,
        sequence=sequence,
        alarms=(-before,) if event.alarm and event.status is not Status.CANCELLED else (),
    )


def in_utc(time: date) -> date:
    return time.astimezone(UTC) if isinstance(time, datetime) else time


def read_by_icalendar(data: bytes) -> list[Seen]:
    return [
        Seen(
            uid=str(event["UID"]),
            start=in_utc(event.decoded("DTSTART")),
            end=in_utc(event.decoded("DTEND")),
            summary=str(event["SUMMARY"]),
            description=str(event.get("DESCRIPTION", "")),
            location=str(event.get("LOCATION", "")),
            status=str(event["STATUS"]),
            sequence=int(str(event["SEQUENCE"])),
            alarms=tuple(alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")),
        )
        for event in to_icalendar(data).events
    ]


def read_by_vobject(data: bytes) -> list[Seen]:
    calendar = vobject.readOne(data.decode())
    calendar.validate(raiseException=True)

    def text(event: Any, name: str) -> str:
        return str(event.contents[name][0].value) if name in event.contents else ""

    return [
        Seen(
            uid=text(event, "uid"),
            start=in_utc(event.dtstart.value),
            end=in_utc(event.dtend.value),
            summary=text(event, "summary"),
            description=text(event, "description"),
            location=text(event, "location"),
            status=text(event, "status"),
            sequence=int(text(event, "sequence")),
            alarms=tuple(alarm.trigger.value for alarm in event.contents.get("valarm", ())),
        )
        for event in calendar.vevent_list
    ]


def read_by_ics(data: bytes) -> list[Seen]:
    def sequence(event: ics.Event) -> int:
        [found] = [line.value for line in event.extra if line.name == "SEQUENCE"]
        return int(found)

    events = [
        Seen(
            uid=event.uid,
            start=event.begin.date() if event.all_day else event.begin.to("UTC").datetime,
            end=event.end.date() if event.all_day else event.end.to("UTC").datetime,
            summary=event.name,
            description=event.description or "",
            location=event.location or "",
            status=event.status,
            sequence=sequence(event),
            alarms=tuple(alarm.trigger for alarm in event.alarms),
        )
        for event in ics.Calendar(data.decode()).events  # a set
    ]
    order = [line.removeprefix("UID:") for line in unfolded(data) if line.startswith("UID:")]
    return sorted(events, key=lambda seen: order.index(seen.uid))


def read_by_ical(data: bytes) -> list[Seen]:
    return [
        Seen(
            uid=event.uid,
            start=in_utc(event.start),
            end=in_utc(event.end),
            summary=event.summary or "",
            description=event.description or "",
            location=event.location or "",
            status=str(event.status.value if event.status else ""),
            sequence=event.sequence or 0,
            alarms=tuple(alarm.trigger for alarm in event.alarm if isinstance(alarm.trigger, timedelta)),
        )
        for event in IcsCalendarStream.calendar_from_ics(data.decode()).events
    ]


READERS = {
    "icalendar": read_by_icalendar,
    "vobject": read_by_vobject,
    "ics": read_by_ics,
    "ical": read_by_ical,
}
Reader = Callable[[bytes], list[Seen]]


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("visit", "stay"), [(VISIT, STAY), (CHINESE_VISIT, CHINESE_STAY)], ids=["English, New York", "Chinese, Shanghai"]
)
def test_others_read_what_was_issued_what_moved_and_what_was_cancelled(reader: Reader, visit: Event, stay: Event) -> None:
    assert reader(issue(visit, stay)) == [expected(visit, 0), expected(stay, 0)]

    # to an hour at which the clocks of New York have gone back
    moved = replace(visit, start=visit.start + timedelta(days=230), end=visit.end + timedelta(days=230))
    later = ISSUED + timedelta(days=2)
    issued_again = [Stamped(moved, later, 1), Stamped(stay, ISSUED, 0)]
    assert reader(write("Appointments", "c0ff", issued_again)) == [expected(moved, 1), expected(stay, 0)]

    cancelled = replace(moved, status=Status.CANCELLED, summary=f"Cancelled: {visit.summary}")
    [seen] = reader(issue(cancelled, changed=later, sequence=2))
    assert seen == expected(cancelled, 2)
    assert seen.alarms == ()


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_others_read_both_zones_of_one_calendar(reader: Reader) -> None:
    """9:00 on 1 April is 13:00 UTC in New York, where summer time has begun, and 1:00 UTC in Shanghai."""
    seen = reader(issue(VISIT, replace(CHINESE_VISIT, uid="5bb2")))
    assert [event.start for event in seen] == [datetime(2026, 4, 1, 13, 0, tzinfo=UTC), datetime(2026, 4, 1, 1, 0, tzinfo=UTC)]


def test_the_zones_of_a_calendar_stand_by_name_whatever_the_order_of_its_events() -> None:
    chinese = replace(CHINESE_VISIT, uid="5bb2")
    for events in ((VISIT, chinese), (chinese, VISIT)):
        zones = [line for line in unfolded(issue(*events)) if line.startswith("TZID:")]
        assert zones == ["TZID:America/New_York", "TZID:Asia/Shanghai"]
    assert b"VTIMEZONE" not in issue(STAY)


# --- stamps and status ---


def test_the_stamps_are_what_was_given_in_utc_and_no_part_of_the_body() -> None:
    lines = unfolded(issue(VISIT, changed=datetime(2026, 3, 1, 16, 0, tzinfo=SHANGHAI), sequence=2**31 - 1))
    assert lines[lines.index("BEGIN:VEVENT") + 1 :][:3] == [
        "DTSTAMP:20260301T080000Z",
        "LAST-MODIFIED:20260301T080000Z",
        "SEQUENCE:2147483647",
    ]
    stamps = re.compile("(DTSTAMP|LAST-MODIFIED|SEQUENCE):")
    inner = [line for line in lines[lines.index("BEGIN:VEVENT") + 1 : lines.index("END:VEVENT")] if not stamps.match(line)]
    assert unfolded(body(VISIT)) == [*inner, ""]


def test_a_cancelled_event_takes_no_time_and_rings_no_alarm() -> None:
    lines = unfolded(body(replace(VISIT, status=Status.CANCELLED)))
    assert "STATUS:CANCELLED" in lines
    assert "TRANSP:TRANSPARENT" in lines
    assert "BEGIN:VALARM" not in lines


def test_an_alarm_for_whole_days_rings_at_nine_the_day_before() -> None:
    lines = unfolded(body(STAY))
    assert lines[lines.index("BEGIN:VALARM") :] == [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Hospital stay",
        "TRIGGER:-PT15H",
        "END:VALARM",
        "",
    ]


def test_nothing_in_it_tells_where_it_comes_from() -> None:
    never = re.compile("METHOD|ORGANIZER|ATTENDEE|URL|ATTACH|GEO|CONTACT|RRULE:(?!FREQ=YEARLY;BYMONTH)|COMMENT")
    assert [line for line in unfolded(issue(VISIT, STAY, WINDOW)) if never.match(line)] == []


# --- moments at which the clock changes ---


def hour_from(start: datetime) -> Event:
    """An event of an hour by the clock of UTC."""
    zone = start.tzinfo
    return replace(VISIT, start=start, end=(start.astimezone(UTC) + timedelta(hours=1)).astimezone(zone))


def times(event: Event) -> list[str]:
    return [line for line in unfolded(body(event)) if line.startswith("DT")]


def test_a_time_that_comes_twice_is_written_in_utc() -> None:
    """On 1 November 2026 the clocks of New York go from 2:00 back to 1:00; RFC 5545 3.3.5 takes the first 1:30, readers either."""
    assert times(hour_from(datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK))) == [
        "DTSTART:20261101T053000Z",
        "DTEND:20261101T063000Z",
    ]
    assert times(hour_from(datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=NEW_YORK))) == [
        "DTSTART:20261101T063000Z",
        "DTEND;TZID=America/New_York:20261101T023000",
    ]


def test_a_time_that_is_skipped_is_written_in_utc() -> None:
    """On 8 March 2026 there is no 2:30 in New York; RFC 5545 3.3.5 and Python take it as 3:30 of summer time."""
    assert times(hour_from(datetime(2026, 3, 8, 2, 30, tzinfo=NEW_YORK))) == [
        "DTSTART:20260308T073000Z",
        "DTEND;TZID=America/New_York:20260308T043000",
    ]


def test_an_event_may_end_at_an_earlier_time_of_the_clock_that_goes_back() -> None:
    event = replace(
        VISIT,
        start=datetime(2026, 11, 1, 1, 45, tzinfo=NEW_YORK),
        end=datetime(2026, 11, 1, 1, 15, fold=1, tzinfo=NEW_YORK),
    )
    assert times(event) == ["DTSTART:20261101T054500Z", "DTEND:20261101T061500Z"]


# --- what is refused ---


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "the end must be after the start"),
        (VISIT.start, VISIT.start, "the end must be after the start"),
        (
            datetime(2026, 4, 1, 9, 0, tzinfo=NEW_YORK),
            datetime(2026, 4, 1, 20, 0, tzinfo=SHANGHAI),
            "the end must be after the start",
        ),
        (date(2026, 4, 1), VISIT.end, "both days or both moments"),
        (VISIT.start, date(2026, 4, 2), "both days or both moments"),
        (datetime(2026, 4, 1, 9, 0), datetime(2026, 4, 1, 10, 0), "needs a named time zone"),  # noqa: DTZ001
        (VISIT.start, datetime(2026, 4, 2, 9, 0, tzinfo=UTC), "needs a named time zone"),
        (datetime(2026, 4, 1, 9, 0, tzinfo=timezone(timedelta(hours=8))), VISIT.end, "needs a named time zone"),
        (datetime(2026, 4, 1, 9, 0, 0, 1, tzinfo=NEW_YORK), VISIT.end, "has whole seconds"),
    ],
)
def test_a_start_and_an_end_that_do_not_go_together_are_refused(start: date, end: date, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(VISIT, start=start, end=end)


def test_an_event_without_a_uid_and_two_with_one_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a uid"):
        replace(VISIT, uid="")
    with pytest.raises(ValueError, match="same uid"):
        issue(VISIT, replace(STAY, uid=VISIT.uid))


@pytest.mark.parametrize(
    ("changed", "sequence"),
    [(datetime(2026, 3, 1), 0), (ISSUED, -1), (ISSUED, 2**31)],  # noqa: DTZ001
)
def test_stamps_that_mean_nothing_are_refused(changed: datetime, sequence: int) -> None:
    with pytest.raises(ValueError, match="no stamps for an event"):
        issue(VISIT, changed=changed, sequence=sequence)


# --- texts ---

NASTY = st.sampled_from(
    [
        *("\\", "\\n", "\\N", "\n", "\r\n", "\r", ";", ",", ":", '"', "\t", " ", "   "),
        *("\x00", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\U0010ffff", "\ud800"),
        *("预约", "😀", "👩\u200d👧", "e\u0301", "a" * 80, "约" * 40, "BEGIN:VEVENT", "END:VCALENDAR"),
    ]
)
TEXTS = st.text(max_size=200) | st.lists(NASTY | st.characters(), max_size=40).map("".join)


def legible(text: str) -> str:
    """What can be read of a text, said anew: no controls but tab and line break, one kind of line break, no code point without meaning."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in kept
        if character in "\t\n"
        or (
            not (ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000)
            and not (ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) < 0xFDF0 or character in "\u2028\u2029\ufeff")
        )
    )


def unescaped(value: str) -> str:
    """RFC 5545 3.3.11, from left to right."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@given(TEXTS, TEXTS, TEXTS)
def test_what_was_put_in_is_what_is_read_out(summary: str, description: str, location: str) -> None:
    event = replace(VISIT, summary=summary, description=description, location=location, alarm=False)
    values = dict(line.split(":", 1) for line in reversed(unfolded(body(event))) if ":" in line)
    [read] = to_icalendar(issue(event)).events
    for name, text in {"SUMMARY": summary, "DESCRIPTION": description, "LOCATION": location}.items():
        assert unescaped(values.get(name, "")) == legible(text)
        if not re.search(r"\\[nN]", legible(text)):  # icalendar 7.3 takes a backslash before an N for a line break
            assert str(read.get(name, "")) == legible(text)


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_categories_stay_apart_whatever_is_in_them(categories: list[str]) -> None:
    [line] = [line for line in unfolded(body(replace(VISIT, categories=tuple(categories)))) if line.startswith("CATEGORIES:")]
    parts = "".join("\n" if token == "," else token for token in re.findall(r"\\.|.", line.removeprefix("CATEGORIES:"))).split(
        "\n"
    )
    assert [unescaped(part) for part in parts] == [legible(category) for category in categories]


@given(TEXTS, TEXTS)
def test_no_text_makes_a_line_of_its_own(text: str, uid: str) -> None:
    """Whatever a reader takes for the end of a line, it finds the same lines, of at most 75 octets and of whole characters each."""
    event = replace(VISIT, uid=uid or "x", summary=text, description=text, location=text, categories=(text,), related=text)
    data = issue(event)
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines[:-1]] == data.decode().splitlines()
    assert data.count(b"\n") == data.count(b"\r") == data.count(b"\r\n")
    assert [line for line in unfolded(data) if line.startswith("BEGIN:")].count("BEGIN:VEVENT") == 1


@given(TEXTS)
def test_no_fold_inside_an_escape(text: str) -> None:
    for line in fold(f"SUMMARY:{escape(text)}").split(b"\r\n "):
        backslashes = len(line.removesuffix(b"\r\n")) - len(line.removesuffix(b"\r\n").rstrip(b"\\"))
        assert backslashes % 2 == 0


def test_a_fold_comes_after_75_octets_and_not_before() -> None:
    assert fold("X:" + "a" * 73) == b"X:" + b"a" * 73 + b"\r\n"
    assert fold("X:" + "a" * 74) == b"X:" + b"a" * 73 + b"\r\n a\r\n"
    assert fold("X:" + "a" * 72 + "约") == b"X:" + b"a" * 72 + b"\r\n \xe7\xba\xa6\r\n"
    assert fold("X:" + "a" * 72 + "\\n") == b"X:" + b"a" * 72 + b"\r\n \\n\r\n"
