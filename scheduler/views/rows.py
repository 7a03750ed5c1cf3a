"""The rows that staff pages share: visits and periods of participants, in words."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.facts.records import Site
from scheduler.language.moments import day_of, in_order
from scheduler.language.syntax import EndKind, Given
from scheduler.protocol.records import Mode, PeriodKind
from scheduler.schedule.records import Applies, Certainty, Period, Sample, Schedule, Task, Visit
from scheduler.views.why import why_period, why_visit
from scheduler.views.words import Words


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit of one participant, for staff."""

    day: str
    participant: str
    site: str
    visit: str
    mode: str
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


def in_order_of_days(schedules: list[Schedule]) -> tuple[list[tuple[Schedule, Visit]], list[tuple[Schedule, Visit]]]:
    """All visits by date, then participant; and those that have no date yet, or come only if something happens."""
    shown = [(schedule, visit) for schedule in schedules for visit in schedule.visits if visit.applies is not Applies.NO]
    dated = [pair for pair in shown if pair[1].day is not None and pair[1].applies is not Applies.ONLY_IF]
    waiting = [pair for pair in shown if pair[1].day is None or pair[1].applies is Applies.ONLY_IF]
    dated.sort(key=lambda pair: (in_order(pair[1].day or date.max), pair[0].participant.id))
    return dated, waiting


def visit_row(schedule: Schedule, visit: Visit, sites: Mapping[str, Site], said: Words) -> VisitRow:
    """One visit in words."""
    return VisitRow(
        day=day_of_visit(visit, said),
        participant=schedule.participant.id,
        site=site_name(schedule, sites, said),
        visit=said.visit(visit.plan),
        mode=said.say(f"mode_short.{visit.plan.mode.value}") + _mark(visit.assumed, said, "mode") if visit.plan.mode else "",
        window=window_lines(visit, said),
        booked=_booked(visit, said),
        state=said.say("date.list").join([_state(visit, schedule, said), *provisional(schedule, visit, said)]),
        tasks=tuple(task_line(task, said) for task in visit.tasks if task.applies.shown),
        note=visit.record.note,
        why=why_visit(visit, schedule.protocol_of(visit), said),
    )


def _booked(visit: Visit, said: Words) -> str:
    """The day it is booked for; a visit that is dated by its record is planned for its day, and the others are still to be booked."""
    if visit.booked is not None:
        return said.moment(visit.booked)
    if visit.over:
        return ""
    return said.say("staff.planned" if isinstance(visit.plan.at, Given) and visit.target is not None else "staff.to_book")


def provisional(schedule: Schedule, visit: Visit, said: Words) -> list[str]:
    """That the public holidays of the time of a visit are not announced yet."""
    return [said.say("staff.provisional")] if schedule.is_provisional(visit) else []


def day_of_visit(visit: Visit, said: Words) -> str:
    """The day of a visit; a visit with nothing but a window starts with the first day of that."""
    if visit.actual or visit.booked or visit.target:
        day = visit.day or visit.target
        return said.moment(day) if day else ""
    return said.say("sheet.not_before", first=said.day(visit.opens)) if visit.opens else ""


def task_line(task: Task, said: Words) -> str:
    """An activity of a visit, with its own days where it has a gate."""
    name = said.text(task.activity.label, task.activity.id)
    if task.activity.assumed & {"at", "when", "window"}:
        name += "\N{NO-BREAK SPACE}" + said.say("sheet.assumed_mark")
    if task.earliest is not None and task.latest is not None:
        name += " " + said.say("staff.gate", first=said.day(task.earliest), last=said.day(task.latest))
    if task.samples and not task.waits:
        times = [sample for sample in task.samples if sample.target is not None]
        name += f" ({said.say('date.list').join(_time(sample, said) for sample in times)})"
    if task.waits:
        name += " " + said.say("staff.times_wait" if task.samples else "staff.gate_waits")
    return name + (" " + said.say("staff.task_undecided") if task.applies is Applies.UNDECIDED else "")


def _time(sample: Sample, said: Words) -> str:
    """When a sample is taken: its clock time, with the day where that is another one."""
    assert sample.target is not None
    return f"{sample.time}: {said.moment(sample.target)}"


def waiting_rows(pairs: list[tuple[Schedule, Visit]], sites: Mapping[str, Site], said: Words) -> tuple[WaitingRow, ...]:
    """What has no date yet: what waits for the same thing, in one row for each participant."""
    together: dict[tuple[str, str], list[str]] = {}
    site_of: dict[str, str] = {}
    for schedule, visit in pairs:
        participant = schedule.participant
        site_of[participant.id] = site_name(schedule, sites, said)
        together.setdefault((participant.id, _state(visit, schedule, said)), []).append(said.visit(visit.plan))
    return tuple(WaitingRow(code, site_of[code], ", ".join(visits), state) for (code, state), visits in together.items())


def going_on_rows(schedules: Iterable[Schedule], sites: Mapping[str, Site], said: Words) -> tuple[WaitingRow, ...]:
    """The series that go on after their last date here, and what would end them."""
    return tuple(
        WaitingRow(
            schedule.participant.id,
            site_name(schedule, sites, said),
            said.series(series),
            said.goes_on(series, schedule.protocol),
        )
        for schedule in schedules
        for series in schedule.open
    )


def site_name(schedule: Schedule, sites: Mapping[str, Site], said: Words) -> str:
    """What a participant's site is called."""
    site = sites.get(schedule.participant.site)
    return said.text(site.name) if site else schedule.participant.site


def window_lines(visit: Visit, said: Words) -> tuple[str, ...]:
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
        return said.say("staff.only_if_names", names=said.names(visit.only_if, schedule.protocol_of(visit)))
    if visit.part_of:
        return said.say("why.part_of", name=visit.part_of)
    if visit.waits:
        return said.say("staff.waits_for", names=said.awaited(visit.waits, schedule.protocol_of(visit)))
    if visit.applies is Applies.UNDECIDED:
        return said.say("staff.undecided", names=said.names(visit.why.undecided, schedule.protocol_of(visit)))
    outcome = said.say(f"outcome.{visit.outcome.value or 'open'}")
    return outcome or said.say(f"certainty.{visit.certainty.value}")


def period_rows(
    schedules: Iterable[Schedule],
    sites: Mapping[str, Site],
    said: Words,
    from_day: date | None,
    to_day: date = date.max,
    kinds: Container[PeriodKind] = (PeriodKind.STAY, PeriodKind.TREATMENT, PeriodKind.REST),
) -> tuple[PeriodRow, ...]:
    """Periods of some kinds in words, by date; with days, those that are not over by the first and have begun by the last.

    One that may be longer goes on until its end is recorded, or until a visit outside the ward shows that it is over.
    """
    shown = [
        (schedule, period)
        for schedule in schedules
        for period in schedule.periods
        if period.plan.kind in kinds
        and period.applies.shown
        and period.start is not None
        and day_of(period.start) <= to_day
        and (from_day is None or lasts(period, schedule, from_day))
    ]
    shown.sort(key=lambda pair: (in_order(pair[1].start or date.max), pair[0].participant.id))
    return tuple(_period_row(schedule, period, sites, said, from_day) for schedule, period in shown)


def _period_row(schedule: Schedule, period: Period, sites: Mapping[str, Site], said: Words, today: date | None) -> PeriodRow:
    protocol = schedule.protocol_of(period)
    state = said.say(f"certainty.{period.certainty.value}")
    if period.why.undecided:
        state = said.say("staff.undecided", names=said.names(period.why.undecided, protocol))
    elif today is not None and period.end is not None and day_of(period.end) < today:
        state = said.say("staff.end_not_recorded")
    return PeriodRow(
        participant=schedule.participant.id,
        site=site_name(schedule, sites, said),
        period=said.period(period.plan),
        days=said.stretch(period.start, period.end, period.end_kind) + _mark(period.assumed, said, "from", "to"),
        state=state,
        why=why_period(period, protocol, said),
    )


def lasts(period: Period, schedule: Schedule, today: date) -> bool:
    """Whether a period is not over yet on a day. One that may be longer is until its end is recorded, or a visit shows that it has ended."""
    if period.end is not None and day_of(period.end) >= today:
        return True
    if period.start is not None and day_of(period.start) >= today:
        return True
    if period.over or (period.end is not None and period.end_kind is not EndKind.AT_LEAST):
        return False
    left = schedule.participant.left
    if period.certainty is not Certainty.FIRM or (left is not None and left.day <= today):
        return False  # nobody has recorded that it began, or the participant takes part no longer
    return not any(_is_outside_the_ward(visit, period) for visit in schedule.visits)


def _is_outside_the_ward(visit: Visit, period: Period) -> bool:
    if visit.actual is None or period.start is None or visit.plan.mode in (None, Mode.WARD):
        return False
    return day_of(visit.actual) > day_of(period.end or period.start)


def _mark(assumed: frozenset[str], said: Words, *keys: str) -> str:
    return " " + said.say("staff.assumed_mark") if assumed & set(keys) else ""
