"""The commands for other formats: a draft from a registry record, import and export. Each format is a command of its group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.options import date_time, say_notices

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


# -- REDCap


@import_.command("redcap")
@click.argument("files", nargs=-1, required=True, type=FILE)
@OUT
@click.option("--anchor", default="", metavar="EVENT", help="Count days from this event (default: the only one on day 0).")
def import_redcap(files: tuple[Path, ...], out: Path, anchor: str) -> None:
    """REDCap: a project's XML, or the CSV files of its events, its arms and its mapping of instruments, in any order."""
    from scheduler.exchange import redcap
    from scheduler.exchange.parsing import MOST_BYTES
    from scheduler.study.files import read_bytes

    read = redcap.read({str(file): read_bytes(file, MOST_BYTES) for file in files}, anchor)
    begin(out, read, redcap.LOSSES)


@export.command("redcap")
@click.argument("study", type=click.Path(path_type=Path))
@OUT
@click.option(
    "--month",
    type=click.Choice(["mean", "28", "30"]),
    default="mean",
    show_default=True,
    help="The days of a calendar month; the mean is 30.4375 days, rounded for each visit (Month 3 is day 91).",
)
@click.option("--shift", is_flag=True, help="Put the first event on day 0, so that no day is negative.")
@click.option("--language", default="", metavar="LANGUAGE", help="The language of the events' names (default: the study's).")
def export_redcap(study: Path, out: Path, month: str, shift: bool, language: str) -> None:
    """REDCap: events, arms and the mapping of instruments as CSV, of a study folder or a protocol file. Nothing of participants.

    They add to a project in development, and delete nothing; redcap-notes.txt says how months became days, and what is lost.
    """
    from scheduler.exchange import redcap
    from scheduler.study.files import load_protocol

    put(out, redcap.write(load_protocol(study), month=month, shift=shift, language=language), redcap.LOSSES)


# -- USDM


@import_.command("usdm")
@click.argument("file", type=FILE)
@OUT
def import_usdm(file: Path, out: Path) -> None:
    """CDISC USDM (JSON, version 4 or 3): timelines, epochs, arms, activities. What the file leaves open is asked."""
    from scheduler.exchange import usdm
    from scheduler.exchange.parsing import MOST_BYTES
    from scheduler.study.files import read_bytes

    begin(out, usdm.read(read_bytes(file, MOST_BYTES), file.name), usdm.LOSSES)


@export.command("usdm")
@click.argument("study", type=click.Path(path_type=Path))
@OUT
def export_usdm(study: Path, out: Path) -> None:
    """CDISC USDM version 4 (JSON), of a study folder or a protocol file."""
    from scheduler.exchange import usdm
    from scheduler.study.files import load_protocol

    put(out, usdm.write(load_protocol(study)), usdm.LOSSES)


# -- SDTM


@export.command("sdtm")
@click.argument("study", type=click.Path(path_type=Path))
@OUT
@click.option(
    "--reference",
    default="",
    metavar="DATE",
    help="What SDTM's days count from (RFSTDTC), as in a protocol: infusion, or LD1 else infusion (default: the study's anchor).",
)
@click.option("--issued-at", type=date_time, metavar="TIME", help="The time stamped on the files (default: now).")
def export_sdtm(study: Path, out: Path, reference: str, issued_at: datetime | None) -> None:
    """CDISC SDTM: TV, TA and TE, and SV of a study folder's visits that took place; as CSV and as Dataset-JSON."""
    from scheduler.exchange import sdtm
    from scheduler.study.files import load_protocol
    from scheduler.study.folder import load_study

    made_at = issued_at or datetime.now(UTC)
    if study.is_dir():
        loaded = load_study(study)
        say_notices(loaded.notices)
        written = sdtm.write(loaded.protocol, made_at, tuple(loaded.schedules().values()), reference)
    else:
        written = sdtm.write(load_protocol(study), made_at, None, reference)
    put(out, written, sdtm.LOSSES)


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
