"""The page of one site, in words: all its visits and stays by date. It does not depend on the day it is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduler.facts.records import Site
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Schedule
from scheduler.views.changes import Moved
from scheduler.views.identity import Identity, study_line
from scheduler.views.moved import ChangeRow, change_rows
from scheduler.views.rows import (
    PeriodRow,
    VisitRow,
    WaitingRow,
    going_on_rows,
    in_order_of_days,
    period_rows,
    visit_row,
    waiting_rows,
)
from scheduler.views.words import Words, words


@dataclass(frozen=True, slots=True)
class SitePage:
    """All visits and stays of one site, by date; it does not depend on the day it is looked at."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    visits: tuple[VisitRow, ...]
    waiting: tuple[WaitingRow, ...]
    stays: tuple[PeriodRow, ...]
    changes: tuple[ChangeRow, ...]
    identity: str
    say: Words


def site_page(
    protocol: Protocol, site: Site, schedules: Iterable[Schedule], moved: Mapping[str, Moved], identity: Identity
) -> SitePage:
    """The page of one site, in the site's language; `moved` is what moved last in each participant's papers."""
    said = words(site.language)
    schedules = [schedule for schedule in schedules if schedule.participant.site == site.id]
    dated, waiting = in_order_of_days(schedules)
    sites = {site.id: site}
    return SitePage(
        language=site.language,
        paper=site.paper.value,
        title=said.say("staff.site_title", site=said.text(site.name)),
        notice=said.text(protocol.study.notice),
        study=study_line(protocol, said),
        visits=tuple(visit_row(schedule, visit, sites, said) for schedule, visit in dated if not visit.cancelled),
        waiting=waiting_rows(waiting, sites, said) + going_on_rows(schedules, sites, said),
        stays=period_rows(schedules, sites, said, from_day=None),
        changes=change_rows(
            [moved[code] for code in (each.participant.id for each in schedules) if code in moved], schedules, protocol, said
        ),
        identity=identity.said(said),
        say=said,
    )
