"""The commands for other formats: a draft from a registry record, import and export. Each format is a command of its group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.options import say_notices

if TYPE_CHECKING:
    from scheduler.exchange.records import Draft, Loss, Written

FILE = click.Path(path_type=Path, dir_okay=False)
OUT = click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write into.")


@click.command()
@click.argument("record", type=FILE)
@OUT
def draft(record: Path, out: Path) -> None:
    """Draft a study from a ClinicalTrials.gov record (its JSON, as the site's API gives it).

    Everything quotes the sentence it was read from; what the record does not say is asked: see them with check. Nothing is fetched.
    """
    from scheduler.exchange import ctgov
    from scheduler.exchange.parsing import MOST_BYTES
    from scheduler.study.files import read_bytes

    begin(out, ctgov.read(read_bytes(record, MOST_BYTES), str(record)), ctgov.LOSSES)


@click.group("import")
def import_() -> None:
    """Start a study from what another program exported."""


@click.group()
def export() -> None:
    """Write a protocol for another program, and say what of it that cannot hold."""


# -- what the commands of all formats share


def begin(folder: Path, draft: Draft, losses: Mapping[str, str]) -> None:
    """Write a draft as a study folder, and say what was lost and what is open. `losses` are the sentences of the format."""
    from scheduler.study.start import start_from

    files = start_from(folder, draft)
    say_notices(draft.notices)
    say_lost(draft.lost, losses)
    for name in files:
        click.echo(folder / name)
    if draft.questions:
        click.echo(f"open questions: {len(draft.questions)}, see trial-scheduler check {folder}")


def put(folder: Path, written: Written, losses: Mapping[str, str]) -> None:
    """Write the files of an export, none of which may be there yet, and say what they do not hold."""
    from scheduler.study.store import replace_files

    replace_files(folder, written.files, ours=())
    say_notices(written.notices)
    say_lost(written.lost, losses)
    for name in written.files:
        click.echo(folder / name)


def say_lost(lost: Iterable[Loss], losses: Mapping[str, str]) -> None:
    """What was lost, on stderr: it is no part of the result."""
    for loss in lost:
        names = f": {', '.join(loss.names)}" if loss.names else ""
        click.echo(f"lost: {losses[loss.kind]}{names}", err=True)
