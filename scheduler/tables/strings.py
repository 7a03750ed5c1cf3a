"""The texts of what participants are given, as a table and to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scheduler.tables.formats import to_csv
from scheduler.views.strings import Said, TextList

STRING_COLUMNS = ("language", "paper", "where", "text", "source")


def strings_csv(texts: Mapping[str, Iterable[Said]]) -> str:
    """A row for each text, by language, with its blanks as they are written."""
    return to_csv(
        STRING_COLUMNS,
        (
            {
                "language": language,
                "paper": each.paper.value,
                "where": each.where.name.lower(),
                "text": each.text,
                "source": each.source,
            }
            for language, found in texts.items()
            for each in found
        ),
    )


def strings_text(lists: Iterable[TextList]) -> str:
    """The lists one after the other: a head, and the texts under where they are printed, each with its source."""
    return "\n\n".join("".join(f"{line}\n" for line in _lines(each)) for each in lists)


def _lines(each: TextList) -> Iterator[str]:
    yield f"# {each.title}"
    yield ""
    yield from each.head
    yield ""
    yield each.note
    for title, texts in each.groups:
        yield ""
        yield f"## {title}"
        yield from (f"- {text}  [{source}]" for text, source in texts)
