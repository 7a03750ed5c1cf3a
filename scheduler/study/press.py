"""The files of an issue while they are made. What nothing changed in keeps the time stamped on it, and so all its bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from scheduler.calendars.issue import IssuedEvent, issue
from scheduler.study.manifest import Manifest, Written
from scheduler.study.store import digest
from scheduler.views.calendar import CalendarView


class Press:
    """Makes the files of an issue, beside those of the issue `before`."""

    def __init__(self, before: Manifest | None, issued_at: datetime) -> None:
        self.issued_at = issued_at
        self.before: Mapping[str, Written] = before.files if before else {}
        self._events: Mapping[str, Mapping[str, IssuedEvent]] = before.events if before else {}
        self.files: dict[str, bytes] = {}
        self.written: dict[str, Written] = {}
        self.events: dict[str, Mapping[str, IssuedEvent]] = {}

    def add(self, path: str, make: Callable[[datetime], str | bytes]) -> None:
        """A file, by what makes it for a time to stamp on it."""
        last = self.before.get(path)
        if last is not None:
            data = _bytes(make(last.at))
            if digest(data) == last.digest:
                self.files[path], self.written[path] = data, last
                return
        data = _bytes(make(self.issued_at))
        self.files[path], self.written[path] = data, Written(digest(data), self.issued_at)

    def add_calendar(self, path: str, view: CalendarView, today: date) -> None:
        """A calendar; `today` is the day its readers have."""
        issued = issue(view, self._events.get(path, {}), self.issued_at, today)
        self.events[path] = issued.events
        self.add(path, lambda _: issued.data)

    def keep(self, path: str) -> None:
        """A file of the issue before that stays as it is, without being made again."""
        self.written[path] = self.before[path]
        if path in self._events:
            self.events[path] = self._events[path]


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
