"""One participant's dates with their reasons, for the auditor: what, when, why, and the words of the protocol."""

from __future__ import annotations

from datetime import datetime

from scheduler.language.moments import Moment, day_of
from scheduler.schedule.records import Applies, Period, Sample, Schedule, Visit
from scheduler.views.why import follows, why_period, why_visit
from scheduler.views.words import Words, words


def explained(schedule: Schedule, only: str | None = None) -> list[str]:
    """A paragraph for each visit and period; with `only`, for that one, or all of that rule (none when there is none)."""
    said = words("en")
    going_on = [said.goes_on(series, schedule.protocol) for series in schedule.open if only is None]
    visits = [_visit(visit, schedule, said) for visit in schedule.visits if only in (None, visit.id, visit.plan.rule)]
    periods = [_period(period, schedule, said) for period in schedule.periods if only in (None, period.id, period.plan.rule)]
    return visits + periods + going_on


def _visit(visit: Visit, schedule: Schedule, said: Words) -> str:
    lines = [_title(visit.id, said.visit(visit.plan))]
    if visit.applies.shown:
        if visit.target is not None:
            day = "" if visit.study_day is None else f" (study day {visit.study_day})"
            lines.append(f"  target   {_day(visit.target)}{day}")
            if followed := follows(visit, schedule.protocol_of(visit), said):
                lines.append(f"           {followed}")
        if visit.earliest or visit.latest:
            lines.append(f"  window   {_day(visit.earliest)} .. {_day(visit.latest)}")
        if (visit.opens, visit.closes) != (visit.earliest, visit.latest):
            lines.append(f"  limited  {_day(visit.opens)} .. {_day(visit.closes)}")
        if any(visit.preferred):
            lines.append(f"  best     {_day(visit.preferred[0])} .. {_day(visit.preferred[1])}")
        if visit.allowance:
            reason = f" for {visit.allowance.reason}" if visit.allowance.reason else ""
            lines.append(f"  allowed  {_day(visit.allowance.earliest)} .. {_day(visit.allowance.latest)}{reason}, used last")
        if visit.missed_after:
            lines.append(f"  missed   after {_day(visit.missed_after)}")
        if visit.booked:
            lines.append(f"  booked   {_day(visit.booked)}")
        if visit.actual:
            lines.append(f"  actual   {_day(visit.actual)}")
        if schedule.is_provisional(visit):
            lines.append("  holidays are not announced yet for these days")
        if visit.not_before:
            lines.append(f"  not before {_day(visit.not_before)}")
    if visit.over and visit.actual is None:
        lines.append(f"  outcome  {visit.outcome.value}")
    if visit.record.note:
        lines.append(f"  note     {visit.record.note}")
    for task in visit.tasks:
        gate = f", {_day(task.earliest)} .. {_day(task.latest)}" if task.earliest or task.latest else ""
        lines.append(f"  activity {task.activity.id}{'' if task.applies is Applies.YES else f' ({task.applies.value})'}{gate}")
        lines += [f"           {sample.time}: {_span(sample)}" for sample in task.samples]
    lines.append(f"  why      {why_visit(visit, schedule.protocol_of(visit), said)}")
    return "\n".join(lines + _rule(visit, schedule))


def _period(period: Period, schedule: Schedule, said: Words) -> str:
    lines = [_title(period.id, said.period(period.plan))]
    if period.applies.shown and period.start is not None:
        end = f"{period.end_kind.value} {_day(period.end)}".strip()
        lines.append(f"  days     {_day(period.start)} .. {end}")
    lines.append(f"  why      {why_period(period, schedule.protocol_of(period), said)}")
    return "\n".join(lines + _rule(period, schedule))


def _rule(item: Visit | Period, schedule: Schedule) -> list[str]:
    lines = []
    if item.plan.when:
        lines.append(f"  when     {' and '.join(map(str, item.plan.when))}")
    if item.plan.source:
        lines.append(f"  source   {item.plan.source}")
    place = item.plan.where.place
    if place.line is None:
        return lines  # nobody planned it
    version = schedule.protocol_of(item).study.protocol_version
    lines.append(f"  rule     {place.file}:{place.line}" + (f", protocol version {version}" if version else ""))
    return lines


def _span(sample: Sample) -> str:
    if sample.target is None:
        return "no clock time yet"
    window = f", {_day(sample.earliest)} .. {_day(sample.latest)}" if sample.earliest or sample.latest else ""
    return f"{_day(sample.target)}{window}"


def _title(id: str, label: str) -> str:
    return id if id == label else f"{id}: {label}"


def _day(moment: Moment | None) -> str:
    if moment is None:
        return "not stated"
    clock = f" {moment:%H:%M}" if isinstance(moment, datetime) else ""
    return f"{day_of(moment).isoformat()}{clock} {words('en').weekday(moment)}"
