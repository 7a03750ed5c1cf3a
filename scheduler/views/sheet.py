"""The participant's visit sheet, in words: one row for each visit, the stays, what to keep in mind, whom to ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.facts.records import Outcome, Site
from scheduler.language.moments import day_of, in_order
from scheduler.language.syntax import Given
from scheduler.protocol.records import PeriodKind
from scheduler.schedule.records import Applies, Period, Schedule, Visit
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number and what it is for."""

    label: str
    number: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A visit. `days` are the lines of the first column; `allowed` is empty for a day that is settled."""

    days: tuple[str, ...]
    allowed: tuple[str, ...]
    label: str
    place: str
    texts: tuple[str, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class SheetPeriod:
    """A stay, a treatment, or something to keep in mind, and from when to when."""

    label: str
    days: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a visit sheet shows."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    participant: str
    hospital: tuple[str, ...]
    numbers: tuple[Number, ...]
    rows: tuple[SheetRow, ...]
    stays: tuple[SheetPeriod, ...]
    treatments: tuple[SheetPeriod, ...]
    reminders: tuple[SheetPeriod, ...]
    has_assumptions: bool
    footer: str
    say: Words


def sheet(schedule: Schedule, site: Site | None, issued_at: datetime) -> Sheet:
    """The visit sheet of one participant, in the participant's language."""
    said = words(schedule.participant.language)
    study = schedule.protocol.study
    shown = [visit for visit in schedule.visits if visit.applies in (Applies.YES, Applies.UNDECIDED)]
    shown.sort(key=lambda visit: (visit.day is None, in_order(visit.day) if visit.day else None))
    rows = tuple(_row(visit, schedule, said) for visit in shown)
    periods = [period for period in schedule.periods if period.applies in (Applies.YES, Applies.UNDECIDED)]
    sections = {
        kind: tuple(_period(period, schedule, said) for period in periods if period.plan.kind in kinds)
        for kind, kinds in {
            "stays": (PeriodKind.STAY,),
            "treatments": (PeriodKind.TREATMENT, PeriodKind.REST),
            "reminders": (PeriodKind.RESTRICTION,),
        }.items()
    }
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
        hospital=_hospital(site, said),
        numbers=_numbers(site, said),
        rows=rows,
        stays=sections["stays"],
        treatments=sections["treatments"],
        reminders=sections["reminders"],
        has_assumptions=any(mark in text for text in texts),
        footer=said.say(
            "sheet.footer",
            study=study.id,
            version=study.protocol_version or "-",
            participant=schedule.participant.id,
            issued=said.day(issued_at.astimezone(site.zone if site else UTC)),
        ),
        say=said,
    )


def _hospital(site: Site | None, said: Words) -> tuple[str, ...]:
    if site is None:
        return ()
    return tuple(filter(None, [said.text(site.name), said.text(site.address), said.text(site.city)]))


def _numbers(site: Site | None, said: Words) -> tuple[Number, ...]:
    if site is None:
        return ()
    listed = (
        (said.say("sheet.ring_day"), site.day_telephone),
        (said.say("sheet.ring_night"), site.night_telephone),
        (said.say("sheet.ring_emergency"), site.emergency),
    )
    return tuple(Number(label, number) for label, number in listed if number)


def _row(visit: Visit, schedule: Schedule, said: Words) -> SheetRow:
    mode = said.say(f"mode.{visit.plan.mode.value}") if visit.plan.mode else ""
    settled = visit.actual is not None or visit.booked is not None
    return SheetRow(
        days=_days(visit, schedule, said),
        allowed=() if settled or visit.cancelled else _allowed(visit, said),
        label=said.visit(visit.plan),
        place=mode + (_mark(said) if "mode" in visit.assumed and mode else ""),
        texts=tuple(_texts(visit, said)),
        settled=settled,
    )


def _days(visit: Visit, schedule: Schedule, said: Words) -> tuple[str, ...]:
    """When it is, as far as anybody has said: what happened, what was booked, else that it is still to be arranged."""
    if visit.actual is not None:
        return (said.say("sheet.done", date=said.day(visit.actual)),)
    if visit.cancelled:
        return (said.say("sheet.cancelled"),)
    if visit.booked is not None:
        key = "sheet.missed" if visit.outcome is Outcome.MISSED else "sheet.booked"
        return (said.say(key, date=said.moment(visit.booked)),)
    if visit.outcome is Outcome.MISSED and visit.target is not None:
        return (said.say("sheet.missed", date=said.day(visit.target)),)
    if isinstance(visit.plan.at, Given) and visit.target is not None:
        record = schedule.participant.recorded[visit.id]
        key = "sheet.done" if record.status.value == "actual" else "sheet.planned"
        return (said.say(key, date=said.moment(visit.target)),)
    if visit.waits:
        return (said.say("sheet.without_date", names=said.awaited(visit.waits, schedule.protocol)),)
    lines = [said.say("sheet.to_be_arranged")]
    if visit.target is not None:
        mark = _mark(said) if {"at", "month"} & visit.assumed else ""
        lines.append(said.say("sheet.aim", date=said.moment(visit.target)) + mark)
    return tuple(lines)


def _allowed(visit: Visit, said: Words) -> tuple[str, ...]:
    """The first and the last day it may be, each on a line of its own, so that no date breaks in two."""
    if isinstance(visit.plan.at, Given) or visit.waits:
        return ()
    mark = _mark(said) if "window" in visit.assumed else ""
    first, last = visit.opens, visit.closes
    if first is None and last is None:
        return (said.say("sheet.not_stated"),)
    if first is None:
        assert last is not None
        return (said.say("sheet.not_after", last=said.day(last)) + mark,)
    if last is None:
        return (said.say("sheet.not_before", first=said.day(first)) + mark,)
    if day_of(first) == day_of(last):
        return (said.say("sheet.only_day", first=said.day(first)) + mark,)
    return tuple((said.say("sheet.between", first=said.day(first), last="\n" + said.day(last)) + mark).split("\n"))


def _texts(visit: Visit, said: Words) -> list[str]:
    texts = [said.text(visit.plan.text)]
    texts += [
        said.text(task.activity.text)
        for task in visit.tasks
        if task.activity.text is not None and task.applies in (Applies.YES, Applies.UNDECIDED)
    ]
    if visit.applies is Applies.UNDECIDED:
        texts.append(said.say("sheet.if_needed"))
    elif visit.certainty.value == "tentative" and not visit.waits and visit.booked is None and visit.actual is None:
        texts.append(said.say("sheet.tentative"))
    if visit.plan.optional:
        texts.append(said.say("sheet.optional"))
    return [text for text in texts if text]


def _period(period: Period, schedule: Schedule, said: Words) -> SheetPeriod:
    mark = _mark(said) if {"from", "to", "month"} & period.assumed else ""
    texts = [said.text(period.plan.text)]
    if period.applies is Applies.UNDECIDED:
        texts.append(said.say("sheet.if_needed"))
    if period.waits:
        texts.append(said.say("sheet.without_date", names=said.awaited(period.waits, schedule.protocol)))
    return SheetPeriod(
        label=said.period(period.plan),
        days=said.stretch(period.start, period.end, period.end_kind) + mark,
        texts=tuple(filter(None, texts)),
    )


def _mark(said: Words) -> str:
    return " " + said.say("sheet.assumed_mark")
