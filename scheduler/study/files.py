"""The files of a study folder, the tables in them, and the one of them that can be used alone: the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import Place, Problem, Problems, ProblemsError, SchedulerError
from scheduler.reading.table import Table, csv_table
from scheduler.reading.tree import MAX_BYTES
from scheduler.reading.workbook import Workbook, read_workbook

PROTOCOL = "protocol.yaml"
SITES = "sites.yaml"
PARTICIPANTS = "participants.csv"
EVENTS = "events.csv"
VISITS = "visits.csv"
KEY = "study.key"
PROTOCOLS = "protocols"
TABLES = {"participants": PARTICIPANTS, "events": EVENTS, "visits": VISITS}
WORKBOOK = "study.xlsx"  # holds the three tables as its sheets


def load_protocol(path: str | Path) -> Protocol:
    """A protocol from its file, or from the folder of its study.

    Raises SchedulerError: ProblemsError with everything that is wrong in the file; or that a folder holds several versions.
    """
    path = Path(path)
    if path.is_dir():
        protocols = load_protocols(path)
        if len(protocols) > 1:
            files = ", ".join(str(path / PROTOCOLS / f"{version}.yaml") for version in protocols)
            raise SchedulerError(f"{path} holds several versions of its protocol: name the file of one ({files})")
        return next(iter(protocols.values()))
    return read_protocol(read_bytes(path), str(path))


def load_protocols(folder: Path) -> Mapping[str, Protocol]:
    """Every version of a study's protocol, by its name: `protocol.yaml`, or the files of `protocols/`, which are named for theirs.

    Raises SchedulerError: ProblemsError with everything that is wrong in any of them.
    """
    single, several = folder / PROTOCOL, protocol_files(folder)
    if not several:
        protocol = read_protocol(read_bytes(single), str(single))
        return {protocol.study.protocol_version: protocol}
    problems = Problems()
    if single.exists():
        problems.add(
            Place(str(single)), f"there are versions in {folder / PROTOCOLS} as well: move this one there, under its name"
        )
    protocols: dict[str, Protocol] = {}
    for file in several:
        with problems.collecting():
            protocols[file.stem] = _version(read_protocol(read_bytes(file), str(file)), file, problems)
    studies = {protocol.study.id: protocol for protocol in protocols.values()}
    for other in list(studies.values())[1:]:
        problems.add(
            other.study.where.key("id"), f"versions of one protocol are of one study, and another is of {next(iter(studies))}"
        )
    problems.raise_if_any()
    return protocols


def protocol_files(folder: Path) -> list[Path]:
    """The files of the versions of a protocol, by name."""
    return sorted((folder / PROTOCOLS).glob("*.yaml"))


def _version(protocol: Protocol, file: Path, problems: Problems) -> Protocol:
    """A version of the protocol under the name of its file."""
    written = protocol.study.protocol_version
    if written and written != file.stem:
        said = f'"{written}": the version is called as its file is, "{file.stem}": leave it out, or name both alike'
        problems.add(protocol.study.where.key("protocol_version"), said)
    return replace(protocol, study=replace(protocol.study, protocol_version=file.stem))


def table_files(folder: Path) -> tuple[str, ...]:
    """The files that hold a study's tables: its workbook, or else the three of CSV, which may be missing.

    Raises SchedulerError when both kinds are there.
    """
    if not is_there(folder / WORKBOOK):
        return tuple(TABLES.values())
    if doubled := [name for name in TABLES.values() if is_there(folder / name)]:
        raise SchedulerError(f"{folder} holds {WORKBOOK} and {', '.join(doubled)}: keep the one or the other, not both")
    return (WORKBOOK,)


def read_tables(folder: Path, problems: Problems) -> dict[str, Table]:
    """The tables of a study by name. One that is missing, or cannot be read, is left out; without participants none is read.

    Raises SchedulerError for a workbook that cannot be read, or when there are CSV files as well.
    """
    if table_files(folder) == (WORKBOOK,):
        workbook = read_workbook_file(folder / WORKBOOK)
        for unread in workbook.unread:
            problems.note(Place(str(folder / WORKBOOK)), f"not read: {unread}")
        return workbook.tables
    tables = {}
    for name, file in TABLES.items():
        if name == "participants" or is_there(folder / file):
            with problems.collecting():
                tables[name] = csv_table(read_bytes(folder / file), str(folder / file), problems)
    return tables


def read_workbook_file(file: Path) -> Workbook:
    """The tables of a study's workbook. Raises SchedulerError."""
    return read_workbook(read_bytes(file), str(file), tuple(TABLES))


def is_there(file: Path) -> bool:
    """Whether there is something of this name, though it may lead nowhere."""
    return file.exists() or file.is_symlink()


def read_bytes(file: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file, no more than one over the `most` that are ever read. Raises ProblemsError when there is no such file, or it cannot be read."""
    try:
        if file.exists() and not file.is_file():
            raise ProblemsError([Problem(Place(str(file)), "this is no file")])
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except FileNotFoundError as error:
        raise ProblemsError([Problem(Place(str(file)), f"{file.name} is missing")]) from error
    except OSError as error:
        raise ProblemsError([Problem(Place(str(file)), f"{file.name} cannot be read: {error.strerror}")]) from error
