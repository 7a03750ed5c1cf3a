"""A participant's calendar, in words that give nothing away: an appointment, a stay, a number to ring.

No study, drug, diagnosis, study day, visit name or participant number, for titles appear on lock screens and in cars. A day
that nobody has booked is never shown as an appointment: it is "to be arranged", with its first and its last day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import Moment, day_of, in_order
from scheduler.language.syntax import EndKind, Given
from scheduler.protocol.records import Mode, PeriodKind
from scheduler.schedule.records import Applies, Certainty, Period, Schedule, Visit
from scheduler.views.event import Event, Status
from scheduler.views.words import Words, words

Uid = Callable[[str], str]  # from what names an event for good within its calendar, to its UID

_HOUR = 60  # minutes an appointment is shown for, where nobody says how long it takes


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A calendar: what it is called, and its events in the order of their days.

    `cancelled` says of a `{what}` that it is cancelled, and `ring` whom to ring then: for what is planned no longer.
    """

    uid: str
    name: str
    events: tuple[Event, ...]
    cancelled: str
    ring: str = ""


def participant_calendar(schedule: Schedule, site: Site | None, uid: Uid) -> CalendarView:
    """The discreet calendar of one participant, in the participant's language."""
    said = words(schedule.participant.language)
    events = [event for item in schedule.items if (event := event_of(item, schedule, site, uid)) is not None]
    return calendar_view(said.say("calendar.name"), events, said, uid, ring(site, said))


def calendar_view(name: str, events: Iterable[Event], said: Words, uid: Uid, ring: str = "") -> CalendarView:
    """A calendar of events."""
    return CalendarView(uid("calendar"), name, in_order_of_days(events), said.say("calendar.cancelled", what="{what}"), ring)


def in_order_of_days(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events by their first day; of one day those of whole days first."""
    return tuple(sorted(events, key=lambda event: (in_order(event.start), in_order(event.end), event.uid)))


def event_of(item: Visit | Period, schedule: Schedule, site: Site | None, uid: Uid) -> Event | None:
    """What a participant's calendar shows of a visit or a period; None when it shows nothing of it."""
    said = words(schedule.participant.language)
    if isinstance(item, Visit):
        return _visit(item, site, said, uid, provisional=schedule.is_provisional(item))
    return _stay(item, site, said, uid) if item.plan.kind is PeriodKind.STAY else None


def _visit(visit: Visit, site: Site | None, said: Words, uid: Uid, *, provisional: bool) -> Event | None:
    day = visit.day
    if day is None or not visit.applies.shown or visit.part_of:
        return None
    what = said.say(f"calendar.{_what(visit.plan.mode)}")
    arranged = visit.booked is not None or visit.actual is not None
    start, end, length_known = hours(visit, site)
    lines = []
    summary = what
    if arranged:
        lines += [said.text(visit.plan.calendar_text)] if visit.actual is None else []
        if isinstance(start, datetime):
            lines += [] if length_known or visit.actual is not None else [said.say("calendar.length")]
        elif isinstance(day, datetime) and visit.actual is None:
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
    off = visit.cancelled or visit.outcome is Outcome.MISSED
    if off:
        summary = said.say("calendar.cancelled", what=what)
        lines = []
    return Event(
        uid=uid(f"visit {visit.id}"),
        start=start,
        end=end,
        title=what,
        summary=summary,
        description=_lines(*lines, "" if visit.actual is not None else ring(site, said)),
        location=said.text(site.appointments.place) if site and arranged and not off and _is_at_the_site(visit) else "",
        status=Status.CANCELLED if off else _status(arranged and visit.applies is Applies.YES),
        busy=isinstance(start, datetime),
        alarm=site is not None and site.appointments.reminder and arranged and visit.actual is None,
    )


def _what(mode: Mode | None) -> str:
    if mode in (Mode.TELEPHONE, Mode.REMOTE):
        return "telephone"
    return "home" if mode is Mode.HOME else "appointment"


def _is_at_the_site(visit: Visit) -> bool:
    return visit.plan.mode in (None, Mode.CLINIC, Mode.WARD)


def _status(firm: bool) -> Status:
    return Status.CONFIRMED if firm else Status.TENTATIVE


def hours(visit: Visit, site: Site | None) -> tuple[Moment, Moment, bool]:
    """When a visit begins and ends, and whether it is known how long it takes; the end is no longer part of it.

    A clock time in a named time zone, else the whole day. Raises AssertionError for a visit without a day.
    """
    day = visit.day
    assert day is not None
    if not isinstance(day, datetime) or not isinstance(day.tzinfo, ZoneInfo):
        return day_of(day), day_of(day) + timedelta(1), True
    kind = (visit.plan.mode or Mode.CLINIC).value
    minutes = site.appointments.minutes.get(kind) if site else None
    start = day.replace(microsecond=0)
    end = (start.astimezone(UTC) + timedelta(minutes=minutes or _HOUR)).astimezone(
        day.tzinfo
    )  # elapsed, were the clock to change
    return start, end, minutes is not None


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


def _stay(period: Period, site: Site | None, said: Words, uid: Uid) -> Event | None:
    if period.start is None or period.empty or not period.applies.shown:
        return None
    title = said.say("calendar.stay")
    summary, lines = title, []
    if period.certainty is Certainty.TENTATIVE:
        summary = said.say("calendar.planned", what=title)
        lines.append(said.say("calendar.may_move"))
    if period.end is None:
        lines.append(said.say("calendar.stay_open"))
    elif period.end_kind is EndKind.AT_LEAST:
        lines.append(said.say("calendar.stay_end", end=said.day(period.end)))
    elif period.end_kind is EndKind.NOT_AFTER:
        lines.append(said.say("calendar.stay_not_after", end=said.day(period.end)))
    return Event(
        uid=uid(f"period {period.id}"),
        start=day_of(period.start),
        end=day_of(period.end or period.start) + timedelta(1),
        title=title,
        summary=said.say("calendar.if_needed", what=summary) if period.applies is Applies.UNDECIDED else summary,
        description=_lines(*lines, ring(site, said)),
        status=_status(period.certainty is Certainty.FIRM and period.end is not None),
        busy=True,
        alarm=site is not None and site.appointments.reminder and not period.over,
    )


def ring(site: Site | None, said: Words) -> str:
    """Whom to ring; nothing where no number is known."""
    number = (site.day_telephone or site.night_telephone) if site else ""
    return said.say("calendar.ring", number=number) if number else ""


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))
