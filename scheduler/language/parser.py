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
    MOST,
    AllOf,
    Answered,
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
    Each,
    Enclosed,
    End,
    EndKind,
    Ends,
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
    MoreThan,
    Moves,
    Not,
    NoWindow,
    Number,
    Operand,
    Order,
    Otherwise,
    Pick,
    Point,
    Positions,
    Range,
    Reference,
    Series,
    Side,
    Sides,
    Step,
    Stretch,
    Sum,
    SumList,
    Term,
    TimePoint,
    Times,
    Unit,
    Until,
    Which,
    Whose,
    Window,
    Within,
)
from scheduler.language.tokens import KEYWORDS, Token, tokenize
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
    """When a visit is: `given`, `Day 14`, `Month 3/6/9`, `enrolment - 28 days`, `Week 6 then every 6 weeks until progression`."""
    return _whole(text, _Parser.at)


def parse_until(text: str) -> Until:
    """What ends something: one point, or several joined by `or`."""
    return _whole(text, _Parser.until)


def parse_moves(text: str) -> Moves:
    """When a series takes a new origin: `never`, `with previous`, `with previous D1 if 3 days late`."""
    return _whole(text, _Parser.moves)


def parse_time_point(text: str) -> TimePoint:
    """A moment of a visit, from its clock time: `-0.5 h`, `4 h ±24 min`."""
    return _whole(text, _Parser.time_point)


def parse_point_or_duration(text: str) -> Point | Duration:
    """One date, or an amount of one unit."""
    return _whole(text, _Parser.point_or_duration)


def parse_point(text: str) -> Point:
    """One date: a label, a reference, a choice, or a sum of these and durations."""
    return _whole(text, _Parser.point)


def parse_window(text: str) -> Window:
    """The days a visit may take place on; both ends belong to it."""
    return _whole(text, _Parser.window)


def parse_limit(text: str) -> Limit:
    """`not before ...` or `not after ...`."""
    return _whole(text, _Parser.limit)


def parse_limit_between(text: str) -> Limit:
    """A limit that may also say whose date it means: `not before infusion of previous participant + 14 days`."""
    return _whole(text, _Parser.limit, others=True)


def parse_positions(text: str) -> Positions:
    """Places in an order, counted from 1: `2`, `1-3`, `3 onwards`, `2/3`."""
    return _whole(text, _Parser.positions)


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


def _whole(text: str, rule: Callable[[_Parser], T], *, others: bool = False) -> T:
    parser = _Parser(tokenize(text))
    parser.others = others
    result = rule(parser)
    parser.finish()
    return result


class _Parser(Stream):
    others = False  # whether a date may be another participant's

    # -- at

    def at(self) -> At:
        if self.takes("given"):
            return Given()
        if self.takes("each"):
            token = self.name("the name of an event")
            return Each(token.text, token.offset)
        start = self.start()
        stretches: list[Stretch] = []
        while self.takes("then"):
            self.needs("every", 'after "then"')
            stretches.append(Stretch(self.step(), self.ends()))
        ends = self.ends()
        return Series(start, tuple(stretches), ends) if stretches or ends else start

    def start(self) -> LabelList | SumList | Point:
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

    def step(self) -> Duration:
        start = self.token
        duration = self.duration()
        if not duration.amount:
            raise NotUnderstood("a series that stands still: the step must be more than nothing", start.offset)
        return duration

    def ends(self) -> Ends | None:
        if self.takes("until"):
            return self.until()
        if self.token.kind == "number" and self.ahead().text == "times":
            start = self.token
            count = self.integer()
            self.advance()
            if not 1 <= count <= MOST:
                raise NotUnderstood(f"from 1 to {MOST} times", start.offset)
            return Times(count)
        return None

    def until(self) -> Until:
        points = [self.point()]
        while self.takes("or"):
            points.append(self.point())
        return Until(tuple(points))

    def moves(self) -> Moves:
        if self.takes("never"):
            return Moves(never=True)
        for word in ("with", "previous"):
            self.needs(word, 'as in "with previous"')
        token = self.token
        name = self.advance().text if token.kind == "word" and token.text not in KEYWORDS else ""
        late = None
        if self.takes("if"):
            late = 0
            if not self.sees("late"):
                start = self.token
                late = self.integer()
                if late < 1:
                    raise NotUnderstood("late is at least by 1 day", start.offset)
                self.needs("day" if late == 1 else "days", 'as in "if 3 days late"')
            self.needs("late", "after the days")
        return Moves(name=name, late=late, offset=token.offset)

    def time_point(self) -> TimePoint:
        mark = self.advance().text if self.sees("-") or self.sees("+") else ""
        start = self.token
        duration = self.duration()
        if duration.unit not in (Unit.HOUR, Unit.MINUTE):
            raise NotUnderstood("a clock time is counted in hours or minutes", start.offset)
        window = None if self.token.kind == "end" else self.window()
        return TimePoint(-1 if mark == "-" else 1, duration, window, mark)

    def point_or_duration(self) -> Point | Duration:
        return self.duration() if self.token.kind == "number" else self.point()

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
                self.advance()
                steps.append(Step(sign, Answered(start.text, start.offset)))
                continue
            duration = self.duration()
            if counts_days and duration.unit in (Unit.MONTH, Unit.YEAR):
                raise NotUnderstood(
                    f"{term} counts days, and months are counted before days: it is not clear which comes first", start.offset
                )
            if message := _out_of_order(steps, duration.unit):
                raise NotUnderstood(message, start.offset)
            steps.append(Step(sign, duration))
        return Sum(term, tuple(steps)) if steps else term

    def term(self) -> Term:
        if self.sees("every"):
            raise NotUnderstood(
                '"each relapse" makes one for every recorded event; "then every" follows the start of a series', self.token.offset
            )
        if self.token.text in _LABELS:
            return self.label()
        if self.sees("earlier", "of") or self.sees("later", "of"):
            return self.choice()
        if self.sees("("):
            return Bracket(self.nested(self.point))
        return self.reference()

    def label(self) -> Label:
        start = self.token
        label = Label(_LABELS[self.advance().text], self.integer())
        if self.sees("of"):
            raise NotUnderstood(
                f"{label} counts from the participant's own anchor: of somebody else's dates name one", start.offset
            )
        return label

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
        pick = next((pick for pick in Pick if self.takes(pick.value)), None)
        if self.token.text.capitalize() in _LABELS and self.ahead().kind == "number":
            raise NotUnderstood(f'"{self.token.text.capitalize()} ..." is written with a capital letter', self.token.offset)
        word = self.name("a date (Day 14, Month 3, the name of a visit or an event, earlier of (...))").text
        name, dot, facet = word.rpartition(".")
        if dot and facet in _FACETS:
            return Reference(name, pick, _FACETS[facet], start.offset, self.whose())
        return Reference(word, pick, None, start.offset, self.whose())

    def whose(self) -> Whose | None:
        start = self.token
        if not self.takes("of"):
            return None
        if not self.others:
            raise NotUnderstood('whose date it is ("of ...") can only be said in a limit of "between participants"', start.offset)
        pick = next((pick for pick in (Pick.PREVIOUS, Pick.FIRST) if self.takes(pick.value)), None)
        if pick is None:
            raise self.unexpected('"previous" or "first"')
        return Whose(pick, self.name('"participant", or the word that stands at "within"').text)

    # -- windows, limits, ends

    def window(self) -> Window:
        if self.takes("none"):
            return NoWindow()
        if self.takes("exact"):
            return Exact()
        if self.sees("+", "/", "-"):
            raise NotUnderstood('"+/-" is written ± or +-', self.token.offset)
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
        if self.sees("to"):
            raise NotUnderstood('a window around the target is written "-2 .. +2 days"', self.token.offset)
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
        if self.sees("..") or self.sees("to") or self.token.kind == "end":
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
        if self.takes("more"):
            return self.more_than()
        label = self.token.text.capitalize() in _LABELS and self.token.text.islower()
        if self.token.kind == "word" and (label or self.token.text not in KEYWORDS):
            if self.ahead().text == "is":
                token = self.advance()
                self.advance()
                return Is(token.text, *self.items(), token.offset)
            if not label and self.ahead().text not in (*_ORDERS, "+", "-", "else"):
                return Holds(self.token.text, self.advance().offset)
        return self.comparison()

    def more_than(self) -> MoreThan:
        offset = self.before().offset
        self.needs("than", 'after "more"')
        duration = self.duration()
        self.needs("from", "before the first of two dates")
        start = self.point()
        self.needs("to", "before the second of two dates")
        return MoreThan(duration, start, self.point(), offset)

    def comparison(self) -> Compare:
        start = self.token
        if start.kind not in ("number", "word") and start.text != "-":
            raise self.unexpected("the name of a fact or an event")
        left = self.operand()
        if self.token.text not in _ORDERS:
            raise self.unexpected("<, <=, > or >=")
        order = _ORDERS[self.advance().text]
        return Compare(left, order, self.operand(), start.offset)

    def operand(self) -> Operand:
        if self.token.kind == "number" or self.token.text == "-":
            return self.amount()
        return self.point()

    def nested_not(self) -> Atom:
        if self.sees("not"):
            raise self.unexpected("a condition")
        return self.atom()

    def positions(self) -> Positions:
        start = self.token
        items, every = self.items("a place in the order (2, 1-3, 3 onwards)")
        for item in items:
            if not (item.low if isinstance(item, Range) else re.fullmatch("[1-9][0-9]*", item)):
                raise NotUnderstood(f'"{item}" is no place in the order: they are counted from 1', start.offset)
        return Positions(items, every)

    def items(self, wanted: str = "a value of the fact") -> tuple[tuple[str | Range, ...], int | None]:
        items = [self.item(wanted)]
        while self.takes("/"):
            items.append(self.item(wanted))
        start = self.token
        if not self.takes("then", "every"):
            return tuple(items), None
        if not isinstance(items[-1], Range):
            raise NotUnderstood('"then every" follows a range (7 onwards, 1-9)', start.offset)
        every = self.integer()
        if every < 1:
            raise NotUnderstood("a step is at least 1", start.offset)
        return tuple(items), every

    def item(self, wanted: str) -> str | Range:
        token = self.token
        if token.kind == "number":
            self.advance()
            if self.takes("onwards"):
                return Range(_counter(token), None)
            if self.takes("-"):
                last = self.token
                low, high = _counter(token), self.integer()
                if high < low:
                    raise NotUnderstood(f"{low}-{high}: the smaller number comes first", last.offset)
                return Range(low, high)
            return token.text
        if token.kind != "word" or token.text in ("and", "or", "not"):
            raise self.unexpected(wanted)
        return self.advance().text

    def amount(self) -> Number | Duration:
        start = self.token
        amount = -self.number() if self.takes("-") else self.number()
        if self.token.kind != "word" or self.token.text in ("and", "or"):
            return Number(amount)
        unit, word = self.unit()
        self.check_whole(amount, unit, start)
        return Duration(amount, unit, word)


def _counter(token: Token) -> int:
    if not token.text.isdigit():
        raise NotUnderstood(f"{token} is no whole number", token.offset)
    return int(token.text)


def _out_of_order(steps: list[Step], unit: Unit) -> str:
    """Why a unit cannot follow the steps before it; empty when it can. An answer counts days."""
    before = steps[-1].duration if steps else None
    if isinstance(before, Duration) and unit.rank > before.unit.rank:
        return f"the larger unit comes first: write the {unit.value} before the {before.unit.value}"
    if isinstance(before, Answered) and unit in (Unit.MONTH, Unit.YEAR):
        return f"{before} counts days, and months are counted before days: write the {unit.value} first"
    return ""


def _length(side: Side, other: Side) -> Decimal:
    """How far from the target, in minutes; a month as short as it can be, for this only tells a window's ends apart."""
    unit = side.unit or other.unit
    return side.sign * side.amount * (_MINUTES[unit] if unit else 1)
