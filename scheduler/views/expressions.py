"""The protocol's expressions in the words of a language: `within 28 days before enrolment`, "入组前28天内".

A visit is called by its code (V12, C2D8) where its id is one, as the head of the protocol's table shows it; everything else by its label.
A counter is "n". The answers to a fact are printed as the protocol file spells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from scheduler.language.syntax import (
    AllOf,
    Answered,
    AnyOf,
    Around,
    At,
    Bracket,
    Choice,
    Compare,
    Condition,
    Count,
    Direction,
    Duration,
    Each,
    Enclosed,
    End,
    Ends,
    Exact,
    FromTo,
    Given,
    Holds,
    Is,
    Label,
    LabelList,
    Limit,
    MoreThan,
    Moves,
    Not,
    Number,
    Otherwise,
    Point,
    Range,
    Reference,
    Series,
    Side,
    Sides,
    Step,
    SumList,
    TimePoint,
    Times,
    Unit,
    Until,
    Window,
    Within,
)
from scheduler.protocol.names import planned_of
from scheduler.protocol.records import COUNTER, PlannedVisit, Protocol
from scheduler.views.words import Words

_MINUS = "\N{MINUS SIGN}"
_EN_DASH = "\N{EN DASH}"
_CODE = re.compile(r"[A-Z0-9]")
_MADE_UP = re.compile(r"[.][a-z]")  # cycle1.visit: the name of a visit in a copy, where the file gives none


def uncounted(text: str) -> str:
    """A name or a label with "n" for its counters."""
    return COUNTER.sub("n", text)


def code(plan: PlannedVisit) -> str:
    """The id of a visit where people would say it (V12, C2D8, SCR); nothing for a name that only the file uses (infusion, short-term)."""
    name = uncounted(plan.id)
    return name if plan.label is None or (_CODE.search(name) and not _MADE_UP.search(name)) else ""


class Phrases:
    """Says the expressions of one protocol in one language."""

    def __init__(self, protocol: Protocol, said: Words) -> None:
        self.protocol = protocol
        self.said = said

    # -- amounts

    def duration(self, duration: Duration | Answered) -> str:
        """3 days."""
        if isinstance(duration, Answered):
            return self.name(duration.name)
        return self._amount(str(duration.amount), duration.unit, duration.amount)

    def _amount(self, written: str, unit: Unit, amount: Decimal) -> str:
        key = unit.name.lower()
        return self.said.say(f"expression.{key}_one" if abs(amount) == 1 else f"expression.{key}", count=written)

    # -- dates

    def at(self, at: At) -> str:
        """When something is: a date, several, a series."""
        if isinstance(at, Given):
            return self.said.say("expression.given")
        if isinstance(at, Each):
            return self.said.say("expression.each", name=self.name(at.name))
        if isinstance(at, Series):
            return self._series(at)
        if isinstance(at, LabelList):
            return self.said.say(f"label.{at.unit.value}", number="/".join(map(_number, at.numbers)))
        if isinstance(at, SumList):
            amounts = self._amount("/".join(map(str, at.amounts)), at.unit, Decimal(0))
            return self._step(self.point(at.term), at.sign, amounts)
        return self.point(at)

    def _series(self, series: Series) -> str:
        parts = [self._ending(self.at(series.start), None if series.stretches else series.ends)]
        for stretch in series.stretches:
            every = self.said.say("expression.every", duration=self.duration(stretch.every))
            parts.append(self._ending(every, stretch.ends or (series.ends if stretch is series.stretches[-1] else None)))
        return self.said.say("expression.then").join(parts)

    def _ending(self, what: str, ends: Ends | None) -> str:
        return self.said.say("expression.ending", what=what, ends=self.ends(ends)) if ends is not None else what

    def ends(self, ends: Ends) -> str:
        """Until when something goes on, or how often it comes."""
        if isinstance(ends, Times):
            return self.said.say("expression.times", count=ends.count)
        return self.said.say("expression.until", points=self.said.say("expression.or").join(map(self.point, ends.points)))

    def point(self, point: Point) -> str:
        """One date."""
        if isinstance(point, Label):
            return self.said.say(f"label.{point.unit.value}", number=_number(point.number))
        if isinstance(point, Reference):
            return self._reference(point)
        if isinstance(point, Bracket):
            return self.said.say("expression.bracket", what=self.point(point.point))
        if isinstance(point, Choice):
            options = self.said.say("expression.comma").join(map(self.point, point.options))
            return self.said.say(f"expression.{point.which.name.lower()}", options=options)
        if isinstance(point, Otherwise):
            return self.said.say("expression.otherwise", first=self.point(point.first), second=self.point(point.second))
        text = self.point(point.term)
        for step in point.steps:
            text = self._one_step(text, step)
        return text

    def _one_step(self, text: str, step: Step) -> str:
        return self._step(text, step.sign, self.duration(step.duration))

    def _step(self, start: str, sign: int, amount: str) -> str:
        return f"{start} {'+' if sign > 0 else _MINUS} {amount}"

    def _reference(self, reference: Reference) -> str:
        name = self.name(reference.name)
        if reference.whose is not None:
            return f"{name} {reference.whose}"
        if reference.pick is not None:
            name = self.said.say(f"expression.{reference.pick.value}", name=name)
        if reference.facet is not None:
            name = self.said.say(f"expression.facet_{reference.facet.value}", name=name)
        return name

    def name(self, name: str) -> str:
        """What an event, a fact or a period is called; a visit by its id."""
        known = self.protocol.events.get(name) or self.protocol.facts.get(name)
        if known is not None:
            return self.said.text(known.label, name)
        for period in self.protocol.periods:
            if period.rule == name:
                return uncounted(self.said.text(period.label, name))
        for visit in self.protocol.visits:
            if visit.rule == name:
                return code(visit) or uncounted(self.said.text(visit.label, name))
        return code(planned) or name if isinstance(planned := planned_of(self.protocol, name), PlannedVisit) else name

    # -- windows

    def window(self, window: Window) -> str:
        """A window; nothing for one that the protocol does not state."""
        if isinstance(window, Exact):
            return self.said.say("expression.exact")
        if isinstance(window, Around):
            return f"±{self.duration(window.duration)}"
        if isinstance(window, Sides):
            return self._sides(window)
        if isinstance(window, FromTo):
            return self._from_to(window)
        if isinstance(window, Within):
            key = "within_before" if window.direction is Direction.BEFORE else "within_after"
            return self.said.say(f"expression.{key}", duration=self.duration(window.duration), point=self.point(window.point))
        if isinstance(window, Count):
            key = "count_before" if window.direction is Direction.BEFORE else "count_after"
            span = self._amount(f"{window.low}{_EN_DASH}{window.high}", window.unit, Decimal(0))
            return self.said.say(f"expression.{key}", duration=span, point=self.point(window.point))
        return ""

    def _sides(self, window: Sides) -> str:
        before = self._side(window.before) if window.before else ""
        after = self._side(window.after) if window.after else ""
        if before and after:
            return self.said.say("expression.sides", before=before, after=after)
        return (
            self.said.say("expression.sides_from", before=before) if before else self.said.say("expression.sides_to", after=after)
        )

    def _side(self, side: Side) -> str:
        sign = {1: "+", 0: "", -1: _MINUS}[side.sign]
        return f"{sign}{self._amount(str(side.amount), side.unit, side.amount) if side.unit else side.amount}"

    def _from_to(self, window: FromTo) -> str:
        if window.start is None:
            return self.said.say("expression.to", end=self.point(window.end)) if window.end else ""
        if window.end is None:
            return self.said.say("expression.from", start=self.point(window.start))
        return self.said.say("expression.from_to", start=self.point(window.start), end=self.point(window.end))

    def limit(self, limit: Limit) -> str:
        """What cuts a window."""
        return self.said.say(f"expression.{limit.bound.name.lower()}", point=self.point(limit.point))

    def until(self, until: Until) -> str:
        """What ends something."""
        return self.ends(until)

    def end(self, end: End) -> str:
        """The last day of a period."""
        return self.said.say(f"expression.end_{end.kind.name.lower()}", point=self.point(end.point))

    def time(self, time: TimePoint) -> str:
        """A moment from a visit's clock time."""
        sign = _MINUS if time.sign < 0 else "+" if time.duration.amount else ""
        text = f"{sign}{self.duration(time.duration)}"
        return self.said.say("expression.time_window", time=text, window=self.window(time.window)) if time.window else text

    def moves(self, moves: Moves, series: str) -> str:
        """When a series goes on from a recorded date; nothing when it never does."""
        if moves.never:
            return ""
        previous = self.name(moves.name) if moves.name else series
        if moves.late is None:
            return self.said.say("expression.moves", name=previous)
        return self.said.say("expression.moves_late", name=previous, days=self.said.days(moves.late or 1))

    # -- conditions

    def all_of(self, conditions: Iterable[Condition]) -> str:
        """What must hold together."""
        each = list(dict.fromkeys(conditions))
        if len(each) == 1:
            return self.condition(each[0])
        return self.said.say("expression.and").join(
            self.condition(Enclosed(one) if isinstance(one, AnyOf) else one) for one in each
        )

    def condition(self, condition: Condition) -> str:
        """What must hold."""
        if isinstance(condition, AllOf | AnyOf):
            key = "expression.and" if isinstance(condition, AllOf) else "expression.or"
            return self.said.say(key).join(map(self.condition, condition.atoms))
        if isinstance(condition, Enclosed):
            return self.said.say("expression.bracket", what=self.condition(condition.condition))
        if isinstance(condition, Not):
            return self._not(condition)
        if isinstance(condition, Holds):
            key = "expression.happened" if condition.name in self.protocol.events else "expression.yes"
            return self.said.say(key, name=self.name(condition.name))
        if isinstance(condition, Is):
            return self.said.say("expression.is", name=self._counted(condition.name), values=self._values(condition))
        if isinstance(condition, Compare):
            return f"{self._operand(condition.left)} {_ORDERS[condition.order.value]} {self._operand(condition.right)}"
        assert isinstance(condition, MoreThan)
        return self.said.say(
            "expression.more_than",
            duration=self.duration(condition.duration),
            start=self.point(condition.start),
            end=self.point(condition.end),
        )

    def _not(self, condition: Not) -> str:
        atom = condition.atom
        if isinstance(atom, Holds):
            key = "expression.not_happened" if atom.name in self.protocol.events else "expression.no"
            return self.said.say(key, name=self.name(atom.name))
        inner = atom.condition if isinstance(atom, Enclosed) else atom
        return self.said.say("expression.not", what=self.condition(inner))

    def _counted(self, name: str) -> str:
        """What a condition asks about; a counter (day, month, cycle) is called as the language calls it, where it has a word for it."""
        if name in _COUNTERS:
            return self.said.say(f"expression.counter_{name}")
        return self.said.say("expression.quoted", name=self.name(name))

    def _values(self, condition: Is) -> str:
        items = [self._item(item) for item in condition.items]
        text = self.said.say("expression.or").join(items)
        return self.said.say("expression.step", values=text, step=condition.every) if condition.every else text

    def _item(self, item: str | Range) -> str:
        if isinstance(item, str):
            return item
        return self.said.say("expression.onwards", low=item.low) if item.high is None else f"{item.low}{_EN_DASH}{item.high}"

    def _operand(self, operand: Number | Duration | Point) -> str:
        if isinstance(operand, Number):
            return str(operand)
        return self.duration(operand) if isinstance(operand, Duration) else self.point(operand)


_ORDERS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_COUNTERS = frozenset(("day", "week", "month", "year", "cycle"))


def _number(number: int) -> str:
    return str(number).replace("-", _MINUS)
