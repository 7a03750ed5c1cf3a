"""Issuing a study: every file of a build, made in memory, then put in place at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from scheduler.about import PROGRAM
from scheduler.facts.records import Site
from scheduler.ical import file_name, to_ics
from scheduler.pages import deviations_html, sheet_page, site_index, status_html, study_index
from scheduler.planning.between import Finding
from scheduler.planning.deviations import deviations
from scheduler.planning.load import load
from scheduler.planning.status import status
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.reading.table import BOM
from scheduler.schedule.records import Schedule
from scheduler.study.folder import Study
from scheduler.study.store import MADE_BY, MANIFEST, digest, read_manifest, replace_files
from scheduler.tables.deviations import deviations_csv
from scheduler.tables.formats import to_json
from scheduler.tables.load import load_csv
from scheduler.tables.schedule import study_csv, study_json
from scheduler.tables.status import to_book_csv
from scheduler.views.attention import Attention, attention
from scheduler.views.changes import Change, Moved, changes, gone, issued
from scheduler.views.deviations import deviation_page
from scheduler.views.identity import Identity
from scheduler.views.sheet import sheet
from scheduler.views.site import site_page
from scheduler.views.status import status_page
from scheduler.views.study import SOON, study_page
from scheduler.views.words import words

STUDY_PAGE, STATUS_PAGE, TO_BOOK, LOAD = "index.html", "status.html", "to-book.csv", "load.csv"


@dataclass(frozen=True, slots=True)
class Issued:
    """What a build did."""

    participants: int
    files: int
    changed: tuple[str, ...]
    moved: Mapping[str, int]
    stale: tuple[str, ...]
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
    progress: Callable[[], None] = lambda: None,
) -> Issued:
    """Write every calendar, sheet, page and table of a study; with `only`, just those participants' papers and the study's pages.

    `today` is the day each site has. Series without an end are dated to the `horizon`, else for a year after the last day on a
    participant's record.

    If anything fails, what the folder held before still stands. Raises SchedulerError.
    """
    for code in only:
        study.participant(code)
    key = study.key()
    before = read_manifest(out, "study")
    identity = Identity(study.protocol.study.protocol_version, study.digest, PROGRAM, issued_at)
    schedules = study.schedules(horizon)
    reissued = set(only) or set(schedules)
    kept = set(before.get("files", {}))

    between = study.between()
    now = max(today.values())
    said = words(study.protocol.study.language)
    absent = [Attention("", name, said.say("attention.missing")) for name in study.missing]
    found = (*absent, *attention(schedules.values(), said, now, between, study.open_days))

    files: dict[str, bytes] = {}
    for code in schedules:
        if code in reissued:
            files |= _papers(schedules[code], study.sites[schedules[code].participant.site], key, issued_at)
            progress()
    links = {code: paths for code in schedules if kept.union(files).issuperset(paths := _paths(code, key))}
    compared = _compared(before, schedules, reissued, issued_at)
    files |= _pages(study, schedules, identity)
    files |= _lists(study, schedules, between, identity, today)
    files[STUDY_PAGE] = study_index(
        study_page(study.protocol, schedules.values(), study.sites, links, compared.moved, compared.stale, found, identity, today)
    ).encode()

    untouched = _untouched(kept, files, reissued, schedules)
    manifest = {
        **_manifest("study", issued_at),
        "protocol_version": identity.protocol_version,
        "study_hash": identity.study_hash,
        "files": dict(sorted((_digests(files) | {path: before["files"][path] for path in untouched}).items())),
        "issued": compared.issued,
        "moved": {
            code: {"since": moved.since.isoformat(), "changes": [asdict(change) for change in moved.changes]}
            for code, moved in compared.moved.items()
        },
    }
    files[MANIFEST] = to_json(manifest).encode()
    changed = replace_files(out, files, kept - untouched)
    return Issued(
        participants=len(reissued),
        files=len(files),
        changed=tuple(changed),
        moved={code: len(compared.moved[code].changes) for code in compared.new},
        stale=compared.stale,
        waiting=_waiting(schedules),
        attention=len(found),
    )


def _paths(code: str, key: UUID) -> tuple[str, str]:
    """Where a participant's sheet and calendar go; the calendar is handed out, so its name tells nothing."""
    return f"participants/{code}/visit-sheet.html", f"participants/{code}/{file_name(key, code)}"


def _papers(schedule: Schedule, site: Site, key: UUID, issued_at: datetime) -> dict[str, bytes]:
    """One participant's sheet and calendar."""
    page, calendar = _paths(schedule.participant.id, key)
    return {
        page: sheet_page(sheet(schedule, site, issued_at)).encode(),
        calendar: to_ics(schedule, namespace=key, issued_at=issued_at, site=site),
    }


def _pages(study: Study, schedules: Mapping[str, Schedule], identity: Identity) -> dict[str, bytes]:
    """What does not change with the day: the sites' pages and the tables."""
    language = study.protocol.study.language
    pages = {
        f"sites/{site.id}/index.html": site_index(site_page(study.protocol, site, schedules.values(), identity)).encode()
        for site in study.sites.values()
    }
    for site in study.sites.values():
        own = load(schedule for schedule in schedules.values() if schedule.participant.site == site.id)
        pages[f"sites/{site.id}/{LOAD}"] = (BOM + load_csv(own, site.calendar.beds)).encode()
    pages["schedule.csv"] = (BOM + study_csv(schedules.values(), language, identity)).encode()
    pages["schedule.json"] = study_json(schedules.values(), language, identity).encode()
    return pages


def _lists(
    study: Study,
    schedules: Mapping[str, Schedule],
    between: Iterable[tuple[Protocol, Finding]],
    identity: Identity,
    today: Mapping[str, date],
) -> dict[str, bytes]:
    """What each site works from on one day, and what deviates."""
    found = deviations(schedules.values(), between)
    files = {
        "deviations.html": deviations_html(deviation_page(study.protocol, found, study.sites, identity)).encode(),
        "deviations.csv": (BOM + deviations_csv(found, study.protocol.study.language, identity)).encode(),
    }
    for id, site in study.sites.items():
        own = [schedule for schedule in schedules.values() if schedule.participant.site == id]
        lists = status(own, today, SOON)
        looked_at = attention(own, words(site.language), today[id], between, study.open_days)
        protocol = study.in_force(id, today[id])
        version = replace(identity, protocol_version=protocol.study.protocol_version)
        page = status_page(protocol, lists, own, {id: site}, {id: today[id]}, SOON, looked_at, version, to_book=TO_BOOK)
        files[f"sites/{id}/{STATUS_PAGE}"] = status_html(page).encode()
        files[f"sites/{id}/{TO_BOOK}"] = (BOM + to_book_csv(lists.to_book)).encode()
    return files


def issue_one(schedule: Schedule, out: Path, *, namespace: UUID, issued_at: datetime) -> list[Path]:
    """The calendar and the visit sheet of one person, without a study. Raises SchedulerError."""
    files = {
        "calendar.ics": to_ics(schedule, namespace=namespace, issued_at=issued_at),
        "visit-sheet.html": sheet_page(sheet(schedule, None, issued_at)).encode(),
    }
    before = read_manifest(out, "plan").get("files", {})
    manifest = {**_manifest("plan", issued_at), "files": _digests(files)}
    replace_files(out, {**files, MANIFEST: to_json(manifest).encode()}, before)
    return [out / path for path in files]


def _manifest(holds: str, issued_at: datetime) -> dict[str, Any]:
    return {"made_by": MADE_BY, "holds": holds, "program": PROGRAM, "issued_at": issued_at.isoformat()}


def _digests(files: Mapping[str, bytes]) -> dict[str, str | None]:
    """What the manifest keeps of each file; nothing of those that change with the day."""
    return {path: None if _is_of_the_day(path) else digest(data) for path, data in files.items()}


def _is_of_the_day(path: str) -> bool:
    return path == STUDY_PAGE or path.endswith((STATUS_PAGE, TO_BOOK))


def _untouched(kept: set[str], files: Mapping[str, bytes], reissued: set[str], schedules: Mapping[str, Schedule]) -> set[str]:
    """Files of the previous issue that belong to participants who are still there and are not issued again now."""
    others = tuple(f"participants/{code}/" for code in schedules if code not in reissued)
    return {path for path in kept - set(files) if path.startswith(others)} if others else set()


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What is issued of each participant, and when; what moved in each one's papers, and since which; and for whom just now.

    `stale` are those whose dates moved and who are not issued again.
    """

    issued: dict[str, Any]
    moved: dict[str, Moved]
    new: tuple[str, ...]
    stale: tuple[str, ...]


def _compared(
    before: Mapping[str, Any], schedules: Mapping[str, Schedule], reissued: set[str], issued_at: datetime
) -> _Comparison:
    """Compare with the papers each participant got last. Nothing new for somebody: what moved last is still what moved last.

    Raises SchedulerError when the manifest of the previous issue cannot be understood.
    """
    items = {code: issued(schedule) for code, schedule in schedules.items()}
    try:
        if before and issued_at < _moment(before["issued_at"]):
            raise SchedulerError(f"the papers there are of {before['issued_at']}: what is issued now cannot be older")
        old: dict[str, Any] = before.get("issued", {})
        last = {code: _moved(entry) for code, entry in before.get("moved", {}).items()}
        new: dict[str, Moved] = {}
        stale = []
        for code, entry in old.items():
            since = _moment(entry["at"])
            if code not in schedules:
                found = tuple(changes(code, entry["items"], {}, because="no longer among the participants"))
            else:
                found = tuple(changes(code, entry["items"], items[code], causes=gone(schedules[code])))
            if found and (code in reissued or code not in schedules):
                new[code] = Moved(since, found)
            elif found:
                stale.append(code)
        kept = {code: moved for code, moved in last.items() if code in schedules or not new}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SchedulerError("the manifest of the previous issue is damaged: restore it, or choose an empty folder") from error
    papers = {code: entry for code, entry in old.items() if code in schedules}
    papers |= {code: {"at": issued_at.isoformat(), "items": items[code]} for code in schedules if code in reissued}
    return _Comparison(dict(sorted(papers.items())), dict(sorted((kept | new).items())), tuple(new), tuple(stale))


def _moved(entry: Mapping[str, Any]) -> Moved:
    return Moved(_moment(entry["since"]), tuple(_change(**change) for change in entry["changes"]))


def _change(participant: str, item: str, was: Mapping[str, str], now: Mapping[str, str], because: str) -> Change:
    """A change as the manifest keeps it. Raises ValueError or TypeError when it is not one."""
    texts = [participant, item, because, *was.keys(), *was.values(), *now.keys(), *now.values()]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(item)
    return Change(participant, item, was, now, because)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _waiting(schedules: Mapping[str, Schedule]) -> tuple[tuple[str, str], ...]:
    """For each participant, the names that dates wait for."""
    found = []
    for code, schedule in schedules.items():
        names = dict.fromkeys(item.name for dated in schedule.items if dated.applies.shown for item in dated.waits)
        if names:
            found.append((code, ", ".join(names)))
    return tuple(found)
