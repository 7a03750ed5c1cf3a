"""What is wrong, or worth a look, in the calendars of the sites: public holidays nobody knows of, and days nobody has entered.

This is where the library of holidays is asked whether it knows a country; commands that need no holidays do not load it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scheduler.check.warned import Warned
from scheduler.facts.sites import SiteWhere
from scheduler.opendays.calendar import OpenDays
from scheduler.opendays.public import LibraryDays
from scheduler.reading.problems import Problems


def checked_calendars(calendars: Iterable[OpenDays], where: Mapping[str, SiteWhere]) -> tuple[Warned, ...]:
    """Every warning about the sites' calendars. Raises ProblemsError for a country or a region nobody knows."""
    calendars = list(calendars)
    problems = Problems()
    for calendar in calendars:
        _unknown(calendar, where[calendar.site.id], problems)
    problems.raise_if_any()
    return tuple(found for calendar in calendars for found in _warnings(calendar, where[calendar.site.id]))


def _unknown(calendar: OpenDays, where: SiteWhere, problems: Problems) -> None:
    public = calendar.public
    unknown = public.unknown() if isinstance(public, LibraryDays) else ""
    if unknown == "country":
        said = f'no public holidays are known of "{calendar.calendar.country}"; write a two-letter code such as CN'
        problems.add(where.key("country"), said)
    elif unknown == "region":
        said = f'no public holidays are known of region "{calendar.calendar.region}" of {calendar.calendar.country}'
        problems.add(where.key("region"), f"{said}; write its code, or leave it out")


def _warnings(calendar: OpenDays, where: SiteWhere) -> Iterator[Warned]:
    if not calendar.calendar.country and calendar.calendar.public_holidays:
        said = 'no public holidays are known for it: say its country (CN), or "public_holidays: no" in its calendar'
        yield Warned("no holidays", where.site.key("name").key(calendar.site.id), said)
    if years := calendar.not_entered():
        said = f"no days worked at weekends are known of {', '.join(map(str, years))}: enter the days of the notice under closed and open"
        yield Warned("not entered", where.key("announced_until"), said)
