"""What must hold across a protocol: names are declared once and exist, every expression can be counted, nothing from itself.

The entries are checked as they were written, each in its place, so that what a group says wrongly is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scheduler.language.dating import dating
from scheduler.language.survey import atoms, references, window_points
from scheduler.language.syntax import (
    Around,
    At,
    Compare,
    Condition,
    Duration,
    Exact,
    Facet,
    FromTo,
    Given,
    Holds,
    Is,
    LabelList,
    Limit,
    Point,
    Reference,
    Sides,
    SumList,
    Window,
)
from scheduler.language.windows import bounding
from scheduler.protocol.circles import circle
from scheduler.protocol.entries import GroupEntry, PeriodEntry, ProtocolFile, VisitEntry
from scheduler.protocol.records import AnswerKind, Protocol
from scheduler.reading.problems import NotUnderstood, Problems, Where, did_you_mean

_VISIT_KEYS = {"at", "window", "limits", "when", "mode", "epoch", "label", "optional"}
_PERIOD_KEYS = {"from", "to", "when", "epoch", "label", "kind"}
_STUDY_KEYS = {"anchor", "day_numbering", "week_numbering", "month", "year"}
_COLUMNS = ("participant", "site", "language")


def check(entry: ProtocolFile, protocol: Protocol, problems: Problems) -> None:
    """Add every problem that no single key shows."""
    before = problems.count
    _Check(entry, protocol, problems).all()
    if problems.count == before and (names := circle(protocol)):
        wheres = {rule.id: rule.where for rule in protocol.all_rules}
        problems.add(wheres[names[0]].place, f"a circle: {' is counted from '.join(names)}")


class _Check:
    def __init__(self, entry: ProtocolFile, protocol: Protocol, problems: Problems) -> None:
        self.entry = entry
        self.protocol = protocol
        self.problems = problems
        self.visits = {visit.id: visit for visit in protocol.visits}
        self.periods = {period.id: period for period in protocol.periods}
        self.names = dict.fromkeys([*self.visits, *protocol.rules, *protocol.events, *self.periods, *protocol.facts])

    def all(self) -> None:
        self.declared_once()
        self.anchor()
        study = self.entry.study
        self.assumed(study.assumed, study.where, _STUDY_KEYS)
        for event in self.entry.events.values():
            self.point(event.at, event.where, "at")
            self.assumed(event.assumed, event.where, {"at", "label"})
        for member in self.entry.visits:
            self.member(member)
        for period in self.entry.periods:
            self.period(period)
        for activity in self.entry.activities.values():
            self.window(activity.window, activity.where)
            self.condition(activity.when, activity.where)
            self.assumed(activity.assumed, activity.where, {"at", "when", "window", "label"})
        for visit in self.protocol.visits:
            if visit.at is None and isinstance(visit.window, Exact | Around | Sides) and "at" not in visit.where.keys:
                self.problems.add(
                    visit.where.key("window"), f'"{visit.window}" is counted from a target, and this visit has no "at"'
                )

    # -- names

    def declared_once(self) -> None:
        seen: dict[str, str] = {}
        for name, kind, where in self.declared():
            if name in seen:
                self.problems.add(where.key("id"), f'"{name}" is {seen[name]} already: every name stands for one thing')
            seen.setdefault(name, kind)
        for name, where in self.columns():
            base = name.removesuffix("_status")
            if name in _COLUMNS or (base != name and base in self.protocol.events):
                self.problems.add(where.place, f'"{name}" is a column of participants.csv already: choose another name')

    def declared(self) -> Iterator[tuple[str, str, Where]]:
        protocol = self.protocol
        yield from ((name, "a fact", fact.where) for name, fact in protocol.facts.items())
        yield from ((name, "an event", event.where) for name, event in protocol.events.items())
        for visit in protocol.visits:
            if visit.number == 1 and visit.id != visit.rule:
                yield visit.rule, "a rule for visits", visit.where
            yield visit.id, "a visit", visit.where
        yield from ((period.id, "a period", period.where) for period in protocol.periods)
        yield from ((group.id, "a group", group.where) for group in _groups(self.entry.visits) if group.id)

    def columns(self) -> Iterator[tuple[str, Where]]:
        """The names that are columns of participants.csv."""
        yield from ((name, fact.where) for name, fact in self.protocol.facts.items())
        yield from ((name, event.where) for name, event in self.protocol.events.items())
        yield from ((name, self.visits[name].where) for name in self.protocol.given)

    def anchor(self) -> None:
        study = self.protocol.study
        if study.anchor not in self.visits and study.anchor not in self.protocol.events:
            known = [*self.visits, *self.protocol.events]
            self.problems.add(
                study.where.key("anchor"), f'there is no visit or event "{study.anchor}"{did_you_mean(study.anchor, known)}'
            )

    def epoch(self, name: str, where: Where) -> None:
        if name and name not in self.protocol.epochs:
            self.problems.add(where.key("epoch"), f'there is no epoch "{name}"{did_you_mean(name, self.protocol.epochs)}')

    def assumed(self, keys: Iterable[str], where: Where, known: set[str]) -> None:
        for key in sorted(set(keys) - known):
            self.problems.add(where.key("assumed"), f'"{key}" cannot be assumed here{did_you_mean(key, known)}')

    # -- rules

    def member(self, member: VisitEntry | GroupEntry) -> None:
        where = member.where
        if isinstance(member, VisitEntry):
            self.at(member.at, where)
        self.window(member.window, where)
        for limit in member.limits:
            self.limit(limit, where)
        self.condition(member.when, where)
        self.epoch(member.epoch, where)
        self.assumed(member.assumed, where, _VISIT_KEYS)
        if isinstance(member, GroupEntry):
            for inner in member.visits:
                self.member(inner)
            for period in member.periods:
                self.period(period)

    def period(self, period: PeriodEntry) -> None:
        self.point(period.start, period.where, "from")
        self.point(period.end.point if period.end else None, period.where, "to")
        self.condition(period.when, period.where)
        self.epoch(period.epoch, period.where)
        self.assumed(period.assumed, period.where, _PERIOD_KEYS)

    def at(self, at: At | None, where: Where) -> None:
        if at is None or isinstance(at, Given):
            return
        if isinstance(at, LabelList | SumList):
            for point in at.points():
                self.point(point, where, "at")
        else:
            self.point(at, where, "at")

    def limit(self, limit: Limit, where: Where) -> None:
        self.point(limit.point, where, "limits")

    def point(self, point: Point | None, where: Where, key: str) -> None:
        if point is None:
            return
        self.counts(lambda: dating(point, self.protocol.study.reckoning), where, key)
        self.references(point, where, key)

    def window(self, window: Window | None, where: Where) -> None:
        if window is None:
            return
        self.counts(lambda: bounding(window, self.protocol.study.reckoning), where, "window")
        for point in window_points(window):
            self.references(point, where, "window")

    def counts(self, make: Callable[[], object], where: Where, key: str) -> None:
        """Whether the study's conventions can count an expression."""
        try:
            make()
        except NotUnderstood as error:
            self.problems.add(where.key(key), error.message)

    def references(self, point: Point, where: Where, key: str) -> None:
        for reference in references(point):
            if message := self.wrong_reference(reference):
                self.problems.add(where.key(key, reference.offset), f'"{reference}": {message}')

    def wrong_reference(self, reference: Reference) -> str:
        """Why a reference names no date; empty when it does."""
        name, protocol = reference.name, self.protocol
        if name in self.periods:
            if reference.pick or reference.facet not in (Facet.START, Facet.END):
                return f"a period has two dates: say {name}.start or {name}.end"
            if reference.facet is Facet.END and self.periods[name].end is None:
                return "this period has no end"
            return ""
        if reference.facet in (Facet.START, Facet.END):
            return "only a period has a start and an end"
        if name in protocol.facts:
            if protocol.facts[name].kind is not AnswerKind.DATE:
                return f"this fact is no date but {protocol.facts[name].kind.value}"
            return "a fact is one date" if reference.facet or reference.pick else ""
        if name in protocol.events:
            if reference.pick:
                return "an event that comes several times belongs to the language, but this version does not understand it yet"
            return "nobody books an event" if reference.facet is Facet.BOOKED else self.edge(reference, None)
        several = protocol.rules.get(name, ())
        if len(several) > 1 and reference.pick is None:
            return f"this is several visits: say first {name}, last {name}, or one of {', '.join(several)}"
        visit = self.visits.get(several[0] if several else name)
        return (
            f"nothing has this name{did_you_mean(name, [*self.names, 'given'])}"
            if visit is None
            else self.edge(reference, visit.window)
        )

    def edge(self, reference: Reference, window: Window | None) -> str:
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

    # -- conditions

    def condition(self, condition: Condition | None, where: Where) -> None:
        for atom in () if condition is None else atoms(condition):
            if message := self.wrong_atom(atom):
                self.problems.add(where.key("when", atom.offset), f'"{atom}": {message}')

    def wrong_atom(self, atom: Holds | Is | Compare) -> str:
        """Why an atom cannot be decided; empty when it can."""
        fact = self.protocol.facts.get(atom.name)
        if isinstance(atom, Holds) and atom.name in self.protocol.events:
            return ""
        if fact is None:
            return f"there is no fact of this name{did_you_mean(atom.name, [*self.protocol.facts, *self.protocol.events])}"
        if isinstance(atom, Holds) and fact.kind is not AnswerKind.YES_OR_NO:
            return f"this fact is not answered with yes or no, but with {', '.join(fact.values) or fact.kind.value}"
        if isinstance(atom, Is):
            if fact.kind is not AnswerKind.VALUE:
                return f"this fact has no list of values; its answer is {fact.kind.value}"
            unknown = [value for value in atom.values if value not in fact.values]
            return f'"{unknown[0]}" is none of its values ({", ".join(fact.values)})' if unknown else ""
        if isinstance(atom, Compare) and fact.kind is not AnswerKind.NUMBER:
            return f"only a number can be compared; the answer to this fact is {fact.kind.value}"
        if isinstance(atom, Compare) and isinstance(atom.value, Duration):
            return "a number is compared with a number, without a unit"
        return ""


def _groups(members: tuple[VisitEntry | GroupEntry, ...]) -> Iterator[GroupEntry]:
    for member in members:
        if isinstance(member, GroupEntry):
            yield member
            yield from _groups(member.visits)
