"""The iCalendar writer: a schedule, worded as a calendar, to bytes (RFC 5545), the same bytes for the same input everywhere.

Whole-day events only; DTEND is the day after the last (RFC 5545 3.6.1). No METHOD, no floating times, nothing that names anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from scheduler.facts.records import Site
from scheduler.schedule.records import Schedule
from scheduler.views.calendar import CalendarView, Entry, participant_calendar

if TYPE_CHECKING:
    import icalendar

_LINE_OCTETS = 75  # RFC 5545 3.1, without the line break
_FIRST_MINUTE = datetime(2020, 1, 1, tzinfo=UTC)
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def to_ics(schedule: Schedule, *, namespace: UUID, issued_at: datetime, site: Site | None = None) -> bytes:
    """A participant's discreet calendar, as the bytes of an .ics file.

    `namespace` is the study's secret key: it makes the UIDs lasting and unguessable. `issued_at` must carry a time zone.
    """
    view = participant_calendar(schedule, site)
    return b"".join(fold(line) for line in _calendar(view, namespace, schedule.participant.id, issued_at))


def file_name(namespace: UUID, participant: str) -> str:
    """The calendar's file name, which tells nothing."""
    return f"{uuid5(namespace, f'file {participant}')}.ics"


def to_icalendar(data: bytes) -> icalendar.Calendar:
    """The calendar as an object of the `icalendar` library, for those who want to go on with one."""
    import icalendar

    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def _calendar(view: CalendarView, namespace: UUID, participant: str, issued_at: datetime) -> Iterator[str]:
    calendar_uid = uuid5(namespace, f"calendar {participant}")
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//visit schedule//1//EN"
    yield "CALSCALE:GREGORIAN"
    yield f"UID:{calendar_uid}"
    yield f"X-WR-RELCALID:{calendar_uid}"  # by this Outlook knows its calendar again
    yield f"NAME:{escape(view.name)}"
    yield f"X-WR-CALNAME:{escape(view.name)}"
    for entry in view.entries:
        yield from _event(entry, uuid5(namespace, f"participant {participant} {entry.key}"), issued_at)
    yield "END:VCALENDAR"


def _event(entry: Entry, uid: UUID, issued_at: datetime) -> Iterator[str]:
    stamp = issued_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"SEQUENCE:{sequence(issued_at)}"
    yield f"DTSTART;VALUE=DATE:{_day(entry.first)}"
    yield f"DTEND;VALUE=DATE:{_day(entry.last + timedelta(1))}"
    yield f"SUMMARY:{escape(entry.summary)}"
    if entry.description:
        yield f"DESCRIPTION:{escape(entry.description)}"
    yield f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED' if entry.firm else 'TENTATIVE'}"
    yield f"TRANSP:{'OPAQUE' if entry.busy else 'TRANSPARENT'}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def sequence(issued_at: datetime) -> int:
    """Minutes since 2020: rises with every issue that is a minute later, and never falls even when all earlier output is lost."""
    return max(0, int((issued_at - _FIRST_MINUTE) / timedelta(minutes=1)))


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def escape(text: str) -> str:
    """TEXT as RFC 5545 3.3.11 wants it; control characters, which no reader agrees on, are left out."""
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_ESCAPES)


def fold(line: str) -> bytes:
    """A content line with its CRLF, folded so that no line has over 75 octets, never inside a character or an escape."""
    data = line.encode("utf-8")
    if len(data) <= _LINE_OCTETS:
        return data + b"\r\n"
    lines = []
    start = 0
    room = _LINE_OCTETS
    while len(data) - start > room:
        end = start + room
        while data[end] & 0xC0 == 0x80:  # the next line would start inside a character
            end -= 1
        if _opens_escape(data, start, end):
            end -= 1
        lines.append(data[start:end])
        start = end
        room = _LINE_OCTETS - 1  # the space that starts a folded line counts
    lines.append(data[start:])
    return b"\r\n ".join(lines) + b"\r\n"


def _opens_escape(data: bytes, start: int, end: int) -> bool:
    """Whether the last octet before `end` is a backslash that escapes the octet after it."""
    backslashes = 0
    while end - backslashes > start and data[end - backslashes - 1] == 0x5C:
        backslashes += 1
    return backslashes % 2 == 1
