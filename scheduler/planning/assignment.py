"""Days for many visits at once: as many visits as can be get a day, then as cheaply as can be.

Days are ordinals here, and a visit is a wish: the days it may have, and what each costs. Of one person no two wishes get the same day.
One person is solved exactly. A site is solved with the tightest wish first and augmenting chains; then every person's days are
worked out anew in what the others leave, which never makes the whole worse. The same input gives the same days.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import NamedTuple

from scheduler.planning.person import FREE, Spacing, Spacings, best_days

_ROUNDS = 3
_DEPTH = 8  # of persons who make others move in turn
_PATIENCE = 10_000  # persons worked out anew so that one more visit has a day, in all
_TRIALS, _MOST_JOINTLY = 100, 24  # of two or three persons worked out together, and how many visits they may have
_FULL = 1 << 120  # what a full day costs: more than all days that are not

Slot = tuple[int, str]


class Wish(NamedTuple):
    """A visit that wants a day: whose it is, its kind (of which a site can hold so many a day), and its days, the cheapest first."""

    person: str
    kind: str
    costs: Mapping[int, int]


class Room(NamedTuple):
    """How many visits of a kind a day can hold (any number where nothing is said), and how many it holds already."""

    capacity: Mapping[str, int]
    used: Mapping[Slot, int]

    def left(self, slot: Slot) -> int | None:
        """How many more there can be; None for any number."""
        capacity = self.capacity.get(slot[1])
        return None if capacity is None else max(0, capacity - self.used.get(slot, 0))


def assign(wishes: Sequence[Wish], spacings: Spacings, room: Room) -> list[int | None]:
    """A day for each wish, or None, in the order of the wishes."""
    table = _Table(wishes, spacings, room)
    if room.capacity:
        for number in sorted(range(len(wishes)), key=lambda each: (len(wishes[each].costs), each)):
            table.place(number)
    for _ in range(_ROUNDS):
        better = [table.improve(together) for together in table.together]
        more = [table.place(number) for number, day in enumerate(table.days) if day is None] if any(better) else []
        more += [table.make_room(together) for together in table.together]
        if not any(more):
            break
        table.stuck.clear()
        table.unsure.clear()
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
        self.unsure: set[int] = set()  # of those, where several of one person would have to move at once
        self.people: dict[str, list[int]] = {}
        self.together = list(self._together())
        self.person = {number: together for together in self.together for number in together}
        self.near: dict[tuple[int, ...], Spacings] = {}
        self.patience = _PATIENCE + len(self.together)
        self.trials = _TRIALS

    def _together(self) -> Iterator[tuple[int, ...]]:
        """The wishes of a person that can be in each other's way, directly or through others; and notes which are, directly."""
        for number, wish in enumerate(self.wishes):
            if wish.costs:
                self.people.setdefault(wish.person, []).append(number)
        for one, other in sorted(set(self._clashing(self.people.values()))):
            self.beside[one].append(other)
            self.beside[other].append(one)
        for numbers in self.people.values():
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
        seen, chains, is_sure = {number}, deque([(number, dict[int, int | None]())]), True
        while chains:
            wish, moved = chains.popleft()
            for day in self.wishes[wish].costs:
                if moved.get(wish, self.days[wish]) == day:
                    continue
                blockers = self._blockers(wish, day, moved)
                if blockers == ():
                    self._settle({**moved, wish: day})
                    return True
                is_sure = is_sure and self._is_matching(wish, blockers)
                for blocker in blockers or ():
                    if blocker not in seen and blocker not in self.stuck:
                        seen.add(blocker)
                        chains.append((blocker, {**moved, wish: day}))
        self.stuck |= seen  # where no chain led on, none will until somebody's days are worked out anew
        self.unsure |= set() if is_sure else seen
        return False

    def _is_matching(self, wish: int, blockers: tuple[int, ...] | None) -> bool:
        """Whether only the others on a full day are in the way: then a chain of moves is found where there is any way at all."""
        if blockers is None or not self.unsure.isdisjoint(blockers):
            return False
        return all(self.wishes[other].person != self.wishes[wish].person for other in blockers)

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
        beside = self.beside[wish]
        own = [other for other in beside if self._clash(wish, day, other, moved.get(other, self.days[other]))] if beside else []
        if len(own) > 1:
            return None
        slot = (day, self.wishes[wish].kind)
        left = self.room.left(slot)
        if left is None:
            return tuple(own)
        there = [other for other in self.holders.get(slot, ()) if other != wish and other not in moved]
        there += [other for other, to in moved.items() if to == day and self.wishes[other].kind == slot[1] and other != wish]
        if len(there) < left or (own and own[0] in there):
            return tuple(own)
        return None if own else tuple(other for other in there if other not in moved) or None

    def _clash(self, one: int, day: int, other: int, other_day: int | None) -> bool:
        if other_day is None:
            return False
        if one < other:
            return not self.spacings.get((one, other), FREE).allows(day, other_day)
        return not self.spacings.get((other, one), FREE).allows(other_day, day)

    # -- one person

    def improve(self, together: tuple[int, ...]) -> bool:
        """Work out the days of one person's wishes anew, in what the others leave. Whether that made it better."""
        if all(self.days[number] == next(iter(self.wishes[number].costs)) for number in together):
            return False  # each has the cheapest of its days
        found = self._anew(together)
        if self._worth(together, found) >= self._worth(together, [self.days[number] for number in together]):
            return False
        self._settle(dict(zip(together, found, strict=True)))
        return True

    def _anew(self, together: tuple[int, ...], seen: Container[Slot] | None = None) -> tuple[int | None, ...]:
        """The best days of one person's wishes in what the others leave; on full days too, but those `seen`, where that is given."""
        if len(together) == 1 and seen is None:
            return (next((day for day in self.wishes[together[0]].costs if self._has_room(together[0], day)), None),)
        if together not in self.near:
            place = {number: nth for nth, number in enumerate(together)}
            pairs = ((one, other) for one in together for other in self.beside[one] if (one, other) in self.spacings)
            self.near[together] = {(place[one], place[other]): self.spacings[one, other] for one, other in pairs}
        return best_days([self._costs(number, seen) for number in together], self.near[together])

    def _costs(self, number: int, seen: Container[Slot] | None) -> dict[int, int]:
        """The days of a wish that have room; full ones too, at a price, where others may be asked to leave them."""
        costs, kind = self.wishes[number].costs, self.wishes[number].kind
        found = {day: cost for day, cost in costs.items() if self._has_room(number, day)}
        if seen is not None:
            full = (day for day in costs if day not in found and (day, kind) not in seen and self.room.left((day, kind)))
            found |= {day: costs[day] + _FULL for day in full}
        return found

    # -- one more has a day, and others another

    def make_room(self, together: tuple[int, ...]) -> bool:
        """Work out a person's days anew so that one more of them has a day; whoever has a full day goes elsewhere, and so on."""
        without = sum(self.days[number] is None for number in together)
        if self.unsure.isdisjoint(number for number in together if self.days[number] is None):
            return False
        if any(self._anew_among(together, without - 1, set(), (), depth) for depth in (2, _DEPTH)):
            return True
        return any(self._jointly(persons) for persons in self._groups(self.wishes[together[0]].person))

    def _anew_among(
        self, together: tuple[int, ...], without: int, seen: set[Slot], asking: tuple[tuple[int, ...], ...], depth: int
    ) -> bool:
        """New days for a person, of which so many may be missing, where those on full days can go elsewhere; else all stays."""
        before = self.days.copy()
        while self.patience:
            self.patience -= 1
            found = self._anew(together, seen if depth else None)
            if found.count(None) > without:
                return False
            self._settle(dict(zip(together, found, strict=True)))
            if all(self._make_leave(slot, seen, (*asking, together), depth) for slot in self._too_full(together)):
                return True
            self._settle({number: day for number, day in enumerate(before) if self.days[number] != day})
        return False

    def _too_full(self, together: tuple[int, ...]) -> list[Slot]:
        slots = [(day, self.wishes[number].kind) for number in together if (day := self.days[number]) is not None]
        return [slot for slot in slots if (left := self.room.left(slot)) is not None and len(self.holders[slot]) > left]

    def _make_leave(self, slot: Slot, seen: set[Slot], asking: tuple[tuple[int, ...], ...], depth: int) -> bool:
        """Make one of those who have a full day go elsewhere, with no more of their visits without a day."""
        seen.add(slot)
        asked = [self.person[holder] for holder in self.holders[slot]]
        return any(
            self._anew_among(together, sum(self.days[number] is None for number in together), seen, asking, depth - 1)
            for together in asked
            if together not in asking
        )

    # -- two or three persons at once

    def _groups(self, person: str) -> Iterator[tuple[str, ...]]:
        """A person with one or two of those who hold what is full and they, or the other, could have."""
        near = self._near(person)
        yield from ((person, other) for other in near)
        for place, other in enumerate(near, start=1):
            further = dict.fromkeys((*near[place:], *self._near(other)))
            yield from ((person, other, third) for third in further if third not in (person, other))

    def _near(self, person: str) -> list[str]:
        """The other persons on the full days that a person could have, those first who are on the most of them."""
        found: Counter[str] = Counter()
        for number in self.people[person]:
            for slot in ((day, self.wishes[number].kind) for day in self.wishes[number].costs):
                left, holders = self.room.left(slot), self.holders.get(slot, ())
                if left is not None and len(holders) >= left:
                    found.update(self.wishes[holder].person for holder in holders)
        return sorted(found.keys() - {person}, key=lambda other: (-found[other], other))

    def _jointly(self, persons: Sequence[str]) -> bool:
        """Work out the days of some persons anew, together, in what all others leave. Whether one more of them has a day."""
        there = chain.from_iterable(self.people[person] for person in persons)
        numbers = sorted(there, key=lambda number: (next(iter(self.wishes[number].costs)), number))
        if not self.trials or len(numbers) > _MOST_JOINTLY:
            return False
        self.trials -= 1
        slots = {(day, self.wishes[number].kind) for number in numbers for day in self.wishes[number].costs}
        left = {slot: self._left_to(slot, numbers) for slot in slots}
        costs = [
            {day: cost for day, cost in self.wishes[number].costs.items() if left[day, self.wishes[number].kind]}
            for number in numbers
        ]
        room_for_all = {slot for slot, count in left.items() if count >= len(persons)}
        pairs = combinations(enumerate(numbers), 2)
        spacings = {(nth, mth): self._between(one, other, room_for_all) for (nth, one), (mth, other) in pairs}
        found = best_days(costs, spacings)
        if found.count(None) >= sum(self.days[number] is None for number in numbers):
            return False
        self._settle(dict(zip(numbers, found, strict=True)))
        return True

    def _left_to(self, slot: Slot, numbers: Sequence[int]) -> int:
        """How many of some wishes can have a day; where any number can, all of them."""
        left = self.room.left(slot)
        return (
            len(numbers) if left is None else max(0, left - sum(holder not in numbers for holder in self.holders.get(slot, ())))
        )

    def _between(self, one: int, other: int, room_for_all: Container[Slot]) -> Spacing:
        """How two wishes have to follow each other; those of different persons only mind a day that has no room for all."""
        first, second = self.wishes[one], self.wishes[other]
        if first.person == second.person:
            return self.spacings.get((one, other), FREE) if one < other else self.spacings.get((other, one), FREE).turned()
        if first.kind != second.kind:
            return Spacing(shared=first.costs)
        return Spacing(shared=[day for day in first.costs if (day, first.kind) in room_for_all])

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
    if spacing.following(last)[0] > other_first or spacing.following(first)[1] < other_last:
        return True
    return spacing.first is not None and (spacing.first(other_last)[0] > first or spacing.first(other_first)[1] < last)
