"""Dates that are counted from themselves. A target and a window are two things: one may be counted from the other's."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.language.survey import is_from_anchor, references, window_points
from scheduler.language.syntax import Around, Exact, Facet, Given, Pick, Point, Reference, Sides
from scheduler.protocol.records import PlannedVisit, Protocol

_Node = tuple[str, str]  # a name, and which of its dates: "at", "window", "from" or "to"


def circle(protocol: Protocol) -> list[str]:
    """The names of one circle, the first of them again at the end; empty when every date can be counted."""
    graph = _Graph(protocol)
    done: set[_Node] = set()
    for start in graph.nodes():
        path: list[_Node] = []
        if found := _search(graph, start, path, done):
            return [name for name, _ in found]
    return []


def _search(graph: _Graph, start: _Node, path: list[_Node], done: set[_Node]) -> list[_Node]:
    """Depth first, without recursion: protocols may chain hundreds of visits."""
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
        self.visits = {visit.id: visit for visit in protocol.visits}
        self.periods = {period.id: period for period in protocol.periods}

    def nodes(self) -> list[_Node]:
        return [
            *((name, key) for name in self.visits for key in ("at", "window")),
            *((name, "at") for name in self.protocol.events),
            *((name, key) for name in self.periods for key in ("from", "to")),
        ]

    def counted_from(self, node: _Node) -> Iterator[_Node]:
        name, key = node
        if name in self.visits:
            visit = self.visits[name]
            yield from self.window(visit) if key == "window" else self.target(visit)
        elif name in self.periods:
            period = self.periods[name]
            point = period.start if key == "from" else period.end.point if period.end else None
            yield from self.point(point)
        else:
            yield from self.point(self.protocol.events[name].at)

    def target(self, visit: PlannedVisit) -> Iterator[_Node]:
        if visit.at is None:
            yield visit.id, "window"
        elif not isinstance(visit.at, Given):
            yield from self.point(visit.at)

    def window(self, visit: PlannedVisit) -> Iterator[_Node]:
        window = visit.window
        if visit.at is not None and isinstance(window, Around | Sides | Exact):
            yield visit.id, "at"
        for point in window_points(window) if window is not None else ():
            yield from self.point(point)

    def point(self, point: Point | None) -> Iterator[_Node]:
        if point is None:
            return
        if is_from_anchor(point):
            yield self.protocol.study.anchor, "at"
        for reference in references(point):
            yield from self.reference(reference)

    def reference(self, reference: Reference) -> Iterator[_Node]:
        """What a reference is counted from; a booked or an actual day is recorded, and counted from nothing."""
        facet, name = reference.facet, reference.name
        if facet in (Facet.ACTUAL, Facet.BOOKED):
            return
        if facet in (Facet.START, Facet.END):
            yield name, "from" if facet is Facet.START else "to"
            return
        if several := self.protocol.rules.get(name):
            name = several[-1 if reference.pick is Pick.LAST else 0]
        if name in self.visits or name in self.protocol.events:
            yield name, "window" if facet in (Facet.EARLIEST, Facet.LATEST) else "at"
