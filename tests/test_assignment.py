"""Days for many visits: one person exactly, a site as many as can be."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import product

from scheduler.planning.assignment import Room, Wish, assign
from scheduler.planning.person import FREE, Spacing, best_days

ANY = Room({}, {})


def worth(costs: Sequence[Mapping[int, int]], days: Sequence[int | None]) -> tuple[int, int]:
    chosen = [each[day] for each, day in zip(costs, days, strict=True) if day is not None]
    return len(days) - len(chosen), sum(chosen)


def kept(days: Sequence[int | None], spacings: Mapping[tuple[int, int], Spacing]) -> bool:
    pairs = [(one, other) for one in range(len(days)) for other in range(one + 1, len(days))]
    return all(
        spacings.get((one, other), FREE).allows(first, second)
        for one, other in pairs
        if (first := days[one]) is not None and (second := days[other]) is not None
    )


def brute_force(costs: Sequence[Mapping[int, int]], spacings: Mapping[tuple[int, int], Spacing]) -> tuple[int, int]:
    every = product(*[[None, *each] for each in costs])
    return min(worth(costs, days) for days in every if kept(days, spacings))


def random_person(seed: int) -> tuple[list[dict[int, int]], dict[tuple[int, int], Spacing]]:
    """Up to four visits whose windows lie on each other, some in order, some with gaps."""
    rolls = random.Random(seed)
    costs = []
    for number in range(rolls.randint(1, 4)):
        target = 2 * number + rolls.randint(0, 3)
        days = [day for day in range(target - 2, target + 3) if rolls.random() < 0.6]
        each = {day: rolls.choice((abs(day - target), rolls.randint(0, 9))) for day in days}
        costs.append(dict(sorted(each.items(), key=lambda item: item[1])))
    spacings = {}
    for one in range(len(costs)):
        for other in range(one + 1, len(costs)):
            kind = rolls.random()
            if kind < 0.5:
                spacings[one, other] = Spacing(least=1)
            elif kind < 0.7:
                spacings[one, other] = Spacing(least=rolls.randint(-2, 4))
            elif kind < 0.8:
                spacings[one, other] = Spacing(most=rolls.randint(-2, 4))
    return costs, spacings


def test_the_days_of_one_person_are_as_good_as_trying_all() -> None:
    for seed in range(3_000):
        costs, spacings = random_person(seed)
        wanted = brute_force(costs, spacings)
        for found in (best_days(costs, spacings), assign([Wish("P", "clinic", each) for each in costs], spacings, ANY)):
            assert kept(found, spacings), seed
            assert worth(costs, found) == wanted, seed


def most_matched(wishes: Sequence[Wish], room: Room) -> int:
    """The most wishes that can have a day when nothing but the capacity counts: Kuhn's matching, a place at a time."""
    holder: dict[tuple[int, str, int], int] = {}

    def place(number: int, seen: set[tuple[int, str, int]]) -> bool:
        wish = wishes[number]
        for day in wish.costs:
            for nth in range(room.left((day, wish.kind)) or 0):
                spot = (day, wish.kind, nth)
                if spot not in seen:
                    seen.add(spot)
                    if spot not in holder or place(holder[spot], seen):
                        holder[spot] = number
                        return True
        return False

    return sum(place(number, set()) for number in range(len(wishes)))


def random_site(seed: int) -> tuple[list[Wish], dict[tuple[int, int], Spacing], Room]:
    """48 participants of 20 visits over two years; clinic on two days a week, four visits on each, a few weeks closed."""
    rolls = random.Random(seed)
    closed = {week for week in range(170) if rolls.random() < 0.04}
    wishes: list[Wish] = []
    spacings: dict[tuple[int, int], Spacing] = {}
    for person in range(48):
        start = rolls.randint(0, 700)
        offsets = [7, 14, 21, 28, 42, 56, 70, 84, *(84 + 28 * number for number in range(1, 13))]
        for number, offset in enumerate(offsets):
            target, width = start + offset, 3 if offset < 84 else 7
            days = [day for day in range(target - width, target + width + 1) if day % 7 in (1, 3) and day // 7 not in closed]
            costs = {day: abs(day - target) for day in sorted(days, key=lambda day: (abs(day - target), day))}
            wishes.append(Wish(f"P{person}", "clinic", costs))
            for before in range(number):
                spacings[len(wishes) - 1 - number + before, len(wishes) - 1] = Spacing(least=1)
    return wishes, spacings, Room({"clinic": 4}, {(day, "clinic"): 1 for day in range(0, 1_200, 13)})


def test_a_site_books_as_many_visits_as_can_be() -> None:
    short = 0
    for seed in range(30):
        wishes, spacings, room = random_site(seed)
        found = assign(wishes, spacings, room)
        assert kept_by_all(found, wishes, spacings, room), seed
        assert sum(day is not None for day in found) == most_matched(wishes, room), seed
        assert seed or found == assign(wishes, spacings, room)
        short += sum(day is None and bool(wish.costs) for day, wish in zip(found, wishes, strict=True))
    assert short > 30  # the capacity was tight


def kept_by_all(
    days: Sequence[int | None], wishes: Sequence[Wish], spacings: Mapping[tuple[int, int], Spacing], room: Room
) -> bool:
    """Whether every rule is kept: own days only, the order of each person, the capacity."""
    taken = [(day, wish.kind) for day, wish in zip(days, wishes, strict=True) if day is not None]
    persons = [(day, wish.person) for day, wish in zip(days, wishes, strict=True) if day is not None]
    return (
        all(day is None or day in wish.costs for day, wish in zip(days, wishes, strict=True))
        and all(taken.count(slot) <= (room.left(slot) or 0) for slot in set(taken))
        and len(persons) == len(set(persons))
        and all(
            spacing.allows(first, second)
            for (one, other), spacing in spacings.items()
            if (first := days[one]) is not None and (second := days[other]) is not None
        )
    )


def crowded_site(seed: int) -> tuple[list[Wish], dict[tuple[int, int], Spacing], Room]:
    """Three participants of three visits each in a week or so, one visit a day, and gaps between the visits of each."""
    rolls = random.Random(seed)
    wishes: list[Wish] = []
    spacings: dict[tuple[int, int], Spacing] = {}
    for person in range(3):
        start = rolls.randint(0, 6)
        targets = sorted(start + rolls.randint(0, 6) for _ in range(3))
        for number, target in enumerate(targets):
            width = rolls.randint(1, 3)
            days = [day for day in range(target - width, target + width + 1) if rolls.random() < 0.6]
            costs = {day: 2 * abs(day - target) + (day > target) for day in days}
            wishes.append(Wish(f"P{person}", "clinic", dict(sorted(costs.items(), key=lambda item: item[1]))))
            for before in range(number):
                least = rolls.choice((1, 2, 3, 4)) if before == number - 1 else 1
                spacings[len(wishes) - 1 - number + before, len(wishes) - 1] = Spacing(least=least)
    return wishes, spacings, Room({"clinic": 1}, {})


def most_placed(wishes: Sequence[Wish], spacings: Mapping[tuple[int, int], Spacing]) -> int:
    """The most of them that can have a day, one a day: all ways are tried but those that can no longer become better."""
    best = 0

    def go_on(chosen: tuple[int | None, ...], placed: int) -> None:
        nonlocal best
        number = len(chosen)
        best = max(best, placed)
        if placed + len(wishes) - number <= best:
            return
        for day in wishes[number].costs:
            others = ((spacings.get((other, number)), taken) for other, taken in enumerate(chosen) if taken is not None)
            if day not in chosen and all(spacing is None or spacing.allows(taken, day) for spacing, taken in others):
                go_on((*chosen, day), placed + 1)
        go_on((*chosen, None), placed)

    go_on((), 0)
    return best


def test_a_crowded_site_with_gaps_books_as_many_visits_as_can_be() -> None:
    for seed in range(60):
        wishes, spacings, room = crowded_site(seed)
        days = assign(wishes, spacings, room)
        assert kept_by_all(days, wishes, spacings, room), seed
        assert sum(day is not None for day in days) == most_placed(wishes, spacings), seed


def test_others_move_so_that_one_more_has_a_day() -> None:
    wishes = [Wish("A", "clinic", {1: 0, 2: 1}), Wish("B", "clinic", {2: 0, 3: 1}), Wish("C", "clinic", {1: 0, 2: 1})]
    assert sorted(filter(None, assign(wishes, {}, Room({"clinic": 1}, {})))) == [1, 2, 3]
    assert assign(wishes, {}, Room({"clinic": 1}, {(2, "clinic"): 1}))[1] == 3
    assert assign(wishes, {}, Room({"telephone": 1}, {})) == [1, 2, 1]  # the clinic has no limit
