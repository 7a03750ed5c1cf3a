"""The participant's visit sheet, in words: one row for each visit, the stays, what to keep in mind, whom to ring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import day_of, in_order
from scheduler.language.syntax import EndKind, Given
from scheduler.language.worth import Basis
from scheduler.protocol.records import PeriodKind
from scheduler.schedule.records import Applies, Period, Schedule, Task, Visit
from scheduler.views.changed import Changed, changed
from scheduler.views.changes import Moved
from scheduler.views.papers import ends_as_planned, is_planned, is_shown
from scheduler.views.rows import lasts
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number and what it is for."""

    label: str
    number: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A visit. `days` are the lines of the first column; what is over has nothing but its day and its name.

    `anchor` tells the visit that the others are counted from.
    """

    days: tuple[str, ...]
    allowed: tuple[str, ...]
    label: str
    place: str
    texts: tuple[str, ...]
    settled: bool
    over: bool
    anchor: bool


@dataclass(frozen=True, slots=True)
class SheetPeriod:
    """A stay, a treatment, or something to keep in mind, and from when to when."""

    label: str
    days: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a visit sheet shows, finished; `words` are the phrases that are the same on every sheet.

    `counted_from` is what the days are counted from, and its day, as far as there is one. `mark` and `footer` stand on every page. With
    `no_longer_used` that is said, and nothing else but whose sheet it was.
    """

    language: str
    paper: str
    title: str
    notice: str
    study: str
    participant: str
    hospital: tuple[str, ...]
    counted_from: tuple[str, str] | None
    no_longer_used: str
    numbers: tuple[Number, ...]
    ring_when: str
    anchor: str
    may_change: str
    rows: tuple[SheetRow, ...]
    stays: tuple[SheetPeriod, ...]
    treatments: tuple[SheetPeriod, ...]
    reminders: tuple[SheetPeriod, ...]
    changed: Changed | None
    goes_on: str
    provisional: str
    has_assumptions: bool
    mark: str
    footer: str
    words: Mapping[str, str]


def sheet(schedule: Schedule, site: Site | None, issued_at: datetime, moved: Moved | None = None) -> Sheet:
    """The visit sheet of one participant, in the participant's language; `moved` is what moved since the sheet before."""
    said = words(schedule.participant.language)
    study = schedule.protocol.study
    left = schedule.participant.left
    today = day_of(issued_at.astimezone(site.zone if site else UTC))
    shown = in_order_of_days(schedule)
    rows = tuple(_row(visit, schedule, site, said, today) for visit in shown)
    periods = [period for period in schedule.periods if is_shown(period, schedule) and not _is_history(period, today)]
    sections = {
        kind: tuple(_period(period, schedule, said, today) for period in periods if period.plan.kind in kinds)
        for kind, kinds in {
            "stays": (PeriodKind.STAY,),
            "treatments": (PeriodKind.TREATMENT, PeriodKind.REST),
            "reminders": (PeriodKind.RESTRICTION,),
        }.items()
    }
    counted_from = _counted_from(schedule, said)
    mark = said.say("sheet.assumed_mark")
    texts = [text for row in rows for text in (*row.days, *row.allowed, row.place)]
    texts += [period.days for section in sections.values() for period in section]
    return Sheet(
        language=schedule.participant.language,
        paper=site.paper.value if site else "A4",
        title=said.say("sheet.title"),
        notice=said.text(study.notice),
        study=" · ".join(filter(None, [said.text(study.title), study.id, study.registry])),
        participant=schedule.participant.id,
        hospital=hospital(site, said),
        counted_from=counted_from,
        no_longer_used=said.say("sheet.no_longer_used") if left is not None and left.died is not None else "",
        numbers=numbers(site, said),
        ring_when=said.say("sheet.ring_when" if left is None else "sheet.ring_left"),
        anchor=anchor_line(schedule, said),
        may_change=said.say("sheet.may_change") if left is None else "",
        rows=rows,
        stays=sections["stays"],
        treatments=sections["treatments"],
        reminders=sections["reminders"],
        changed=changed(moved, schedule, day_at(moved.since, site, said), said) if moved and left is None else None,
        goes_on=goes_on(schedule, said),
        provisional=said.say("sheet.provisional") if any(map(schedule.is_provisional, shown)) else "",
        has_assumptions=any(mark in text for text in texts),
        mark=" · ".join([said.say("sheet.title"), schedule.participant.id, *([" ".join(counted_from)] if counted_from else [])]),
        footer=said.say(
            "sheet.footer",
            study=study.id,
            version=study.protocol_version or "-",
            issued=day_at(issued_at, site, said),
        ),
        words=said.fixed("sheet"),
    )


def in_order_of_days(schedule: Schedule) -> list[Visit]:
    """The visits that a participant is told of, by date; those that have none come last."""
    shown = [visit for visit in schedule.visits if is_shown(visit, schedule)]
    return sorted(shown, key=lambda visit: (visit.day is None, in_order(visit.day) if visit.day else None))


def day_at(moment: datetime, site: Site | None, said: Words) -> str:
    """The day of a moment by the clocks of the site."""
    return said.day(moment.astimezone(site.zone if site else UTC))


def goes_on(schedule: Schedule, said: Words) -> str:
    """That more visits follow the last one here, or that none does."""
    if (left := schedule.participant.left) is not None:
        return said.say("sheet.left", day=said.day(left.day))
    return said.say("sheet.more_visits") if schedule.open else ""


def hospital(site: Site | None, said: Words) -> tuple[str, ...]:
    """What the hospital is called and where it is."""
    if site is None:
        return ()
    return tuple(filter(None, [said.text(site.name), said.text(site.address), said.text(site.city)]))


def numbers(site: Site | None, said: Words) -> tuple[Number, ...]:
    """The numbers that a participant may ring, as far as the site says them."""
    if site is None:
        return ()
    listed = (
        (said.say("sheet.ring_day"), site.day_telephone),
        (said.say("sheet.ring_night"), site.night_telephone),
        (said.say("sheet.ring_emergency"), site.emergency),
    )
    return tuple(Number(label, number) for label, number in listed if number)


def _row(visit: Visit, schedule: Schedule, site: Site | None, said: Words, today: date) -> SheetRow:
    mode = said.say(f"mode.{visit.plan.mode.value}") if visit.plan.mode else ""
    settled = visit.actual is not None or visit.booked is not None
    over = visit.over or schedule.participant.left is not None
    return SheetRow(
        days=(said.say("sheet.passed"),) if has_passed(visit, today) else _days(visit, schedule, said),
        allowed=allowed_days(visit, said),
        label=said.visit(visit.plan),
        place="" if over or not mode else mode + (assumed_mark(said) if "mode" in visit.assumed else ""),
        texts=() if over else (*_lasts(visit, site, said), *_texts(visit, schedule, said)),
        settled=settled,
        over=over,
        anchor=visit.id == schedule.protocol.study.anchor,
    )


def _lasts(visit: Visit, site: Site | None, said: Words) -> list[str]:
    """How long it takes, where the site says so of this kind of visit."""
    minutes = site.appointments.minutes.get(visit.plan.mode.value) if site and visit.plan.mode else None
    return [said.say("sheet.lasts", length=said.length(minutes))] if minutes else []


def has_passed(visit: Visit, today: date) -> bool:
    """Whether nobody has arranged a visit, and the last of its days has passed on the day of the sheet."""
    if visit.over or visit.booked is not None or is_planned(visit) or visit.closes is None:
        return False
    return day_of(visit.closes) < today


def _days(visit: Visit, schedule: Schedule, said: Words) -> tuple[str, ...]:
    """When it is, as far as anybody has said: what happened, what was booked, else that it is still to be arranged."""
    if visit.actual is not None:
        return _lines(said.say("sheet.done", date=said.day(visit.actual)))
    if visit.cancelled:
        return (said.say("sheet.cancelled"), *([said.day(visit.booked)] if visit.booked else []))
    if visit.outcome is Outcome.MISSED and visit.day is not None:
        return _lines(said.say("sheet.missed", date=said.day(visit.day)))
    if visit.booked is not None:
        return tuple(filter(None, (said.day(visit.booked), said.time(visit.booked))))
    if is_planned(visit) and visit.target is not None:
        mark = assumed_mark(said) if "at" in visit.assumed else ""
        return _lines(said.say("sheet.planned", date=said.moment(visit.target) + mark))
    if visit.waits:
        return (said.say("sheet.without_date", names=said.awaited(visit.waits, schedule.protocol_of(visit))),)
    if visit.empty:
        return (said.say("sheet.no_day"),)
    if visit.target is None or visit.day != visit.target:
        return (said.say("sheet.to_be_arranged"),)  # there is no target, or the limits cut it off
    mark = assumed_mark(said) if "at" in visit.assumed else ""
    return (said.say("sheet.to_be_arranged"), *_lines(said.say("sheet.aim", date=said.moment(visit.target)) + mark))


def _lines(phrase: str) -> tuple[str, ...]:
    """The lines of a phrase, as its language breaks it; each stays whole, so that no date breaks in two."""
    return tuple(phrase.split("\n"))


def allowed_days(visit: Visit, said: Words) -> tuple[str, ...]:
    """The first and the last day it may be, while that still matters."""
    if visit.over or visit.outside or is_planned(visit) or isinstance(visit.plan.at, Given) or visit.waits or visit.empty:
        return ()
    mark = assumed_mark(said) if "window" in visit.assumed else ""
    first, last = visit.opens, visit.closes
    if visit.spread and first is not None and last is not None:
        return _lines(said.say("sheet.probably", first=said.day(first), last=said.day(last)) + mark)
    if first is None and last is None:
        return (said.say("sheet.not_stated" if not visit.window_waits else "period.waits"),)
    if first is None:
        assert last is not None
        return (said.say("sheet.not_after", last=said.day(last)) + mark,)
    if last is None:
        return (said.say("sheet.not_before", first=said.day(first)) + mark,)
    if day_of(first) == day_of(last):
        return (said.say("sheet.only_day", first=said.day(first)) + mark,)
    return _lines(said.say("sheet.between", first=said.day(first), last=said.day(last)) + mark)


def _unsure(visit: Visit, schedule: Schedule) -> list[str]:
    """What may still move this visit, other than the anchor, of which the top of the sheet speaks."""
    grounds = visit.why.target + visit.why.window
    anchor = schedule.protocol.study.anchor
    names = dict.fromkeys(
        ground.name
        for ground in grounds
        if not ground.sure and ground.name not in (anchor, "") and ground.basis is not Basis.START
    )
    return list(names)


def anchor_line(schedule: Schedule, said: Words, key: str = "sheet.anchor") -> str:
    """That everything moves with the anchor, as long as the anchor has only been planned or booked."""
    if schedule.participant.left is not None:
        return ""
    anchor = schedule.protocol.study.anchor
    for visit in schedule.visits:
        for ground in visit.why.target if visit.id != anchor else ():
            if ground.name == anchor and ground.basis in (Basis.PLANNED, Basis.BOOKED) and ground.day is not None:
                return said.say(key, name=said.name(anchor, schedule.protocol), date=said.day(ground.day))
    return ""


def _counted_from(schedule: Schedule, said: Words) -> tuple[str, str] | None:
    """What the days are counted from, and its day; of somebody who takes part no longer only if it has come."""
    anchor, left = schedule.protocol.study.anchor, schedule.participant.left
    grounds = [ground for visit in schedule.visits for ground in visit.why.target if ground.name == anchor]
    if left is not None:
        grounds = [ground for ground in grounds if ground.sure and left.died is None]
    day = next((ground.day for ground in grounds if ground.day is not None), None)
    return (said.name(anchor, schedule.protocol), said.day(day)) if day is not None else None


def _texts(visit: Visit, schedule: Schedule, said: Words) -> list[str]:
    texts = [said.text(visit.plan.text)]
    texts += [_task(task, said) for task in visit.tasks if task.activity.text is not None and task.applies.shown]
    parts = [other for other in schedule.visits if other.part_of == visit.id]
    if parts:
        texts.append(said.say("sheet.together", names=said.say("date.list").join(said.visit(other.plan) for other in parts)))
        texts += [said.text(other.plan.text) for other in parts]
    if visit.applies is Applies.UNDECIDED:
        texts.append(said.say("sheet.if_needed"))
    if visit.booked is None and visit.actual is None and (unsure := _unsure(visit, schedule)):
        texts.append(said.say("sheet.depends", names=said.names(unsure, schedule.protocol_of(visit))))
    if visit.plan.optional:
        texts.append(said.say("sheet.optional"))
    return [text for text in texts if text]


def _task(task: Task, said: Words) -> str:
    """What an activity means for the participant, and its own days where it has some."""
    text = said.text(task.activity.text)
    if task.earliest is None or task.latest is None:
        return text
    return f"{text} {said.say('staff.gate', first=said.day(task.earliest), last=said.day(task.latest))}"


def _is_history(period: Period, today: date) -> bool:
    """Whether something to keep in mind holds no longer; what may last longer than its last day here is never over by itself."""
    if period.plan.kind is not PeriodKind.RESTRICTION:
        return False
    if period.over:
        return True
    return period.end is not None and period.end_kind is not EndKind.AT_LEAST and day_of(period.end) < today


def _period(period: Period, schedule: Schedule, said: Words, today: date) -> SheetPeriod:
    mark = assumed_mark(said) if {"from", "to"} & period.assumed else ""
    days = said.stretch(period.start, period.end, period.end_kind)
    if period.empty:
        days, mark = said.say("sheet.no_day"), ""
    elif period.start is not None and period.end is None and (period.waits or schedule.participant.left is not None):
        days = said.say("period.from", start=said.day(period.start))
    return SheetPeriod(
        label=said.period(period.plan),
        days=days + mark,
        texts=tuple(filter(None, _texts_of(period, schedule, said, today))),
    )


def _texts_of(period: Period, schedule: Schedule, said: Words, today: date) -> Iterator[str]:
    """What it means, as long as that matters, and what is open."""
    if period.plan.kind is not PeriodKind.RESTRICTION and not lasts(period, schedule, today):
        return
    yield said.text(period.plan.text)
    if period.applies is Applies.UNDECIDED:
        yield said.say("sheet.if_needed")
    if period.waits:
        key = "sheet.without_date" if period.start is None else "sheet.without_end"
        yield said.say(key, names=said.awaited(period.waits, schedule.protocol_of(period)))
    elif period.end is None and schedule.participant.left is not None:
        yield said.say("sheet.ask_until_when")
    elif period.plan.kind is PeriodKind.RESTRICTION and period.end is not None and day_of(period.end) < today:
        yield said.say("sheet.ask_whether")
    elif ends_as_planned(period):
        yield said.say("sheet.end_planned")


def assumed_mark(said: Words) -> str:
    """What is put after a day that the protocol does not say."""
    return "\N{NO-BREAK SPACE}" + said.say("sheet.assumed_mark")
