"""Writing a set of files whole or not at all. What we did not write is left alone."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scheduler.reading.problems import SchedulerError

MANIFEST = "manifest.json"


def read_manifest(out: Path) -> dict[str, Any]:
    """What the previous issue wrote into a folder; empty when there was none. Raises SchedulerError when it is damaged."""
    file = out / MANIFEST
    try:
        manifest = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SchedulerError(f"{file} cannot be read: restore it, or build into an empty folder") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise SchedulerError(f"{file} is not a manifest of ours: build into another folder")
    return manifest


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
    strangers = sorted(path for path in files if path not in before and path != MANIFEST and (out / path).exists())
    if strangers:
        raise SchedulerError(f"{out / strangers[0]} exists and was not written by this program: build into another folder")
    changed = sorted(path for path, data in files.items() if not _holds(out / path, data))
    vanished = sorted(path for path in before - set(files) if (out / path).exists())
    try:
        out.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".issue-", dir=out))
    except OSError as error:
        raise SchedulerError(f"{out} cannot be written: {error.strerror}") from error
    try:
        for path in changed:
            _write(stage / "new" / path, files[path])
        _swap(out, stage, changed, vanished)
    except OSError as error:
        raise SchedulerError(f"{error.filename or out} cannot be written: {error.strerror}; nothing was changed") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    for path in vanished:
        _remove_empty(out, (out / path).parent)
    return changed


def _holds(file: Path, data: bytes) -> bool:
    try:
        return file.read_bytes() == data
    except OSError:
        return False


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _swap(out: Path, stage: Path, changed: list[str], vanished: list[str]) -> None:
    """Move the old files out and the new ones in; the manifest, which says what is there, comes last."""
    moved_out: list[str] = []
    moved_in: list[str] = []
    try:
        for path in sorted([*changed, *vanished], key=lambda path: (path == MANIFEST, path)):
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


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
