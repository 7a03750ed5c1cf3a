"""Recursive descent from tokens to expressions: one method for each rule of the grammar, in the grammar's order.

Every function here raises NotUnderstood, with the offset of the token that was not expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from scheduler.language.stream import Stream
from scheduler.language.syntax import (
    AllOf,
    AnyOf,
    Around,
    At,
    Atom,
    Bound,
    Bracket,
    Choice,
    Compare,
    Condition,
    Count,
    Direction,
    Duration,
    Enclosed,
    End,
    EndKind,
    Exact,
    Facet,
    FromTo,
    Given,
    Holds,
    Is,
    Label,
    LabelList,
    LabelUnit,
    Limit,
    Not,
    NoWindow,
    Order,
    Otherwise,
    Pick,
    Point,
    Reference,
    Side,
    Sides,
    Step,
    Sum,
    SumList,
    Term,
    Unit,
    Which,
    Window,
    Within,
)
from scheduler.language.tokens import KEYWORDS, tokenize
from scheduler.reading.problems import NotUnderstood

T = TypeVar("T")

NAME = re.compile(r"[^\W\d_]\w*(?:[.\-]\w+)*")

_MINUTES = {
    Unit.MINUTE: 1,
    Unit.HOUR: 60,
    Unit.WORKING_DAY: 24 * 60,
    Unit.DAY: 24 * 60,
    Unit.WEEK: 7 * 24 * 60,
    Unit.MONTH: 28 * 24 * 60,
    Unit.YEAR: 365 * 24 * 60,
}
_LABELS = {label.value: label for label in LabelUnit}
_FACETS = {facet.value: facet for facet in Facet}
_ORDERS = {order.value: order for order in Order}


def parse_at(text: str) -> At:
    """When a visit is: `given`, `Day 14`, `Month 3/6/9`, `enrolment - 28 days`."""
    return _whole(text, _Parser.at)


def parse_point(text: str) -> Point:
    """One date: a label, a reference, a choice, or a sum of these and durations."""
    return _whole(text, _Parser.point)


def parse_window(text: str) -> Window:
    """The days a visit may take place on; both ends belong to it."""
    return _whole(text, _Parser.window)


def parse_limit(text: str) -> Limit:
    """`not before ...` or `not after ...`."""
    return _whole(text, _Parser.limit)


def parse_end(text: str) -> End:
    """The end of a period: a point, `at least` or `not after` a point."""
    return _whole(text, _Parser.end)


def parse_condition(text: str) -> Condition:
    """A condition on facts and events."""
    return _whole(text, _Parser.condition)


def parse_duration(text: str) -> Duration:
    """An amount of one unit."""
    return _whole(text, _Parser.duration)


def parse_name(text: str) -> str:
    """A name: one word, no keyword of the language, not ending like `.target`."""
    if NAME.fullmatch(text) is None:
        raise NotUnderstood("a name was wanted: one word that starts with a letter (letters, digits, - and . inside)")
    if text in KEYWORDS:
        raise NotUnderstood("this is a word of the language and cannot be a name")
    if text.rpartition(".")[2] in _FACETS and "." in text:
        raise NotUnderstood(f'a name cannot end in ".{text.rpartition(".")[2]}", which asks for one of its dates')
    return text


def _whole(text: str, rule: Callable[[_Parser], T]) -> T:
    parser = _Parser(tokenize(text))
    result = rule(parser)
    parser.finish()
    return result


class _Parser(Stream):
    # -- at

    def at(self) -> At:
        if self.takes("given"):
            return Given()
        term = self.term()
        if isinstance(term, Label) and self.sees("/"):
            return LabelList(term.unit, (term.number, *self.rest_of_list(self.integer)))
        start = self.position
        if (self.takes("+") or self.takes("-")) and self.token.kind == "number":
            sign = 1 if self.before().text == "+" else -1
            first = self.number()
            if self.sees("/"):
                return self.sum_list(term, sign, first)
        self.position = start
        return self.point_from(term)

    def sum_list(self, term: Term, sign: int, first: Decimal) -> SumList:
        amounts = (first, *self.rest_of_list(self.number))
        token = self.token
        unit, word = self.unit()
        for amount in amounts:
            self.check_whole(amount, unit, token)
        return SumList(term, sign, amounts, unit, word)

    def rest_of_list(self, item: Callable[[], T]) -> list[T]:
        items = []
        while self.takes("/"):
            items.append(item())
        return items

    # -- points

    def point(self) -> Point:
        return self.point_from(self.term())

    def point_from(self, term: Term) -> Point:
        first = self.sum_from(term)
        if self.takes("else"):
            return Otherwise(first, self.sum_from(self.term()))
        return first

    def sum_from(self, term: Term) -> Term | Sum:
        steps: list[Step] = []
        counts_days = isinstance(term, Label) and term.unit in (LabelUnit.DAY, LabelUnit.WEEK)
        while self.sees("+") or self.sees("-"):
            sign = 1 if self.advance().text == "+" else -1
            start = self.token
            if start.kind == "word" and start.text not in KEYWORDS:
                raise self.later(f'a fact that is a duration ("{start.text}")', start)
            duration = self.duration()
            if counts_days and duration.unit in (Unit.MONTH, Unit.YEAR):
                raise NotUnderstood(
                    f"{term} counts days, and months are counted before days: it is not clear which comes first", start.offset
                )
            if steps and duration.unit.rank > steps[-1].duration.unit.rank:
                raise NotUnderstood(
                    f"the larger unit comes first: write the {duration.unit.value} before the {steps[-1].duration.unit.value}",
                    start.offset,
                )
            steps.append(Step(sign, duration))
        return Sum(term, tuple(steps)) if steps else term

    def term(self) -> Term:
        if self.token.text in _LABELS:
            return self.label()
        if self.sees("earlier", "of") or self.sees("later", "of"):
            return self.choice()
        if self.sees("("):
            return Bracket(self.nested(self.point))
        return self.reference()

    def label(self) -> Label:
        unit = _LABELS[self.advance().text]
        return Label(unit, self.integer())

    def choice(self) -> Choice:
        which = Which.EARLIER if self.advance().text == "earlier" else Which.LATER
        self.advance()
        return Choice(which, self.nested(self.options))

    def options(self) -> tuple[Point, ...]:
        options = [self.point()]
        while self.takes("and"):
            options.append(self.point())
        if len(options) == 1:
            raise self.unexpected('"and" and a second date to choose from')
        return tuple(options)

    def reference(self) -> Reference:
        start = self.token
        pick = Pick.FIRST if self.takes("first") else Pick.LAST if self.takes("last") else None
        if self.token.text.capitalize() in _LABELS and self.ahead().kind == "number":
            raise NotUnderstood(f'"{self.token.text.capitalize()} ..." is written with a capital letter', self.token.offset)
        word = self.name("a date (Day 14, Month 3, the name of a visit or an event, earlier of (...))").text
        name, dot, facet = word.rpartition(".")
        if dot and facet in _FACETS:
            return Reference(name, pick, _FACETS[facet], start.offset)
        return Reference(word, pick, None, start.offset)

    # -- windows, limits, ends

    def window(self) -> Window:
        if self.takes("none"):
            return NoWindow()
        if self.takes("exact"):
            return Exact()
        if self.sees("±") or self.sees("+-"):
            mark = self.advance().text
            return Around(self.duration(), mark)
        if self.takes("from"):
            start = self.point()
            return FromTo(start, self.point() if self.takes("to") else None)
        if self.takes("to"):
            return FromTo(None, self.point())
        if self.takes("within"):
            duration = self.duration()
            return Within(duration, self.direction(), self.point())
        if self.token.kind == "number" and self.ahead().text == "to":
            return self.count()
        return self.sides()

    def direction(self) -> Direction:
        if self.takes("before"):
            return Direction.BEFORE
        if self.takes("after"):
            return Direction.AFTER
        raise self.unexpected('"before" or "after"')

    def count(self) -> Count:
        start = self.token
        low = self.number()
        self.advance()
        high = self.number()
        if high < low:
            raise NotUnderstood(f"{low} to {high}: the smaller number comes first", start.offset)
        unit, word = self.unit()
        self.check_whole(low, unit, start)
        self.check_whole(high, unit, start)
        return Count(low, high, unit, self.direction(), self.point(), word)

    def sides(self) -> Sides:
        start = self.token
        before = None if self.sees("..") else self.side()
        self.needs("..", "between the first and the last day of a window")
        after = None if self.token.kind == "end" else self.side()
        both = [side for side in (before, after) if side is not None]
        if not both:
            raise NotUnderstood('a window with neither end; "none" says that the protocol does not tell', start.offset)
        if all(side.unit is None for side in both) and any(side.sign for side in both):
            raise self.unexpected("a unit (days, weeks, months, ...)")
        for side in both:
            for unit in [side.unit] if side.unit else [end.unit for end in both if end.unit]:
                self.check_whole(side.amount, unit, start)
        if before and after and _length(before, after) > _length(after, before):
            raise NotUnderstood("the window ends before it begins", start.offset)
        return Sides(before, after)

    def side(self) -> Side:
        start = self.token
        sign = 1 if self.takes("+") else -1 if self.takes("-") else 0
        amount = self.number()
        if sign == 0 and amount != 0:
            raise NotUnderstood(f'write "+{amount}" or "-{amount}": a window is counted from the target', start.offset)
        if self.sees("..") or self.token.kind == "end":
            return Side(sign if amount else 0, amount, None)
        unit, word = self.unit()
        return Side(sign if amount else 0, amount, unit, word)

    def limit(self) -> Limit:
        if self.takes("not", "before"):
            return Limit(Bound.NOT_BEFORE, self.point())
        if self.takes("not", "after"):
            return Limit(Bound.NOT_AFTER, self.point())
        raise self.unexpected('"not before" or "not after"')

    def end(self) -> End:
        if self.takes("at", "least"):
            return End(EndKind.AT_LEAST, self.point())
        if self.takes("not", "after"):
            return End(EndKind.NOT_AFTER, self.point())
        return End(EndKind.ON, self.point())

    # -- conditions

    def condition(self) -> Condition:
        atoms = [self.atom()]
        joint = self.token.text if self.sees("and") or self.sees("or") else ""
        while joint and self.takes(joint):
            atoms.append(self.atom())
        if self.sees("and") or self.sees("or"):
            raise NotUnderstood('"and" and "or" in one condition want brackets', self.token.offset)
        if len(atoms) == 1:
            return atoms[0]
        return AllOf(tuple(atoms)) if joint == "and" else AnyOf(tuple(atoms))

    def atom(self) -> Atom:
        if self.takes("not"):
            return Not(self.nested_not())
        if self.sees("("):
            return Enclosed(self.nested(self.condition))
        token = self.name("the name of a fact or an event")
        if self.takes("is"):
            return Is(token.text, self.values(), token.offset)
        if self.token.text in _ORDERS:
            order = _ORDERS[self.advance().text]
            return Compare(token.text, order, self.amount(), token.offset)
        return Holds(token.text, token.offset)

    def nested_not(self) -> Atom:
        if self.sees("not"):
            raise self.unexpected("a condition")
        return self.atom()

    def values(self) -> tuple[str, ...]:
        values = [self.value()]
        while self.takes("/"):
            values.append(self.value())
        return tuple(values)

    def value(self) -> str:
        token = self.token
        if token.kind == "number":
            self.advance()
            if self.sees("-") or self.sees("onwards") or self.sees("then"):
                raise self.later("a set of counters (1-2, 7 onwards, then every 2)", token)
            return token.text
        if token.kind != "word" or token.text in ("and", "or", "not"):
            raise self.unexpected("a value of the fact")
        return self.advance().text

    def amount(self) -> Decimal | Duration:
        start = self.token
        amount = -self.number() if self.takes("-") else self.number()
        if self.token.kind != "word" or self.token.text in ("and", "or"):
            return amount
        unit, word = self.unit()
        self.check_whole(amount, unit, start)
        return Duration(amount, unit, word)


def _length(side: Side, other: Side) -> Decimal:
    """How far from the target, in minutes; a month as short as it can be, for this only tells a window's ends apart."""
    unit = side.unit or other.unit
    return side.sign * side.amount * (_MINUTES[unit] if unit else 1)
