"""The documents of a study that can be printed one at a time: each by its name, for a site, a participant or a visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from scheduler.about import PROGRAM
from scheduler.drawing import timeline_paper
from scheduler.facts.records import Paper, Site
from scheduler.pages import CARD, MONTHS, ROSTER, SOA, TIMELINE, VISIT_SHEET, WORKSHEET
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import SchedulerError, did_you_mean
from scheduler.schedule.records import Schedule
from scheduler.study.folder import Study
from scheduler.views.card import card
from scheduler.views.identity import Identity
from scheduler.views.months import months
from scheduler.views.roster import WEEKS, roster
from scheduler.views.sheet import sheet
from scheduler.views.soa import soa_page
from scheduler.views.study import SOON
from scheduler.views.timeline import timeline
from scheduler.views.words import known_language, languages, words
from scheduler.views.worksheet import coming_worksheets, one_worksheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which document is wanted. Empty is what is not said: then the language and the paper are those of its readers.

    `today` is the day each site has; a roster reaches over so many `weeks` from it.
    """

    name: str
    site: str = ""
    participant: str = ""
    visit: str = ""
    weeks: int = WEEKS
    language: str = ""
    paper: Paper | None = None
    today: Mapping[str, date]
    issued_at: datetime
    horizon: date | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What is laid out by which template, and who is named when it cannot be printed."""

    template: str
    view: Any
    whose: str


def document(study: Study, asked: Asked) -> Document:
    """A document of a study. Raises SchedulerError: when it is of nobody, or there is no such site, participant or visit."""
    if asked.language and known_language(asked.language) is None:
        raise SchedulerError(f'no words for the language "{asked.language}" (there are: {", ".join(languages())})')
    return _MAKERS[asked.name](_as_asked(study, asked), asked)


def identity(study: Study, issued_at: datetime, protocol: Protocol | None = None) -> Identity:
    """What papers say of the study they are made from; of one version of its protocol, where they follow no other."""
    return Identity((protocol or study.protocol).study.protocol_version, study.digest, PROGRAM, issued_at)


def _as_asked(study: Study, asked: Asked) -> Study:
    """The study as if all spoke the language, and used the paper, that is asked for."""
    sites = {
        code: replace(site, language=asked.language or site.language, paper=asked.paper or site.paper)
        for code, site in study.sites.items()
    }
    people = {code: replace(person, language=asked.language or person.language) for code, person in study.participants.items()}
    return replace(study, sites=sites, participants=people)


def _visit_sheet(study: Study, asked: Asked) -> Document:
    schedule, site = _whose("a visit sheet", study, asked)
    return Document(VISIT_SHEET, sheet(schedule, site, asked.issued_at), schedule.participant.id)


def _months(study: Study, asked: Asked) -> Document:
    schedule, site = _whose("a study calendar", study, asked)
    days = study.open_days[site.id].in_language(schedule.participant.language)
    return Document(MONTHS, months(schedule, site, days, asked.today[site.id], asked.issued_at), schedule.participant.id)


def _card(study: Study, asked: Asked) -> Document:
    schedule, site = _whose("a wallet card", study, asked)
    return Document(CARD, card(schedule, site, asked.issued_at), schedule.participant.id)


def _timeline(study: Study, asked: Asked) -> Document:
    """Of one site, or of all."""
    part = study.at(asked.site) if asked.site else study
    site = next(iter(part.sites.values()))
    language = asked.language or (site.language if asked.site else study.protocol.study.language)
    today = max(asked.today[id] for id in part.sites)
    view = timeline(study.protocol, part.schedules(asked.horizon).values(), part.sites, today, language)
    footer = identity(study, asked.issued_at).said(words(language))
    return Document(TIMELINE, timeline_paper(view, site.paper.value, footer), study.protocol.study.id)


def _whose(what: str, study: Study, asked: Asked) -> tuple[Schedule, Site]:
    """The participant whose paper is asked for. Raises SchedulerError."""
    if not asked.participant:
        raise SchedulerError(f"{what} is a participant's: name one (--participant)")
    person = study.participant(asked.participant)
    return study.schedule(person, asked.horizon), study.sites[person.site]


def _worksheet(study: Study, asked: Asked) -> Document:
    """Of one visit; or of everything that is to come at a site."""
    if not asked.participant:
        if asked.visit:
            raise SchedulerError("a visit is a participant's: name one (--participant)")
        return _worksheets(study, asked)
    person = study.participant(asked.participant)
    schedule = study.schedule(person, asked.horizon)
    found = {visit.id: visit for visit in schedule.visits}
    if asked.visit not in found:
        hint = did_you_mean(asked.visit, list(found)) if asked.visit else ": name one (--visit)"
        raise SchedulerError(
            f'{person.id} has no visit "{asked.visit}"{hint}' if asked.visit else f"a worksheet is a visit's{hint}"
        )
    site, visit = study.sites[person.site], found[asked.visit]
    said = identity(study, asked.issued_at, schedule.protocol_of(visit))
    return Document(WORKSHEET, one_worksheet(schedule, visit, site, said), person.id)


def _worksheets(study: Study, asked: Asked) -> Document:
    site = _site(study, asked)
    today, own = asked.today[site.id], study.at(site.id).schedules(asked.horizon).values()
    protocol = study.in_force(site.id, today)
    view = coming_worksheets(protocol, site, own, today, SOON, identity(study, asked.issued_at, protocol))
    return Document(WORKSHEET, view, site.id)


def _roster(study: Study, asked: Asked) -> Document:
    site = _site(study, asked)
    today, own = asked.today[site.id], study.at(site.id).schedules(asked.horizon).values()
    protocol = study.in_force(site.id, today)
    said = identity(study, asked.issued_at, protocol)
    return Document(ROSTER, roster(protocol, site, own, study.open_days[site.id], today, asked.weeks, said), site.id)


def _activities(study: Study, asked: Asked) -> Document:
    site = _site(study, asked) if asked.site else next(iter(study.sites.values()))
    protocol = study.in_force(site.id, asked.today[site.id]) if asked.site else study.protocol
    language = asked.language or (site.language if asked.site else protocol.study.language)
    said = identity(study, asked.issued_at, protocol)
    return Document(SOA, soa_page(protocol, said, language, site.paper.value), protocol.study.id)


def _site(study: Study, asked: Asked) -> Site:
    """The site that is asked for, or the only one there is."""
    if not asked.site and len(study.sites) > 1:
        raise SchedulerError(f"this is for one site: name it (--site); there are: {', '.join(study.sites)}")
    name = asked.site or next(iter(study.sites))
    return study.at(name).sites[name]


_MAKERS = {
    "visit-sheet": _visit_sheet,
    "months": _months,
    "card": _card,
    "worksheet": _worksheet,
    "roster": _roster,
    "schedule-of-activities": _activities,
    "timeline": _timeline,
}
ONLY_PAPER = ("card", "timeline")  # of these there is no page
DOCUMENTS = tuple(_MAKERS)
