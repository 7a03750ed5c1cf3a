"""The calendars of a site's staff: the coordinator's, with windows and procedures, and that of the whole site. Codes, never names.

The blinded calendar of a site holds only what is the same whatever a participant's blinded answers are, so it cannot show the arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import day_of
from scheduler.language.syntax import Given
from scheduler.protocol.records import Mode, PeriodKind
from scheduler.schedule.records import Applies, Period, Schedule, Visit
from scheduler.views.calendar import CalendarView, Uid, hours, in_order_of_days
from scheduler.views.event import Event, Off, Status
from scheduler.views.papers import ends_as_planned, is_planned
from scheduler.views.rows import provisional, task_line, window_lines
from scheduler.views.words import Words, words


def coordinator_calendar(schedules: Iterable[Schedule], site: Site, uid: Uid) -> CalendarView:
    """Every visit with its procedures, the window of each that nobody has booked, stays and treatments."""
    said = words(site.language)
    schedules = list(schedules)
    events = [event for schedule in schedules for event in _for_coordinator(schedule, site, said, uid)]
    closing = tuple(event for schedule in schedules for event in _settled(schedule, said, uid))
    return replace(_view("staff_calendar.coordinator", events, site, said, uid), closing=closing)


def site_calendar(schedules: Iterable[Schedule], site: Site, uid: Uid) -> CalendarView:
    """Everybody's visits and stays, in short."""
    said = words(site.language)
    events = [event for schedule in schedules for event in _in_short(schedule, site, said, uid)]
    return _view("staff_calendar.site", events, site, said, uid)


def blinded_calendar(people: Iterable[Sequence[Schedule]], site: Site, uid: Uid) -> CalendarView:
    """What all schedules of each participant show alike: `people` are those under every set of blinded answers, of what is common."""
    said = words(site.language)
    events = [event for schedules in people for event in _common(schedules, site, said, uid)]
    return _view("staff_calendar.blinded", events, site, said, uid)


def _view(name: str, events: Iterable[Event], site: Site, said: Words, uid: Uid) -> CalendarView:
    return CalendarView(uid("calendar"), said.say(name, site=said.text(site.name)), in_order_of_days(events))


def _common(schedules: Sequence[Schedule], site: Site, said: Words, uid: Uid) -> list[Event]:
    """What each of the schedules shows, word for word."""
    several = [{event.uid: event for event in _in_short(schedule, site, said, uid)} for schedule in schedules]
    return [event for event in several[0].values() if all(other.get(event.uid) == event for other in several[1:])]


def _for_coordinator(schedule: Schedule, site: Site, said: Words, uid: Uid) -> Iterator[Event]:
    code = schedule.participant.id
    for visit in schedule.visits:
        if (event := _visit(schedule, visit, site, said, uid(f"{code} visit {visit.id}"), in_full=True)) is None:
            continue
        yield event
        window = _window(schedule, visit, said, uid(f"{code} window {visit.id}"), event.uid)
        if window is not None:
            yield window
    for period in schedule.periods:
        if period.plan.kind in (PeriodKind.STAY, PeriodKind.TREATMENT):
            yield from _period(schedule, period, said, uid)


def _in_short(schedule: Schedule, site: Site, said: Words, uid: Uid) -> Iterator[Event]:
    code = schedule.participant.id
    for visit in schedule.visits:
        if (event := _visit(schedule, visit, site, said, uid(f"{code} visit {visit.id}"), in_full=False)) is not None:
            yield event
    for period in schedule.periods:
        if period.plan.kind is PeriodKind.STAY:
            yield from _period(schedule, period, said, uid)


def _visit(schedule: Schedule, visit: Visit, site: Site, said: Words, uid: str, *, in_full: bool) -> Event | None:
    if visit.day is None or not visit.applies.shown or visit.part_of:
        return None
    start, end, _ = hours(visit, site)
    title = said.say("staff_calendar.visit", participant=schedule.participant.id, visit=said.visit(visit.plan))
    arranged = visit.booked is not None or visit.actual is not None
    off = visit.cancelled or visit.outcome is Outcome.MISSED
    kind = visit.plan.mode or Mode.CLINIC
    return Event(
        uid=uid,
        start=start,
        end=end,
        summary=_summary(visit, title, said),
        description="\n".join(_full(schedule, visit, said)) if in_full else "",
        categories=(said.say(f"staff_calendar.category_{kind.value}" if not in_full else "staff_calendar.category_visit"),),
        status=Status.CANCELLED if off else Status.CONFIRMED if arranged and visit.applies is Applies.YES else Status.TENTATIVE,
        busy=in_full and start != day_of(start),
        alarm=in_full and site.appointments.reminder and arranged and visit.actual is None,
        off=_off(title, said),
    )


def _off(title: str, said: Words) -> Off:
    return Off(said.say("calendar.cancelled", what=title))


def _summary(visit: Visit, title: str, said: Words) -> str:
    """What is seen first: who and what, and whether it is booked, done or off."""
    if visit.cancelled:
        return said.say("calendar.cancelled", what=title)
    if visit.outcome is Outcome.MISSED or visit.actual is not None:
        return said.say("staff_calendar.state", what=title, state=said.say(f"outcome.{visit.outcome.value}"))
    if visit.booked is None:
        state = said.say("staff.planned" if is_planned(visit) else "staff.to_book")
        title = said.say("staff_calendar.state", what=title, state=state)
    return said.say("calendar.if_needed", what=title) if visit.applies is Applies.UNDECIDED else title


def _full(schedule: Schedule, visit: Visit, said: Words) -> Iterator[str]:
    """What the coordinator needs to know of a visit: its days, what is done, what is still open."""
    if visit.plan.mode is not None:
        yield said.say(f"mode.{visit.plan.mode.value}")
    if visit.target is not None and not isinstance(visit.plan.at, Given):
        yield said.say("staff_calendar.target", day=said.day(visit.target))
    window = said.say("staff_calendar.space").join(filter(None, window_lines(visit, said)))
    if window and not isinstance(visit.plan.at, Given):
        yield said.say("staff_calendar.window_of", days=window)
    tasks = [task_line(task, said) for task in visit.tasks if task.applies.shown]
    if tasks:
        yield said.say("staff_calendar.tasks", tasks=said.say("date.list").join(tasks))
        if said.say("sheet.assumed_mark") in "".join(tasks):
            yield said.say("staff.assumed_legend")
    yield from provisional(schedule, visit, said)
    if visit.record.note:
        yield said.say("staff_calendar.note", note=visit.record.note)


def _window(schedule: Schedule, visit: Visit, said: Words, uid: str, related: str) -> Event | None:
    """The days a visit may be on, as long as nobody has booked one of them."""
    if visit.over or visit.booked is not None or visit.empty or not _has_window(visit):
        return None
    assert visit.opens is not None
    assert visit.closes is not None
    title = _window_title(schedule, visit, said)
    return Event(
        uid=uid,
        start=day_of(visit.opens),
        end=day_of(visit.closes) + timedelta(1),
        summary=said.say("calendar.if_needed", what=title) if visit.applies is Applies.UNDECIDED else title,
        categories=(said.say("staff_calendar.category_window"),),
        status=Status.TENTATIVE,
        busy=False,
        related=related,
        off=_off(title, said),
    )


def _settled(schedule: Schedule, said: Words, uid: Uid) -> Iterator[Event]:
    """What becomes of the windows of visits that are booked or over: a reader who has such a bar keeps one day of it, and why it ended."""
    code = schedule.participant.id
    for visit in schedule.visits:
        if not (visit.over or visit.booked) or visit.day is None or not visit.applies.shown or not _has_window(visit):
            continue
        state = said.say(f"outcome.{visit.outcome.value or Outcome.BOOKED.value}")
        summary = said.say("staff_calendar.state", what=_window_title(schedule, visit, said), state=state)
        yield Event(
            uid=uid(f"{code} window {visit.id}"),
            start=day_of(visit.day),
            end=day_of(visit.day) + timedelta(1),
            summary=summary,
            categories=(said.say("staff_calendar.category_window"),),
            status=Status.CANCELLED,
            busy=False,
            related=uid(f"{code} visit {visit.id}"),
            off=Off(summary),
        )


def _has_window(visit: Visit) -> bool:
    """Whether a visit may be on one of several days."""
    if isinstance(visit.plan.at, Given) or visit.opens is None or visit.closes is None:
        return False
    return day_of(visit.opens) != day_of(visit.closes)


def _window_title(schedule: Schedule, visit: Visit, said: Words) -> str:
    return said.say("staff_calendar.window", participant=schedule.participant.id, visit=said.visit(visit.plan))


def _period(schedule: Schedule, period: Period, said: Words, uid: Uid) -> Iterator[Event]:
    if period.start is None or period.empty or not period.applies.shown:
        return
    code = schedule.participant.id
    title = said.say("staff_calendar.visit", participant=code, visit=said.period(period.plan))
    days = said.stretch(period.start, period.end, period.end_kind)
    summary = title if period.certain else said.say("staff_calendar.state", what=title, state=said.say("staff.planned"))
    yield Event(
        uid=uid(f"{code} period {period.id}"),
        start=day_of(period.start),
        end=day_of(period.end or period.start) + timedelta(1),
        summary=said.say("calendar.if_needed", what=summary) if period.applies is Applies.UNDECIDED else summary,
        description="\n".join((days, said.say("sheet.end_planned"))) if ends_as_planned(period) else days,
        categories=(said.say("staff_calendar.category_stay"),),
        status=Status.CONFIRMED if period.certain else Status.TENTATIVE,
        busy=False,
        off=_off(title, said),
    )
