"""A cohort's timeline: a lane for each participant, its visits, windows and stays as days counted from the first that is drawn.

Drawn is from a year before the day it is made for to two years after it, as far as there is anything; a lane says how many visits come
before and after. Nothing here knows how long a day is on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import day_of
from scheduler.language.syntax import Given
from scheduler.planning.standing import standing
from scheduler.protocol.records import PeriodKind, Protocol
from scheduler.schedule.blinded import blinded_facts
from scheduler.schedule.records import Period, Schedule, Visit
from scheduler.views.identity import study_line
from scheduler.views.words import Words, words

_BEFORE, _AFTER = 12, 24  # months before and after the month of the day it is made for
_SIGNS = ("anchor", "done", "booked", "planned", "missed", "window", "stay", "left")


@dataclass(frozen=True, slots=True)
class Mark:
    """A visit on its day. `kind` is "anchor", "done", "booked", "planned" or "missed"; "left" is the day somebody left the study."""

    kind: str
    day: int
    title: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stay or a window, from its first day to its last, both included."""

    kind: str
    first: int
    last: int
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One participant. `before` and `after` are how many visits lie outside what is drawn."""

    participant: str
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """The participants of one site."""

    site: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a month; `year` stands over the first month of each."""

    day: int
    month: str
    year: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything a timeline shows: so many `days`, numbered from 0, `today` being one of them."""

    language: str
    title: str
    about: str
    notice: str
    study: str
    blinded: str
    days: int
    today: int
    today_line: str
    ticks: tuple[Tick, ...]
    sites: tuple[Lanes, ...]
    signs: tuple[tuple[str, str], ...]


def timeline(
    protocol: Protocol, schedules: Iterable[Schedule], sites: Mapping[str, Site], today: date, language: str
) -> Timeline:
    """The timeline of participants around a day, by site."""
    said = words(language)
    schedules = list(schedules)
    first, last = _range(schedules, today)
    lanes = {
        id: tuple(_lane(each, today, first, last, said) for each in schedules if each.participant.site == id) for id in sites
    }
    made = tuple(Lanes(said.text(sites[id].name), each) for id, each in lanes.items() if each)
    drawn = [lane for site in made for lane in site.lanes]
    kinds = {mark.kind for lane in drawn for mark in lane.marks} | {span.kind for lane in drawn for span in lane.spans}
    return Timeline(
        language=language,
        title=said.say("timeline.title"),
        about=said.say("timeline.about", count=len(schedules), first=said.day(first), last=said.day(last)),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        blinded=said.say("worksheet.blinded") if blinded_facts([protocol]) else "",
        days=(last - first).days + 1,
        today=(today - first).days,
        today_line=said.day(today),
        ticks=tuple(_ticks(first, last, said)),
        sites=made,
        signs=tuple((kind, _sign(kind, protocol, said)) for kind in _SIGNS if kind in kinds),
    )


def parts(view: Timeline, most: int) -> tuple[Timeline, ...]:
    """The timeline cut into parts of so many lines, of which a site's name is one; each site goes on under its name."""
    found: list[list[Lanes]] = [[]]
    left = most
    for site in view.sites:
        lanes = list(site.lanes)
        while lanes:
            if left < 2:  # a name alone is no use
                found.append([])
                left = most
            taken, lanes = lanes[: left - 1], lanes[left - 1 :]
            found[-1].append(replace(site, lanes=tuple(taken)))
            left -= len(taken) + 1
    return tuple(replace(view, sites=tuple(sites)) for sites in found)


def _range(schedules: Iterable[Schedule], today: date) -> tuple[date, date]:
    """The first and the last day drawn: whole months, of which the one of today is always among."""
    days = [day for schedule in schedules for item in schedule.items for day in _days_of(item)]
    first = max(min([*days, today]), _months_from(today, -_BEFORE))
    last = min(max([*days, today]), _months_from(today, _AFTER + 1) - timedelta(1))
    return first.replace(day=1), _months_from(last, 1) - timedelta(1)


def _days_of(item: Visit | Period) -> Iterator[date]:
    moments = (_day(item), item.closes) if isinstance(item, Visit) else (item.start, item.end)
    if not item.applies.shown or (isinstance(item, Period) and item.plan.kind is not PeriodKind.STAY):
        return
    yield from (day_of(moment) for moment in moments if moment is not None)


def _day(visit: Visit) -> date | None:
    """The day a visit is drawn on; None when it is not drawn."""
    if not visit.applies.shown or visit.part_of or visit.cancelled or visit.day is None:
        return None
    return day_of(visit.day)


def _lane(schedule: Schedule, today: date, first: date, last: date, said: Words) -> Lane:
    dated = [(day, visit) for visit in schedule.visits if (day := _day(visit)) is not None]
    marks = [
        Mark(_kind(visit, schedule), (day - first).days, _title(schedule, visit, day, today, said))
        for day, visit in dated
        if first <= day <= last
    ]
    left = schedule.participant.left
    if left is not None and first <= left.day <= last:
        marks.append(Mark("left", (left.day - first).days, f"{schedule.participant.id} · {said.left(left)}"))
    before, after = sum(day < first for day, _ in dated), sum(day > last for day, _ in dated)
    return Lane(
        participant=schedule.participant.id,
        spans=tuple(_spans(schedule, first, last, said)),
        marks=tuple(sorted(marks, key=lambda mark: mark.day)),
        before=said.say("timeline.more", count=before) if before else "",
        after=said.say("timeline.more", count=after) if after else "",
    )


def _kind(visit: Visit, schedule: Schedule) -> str:
    if visit.outcome is Outcome.MISSED and visit.actual is None:
        return "missed"
    if visit.actual is not None:
        return "anchor" if visit.id == schedule.protocol.study.anchor else "done"
    return "booked" if visit.booked is not None else "planned"


def _title(schedule: Schedule, visit: Visit, day: date, today: date, said: Words) -> str:
    stand = (
        said.standing(standing(visit, today)) if not isinstance(visit.plan.at, Given) or visit.over else said.say("staff.planned")
    )
    return " · ".join([schedule.participant.id, said.visit(visit.plan), said.day(day), stand])


def _spans(schedule: Schedule, first: date, last: date, said: Words) -> Iterator[Span]:
    """The windows of visits that are to come, then the stays, cut to what is drawn."""
    code = schedule.participant.id
    found = [
        ("window", day_of(visit.opens), day_of(visit.closes), said.visit(visit.plan))
        for visit in schedule.visits
        if visit.applies.shown and not visit.part_of and not visit.over and visit.opens is not None and visit.closes is not None
    ]
    found += [
        ("stay", day_of(period.start), day_of(period.end or period.start), said.period(period.plan))
        for period in schedule.periods
        if period.plan.kind is PeriodKind.STAY and period.applies.shown and period.start is not None
    ]
    for kind, begin, end, name in found:
        if begin <= end and begin <= last and end >= first:
            days = said.say("period.days", start=said.day(begin), end=said.day(end))
            yield Span(kind, (max(begin, first) - first).days, (min(end, last) - first).days, f"{code} · {name} · {days}")


def _ticks(first: date, last: date, said: Words) -> Iterator[Tick]:
    names = said.say("timeline.months").split()
    day, year = first, 0
    while day <= last:
        following = _months_from(day, 1)
        begins = day.year != year and (following.year == day.year or following > last)  # over one month there is no room
        yield Tick((day - first).days, names[day.month - 1], str(day.year) if begins else "")
        day, year = following, day.year


def _sign(kind: str, protocol: Protocol, said: Words) -> str:
    if kind == "anchor":
        return said.say("timeline.anchor", name=said.name(protocol.study.anchor, protocol))
    return said.say(f"timeline.{kind}")


def _months_from(day: date, months: int) -> date:
    """The first day of the month so many months from a day's."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)
