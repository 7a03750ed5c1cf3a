"""Tests write their input in the language of the program: a small protocol in the test's own docstring."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

from scheduler.cli import main
from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.moments import Moment
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule
from scheduler.sheets.pdf import Print

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "udcar-sle"
SHARED = ROOT.parent / "shared"

# the same examples in every run and on slow machines; look for new ones with --hypothesis-profile=explore
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=5_000)
settings.load_profile("steady")

STUDY = "study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: calendar}\n"
INFUSION = "visits:\n  - {id: infusion, at: given}\n"


def protocol_of(text: str) -> Protocol:
    """A protocol from its text; without `study:` it counts from an infusion on Day 0, in calendar months."""
    text = inspect.cleandoc(text)
    if "study:" not in text:
        text = STUDY + text
    return read_protocol(text.encode(), "protocol.yaml")


@pytest.fixture
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """The protocol in the docstring of the test."""
    return protocol_of(request.function.__doc__)


Scheduling = Callable[..., Schedule]


@pytest.fixture
def schedule(protocol: Protocol) -> Scheduling:
    """Expands the docstring's protocol: `schedule(infusion="2026-03-02")` plans, `actual={...}` records what happened."""

    def make(
        *,
        actual: dict[str, str] | None = None,
        visits: dict[str, VisitRecord] | None = None,
        answers: dict[str, Any] | None = None,
        never: tuple[str, ...] = (),
        **planned: str,
    ) -> Schedule:
        recorded = {name.replace("_", "-"): (Recorded(day(text)),) for name, text in planned.items()}
        recorded |= {name: (Recorded(day(text), Status.ACTUAL),) for name, text in (actual or {}).items()}
        recorded |= {name: (Recorded(None, Status.NEVER),) for name in never}
        return expand(protocol, Participant(id="P", answers=answers or {}, recorded=recorded, visits=visits or {}))

    return make


def day(text: str) -> Moment:
    """A day, or a day and clock time, in ISO form."""
    from datetime import datetime

    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def done(text: str) -> VisitRecord:
    """A visit that took place on a day."""
    return VisitRecord(actual=day(text), outcome=Outcome.DONE)


def booked(text: str) -> VisitRecord:
    """A visit that somebody booked for a day."""
    return VisitRecord(booked=day(text), outcome=Outcome.BOOKED)


def run(*arguments: object, status: int = 0) -> Result:
    """Runs the command line, and asserts how it ended."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew; then read the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares whole documents with tests/golden. They prove that nothing changed, not that it is right."""

    def compare(name: str, data: bytes) -> None:
        file = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(data)
        assert data.decode() == file.read_bytes().decode(), f"{name} changed: run with --update-golden, and read the diff"

    return compare


@pytest.fixture(autouse=True)
def prints(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests marked `paper` print, each document once: the same digest, the same bytes. The others get a stand-in that changes when it would."""
    made_before, on_paper = Print.pdf, request.node.get_closest_marker("paper") is not None

    def pdf(self: Print) -> bytes:
        digest = self.digest()
        if not on_paper:
            return f"%PDF, in its place {digest}".encode()
        if digest not in _PRINTED:
            _PRINTED[digest] = made_before(self)
        return _PRINTED[digest]

    monkeypatch.setattr(Print, "pdf", pdf)
    if not on_paper:
        monkeypatch.setattr("scheduler.sheets.pdf._MANY", sys.maxsize)  # another process would print


_PRINTED: dict[str, bytes] = {}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example study, to change."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "study"))
