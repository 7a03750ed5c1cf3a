"""What a calendar holds, finished: texts are in their language, days and moments are decided, and nothing is worked out any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Status(Enum):
    """How sure an event is: the STATUS of RFC 5545 3.8.1.11."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Off(NamedTuple):
    """What an event says should it be cancelled."""

    summary: str = ""
    description: str = ""


_NOTHING = Off()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a calendar; the texts are plain text, in which a line break is `\\n`.

    `start` is a day, for an event of whole days, or a moment to the second in a named `ZoneInfo`. `end` is of the same kind, later,
    and no longer part of the event: the day after the last (RFC 5545 3.6.1). `busy` says whether the time is taken; a cancelled
    event takes none. `related` is the `uid` of the event this one goes with. `alarm` asks for one reminder: 09:00 on the day before
    for whole days, a day before for a moment, none once the event is cancelled. `off` is not written: it is what the event says should
    it be planned no longer.

    Raises ValueError for a start and an end that do not go together, and for a moment that no reader would place alike.
    """

    uid: str
    start: date | datetime
    end: date | datetime
    summary: str
    description: str = ""
    location: str = ""
    categories: tuple[str, ...] = ()
    status: Status
    busy: bool
    related: str = ""
    alarm: bool = False
    off: Off = _NOTHING

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        if not self.uid:
            raise ValueError("an event needs a uid")
        if isinstance(self.start, datetime) and isinstance(self.end, datetime):
            # as moments: within one zone Python compares what the clock shows, which goes back when summer time ends
            later = _moment(self.end) > _moment(self.start)
        elif isinstance(self.start, datetime) or isinstance(self.end, datetime):
            raise ValueError(f"start and end are both days or both moments: {self.start!r}, {self.end!r}")
        else:
            later = self.end > self.start
        if not later:
            raise ValueError(f"the end must be after the start: {self.start!r}, {self.end!r}")


def zone_key(moment: datetime) -> str:
    """The name of the moment's zone in the tz database; ValueError if it has none."""
    if not isinstance(moment.tzinfo, ZoneInfo) or not moment.tzinfo.key:
        raise ValueError(f"a moment needs a named time zone: {moment!r}")
    return moment.tzinfo.key


def _moment(moment: datetime) -> datetime:
    zone_key(moment)
    if moment.microsecond:
        raise ValueError(f"a moment has whole seconds: {moment!r}")
    return moment.astimezone(UTC)
