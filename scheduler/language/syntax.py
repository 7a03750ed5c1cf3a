"""Expressions as records. Every record prints as it was typed (white space aside), and parsing the print gives it back.

`Day 28`, `earlier of (M24 and progression + 30 days)`, `-3 .. +7 days`, `not before infusion + 28 days`, `arm is A/B`.
How a word was spelt (`h` or `hours`, `+-` or `±`) is kept for printing and is not part of what the expression means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum


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
class Step:
    """A duration to go forward (`sign` 1) or back (-1)."""

    sign: int
    duration: Duration

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
    """Which of several occurrences of a rule is meant."""

    FIRST = "first"
    LAST = "last"


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
class Reference:
    """The date of something that has a name. `offset` is where the name stands in the text."""

    name: str
    pick: Pick | None = None
    facet: Facet | None = None
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.pick.value + ' ' if self.pick else ''}{self.name}{'.' + self.facet.value if self.facet else ''}"


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


At = Given | LabelList | SumList | Point


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
class Is:
    """`arm is A/B`."""

    name: str
    values: tuple[str, ...]
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name} is {'/'.join(self.values)}"


class Order(Enum):
    """How two amounts compare."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Compare:
    """`age >= 65`, `gestational-age < 37 weeks`."""

    name: str
    order: Order
    value: Decimal | Duration
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name} {self.order.value} {self.value}"


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


Atom = Holds | Is | Compare | Not | Enclosed
Condition = Atom | AllOf | AnyOf
Expression = At | Window | Limit | End | Condition
