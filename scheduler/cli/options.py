"""What the commands share: options, and output."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scheduler.study.folder import Study

_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def date_time(text: str) -> datetime:
    """An option's date, or date and time, in ISO form; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not written like 2026-03-02 or 2026-03-02T09:30+08:00") from None
    _check_year(moment)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def day(text: str) -> date:
    """An option's date in ISO form."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not written like 2026-03-02") from None
    _check_year(found)
    return found


def _check_year(found: date) -> None:
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise click.BadParameter(f"the year {found.year} is not between {_FIRST_YEAR} and {_LAST_YEAR}")


HORIZON = click.option(
    "--horizon",
    type=day,
    metavar="DATE",
    help="Date series without an end up to this day (default: a year after the last day on record; what was issued is kept).",
)


TEMPLATES = click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A folder whose files take the place of our templates of the same name.",
)


FONTS = click.option(
    "--font-dir",
    "fonts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    metavar="DIR",
    help="A folder of fonts for characters that ours do not have (may be given again).",
)


TODAY = click.option("--today", type=day, metavar="DATE", help="The day to look from (default: today).")


def say_missing(study: Study) -> None:
    """Tables that are not there: on stderr, for what they would record is not known."""
    for name in study.missing:
        click.echo(f"{study.path / name} is missing: what it would record is not known", err=True)


def say_notices(notices: Iterable[str]) -> None:
    """What was read, and is to be looked at: on stderr, for it is no part of the result."""
    for notice in notices:
        click.echo(notice, err=True)


def write_bytes(data: bytes) -> None:
    """To stdout, the same bytes on every system."""
    click.echo(data, nl=False)
