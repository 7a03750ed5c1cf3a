"""Worked examples of published trials: tables of dates as a coordinator would check them on a wall calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from conftest import day

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Period, Schedule, Visit

TRIALS = Path(__file__).parent / "trials"


def trial(name: str) -> Protocol:
    """A trial's protocol file."""
    return read_protocol((TRIALS / name).read_bytes(), name)


def of(
    protocol: Protocol,
    planned: Mapping[str, str],
    *,
    happened: Mapping[str, str | list[str]] | None = None,
    done: Mapping[str, str] | None = None,
    booked: Mapping[str, str] | None = None,
    missed: tuple[str, ...] = (),
    answers: Mapping[str, Any] | None = None,
    changes: dict[str, list[tuple[str, Any]]] | None = None,
    horizon: str = "",
) -> Schedule:
    """Somebody's schedule: dates of events and given visits planned or happened, visits done or booked, answers to facts."""
    recorded: dict[str, tuple[Recorded, ...]] = {name: (Recorded(day(text)),) for name, text in planned.items()}
    for name, texts in (happened or {}).items():
        recorded[name] = tuple(Recorded(day(text), Status.ACTUAL) for text in ([texts] if isinstance(texts, str) else texts))
    visits = {name: VisitRecord(booked=day(text), outcome=Outcome.BOOKED) for name, text in (booked or {}).items()}
    visits |= {name: VisitRecord(actual=day(text), outcome=Outcome.DONE) for name, text in (done or {}).items()}
    visits |= {name: VisitRecord(outcome=Outcome.MISSED) for name in missed}
    person = Participant(
        id="P",
        answers=answers or {},
        recorded=recorded,
        visits=visits,
        changes={
            name: tuple((date.fromisoformat(since), answer) for since, answer in given) for name, given in (changes or {}).items()
        },
    )
    return expand(protocol, person, horizon=date.fromisoformat(horizon) if horizon else None)


def assert_dates(schedule: Schedule, table: str) -> None:
    """Asserts every line of a table: a name, and its target, earliest and latest day; `-` for none, `no` where there is none of it.

    A name is a visit (`C2D8`), the window that its limits leave (`C2D8!`: opens and closes), a period (`stay`: first and last day),
    the gate of an activity at a visit (`C2D1:labs`: first and last day), or a sample of it (`C2D1:PK[0]`).
    """
    expected = [line.split() for line in table.strip().splitlines()]
    found = [[line[0], *_dates(schedule, line[0])] for line in expected]
    assert found == expected


def _dates(schedule: Schedule, name: str) -> list[str]:
    items: dict[str, Visit | Period] = {item.id: item for item in schedule.items}
    base, _, activity = name.removesuffix("!").partition(":")
    item = items.get(base)
    if item is None or item.applies not in (Applies.YES, Applies.UNDECIDED):
        return ["no"]
    if isinstance(item, Period):
        return [_text(item.start), _text(item.end)]
    if activity:
        return _task(item, activity)
    if name.endswith("!"):
        return [_text(item.opens), _text(item.closes)]
    return [_text(item.target), _text(item.earliest), _text(item.latest)]


def _task(visit: Visit, activity: str) -> list[str]:
    name, _, number = activity.partition("[")
    [task] = [task for task in visit.tasks if task.activity.id == name]
    if not number:
        return [_text(task.earliest), _text(task.latest)]
    sample = task.samples[int(number.removesuffix("]"))]
    return [_text(sample.target), _text(sample.earliest), _text(sample.latest)]


def _text(moment: date | None) -> str:
    from scheduler.tables.formats import iso

    return iso(moment) or "-"
