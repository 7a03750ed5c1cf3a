"""The files of an issue while they are made. What nothing changed in keeps the time stamped on it, and so all its bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scheduler.calendars.issue import IssuedEvent, issue
from scheduler.pages import html
from scheduler.resources import OURS, Looks
from scheduler.sheets.pdf import BASE, Print, can_print, print_all
from scheduler.study.manifest import Manifest, Written
from scheduler.study.store import digest
from scheduler.views.calendar import CalendarView


class Press:
    """Makes the files of an issue for the folder `out`, beside those of the issue `before`."""

    def __init__(self, before: Manifest | None, issued_at: datetime, out: Path, looks: Looks = OURS) -> None:
        self.issued_at = issued_at
        self.looks = looks
        self.before: Mapping[str, Written] = before.files if before else {}
        self._events: Mapping[str, Mapping[str, IssuedEvent]] = before.events if before else {}
        self._out = out
        self._prints: dict[str, Print] = {}
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

    def add_document(self, path: str, template: str, view: Callable[[datetime], Any], whose: str) -> None:
        """A document as a page (`path` and .html) and for paper (.pdf), both of the same view and with the same time."""
        self.add(f"{path}.html", lambda at: html(template, view(at), self.looks))
        at = self.written[f"{path}.html"].at
        self.add_print(f"{path}.pdf", template, view(at), whose, at)

    def add_print(self, path: str, template: str, view: Any, whose: str, at: datetime, size: int = BASE) -> None:
        """A document for paper. It is made by `print`, unless one of the same is there from the issue before."""
        if not can_print():
            return
        found = self._print_of(template, view, whose, at, size)
        made_of, last = found.digest(), self.before.get(path)
        if last is not None and last.made_of == made_of and self._is_there(path, last):
            self.keep(path)
            return
        self._prints[path] = found
        self.written[path] = Written("", at, made_of)

    def add_paper(self, path: str, template: str, view: Callable[[datetime], Any], whose: str) -> None:
        """A document that is only for paper; while nothing in it changes, it keeps the time of the issue before."""
        last = self.before.get(path)
        if not can_print():
            return
        if last is not None and self._print_of(template, view(last.at), whose, last.at).digest() == last.made_of:
            self.add_print(path, template, view(last.at), whose, last.at)
        else:
            self.add_print(path, template, view(self.issued_at), whose, self.issued_at)

    def print(self, workers: int) -> None:
        """Make what is to be printed, by so many processes. Raises SchedulerError with all that cannot be."""
        for path, data in print_all(self._prints, workers).items():
            self.files[path], self.written[path] = data, self.written[path]._replace(digest=digest(data))

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

    def _print_of(self, template: str, view: Any, whose: str, at: datetime, size: int = BASE) -> Print:
        return Print(template=template, view=view, whose=whose, issued_at=at, size=size, looks=self.looks)

    def _is_there(self, path: str, last: Written) -> bool:
        try:
            return digest((self._out / path).read_bytes()) == last.digest
        except OSError:
            return False


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
