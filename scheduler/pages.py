"""Views to HTML: Jinja2 with everything escaped, one self-contained file each, no script, no outside address."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from scheduler.drawing import timeline_svg
from scheduler.resources import OURS, Looks, templates_dir
from scheduler.views.deviations import DeviationPage
from scheduler.views.difference import DifferencePage
from scheduler.views.infusion import InfusionPage
from scheduler.views.months import Months
from scheduler.views.roster import Roster
from scheduler.views.sheet import Sheet
from scheduler.views.site import SitePage
from scheduler.views.soa import SoaPage
from scheduler.views.status import StatusPage
from scheduler.views.study import StudyPage
from scheduler.views.worksheet import Worksheets

# the documents that are also printed, by the name of their templates
VISIT_SHEET, WORKSHEET, ROSTER, SOA = "visit_sheet", "worksheet", "roster", "soa"
MONTHS, CARD, TIMELINE = "months", "card", "timeline"


def html(template: str, page: Any, looks: Looks = OURS) -> str:
    """A page, by the name of its template. What is on it is finished; `say` gives it the phrases that are always the same."""
    say = page.words.__getitem__ if hasattr(page, "words") else page.say.say
    return _environment(looks.templates).get_template(f"{template}.html.j2").render(page=page, say=say)


@lru_cache(maxsize=8)
def _environment(theirs: Path | None) -> jinja2.Environment:
    ours = templates_dir() / "html"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([theirs, ours] if theirs else [ours]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["drawn"] = lambda view: Markup(timeline_svg(view))
    return environment


def sheet_page(sheet: Sheet, looks: Looks = OURS) -> str:
    """A participant's visit sheet."""
    return html("visit_sheet", sheet, looks)


def months_html(page: Months, looks: Looks = OURS) -> str:
    """A participant's months."""
    return html(MONTHS, page, looks)


def study_index(page: StudyPage, looks: Looks = OURS) -> str:
    """The page of the whole study."""
    return html("study", page, looks)


def site_index(page: SitePage, looks: Looks = OURS) -> str:
    """The page of one site."""
    return html("site", page, looks)


def status_html(page: StatusPage, looks: Looks = OURS) -> str:
    """The page of one day's lists."""
    return html("status", page, looks)


def deviations_html(page: DeviationPage, looks: Looks = OURS) -> str:
    """The page of all deviations."""
    return html("deviations", page, looks)


def difference_html(page: DifferencePage, looks: Looks = OURS) -> str:
    """The page of what an amendment changes."""
    return html("difference", page, looks)


def infusion_html(page: InfusionPage, looks: Looks = OURS) -> str:
    """The page of the days for the study's anchor."""
    return html("infusion", page, looks)


def soa_html(page: SoaPage, looks: Looks = OURS) -> str:
    """The page of the protocol's schedule of activities."""
    return html("soa", page, looks)


def worksheets_html(page: Worksheets, looks: Looks = OURS) -> str:
    """The worksheets of visits, each on paper of its own."""
    return html("worksheet", page, looks)


def roster_html(page: Roster, looks: Looks = OURS) -> str:
    """A site's roster."""
    return html("roster", page, looks)
