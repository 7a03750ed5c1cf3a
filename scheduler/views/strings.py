"""Every text that a participant's calendar or visit sheet can contain, for those who approve what participants are given.

Blanks in { } are filled in with days, clock times, telephone numbers, codes, and names and texts that are in the list themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from scheduler.facts.records import Site
from scheduler.protocol.records import COUNTER, PlannedVisit, Protocol, Text
from scheduler.views.words import Words


class Paper(Enum):
    """What a participant is given."""

    CALENDAR = "calendar"
    SHEET = "sheet"


class Said(NamedTuple):
    """A text, on which paper, and where it is written: a phrase of the program, or an entry of the protocol or of sites.yaml."""

    paper: Paper
    source: str
    text: str


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
}  # by paper, the sections of the words, or single phrases


def strings(protocols: Iterable[Protocol], sites: Iterable[Site], said: Words) -> tuple[Said, ...]:
    """Every distinct text in one language: those of the calendar, which must give nothing away, then those of the sheet."""
    protocols, sites = list(protocols), list(sites)
    found = [
        *(Said(paper, f"words: {key}", text) for paper, keys in PHRASES.items() for key, text in said.phrases(keys)),
        *(each for protocol in protocols for each in _of_protocol(protocol, said)),
        *(each for site in sites for each in _of_site(site, said)),
    ]
    first = {(each.paper, each.text): each for each in reversed(found) if each.text}
    return tuple(sorted(first.values(), key=lambda each: (list(Paper).index(each.paper), found.index(each))))


def _of_protocol(protocol: Protocol, said: Words) -> Iterator[Said]:
    study = protocol.study
    for key, text in (("title", said.text(study.title)), ("id", study.id), ("registry", study.registry)):
        yield Said(Paper.SHEET, f"study: {key}", text)
    yield Said(Paper.SHEET, "study: notice", said.text(study.notice))
    for visit in protocol.visits:
        yield from _of_visit(visit, said)
    for period in protocol.periods:
        yield Said(Paper.SHEET, f"{period.rule}: label", said.period(period))
        yield Said(Paper.SHEET, f"{period.rule}: participant text", said.text(period.text))
    for activity in protocol.activities:
        yield Said(Paper.SHEET, f"{activity.id}: participant text", said.text(activity.text))
    named: list[tuple[str, Text | None]] = [(event.id, event.label) for event in protocol.events.values()]
    named += [(fact.id, fact.label) for fact in protocol.facts.values()]
    for id, label in named:  # what a date waits for
        yield Said(Paper.SHEET, f"{id}: label", said.text(label, id))


def _of_visit(visit: PlannedVisit, said: Words) -> Iterator[Said]:
    if visit.label is not None or not COUNTER.search(visit.id):  # the others are called after their days: "Month {number}"
        yield Said(Paper.SHEET, f"{visit.rule}: label", said.visit(visit))
    for label in visit.inside:
        yield Said(Paper.SHEET, f"{visit.rule}: label", said.text(label))
    for case in visit.cases or (visit,):
        yield Said(Paper.CALENDAR, f"{visit.rule}: calendar text", said.text(case.calendar_text))
        yield Said(Paper.SHEET, f"{visit.rule}: participant text", said.text(case.text))


def _of_site(site: Site, said: Words) -> Iterator[Said]:
    yield Said(Paper.CALENDAR, f"{site.id}: appointments, place", said.text(site.appointments.place))
    for key, text in (("name", site.name), ("address", site.address), ("city", site.city)):
        yield Said(Paper.SHEET, f"{site.id}: {key}", said.text(text))
