"""Whether a protocol's windows hold open days at a site: every visit for every anchor day of the announced years.

Nothing is known of the participant: what hangs on a condition counts as if it held. A visit is judged for an anchor day when its
window has two ends and lies wholly within the announced calendar; what takes place on the ward is not judged, for the ward is never
closed. Windows include both their ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.facts.records import Participant
from scheduler.opendays.calendar import OpenDays
from scheduler.opendays.public import NoDays
from scheduler.planning.anchored import Asked, anchor_visit, asked
from scheduler.planning.infusion import days_before, nearest
from scheduler.protocol.records import Mode, PlannedPeriod, PlannedVisit, Protocol

_YEARS = 3


class VisitShare(NamedTuple):
    """A visit, for how many anchor days it could be judged, and for how many of those its window holds no open day."""

    plan: PlannedVisit
    judged: int
    impossible: int

    @property
    def share(self) -> float:
        """The part of the judged anchor days that leaves it no day."""
        return self.impossible / self.judged if self.judged else 0.0


class WeekdayShares(NamedTuple):
    """What does not move and comes before the anchor: a treatment, a rest, or the ward visits of one rule.

    For each weekday of the anchor, Monday first, how often all its days are working days.
    """

    plan: PlannedPeriod | PlannedVisit
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Feasibility:
    """What all anchor days from the first to the last, both included, come to."""

    first: date
    last: date
    visits: tuple[VisitShare, ...]
    weekdays: tuple[WeekdayShares, ...]
    undecided: tuple[str, ...]


def announced_years(open_days: OpenDays, today: date) -> tuple[date, date] | None:
    """The last three whole years that are announced, next year the last; None when nobody has said until when they are."""
    if open_days.announced is None and not isinstance(open_days.public, NoDays):
        return None
    year = today.year + 1
    while not open_days.is_announced(date(year, 12, 31)):
        year -= 1
    return date(year - _YEARS + 1, 1, 1), date(year, 12, 31)


def feasibility(protocol: Protocol, site: str, open_days: OpenDays, first: date, last: date) -> Feasibility:
    """What all anchor days from the first to the last come to at a site.

    Raises SchedulerError when the anchor is not dated by its record, or a date cannot be counted.
    """
    anchor_visit(protocol)
    nobody = Participant(id="", site=site)
    anchors = [first + timedelta(number) for number in range((last - first).days + 1)]
    found = {anchor: asked(protocol, nobody, anchor, open_days) for anchor in anchors}
    names = (name for what in found.values() for name in what.undecided)
    return Feasibility(first, last, _visits(found.values(), open_days), _weekdays(found, open_days), tuple(dict.fromkeys(names)))


def _visits(found: Iterable[Asked], open_days: OpenDays) -> tuple[VisitShare, ...]:
    known: dict[tuple[date, Mode | None], bool] = {}
    shares: dict[str, VisitShare] = {}
    for visit in (visit for what in found for visit in what.visits if visit.plan.mode is not Mode.WARD):
        mode = visit.plan.mode

        def is_open(day: date, mode: Mode | None = mode) -> bool:
            if (day, mode) not in known:
                known[day, mode] = open_days.for_visit(day, mode).is_open
            return known[day, mode]

        judged = visit.opens is not None and visit.closes is not None and open_days.is_announced(visit.closes)
        impossible = judged and nearest(visit, is_open) is None
        so_far = shares.get(visit.plan.id, VisitShare(visit.plan, 0, 0))
        shares[visit.plan.id] = so_far._replace(judged=so_far.judged + judged, impossible=so_far.impossible + impossible)
    return tuple(shares.values())


def _weekdays(found: Mapping[date, Asked], open_days: OpenDays) -> tuple[WeekdayShares, ...]:
    kept: dict[str, tuple[PlannedPeriod | PlannedVisit, list[list[bool]]]] = {}
    for anchor, what in found.items():
        for plan, days in _fixed_before(anchor, what):
            name = plan.id if isinstance(plan, PlannedPeriod) else plan.rule
            _, by_weekday = kept.setdefault(name, (plan, [[] for _ in range(7)]))
            by_weekday[anchor.weekday()].append(all(open_days.on(day).is_open for day in days))
    return tuple(
        WeekdayShares(plan, tuple(sum(days) / len(days) if days else 0.0 for days in by_weekday))
        for plan, by_weekday in kept.values()
    )


def _fixed_before(anchor: date, what: Asked) -> Iterator[tuple[PlannedPeriod | PlannedVisit, list[date]]]:
    """What does not move and comes before the anchor, with its days; the ward visits of a rule together, without those of a treatment."""
    covered: set[date] = set()
    for period in what.periods:
        if days := list(days_before(period, anchor)):
            covered.update(days)
            yield period.plan, days
    visits: dict[str, tuple[PlannedVisit, list[date]]] = {}
    for visit in what.visits:
        if visit.plan.mode is Mode.WARD and visit.target is not None and visit.target < anchor and visit.target not in covered:
            visits.setdefault(visit.plan.rule, (visit.plan, []))[1].append(visit.target)
    yield from visits.values()
