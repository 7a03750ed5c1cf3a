"""Where the files live that travel with the program: templates, fonts, locale tables, the starter study; and what takes their place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


def templates_dir() -> Path:
    """The templates we ship: inside the installed package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class Looks:
    """How documents look: by our templates, in whose place a file of the same name in `templates` is taken; `fonts` are folders of more."""

    templates: Path | None = None
    fonts: tuple[Path, ...] = ()


OURS = Looks()
