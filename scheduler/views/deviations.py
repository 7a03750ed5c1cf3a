"""The list of deviations in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduler.facts.records import Site
from scheduler.planning.deviations import Deviation, Kind
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Visit
from scheduler.views.between import rule_name
from scheduler.views.identity import Identity, study_line
from scheduler.views.rows import site_name
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class DeviationRow:
    """One deviation; `days` has its sign."""

    participant: str
    site: str
    visit: str
    kind: str
    allowed: tuple[str, ...]
    actual: str
    days: str
    reason: str
    version: str
    recorded: str


@dataclass(frozen=True, slots=True)
class DeviationPage:
    """All deviations of a study."""

    language: str
    title: str
    notice: str
    study: str
    rows: tuple[DeviationRow, ...]
    identity: str
    say: Words


def deviation_page(
    protocol: Protocol, found: Iterable[Deviation], sites: Mapping[str, Site], identity: Identity
) -> DeviationPage:
    """The page of all deviations, in the study's language."""
    said = words(protocol.study.language)
    return DeviationPage(
        language=protocol.study.language,
        title=said.say("deviations.title"),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        rows=tuple(deviation_row(each, sites, said) for each in found),
        identity=identity.said(said),
        say=said,
    )


def deviation_row(found: Deviation, sites: Mapping[str, Site], said: Words) -> DeviationRow:
    """One deviation in words."""
    item = found.item
    record = item.record if isinstance(item, Visit) else None
    on = said.day(record.recorded_on) if record is not None and record.recorded_on is not None else ""
    return DeviationRow(
        participant=found.schedule.participant.id,
        site=site_name(found.schedule, sites, said),
        visit=name_of(found, said),
        kind=said.say("date.list").join(_kind(found, said)),
        allowed=_allowed(found, said),
        actual=said.moment(found.actual) if found.actual else "",
        days=signed(found),
        reason=found.reason,
        version=found.protocol.study.protocol_version,
        recorded=" ".join(filter(None, [record.recorded_by if record else "", on])),
    )


def name_of(found: Deviation, said: Words) -> str:
    """What the visit or the period that deviates is called, or the rule between participants."""
    if found.rule is not None:
        return rule_name(found.rule, said)
    assert found.item is not None
    return said.visit(found.item.plan) if isinstance(found.item, Visit) else said.period(found.item.plan)


def signed(found: Deviation) -> str:
    """The days with their sign; nothing where there are none to count."""
    return "" if found.days is None else f"{found.days:+d}" if found.days else "0"


def _kind(found: Deviation, said: Words) -> Iterable[str]:
    key = f"deviations.{found.kind.value.replace(' ', '_')}"
    task = said.text(found.task.activity.label, found.task.activity.id) if found.task else ""
    outcome = said.say(f"outcome.{found.item.outcome.value or 'open'}") if isinstance(found.item, Visit) else ""
    yield said.say(key, task=task, outcome=outcome)
    if found.days == 0:
        yield said.say("deviations.by_clock")
    if found.wider is not None:
        yield said.say("deviations.wider", reason=found.wider.reason or "-")


def _allowed(found: Deviation, said: Words) -> tuple[str, ...]:
    """The first and the last day allowed, each in a line, and that they are assumed where they are."""
    mark = (said.say("staff.assumed_mark"),) if found.assumed else ()
    if found.kind in (Kind.AFTER_LEAVING, Kind.NOT_ASKED_FOR) or (found.first is None and found.last is None):
        return ()
    if found.first is None or found.last is None:
        day = found.first or found.last
        assert day is not None
        key = "sheet.not_after" if found.first is None else "sheet.not_before"
        return (said.say(key, first=said.moment(day), last=said.moment(day)), *mark)
    if found.first == found.last:
        return (said.say("sheet.only_day", first=said.moment(found.first)), *mark)
    lines = said.say("sheet.between", first=said.moment(found.first), last=said.moment(found.last))
    return (*lines.split("\n"), *mark)
