"""The command line as a user meets it: what goes to stdout and to stderr, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner
from conftest import EXAMPLE, run

from scheduler.cli import main

PROTOCOL = EXAMPLE / "protocol.yaml"


def test_every_command_has_help() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        run(name, "--help")


def test_check_says_what_there_is(tmp_path: Path) -> None:
    result = run("check", PROTOCOL)
    assert result.stdout.startswith(
        "UDCAR-SLE, version registry record of 2025-12-10: no problems\nvisits: 13, periods: 10, activities: 12\n"
    )
    result = run("check", EXAMPLE)
    assert "participants: 9, sites: 2\n" in result.stdout
    assert "CD-004: LD1, LD2, LD3, infusion, D14" in result.stdout


def test_check_shows_every_problem_on_stderr_and_ends_with_1(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: {id: X, title: X, anchor: dose, day_numbering: day 0}\nvisits:\n  - {id: dose, at: givn}\n  - {idd: X}\n"
    )
    result = run("check", file, status=1)
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f'{file}:3:20: visits[0].at: "givn": nothing has this name; did you mean "given"?',
        f'{file}:4:5: visits[1]: "id" is required: its name in rules and files',
        f'{file}:4:6: visits[1].idd: "idd" is not a key of a visit; did you mean "id"?',
        "3 problems found",
    ]


def test_check_finds_a_circle_and_its_place(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: {id: X, title: X, anchor: dose, day_numbering: day 0}\n"
        "visits:\n  - {id: dose, at: given}\n  - {id: A, at: B + 1 day}\n  - {id: B, at: A + 1 day}\n"
    )
    assert f"{file}:4:5: visits[1]: a circle: A is counted from B is counted from A" in run("check", file, status=1).stderr


def test_odd_paths_are_said(tmp_path: Path) -> None:
    for path in ("x" * 300, "/dev/null", tmp_path / "none" / "none"):
        run("check", path, status=1)
    run("key", tmp_path / "none", status=1)
    run("build", EXAMPLE, "--out", PROTOCOL, status=1)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert "is missing" in run("check", tmp_path / "none.yaml", status=1).stderr
    assert "protocol.yaml is missing" in run("check", tmp_path, status=1).stderr


def test_plan_as_a_table() -> None:
    result = run("plan", PROTOCOL, "--anchor", "infusion=2026-08-31", "--fact", "lymphodepletion=no")
    assert "M6        Month 6        2027-02-28 Sun*  2027-02-14 .. 2027-03-14*  tentative\n" in result.stdout
    assert "LD1" not in result.stdout
    assert "* assumed: the protocol does not say it\n" in result.stdout
    assert "Example, not for care" in result.stdout


def test_plan_as_csv() -> None:
    result = run("plan", PROTOCOL, "--anchor", "infusion=2028-02-29", "--format", "csv")
    assert result.stdout.startswith("visit,label,epoch,target,earliest,latest,study_day,")
    rows = {row["visit"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert [rows["M12"][column] for column in ("label", "epoch", "target", "earliest", "latest", "study_day")] == [
        "Month 12",
        "follow-up",
        "2029-02-28",
        "2029-02-14",
        "2029-03-14",
        "365",
    ]
    assert (rows["hospital"]["kind"], rows["hospital"]["start"], rows["hospital"]["end"], rows["hospital"]["end_kind"]) == (
        "stay",
        "2028-02-29",
        "2028-03-07",
        "at least",
    )
    assert rows["LD1"]["applies"] == "undecided"
    assert rows["SCR"]["waits_for"] == "Enrolment"


def test_plan_as_json() -> None:
    result = run("plan", PROTOCOL, "--anchor", "infusion=2028-02-29", "--format", "json", "--language", "zh")
    rows = {row["visit"]: row for row in json.loads(result.stdout)}
    assert (rows["D14"]["label"], rows["D14"]["target"]) == ("第14天", "2028-03-14")


def test_plan_keeps_clock_times(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: {id: X, title: X, anchor: dose, day_numbering: day 0}\n"
        "visits:\n  - {id: dose, at: given}\n  - {id: PK, at: dose + 36 h, window: ±4 h}\n"
    )
    result = run("plan", file, "--anchor", "dose=2026-02-17T01:00", "--format", "csv")
    [row] = [row for row in csv.DictReader(io.StringIO(result.stdout)) if row["visit"] == "PK"]
    assert (row["target"], row["earliest"], row["latest"]) == ("2026-02-18T13:00", "2026-02-18T09:00", "2026-02-18T17:00")


def test_plan_without_dates_lists_what_waits() -> None:
    assert "waits for Cell infusion" in run("plan", PROTOCOL).stdout


def test_plan_into_a_folder(tmp_path: Path) -> None:
    arguments = ("plan", PROTOCOL, "--anchor", "infusion=2026-08-31", "--issued-at", "2026-08-01", "--out")
    result = run(*arguments, tmp_path / "a")
    names = ["calendar.ics", "visit-sheet.html", "visit-sheet.pdf"]
    assert result.stdout.splitlines() == [str(tmp_path / "a" / name) for name in names]
    before = {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()}
    assert sorted(before) == sorted([*names, "manifest.json", "plan.key"])
    run(*arguments, tmp_path / "a")
    assert {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()} == before
    calendar = icalendar.Calendar.from_ical((tmp_path / "a" / "calendar.ics").read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    assert len(calendar.events) == 13 - 1 + 1  # screening has no date yet; the stay has one
    assert "Your study visits" in (tmp_path / "a" / "visit-sheet.html").read_text(encoding="utf-8")


def test_who_has_a_plans_calendar_cannot_find_out_its_dates_by_trying(tmp_path: Path) -> None:
    """Its identifiers hang on a key that stays in the folder, and not on the protocol and the dates alone."""

    def uids(folder: str, *arguments: str) -> set[str]:
        run(
            "plan",
            PROTOCOL,
            "--anchor",
            "infusion=2026-08-31",
            "--issued-at",
            "2026-08-01",
            "--out",
            tmp_path / folder,
            *arguments,
        )
        calendar = icalendar.Calendar.from_ical((tmp_path / folder / "calendar.ics").read_bytes())
        return {str(calendar["UID"]), *(str(event["UID"]) for event in calendar.walk("VEVENT"))}

    first = uids("a")
    assert not first & uids("b")
    assert not first & uids("a", "--fact", "lymphodepletion=yes")  # another plan is another calendar
    assert uids("a") == first
    assert stat.S_IMODE((tmp_path / "a" / "plan.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "key",
    [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",  # the public namespace of domain names
        "886313e1-3b8a-5372-9b90-0c9aee199e5d",  # made from a name
    ],
)
def test_a_key_that_is_not_random_is_refused(example: Path, key: str) -> None:
    (example / "study.key").write_text(f"{key}\n")
    said = f"Error: {example}/study.key holds a UUID that is not random (version 4): others could make the same"
    assert run("check", example, status=1).stderr.startswith(said)
    assert run("build", example, "--out", example / "out", status=1).stderr.startswith(said)


def test_plan_does_not_overwrite_what_is_not_ours(tmp_path: Path) -> None:
    arguments = ("plan", PROTOCOL, "--anchor", "infusion=2026-08-31", "--out", tmp_path)
    run(*arguments)
    run(*arguments)
    (tmp_path / "manifest.json").unlink()
    assert "is in the way" in run(*arguments, status=1).stderr


def test_plan_takes_the_day_a_visit_took_place_and_never(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: {id: X, title: X, anchor: V1, day_numbering: day 1 without day 0}\nevents: {stop: {}}\n"
        "visits:\n  - {id: V1, at: given}\n  - {id: V2, window: 19 to 23 days after V1}\n  - {id: V3, window: 28 to 35 days after V2}\n"
        "  - {id: ET, at: stop else Day 3}\n"
    )
    anchors = ("--anchor", "V1=2026-02-03", "--anchor", "V2=2026-02-26", "--anchor", "stop=never")
    rows = {row["visit"]: row for row in csv.DictReader(io.StringIO(run("plan", file, *anchors, "--format", "csv").stdout))}
    assert (rows["V3"]["earliest"], rows["V3"]["latest"]) == ("2026-03-26", "2026-04-02")
    assert rows["ET"]["target"] == "2026-02-05"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--anchor", "infussion=2026-08-31"),
            '--anchor infussion: nothing of this name can be given a date; did you mean "infusion"?',
        ),
        (("--anchor", "infusion=31.08.2026"), '--anchor infusion: "31.08.2026": the year comes first: write 2026-08-31'),
        (("--fact", "lymphodepletion=perhaps"), '--fact lymphodepletion: "perhaps": yes or no was wanted'),
        (("--fact", "arm=A"), "--fact arm: there is no fact of this name"),
    ],
)
def test_what_plan_cannot_use_ends_with_1(arguments: tuple[str, ...], message: str) -> None:
    assert message in run("plan", PROTOCOL, *arguments, status=1).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", PROTOCOL, "--anchor", "infusion"),
        ("plan", PROTOCOL, "--format", "pdf"),
        ("plan", PROTOCOL, "--language", "fr"),
        ("build", EXAMPLE),
        ("build", EXAMPLE, "--out", "x", "--today", "tomorrow"),
        ("build", EXAMPLE, "--out", "x", "--issued-at", "now"),
        ("build", EXAMPLE, "--out", "x", "--issued-at", "9999-12-31T23:59"),
        ("build", EXAMPLE, "--out", "x", "--today", "0001-01-01"),
        ("nothing",),
    ],
)
def test_wrong_use_ends_with_2(arguments: tuple[object, ...]) -> None:
    run(*arguments, status=2)


def test_explain_one_visit() -> None:
    result = run("explain", EXAMPLE, "YC-003", "D28")
    assert result.stdout.splitlines() == [
        "D28: Day 28",
        "  target   2026-09-28 Mon (study day 28)",
        "           fixed to the plan",
        "  window   2026-09-25 Fri .. 2026-10-01 Thu",
        "  booked   2026-09-28 10:00 Mon",
        "  actual   2026-09-29 Tue",
        *(f"  activity {name}" for name in ("safety-labs", "CAR-T-level", "SLEDAI", "BILAG", "PGA")),
        "  why      D28 = infusion 2026-08-31 + 28 days; window ±3 days (assumed)",
        "  source   'Visit the clinic at Day 14, Day 28, month 3, month 6, month 9, month 12, month 18 and month 24'",
        f"  rule     {EXAMPLE / 'protocol.yaml'}:88, protocol version registry record of 2025-12-10",
    ]


def test_explain_says_why_something_is_not_there() -> None:
    assert "not for this participant" in run("explain", EXAMPLE, "YC-001", "LD1").stdout
    assert "when     lymphodepletion" in run("explain", EXAMPLE, "YC-001", "rest").stdout


def test_explain_everything() -> None:
    titles = [line for line in run("explain", EXAMPLE, "CD-003").stdout.splitlines() if line and not line.startswith(" ")]
    assert len(titles) == 13 + 10


def test_explain_of_nobody_and_nothing() -> None:
    assert 'no participant "YC-999"' in run("explain", EXAMPLE, "YC-999", status=1).stderr
    assert 'did you mean "D28"?' in run("explain", EXAMPLE, "YC-003", "D82", status=1).stderr


def test_init_gives_a_study_that_builds(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    result = run("init", folder)
    assert len(result.stdout.splitlines()) == 6
    assert "no problems" in run("check", folder).stdout
    run("build", folder, "--out", tmp_path / "out")
    assert "this is a study already" in run("init", folder, status=1).stderr
    other = tmp_path / "other"
    run("init", other)
    assert (folder / "study.key").read_bytes() != (other / "study.key").read_bytes()


def test_schema_is_json() -> None:
    assert json.loads(run("schema").stdout)["$defs"]["visit"]["required"] == ["id"]


def test_version() -> None:
    assert "trial-scheduler, version" in CliRunner().invoke(main, ["--version"]).output
