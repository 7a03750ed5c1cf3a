"""The days for the study's anchor as rows, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduler.opendays.calendar import Reason
from scheduler.planning.infusion import Candidate, ranked
from scheduler.protocol.records import PlannedVisit
from scheduler.tables.formats import Row, columns_text, to_csv, wrapped
from scheduler.views.infusion import InfusionPage, InfusionRow, why

_WIDE = 160  # columns of a terminal

INFUSION_COLUMNS = (
    "rank",
    "day",
    "weekday",
    "too_late",
    "rules_broken",
    "rules_unchecked",
    "days_without_bed",
    "peak_beds",
    "closed",
    "on_closed_days",
    "discharge_on_closed_day",
    "no_open_day",
    "worst_shift",
    "total_shift",
    "shifts",
    "provisional",
    "visits_of_others",
    "bookings_to_move",
    "may_be_needed",
    "not_scored",
    "reasons",
)


def infusion_csv(found: Iterable[Candidate], page: InfusionPage) -> str:
    """A row for each candidate day; visits, facts and rules by their ids, and every reason, also one that holds for all days."""
    return to_csv(INFUSION_COLUMNS, (_row(one, row, page) for one, row in zip(ranked(found), page.rows, strict=True)))


def _row(one: Candidate, row: InfusionRow, page: InfusionPage) -> Row:
    return {
        "rank": str(row.rank),
        "day": one.day.isoformat(),
        "weekday": page.say.weekday(one.day),
        "too_late": _together([str(one.day)] * one.past + [f"{item.plan.id} {item.day}" for item in one.too_late]),
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
        "reasons": "; ".join(why(one, page.say)),
    }


def _causes(found: Iterable[Reason]) -> str:
    return _together(reason.cause.value for reason in found)


def _ids(plans: Sequence[PlannedVisit]) -> str:
    return _together(plan.id for plan in plans)


def _together(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(texts))


def infusion_text(page: InfusionPage) -> str:
    """The days for the terminal, under what holds for all of them."""
    say = page.say.say
    rank, *more = [say(f"infusion.{key}") for key in ("rank", "mark", "shift", "beds", "others", "why")]
    rows = [
        [str(row.rank), row.said, say("date.list").join(row.signs), row.shift, row.beds, row.others, say("why.and").join(row.why)]
        for row in page.rows
    ]
    legend = say("why.and").join(say("between.rule", rule=sign, what=text) for sign, _, text in page.legend)
    lines = [page.title, page.whose, page.days, *page.notes, say("infusion.order"), legend]
    head = "\n".join(line for text in lines for line in wrapped(text, _WIDE))
    return head + "\n\n" + columns_text([[rank, say("staff.day"), *more], *rows], wide=_WIDE)
