"""The command that suggests days to book, and books them when it is told to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from scheduler.cli.lists import SITE, STUDY
from scheduler.cli.options import TODAY, say_notices, write_bytes


@click.command()
@STUDY
@SITE
@click.option("--days", type=click.IntRange(0, 365), default=28, show_default=True, help="How many days to look ahead.")
@TODAY
@click.option("--write", is_flag=True, help="Add the rows to visits.csv: then they are bookings.")
def book(study: Path, site: str | None, days: int, today: date | None, write: bool) -> None:
    """Suggest a day for every visit that is to book.

    Prints the rows in the columns of visits.csv, and on stderr why each day was chosen, or why there is none and what would help.
    """
    from scheduler.planning.suggest import Suggestion, suggest
    from scheduler.study.booking import Booking, write_bookings
    from scheduler.study.folder import load_study
    from scheduler.tables.status import has_row, suggested_csv
    from scheduler.views.suggest import said_suggestion
    from scheduler.views.words import words

    whole = load_study(study)
    say_notices(whole.notices)
    asked = whole if site is None else whole.at(site)
    said = words(whole.protocol.study.language if site is None else asked.sites[site].language)
    schedules = asked.schedules()
    calendars = {id: calendar.in_language(said.language) for id, calendar in asked.open_days.items()}
    found = suggest(schedules.values(), calendars, asked.today(datetime.now(UTC), today), days)
    chosen = [each for each in found if isinstance(each, Suggestion)]
    write_bytes(suggested_csv(chosen).encode())
    for each in found:
        click.echo(said_suggestion(each, said), err=True)
        if isinstance(each, Suggestion) and has_row(each) and not write:
            who = each.schedule.participant.id
            click.echo("  " + said.say("book.has_row", visit=each.visit.id, participant=who), err=True)
    if write and chosen:
        write_bookings(whole, [Booking(each.schedule.participant.id, each.visit.id, each.day) for each in chosen])
        click.echo(said.say("book.written", file=study / "visits.csv", count=len(chosen)), err=True)
