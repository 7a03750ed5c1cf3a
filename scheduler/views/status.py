"""One day's lists in words: overdue, today, the coming days, to book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scheduler.facts.records import Site
from scheduler.planning.standing import Stand, days_left
from scheduler.planning.status import Item, Status
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Applies, Schedule
from scheduler.views.attention import Attention
from scheduler.views.identity import Identity, study_line
from scheduler.views.rows import PeriodRow, VisitRow, period_rows, provisional, visit_row
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list, under its title."""

    title: str
    rows: tuple[VisitRow, ...]


@dataclass(frozen=True, slots=True)
class StatusPage:
    """One day's lists, of a site or of the whole study."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    today: str
    with_site: bool
    attention: tuple[Attention, ...]
    lists: tuple[StatusList, ...]
    stays: tuple[PeriodRow, ...]
    to_book: str
    identity: str
    say: Words


def status_page(
    protocol: Protocol,
    found: Status,
    schedules: Iterable[Schedule],
    sites: Mapping[str, Site],
    today: Mapping[str, date],
    days: int,
    attention: Iterable[Attention],
    identity: Identity,
    to_book: str = "",
) -> StatusPage:
    """The lists of the sites, in the language of the one site, else of the study; `to_book` is the file with the rows to fill in."""
    one = next(iter(sites.values())) if len(sites) == 1 else None
    language = one.language if one else protocol.study.language
    said = words(language)
    until = max(today.values(), default=date.min) + timedelta(days)
    return StatusPage(
        language=language,
        paper=one.paper.value if one else "A4",
        title=" · ".join([said.say("status.title"), *([said.text(one.name)] if one else [])]),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        today=today_line(today, said),
        with_site=one is None,
        attention=tuple(attention),
        lists=status_lists(found, sites, days, said),
        stays=tuple(row for each in schedules for row in period_rows([each], sites, said, today[each.participant.site], until)),
        to_book=said.say("status.to_book_note", file=to_book) if to_book and found.to_book else "",
        identity=identity.said(said),
        say=said,
    )


def today_line(today: Mapping[str, date], said: Words) -> str:
    """What day it is: two of them, while it is tomorrow already at some site."""
    return said.say("staff.today", date=said.say("date.list").join(said.day(day) for day in sorted(set(today.values()))))


def status_lists(found: Status, sites: Mapping[str, Site], days: int, said: Words) -> tuple[StatusList, ...]:
    """Every list but that of what comes later."""
    titles = {
        "overdue": said.say("status.overdue"),
        "today": said.say("status.today"),
        "coming": said.say("status.coming", days=said.days(days)),
        "to_book": said.say("status.to_book"),
    }
    return tuple(StatusList(title, status_rows(getattr(found, name), sites, said)) for name, title in titles.items())


def status_rows(items: Iterable[Item], sites: Mapping[str, Site], said: Words) -> tuple[VisitRow, ...]:
    """Visits in words, with where they stand."""
    return tuple(
        replace(visit_row(item.schedule, item.visit, sites, said), state=standing_of(item, said), why="") for item in items
    )


def standing_of(item: Item, said: Words) -> str:
    """Where a visit stands, in words; how many days its window is still open; what its site should have recorded by now."""
    parts = [said.standing(item.standing)]
    if item.standing.stand is Stand.MISSED and not item.visit.over:
        parts = [said.say("standing.counts_as_missed")]
    if item.day is not None and item.day < item.today and not item.visit.over:
        parts.append(said.say("standing.unrecorded", day=said.day(item.day)))
    if item.visit.applies is Applies.UNDECIDED:
        names = said.names(item.visit.why.undecided, item.schedule.protocol_of(item.visit))
        parts.append(said.say("staff.undecided", names=names))
    left = days_left(item.visit, item.today) if item.day is None and item.standing.stand.is_expected else None
    if left is not None:
        parts.append(said.say("status.left", days=said.days(left)))
    return said.say("date.list").join(parts + provisional(item.schedule, item.visit, said))
