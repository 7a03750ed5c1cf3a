"""A site's roster, in words: who comes in the coming weeks, by date, with boxes to tick; who is in hospital. No names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.facts.records import Site
from scheduler.opendays.calendar import OpenDays
from scheduler.planning.load import Load, load, monday_of
from scheduler.planning.standing import days_left
from scheduler.planning.status import Item, status
from scheduler.protocol.records import PeriodKind, Protocol
from scheduler.schedule.blinded import blinded_facts
from scheduler.schedule.records import Schedule
from scheduler.views.identity import Identity, study_line
from scheduler.views.opendays import reasons, span, stretches
from scheduler.views.rows import PeriodRow, period_rows, visit_row
from scheduler.views.status import standing_of
from scheduler.views.words import Words, words

WEEKS = 4
_LISTED = 10  # procedures: of more, a roster only says how many there are


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A visit to expect. `alert` is what is not as it should be; what came of it is ticked by hand."""

    day: str
    time: str
    participant: str
    visit: str
    kind: str
    tasks: tuple[str, ...]
    note: str
    window: tuple[str, ...]
    state: str
    alert: str


@dataclass(frozen=True, slots=True)
class RosterWeek:
    """A week, what it holds, which of its days are not as on other weeks, and its visits by date."""

    title: str
    lines: tuple[str, ...]
    rows: tuple[RosterRow, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything a roster shows; `words` are the phrases that are the same on every one."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    days: str
    confidential: str
    blinded: str
    overdue: tuple[RosterRow, ...]
    weeks: tuple[RosterWeek, ...]
    to_book: tuple[RosterRow, ...]
    stays: tuple[PeriodRow, ...]
    has_assumptions: bool
    identity: str
    words: Mapping[str, str]


def roster(
    protocol: Protocol, site: Site, schedules: Iterable[Schedule], calendar: OpenDays, today: date, count: int, identity: Identity
) -> Roster:
    """The roster of so many weeks from a day on, in the site's language; `schedules` are those of the site's participants."""
    said = words(site.language)
    schedules = list(schedules)
    last = today + timedelta(7 * count - 1)
    found = status(schedules, {site.id: today}, (last - today).days)
    rows = {name: tuple(_row(item, site, said) for item in getattr(found, name)) for name in ("overdue", "to_book")}
    set_days = [*found.today, *found.coming]
    shown = [*found.overdue, *set_days, *found.to_book]
    return Roster(
        language=site.language,
        paper=site.paper.value,
        title=said.say("roster.title", site=said.text(site.name)),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        days=said.say("period.days", start=said.day(today), end=said.day(last)),
        confidential=said.say("roster.confidential"),
        blinded=said.say("worksheet.blinded") if blinded_facts([protocol]) else "",
        overdue=rows["overdue"],
        weeks=tuple(_weeks(set_days, load(schedules), site, calendar.in_language(site.language), (today, last), said)),
        to_book=rows["to_book"],
        stays=period_rows(schedules, {site.id: site}, said, today, last, (PeriodKind.STAY,)),
        has_assumptions=any(task.activity.assumed & _OF_TASK for item in shown for task in item.visit.tasks),
        identity=identity.said(said),
        words=said.fixed("roster", "staff"),
    )


_OF_TASK = frozenset(("at", "when", "window"))


def _weeks(
    items: list[Item], held: Load, site: Site, calendar: OpenDays, days: tuple[date, date], said: Words
) -> Iterator[RosterWeek]:
    """Every week that the roster reaches into, Monday first; the first and the last may be cut."""
    begins, last = days
    while begins <= last:
        ends = min(monday_of(begins) + timedelta(6), last)
        own = (item for item in items if item.day is not None and begins <= item.day <= ends)
        within = [begins + timedelta(number) for number in range((ends - begins).days + 1)]
        yield RosterWeek(
            title=span(begins, ends, said),
            lines=(*_special(calendar, within, said), *_beds(held, within, site.calendar.beds, said)),
            rows=tuple(_row(item, site, said) for item in own),
        )
        begins = ends + timedelta(1)


def _special(calendar: OpenDays, days: list[date], said: Words) -> Iterator[str]:
    """The days that are closed, or open, though in other weeks they are not."""
    for found in stretches((day, calendar.shown(day)) for day in days):
        yield said.say("roster.special", days=span(found.first, found.last, said), why=reasons(found.answer.reasons, said))


def _beds(held: Load, days: list[date], beds: int | None, said: Words) -> Iterator[str]:
    """The most beds that are taken on one of the days, and on which they are too few."""
    taken = {day: held[day].beds for day in days if day in held}
    most = max(taken.values(), default=0)
    if most:
        yield said.say("roster.beds", beds=most if beds is None else said.say("load.of", peak=most, beds=beds))
    over = [said.day(day) for day, count in taken.items() if beds is not None and count > beds]
    if over:
        yield said.say("load.over", days=said.say("date.list").join(over))


def _row(item: Item, site: Site, said: Words) -> RosterRow:
    row = visit_row(item.schedule, item.visit, {site.id: site}, said)
    return RosterRow(
        day=said.day(item.day) if item.day is not None else "",
        time=_time(item, said),
        participant=row.participant,
        visit=row.visit,
        kind=row.mode,
        tasks=row.tasks if len(row.tasks) <= _LISTED else (said.say("roster.many", count=len(row.tasks)),),
        note=row.note,
        window=(*_target(item, said), *filter(None, row.window)),
        state=_state(item, said),
        alert=said.say("roster.outside") if item.visit.outside else "",
    )


def _target(item: Item, said: Words) -> Iterator[str]:
    """The day to aim at, of a visit that has none yet."""
    visit = item.visit
    if item.day is None and visit.target is not None:
        mark = " " + said.say("staff.assumed_mark") if "at" in visit.assumed else ""
        yield said.say("roster.target", day=said.moment(visit.target)) + mark


def _time(item: Item, said: Words) -> str:
    """The clock time; where there is none, whether the day is booked, or planned by the record that dates the visit."""
    moment = item.visit.actual or item.visit.booked or (item.visit.target if item.day is not None else None)
    if moment is None:
        return ""
    return said.time(moment) or said.say("outcome.booked" if item.visit.booked else "staff.planned")


def _state(item: Item, said: Words) -> str:
    """Where it stands, and how many days its window is still open, whether or not it is booked."""
    state = standing_of(item, said)
    left = days_left(item.visit, item.today) if item.day is not None and item.standing.stand.is_expected else None
    if left is None or (item.visit.opens is None and item.visit.closes is None):
        return state
    return said.say("date.list").join([state, said.say("status.left", days=said.days(left))])
