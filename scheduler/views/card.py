"""A participant's wallet card, in words: what was received, whom to ring and when, how long to stay near.

What nobody has recorded, and what the protocol does not say, is an empty text: a line to write on. What is only planned is not
printed, for a card is shown to people who cannot know that it has not happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.facts.records import Site, Status
from scheduler.language.moments import Moment
from scheduler.language.syntax import EndKind
from scheduler.protocol.records import Card as PlannedCard
from scheduler.schedule.records import Certainty, Period, Schedule
from scheduler.views.papers import is_shown
from scheduler.views.sheet import Number, assumed_mark, day_at, numbers
from scheduler.views.words import Words, words

_UNTIL = {EndKind.ON: "card.until", EndKind.AT_LEAST: "card.at_least", EndKind.NOT_AFTER: "card.not_after"}


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked for, and what is known of it; nothing where it is to be written in."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a wallet card shows. `mark` and `footer` stand beside it on the paper, `stamp` on the card."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    participant: str
    hospital: str
    therapy: str
    received: Line
    numbers: tuple[Number, ...]
    ring_when: str
    restrictions: tuple[Line, ...]
    for_doctors: str
    has_assumptions: bool
    stamp: str
    mark: str
    footer: str
    words: Mapping[str, str]


def card(schedule: Schedule, site: Site, issued_at: datetime) -> Card:
    """The wallet card of one participant, in the participant's language."""
    said = words(schedule.participant.language)
    study = schedule.protocol.study
    planned = study.card or PlannedCard(source="")
    received = _received(schedule)
    restrictions = tuple(_restrictions(planned, schedule, said))
    day, version = day_at(issued_at, site, said), study.protocol_version or "-"
    return Card(
        language=schedule.participant.language,
        paper=site.paper.value,
        title=said.say("card.title"),
        notice=said.text(study.notice),
        study=" · ".join(filter(None, [study.id, study.registry])),
        participant=schedule.participant.id,
        hospital=said.text(site.name),
        therapy=said.text(planned.therapy),
        received=Line(said.name(study.anchor, schedule.protocol), said.day(received) if received is not None else ""),
        numbers=numbers(site, said),
        ring_when=said.text(planned.ring_when),
        restrictions=restrictions,
        for_doctors=said.text(planned.for_doctors),
        has_assumptions=any(said.say("sheet.assumed_mark") in line.text for line in restrictions),
        stamp=said.say("card.stamp", version=version, issued=day),
        mark=" · ".join([said.say("card.title"), schedule.participant.id]),
        footer=said.say("months.footer", study=study.id, version=version, issued=day),
        words=said.fixed("card", "sheet"),
    )


def _received(schedule: Schedule) -> Moment | None:
    """The day on which what the study counts from took place."""
    anchor = schedule.protocol.study.anchor
    recorded = schedule.participant.recorded.get(anchor, ())
    visits = (visit.actual for visit in schedule.visits if visit.id == anchor)
    events = (record.moment for record in recorded if record.status is Status.ACTUAL)
    return next((moment for moment in (*visits, *events) if moment is not None), None)


def _restrictions(planned: PlannedCard, schedule: Schedule, said: Words) -> Iterator[Line]:
    """The restrictions of the card that are for this participant, in the card's order."""
    for rule in planned.restrictions:
        for period in schedule.periods:
            if period.plan.rule == rule and is_shown(period, schedule):
                yield Line(said.period(period.plan), _until(period, said))


def _until(period: Period, said: Words) -> str:
    """Until when, once that rests on nothing that may still change."""
    if period.end is None or period.empty or period.waits or period.certainty is not Certainty.FIRM:
        return ""
    mark = assumed_mark(said) if {"from", "to"} & period.assumed else ""
    return said.say(_UNTIL[period.end_kind], day=said.day(period.end)) + mark
