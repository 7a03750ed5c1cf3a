"""Days for the visits of one person: the fewest without a day, then the least total cost.

Days are ordinals. The search goes from visit to visit; what is kept of the days chosen so far is which days of the visits to come
they rule out, and whatever cannot become better than the best that is known is dropped. So it is exact, unless there is more to
keep than is looked at: many visits that share long windows, with no order among them. Then the best that was found counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import accumulate, combinations
from operator import or_
from typing import NamedTuple

_FEW, _MANY = (
    5_000,
    1_000_000,
)  # steps of a first search, whose find lets the second drop most of its own: that takes a second or two
_FAR = 1 << 40

Span = Callable[[int], tuple[int, int]]


class Spacing(NamedTuple):
    """Which days the second of two visits may have, by the day of the first: never the same, but for days that are `shared`.

    So many days after it at least, and at most, both included. What depends on the very day (months, working days) is asked: `second`
    gives the first and the last day of the second by the day of the first, `first` those of the first by the day of the second.
    """

    least: int | None = None
    most: int | None = None
    second: Span | None = None
    first: Span | None = None
    shared: Container[int] = ()

    def following(self, day: int) -> tuple[int, int]:
        """The first and the last day that the second may have after a day of the first, as far as that day decides."""
        low = -_FAR if self.least is None else day + self.least
        high = _FAR if self.most is None else day + self.most
        if self.second is not None:
            first, last = self.second(day)
            low, high = max(low, first), min(high, last)
        return low, high

    def turned(self) -> Spacing:
        """The same of the two in the other order."""
        least, most = (None if days is None else -days for days in (self.most, self.least))
        return Spacing(least, most, self.first, self.second, self.shared)

    def allows(self, one: int, other: int) -> bool:
        """Whether the first of two may be on a day and the second on another."""
        apart = other - one
        if (self.least is not None and apart < self.least) or (self.most is not None and apart > self.most):
            return False
        if apart == 0 and one not in self.shared:
            return False
        return _holds(self.second, one, other) and _holds(self.first, other, one)


def _holds(span: Span | None, day: int, other: int) -> bool:
    if span is None:
        return True
    first, last = span(day)
    return first <= other <= last


FREE = Spacing()
Spacings = Mapping[tuple[int, int], Spacing]  # by the numbers of two visits of one person, the smaller first


class _Options(NamedTuple):
    """The days of a visit, the cheapest first; the last is none at all, at a price above all days of all visits together."""

    days: tuple[int | None, ...]
    prices: tuple[int, ...]


_States = dict[tuple[int, ...], tuple[int, tuple[int, ...]]]  # by the options ruled out, as bits: the cost, the options chosen


def best_days(costs: Sequence[Mapping[int, int]], spacings: Spacings) -> tuple[int | None, ...]:
    """The days of one person's visits, each given with the cost of each of its days."""
    nothing = 1 + sum(max(each.values(), default=0) for each in costs)
    options = [_options(each, nothing) for each in costs]
    chosen, least = _one_by_one(options, spacings), sum(each.prices[0] for each in options)
    if _price(options, chosen) >= nothing:  # somebody is without a day: as early as can be leaves the most for the others
        early = _one_by_one(options, spacings, early=True)
        chosen = min(chosen, early, key=lambda each: _price(options, each))
    for steps in (_FEW, _MANY):
        price = _price(options, chosen)
        if price == least:
            break
        kept = [_below(each, price - least + each.prices[0]) for each in options]
        rules = _Rules(kept, {**spacings, **_alike(kept, spacings)}, all_placed=price < nothing)
        found, is_whole = rules.search(price, steps)
        chosen = found or chosen
        if is_whole:
            break
    return tuple(each.days[option] for each, option in zip(options, chosen, strict=True))


def _options(costs: Mapping[int, int], nothing: int) -> _Options:
    days = sorted(costs, key=costs.__getitem__)
    return _Options((*days, None), (*map(costs.__getitem__, days), nothing))


def _below(options: _Options, bound: int) -> _Options:
    """The options that cost less than what the best known leaves for them."""
    count = bisect_left(options.prices, bound)
    return _Options(options.days[:count], options.prices[:count])


def _price(options: Sequence[_Options], chosen: Sequence[int]) -> int:
    return sum(each.prices[option] for each, option in zip(options, chosen, strict=True))


def _one_by_one(options: Sequence[_Options], spacings: Spacings, *, early: bool = False) -> tuple[int, ...]:
    """Visit after visit the cheapest day that those before it leave, or the earliest."""
    chosen: list[int] = []
    before: list[tuple[int, int]] = []
    for number, each in enumerate(options):
        others = [(spacings.get((other, number), FREE), day) for other, day in before]
        order = sorted(enumerate(each.days), key=_by_day) if early else enumerate(each.days)
        chosen.append(next(option for option, day in order if day is None or _allowed(day, others)))
        if (day := each.days[chosen[-1]]) is not None:
            before.append((number, day))
    return tuple(chosen)


def _by_day(option: tuple[int, int | None]) -> int:
    return _FAR if option[1] is None else option[1]


def _allowed(day: int, others: Iterable[tuple[Spacing, int]]) -> bool:
    return all(spacing.allows(other, day) for spacing, other in others)


def _alike(options: Sequence[_Options], spacings: Spacings) -> dict[tuple[int, int], Spacing]:
    """Visits that could change places with each other: one order of them is as good as any, so that the others are not tried."""
    bound = {number for pair, spacing in spacings.items() if spacing != FREE for number in pair}
    groups: dict[_Options, list[int]] = {}
    for number, each in enumerate(options):
        if number not in bound:
            groups.setdefault(each, []).append(number)
    return {pair: _IN_ORDER for numbers in groups.values() for pair in combinations(numbers, 2)}


_IN_ORDER = Spacing(least=1)


class _Rules:
    """What every day of a visit rules out of the visits after it, and the search among what is left."""

    def __init__(self, options: Sequence[_Options], spacings: Spacings, *, all_placed: bool) -> None:
        self.options = options
        tables = [_Table(each.days) for each in options]
        pairs = list(combinations(range(len(options)), 2))
        spans = {pair: _spans(options[pair[0]].days, spacings.get(pair, FREE)) for pair in pairs}
        least = _least(spans, options) if all_placed else {}
        self.kills = [[(0,) * (len(options) - number - 1)] * len(each.days) for number, each in enumerate(options)]
        for number, each in enumerate(options):
            later = range(number + 1, len(options))
            masks = [tables[other].ruled_out(each.days, spans[number, other], least.get((number, other))) for other in later]
            for other, ruled in zip(later, masks, strict=True):
                spacing = spacings.get((number, other), FREE)
                tables[other].rule_out_same(ruled, each.days, spacing.shared)
                if spacing.first is not None:
                    tables[other].rule_out(ruled, each.days, spacing.first)
            if masks:
                self.kills[number] = list(zip(*masks, strict=True))
        self.hopes = _hopes(options, tables, spans)

    def search(self, bound: int, steps: int) -> tuple[tuple[int, ...] | None, bool]:
        """Options that cost less than a bound, None where there are none; and whether nothing was left out.

        It takes so many steps at most: of what is kept after each visit the most hopeful.
        """
        most = max(1, steps // sum(len(each.days) for each in self.options))
        states: _States = {(0,) * len(self.options): (0, ())}
        is_whole = True
        for number in range(len(self.options)):
            states = self._after(number, states, bound)
            if len(states) > most:
                states, is_whole = dict(sorted(states.items(), key=lambda item: self._hope(item, number + 1))[:most]), False
        best = min(states.values(), key=lambda found: found[0], default=None)
        return None if best is None else best[1], is_whole

    def _after(self, number: int, states: _States, bound: int) -> _States:
        """The states after a visit that may still become cheaper than the bound."""
        prices, kills = self.options[number].prices, self.kills[number]
        following: _States = {}
        for (out, *rest), (cost, chosen) in states.items():
            for hope, option in self.hopes[number]:
                if cost + hope >= bound:
                    break
                if not out >> option & 1:
                    now, state = cost + prices[option], tuple(map(or_, rest, kills[option]))
                    known = following.get(state)
                    if known is None or now < known[0]:
                        following[state] = (now, (*chosen, option))
        return {item[0]: item[1] for item in following.items() if self._hope(item, number + 1) < bound}

    def _hope(self, item: tuple[tuple[int, ...], tuple[int, tuple[int, ...]]], number: int) -> int:
        """What it will cost at least: each visit to come takes the cheapest that is not ruled out, or all of them what the next may."""
        state, (cost, _) = item
        if not state:
            return cost
        one_by_one = 0
        for each, out in zip(self.options[number:], state, strict=True):
            first = (~out & (out + 1)).bit_length() - 1  # the lowest bit that is not set
            if first >= len(each.prices):
                return _FAR_TOO_MUCH
            one_by_one += each.prices[first]
        together = next((hope for hope, option in self.hopes[number] if not state[0] >> option & 1), _FAR_TOO_MUCH)
        return cost + max(one_by_one, together)


_FAR_TOO_MUCH = 1 << 200
_Hopes = list[tuple[int, int]]  # of the options of a visit, the least first: what it and all after it cost at least, and which


def _hopes(
    options: Sequence[_Options], tables: Sequence[_Table], spans: Mapping[tuple[int, int], Sequence[tuple[int, int]]]
) -> list[_Hopes]:
    """What every option and the visits after it cost at least, when each visit minds only the one before it."""
    found: list[_Hopes] = []
    cheapest = _Cheapest((), (), 0)
    for number in reversed(range(len(options))):
        each = options[number]
        rests = [cheapest.between(*span) for span in spans.get((number, number + 1), ())] or [cheapest.least] * len(each.days)
        if len(rests) < len(each.days):
            rests.append(cheapest.least)  # without a day it leaves the next all of its own
        hopes = [price + rest for price, rest in zip(each.prices, rests, strict=True)]
        found.append(sorted((hope, option) for option, hope in enumerate(hopes)))
        by_day = [hopes[option] for option in tables[number].options]
        cheapest = _Cheapest(tables[number].days, by_day, hopes[-1] if each.days and each.days[-1] is None else _FAR_TOO_MUCH)
    return found[::-1]


class _Cheapest:
    """What the cheapest of some days costs, or that there is none, at its own price."""

    def __init__(self, days: Sequence[int], costs: Sequence[int], nothing: int) -> None:
        self.days = days
        self.costs = costs
        self.nothing = nothing
        self.after = [*accumulate(reversed(costs), min, initial=nothing)][::-1]
        self.least = self.after[0]

    def between(self, first: int, last: int) -> int:
        """Of the days between two, both included."""
        begin, end = bisect_left(self.days, first), bisect_right(self.days, last)
        return self.after[begin] if end == len(self.days) else min([self.nothing, *self.costs[begin:end]])


class _Table:
    """The days of a visit in the order of the calendar: which of its options, as bits, lie before a day."""

    def __init__(self, days: Sequence[int | None]) -> None:
        order = sorted((day, option) for option, day in enumerate(days) if day is not None)
        self.days = [day for day, _ in order]
        self.options = [option for _, option in order]
        self.bits: dict[int | None, int] = {day: 1 << option for day, option in order}
        self.before = [*accumulate((1 << option for _, option in order), or_, initial=0)]

    def ruled_out(self, days: Sequence[int | None], spans: Sequence[tuple[int, int]], least: int | None) -> list[int]:
        """By the options of a visit before it: which of its own they rule out."""
        found = []
        for day, (low, high) in zip(days, spans, strict=False):
            if day is None:
                break
            low = low if least is None else max(low, day + least)
            kept = self.before[bisect_right(self.days, high)] & ~self.before[bisect_left(self.days, low)]
            found.append(self.before[-1] & ~kept)
        return found + [0] * (len(days) - len(found))

    def rule_out_same(self, found: list[int], days: Sequence[int | None], shared: Container[int]) -> None:
        """Add the very day, where the two may not share it."""
        for option, day in enumerate(days):
            if day in self.bits and day not in shared:
                found[option] |= self.bits[day]

    def rule_out(self, found: list[int], days: Sequence[int | None], first: Span) -> None:
        """Add what its own days say of the days of the visit before it."""
        for own in self.days:
            low, high = first(own)
            for option, day in enumerate(days):
                if day is not None and not low <= day <= high:
                    found[option] |= self.bits[own]


def _spans(days: Sequence[int | None], spacing: Spacing) -> list[tuple[int, int]]:
    return [spacing.following(day) for day in days if day is not None]


def _least(spans: Mapping[tuple[int, int], Sequence[tuple[int, int]]], options: Sequence[_Options]) -> dict[tuple[int, int], int]:
    """How many days one visit comes after another at least, also through those between them: for all of them have a day."""
    found = {
        (one, other): min(
            (low - day for (low, _), day in zip(each, options[one].days, strict=False) if day is not None), default=-_FAR
        )
        for (one, other), each in spans.items()
    }
    for middle in range(len(options)):
        for one, other in found:
            if one < middle < other:
                found[one, other] = max(found[one, other], found[one, middle] + found[middle, other])
    return found
