"""Writing a set of files whole or not at all. What we did not write is left alone.

Every file is put in place in one step, the manifest before all others: whenever a build is killed, the manifest names every file of
ours that is there, and knows at least what was issued, so that the next build goes on from it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from typing import Any

from scheduler.reading.problems import SchedulerError
from scheduler.tables.formats import to_json

MANIFEST = "manifest.json"
MADE_BY = "trial-scheduler"
DAMAGED = (
    "{} is damaged, or not ours: restore it from a copy, or build into an empty folder; calendars that are in use go on, for what is "
    "issued later counts as newer"
)
_STAGE = ".issue-"

_CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_OURS = re.compile(rf"((sites|participants)/{_CODE}/)?[a-z0-9-]+\.(html|csv|json|ics|pdf|svg)")
_SEAL = re.compile(rb'\{\n  "sha256": "([0-9a-f]{64})",\n')  # how a manifest begins: the digest of all that comes after this line


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold a folder, so that one build at a time writes into it; it is made where there is none.

    The system lets go of it when a build is killed. Raises SchedulerError when another build holds it, or it cannot be made. Where
    there are no such locks (Windows, some file systems on a network) nothing is held.
    """
    made = not out.exists()
    if not made and not out.is_dir():
        raise SchedulerError(f"{out} is no folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = _hold(out)
    except BlockingIOError as error:
        raise SchedulerError(f"another build is writing into {out}: wait until it is done, then build again") from error
    except OSError as error:
        raise SchedulerError(f"{out} cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        if held is not None:
            os.close(held)
        if made:
            with suppress(OSError):
                out.rmdir()  # which it can only be when nothing was written


def _hold(folder: Path) -> int | None:
    """A descriptor that holds a folder for as long as it is open; None where that cannot be. Raises BlockingIOError when it is held."""
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def sealed(data: Mapping[str, Any]) -> bytes:
    """A manifest as it is written: its own digest, then the data."""
    body = to_json(data).encode().removeprefix(b"{\n")
    return b'{\n  "sha256": "' + digest(body).encode() + b'",\n' + body


def read_manifest(out: Path, holds: str) -> dict[str, Any]:
    """What the previous issue wrote into a folder that holds a study, or a plan; empty when there was none.

    Raises SchedulerError when it is damaged, changed by hand, or another program's: it decides what is replaced and removed, so it is
    believed only as it was written, and when every file it names is one that can lie inside the folder.
    """
    file = out / MANIFEST
    if out.exists() and not out.is_dir():
        raise SchedulerError(f"{out} is no folder")
    if not file.exists() and not file.is_symlink():
        return {}
    if file.is_symlink() or not file.is_file():
        raise SchedulerError(f"{file} is in the way: it is no file of ours; choose another folder")
    try:
        data = file.read_bytes()
        seal = _SEAL.match(data)
        if seal is None or seal[1].decode() != digest(data[seal.end() :]):
            raise ValueError
        manifest = json.loads(data)
        files = [*manifest["files"], *manifest["leaving"]]
        if manifest["made_by"] != MADE_BY or manifest["holds"] not in ("study", "plan") or not all(map(_is_inside, files)):
            raise ValueError
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SchedulerError(DAMAGED.format(file)) from error
    if manifest.get("holds") != holds:
        raise SchedulerError(f"{out} holds a {manifest.get('holds')}, and would be emptied for a {holds}: choose another folder")
    return dict(manifest)


def _is_inside(path: object) -> bool:
    """Whether a path of a manifest is one that we write."""
    return isinstance(path, str) and _OURS.fullmatch(path) is not None


def digest(data: bytes) -> str:
    """What the manifest keeps of a file."""
    return hashlib.sha256(data).hexdigest()


def replace_files(
    out: Path,
    files: Mapping[str, bytes],
    ours: Iterable[str],
    manifest: Callable[[Collection[str]], bytes] | None = None,
    mode: int | None = None,
) -> list[str]:
    """Put `files` (by path within `out`) in place of `ours`, the files of the previous issue, which are removed when not renewed.

    `manifest` makes the manifest that names them, and what is still to be removed besides. Who may read and write a file that is
    replaced stays as it is; a new one gets the `mode`, where one is given. Everything is written beside its place first; when a step
    fails, what was there before is put back. Returns the paths whose bytes changed, with that of the manifest. Raises SchedulerError:
    for a file that stands in the way and is not ours, or when the folder cannot be written.
    """
    before = set(ours)
    for path in sorted({*files, *before, *([MANIFEST] if manifest else [])}):
        _refuse_strangers(out, path, ours=path in before or path == MANIFEST)
    changed = sorted(path for path, data in files.items() if not _holds(out / path, data))
    vanished = sorted(path for path in before - set(files) if (out / path).is_file())
    steps: list[_Step] = [(path, files[path]) for path in changed]
    steps += [(path, None) for path in vanished]  # last: what is written in their stead is there by then
    if manifest is not None:
        then = manifest(())
        if not _holds(out / MANIFEST, then):
            changed.append(MANIFEST)
        if vanished:
            steps = [(MANIFEST, manifest(vanished)), *steps, (MANIFEST, then)]
        elif steps or MANIFEST in changed:
            steps = [(MANIFEST, then), *steps]
    if steps:
        _take(out, steps, mode)
    _remove_left_over(out)
    for path in vanished:
        _remove_empty(out, (out / path).parent)
    return changed


_Step = tuple[str, bytes | None]  # a path, and what it holds from then on; None when it is removed


def _take(out: Path, steps: Sequence[_Step], mode: int | None) -> None:
    """Take all steps or none. Raises SchedulerError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=out))
    except OSError as error:
        raise SchedulerError(f"{out} cannot be written: {error.strerror}") from error
    try:
        for number, (path, data) in enumerate(steps):
            if data is not None:
                _write(stage / str(number), data, _mode(out / path, mode))
        _swap(out, stage, steps)
    except OSError as error:
        if _holds_old_files(stage):
            raise SchedulerError(
                f"{out} cannot be written: {error.strerror}; what could not be put back is in {stage}"
            ) from error
        shutil.rmtree(stage, ignore_errors=True)
        for path, _ in steps:
            _remove_empty(out, (out / path).parent)
        raise SchedulerError(f"{error.filename or out} cannot be written: {error.strerror}; nothing was changed") from error
    except BaseException:
        if not _holds_old_files(stage):
            shutil.rmtree(stage, ignore_errors=True)
        raise
    shutil.rmtree(stage, ignore_errors=True)


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


def _mode(file: Path, new: int | None) -> int | None:
    return S_IMODE(file.stat().st_mode) if file.exists() else new


def _write(file: Path, data: bytes, mode: int | None) -> None:
    file.write_bytes(data)
    if mode is not None:
        file.chmod(mode)


def _swap(out: Path, stage: Path, steps: Sequence[_Step]) -> None:
    """Put each new file over the old one, which is kept in the stage until all are there. No path is ever without a file in between."""
    touched: dict[str, None] = {}
    try:
        for number, (path, data) in enumerate(steps):
            if path not in touched and (out / path).exists():
                _keep(out / path, stage / "old" / path)
            touched[path] = None
            if data is None:
                (out / path).unlink()
            else:
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                (stage / str(number)).replace(out / path)
    except BaseException:
        for path in touched:
            kept = stage / "old" / path
            if kept.exists():
                kept.replace(out / path)
                kept.unlink(missing_ok=True)  # two names of one file are not made one by that
            else:
                (out / path).unlink(missing_ok=True)
        raise


def _keep(file: Path, beside: Path) -> None:
    """A second name for a file, or a copy where there cannot be one."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, beside)
    except OSError:
        shutil.copy(file, beside)  # who may read it stays as it is when it is put back


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
