"""Where the files live that travel with the program: templates, locale tables, the starter study."""

from __future__ import annotations

from pathlib import Path


def templates_dir() -> Path:
    """The templates we ship: inside the installed package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "templates"
