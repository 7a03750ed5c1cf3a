"""What must hold across a protocol: names are declared once and exist, every expression can be counted, nothing from itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import prod
from typing import TypeVar

from scheduler.language.conditions import Reading, judging
from scheduler.language.dating import dating
from scheduler.language.series import rhythm
from scheduler.language.survey import (
    answers,
    end_points,
    is_series,
    question_points,
    questions,
    references,
    starts,
    window_points,
)
from scheduler.language.syntax import (
    Around,
    At,
    Condition,
    Duration,
    Each,
    Exact,
    Given,
    Pick,
    Point,
    Reference,
    Series,
    Sides,
    Window,
)
from scheduler.language.windows import bounding
from scheduler.protocol.between import wrong_between
from scheduler.protocol.circles import circle
from scheduler.protocol.counters import numbers_of_all
from scheduler.protocol.names import Level, names_of
from scheduler.protocol.questions import wrong_question
from scheduler.protocol.records import (
    COHORT,
    COUNTER,
    MOST_BLINDED_SETS,
    STUDY,
    AnswerKind,
    BetweenRule,
    Event,
    Owner,
    PeriodKind,
    PlannedGroup,
    PlannedPeriod,
    PlannedVisit,
    Protocol,
)
from scheduler.protocol.references import wrong_reference
from scheduler.reading.problems import NotUnderstood, Problems, Where, did_you_mean

Part = TypeVar("Part")
Named = PlannedVisit | PlannedPeriod | PlannedGroup

_VISIT_KEYS = {
    "at", "moves", "window", "limits", "prefer", "allowance", "when", "until", "cases", "missed after", "yields to", "mode", "epoch",
    "label", "optional",
}  # fmt: skip
_PERIOD_KEYS = {"from", "to", "when", "epoch", "label", "kind"}
_BETWEEN_KEYS = {"event", "within", "who", "limit", "label"}
_STUDY_KEYS = {"anchor", "day_numbering", "week_numbering", "month", "year"}
_COLUMNS = ("participant", "site", "language")


def check(protocol: Protocol, problems: Problems) -> None:
    """Add every problem that no single key shows."""
    before = problems.count
    _Check(protocol, problems).all()
    if problems.count == before and (things := circle(protocol)):
        names = [thing.id if isinstance(thing, Event) else thing.rule or "its group" for thing in things]
        problems.add(things[0].where.place, f"a circle: {' is counted from '.join(names)}")


class _Check:
    def __init__(self, protocol: Protocol, problems: Problems) -> None:
        self.protocol = protocol
        self.problems = problems
        self.names = names_of(protocol)
        shared = [rule for level in self.names.levels.values() for rule in level.group.defaults]
        self.shared = {id(part) for rule in shared for part in (*rule.when, *rule.until)}  # checked where it was written

    def own(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """The conditions or ends that a rule says itself, and not its groups."""
        return tuple(part for part in parts if id(part) not in self.shared)

    def all(self) -> None:
        self.declared_once()
        self.blinded()
        self.anchor()
        self.card()
        protocol = self.protocol
        self.assumed(protocol.study.assumed, protocol.study.where, _STUDY_KEYS)
        root = self.names.root
        for event in protocol.events.values():
            self.point(event.at, event.where, "at", root)
            self.assumed(event.assumed, event.where, {"at", "label"})
            cohorts = protocol.facts.get(COHORT)
            if event.owner is Owner.COHORT and (cohorts is None or cohorts.kind is not AnswerKind.VALUE):
                said = f'an event of a cohort wants a fact "{COHORT}" with a list of the cohorts\' names'
                self.problems.add(event.where.key("of"), said)
        for epoch in protocol.epochs.values():
            for point in epoch.until.points if epoch.until else ():
                self.point(point, epoch.where, "until", root)
        for level in self.names.levels.values():
            for shared in level.group.defaults:
                self.visit(shared, level, own=True)
            for member in level.group.members:
                if isinstance(member, PlannedVisit):
                    self.visit(member, level)
                elif isinstance(member, PlannedPeriod):
                    self.period(member, level)
                else:
                    self.group(member, level)
        for activity in protocol.activities:
            self.window(activity.window, activity.where, root, "window")
            self.counted_everywhere(activity.window, activity.where)
            self.condition(activity.when, activity.where, root, self.names.all_counters)
            for time in activity.times:
                self.counts(partial(root.group.reckoning.duration, time.duration), activity.where, "times")
                self.window(time.window, activity.where, root, "times")
            self.assumed(activity.assumed, activity.where, {"at", "when", "window", "times", "label"})
        for rule in protocol.between:
            self.between(rule, root)
        self.questions()

    def questions(self) -> None:
        """What a question is about has to be in the file: a question that lost it would never be answered."""
        protocol = self.protocol
        if not protocol.questions:
            return
        known = {STUDY, *(name for name, _, _ in self.declared()), *protocol.epochs, *(each.id for each in protocol.activities)}
        known |= {visit.rule for visit in protocol.visits} | {period.rule for period in protocol.periods}
        for question in protocol.questions:
            for name in question.about:
                if name not in known and self.names.find(name) is None:
                    said = f'"{name}": there is nothing of this name{did_you_mean(name, known)}'
                    self.problems.add(question.where.key("about"), said)

    def blinded(self) -> None:
        for fact in self.protocol.facts.values():
            if fact.blinded and fact.kind not in (AnswerKind.VALUE, AnswerKind.YES_OR_NO):
                said = f"{fact.id} is answered with a {fact.kind.value}: only a list of values, or yes or no, can be blinded"
                self.problems.add(fact.where.key("blinded"), said)
        cohort, owned = self.protocol.facts.get(COHORT), [e.id for e in self.protocol.events.values() if e.owner is Owner.COHORT]
        if cohort is not None and cohort.blinded and owned:
            said = f'the cohort cannot be blinded where events are "of: cohort" ({", ".join(owned)}): everybody\'s dates would show it'
            self.problems.add(cohort.where.key("blinded"), said)
        blinded = [fact for fact in self.protocol.facts.values() if fact.blinded]
        sets = prod(len(fact.choices) for fact in blinded)
        if sets > MOST_BLINDED_SETS:
            said = (
                f"the blinded facts ({', '.join(fact.id for fact in blinded)}) have {sets:,} sets of answers together, and a blinded "
                f"calendar compares the dates of everybody under each: at most {MOST_BLINDED_SETS}; blind what tells the arm alone"
            )
            self.problems.add(blinded[-1].where.key("blinded"), said)

    # -- names

    def declared_once(self) -> None:
        seen: dict[str, str] = {}
        for name, kind, where in self.declared():
            if name in seen:
                self.problems.add(where.key("id"), f'"{name}" is {seen[name]} already: every name stands for one thing')
            seen.setdefault(name, kind)
        for level in self.names.levels.values():
            here: set[str] = set()
            for member in level.group.members:
                if isinstance(member, PlannedGroup):
                    continue  # it is among the defaults of its own level
                if member.rule in here:
                    self.problems.add(
                        member.where.key("id"), f'"{member.rule}" is a visit or a period already: every name stands for one thing'
                    )
                elif member.rule in seen:
                    self.problems.add(
                        member.where.key("id"), f'"{member.rule}" is {seen[member.rule]} already: every name stands for one thing'
                    )
                here.add(member.rule)
        ids: dict[str, tuple[Named, PlannedGroup]] = {}
        for level in self.names.levels.values():
            copies: list[Named] = [level.group] if level.group.copied else []
            for rule in (*copies, *level.names.values()):
                pattern = COUNTER.sub("<>", rule.id)
                other, group = ids.setdefault(pattern, (rule, level.group))
                if other is not rule and not (group is level.group and _never_meet(other, rule, group)):
                    said = f'"{rule.id}" and "{other.id}" give the same names: {rule.rule} needs ids of its own'
                    self.problems.add(rule.where.key("ids"), said)
        for name, where in self.columns():
            base = name.removesuffix("_status")
            if name in _COLUMNS or (base != name and base in self.protocol.events):
                self.problems.add(where.place, f'"{name}" is a column of participants.csv already: choose another name')

    def declared(self) -> Iterator[tuple[str, str, Where]]:
        """The names that mean the same everywhere: facts, events, groups."""
        yield from ((name, "a fact", fact.where) for name, fact in self.protocol.facts.items())
        yield from ((name, "an event", event.where) for name, event in self.protocol.events.items())
        for level in self.names.levels.values():
            for shared in level.group.defaults:
                own = (
                    isinstance(level.group.at, Each) and level.group.at.name == shared.rule
                )  # a copy for each event may bear its name
                if shared.rule and not own:
                    yield shared.rule, "a group", shared.where
        yield from ((rule.id, "a rule between participants", rule.where) for rule in self.protocol.between)

    def columns(self) -> Iterator[tuple[str, Where]]:
        """The names that are columns of participants.csv."""
        yield from ((name, fact.where) for name, fact in self.protocol.facts.items())
        yield from ((name, event.where) for name, event in self.protocol.events.items())
        given = set(self.protocol.given)
        yield from ((visit.id, visit.where) for visit in self.protocol.visits if visit.id in given)

    def card(self) -> None:
        """The restrictions that stand on the wallet card are restrictions."""
        card = self.protocol.study.card
        known = [period.rule for period in self.protocol.periods if period.kind is PeriodKind.RESTRICTION]
        for name in card.restrictions if card else ():
            if card and name not in known:
                self.problems.add(card.where.key("restrictions"), f'there is no restriction "{name}"{did_you_mean(name, known)}')

    def anchor(self) -> None:
        study = self.protocol.study
        if study.anchor in self.protocol.events:
            return
        found = [way for way in self.names.resolve(study.anchor, self.protocol.root) if isinstance(way.member, PlannedVisit)]
        if len(found) != 1 or found[0].several:
            known = [*(visit.id for visit in self.protocol.visits), *self.protocol.events]
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

    def visit(self, visit: PlannedVisit, level: Level, *, own: bool = False) -> None:
        where, says = visit.where, visit.where.keys  # what its groups say is checked with them
        counters = self.names.counters(level.group, visit)
        for condition in visit.when if own else self.own(visit.when):
            self.condition(condition, where, level, counters, visit)
        for until in visit.until if own else self.own(visit.until):
            for point in until.points:
                self.point(point, where, "until", level, visit)
        missed = visit.missed_after
        if isinstance(missed, Duration):
            length = missed
            self.counts(lambda: level.group.reckoning.duration(length), where, "missed after")
        elif "missed after" in says:
            self.point(missed, where, "missed after", level, visit)
        self.moves(visit)
        self.yields(visit)
        if "epoch" in says:
            self.epoch(visit.epoch, where)
        if "assumed" in says:
            self.assumed(visit.assumed, where, _VISIT_KEYS)
        for case in visit.cases or (visit,):
            self.at(case.at, case.where, level, visit)
            if visit.cases and isinstance(case.at, Given | Each):
                self.problems.add(case.where.key("at"), f'"{case.at}" cannot hang on a case')
            if visit.cases and (is_series(case.at) or is_series(visit.at)):
                self.problems.add(case.where.place, "one visit has cases, a series has none: put the visit into a copied group")
            if case.case is not None:
                self.condition(case.case, case.where, level, counters, visit)
            elif visit.cases and case is not visit.cases[-1]:
                self.problems.add(case.where.place, 'only the last case may be without "when": what follows would never be asked')
            for key, window in (
                ("window", case.window),
                ("prefer", case.prefer),
                ("allowance", case.allowance.window if case.allowance else None),
            ):
                if key in case.where.keys:
                    self.window(window, case.where, level, key, visit)
                elif window is not None:  # a default of a group that may number its days in another way
                    self.counts(partial(bounding, window, level.group.reckoning), case.where, key)
                if case.at is None and isinstance(window, Exact | Around | Sides) and "at" not in case.where.keys:
                    self.problems.add(case.where.key(key), f'"{window}" is counted from a target, and this visit has no "at"')
            for limit in case.limits if "limits" in case.where.keys else ():
                self.point(limit.point, case.where, "limits", level, visit)

    def group(self, group: PlannedGroup, level: Level) -> None:
        if isinstance(group.at, Given):
            self.problems.add(group.where.key("at"), "a group starts on a date: name an event or a visit that is given")
        self.at(group.at, group.where, level, None)
        self.moves(group)

    def period(self, period: PlannedPeriod, level: Level) -> None:
        self.point(period.start, period.where, "from", level)
        self.point(period.end.point if period.end else None, period.where, "to", level)
        for condition in self.own(period.when):
            self.condition(condition, period.where, level, self.names.copies(level.group))
        self.epoch(period.epoch, period.where)
        self.assumed(period.assumed, period.where, _PERIOD_KEYS)

    def between(self, rule: BetweenRule, root: Level) -> None:
        for place, message in wrong_between(rule, self.protocol):
            self.problems.add(place, message)
        for limit in rule.limits:
            self.counts(partial(dating, limit.point, root.group.reckoning), rule.where, "limit")
            self.answers_in(limit.point, rule.where, "limit")
        self.assumed(rule.assumed, rule.where, _BETWEEN_KEYS)

    def moves(self, rule: PlannedVisit | PlannedGroup) -> None:
        moves = rule.moves
        if moves is None:
            return
        where = rule.where
        if moves.never:
            return
        if not (isinstance(rule.at, Series) and rule.at.stretches):
            self.problems.add(where.key("moves"), 'only a series ("then every ...") takes a new origin')
        inside = self.names.level(rule).names if isinstance(rule, PlannedGroup) else {rule.rule: rule}
        visits = [name for name, member in inside.items() if isinstance(member, PlannedVisit)]
        if moves.name and moves.name not in visits:
            self.problems.add(
                where.key("moves", moves.offset), f'there is no visit "{moves.name}" in it{did_you_mean(moves.name, visits)}'
            )
        if not visits:
            self.problems.add(where.key("moves"), "there is no visit in it that could be recorded")

    def yields(self, visit: PlannedVisit) -> None:
        if not visit.yields_to:
            return
        others = [other for other in self.protocol.visits if other is not visit]
        if not any(visit.yields_to in (other.rule, other.id) for other in others):
            plain = COUNTER.sub("1", visit.yields_to)
            found = self.names.find(plain) if COUNTER.search(visit.yields_to) else self.names.find(visit.yields_to)
            if found is None or found.member is visit:
                known = [name for other in others for name in (other.rule, other.id)]
                self.problems.add(
                    visit.where.key("yields to"),
                    f'there is no other visit "{visit.yields_to}"{did_you_mean(visit.yields_to, known)}',
                )

    def at(self, at: At | None, where: Where, level: Level, visit: PlannedVisit | None) -> None:
        if at is None or isinstance(at, Given):
            return
        if isinstance(at, Each):
            if at.name not in self.protocol.events:
                known = self.protocol.events
                self.problems.add(where.key("at", at.offset), f'there is no event "{at.name}"{did_you_mean(at.name, known)}')
            return
        self.counts(lambda: rhythm(at, level.group.reckoning), where, "at")
        for point in (*starts(at), *end_points(at)):
            self.names_in(point, where, "at", level, visit)
        for reference in (reference for point in end_points(at) for reference in references(point)):
            relative = reference.pick in (Pick.PREVIOUS, Pick.NEXT)
            if relative and visit is not None and reference.name == visit.rule:
                self.problems.add(where.key("at", reference.offset), f'"{reference}": a series cannot end by its own steps')

    def point(self, point: Point | None, where: Where, key: str, level: Level, visit: PlannedVisit | None = None) -> None:
        if point is None:
            return
        self.counts(lambda: dating(point, level.group.reckoning), where, key)
        self.names_in(point, where, key, level, visit)

    def counted_everywhere(self, window: Window | None, where: Where) -> None:
        """Whether the window of an activity can be counted in every group: they may number their days in other ways."""
        if window is None:
            return
        for level in self.names.levels.values():
            self.counts(partial(bounding, window, level.group.reckoning), where, "window")

    def window(self, window: Window | None, where: Where, level: Level, key: str, visit: PlannedVisit | None = None) -> None:
        if window is None:
            return
        self.counts(lambda: bounding(window, level.group.reckoning), where, key)
        for point in window_points(window):
            self.names_in(point, where, key, level, visit)

    def counts(self, make: Callable[[], object], where: Where, key: str) -> None:
        """Whether the study's conventions can count an expression."""
        try:
            make()
        except NotUnderstood as error:
            self.problems.add(where.key(key), error.message)

    # -- names in expressions

    def names_in(self, point: Point, where: Where, key: str, level: Level, visit: PlannedVisit | None) -> None:
        for reference in references(point):
            if message := wrong_reference(reference, self.protocol, level, visit):
                self.problems.add(where.key(key, reference.offset), f'"{reference}": {message}')
        self.answers_in(point, where, key)

    def answers_in(self, point: Point, where: Where, key: str) -> None:
        for answer in answers(point):
            fact = self.protocol.facts.get(answer.name)
            if fact is None or fact.kind is not AnswerKind.DURATION:
                durations = [name for name, known in self.protocol.facts.items() if known.kind is AnswerKind.DURATION]
                message = "only a fact that is a duration can be added" if fact else "there is no fact of this name"
                self.problems.add(where.key(key, answer.offset), f'"{answer}": {message}{did_you_mean(answer.name, durations)}')

    # -- conditions

    def condition(
        self,
        condition: Condition | None,
        where: Where,
        level: Level,
        counters: Iterable[str] = (),
        visit: PlannedVisit | None = None,
    ) -> None:
        if condition is None:
            return
        before = self.problems.count
        counted = set(counters)
        for question in questions(condition):
            if message := wrong_question(question, self.protocol, counted):
                self.problems.add(where.key("when", question.offset), f'"{question}": {message}')
                continue
            for point in question_points(question):
                if not (isinstance(point, Reference) and self.is_answered(point.name, counted)):
                    self.names_in(point, where, "when", level, visit)
        if self.problems.count == before:
            reading = Reading(level.group.reckoning, self.protocol.answered | counted)
            self.counts(lambda: judging(condition, reading), where, "when")

    def is_answered(self, name: str, counters: set[str]) -> bool:
        return name in self.protocol.answered or name in counters


def _never_meet(one: Named, other: Named, group: PlannedGroup) -> bool:
    """Whether two rules whose names have the same form never give the same one."""
    if not isinstance(one, PlannedVisit) or not isinstance(other, PlannedVisit):
        return False
    both = [numbers_of_all(rule.at, group.reckoning) for rule in (one, other)]
    return (
        None not in both and not set(both[0] or ()) & set(both[1] or ()) and COUNTER.findall(one.id) == COUNTER.findall(other.id)
    )
