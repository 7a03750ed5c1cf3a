"""A protocol file's text to a checked Protocol: read, put the groups together, check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TypeVar

from scheduler.language.moments import Reckoning
from scheduler.language.survey import (
    at_conventions,
    is_series,
    references,
    window_conventions,
)
from scheduler.language.syntax import At, Condition, Each, Given, Label, Limit, Positions, Reference, Until, Window
from scheduler.language.syntax import Range as Numbers
from scheduler.protocol.checks import check
from scheduler.protocol.counters import LABEL_COUNTERS, fill, fill_text, label_counters
from scheduler.protocol.entries import (
    ActivityEntry,
    AllowanceEntry,
    BetweenEntry,
    CardEntry,
    CaseEntry,
    EventEntry,
    FactEntry,
    GroupEntry,
    PeriodEntry,
    ProtocolFile,
    QuestionEntry,
    StudyEntry,
    VisitEntry,
)
from scheduler.protocol.file import PROTOCOL
from scheduler.protocol.names import Names, places_of
from scheduler.protocol.records import (
    ANY_LANGUAGE,
    COUNTER,
    PARTICIPANT,
    Activity,
    Allowance,
    BetweenRule,
    Card,
    Epoch,
    Event,
    Fact,
    OpenQuestion,
    Outside,
    PlannedGroup,
    PlannedPeriod,
    PlannedVisit,
    Protocol,
    Span,
    Study,
    Text,
)
from scheduler.reading.problems import Problems, Where, did_you_mean
from scheduler.reading.tree import Mapping as TreeMapping
from scheduler.reading.tree import parse_tree

Conditions = tuple[Condition, ...]
Grouped = TypeVar("Grouped", VisitEntry, GroupEntry)
_Members = tuple[PlannedVisit | PlannedPeriod | PlannedGroup, ...]


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
    check(protocol, problems)
    problems.raise_if_any()
    return protocol


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands round an entry: the clock it counts by, the copied groups, and what all its groups add up to."""

    reckoning: Reckoning
    copies: tuple[str, ...] = ()
    prefix: str = ""
    when: Conditions = ()
    until: tuple[Until, ...] = ()
    labels: tuple[Text, ...] = ()
    defaults: list[PlannedVisit] = field(default_factory=list)


EVERYBODY, SECOND_ONWARDS = Positions((Numbers(1, None),)), Positions((Numbers(2, None),))


class _Assembly:
    """Puts a Protocol together from the entries of its file."""

    def __init__(self, entry: ProtocolFile, problems: Problems) -> None:
        self.entry = entry
        self.problems = problems
        self.guessed = frozenset(entry.study.assumed)

    def protocol(self) -> Protocol:
        entry = self.entry
        study = _study(entry.study)
        around = _Around(study.reckoning)
        members = (
            *self.members(entry.visits, GroupEntry(), around),
            *(self.period(period, GroupEntry(), around) for period in entry.periods),
        )
        root = PlannedGroup(
            id="",
            rule="",
            label=None,
            at=None,
            reckoning=study.reckoning,
            members=members,
            defaults=tuple(around.defaults),
            where=entry.study.where,
        )
        names = Names(root)
        repeated = _repeated(entry)
        return Protocol(
            study=study,
            facts={name: _fact(name, fact) for name, fact in entry.facts.items()},
            events={name: self.event(name, event, name in repeated) for name, event in entry.events.items()},
            epochs={
                name: Epoch(id=name, label=epoch.label, until=epoch.until, where=epoch.where)
                for name, epoch in entry.epochs.items()
            },
            activities=tuple(self.activity(name, activity, names) for name, activity in entry.activities.items()),
            root=root,
            notes=entry.notes,
            between=tuple(map(self.between, entry.between)),
            questions=tuple(map(_question, entry.questions)),
        )

    # -- groups

    def members(self, entries: Sequence[VisitEntry | GroupEntry], group: GroupEntry, around: _Around) -> _Members:
        """What stands in a group. One without a clock of its own only gives its members what they do not say themselves."""
        found: list[PlannedVisit | PlannedPeriod | PlannedGroup] = []
        for entry in entries:
            inside = replace(
                around,
                when=around.when + ((entry.when,) if entry.when is not None else ()),
                until=around.until + ((entry.until,) if entry.until is not None else ()),
            )
            if isinstance(entry, VisitEntry):
                found.append(self.visit(_with_defaults(entry, group), inside, group.limits))
                continue
            filled = _with_defaults(entry, group)
            for key in ("day_numbering", "ids", "moves") if entry.at is None else ():
                if key in entry.where.keys:
                    said = f'"{key}" is for a group with a clock of its own: it wants an "at" as well'
                    self.problems.add(entry.where.key(key), said)
            if entry.at is not None:
                found.append(self.group(entry, filled, around, group.limits))
                continue
            inside.defaults.append(_shared(entry))
            found += self.inner(filled, inside)
        return tuple(found)

    def inner(self, entry: GroupEntry, around: _Around) -> _Members:
        periods = tuple(self.period(period, entry, around) for period in entry.periods)
        return (*self.members(entry.visits, entry, around), *periods)

    def group(self, entry: GroupEntry, filled: GroupEntry, around: _Around, limits: tuple[Limit, ...]) -> PlannedGroup:
        """A group with a clock of its own. What stands around it keeps the clock it was written by."""
        numbering = entry.day_numbering or around.reckoning.numbering
        inside = replace(
            around,
            reckoning=replace(around.reckoning, numbering=numbering),
            when=(entry.when,) if entry.when is not None else (),
            until=(entry.until,) if entry.until is not None else (),
            defaults=[_shared(entry)],
        )
        id = entry.id
        if is_series(entry.at):
            if not id:
                self.problems.add(entry.where.place, "a group that is copied needs an id, by which its copies are counted")
            own = f"<{entry.id}>"
            id = (
                self.pattern(entry.ids, entry.where, (*around.copies, entry.id), entry.id)
                if entry.ids
                else around.prefix + id + own
            )
            inside = replace(inside, copies=(*around.copies, entry.id), prefix=f"{id}.")
        label = _only(entry.label, inside.copies) if entry.label is not None else None
        if label is None and is_series(entry.at):
            label = Text({ANY_LANGUAGE: f"{entry.id} <{entry.id}>"})
        if label is not None:
            inside = replace(inside, labels=(*around.labels, label))
        return PlannedGroup(
            id=id,
            rule=entry.id,
            label=label,
            at=entry.at,
            moves=entry.moves,
            reckoning=inside.reckoning,
            members=self.inner(replace(filled, limits=entry.limits), inside),
            defaults=tuple(inside.defaults),
            until=inside.until,
            outside=Outside(around.when, around.until, limits),
            epoch=filled.epoch,
            assumed=self.assumed([key for key in entry.assumed if key == "at"], [("at", entry.at)]),
            accepted=entry.accepted,
            where=entry.where,
        )

    # -- visits

    def visit(self, entry: VisitEntry, around: _Around, shared: tuple[Limit, ...]) -> PlannedVisit:
        at = Given() if entry.at is None and entry.window is None and not entry.cases else entry.at
        several = is_series(at)
        labels = label_counters(at, around.reckoning)
        counters = (*around.copies, *([entry.id] if several else []))
        id = self.visit_id(entry, around, labels, counters, several=several)
        fixed = {} if several else _label_number(at)
        points: list[tuple[str, At | None]] = [("at", at), *(("limits", limit.point) for limit in entry.limits)]
        visit = PlannedVisit(
            id=fill(id, fixed),
            rule=entry.id,
            label=fill_text(_only(entry.label, counters), fixed) if entry.label else None,
            at=at,
            moves=entry.moves,
            window=entry.window,
            limits=entry.limits,
            prefer=entry.prefer,
            allowance=_allowance(entry.allowance),
            when=around.when,
            until=around.until,
            missed_after=entry.missed_after,
            missed_never=bool(entry.missed),
            yields_to=_only_name(entry.yields_to, counters),
            epoch=entry.epoch,
            mode=entry.mode,
            optional=bool(entry.optional),
            text=fill_text(_only(entry.participant_text, counters), fixed) if entry.participant_text else None,
            calendar_text=entry.calendar_text,
            inside=() if _tells_copies(entry.label, around.copies) else around.labels,
            source=entry.source,
            assumed=self.assumed(entry.assumed, points, entry.window),
            accepted=entry.accepted,
            where=entry.where,
        )
        return replace(visit, cases=tuple(self.case(case, visit, shared) for case in entry.cases)) if entry.cases else visit

    def case(self, case: CaseEntry, visit: PlannedVisit, shared: tuple[Limit, ...]) -> PlannedVisit:
        """The visit as it is in one of its cases; the limits its groups share hold in all of them."""
        window = case.window if case.window is not None else visit.window
        return replace(
            visit,
            at=case.at if case.at is not None else visit.at,
            window=window,
            limits=shared + case.limits if case.limits is not None else visit.limits,
            mode=case.mode or visit.mode,
            prefer=case.prefer or visit.prefer,
            allowance=_allowance(case.allowance) or visit.allowance,
            text=case.participant_text or visit.text,
            calendar_text=case.calendar_text or visit.calendar_text,
            source=case.source or visit.source,
            case=case.when,
            assumed=visit.assumed | self.assumed((), [("at", case.at)], case.window),
            where=case.where,
        )

    def visit_id(
        self, entry: VisitEntry, around: _Around, labels: tuple[str, ...], counters: tuple[str, ...], *, several: bool
    ) -> str:
        """The pattern of a rule's ids: its own, or the rule's name with what tells its visits apart."""
        if entry.ids:
            return self.pattern(entry.ids, entry.where, (*counters, *labels), entry.id if several else "", own=labels)
        own = (f"<{labels[0]}>" if labels and labels[0] in str(entry.at).lower() else f"<{entry.id}>") if several else ""
        return f"{around.prefix}{entry.id}{own}"

    def pattern(self, ids: str, where: Where, known: tuple[str, ...], rule: str, own: Sequence[str] = ()) -> str:
        """A pattern of ids with `<n>` replaced by the one counter it stands for; every copy and every visit must be in it."""
        counts = [name for name in known if name not in LABEL_COUNTERS]
        used = COUNTER.findall(ids)
        for name in used:
            if name != "n" and name not in known:
                said = f"<{name}> does not count anything here"
                known_here = ", ".join(f"<{counter}>" for counter in dict.fromkeys((*known, "n")))
                self.problems.add(where.key("ids"), f"{said}; {known_here} {'do' if len(known) else 'does'}")
                return ids
        if "n" in used and len(counts) > 1:
            choice = ", ".join(f"<{name}>" for name in counts)
            self.problems.add(where.key("ids"), f"<n> can be any of {choice} here: say which")
            return ids
        ids = COUNTER.sub(lambda match: (f"<{counts[0]}>" if counts else "1") if match.group(1) == "n" else match.group(), ids)
        used = COUNTER.findall(ids)
        missing = [name for name in counts if name not in used and not (name == rule and any(label in used for label in own))]
        if missing:
            self.problems.add(where.key("ids"), f"several would have the same name: <{missing[0]}> has to be in it")
        return ids

    # -- events, periods

    def event(self, name: str, entry: EventEntry, repeats: bool) -> Event:
        return Event(
            id=name,
            label=entry.label,
            at=entry.at,
            may_not_happen=entry.may_not_happen,
            owner=entry.of,
            repeats=repeats,
            source=entry.source,
            assumed=self.assumed(entry.assumed, [("at", entry.at)]),
            where=entry.where,
        )

    def period(self, entry: PeriodEntry, group: GroupEntry, around: _Around) -> PlannedPeriod:
        ids = self.pattern(entry.ids, entry.where, around.copies, "") if entry.ids else around.prefix + entry.id
        return PlannedPeriod(
            id=ids,
            rule=entry.id,
            label=_only(entry.label, around.copies) if entry.label else None,
            kind=entry.kind,
            start=entry.start,
            end=entry.end,
            when=around.when + ((entry.when,) if entry.when is not None else ()),
            until=around.until,
            epoch=entry.epoch or group.epoch,
            text=_only(entry.participant_text, around.copies) if entry.participant_text else None,
            source=entry.source or group.source,
            assumed=self.assumed(entry.assumed, [("from", entry.start), ("to", entry.end.point if entry.end else None)]),
            accepted=entry.accepted,
            where=entry.where,
        )

    def between(self, entry: BetweenEntry) -> BetweenRule:
        return BetweenRule(
            id=entry.id,
            label=entry.label,
            event=entry.event,
            within=entry.within,
            who=entry.who or (EVERYBODY if _is_gate(entry.limit) else SECOND_ONWARDS),
            limits=entry.limit,
            source=entry.source,
            assumed=self.assumed(entry.assumed, [("limit", limit.point) for limit in entry.limit]),
            where=entry.where,
        )

    def assumed(
        self, keys: Sequence[str], points: Sequence[tuple[str, At | None]], window: Window | None = None
    ) -> frozenset[str]:
        """The assumed keys of an entry: those it says itself, and those whose dates rest on an assumed convention of the study."""
        found = {key for key, at in points if at_conventions(at) & self.guessed}
        if window is not None and window_conventions(window) & self.guessed:
            found.add("window")
        return frozenset(found.union(keys))

    # -- activities

    def activity(self, name: str, entry: ActivityEntry, names: Names) -> Activity:
        spans = () if any(part.first is None for part in entry.at) else tuple(self.spans(entry, names))
        return Activity(
            id=name,
            label=entry.label,
            written=", ".join(map(str, entry.at)),
            spans=spans,
            when=entry.when,
            window=entry.window,
            times=entry.times,
            text=entry.participant_text,
            source=entry.source,
            assumed=self.assumed(entry.assumed, [], entry.window),
            accepted=entry.accepted,
            where=entry.where,
        )

    def spans(self, entry: ActivityEntry, names: Names) -> Iterator[Span]:
        for part in entry.at:
            first, last = self.place(part.first, entry, names), self.place(part.last, entry, names)
            if first is None or last is None:
                yield Span((-1,), (-1,))  # nothing, rather than everything
                continue
            if _mixed(first, last):
                said = f'"{part.first} .. {part.last}": one is a single visit of many, the other all of them: name two of a kind'
                self.problems.add(entry.where.key("at"), said)
            elif not _in_order(first, last):
                self.problems.add(entry.where.key("at"), f'"{part.first} .. {part.last}": {part.last} comes before {part.first}')
            yield Span(first, last)

    def place(self, name: str | None, entry: ActivityEntry, names: Names) -> tuple[int | None, ...] | None:
        assert name is not None
        found = places_of(names, name)
        if len(found) > 1:
            self.problems.add(entry.where.key("at"), f'several groups have a "{name}": name its group, or one visit')
        if not found:
            known = [known for _, member in names.root.everything() for known in (member.rule, member.id) if "<" not in known]
            self.problems.add(entry.where.key("at"), f'there is no visit "{name}"{did_you_mean(name, known)}')
        return found[0] if found else None


def _mixed(first: tuple[int | None, ...], last: tuple[int | None, ...]) -> bool:
    """Whether one bound names a copy where the other leaves it open, in what they have in common."""
    for one, other in zip(first, last, strict=False):
        if one != other:
            return one is None or other is None
    return False


def _in_order(first: tuple[int | None, ...], last: tuple[int | None, ...]) -> bool:
    both = [(one, other) for one, other in zip(first, last, strict=False) if one is not None and other is not None]
    return [one for one, _ in both] <= [other for _, other in both]


def _shared(entry: GroupEntry) -> PlannedVisit:
    """What a group gives its members, as a visit that is none: it is checked once, where it was written."""
    return PlannedVisit(
        id=entry.id,
        rule=entry.id,
        label=None,
        at=Given(),
        window=entry.window,
        limits=entry.limits,
        prefer=entry.prefer,
        allowance=_allowance(entry.allowance),
        when=(entry.when,) if entry.when is not None else (),
        until=(entry.until,) if entry.until is not None else (),
        missed_after=entry.missed_after,
        epoch=entry.epoch,
        assumed=frozenset(entry.assumed),
        where=entry.where,
    )


def _with_defaults(member: Grouped, group: GroupEntry) -> Grouped:
    """What a member does not say, its group says; limits and what is assumed add up."""
    return replace(
        member,
        window=group.window if member.window is None else member.window,
        mode=member.mode or group.mode,
        optional=group.optional if member.optional is None else member.optional,
        prefer=member.prefer or group.prefer,
        allowance=member.allowance or group.allowance,
        missed_after=group.missed_after if member.missed_after is None else member.missed_after,
        missed=group.missed if member.missed is None else member.missed,
        epoch=member.epoch or group.epoch,
        source=member.source or group.source,
        limits=group.limits + member.limits,
        assumed=(*group.assumed, *member.assumed),
        accepted={**group.accepted, **member.accepted},
    )


# -- counters


def _only(text: Text, counters: tuple[str, ...]) -> Text:
    """A label with `<n>` replaced by the counter it stands for: the rule's own, else that of its innermost copy."""
    return Text({language: _only_name(said, counters) for language, said in text.by_language.items()})


def _tells_copies(label: Text | None, copies: tuple[str, ...]) -> bool:
    """Whether a label says of itself which copy it is in."""
    return label is not None and all(
        "<n>" in said or all(f"<{name}>" in said for name in copies) for said in label.by_language.values()
    )


def _only_name(text: str, counters: tuple[str, ...]) -> str:
    return text.replace("<n>", f"<{counters[-1]}>" if counters else "1")


def _label_number(at: At | None) -> dict[str, int]:
    return {at.unit.value.lower(): at.number} if isinstance(at, Label) else {}


# -- events that come several times


def _repeated(entry: ProtocolFile) -> frozenset[str]:
    """The events the protocol counts on several times: `each infusion`, `last dose`."""
    found = {part.name for part in _parts(entry) if isinstance(part, Each) or (isinstance(part, Reference) and _of_several(part))}
    return frozenset(found & entry.events.keys())


def _of_several(reference: Reference) -> bool:
    """Whether a reference picks one of several dates of one participant; `last infusion of previous cohort` picks a participant."""
    return reference.pick is not None and (reference.whose is None or reference.whose.name == PARTICIPANT)


def _parts(record: object) -> Iterator[object]:
    """A record and everything in it: looked for wherever a key of the language may hold an expression."""
    yield record
    inner: Iterable[object] = ()
    if is_dataclass(record):
        inner = (getattr(record, part.name) for part in fields(record))
    elif isinstance(record, Mapping):
        inner = record.values()
    elif isinstance(record, tuple):
        inner = record
    for part in inner:
        yield from _parts(part)


# -- records


def _allowance(entry: AllowanceEntry | None) -> Allowance | None:
    return Allowance(entry.window, entry.reason) if entry else None


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
        card=_card(entry.card) if entry.card else None,
        source=entry.source,
        assumed=frozenset(entry.assumed),
        accepted=entry.accepted,
        where=entry.where,
    )


def _card(entry: CardEntry) -> Card:
    return Card(
        source=entry.source,
        therapy=entry.therapy,
        ring_when=entry.ring_when,
        for_doctors=entry.for_doctors,
        restrictions=entry.restrictions,
        where=entry.where,
    )


def _fact(name: str, entry: FactEntry) -> Fact:
    answer = entry.answer
    return Fact(
        id=name,
        label=entry.label,
        kind=answer.kind,
        values=answer.values,
        blinded=entry.blinded,
        source=entry.source,
        where=entry.where,
    )


def _question(entry: QuestionEntry) -> OpenQuestion:
    return OpenQuestion(ask=entry.ask, about=entry.about, source=entry.source, where=entry.where)


def _is_gate(limits: Iterable[Limit]) -> bool:
    """Whether a limit waits for a whole group: then it limits the first of the next one above all."""
    named = (reference.whose for limit in limits for reference in references(limit.point))
    return any(whose is not None and whose.name != PARTICIPANT for whose in named)
