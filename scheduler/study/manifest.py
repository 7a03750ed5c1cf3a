"""What an issue leaves for the next, in `manifest.json`: what was written, what was issued of whom, and what moved.

It decides what is replaced and what a calendar is compared with, so what is not as it was written, or has not its form, stops a build.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from scheduler.about import PROGRAM
from scheduler.calendars.issue import IssuedEvent
from scheduler.language.moments import Moment
from scheduler.planning.touched import Known, Touched
from scheduler.reading.problems import SchedulerError
from scheduler.study.reach import Reach
from scheduler.study.store import DAMAGED, MADE_BY, MANIFEST, sealed
from scheduler.views.changes import CAUSES, Cause, Change, Issued, Moved
from scheduler.views.event import Off

_T = TypeVar("_T")


class Written(NamedTuple):
    """A file: the SHA-256 of its bytes, and the time that is stamped on it; of a printed one, the digest of what it was made of."""

    digest: str
    at: datetime
    made_of: str = ""


class Papers(NamedTuple):
    """What was issued of a participant, and when."""

    at: datetime
    items: Issued


class CalendarChange(NamedTuple):
    """What a changed calendar of a site touched, and since which issue."""

    since: datetime
    touched: Touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An issue of a study, for the next to compare with.

    `papers` are by participant, and so is what `moved` last in each one's papers; `days` are what was known of each site's open
    days, `touched` what they touched when they last changed, `events` what was issued of each calendar's events, by its file and their
    UIDs. `reach` is how far the series of each participant were issued, and `blinded_reach` how far in a blinded calendar. `leaving` are files that the issue meant to remove, should it not have come to its end.
    """

    issued_at: datetime
    protocol_version: str
    study_hash: str
    files: Mapping[str, Written] = field(default_factory=dict)
    papers: Mapping[str, Papers] = field(default_factory=dict)
    moved: Mapping[str, Moved] = field(default_factory=dict)
    days: Mapping[str, Known] = field(default_factory=dict)
    touched: Mapping[str, CalendarChange] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, IssuedEvent]] = field(default_factory=dict)
    reach: Mapping[str, Reach] = field(default_factory=dict)
    blinded_reach: Mapping[str, Reach] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()

    def to_bytes(self, leaving: Collection[str] = ()) -> bytes:
        """As it is written while some files are still `leaving`; the same for the same issue."""
        return sealed(
            {
                **head("study", self.issued_at, leaving),
                "protocol_version": self.protocol_version,
                "study_hash": self.study_hash,
                "files": {path: _file_data(file) for path, file in sorted(self.files.items())},
                "issued": {code: {"at": _iso(each.at), "items": each.items} for code, each in sorted(self.papers.items())},
                "moved": {
                    code: {"since": _iso(moved.since), "changes": [asdict(change) for change in moved.changes]}
                    for code, moved in sorted(self.moved.items())
                },
                "days": {site: {"first": _iso(known.first), "letters": known.letters} for site, known in self.days.items()},
                "touched": {
                    site: {
                        "since": _iso(change.since),
                        "closed": [*map(_iso, change.touched.closed)],
                        "opened": [*map(_iso, change.touched.opened)],
                        "announced": change.touched.announced,
                        "visits": change.touched.visits,
                    }
                    for site, change in self.touched.items()
                },
                "events": {
                    path: {uid: _event_data(event) for uid, event in sorted(events.items())}
                    for path, events in sorted(self.events.items())
                },
                "reach": _reach_data(self.reach),
                "blinded_reach": _reach_data(self.blinded_reach),
            }
        )


def head(holds: str, issued_at: datetime, leaving: Collection[str]) -> dict[str, Any]:
    """How every manifest begins: whose it is, what the folder holds, and what is to be removed from it."""
    return {"made_by": MADE_BY, "holds": holds, "program": PROGRAM, "issued_at": _iso(issued_at), "leaving": sorted(leaving)}


def from_data(data: Mapping[str, Any]) -> Manifest | None:
    """The manifest of the previous issue; None when there was none. Raises SchedulerError when it has not the form we write."""
    if not data:
        return None
    try:
        return Manifest(
            issued_at=_moment(data["issued_at"]),
            protocol_version=_text(data["protocol_version"]),
            study_hash=_text(data["study_hash"]),
            files=_each(data["files"], _file),
            papers=_each(data["issued"], lambda each: Papers(_moment(each["at"]), _each(each["items"], _item))),
            moved=_each(data["moved"], _moved),
            days=_each(data["days"], lambda known: Known(date.fromisoformat(known["first"]), _texts(known["letters"]))),
            touched={site: _touched(site, change) for site, change in data["touched"].items()},
            events=_each(data["events"], lambda events: _each(events, _event)),
            reach=_each(data["reach"], _reach),
            blinded_reach=_each(data["blinded_reach"], _reach),
            leaving=tuple(map(_text, data["leaving"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise SchedulerError(DAMAGED.format(MANIFEST)) from error


def _each(data: Any, read: Callable[[Any], _T]) -> dict[str, _T]:
    return {_text(key): read(value) for key, value in data.items()}


def _texts(data: Any) -> dict[str, str]:
    return _each(data, _text)


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise TypeError
    return data


def _moment(data: Any) -> datetime:
    moment = datetime.fromisoformat(data)
    if moment.tzinfo is None:
        raise ValueError(data)
    return moment


def _item(data: Any) -> dict[str, Any]:
    """What was issued of one visit or period."""
    return {
        "dates": _texts(data["dates"]),
        "applies": _text(data["applies"]),
        "rule": _text(data["rule"]),
        "version": _text(data["version"]),
        "rests on": _texts(data["rests on"]),
    }


def _moved(data: Any) -> Moved:
    return Moved(_moment(data["since"]), tuple(_change(change) for change in data["changes"]))


def _change(data: Any) -> Change:
    return Change(
        participant=_text(data["participant"]),
        item=_text(data["item"]),
        was=_texts(data["was"]),
        now=_texts(data["now"]),
        because=tuple(Cause(_kind(cause[0]), _texts(cause[1])) for cause in data["because"]),
    )


def _kind(data: Any) -> str:
    if data not in CAUSES:
        raise ValueError(data)
    return str(data)


def _touched(site: str, data: Any) -> CalendarChange:
    closed, opened = (tuple(map(date.fromisoformat, data[name])) for name in ("closed", "opened"))
    visits = tuple((_text(code), _text(visit)) for code, visit in data["visits"])
    return CalendarChange(_moment(data["since"]), Touched(site, closed, opened, int(data["announced"]), visits))


def _file_data(file: Written) -> dict[str, str]:
    made_of = {"made_of": file.made_of} if file.made_of else {}
    return {"sha256": file.digest, "at": _iso(file.at), **made_of}


def _file(data: Any) -> Written:
    return Written(_text(data["sha256"]), _moment(data["at"]), _text(data.get("made_of", "")))


def _reach_data(reach: Mapping[str, Reach]) -> dict[str, dict[str, str]]:
    return {code: {id: _iso(day) for id, day in sorted(each.items())} for code, each in sorted(reach.items()) if each}


def _reach(data: Any) -> Reach:
    return _each(data, date.fromisoformat)


def _event_data(event: IssuedEvent) -> dict[str, Any]:
    return {
        "changed": _iso(event.changed),
        "sequence": event.sequence,
        "digest": event.digest,
        "start": _zoned(event.start),
        "end": _zoned(event.end),
        "off": list(event.off),
        "categories": list(event.categories),
    }


def _event(data: Any) -> IssuedEvent:
    start, end = _place_in_time(_text(data["start"])), _place_in_time(_text(data["end"]))
    if isinstance(start, datetime) is not isinstance(end, datetime):
        raise ValueError(data)
    summary, description = map(_text, data["off"])
    categories = tuple(map(_text, data["categories"]))
    stamps = (_moment(data["changed"]), int(data["sequence"]), _text(data["digest"]))
    return IssuedEvent(*stamps, start, end, Off(summary, description), categories)


def _zoned(moment: Moment) -> str:
    """A day, or a moment with the name of its time zone (RFC 9557): 2026-03-02T09:30:00+08:00[Asia/Shanghai]."""
    return f"{_iso(moment)}[{moment.tzinfo}]" if isinstance(moment, datetime) else _iso(moment)


def _place_in_time(text: str) -> Moment:
    if "[" not in text:
        return date.fromisoformat(text)
    moment, _, zone = text.rstrip("]").partition("[")
    try:
        return _moment(moment).astimezone(ZoneInfo(zone))
    except OSError as error:
        raise ValueError(text) from error


def _iso(day: date) -> str:
    return day.isoformat()
