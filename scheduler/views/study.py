"""The study page and the site pages, in words: who comes when, what waits, what is late, what moved, what is assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import day_of, in_order
from scheduler.protocol.records import PeriodKind, Protocol
from scheduler.schedule.records import Applies, Schedule, Task, Visit
from scheduler.views.attention import Attention, attention
from scheduler.views.changes import Change
from scheduler.views.why import why_period, why_visit
from scheduler.views.words import Words, words

SOON = timedelta(14)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a staff paper says of itself: which rules, which files, which program, when."""

    protocol_version: str
    study_hash: str
    program: str
    issued_at: datetime

    def said(self, said: Words) -> str:
        """In one line."""
        return said.say(
            "staff.identity",
            version=self.protocol_version or "-",
            hash=self.study_hash[:12],
            program=self.program,
            issued=said.moment(self.issued_at.astimezone(UTC)),
        )


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit of one participant, for staff."""

    day: str
    participant: str
    site: str
    visit: str
    mode: str
    target: str
    window: tuple[str, ...]
    booked: str
    state: str
    tasks: tuple[str, ...]
    note: str
    why: str


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One stay, treatment or rest of one participant, for staff."""

    participant: str
    site: str
    period: str
    days: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What of one participant waits for the same thing."""

    participant: str
    site: str
    what: str
    state: str


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """One participant: where the papers are, and what comes next."""

    id: str
    site: str
    next: str
    sheet: str
    calendar: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One date that moved."""

    participant: str
    what: str
    was: str
    now: str
    because: str


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
    soon: tuple[VisitRow, ...]
    past: tuple[VisitRow, ...]
    later: tuple[VisitRow, ...]
    waiting: tuple[WaitingRow, ...]
    stays: tuple[PeriodRow, ...]
    participants: tuple[ParticipantRow, ...]
    sites: tuple[tuple[str, str], ...]
    changes_title: str
    changes: tuple[ChangeRow, ...]
    assumptions: tuple[Assumption, ...]
    notes: tuple[str, ...]
    identity: str
    say: Words


@dataclass(frozen=True, slots=True)
class SitePage:
    """All visits and stays of one site, by date; it does not depend on the day it is looked at."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    visits: tuple[VisitRow, ...]
    waiting: tuple[WaitingRow, ...]
    stays: tuple[PeriodRow, ...]
    identity: str
    say: Words


def study_page(
    protocol: Protocol,
    language: str,
    schedules: Iterable[Schedule],
    sites: Mapping[str, Site],
    links: Mapping[str, tuple[str, str]],
    changes: tuple[Change, ...] | None,
    changes_since: datetime | None,
    identity: Identity,
    today: date,
) -> StudyPage:
    """The study page on one day. `links` are each participant's sheet and calendar; `changes` None when there was no plan before."""
    said = words(language)
    schedules = list(schedules)
    dated, waiting = _rows_in_order(schedules)
    upcoming = [(schedule, visit) for schedule, visit in dated if not _over(visit)]
    late = [pair for pair in upcoming if _last_day(pair[1]) < today]
    coming = [pair for pair in upcoming if _last_day(pair[1]) >= today]
    soon = [pair for pair in coming if _shown_day(pair[1]) <= today + SOON]
    later = [pair for pair in coming if _shown_day(pair[1]) > today + SOON]

    def rows(pairs: list[tuple[Schedule, Visit]]) -> tuple[VisitRow, ...]:
        return tuple(_visit_row(schedule, visit, sites, said) for schedule, visit in pairs)

    if changes is None or changes_since is None:
        changes_title = said.say("staff.first_build")
    else:
        changes_title = said.say("staff.since", issued=said.moment(changes_since.astimezone(UTC)))
    return StudyPage(
        language=language,
        title=said.say("staff.title"),
        notice=said.text(protocol.study.notice),
        study=_study(protocol, said),
        today=said.say("staff.today", date=said.day(today)),
        attention=attention(schedules, said),
        soon=rows(soon),
        past=rows(late),
        later=rows(later),
        waiting=_waiting(waiting, sites, said),
        stays=_stays(schedules, sites, said, from_day=today),
        participants=tuple(_participant_row(schedule, sites, links, said, today) for schedule in schedules),
        sites=tuple((site.id, said.text(site.name)) for site in sites.values()),
        changes_title=changes_title,
        changes=tuple(_change_row(change, protocol, said) for change in changes or ()),
        assumptions=_assumptions(protocol, said),
        notes=tuple(said.text(note) for note in protocol.notes),
        identity=identity.said(said),
        say=said,
    )


def site_page(protocol: Protocol, site: Site, schedules: Iterable[Schedule], identity: Identity) -> SitePage:
    """The page of one site, in the site's language."""
    said = words(site.language)
    schedules = [schedule for schedule in schedules if schedule.participant.site == site.id]
    dated, waiting = _rows_in_order(schedules)
    sites = {site.id: site}
    return SitePage(
        language=site.language,
        paper=site.paper.value,
        title=said.say("staff.site_title", site=said.text(site.name)),
        notice=said.text(protocol.study.notice),
        study=_study(protocol, said),
        visits=tuple(_visit_row(schedule, visit, sites, said) for schedule, visit in dated if not visit.cancelled),
        waiting=_waiting(waiting, sites, said),
        stays=_stays(schedules, sites, said, from_day=None),
        identity=identity.said(said),
        say=said,
    )


def _study(protocol: Protocol, said: Words) -> str:
    study = protocol.study
    return " · ".join(filter(None, [said.text(study.title), study.id, study.registry]))


def _rows_in_order(schedules: list[Schedule]) -> tuple[list[tuple[Schedule, Visit]], list[tuple[Schedule, Visit]]]:
    """All visits by date, then participant; and those that have no date yet, or come only if something happens."""
    shown = [(schedule, visit) for schedule in schedules for visit in schedule.visits if visit.applies is not Applies.NO]
    dated = [pair for pair in shown if pair[1].day is not None and pair[1].applies is not Applies.ONLY_IF]
    waiting = [pair for pair in shown if pair[1].day is None or pair[1].applies is Applies.ONLY_IF]
    dated.sort(key=lambda pair: (in_order(pair[1].day or date.max), pair[0].participant.id))
    return dated, waiting


def _over(visit: Visit) -> bool:
    return visit.actual is not None or visit.outcome not in (Outcome.OPEN, Outcome.BOOKED)


def _shown_day(visit: Visit) -> date:
    """The first day somebody must think of it: the booked day, else the first day of its window, else its target."""
    day = visit.booked or visit.opens or visit.day
    assert day is not None
    return day_of(day)


def _last_day(visit: Visit) -> date:
    day = visit.booked or visit.closes or visit.day
    assert day is not None
    return day_of(day)


def _visit_row(schedule: Schedule, visit: Visit, sites: Mapping[str, Site], said: Words) -> VisitRow:
    return VisitRow(
        day=_day(visit, said),
        participant=schedule.participant.id,
        site=_site_name(schedule, sites, said),
        visit=said.visit(visit.plan),
        mode=said.say(f"mode_short.{visit.plan.mode.value}") if visit.plan.mode else "",
        target=(said.day(visit.target) + _mark(visit.assumed, said, "at")) if visit.target else "",
        window=_window(visit, said),
        booked=said.moment(visit.booked) if visit.booked else "" if _over(visit) else said.say("staff.to_book"),
        state=_state(visit, schedule, said),
        tasks=tuple(_task(task, said) for task in visit.tasks if task.applies.shown),
        note=visit.record.note,
        why=why_visit(visit, schedule.protocol, said),
    )


def _day(visit: Visit, said: Words) -> str:
    """The day of a visit; a visit with nothing but a window starts with the first day of that."""
    if visit.actual or visit.booked or visit.target:
        day = visit.day or visit.target
        return said.moment(day) if day else ""
    return said.say("sheet.not_before", first=said.day(visit.opens)) if visit.opens else ""


def _task(task: Task, said: Words) -> str:
    """An activity of a visit, with its own days where it has a gate."""
    name = said.text(task.activity.label, task.activity.id)
    if "at" in task.activity.assumed:
        name += "\N{NO-BREAK SPACE}" + said.say("sheet.assumed_mark")
    if task.earliest is not None and task.latest is not None:
        name += " " + said.say("staff.gate", first=said.day(task.earliest), last=said.day(task.latest))
    if task.waits:
        name += " " + said.say("staff.gate_waits")
    return name + (" " + said.say("staff.task_undecided") if task.applies is Applies.UNDECIDED else "")


def _waiting(pairs: list[tuple[Schedule, Visit]], sites: Mapping[str, Site], said: Words) -> tuple[WaitingRow, ...]:
    together: dict[tuple[str, str], list[str]] = {}
    site_of: dict[str, str] = {}
    for schedule, visit in pairs:
        participant = schedule.participant
        site_of[participant.id] = _site_name(schedule, sites, said)
        together.setdefault((participant.id, _state(visit, schedule, said)), []).append(said.visit(visit.plan))
    return tuple(WaitingRow(code, site_of[code], ", ".join(visits), state) for (code, state), visits in together.items())


def _site_name(schedule: Schedule, sites: Mapping[str, Site], said: Words) -> str:
    site = sites.get(schedule.participant.site)
    return said.text(site.name) if site else schedule.participant.site


def _window(visit: Visit, said: Words) -> tuple[str, ...]:
    """The window, or what is left of it, in lines that do not break."""
    mark = _mark(visit.assumed, said, "window")
    if visit.opens and visit.closes:
        return (*said.say("sheet.between", first=said.day(visit.opens), last=said.day(visit.closes)).split("\n"), mark.strip())
    if visit.opens:
        return (said.say("sheet.not_before", first=said.day(visit.opens)) + mark,)
    if visit.closes:
        return (said.say("sheet.not_after", last=said.day(visit.closes)) + mark,)
    return ()


def _state(visit: Visit, schedule: Schedule, said: Words) -> str:
    if visit.applies is Applies.ONLY_IF:
        names = visit.why.only_if or tuple(item.name for item in visit.waits)
        return said.say("staff.only_if_names", names=said.names(names, schedule.protocol))
    if visit.waits:
        return said.say("staff.waits_for", names=said.awaited(visit.waits, schedule.protocol))
    if visit.applies is Applies.UNDECIDED:
        return said.say("staff.undecided", names=said.names(visit.why.undecided, schedule.protocol))
    outcome = said.say(f"outcome.{visit.outcome.value or 'open'}")
    return outcome or said.say(f"certainty.{visit.certainty.value}")


def _stays(schedules: list[Schedule], sites: Mapping[str, Site], said: Words, from_day: date | None) -> tuple[PeriodRow, ...]:
    shown = [
        (schedule, period)
        for schedule in schedules
        for period in schedule.periods
        if period.plan.kind in (PeriodKind.STAY, PeriodKind.TREATMENT, PeriodKind.REST)
        and period.applies.shown
        and period.start is not None
        and (from_day is None or day_of(period.end or period.start) >= from_day)
    ]
    shown.sort(key=lambda pair: (in_order(pair[1].start or date.max), pair[0].participant.id))
    rows = []
    for schedule, period in shown:
        undecided = said.say("staff.undecided", names=said.names(period.why.undecided, schedule.protocol))
        rows.append(
            PeriodRow(
                participant=schedule.participant.id,
                site=_site_name(schedule, sites, said),
                period=said.period(period.plan),
                days=said.stretch(period.start, period.end, period.end_kind) + _mark(period.assumed, said, "from", "to"),
                state=undecided if period.why.undecided else said.say(f"certainty.{period.certainty.value}"),
                why=why_period(period, schedule.protocol, said),
            )
        )
    return tuple(rows)


def _participant_row(
    schedule: Schedule, sites: Mapping[str, Site], links: Mapping[str, tuple[str, str]], said: Words, today: date
) -> ParticipantRow:
    dated, _ = _rows_in_order([schedule])
    coming = [visit for _, visit in dated if not _over(visit) and _last_day(visit) >= today and visit.day is not None]
    following = coming[0] if coming else None
    sheet, calendar = links.get(schedule.participant.id, ("", ""))
    return ParticipantRow(
        id=schedule.participant.id,
        site=_site_name(schedule, sites, said),
        next=_next(following, said) if following else "",
        sheet=sheet,
        calendar=calendar,
    )


def _next(visit: Visit, said: Words) -> str:
    if visit.booked or visit.target:
        booked = "" if visit.booked else f" ({said.say('staff.to_book')})"
        return f"{said.visit(visit.plan)}: {_day(visit, said)}{booked}"
    return f"{said.visit(visit.plan)}: {' '.join(_window(visit, said))}"


def _change_row(change: Change, protocol: Protocol, said: Words) -> ChangeRow:
    return ChangeRow(
        participant=change.participant,
        what=said.name(change.item, protocol),
        was=change.was or said.say("staff.appeared"),
        now=change.now or said.say("staff.vanished"),
        because=change.because,
    )


def _assumptions(protocol: Protocol, said: Words) -> tuple[Assumption, ...]:
    study = protocol.study
    found = [Assumption(study.id, _convention(key, protocol), said.say(f"convention.{key}")) for key in sorted(study.assumed)]
    for visit in protocol.visits:
        rule = "; ".join(filter(None, [str(visit.at or ""), f"window {visit.window}" if visit.window else ""]))
        found += _assumption(said.visit(visit), rule, visit.assumed)
    for period in protocol.periods:
        found += _assumption(said.period(period), f"from {period.start} to {period.end or '-'}", period.assumed)
    for event in protocol.events.values():
        found += _assumption(said.text(event.label, event.id), str(event.at or ""), event.assumed)
    for activity in protocol.activities:
        visits = [said.visit(visit) for visit in protocol.visits if visit.id in activity.visits]
        found += _assumption(said.text(activity.label, activity.id), ", ".join(visits), activity.assumed)
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


def _mark(assumed: frozenset[str], said: Words, *keys: str) -> str:
    return " " + said.say("staff.assumed_mark") if assumed & set(keys) else ""
