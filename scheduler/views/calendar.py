"""A participant's calendar, in words that give nothing away: an appointment, a stay, a number to ring.

No study, drug, diagnosis, study day, visit name or participant number, for titles appear on lock screens and in cars. A day
that nobody has booked is never shown as an appointment: it is "to be arranged", with its first and its last day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import Moment, day_of, in_order
from scheduler.language.syntax import EndKind
from scheduler.protocol.records import Mode, PeriodKind
from scheduler.schedule.records import Applies, Period, Schedule, Visit
from scheduler.views.event import Event, Off, Status
from scheduler.views.papers import ends_as_planned, is_planned, is_shown
from scheduler.views.rows import lasts
from scheduler.views.words import Words, words

Uid = Callable[[str], str]  # from what names an event for good within its calendar, to its UID

_HOUR = 60  # minutes an appointment is shown for, where nobody says how long it takes


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A calendar: what it is called, and its events in the order of their days.

    `closing` take the place of events that were issued before, and are left out where those never were. With `silent`, what is
    planned no longer goes without a word.
    """

    uid: str
    name: str
    events: tuple[Event, ...]
    closing: tuple[Event, ...] = ()
    silent: bool = False


def participant_calendar(schedule: Schedule, site: Site | None, uid: Uid, today: date) -> CalendarView:
    """The discreet calendar of one participant, in the participant's language, as it is on a day.

    Of somebody who has died nothing is left but the visits that took place: nobody is to read of appointments that are cancelled.
    """
    said = words(schedule.participant.language)
    events = [event for item in schedule.items if (event := event_of(item, schedule, site, uid, today)) is not None]
    left = schedule.participant.left
    silent = left is not None and left.died is not None
    return CalendarView(uid("calendar"), said.say("calendar.name"), in_order_of_days(events), silent=silent)


def in_order_of_days(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events by their first day; of one day those of whole days first."""
    return tuple(sorted(events, key=lambda event: (in_order(event.start), in_order(event.end), event.uid)))


def event_of(item: Visit | Period, schedule: Schedule, site: Site | None, uid: Uid, today: date) -> Event | None:
    """What a participant's calendar shows of a visit or a period; None when it shows nothing of it."""
    if not is_shown(item, schedule):
        return None
    said = words(schedule.participant.language)
    if isinstance(item, Visit):
        if item.day is None:
            return None
        off = item.cancelled or item.outcome is Outcome.MISSED
        return _called_off(item, site, said, uid) if off else _visit(item, schedule, site, said, uid, today)
    if item.plan.kind is not PeriodKind.STAY or item.start is None or item.empty:
        return None
    return _stay(item, schedule, site, said, uid, today)


def _visit(visit: Visit, schedule: Schedule, site: Site | None, said: Words, uid: Uid, today: date) -> Event:
    arranged = visit.booked is not None or visit.actual is not None
    settled = arranged and visit.applies is Applies.YES
    start, end, length_known = hours(visit, site)
    timed = isinstance(start, datetime)
    summary = _summary(visit, said)
    lines: list[str] = []
    if visit.actual is None:
        lines = list(_arranged(visit, said, guessed=timed and not length_known) if arranged else _open(visit, said, today))
        if visit.applies is Applies.UNDECIDED:
            lines.append(said.say("calendar.when_needed"))
        if schedule.is_provisional(visit) and not arranged:
            lines.append(said.say("calendar.provisional"))
        lines.append(_number("calendar.ask" if _has_passed(visit, today) else "calendar.ring", site, said))
    return Event(
        uid=uid(f"visit {visit.id}"),
        start=start,
        end=end,
        summary=summary,
        description=_lines(*lines),
        location=said.text(site.appointments.place) if site and arranged and _is_at_the_site(visit) else "",
        status=_status(settled),
        busy=timed,
        alarm=site is not None and site.appointments.reminder and arranged and visit.actual is None,
        off=_off(said.say(f"calendar.{_what(visit.plan.mode)}"), site, said, settled=settled),
    )


def _called_off(visit: Visit, site: Site | None, said: Words, uid: Uid) -> Event:
    """A visit of which it is recorded that it does not, or did not, take place."""
    start, end, _ = hours(visit, site)
    what = said.say(f"calendar.{_what(visit.plan.mode)}")
    off = _off(what, site, said, settled=visit.booked is not None)
    if visit.outcome is Outcome.MISSED:
        off = Off(said.say("calendar.missed", what=what), _number("calendar.ask", site, said))
    return Event(
        uid=uid(f"visit {visit.id}"),
        start=start,
        end=end,
        summary=off.summary,
        description=off.description,
        status=Status.CANCELLED,
        busy=False,
        off=off,
    )


def _off(what: str, site: Site | None, said: Words, *, settled: bool) -> Off:
    """What becomes of something that is off: who relied on it may have a question, and what was never certain is let go in short."""
    if settled:
        return Off(said.say("calendar.cancelled", what=what), _number("calendar.ask", site, said))
    return Off(said.say("calendar.no_longer_planned", what=what))


def _summary(visit: Visit, said: Words) -> str:
    """What is read first, and on a lock screen alone."""
    what = said.say(f"calendar.{_what(visit.plan.mode)}")
    undecided = visit.applies is Applies.UNDECIDED
    if visit.booked is not None or visit.actual is not None:
        day = visit.day
        if isinstance(day, datetime) and not isinstance(day.tzinfo, ZoneInfo) and visit.actual is None:
            what = said.say("calendar.timed", what=what, time=said.time(day))
    elif not is_planned(visit):
        what = said.say(f"calendar.{_what(visit.plan.mode)}_open")
        if visit.opens is not None and visit.closes is not None and day_of(visit.opens) != day_of(visit.closes):
            days = {"first": said.brief(visit.opens), "last": said.brief(visit.closes)}
            what = said.say("calendar.to_be_arranged", what=what, **days)
    elif not undecided:
        what = said.say("calendar.planned", what=what)
    return said.say("calendar.if_needed", what=what) if undecided else what


def _arranged(visit: Visit, said: Words, *, guessed: bool) -> Iterator[str]:
    """What there is to say of an appointment; `guessed` when nobody has said how long it takes."""
    yield said.text(visit.plan.calendar_text)
    if guessed:
        yield said.say("calendar.length")


def _open(visit: Visit, said: Words, today: date) -> Iterator[str]:
    """What there is to say of a visit that nobody has booked."""
    if is_planned(visit):
        if not _has_passed(visit, today):
            yield said.say("calendar.may_move")
        return
    if _has_passed(visit, today):
        yield said.say("calendar.passed")
        return
    yield said.say("calendar.not_fixed")
    if visit.opens is None or visit.closes is None:
        return
    first, last = said.day(visit.opens), said.day(visit.closes)
    if day_of(visit.opens) == day_of(visit.closes):
        yield said.say("calendar.only_day", day=first)
    elif visit.spread:
        yield said.say("calendar.probably", first=first, last=last)
    else:
        at_the_clinic = visit.plan.mode in (None, Mode.CLINIC)
        yield said.say("calendar.window" if at_the_clinic else "calendar.window_elsewhere", first=first, last=last)


def _has_passed(visit: Visit, today: date) -> bool:
    """Whether the last day of a visit lies behind its reader: the booked one, else that of its window, else the one it is planned for."""
    last = visit.booked or visit.last
    return last is not None and day_of(last) < today


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


def _stay(period: Period, schedule: Schedule, site: Site | None, said: Words, uid: Uid, today: date) -> Event:
    assert period.start is not None
    title = said.say("calendar.stay")
    settled = period.certain
    summary = title if settled or period.applies is Applies.UNDECIDED else said.say("calendar.planned", what=title)
    going_on = lasts(period, schedule, today)
    return Event(
        uid=uid(f"period {period.id}"),
        start=day_of(period.start),
        end=day_of(period.end or period.start) + timedelta(1),
        summary=said.say("calendar.if_needed", what=summary) if period.applies is Applies.UNDECIDED else summary,
        description=_lines(*_of_stay(period, said, settled=settled), _number("calendar.ring", site, said)) if going_on else "",
        location=said.text(site.appointments.place) if site else "",
        status=_status(settled),
        busy=settled,
        alarm=site is not None and site.appointments.reminder and going_on,
        off=_off(title, site, said, settled=settled),
    )


def _of_stay(period: Period, said: Words, *, settled: bool) -> Iterator[str]:
    """What may still change of a stay that is planned, or under way."""
    if not settled:
        yield said.say("calendar.may_move")
    if period.applies is Applies.UNDECIDED:
        yield said.say("calendar.when_needed")
    if period.end is None:
        yield said.say("calendar.stay_open")
    elif period.end_kind is EndKind.AT_LEAST:
        yield said.say("calendar.stay_end", end=said.day(period.end))
    elif period.end_kind is EndKind.NOT_AFTER:
        yield said.say("calendar.stay_not_after", end=said.day(period.end))
    elif ends_as_planned(period):
        yield said.say("calendar.stay_end_planned", end=said.day(period.end))


def _number(key: str, site: Site | None, said: Words) -> str:
    """Whom to ring; nothing where no number is known."""
    number = (site.day_telephone or site.night_telephone) if site else ""
    return said.say(key, number=number) if number else ""


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))
