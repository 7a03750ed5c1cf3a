"""Views to PDF, through Typst: tagged (PDF/UA-1), with fonts embedded that are ours, the same bytes every time and everywhere.

A view reaches its template as data, so that nothing in it can be taken for markup. A character without a glyph stops the program.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from scheduler.reading.problems import SchedulerError
from scheduler.resources import OURS, Looks, templates_dir
from scheduler.sheets.typesetting import Failed, Job, typeset
from scheduler.views.words import words as said

BASE = 12  # points
_MANY = 16  # documents, from which on it pays to start other processes
NO_TYPST = 'no PDF can be made here: the package "typst" is not installed, or there is none for this machine. Print the pages (.html) instead'
_REGIONS = {"zh": "CN"}  # where a language alone does not say which forms its characters have
_NO_GLYPH = re.compile(r'the text `?"(.+?)"`? could not be displayed', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A document to be printed: what is laid out by which template, for whom, how large its text is, and the time stamped on it.

    `view` is a record whose fields hold finished text, yes or no, numbers, and records and tuples of these. It has a `language`, a `paper`
    ("A4" or "Letter"), and `words`, the phrases its template may say. `whose` is named when it cannot be printed.
    """

    template: str
    view: Any
    whose: str
    issued_at: datetime
    size: int = BASE
    looks: Looks = OURS

    def digest(self) -> str:
        """The same for what would be the same bytes: of all that goes into the file, found without making it."""
        whole = hashlib.sha256(self._input().encode())
        for part in (self.template, self.issued_at.isoformat(), _made_with(self.looks)):
            whole.update(f"\n{part}".encode())
        return whole.hexdigest()

    def pdf(self) -> bytes:
        """The document. Raises SchedulerError, which says what cannot be printed."""
        made = typeset(self.job())
        if isinstance(made, Failed):
            raise SchedulerError(self.says(made))
        return made

    def job(self) -> Job:
        """What is given to Typst. Raises SchedulerError."""
        if not can_print():
            raise SchedulerError(NO_TYPST)
        stamp = int(self.issued_at.timestamp())
        return Job(
            self.template, _root(self.looks), (templates_dir() / "fonts", *map(_folder, self.looks.fonts)), self._input(), stamp
        )

    def _input(self) -> str:
        """What the template is given. Keys and order are always the same, and so are the bytes."""
        language, *parts = self.view.language.split("-")
        region = next((part for part in parts if len(part) == 2), _REGIONS.get(language, ""))
        words = {"lang": language, "region": region, "date": said(self.view.language).date_pattern}
        return json.dumps({"view": data_of(self.view), "size": self.size, **words}, ensure_ascii=False)

    def says(self, failed: Failed) -> str:
        """What Typst says as somebody can act on it: where a character stands, or else in which document it went wrong."""
        missing = dict.fromkeys(_NO_GLYPH.findall(failed.message))
        if not missing:
            return f"{self.whose}, {self.template} cannot be printed: {failed.message}"
        texts = list(_texts(data_of(self.view), self.whose))
        return "\n".join(f"{self.template}: {_missing(character, texts, self.whose)}" for character in missing)


@lru_cache(maxsize=1)
def can_print() -> bool:
    """Whether PDFs can be made on this machine."""
    return find_spec("typst") is not None


def print_all(prints: Mapping[str, Print], workers: int = 1) -> dict[str, bytes]:
    """Documents by the names of their files; many of them are made by several processes. Raises SchedulerError with all that is wrong."""
    if workers > 1 and len(prints) >= _MANY:
        jobs = [each.job() for each in prints.values()]
        # a process of its own, for Typst has threads, and what has threads cannot be forked
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            results = pool.map(typeset, jobs, chunksize=4)
            made = [
                each.says(one) if isinstance(one, Failed) else one for each, one in zip(prints.values(), results, strict=True)
            ]
    else:
        made = [_made(each) for each in prints.values()]
    if wrong := dict.fromkeys(each for each in made if isinstance(each, str)):
        raise SchedulerError("\n".join(wrong))
    return {path: data for path, data in zip(prints, made, strict=True) if isinstance(data, bytes)}


def _made(each: Print) -> bytes | str:
    """The document, or what is wrong with it."""
    try:
        return each.pdf()
    except SchedulerError as error:
        return str(error)


def data_of(value: Any) -> Any:
    """A view as JSON has it. Raises TypeError for what is not finished."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: data_of(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [data_of(each) for each in value]
    if isinstance(value, Mapping):
        return {key: data_of(each) for key, each in value.items()}
    if isinstance(value, str | bool | int | None):
        return value
    raise TypeError(f"not finished, for a template only lays out: {value!r}")


class _Said(NamedTuple):
    """A text of a view: whose it is, where it stands, and what it says."""

    whose: str
    field: str
    text: str


def _texts(data: Any, whose: str, field: str = "") -> Iterator[_Said]:
    """Every text of a view. What is a participant's own part of it, is that participant's."""
    if isinstance(data, str):
        yield _Said(whose, field, data)
    elif isinstance(data, list):
        for number, each in enumerate(data):
            yield from _texts(each, whose, f"{field}[{number}]")
    elif isinstance(data, dict):
        for key, each in data.items():
            yield from _texts(each, data.get("participant", whose), f"{field}.{key}" if field else key)


def _missing(character: str, texts: list[_Said], whose: str) -> str:
    """That there is no glyph for a character, and where it stands."""
    points = " ".join(f"U+{ord(each):04X}" for each in character)
    found = [said for said in texts if character in said.text]
    where = f'{found[0].whose}, {found[0].field}: "{found[0].text}"' if found else f"{whose}, the template itself"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f'no font has the character "{character}" ({points}), of {where}{more}. Write it otherwise, or name a folder of fonts (--font-dir)'


def _folder(fonts: Path) -> Path:
    if not fonts.is_dir():
        raise SchedulerError(f"{fonts} is no folder of fonts")
    return fonts


def _root(looks: Looks) -> Path:
    """The folder that holds all templates of Typst: ours, or a copy of ours with others' in their places."""
    ours = templates_dir() / "typst"
    if looks.templates is None or not any(looks.templates.glob("*.typ")):
        return ours
    return _merged(ours, looks.templates, _hash_of(looks.templates))


@lru_cache(maxsize=8)
def _merged(ours: Path, theirs: Path, digest: str) -> Path:
    """Typst reads nothing outside one folder, so both are laid into one, which lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix=f"templates-{digest[:8]}-")
    _KEPT.append(folder)
    shutil.copytree(ours, folder.name, dirs_exist_ok=True)
    shutil.copytree(theirs, folder.name, dirs_exist_ok=True)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _made_with(looks: Looks) -> str:
    """What says of templates, fonts and Typst whether they are the same."""
    own = _hash_of(looks.templates) if looks.templates is not None else ""
    return " ".join([*_ours(), own, *map(_hash_of, looks.fonts)])


@lru_cache(maxsize=1)
def _ours() -> tuple[str, ...]:
    """What does not change while the program runs."""
    return (version("typst"), *(_hash_of(templates_dir() / name) for name in ("typst", "fonts")))


def _hash_of(folder: Path) -> str:
    """The SHA-256 of a folder's files. They are read again only when one of them was written since."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _hash_of_files(tuple((path, path.relative_to(folder).as_posix(), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=32)
def _hash_of_files(files: tuple[tuple[Path, str, int], ...]) -> str:
    whole = hashlib.sha256()
    for path, name, _ in files:
        data = path.read_bytes()
        whole.update(f"{name} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()
