"""The files of a study folder, and the one of them that can be used alone: the protocol."""

from __future__ import annotations

from pathlib import Path

from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import Place, Problem, ProblemsError
from scheduler.reading.tree import MAX_BYTES

PROTOCOL = "protocol.yaml"
SITES = "sites.yaml"
PARTICIPANTS = "participants.csv"
EVENTS = "events.csv"
VISITS = "visits.csv"
KEY = "study.key"
HASHED = (PROTOCOL, SITES, PARTICIPANTS, EVENTS, VISITS)


def load_protocol(path: str | Path) -> Protocol:
    """A protocol from its file, or from the folder of its study.

    Raises SchedulerError: ProblemsError with everything that is wrong in the file.
    """
    path = Path(path)
    file = path / PROTOCOL if path.is_dir() else path
    return read_protocol(read_bytes(file), str(file))


def read_bytes(file: Path) -> bytes:
    """The bytes of a file, no more than are ever read. Raises ProblemsError when there is no such file, or it cannot be read."""
    try:
        if file.exists() and not file.is_file():
            raise ProblemsError([Problem(Place(str(file)), "this is no file")])
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ProblemsError([Problem(Place(str(file)), f"{file.name} is missing")]) from error
    except OSError as error:
        raise ProblemsError([Problem(Place(str(file)), f"{file.name} cannot be read: {error.strerror}")]) from error
