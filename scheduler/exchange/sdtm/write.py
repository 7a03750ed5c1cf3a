"""The SDTM datasets of a study, each as CSV and as Dataset-JSON, and what they do not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from scheduler.exchange.records import Loss, Written
from scheduler.exchange.rules import other_languages
from scheduler.exchange.sdtm import losses
from scheduler.exchange.sdtm.datasets import files_of
from scheduler.exchange.sdtm.design import Design
from scheduler.exchange.sdtm.reference import reference_start
from scheduler.exchange.sdtm.subjects import subject_visits
from scheduler.exchange.visits import OneVisit, ids, visits_of
from scheduler.language.syntax import NoWindow
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Schedule
from scheduler.views.words import words

_LANGUAGE = "en"


def write(protocol: Protocol, made_at: datetime, schedules: Sequence[Schedule] | None = None, reference: str = "") -> Written:
    """TV, TA and TE of a protocol, and SV of its participants' schedules where there are any to look at.

    `reference` is what SDTM's study days count from, a point of the protocol language; the study's anchor where nothing is said. Raises
    SchedulerError when it is none.
    """
    visits = visits_of(protocol)
    start = reference_start(reference, protocol, ids(visits))
    design = Design(protocol, visits, start, words(_LANGUAGE))
    datasets = [*design.datasets(), *([subject_visits(design, schedules, start)] if schedules is not None else [])]
    lost = {kind: tuple(names) for kind, names in _lost(design, schedules)}
    notices = []
    if start.planned is None:
        notices.append(
            f'VISITDY is empty: how far "{start.point}" lies from {protocol.study.anchor} is not the same for everybody'
        )
    for dataset in datasets:
        if guarded := dataset.guarded():
            notices.append(f"{dataset.name.lower()}.csv has an apostrophe before what looks like a formula: {', '.join(guarded)}")
    return Written(
        files=files_of(datasets, protocol.study.id, made_at),
        lost=tuple(Loss(kind, lost[kind]) for kind in losses.LOSSES if kind in lost),
        notices=tuple(notices),
    )


def _lost(design: Design, schedules: Iterable[Schedule] | None) -> Iterator[tuple[str, Iterable[str]]]:
    """The kinds of loss that something falls under, with the names they concern."""
    protocol = design.protocol
    named = {
        losses.WINDOWS: [visit.id for visit in design.visits if _has_window(visit)],
        losses.CONDITIONS: [visit.id for visit in design.visits if design.asks_more(visit) or visit.plan.cases],
        losses.NO_DAY: [row.visit.id for row in design.planned if row.day is None],
        losses.SERIES: [visit.id for visit in design.visits if visit.several],
        losses.MORE_RULES: [visit.id for visit in design.visits if _has_more(visit)],
        losses.ACTIVITIES: [activity.id for activity in protocol.activities],
        losses.PERIODS: [period.id for period in protocol.periods],
        losses.NO_EPOCH: [visit.id for visit in design.visits if not visit.plan.epoch],
        losses.LANGUAGES: other_languages(protocol),
        losses.LONG: list(design.cut),
    }
    yield from ((kind, names) for kind, names in named.items() if names)
    if protocol.epochs:
        yield losses.ELEMENTS, ()
    yield losses.STUDY, ()
    if schedules is not None:
        yield losses.RECORDS, ()


def _has_window(visit: OneVisit) -> bool:
    windows = [case.window for case in visit.plan.cases or (visit.plan,)]
    return any(window is not None and not isinstance(window, NoWindow) for window in windows)


def _has_more(visit: OneVisit) -> bool:
    plan = visit.plan
    rules = (plan.prefer, plan.allowance, plan.until, plan.missed_after, plan.missed_never, plan.yields_to, plan.moves)
    return any(rules) or plan.optional
