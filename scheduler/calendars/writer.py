"""The iCalendar writer: finished events to the bytes of a file (RFC 5545), the same for the same input on every machine.

No METHOD, which CalDAV forbids (RFC 4791 4.1) and which would ask for an organizer; no times that float; nobody is named. SEQUENCE,
LAST-MODIFIED and DTSTAMP are given, never worked out here: clients differ in which of them tells them that an event has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from scheduler.calendars.lines import escape, fold, text_line
from scheduler.calendars.zones import vtimezone
from scheduler.views.event import Event, Status, zone_key

if TYPE_CHECKING:
    import icalendar

_MOST = 2**31 - 1  # RFC 5545 3.3.8


class Stamped(NamedTuple):
    """An event as it is issued. `changed`: when it was last changed, in any time zone; `sequence`: rises with every change, from 0.

    `lines` is its `body`, where that is made already.
    """

    event: Event
    changed: datetime
    sequence: int
    lines: bytes = b""


def write(name: str, uid: str, events: Sequence[Stamped]) -> bytes:
    """A calendar as the bytes of an .ics file, its events in the order given.

    `name` is what readers show for the calendar and `uid` what they know it by, from one issue to the next; neither may identify
    anybody (RFC 7986 5.3). Raises ValueError for a uid that two events share, a `changed` without a time zone, and a `sequence` that
    is negative or over 2**31 - 1, and what `vtimezone` raises.
    """
    if len({stamped.event.uid for stamped in events}) < len(events):
        raise ValueError("two events with the same uid")
    parts = [*_head(name, uid), *_zones(stamped.event for stamped in events)]
    for stamped in events:
        parts += (
            b"BEGIN:VEVENT\r\n",
            _stamps(stamped.changed, stamped.sequence),
            stamped.lines or body(stamped.event),
            b"END:VEVENT\r\n",
        )
    return b"".join((*parts, b"END:VCALENDAR\r\n"))


def body(event: Event) -> bytes:
    """The content lines of an event but BEGIN, END and its stamps: an event has changed if these bytes have."""
    return b"".join(_lines(event))


def to_icalendar(data: bytes) -> icalendar.Calendar:
    """The calendar as an object of the `icalendar` library, for those who want to go on with one."""
    import icalendar  # takes longer to load than all calendars of a study to write

    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def _head(name: str, uid: str) -> Iterator[bytes]:
    yield b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//visit schedule//1//EN\r\nCALSCALE:GREGORIAN\r\n"
    yield text_line("UID", uid)
    yield text_line("X-WR-RELCALID", uid)  # by this Outlook knows its calendar again (MS-OXCICAL 2.1.3.1.1.18)
    yield text_line("NAME", name)  # RFC 7986 5.1; what most readers look for is the other one
    yield text_line("X-WR-CALNAME", name)
    yield b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n"  # RFC 7986 5.7, where VALUE is required


def _zones(events: Iterable[Event]) -> Iterator[bytes]:
    """A VTIMEZONE for each zone of a moment, by name, over the years of its moments."""
    years: dict[str, set[int]] = {}
    for event in events:
        for moment in (event.start, event.end):
            if isinstance(moment, datetime):
                years.setdefault(zone_key(moment), set()).add(moment.year)
    for key in sorted(years):
        yield vtimezone(key, min(years[key]), max(years[key]))


@lru_cache(maxsize=1024)
def _stamps(changed: datetime, sequence: int) -> bytes:
    """Without METHOD, DTSTAMP means what LAST-MODIFIED does (RFC 5545 3.8.7.2)."""
    if changed.tzinfo is None or not 0 <= sequence <= _MOST:
        raise ValueError(f"no stamps for an event: {changed!r}, {sequence}")
    stamp = _utc(changed)
    return f"DTSTAMP:{stamp}\r\nLAST-MODIFIED:{stamp}\r\nSEQUENCE:{sequence}\r\n".encode()


def _lines(event: Event) -> Iterator[bytes]:
    cancelled = event.status is Status.CANCELLED
    whole_days = not isinstance(event.start, datetime)
    yield fold(f"UID:{escape(event.uid)}")
    yield _time("DTSTART", event.start)
    yield _time("DTEND", event.end)
    if whole_days:
        yield b"X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n"  # without it some readers take days for hours, or a stay for its first day
    yield text_line("SUMMARY", event.summary)
    if event.description:
        yield text_line("DESCRIPTION", event.description)
    if event.location:
        yield text_line("LOCATION", event.location)
    if event.categories:
        yield fold(f"CATEGORIES:{','.join(map(escape, event.categories))}")
    if event.related:
        yield fold(f"RELATED-TO:{escape(event.related)}")
    yield f"STATUS:{event.status.value}\r\n".encode()
    yield b"TRANSP:OPAQUE\r\n" if event.busy and not cancelled else b"TRANSP:TRANSPARENT\r\n"
    yield b"CLASS:PRIVATE\r\n"
    if event.alarm and not cancelled:
        yield _alarm(event.summary, whole_days)


def _alarm(text: str, whole_days: bool) -> bytes:
    # Before the start and in whole minutes: Outlook reads no sign, and others no seconds. A day begins at midnight.
    trigger = b"TRIGGER:-PT15H\r\n" if whole_days else b"TRIGGER:-P1D\r\n"
    return b"BEGIN:VALARM\r\nACTION:DISPLAY\r\n" + text_line("DESCRIPTION", text) + trigger + b"END:VALARM\r\n"


def _time(name: str, time: date | datetime) -> bytes:
    """One parameter and no more: some readers compare the whole of it."""
    if not isinstance(time, datetime):
        return f"{name};VALUE=DATE:{_basic(time)}\r\n".encode()
    if _is_plain(time):
        return fold(f"{name};TZID={zone_key(time)}:{_basic(time)}")
    return f"{name}:{_utc(time)}\r\n".encode()


def _is_plain(moment: datetime) -> bool:
    """Whether the clock of the zone shows this time once, and not twice or never as when it changes.

    RFC 5545 3.3.5 takes the first of two, so that the second cannot be written with a TZID, and says what a time that is skipped
    means; not every reader does the same. All others are written in UTC, which nobody reads differently.
    """
    return moment.utcoffset() == moment.replace(fold=1 - moment.fold).utcoffset()


def _utc(moment: datetime) -> str:
    return f"{_basic(moment.astimezone(UTC))}Z"


def _basic(time: date | datetime) -> str:
    """Without punctuation and without an offset (RFC 5545 3.3.4 and 3.3.5)."""
    return time.isoformat()[:19].replace("-", "").replace(":", "")
