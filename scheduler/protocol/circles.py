"""Dates that are counted from themselves. The target, the window, the condition and the end of a rule are different things:
one may be counted from another's.

`previous` leads to an occurrence before the one that asks, and so to no circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler.language.survey import (
    end_points,
    is_from_anchor,
    question_points,
    questions,
    references,
    starts,
    window_points,
)
from scheduler.language.syntax import Around, At, Condition, Exact, Facet, Given, Pick, Point, Reference, Sides, Window
from scheduler.protocol.names import names_of
from scheduler.protocol.records import Event, Member, PlannedGroup, PlannedPeriod, PlannedVisit, Protocol

_Thing = PlannedVisit | PlannedPeriod | PlannedGroup | Event
_Node = tuple[int, str]  # a thing, and which of its dates: "at", "window", "when", "ends", "from" or "to"


def circle(protocol: Protocol) -> list[_Thing]:
    """The things of one circle, the first of them again at the end; empty when every date can be counted."""
    graph = _Graph(protocol)
    done: set[_Node] = set()
    for start in list(graph.nodes()):
        if found := _search(graph, start, done):
            return [graph.things[thing] for thing, _ in found]
    return []


def _search(graph: _Graph, start: _Node, done: set[_Node]) -> list[_Node]:
    """Depth first, without recursion: protocols may chain hundreds of visits."""
    path: list[_Node] = []
    ahead = [iter([start])]
    while ahead:
        node = next(ahead[-1], None)
        if node is None:
            ahead.pop()
            if path:
                done.add(path.pop())
            continue
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            continue
        path.append(node)
        ahead.append(graph.counted_from(node))
    return []


class _Graph:
    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.names = names_of(protocol)
        self.things: dict[int, _Thing] = {id(event): event for event in protocol.events.values()}
        self.group_of: dict[int, PlannedGroup] = {}
        for level in self.names.levels.values():
            for member in level.group.members:
                self.things[id(member)] = member
                self.group_of[id(member)] = level.group

    def nodes(self) -> Iterator[_Node]:
        for key, thing in self.things.items():
            yield key, "from" if isinstance(thing, PlannedPeriod) else "at"
            for part in ("window", "when", "ends", "to"):
                yield key, part

    def counted_from(self, node: _Node) -> Iterator[_Node]:
        key, part = node
        thing = self.things[key]
        if isinstance(thing, Event):
            yield from self.points([thing.at] if part == "at" and thing.at is not None else [], self.protocol.root)
        elif isinstance(thing, PlannedPeriod):
            yield from self.period(thing, part, self.group_of[key])
        elif isinstance(thing, PlannedGroup):
            yield from self.series(thing, thing.at, part, self.group_of[key])
        else:
            for case in thing.cases or (thing,):
                yield from self.visit(thing, case, part, self.group_of[key])

    def period(self, period: PlannedPeriod, part: str, group: PlannedGroup) -> Iterator[_Node]:
        if part == "from":
            yield from self.points([period.start], group)
        elif part == "to" and period.end is not None:
            yield from self.points([period.end.point], group)
        elif part == "when":
            yield from self.conditions(period.when, group)
            yield from self.points([point for until in period.until for point in until.points], group)
            yield from self.points(self.protocol.ends_of(period), self.protocol.root)
            if period.until or period.epoch:
                yield id(period), "from"

    def visit(self, visit: PlannedVisit, case: PlannedVisit, part: str, group: PlannedGroup) -> Iterator[_Node]:
        key = id(visit)
        if part == "window":
            yield from self.window(key, case, case.window, group)
        elif part == "when":
            yield from self.outside(group)
            yield from self.conditions(visit.when, group)
            yield from self.points([point for until in visit.until for point in until.points], group)
            yield from self.points(self.protocol.ends_of(visit), self.protocol.root)
            if visit.when or visit.until or visit.epoch:
                yield key, "at"
        elif part == "at":
            yield from self.conditions([case.case] if case.case else (), group)
            if case.at is None:
                yield key, "window"
            yield from self.series(visit, case.at, part, group)
        else:
            yield from self.series(visit, case.at, part, group)

    def outside(self, group: PlannedGroup) -> Iterator[_Node]:
        """What the groups around a group ask of what stands in it."""
        for level in self.names.level(group).outward():
            if level.parent is not None:
                outside, outer = level.group.outside, level.parent.group
                yield from self.conditions(outside.when, outer)
                yield from self.points([point for until in outside.until for point in until.points], outer)

    def series(self, thing: PlannedVisit | PlannedGroup, at: At | None, part: str, group: PlannedGroup) -> Iterator[_Node]:
        if part == "at" and not isinstance(at, Given):
            yield from self.points(starts(at), group)
        elif part == "ends" and (ends := end_points(at)):
            yield id(thing), "at"
            yield from self.points(ends, group)
        if part == "ends":
            yield from self.points(self.protocol.ends_of(thing), self.protocol.root)

    def window(self, key: int, visit: PlannedVisit, window: Window | None, group: PlannedGroup) -> Iterator[_Node]:
        if visit.at is not None and isinstance(window, Around | Sides | Exact):
            yield key, "at"
        yield from self.points(window_points(window), group)

    def conditions(self, conditions: Iterable[Condition], group: PlannedGroup) -> Iterator[_Node]:
        for condition in conditions:
            for question in questions(condition):
                yield from self.points(question_points(question), group)

    def points(self, points: Iterable[Point], group: PlannedGroup) -> Iterator[_Node]:
        for point in points:
            if is_from_anchor(point):
                yield from self.origin(group)
            for reference in references(point):
                yield from self.reference(reference, group)

    def origin(self, group: PlannedGroup) -> Iterator[_Node]:
        if group is not self.protocol.root:
            yield id(group), "at"
        else:
            yield from self.reference(Reference(self.protocol.study.anchor), group)

    def reference(self, reference: Reference, group: PlannedGroup) -> Iterator[_Node]:
        """What a reference is counted from; a booked or an actual day is recorded, and counted from nothing."""
        if reference.facet in (Facet.ACTUAL, Facet.BOOKED) or reference.pick is Pick.PREVIOUS:
            return
        event = self.protocol.events.get(reference.name)
        if event is not None:
            if self.names.each_event(reference.name, group) is None:
                yield id(event), "at"
                if reference.pick is Pick.NEXT:
                    yield from self.origin(group)
            return
        for found in self.names.resolve(reference.name, group):
            all_of_them = reference.pick in (Pick.LAST, Pick.NEXT) or bool(found.counters)  # one of several: if it comes so far
            given = isinstance(found.member, PlannedVisit) and isinstance(
                found.member.at, Given
            )  # by its record, wherever it stands
            for inner in () if given else found.down:
                yield id(inner), "at"
                if all_of_them:
                    yield id(inner), "ends"
            yield from self.member(found.member, reference.facet, all_of_them)

    def member(self, member: Member, facet: Facet | None, all_of_them: bool) -> Iterator[_Node]:
        yield id(member), "when"
        if isinstance(member, PlannedPeriod):
            yield id(member), "from" if facet is Facet.START else "to"
            return
        if all_of_them:
            yield id(member), "ends"
        yield id(member), "window" if facet in (Facet.EARLIEST, Facet.LATEST) else "at"
