"""Warnings about a protocol: what dates it gives to somebody, under every answer, and what nobody can come to.

Dates are tried on a few people who differ in their first day and in their answers. A warning that is as it should be is accepted in the
file, on the rule or for the whole study: `accepted: {overlap: the visits may be combined}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise, product

from scheduler.check.discreet import Telling, not_discreet
from scheduler.check.satisfiable import nobody_satisfies
from scheduler.check.warned import Warned
from scheduler.facts.records import Participant, Recorded
from scheduler.language.moments import Moment, day_of, surely_after
from scheduler.language.survey import is_from_anchor, is_series, references, starts
from scheduler.language.syntax import Condition, Each, Given, Series
from scheduler.protocol.names import names_of
from scheduler.protocol.records import Activity, PlannedGroup, PlannedPeriod, PlannedVisit, Protocol
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Schedule, Visit

FIRST_DAYS = (date(2026, 1, 31), date(2027, 3, 1), date(2028, 2, 29))  # the months after them are clipped, or not
_MOST_PEOPLE = 96
_SMALL_GAP = 2
_WIDE = 6  # days between the first and the last of a window that may be meant to reach the next

Rule = PlannedVisit | PlannedPeriod | PlannedGroup | Activity


@dataclass(frozen=True, slots=True)
class Checked:
    """The warnings of a protocol in the order of the file, and how many visits somebody has under it."""

    warnings: tuple[Warned, ...]
    visits: int
    goes_on: tuple[str, ...]


def checked(protocol: Protocol, telling: Telling | None = None, languages: Iterable[str] = ()) -> Checked:
    """Every warning of a protocol; `telling` says what a text for the phone must not hold, by itself what the protocol names.

    `languages` are those in use at its sites. Raises SchedulerError when somebody cannot be dated at all.
    """
    schedules = [expand(protocol, person) for person in people(protocol)]
    found = [
        *_without_window(protocol),
        *_without_end(protocol),
        *(
            _warned(protocol, [visit], "not discreet", "calendar text", said)
            for visit, said in not_discreet(telling or Telling([protocol]), protocol)
        ),
        *_not_translated(protocol, sorted(set(languages))),
        *_never(protocol, schedules),
        *_dated(protocol, schedules),
    ]
    unique = {
        (warned.kind, warned.place): warned for warned in reversed(found)
    }  # the first of its kind in a place speaks for all
    return Checked(
        warnings=tuple(sorted(unique.values(), key=lambda warned: (warned.place.line or 0, warned.kind, warned.message))),
        visits=max(len([visit for visit in schedule.visits if visit.applies is not Applies.NO]) for schedule in schedules),
        goes_on=tuple(dict.fromkeys(item.name for schedule in schedules for item in schedule.open)),
    )


def people(protocol: Protocol) -> Iterator[Participant]:
    """Somebody for every first day and every set of answers; of very many sets, some."""
    choices = {name: fact.choices for name, fact in protocol.facts.items() if fact.choices}
    sets = [dict(zip(choices, values, strict=True)) for values in islice(product(*choices.values()), _MOST_PEOPLE)]
    for number, answers in enumerate([{}, *sets]):
        days = FIRST_DAYS if number == 0 else FIRST_DAYS[:1]
        for day in days:
            recorded = {protocol.study.anchor: (Recorded(day),)}
            yield Participant(id="somebody", answers=answers, recorded=recorded)


def _warned(protocol: Protocol, rules: Iterable[Rule], kind: str, key: str, message: str) -> Warned:
    """A warning about one rule or two; either of them, or the study, may accept it."""
    several = list(rules)
    reasons = [rule.accepted.get(kind, "") for rule in several] + [protocol.study.accepted.get(kind, "")]
    return Warned(kind, several[0].where.key(key), message, next(filter(None, reasons), ""))


# -- what is not said


def _without_window(protocol: Protocol) -> Iterator[Warned]:
    for visit in protocol.visits:
        for case in visit.cases or (visit,):
            if case.window is None and not isinstance(case.at, Given):
                said = "no window is stated; where the protocol does not give one, say window: none"
                yield _warned(protocol, [visit], "no window", "id", f"{visit.rule}: {said}")


def _without_end(protocol: Protocol) -> Iterator[Warned]:
    for level in names_of(protocol).levels.values():
        for rule in level.group.members:
            if isinstance(rule, PlannedPeriod) or not isinstance(rule.at, Series) or not rule.at.stretches:
                continue
            last = rule.at.stretches[-1].ends or rule.at.ends
            points = [point for until in rule.until for point in until.points]
            ended = rule.epoch and protocol.ends_of(rule)
            if isinstance(rule, PlannedGroup):  # a label is an end in each copy, not of the copies
                points = [point for point in points if not is_from_anchor(point)]
            if last is None and not points and not ended:
                yield _warned(
                    protocol, [rule], "no end", "at", f"{rule.rule}: nothing ends this series (until ..., or ... times)"
                )


# -- what is read in another language


def _not_translated(protocol: Protocol, languages: list[str]) -> Iterator[Warned]:
    """Texts for the calendar that somebody would read in another language than everything around them."""
    for visit in protocol.visits:
        texts = [case.calendar_text for case in visit.cases or (visit,) if case.calendar_text is not None]
        missing = [language for language in languages if not all(text.serves(language) for text in texts)]
        if missing:
            said = f"{visit.rule}: there is no calendar text in {', '.join(missing)}, which is in use here"
            yield _warned(protocol, [visit], "not translated", "calendar text", said)


# -- what cannot be


def _never(protocol: Protocol, schedules: list[Schedule]) -> Iterator[Warned]:
    impossible = set()
    rules: list[PlannedVisit | PlannedPeriod] = [*protocol.visits, *protocol.periods]
    for rule in rules:
        conditions_of = _conditions(protocol, rule)
        if conditions_of and nobody_satisfies(conditions_of, protocol):
            impossible.add(id(rule))
            conditions = " and ".join(map(str, conditions_of))
            yield _warned(protocol, [rule], "never applies", "when", f"{rule.rule}: nobody can satisfy {conditions}")
    for activity in protocol.activities:
        if activity.when is not None and nobody_satisfies((activity.when,), protocol):
            said = f"{activity.id}: nobody can satisfy {activity.when}"
            yield _warned(protocol, [activity], "never applies", "when", said)
    possible = [visit for schedule in schedules for visit in schedule.visits if visit.applies is not Applies.NO]
    there = (
        {visit.plan.rule for visit in possible} if len(schedules) < _MOST_PEOPLE else {visit.rule for visit in protocol.visits}
    )
    still_open = {item.name for schedule in schedules for item in schedule.open}
    for level in names_of(protocol).levels.values():
        around = {outer.group.rule for outer in level.outward()}
        for member in level.group.members:
            missing = isinstance(member, PlannedVisit) and member.rule not in there | still_open
            if missing and not around & still_open and id(member) not in impossible:
                yield _warned(protocol, [member], "never applies", "at", f"{member.rule}: there is never one of these")
    tasks = {task.activity.id for schedule in schedules for visit in schedule.visits for task in visit.tasks}
    for activity in protocol.activities:
        if activity.when is None and activity.id not in tasks:
            yield _warned(protocol, [activity], "never applies", "at", f"{activity.id}: no visit ever has it")


def _conditions(protocol: Protocol, rule: PlannedVisit | PlannedPeriod) -> tuple[Condition, ...]:
    """Everything that must hold for a rule: what it says, and what all its groups say."""
    for level in names_of(protocol).levels.values():
        if any(member is rule for member in level.group.members):
            return (*(part for outer in level.outward() for part in outer.group.outside.when), *rule.when)
    return rule.when


# -- dates


def _dated(protocol: Protocol, schedules: list[Schedule]) -> Iterator[Warned]:
    for schedule in schedules:
        visits = [visit for visit in schedule.visits if visit.applies in (Applies.YES, Applies.UNDECIDED)]
        anchor = protocol.study.anchor
        seen = f"with {anchor} on {_iso(schedule.participant.recorded[anchor][0].moment)}"
        for visit in visits:
            yield from _target_outside(protocol, visit, seen)
        for one, other in pairwise(visits):
            if _in_a_row(one, other):
                yield from _beside(protocol, one, other, seen)
        yield from _same(protocol, [visit for visit in visits if visit.applies is Applies.YES])


def _target_outside(protocol: Protocol, visit: Visit, seen: str) -> Iterator[Warned]:
    if visit.target is None or visit.spread:
        return
    early = visit.earliest is not None and surely_after(visit.earliest, visit.target)
    late = visit.latest is not None and surely_after(visit.target, visit.latest)
    if early or late:
        window = f"{_iso(visit.earliest)} .. {_iso(visit.latest)}"
        said = (
            f"{visit.plan.rule}: the target lies outside the window ({visit.id}: {_iso(visit.target)}, window {window}, {seen})"
        )
        yield _warned(protocol, [visit.plan], "target outside", "window", said)


def _in_a_row(one: Visit, other: Visit) -> bool:
    """Whether two visits are meant to follow each other: of one series, or single ones written one after the other."""
    if one.plan.rule == other.plan.rule:
        return True
    if is_series(one.plan.at) or is_series(other.plan.at) or not one.applies is other.applies is Applies.YES:
        return False
    counted = {reference.name for point in starts(other.plan.at) for reference in references(point)}
    return not counted & {one.id, one.plan.rule}  # what is counted from the other follows it in any case


def _beside(protocol: Protocol, one: Visit, other: Visit, seen: str) -> Iterator[Warned]:
    if one.closes is None or other.opens is None or one.target is None or other.target is None or one.part_of or other.part_of:
        return
    if day_of(one.target) >= day_of(other.target) or other.plan.yields_to or one.plan.yields_to:
        return
    between = (day_of(other.opens) - day_of(one.closes)).days
    rules = [other.plan, one.plan]
    if between <= 0:
        days = f"{one.id} to {_iso(one.closes)}, {other.id} from {_iso(other.opens)}, {seen}"
        yield _warned(protocol, rules, "overlap", "window", f"{other.plan.rule}: the windows overlap ({days})")
    elif 1 < between <= _SMALL_GAP + 1 and _is_wide(one) and _is_wide(other):
        days = f"{'1 day' if between == 2 else '2 days'} between {one.id} and {other.id} belong{'s' if between == 2 else ''} to neither"
        yield _warned(protocol, rules, "gap", "window", f"{other.plan.rule}: {days}")


def _is_wide(visit: Visit) -> bool:
    """Whether a window is so wide that it may be meant to reach the next."""
    return visit.opens is not None and visit.closes is not None and (day_of(visit.closes) - day_of(visit.opens)).days >= _WIDE


def _same(protocol: Protocol, visits: list[Visit]) -> Iterator[Warned]:
    before_it: dict[tuple[object, ...], Visit] = {}
    for visit in visits:
        if visit.target is None or visit.part_of or isinstance(visit.plan.at, Given | Each):
            continue
        key = (day_of(visit.target), visit.earliest, visit.latest, visit.plan.mode)
        before = before_it.setdefault(key, visit)
        if before.plan.rule != visit.plan.rule and not visit.plan.yields_to and not before.plan.yields_to:
            said = f"{visit.id} has the same day and the same window as {before.id}: is it the same visit, or does one yield to the other?"
            yield _warned(protocol, [visit.plan, before.plan], "same occurrence", "at", said)


def _iso(moment: Moment | None) -> str:
    return "" if moment is None else day_of(moment).isoformat()
