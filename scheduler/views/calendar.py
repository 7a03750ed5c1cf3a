"""A participant's calendar, in words that give nothing away: an appointment, a stay, a number to ring.

No study, drug, diagnosis, study day, visit name or participant number, for titles appear on lock screens and in cars. A day
that nobody has booked is never shown as an appointment: it is "to be arranged", with its first and its last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import Moment, day_of
from scheduler.language.syntax import EndKind, Given
from scheduler.protocol.records import Mode, PeriodKind
from scheduler.schedule.records import Applies, Certainty, Period, Schedule, Visit
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class Entry:
    """One calendar event over whole days; `last` is its last day, included. `key` names it for good, within its participant."""

    key: str
    first: date
    last: date
    summary: str
    description: str
    firm: bool
    busy: bool
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A participant's calendar."""

    name: str
    entries: tuple[Entry, ...]


def participant_calendar(schedule: Schedule, site: Site | None) -> CalendarView:
    """The discreet calendar of one participant, in the participant's language."""
    said = words(schedule.participant.language)
    entries = [entry for item in schedule.items if (entry := entry_of(item, schedule, site)) is not None]
    return CalendarView(
        name=said.say("calendar.name"), entries=tuple(sorted(entries, key=lambda entry: (entry.first, entry.last, entry.key)))
    )


def entry_of(item: Visit | Period, schedule: Schedule, site: Site | None) -> Entry | None:
    """What the calendar shows of a visit or a period; None when it shows nothing of it."""
    said = words(schedule.participant.language)
    if isinstance(item, Visit):
        return _visit(item, site, said, provisional=schedule.is_provisional(item))
    return _stay(item, site, said) if item.plan.kind is PeriodKind.STAY else None


def _visit(visit: Visit, site: Site | None, said: Words, *, provisional: bool) -> Entry | None:
    day = visit.day
    if day is None or not visit.applies.shown or visit.part_of:
        return None
    what = said.say(f"calendar.{_what(visit.plan.mode)}")
    arranged = visit.booked is not None or visit.actual is not None
    over = visit.cancelled or visit.outcome is Outcome.MISSED
    lines = []
    summary = what
    if arranged:
        if isinstance(day, datetime) and visit.actual is None:
            summary = said.say("calendar.timed", what=what, time=said.time(day))
    elif isinstance(visit.plan.at, Given):
        summary = said.say("calendar.planned", what=what)
        lines.append(said.say("calendar.may_move"))
    else:
        summary = _to_be_arranged(visit, what, said)
        lines.append(said.say("calendar.not_fixed"))
        lines += _window(visit, said)
    if visit.applies is Applies.UNDECIDED:
        summary = said.say("calendar.if_needed", what=summary)
        lines.append(said.say("calendar.when_needed"))
    if provisional and not arranged:
        lines.append(said.say("calendar.provisional"))
    if over:
        summary = said.say("calendar.cancelled", what=what)
        lines = []
    lines += _ring(site, said)
    return Entry(
        key=f"visit {visit.id}",
        first=day_of(day),
        last=day_of(day),
        summary=summary,
        description="\n".join(lines),
        firm=arranged and visit.applies is Applies.YES,
        busy=False,
        cancelled=over,
    )


def _what(mode: Mode | None) -> str:
    if mode in (Mode.TELEPHONE, Mode.REMOTE):
        return "telephone"
    return "home" if mode is Mode.HOME else "appointment"


def _to_be_arranged(visit: Visit, what: str, said: Words) -> str:
    if visit.opens is None or visit.closes is None or day_of(visit.opens) == day_of(visit.closes):
        return said.say("calendar.to_be_arranged_day", what=what)
    return said.say("calendar.to_be_arranged", what=what, first=said.day(visit.opens), last=said.day(visit.closes))


def _window(visit: Visit, said: Words) -> list[str]:
    if visit.opens is None or visit.closes is None:
        return []
    if day_of(visit.opens) == day_of(visit.closes):
        return [said.say("calendar.only_day", day=said.day(visit.opens))]
    key = "calendar.probably" if visit.spread else "calendar.window"
    return [said.say(key, first=said.day(visit.opens), last=said.day(visit.closes))]


def _stay(period: Period, site: Site | None, said: Words) -> Entry | None:
    if period.start is None or period.empty or not period.applies.shown:
        return None
    end: Moment = period.end if period.end is not None else period.start
    what = said.say("calendar.stay")
    lines = []
    if period.certainty is Certainty.TENTATIVE:
        what = said.say("calendar.planned", what=what)
        lines.append(said.say("calendar.may_move"))
    if period.end is None:
        lines.append(said.say("calendar.stay_open"))
    elif period.end_kind is EndKind.AT_LEAST:
        lines.append(said.say("calendar.stay_end", end=said.day(end)))
    elif period.end_kind is EndKind.NOT_AFTER:
        lines.append(said.say("calendar.stay_not_after", end=said.day(end)))
    return Entry(
        key=f"period {period.id}",
        first=day_of(period.start),
        last=day_of(end),
        summary=said.say("calendar.if_needed", what=what) if period.applies is Applies.UNDECIDED else what,
        description="\n".join(lines + _ring(site, said)),
        firm=period.certainty is Certainty.FIRM and period.end is not None,
        busy=True,
    )


def _ring(site: Site | None, said: Words) -> list[str]:
    number = (site.day_telephone or site.night_telephone) if site else ""
    return [said.say("calendar.ring", number=number)] if number else []
