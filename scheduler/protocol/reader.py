"""A protocol file's text to a checked Protocol: read, flatten the groups and lists, check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from scheduler.language.moments import Reckoning
from scheduler.language.survey import conventions, window_conventions
from scheduler.language.syntax import At, Condition, Given, Label, LabelList, Point, SumList, Window
from scheduler.protocol.checks import check
from scheduler.protocol.entries import (
    ActivityEntry,
    EventEntry,
    FactEntry,
    GroupEntry,
    PeriodEntry,
    ProtocolFile,
    StudyEntry,
    VisitEntry,
)
from scheduler.protocol.file import COUNTER, COUNTERS, PROTOCOL
from scheduler.protocol.records import Activity, Epoch, Event, Fact, PlannedPeriod, PlannedVisit, Protocol, Study, Text
from scheduler.reading.problems import Problems, did_you_mean
from scheduler.reading.tree import Mapping as TreeMapping
from scheduler.reading.tree import parse_tree

Conditions = tuple[Condition, ...]
Points = Sequence[tuple[str, Point | Given | None]]
Grouped = TypeVar("Grouped", VisitEntry, GroupEntry)
_Member = tuple[VisitEntry | PeriodEntry, Conditions]


def read_protocol(data: bytes, file: str) -> Protocol:
    """The protocol written in a file; `file` is only the name that problems carry.

    Raises ProblemsError with everything that is wrong in it, whatever the bytes are.
    """
    problems = Problems()
    root = parse_tree(data, file, problems)
    entry = PROTOCOL.read(root, "", problems)
    if entry is None or (isinstance(root, TreeMapping) and not root.keys <= PROTOCOL.keys.keys()):
        problems.raise_if_any()  # with a section missing, every name of it would seem unknown
    assert entry is not None
    protocol = _Assembly(entry, problems).protocol()
    check(entry, protocol, problems)
    problems.raise_if_any()
    return protocol


class _Assembly:
    """Puts a Protocol together from the entries of its file."""

    def __init__(self, entry: ProtocolFile, problems: Problems) -> None:
        self.entry = entry
        self.problems = problems
        self.guessed = frozenset(entry.study.assumed)
        self.rules: dict[str, tuple[str, ...]] = {}

    def protocol(self) -> Protocol:
        entry = self.entry
        members = list(_flat(entry.visits, GroupEntry()))
        periods = [(member, when) for member, when in members if isinstance(member, PeriodEntry)]
        periods += [(period, _conditions(period.when)) for period in entry.periods]
        visits = tuple(
            visit for member, when in members if isinstance(member, VisitEntry) for visit in self.occurrences(member, when)
        )
        return Protocol(
            study=_study(entry.study),
            facts={name: _fact(name, fact) for name, fact in entry.facts.items()},
            events={name: self.event(name, event) for name, event in entry.events.items()},
            epochs={name: Epoch(id=name, label=epoch.label) for name, epoch in entry.epochs.items()},
            activities=tuple(self.activity(name, activity, visits) for name, activity in entry.activities.items()),
            visits=visits,
            periods=tuple(self.period(period, when) for period, when in periods),
            notes=entry.notes,
            rules=self.rules,
        )

    # -- lists

    def occurrences(self, entry: VisitEntry, when: tuple[Condition, ...]) -> Iterator[PlannedVisit]:
        """The visits of one entry: one, or as many as its list names."""
        points = list(_points(entry.at))
        ids = []
        for number, (at, counters) in enumerate(points, start=1):
            counters = {"n": str(number), **counters}
            ids.append(self.id_of(entry, counters, alone=len(points) == 1))
            limits = [("limits", limit.point) for limit in entry.limits]
            yield PlannedVisit(
                id=ids[-1],
                rule=entry.id,
                number=number,
                label=_with_counters(entry.label, counters),
                at=Given() if at is None and entry.window is None else at,
                window=entry.window,
                limits=entry.limits,
                when=when,
                epoch=entry.epoch,
                mode=entry.mode,
                optional=bool(entry.optional),
                text=_with_counters(entry.participant_text, counters),
                source=entry.source,
                assumed=self.assumed(entry.assumed, [("at", at), *limits], entry.window),
                where=entry.where,
            )
        self.rules.setdefault(entry.id, tuple(ids))

    def id_of(self, entry: VisitEntry, counters: Mapping[str, str], *, alone: bool) -> str:
        if not entry.ids:
            own = next((value for name, value in counters.items() if name != "n"), counters["n"])
            return entry.id if alone else f"{entry.id}{own}"
        unknown = [counter for counter in COUNTER.findall(entry.ids) if counter not in counters]
        if unknown and counters["n"] == "1":
            known = ", ".join(f"<{name}>" for name in counters)
            self.problems.add(entry.where.key("ids"), f"<{unknown[0]}> does not count anything in this visit; {known} does")
        return COUNTER.sub(lambda match: counters.get(match.group(1), counters["n"]), entry.ids)

    # -- events, periods

    def event(self, name: str, entry: EventEntry) -> Event:
        return Event(
            id=name,
            label=entry.label,
            at=entry.at,
            may_not_happen=entry.may_not_happen,
            source=entry.source,
            assumed=self.assumed(entry.assumed, [("at", entry.at)]),
            where=entry.where,
        )

    def period(self, entry: PeriodEntry, when: Conditions) -> PlannedPeriod:
        return PlannedPeriod(
            id=entry.id,
            label=entry.label,
            kind=entry.kind,
            start=entry.start,
            end=entry.end,
            when=when,
            epoch=entry.epoch,
            text=entry.participant_text,
            source=entry.source,
            assumed=self.assumed(entry.assumed, [("from", entry.start), ("to", entry.end.point if entry.end else None)]),
            where=entry.where,
        )

    def assumed(self, keys: tuple[str, ...], points: Points, window: Window | None = None) -> frozenset[str]:
        """The assumed keys of an entry: those it says itself, and those whose dates rest on an assumed convention of the study."""
        dated = ((key, point) for key, point in points if point is not None and not isinstance(point, Given))
        found = {key for key, point in dated if conventions(point) & self.guessed}
        if window is not None and window_conventions(window) & self.guessed:
            found.add("window")
        return frozenset(found.union(keys))

    # -- activities

    def activity(self, name: str, entry: ActivityEntry, visits: tuple[PlannedVisit, ...]) -> Activity:
        chosen: set[str] = set()
        order = [visit.id for visit in visits]
        for part in entry.at:
            if part.first is None or part.last is None:
                chosen.update(order)
                continue
            first, last = self.named_visits(part.first, entry, order), self.named_visits(part.last, entry, order)
            if not first or not last:
                continue
            start, end = order.index(first[0]), order.index(last[-1])
            if end < start:
                self.problems.add(entry.where.key("at"), f'"{part.first} .. {part.last}": {part.last} comes before {part.first}')
            chosen.update(order[start : end + 1])
        return Activity(
            id=name,
            label=entry.label,
            visits=frozenset(chosen),
            when=entry.when,
            window=entry.window,
            text=entry.participant_text,
            source=entry.source,
            assumed=self.assumed(entry.assumed, [], entry.window),
            where=entry.where,
        )

    def named_visits(self, name: str, entry: ActivityEntry, order: list[str]) -> tuple[str, ...]:
        found = self.rules.get(name) or ((name,) if name in order else ())
        if not found:
            self.problems.add(entry.where.key("at"), f'there is no visit "{name}"{did_you_mean(name, [*order, *self.rules])}')
        return found


# -- groups


def _flat(members: tuple[VisitEntry | GroupEntry, ...], group: GroupEntry, over: Conditions = ()) -> Iterator[_Member]:
    """The visits and periods inside groups, in the order of the file, each with all the conditions that stand over it.

    Defaults are replaced by what a member says itself; conditions, limits and what is assumed add up.
    """
    for member in members:
        when = over + _conditions(member.when)
        if isinstance(member, VisitEntry):
            yield _with_defaults(member, group), when
            continue
        filled = _with_defaults(member, group)
        yield from _flat(filled.visits, filled, when)
        for period in filled.periods:
            inner = replace(period, epoch=period.epoch or filled.epoch, source=period.source or filled.source)
            yield inner, when + _conditions(period.when)


def _with_defaults(member: Grouped, group: GroupEntry) -> Grouped:
    return replace(
        member,
        window=group.window if member.window is None else member.window,
        mode=member.mode or group.mode,
        optional=group.optional if member.optional is None else member.optional,
        epoch=member.epoch or group.epoch,
        source=member.source or group.source,
        limits=group.limits + member.limits,
        assumed=(*group.assumed, *member.assumed),
    )


def _conditions(condition: Condition | None) -> Conditions:
    return () if condition is None else (condition,)


# -- lists


def _points(at: At | None) -> Iterator[tuple[Point | Given | None, dict[str, str]]]:
    """The single points of a list, each with the counters its ids and label may use."""
    if isinstance(at, LabelList):
        for label in at.points():
            yield label, _counter(label.unit.value.lower(), label.number)
    elif isinstance(at, SumList):
        for point, amount in zip(at.points(), at.amounts, strict=True):
            yield point, _counter(at.unit.value.removesuffix("s"), amount)
    elif isinstance(at, Label):
        yield at, _counter(at.unit.value.lower(), at.number)
    else:
        yield at, {}


def _counter(name: str, number: int | Decimal) -> dict[str, str]:
    return {name: str(number)} if name in COUNTERS else {}


def _with_counters(text: Text | None, counters: Mapping[str, str]) -> Text | None:
    if text is None:
        return None
    return Text(
        {
            language: COUNTER.sub(lambda match: counters.get(match.group(1), match.group()), said)
            for language, said in text.by_language.items()
        }
    )


# -- records


def _study(entry: StudyEntry) -> Study:
    return Study(
        id=entry.id,
        title=entry.title,
        anchor=entry.anchor,
        reckoning=Reckoning(entry.day_numbering, entry.month, entry.year, entry.week_numbering),
        protocol_version=entry.protocol_version,
        registry=entry.registry,
        sponsor=entry.sponsor,
        notice=entry.notice,
        language=entry.language,
        source=entry.source,
        assumed=frozenset(entry.assumed),
        where=entry.where,
    )


def _fact(name: str, entry: FactEntry) -> Fact:
    answer = entry.answer
    return Fact(id=name, label=entry.label, kind=answer.kind, values=answer.values, source=entry.source, where=entry.where)
