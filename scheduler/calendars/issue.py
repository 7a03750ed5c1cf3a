"""The life of a calendar: its events from one issue to the next, so that every reader updates them.

An event that has changed gets a higher SEQUENCE and new stamps, for readers differ in which of them they look at; one that has not
keeps every byte. What is no longer planned stays as a cancelled event, for a reader that takes up a new file does not remove what is
missing in it, until some time after its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid5

from scheduler.calendars.writer import Stamped, body, write
from scheduler.facts.records import Site
from scheduler.language.moments import Moment, day_of
from scheduler.schedule.records import Schedule
from scheduler.views.calendar import CalendarView, Uid, in_order_of_days, participant_calendar
from scheduler.views.event import Event, Off, Status

KEPT = timedelta(60)  # how long after its day a cancelled event stays
_DIGITS = 32  # of a digest that is compared with one other
_FIRST_MINUTE = datetime(2020, 1, 1, tzinfo=UTC)


class IssuedEvent(NamedTuple):
    """What is remembered of an event that was issued: its stamps, a digest of the rest, and what it takes to cancel it."""

    changed: datetime
    sequence: int
    digest: str
    start: Moment
    end: Moment
    off: Off
    categories: tuple[str, ...] = ()


class IssuedCalendar(NamedTuple):
    """A calendar as it is issued, and what the next issue has to know of its events, by UID."""

    data: bytes
    events: Mapping[str, IssuedEvent]


def uid_of(namespace: UUID, calendar: str) -> Uid:
    """Makes the UIDs of one calendar from the study's secret, so that nothing in them tells anything (RFC 7986 5.3)."""
    return lambda name: str(uuid5(namespace, f"{calendar} {name}"))


def file_name(namespace: UUID, participant: str) -> str:
    """The name of a participant's calendar file, which tells nothing."""
    return f"{uuid5(namespace, f'file {participant}')}.ics"


def issue(view: CalendarView, before: Mapping[str, IssuedEvent], issued_at: datetime, today: date) -> IssuedCalendar:
    """The next issue of a calendar. `before` are the events of the last one, `issued_at` is stamped on what has changed since, and
    carries a time zone; `today` is the day its readers have.

    The same view, issued later, is the same bytes, until a cancelled event is old enough to be left out.
    """
    shown = [*view.events, *(event for event in view.closing if event.uid in before)]
    there = {event.uid for event in shown}
    vanished = [] if view.silent else [_cancelled(uid, old) for uid, old in before.items() if uid not in there]
    events = in_order_of_days([event for event in (*shown, *vanished) if not _is_past(event, today)])
    issued: dict[str, IssuedEvent] = {}
    stamped = []
    for event in events:
        lines = body(event)
        issued[event.uid] = now = _issued(event, lines, before.get(event.uid), issued_at)
        stamped.append(Stamped(event, now.changed, now.sequence, lines))
    return IssuedCalendar(write(view.name, view.uid, stamped), issued)


def to_ics(schedule: Schedule, *, namespace: UUID, issued_at: datetime, site: Site | None = None) -> bytes:
    """A first issue of a participant's discreet calendar, as the bytes of an .ics file.

    `namespace` is the study's secret key: it makes the UIDs lasting and unguessable. `issued_at` must carry a time zone.
    """
    today = issued_at.astimezone(site.zone if site else UTC).date()
    view = participant_calendar(schedule, site, uid_of(namespace, participant_name(schedule.participant.id)), today)
    return issue(view, {}, issued_at, today).data


def participant_name(code: str) -> str:
    """What names a participant's calendar among those of a study; it is seen in no file."""
    return f"participant {code}"


def sequence(issued_at: datetime, last: int | None) -> int:
    """The minutes from 2020 to an event's change, one more than the `last` if that does not rise.

    So it never falls, though all earlier output were lost (RFC 5545 3.8.7.4).
    """
    minutes = max(0, int((issued_at - _FIRST_MINUTE) / timedelta(minutes=1)))
    return minutes if last is None else max(minutes, last + 1)


def _issued(event: Event, lines: bytes, last: IssuedEvent | None, issued_at: datetime) -> IssuedEvent:
    digest = sha256(lines).hexdigest()[:_DIGITS]
    if last is not None and last.digest == digest:
        return last._replace(off=event.off)
    number = sequence(issued_at, last.sequence if last else None)
    changed = issued_at.astimezone(UTC).replace(microsecond=0)
    return IssuedEvent(changed, number, digest, event.start, event.end, event.off, event.categories)


def _cancelled(uid: str, old: IssuedEvent) -> Event:
    """What becomes of an event that is no longer planned."""
    return Event(
        uid=uid,
        start=old.start,
        end=old.end,
        summary=old.off.summary,
        description=old.off.description,
        categories=old.categories,
        status=Status.CANCELLED,
        busy=False,
        off=old.off,
    )


def _is_past(event: Event, today: date) -> bool:
    """Whether an event that is cancelled has been long enough in the calendar."""
    last = day_of(event.end - timedelta(microseconds=1) if isinstance(event.end, datetime) else event.end - timedelta(1))
    return event.status is Status.CANCELLED and last + KEPT < today
