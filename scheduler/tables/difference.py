"""What an amendment changes, as rows."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.planning.difference import Difference
from scheduler.schedule.records import Period, Visit
from scheduler.tables.formats import Row, columns_text, iso, to_csv
from scheduler.views.difference import DifferencePage, Impact
from scheduler.views.words import Words, words

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
