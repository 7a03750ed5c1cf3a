"""Tables to rows whose cells know where they stand: file, line and column name. A table comes from CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from scheduler.reading.problems import Place, Problem, Problems, ProblemsError, did_you_mean
from scheduler.reading.tree import decode


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of one cell, without the white space around it."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, line by line, its header among them; empty lines are left out."""

    place: Place
    lines: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column name; a column that the file lacks reads as empty."""

    cells: dict[str, Cell]
    place: Place

    def __getitem__(self, column: str) -> Cell:
        return self.cells.get(column) or Cell("", self.place.key(column))


def csv_table(data: bytes, file: str) -> Table:
    """The table of a CSV file in UTF-8. Raises ProblemsError when it is none."""
    reader = csv.reader(io.StringIO(decode(data, file), newline=""), strict=True)
    lines = []
    try:
        for values in reader:
            if any(value.strip() for value in values):
                place = Place(file, reader.line_num)
                lines.append(tuple(Cell(value.strip(), place) for value in values))
    except csv.Error as error:
        raise ProblemsError([Problem(Place(file, reader.line_num), f"this is not CSV: {error}")]) from error
    return Table(Place(file, 1), tuple(lines))


def read_rows(table: Table, columns: Collection[str], required: Collection[str], problems: Problems) -> Iterator[Row]:
    """The rows of a table. Unknown, doubled and missing columns, and rows of a wrong length, are problems.

    Raises ProblemsError when the header leaves nothing to go on with.
    """
    if not table.lines:
        raise ProblemsError([Problem(table.place, f"there is no header; it holds {', '.join(required)}")])
    header = _header(table.lines[0], columns, required)
    for line in table.lines[1:]:
        place = line[0].place
        if len(line) > len(header):
            problems.add(
                place, f"{len(line)} cells stand in this row, and the header has {len(header)}: look for a comma too many"
            )
            continue
        cells = {name: Cell(cell.text, cell.place.key(name)) for name, cell in zip(header, line, strict=False) if name in columns}
        yield Row(cells, place)


def _header(cells: tuple[Cell, ...], columns: Collection[str], required: Collection[str]) -> list[str]:
    """The columns. With one of them wrong nothing below it can be trusted, so its problems end the reading of the file."""
    problems = Problems()
    names, place = [cell.text for cell in cells], cells[0].place
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and sign in names[0]:
            raise ProblemsError([Problem(place, f"the cells are separated by {name}: save the file with commas (CSV UTF-8)")])
    for number, name in enumerate(names):
        if name not in columns:
            problems.add(place.key(name), f'"{name}" is no column of this file{did_you_mean(name, columns)}')
        elif name in names[:number]:
            problems.add(place.key(name), f'"{name}" is a column twice')
    for name in required:
        if name not in names:
            problems.add(place, f'the column "{name}" is missing')
    problems.raise_if_any()
    return names
