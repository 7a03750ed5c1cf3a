"""Starting a study: a folder to fill in, and its key."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from scheduler.exchange.drafting import protocol_text, sites_text
from scheduler.exchange.records import Draft
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Owner, Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.reading.table import csv_table, to_csv
from scheduler.resources import templates_dir
from scheduler.study.files import EVENTS, KEY, PARTICIPANTS, PROTOCOL, SITES, VISITS
from scheduler.study.store import replace_files


def init(folder: Path) -> list[str]:
    """Write a small study to fill in, with a key of its own. Raises SchedulerError when any of its files is there already."""
    source = templates_dir() / "study"
    files = {path.name: _for_people(path) for path in sorted(source.iterdir())}
    if (folder / KEY).exists():
        raise SchedulerError(f"{folder / KEY} exists: this is a study already")
    replace_files(folder, files, ours=())
    make_key(folder)
    return [*files, KEY]


def start_from(folder: Path, draft: Draft) -> list[str]:
    """Write a draft as a study folder: its protocol, its sites (or the starter's), tables with their columns alone, and a key.

    Raises SchedulerError when any of its files is there already; ProblemsError when the draft is no protocol.
    """
    text = protocol_text(draft)
    protocol = read_protocol(text, str(folder / PROTOCOL))
    source = templates_dir() / "study"
    files = {
        PROTOCOL: text,
        SITES: sites_text(draft.sites) if draft.sites else (source / SITES).read_bytes(),
        PARTICIPANTS: to_csv([_columns(protocol)]),
        EVENTS: _for_people(source / EVENTS),
        VISITS: _for_people(source / VISITS),
    }
    if (folder / KEY).exists():
        raise SchedulerError(f"{folder / KEY} exists: this is a study already")
    replace_files(folder, files, ours=())
    make_key(folder)
    return [*files, KEY]


def _columns(protocol: Protocol) -> list[str]:
    """The columns of participants.csv that a protocol wants: its facts, and the dates that are given and not counted."""
    events = [name for name, event in protocol.events.items() if event.at is None and event.owner is Owner.PARTICIPANT]
    return ["participant", "site", "language", *protocol.facts, *events, *protocol.given]


def _for_people(file: Path) -> bytes:
    """A file of the new study; a spreadsheet opens its tables rightly by their mark and their line ends."""
    if file.suffix != ".csv":
        return file.read_bytes()
    return to_csv([[cell.text for cell in line] for line in csv_table(file.read_bytes(), file.name).lines])


def make_key(folder: Path) -> Path:
    """Write the study's key. Raises SchedulerError when there is one: a new key makes every calendar a new one."""
    file = folder / KEY
    if not folder.is_dir():
        raise SchedulerError(f"{folder} is no folder")
    if not write_key(file):
        raise SchedulerError(f"{file} exists: a new key would make every calendar a new one, beside the old")
    return file


def write_key(file: Path) -> bool:
    """Write a new key into a file that nobody else may read; False when there is one of this name. Raises SchedulerError."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise SchedulerError(f"{file} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as out:
        out.write(_new_key())
    return True


def _new_key() -> bytes:
    return f"{uuid4()}\n".encode()
