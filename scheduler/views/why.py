"""Why a date is what it is: the rule as it was typed, with the dates it was counted from filled in.

`D28 = infusion 2026-08-31 + 28 days; window ±3 days (assumed)`. Staff and auditors read it; participants never do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scheduler.language.moments import Moment, Offset
from scheduler.language.survey import at_conventions, conventions, window_conventions
from scheduler.language.syntax import (
    At,
    Bracket,
    Choice,
    Count,
    Each,
    End,
    Facet,
    FromTo,
    Given,
    Label,
    LabelUnit,
    Limit,
    NoWindow,
    Otherwise,
    Pick,
    Reference,
    Sum,
    Window,
    Within,
)
from scheduler.language.worth import Basis, Ground
from scheduler.protocol.names import names_of
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Applies, Certainty, Period, Visit, Why
from scheduler.views.words import Words


def why_visit(visit: Visit, protocol: Protocol, said: Words) -> str:
    """One line on a visit's target, window, and what they rest on."""
    plan = visit.plan
    dates = _Dates(protocol, visit.why, visit.why.target + visit.why.window + visit.why.limits)
    parts = [_target(visit, dates, said)]
    if plan.window is None or isinstance(plan.window, NoWindow):
        parts.append(said.say("why.no_window"))
    else:
        marks = _marks("window" in visit.assumed, window_conventions(plan.window), protocol, said)
        parts.append(said.say("why.window", rule=dates.filled(plan.window)) + marks)
    parts += [said.say("why.limit", rule=dates.filled(limit)) for limit in plan.limits]
    if visit.empty:
        parts.append(said.say("why.no_day", first=_iso(visit.opens), last=_iso(visit.closes)))
    if visit.unchecked:
        parts.append(said.say("why.unchecked", names=said.awaited(visit.unchecked, protocol)))
    if visit.part_of:
        parts.append(said.say("why.part_of", name=visit.part_of))
    return said.say("why.and").join(parts + _state(visit, protocol, said))


def _target(visit: Visit, dates: _Dates, said: Words) -> str:
    plan = visit.plan
    if isinstance(plan.at, Given):
        if visit.target is None:
            return said.say("why.recorded", name=plan.id)
        return said.say("why.recorded_on", name=plan.id, day=_iso(visit.target))
    if plan.at is None:
        return said.say("why.no_target", name=plan.id)
    marks = _marks("at" in visit.assumed, at_conventions(plan.at), dates.protocol, said)
    line = said.say("why.target", name=plan.id, rule=dates.filled(plan.at)) + marks
    starts = {ground.name for ground in visit.why.target if ground.basis is Basis.START}
    below = [ground for ground in visit.why.target if ground.name not in starts and ground.day is not None]
    if starts and below:
        line += said.say("why.counted_from", names=", ".join(f"{ground.name} {_iso(ground.day)}" for ground in below))
    return line


def why_period(period: Period, protocol: Protocol, said: Words) -> str:
    """One line on a period's first and last day, and what they rest on."""
    plan = period.plan
    dates = _Dates(protocol, period.why, period.why.target + period.why.window)
    start = _marks("from" in period.assumed, conventions(plan.start), protocol, said)
    parts = [said.say("why.period_from", name=plan.id, rule=dates.filled(plan.start)) + start]
    if plan.end is not None:
        end = _marks("to" in period.assumed, conventions(plan.end.point), protocol, said)
        parts.append(said.say("why.period_to", rule=dates.filled(plan.end)) + end)
    if period.began is not None:
        parts.append(said.say("why.began", day=_iso(period.began.moment)))
    if period.ended is not None:
        parts.append(said.say("why.ended", day=_iso(period.ended.moment)))
    if period.empty:
        parts.append(said.say("why.no_day", first=_iso(period.start), last=_iso(period.end)))
    return said.say("why.and").join(parts + _state(period, protocol, said))


def follows(visit: Visit, protocol: Protocol, said: Words) -> str:
    """What a date follows: the plan, counted from the study's anchor, or the days of other visits and events."""
    if visit.target is None or isinstance(visit.plan.at, Given):
        return ""
    others = [
        ground
        for ground in visit.why.target
        if ground.name != protocol.study.anchor and ground.basis in _FOLLOWED and ground.day is not None
    ]
    still = [ground.name for ground in visit.why.target if ground.basis is Basis.OPEN]
    if not others:
        return said.say("why.moves_with", names=", ".join(still)) if still else said.say("why.fixed")
    days = [
        said.say(_how(ground, protocol), name=ground.name, day=said.moment(ground.day))
        for ground in others
        if ground.day is not None
    ]
    return said.say("why.follows", what=said.say("why.and").join(days))


def _how(ground: Ground, protocol: Protocol) -> str:
    """Whether a day was given (a visit), recorded (an event), booked or is only expected."""
    if ground.basis is Basis.ACTUAL:
        return "why.recorded_for" if ground.name in protocol.events or ground.name in protocol.facts else "why.given_on"
    return "why.booked_for" if ground.basis is Basis.BOOKED else "why.expected_on"


_FOLLOWED = (Basis.ACTUAL, Basis.BOOKED, Basis.PLANNED, Basis.COMPUTED, Basis.MISSED)


def rests_on(grounds: Iterable[Ground]) -> dict[str, str]:
    """The dates something rests on, by name: what to compare when it moved."""
    shown = [ground for ground in grounds if ground.basis not in _WITHOUT_DATE]
    return {ground.name: f"{_iso(ground.day)} ({ground.basis.value})" for ground in shown}


_WITHOUT_DATE = (Basis.START, Basis.OPEN, Basis.PROVISIONAL, Basis.UNDECIDED)


def _state(item: Visit | Period, protocol: Protocol, said: Words) -> list[str]:
    """What is not settled about a date."""
    why = item.why
    if why.left is not None:
        return [said.say("why.left" if item.applies is Applies.NO else "why.left_cut", left=said.left(why.left))]
    if item.applies is Applies.NO:
        if why.cut:
            return [said.say("why.cut", names=", ".join(f"{ground.name} {_iso(ground.day)}" for ground in why.cut))]
        return [said.say("why.not_for")]
    if item.applies is Applies.ONLY_IF:
        return [said.say("why.only_if", names=said.names(item.only_if, protocol))]
    parts = [said.say("why.waits", names=said.awaited(item.all_waits, protocol))] if item.all_waits else []
    if why.undecided:
        parts.append(said.say("why.undecided", names=said.names(why.undecided, protocol)))
    if item.certainty is Certainty.TENTATIVE and not item.waits:
        grounds = why.target + why.window + why.limits
        unsure = dict.fromkeys(
            (ground.name, ground.basis) for ground in grounds if not ground.sure and ground.basis is not Basis.START
        )
        keys = {
            Basis.PLANNED: "why.planned",
            Basis.BOOKED: "why.booked",
            Basis.MISSED: "why.missed",
            Basis.UNDECIDED: "why.hangs_on",
            Basis.LEFT_OUT: "why.unless",
            Basis.PROVISIONAL: "why.provisional",
        }
        parts += [said.say(keys.get(basis, "why.computed"), name=said.name(name, protocol)) for name, basis in unsure]
    return parts


def _marks(assumed: bool, rests: frozenset[str], protocol: Protocol, said: Words) -> str:
    """`(assumed)` after what the protocol does not say, and why, where a convention of the study is what it does not say."""
    if not assumed:
        return ""
    keys = sorted(rests & protocol.study.assumed)
    if not keys:
        return said.say("why.assumed")
    return said.say("why.assumed_because", what=", ".join(said.say(f"convention.{key}") for key in keys))


def _iso(moment: Moment | None) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="minutes")
    return "" if moment is None else moment.isoformat()


@dataclass(frozen=True, slots=True)
class _Filled:
    """A term with its date: printed in the term's place, by the expression it stands in."""

    text: str

    def __str__(self) -> str:
        return self.text


class _Dates:
    """Fills the dates that something rests on into its expressions."""

    def __init__(self, protocol: Protocol, why: Why, grounds: Iterable[Ground]) -> None:
        self.protocol = protocol
        self.origin = why.origin or protocol.study.anchor
        self.reckoning = why.reckoning or protocol.study.reckoning
        self.days = {ground.name: ground.day for ground in grounds}

    def filled(self, expression: At | Window | Limit | End) -> str:
        """An expression as it was typed, with the date of each name behind it."""
        if isinstance(expression, Within | Count | Limit | End):
            return str(replace(expression, point=self._point(expression.point)))
        if isinstance(expression, FromTo):
            return str(replace(expression, start=self._point(expression.start), end=self._point(expression.end)))
        return str(self._point(expression))

    def _point(self, point: Any) -> Any:
        if isinstance(point, Label):
            return _Filled(self._dated(self.origin, self.origin) + self._offset(point))
        if isinstance(point, Each):
            return _Filled(self._dated(str(point), point.name))
        if isinstance(point, Reference):
            return _Filled(self._dated(str(point), self._ground(point)))
        if isinstance(point, Sum):
            return replace(point, term=self._point(point.term))
        if isinstance(point, Bracket):
            return replace(point, point=self._point(point.point))
        if isinstance(point, Choice):
            return replace(point, options=tuple(map(self._point, point.options)))
        if isinstance(point, Otherwise):
            return replace(point, first=self._point(point.first), second=self._point(point.second))
        return point

    def _dated(self, written: str, name: str) -> str:
        day = self.days.get(name)
        return written if day is None else f"{written} {_iso(day)}"

    def _ground(self, reference: Reference) -> str:
        """The name by which the date of a reference is known among the grounds: of several, that of the one it came to."""
        own = reference.facet in (Facet.TARGET, Facet.EARLIEST, Facet.LATEST, Facet.START, Facet.END)
        facet = f".{reference.facet.value}" if own and reference.facet else ""
        for name in reversed(self.days) if reference.pick is Pick.LAST else self.days:
            base = name.removesuffix(facet)
            if name.endswith(facet) and (base == reference.name or self._rule(base) == reference.name):
                return name
        return reference.name + facet

    def _rule(self, id: str) -> str:
        found = names_of(self.protocol).find(id)
        return found.member.rule if found is not None else ""

    def _offset(self, label: Label) -> str:
        """How far a label lies from the anchor: "+ 27 days (Day 28)", "+ 28 days (Week 4 = Day 29)"."""
        reckoning = self.reckoning
        offset = reckoning.label(label)
        counted = _offset(offset)
        if offset.months or (label.unit is LabelUnit.DAY and offset.days == label.number):
            return counted
        if label.unit is LabelUnit.WEEK:
            day = reckoning.study_day(_ANY_DAY.fromordinal(_ANY_DAY.toordinal() + offset.days), _ANY_DAY)
            return f"{counted} ({label} = Day {day})"
        return f"{counted} ({label})"


_ANY_DAY = Moment(2000, 1, 1)


def _offset(offset: Offset) -> str:
    amounts = ((offset.months, "month"), (offset.days, "day"))
    return "".join(
        f" {'+' if amount > 0 else '-'} {abs(amount)} {unit}{'' if abs(amount) == 1 else 's'}"
        for amount, unit in amounts
        if amount
    )
