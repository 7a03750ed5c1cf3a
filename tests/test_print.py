"""What is printed: the same dates as on the page and in the table, in our fonts, large enough, inside the margins, the same bytes."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Scheduling, protocol_of, run
from fontTools.ttLib import TTFont
from printed import MM, POINTS, Printed, squeezed

from scheduler.facts.records import Paper, Participant, Recorded, Site
from scheduler.pages import html
from scheduler.protocol.records import PlannedPeriod, PlannedVisit, Text
from scheduler.reading.problems import SchedulerError
from scheduler.resources import Looks, templates_dir
from scheduler.schedule.expand import expand
from scheduler.sheets import pdf as engine
from scheduler.sheets.make_fonts import gb_2312
from scheduler.sheets.pdf import Print, print_all
from scheduler.study import issue, press
from scheduler.study.folder import load_study
from scheduler.views.sheet import Sheet, sheet
from scheduler.views.words import words

pytestmark = pytest.mark.paper

ISSUED = datetime(2026, 11, 23, 8, tzinfo=UTC)
BUILD = ("--issued-at", "2026-11-23T08:00", "--today", "2026-11-23")


def example_sheet(code: str, language: str = "en", paper: str = "A4") -> Sheet:
    study = load_study(EXAMPLE)
    person = replace(study.participants[code], language=language)
    site = replace(study.sites[person.site], paper=Paper(paper))
    return sheet(study.schedule(person), site, ISSUED)


def print_of(view: Sheet, size: int = 12, looks: Looks = Looks()) -> Print:  # noqa: B008
    return Print(template="visit_sheet", view=view, whose=view.participant, issued_at=ISSUED, size=size, looks=looks)


def printed(view: Sheet, size: int = 12) -> Printed:
    return Printed(print_of(view, size).pdf())


def dates_in(text: str, language: str) -> set[str]:
    return {squeezed(found) for found in re.findall(words(language).date_pattern, text)}


FORMS = [(language, paper, size) for language in ("en", "zh") for paper in ("A4", "Letter") for size in (12, 16, 18)]


@pytest.mark.parametrize(("language", "paper", "size"), FORMS)
@pytest.mark.parametrize("code", ["YC-003", "YC-004"])
def test_the_examples_sheet_is_fit_to_be_handed_out(code: str, language: str, paper: str, size: int) -> None:
    view = example_sheet(code, language, paper)
    made = printed(view, size)
    assert made.sizes == POINTS[paper]
    assert len(made.pages) <= (3 if size == 12 else 5)
    assert made.outside(6 * MM) == []
    assert min(made.body_sizes) == size
    assert made.text_smaller_than(9.5) == set()
    assert made.colours == {(0,)}  # black, and no grey behind text
    assert {name.partition("+")[2] for name in made.fonts} <= {
        f"VisitSans{han}-{weight}" for han in ("", "SC") for weight in ("Regular", "Bold")
    }
    assert all(made.fonts.values())
    assert made.facts() == {
        "title": f"{view.title} · {code}",
        "language": {"en": "en", "zh": "zh-CN"}[language],
        "tagged": "True",
        "ua": "1",
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("code", ["CD-004", "YC-002", "YC-003", "YC-004"])
def test_every_text_of_a_sheet_is_printed_and_its_dates_are_those_of_the_page(code: str, language: str) -> None:
    view = example_sheet(code, language)
    text = printed(view).text
    rows = [piece for row in view.rows for piece in (*row.days, *row.allowed, row.label, row.place, *row.texts)]
    periods = [
        piece
        for period in (*view.stays, *view.treatments, *view.reminders)
        for piece in (period.label, period.days, *period.texts)
    ]
    said = [
        view.title,
        view.notice,
        view.study,
        view.participant,
        *view.hospital,
        view.anchor,
        view.goes_on,
        view.footer,
        view.mark,
    ]
    said += [piece for number in view.numbers for piece in (number.label, number.number)]
    assert [piece for piece in (*said, *rows, *periods) if squeezed(piece) not in text] == []
    page = html("visit_sheet", view)
    assert dates_in(page, language) != set()
    assert {found for found in dates_in(page, language) if found not in text} == set()
    assert set(re.findall(squeezed(words(language).date_pattern), text)) == dates_in(page, language)


def test_a_sheet_has_the_days_of_the_table(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, *BUILD)
    with (tmp_path / "schedule.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "visit" and row["applies"] != "no"]
    seen = 0
    for code, language in (("YC-001", "zh"), ("YC-003", "en"), ("CD-001", "zh")):
        said = words(language).day
        text = Printed((tmp_path / "participants" / code / "visit-sheet.pdf").read_bytes()).text
        for row in [row for row in rows if row["participant"] == code]:
            days = (
                [row["actual"]]
                if row["actual"]
                else [row["booked"], *(row[key] for key in ("earliest", "latest") if row["visit"] != "infusion")]
            )
            for day in filter(None, days):
                assert squeezed(said(date.fromisoformat(day[:10]))) in text, (code, row["visit"])
                seen += 1
    assert seen > 40


def test_a_date_is_never_broken_across_lines() -> None:
    for code in ("YC-003", "YC-004"):
        for language, paper, size in FORMS:
            lines = printed(example_sheet(code, language, paper), size).lines_of(squeezed(words(language).date_pattern))
            assert len(lines) > 20
            assert set(lines) == {1}


# -- always the same


def test_the_same_sheet_is_the_same_bytes_in_another_folder_zone_and_locale(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = [sys.argv[1]]; from test_print import *;"
        "print(hashlib.sha256(engine.Print.pdf(print_of(example_sheet('YC-004', 'zh')))).hexdigest())"
    )
    here = hashlib.sha256(print_of(example_sheet("YC-004", "zh")).pdf()).hexdigest()
    for zone, locale, seed in (("Pacific/Kiritimati", "C", "1"), ("America/Los_Angeles", "C.UTF-8", "2")):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "LANG": locale, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program, str(ROOT / "tests")]
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == here


def test_a_digest_tells_of_all_that_changes_the_bytes(tmp_path: Path) -> None:
    one = print_of(example_sheet("YC-004"))
    own = tmp_path / "visit_sheet.typ"
    own.write_bytes((templates_dir() / "typst" / "visit_sheet.typ").read_bytes())
    others = [
        replace(one, view=replace(one.view, participant="YC-005")),
        replace(one, size=16),
        replace(one, issued_at=datetime(2026, 11, 24, tzinfo=UTC)),
        replace(one, looks=Looks(tmp_path)),
        replace(one, looks=Looks(fonts=(tmp_path,))),
        replace(one, template="roster"),
    ]
    digests = [each.digest() for each in (one, *others)]
    assert len(set(digests)) == len(digests)
    assert print_of(example_sheet("YC-004")).digest() == digests[0]


def test_one_participants_sheet_holds_nothing_of_another() -> None:
    assert "YC-003" in printed(example_sheet("YC-003")).text
    assert "YC-003" not in printed(example_sheet("YC-004")).text


def test_many_documents_are_made_by_several_processes_to_the_same_bytes() -> None:
    view = example_sheet("YC-003")
    prints = {f"{number}.pdf": print_of(replace(view, participant=f"P-{number}")) for number in range(16)}
    assert print_all(prints, workers=2) == {path: each.pdf() for path, each in prints.items()}


# -- what cannot be printed


def test_a_character_without_a_glyph_stops_the_build_and_is_named(example: Path, tmp_path: Path) -> None:
    file = example / "protocol.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("zh: 筛选访视", "zh: 筛选访视\N{ETHIOPIC SYLLABLE SA}"), encoding="utf-8"
    )
    result = run("build", example, "--out", tmp_path / "out", *BUILD, status=1)
    lines = result.stderr.splitlines()
    assert lines[0] == (
        'Error: visit_sheet: no font has the character "ሰ" (U+1230), of CD-001, rows[0].label: "筛选访视ሰ". '
        "Write it otherwise, or name a folder of fonts (--font-dir)"
    )
    assert not (tmp_path / "out").exists()


def test_every_character_a_chinese_name_may_have_is_there(schedule: Scheduling) -> None:
    """
    study: {id: X, title: 喆堃镕昇赟珺𬭊, anchor: infusion, day_numbering: day 0, month: calendar}
    visits:
      - {id: infusion, at: given}
    """
    assert "喆堃镕昇赟珺𬭊" in printed(sheet(schedule(infusion="2026-03-02"), None, ISSUED)).text


def test_without_typst_everything_else_is_built_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (engine, press, issue):
        monkeypatch.setattr(module, "can_print", lambda: False)
    result = run("build", EXAMPLE, "--out", tmp_path, *BUILD)
    assert result.stderr == (
        'no PDF can be made here: the package "typst" is not installed, or there is none for this machine. Print the pages (.html) instead\n'
    )
    assert list(tmp_path.rglob("*.pdf")) == []
    assert (tmp_path / "participants" / "YC-003" / "visit-sheet.html").exists()
    with pytest.raises(SchedulerError, match="no PDF can be made here"):
        engine.Print.pdf(print_of(example_sheet("YC-001")))


# -- all that can be written into a study

ODD = """#let x = [*bold*] _it_ $5 @ref <label> `code` \\n // c /* d */ "quoted" 'so' ~ - - = + / {{ x }} & <b> %"""


def test_what_looks_like_markup_is_printed_as_it_stands() -> None:
    said = Text({"": ODD})
    protocol = protocol_of(
        "visits:\n  - {id: infusion, at: given}\n  - {id: A, at: Day 1, mode: clinic}\nperiods:\n  - {id: stay, kind: stay, from: infusion, to: infusion + 1 day}"
    )
    infusion, visit, stay = protocol.root.members
    assert isinstance(visit, PlannedVisit)
    assert isinstance(stay, PlannedPeriod)
    study = replace(protocol.study, title=said, notice=said, id="X", registry=ODD, protocol_version=ODD)
    members = (infusion, replace(visit, label=said, text=said), replace(stay, label=said, text=said))
    made = replace(protocol, study=study, root=replace(protocol.root, members=members))
    site = Site(id="S", name=said, zone=UTC, language="en", city=said, address=said, day_telephone=ODD)
    person = Participant(id="P", site="S", recorded={"infusion": (Recorded(date(2026, 3, 2)),)})
    view = sheet(expand(made, person), site, ISSUED)
    assert view.rows[1].label == ODD
    text = printed(view).text
    assert text.count(squeezed(ODD)) >= 9


def test_forty_visits_a_long_name_and_a_long_word_stay_on_the_paper() -> None:
    protocol = protocol_of(
        "visits:\n  - {id: infusion, at: given}\n  - {id: W, ids: W<week>, at: Week 1 then every 1 week until Week 40, window: ±2 days, mode: clinic, participant text: "
        + "Pneumonoultramicroscopicsilicovolcanoconiosis"
        + "}"
    )
    name = Text({"": "The General and Maternity Hospital of the Western Provinces I"})
    site = Site(id="S", name=name, zone=UTC, language="en", day_telephone="0000 000 000 000 000 00")
    person = Participant(id="P", site="S", recorded={"infusion": (Recorded(date(2026, 3, 2)),)})
    for language in ("en", "zh"):
        for size in (12, 18):
            view = sheet(expand(protocol, replace(person, language=language)), site, ISSUED)
            assert len(view.rows) == 41
            made = printed(view, size)
            assert made.outside(6 * MM) == []
            assert made.text.count("Pneumonoultramicroscopicsilicovolcanoconiosis") == 40
            assert all(squeezed(line) in made.text for row in view.rows for line in (*row.days, *row.allowed))


# -- the build


def build(study: Path, out: Path, *more: str) -> str:
    return run("build", study, "--out", out, *BUILD, *more).stdout


def test_an_unchanged_study_prints_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(EXAMPLE, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pdf")}
    assert len(before) >= 9

    def refuse(self: Print) -> bytes:
        raise AssertionError(self.whose)

    monkeypatch.setattr(Print, "pdf", refuse)
    assert "changed: 0\n" in build(EXAMPLE, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pdf")} == before


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"%PDF-1.7")])
def test_a_print_that_is_lost_or_damaged_is_made_again(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    build(EXAMPLE, tmp_path)
    file = tmp_path / "participants" / "YC-003" / "visit-sheet.pdf"
    before = file.read_bytes()
    spoil(file)
    assert "changed: 1\n" in build(EXAMPLE, tmp_path)
    assert file.read_bytes() == before


def test_large_print_where_the_site_asks_for_it(example: Path, tmp_path: Path) -> None:
    file = example / "sites.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("  paper: A4\n", "  paper: A4\n  large_print: 18\n", 1), encoding="utf-8"
    )
    build(example, tmp_path / "out")
    found = {path.parent.name for path in (tmp_path / "out").rglob("visit-sheet-large.pdf")}
    assert found == {"YC-001", "YC-002", "YC-003", "YC-004", "YC-005"}
    large = Printed((tmp_path / "out" / "participants" / "YC-003" / "visit-sheet-large.pdf").read_bytes())
    assert min(large.body_sizes) == 18


def test_a_sites_templates_take_the_place_of_ours_by_their_names(tmp_path: Path) -> None:
    theirs = tmp_path / "templates"
    theirs.mkdir()
    (theirs / "visit_sheet.typ").write_text(
        '#import "lib.typ": *\n#show: laid-out.with(title: view.title)\n= #view.title\nOur own form for #view.participant\n',
        encoding="utf-8",
    )
    (theirs / "visit_sheet.html.j2").write_text("<p>Our own page for {{ page.participant }}</p>", encoding="utf-8")
    build(EXAMPLE, tmp_path / "out", "--templates", str(theirs))
    folder = tmp_path / "out" / "participants" / "YC-003"
    assert "OurownformforYC-003" in Printed((folder / "visit-sheet.pdf").read_bytes()).text
    assert (folder / "visit-sheet.html").read_text(encoding="utf-8") == "<p>Our own page for YC-003</p>"
    (theirs / "visit_sheet.typ").write_text('#import "lib.typ": *\n#nothing', encoding="utf-8")
    result = run("build", EXAMPLE, "--out", tmp_path / "out", *BUILD, "--templates", theirs, status=1)
    assert result.stderr.splitlines()[0] == "Error: CD-001, visit_sheet cannot be printed: unknown variable: nothing"


def test_the_fonts_are_those_that_were_made() -> None:
    folder = templates_dir() / "fonts"
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sorted(sums) == sorted(path.name for path in folder.iterdir() if path.name != "SHA256SUMS")
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    for weight in ("Regular", "Bold"):
        with TTFont(folder / f"VisitSansSC-{weight}.ttf") as font:
            assert set(gb_2312()) <= set(font.getBestCmap())  # 6,763 characters and the signs beside them
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")
