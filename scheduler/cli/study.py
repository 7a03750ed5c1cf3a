"""The commands that keep a study: start it, check it, issue it, ask it why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.about import PROGRAM
from scheduler.cli.options import FONTS, HORIZON, TEMPLATES, TODAY, date_time, say_notices

if TYPE_CHECKING:
    from scheduler.check.discreet import Telling
    from scheduler.protocol.records import Protocol
    from scheduler.schedule.records import Schedule
    from scheduler.study.folder import Study


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Start a study: a folder with a small protocol to change, sites, participants and a key."""
    from scheduler.study.start import init as start

    for name in start(folder):
        click.echo(folder / name)


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(["xlsx", "csv"]), required=True, help="A workbook, or three CSV files.")
def convert(study: Path, form: str) -> None:
    """Turn a study's tables into a workbook (study.xlsx), or a workbook into CSV files.

    The new files take the place of the old ones only when every cell of them is read back as it was; dates are written 2026-03-02.
    """
    from scheduler.study.convert import convert as turn
    from scheduler.study.folder import load_study

    _end_cleanly()
    loaded = load_study(study)
    say_notices(loaded.notices)
    for name in turn(loaded, form):
        click.echo(study / name)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--site", metavar="SITE", help="Say also whether the windows hold open days of this site, over the announced years."
)
@TODAY
def check(path: Path, site: str | None, today: date | None) -> None:
    """Check a protocol file, or a whole study folder.

    Prints a summary and what is worth a look when nothing is wrong; otherwise every problem with its place, and exit status 1.
    """
    from scheduler.study.files import load_protocol

    if not path.is_dir():
        if site is not None:
            raise click.BadParameter("a study folder is wanted, for a protocol file has no sites", param_hint="--site")
        _say_checked(load_protocol(path))
        return
    from scheduler.check.discreet import Telling, not_discreet_of_sites
    from scheduler.check.sites import checked_calendars
    from scheduler.study.folder import load_study
    from scheduler.views.attention import attention
    from scheduler.views.words import words

    study = load_study(path)
    say_notices(study.notices)
    if site is not None:
        study.at(site)
    study.key()
    where = study.where_in_sites()
    calendars = checked_calendars(study.open_days.values(), where)
    telling = Telling(study.protocols.values(), study.participants)
    accepted = study.protocol.study.accepted.get("not discreet", "")
    telephones = not_discreet_of_sites(telling, study.sites.values(), where) if not accepted else ()
    schedules = study.schedules()
    for protocol in study.protocols.values():
        _say_checked(protocol, telling, study.languages)
    click.echo(f"participants: {len(study.participants)}, sites: {len(study.sites)}")
    _say_missing(study)
    for warning in (*calendars, *telephones):
        click.echo(warning)
    for code, schedule in schedules.items():
        for line in _waits(schedule):
            click.echo(f"{code}: {line}")
    this_day = max(study.today(datetime.now(UTC), today).values())
    said = words(study.protocol.study.language)
    for found in attention(schedules.values(), said, this_day, study.between(), study.open_days):
        click.echo(found)
    if site is not None:
        _say_feasible(study, site, this_day)


@click.command()
@click.argument("study", type=click.Path(path_type=Path), default=".")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
@click.option("--participant", "only", multiple=True, help="Only this participant's papers (may be given again).")
@click.option("--issued-at", type=date_time, metavar="TIME", help="The time stamped on the files (default: now).")
@TODAY
@HORIZON
@TEMPLATES
@FONTS
def build(
    study: Path,
    out: Path,
    only: tuple[str, ...],
    issued_at: datetime | None,
    today: date | None,
    horizon: date | None,
    templates: Path | None,
    fonts: tuple[Path, ...],
) -> None:
    """Write every calendar, visit sheet, page and table of a study.

    If anything fails, what the folder held before still stands. Files we did not write are left alone.
    """
    from scheduler.resources import Looks
    from scheduler.sheets.pdf import NO_TYPST, can_print
    from scheduler.study.folder import load_study
    from scheduler.study.issue import build as issue

    _end_cleanly()
    loaded = load_study(study)
    say_notices(loaded.notices)
    stamp = issued_at or datetime.now(UTC)
    todays = loaded.today(datetime.now(UTC), today)
    count = len(only) or len(loaded.participants)
    looks = Looks(templates, fonts)
    result = _with_progress(
        count,
        lambda step: issue(
            loaded,
            out,
            issued_at=stamp,
            today=todays,
            only=only,
            horizon=horizon,
            looks=looks,
            workers=os.cpu_count() or 1,
            progress=step,
        ),
    )
    if not can_print():
        click.echo(NO_TYPST, err=True)
    click.echo(f"participants: {result.participants}, files in {out}: {result.files}, changed: {len(result.changed)}")
    _say_missing(loaded)
    if questions := sum(len(protocol.questions) for protocol in loaded.protocols.values()):
        click.echo(f"open questions: {questions}, see trial-scheduler check {study}")
    if result.attention:
        click.echo(f"to look at: {result.attention}, see {out / 'index.html'}")
    if result.moved:
        click.echo(f"moved: {sum(result.moved.values())}, of {', '.join(result.moved)}, see {out / 'index.html'}")
    for line in result.touched:
        click.echo(line)
    if result.stale:
        click.echo(f"dates moved, and not issued again: {', '.join(result.stale)}")
    for code, names in result.waiting:
        click.echo(f"{code} waits for {names}")


@click.command()
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
    say_notices(loaded.notices)
    schedule = loaded.schedule(loaded.participant(participant))
    parts = explained(schedule, visit)
    if visit and not parts:
        names = [item.id for item in schedule.items]
        having = [version for version, protocol in loaded.protocols.items() if names_of(protocol).find(visit) is not None]
        if names_of(schedule.protocol).find(visit) is not None and len(loaded.protocols) == 1:
            raise SchedulerError(f'{participant} has no "{visit}": its series has ended, or is not dated so far')
        if having:
            versions = " and ".join(having)
            raise SchedulerError(
                f'{participant} has no "{visit}": it is in version {versions} of the protocol, and either its days had passed when '
                "that came into force, or another version followed, or its series has ended"
            )
        raise SchedulerError(f'there is no visit or period "{visit}"{did_you_mean(visit, names)}')
    click.echo("\n\n".join(parts))


@click.command()
@click.argument("study", type=click.Path(path_type=Path), default=".")
def key(study: Path) -> None:
    """Make the study's secret key, once. The calendars' identifiers come from it, so keep it with the study."""
    from scheduler.study.start import make_key

    click.echo(make_key(study))


def _end_cleanly() -> None:
    """Make of a SIGTERM an end like any other: what was there is put back."""
    import signal

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _say_checked(protocol: Protocol, telling: Telling | None = None, languages: Collection[str] = ()) -> None:
    """How large a protocol is, what is worth a look in it, and what it assumes."""
    from scheduler.check.warnings import checked
    from scheduler.protocol.records import PlannedPeriod, PlannedVisit

    found = checked(protocol, telling, languages)
    more = f" and more (no end yet: {', '.join(found.goes_on)})" if found.goes_on else ""
    version = f", version {protocol.study.protocol_version}" if protocol.study.protocol_version else ""
    click.echo(f"{protocol.study.id}{version}: no problems")
    click.echo(f"visits: {found.visits}{more}, periods: {len(protocol.periods)}, activities: {len(protocol.activities)}")
    for warning in found.warnings:
        if not warning.accepted:
            click.echo(warning)
    for question in protocol.questions:
        about = f" ({', '.join(question.about)})" if question.about else ""
        click.echo(f"{question.where.place}: question{about}: {question.ask.said_in('en')}")
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


def _say_feasible(study: Study, site: str, today: date) -> None:
    """Whether the windows of the version in force at a site hold open days there."""
    from scheduler.planning.feasibility import announced_years, feasibility
    from scheduler.views.feasibility import feasibility_lines
    from scheduler.views.words import words

    place, calendar = study.at(site).sites[site], study.open_days[site]
    said = words(study.protocol.study.language)
    name = said.text(place.name)
    years = announced_years(calendar, today)
    if years is None:
        click.echo(said.say("feasibility.unknown", site=name))
        return
    protocol = study.in_force(site, today)
    found = feasibility(protocol, site, calendar, *years)
    click.echo("\n".join(feasibility_lines(found, protocol, name, said)))


def _waits(schedule: Schedule) -> list[str]:
    lines: dict[str, list[str]] = {}
    for item in schedule.items:
        for awaited in item.waits if item.applies.shown else ():
            lines.setdefault(awaited.name, []).append(item.id)
    return [f"{', '.join(items)} wait{'s' if len(items) == 1 else ''} for {name}" for name, items in lines.items()]


def _with_progress(count: int, work: Callable[[Callable[[], None]], Any]) -> Any:
    """Work with a bar on stderr, which is there only when somebody can see it and is gone afterwards."""
    if not sys.stderr.isatty():
        return work(lambda: None)
    with click.progressbar(range(count), label=PROGRAM, file=sys.stderr) as bar:
        result = work(lambda: bar.update(1))
    click.echo("\x1b[1A\x1b[2K", err=True, nl=False)
    return result
