"""The commands about days: which day for the infusion, and which days a site is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.about import PROGRAM
from scheduler.cli.lists import STUDY, forms
from scheduler.cli.options import day, say_notices, write_bytes

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
@forms()
def infusion_days(study: Path, site: str, first: date, count: int, code: str | None, form: str) -> None:
    """Score and rank the days on which the infusion, or whatever days are counted from, could be.

    Says for every day what speaks against it: rules between participants, windows without an open day, visits beyond the announced
    calendar, shifts, closed days, beds, and the visits of others. It chooses nothing and records nothing.
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
    calendar = loaded.open_days[site]
    found = candidates(
        partial(loaded.in_force, site), person, days, calendar, others, _load(loaded, site, code), loaded.open_days
    )
    version = found[0].protocol.study.protocol_version
    page = infusion_page(found, person, place, calendar, Identity(version, loaded.digest, PROGRAM, datetime.now(UTC)))
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

    loaded = load_study(study).at(site)
    say_notices(loaded.notices)
    make = calendar_csv if form == "csv" else calendar_text
    write_bytes(make(loaded.open_days[site], year, loaded.sites[site].language).encode())
