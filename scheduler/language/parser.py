"""Recursive descent from tokens to expressions: one method for each rule of the grammar, in the grammar's order.

Every function here raises NotUnderstood, with the offset of the token that was not expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

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
from scheduler.language.tokens import KEYWORDS, Token, tokenize
from scheduler.reading.problems import NotUnderstood, did_you_mean

T = TypeVar("T")

MAX_NESTING = 20
MAX_NUMBER = 99_999  # 273 years of days: whatever is larger is a slip of the finger

NAME = re.compile(r"[^\W\d_]\w*(?:[.\-]\w+)*")

_UNITS = {
    "minutes": Unit.MINUTE,
    "minute": Unit.MINUTE,
    "min": Unit.MINUTE,
    "hours": Unit.HOUR,
    "hour": Unit.HOUR,
    "h": Unit.HOUR,
    "days": Unit.DAY,
    "day": Unit.DAY,
    "weeks": Unit.WEEK,
    "week": Unit.WEEK,
    "months": Unit.MONTH,
    "month": Unit.MONTH,
    "years": Unit.YEAR,
    "year": Unit.YEAR,
}
_LABELS = {unit.value: unit for unit in LabelUnit}
_FACETS = {facet.value: facet for facet in Facet}
_ORDERS = {order.value: order for order in Order}
_NOT_YET = {
    "then": "series (then every ...)",
    "until": "series (... until ...)",
    "times": "series (... times)",
    "each": "a copy for each recorded event (each ...)",
    "previous": "previous ...",
    "next": "next ...",
    "more": "more than ... from ... to ...",
    "onwards": "counters (... onwards)",
}


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


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._nesting = 0

    # -- tokens

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    def advance(self) -> Token:
        token = self.token
        self._next += 1
        return token

    def sees(self, *words: str) -> bool:
        """Whether these words or signs come next."""
        ahead = self._tokens[self._next : self._next + len(words)]
        return [token.text for token in ahead] == list(words)

    def takes(self, *words: str) -> bool:
        """Take these words or signs if they come next."""
        if self.sees(*words):
            self._next += len(words)
            return True
        return False

    def needs(self, word: str, why: str) -> None:
        if not self.takes(word):
            raise self.unexpected(f'"{word}" {why}')

    def unexpected(self, wanted: str) -> NotUnderstood:
        if self.token.text in _NOT_YET:
            return self.not_yet()
        return NotUnderstood(f"{self.token} stands where {wanted} was expected", self.token.offset)

    def not_yet(self) -> NotUnderstood:
        words = _NOT_YET[self.token.text]
        return NotUnderstood(f"{words} belongs to the language, but this version does not understand it yet", self.token.offset)

    def finish(self) -> None:
        if self.token.kind == "end":
            return
        before = self._tokens[self._next - 1]
        if before.kind == "word" and self.token.text in _UNITS and (glued := re.search(r"-(?=\d+$)", before.text)):
            raise NotUnderstood("a minus has a space on both sides, here it is part of a name", before.offset + glued.start())
        raise self.unexpected("the end")

    def nested(self, rule: Callable[[], T]) -> T:
        """What stands inside "(" and ")"."""
        if self._nesting == MAX_NESTING:
            raise NotUnderstood(f"more than {MAX_NESTING} brackets inside one another", self.token.offset)
        self._nesting += 1
        self.needs("(", "before what is chosen from or grouped")
        result = rule()
        self.needs(")", "to close the bracket")
        self._nesting -= 1
        return result

    # -- numbers, durations, names

    def number(self) -> Decimal:
        if self.token.kind != "number":
            raise self.unexpected("a number")
        if len(self.token.text) > 12 or Decimal(self.token.text) > MAX_NUMBER:
            raise NotUnderstood(f"{self.token} is more than {MAX_NUMBER:,}", self.token.offset)
        return Decimal(self.advance().text)

    def integer(self) -> int:
        """A whole number, with its sign."""
        sign = -1 if self.takes("-") else 1
        if "." in self.token.text:
            raise NotUnderstood(f"{self.token} is no whole number", self.token.offset)
        return sign * int(self.number())

    def unit(self) -> tuple[Unit, str]:
        start = self.token
        if self.takes("working"):
            if not self.sees("day") and not self.sees("days"):
                raise self.unexpected('"days" after "working"')
            return Unit.WORKING_DAY, f"working {self.advance().text}"
        if start.text not in _UNITS:
            known = "days, weeks, months, years, hours, minutes, working days"
            guess = did_you_mean(start.text, _UNITS) if start.kind == "word" else ""
            raise NotUnderstood(
                f"{start} stands where a unit was expected ({known}){guess if 'mean' in guess else ''}", start.offset
            )
        return _UNITS[self.advance().text], start.text

    def duration(self) -> Duration:
        start = self.token
        amount = self.number()
        unit, word = self.unit()
        self.check_whole(amount, unit, start)
        return Duration(amount, unit, word)

    def check_whole(self, amount: Decimal, unit: Unit, token: Token) -> None:
        if amount != int(amount) and not unit.splits:
            raise NotUnderstood(f"{amount} {unit.value}: only hours and minutes can be split", token.offset)

    def name(self, what: str) -> Token:
        token = self.token
        if token.kind != "word" or token.text in KEYWORDS:
            raise self.unexpected(what)
        return self.advance()

    # -- at

    def at(self) -> At:
        if self.takes("given"):
            return Given()
        term = self.term()
        if isinstance(term, Label) and self.sees("/"):
            return LabelList(term.unit, (term.number, *self.rest_of_list(self.integer)))
        start = self._next
        if self.sees("+") or self.sees("-"):
            sign = 1 if self.advance().text == "+" else -1
            first = self.number()
            if self.sees("/"):
                amounts = (first, *self.rest_of_list(self.number))
                token = self.token
                unit, word = self.unit()
                for amount in amounts:
                    self.check_whole(amount, unit, token)
                return SumList(term, sign, amounts, unit, word)
            self._next = start
        return self.point_from(term)

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
        while self.sees("+") or self.sees("-"):
            sign = 1 if self.advance().text == "+" else -1
            start = self.token
            duration = self.duration()
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
        if self.token.text.capitalize() in _LABELS and self._tokens[self._next + 1].kind == "number":
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
        if self.token.kind == "number" and self._tokens[self._next + 1].text == "to":
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
        if before is None and after is None:
            raise NotUnderstood('a window with neither end; "none" says that the protocol does not tell', start.offset)
        both = [side for side in (before, after) if side is not None]
        if all(side.unit is None for side in both) and any(side.sign for side in both):
            raise self.unexpected("a unit (days, weeks, months, ...)")
        for side in both:
            for unit in [side.unit] if side.unit else [end.unit for end in both if end.unit]:
                self.check_whole(side.amount, unit, start)
        if (
            before
            and after
            and before.sign * before.amount > after.sign * after.amount
            and (before.unit or after.unit) == (after.unit or before.unit)
        ):
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
        if self.token.kind == "number":
            token = self.advance()
            if self.sees("-"):
                raise NotUnderstood(
                    "counters (1-2) belong to the language, but this version does not understand them yet", token.offset
                )
            if self.sees("onwards"):
                raise self.not_yet()
            return token.text
        return self.name("a value of the fact").text

    def amount(self) -> Decimal | Duration:
        start = self.token
        amount = self.number()
        if self.token.kind != "word" or self.token.text in ("and", "or"):
            return amount
        unit, word = self.unit()
        self.check_whole(amount, unit, start)
        return Duration(amount, unit, word)
