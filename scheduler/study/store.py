"""Writing a set of files whole or not at all. What we did not write is left alone."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scheduler.reading.problems import SchedulerError

MANIFEST = "manifest.json"
MADE_BY = "trial-scheduler"
_STAGE = ".issue-"

_CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_OURS = re.compile(rf"((sites|participants)/{_CODE}/)?[a-z0-9-]+\.(html|csv|json|ics|pdf|svg)")


def read_manifest(out: Path, holds: str) -> dict[str, Any]:
    """What the previous issue wrote into a folder that holds a study, or a plan; empty when there was none.

    Raises SchedulerError when it is damaged, or another program's: it decides what is replaced and removed, so it is believed only
    when every file it names is one that can lie inside the folder.
    """
    file = out / MANIFEST
    if out.exists() and not out.is_dir():
        raise SchedulerError(f"{out} is no folder")
    if not file.exists() and not file.is_symlink():
        return {}
    if file.is_symlink() or not file.is_file():
        raise SchedulerError(f"{file} is in the way: it is no file of ours; choose another folder")
    try:
        manifest = json.loads(file.read_bytes())
        files = manifest["files"]
        if manifest["made_by"] != MADE_BY or manifest["holds"] not in ("study", "plan") or not all(map(_is_inside, files)):
            raise ValueError
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SchedulerError(f"{file} is damaged, or not ours: restore it, or choose an empty folder") from error
    if manifest.get("holds") != holds:
        raise SchedulerError(f"{out} holds a {manifest.get('holds')}, and would be emptied for a {holds}: choose another folder")
    return dict(manifest)


def _is_inside(path: object) -> bool:
    """Whether a path of a manifest is one that we write."""
    return isinstance(path, str) and _OURS.fullmatch(path) is not None


def digest(data: bytes) -> str:
    """What the manifest keeps of a file."""
    return hashlib.sha256(data).hexdigest()


def replace_files(out: Path, files: Mapping[str, bytes], ours: Iterable[str]) -> list[str]:
    """Put `files` (by path within `out`) in place of `ours`, the files of the previous issue, which are removed when not renewed.

    Everything is written beside its place first and moved in afterwards; when a move fails, what was there before is put back.
    Returns the paths whose bytes changed. Raises SchedulerError: for a file that stands in the way and is not ours, or when the
    folder cannot be written.
    """
    before = set(ours)
    for path in sorted({*files, *before}):
        _refuse_strangers(out, path, ours=path in before or path == MANIFEST)
    changed = sorted(path for path, data in files.items() if not _holds(out / path, data))
    vanished = sorted(path for path in before - set(files) if (out / path).is_file())
    try:
        out.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=out))
    except OSError as error:
        raise SchedulerError(f"{out} cannot be written: {error.strerror}") from error
    try:
        for path in changed:
            _write(stage / "new" / path, files[path])
        _swap(out, stage, changed, vanished)
    except OSError as error:
        if _holds_old_files(stage):
            raise SchedulerError(
                f"{out} cannot be written: {error.strerror}; what could not be put back is in {stage}"
            ) from error
        shutil.rmtree(stage, ignore_errors=True)
        for path in changed:
            _remove_empty(out, (out / path).parent)
        raise SchedulerError(f"{error.filename or out} cannot be written: {error.strerror}; nothing was changed") from error
    except BaseException:
        if not _holds_old_files(stage):
            shutil.rmtree(stage, ignore_errors=True)
        raise
    shutil.rmtree(stage, ignore_errors=True)
    _remove_left_over(out)
    for path in vanished:
        _remove_empty(out, (out / path).parent)
    return changed


def _refuse_strangers(out: Path, path: str, *, ours: bool) -> None:
    """Raise SchedulerError for what stands in the way and is not a file of ours: it could be somebody's work."""
    target = out / path
    if target.is_symlink() or (target.exists() and (not ours or not target.is_file())):
        raise SchedulerError(f"{target} is in the way, and was not written by this program: choose another folder")
    for folder in list(target.parents)[: path.count("/")]:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise SchedulerError(f"{folder} is in the way: it is no folder of this one; choose another folder")


def _holds(file: Path, data: bytes) -> bool:
    try:
        return file.read_bytes() == data
    except OSError:
        return False


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _swap(out: Path, stage: Path, changed: list[str], vanished: list[str]) -> None:
    """Move the old files out and the new ones in. The manifest, which says what is ours, comes first: a build that is killed in
    the middle can be repeated. What only vanishes comes last: what is written in its stead is there by then.
    """
    moved_out: list[str] = []
    moved_in: list[str] = []
    try:
        for path in sorted([*changed, *vanished], key=lambda path: (path != MANIFEST, path in vanished, path)):
            if (out / path).exists():
                (stage / "old" / path).parent.mkdir(parents=True, exist_ok=True)
                (out / path).replace(stage / "old" / path)
                moved_out.append(path)
            if path in changed:
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                (stage / "new" / path).replace(out / path)
                moved_in.append(path)
    except BaseException:
        for path in moved_in:
            (out / path).unlink(missing_ok=True)
        for path in moved_out:
            (stage / "old" / path).replace(out / path)
        raise


def _remove_left_over(out: Path) -> None:
    """Stages of builds that were killed: they hold copies of papers. One that is being used is younger than a day."""
    for stage in out.glob(f"{_STAGE}*"):
        if time.time() - stage.stat().st_mtime > 24 * 3600:
            shutil.rmtree(stage, ignore_errors=True)


def _holds_old_files(stage: Path) -> bool:
    """Whether putting back failed as well: then the stage holds the only copy."""
    return any(path.is_file() for path in (stage / "old").rglob("*"))


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
