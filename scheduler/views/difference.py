"""What an amendment changes, in words: for each participant what moves, appears, disappears and stays, and what is to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.facts.records import Site
from scheduler.language.moments import Moment
from scheduler.planning.difference import Booking, Difference, Fate, differences
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Period, Schedule, Visit
from scheduler.views.calendar import event_of
from scheduler.views.identity import Identity, study_line
from scheduler.views.rows import site_name
from scheduler.views.words import Words, words

_SHOWN = (Fate.MOVES, Fate.CHANGES, Fate.APPEARS, Fate.DISAPPEARS)


@dataclass(frozen=True, slots=True)
class Impact:
    """What an amendment changes for one participant; `reissue` when the calendar they have is no longer right."""

    before: Schedule
    after: Schedule
    found: tuple[Difference, ...]
    reissue: bool


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One visit or period that is not as it was, or whose booking is looked at."""

    item: str
    fate: str
    before: str
    after: str
    booking: str


@dataclass(frozen=True, slots=True)
class ParticipantDifferences:
    """One participant, in one line, and what changes."""

    participant: str
    site: str
    summary: str
    reissue: bool
    rows: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """What an amendment changes for everybody."""

    language: str
    title: str
    notice: str
    study: str
    totals: tuple[str, ...]
    participants: tuple[ParticipantDifferences, ...]
    identity: str
    say: Words


def impact(before: Schedule, after: Schedule, site: Site, since: date) -> Impact:
    """What becomes of one participant's schedule."""
    found = differences(before, after, since)
    return Impact(before, after, found, any(_shows(each, before, after, site) for each in found if each.fate in _SHOWN))


def _shows(each: Difference, before: Schedule, after: Schedule, site: Site) -> bool:
    """Whether the participant's calendar shows a difference; that a day has passed makes none."""
    old = event_of(each.before, before, site, str, date.min) if each.before is not None else None
    new = event_of(each.after, after, site, str, date.min) if each.after is not None else None
    return old != new


def difference_page(
    protocol: Protocol,
    impacts: Iterable[Impact],
    sites: Mapping[str, Site],
    versions: tuple[str, str],
    since: Mapping[str, date],
    missing: Iterable[str],
    identity: Identity,
) -> DifferencePage:
    """The page of an amendment, in the study's language. At the `missing` sites the later version is not in force."""
    study = protocol.study
    said = words(study.language)
    impacts = list(impacts)
    return DifferencePage(
        language=study.language,
        title=said.say("difference.title", before=versions[0], after=versions[1]),
        notice=said.text(study.notice),
        study=study_line(protocol, said),
        totals=tuple(_totals(impacts, versions[1], since, missing, sites, said)),
        participants=tuple(_participant(each, sites, said) for each in impacts),
        identity=identity.said(said),
        say=said,
    )


def _totals(
    impacts: list[Impact],
    version: str,
    since: Mapping[str, date],
    missing: Iterable[str],
    sites: Mapping[str, Site],
    said: Words,
) -> Iterable[str]:
    for site, day in since.items():
        yield said.say("difference.in_force", version=version, site=said.text(sites[site].name), day=said.day(day))
    yield _counted([each for one in impacts for each in one.found], said)
    codes = [one.after.participant.id for one in impacts if one.reissue]
    names = said.say("date.list").join(codes) or "-"
    yield said.say("difference.reissue_all", count=len(codes), all=len(impacts), names=names)
    for site in missing:
        yield said.say("difference.not_in_force", version=version, site=said.text(sites[site].name))


def _participant(one: Impact, sites: Mapping[str, Site], said: Words) -> ParticipantDifferences:
    return ParticipantDifferences(
        participant=one.after.participant.id,
        site=site_name(one.after, sites, said),
        summary=_counted(one.found, said),
        reissue=one.reissue,
        rows=tuple(_row(each, said) for each in one.found if each.fate in _SHOWN),
    )


def _counted(found: Iterable[Difference], said: Words) -> str:
    """How many visits move, appear, disappear, stay, are kept; and what becomes of how many bookings."""
    visits = [each for each in found if isinstance(each.item, Visit)]
    fates = Counter(each.fate for each in visits)
    bookings = Counter(each.booking for each in visits)
    parts = [said.say(f"difference.count_{fate.value}", count=fates[fate]) for fate in Fate if fates[fate]]
    parts += [
        said.say(f"difference.count_{booking.value.replace(' ', '_')}", count=bookings[booking])
        for booking in Booking
        if bookings[booking]
    ]
    return said.say("date.list").join(parts)


def _row(each: Difference, said: Words) -> DifferenceRow:
    item = each.item
    new, old = each.activities
    fate = [said.say(f"difference.{each.fate.value}")]
    fate += [said.say("difference.more", names=said.say("date.list").join(new))] if new and each.before else []
    fate += [said.say("difference.less", names=said.say("date.list").join(old))] if old and each.after else []
    fate += [said.say("difference.closed")] if each.closed else []
    booked = item.booked if isinstance(item, Visit) else None
    booking = said.say(f"difference.{each.booking.value.replace(' ', '_')}") if each.booking else ""
    if booked is not None and booking:
        booking = said.say("difference.booked", day=said.day(booked), state=booking)
    return DifferenceRow(
        item=said.visit(item.plan) if isinstance(item, Visit) else said.period(item.plan),
        fate=said.say("why.and").join(fate),
        before=days_of(each.before, said),
        after=days_of(each.after, said),
        booking=booking,
    )


def days_of(item: Visit | Period | None, said: Words) -> str:
    """The window of a visit and its target, or the days of a period."""
    if item is None:
        return "-"
    if isinstance(item, Period):
        return said.stretch(item.start, item.end, item.end_kind)
    target = _day(item.target, said)
    if item.opens is None and item.closes is None:
        return target
    return said.say("difference.days", target=target, first=_day(item.opens, said), last=_day(item.closes, said))


def _day(moment: Moment | None, said: Words) -> str:
    return said.day(moment) if moment is not None else "…"
