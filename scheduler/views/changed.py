"""What changed since the papers before, for the participant: in plain words, a line for each visit or stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.language.moments import Moment
from scheduler.language.syntax import EndKind, Given
from scheduler.protocol.records import PeriodKind
from scheduler.schedule.records import Applies, Schedule
from scheduler.views.changes import Change, Moved
from scheduler.views.words import Words

_FEW = 5  # visits to be arranged whose new days are repeated; of more, the names say enough
_NOT_ON_THE_SHEET = PeriodKind.OBSERVATION


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A visit or a stay: when it is now, and when it was."""

    what: str
    now: str
    was: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since the sheet of a day; `others` are visits to be arranged whose days have moved, by name."""

    title: str
    rows: tuple[ChangedRow, ...]
    others: str


def changed(moved: Moved, schedule: Schedule, since: str, said: Words) -> Changed | None:
    """What is to come and is not what it was, by date; None when there is nothing of it.

    What has taken place, or was missed, is left out, for it is known; and so is what the sheet does not show.
    """
    news = sorted((change for change in moved.changes if _is_news(change, schedule)), key=_day)
    found = [(change, row) for change in news if (row := _row(change, schedule, said)) is not None]
    open_ones = [row.what for change, row in found if _is_open(change)]
    if len(open_ones) <= _FEW:
        open_ones = []
    rows = tuple(row for change, row in found if not (open_ones and _is_open(change)))
    if not found:
        return None
    others = said.say("changed.others", names=said.say("date.list").join(open_ones)) if open_ones else ""
    return Changed(said.say("changed.title", date=since), rows, others)


def _is_news(change: Change, schedule: Schedule) -> bool:
    if "actual" in change.now or change.now.get("outcome") == "missed":
        return False
    return not any(period.id == change.item and period.plan.kind is _NOT_ON_THE_SHEET for period in schedule.periods)


def _day(change: Change) -> str:
    """The day it stands under, or stood under where it is planned no longer; what has none comes first."""
    shown = change.now or change.was
    return next((shown[key][:10] for key in ("booked", "actual", "target", "earliest", "from") if key in shown), "")


def _is_open(change: Change) -> bool:
    """Whether a visit was, and still is, to be arranged on one of several days."""
    return all("earliest" in shown and "booked" not in shown for shown in (change.was, change.now))


def _row(change: Change, schedule: Schedule, said: Words) -> ChangedRow | None:
    """The line of a change; None for what reads as before."""
    given = any(visit.id == change.item and isinstance(visit.plan.at, Given) for visit in schedule.visits)
    now, was = _when(change.now, said, given=given), _when(change.was, said, given=given)
    now, was = now or said.say("changed.planned_no_longer"), was or said.say("changed.new")
    if now == was:
        return None
    what = said.item(change.item, schedule, (schedule.protocol, *schedule.older))
    return ChangedRow(what=what, now=now, was=said.say("changed.before", was=was))


def _when(shown: Mapping[str, str], said: Words, *, given: bool) -> str:
    """When it is, of what was issued; nothing for nothing. What is `given` is planned, not to be arranged."""
    if not shown:
        return ""
    if shown.get("outcome") in ("cancelled", "skipped"):
        return said.say("changed.off")
    day = shown.get("booked") or shown.get("actual") or (shown.get("target") if given else None)
    when = said.moment(_moment(day)) if day else _not_booked(shown, said)
    return said.say("calendar.if_needed", what=when) if shown.get("applies") == Applies.UNDECIDED.value else when


def _not_booked(shown: Mapping[str, str], said: Words) -> str:
    if first := shown.get("from"):
        last = shown.get("to")
        return said.stretch(_moment(first), _moment(last) if last else None, EndKind(shown.get("end", "")))
    first, last = shown.get("earliest"), shown.get("latest")
    if first and last:
        stretch = said.say("period.days", start=said.day(_moment(first)), end=said.day(_moment(last)))
        return said.say("changed.to_be_arranged", days=stretch)
    if target := shown.get("target"):
        return said.say("changed.to_be_arranged", days=said.moment(_moment(target)))
    return said.say("period.waits")


def _moment(text: str) -> Moment:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
