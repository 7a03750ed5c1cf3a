"""The schedule of activities as rows, in words: the head, the activities, the periods, the footnotes; the whole width in one table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from scheduler.reading.formulas import guard
from scheduler.views.soa import Cell, Row, SoaPage


def soa_csv(page: SoaPage) -> str:
    """The whole document for a spreadsheet: however many parts it has on paper, each visit has its column, and each activity one row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in _rows(page):
        writer.writerow(map(guard, row))
    return out.getvalue()


def _rows(page: SoaPage) -> Iterator[list[str]]:
    yield from ([row.label, *(cell.text for cell in _single(row.cells))] for row in _whole([part.head for part in page.parts]))
    yield from ([row.label, *(cell.text for cell in row.cells)] for row in _whole([part.rows for part in page.parts]))
    if page.periods:
        yield []
        yield [page.words[f"soa.{key}"] for key in ("period", "kind", "from", "to")]
        yield from ([each.label.text, each.kind, each.start.text, each.end.text] for each in page.periods)
    yield []
    yield from ([note.letter, note.text] for note in page.footnotes)
    yield from (["", sign] for sign in page.signs)
    yield from (["", note] for note in page.notes)
    yield ["", page.study]
    yield ["", page.identity]


def _whole(parts: Iterable[tuple[Row, ...]]) -> Iterator[Row]:
    """The rows of all parts, each with the cells of all of them."""
    for same in zip(*parts, strict=True):
        yield Row(same[0].label, tuple(cell for row in same for cell in row.cells))


def _single(cells: Iterable[Cell]) -> Iterator[Cell]:
    """A cell for each column: what is said of several is said of each."""
    for cell in cells:
        yield from [cell] * cell.span
