"""What must hold across a protocol: names are declared once and exist, and every expression can be counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scheduler.language.conditions import judging
from scheduler.language.dating import dating
from scheduler.language.survey import atoms, references, window_points
from scheduler.language.syntax import (
    Around,
    Compare,
    Condition,
    Exact,
    Facet,
    Given,
    Holds,
    Is,
    Limit,
    Point,
    Reference,
    Sides,
    Window,
)
from scheduler.language.windows import bounding, limiting
from scheduler.protocol.records import AnswerKind, PlannedVisit, Protocol
from scheduler.reading.problems import NotUnderstood, Problems, Where, did_you_mean

_AROUND_TARGET = (Exact, Around, Sides)


def check(protocol: Protocol, problems: Problems) -> None:
    """Add every problem that no single entry shows."""
    _Check(protocol, problems).all()


class _Check:
    def __init__(self, protocol: Protocol, problems: Problems) -> None:
        self.protocol = protocol
        self.problems = problems
        self.visits = {visit.id: visit for visit in protocol.visits}
        self.periods = {period.id: period for period in protocol.periods}
        self.names = [*self.visits, *protocol.rules, *protocol.events, *self.periods, *protocol.facts]

    def all(self) -> None:
        self.declared_once()
        self.anchor()
        for event in self.protocol.events.values():
            self.point(event.at, event.where, "at")
            self.assumed(event.assumed, event.where, {"at", "label", "month"})
        for visit in self.protocol.visits:
            if visit.number == 1:  # what is wrong with a list is said once
                self.visit(visit)
        for period in self.protocol.periods:
            self.point(period.start, period.where, "from")
            self.point(period.end.point if period.end else None, period.where, "to")
            self.conditions(period.when, period.where)
            self.epoch(period.epoch, period.where)
            self.assumed(period.assumed, period.where, {"from", "to", "when", "epoch", "label", "kind", "month"})
        for activity in self.protocol.activities:
            self.window(activity.window, activity.where, has_target=True)
            self.conditions((activity.when,) if activity.when else (), activity.where)
            self.assumed(activity.assumed, activity.where, {"at", "when", "window", "label", "month"})
        study = self.protocol.study
        self.assumed(study.assumed, study.where, {"month", "year", "day_numbering", "anchor", "week_numbering"})

    # -- names

    def declared_once(self) -> None:
        protocol = self.protocol
        seen: dict[str, str] = {}
        listed: list[tuple[str, str, Where]] = [
            *((name, "a fact", fact.where) for name, fact in protocol.facts.items()),
            *((name, "an event", event.where) for name, event in protocol.events.items()),
            *((visit.id, "a visit", visit.where) for visit in protocol.visits),
            *((visit.rule, "a rule for visits", visit.where) for visit in self.first_of_lists()),
            *((period.id, "a period", period.where) for period in protocol.periods),
        ]
        for name, kind, where in listed:
            if name in seen:
                self.problems.add(where.key("id"), f'"{name}" is {seen[name]} already: every name stands for one thing')
            seen.setdefault(name, kind)

    def first_of_lists(self) -> Iterator[PlannedVisit]:
        """The first visit of each rule that stands for several."""
        return (visit for visit in self.protocol.visits if visit.number == 1 and visit.id != visit.rule)

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

    def visit(self, visit: PlannedVisit) -> None:
        where = visit.where
        if not isinstance(visit.at, Given):
            self.point(visit.at, where, "at")
        self.window(visit.window, where, has_target=visit.at is not None or "at" in where.keys)
        for limit in visit.limits:
            self.limit(limit, where)
        self.conditions(visit.when, where)
        self.epoch(visit.epoch, where)
        self.assumed(visit.assumed, where, {"at", "window", "limits", "when", "mode", "epoch", "label", "optional", "month"})

    def point(self, point: Point | None, where: Where, key: str) -> None:
        if point is None:
            return
        self.counts(lambda: dating(point, self.protocol.study.reckoning), where, key)
        self.references(point, where, key)

    def window(self, window: Window | None, where: Where, *, has_target: bool) -> None:
        if window is None:
            return
        if isinstance(window, _AROUND_TARGET) and not has_target:
            self.problems.add(where.key("window"), f'"{window}" is counted from a target, and this visit has no "at"')
        self.counts(lambda: bounding(window, self.protocol.study.reckoning), where, "window")
        for point in window_points(window):
            self.references(point, where, "window")

    def limit(self, limit: Limit, where: Where) -> None:
        self.counts(lambda: limiting(limit, self.protocol.study.reckoning), where, "limits")
        self.references(limit.point, where, "limits")

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
            if protocol.facts[name].kind is AnswerKind.DATE:
                return ""
            return f"this fact is no date but {protocol.facts[name].kind.value}"
        several = protocol.rules.get(name, ())
        if len(several) > 1 and reference.pick is None:
            return f"this is several visits: say first {name}, last {name}, or one of {', '.join(several)}"
        visit = self.visits.get(several[0] if several else name)
        if visit is None and name not in protocol.events:
            return f"nothing has this name{did_you_mean(name, self.names)}"
        if reference.facet in (Facet.EARLIEST, Facet.LATEST) and (visit is None or visit.window is None):
            return "it has no window"
        return ""

    # -- conditions

    def conditions(self, conditions: Iterable[Condition], where: Where) -> None:
        for condition in conditions:
            judging(condition)
            for atom in atoms(condition):
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
            return f"this fact is not answered with yes or no, but with {_answers(fact.values) or fact.kind.value}"
        if isinstance(atom, Is):
            if fact.kind is not AnswerKind.VALUE:
                return f"this fact has no list of values; its answer is {fact.kind.value}"
            unknown = [value for value in atom.values if value not in fact.values]
            return f'"{unknown[0]}" is none of its values ({_answers(fact.values)})' if unknown else ""
        if isinstance(atom, Compare) and fact.kind is not AnswerKind.NUMBER:
            return f"only a number can be compared; the answer to this fact is {fact.kind.value}"
        if isinstance(atom, Compare) and not hasattr(atom.value, "is_finite"):
            return "a number is compared with a number, without a unit"
        return ""


def _answers(values: tuple[str, ...]) -> str:
    return ", ".join(values)
