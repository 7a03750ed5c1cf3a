"""The command that prints one document."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from scheduler.cli.lists import STUDY
from scheduler.cli.options import FONTS, HORIZON, TEMPLATES, TODAY, date_time, say_missing, say_notices

_NAMES = ("visit-sheet", "months", "card", "worksheet", "roster", "schedule-of-activities", "timeline")


@click.command("print")
@STUDY
@click.option("--document", "name", type=click.Choice(_NAMES), required=True, help="Which document.")
@click.option("--site", default="", metavar="SITE", help="Of this site.")
@click.option("--participant", default="", metavar="CODE", help="Of this participant.")
@click.option("--visit", default="", metavar="VISIT", help="The visit of a worksheet; without it, all of the coming 14 days.")
@click.option("--weeks", type=click.IntRange(1, 26), default=4, show_default=True, help="How far a roster looks ahead.")
@click.option("--language", default="", metavar="LANGUAGE", help="In this language (default: of its readers).")
@click.option("--paper", type=click.Choice(["A4", "Letter"], case_sensitive=False), help="On this paper (default: the site's).")
@click.option(
    "--size",
    type=click.IntRange(12, 24),
    default=12,
    show_default=True,
    help="The size of a PDF's text in points; 16 and 18 are large print.",
)
@click.option("--format", "form", type=click.Choice(["pdf", "html"]), default="pdf", show_default=True, help="PDF, or a page.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@click.option("--issued-at", type=date_time, metavar="TIME", help="The time stamped on it (default: now).")
@TODAY
@HORIZON
@TEMPLATES
@FONTS
def print_document(
    study: Path,
    name: str,
    site: str,
    participant: str,
    visit: str,
    weeks: int,
    language: str,
    paper: str | None,
    size: int,
    form: str,
    out: Path,
    issued_at: datetime | None,
    today: date | None,
    horizon: date | None,
    templates: Path | None,
    fonts: tuple[Path, ...],
) -> None:
    """Print one document of a study: a participant's visit sheet, months or wallet card, worksheets, a site's roster, the schedule of
    activities, the timeline of a site's participants or of all.

    A worksheet is of one visit (--participant, --visit), or of all that are to come at a site. The file takes the place of what is there.
    """
    from scheduler.facts.records import Paper
    from scheduler.pages import html
    from scheduler.resources import Looks
    from scheduler.sheets.pdf import Print
    from scheduler.study.documents import ONLY_PAPER, Asked, document
    from scheduler.study.folder import load_study
    from scheduler.study.store import replace_files

    if form == "html" and name in ONLY_PAPER:
        raise click.BadParameter(f"there is no page of this document, only paper ({name})", param_hint="--format")
    loaded = load_study(study)
    say_notices(loaded.notices)
    say_missing(loaded)
    stamp, looks = issued_at or datetime.now(UTC), Looks(templates, fonts)
    asked = Asked(
        name=name,
        site=site,
        participant=participant,
        visit=visit,
        weeks=weeks,
        language=language,
        paper=Paper(paper) if paper else None,
        today=loaded.today(datetime.now(UTC), today),
        issued_at=stamp,
        horizon=horizon,
    )
    made = document(loaded, asked)
    if form == "html":
        data = html(made.template, made.view, looks).encode()
    else:
        data = Print(template=made.template, view=made.view, whose=made.whose, issued_at=stamp, size=size, looks=looks).pdf()
    replace_files(out.parent, {out.name: data}, ours=[out.name])
    click.echo(out)
