"""Issuing a study: every file of a build, made in memory, then put in place at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from scheduler.about import PROGRAM
from scheduler.facts.records import Site
from scheduler.ical import file_name, to_ics
from scheduler.pages import sheet_page, site_index, study_index
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.records import Schedule
from scheduler.study.folder import Study
from scheduler.study.store import MADE_BY, MANIFEST, digest, read_manifest, replace_files
from scheduler.tables import BOM, study_csv, study_json, to_json
from scheduler.views.attention import attention
from scheduler.views.changes import Change, changes, issued
from scheduler.views.identity import Identity
from scheduler.views.sheet import sheet
from scheduler.views.site import site_page
from scheduler.views.study import study_page
from scheduler.views.words import words

STUDY_PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class Issued:
    """What a build did."""

    participants: int
    files: int
    changed: tuple[str, ...]
    moved: tuple[Change, ...]
    waiting: tuple[tuple[str, str], ...]
    attention: int


def build(
    study: Study,
    out: Path,
    *,
    issued_at: datetime,
    today: date,
    only: Collection[str] = (),
    progress: Callable[[], None] = lambda: None,
) -> Issued:
    """Write every calendar, sheet, page and table of a study; with `only`, just those participants' papers and the study's pages.

    If anything fails, what the folder held before still stands. Raises SchedulerError.
    """
    for code in only:
        study.participant(code)
    key = study.key()
    before = read_manifest(out)
    identity = Identity(study.protocol.study.protocol_version, study.digest, PROGRAM, issued_at)
    schedules = study.schedules()
    reissued = set(only) or set(schedules)
    kept = set(before.get("files", {}))

    files: dict[str, bytes] = {}
    for code in schedules:
        if code in reissued:
            files |= _papers(schedules[code], study.sites[schedules[code].participant.site], key, issued_at)
            progress()
    links = {code: paths for code in schedules if kept.union(files).issuperset(paths := _paths(code, key))}
    items, moved, since = _compared(before, schedules, reissued)
    files |= _pages(study, schedules, identity)
    files[STUDY_PAGE] = study_index(
        study_page(study.protocol, schedules.values(), study.sites, links, moved, since, identity, today)
    ).encode()

    untouched = _untouched(kept, files, reissued, schedules)
    manifest = {
        **_manifest(issued_at),
        "protocol_version": identity.protocol_version,
        "study_hash": identity.study_hash,
        "files": dict(sorted((_digests(files) | {path: before["files"][path] for path in untouched}).items())),
        "issued": items,
        "since": since.isoformat() if since else None,
        "moved": [asdict(change) for change in moved],
    }
    files[MANIFEST] = to_json(manifest).encode()
    changed = replace_files(out, files, kept - untouched)
    return Issued(
        participants=len(reissued),
        files=len(files),
        changed=tuple(changed),
        moved=moved if since and since.isoformat() == before.get("issued_at") else (),
        waiting=_waiting(schedules),
        attention=len(attention(schedules.values(), words(study.protocol.study.language))),
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
    pages["schedule.csv"] = (BOM + study_csv(schedules.values(), language, identity)).encode()
    pages["schedule.json"] = study_json(schedules.values(), language, identity).encode()
    return pages


def issue_one(schedule: Schedule, out: Path, *, namespace: UUID, issued_at: datetime) -> list[Path]:
    """The calendar and the visit sheet of one person, without a study. Raises SchedulerError."""
    files = {
        "calendar.ics": to_ics(schedule, namespace=namespace, issued_at=issued_at),
        "visit-sheet.html": sheet_page(sheet(schedule, None, issued_at)).encode(),
    }
    before = read_manifest(out).get("files", {})
    manifest = {**_manifest(issued_at), "files": _digests(files)}
    replace_files(out, {**files, MANIFEST: to_json(manifest).encode()}, before)
    return [out / path for path in files]


def _manifest(issued_at: datetime) -> dict[str, Any]:
    return {
        "made_by": MADE_BY,
        "program": PROGRAM,
        "issued_at": issued_at.isoformat(),
        "issued": {},
        "since": None,
        "moved": [],
    }


def _digests(files: Mapping[str, bytes]) -> dict[str, str | None]:
    """What the manifest keeps of each file; nothing of the page that changes with the day."""
    return {path: None if path == STUDY_PAGE else digest(data) for path, data in files.items()}


def _untouched(kept: set[str], files: Mapping[str, bytes], reissued: set[str], schedules: Mapping[str, Schedule]) -> set[str]:
    """Files of the previous issue that belong to participants who are still there and are not issued again now."""
    others = tuple(f"participants/{code}/" for code in schedules if code not in reissued)
    return {path for path in kept - set(files) if path.startswith(others)} if others else set()


def _compared(
    before: Mapping[str, Any], schedules: Mapping[str, Schedule], reissued: set[str]
) -> tuple[dict[str, Any], tuple[Change, ...], datetime | None]:
    """What is issued now, what moved, and since which issue. Nothing new: what moved last is still what moved last.

    Raises SchedulerError when the manifest of the previous issue cannot be understood.
    """
    items: dict[str, Any] = {code: issued(schedule) for code, schedule in schedules.items() if code in reissued}
    if not before:
        return items, (), None
    try:
        old: dict[str, Any] = before["issued"]
        moved = [change for code, item in items.items() if code in old for change in changes(code, old[code], item)]
        for code in old:
            if code not in schedules:
                moved += changes(code, old[code], {}, because="no longer in participants.csv")
            elif code not in reissued:
                items[code] = old[code]
        if moved:
            return items, tuple(moved), _moment(before["issued_at"])
        last = tuple(Change(**{key: str(text) for key, text in change.items()}) for change in before["moved"])
        return items, last, _moment(before["since"]) if before["since"] else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SchedulerError("the manifest of the previous issue is damaged: restore it, or choose an empty folder") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1970 < moment.year < 2200:
        raise ValueError(text)
    return moment


def _waiting(schedules: Mapping[str, Schedule]) -> tuple[tuple[str, str], ...]:
    """For each participant, the names that dates wait for."""
    found = []
    for code, schedule in schedules.items():
        names = dict.fromkeys(item.name for dated in schedule.items for item in dated.waits)
        if names:
            found.append((code, ", ".join(names)))
    return tuple(found)
