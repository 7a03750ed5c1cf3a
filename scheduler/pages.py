"""Views to HTML: Jinja2 with everything escaped, one self-contained file each, no script, no outside address."""

from __future__ import annotations

from functools import lru_cache

import jinja2

from scheduler.resources import templates_dir
from scheduler.views.deviations import DeviationPage
from scheduler.views.difference import DifferencePage
from scheduler.views.infusion import InfusionPage
from scheduler.views.roster import Roster
from scheduler.views.sheet import Sheet
from scheduler.views.site import SitePage
from scheduler.views.soa import SoaPage
from scheduler.views.status import StatusPage
from scheduler.views.study import StudyPage
from scheduler.views.worksheet import Worksheets


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir() / "html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def sheet_page(sheet: Sheet) -> str:
    """A participant's visit sheet."""
    return _environment().get_template("visit_sheet.html.j2").render(page=sheet, say=sheet.say.say)


def study_index(page: StudyPage) -> str:
    """The page of the whole study."""
    return _environment().get_template("study.html.j2").render(page=page, say=page.say.say)


def site_index(page: SitePage) -> str:
    """The page of one site."""
    return _environment().get_template("site.html.j2").render(page=page, say=page.say.say)


def status_html(page: StatusPage) -> str:
    """The page of one day's lists."""
    return _environment().get_template("status.html.j2").render(page=page, say=page.say.say)


def deviations_html(page: DeviationPage) -> str:
    """The page of all deviations."""
    return _environment().get_template("deviations.html.j2").render(page=page, say=page.say.say)


def difference_html(page: DifferencePage) -> str:
    """The page of what an amendment changes."""
    return _environment().get_template("difference.html.j2").render(page=page, say=page.say.say)


def infusion_html(page: InfusionPage) -> str:
    """The page of the days for the study's anchor."""
    return _environment().get_template("infusion.html.j2").render(page=page, say=page.say.say)


def soa_html(page: SoaPage) -> str:
    """The page of the protocol's schedule of activities."""
    return _environment().get_template("soa.html.j2").render(page=page)


def worksheets_html(page: Worksheets) -> str:
    """The worksheets of visits, each on paper of its own."""
    return _environment().get_template("worksheet.html.j2").render(page=page, say=page.say.say)


def roster_html(page: Roster) -> str:
    """A site's roster."""
    return _environment().get_template("roster.html.j2").render(page=page, say=page.say.say)
