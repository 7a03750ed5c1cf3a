"""What moved in participants' papers, for staff: a row for each date, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from scheduler.language.worth import Basis
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Applies, Schedule
from scheduler.views.changes import Cause, Change, Moved
from scheduler.views.words import Words

_BASES = frozenset(
    basis.value for basis in (Basis.ACTUAL, Basis.BOOKED, Basis.PLANNED, Basis.COMPUTED, Basis.MISSED, Basis.LEFT_OUT)
)
_ANSWERS = frozenset(applies.value for applies in Applies)
_DATES = ("target", "earliest", "latest", "booked", "actual", "from", "to")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One visit or period that is not what it was; `was` and `now` hold what differs."""

    participant: str
    since: str
    what: str
    was: str
    now: str
    because: str


def change_rows(moved: Iterable[Moved], schedules: Iterable[Schedule], protocol: Protocol, said: Words) -> tuple[ChangeRow, ...]:
    """Everything that moved since the papers that each participant had before, some of whom may have no schedule any more."""
    by_code = {schedule.participant.id: schedule for schedule in schedules}
    versions = tuple(dict.fromkeys([protocol, *(older for schedule in by_code.values() for older in schedule.older)]))
    return tuple(
        _row(change, one.since, said.item(change.item, by_code.get(change.participant), versions), said)
        for one in moved
        for change in one.changes
    )


def utc(moment: datetime, said: Words) -> str:
    """A moment, by the clock that is the same for all sites."""
    return said.say("staff.utc", time=said.moment(moment.astimezone(UTC)))


def _row(change: Change, since: datetime, what: str, said: Words) -> ChangeRow:
    both = change.was and change.now
    same = {key for key in change.was if change.was[key] == change.now.get(key)} if both else set()
    kept = same - {"booked"} if "outcome" not in same else same  # what became of a booking is said beside its day
    return ChangeRow(
        participant=change.participant,
        since=utc(since, said),
        what=what,
        was=_said(change.was, kept, said) if change.was else said.say("staff.appeared"),
        now=_said(change.now, same, said) if change.now else said.say("staff.vanished"),
        because=said_causes(change.because, said),
    )


def said_causes(causes: Iterable[Cause], said: Words) -> str:
    """Why something moved, in words."""
    return said.say("why.and").join(_cause(cause, said) for cause in causes)


def _cause(cause: Cause, said: Words) -> str:
    values = {key: _basis(value, said) if key in ("was", "now") else value or "-" for key, value in cause.values.items()}
    return said.say(f"because.{cause.kind}", **values)


def _basis(text: str, said: Words) -> str:
    """A date and what it is: "2026-11-30 (planned)"; a condition's answer; anything else as it is."""
    match = re.fullmatch(r"(.*) \(([a-z ]+)\)", text)
    if match is not None and match[2] in _BASES:
        return said.say(
            "because.dated", day=match[1] or said.say("staff.no_date"), basis=said.say(f"basis.{match[2].replace(' ', '_')}")
        )
    return said.say(f"because.{text.replace(' ', '_')}") if text in _ANSWERS else text or "-"


def _said(shown: Mapping[str, str], same: set[str], said: Words) -> str:
    """What was issued, in words, but what stayed the same: "target Mon 14 December 2026, from Sat 12 December 2026"."""
    parts = [said.say(f"moved.{key}", day=_day(shown[key], said)) for key in _DATES if key in shown and key not in same]
    if "outcome" not in same and shown.get("outcome") in ("missed", "cancelled", "skipped"):
        parts.append(said.say(f"outcome.{shown['outcome']}"))
    if shown.get("applies") == Applies.UNDECIDED.value:
        parts.append(said.say("staff.not_decided"))
    if not parts and "from" in shown:
        parts.append(said.say("staff.end_not_known"))
    elif not parts:
        parts.append(said.say("staff.no_date" if not same & set(_DATES) else "staff.to_book"))
    return said.say("date.list").join(parts)


def _day(text: str, said: Words) -> str:
    """An ISO day or date-time in words; what is neither is shown as it is."""
    try:
        return said.moment(datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text))
    except ValueError:
        return text
