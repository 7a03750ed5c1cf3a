"""The commands about days: which day for the infusion, and which days a site is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.about import PROGRAM
from scheduler.cli.lists import STUDY, forms
from scheduler.cli.options import TODAY, day, say_notices, write_bytes

if TYPE_CHECKING:
    from scheduler.facts.records import Participant
    from scheduler.planning.load import Load
    from scheduler.study.folder import Study


@click.command()
@STUDY
@click.option("--site", required=True, metavar="SITE", help="The site, in its language.")
@click.option("--from", "first", type=day, required=True, metavar="DATE", help="The first day to think of.")
@click.option(
    "--days", "count", type=click.IntRange(1, 366), default=60, show_default=True, help="How many days, that one included."
)
@click.option("--participant", "code", metavar="CODE", help="For this participant; else for somebody of whom nothing is known.")
@TODAY
@forms()
def infusion_days(study: Path, site: str, first: date, count: int, code: str | None, today: date | None, form: str) -> None:
    """Score and rank the days on which the infusion, or whatever days are counted from, could be.

    Says for every day what speaks against it: that it is too late for it, rules between participants, beds, closed days, windows without
    an open day, shifts, visits beyond the announced calendar, and the visits of others. It chooses nothing and records nothing.
    """
    from scheduler.planning.infusion import candidates
    from scheduler.study.folder import load_study
    from scheduler.tables.infusion import infusion_csv, infusion_text
    from scheduler.views.identity import Identity
    from scheduler.views.infusion import infusion_page

    loaded = load_study(study)
    say_notices(loaded.notices)
    place = loaded.at(site).sites[site]
    person = _who(loaded, site, code)
    others = tuple(other for other in loaded.participants.values() if other.id != code)
    days = [first + timedelta(number) for number in range(count)]
    calendar, now = loaded.open_days[site], datetime.now(UTC)
    in_force = partial(loaded.in_force, site)
    load, this_day = _load(loaded, site, code), loaded.today(now, today)[site]
    found = candidates(in_force, person, days, calendar, others, load, loaded.open_days, this_day)
    version = found[0].protocol.study.protocol_version
    page = infusion_page(found, person, place, calendar, Identity(version, loaded.digest, PROGRAM, now))
    if form == "csv":
        write_bytes(infusion_csv(found, page).encode())
    elif form == "html":
        from scheduler.pages import infusion_html

        write_bytes(infusion_html(page).encode())
    else:
        click.echo(infusion_text(page), nl=False)


def _who(study: Study, site: str, code: str | None) -> Participant:
    """The participant asked for, or somebody of whom nothing is known. Raises SchedulerError, or BadParameter for another site's."""
    from scheduler.planning.between import newcomer

    if code is None:
        return newcomer(study.protocol, study.participants.values(), site)
    person = study.participant(code)
    if person.site != site:
        raise click.BadParameter(f"{code} is at {person.site}", param_hint="--participant")
    return person


def _load(study: Study, site: str, code: str | None) -> Load:
    """What all others take at a site."""
    from scheduler.planning.load import load

    others = (person for person in study.participants.values() if person.site == site and person.id != code)
    return load(study.schedule(person) for person in others)


@click.command()
@click.argument("site")
@click.option("--year", type=click.IntRange(2000, 2199), required=True, help="The year to print.")
@click.option("--study", type=click.Path(path_type=Path), default=".", help="The study folder (default: this one).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "csv"]),
    default="text",
    show_default=True,
    help="Months, or a row for each day.",
)
def calendar(site: str, year: int, study: Path, form: str) -> None:
    """Print which days of a year a site is open, why, on whose word, and until when that is announced."""
    from scheduler.study.folder import load_study
    from scheduler.tables.opendays import calendar_csv, calendar_text
    from scheduler.views.opendays import not_entered
    from scheduler.views.words import words

    loaded = load_study(study).at(site)
    say_notices(loaded.notices)
    make = calendar_csv if form == "csv" else calendar_text
    asked, language = loaded.open_days[site], loaded.sites[site].language
    write_bytes(make(asked, year, language).encode())
    if year in asked.not_entered():
        click.echo(not_entered(asked, [year], words(language)), err=True)
