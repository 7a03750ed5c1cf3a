"""A participant's months, in words: visits and stays on their days, the days that can still be chosen, the days the site is closed.

One page for each month that holds something, from the month of a day on. What nobody has arranged is no appointment here either: it is a
letter on every day of its window on which such a visit is held, and a line under the month says what the letter stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import day_of
from scheduler.language.syntax import EndKind
from scheduler.opendays.calendar import Answer, Cause, OpenDays
from scheduler.protocol.records import Mode, PeriodKind
from scheduler.schedule.records import Applies, Period, Schedule, Visit
from scheduler.views.opendays import reason
from scheduler.views.papers import is_planned, is_shown
from scheduler.views.rows import lasts
from scheduler.views.sheet import (
    Number,
    allowed_days,
    anchor_line,
    assumed_mark,
    day_at,
    goes_on,
    has_passed,
    hospital,
    in_order_of_days,
    numbers,
)
from scheduler.views.words import Words, words

# Where a week does not begin on Monday: CLDR 47, supplemental week data
_SUNDAY = frozenset(
    "AG AO AS BD BR BS BT BW BZ CA CO CV DM DO ET GT GU GW HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT "
    "PY SA SG ST SV TH TL TT TW UM US VE VI WS YE ZA ZW".split()
)
_SATURDAY = frozenset("AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY".split())
_FRIDAY = frozenset(("MV",))

_MOST = 3_700  # days: what is longer is a slip of the finger
_PLAIN = (Cause.WEEKDAY, Cause.WEEKEND)
_BARS = (PeriodKind.STAY, PeriodKind.TREATMENT, PeriodKind.REST)
_ELSEWHERE = (Mode.TELEPHONE, Mode.HOME, Mode.REMOTE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit on its day. `kind` is how it is drawn: "set" (booked or planned), "over", "open" (to be arranged), "aim" (the best day)."""

    kind: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day; one without a number fills the first or the last week of a month and holds nothing."""

    number: str
    closed: bool
    provisional: bool
    notes: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """So many days beside each other, and the bar over them. `kind` is "stay", "window", or empty; `begins` and `ends` say where it is whole."""

    days: int
    kind: str
    text: str
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, and the bars below them: rows of cells that are seven days together."""

    days: tuple[Day, ...]
    bars: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """What a letter, or a way of drawing, stands for. `kind` is that of an entry or a bar, or "closed", or "provisional"."""

    kind: str
    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its weeks, what its letters stand for, its signs, and what is to be kept in mind in it."""

    title: str
    weeks: tuple[Week, ...]
    letters: tuple[Sign, ...]
    signs: tuple[Sign, ...]
    reminders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Months:
    """Everything the months show. `mark` and `footer` stand on every page, `notes` once."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    participant: str
    hospital: tuple[str, ...]
    ring: str
    numbers: tuple[Number, ...]
    anchor: str
    weekdays: tuple[str, ...]
    months: tuple[Month, ...]
    notes: tuple[str, ...]
    has_assumptions: bool
    mark: str
    footer: str
    words: Mapping[str, str]


def months(schedule: Schedule, site: Site, calendar: OpenDays, today: date, issued_at: datetime) -> Months:
    """The months of one participant from that of a day on, in the participant's language; `calendar` names holidays in it."""
    said = words(schedule.participant.language)
    study = schedule.protocol.study
    shown = in_order_of_days(schedule)
    board = _Board(schedule, calendar, today, said)
    for visit in shown:
        board.add_visit(visit)
    for period in schedule.periods:
        board.add_period(period)
    begins = week_begins(site.country, schedule.participant.language)
    firsts = board.firsts()
    made = tuple(board.month(first, begins) for first in firsts)
    assumed = said.say("sheet.assumed_mark")
    return Months(
        language=schedule.participant.language,
        paper=site.paper.value,
        title=said.say("months.title"),
        notice=said.text(study.notice),
        study=" · ".join(filter(None, [study.id, study.registry])),
        participant=schedule.participant.id,
        hospital=hospital(site, said),
        ring=said.say("months.ring" if schedule.participant.left is None else "sheet.ring"),
        numbers=numbers(site, said),
        anchor=anchor_line(schedule, said, "months.anchor"),
        weekdays=tuple(said.weekday(_MONDAY + timedelta((begins + number) % 7)) for number in range(7)),
        months=made,
        notes=tuple(filter(None, _notes_on(schedule, board, firsts, said))),
        has_assumptions=any(assumed in text for month in made for text in _texts(month)),
        mark=" · ".join([said.say("months.title"), schedule.participant.id]),
        footer=said.say(
            "months.footer", study=study.id, version=study.protocol_version or "-", issued=day_at(issued_at, site, said)
        ),
        words=said.fixed("months", "sheet"),
    )


_MONDAY = date(2024, 1, 1)


def _notes_on(schedule: Schedule, board: _Board, firsts: Sequence[date], said: Words) -> Iterator[str]:
    """What is said once: what has no day, what follows, which months are left out; of the dead only that this is not used any more."""
    left = schedule.participant.left
    if left is not None and left.died is not None:
        yield said.say("sheet.no_longer_used")
        return
    yield from board.notes(in_order_of_days(schedule))
    yield goes_on(schedule, said)
    yield from _left_out(firsts, said)


def _left_out(firsts: Sequence[date], said: Words) -> Iterator[str]:
    """That there are months between without anything, or no months at all."""
    if not firsts:
        yield said.say("months.nothing")
    elif any(_last(one) + timedelta(1) != other for one, other in pairwise(firsts)):
        yield said.say("months.without_months")


def week_begins(country: str, language: str) -> int:
    """The day on which a week begins in a country, else in the country of a language (en-US), from Monday as 0."""
    country = country or language.rpartition("-")[2]
    return 6 if country in _SUNDAY else 5 if country in _SATURDAY else 4 if country in _FRIDAY else 0


class _Bar(NamedTuple):
    """Days in a row, or with gaps, and what is said over them."""

    kind: str
    text: str
    days: frozenset[date]
    ends: bool


class _Board:
    """What stands on which day, while it is gathered."""

    def __init__(self, schedule: Schedule, calendar: OpenDays, today: date, said: Words) -> None:
        self.schedule = schedule
        self.calendar = calendar
        self.today = today
        self.said = said
        self._from = today.replace(day=1)
        self._entries: dict[date, list[Entry]] = {}
        self._bars: list[_Bar] = []
        self._reminders: list[tuple[date, date | None, str]] = []
        self._windows: list[tuple[date, date, Sign]] = []
        self._firsts: set[date] = set()

    # -- visits

    def add_visit(self, visit: Visit) -> None:
        """A visit on its day; one that is to be arranged on all its days."""
        entry, day = self._settled(visit)
        if entry is not None and day is not None:
            self._put(day, entry)
        elif not visit.over and not visit.waits and not visit.empty and not has_passed(visit, self.today):
            self._to_arrange(visit)

    def _settled(self, visit: Visit) -> tuple[Entry | None, date | None]:
        """A visit that has a day of its own, on that day."""
        said, day = self.said, visit.actual or visit.booked or visit.day
        if day is None:
            return None, None
        if visit.actual is not None:
            return self._entry("over", visit, said.say("months.done")), day_of(day)
        if visit.outcome is Outcome.MISSED:
            return self._entry("over", visit, said.say("months.missed")), day_of(day)
        if visit.cancelled:
            return (self._entry("over", visit, said.say("months.cancelled")), day_of(day)) if visit.booked else (None, None)
        where = said.say(f"mode.{visit.plan.mode.value}") if visit.plan.mode in _ELSEWHERE and visit.plan.mode else ""
        if visit.booked is not None:
            return self._entry("set", visit, said.time(day), where), day_of(day)
        if is_planned(visit):
            text = said.say("months.planned") + (assumed_mark(said) if "at" in visit.assumed else "")
            return self._entry("set", visit, text, said.time(day), where), day_of(day)
        return None, None

    def _entry(self, kind: str, visit: Visit, *lines: str) -> Entry:
        undecided = visit.applies is Applies.UNDECIDED and kind != "over"
        more = self.said.say("months.if_needed") if undecided else ""
        return Entry(kind, self.said.visit(visit.plan), tuple(filter(None, (*lines, more))))

    def _to_arrange(self, visit: Visit) -> None:
        """A visit that nobody has arranged: on the days of its window on which it can be, else on the day that the protocol aims at."""
        said = self.said
        aim = None if visit.target is None or visit.day != visit.target else day_of(visit.target)
        if visit.opens is None or visit.closes is None or visit.opens == visit.closes:
            day = visit.opens if visit.opens is not None and visit.opens == visit.closes else visit.day
            if day is not None:
                text = said.say("months.to_be_arranged") + (assumed_mark(said) if visit.assumed & {"at", "window"} else "")
                self._put(day_of(day), self._entry("open", visit, text))
            return
        first, last = day_of(visit.opens), day_of(visit.closes)
        if last < self._from:
            return
        letter = _letter(len(self._windows))
        name = said.visit(visit.plan)
        held = {day for day in _days(first, last) if self.calendar.for_visit(day, visit.plan.mode).is_open}
        self._bars.append(_Bar("window", said.say("months.letter", letter=letter, name=name), frozenset(held), ends=True))
        self._firsts.update(_first(day) for day in _days(first, last))
        if aim in held and aim is not None:
            self._put(aim, Entry("aim", said.say("months.aim", letter=letter), ()))
        lines = [
            said.say("staff_calendar.space").join(allowed_days(visit, said)),
            *([said.say("months.if_needed")] if visit.applies is Applies.UNDECIDED else []),
        ]
        text = said.say("months.window", name=name, days=said.say("date.list").join(lines))
        self._windows.append((first, last, Sign("window", letter, text)))

    def _put(self, day: date, entry: Entry) -> None:
        self._entries.setdefault(day, []).append(entry)
        self._firsts.add(_first(day))

    # -- periods

    def add_period(self, period: Period) -> None:
        """A stay, a treatment or a rest as a bar over its days; a restriction as a line."""
        if not is_shown(period, self.schedule) or period.start is None or period.empty:
            return
        first, last = day_of(period.start), day_of(period.end) if period.end is not None else None
        assumed = assumed_mark(self.said) if {"from", "to"} & period.assumed else ""
        if period.plan.kind is PeriodKind.RESTRICTION:
            days = self.said.stretch(period.start, period.end, period.end_kind) + assumed
            self._reminders.append((first, last, self.said.say("months.reminder", name=self.said.period(period.plan), days=days)))
        elif period.plan.kind in _BARS:
            over = frozenset(_days(first, last or first))
            self._bars.append(_Bar("stay", self._period(period) + assumed, over, not self._may_be_longer(period)))
            stays = period.plan.kind is PeriodKind.STAY
            self._firsts.update(map(_first, over if stays else (first, last or first)))

    def _period(self, period: Period) -> str:
        """What a period is called, and how sure its days are."""
        name, more = self.said.period(period.plan), []
        if period.applies is Applies.UNDECIDED:
            more.append(self.said.say("months.if_needed"))
        elif not period.certain:
            more.append(self.said.say("months.planned"))
        if self._may_be_longer(period):
            more.append(self.said.say("months.longer"))
        return self.said.say("months.more", name=name, more=self.said.say("date.list").join(more)) if more else name

    def _may_be_longer(self, period: Period) -> bool:
        """Whether its last day is not known yet, or is to come and only the least it can be."""
        is_open = period.end is None or period.end_kind is EndKind.AT_LEAST
        return is_open and not period.over and lasts(period, self.schedule, self.today)

    # -- months

    def firsts(self) -> list[date]:
        """The first days of the months that hold something, from the month of today on."""
        return sorted(first for first in self._firsts if first >= self._from)

    def month(self, first: date, begins: int) -> Month:
        """One month."""
        last = _last(first)
        weeks = tuple(self._week(days, first, last) for days in _weeks(first, last, begins))
        return Month(
            title=self.said.month(first),
            weeks=weeks,
            letters=tuple(sign for opens, closes, sign in self._windows if opens <= last and closes >= first),
            signs=tuple(self._signs(weeks)),
            reminders=tuple(text for start, end, text in self._reminders if start <= last and (end is None or end >= first)),
        )

    def _week(self, days: Sequence[date], first: date, last: date) -> Week:
        own = [day if first <= day <= last else None for day in days]
        return Week(tuple(map(self._day, own)), tuple(_rows(own, self._bars)))

    def _day(self, day: date | None) -> Day:
        if day is None:
            return Day("", closed=False, provisional=False, notes=(), entries=())
        answer = self.calendar.on(day)
        return Day(
            number=str(day.day),
            closed=not answer.is_open,
            provisional=answer.provisional,
            notes=tuple(_notes(answer, self.said)),
            entries=tuple(self._entries.get(day, ())),
        )

    def _signs(self, weeks: Iterable[Week]) -> Iterator[Sign]:
        """The ways of drawing that a month makes use of."""
        weeks = list(weeks)
        days = [day for week in weeks for day in week.days]
        kinds = {entry.kind for day in days for entry in day.entries} | {
            cell.kind for week in weeks for row in week.bars for cell in row
        }
        kinds |= {"closed"} if any(day.closed for day in days) else set()
        kinds |= {"provisional"} if any(day.provisional for day in days) else set()
        for kind in ("set", "open", "window", "closed", "provisional"):
            if kind in kinds:
                yield Sign(kind, "", self.said.say(f"months.sign_{kind}"))

    # -- what has no day

    def notes(self, shown: Iterable[Visit]) -> Iterator[str]:
        """What cannot stand on a day: what waits, what cannot be any more, what nobody has arranged in time."""
        said, waiting = self.said, dict[str, list[str]]()
        for visit in shown:
            name = said.visit(visit.plan)
            if visit.over or visit.booked is not None:
                continue
            if has_passed(visit, self.today):
                yield said.say("months.note", name=name, what=said.say("sheet.passed"))
            elif visit.waits:
                waiting.setdefault(said.awaited(visit.waits, self.schedule.protocol_of(visit)), []).append(name)
            elif visit.empty:
                yield said.say("months.note", name=name, what=said.say("sheet.no_day"))
        for awaited, names in waiting.items():
            yield said.say("months.waits", awaited=awaited, names=said.say("date.list").join(names))


def _notes(answer: Answer, said: Words) -> Iterator[str]:
    """What is special about a day, once each."""
    yield from dict.fromkeys(text for why in answer.reasons if why.cause not in _PLAIN and (text := reason(why, said)))


def _rows(days: Sequence[date | None], bars: Iterable[_Bar]) -> Iterator[tuple[Cell, ...]]:
    """The bars of a week in as few rows as hold them, those that begin first at the top; a row is a cell for each bar and each free day."""
    rows: list[list[tuple[int, int, _Bar]]] = []
    parts = sorted(
        ((first, last, bar) for bar in bars for first, last in _parts(days, bar.days)), key=lambda part: (part[2].kind, part[0])
    )
    for first, last, bar in parts:
        row = next((row for row in rows if all(last < begin or end < first for begin, end, _ in row)), None)
        if row is None:
            rows.append(row := [])
        row.append((first, last, bar))
    return (tuple(_cells(days, sorted(row, key=lambda part: part[0]))) for row in rows)


def _parts(days: Sequence[date | None], held: frozenset[date]) -> Iterator[tuple[int, int]]:
    """The stretches of a week's days that are among some, as the places of their first and last."""
    begin = None
    for place, day in enumerate((*days, None)):
        if day in held and begin is None:
            begin = place
        elif day not in held and begin is not None:
            yield begin, place - 1
            begin = None


def _cells(days: Sequence[date | None], parts: Iterable[tuple[int, int, _Bar]]) -> Iterator[Cell]:
    free = Cell(1, "", "", begins=False, ends=False)
    place = 0
    for first, last, bar in parts:
        yield from (free for _ in range(first - place))
        begin, end = days[first], days[last]
        assert begin is not None
        assert end is not None
        is_last = end + timedelta(1) not in bar.days
        yield Cell(
            days=last - first + 1,
            kind=bar.kind,
            text=bar.text,
            begins=begin - timedelta(1) not in bar.days,
            ends=is_last and (bar.ends or end != max(bar.days)),
        )
        place = last + 1
    yield from (free for _ in range(7 - place))


def _weeks(first: date, last: date, begins: int) -> Iterator[list[date]]:
    """The weeks that a month reaches into."""
    day = first - timedelta((first.weekday() - begins) % 7)
    while day <= last:
        yield [day + timedelta(number) for number in range(7)]
        day += timedelta(7)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(number) for number in range(min((last - first).days + 1, _MOST)))


def _first(day: date) -> date:
    return day.replace(day=1)


def _last(first: date) -> date:
    """The last day of a month."""
    return _first(first + timedelta(31)) - timedelta(1)


def _letter(number: int) -> str:
    """A to Z, then AA."""
    first, second = divmod(number, 26)
    return (_letter(first - 1) if first else "") + chr(ord("A") + second)


def _texts(month: Month) -> Iterator[str]:
    """Where an assumption may be marked."""
    yield from month.reminders
    yield from (sign.text for sign in month.letters)
    for week in month.weeks:
        yield from (cell.text for row in week.bars for cell in row)
        yield from (line for day in week.days for entry in day.entries for line in entry.lines)
