"""The commands that need a protocol alone: one person's plan, and the schema of the file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.options import HORIZON, date_time, write_bytes

if TYPE_CHECKING:
    from scheduler.protocol.records import Protocol
    from scheduler.schedule.records import Schedule


def pair(text: str) -> tuple[str, str]:
    """An option's NAME=VALUE."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise click.BadParameter(f"{text!r} is not written like infusion=2026-03-02")
    return name, value


@click.command()
@click.argument("protocol", type=click.Path(path_type=Path))
@click.option(
    "--anchor",
    "anchors",
    type=pair,
    multiple=True,
    metavar="NAME=DATE",
    help="The planned date of an event or of a visit that is given (or never); of any other visit, the day it took place.",
)
@click.option("--fact", "facts", type=pair, multiple=True, metavar="NAME=VALUE", help="An answer: lymphodepletion=yes.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="The form of the rows.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a calendar and a visit sheet into this folder instead.")
@click.option("--language", default="en", show_default=True, help="The language of labels, calendar and sheet.")
@click.option("--issued-at", type=date_time, metavar="TIME", help="The time stamped on the files (default: now).")
@HORIZON
def plan(
    protocol: Path,
    anchors: tuple[tuple[str, str], ...],
    facts: tuple[tuple[str, str], ...],
    form: str,
    out: Path | None,
    language: str,
    issued_at: datetime | None,
    horizon: date | None,
) -> None:
    """Date a protocol for one person, without a study folder.

    The calendar it writes stands alone: plan again with other dates, and it is a new calendar. Calendars that update themselves
    come from a study folder. A key made once, plan.key, stays in the folder: keep it there, and do not hand it out.
    """
    from scheduler.study.files import load_protocol
    from scheduler.views.words import known_language, languages

    if known_language(language) is None:
        raise click.BadParameter(f"no words for {language!r}; there are: {', '.join(languages())}", param_hint="--language")
    loaded = load_protocol(protocol)
    schedule = _planned(loaded, anchors, facts, language, horizon)
    if out is None:
        from scheduler.tables.formats import to_csv, to_json
        from scheduler.tables.schedule import PLAN_COLUMNS, rows, to_text

        if form == "table":
            click.echo(to_text(schedule, language), nl=False)
        elif form == "csv":
            write_bytes(to_csv(PLAN_COLUMNS, rows(schedule, language)).encode())
        else:
            wanted = [{column: row[column] for column in PLAN_COLUMNS} for row in rows(schedule, language)]
            write_bytes(to_json(wanted).encode())
        return
    from scheduler.study.issue import issue_one

    for file in issue_one(schedule, out, plan=_plan_name(protocol, anchors, facts), issued_at=issued_at or datetime.now(UTC)):
        click.echo(file)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a protocol file, for editors that complete and check as one types."""
    from scheduler.protocol.file import json_schema
    from scheduler.tables.formats import to_json

    write_bytes(to_json(json_schema()).encode())


def _planned(
    protocol: Protocol,
    anchors: tuple[tuple[str, str], ...],
    facts: tuple[tuple[str, str], ...],
    language: str,
    horizon: date | None,
) -> Schedule:
    from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
    from scheduler.facts.values import NEVER, parse_answer, parse_moment
    from scheduler.protocol.names import names_of
    from scheduler.protocol.records import PlannedVisit
    from scheduler.reading.problems import NotUnderstood, SchedulerError, did_you_mean
    from scheduler.schedule.expand import expand

    dated = [*protocol.events, *protocol.given]
    known = [*dated, *(visit.id for visit in protocol.visits if visit.id not in dated)]
    names = names_of(protocol)
    answers = {}
    wrong = [f"--anchor {name}: it is given twice" for name in _twice(anchors)]
    wrong += [f"--fact {name}: it is given twice" for name in _twice(facts)]
    recorded: dict[str, tuple[Recorded, ...]] = {}
    visits: dict[str, VisitRecord] = {}
    for name, text in anchors:
        try:
            found = names.find(name)
            if name not in dated and (found is None or not isinstance(found.member, PlannedVisit)):
                raise NotUnderstood(f"nothing of this name can be given a date{did_you_mean(name, known)}")
            if name not in dated:
                visits[name] = VisitRecord(actual=parse_moment(text, None), outcome=Outcome.DONE)
            elif text == NEVER:
                recorded[name] = (Recorded(None, Status.NEVER),)
            else:
                recorded[name] = (Recorded(parse_moment(text, None)),)
        except NotUnderstood as error:
            wrong.append(f"--anchor {name}: {error.message}")
    for name, text in facts:
        try:
            if name not in protocol.facts:
                raise NotUnderstood(f"there is no fact of this name{did_you_mean(name, protocol.facts)}")
            answers[name] = parse_answer(text, protocol.facts[name])
        except NotUnderstood as error:
            wrong.append(f"--fact {name}: {error.message}")
    if wrong:
        raise SchedulerError("\nError: ".join(wrong))
    person = Participant(id="-", language=language, answers=answers, recorded=recorded, visits=visits)
    return expand(protocol, person, horizon=horizon)


def _twice(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    names = [name for name, _ in pairs]
    return sorted({name for name in names if names.count(name) > 1})


def _plan_name(protocol: Path, anchors: tuple[tuple[str, str], ...], facts: tuple[tuple[str, str], ...]) -> str:
    """What names one plan: another one, of another protocol or with other dates, gives a calendar that shares nothing with it."""
    import hashlib

    from scheduler.study.files import PROTOCOL

    file = protocol / PROTOCOL if protocol.is_dir() else protocol
    whole = hashlib.sha256(file.read_bytes())
    whole.update(repr((sorted(anchors), sorted(facts))).encode())
    return whole.hexdigest()
