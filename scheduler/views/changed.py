"""What changed since the papers before, for the participant: in plain words, a line for each visit or stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from scheduler.language.moments import Moment
from scheduler.schedule.records import Applies, Schedule
from scheduler.views.changes import Change, Moved
from scheduler.views.words import Words


class ChangedRow(NamedTuple):
    """A visit or a stay: when it is now, and when it was."""

    what: str
    now: str
    was: str


def changed_rows(moved: Moved, schedule: Schedule, said: Words) -> tuple[ChangedRow, ...]:
    """What is to come and is not what it was. What has taken place, or was missed, is left out: it is known."""
    rows = (_row(change, schedule, said) for change in moved.changes if not _is_known(change))
    return tuple(row for row in rows if row.now != row.was)


def _is_known(change: Change) -> bool:
    return "actual" in change.now or change.now.get("outcome") == "missed"


def _row(change: Change, schedule: Schedule, said: Words) -> ChangedRow:
    now, was = _when(change.now, said), _when(change.was, said)
    return ChangedRow(
        what=said.name(change.item, schedule.protocol),
        now=now or said.say("changed.planned_no_longer"),
        was=was or said.say("changed.new"),
    )


def _when(shown: Mapping[str, str], said: Words) -> str:
    """When it is, of what was issued; nothing for nothing."""
    if not shown:
        return ""
    if shown.get("outcome") in ("cancelled", "skipped"):
        return said.say("changed.off")
    day = shown.get("booked") or shown.get("actual")
    when = said.moment(_moment(day)) if day else _not_booked(shown, said)
    return said.say("calendar.if_needed", what=when) if shown.get("applies") == Applies.UNDECIDED.value else when


def _not_booked(shown: Mapping[str, str], said: Words) -> str:
    first, last = shown.get("earliest") or shown.get("from"), shown.get("latest") or shown.get("to")
    if first and last:
        stretch = said.say("period.days", start=said.day(_moment(first)), end=said.day(_moment(last)))
        return stretch if "from" in shown else said.say("changed.to_be_arranged", days=stretch)
    if first and "from" in shown:
        return said.say("period.starts", start=said.day(_moment(first)))
    if target := shown.get("target"):
        return said.say("changed.to_be_arranged", days=said.moment(_moment(target)))
    return said.say("period.waits")


def _moment(text: str) -> Moment:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
