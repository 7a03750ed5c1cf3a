"""Expressions as records. Every record prints as it was typed (white space aside), and parsing the print gives it back.

`Day 28`, `earlier of (M24 and progression + 30 days)`, `-3 .. +7 days`, `not before infusion + 28 days`, `arm is A/B`.
How a word was spelt (`h` or `hours`, `+-` or `±`) is kept for printing and is not part of what the expression means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

MOST = 2_000  # dates of one series: daily for more than five years


class Unit(Enum):
    """Units of a duration, the smallest first."""

    MINUTE = "minutes"
    HOUR = "hours"
    WORKING_DAY = "working days"
    DAY = "days"
    WEEK = "weeks"
    MONTH = "months"
    YEAR = "years"

    @property
    def rank(self) -> int:
        """Larger units have the larger rank."""
        return _RANKS[self]

    @property
    def splits(self) -> bool:
        """Whether half of one means anything: half an hour does, half a month does not."""
        return self in (Unit.HOUR, Unit.MINUTE)


_RANKS = {unit: rank for rank, unit in enumerate(Unit)}


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of one unit; the amount is never negative."""

    amount: Decimal
    unit: Unit
    word: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.amount} {self.word or self.unit.value}"


@dataclass(frozen=True, slots=True)
class Answered:
    """A duration that is an answer about the participant: `birth - gestational-age`."""

    name: str
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Step:
    """A duration to go forward (`sign` 1) or back (-1)."""

    sign: int
    duration: Duration | Answered

    def __str__(self) -> str:
        return f"{'+' if self.sign > 0 else '-'} {self.duration}"


class LabelUnit(Enum):
    """What a label counts."""

    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"
    YEAR = "Year"


@dataclass(frozen=True, slots=True)
class Label:
    """`Day 14`, `Month 3`: counted from the study's anchor (or from the start of the group it stands in)."""

    unit: LabelUnit
    number: int

    def __str__(self) -> str:
        return f"{self.unit.value} {self.number}"


class Pick(Enum):
    """Which of several occurrences of a rule is meant: of all, or seen from the one that asks."""

    FIRST = "first"
    LAST = "last"
    PREVIOUS = "previous"
    NEXT = "next"


class Facet(Enum):
    """Which date of a thing is meant."""

    TARGET = "target"
    BOOKED = "booked"
    ACTUAL = "actual"
    EARLIEST = "earliest"
    LATEST = "latest"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Whose:
    """`of previous participant`, `of first participant`, `of previous cohort`: said in rules between participants alone."""

    pick: Pick
    name: str

    def __str__(self) -> str:
        return f"of {self.pick.value} {self.name}"


@dataclass(frozen=True, slots=True)
class Reference:
    """The date of something that has a name. `offset` is where the name stands in the text.

    Without `whose` it is the participant's own, or that of its cohort or study.
    """

    name: str
    pick: Pick | None = None
    facet: Facet | None = None
    offset: int = field(default=0, compare=False)
    whose: Whose | None = None

    def __str__(self) -> str:
        own = f"{self.pick.value + ' ' if self.pick else ''}{self.name}{'.' + self.facet.value if self.facet else ''}"
        return f"{own} {self.whose}" if self.whose else own


class Which(Enum):
    """Which of several dates is taken."""

    EARLIER = "earlier of"
    LATER = "later of"


@dataclass(frozen=True, slots=True)
class Choice:
    """The earlier, or the later, of some dates."""

    which: Which
    options: tuple[Point, ...]

    def __str__(self) -> str:
        return f"{self.which.value} ({' and '.join(map(str, self.options))})"


@dataclass(frozen=True, slots=True)
class Bracket:
    """`( ... )` around a point."""

    point: Point

    def __str__(self) -> str:
        return f"({self.point})"


Term = Label | Reference | Choice | Bracket


@dataclass(frozen=True, slots=True)
class Sum:
    """A term and one or more durations to go from it."""

    term: Term
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return " ".join([str(self.term), *map(str, self.steps)])


@dataclass(frozen=True, slots=True)
class Otherwise:
    """`first else second`: the second counts only when the first can never be."""

    first: Term | Sum
    second: Term | Sum

    def __str__(self) -> str:
        return f"{self.first} else {self.second}"


Point = Term | Sum | Otherwise


@dataclass(frozen=True, slots=True)
class Given:
    """`given`: dated by its record alone."""

    def __str__(self) -> str:
        return "given"


@dataclass(frozen=True, slots=True)
class LabelList:
    """`Day 4/8/11`: several occurrences of one rule."""

    unit: LabelUnit
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.unit.value} {'/'.join(map(str, self.numbers))}"

    def points(self) -> tuple[Label, ...]:
        """The single points, in their order."""
        return tuple(Label(self.unit, number) for number in self.numbers)


@dataclass(frozen=True, slots=True)
class SumList:
    """`dose + 0.5/1/2 h`: several occurrences counted from one term."""

    term: Term
    sign: int
    amounts: tuple[Decimal, ...]
    unit: Unit
    word: str = field(default="", compare=False)

    def __str__(self) -> str:
        sign = "+" if self.sign > 0 else "-"
        return f"{self.term} {sign} {'/'.join(map(str, self.amounts))} {self.word or self.unit.value}"

    def points(self) -> tuple[Sum, ...]:
        """The single points, in their order."""
        return tuple(Sum(self.term, (Step(self.sign, Duration(amount, self.unit, self.word)),)) for amount in self.amounts)


@dataclass(frozen=True, slots=True)
class Each:
    """`each infusion`: one copy for every time the event was recorded."""

    name: str
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"each {self.name}"


@dataclass(frozen=True, slots=True)
class Until:
    """`until Week 54 or progression`: the last day that may still belong to it; the earliest of the points counts."""

    points: tuple[Point, ...]

    def __str__(self) -> str:
        return f"until {' or '.join(map(str, self.points))}"


@dataclass(frozen=True, slots=True)
class Times:
    """`6 times`: how many there are, the first included."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} times"


Ends = Until | Times


@dataclass(frozen=True, slots=True)
class Stretch:
    """`then every 6 weeks until Week 54`: a part of a series that keeps one step."""

    every: Duration
    ends: Ends | None = None

    def __str__(self) -> str:
        return f"then every {self.every}{f' {self.ends}' if self.ends else ''}"


@dataclass(frozen=True, slots=True)
class Series:
    """`Week 6 then every 6 weeks until Week 54 then every 9 weeks until progression`.

    The end of the last stretch bounds the whole series; `ends` is one written after that, or after a start without stretches.
    """

    start: LabelList | SumList | Point
    stretches: tuple[Stretch, ...]
    ends: Ends | None = None

    def __str__(self) -> str:
        return " ".join(map(str, (self.start, *self.stretches, *([self.ends] if self.ends else []))))


At = Given | Each | Series | LabelList | SumList | Point


@dataclass(frozen=True, slots=True)
class Moves:
    """`with previous D1 if 3 days late`: when a series takes a recorded date as its new origin.

    `late` is by how many days at least the recorded date must come after the target: 0 for `if late`, None without an `if`.
    """

    never: bool = False
    name: str = ""
    late: int | None = None
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.never:
            return "never"
        condition = {None: "", 0: " if late", 1: " if 1 day late"}.get(self.late, f" if {self.late} days late")
        return f"with previous{' ' + self.name if self.name else ''}{condition}"


@dataclass(frozen=True, slots=True)
class NoWindow:
    """`none`: the protocol does not say. It does not mean any day."""

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True, slots=True)
class Exact:
    """`exact`: the target and no other day."""

    def __str__(self) -> str:
        return "exact"


@dataclass(frozen=True, slots=True)
class Around:
    """`±2 days` around the target."""

    duration: Duration
    mark: str = field(default="±", compare=False)

    def __str__(self) -> str:
        return f"{self.mark}{self.duration}"


@dataclass(frozen=True, slots=True)
class Side:
    """One end of `-7 .. +21 days`, from the target. Without a unit of its own it takes the other end's."""

    sign: int
    amount: Decimal
    unit: Unit | None
    word: str = field(default="", compare=False)

    def __str__(self) -> str:
        number = f"{'+' if self.sign > 0 else '-' if self.sign < 0 else ''}{self.amount}"
        return f"{number} {self.word or self.unit.value}" if self.unit else number


@dataclass(frozen=True, slots=True)
class Sides:
    """`-7 .. +21 days`, `.. +1 week`, `0 .. +5 days`; an end that is left out is open."""

    before: Side | None
    after: Side | None

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.before, "..", self.after) if part is not None)


@dataclass(frozen=True, slots=True)
class FromTo:
    """`from M3 - 1 week to M3 + 2 weeks`; either end may be left out."""

    start: Point | None
    end: Point | None

    def __str__(self) -> str:
        return " ".join([*(["from", str(self.start)] if self.start else []), *(["to", str(self.end)] if self.end else [])])


class Direction(Enum):
    """On which side of a point."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Within:
    """`within 28 days before enrolment`: that day itself included."""

    duration: Duration
    direction: Direction
    point: Point

    def __str__(self) -> str:
        return f"within {self.duration} {self.direction.value} {self.point}"


@dataclass(frozen=True, slots=True)
class Count:
    """`28 to 35 days after V2`."""

    low: Decimal
    high: Decimal
    unit: Unit
    direction: Direction
    point: Point
    word: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.low} to {self.high} {self.word or self.unit.value} {self.direction.value} {self.point}"


Window = NoWindow | Exact | Around | Sides | FromTo | Within | Count


class Bound(Enum):
    """Which side a limit cuts."""

    NOT_BEFORE = "not before"
    NOT_AFTER = "not after"


@dataclass(frozen=True, slots=True)
class Limit:
    """`not before C1D1 + 21 days`: cuts the window from one side."""

    bound: Bound
    point: Point

    def __str__(self) -> str:
        return f"{self.bound.value} {self.point}"


class EndKind(Enum):
    """What the end of a period means."""

    ON = ""
    AT_LEAST = "at least"
    NOT_AFTER = "not after"


@dataclass(frozen=True, slots=True)
class End:
    """The last day of a period, or the least, or the most, it may be."""

    kind: EndKind
    point: Point

    def __str__(self) -> str:
        return f"{self.kind.value} {self.point}".strip()


@dataclass(frozen=True, slots=True)
class Holds:
    """`lymphodepletion`: a fact answered yes, or an event that happened."""

    name: str
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Range:
    """`1-2`, `7 onwards`: whole numbers, both ends included."""

    low: int
    high: int | None

    def __str__(self) -> str:
        return f"{self.low} onwards" if self.high is None else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Is:
    """`arm is A/B`, `cycle is 1-2/5`, `cycle is 7 onwards then every 2`; the step belongs to the last range."""

    name: str
    items: tuple[str | Range, ...]
    every: int | None = None
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name} is {_set(self.items, self.every)}"


@dataclass(frozen=True, slots=True)
class Positions:
    """`2`, `1-3`, `3 onwards`, `2/3`: places in an order, counted from 1; the step belongs to the last range."""

    items: tuple[str | Range, ...]
    every: int | None = None

    def __str__(self) -> str:
        return _set(self.items, self.every)


def _set(items: tuple[str | Range, ...], every: int | None) -> str:
    return f"{'/'.join(map(str, items))}{f' then every {every}' if every else ''}"


class Order(Enum):
    """How two amounts compare."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number in a comparison."""

    amount: Decimal

    def __str__(self) -> str:
        return str(self.amount)


Operand = Number | Duration | Point


@dataclass(frozen=True, slots=True)
class Compare:
    """`age >= 65`, `gestational-age < 37 weeks`, `dose-2 > dose-1 + 3 days`."""

    left: Operand
    order: Order
    right: Operand
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.left} {self.order.value} {self.right}"


@dataclass(frozen=True, slots=True)
class MoreThan:
    """`more than 40 days from V26 to V27`."""

    duration: Duration
    start: Point
    end: Point
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"more than {self.duration} from {self.start} to {self.end}"


@dataclass(frozen=True, slots=True)
class Not:
    """`not` a condition."""

    atom: Atom

    def __str__(self) -> str:
        return f"not {self.atom}"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """`( ... )` around a condition."""

    condition: Condition

    def __str__(self) -> str:
        return f"({self.condition})"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions joined by `and`."""

    atoms: tuple[Atom, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.atoms))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions joined by `or`."""

    atoms: tuple[Atom, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.atoms))


Question = Holds | Is | Compare | MoreThan
Atom = Question | Not | Enclosed
Condition = Atom | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class TimePoint:
    """`-0.5 h`, `4 h ±24 min`: a moment from a visit's clock time, and how far from it is still right."""

    sign: int
    duration: Duration
    window: Window | None = None
    mark: str = field(default="", compare=False)

    def __str__(self) -> str:
        mark = self.mark or ("-" if self.sign < 0 else "")
        return f"{mark}{self.duration}{f' {self.window}' if self.window else ''}"


Expression = At | Window | Limit | End | Condition | TimePoint
