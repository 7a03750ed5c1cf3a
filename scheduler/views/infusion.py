"""The days for the study's anchor in words: what speaks against each, in one strip of signs, and in a table with the best first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.facts.records import Participant, Site
from scheduler.opendays.calendar import OpenDays
from scheduler.planning.between import NOBODY, Finding
from scheduler.planning.infusion import Candidate, OnClosed, Shift, ranked
from scheduler.planning.load import monday_of
from scheduler.protocol.records import PlannedPeriod, PlannedVisit, Protocol
from scheduler.views.between import rule_name, said_finding
from scheduler.views.identity import Identity, study_line
from scheduler.views.opendays import horizon, reasons
from scheduler.views.words import Words, words

_PROVISIONAL = "?"


@dataclass(frozen=True, slots=True)
class InfusionRow:
    """One day: its place, its sign, how it does under each heading, and what speaks against it."""

    rank: int
    day: date
    said: str
    mark: str
    shade: str
    best: bool
    empty: str
    beyond: str
    shift: str
    fixed: str
    beds: str
    others: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InfusionPage:
    """All candidate days: `weeks` are the strip, Monday first, with a blank for a day that is no candidate."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    whose: str
    days: str
    notes: tuple[str, ...]
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[InfusionRow | None, ...], ...]
    legend: tuple[tuple[str, str, str], ...]
    rows: tuple[InfusionRow, ...]
    identity: str
    say: Words


def infusion_page(
    found: Sequence[Candidate], participant: Participant, site: Site, calendar: OpenDays, identity: Identity
) -> InfusionPage:
    """The candidate days of one participant, in the site's language."""
    said = words(site.language)
    protocol = found[0].protocol
    name = said.text(site.name)
    best = ranked(found)
    rows = tuple(_row(rank, one, best[0], calendar, said) for rank, one in enumerate(best, 1))
    key = "infusion.anybody" if participant.id == NOBODY else "infusion.whose"
    return InfusionPage(
        language=site.language,
        paper=site.paper.value,
        title=said.say("infusion.title", name=said.name(protocol.study.anchor, protocol)),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        whose=said.say(key, participant=participant.id, site=name),
        days=said.say("infusion.days", first=said.day(found[0].day), last=said.day(found[-1].day)),
        notes=(*_notes(found, said), horizon(calendar, said)),
        weekdays=tuple(said.weekday(date(2024, 1, number)) for number in range(1, 8)),  # 1 January 2024 was a Monday
        weeks=tuple(_weeks(rows)),
        legend=_legend(said),
        rows=rows,
        identity=identity.said(said),
        say=said,
    )


def _notes(found: Sequence[Candidate], said: Words) -> Iterator[str]:
    """What is not known, and what could not be scored, on any of the days."""
    protocol = found[0].protocol
    if names := dict.fromkeys(name for one in found for name in one.undecided):
        yield said.say("infusion.undecided", names=said.names(names, protocol))
    if waiting := {plan.id: plan for one in found for plan in one.waiting}:
        yield said.say("infusion.waiting", names=_names(tuple(waiting.values()), said))


def _weeks(rows: Sequence[InfusionRow]) -> Iterator[tuple[InfusionRow | None, ...]]:
    by_day = {row.day: row for row in rows}
    monday = monday_of(min(by_day))
    while monday <= max(by_day):
        yield tuple(by_day.get(monday + timedelta(number)) for number in range(7))
        monday += timedelta(7)


def _legend(said: Words) -> tuple[tuple[str, str, str], ...]:
    """Every sign with its shade and its meaning."""
    return (
        ("0", "none", said.say("infusion.legend_0")),
        ("1…", "light", said.say("infusion.legend_n")),
        ("C1", "light", said.say("infusion.legend_c")),
        ("B1", "middle", said.say("infusion.legend_b")),
        ("W", "dark", said.say("infusion.legend_w")),
        ("X", "black", said.say("infusion.legend_x")),
        (_PROVISIONAL, "none", said.say("infusion.legend_p")),
    )


def _sign(one: Candidate) -> tuple[str, str]:
    """The sign of a day, and its shade."""
    if one.broken:
        return "X", "black"
    if one.empty:
        return "W", "dark"
    if one.over:
        return f"B{one.total}", "middle"
    if one.on_closed_days:
        return f"C{one.total}", "light"
    return str(one.total), "light" if one.total else "none"


def _row(rank: int, one: Candidate, best: Candidate, calendar: OpenDays, said: Words) -> InfusionRow:
    sign, shade = _sign(one)
    beds = calendar.calendar.beds
    return InfusionRow(
        rank=rank,
        day=one.day,
        said=said.day(one.day),
        mark=sign + (_PROVISIONAL if one.provisional or one.answer.provisional else ""),
        shade=shade,
        best=one.key[:-1] == best.key[:-1],
        empty=str(len(one.empty)),
        beyond=str(len(one.provisional)),
        shift=said.say("infusion.total", worst=one.worst, total=one.total),
        fixed=str(one.on_closed_days),
        beds=str(one.peak) if beds is None else said.say("load.of", peak=one.peak, beds=beds),
        others=str(one.others),
        why=tuple(why(one, said)),
    )


def why(one: Candidate, said: Words) -> tuple[str, ...]:
    """Everything that speaks against a day, what decides first, first."""
    parts = [said.say("infusion.broken", what=_finding(finding, one.protocol, said)) for finding in one.broken]
    if one.empty:
        parts.append(said.say("infusion.no_open_day", names=_names(one.empty, said)))
    if one.shifts:
        parts.append(said.say("infusion.shifted", names=said.say("date.list").join(_shift(shift, said) for shift in one.shifts)))
    if one.closed:
        parts.append(said.say("infusion.itself", reasons=reasons(one.closed, said)))
    parts += _closed(one.before, said)
    parts += [said.say("infusion.discharge", name=_name(item.plan, said), day=said.day(item.day)) for item in one.discharge]
    if one.over:
        parts.append(said.say("infusion.over", days=said.say("date.list").join(map(said.day, one.over))))
    if one.moves:
        parts.append(said.say("infusion.moves", names=_names(one.moves, said)))
    parts = parts or [said.say("infusion.good")]
    if one.provisional:
        parts.append(said.say("infusion.provisional", names=_names(one.provisional, said)))
    for finding in one.unchecked:
        names = said.awaited(finding.limit.waits, one.protocol)
        parts.append(said.say("infusion.unchecked", names=names, rule=rule_name(finding.limit.rule, said)))
    return tuple(dict.fromkeys(parts))


def _finding(finding: Finding, protocol: Protocol, said: Words) -> str:
    """A rule that is not kept, whose date does not keep it, and why."""
    whose = [] if finding.participant == NOBODY else [finding.participant]
    what = said.say("date.list").join([*whose, said_finding(finding, protocol, said)])
    return said.say("between.rule", rule=rule_name(finding.limit.rule, said), what=what)


def _closed(found: Sequence[OnClosed], said: Words) -> list[str]:
    """What falls on closed days, the days of one thing together."""
    days: dict[str, list[str]] = {}
    for item in found:
        days.setdefault(_name(item.plan, said), []).append(said.day(item.day))
    return [said.say("infusion.closed", name=name, day=said.say("date.list").join(on)) for name, on in days.items()]


def _shift(shift: Shift, said: Words) -> str:
    return said.say("infusion.shifted_one", name=said.visit(shift.plan), days=f"{shift.days:+}")


def _names(plans: Sequence[PlannedVisit], said: Words) -> str:
    return said.say("date.list").join(said.visit(plan) for plan in plans)


def _name(plan: PlannedVisit | PlannedPeriod, said: Words) -> str:
    return said.visit(plan) if isinstance(plan, PlannedVisit) else said.period(plan)
