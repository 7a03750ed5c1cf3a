"""The study page, in words: what moved, what to look at, who comes when, what waits, what is assumed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.facts.records import Site
from scheduler.planning.standing import standing
from scheduler.planning.status import Item, is_late, status
from scheduler.planning.touched import Touched
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Schedule, Visit
from scheduler.views.attention import Attention
from scheduler.views.changes import Moved
from scheduler.views.identity import Identity, study_line
from scheduler.views.load import LoadTable, load_table
from scheduler.views.moved import ChangeRow, change_rows, utc
from scheduler.views.rows import (
    PeriodRow,
    VisitRow,
    WaitingRow,
    day_of_visit,
    going_on_rows,
    in_order_of_days,
    period_rows,
    site_name,
    visit_row,
    waiting_rows,
    window_lines,
)
from scheduler.views.status import StatusList, standing_of, status_lists, today_line
from scheduler.views.timeline import Timeline, timeline
from scheduler.views.touched import touched_lines
from scheduler.views.words import Words, words

SOON = 14  # days: how far the lists look ahead


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """One participant: where the papers are, and what comes next."""

    id: str
    site: str
    next: str
    sheet: str
    calendar: str
    months: str
    stale: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """A rule with something the protocol does not say."""

    what: str
    rule: str
    keys: str


@dataclass(frozen=True, slots=True)
class StudyPage:
    """The page that links everything."""

    language: str
    title: str
    notice: str
    study: str
    today: str
    attention: tuple[Attention, ...]
    lists: tuple[StatusList, ...]
    load: LoadTable
    timeline: Timeline
    later: tuple[VisitRow, ...]
    waiting: tuple[WaitingRow, ...]
    stays: tuple[PeriodRow, ...]
    participants: tuple[ParticipantRow, ...]
    sites: tuple[tuple[str, str], ...]
    changes: tuple[ChangeRow, ...]
    calendars: tuple[tuple[str, ...], ...]
    assumptions: tuple[Assumption, ...]
    notes: tuple[str, ...]
    identity: str
    say: Words


def study_page(
    protocol: Protocol,
    schedules: Iterable[Schedule],
    sites: Mapping[str, Site],
    links: Mapping[str, tuple[str, str, str]],
    moved: Mapping[str, Moved],
    stale: Collection[str],
    touched: Mapping[str, tuple[datetime, Touched]],
    attention: Iterable[Attention],
    identity: Identity,
    today: Mapping[str, date],
) -> StudyPage:
    """The study page on the day each site has.

    `links` are each participant's sheet, calendar and months, where they have been issued; `moved` is what moved last in each one's papers;
    `stale` are those whose dates moved and whose papers were not issued again; `touched` is what each site's calendar touched when it
    last changed, and since when.
    """
    language = protocol.study.language
    said = words(language)
    schedules = list(schedules)
    _, waiting = in_order_of_days(schedules)
    found = status(schedules, today, SOON)
    return StudyPage(
        language=language,
        title=said.say("staff.title"),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        today=today_line(today, said),
        attention=tuple(attention),
        lists=status_lists(found, sites, SOON, said),
        load=load_table(schedules, sites, today, said),
        timeline=timeline(protocol, schedules, sites, max(today.values()), language),
        later=tuple(visit_row(item.schedule, item.visit, sites, said) for item in found.later),
        waiting=waiting_rows(waiting, sites, said) + going_on_rows(schedules, sites, said),
        stays=tuple(row for each in schedules for row in period_rows([each], sites, said, today[each.participant.site])),
        participants=tuple(_participant_row(schedule, sites, links, stale, today, said) for schedule in schedules),
        sites=tuple((site.id, said.text(site.name)) for site in sites.values()),
        changes=change_rows(moved.values(), schedules, protocol, said),
        calendars=tuple(_calendar_lines(since, each, sites[site], said) for site, (since, each) in touched.items()),
        assumptions=_assumptions(protocol, said),
        notes=tuple(said.text(note) for note in protocol.notes),
        identity=identity.said(said),
        say=said,
    )


def _calendar_lines(since: datetime, touched: Touched, site: Site, said: Words) -> tuple[str, ...]:
    return (*touched_lines(touched, site, said), said.say("touched.since", since=utc(since, said)))


def _participant_row(
    schedule: Schedule,
    sites: Mapping[str, Site],
    links: Mapping[str, tuple[str, str, str]],
    stale: Collection[str],
    today: Mapping[str, date],
    said: Words,
) -> ParticipantRow:
    dated, _ = in_order_of_days([schedule])
    coming = [visit for _, visit in dated if not visit.over and visit.day is not None]
    following = coming[0] if coming else None
    left = schedule.participant.left
    sheet, calendar, months = links.get(schedule.participant.id, ("", "", ""))
    return ParticipantRow(
        id=schedule.participant.id,
        site=site_name(schedule, sites, said),
        next=said.say("staff.left", left=said.left(left))
        if left
        else _next(schedule, following, today, said)
        if following
        else "",
        sheet=sheet,
        calendar=calendar,
        months=months,
        stale=said.say("staff.stale") if schedule.participant.id in stale else "",
    )


def _next(schedule: Schedule, visit: Visit, today: Mapping[str, date], said: Words) -> str:
    """What comes next; of what should have come already, that it is late."""
    now = today[schedule.participant.site]
    day = day_of_visit(visit, said) if visit.booked or visit.target else " ".join(window_lines(visit, said))
    notes = [said.say("staff.to_book")] if visit.target and not visit.booked else []
    item = Item(schedule, visit, standing(visit, now), now)
    if is_late(item):
        notes.append(standing_of(item, said))
    more = f" ({said.say('date.list').join(notes)})" if notes else ""
    return f"{said.visit(visit.plan)}: {day}{more}"


def _assumptions(protocol: Protocol, said: Words) -> tuple[Assumption, ...]:
    study = protocol.study
    found = [Assumption(study.id, _convention(key, protocol), said.say(f"convention.{key}")) for key in sorted(study.assumed)]
    for visit in protocol.visits:
        rule = "; ".join(filter(None, [str(visit.at or ""), f"window {visit.window}" if visit.window else ""]))
        found += _assumption(said.rule(visit), rule, visit.assumed)
    for period in protocol.periods:
        found += _assumption(said.rule(period), f"from {period.start} to {period.end or '-'}", period.assumed)
    for event in protocol.events.values():
        found += _assumption(said.text(event.label, event.id), str(event.at or ""), event.assumed)
    for activity in protocol.activities:
        found += _assumption(said.text(activity.label, activity.id), f"at {activity.written}", activity.assumed)
    for between in protocol.between:
        found += _assumption(said.text(between.label, between.id), "; ".join(map(str, between.limits)), between.assumed)
    return tuple(found)


def _assumption(what: str, rule: str, assumed: frozenset[str]) -> list[Assumption]:
    return [Assumption(what, rule, ", ".join(sorted(assumed)))] if assumed else []


def _convention(key: str, protocol: Protocol) -> str:
    study = protocol.study
    reckoning = study.reckoning
    values = {
        "anchor": study.anchor,
        "day_numbering": reckoning.numbering.value,
        "month": reckoning.month.value if reckoning.month else "",
    }
    return f"{key}: {values[key]}" if values.get(key) else key
