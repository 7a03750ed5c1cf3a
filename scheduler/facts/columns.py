"""What the columns of the tables hold, and what can be chosen in them: for what writes the tables, and for spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum

from scheduler.facts.declared import Declared
from scheduler.facts.records import Outcome, Status
from scheduler.facts.values import parse_day, parse_moment, parse_time
from scheduler.protocol.records import COHORT, STUDY, AnswerKind, Owner
from scheduler.reading.problems import NotUnderstood
from scheduler.reading.workbook import number_text

_NOT_KNOWN = "?"


class Kind(Enum):
    """What the cells of a column hold, unless they hold a word (never) or nothing."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "day, or day and clock time"
    TIME = "clock time"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a drop-down list offers. Only where it is `complete`, whatever becomes of the study, nothing else may be typed.

    With `codes` it offers the participants there are at the time.
    """

    values: tuple[str, ...] = ()
    complete: bool = False
    codes: bool = False


def kinds(declared: Declared) -> dict[str, dict[str, Kind]]:
    """The kinds of columns by table; a column that is not among them holds text."""
    answers = {AnswerKind.DATE: Kind.DAY, AnswerKind.NUMBER: Kind.NUMBER, AnswerKind.YES_OR_NO: Kind.TEXT}
    facts = {name: answers.get(fact.kind, Kind.TEXT) for name, fact in declared.facts.items()}
    return {
        "participants": facts | dict.fromkeys(declared.dated, Kind.MOMENT),
        "events": {"date": Kind.MOMENT},
        "visits": {"booked": Kind.DAY, "time": Kind.TIME, "actual": Kind.MOMENT, "recorded_on": Kind.DAY},
    }


def choices(
    declared: Declared, *, sites: Iterable[str], languages: Iterable[str], visits: Iterable[str]
) -> dict[str, dict[str, Choice]]:
    """What can be chosen, by table and column."""
    status = Choice((Status.PLANNED.value, Status.ACTUAL.value), complete=True)
    facts = {
        name: Choice(("yes", "no", _NOT_KNOWN), complete=True)
        if fact.kind is AnswerKind.YES_OR_NO
        else Choice((*fact.values, _NOT_KNOWN))
        for name, fact in declared.facts.items()
        if fact.kind in (AnswerKind.YES_OR_NO, AnswerKind.VALUE)
    }
    return {
        "participants": {
            "site": Choice(tuple(sites)),
            "language": Choice(tuple(languages)),
            **facts,
            **{f"{name}_status": status for name in declared.dated},
        },
        "events": {
            "subject": _subjects(declared),
            "name": Choice(declared.recorded),
            "status": status,
        },
        "visits": {
            "participant": Choice(codes=True),
            "visit": Choice(tuple(visits)),
            "status": Choice(tuple(outcome.value for outcome in Outcome if outcome.value), complete=True),
        },
    }


def _subjects(declared: Declared) -> Choice:
    owners = {event.owner for event in declared.events.values()}
    others = [STUDY] if Owner.STUDY in owners else []
    if Owner.COHORT in owners:
        others += declared.facts[COHORT].values
    return Choice(tuple(others), codes=True)


def settled(text: str, kind: Kind) -> str:
    """A text of a cell with its date and time in the one way they are written: 2026-03-02, 2026-03-02T09:30, 09:30."""
    value = value_of(text, kind)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:%H:%M}" if isinstance(value, time) else text


def value_of(text: str, kind: Kind) -> str | int | float | date | time:
    """What a spreadsheet keeps for a text: a date, a time or a number where it says the same again, otherwise the text."""
    try:
        match kind:
            case Kind.DAY:
                return parse_day(text)
            case Kind.MOMENT:
                moment = parse_moment(text, None)
                return text if isinstance(moment, datetime) and moment.tzinfo is not None else moment
            case Kind.TIME:
                return parse_time(text)
            case Kind.NUMBER:
                return _number(text)
            case Kind.TEXT:
                return text
    except NotUnderstood:
        return text


def _number(text: str) -> str | int | float:
    """A number, if a spreadsheet's fifteen digits hold it and it is then written as it was (not 63.50)."""
    if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", text) is None:
        return text
    number = int(text) if "." not in text else float(f"{float(text):.15g}")
    return number if number_text(number) == text else text
