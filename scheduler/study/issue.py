"""Issuing a study: every file of a build, made in memory, then put in place at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from scheduler.calendars.issue import file_name, participant_name, to_ics, uid_of
from scheduler.drawing import timeline_paper, timeline_svg
from scheduler.facts.records import Site
from scheduler.pages import (
    CARD,
    MONTHS,
    ROSTER,
    SOA,
    TIMELINE,
    VISIT_SHEET,
    WORKSHEET,
    deviations_html,
    html,
    site_index,
    status_html,
    study_index,
)
from scheduler.planning.between import Finding
from scheduler.planning.deviations import deviations
from scheduler.planning.load import load
from scheduler.planning.status import status
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.reading.table import BOM
from scheduler.resources import OURS, Looks
from scheduler.schedule.records import Schedule
from scheduler.sheets.pdf import Print, can_print
from scheduler.study.compare import calendar_changes, moves
from scheduler.study.documents import identity
from scheduler.study.folder import Study, read_key
from scheduler.study.manifest import Manifest, Papers, from_data, head
from scheduler.study.press import Press
from scheduler.study.reach import reach
from scheduler.study.start import write_key
from scheduler.study.store import digest, locked, read_manifest, replace_files, sealed
from scheduler.tables.deviations import deviations_csv
from scheduler.tables.load import load_csv
from scheduler.tables.schedule import study_csv, study_json
from scheduler.tables.soa import soa_csv
from scheduler.tables.status import to_book_csv
from scheduler.views.attention import Attention, attention
from scheduler.views.calendar import participant_calendar
from scheduler.views.card import card
from scheduler.views.changes import Moved
from scheduler.views.deviations import deviation_page
from scheduler.views.identity import Identity
from scheduler.views.months import months
from scheduler.views.roster import WEEKS, roster
from scheduler.views.sheet import sheet
from scheduler.views.site import site_page
from scheduler.views.soa import soa_page
from scheduler.views.staff_calendar import blinded_calendar, coordinator_calendar, site_calendar
from scheduler.views.status import status_page
from scheduler.views.study import SOON, study_page
from scheduler.views.timeline import timeline
from scheduler.views.touched import touched_lines
from scheduler.views.words import words
from scheduler.views.worksheet import coming_worksheets

STUDY_PAGE, STATUS_PAGE, TO_BOOK, LOAD = "index.html", "status.html", "to-book.csv", "load.csv"
ROSTERS, WORKSHEETS, ACTIVITIES = "roster", "worksheets", "schedule-of-activities"
PLAN_KEY = "plan.key"
TIMELINE_SVG = "timeline.svg"
COORDINATOR, WHOLE_SITE, BLINDED = "coordinator.ics", "site.ics", "site-blinded.ics"


@dataclass(frozen=True, slots=True)
class Issued:
    """What a build did. `touched` says whose dates calendars of sites touch that changed since the build before."""

    participants: int
    files: int
    changed: tuple[str, ...]
    moved: Mapping[str, int]
    stale: tuple[str, ...]
    touched: tuple[str, ...]
    waiting: tuple[tuple[str, str], ...]
    attention: int


def build(
    study: Study,
    out: Path,
    *,
    issued_at: datetime,
    today: Mapping[str, date],
    only: Collection[str] = (),
    horizon: date | None = None,
    looks: Looks = OURS,
    workers: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> Issued:
    """Write every calendar, sheet, page and table of a study; with `only`, just those participants' papers and the study's pages.

    Documents for paper (PDF) are made by so many processes as `workers`; more than one is for programs that may be started again
    (`if __name__ == "__main__"`).

    `today` is the day each site has. Series without an end are dated to the `horizon`, else for a year after the last day on a
    participant's record. `issued_at` is stamped on what is new or changed; what is not keeps its bytes.

    If anything fails, what the folder held before still stands. Raises SchedulerError.
    """
    for code in only:
        study.participant(code)
    with locked(out):
        return _build(study, out, issued_at, today, only, horizon, looks, workers, progress)


def _build(
    study: Study,
    out: Path,
    issued_at: datetime,
    today: Mapping[str, date],
    only: Collection[str],
    horizon: date | None,
    looks: Looks,
    workers: int,
    progress: Callable[[], None],
) -> Issued:
    """Write a study into a folder that nobody else writes into."""
    key = study.key()
    before = from_data(read_manifest(out, "study"))
    if before is not None and issued_at < before.issued_at:
        raise SchedulerError(f"the papers there are of {before.issued_at.isoformat()}: what is issued now cannot be older")
    schedules = study.schedules(horizon, before.reach if before else None)
    issued = before.blinded_reach if before else {}
    blinded = {code: study.common_schedules(study.participants[code], horizon, issued.get(code, {})) for code in schedules}
    reissued = set(only) or set(schedules)

    press = Press(before, issued_at, out, looks)
    moved = moves(before, schedules, reissued)
    for code in sorted(reissued):
        _papers(press, schedules[code], study, key, today, moved.moved.get(code))
        progress()
    for path in _untouched(press, reissued, schedules):
        press.keep(path)
    at = {code: max(press.written[path].at for path in _paths(code, key)) for code in reissued}
    calendars = calendar_changes(before, schedules, study.open_days, today)

    said = words(study.protocol.study.language)
    between = study.between()
    absent = [Attention("", name, said.say("attention.missing")) for name in study.missing]
    found = (*absent, *attention(schedules.values(), said, max(today.values()), between, study.open_days))
    for site in study.sites.values():
        own = [schedule for schedule in schedules.values() if schedule.participant.site == site.id]
        _site_calendars(press, site, own, key, today[site.id])
        if study.is_blinded(site.id):
            people = [blinded[schedule.participant.id] for schedule in own]
            view = blinded_calendar(people, site, uid_of(key, f"blinded {site.id}"))
            press.add_calendar(f"sites/{site.id}/{BLINDED}", view, today[site.id])
    _pages(press, study, schedules, moved.moved)
    _lists(press, study, schedules, between, today)
    links = {code: _links(press, code, key) for code in schedules if press.written.keys() >= set(_paths(code, key))}
    cohort = timeline(study.protocol, schedules.values(), study.sites, max(today.values()), study.protocol.study.language)
    press.add(TIMELINE_SVG, lambda _: timeline_svg(cohort, whole=True))
    paper = next(iter(study.sites.values())).paper.value  # a study has sites, and no paper of its own
    press.add_paper(
        f"{TIMELINE}.pdf",
        TIMELINE,
        lambda at: timeline_paper(cohort, paper, identity(study, at).said(said)),
        study.protocol.study.id,
    )
    press.add(
        STUDY_PAGE,
        lambda at: study_index(
            study_page(
                study.protocol,
                schedules.values(),
                study.sites,
                links,
                moved.moved,
                moved.stale,
                {site: (change.since, change.touched) for site, change in calendars.touched.items()},
                found,
                identity(study, at),
                today,
            ),
            looks,
        ),
    )
    press.print(workers)
    manifest = Manifest(
        issued_at=max(file.at for file in press.written.values()),
        protocol_version=study.protocol.study.protocol_version,
        study_hash=study.digest,
        files=press.written,
        papers={**moved.papers, **{code: Papers(at[code], moved.items[code]) for code in reissued}},
        moved=moved.moved,
        days=calendars.days,
        touched=calendars.touched,
        events=press.events,
        reach={code: reach(schedule) for code, schedule in schedules.items()},
        blinded_reach={code: reach(each[0]) for code, each in blinded.items() if each},
    )
    ours = [path for path in press.before if path not in press.written or path in press.files]
    changed = replace_files(out, press.files, [*ours, *(before.leaving if before else ())], manifest.to_bytes)
    return Issued(
        participants=len(reissued),
        files=len(press.written) + 1,
        changed=tuple(changed),
        moved={code: len(moved.moved[code].changes) for code in moved.new},
        stale=moved.stale,
        touched=tuple(
            line for site in calendars.new for line in touched_lines(calendars.touched[site].touched, study.sites[site], said)
        ),
        waiting=_waiting(schedules),
        attention=len(found),
    )


def _paths(code: str, key: UUID) -> tuple[str, str]:
    """Where a participant's sheet and calendar go; the calendar is handed out, so its name tells nothing."""
    return f"participants/{code}/visit-sheet.html", f"participants/{code}/{file_name(key, code)}"


def _links(press: Press, code: str, key: UUID) -> tuple[str, str, str]:
    """A participant's sheet, calendar and months; papers of an issue before may have no months."""
    months_of = f"participants/{code}/{MONTHS}.html"
    return (*_paths(code, key), months_of if months_of in press.written else "")


def _papers(press: Press, schedule: Schedule, study: Study, key: UUID, today: Mapping[str, date], moved: Moved | None) -> None:
    """One participant's sheet, calendar, months and, where the study has one, wallet card."""
    code = schedule.participant.id
    page, calendar = _paths(code, key)
    site = study.sites[schedule.participant.site]
    path = page.removesuffix(".html")
    press.add_document(path, VISIT_SHEET, lambda at: sheet(schedule, site, at, moved), code)
    if site.large_print is not None:
        at = press.written[page].at
        press.add_print(f"{path}-large.pdf", VISIT_SHEET, sheet(schedule, site, at, moved), code, at, site.large_print)
    view = participant_calendar(schedule, site, uid_of(key, participant_name(code)), press.issued_at.astimezone(site.zone).date())
    press.add_calendar(calendar, view, today[site.id])
    days = study.open_days[site.id].in_language(schedule.participant.language)
    press.add_document(f"participants/{code}/{MONTHS}", MONTHS, lambda at: months(schedule, site, days, today[site.id], at), code)
    left = schedule.participant.left
    if schedule.protocol.study.card is not None and (left is None or left.died is None):
        press.add_paper(f"participants/{code}/{CARD}.pdf", CARD, lambda at: card(schedule, site, at), code)


def _site_calendars(press: Press, site: Site, own: Collection[Schedule], key: UUID, today: date) -> None:
    """The calendars of a site's staff that show everything."""
    folder = f"sites/{site.id}"
    press.add_calendar(f"{folder}/{COORDINATOR}", coordinator_calendar(own, site, uid_of(key, f"coordinator {site.id}")), today)
    press.add_calendar(f"{folder}/{WHOLE_SITE}", site_calendar(own, site, uid_of(key, f"site {site.id}")), today)


def _pages(press: Press, study: Study, schedules: Mapping[str, Schedule], moved: Mapping[str, Moved]) -> None:
    """What does not change with the day: the sites' pages and the tables."""
    language = study.protocol.study.language
    for site in study.sites.values():
        _site_pages(press, study, site, schedules.values(), moved)
    press.add("schedule.csv", lambda at: BOM + study_csv(schedules.values(), language, identity(study, at)))
    press.add("schedule.json", lambda at: study_json(schedules.values(), language, identity(study, at)))
    paper = next(iter(study.sites.values())).paper.value  # a study has sites, and no paper of its own
    press.add_document(
        ACTIVITIES, SOA, lambda at: soa_page(study.protocol, identity(study, at), language, paper), study.protocol.study.id
    )
    press.add(f"{ACTIVITIES}.csv", lambda at: BOM + soa_csv(soa_page(study.protocol, identity(study, at), language, paper)))


def _site_pages(press: Press, study: Study, site: Site, schedules: Collection[Schedule], moved: Mapping[str, Moved]) -> None:
    own = load(schedule for schedule in schedules if schedule.participant.site == site.id)
    press.add(
        f"sites/{site.id}/index.html",
        lambda at: site_index(site_page(study.protocol, site, schedules, moved, identity(study, at)), press.looks),
    )
    press.add(f"sites/{site.id}/{LOAD}", lambda _: BOM + load_csv(own, site.calendar.beds))


def _lists(
    press: Press,
    study: Study,
    schedules: Mapping[str, Schedule],
    between: Iterable[tuple[Protocol, Finding]],
    today: Mapping[str, date],
) -> None:
    """What each site works from on one day, and what deviates."""
    language = study.protocol.study.language
    found = deviations(schedules.values(), between)
    press.add(
        "deviations.html",
        lambda at: deviations_html(deviation_page(study.protocol, found, study.sites, identity(study, at)), press.looks),
    )
    press.add("deviations.csv", lambda at: BOM + deviations_csv(found, language, identity(study, at)))
    for id in study.sites:
        own = [schedule for schedule in schedules.values() if schedule.participant.site == id]
        _site_lists(press, study, id, own, between, today[id])


def _site_lists(
    press: Press, study: Study, id: str, own: list[Schedule], between: Iterable[tuple[Protocol, Finding]], today: date
) -> None:
    """The lists of one site."""
    site, protocol = study.sites[id], study.in_force(id, today)
    lists = status(own, {id: today}, SOON)
    looked_at = attention(own, words(site.language), today, between, study.open_days)
    calendar = study.open_days[id]

    def said_of(at: datetime) -> Identity:
        return identity(study, at, protocol)

    def page(at: datetime) -> str:
        sites, todays = {id: site}, {id: today}
        view = status_page(protocol, lists, own, sites, todays, SOON, looked_at, said_of(at), to_book=TO_BOOK)
        return status_html(view, press.looks)

    press.add(f"sites/{id}/{STATUS_PAGE}", page)
    press.add(f"sites/{id}/{TO_BOOK}", lambda _: BOM + to_book_csv(lists.to_book))
    press.add_document(
        f"sites/{id}/{ROSTERS}", ROSTER, lambda at: roster(protocol, site, own, calendar, today, WEEKS, said_of(at)), id
    )
    press.add_document(
        f"sites/{id}/{WORKSHEETS}", WORKSHEET, lambda at: coming_worksheets(protocol, site, own, today, SOON, said_of(at)), id
    )


def _untouched(press: Press, reissued: Collection[str], schedules: Mapping[str, Schedule]) -> list[str]:
    """Files of the previous issue that belong to participants who are still there and are not issued again now."""
    others = tuple(f"participants/{code}/" for code in schedules if code not in reissued)
    return [path for path in press.before if path.startswith(others)] if others else []


def issue_one(schedule: Schedule, out: Path, *, plan: str, issued_at: datetime) -> list[Path]:
    """The calendar and the visit sheet of one person, without a study; `plan` is what names this plan among others.

    The identifiers come from it and from a key that is made once and stays in the folder: the same plan gives the same calendar there,
    and nobody can find out the plan from it by trying. Raises SchedulerError.
    """
    view = sheet(schedule, None, issued_at)
    files = {"visit-sheet.html": html(VISIT_SHEET, view).encode()}
    if can_print():
        files["visit-sheet.pdf"] = Print(
            template=VISIT_SHEET, view=view, whose=schedule.participant.id, issued_at=issued_at
        ).pdf()
    with locked(out):
        before = read_manifest(out, "plan")
        write_key(out / PLAN_KEY)
        calendar = to_ics(schedule, namespace=uuid5(read_key(out / PLAN_KEY), plan), issued_at=issued_at)
        files = {"calendar.ics": calendar, **files}
        digests = {path: digest(data) for path, data in files.items()}
        ours = [*before.get("files", ()), *before.get("leaving", ())]
        replace_files(out, files, ours, lambda leaving: sealed({**head("plan", issued_at, leaving), "files": digests}))
    return [out / path for path in files]


def _waiting(schedules: Mapping[str, Schedule]) -> tuple[tuple[str, str], ...]:
    """For each participant, the names that dates wait for."""
    found = []
    for code, schedule in schedules.items():
        names = dict.fromkeys(item.name for dated in schedule.items if dated.applies.shown for item in dated.waits)
        if names:
            found.append((code, ", ".join(names)))
    return tuple(found)
