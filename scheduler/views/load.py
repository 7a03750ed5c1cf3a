"""Beds and visits of the coming weeks, in words: a row for each week, a cell for each site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.facts.records import Site
from scheduler.planning.load import WeekLoad, load, monday_of, weeks
from scheduler.schedule.records import Schedule
from scheduler.views.words import Words

WEEKS = 12


@dataclass(frozen=True, slots=True)
class LoadTable:
    """A heading for each site, and for each week its Monday and a cell for each site, of lines; empty where nothing is on."""

    title: str
    sites: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


def load_table(schedules: Iterable[Schedule], sites: Mapping[str, Site], today: Mapping[str, date], said: Words) -> LoadTable:
    """The coming weeks from the one that a site's day lies in; of several sites, the earliest."""
    schedules = list(schedules)
    first = monday_of(min(today.values()))
    columns = []
    for id, site in sites.items():
        own = [schedule for schedule in schedules if schedule.participant.site == id]
        beds = site.calendar.beds
        columns.append([_cell(week, beds, said) for week in weeks(load(own), first, WEEKS, beds)])
    mondays = [said.day(first + timedelta(7 * number)) for number in range(WEEKS)]
    return LoadTable(
        title=said.say("load.title", weeks=WEEKS),
        sites=tuple(said.text(site.name) for site in sites.values()),
        rows=tuple(zip(mondays, zip(*columns, strict=True), strict=True)) if columns else (),
    )


def _cell(week: WeekLoad, beds: int | None, said: Words) -> tuple[str, ...]:
    if not (week.booked or week.expected or week.peak):
        return ()
    peak = str(week.peak) if beds is None else said.say("load.of", peak=week.peak, beds=beds)
    line = said.say("load.cell", visits=week.booked + week.expected, booked=week.booked, beds=peak)
    over = said.say("date.list").join(map(said.day, week.over))
    return (line, said.say("load.over", days=over)) if over else (line,)
