"""Days for many visits at once: as many visits as can be get a day, then as cheaply as can be.

Days are ordinals here, and a visit is a wish: the days it may have, and what each costs. Of one person no two wishes get the same day.
One person is solved exactly. A site is solved with the tightest wish first and augmenting chains; then every person's days are
worked out anew in what the others leave, which never makes the whole worse. The same input gives the same days.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

_MOST_STATES = 2_000  # of one person: reached only when many visits share a long window and have no order among them
_ROUNDS = 3

Slot = tuple[int, str]
_States = dict[tuple[int, ...], tuple[int, int, tuple[int | None, ...]]]  # by the days ruled out: without a day, cost, days
Spacings = Mapping[tuple[int, int], "Spacing"]  # by the numbers of two wishes of one person, the smaller first


class Wish(NamedTuple):
    """A visit that wants a day: whose it is, its kind (of which a site can hold so many a day), and its days, the cheapest first."""

    person: str
    kind: str
    costs: Mapping[int, int]


class Spacing(NamedTuple):
    """How many days the second of two wishes comes after the first: at least, and at most, both included; None where it is free."""

    least: int | None = None
    most: int | None = None

    def allows(self, apart: int) -> bool:
        """Whether the second may come so many days after the first; never on the same day."""
        return apart != 0 and (self.least is None or apart >= self.least) and (self.most is None or apart <= self.most)


FREE = Spacing()


class Room(NamedTuple):
    """How many visits of a kind a day can hold (any number where nothing is said), and how many it holds already."""

    capacity: Mapping[str, int]
    used: Mapping[Slot, int]

    def left(self, slot: Slot) -> int | None:
        """How many more there can be; None for any number."""
        capacity = self.capacity.get(slot[1])
        return None if capacity is None else max(0, capacity - self.used.get(slot, 0))


def best_days(costs: Sequence[Mapping[int, int]], spacings: Spacings) -> tuple[int | None, ...]:
    """The days of one person's wishes: the fewest without a day, then the least total cost.

    Goes from wish to wish; what is kept of the days chosen so far is which days of the wishes to come they rule out.
    """
    days = [tuple(each) for each in costs]
    kills = _kills(days, spacings)
    states: _States = {(0,) * len(days): (0, 0, ())}
    for number, own in enumerate(days):
        following: _States = {}
        for (out, *rest), (without, cost, chosen) in states.items():
            options = [(tuple(rest), (without + 1, cost, (*chosen, None)))]
            for bit, day in enumerate(own):
                if not out >> bit & 1:
                    ruled_out = tuple(map(int.__or__, rest, kills[number][bit]))
                    options.append((ruled_out, (without, cost + costs[number][day], (*chosen, day))))
            for state, found in options:
                if state not in following or found[:2] < following[state][:2]:
                    following[state] = found
        states = following if len(following) <= _MOST_STATES else _cheapest(following)
    return min(states.values(), key=lambda found: found[:2])[2]


def _cheapest(states: _States) -> _States:
    return dict(sorted(states.items(), key=lambda item: item[1][:2])[:_MOST_STATES])


def _kills(days: Sequence[tuple[int, ...]], spacings: Spacings) -> list[list[tuple[int, ...]]]:
    """For every day of a wish: of each wish after it, which days it rules out, as bits."""
    return [
        [
            tuple(
                sum(1 << bit for bit, day in enumerate(days[later]) if not spacings.get((number, later), FREE).allows(day - own))
                for later in range(number + 1, len(days))
            )
            for own in days[number]
        ]
        for number in range(len(days))
    ]


def assign(wishes: Sequence[Wish], spacings: Spacings, room: Room) -> list[int | None]:
    """A day for each wish, or None, in the order of the wishes."""
    table = _Table(wishes, spacings, room)
    if room.capacity:
        for number in sorted(range(len(wishes)), key=lambda each: (len(wishes[each].costs), each)):
            table.place(number)
    for _ in range(_ROUNDS):
        changed = [table.improve(together) for together in table.together]
        if not any(changed):
            break
        if room.capacity:
            table.stuck.clear()
            for number in [number for number, day in enumerate(table.days) if day is None]:
                table.place(number)
    return table.days


class _Table:
    """Which wish has which day, so far."""

    def __init__(self, wishes: Sequence[Wish], spacings: Spacings, room: Room) -> None:
        self.wishes = wishes
        self.spacings = spacings
        self.room = room
        self.days: list[int | None] = [None] * len(wishes)
        self.holders: dict[Slot, list[int]] = {}
        self.beside: list[list[int]] = [[] for _ in wishes]
        self.stuck: set[int] = set()
        self.together = list(self._together())

    def _together(self) -> Iterator[tuple[int, ...]]:
        """The wishes of a person that can be in each other's way, directly or through others; and notes which are, directly."""
        people: dict[str, list[int]] = {}
        for number, wish in enumerate(self.wishes):
            if wish.costs:
                people.setdefault(wish.person, []).append(number)
        for one, other in sorted(set(self._clashing(people.values()))):
            self.beside[one].append(other)
            self.beside[other].append(one)
        for numbers in people.values():
            yield from self._components(numbers)

    def _clashing(self, people: Iterable[Sequence[int]]) -> Iterator[tuple[int, int]]:
        """The pairs of wishes that can be in each other's way: their days overlap, or a spacing asks for more than lies between."""
        ends = {number: (min(wish.costs), max(wish.costs)) for number, wish in enumerate(self.wishes) if wish.costs}
        for numbers in people:
            open_: list[int] = []  # those whose days are not over yet
            for number in sorted(numbers, key=ends.__getitem__):
                open_ = [other for other in open_ if ends[other][1] >= ends[number][0]]
                yield from ((min(other, number), max(other, number)) for other in open_)
                open_.append(number)
        for (one, other), spacing in self.spacings.items():
            if one in ends and other in ends and _keeps_apart(spacing, ends[one], ends[other]):
                yield one, other

    def _components(self, numbers: Sequence[int]) -> Iterator[tuple[int, ...]]:
        seen: set[int] = set()
        for number in numbers:
            if number in seen:
                continue
            found, open_ = {number}, [number]
            while open_:
                new = [other for other in self.beside[open_.pop()] if other not in found]
                found.update(new)
                open_ += new
            seen |= found
            yield tuple(sorted(found))

    # -- one wish

    def place(self, number: int) -> bool:
        """Give a wish a day, moving others where that is needed: the shortest chain of moves. Whether it was possible."""
        for day in self.wishes[number].costs:
            if self._is_free(number, day):
                self._settle({number: day})
                return True
        seen, chains = {number}, deque([(number, dict[int, int | None]())])
        while chains:
            wish, moved = chains.popleft()
            for day in self.wishes[wish].costs:
                if moved.get(wish, self.days[wish]) == day:
                    continue
                blockers = self._blockers(wish, day, moved)
                if blockers == ():
                    self._settle({**moved, wish: day})
                    return True
                for blocker in blockers or ():
                    if blocker not in seen and blocker not in self.stuck:
                        seen.add(blocker)
                        chains.append((blocker, {**moved, wish: day}))
        self.stuck |= seen  # where no chain led on, none will until somebody's days are worked out anew
        return False

    def _is_free(self, number: int, day: int) -> bool:
        """Whether a wish can have a day with nobody moving."""
        days = self.days
        if any(self._clash(number, day, other, days[other]) for other in self.beside[number] if days[other] is not None):
            return False
        slot = (day, self.wishes[number].kind)
        left = self.room.left(slot)
        return left is None or len(self.holders.get(slot, ())) < left

    def _blockers(self, wish: int, day: int, moved: Mapping[int, int | None]) -> tuple[int, ...] | None:
        """Of whom one has to move so that a wish can have a day; none of them when it can; None when more than one has to."""
        own = [other for other in self.beside[wish] if self._clash(wish, day, other, moved.get(other, self.days[other]))]
        if len(own) > 1:
            return None
        slot = (day, self.wishes[wish].kind)
        left = self.room.left(slot)
        if left is None:
            return tuple(own)
        there = [other for other in self.holders.get(slot, ()) if other not in moved and other != wish]
        there += [other for other, to in moved.items() if to == day and self.wishes[other].kind == slot[1] and other != wish]
        if len(there) < left or (own and own[0] in there):
            return tuple(own)
        return None if own else tuple(other for other in there if other not in moved) or None

    def _clash(self, one: int, day: int, other: int, other_day: int | None) -> bool:
        if other_day is None:
            return False
        if one < other:
            return not self.spacings.get((one, other), FREE).allows(other_day - day)
        return not self.spacings.get((other, one), FREE).allows(day - other_day)

    # -- one person

    def improve(self, together: tuple[int, ...]) -> bool:
        """Work out the days of one person's wishes anew, in what the others leave. Whether that made it better."""
        if all(self.days[number] == next(iter(self.wishes[number].costs)) for number in together):
            return False  # each has the cheapest of its days
        if len(together) == 1:
            days = self.wishes[together[0]].costs
            found: tuple[int | None, ...] = (next((day for day in days if self._has_room(together[0], day)), None),)
        else:
            costs = [
                {day: cost for day, cost in self.wishes[number].costs.items() if self._has_room(number, day)}
                for number in together
            ]
            place = {number: nth for nth, number in enumerate(together)}
            near = {
                (place[one], place[other]): self.spacings[one, other]
                for one in together
                for other in self.beside[one]
                if (one, other) in self.spacings
            }
            found = best_days(costs, near)
        if self._worth(together, found) >= self._worth(together, [self.days[number] for number in together]):
            return False
        self._settle(dict(zip(together, found, strict=True)))
        return True

    def _has_room(self, number: int, day: int) -> bool:
        slot = (day, self.wishes[number].kind)
        left, holders = self.room.left(slot), self.holders.get(slot, ())
        if left is None or len(holders) < left:
            return True
        person = self.wishes[number].person
        return sum(self.wishes[other].person != person for other in holders) < left

    def _worth(self, together: Sequence[int], days: Sequence[int | None]) -> tuple[int, int]:
        costs = [self.wishes[number].costs[day] for number, day in zip(together, days, strict=True) if day is not None]
        return len(together) - len(costs), sum(costs)

    def _settle(self, moved: Mapping[int, int | None]) -> None:
        """Make moves; all of them at once, for on the way two may stand in one place."""
        for number in moved:
            if (day := self.days[number]) is not None:
                self.holders[day, self.wishes[number].kind].remove(number)
        for number, day in moved.items():
            self.days[number] = day
            if day is not None:
                self.holders.setdefault((day, self.wishes[number].kind), []).append(number)


def _keeps_apart(spacing: Spacing, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a spacing rules out some days of two wishes, by the first and the last day of each."""
    (first, last), (other_first, other_last) = one, other
    least, most = spacing
    return (least is not None and other_first - last < least) or (most is not None and other_last - first > most)
