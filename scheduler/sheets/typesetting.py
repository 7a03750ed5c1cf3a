"""Typst, for one document at a time. Processes that only print load this and nothing else of the program."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import typst


class Job(NamedTuple):
    """A document: its template, by its name in the folder `root`; folders of fonts; what the template is given; the time stamped on it."""

    template: str
    root: Path
    fonts: tuple[Path, ...]
    data: str
    stamp: int


class Failed(NamedTuple):
    """What Typst says of a document that it does not make."""

    message: str


def typeset(job: Job) -> bytes | Failed:
    """The document as PDF/UA-1; what Typst only warns of stops it, too."""
    import typst

    try:
        made, warnings = _compiler(job.template, job.root, job.fonts).compile_with_warnings(
            format="pdf",
            sys_inputs={"data": job.data},  # without it, Typst would print the participant before
            pdf_standards=["ua-1"],
            timestamp=job.stamp,
        )
    except typst.TypstError as error:
        return Failed(str(error))
    if warnings:
        return Failed("\n".join(warning.message for warning in warnings))
    assert isinstance(made, bytes)
    return made


@lru_cache(maxsize=64)
def _compiler(template: str, root: Path, fonts: tuple[Path, ...]) -> typst.Compiler:
    """One for each template and process: it keeps the fonts and what it has read. Typst wants a path, and one that stays."""
    import typst

    return typst.Compiler(input=str(root / f"{template}.typ"), root=str(root), font_paths=_fonts(fonts))


@lru_cache(maxsize=8)
def _fonts(folders: tuple[Path, ...]) -> typst.Fonts:
    """The fonts of these folders; none of the system's, which differ from machine to machine."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder) for folder in folders])
