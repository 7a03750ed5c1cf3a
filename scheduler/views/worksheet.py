"""The worksheet of one visit, in words: what is planned is printed, what happens is written in by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from scheduler.facts.records import Site
from scheduler.language.moments import Moment, day_of, in_order
from scheduler.language.syntax import Given
from scheduler.planning.status import status
from scheduler.protocol.records import Protocol
from scheduler.schedule.blinded import blinded_facts
from scheduler.schedule.records import Applies, Sample, Schedule, Task, Visit
from scheduler.views.expressions import Phrases
from scheduler.views.identity import Identity, study_line
from scheduler.views.rows import provisional, window_lines
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the head: what it is, and what was planned."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something to do and to tick. `keys` are those of its notes; `planned` says when, where it has a time of its own."""

    what: str
    keys: str
    planned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What is said of procedures below their table, by its key."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Worksheet:
    """Everything a worksheet shows. `remarks` are what to look at before the visit; what is to be filled in has no field."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    participant: str
    visit: str
    visit_id: str
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...]
    timed: bool
    procedures: tuple[Procedure, ...]
    notes: tuple[Note, ...]
    next_visit: str
    blinded: str
    identity: str


@dataclass(frozen=True, slots=True)
class Worksheets:
    """The worksheets of several visits of a site, as one document; `nobody` says so where there is none.

    `words` are the phrases that are the same on every one.
    """

    language: str
    paper: str
    title: str
    notice: str
    sheets: tuple[Worksheet, ...]
    nobody: str
    words: Mapping[str, str]


def coming_worksheets(
    protocol: Protocol, site: Site, schedules: Iterable[Schedule], today: date, days: int, identity: Identity
) -> Worksheets:
    """The worksheets of a site's visits of today and the coming days: those with a day, by date, then those that are to book."""
    said = words(site.language)
    found = status(schedules, {site.id: today}, days)
    items = [item for item in (*found.today, *found.coming, *found.to_book) if item.visit.actual is None]
    return Worksheets(
        language=site.language,
        paper=site.paper.value,
        title=" · ".join([said.say("worksheet.coming", days=said.days(days)), said.text(site.name)]),
        notice=said.text(protocol.study.notice),
        sheets=tuple(worksheet(item.schedule, item.visit, site, identity) for item in items),
        nobody=said.say("worksheet.nobody") if not items else "",
        words=said.fixed("worksheet", "staff"),
    )


def one_worksheet(schedule: Schedule, visit: Visit, site: Site, identity: Identity) -> Worksheets:
    """The worksheet of one visit, as a document."""
    made = worksheet(schedule, visit, site, identity)
    return Worksheets(
        language=made.language,
        paper=made.paper,
        title=" · ".join([made.title, made.participant, made.visit]),
        notice=made.notice,
        sheets=(made,),
        nobody="",
        words=words(site.language).fixed("worksheet", "staff"),
    )


def worksheet(schedule: Schedule, visit: Visit, site: Site, identity: Identity) -> Worksheet:
    """The worksheet of a visit, in the language of the site and by the version of the protocol that the visit follows."""
    said = words(site.language)
    protocol = schedule.protocol_of(visit)
    together = [visit, *(other for other in schedule.visits if other.part_of == visit.id)]
    notes = _Notes(said)
    procedures = tuple(row for task in _tasks(together, schedule) for row in _procedures(task, visit, schedule, notes, said))
    return Worksheet(
        language=site.language,
        paper=site.paper.value,
        title=said.say("worksheet.title"),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        participant=schedule.participant.id,
        visit=_name(visit, said),
        visit_id=visit.id,
        facts=tuple(_facts(visit, schedule, site, said)),
        remarks=tuple(_remarks(visit, together[1:], schedule, said)),
        timed=any(row.planned for row in procedures),
        procedures=procedures,
        notes=notes.listed(),
        next_visit=_next(visit, schedule, said),
        blinded=said.say("worksheet.blinded") if blinded_facts([protocol]) else "",
        identity=replace(identity, protocol_version=protocol.study.protocol_version).said(said),
    )


def _name(visit: Visit, said: Words) -> str:
    """What a visit is called, and its id where that is another name: the one the case report form may have."""
    name = said.visit(visit.plan)
    return name if name == visit.id else said.say("worksheet.name", name=name, id=visit.id)


# -- the head


def _facts(visit: Visit, schedule: Schedule, site: Site, said: Words) -> Iterator[Fact]:
    yield Fact(said.say("staff.site"), tuple(filter(None, [said.text(site.name), said.text(site.city)])))
    yield Fact(said.say("sheet.participant"), (schedule.participant.id,))
    yield Fact(said.say("staff.visit"), (_name(visit, said),))
    if visit.plan.mode is not None:
        yield Fact(said.say("worksheet.kind"), (said.say(f"mode.{visit.plan.mode.value}") + _mark(visit, said, "mode"),))
    yield Fact(said.say("worksheet.target"), (_target(visit, schedule, said),))
    yield Fact(said.say("staff.window"), _window(visit, said))
    yield Fact(said.say("staff.booked"), (said.moment(visit.booked) if visit.booked else said.say("staff.to_book"),))


def _target(visit: Visit, schedule: Schedule, said: Words) -> str:
    """The day the protocol plans it for."""
    if visit.target is not None:
        return said.moment(visit.target) + _mark(visit, said, "at")
    if visit.waits:
        return said.say("staff.waits_for", names=said.awaited(visit.waits, schedule.protocol_of(visit)))
    return said.say("worksheet.no_target")


def _window(visit: Visit, said: Words) -> tuple[str, ...]:
    first, *rest = (*filter(None, window_lines(visit, said)), "")
    if first:
        return tuple(filter(None, (first, " ".join(filter(None, rest)))))  # the mark of an assumption stays beside the last day
    if isinstance(visit.plan.at, Given):
        return (said.say("worksheet.no_window"),)
    return (said.say("period.waits" if visit.window_waits else "sheet.not_stated"),)


def _mark(visit: Visit, said: Words, key: str) -> str:
    return " " + said.say("staff.assumed_mark") if key in visit.assumed else ""


def _remarks(visit: Visit, parts: list[Visit], schedule: Schedule, said: Words) -> Iterator[str]:
    """What to know of the visit beforehand: what is not settled, what is not as the protocol has it, what was noted."""
    if visit.outside and visit.booked is not None and visit.actual is None:
        yield said.say("worksheet.outside")
    if visit.empty:
        yield said.say("worksheet.no_day")
    if visit.applies is Applies.UNDECIDED:
        yield said.say("worksheet.undecided", names=said.names(visit.why.undecided, schedule.protocol_of(visit)))
    if parts:
        yield said.say("sheet.together", names=said.say("date.list").join(said.visit(part.plan) for part in parts))
    yield from (said.say("worksheet.remark", text=text) for text in provisional(schedule, visit, said))
    if visit.record.note and not visit.over:  # of one that is over, the note may tell what happened
        yield said.say("staff_calendar.note", note=visit.record.note)


# -- the procedures


class _Notes:
    """The notes of a worksheet: the same text has one key, in the order in which they are needed."""

    def __init__(self, said: Words) -> None:
        self._said = said
        self._keys: dict[str, str] = {}
        self._assumed = False

    def key(self, text: str) -> str:
        """The key of a note."""
        return self._keys.setdefault(text, _letters(len(self._keys)))

    def assumed(self) -> str:
        """The mark of what is assumed."""
        self._assumed = True
        return self._said.say("sheet.assumed_mark")

    def listed(self) -> tuple[Note, ...]:
        """All of them."""
        mark = [Note(self._said.say("sheet.assumed_mark"), self._said.say("worksheet.assumed"))] if self._assumed else []
        return (*(Note(key, text) for text, key in self._keys.items()), *mark)


def _letters(number: int) -> str:
    """The keys of notes: a to z, then aa to az."""
    rest, letter = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + "abcdefghijklmnopqrstuvwxyz"[letter]


def _tasks(visits: Iterable[Visit], schedule: Schedule) -> list[Task]:
    """The procedures of a visit and of those that are part of it, each once, in the protocol's order."""
    found: dict[str, Task] = {}
    for visit in visits:
        for task in visit.tasks if visit.applies.shown else ():
            if task.applies.shown:
                found.setdefault(task.activity.id, task)
    order = {activity.id: place for place, activity in enumerate(schedule.protocol_of(next(iter(visits))).activities)}
    return sorted(found.values(), key=lambda task: order.get(task.activity.id, len(order)))


def _procedures(task: Task, visit: Visit, schedule: Schedule, notes: _Notes, said: Words) -> Iterator[Procedure]:
    """The lines of a procedure: one, or one for each of its times."""
    what = said.text(task.activity.label, task.activity.id)
    keys = [notes.key(text) for text in _said_of(task, visit, schedule, said)]
    if task.activity.assumed & {"at", "when", "window", "times"}:
        keys.append(notes.assumed())
    joined = said.say("worksheet.keys").join(keys)
    if not task.samples:
        yield Procedure(what, joined, ())
    for sample in task.samples:
        yield Procedure(what, joined, tuple(_time(sample, visit, Phrases(schedule.protocol_of(visit), said))))


def _said_of(task: Task, visit: Visit, schedule: Schedule, said: Words) -> Iterator[str]:
    """When a procedure is done at all, on which days, and what its times are counted from."""
    protocol = schedule.protocol_of(visit)
    if task.activity.when is not None:
        asked = said.say("worksheet.only_if", what=Phrases(protocol, said).condition(task.activity.when))
        if task.applies is Applies.UNDECIDED:
            asked = said.say("worksheet.open", what=asked, names=said.names(task.undecided, protocol))
        yield asked
    if (gate := _gate(task, said)) is not None:
        yield gate
    elif task.activity.window is not None:
        yield said.say("worksheet.gate_waits", names=said.awaited(task.waits, protocol))
    if any(not _has_clock(sample, visit) for sample in task.samples):
        yield said.say("worksheet.times")


def _gate(task: Task, said: Words) -> str | None:
    """The first and the last day of a procedure that has days of its own."""
    if task.earliest is not None and task.latest is not None:
        return said.say("worksheet.gate", days=said.say("period.days", start=said.day(task.earliest), end=said.day(task.latest)))
    if task.earliest is not None:
        return said.say("worksheet.gate", days=said.say("sheet.not_before", first=said.day(task.earliest)))
    if task.latest is not None:
        return said.say("worksheet.gate", days=said.say("sheet.not_after", last=said.day(task.latest)))
    return None


def _has_clock(sample: Sample, visit: Visit) -> bool:
    """Whether a time can be printed: one that is counted from when the visit began is no plan, but what happened."""
    return sample.target is not None and visit.actual is None


def _time(sample: Sample, visit: Visit, phrases: Phrases) -> Iterator[str]:
    """How far from the start of the visit, the clock time where that is known, and from when to when it is right."""
    said = phrases.said
    yield phrases.time(sample.time)
    if sample.target is None or not _has_clock(sample, visit):
        return
    start = visit.booked or visit.target
    yield _clock(sample.target, start, said)
    if isinstance(sample.earliest, datetime) and isinstance(sample.latest, datetime):
        yield said.say("worksheet.between", first=_clock(sample.earliest, start, said), last=_clock(sample.latest, start, said))


def _clock(moment: Moment, start: Moment | None, said: Words) -> str:
    """A clock time; with its day, unless that is the day of the visit."""
    same = isinstance(moment, datetime) and start is not None and day_of(moment) == day_of(start)
    return said.time(moment) if same else said.moment(moment)


# -- what comes then


def _next(visit: Visit, schedule: Schedule, said: Words) -> str:
    """The visit that follows, with the day it is booked for, else the days it may be on."""
    dated = [(in_order(other.day), other) for other in schedule.visits if other.day is not None and _is_to_come(other)]
    coming = [pair for pair in dated if visit.day is not None and pair[0] > in_order(visit.day)]
    if not coming:
        return said.say("worksheet.no_next")
    _, found = min(coming, key=lambda pair: pair[0])
    if found.booked is not None:
        days = said.moment(found.booked)
    else:
        window = said.say("staff_calendar.space").join(filter(None, window_lines(found, said)))
        days = said.say("worksheet.to_book", days=window or (said.moment(found.day) if found.day else ""))
    return said.say("worksheet.next", name=_name(found, said), days=days)


def _is_to_come(visit: Visit) -> bool:
    """Whether somebody still waits for a visit, as one of its own."""
    return visit.applies.shown and not visit.over and not visit.part_of
