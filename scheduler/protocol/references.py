"""Why a name in an expression leads to no date."""

from __future__ import annotations

from scheduler.language.survey import is_series
from scheduler.language.syntax import Each, Facet, FromTo, Pick, Reference, Sides, Window
from scheduler.protocol.names import Found, Level, names_of
from scheduler.protocol.records import COUNTER, AnswerKind, PlannedPeriod, PlannedVisit, Protocol
from scheduler.reading.problems import did_you_mean


def wrong_reference(reference: Reference, protocol: Protocol, level: Level, visit: PlannedVisit | None) -> str:
    """Why a reference names no date; empty when it does."""
    name, names = reference.name, names_of(protocol)
    if name in protocol.facts:
        if protocol.facts[name].kind is not AnswerKind.DATE:
            return f"this fact is no date but {protocol.facts[name].kind.value}"
        return "a fact is one date" if reference.facet or reference.pick else ""
    if name in protocol.events:
        return _wrong_event(reference, protocol, level, visit)
    found = names.resolve(name, level.group)
    if not found:
        known = [other for _, member in names.root.everything() for other in (member.rule, member.id) if "<" not in other]
        return f"nothing has this name{did_you_mean(name, [*known, *protocol.events, *protocol.facts, 'given'])}"
    if len(found) > 1:
        return f"several groups have this: name one ({', '.join(way.member.id for way in found)})"
    return _wrong_way(reference, found[0], level, visit)


def _wrong_event(reference: Reference, protocol: Protocol, level: Level, visit: PlannedVisit | None) -> str:
    name = reference.name
    event = protocol.events[name]
    own = visit is not None and isinstance(visit.at, Each) and visit.at.name == name
    copied = own or names_of(protocol).each_event(name, level.group) is not None
    if reference.facet in (Facet.START, Facet.END):
        return "only a period has a start and an end"
    if reference.facet is Facet.BOOKED:
        return "nobody books an event"
    if reference.pick in (Pick.PREVIOUS, Pick.NEXT) and not copied and level.parent is None:
        return "only in a group that has a start (at: ...) does one come before it and one after it"
    if event.repeats and reference.pick is None and not copied:
        return f"this may come several times: say first {name} or last {name}"
    if reference.facet in (Facet.EARLIEST, Facet.LATEST):
        return "it has no window"
    return ""


def _wrong_way(reference: Reference, found: Found, level: Level, visit: PlannedVisit | None) -> str:
    member, facet = found.member, reference.facet
    relative = reference.pick in (Pick.PREVIOUS, Pick.NEXT)
    if relative and not _in_a_row(found, level, visit):
        return f"there is no row here in which one {reference.name} comes before the other: say first or last, or name one"
    if isinstance(member, PlannedPeriod):
        if facet not in (Facet.START, Facet.END):
            return f"a period has two dates: say {reference.name}.start or {reference.name}.end"
        if facet is Facet.END and member.end is None:
            return "this period has no end"
    elif facet in (Facet.START, Facet.END):
        return "only a period has a start and an end"
    if found.several and reference.pick is None:
        examples = f" ({member.id})" if COUNTER.search(member.id) else ""
        return f"this is several visits: say first {reference.name}, last {reference.name}, or name one{examples}"
    return "" if isinstance(member, PlannedPeriod) else _wrong_edge(reference, member.window)


def _in_a_row(found: Found, level: Level, visit: PlannedVisit | None) -> bool:
    """Whether what asks belongs to a row of what is asked for: it is one of them, or stands in a copy that holds one."""
    if found.down or found.counters is not None:
        return False
    if found.member is visit and isinstance(visit, PlannedVisit) and is_series(visit.at):
        return True
    home = list(level.outward())[found.up]
    return home.group.copied


def _wrong_edge(reference: Reference, window: Window | None) -> str:
    """Why there is no first, or no last, day to refer to; empty when there is."""
    if reference.facet not in (Facet.EARLIEST, Facet.LATEST):
        return ""
    if window is None or str(window) == "none":
        return "it has no window"
    side = 0 if reference.facet is Facet.EARLIEST else 1
    ends = {Sides: ("before", "after"), FromTo: ("start", "end")}.get(type(window))
    if ends is not None and getattr(window, ends[side]) is None:
        return "its window is open on that side"
    return ""
