"""Issuing a study: every file of a build, made in memory, then put in place at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scheduler import PROGRAM
from scheduler.ical import file_name, to_ics
from scheduler.pages import sheet_page, site_index, study_index
from scheduler.reading.problems import Place, Problems, SchedulerError
from scheduler.schedule.records import Schedule
from scheduler.study.folder import PARTICIPANTS, SITES, Study
from scheduler.study.store import MANIFEST, digest, read_manifest, replace_files
from scheduler.tables import BOM, study_csv, study_json, to_json
from scheduler.views.changes import Change, changes, issued
from scheduler.views.sheet import sheet
from scheduler.views.study import Identity, site_page, study_page
from scheduler.views.words import known_language, languages


@dataclass(frozen=True, slots=True)
class Issued:
    """What a build did."""

    participants: int
    files: int
    changed: tuple[str, ...]
    moved: tuple[Change, ...]
    waiting: tuple[tuple[str, str], ...]


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
    _check_languages(study)
    for code in only:
        study.participant(code)
    key = study.key()
    before = read_manifest(out)
    identity = Identity(study.protocol.study.protocol_version, study.digest, PROGRAM, issued_at)
    schedules = {code: study.schedule(participant) for code, participant in study.participants.items()}
    reissued = set(only) or set(schedules)

    files: dict[str, bytes] = {}
    links: dict[str, tuple[str, str]] = {}
    kept = set(before.get("files", {}))
    for code, schedule in schedules.items():
        folder = f"participants/{code}"
        links[code] = (f"{folder}/visit-sheet.html", f"{folder}/{file_name(key, code)}")
        if code in reissued:
            site = study.sites[schedule.participant.site]
            files[links[code][0]] = sheet_page(sheet(schedule, site, issued_at)).encode()
            files[links[code][1]] = to_ics(schedule, namespace=key, issued_at=issued_at, site=site)
            progress()
        elif not kept.issuperset(links[code]):
            links[code] = ("", "")  # never issued: nothing to link to

    items, moved, since = _compared(before, schedules, reissued)
    language = study.protocol.study.language
    files["index.html"] = study_index(
        study_page(
            study.protocol, language, schedules.values(), study.sites, links, moved if since else None, since, identity, today
        )
    ).encode()
    for site in study.sites.values():
        files[f"sites/{site.id}/index.html"] = site_index(site_page(study.protocol, site, schedules.values(), identity)).encode()
    files["schedule.csv"] = (BOM + study_csv(schedules.values(), language, identity)).encode()
    files["schedule.json"] = study_json(schedules.values(), language, identity).encode()

    untouched = _untouched(kept, files, reissued, schedules)
    manifest = {
        "program": PROGRAM,
        "issued_at": issued_at.isoformat(),
        "protocol_version": identity.protocol_version,
        "study_hash": identity.study_hash,
        "files": dict(
            sorted(({path: digest(data) for path, data in files.items()} | {p: before["files"][p] for p in untouched}).items())
        ),
        "issued": items,
        "since": since.isoformat() if since else None,
        "moved": [asdict(change) for change in moved],
    }
    files[MANIFEST] = to_json(manifest).encode()
    changed = replace_files(out, files, kept - untouched)
    new_moves = moved if since and since.isoformat() == before.get("issued_at") else ()
    return Issued(len(reissued), len(files), tuple(changed), new_moves, _waiting(schedules))


def _untouched(kept: set[str], files: Mapping[str, bytes], reissued: set[str], schedules: Mapping[str, Schedule]) -> set[str]:
    """Files of the previous issue that belong to participants who are still there and are not issued again now."""
    others = tuple(f"participants/{code}/" for code in schedules if code not in reissued)
    return {path for path in kept - set(files) if path.startswith(others)} if others else set()


def _compared(
    before: Mapping[str, Any], schedules: Mapping[str, Schedule], reissued: set[str]
) -> tuple[dict[str, Any], tuple[Change, ...], datetime | None]:
    """What is issued now, what moved, and since which issue. Nothing new: what moved last is still what moved last."""
    old: dict[str, Any] = before.get("issued", {})
    items: dict[str, Any] = {code: issued(schedule) for code, schedule in schedules.items() if code in reissued}
    moved = [change for code, item in items.items() if code in old or old for change in changes(code, old.get(code, {}), item)]
    for code in old:
        if code not in schedules:
            moved += changes(code, old[code], {})
        elif code not in reissued:
            items[code] = old[code]
    if not before:
        return items, (), None
    if moved:
        return items, tuple(moved), datetime.fromisoformat(before["issued_at"])
    since = before.get("since")
    return (
        items,
        tuple(Change(**change) for change in before.get("moved", [])),
        datetime.fromisoformat(since) if since else None,
    )


def _waiting(schedules: Mapping[str, Schedule]) -> tuple[tuple[str, str], ...]:
    """For each participant, the names that dates wait for."""
    found = []
    for code, schedule in schedules.items():
        names = dict.fromkeys(item.name for dated in schedule.items for item in dated.waits)
        if names:
            found.append((code, ", ".join(names)))
    return tuple(found)


def _check_languages(study: Study) -> None:
    problems = Problems()
    known = f"there are: {', '.join(languages())}"
    for participant in study.participants.values():
        if known_language(participant.language) is None:
            place = Place(str(study.path / PARTICIPANTS), path=participant.id)
            problems.add(place, f'no words for the language "{participant.language}" ({known})')
    for site in study.sites.values():
        if known_language(site.language) is None:
            problems.add(Place(str(study.path / SITES), path=site.id), f'no words for the language "{site.language}" ({known})')
    if known_language(study.protocol.study.language) is None:
        raise SchedulerError(f'study.language: no words for the language "{study.protocol.study.language}" ({known})')
    problems.raise_if_any()
