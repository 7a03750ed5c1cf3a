"""`print` writes one document; and what is printed for staff: worksheets, roster, schedule of activities."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLE, ROOT, run
from printed import MM, POINTS, Printed, squeezed

from scheduler.cli.printing import print_document
from scheduler.facts.records import Paper
from scheduler.resources import templates_dir
from scheduler.sheets.pdf import Print, data_of
from scheduler.study.documents import DOCUMENTS, ONLY_PAPER, Asked, Document, document
from scheduler.study.files import load_protocol
from scheduler.study.folder import load_study
from scheduler.views.identity import Identity
from scheduler.views.soa import soa_page

pytestmark = pytest.mark.paper

ISSUED = datetime(2026, 11, 23, 8, tzinfo=UTC)
WHEN = ("--issued-at", "2026-11-23T08:00", "--today", "2026-11-23")
_NOT_SHOWN = ("words", "language", "paper", "visit_id", "why")
STAFF = ("worksheet", "roster", "schedule-of-activities")


def made(name: str, language: str = "en", paper: str = "A4", **more: str) -> Document:
    study = load_study(EXAMPLE)
    today = study.today(ISSUED)
    return document(study, Asked(name=name, language=language, paper=Paper(paper), today=today, issued_at=ISSUED, **more))  # type: ignore[arg-type]


def printed(found: Document) -> Printed:
    return Printed(Print(template=found.template, view=found.view, whose=found.whose, issued_at=ISSUED).pdf())


def texts(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for key, each in data.items() if key not in _NOT_SHOWN for text in texts(each)]
    if isinstance(data, list):
        return [text for each in data for text in texts(each)]
    return [data] if isinstance(data, str) else []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", STAFF)
def test_papers_for_staff_hold_all_of_their_view_on_the_paper_and_legibly(name: str, language: str, paper: str) -> None:
    found = made(name, language, paper, site="yancheng")
    paper_of = printed(found)
    wide, high = POINTS[paper]
    assert paper_of.sizes == ((wide, high) if name == "worksheet" else (high, wide))
    assert paper_of.outside(6 * MM) == []
    assert paper_of.text_smaller_than(8) == set()
    assert paper_of.colours == {(0,)}
    assert all("VisitSans" in font and embedded for font, embedded in paper_of.fonts.items())
    assert paper_of.facts()["ua"] == "1"
    said = [text for text in texts(data_of(found.view)) if text]
    if name == "worksheet":
        said.remove(found.view.title)  # that of the document, which each of its worksheets says in its own way
        said = [text for text in said if text not in [sheet.visit_id for sheet in found.view.sheets]]
    assert [text for text in said if squeezed(text) not in paper_of.text] == []


def test_a_worksheet_has_pages_of_its_own_numbers_and_mark() -> None:
    found = made("worksheet", site="yancheng")
    pages = [squeezed(page.extract_text()) for page in printed(found).pages]
    begun = [number for number, page in enumerate(pages) if "Visitworksheet·YC-" in page]
    assert len(begun) == len(found.view.sheets) == 5
    for number, begin in enumerate(begun):
        own = pages[begin : begun[number + 1] if number + 1 < len(begun) else len(pages)]
        sheet = found.view.sheets[number]
        assert len(own) <= 2
        for count, page in enumerate(own, 1):
            assert squeezed(f"{sheet.participant} · {sheet.visit_id} {count} / {len(own)}") in page


def test_a_worksheet_of_a_visit_many_procedures_and_long_names_grows_with_them() -> None:
    found = made("worksheet", participant="YC-003", visit="M3")
    [sheet] = found.view.sheets
    long = replace(sheet.procedures[0], what="A procedure whose name goes on for longer than any column is wide " * 4)
    view = replace(found.view, sheets=(replace(sheet, procedures=(*sheet.procedures, *([long] * 30))),))
    paper = printed(replace(found, view=view))
    assert paper.text.count(squeezed(long.what)) == 30
    assert paper.outside(6 * MM) == []


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "trials").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_schedule_of_activities_of_every_trial_fits_its_pages_in_eight_points(file: Path) -> None:
    protocol = load_protocol(file)
    identity = Identity(protocol.study.protocol_version, "0" * 64, "trial-scheduler", ISSUED)
    for language, paper in (("en", "Letter"), ("zh", "A4")):
        view = soa_page(protocol, identity, language, paper)
        made = printed(Document("soa", view, "study"))
        assert made.outside(6 * MM) == []
        assert made.text_smaller_than(8) == set()
        for row in view.parts[-1].rows:
            assert squeezed(row.label) in made.text
        for page in made.pages:  # the words of a cell stay in its column: none lies over another
            words = page.extract_words(x_tolerance=0.5)
            for one, other in pairwise(words):
                if abs(one["bottom"] - other["bottom"]) < 0.5 and one["x0"] < other["x0"]:
                    assert other["x0"] > one["x1"] - 0.5, (one["text"], other["text"])


# -- the command


def test_one_document_is_written_and_its_path_said(tmp_path: Path) -> None:
    file = tmp_path / "new" / "sheet.pdf"
    arguments = ("print", EXAMPLE, "--document", "visit-sheet", "--participant", "YC-003", "--out", file)
    assert run(*arguments, *WHEN).stdout == f"{file}\n"
    paper = Printed(file.read_bytes())
    assert paper.facts()["title"] == "Your study visits · YC-003"
    assert paper.sizes == POINTS["A4"]
    run(*arguments, *WHEN, "--language", "zh", "--paper", "letter", "--size", 18)
    paper = Printed(file.read_bytes())
    assert paper.facts()["title"] == "您的研究访视安排 · YC-003"
    assert paper.sizes == POINTS["Letter"]
    assert min(paper.body_sizes) == 18


def test_what_print_writes_is_what_build_writes(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path / "out", *WHEN)
    for path, options in {
        "participants/YC-003/visit-sheet": ("visit-sheet", "--participant", "YC-003"),
        "sites/yancheng/roster": ("roster", "--site", "yancheng"),
        "sites/chengdu/worksheets": ("worksheet", "--site", "chengdu"),
        "schedule-of-activities": ("schedule-of-activities",),
    }.items():
        for form in ("pdf", "html"):
            file = tmp_path / f"one.{form}"
            run("print", EXAMPLE, "--document", *options, "--format", form, "--out", file, *WHEN)
            assert file.read_bytes() == (tmp_path / "out" / f"{path}.{form}").read_bytes(), path


def test_a_worksheet_of_one_visit_and_a_roster_of_two_weeks(tmp_path: Path) -> None:
    file = tmp_path / "one.pdf"
    run(
        "print",
        EXAMPLE,
        "--document",
        "worksheet",
        "--participant",
        "YC-003",
        "--visit",
        "M3",
        "--language",
        "en",
        "--out",
        file,
        *WHEN,
    )
    assert "Visitworksheet·YC-003·Month3(M3)" in Printed(file.read_bytes()).text
    run("print", EXAMPLE, "--document", "roster", "--site", "yancheng", "--weeks", "2", "--language", "en", "--out", file, *WHEN)
    assert "Mon23November2026toSun6December2026" in Printed(file.read_bytes()).text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("visit-sheet",), "Error: a visit sheet is a participant's: name one (--participant)"),
        (("visit-sheet", "--participant", "YC-9"), 'Error: there is no participant "YC-9" in'),
        (("worksheet", "--participant", "YC-003"), "Error: a worksheet is a visit's: name one (--visit)"),
        (("worksheet", "--participant", "YC-003", "--visit", "M4"), 'Error: YC-003 has no visit "M4"'),
        (("worksheet", "--visit", "M3"), "Error: a visit is a participant's: name one (--participant)"),
        (("roster",), "Error: this is for one site: name it (--site); there are: yancheng, chengdu"),
        (("roster", "--site", "x"), 'Error: there is no site "x" in'),
        (("roster", "--language", "fr"), 'Error: no words for the language "fr" (there are: en, zh)'),
    ],
)
def test_what_cannot_be_printed_is_said_and_nothing_is_written(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    result = run("print", EXAMPLE, "--document", *options, "--out", tmp_path / "x.pdf", *WHEN, status=1)
    assert result.stderr.startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_every_document_can_be_asked_for_and_has_both_templates() -> None:
    [option] = [option for option in print_document.params if option.name == "name"]
    assert tuple(option.type.choices) == DOCUMENTS  # type: ignore[attr-defined]
    for name in ("visit_sheet", "worksheet", "roster", "soa"):
        assert (templates_dir() / "html" / f"{name}.html.j2").exists()
        assert (templates_dir() / "typst" / f"{name}.typ").exists()


def test_fonts_of_others_fill_in_what_ours_do_not_have(tmp_path: Path) -> None:
    """The folder holds one of our fonts under another name, so that nothing is fetched: it has the character that is asked for."""
    from fontTools.ttLib import TTFont

    font = TTFont(templates_dir() / "fonts" / "VisitSans-Regular.ttf")
    for table in font["cmap"].tables:
        table.cmap = {0x1230: table.cmap[ord("A")]}
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = "Other"
    (tmp_path / "fonts").mkdir()
    font.save(tmp_path / "fonts" / "other.ttf")
    study = tmp_path / "study"
    run("init", study)
    file = study / "protocol.yaml"
    text = file.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.strip().startswith("title:"))
    file.write_text(text.replace(title, "  title: \N{ETHIOPIC SYLLABLE SA}"), encoding="utf-8")
    arguments = ("print", study, "--document", "schedule-of-activities", "--out", tmp_path / "x.pdf", *WHEN)
    assert 'no font has the character "ሰ" (U+1230)' in run(*arguments, status=1).stderr
    run(*arguments, "--font-dir", tmp_path / "fonts")
    assert "ሰ" in Printed((tmp_path / "x.pdf").read_bytes()).text


def test_what_is_only_for_paper_has_no_page(tmp_path: Path) -> None:
    for name in ONLY_PAPER:
        asked = ("--document", name, "--participant", "YC-003", "--format", "html", "--out", tmp_path / "x")
        result = run("print", EXAMPLE, *asked, status=2)
        assert f"there is no page of this document, only paper ({name})" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("months", ("--participant", "YC-003", "--size", "16")),
        ("card", ("--participant", "YC-004")),
        ("timeline", ("--site", "chengdu")),
    ],
)
def test_the_papers_of_participants_and_cohort(name: str, more: tuple[str, ...], language: str, tmp_path: Path) -> None:
    out = tmp_path / "paper.pdf"
    run("print", EXAMPLE, "--document", name, *more, "--language", language, "--out", out, *WHEN)
    paper = Printed(out.read_bytes())
    assert paper.facts()["ua"] == "1"
    assert paper.outside(6 * MM) == []
    if name == "timeline":
        assert "CD-004" in paper.text
        assert "YC-" not in paper.text
    else:
        assert more[1] in paper.text
