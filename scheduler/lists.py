"""The lists staff work from, as rows: what is on today and to book, what deviates, what an amendment changes. As CSV, and as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler.facts.reader import VISIT_COLUMNS
from scheduler.facts.records import Site
from scheduler.language.moments import day_of
from scheduler.planning.deviations import Deviation
from scheduler.planning.difference import Difference
from scheduler.planning.standing import days_left
from scheduler.planning.status import Item, Status
from scheduler.schedule.records import Period, Visit
from scheduler.tables import Row, columns_text, iso, to_csv
from scheduler.views.deviations import deviation_row, name_of, signed
from scheduler.views.difference import DifferencePage, Impact
from scheduler.views.identity import Identity
from scheduler.views.status import status_lists
from scheduler.views.words import Words, words

STATUS_COLUMNS = (
    "list",
    "site",
    "participant",
    "visit",
    "label",
    "mode",
    "target",
    "opens",
    "closes",
    "booked",
    "actual",
    "standing",
    "days",
    "days_left",
    "note",
)
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


def status_csv(found: Status, language: str) -> str:
    """Every list of a day but what comes later, in one table."""
    said = words(language)
    named = {"overdue": found.overdue, "today": found.today, "coming": found.coming, "to book": found.to_book}
    return to_csv(STATUS_COLUMNS, (_status_row(name, item, said) for name, items in named.items() for item in items))


def _status_row(name: str, item: Item, said: Words) -> Row:
    visit, participant = item.visit, item.schedule.participant
    left = days_left(visit, item.today) if item.standing.stand.is_expected else None
    return {
        "list": name,
        "site": participant.site,
        "participant": participant.id,
        "visit": visit.id,
        "label": said.visit(visit.plan),
        "mode": visit.plan.mode.value if visit.plan.mode else "",
        "target": iso(visit.target),
        "opens": iso(visit.opens),
        "closes": iso(visit.closes),
        "booked": iso(visit.booked),
        "actual": iso(visit.actual),
        "standing": item.standing.stand.value,
        "days": str(item.standing.days or ""),
        "days_left": "" if left is None else str(left),
        "note": visit.record.note,
    }


def to_book_csv(items: Iterable[Item]) -> str:
    """The rows to fill in, in the columns of visits.csv. Visits that have a row there already are left out."""
    empty = dict.fromkeys(VISIT_COLUMNS, "")
    rows = [empty | {"participant": item.schedule.participant.id, "visit": item.visit.id} for item in items if not has_row(item)]
    return to_csv(VISIT_COLUMNS, rows)


def has_row(item: Item) -> bool:
    """Whether a visit has a row in visits.csv: then that is the one to fill in."""
    return item.visit.id in item.schedule.participant.visits


def status_text(found: Status, sites: Mapping[str, Site], days: int, language: str) -> str:
    """The lists of a day for the terminal."""
    said = words(language)
    parts = []
    for list in status_lists(found, sites, days, said):
        rows = [[row.participant, row.day, row.visit, " ".join(row.window), row.booked, row.state] for row in list.rows]
        head = [said.say(f"staff.{key}").upper() for key in ("participant", "day", "visit", "window", "booked", "state")]
        body = columns_text([head, *rows]) if rows else said.say("staff.nobody") + "\n"
        parts.append(f"{list.title}\n{body}")
    return "\n".join(parts)


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


DIFFERENCE_COLUMNS = (
    "site",
    "participant",
    "visit",
    "label",
    "change",
    "target_before",
    "first_before",
    "last_before",
    "target_after",
    "first_after",
    "last_after",
    "activities_added",
    "activities_removed",
    "booked",
    "booking",
    "closed_already",
    "reissue_calendar",
)


def difference_csv(impacts: Iterable[Impact], language: str) -> str:
    """What becomes of every visit and period under an amendment, a row each."""
    said = words(language)
    return to_csv(DIFFERENCE_COLUMNS, (_difference(each, one, said) for one in impacts for each in one.found))


def _difference(each: Difference, one: Impact, said: Words) -> Row:
    item, (added, removed) = each.item, each.activities
    before, after = _three_days(each.before), _three_days(each.after)
    return {
        "site": one.after.participant.site,
        "participant": one.after.participant.id,
        "visit": item.id,
        "label": said.visit(item.plan) if isinstance(item, Visit) else said.period(item.plan),
        "change": each.fate.value,
        "target_before": before[0],
        "first_before": before[1],
        "last_before": before[2],
        "target_after": after[0],
        "first_after": after[1],
        "last_after": after[2],
        "activities_added": " ".join(added),
        "activities_removed": " ".join(removed),
        "booked": iso(item.booked) if isinstance(item, Visit) else "",
        "booking": each.booking.value if each.booking else "",
        "closed_already": "yes" if each.closed else "",
        "reissue_calendar": "yes" if one.reissue else "",
    }


def _three_days(item: Visit | Period | None) -> tuple[str, str, str]:
    """A visit's target and window, or a period's first and last day."""
    if item is None:
        return "", "", ""
    if isinstance(item, Visit):
        return iso(item.target), iso(item.opens), iso(item.closes)
    return "", iso(item.start), iso(item.end)


def difference_text(page: DifferencePage) -> str:
    """What an amendment changes, for the terminal."""
    said = page.say
    parts = ["\n".join([page.title, *page.totals]) + "\n"]
    head = [said.say(key).upper() for key in ("staff.visit", "difference.what", "difference.before", "difference.after")]
    for person in page.participants:
        mark = f"; {said.say('difference.reissue')}" if person.reissue else ""
        rows = [[row.item, row.fate, row.before, row.after, row.booking] for row in person.rows]
        table = columns_text([[*head, said.say("difference.booking").upper()], *rows]) if rows else ""
        parts.append(f"{person.participant} ({person.site}): {person.summary}{mark}\n{table}")
    return "\n".join(parts)
