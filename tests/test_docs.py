"""The README tells the truth: its program runs, its protocol is one, its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import icalendar
import pytest
from conftest import ROOT

from scheduler.cli import main
from scheduler.facts.records import Participant
from scheduler.facts.sites import read_sites
from scheduler.protocol.reader import read_protocol
from scheduler.reading.problems import Problems
from scheduler.schedule.expand import expand

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_protocol_in_the_readme_is_one() -> None:
    whole, _, cycles, _ = blocks("yaml")
    protocol = read_protocol(whole.encode(), "README.md")
    assert expand(protocol, Participant(id="P")).visits[-1].id == "M24"
    before = whole.partition("visits:")[0] + "events: {progression: {}}\nvisits:\n  - {id: infusion, at: given}\n"
    made = expand(
        read_protocol((before + cycles).encode(), "README.md"), Participant.planned("P", {"infusion": date(2026, 3, 2)})
    )
    assert [visit.id for visit in made.visits[:6]] == ["infusion", "C1D1", "C1D8", "C2D1", "C2D8", "C3D1"]


def test_the_card_in_the_readme_is_understood() -> None:
    whole, _, _, card = blocks("yaml")
    near = "  - {id: near-site, kind: restriction, from: infusion, to: at least infusion + 28 days}\n"
    study = read_protocol((whole.replace("study:\n", card) + near).encode(), "README.md").study
    assert study.card is not None
    assert (study.card.restrictions, study.card.source) == (("near-site",), "protocol 2.0, section 8.3")


def test_the_appointments_in_the_readme_are_understood() -> None:
    _, appointments, *_ = blocks("yaml")
    problems = Problems()
    text = f"S:\n  name: Hospital\n  time_zone: Asia/Shanghai\n  language: en\n{appointments}"
    site = read_sites(text.encode(), "README.md", problems)["S"]
    problems.raise_if_any()
    assert (site.appointments.minutes, site.appointments.reminder) == ({"clinic": 120, "telephone": 15}, True)


def test_the_program_in_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [program] = blocks("python")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "README.md", "exec"), {})
    assert "M18 2028-02-29 2028-02-15 2028-03-14" in capsys.readouterr().out
    calendar = icalendar.Calendar.from_ical((tmp_path / "p1.ics").read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    assert calendar.events


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"trial-scheduler(?:`)? ([a-z-]+)\b", " ".join(blocks("sh"))))
    assert named <= set(main.commands)
    assert {"build", "init", "check", "explain", "next-infusion"} <= named


def test_importing_the_package_is_light() -> None:
    heavy = "icalendar jinja2 yaml click dateutil scheduler.protocol scheduler.schedule"
    code = f"import sys, scheduler; print([name for name in '{heavy}'.split() if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_help_loads_nothing_but_the_command_line() -> None:
    heavy = "icalendar jinja2 yaml dateutil tomllib zoneinfo scheduler.protocol.records scheduler.schedule"
    code = (
        "import sys\nfrom scheduler.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.endswith("\n[]\n")


def test_the_public_names_are_there() -> None:
    import scheduler

    for name in scheduler.__all__:
        assert getattr(scheduler, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = scheduler.nothing
