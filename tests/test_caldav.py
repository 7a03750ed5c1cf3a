"""A calendar goes to a CalDAV server and comes back: after the first issue, after a move and after a cancellation, just its events.

The server is Radicale, on this machine only and on a port that is free; what it sends back is read by `ical`, as Radicale itself reads
with vobject. Two ways to put a calendar there: the whole file at once, and event by event, which is what a client does (RFC 4791 5.3.2).
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import IcsCalendarStream
from radicale import config
from radicale.app import Application

from scheduler.calendars.writer import Stamped, write
from scheduler.views.event import Event, Status

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_ISSUE = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LATER = FIRST_ISSUE + timedelta(days=3)
COLLECTION = "/site/visits/"
OWNER = f"Basic {b64encode(b'site:').decode()}"  # whoever says to be somebody is believed, and has a folder of that name
CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
SECONDS = 20

VISIT = Event(
    uid="4ab1",
    start=datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI),
    end=datetime(2026, 4, 1, 10, 0, tzinfo=SHANGHAI),
    summary="预约",
    description="请携带身份证, 午夜后请勿进食; 可以饮水。\n电话：021-5555 0100",
    status=Status.CONFIRMED,
    busy=True,
    alarm=True,
)
STAY = Event(
    uid="77c0", start=date(2026, 5, 4), end=date(2026, 5, 12), summary="Hospital stay", status=Status.CONFIRMED, busy=True
)
MOVED = replace(VISIT, start=VISIT.start + timedelta(days=2), end=VISIT.end + timedelta(days=2))
CANCELLED = replace(MOVED, status=Status.CANCELLED, summary="已取消：预约")
ISSUES = {
    "first": [Stamped(VISIT, FIRST_ISSUE, 0), Stamped(STAY, FIRST_ISSUE, 0)],
    "moved": [Stamped(MOVED, LATER, 1), Stamped(STAY, FIRST_ISSUE, 0)],
    "cancelled": [Stamped(CANCELLED, LATER, 2), Stamped(STAY, FIRST_ISSUE, 0)],
}

Request = Callable[..., tuple[int, bytes]]


class Quiet(WSGIRequestHandler):
    """Does not write each request to the terminal."""

    timeout = SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def request_to(tmp_path: Path) -> Iterator[Request]:
    """Radicale in a thread of its own; gives a function that sends it a request and returns status and content."""
    settings = config.load()
    settings.update(
        {
            "auth": {"type": "none"},
            "storage": {"filesystem_folder": str(tmp_path)},
            "logging": {"level": "critical"},
        },
        "test",
    )
    with make_server("127.0.0.1", 0, Application(settings), WSGIServer, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()

        def send(method: str, path: str, content: str | bytes = b"", **headers: str) -> tuple[int, bytes]:
            with closing(HTTPConnection("127.0.0.1", server.server_port, timeout=SECONDS)) as connection:
                body = content.encode() if isinstance(content, str) else content
                connection.request(method, path, body, {"Authorization": OWNER, **headers})
                answer = connection.getresponse()
                return answer.status, answer.read()

        yield send
        server.shutdown()
        thread.join(SECONDS)


def put_whole(request_to: Request, events: list[Stamped]) -> None:
    status, content = request_to("PUT", COLLECTION, write("预约", "c0ff", events), **CALENDAR)
    assert status == 201, content


def put_one_by_one(request_to: Request, events: list[Stamped]) -> None:
    made, content = request_to("MKCALENDAR", COLLECTION)
    assert made in (201, 409), content  # 409: it is there already
    for stamped in events:
        path = f"{COLLECTION}{stamped.event.uid}.ics"
        status, content = request_to("PUT", path, write("预约", "c0ff", [stamped]), **CALENDAR)
        assert status in (201, 204), content


def stored(request_to: Request) -> list[tuple[Any, ...]]:
    """What the server holds, asked for as a client does (RFC 4791 7.8), in the order of the uids."""
    query = (
        '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>'
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>'
    )
    status, content = request_to("REPORT", COLLECTION, query, Depth="1")
    assert status == 207, content
    found = ElementTree.fromstring(content).iter("{urn:ietf:params:xml:ns:caldav}calendar-data")
    events = [event for data in found for event in IcsCalendarStream.calendar_from_ics(data.text or "").events]
    return sorted(
        (
            event.uid,
            event.dtstart,
            event.dtend,
            event.summary,
            event.description,
            event.status,
            event.sequence,
            event.last_modified,
        )
        for event in events
    )


def issued(events: list[Stamped]) -> list[tuple[Any, ...]]:
    return [
        (event.uid, event.start, event.end, event.summary, event.description or None, event.status.value, sequence, changed)
        for event, changed, sequence, _ in events
    ]


@pytest.mark.parametrize("put", [put_whole, put_one_by_one])
def test_the_server_holds_just_what_was_issued(request_to: Request, put: Callable[[Request, list[Stamped]], None]) -> None:
    for events in ISSUES.values():
        put(request_to, events)
        assert stored(request_to) == issued(events)
