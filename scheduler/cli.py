"""The command line: arguments, the clock, stdout and stderr, exit status. Work is imported by the command that does it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from errno import EPIPE
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from scheduler.about import PROGRAM, VERSION

if TYPE_CHECKING:
    from scheduler.protocol.records import Protocol
    from scheduler.schedule.records import Schedule
    from scheduler.study.folder import Study


_FIRST_YEAR, _LAST_YEAR = 2000, 2199


class Failure(click.ClickException):
    """What the user can put right: shown line by line, so that an editor finds the places. Exit status 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)


class Commands(click.Group):
    """Turns our own errors into clear lines on stderr and exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        from scheduler.reading.problems import ProblemsError, SchedulerError

        try:
            return super().invoke(ctx)
        except ProblemsError as error:
            count = len(error.problems)
            raise Failure(f"{error}\n{count} problem{'' if count == 1 else 's'} found") from error
        except SchedulerError as error:
            raise Failure(f"Error: {error}") from error
        except OSError as error:
            if error.errno == EPIPE:  # who reads our output has seen enough; click ends quietly
                raise
            raise Failure(f"Error: {error.filename or 'the output'}: {error.strerror}") from error


def date_time(text: str) -> datetime:
    """An option's date, or date and time, in ISO form; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValueError
    except ValueError:
        raise click.BadParameter(f"{text!r} is not written like 2026-03-02 or 2026-03-02T09:30+08:00") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def day(text: str) -> date:
    """An option's date in ISO form."""
    try:
        found = date.fromisoformat(text)
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise ValueError
        return found
    except ValueError:
        raise click.BadParameter(f"{text!r} is not written like 2026-03-02") from None


HORIZON = click.option(
    "--horizon",
    type=day,
    metavar="DATE",
    help="Date series without an end up to this day (default: a year after the last day on record).",
)


def pair(text: str) -> tuple[str, str]:
    """An option's NAME=VALUE."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise click.BadParameter(f"{text!r} is not written like infusion=2026-03-02")
    return name, value


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="trial-scheduler")
def main() -> None:
    """Visit schedules, study calendars and visit sheets from one protocol file.

    A planning aid: no medical device and no validated record system.
    """


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> None:
    """Check a protocol file, or a whole study folder.

    Prints a summary and what is worth a look when nothing is wrong; otherwise every problem with its place, and exit status 1.
    """
    from scheduler.study.files import load_protocol

    if not path.is_dir():
        _say_checked(load_protocol(path))
        return
    from scheduler.study.folder import load_study
    from scheduler.views.attention import attention
    from scheduler.views.words import words

    study = load_study(path)
    study.key()
    schedules = study.schedules()
    _say_checked(study.protocol)
    click.echo(f"participants: {len(study.participants)}, sites: {len(study.sites)}")
    _say_missing(study)
    for code, schedule in schedules.items():
        for line in _waits(schedule):
            click.echo(f"{code}: {line}")
    for found in attention(schedules.values(), words(study.protocol.study.language)):
        click.echo(f"{found.participant}: {found.item}: {found.message}")


@main.command()
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
    come from a study folder.
    """
    from scheduler.study.files import load_protocol
    from scheduler.views.words import known_language, languages

    if known_language(language) is None:
        raise click.BadParameter(f"no words for {language!r}; there are: {', '.join(languages())}", param_hint="--language")
    loaded = load_protocol(protocol)
    schedule = _planned(loaded, anchors, facts, language, horizon)
    if out is None:
        from scheduler.tables import PLAN_COLUMNS, rows, to_csv, to_json, to_text

        if form == "table":
            click.echo(to_text(schedule, language), nl=False)
        elif form == "csv":
            _write_bytes(to_csv(PLAN_COLUMNS, rows(schedule, language)).encode())
        else:
            wanted = [{column: row[column] for column in PLAN_COLUMNS} for row in rows(schedule, language)]
            _write_bytes(to_json(wanted).encode())
        return
    from scheduler.study.issue import issue_one

    for file in issue_one(schedule, out, namespace=_plan_key(protocol, anchors, facts), issued_at=issued_at or datetime.now(UTC)):
        click.echo(file)


@main.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.argument("participant")
@click.argument("visit", required=False)
def explain(study: Path, participant: str, visit: str | None) -> None:
    """Say why a participant's dates are what they are; with VISIT, for that visit or period only."""
    from scheduler.protocol.names import names_of
    from scheduler.reading.problems import SchedulerError, did_you_mean
    from scheduler.study.folder import load_study
    from scheduler.views.explain import explained

    loaded = load_study(study)
    schedule = loaded.schedule(loaded.participant(participant))
    parts = explained(schedule, visit)
    if visit and not parts:
        names = [item.id for item in schedule.items]
        if names_of(schedule.protocol).find(visit) is not None:
            raise SchedulerError(f'{participant} has no "{visit}": its series has ended, or is not dated so far')
        raise SchedulerError(f'there is no visit or period "{visit}"{did_you_mean(visit, names)}')
    click.echo("\n\n".join(parts))


@main.command()
@click.argument("study", type=click.Path(path_type=Path), default=".")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
@click.option("--participant", "only", multiple=True, help="Only this participant's papers (may be given again).")
@click.option("--issued-at", type=date_time, metavar="TIME", help="The time stamped on the files (default: now).")
@click.option("--today", type=day, metavar="DATE", help="The day the study page is for (default: today).")
@HORIZON
def build(
    study: Path, out: Path, only: tuple[str, ...], issued_at: datetime | None, today: date | None, horizon: date | None
) -> None:
    """Write every calendar, visit sheet, page and table of a study.

    If anything fails, what the folder held before still stands. Files we did not write are left alone.
    """
    import signal

    from scheduler.study.folder import load_study
    from scheduler.study.issue import build as issue

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an end like any other: what was there is put back
    loaded = load_study(study)
    stamp = issued_at or datetime.now(UTC)
    this_day = today or datetime.now().astimezone().date()
    count = len(only) or len(loaded.participants)
    result = _with_progress(
        count, lambda step: issue(loaded, out, issued_at=stamp, today=this_day, only=only, horizon=horizon, progress=step)
    )
    click.echo(f"participants: {result.participants}, files in {out}: {result.files}, changed: {len(result.changed)}")
    _say_missing(loaded)
    if result.attention:
        click.echo(f"to look at: {result.attention}, see {out / 'index.html'}")
    if result.moved:
        click.echo(f"moved: {sum(result.moved.values())}, of {', '.join(result.moved)}, see {out / 'index.html'}")
    if result.stale:
        click.echo(f"dates moved, and not issued again: {', '.join(result.stale)}")
    for code, names in result.waiting:
        click.echo(f"{code} waits for {names}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Start a study: a folder with a small protocol to change, sites, participants and a key."""
    from scheduler.study.start import init as start

    for name in start(folder):
        click.echo(folder / name)


@main.command()
@click.argument("study", type=click.Path(path_type=Path), default=".")
def key(study: Path) -> None:
    """Make the study's secret key, once. The calendars' identifiers come from it, so keep it with the study."""
    from scheduler.study.start import make_key

    click.echo(make_key(study))


@main.command()
def schema() -> None:
    """Print the JSON Schema of a protocol file, for editors that complete and check as one types."""
    from scheduler.protocol.file import json_schema
    from scheduler.tables import to_json

    _write_bytes(to_json(json_schema()).encode())


def _write_bytes(data: bytes) -> None:
    """To stdout, the same bytes on every system."""
    click.echo(data, nl=False)


def _say_checked(protocol: Protocol) -> None:
    """How large a protocol is, what is worth a look in it, and what it assumes."""
    from scheduler.check.warnings import checked
    from scheduler.protocol.records import PlannedPeriod, PlannedVisit

    found = checked(protocol)
    more = f" and more (no end yet: {', '.join(found.goes_on)})" if found.goes_on else ""
    click.echo(f"{protocol.study.id}: no problems")
    click.echo(f"visits: {found.visits}{more}, periods: {len(protocol.periods)}, activities: {len(protocol.activities)}")
    for warning in found.warnings:
        if not warning.accepted:
            click.echo(warning)
    accepted = dict.fromkeys(warning.kind for warning in found.warnings if warning.accepted)
    if accepted:
        click.echo(f"accepted: {', '.join(accepted)} (the reasons are in the file)")
    assumed = [
        rule.rule if isinstance(rule, PlannedVisit | PlannedPeriod) else rule.id for rule in protocol.all_rules if rule.assumed
    ]
    if assumed:
        click.echo(f"something assumed: {', '.join(assumed)}")


def _say_missing(study: Study) -> None:
    for name in study.missing:
        click.echo(f"{study.path / name} is missing: what it would record is not known")


def _waits(schedule: Schedule) -> list[str]:
    lines: dict[str, list[str]] = {}
    for item in schedule.items:
        for awaited in item.waits if item.applies.shown else ():
            lines.setdefault(awaited.name, []).append(item.id)
    return [f"{', '.join(items)} wait{'s' if len(items) == 1 else ''} for {name}" for name, items in lines.items()]


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


def _plan_key(protocol: Path, anchors: tuple[tuple[str, str], ...], facts: tuple[tuple[str, str], ...]) -> Any:
    """A namespace for one plan: the same plan gives the same calendar, and another plan shares nothing with it."""
    import hashlib
    from uuid import UUID

    from scheduler.study.files import PROTOCOL

    file = protocol / PROTOCOL if protocol.is_dir() else protocol
    whole = hashlib.sha256(file.read_bytes())
    whole.update(repr((sorted(anchors), sorted(facts))).encode())
    return UUID(bytes=whole.digest()[:16])


def _with_progress(count: int, work: Callable[[Callable[[], None]], Any]) -> Any:
    """Work with a bar on stderr, which is there only when somebody can see it and is gone afterwards."""
    if not sys.stderr.isatty():
        return work(lambda: None)
    with click.progressbar(range(count), label=PROGRAM, file=sys.stderr) as bar:
        result = work(lambda: bar.update(1))
    click.echo("\x1b[1A\x1b[2K", err=True, nl=False)
    return result
