"""Schedules as rows: one participant's plan, and all visits and periods of a study."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.language.moments import in_order
from scheduler.schedule.records import Applies, Period, Schedule, Visit
from scheduler.tables.formats import Row, columns_text, iso, to_csv, to_json
from scheduler.views.identity import Identity
from scheduler.views.why import why_period, why_visit
from scheduler.views.words import Words, words

PLAN_COLUMNS = (
    "visit",
    "label",
    "epoch",
    "target",
    "earliest",
    "latest",
    "study_day",
    "opens",
    "closes",
    "kind",
    "start",
    "end",
    "end_kind",
    "applies",
    "certainty",
    "assumed",
    "waits_for",
    "holidays",
    "why",
)
STUDY_COLUMNS = (
    "site",
    "participant",
    *PLAN_COLUMNS[:9],
    "booked",
    "actual",
    "outcome",
    "note",
    "activities",
    *PLAN_COLUMNS[9:],
)
IDENTITY_COLUMNS = ("protocol_version", "study_hash", "program")


def rows(schedule: Schedule, language: str) -> list[Row]:
    """The rows of one participant: visits by date, what has no date after them, then the periods.

    What is not for this participant has no row.
    """
    visits = [visit for visit in schedule.visits if visit.applies is not Applies.NO]
    visits.sort(key=lambda visit: (visit.day is None, in_order(visit.day) if visit.day else None))
    periods = [period for period in schedule.periods if period.applies is not Applies.NO]
    return [_visit(visit, schedule, language) for visit in visits] + [_period(period, schedule, language) for period in periods]


def _visit(visit: Visit, schedule: Schedule, language: str) -> Row:
    return {
        "site": schedule.participant.site,
        "participant": schedule.participant.id,
        "visit": visit.id,
        "label": words(language).visit(visit.plan),
        "epoch": visit.plan.epoch,
        "target": iso(visit.target),
        "earliest": iso(visit.earliest),
        "latest": iso(visit.latest),
        "study_day": "" if visit.study_day is None else str(visit.study_day),
        "opens": iso(visit.opens),
        "closes": iso(visit.closes),
        "booked": iso(visit.booked),
        "actual": iso(visit.actual),
        "outcome": visit.outcome.value,
        "kind": "visit",
        "start": "",
        "end": "",
        "end_kind": "",
        **_state(visit, schedule, language),
        "holidays": "not announced" if schedule.is_provisional(visit) else "",
        "activities": "; ".join(task.activity.id for task in visit.tasks if task.applies.shown),
        "note": visit.record.note,
        "why": why_visit(visit, schedule.protocol_of(visit), words("en")),
    }


def _period(period: Period, schedule: Schedule, language: str) -> Row:
    empty = dict.fromkeys(STUDY_COLUMNS, "")
    return empty | {
        "site": schedule.participant.site,
        "participant": schedule.participant.id,
        "visit": period.id,
        "label": words(language).period(period.plan),
        "epoch": period.plan.epoch,
        "kind": period.plan.kind.value,
        "start": iso(period.start),
        "end": iso(period.end),
        "end_kind": period.end_kind.value,
        **_state(period, schedule, language),
        "why": why_period(period, schedule.protocol_of(period), words("en")),
    }


def _state(item: Visit | Period, schedule: Schedule, language: str) -> Row:
    return {
        "protocol_version": schedule.protocol_of(item).study.protocol_version,
        "applies": item.applies.value,
        "certainty": item.certainty.value,
        "assumed": " ".join(sorted(item.assumed)),
        "waits_for": words(language).awaited(item.all_waits, schedule.protocol_of(item)),
    }


def study_csv(schedules: Iterable[Schedule], language: str, identity: Identity) -> str:
    """All rows of a study, each with what it was made from."""
    said = {"study_hash": identity.study_hash, "program": identity.program}
    table = (row | said for schedule in schedules for row in rows(schedule, language))
    return to_csv((*STUDY_COLUMNS, *IDENTITY_COLUMNS), table)


def study_json(schedules: Iterable[Schedule], language: str, identity: Identity) -> str:
    """The same rows as JSON."""
    return to_json(
        {
            "protocol_version": identity.protocol_version,
            "study_hash": identity.study_hash,
            "program": identity.program,
            "rows": [row for schedule in schedules for row in rows(schedule, language)],
        }
    )


def to_text(schedule: Schedule, language: str) -> str:
    """A table for the terminal: the visits, then the periods; assumed values are marked."""
    visits, periods = [], []
    assumed = False
    said = words(language)
    only_if: dict[str, list[str]] = {}
    for row in rows(schedule, language):
        if row["kind"] == "visit" and row["applies"] == Applies.ONLY_IF.value:
            only_if.setdefault(_condition(schedule.visit(row["visit"]), schedule, said), []).append(row["visit"])
            continue
        keys = set(row["assumed"].split())
        assumed = assumed or bool(keys)
        state = ", ".join(
            filter(
                None,
                [
                    row["applies"] if row["applies"] != Applies.YES.value else "",
                    f"{'window ' if row['target'] else ''}waits for {row['waits_for']}" if row["waits_for"] else row["certainty"],
                ],
            )
        )
        if row["kind"] == "visit":
            visit = schedule.visit(row["visit"])
            moment = visit.target
            target = f"{row['target']} {words('en').weekday(moment)}" + ("*" if "at" in keys else "") if moment else ""
            window = " .. ".join([row["opens"], row["closes"]]) if row["opens"] or row["closes"] else ""
            cut = " (limited)" if (visit.opens, visit.closes) != (visit.earliest, visit.latest) else ""
            if visit.part_of or visit.over or visit.empty:
                state = f"part of {visit.part_of}" if visit.part_of else visit.outcome.value if visit.over else "no day is left"
            visits.append(
                [row["visit"], row["label"], target, window and window + ("*" if "window" in keys else "") + cut, state]
            )
        else:
            end = f"{row['end_kind']} {row['end']}".strip()
            start = row["start"] + ("*" if row["start"] and "from" in keys else "")
            periods.append([row["visit"], row["label"], start, end and end + ("*" if "to" in keys else ""), state])
    parts = [columns_text([["VISIT", "LABEL", "TARGET", "WINDOW", "STATE"], *visits])]
    if periods:
        parts.append(columns_text([["PERIOD", "LABEL", "FROM", "TO", "STATE"], *periods]))
    if only_if:
        parts.append("".join(f"{state}: {', '.join(names)}\n" for state, names in only_if.items()))
    if schedule.open:
        parts.append("".join(said.goes_on(series, schedule.protocol) + "\n" for series in schedule.open))
    if assumed:
        parts.append("* assumed: the protocol does not say it\n")
    if notice := said.text(schedule.protocol.study.notice):
        parts.append(notice + "\n")
    return "\n".join(parts)


def _condition(visit: Visit, schedule: Schedule, said: Words) -> str:
    return said.say("staff.only_if_names", names=said.names(visit.only_if, schedule.protocol_of(visit)))
