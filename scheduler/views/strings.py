"""Every text that a participant's calendar or visit sheet can contain, for those who approve what participants are given.

Blanks in { } are filled in with days, clock times, telephone numbers, codes, and names and texts that are in the list themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

from scheduler.facts.records import Site
from scheduler.protocol.records import COUNTER, Card, PeriodKind, PlannedVisit, Protocol, Text
from scheduler.views.identity import study_line
from scheduler.views.words import Words


class Paper(Enum):
    """What a participant is given."""

    CALENDAR = "calendar"
    SHEET = "sheet"
    MONTHS = "months"
    CARD = "card"


class Where(Enum):
    """Where on it a text is printed, by the phrase that says so."""

    CALENDAR_NAME = "strings.calendar_name"
    CALENDAR_TITLE = "strings.calendar_title"
    CALENDAR_TEXT = "strings.calendar_text"
    CALENDAR_PLACE = "strings.calendar_place"
    SHEET_HEAD = "strings.sheet_head"
    SHEET_RING = "strings.sheet_ring"
    SHEET_CHANGED = "strings.sheet_changed"
    SHEET_VISITS = "strings.sheet_visits"
    SHEET_PERIODS = "strings.sheet_periods"
    SHEET_FOOT = "strings.sheet_foot"
    MONTHS = "strings.months"
    CARD = "strings.card"
    NAMES = "strings.names"
    DATES = "strings.dates"


class Said(NamedTuple):
    """A text, on which paper and where there, and where it is written: a phrase of the program, or an entry of the protocol or of
    sites.yaml.
    """

    paper: Paper
    where: Where
    source: str
    text: str


class TextList(NamedTuple):
    """The texts in one language as somebody reads them: what they are of, and the texts with their sources, by where they stand."""

    title: str
    head: tuple[str, ...]
    note: str
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


PHRASES = {
    Paper.CALENDAR: ("calendar", "date"),
    Paper.SHEET: (
        "sheet",
        "changed",
        "date",
        "label",
        "mode",
        "period",
        "awaited",
        "between.of",
        "calendar.if_needed",
        "staff.gate",
    ),
    Paper.MONTHS: (
        "months",
        "date",
        "mode",
        "period",
        "awaited",
        "between.of",
        "staff_calendar.space",
        *(f"reason.{key}" for key in ("closed", "closed_for", "extra", "extra_for", "holiday", "made_up")),
        *(
            f"sheet.{key}"
            for key in (
                "ask_until_when assumed assumed_mark between ethics left more_visits no_day no_longer_used no_telephone not_after "
                "not_before not_stated only_day participant passed probably ring ring_day ring_emergency ring_night"
            ).split()
        ),
        "label",
    ),
    Paper.CARD: (
        "card",
        "date",
        "months.footer",
        *(f"sheet.{key}" for key in "assumed assumed_mark ethics ring_day ring_emergency ring_night".split()),
    ),
}  # by paper, the sections of the words, or single phrases

_SECTIONS = {
    "date": Where.DATES,
    "calendar": Where.CALENDAR_TEXT,
    "changed": Where.SHEET_CHANGED,
    "period": Where.SHEET_PERIODS,
    "awaited": Where.NAMES,
    "between": Where.NAMES,
}  # where the phrases of a section stand; those of the others stand beside the visits
_KEYS = {
    Where.CALENDAR_NAME: "calendar.name",
    Where.CALENDAR_TITLE: "calendar.appointment calendar.telephone calendar.home calendar.stay calendar.appointment_open "
    "calendar.telephone_open calendar.home_open calendar.to_be_arranged calendar.timed calendar.planned calendar.if_needed "
    "calendar.cancelled calendar.no_longer_planned calendar.missed",
    Where.SHEET_HEAD: "sheet.title sheet.participant sheet.hospital sheet.no_longer_used",
    Where.SHEET_RING: "sheet.ring sheet.ring_day sheet.ring_night sheet.ring_emergency sheet.ring_when sheet.ring_left sheet.no_telephone",
    Where.SHEET_PERIODS: "sheet.stays sheet.treatments sheet.reminders sheet.without_end sheet.end_planned sheet.ask_until_when "
    "sheet.ask_whether",
    Where.SHEET_FOOT: "sheet.calendar sheet.calendar_how sheet.notes sheet.assumed sheet.ethics sheet.footer",
}
_WHERE = {key: where for where, keys in _KEYS.items() for key in keys.split()}

_ONE_PLACE = {Paper.MONTHS: Where.MONTHS, Paper.CARD: Where.CARD}

_DAY = datetime(2026, 11, 23, 9, 30)  # noqa: DTZ001  # a Monday, to show how days and clock times are written
_LATER = date(2026, 11, 27)
_BLANK = re.compile(r"{\w+}")


def strings(protocols: Iterable[Protocol], sites: Iterable[Site], said: Words) -> tuple[Said, ...]:
    """Every distinct text in one language: those of the calendar, which must give nothing away, then those of the sheet."""
    protocols, sites = list(protocols), list(sites)
    found = [
        *(
            Said(paper, _where(paper, key), f"words: {key}", text)
            for paper, keys in PHRASES.items()
            for key, text in said.phrases(keys)
        ),
        *(each for protocol in protocols for each in _of_protocol(protocol, said)),
        *(each for site in sites for each in _of_site(site, said)),
    ]
    first = {(each.where, each.text): each for each in reversed(found) if each.text}
    return tuple(sorted(first.values(), key=lambda each: (list(Paper).index(each.paper), found.index(each))))


def text_list(
    texts: Iterable[Said], newest: Protocol, protocols: Iterable[Protocol], sites: Iterable[Site], day: date, said: Words
) -> TextList:
    """The texts as they read when they are printed, with days, clock times and appointments as examples."""
    versions = dict.fromkeys(protocol.study.protocol_version or "-" for protocol in protocols)
    groups: dict[Where, dict[str, str]] = {where: {} for where in Where}
    groups[Where.DATES] = {_example(key, said): f"words: {key}" for key in ("date.full", "date.clock", "date.brief")}
    for each in texts:
        printed = _as_printed(each, said)
        if each.where is not Where.DATES and re.search(
            r"[^\W\d_]", _BLANK.sub("", printed)
        ):  # no sign that stands between others
            groups[each.where].setdefault(printed, each.source)
    head = {
        "strings.study": study_line(newest, said),
        "strings.version": said.say("date.list").join(versions),
        "strings.date": said.day(day),
        "strings.sites": said.say("date.list").join(said.text(site.name) for site in sites),
        "strings.language": said.language,
    }
    return TextList(
        title=said.say("strings.title"),
        head=tuple(said.say(key, what=what) for key, what in head.items()),
        note=said.say("strings.note"),
        groups=tuple((said.say(where.value), tuple(lines.items())) for where, lines in groups.items() if lines),
    )


def _where(paper: Paper, key: str) -> Where:
    if paper in _ONE_PLACE:
        return _ONE_PLACE[paper]
    if paper is Paper.SHEET and key == "calendar.if_needed":
        return Where.SHEET_CHANGED
    return _WHERE.get(key) or _SECTIONS.get(key.partition(".")[0], Where.SHEET_VISITS)


def _as_printed(each: Said, said: Words) -> str:
    """A text with what an example can be given of, on one line."""
    what, first, last = said.say("calendar.appointment"), said.day(_DAY), said.day(_LATER)
    if each.source == "words: calendar.to_be_arranged":
        what, first, last = said.say("calendar.appointment_open"), said.brief(_DAY), said.brief(_LATER)
    filled = {"what": what, "time": said.time(_DAY), "last": last, "end": last}
    filled |= dict.fromkeys(("first", "start", "day", "date", "was", "issued", "days"), first)
    return " ".join(_BLANK.sub(lambda blank: filled.get(blank[0][1:-1], blank[0]), each.text).split())


def _example(key: str, said: Words) -> str:
    return {"date.full": said.day, "date.clock": said.moment, "date.brief": said.brief}[key](_DAY)


def _of_protocol(protocol: Protocol, said: Words) -> Iterator[Said]:
    study = protocol.study
    for key, text in (("title", said.text(study.title)), ("id", study.id), ("registry", study.registry)):
        yield Said(Paper.SHEET, Where.SHEET_HEAD, f"protocol: study, {key}", text)
    yield Said(Paper.SHEET, Where.SHEET_HEAD, "protocol: study, notice", said.text(study.notice))
    for key, approved in _approved(study.card):
        yield Said(Paper.CARD, Where.CARD, f"protocol: study, card, {key}", said.text(approved))
    for visit in protocol.visits:
        yield from _of_visit(visit, said)
    for period in protocol.periods:
        where = Where.NAMES if period.kind is PeriodKind.OBSERVATION else Where.SHEET_PERIODS
        yield Said(Paper.SHEET, where, f"protocol: {period.rule}, label", _name(said.period(period)))
        yield Said(Paper.SHEET, where, f"protocol: {period.rule}, participant text", said.text(period.text))
    for activity in protocol.activities:
        yield Said(Paper.SHEET, Where.SHEET_VISITS, f"protocol: {activity.id}, participant text", said.text(activity.text))
    named: list[tuple[str, Text | None]] = [(event.id, event.label) for event in protocol.events.values()]
    named += [(fact.id, fact.label) for fact in protocol.facts.values()]
    for id, label in named:  # what a date waits for
        yield Said(Paper.SHEET, Where.NAMES, f"protocol: {id}, label", said.text(label, id))


def _approved(card: Card | None) -> tuple[tuple[str, Text | None], ...]:
    """The texts of a wallet card, by their keys."""
    return (("therapy", card.therapy), ("ring when", card.ring_when), ("for doctors", card.for_doctors)) if card else ()


def _of_visit(visit: PlannedVisit, said: Words) -> Iterator[Said]:
    if visit.label is not None or not COUNTER.search(visit.id):
        yield Said(Paper.SHEET, Where.SHEET_VISITS, f"protocol: {visit.rule}, label", _name(said.visit(visit)))
    else:  # called after its day ("Month {number}"), and where it has none any more by its id
        yield Said(Paper.SHEET, Where.SHEET_VISITS, f"protocol: {visit.rule}, ids", _name(visit.id))
    for label in visit.inside:
        yield Said(Paper.SHEET, Where.SHEET_VISITS, f"protocol: {visit.rule}, label", _name(said.text(label)))
    for case in visit.cases or (visit,):
        source = f"protocol: {visit.rule}"
        yield Said(Paper.CALENDAR, Where.CALENDAR_TEXT, f"{source}, calendar text", said.text(case.calendar_text))
        yield Said(Paper.SHEET, Where.SHEET_VISITS, f"{source}, participant text", said.text(case.text))


def _name(label: str) -> str:
    """A name, its counters left open."""
    return COUNTER.sub("…", label)


def _of_site(site: Site, said: Words) -> Iterator[Said]:
    yield Said(Paper.CALENDAR, Where.CALENDAR_PLACE, f"sites: {site.id}, appointments, place", said.text(site.appointments.place))
    for key, text in (("name", site.name), ("address", site.address), ("city", site.city)):
        yield Said(Paper.SHEET, Where.SHEET_HEAD, f"sites: {site.id}, {key}", said.text(text))
