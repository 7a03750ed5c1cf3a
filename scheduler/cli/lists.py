"""The commands that print lists: what is on today, what deviates, what an amendment changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.about import PROGRAM
from scheduler.cli.options import TODAY, day, say_missing, say_notices, write_bytes

if TYPE_CHECKING:
    from scheduler.study.folder import Study
    from scheduler.views.identity import Identity

STUDY = click.argument("study", type=click.Path(path_type=Path), default=".")
SITE = click.option("--site", metavar="SITE", help="Only this site, in its language.")


def forms(*more: str) -> Callable[[Any], Any]:
    """The option that says in which form a list is printed."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "csv", "html", *more]),
        default="text",
        show_default=True,
        help="Text for the terminal, a table for a spreadsheet, or a page to print.",
    )


@click.command()
@STUDY
@SITE
@click.option("--days", type=click.IntRange(0, 365), default=14, show_default=True, help="How many days to look ahead.")
@TODAY
@forms("to-book")
def status(study: Path, site: str | None, days: int, today: date | None, form: str) -> None:
    """Print what is on: overdue, today, the coming days, to book.

    `--format to-book` prints the rows to fill in, in the columns of visits.csv.
    """
    from scheduler.planning.status import status as lists
    from scheduler.tables.status import has_row, status_csv, status_text, to_book_csv
    from scheduler.views.attention import attention
    from scheduler.views.words import words

    whole, loaded, language = _loaded(study, site)
    now = datetime.now(UTC)
    todays = loaded.today(now, today)
    schedules = loaded.schedules()
    found = lists(schedules.values(), todays, days)
    said = words(language)
    to_look_at = attention(schedules.values(), said, max(todays.values()), whole.between(), loaded.open_days)
    if form == "csv":
        say_notices(map(str, to_look_at))
        write_bytes(status_csv(found, language).encode())
    elif form == "to-book":
        write_bytes(to_book_csv(found.to_book).encode())
        for item in found.to_book:
            if has_row(item):
                who = item.schedule.participant.id
                click.echo(said.say("book.has_row", visit=item.visit.id, participant=who), err=True)
    elif form == "html":
        from scheduler.pages import status_html
        from scheduler.views.status import status_page

        page = status_page(
            loaded.protocol, found, schedules.values(), loaded.sites, todays, days, to_look_at, _identity(loaded, now)
        )
        write_bytes(status_html(page).encode())
    else:
        for each in to_look_at:
            click.echo(each)
        click.echo("\n" * bool(to_look_at) + status_text(found, loaded.sites, days, language), nl=False)


@click.command()
@STUDY
@SITE
@forms()
def deviations(study: Path, site: str | None, form: str) -> None:
    """Print every deviation on record: what was allowed, what happened, by how many days, and the reason if one was written."""
    from scheduler.planning.deviations import deviations as recorded
    from scheduler.tables.deviations import deviations_csv, deviations_text

    whole, loaded, language = _loaded(study, site)
    found = recorded(loaded.schedules().values(), whole.between())
    identity = _identity(loaded, datetime.now(UTC))
    if form == "csv":
        write_bytes(deviations_csv(found, language, identity).encode())
    elif form == "html":
        from scheduler.pages import deviations_html
        from scheduler.views.deviations import deviation_page

        write_bytes(deviations_html(deviation_page(loaded.protocol, found, loaded.sites, identity)).encode())
    else:
        click.echo(deviations_text(found, loaded.sites, language), nl=False)


@click.command()
@STUDY
@click.option("--from", "before", required=True, metavar="VERSION", help="The version people follow so far.")
@click.option("--to", "after", required=True, metavar="VERSION", help="The version that follows it.")
@click.option(
    "--effective",
    type=day,
    metavar="DATE",
    help="Take this day where sites.yaml does not say since when the later version is in force.",
)
@forms()
def diff(study: Path, before: str, after: str, effective: date | None, form: str) -> None:
    """Print what an amendment changes: what moves, appears, disappears and stays, for each participant.

    Says which bookings are still valid, and whose calendars are to be issued again.
    """
    from scheduler.study.amendment import amendment
    from scheduler.tables.difference import difference_csv, difference_text
    from scheduler.views.difference import difference_page

    _, loaded, language = _loaded(study, None)
    found = amendment(loaded, before, after, effective)
    if form == "csv":
        write_bytes(difference_csv(found.impacts, language).encode())
        return
    identity = _identity(loaded, datetime.now(UTC))
    page = difference_page(
        loaded.protocols[after], found.impacts, loaded.sites, (before, after), found.since, found.missing, identity
    )
    if form == "html":
        from scheduler.pages import difference_html

        write_bytes(difference_html(page).encode())
    else:
        click.echo(difference_text(page), nl=False)


@click.command()
@STUDY
@click.option("--language", "only", multiple=True, help="Only this language (may be given again); else all that are used.")
@click.option(
    "--format", "form", type=click.Choice(["text", "csv"]), default="text", show_default=True, help="The form of the list."
)
@TODAY
def strings(study: Path, only: tuple[str, ...], form: str, today: date | None) -> None:
    """Print every text a participant's calendar or visit sheet can contain, for the ethics committee's file.

    As a text, by where it is printed, with days as examples; as a table, with every part as it is written. Blanks in { } are filled in
    with days, clock times, telephone numbers, codes, and names from the list.
    """
    from scheduler.tables.strings import strings_csv, strings_text
    from scheduler.views.strings import strings as every
    from scheduler.views.strings import text_list
    from scheduler.views.words import known_language, languages, words

    _, loaded, _ = _loaded(study, None)
    for language in only:
        if known_language(language) is None:
            raise click.BadParameter(f"no words for {language!r}; there are: {', '.join(languages())}", param_hint="--language")
    wanted = only or loaded.languages
    texts = {language: every(loaded.protocols.values(), loaded.sites.values(), words(language)) for language in wanted}
    if form == "csv":
        write_bytes(strings_csv(texts).encode())
    else:
        day = max(loaded.today(datetime.now(UTC), today).values())
        protocols, sites = loaded.protocols.values(), loaded.sites.values()
        lists = [text_list(found, loaded.protocol, protocols, sites, day, words(language)) for language, found in texts.items()]
        click.echo(strings_text(lists), nl=False)


def _loaded(path: Path, site: str | None) -> tuple[Study, Study, str]:
    """A study; what of it is listed, all or one site; and the language of its lists."""
    from scheduler.study.folder import load_study

    study = load_study(path)
    say_notices(study.notices)
    say_missing(study)
    if site is None:
        return study, study, study.protocol.study.language
    return study, study.at(site), study.sites[site].language if site in study.sites else ""


def _identity(study: Study, now: datetime) -> Identity:
    from scheduler.views.identity import Identity

    return Identity(study.protocol.study.protocol_version, study.digest, PROGRAM, now)
