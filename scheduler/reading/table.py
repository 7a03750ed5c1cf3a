"""Tables to rows whose cells know where they stand: file, line and column name. A table comes from CSV text, or a workbook's sheet.

CSV is read as spreadsheets write it, as long as it can be read in one way only: commas or semicolons, UTF-8, or GB18030 with a
notice. It is written so that spreadsheets read it back: with a byte order mark, CR LF, and free text that is no formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from scheduler.reading.formulas import guard, unguard
from scheduler.reading.problems import Place, Problem, Problems, ProblemsError, did_you_mean
from scheduler.reading.tree import decode

BOM = "\ufeff"  # by this a spreadsheet knows UTF-8
MAY_END = ("value", "note", "recorded_by", "recorded_on")  # columns that a row may lack at its end
FREE_TEXT = ("note", "recorded_by")  # the columns of a table that hold free text

_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
_WITHOUT_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?[,;\t ]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)  # Excel's own first line
_NO_CSV = {
    b"\xff\xfe": "UTF-16 (Excel calls it Unicode Text)",
    b"\xfe\xff": "UTF-16 (Excel calls it Unicode Text)",
    b"PK\x03\x04": "a workbook",
    b"\xd0\xcf\x11\xe0": "an old workbook (XLS)",
}


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
        return self.cells.get(column) or Cell("", _named(self.place, column))


def csv_table(data: bytes, file: str, problems: Problems | None = None) -> Table:
    """The table of a CSV file; a file that had to be read in another way than UTF-8 is noted in `problems`.

    Raises ProblemsError when it is none.
    """
    text = _text(data, file, Problems() if problems is None else problems)
    separator, above = separator_of(text)
    line = first = 1 + above
    text = text[_above(text) :]
    if separator == "\t":
        raise ProblemsError([Problem(Place(file, 1), "the cells are separated by tabs: save the file with commas (CSV UTF-8)")])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[tuple[Cell, ...]] = []
    free: list[bool] = []
    try:
        for written in reader:
            texts = [tidy(text) for text in written]
            if any(texts):
                free = free or [text in FREE_TEXT for text in texts]
                texts = [unguard(text) if is_free else text for text, is_free in zip_longest(texts, free[: len(texts)])]
                _refuse_swallowed(written, separator, lines[0] if lines else (), Place(file, line), first + reader.line_num - 1)
                lines.append(tuple(Cell(text, Place(file, line)) for text in texts))
            line = first + reader.line_num
    except csv.Error as error:
        raise ProblemsError([Problem(Place(file, line), f"this is not CSV: {error}")]) from error
    return Table(Place(file, 1), tuple(lines))


def _refuse_swallowed(written: list[str], separator: str, header: Sequence[Cell], place: Place, last: int) -> None:
    """Raises ProblemsError for a cell over several lines that look like rows: somebody opened a quote and did not close it."""
    for text in written:
        inner = text.splitlines()[1:]
        if len(header) > 2 and any(line.count(separator) >= len(header) - 1 for line in inner):
            said = f"a quote is opened in this row and closed only in line {last}: the rows between stand inside it"
            raise ProblemsError([Problem(place, said)])


def to_csv(lines: Sequence[Sequence[str]]) -> bytes:
    """The texts of a table, its header first, as a CSV file that spreadsheets open as it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for line in lines:
        writer.writerow([guard(text) if name in FREE_TEXT else text for name, text in zip(lines[0], line, strict=True)])
    return (BOM + out.getvalue()).encode()


def tidy(text: str) -> str:
    """The text of a cell without the spaces around it, whatever their width, and with line feeds alone between its lines."""
    return text.strip(_SPACES + _WITHOUT_WIDTH).replace("\r\n", "\n").replace("\r", "\n")


def _text(data: bytes, file: str, problems: Problems) -> str:
    for start, what in _NO_CSV.items():
        if data.startswith(start):
            raise ProblemsError([Problem(Place(file), f"this is {what}: save the file as CSV UTF-8")])
    try:
        data.decode()
    except UnicodeDecodeError:
        return decode(_from_china(data, file, problems), file)
    return decode(data.replace(b"\n\xef\xbb\xbf", b"\n"), file)  # the mark stands there when files are pasted together


def _from_china(data: bytes, file: str, problems: Problems) -> bytes:
    """What is no UTF-8, in UTF-8 if it can be GB18030, and as it is if it cannot."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return data
    seen = re.search(r'[^,;"\t\r\n]{0,20}[^\x00-\x7f][^,;"\t\r\n]{0,20}', text)
    problems.note(
        Place(file),
        "read as GB18030 (what Excel in China writes): check the Chinese text, "
        f'e.g. "{tidy(seen.group()) if seen else ""}"; save it as CSV UTF-8',
    )
    return text.encode()


def separator_of(text: str) -> tuple[str, int]:
    """What stands between the cells of a CSV text, and how many lines stand above its header to say so (Excel's `sep=;`)."""
    above = _SEPARATOR.match(text)
    return (above[1], 1) if above else (_separator(text), 0)


def _above(text: str) -> int:
    above = _SEPARATOR.match(text)
    return above.end() if above else 0


def _separator(text: str) -> str:
    """What stands between cells, by the header alone: names of columns hold neither."""
    header = next((line for line in text.splitlines() if tidy(line).strip(',;"')), "")
    return next((mark for mark in ",;\t" if mark in header), ",")


def read_rows(table: Table, columns: Collection[str], required: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The rows of a table, which say in the first of the required columns whose they are.

    Unknown, doubled and missing columns, rows of a wrong length or of nobody, and a second header are problems.

    Raises ProblemsError when the header leaves nothing to go on with.
    """
    if not table.lines:
        raise ProblemsError([Problem(table.place, f"there is no header; it holds {', '.join(required)}")])
    header = _header(table.lines[0], columns, required)
    for line in table.lines[1:]:
        texts = [cell.text for cell in line]
        place = line[0].place
        if texts == header:
            problems.add(place, "the header stands here again, as when files are pasted together: remove this row")
        elif set(required) <= set(texts) <= {*columns, ""}:
            problems.add(place, "another header stands here: bring the rows below it under the columns of the first")
            return
        elif any(texts[len(header) :]):
            problems.add(
                place, f"{len(line)} cells stand in this row, and the header has {len(header)}: look for a comma too many"
            )
        elif missing := [name for name in header[len(line) :] if name and name not in MAY_END]:
            problems.add(
                place, f"the row ends before {missing[0]}: was it cut off? ({len(line)} cells, and the header has {len(header)})"
            )
        elif row := _row(line, header, required[0], problems):
            yield row


def _row(line: tuple[Cell, ...], header: list[str], key: str, problems: Problems) -> Row | None:
    """A row by the names of the header; None when something in it belongs to no column, or to nobody."""
    cells = {}
    for name, cell in zip(header, line, strict=False):
        if name:
            cells[name] = Cell(cell.text, _named(cell.place, name))
        elif cell.text:
            problems.add(cell.place, f'"{cell.text}" stands in a column without a name')
            return None
    row = Row(cells, line[0].place)
    if not row[key].text:
        problems.add(row[key].place, f"the {key} is missing: merged cells keep it only in their first row")
        return None
    return row


def _named(place: Place, name: str) -> Place:
    """The place of a cell under a column's name; a cell of a workbook says its place by itself."""
    return place if place.path else place.key(name)


def _header(cells: tuple[Cell, ...], columns: Collection[str], required: Collection[str]) -> list[str]:
    """The columns. With one of them wrong nothing below it can be trusted, so its problems end the reading of the file."""
    problems = Problems()
    names, place = [cell.text for cell in cells], cells[0].place
    for number, name in enumerate(names):
        if name in names[:number] and name:
            problems.add(_named(cells[number].place, name), f'"{name}" is a column twice')
        elif name and name not in columns:
            problems.add(_named(cells[number].place, name), f'"{name}" is no column of this file{did_you_mean(name, columns)}')
    for name in required:
        if name not in names:
            problems.add(place, f'the column "{name}" is missing')
    problems.raise_if_any()
    return names
