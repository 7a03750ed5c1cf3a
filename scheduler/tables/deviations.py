"""Deviations as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler.facts.records import Site
from scheduler.language.moments import day_of
from scheduler.planning.deviations import Deviation
from scheduler.schedule.records import Visit
from scheduler.tables.formats import Row, columns_text, iso, to_csv
from scheduler.views.deviations import deviation_row, name_of, signed
from scheduler.views.identity import Identity
from scheduler.views.words import Words, words

DEVIATION_COLUMNS = (
    "site",
    "participant",
    "visit",
    "label",
    "deviation",
    "first",
    "last",
    "actual",
    "days",
    "activity",
    "wider_window_for",
    "assumed",
    "reason",
    "recorded_by",
    "recorded_on",
    "protocol_version",
    "study_hash",
    "program",
)
_HEAD = (
    "staff.participant",
    "staff.visit",
    "deviations.kind",
    "deviations.allowed",
    "deviations.actual",
    "deviations.days",
    "deviations.version",
    "deviations.reason",
)


def deviations_csv(found: Iterable[Deviation], language: str, identity: Identity) -> str:
    """Every deviation, a row each."""
    said = words(language)
    return to_csv(DEVIATION_COLUMNS, (_deviation(each, said, identity) for each in found))


def _deviation(found: Deviation, said: Words, identity: Identity) -> Row:
    record = found.item.record if isinstance(found.item, Visit) else None
    recorded_on = record.recorded_on if record is not None else None
    return {
        "site": found.schedule.participant.site,
        "participant": found.schedule.participant.id,
        "visit": found.id,
        "label": name_of(found, said),
        "deviation": found.kind.value,
        "first": iso(found.first),
        "last": iso(found.last),
        "actual": iso(found.actual),
        "days": signed(found),
        "activity": found.task.activity.id if found.task else "",
        "wider_window_for": found.wider.reason if found.wider else "",
        "assumed": "assumed" if found.assumed else "",
        "reason": found.reason,
        "recorded_by": record.recorded_by if record else "",
        "recorded_on": "" if recorded_on is None else day_of(recorded_on).isoformat(),
        "protocol_version": found.protocol.study.protocol_version,
        "study_hash": identity.study_hash,
        "program": identity.program,
    }


def deviations_text(found: Iterable[Deviation], sites: Mapping[str, Site], language: str) -> str:
    """Every deviation for the terminal."""
    said = words(language)
    rows = [deviation_row(each, sites, said) for each in found]
    if not rows:
        return said.say("deviations.none") + "\n"
    head = [said.say(key).upper() for key in _HEAD]
    table = [
        [row.participant, row.visit, row.kind, " ".join(row.allowed), row.actual, row.days, row.version, row.reason]
        for row in rows
    ]
    return columns_text([head, *table])
