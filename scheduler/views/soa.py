"""The protocol's schedule of activities, in words: a column for each visit, a row for each activity, and footnotes.

It shows what the protocol file says, before anybody takes part: no participant and no date. A series, or the visits of a group in
cycles, have one column with their pattern. A table that is too wide for the paper is split, where it can be between two epochs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from scheduler.language.moments import Offset
from scheduler.language.survey import at_conventions, references, starts, window_conventions, window_points
from scheduler.language.syntax import Duration, Given, Label, LabelUnit, Point, Until
from scheduler.protocol.columns import Column, columns_of, holds, takes_place
from scheduler.protocol.records import Activity, PlannedGroup, PlannedPeriod, PlannedVisit, Protocol
from scheduler.views.expressions import Phrases, code, uncounted
from scheduler.views.identity import Identity, study_line
from scheduler.views.words import Words, words

FIRST = 140  # points: the column of the activities
ROOM = {"A4": 620, "Letter": 570}  # points, beside it, on a page on its side
_CHARACTER, _BESIDE = 4.7, 7  # points: a character of 8 pt, and what is left blank at the sides of a column
_SHORTEST, _LONGEST = 6, 15  # characters of a column
_LINES = 4  # how many lines a text in the head may take
_STRETCH = 1.3  # how much wider than needed a column may become
_HALF = 0.5  # of a page: when so much is full, an epoch that does not fit begins on the next


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, or several that say the same beside one another (`span`); `mark` when the protocol does not say what it shows."""

    lines: tuple[str, ...] = ()
    notes: str = ""
    mark: str = ""
    span: int = 1

    @property
    def text(self) -> str:
        """All of it in one line, for a table without type."""
        return " ".join(filter(None, [*self.lines, self.mark, f"[{self.notes}]" if self.notes else ""]))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the head, or an activity."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """As much of the table as fits one page's width; `widths` are its columns in points, that of the activities first."""

    title: str
    widths: tuple[int, ...]
    head: tuple[Row, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A stay, treatment, rest, restriction or observation: from when to when."""

    label: Cell
    kind: str
    start: Cell
    end: Cell


@dataclass(frozen=True, slots=True)
class Footnote:
    """What a letter in the table stands for."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class SoaPage:
    """The whole document, finished; `words` are the phrases that are the same in every one."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    counted_from: str
    parts: tuple[Part, ...]
    periods: tuple[PeriodLine, ...]
    footnotes: tuple[Footnote, ...]
    signs: tuple[str, ...]
    notes: tuple[str, ...]
    mark: str
    identity: str
    words: Mapping[str, str]


def soa_page(protocol: Protocol, identity: Identity, language: str, paper: str) -> SoaPage:
    """The schedule of activities in a language, for a paper."""
    said = words(language)
    table = _Table(protocol, said)
    head, rows, periods = table.head(), table.rows(), table.periods()
    study = protocol.study
    return SoaPage(
        language=language,
        paper=paper,
        title=said.say("soa.title"),
        notice=said.text(study.notice),
        study=study_line(protocol, said),
        counted_from=_counted_from(protocol, said),
        parts=_parts(head, rows, said, ROOM[paper]),
        periods=periods,
        footnotes=table.footnotes,
        signs=tuple(_signs(table, said)),
        notes=tuple(said.text(note) for note in protocol.notes),
        mark=" · ".join(filter(None, [said.say("soa.title"), study.id, study.protocol_version])),
        identity=replace(identity, protocol_version=study.protocol_version).said(said),
        words=said.fixed("soa", "staff"),
    )


def _counted_from(protocol: Protocol, said: Words) -> str:
    study = protocol.study
    day = study.reckoning.number(LabelUnit.DAY, Offset())
    return said.say("soa.before_anchor", anchor=said.name(study.anchor, protocol), label=said.say("label.Day", number=day))


def _signs(table: _Table, said: Words) -> Iterator[str]:
    """What the signs of the table mean, and the conventions that are assumed."""
    texts = [cell.text for row in (*table.head(), *table.rows()) for cell in row.cells]
    yield said.say("soa.sign_x")
    if any(said.say("soa.not_stated") == line for row in table.head() for cell in row.cells for line in cell.lines):
        yield said.say("soa.sign_not_stated")
    if any(column.several for column in table.columns):
        yield said.say("soa.sign_n")
    study = table.protocol.study
    mark = said.say("sheet.assumed_mark")
    if study.assumed or any(mark in text for text in texts):
        yield said.say("soa.sign_assumed")
    values = {"anchor": said.name(study.anchor, table.protocol)}
    for key, value in (("day_numbering", study.reckoning.numbering), ("month", study.reckoning.month)):
        values[key] = said.say(f"soa.value_{value.name.lower()}") if value is not None else ""
    for key in sorted(study.assumed):
        yield said.say("soa.convention", what=said.say(f"convention.{key}"), value=values.get(key) or "–")


# -- the table


class _Head(NamedTuple):
    """A row of the head while it is made."""

    key: str
    cell: Callable[[Column], Cell]


class _Table:
    """The table of one protocol in one language. Footnotes get their letters in the order in which they are first said."""

    def __init__(self, protocol: Protocol, said: Words) -> None:
        self.protocol = protocol
        self.said = said
        self.phrases = Phrases(protocol, said)
        self.columns = columns_of(protocol)
        self._letters: dict[str, str] = {}

    @property
    def footnotes(self) -> tuple[Footnote, ...]:
        """The footnotes said so far."""
        return tuple(Footnote(letter, text) for text, letter in self._letters.items())

    def head(self) -> tuple[Row, ...]:
        """The rows of the head that say something."""
        rows = (
            _Head("soa.epoch", self._epoch),
            _Head("soa.group", self._group),
            _Head("soa.visit", self._visit),
            _Head("soa.day", self._day),
            _Head("soa.window", self._window),
            _Head("soa.mode", self._mode),
        )
        made = [Row(self.said.say(row.key), tuple(row.cell(column) for column in self.columns)) for row in rows]
        return tuple(row for row in made if any(cell.lines for cell in row.cells))

    def rows(self) -> tuple[Row, ...]:
        """The activities in the protocol's order."""
        return tuple(
            Row(self.said.text(activity.label, activity.id), tuple(self._crossing(activity, column) for column in self.columns))
            for activity in self.protocol.activities
        )

    def periods(self) -> tuple[PeriodLine, ...]:
        """The periods in the protocol's order."""
        return tuple(map(self._period, self.protocol.periods))

    # -- cells of the head

    def _epoch(self, column: Column) -> Cell:
        epoch = self.protocol.epochs.get(column.plan.epoch)
        if epoch is None:
            return Cell()
        return Cell((self.said.text(epoch.label, epoch.id),), self._notes(self._ends([epoch.until] if epoch.until else [])))

    def _group(self, column: Column) -> Cell:
        groups = [group for group in column.way if group.at is not None]
        lines = [line for group in groups for line in self._lines_of(group)]
        return Cell(
            tuple(lines), self._notes(self._group_notes(groups)), self._mark(any("at" in each.assumed for each in groups))
        )

    def _lines_of(self, group: PlannedGroup) -> Iterator[str]:
        assert group.at is not None
        yield uncounted(self.said.text(group.label, group.rule))
        yield self.phrases.at(group.at)

    def _group_notes(self, groups: Iterable[PlannedGroup]) -> Iterator[str]:
        for group in groups:
            if group.outside.when:
                yield self.said.say("soa.only_if", condition=self.phrases.all_of(group.outside.when))
            yield from self._ends([*group.until, *group.outside.until])
            if group.outside.limits:
                yield self.said.say("soa.limits", limits=self._all(map(self.phrases.limit, group.outside.limits)))
            if group.moves is not None and (
                how := self.phrases.moves(group.moves, uncounted(self.said.text(group.label, group.rule)))
            ):
                yield self.said.say("soa.moves", how=how)

    def _visit(self, column: Column) -> Cell:
        plan = column.plan
        label = "" if plan.label is None else uncounted(plan.label.said_in(self.said.language))
        lines = tuple(dict.fromkeys(filter(None, (label, code(plan)))))
        return Cell(lines, self._notes(self._visit_notes(column)), self._mark(bool(plan.assumed & {"when", "until", "label"})))

    def _visit_notes(self, column: Column) -> Iterator[str]:
        plan = column.plan
        conditions = [each for each in plan.when if holds(each, column, self.protocol) is not True]
        if conditions:
            yield self.said.say("soa.only_if", condition=self.phrases.all_of(conditions))
        yield from self._ends(plan.until)
        if plan.optional:
            yield self.said.say("soa.optional")
        if plan.yields_to:
            yield self.said.say("soa.yields", visit=self.phrases.name(plan.yields_to))
        if isinstance(plan.missed_after, Duration):
            yield self.said.say("soa.missed_after_days", duration=self.phrases.duration(plan.missed_after))
        elif plan.missed_after is not None:
            yield self.said.say("soa.missed_after", point=self.phrases.point(plan.missed_after))
        if plan.missed_never:
            yield self.said.say("soa.missed_never")
        if plan.moves is not None and (how := self.phrases.moves(plan.moves, self.phrases.name(plan.rule))):
            yield self.said.say("soa.moves", how=how)

    def _day(self, column: Column) -> Cell:
        return self._by_case(column.plan, self._day_of, self._rests_on_assumption(column.plan))

    def _day_of(self, plan: PlannedVisit) -> str:
        if isinstance(plan.at, Given) and plan.rule == self.protocol.study.anchor:
            return self.phrases.point(Label(LabelUnit.DAY, self.protocol.study.reckoning.number(LabelUnit.DAY, Offset()) or 0))
        return "" if plan.at is None else self.phrases.at(plan.at)

    def _window(self, column: Column) -> Cell:
        plan = column.plan
        assumed = bool(plan.assumed & {"window", "limits"})
        for case in plan.cases or (plan,):
            assumed |= case.window is not None and bool(window_conventions(case.window) & self.protocol.study.assumed)
            assumed |= any(map(self._is_assumed, window_points(case.window)))
        return self._by_case(plan, self._window_of, assumed, self._window_notes(plan))

    def _window_of(self, plan: PlannedVisit) -> str:
        said = self.phrases.window(plan.window) if plan.window is not None else ""
        return said or ("" if isinstance(plan.at, Given) else self.said.say("soa.not_stated"))

    def _window_notes(self, plan: PlannedVisit) -> Iterator[str]:
        for case in plan.cases or (plan,):
            if case.limits:
                yield self.said.say("soa.limits", limits=self._all(map(self.phrases.limit, case.limits)))
            if case.prefer is not None:
                yield self.said.say("soa.prefer", window=self.phrases.window(case.prefer))
            if case.allowance is not None:
                window = self.phrases.window(case.allowance.window)
                yield self.said.say("soa.allowance", window=window, reason=case.allowance.reason or "–")

    def _mode(self, column: Column) -> Cell:
        return self._by_case(column.plan, self._mode_of, "mode" in column.plan.assumed)

    def _mode_of(self, plan: PlannedVisit) -> str:
        return self.said.say(f"mode_short.{plan.mode.value}") if plan.mode else ""

    def _by_case(self, plan: PlannedVisit, say: Callable[[PlannedVisit], str], assumed: bool, notes: Iterable[str] = ()) -> Cell:
        """What a visit is like; where that hangs on the participant, all that it may be, and a footnote that says when."""
        values = list(dict.fromkeys(filter(None, map(say, plan.cases or (plan,)))))
        if len(values) > 1:
            cases = [(say(case), case.case) for case in plan.cases]
            said = [
                self.said.say("soa.case", value=value, condition=self.phrases.condition(when))
                if when
                else self.said.say("soa.case_otherwise", value=value)
                for value, when in cases
            ]
            notes = (*notes, self.said.say("soa.cases", cases=self.said.say("soa.case_join").join(said)))
        shown = self.said.say("expression.or").join(values)
        return Cell((shown,) if shown else (), self._notes(notes), self._mark(assumed and bool(shown)))

    # -- the other cells

    def _crossing(self, activity: Activity, column: Column) -> Cell:
        """X where an activity takes place at a visit, with what more there is to know of it."""
        there = takes_place(activity, column)
        decided = holds(activity.when, column, self.protocol) if activity.when is not None else True
        if there is False or decided is False:
            return Cell()
        notes = []
        if there is None:
            notes.append(self.said.say("soa.column_only", visits=activity.written.replace(" .. ", "–")))
        if activity.when is not None and decided is None:
            notes.append(self.said.say("soa.only_if", condition=self.phrases.condition(activity.when)))
        if activity.window is not None and (window := self.phrases.window(activity.window)):
            notes.append(self.said.say("soa.gate", window=window))
        if activity.times:
            notes.append(
                self.said.say("soa.times", times=self.said.say("expression.comma").join(map(self.phrases.time, activity.times)))
            )
        return Cell(("X",), self._notes(notes), self._mark(bool(activity.assumed & {"at", "when", "window", "times"})))

    def _period(self, period: PlannedPeriod) -> PeriodLine:
        conditions = [self.said.say("soa.only_if", condition=self.phrases.all_of(period.when))] if period.when else []
        label = self.said.text(period.label, period.id)
        end = self.phrases.end(period.end) if period.end is not None else self.said.say("soa.to_not_stated")
        points = [period.end.point] if period.end is not None else []
        return PeriodLine(
            label=Cell((uncounted(label),), self._notes([*conditions, *self._ends(period.until)])),
            kind=self.said.say(f"soa.kind_{period.kind.value}"),
            start=self._dated(self.phrases.point(period.start), "from" in period.assumed, [period.start]),
            end=self._dated(end, "to" in period.assumed, points),
        )

    def _dated(self, text: str, assumed: bool, points: Iterable[Point]) -> Cell:
        return Cell((text,), "", self._mark(assumed or any(map(self._is_assumed, points))))

    # -- what is assumed, and footnotes

    def _rests_on_assumption(self, plan: PlannedVisit) -> bool:
        ats = [case.at for case in plan.cases or (plan,)]
        conventions = frozenset[str]().union(*map(at_conventions, ats)) & self.protocol.study.assumed
        return "at" in plan.assumed or bool(conventions) or any(self._is_assumed(point) for at in ats for point in starts(at))

    def _is_assumed(self, point: Point) -> bool:
        """Whether a date is counted from one that is assumed, or by a convention that is."""
        if at_conventions(point) & self.protocol.study.assumed:
            return True
        events = (self.protocol.events.get(reference.name) for reference in references(point))
        return any(event is not None and "at" in event.assumed for event in events)

    def _mark(self, assumed: bool) -> str:
        return self.said.say("sheet.assumed_mark") if assumed else ""

    def _ends(self, ends: Iterable[Until]) -> Iterator[str]:
        points = [self.phrases.point(point) for until in ends for point in until.points]
        if points:
            yield self.said.say("soa.until", points=self.said.say("expression.or").join(dict.fromkeys(points)))

    def _all(self, texts: Iterable[str]) -> str:
        return self.said.say("expression.and").join(dict.fromkeys(texts))

    def _notes(self, texts: Iterable[str]) -> str:
        """The letters of some footnotes."""
        return ",".join(self._letters.setdefault(text, _letter(len(self._letters))) for text in dict.fromkeys(texts))


def _letter(number: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    first, second = divmod(number, 26)
    return (_letter(first - 1) if first else "") + chr(ord("a") + second)


# -- splitting


def _parts(head: tuple[Row, ...], rows: tuple[Row, ...], said: Words, room: int) -> tuple[Part, ...]:
    """The table in as many parts as it takes; the first column and the head are in each."""
    needed = [max(widths) for widths in zip(*map(_needed, head), strict=True)]
    cuts = list(_cut(head, needed, room))
    return tuple(
        _part(_title(head, place, len(cuts), cut, said), cut, head, rows, needed, room) for place, cut in enumerate(cuts, 1)
    )


def _part(title: str, cut: range, head: tuple[Row, ...], rows: tuple[Row, ...], needed: list[float], room: int) -> Part:
    own = [needed[number] for number in cut]
    stretch = min(_STRETCH, room / sum(own))
    return Part(
        title=title,
        widths=(FIRST, *(int(width * stretch) for width in own)),
        head=tuple(Row(row.label, tuple(_joined(row.cells[number] for number in cut))) for row in head),
        rows=tuple(Row(row.label, tuple(row.cells[number] for number in cut)) for row in rows),
    )


def _title(head: tuple[Row, ...], place: int, all: int, cut: range, said: Words) -> str:
    """Which part it is, from which visit to which; nothing where there is only one."""
    if all == 1:
        return ""
    visits = next(row for row in head if row.label == said.say("soa.visit"))
    first, last = (visits.cells[number].lines[-1] for number in (cut[0], cut[-1]))
    return said.say("soa.part_one" if first == last else "soa.part", number=place, all=all, first=first, last=last)


def _needed(row: Row) -> Iterator[float]:
    """How wide each column has to be, in points, for no word of a row to break and no text to take too many lines."""
    for cell in _joined(row.cells):
        characters: float = 0
        for line in cell.lines:
            longest = max(map(_wide, line.split())) if _is_spaced(line) else 2
            characters = max(characters, longest, _wide(line) / _LINES)
        own = min(max(characters / cell.span, _SHORTEST), _LONGEST)
        yield from [own * _CHARACTER + _BESIDE] * cell.span


def _is_spaced(text: str) -> bool:
    """Whether words have spaces between them; Chinese breaks anywhere."""
    return not any(unicodedata.east_asian_width(character) in "WF" for character in text)


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _cut(head: tuple[Row, ...], needed: list[float], room: int) -> Iterator[range]:
    """The columns of each part: whole epochs as long as they fit; one that alone is too wide is cut where the page ends."""
    first, used = 0, 0.0
    for epoch in _epochs(head[0].cells):
        whole = sum(needed[number] for number in epoch)
        if first < epoch[0] and used + whole > room and (whole <= room or used > _HALF * room):
            yield range(first, epoch[0])
            first, used = epoch[0], 0.0
        for number in epoch:
            if first < number and used + needed[number] > room:
                yield range(first, number)
                first, used = number, 0.0
            used += needed[number]
    yield range(first, len(needed))


def _epochs(cells: tuple[Cell, ...]) -> Iterator[list[int]]:
    """The columns that follow one another in the same epoch."""
    for _, same in groupby(range(len(cells)), key=lambda number: cells[number]):
        yield list(same)


def _joined(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Cells of the head in a row; those that say the same are one. A cell that says nothing stays alone."""
    for cell, same in groupby(cells):
        count = len(list(same))
        if cell.lines:
            yield replace(cell, span=count)
        else:
            yield from [cell] * count
