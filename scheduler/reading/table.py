"""CSV text to rows whose cells know where they stand: file, line and column name."""

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
class Row:
    """A row by column name; a column that the file lacks reads as empty."""

    cells: dict[str, Cell]
    place: Place

    def __getitem__(self, column: str) -> Cell:
        return self.cells.get(column) or Cell("", self.place.key(column))


def read_table(data: bytes, file: str, columns: Collection[str], required: Collection[str], problems: Problems) -> Iterator[Row]:
    """The rows of a CSV file in UTF-8. Unknown, doubled and missing columns, and rows of a wrong length, are problems.

    Raises ProblemsError when there is no table to go on with.
    """
    text = decode(data, file)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    try:
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            place = Place(file, reader.line_num)
            if header is None:
                header = _header([value.strip() for value in values], place, columns, required)
                continue
            if len(values) > len(header):
                problems.add(
                    place, f"{len(values)} cells stand in this row, and the header has {len(header)}: look for a comma too many"
                )
                continue
            cells = {
                name: Cell(value.strip(), place.key(name)) for name, value in zip(header, values, strict=False) if name in columns
            }
            yield Row(cells, place)
        if header is None:
            raise ProblemsError([Problem(Place(file, 1), f"there is no header; it holds {', '.join(required)}")])
    except csv.Error as error:
        raise ProblemsError([Problem(Place(file, reader.line_num), f"this is not CSV: {error}")]) from error


def _header(names: list[str], place: Place, columns: Collection[str], required: Collection[str]) -> list[str]:
    """The columns. With one of them wrong nothing below it can be trusted, so its problems end the reading of the file."""
    problems = Problems()
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
