"""What moved since the plan before, and because of what: two issues of the same study, compared as plain data.

Nothing here is in words: what is kept from one issue to the next is put into the language of each page when it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.language.moments import Moment
from scheduler.schedule.records import Period, Schedule, Visit
from scheduler.views.why import rests_on

Issued = dict[str, dict[str, Any]]  # by id of the visit or period: what was issued of it


CAUSES = frozenset(
    "rule version record counted_now counted_no_longer ground condition appeared vanished cut withdrawn died lost no_longer_there".split()
)


class Cause(NamedTuple):
    """Why something moved: the phrase that says it (of `because` in the words), and what fills its blanks."""

    kind: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One visit or period that is not what it was, as plain data.

    `was` is empty for a new one, `now` for one that is planned no longer.
    """

    participant: str
    item: str
    was: Mapping[str, str]
    now: Mapping[str, str]
    because: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved in one participant's papers, since the papers of a moment."""

    since: datetime
    changes: tuple[Change, ...]


def issued(schedule: Schedule) -> Issued:
    """What is issued of a participant's schedule, as plain data to keep and to compare with the next."""
    items: Issued = {visit.id: _visit(visit, schedule) for visit in schedule.visits if visit.applies.shown}
    items |= {period.id: _period(period, schedule) for period in schedule.periods if period.applies.shown}
    return items


def gone(schedule: Schedule) -> dict[str, tuple[Cause, ...]]:
    """Why what the protocol knows is not for a participant, by id: what ended it, or that the participant left."""
    return {item.id: causes for item in schedule.items if not item.applies.shown and (causes := _end_of(item))}


def _end_of(item: Visit | Period) -> tuple[Cause, ...]:
    if item.why.left is not None:
        return (Cause(item.why.left.reason.value, {"day": _iso(item.why.left.day)}),)
    return tuple(Cause("cut", {"name": ground.name, "day": _iso(ground.day)}) for ground in item.why.cut)


def changes(
    participant: str,
    before: Mapping[str, Any],
    after: Issued,
    because: tuple[Cause, ...] = (),
    causes: Mapping[str, tuple[Cause, ...]] | None = None,
) -> Iterator[Change]:
    """The changes from one issue to the next, in the order of the later one; `because` is a cause that holds for all of them.

    `causes` are those of what there is no longer, by id.
    """
    for item in [*after, *(item for item in before if item not in after)]:
        old, new = before.get(item), after.get(item)
        was, now = _shown(old), _shown(new)
        if was != now:
            ended = (causes or {}).get(item, ()) if new is None else ()
            yield Change(participant, item, was, now, because or ended or tuple(_because(old, new)) or (Cause("record", {}),))


def _visit(visit: Visit, schedule: Schedule) -> dict[str, Any]:
    dates = {
        "target": _iso(visit.target),
        "earliest": _iso(visit.opens),
        "latest": _iso(visit.closes),
        "booked": _iso(visit.booked),
        "actual": _iso(visit.actual),
        "outcome": visit.outcome.value,
    }
    rule = f"at {visit.plan.at or '-'}, window {visit.plan.window or '-'}"
    if visit.plan.limits:
        rule += ", limits " + ", ".join(map(str, visit.plan.limits))
    return _item(dates, rule, rests_on(visit.why.target + visit.why.window + visit.why.limits), visit, schedule)


def _period(period: Period, schedule: Schedule) -> dict[str, Any]:
    dates = {"from": _iso(period.start), "to": _iso(period.end), "end": period.end_kind.value}
    rule = f"from {period.plan.start} to {period.plan.end or '-'}"
    if period.why.left is not None:
        rule += f", until the participant left ({period.why.left.reason.value} on {period.why.left.day})"
    elif (left := schedule.participant.left) is not None and period.plan.end is not None and period.end is None:
        rule += f", without an end since the participant left ({left.reason.value} on {left.day})"
    return _item(dates, rule, rests_on(period.why.target + period.why.window), period, schedule)


def _item(dates: dict[str, str], rule: str, grounds: dict[str, str], item: Visit | Period, schedule: Schedule) -> dict[str, Any]:
    return {
        "dates": {key: value for key, value in dates.items() if value},
        "applies": item.applies.value,
        "rule": rule,
        "version": schedule.protocol_of(item).study.protocol_version,
        "rests on": grounds,
    }


def _iso(moment: Moment | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _shown(item: Mapping[str, Any] | None) -> dict[str, str]:
    """What somebody sees of an issued visit or period: its dates, and whether it is certain to be."""
    return {} if item is None else {**item["dates"], "applies": item["applies"]}


def _because(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[Cause]:
    """What differs underneath: the rule, a date it rests on, an answer, or its own record."""
    if old is None or new is None:
        yield Cause("appeared", {"version": new["version"]}) if new else Cause("vanished", {})
        return
    if old["rule"] != new["rule"]:
        yield Cause("rule", {"was": old["rule"], "now": new["rule"]})
        if old["version"] != new["version"]:
            yield Cause("version", {"was": old["version"], "now": new["version"]})
    if any(old["dates"].get(key) != new["dates"].get(key) for key in ("booked", "actual", "outcome")):
        yield Cause("record", {})
    grounds, before = new["rests on"], old["rests on"]
    for name in sorted({*grounds, *before}):
        was, now = before.get(name), grounds.get(name)
        if was is None:
            yield Cause("counted_now", {"name": name, "now": now})
        elif now is None:
            yield Cause("counted_no_longer", {"name": name})
        elif was != now:
            yield Cause("ground", {"name": name, "was": was, "now": now})
    if old["applies"] != new["applies"]:
        yield Cause("condition", {"was": old["applies"], "now": new["applies"]})
