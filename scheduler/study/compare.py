"""What is different from the issue before: whose dates moved, and what a changed calendar touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.opendays.calendar import OpenDays
from scheduler.planning.touched import Known, known_days, touched
from scheduler.schedule.records import Schedule
from scheduler.study.manifest import CalendarChange, Manifest, Papers
from scheduler.views.changes import Cause, Issued, Moved, changes, gone, issued


@dataclass(frozen=True, slots=True)
class Moves:
    """What there is to issue of each participant, and the papers they have; what moved in each one's papers, and since which; and for
    whom just now.

    `stale` are those whose dates moved and who are not issued again.
    """

    items: Mapping[str, Issued]
    papers: Mapping[str, Papers]
    moved: Mapping[str, Moved]
    new: tuple[str, ...]
    stale: tuple[str, ...]


def moves(before: Manifest | None, schedules: Mapping[str, Schedule], reissued: Collection[str]) -> Moves:
    """Compare with the papers each participant got last; those who are not `reissued` keep theirs.

    Nothing new for somebody: what moved last is still what moved last.
    """
    items = {code: issued(schedule) for code, schedule in schedules.items()}
    old = before.papers if before else {}
    new: dict[str, Moved] = {}
    stale = []
    for code, last_papers in old.items():
        if code not in schedules:
            found = tuple(changes(code, last_papers.items, {}, because=(Cause("no_longer_there", {}),)))
        else:
            found = tuple(changes(code, last_papers.items, items[code], causes=gone(schedules[code])))
        if found and (code in reissued or code not in schedules):
            new[code] = Moved(last_papers.at, found)
        elif found:
            stale.append(code)
    last = before.moved if before else {}
    kept = {code: moved for code, moved in last.items() if code in schedules or not new}
    papers = {code: each for code, each in old.items() if code in schedules}
    return Moves(items, papers, dict(sorted((kept | new).items())), tuple(new), tuple(stale))


@dataclass(frozen=True, slots=True)
class CalendarChanges:
    """What is known of each site's days now; what their calendars touched when they last changed; and which changed just now."""

    days: Mapping[str, Known]
    touched: Mapping[str, CalendarChange]
    new: tuple[str, ...]


def calendar_changes(
    before: Manifest | None, schedules: Mapping[str, Schedule], open_days: Mapping[str, OpenDays], today: Mapping[str, date]
) -> CalendarChanges:
    """Compare the open days of each site with those the issue before knew."""
    days: dict[str, Known] = {}
    last = before.touched if before else {}
    found = {site: change for site, change in last.items() if site in open_days}
    new = []
    for site, calendar in open_days.items():
        own = [schedule for schedule in schedules.values() if schedule.participant.site == site]
        if (known := known_days(own, calendar)) is None:
            continue
        days[site] = known
        earlier = before.days.get(site) if before else None
        if before is None or earlier is None:
            continue
        change = touched(site, own, earlier, known, today[site])
        if change is not None:
            found[site] = CalendarChange(before.issued_at, change)
            new.append(site)
    return CalendarChanges(days, found, tuple(new))
