"""What of a protocol a USDM file does not hold, by the kinds of the published list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scheduler.exchange.rules import other_languages
from scheduler.exchange.usdm import losses
from scheduler.exchange.usdm.durations import is_sayable
from scheduler.exchange.visits import OneVisit, around, counted_of, ids, sides_of
from scheduler.language.moments import Numbering
from scheduler.language.syntax import Given, NoWindow
from scheduler.protocol.records import (
    Activity,
    BetweenRule,
    Event,
    Owner,
    PlannedGroup,
    PlannedPeriod,
    PlannedVisit,
    Protocol,
)


def lost_from(protocol: Protocol, visits: Sequence[OneVisit]) -> dict[str, tuple[str, ...]]:
    """The names that each kind of loss concerns, in the order of the published list; kinds that nothing falls under are left out."""
    study = protocol.study
    found: dict[str, Iterable[str]] = {
        losses.RULES: [
            *(visit.id for visit in visits if visit.conditions),
            *(activity.id for activity in protocol.activities if activity.when is not None),
        ],
        losses.FACTS: (
            fact.id for fact in protocol.facts.values() if fact.id != "arm" or not fact.values or fact.label or fact.source
        ),
        losses.EVENTS: _events(protocol, visits),
        losses.NO_TARGET: (visit.id for visit in visits if _has_no_target(visit)),
        losses.UNCOUNTED: (visit.id for visit in visits if _is_uncounted(visit) and not _has_no_target(visit)),
        losses.OPEN_SERIES: (visit.id for visit in visits if visit.several),
        losses.OPEN_WINDOWS: (visit.id for visit in visits if _has_other_window(visit, protocol)),
        losses.MORE_RULES: [*(visit.id for visit in visits if _has_more(visit)), *_groups_with_more(protocol.root)],
        losses.GATES: (activity.id for activity in protocol.activities if _has_gate(activity, protocol)),
        losses.PERIODS: (period.id for period in protocol.periods),
        losses.BETWEEN: (rule.id for rule in protocol.between),
        losses.EPOCH_ENDS: (epoch.id for epoch in protocol.epochs.values() if epoch.until is not None),
        losses.LANGUAGES: other_languages(protocol),
        losses.TEXTS: (
            *(["study"] if study.card is not None else []),
            *(rule.id for rule in protocol.all_rules if _tells_participants(rule)),
        ),
        losses.SOURCES: _sourced(protocol),
        losses.STUDY_KEYS: (
            key
            for key, is_lost in {
                "day_numbering": study.reckoning.numbering is Numbering.DAY_1_WITH_0,
                "week_numbering": study.reckoning.weeks_from_1,
                "month": study.reckoning.month is not None,
                "year": study.reckoning.year is not None,
                "notice": study.notice is not None,
                "language": study.language != "en",
            }.items()
            if is_lost
        ),
        losses.QUESTIONS: ("" for _ in protocol.questions),
    }
    kept = {kind: tuple(dict.fromkeys(names)) for kind, names in found.items()}
    return {kind: tuple(filter(None, kept[kind])) for kind in losses.LOSSES if kept.get(kind)}


def _events(protocol: Protocol, visits: Sequence[OneVisit]) -> Iterator[str]:
    """The events that are not in the file, or are there as something else than they are."""
    by_id, used = ids(visits), {protocol.study.anchor}
    for visit in visits:
        counted = visit.counted
        while counted is not None and is_sayable(counted.offset) and counted.base not in used:
            used.add(counted.base)
            counted = counted_of(counted.base, by_id, protocol)
    for name, event in protocol.events.items():
        counted = counted_of(name, by_id, protocol)
        is_counted = counted is not None and is_sayable(counted.offset)
        is_own = name != protocol.study.anchor and not is_counted  # it has a timeline of its own, for what may not happen
        other = event.may_not_happen != is_own or event.owner is not Owner.PARTICIPANT
        if name not in used or other or (event.at is not None and (not is_counted or name == protocol.study.anchor)):
            yield name


def _has_no_target(visit: OneVisit) -> bool:
    return not visit.several and visit.plan.at is None and not visit.plan.cases


def _is_uncounted(visit: OneVisit) -> bool:
    if visit.several or (isinstance(visit.plan.at, Given) and not visit.plan.cases):
        return False
    return visit.counted is None or not is_sayable(visit.counted.offset)


def _has_other_window(visit: OneVisit, protocol: Protocol) -> bool:
    """Whether a visit that has a date has a window that is not so much earlier and so much later than that."""
    if visit.several or _is_uncounted(visit) or visit.plan.window is None or isinstance(visit.plan.window, NoWindow):
        return False
    return around(visit, protocol) is None


def _has_more(visit: OneVisit) -> bool:
    plan = visit.plan
    rules = (plan.limits, plan.prefer, plan.allowance, plan.until, plan.missed_after, plan.missed_never, plan.yields_to)
    return any(rules) or plan.optional or plan.moves is not None or any(case.limits for case in plan.cases)


def _groups_with_more(group: PlannedGroup) -> Iterator[str]:
    for inner in group.groups:
        if inner.moves is not None or inner.until or inner.outside.until or inner.outside.limits:
            yield inner.rule or inner.id
        yield from _groups_with_more(inner)


def _has_gate(activity: Activity, protocol: Protocol) -> bool:
    reckoning = protocol.study.reckoning
    times = (time for time in activity.times if time.window is not None)
    return activity.window is not None or any(sides_of(time.window, reckoning) is None for time in times)


def _tells_participants(rule: PlannedVisit | PlannedPeriod | Event | Activity | BetweenRule) -> bool:
    if isinstance(rule, PlannedVisit):
        return rule.text is not None or rule.calendar_text is not None or any(case.text is not None for case in rule.cases)
    return isinstance(rule, Activity | PlannedPeriod) and rule.text is not None


def _sourced(protocol: Protocol) -> Iterator[str]:
    """The names of what has a source, or holds an assumption; "study" for the study's own."""
    study = protocol.study
    if study.source or study.assumed or study.accepted:
        yield "study"
    yield from (fact.id for fact in protocol.facts.values() if fact.source)
    for rule in protocol.all_rules:
        if rule.source or rule.assumed or getattr(rule, "accepted", None):
            yield rule.id
    yield from _sourced_groups(protocol.root)


def _sourced_groups(group: PlannedGroup) -> Iterator[str]:
    for inner in group.groups:
        if inner.assumed or inner.accepted:
            yield inner.rule or inner.id
        yield from _sourced_groups(inner)
