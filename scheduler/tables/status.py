"""What is on, as rows: the lists of one day, and the rows to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler.facts.reader import VISIT_COLUMNS
from scheduler.facts.records import Site
from scheduler.planning.standing import days_left
from scheduler.planning.status import Item, Status
from scheduler.planning.suggest import Suggestion
from scheduler.tables.formats import Row, columns_text, iso, to_csv
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
    columns = VISIT_COLUMNS[:7]  # those every table has; a row may be shorter than its header
    empty = dict.fromkeys(columns, "")
    rows = [empty | {"participant": item.schedule.participant.id, "visit": item.visit.id} for item in items if not has_row(item)]
    return to_csv(columns, rows)


def suggested_csv(found: Iterable[Suggestion]) -> str:
    """The rows of suggested days, in the columns of visits.csv. Visits that have a row there already are left out."""
    empty = dict.fromkeys(VISIT_COLUMNS, "")
    rows = [
        empty | {"participant": each.schedule.participant.id, "visit": each.visit.id, "booked": iso(each.day)}
        for each in found
        if not has_row(each)
    ]
    return to_csv(VISIT_COLUMNS, rows)


def has_row(item: Item | Suggestion) -> bool:
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
