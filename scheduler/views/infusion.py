"""The days for the study's anchor in words: in one strip of signs, and in rows, the best first, with what speaks against each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.facts.records import Participant, Site
from scheduler.opendays.calendar import OpenDays
from scheduler.planning.between import NOBODY, Finding
from scheduler.planning.infusion import Candidate, Fixed, Shift, ranked
from scheduler.planning.load import monday_of
from scheduler.protocol.records import PlannedPeriod, PlannedVisit, Protocol
from scheduler.views.between import rule_name, said_finding
from scheduler.views.identity import Identity, study_line
from scheduler.views.opendays import horizon, reasons
from scheduler.views.words import Words, words

_BEST = 10  # how many days stand on the first page
_GOOD = "\N{CHECK MARK}"


@dataclass(frozen=True, slots=True)
class InfusionRow:
    """One day: its place, its signs and the shade of the darkest of them, how it does under each heading, and what speaks against it."""

    rank: int
    day: date
    said: str
    short: str
    signs: tuple[str, ...]
    shade: str
    best: bool
    shift: str
    beds: str
    others: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the strip, Monday first; `rule` stands above the one in which the holidays cease to be announced."""

    rule: str
    days: tuple[InfusionRow | None, ...]


@dataclass(frozen=True, slots=True)
class InfusionPage:
    """The days in a strip, the `best` of them, and the `rest`."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    whose: str
    days: str
    notes: tuple[str, ...]
    weekdays: tuple[str, ...]
    weeks: tuple[Week, ...]
    legend: tuple[tuple[str, str, str], ...]
    rows: tuple[InfusionRow, ...]
    identity: str
    say: Words

    @property
    def best(self) -> tuple[InfusionRow, ...]:
        """The days that come first."""
        return self.rows[:_BEST]

    @property
    def rest(self) -> tuple[InfusionRow, ...]:
        """The days after those."""
        return self.rows[_BEST:]


def infusion_page(
    found: Sequence[Candidate], participant: Participant, site: Site, calendar: OpenDays, identity: Identity
) -> InfusionPage:
    """The candidate days of one participant, in the site's language."""
    said = words(site.language)
    protocol = found[0].protocol
    name = said.text(site.name)
    best = ranked(found)
    against = {one.day: why(one, said) for one in best}
    common = _common(against.values())
    rows = tuple(
        _row(rank, one, best[0], tuple(part for part in against[one.day] if part not in common), calendar, said)
        for rank, one in enumerate(best, 1)
    )
    key = "infusion.anybody" if participant.id == NOBODY else "infusion.whose"
    of_all = [said.say("infusion.of_all", what=said.say("why.and").join(common))] if common else []
    return InfusionPage(
        language=site.language,
        paper=site.paper.value,
        title=said.say("infusion.title", name=said.name(protocol.study.anchor, protocol)),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        whose=said.say(key, participant=participant.id, site=name),
        days=said.say("infusion.days", first=said.day(found[0].day), last=said.day(found[-1].day)),
        notes=(*_notes(found, said), *of_all, horizon(calendar, said)),
        weekdays=tuple(said.weekday(date(2024, 1, number)) for number in range(1, 8)),  # 1 January 2024 was a Monday
        weeks=tuple(_weeks(rows, next((one.day for one in found if one.answer.provisional), None), said)),
        legend=_legend(said),
        rows=rows,
        identity=identity.said(said),
        say=said,
    )


def _common(reasons: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """What is said of every one of several days, to be said once."""
    first, *others = reasons
    return tuple(part for part in first if others and all(part in other for other in others))


def _notes(found: Sequence[Candidate], said: Words) -> Iterator[str]:
    """What is not known, and what could not be scored, on any of the days."""
    protocol = found[0].protocol
    if names := dict.fromkeys(name for one in found for name in one.undecided):
        yield said.say("infusion.undecided", names=said.names(names, protocol))
    if waiting := {plan.id: plan for one in found for plan in one.waiting}:
        yield said.say("infusion.waiting", names=_names(tuple(waiting.values()), said))


def _weeks(rows: Sequence[InfusionRow], provisional: date | None, said: Words) -> Iterator[Week]:
    by_day = {row.day: row for row in rows}
    monday = monday_of(min(by_day))
    while monday <= max(by_day):
        rule = ""
        if provisional is not None and monday_of(provisional) == monday:
            rule = said.say("infusion.rule", day=said.day(provisional))
        yield Week(rule, tuple(by_day.get(monday + timedelta(number)) for number in range(7)))
        monday += timedelta(7)


_SHADES = {
    "past": "black",
    "broken": "black",
    "bed": "black",
    "closed": "dark",
    "window": "dark",
    "fixed": "light",
    "moves": "light",
}


def _legend(said: Words) -> tuple[tuple[str, str, str], ...]:
    """Every sign with its shade and its meaning, the best first."""
    signs = {"good": _GOOD, "moves": said.days(3)}
    keys = ("good", "moves", "fixed", "window", "closed", "bed", "broken", "past")
    return tuple(
        (signs.get(key) or said.say(f"infusion.sign_{key}"), _SHADES.get(key, "none"), said.say(f"infusion.legend_{key}"))
        for key in keys
    )


def _signs(one: Candidate, said: Words) -> tuple[tuple[str, ...], str]:
    """The signs of a day, what decides first, first, and its shade. What rules a day out stands alone."""
    for key, holds in (("past", not one.can_be), ("broken", one.broken), ("bed", one.over)):
        if holds:
            return (said.say(f"infusion.sign_{key}"),), _SHADES[key]
    held = {"closed": one.closed, "fixed": one.on_closed_days, "window": one.empty}
    keys = [key for key, holds in held.items() if holds]
    signs = [said.say(f"infusion.sign_{key}") for key in keys] + [said.days(one.total)] * bool(one.total)
    shades = {_SHADES[key] for key in keys}
    shade = "dark" if "dark" in shades else "light" if signs else "none"
    return tuple(signs) or (_GOOD,), shade


def _row(rank: int, one: Candidate, best: Candidate, why: tuple[str, ...], calendar: OpenDays, said: Words) -> InfusionRow:
    signs, shade = _signs(one, said)
    beds = calendar.calendar.beds
    return InfusionRow(
        rank=rank,
        day=one.day,
        said=said.day(one.day),
        short=said.day_of_month(one.day),
        signs=signs,
        shade=shade,
        best=one.can_be and one.key[:-1] == best.key[:-1],
        shift=said.say("infusion.total", worst=one.worst, total=one.total),
        beds=str(one.peak) if beds is None else said.say("load.of", peak=one.peak, beds=beds),
        others=str(one.others),
        why=why,
    )


def why(one: Candidate, said: Words) -> tuple[str, ...]:
    """Everything that speaks against a day, what decides first, first; of a day that cannot be only that."""
    if not one.can_be:
        return tuple(_too_late(one, said))
    parts = [said.say("infusion.broken", what=_finding(finding, one.protocol, said)) for finding in one.broken]
    if one.over:
        parts.append(said.say("infusion.over", days=_spans(one.over, said)))
    if one.closed:
        parts.append(said.say("infusion.itself", reasons=reasons(one.closed, said)))
    parts += [said.say("infusion.closed", names=names) for names in _days_of(one.before, said)]
    parts += [said.say("infusion.discharge", names=names) for names in _days_of(one.discharge, said)]
    if one.empty:
        parts.append(said.say("infusion.no_open_day", names=_names(one.empty, said)))
    if one.shifts:
        parts.append(said.say("infusion.shifted", names=said.say("date.list").join(_shift(shift, said) for shift in one.shifts)))
    if one.moves:
        parts.append(said.say("infusion.moves", names=_names(one.moves, said)))
    parts = parts or [said.say("infusion.good")]
    if one.provisional:
        name = said.visit(one.provisional[0])
        parts.append(said.say("infusion.provisional", name=name, count=len(one.provisional)))
    for finding in one.unchecked:
        names = said.awaited(finding.limit.waits, one.protocol)
        parts.append(said.say("infusion.unchecked", names=names, rule=rule_name(finding.limit.rule, said)))
    return tuple(dict.fromkeys(parts))


def _too_late(one: Candidate, said: Words) -> Iterator[str]:
    """That a day has passed, or what before it should have begun by now."""
    if one.past:
        yield said.say("infusion.past")
    else:
        yield from (said.say("infusion.too_late", names=names) for names in _days_of(one.too_late, said))


def _days_of(found: Sequence[Fixed], said: Words) -> Iterator[str]:
    """Names of what does not move, each with those of its days that are meant, in a row; nothing where there is none."""
    days: dict[str, list[date]] = {}
    for item in found:
        days.setdefault(_name(item.plan, said), []).append(item.day)
    if days:
        named = (said.say("infusion.on_days", name=name, days=_spans(on, said)) for name, on in days.items())
        yield said.say("date.list").join(named)


def _spans(days: Sequence[date], said: Words) -> str:
    """Days, those in a row from the first to the last."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and spans[-1][1] == day - timedelta(1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    parts = (
        said.short(first) if first == last else said.say("period.days", start=said.short(first), end=said.short(last))
        for first, last in spans
    )
    return said.say("date.list").join(parts)


def _finding(finding: Finding, protocol: Protocol, said: Words) -> str:
    """A rule that is not kept, whose date does not keep it, and why."""
    whose = [] if finding.participant == NOBODY else [finding.participant]
    what = said.say("date.list").join([*whose, said_finding(finding, protocol, said)])
    return said.say("between.rule", rule=rule_name(finding.limit.rule, said), what=what)


def _shift(shift: Shift, said: Words) -> str:
    return said.say("infusion.shifted_one", name=said.visit(shift.plan), days=f"{shift.days:+}")


def _names(plans: Sequence[PlannedVisit], said: Words) -> str:
    return said.say("date.list").join(said.visit(plan) for plan in plans)


def _name(plan: PlannedVisit | PlannedPeriod, said: Words) -> str:
    return said.visit(plan) if isinstance(plan, PlannedVisit) else said.period(plan)
