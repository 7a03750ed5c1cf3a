"""The texts of what participants are given, as a table and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler.tables.formats import to_csv
from scheduler.views.strings import Paper, Said

STRING_COLUMNS = ("language", "paper", "text", "source")


def strings_csv(texts: Mapping[str, Iterable[Said]]) -> str:
    """A row for each text, by language."""
    return to_csv(
        STRING_COLUMNS,
        (
            {"language": language, "paper": each.paper.value, "text": each.text, "source": each.source}
            for language, found in texts.items()
            for each in found
        ),
    )


def strings_text(texts: Mapping[str, Iterable[Said]]) -> str:
    """The texts under their language and paper, a line break as it is written in the calendar."""
    parts = []
    for language, found in texts.items():
        by_paper: dict[Paper, list[str]] = {}
        for each in found:
            by_paper.setdefault(each.paper, []).append(each.text.replace("\n", "\\n"))
        for paper, lines in by_paper.items():
            parts.append("".join(f"{line}\n" for line in (f"# {paper.value}, {language}", *lines)))
    return "\n".join(parts)
