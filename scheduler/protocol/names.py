"""What a name in a protocol leads to, seen from one of its groups: in the same copy first, then outward, then into other groups.

And back: which rule, and which of its occurrences, an id such as `C2D8` belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from scheduler.language.survey import is_series
from scheduler.language.syntax import Each, Label
from scheduler.protocol.counters import LABEL_COUNTERS, Counters, nth_of, period_with, visit_with
from scheduler.protocol.records import COUNTER, Member, PlannedGroup, PlannedPeriod, PlannedVisit, Protocol


class Found(NamedTuple):
    """The way to what a name stands for: so many groups outward, then into others, to a visit or period.

    `counters` tell which of several it is, where the name is that of one occurrence.
    """

    up: int
    down: tuple[PlannedGroup, ...]
    member: Member
    counters: Counters | None = None

    @property
    def several(self) -> bool:
        """Whether the name alone does not say which occurrence is meant."""
        if self.counters is not None:
            return False
        return any(group.copied for group in self.down) or (isinstance(self.member, PlannedVisit) and is_series(self.member.at))


class Level:
    """One group, and the names that stand in it."""

    def __init__(self, group: PlannedGroup, parent: Level | None) -> None:
        self.group = group
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.names = {member.rule: member for member in group.members if not isinstance(member, PlannedGroup)}
        self.inner = tuple(Level(inner, self) for inner in group.groups)

    def outward(self) -> Iterator[Level]:
        """This level, and those it stands in."""
        level: Level | None = self
        while level is not None:
            yield level
            level = level.parent

    def below(self, name: str) -> Iterator[tuple[tuple[PlannedGroup, ...], Member]]:
        """Everything of a name in the groups inside this one."""
        for inner in self.inner:
            if name in inner.names:
                yield (inner.group,), inner.names[name]
            for way, member in inner.below(name):
                yield (inner.group, *way), member

    def everything(self) -> Iterator[tuple[tuple[PlannedGroup, ...], Member]]:
        """Every visit and period of this group and of those inside it, with the groups that lead there."""
        for member in self.names.values():
            yield (), member
        for inner in self.inner:
            for way, member in inner.everything():
                yield (inner.group, *way), member


class Names:
    """The names of a whole protocol."""

    def __init__(self, root: PlannedGroup) -> None:
        self.root = Level(root, None)
        self.levels = {id(level.group): level for level in _levels(self.root)}
        self._found: dict[str, Found | None] = {}
        self._resolved: dict[tuple[int, str], tuple[Found, ...]] = {}
        self._ids = [(_pattern(member.id), way, member) for way, member in self.root.everything()]
        self._exact = {member.id: (way, member) for way, member in self.root.everything() if not COUNTER.search(member.id)}

    def copies(self, group: PlannedGroup) -> frozenset[str]:
        """What numbers the copies that a group is, or stands in."""
        return frozenset(outer.group.rule for outer in self.level(group).outward() if outer.group.copied)

    def counters(self, group: PlannedGroup, rule: PlannedVisit | None = None) -> frozenset[str]:
        """Everything that numbers the visits of a group, or of one rule in it."""
        own = {rule.rule} if rule is not None and is_series(rule.at) else set[str]()
        return self.copies(group) | own | LABEL_COUNTERS.keys()

    @cached_property
    def all_counters(self) -> frozenset[str]:
        """Every counter there is: a row of activities is asked at many visits."""
        levels = self.levels.values()
        rules = [
            rule for level in levels for rule in level.names.values() if isinstance(rule, PlannedVisit) and is_series(rule.at)
        ]
        return frozenset(rule.rule for rule in rules).union(*(self.counters(level.group) for level in levels))

    def level(self, group: PlannedGroup) -> Level:
        """The level of a group."""
        return self.levels[id(group)]

    def resolve(self, name: str, group: PlannedGroup) -> Sequence[Found]:
        """What a name may stand for, seen from a group: nothing, one thing, or several that it does not tell apart."""
        key = (id(group), name)
        if key not in self._resolved:
            self._resolved[key] = tuple(self._resolve(name, group))
        return self._resolved[key]

    def _resolve(self, name: str, group: PlannedGroup) -> list[Found]:
        here = self.level(group)
        for up, level in enumerate(here.outward()):
            if name in level.names:
                return [Found(up, (), level.names[name])]
            if inner := [Found(up, way, member) for way, member in level.below(name)]:
                return inner
        found = self.find(name)
        return [] if found is None else [found._replace(up=here.depth)]

    def find(self, id: str) -> Found | None:
        """The rule, and the counters, of the one visit or period of this id, seen from the whole protocol."""
        if id not in self._found:
            self._found[id] = self._find(id)
        return self._found[id]

    def _find(self, id: str) -> Found | None:
        if id in self._exact:
            way, member = self._exact[id]
            return Found(0, way, member, {})
        for pattern, way, member in self._ids:
            match = pattern.fullmatch(id)
            if match is not None and self._is_there(way, member, counters := _counters(member.id, match)):
                return Found(0, way, member, counters)
        return None

    def _is_there(self, way: tuple[PlannedGroup, ...], member: Member, counters: Counters) -> bool:
        group = way[-1] if way else self.root.group
        return not isinstance(member, PlannedVisit) or nth_of(member, group.reckoning, counters) is not None

    def each_event(self, name: str, group: PlannedGroup) -> int | None:
        """How many groups outward an event has a copy of its own (`at: each infusion`); None where it has none."""
        for up, level in enumerate(self.level(group).outward()):
            if isinstance(level.group.at, Each) and level.group.at.name == name:
                return up
        return None


@lru_cache(maxsize=16)
def names_of(protocol: Protocol) -> Names:
    """The names of a protocol, made once."""
    return Names(protocol.root)


def _levels(level: Level) -> Iterator[Level]:
    yield level
    for inner in level.inner:
        yield from _levels(inner)


def _pattern(id: str) -> re.Pattern[str]:
    """Ids of a pattern: every counter is a whole number, and the same number wherever it stands again."""
    parts, seen, end = [], set[str](), 0
    for match in COUNTER.finditer(id):
        name = match.group(1)
        parts.append(re.escape(id[end : match.start()]))
        parts.append(f"(?P=c{_key(id, name)})" if name in seen else f"(?P<c{_key(id, name)}>-?(?:0|[1-9][0-9]{{0,4}}))")
        seen.add(name)
        end = match.end()
    return re.compile("".join(parts) + re.escape(id[end:]))


def _key(id: str, name: str) -> int:
    return list(dict.fromkeys(COUNTER.findall(id))).index(name)


def _counters(id: str, match: re.Match[str]) -> dict[str, int]:
    return {name: int(match[f"c{_key(id, name)}"]) for name in dict.fromkeys(COUNTER.findall(id))}


def planned_of(protocol: Protocol, id: str) -> PlannedVisit | PlannedPeriod | None:
    """The visit or period of an id, as far as its name alone tells it: with its label, and without a date where there are several."""
    found = names_of(protocol).find(id)
    if found is None:
        return None
    counters = found.counters or {}
    if isinstance(found.member, PlannedPeriod):
        return period_with(found.member, counters)
    at = found.member.at
    name = next((name for name in LABEL_COUNTERS if name in counters), "")
    if is_series(at):
        at = Label(LABEL_COUNTERS[name], counters[name]) if name else None
    return visit_with(found.member, counters, at)


def places_of(names: Names, name: str) -> list[tuple[int | None, ...]]:
    """Where the visits, rules or groups of a name stand in the protocol's order; None in a place for any copy."""
    root = names.root.group
    found = names.find(name)
    if found is not None and isinstance(found.member, PlannedVisit):
        return [_place(root, found.down, found.member, found.counters or {})]
    ways = [(way, member) for way, member in names.root.everything() if member.rule == name and isinstance(member, PlannedVisit)]
    return [_place(root, way, member, {}) for way, member in ways] or [
        _place(root, way, None, {}) for way in _ways(root) if way[-1].rule == name
    ]


def _ways(group: PlannedGroup) -> Iterator[tuple[PlannedGroup, ...]]:
    for inner in group.groups:
        yield (inner,)
        for way in _ways(inner):
            yield (inner, *way)


def _place(
    group: PlannedGroup, way: tuple[PlannedGroup, ...], member: Member | None, counters: Counters
) -> tuple[int | None, ...]:
    place: list[int | None] = []
    for inner in way:
        number = counters.get(inner.rule)
        place += [_index(group, inner), None if number is None else number - 1]
        group = inner
    if member is not None:
        place += [_index(group, member), _nth(member, group, counters)]
    return tuple(place)


def _index(group: PlannedGroup, member: Member | PlannedGroup) -> int:
    return next(number for number, other in enumerate(group.members) if other is member)


def _nth(member: Member, group: PlannedGroup, counters: Counters) -> int | None:
    """Which of its rule a visit is, by its counters; None when they do not say."""
    return nth_of(member, group.reckoning, counters) if isinstance(member, PlannedVisit) else 0
