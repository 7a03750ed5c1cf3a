"""The days for the study's anchor as rows, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduler.opendays.calendar import Reason
from scheduler.planning.infusion import Candidate, ranked
from scheduler.protocol.records import PlannedVisit
from scheduler.tables.formats import Row, columns_text, to_csv
from scheduler.views.infusion import InfusionPage, InfusionRow

INFUSION_COLUMNS = (
    "rank",
    "day",
    "weekday",
    "closed",
    "rules_broken",
    "rules_unchecked",
    "no_open_day",
    "provisional",
    "worst_shift",
    "total_shift",
    "shifts",
    "on_closed_days",
    "discharge_on_closed_day",
    "days_without_bed",
    "peak_beds",
    "visits_of_others",
    "bookings_to_move",
    "may_be_needed",
    "not_scored",
    "reasons",
)


def infusion_csv(found: Iterable[Candidate], page: InfusionPage) -> str:
    """A row for each candidate day; visits, facts and rules by their ids."""
    return to_csv(INFUSION_COLUMNS, (_row(one, row, page) for one, row in zip(ranked(found), page.rows, strict=True)))


def _row(one: Candidate, row: InfusionRow, page: InfusionPage) -> Row:
    return {
        "rank": str(row.rank),
        "day": one.day.isoformat(),
        "weekday": page.say.weekday(one.day),
        "closed": _causes(one.closed),
        "rules_broken": _together(finding.limit.rule.id for finding in one.broken),
        "rules_unchecked": _together(finding.limit.rule.id for finding in one.unchecked),
        "no_open_day": _ids(one.empty),
        "provisional": _ids(one.provisional),
        "worst_shift": str(one.worst),
        "total_shift": str(one.total),
        "shifts": _together(f"{shift.plan.id} {shift.days:+}" for shift in one.shifts),
        "on_closed_days": _together(f"{item.plan.id} {item.day}" for item in one.before),
        "discharge_on_closed_day": _together(str(item.day) for item in one.discharge),
        "days_without_bed": _together(map(str, one.over)),
        "peak_beds": str(one.peak),
        "visits_of_others": str(one.others),
        "bookings_to_move": _ids(one.moves),
        "may_be_needed": _together(one.undecided),
        "not_scored": _ids(one.waiting),
        "reasons": "; ".join(row.why),
    }


def _causes(found: Iterable[Reason]) -> str:
    return _together(reason.cause.value for reason in found)


def _ids(plans: Sequence[PlannedVisit]) -> str:
    return _together(plan.id for plan in plans)


def _together(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(texts))


def infusion_text(page: InfusionPage) -> str:
    """The days for the terminal, under what holds for all of them."""
    keys = ("rank", "mark", "empty", "beyond", "shift", "fixed", "beds", "others", "why")
    rank, mark, *more = [page.say.say(f"infusion.{key}") for key in keys]
    rows = [
        [str(row.rank), row.said, row.mark, row.empty, row.beyond, row.shift, row.fixed, row.beds, row.others, "; ".join(row.why)]
        for row in page.rows
    ]
    head = [page.title, page.whose, page.days, *page.notes, page.say.say("infusion.order")]
    legend = columns_text([[sign, text] for sign, _, text in page.legend])
    table = columns_text([[rank, page.say.say("staff.day"), mark, *more], *rows])
    return "\n".join(head) + "\n\n" + table + "\n" + legend
