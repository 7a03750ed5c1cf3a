"""Building a study: what is written, what is left alone, what moved, and that nothing is half done."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLE, run

from scheduler.about import PROGRAM
from scheduler.calendars.writer import to_icalendar
from scheduler.reading.problems import SchedulerError
from scheduler.study.folder import load_study
from scheduler.study.issue import build
from scheduler.study.store import locked, read_manifest, replace_files, sealed

FIRST = ("--issued-at", "2026-11-23T08:00", "--today", "2026-11-23")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def schedule_rows(out: Path) -> list[dict[str, str]]:
    with (out / "schedule.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


PAPERS = ("card.pdf", "months.html", "months.pdf", "visit-sheet.html", "visit-sheet.pdf")


def test_the_example_study_is_built(tmp_path: Path) -> None:
    result = run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    assert result.stdout == (
        f"participants: 9, files in {tmp_path}: 85, changed: 85\n"
        f"to look at: 4, see {tmp_path / 'index.html'}\n"
        "CD-004 waits for infusion\n"
    )
    assert result.stderr == ""
    names = [name for name in contents(tmp_path) if not name.endswith(".ics")]
    people = ["CD-001", "CD-002", "CD-003", "CD-004", "YC-001", "YC-002", "YC-003", "YC-004", "YC-005"]
    assert names == [
        "deviations.csv",
        "deviations.html",
        "index.html",
        "manifest.json",
        *(f"participants/{code}/{name}" for code in people for name in PAPERS),
        "schedule-of-activities.csv",
        "schedule-of-activities.html",
        "schedule-of-activities.pdf",
        "schedule.csv",
        "schedule.json",
        "sites/chengdu/index.html",
        "sites/chengdu/load.csv",
        "sites/chengdu/roster.html",
        "sites/chengdu/roster.pdf",
        "sites/chengdu/status.html",
        "sites/chengdu/to-book.csv",
        "sites/chengdu/worksheets.html",
        "sites/chengdu/worksheets.pdf",
        "sites/yancheng/index.html",
        "sites/yancheng/load.csv",
        "sites/yancheng/roster.html",
        "sites/yancheng/roster.pdf",
        "sites/yancheng/status.html",
        "sites/yancheng/to-book.csv",
        "sites/yancheng/worksheets.html",
        "sites/yancheng/worksheets.pdf",
        "timeline.pdf",
        "timeline.svg",
    ]
    for code in people:
        [calendar] = (tmp_path / "participants" / code).glob("*.ics")
        assert code not in calendar.name
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert sorted(manifest["files"]) == [name for name in contents(tmp_path) if name != "manifest.json"]


def test_the_examples_documents_are_what_they_were(tmp_path: Path, golden: Callable[[str, bytes], None]) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    golden("schedule.csv", (tmp_path / "schedule.csv").read_bytes())
    golden("index.html", (tmp_path / "index.html").read_bytes())
    golden("timeline.svg", (tmp_path / "timeline.svg").read_bytes())
    golden("months-YC-004.html", (tmp_path / "participants" / "YC-004" / "months.html").read_bytes())
    golden("site-yancheng.html", (tmp_path / "sites" / "yancheng" / "index.html").read_bytes())
    for code in ("YC-003", "YC-004"):
        golden(f"{code}.html", (tmp_path / "participants" / code / "visit-sheet.html").read_bytes())
        [calendar] = (tmp_path / "participants" / code).glob("*.ics")
        golden(f"{code}.ics", calendar.read_bytes())


def test_rows_carry_their_dates_and_what_they_were_made_from(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    rows = schedule_rows(tmp_path)
    [row] = [row for row in rows if (row["participant"], row["visit"]) == ("YC-003", "M18")]
    assert (row["target"], row["earliest"], row["latest"], row["assumed"]) == (
        "2028-02-29",  # 31 August 2026 and 18 months, in a leap year
        "2028-02-15",
        "2028-03-14",
        "at window",
    )
    assert row["why"] == "M18 = infusion 2026-08-31 + 18 months (assumed: what a month is); window ±14 days (assumed)"
    study = load_study(EXAMPLE)
    assert {row["study_hash"] for row in rows} == {study.digest}
    assert {row["protocol_version"] for row in rows} == {"registry record of 2025-12-10"}
    assert {row["program"] for row in rows} == {PROGRAM}
    assert json.loads((tmp_path / "schedule.json").read_bytes())["rows"][0]["participant"] == "YC-001"


def test_every_page_says_that_it_is_an_example(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    for name, data in contents(tmp_path).items():
        if name.endswith(".html"):
            assert "Example, not for care" in data.decode() or "示例，不用于诊疗" in data.decode(), name


def test_staff_pages_say_which_rules_files_and_program_they_come_from(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    digest = load_study(EXAMPLE).digest[:12]
    for name in ("index.html", "sites/chengdu/index.html"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert digest in page
        assert PROGRAM in page
        assert "registry record of 2025-12-10" in page


OF_THE_DAY = [
    "timeline.pdf",
    "timeline.svg",
    *(f"participants/CD-00{number}/months.{form}" for number in (1, 2, 3, 4) for form in ("html", "pdf")),
    *(f"participants/YC-00{number}/months.{form}" for number in (1, 2, 3, 4, 5) for form in ("html", "pdf")),
    *(
        f"sites/{site}/{name}"
        for site in ("chengdu", "yancheng")
        for name in ("roster.html", "roster.pdf", "status.html", "to-book.csv", "worksheets.html", "worksheets.pdf")
    ),
]


def test_only_the_study_page_the_lists_of_the_day_and_the_end_of_what_is_cancelled_depend_on_today(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    before = contents(tmp_path)

    def changed(today: str) -> set[str]:
        run("build", EXAMPLE, "--out", tmp_path, "--issued-at", "2026-11-23T08:00", "--today", today)
        after = contents(tmp_path)
        return {name for name in after if after[name] != before[name]} - {"index.html", "manifest.json", *OF_THE_DAY}

    assert changed("2027-01-02") == set()  # 60 days after 3 November 2026, when YC-002 was missed
    [calendar] = [name for name in before if name.startswith("participants/YC-002/") and name.endswith(".ics")]
    assert changed("2027-01-03") == {calendar, "sites/yancheng/coordinator.ics", "sites/yancheng/site.ics"}


def test_the_months_follow_the_month(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    before = contents(tmp_path)

    def changed(today: str) -> set[str]:
        run("build", EXAMPLE, "--out", tmp_path, "--issued-at", "2026-11-23T08:00", "--today", today)
        return {name for name, data in contents(tmp_path).items() if name.endswith("/months.html") and data != before[name]}

    assert changed("2026-11-30") == set()
    assert "participants/YC-004/months.html" in changed("2026-12-01")  # its screening was in October, its infusion is in November


def test_a_second_build_changes_nothing(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    before = contents(tmp_path)
    assert "changed: 0\n" in run("build", EXAMPLE, "--out", tmp_path, *FIRST).stdout
    assert contents(tmp_path) == before


def test_an_unchanged_study_that_is_built_later_changes_no_byte(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    before = contents(tmp_path)
    later = ("--issued-at", "2026-11-23T17:45", "--today", "2026-11-23")
    assert "changed: 0\n" in run("build", EXAMPLE, "--out", tmp_path, *later).stdout
    assert contents(tmp_path) == before


def test_what_nothing_changed_in_keeps_the_time_stamped_on_it(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", example, "--out", out, *FIRST)
    before = contents(out)
    edit(example / "participants.csv", "2026-11-30,planned", "2026-12-02,planned")
    run("build", example, "--out", out, "--issued-at", "2026-11-24T08:00", "--today", "2026-11-23")
    after = contents(out)
    people = {name.split("/")[1] for name in after if name.startswith("participants/") and after[name] != before[name]}
    assert people == {"YC-004"}
    assert before["sites/chengdu/load.csv"] == after["sites/chengdu/load.csv"]
    assert "2026年11月24日" in after["participants/YC-004/visit-sheet.html"].decode()


@pytest.mark.paper
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8"},
    ],
)
def test_the_same_bytes_under_any_hash_seed_zone_and_locale(tmp_path: Path, environment: dict[str, str]) -> None:
    run("build", EXAMPLE, "--out", tmp_path / "here", *FIRST)
    command = [sys.executable, "-m", "scheduler", "build", "udcar-sle", "--out", str(tmp_path / "there"), *FIRST]
    subprocess.run(command, env={**os.environ, **environment}, cwd=EXAMPLE.parent, check=True, capture_output=True)
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_what_moved_since_the_last_build_and_why(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", example, "--out", out, *FIRST)
    edit(example / "participants.csv", "2026-11-30,planned", "2026-12-02,planned")
    result = run("build", example, "--out", out, "--issued-at", "2026-11-24T08:00", "--today", "2026-11-24")
    assert ", of YC-004, see" in result.stdout
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "Mon 23 November 2026, 08:00 UTC" in page
    assert "target Mon 14 December 2026, from Sat 12 December 2026, to Wed 16 December 2026" in page
    assert "target Wed 16 December 2026, from Mon 14 December 2026, to Fri 18 December 2026" in page
    assert "target Wed 25 November 2026, not decided" in page
    assert "infusion was 2026-11-30 (planned), is 2026-12-02 (planned)" in page
    before = contents(out)
    run("build", example, "--out", out, "--issued-at", "2026-11-24T08:00", "--today", "2026-11-24")
    assert contents(out) == before  # what moved last is still shown


def test_one_participant_alone(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", example, "--out", out, *FIRST)
    before = contents(out)
    edit(example / "participants.csv", "2026-11-30,planned", "2026-12-02,planned")
    edit(example / "participants.csv", "2026-12-21,planned", "2026-12-22,planned")
    only = ("--participant", "YC-005", "--issued-at", "2026-11-24T08:00", "--today", "2026-11-24")
    assert "dates moved, and not issued again: YC-004" in run("build", example, "--out", out, *only).stdout
    assert (out / "index.html").read_text(encoding="utf-8").count("out of date") == 1
    after = contents(out)
    changed = {name.split("/")[1] for name in after if name.startswith("participants/") and after[name] != before[name]}
    assert changed == {"YC-005"}
    result = run("build", example, "--out", out, "--issued-at", "2026-11-25T08:00", "--today", "2026-11-25")
    assert ", of YC-004, see" in result.stdout  # not lost, though another was issued in between
    moved = json.loads((out / "manifest.json").read_bytes())["moved"]
    since = {code: entry["since"] for code, entry in moved.items()}
    assert since == dict.fromkeys(["YC-004", "YC-005"], "2026-11-23T08:00:00+00:00")  # the papers each of them has in hand
    again = run("build", example, "--out", out, "--issued-at", "2026-11-25T08:00", "--today", "2026-11-25")
    assert "moved" not in again.stdout


def test_what_is_issued_is_never_older_than_what_was(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    result = run("build", EXAMPLE, "--out", tmp_path, "--issued-at", "2026-11-22", "--today", "2026-11-22", status=1)
    assert "cannot be older" in result.stderr


def test_the_same_instant_gives_the_same_bytes_in_any_zone(tmp_path: Path) -> None:
    for name, stamp in (("a", "2026-11-23T08:00+08:00"), ("b", "2026-11-23T00:00+00:00")):
        run("build", EXAMPLE, "--out", tmp_path / name, "--issued-at", stamp, "--today", "2026-11-23")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_plan_does_not_empty_a_studys_folder(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    before = contents(tmp_path)
    plan = ("plan", EXAMPLE, "--anchor", "infusion=2026-03-02", "--out", tmp_path)
    assert "holds a study, and would be emptied for a plan" in run(*plan, status=1).stderr
    assert contents(tmp_path) == before


def test_a_participant_who_is_gone_leaves_no_papers_behind(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", example, "--out", out, *FIRST)
    lines = (example / "participants.csv").read_text().splitlines(keepends=True)
    (example / "participants.csv").write_text("".join(line for line in lines if not line.startswith("CD-004")))
    run("build", example, "--out", out, *FIRST)
    assert not (out / "participants" / "CD-004").exists()
    assert "no longer planned" in (out / "index.html").read_text(encoding="utf-8")


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "participants").mkdir()
    (tmp_path / "participants" / "list.txt").write_text("mine too")
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "participants" / "list.txt").read_text() == "mine too"


def test_a_file_of_somebody_elses_in_the_way_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    result = run("build", EXAMPLE, "--out", tmp_path, *FIRST, status=1)
    assert "index.html is in the way, and was not written by this program" in result.stderr
    assert contents(tmp_path) == {"index.html": b"mine"}


def test_if_anything_fails_the_old_output_stands(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    run("build", example, "--out", out, *FIRST)
    before = contents(out)
    edit(example / "visits.csv", "YC-001,D14", "YC-001,D41")
    assert 'there is no visit "D41"' in run("build", example, "--out", out, *FIRST, status=1).stderr
    assert contents(out) == before

    edit(example / "visits.csv", "YC-001,D41", "YC-001,D14")
    edit(example / "participants.csv", "2026-11-30,planned", "2026-12-02,planned")
    moves = 0
    replace = Path.replace

    def fail_in_the_middle(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == 5:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_in_the_middle)
    result = run("build", example, "--out", out, *FIRST, status=1)
    assert "No space left on device; nothing was changed" in result.stderr
    monkeypatch.undo()
    assert contents(out) == before


def test_a_damaged_manifest_is_said(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    assert "is damaged, or not ours: restore it" in run("build", EXAMPLE, "--out", tmp_path, *FIRST, status=1).stderr


@pytest.mark.parametrize(
    "path",
    ["../victim.txt", "/etc/hostname", "mine/../../victim.txt", "", "a//b", "C:\\x", "x" * 5000, "folder", "folder/work.txt"],
)
def test_a_manifest_cannot_make_us_remove_what_is_not_ours(tmp_path: Path, path: str) -> None:
    out = tmp_path / "out"
    run("build", EXAMPLE, "--out", out, *FIRST)
    (tmp_path / "victim.txt").write_text("mine")
    (out / "folder").mkdir()
    (out / "folder" / "work.txt").write_text("mine")
    manifest = json.loads((out / "manifest.json").read_bytes())
    manifest["files"][path] = "0"
    (out / "manifest.json").write_text(json.dumps(manifest))
    run("build", EXAMPLE, "--out", out, *FIRST, status=1)
    assert (tmp_path / "victim.txt").read_text() == "mine"
    assert (out / "folder" / "work.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[]",
        '{"files": {"static/main.js": "x"}}',
        '{"made_by": "trial-scheduler", "files": []}',
        '{"made_by": "trial-scheduler", "files": {}, "holds": "study", "issued": 5, "moved": {}}',
        '{"made_by": "trial-scheduler", "files": {}, "holds": "study", "issued": {"YC-004": {"D14": []}}, "moved": {}}',
        '{"made_by": "trial-scheduler", "files": {}, "holds": "study", "issued": {}, "moved": {"YC-004": {"since": "never", "changes": []}}}',
        '{"made_by": "trial-scheduler", "files": {}, "holds": "study", "issued": {}, "moved": [5]}',
    ],
)
def test_a_strange_manifest_stops_the_build_and_nothing_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "main.js").write_text("mine")
    (tmp_path / "manifest.json").write_text(text)
    assert "damaged" in run("build", EXAMPLE, "--out", tmp_path, *FIRST, status=1).stderr
    assert contents(tmp_path) == {"manifest.json": text.encode(), "static/main.js": b"mine"}


def test_a_link_is_never_followed_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "participants").symlink_to(tmp_path / "elsewhere")
    assert "is in the way" in run("build", EXAMPLE, "--out", tmp_path / "out", *FIRST, status=1).stderr
    assert contents(tmp_path / "elsewhere") == {}


def test_a_folder_where_a_file_should_be_is_somebodys_work(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    (tmp_path / "schedule.json").unlink()
    (tmp_path / "schedule.json").mkdir()
    (tmp_path / "schedule.json" / "work.txt").write_text("mine")
    assert "is in the way" in run("build", EXAMPLE, "--out", tmp_path, *FIRST, status=1).stderr
    assert (tmp_path / "schedule.json" / "work.txt").read_text() == "mine"


def test_a_study_without_a_visits_file_says_so(example: Path, tmp_path: Path) -> None:
    (example / "visits.csv").unlink()
    assert "visits.csv is missing" in run("build", example, "--out", tmp_path / "out", *FIRST).stdout


def test_every_file_of_a_study_is_read_before_its_problems_are_shown(example: Path) -> None:
    edit(example / "sites.yaml", "paper: A4", "paper: A5")
    edit(example / "visits.csv", "YC-001,D14,", "YC-001,D41,")
    edit(example / "participants.csv", "YC-002,yancheng,zh,yes", "YC-002,yancheng,zh,perhaps")
    (example / "events.csv").unlink()
    found = run("check", example, status=1).stderr
    for problem in (
        "sites.yaml:8",
        "participants.csv:3: lymphodepletion",
        'there is no visit "D41"',
        "one of these was wanted: A4",
    ):
        assert problem in found
    assert "there is no site" not in found


def test_days_to_look_at_are_listed(example: Path, tmp_path: Path) -> None:
    edit(example / "visits.csv", "YC-003,M3,2026-12-01", "YC-003,M3,2026-12-29")
    (example / "visits.csv").write_text((example / "visits.csv").read_text() + "CD-001,LD1,2026-08-29,,,booked,\n")
    result = run("check", example)
    assert (
        "YC-003: Month 3: booked for Tue 29 December 2026, 10:00, outside its window (Mon 16 November 2026 to Mon 14 December 2026)"
        in result.stdout
    )
    assert "CD-001: Preparation treatment day 1: on Sat 29 August 2026, though it is not for this participant" in result.stdout
    assert "to look at: 6" in run("build", example, "--out", tmp_path / "out", *FIRST).stdout


def test_a_study_without_a_key_says_how_to_make_one(example: Path, tmp_path: Path) -> None:
    (example / "study.key").unlink()
    assert "trial-scheduler key" in run("build", example, "--out", tmp_path / "out", *FIRST, status=1).stderr
    assert not (tmp_path / "out").exists()
    run("key", example)
    run("build", example, "--out", tmp_path / "out", *FIRST)
    assert "a new key would make every calendar a new one" in run("key", example, status=1).stderr


def test_a_language_without_words_is_said_before_anything_is_written(example: Path, tmp_path: Path) -> None:
    edit(example / "participants.csv", "YC-001,yancheng,zh", "YC-001,yancheng,fr")
    result = run("build", example, "--out", tmp_path / "out", *FIRST, status=1)
    assert 'no words for the language "fr" (there are: en, zh)' in result.stderr


def test_the_progress_of_a_build_can_be_watched(tmp_path: Path) -> None:
    study = load_study(EXAMPLE)
    steps: list[None] = []
    build(
        study,
        tmp_path,
        issued_at=datetime(2026, 11, 23, tzinfo=UTC),
        today=study.today(datetime(2026, 11, 23, tzinfo=UTC)),
        progress=lambda: steps.append(None),
    )
    assert len(steps) == len(study.participants)


def test_what_a_killed_build_left_behind_is_removed_after_a_day(tmp_path: Path) -> None:
    for name, age in (("old", 90_000), ("young", 60)):
        stage = tmp_path / f".issue-{name}"
        stage.mkdir()
        (stage / "paper.ics").write_text("x")
        os.utime(stage, (time.time() - age,) * 2)
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    assert [stage.name for stage in tmp_path.glob(".issue-*")] == [".issue-young"]


class Killed(BaseException):
    """What stands for the end of a process in the middle of its work."""


@contextmanager
def killed_at(nth: int) -> Iterator[None]:
    """Ends everything at the nth time that something is written, moved, linked, removed or made; afterwards nothing can be done."""
    count = 0

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == nth and function is WRITE:
                arguments[0].touch()  # half a file
            if count >= nth:
                raise Killed
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "link", "unlink", "mkdir", "rmdir"):
            patch.setattr(os, name, dying(getattr(os, name)))
        patch.setattr(Path, "write_bytes", dying(WRITE))
        yield


WRITE = Path.write_bytes


def test_at_any_moment_the_manifest_names_every_file_that_is_there(tmp_path: Path) -> None:
    """One file is changed, one is new, one vanishes and one stays: killed at any step, the next takes it up from there."""

    def issue(out: Path, files: dict[str, bytes], number: int) -> None:
        data = {"made_by": "trial-scheduler", "holds": "plan", "files": dict.fromkeys(files, ""), "number": number}
        before = read_manifest(out, "plan")
        ours = [*before.get("files", ()), *before.get("leaving", ())]
        replace_files(out, files, ours, lambda leaving: sealed({**data, "leaving": [*leaving]}))

    old = {"index.html": b"1", "sites/A/load.csv": b"1", "participants/P/visit-sheet.html": b"1"}
    new = {"index.html": b"2", "sites/A/load.csv": b"1", "sites/A/index.html": b"2"}
    numbers = []
    for nth in range(1, 100):
        out = tmp_path / str(nth)
        issue(out, old, 1)
        try:
            with killed_at(nth):
                issue(out, new, 2)
        except Killed:
            pass
        else:
            break
        manifest = read_manifest(out, "plan")
        there = {name for name in contents(out) if not name.startswith(".issue-")} - {"manifest.json"}
        assert there <= {*manifest["files"], *manifest["leaving"]}
        assert {"index.html", "sites/A/load.csv"} <= there  # what both issues have is never gone
        numbers.append(manifest["number"])
        issue(out, new, 3)
        assert {name: data for name, data in contents(out).items() if name in {*old, *new}} == new
        assert read_manifest(out, "plan")["leaving"] == []
    assert len(numbers) > 20
    assert numbers == sorted(numbers)
    assert {1, 2} == set(numbers)
    assert {name: data for name, data in contents(out).items() if name != "manifest.json"} == new


SMALL = """\
study: {id: X7, title: T, anchor: infusion, day_numbering: day 0, month: calendar}
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D14, at: Day 14, window: ±2 days, mode: clinic}
"""
SMALL_SITE = "NY: {name: Hospital, time_zone: America/New_York, language: en}\n"
PEOPLE = "participant,site,infusion,infusion_status\n"


def test_after_a_kill_at_any_point_the_next_build_goes_on(tmp_path: Path) -> None:
    """Somebody is removed, somebody's infusion moves, and the build is killed: before the manifest is there, or after.

    The next build gives what it had given without the killed one, or with a whole one before it; and who was removed can come back.
    """
    run("init", tmp_path / "study")
    (tmp_path / "study" / "protocol.yaml").write_text(SMALL)
    (tmp_path / "study" / "sites.yaml").write_text(SMALL_SITE)

    def issue(out: Path, hour: int, people: str) -> dict[str, bytes]:
        (tmp_path / "study" / "participants.csv").write_text(PEOPLE + people)
        study = load_study(tmp_path / "study")
        build(study, out, issued_at=datetime(2026, 3, 1, hour, tzinfo=UTC), today={"NY": date(2026, 3, 1)})
        return {name: data for name, data in contents(out).items() if not name.startswith(".issue-")}

    both, one = "A,NY,2026-03-02,planned\nB,NY,2026-03-02,planned\n", "A,NY,2026-03-03,planned\n"
    issue(tmp_path / "first", 8, both)
    for name in ("without", "with"):
        shutil.copytree(tmp_path / "first", tmp_path / name)
    issue(tmp_path / "with", 9, one)
    wanted = [issue(tmp_path / name, 10, one) for name in ("without", "with")]
    [calendar] = [name for name in wanted[0] if name.startswith("participants/A/") and name.endswith(".ics")]
    old = sequences((tmp_path / "first" / calendar).read_bytes())
    found = []
    for nth in range(5, 500, 12):
        out = Path(shutil.copytree(tmp_path / "first", tmp_path / f"killed-{nth}"))
        try:
            with killed_at(nth):
                issue(out, 9, one)
        except Killed:
            pass
        else:
            break
        now = issue(out, 10, one)
        assert now in wanted, nth
        found.append(wanted.index(now))
        new = sequences(now[calendar])
        assert all(new[uid] > number for uid, number in old.items())
    assert issue(tmp_path / "killed-53", 11, both).keys() == contents(tmp_path / "first").keys()
    assert found == sorted(found)  # there is one moment from which on the next build goes on from the killed one
    assert set(found) == {0, 1}


def sequences(calendar: bytes) -> dict[str, int]:
    """The SEQUENCE of every event, by its UID."""
    return {str(event["UID"]): int(str(event["SEQUENCE"])) for event in to_icalendar(calendar).events}


def test_a_first_build_that_was_killed_can_be_repeated(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path / "clean", *FIRST)
    clean = contents(tmp_path / "clean")
    with pytest.raises(Killed), killed_at(len(clean) + 40):  # all are written, and a third of them or so is in place
        run("build", EXAMPLE, "--out", tmp_path / "out", *FIRST)
    assert 10 < len([name for name in contents(tmp_path / "out") if not name.startswith(".issue-")]) < len(clean)
    run("build", EXAMPLE, "--out", tmp_path / "out", *FIRST)
    assert {name: data for name, data in contents(tmp_path / "out").items() if not name.startswith(".issue-")} == clean


def test_one_build_at_a_time_writes_into_a_folder(tmp_path: Path) -> None:
    with locked(tmp_path):
        result = run("build", EXAMPLE, "--out", tmp_path, *FIRST, status=1)
        assert result.stderr == f"Error: another build is writing into {tmp_path}: wait until it is done, then build again\n"
        plan = ("plan", EXAMPLE / "protocol.yaml", "--anchor", "infusion=2026-03-02", "--out", tmp_path)
        assert "another build is writing into" in run(*plan, status=1).stderr
    assert contents(tmp_path) == {}
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)


def test_a_build_that_fails_makes_no_folder(example: Path, tmp_path: Path) -> None:
    edit(example / "participants.csv", "2026-11-30,planned", "9999-11-30,planned")
    run("build", example, "--out", tmp_path / "out", *FIRST, status=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"sequence": 36', b'"sequence": 16'),  # would make an event older than it is
        (b'"holds": "study"', b'"holds": "study" '),
        (b'"sha256": "', b'"sha256": "0'),
        (b"{\n", b"{\r\n"),
    ],
)
def test_a_manifest_that_was_changed_stops_the_build(tmp_path: Path, old: bytes, new: bytes) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *FIRST)
    data = (tmp_path / "manifest.json").read_bytes()
    assert old in data
    (tmp_path / "manifest.json").write_bytes(data.replace(old, new, 1))
    before = contents(tmp_path)
    assert run("build", EXAMPLE, "--out", tmp_path, *FIRST, status=1).stderr == (
        f"Error: {tmp_path}/manifest.json is damaged, or not ours: restore it from a copy, or build into an empty folder; calendars "
        "that are in use go on, for what is issued later counts as newer\n"
    )
    assert contents(tmp_path) == before


def test_what_moved_stands_in_one_order(example: Path, tmp_path: Path) -> None:
    """Somebody who comes first moves after somebody who comes last: the page that is built again is the same."""
    run("build", example, "--out", tmp_path, *FIRST)
    edit(example / "participants.csv", "2026-12-21,planned", "2026-12-22,planned")  # YC-005
    run("build", example, "--out", tmp_path, "--issued-at", "2026-11-24T08:00", "--today", "2026-11-24")
    edit(example / "participants.csv", "2026-11-30,planned", "2026-12-02,planned")  # YC-004
    later = ("--issued-at", "2026-11-25T08:00", "--today", "2026-11-25")
    run("build", example, "--out", tmp_path, *later)
    before = contents(tmp_path)
    assert "changed: 0\n" in run("build", example, "--out", tmp_path, *later).stdout
    assert contents(tmp_path) == before


def test_replacing_files_moves_back_what_it_moved(tmp_path: Path) -> None:
    replace_files(tmp_path, {"a": b"1", "b/c": b"2"}, ours=())
    assert replace_files(tmp_path, {"a": b"1", "d": b"3"}, ours=("a", "b/c")) == ["d"]
    assert contents(tmp_path) == {"a": b"1", "d": b"3"}
    assert not (tmp_path / "b").exists()
    with pytest.raises(SchedulerError, match="was not written by this program"):
        replace_files(tmp_path, {"a": b"2"}, ours=())
