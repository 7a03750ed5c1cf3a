"""A workbook (XLSX) to tables: every cell becomes the text that a CSV file would hold, and says its sheet and its own name.

What a person cannot see in a cell, or a program cannot be sure of, is refused: formulas, errors, merged cells. A workbook is a zip
of XML, so it is unpacked within bounds and without declarations of its own before openpyxl sees it.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib.util import find_spec
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from xml.parsers import expat
from zipfile import ZipFile

from scheduler.reading.problems import NotUnderstood, Place, Problem, Problems, ProblemsError, SchedulerError
from scheduler.reading.table import Cell, Table, tidy
from scheduler.reading.tree import MAX_BYTES, control_in

if TYPE_CHECKING:
    from openpyxl import Workbook as Book
    from openpyxl.worksheet.worksheet import Worksheet

MAX_UNPACKED = 20_000_000
MAX_CELLS = 300_000
MAX_ELEMENTS = 1_000_000
LISTS = "lists"  # the sheet that holds what drop-down lists offer

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
# formats that Excel in East Asia means by their number alone (ECMA-376 18.8.30): openpyxl takes their dates for plain numbers
_LOCAL_DAYS = frozenset([*range(27, 32), 36, *range(50, 55), 57, 58])
_LOCAL_HOURS = frozenset([*range(32, 36), 55, 56])
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_ESCAPED = re.compile("_x(005F|000D)_")


@dataclass(frozen=True, slots=True)
class Workbook:
    """The tables of a workbook by sheet, and what else it holds that is not read."""

    tables: dict[str, Table]
    unread: tuple[str, ...] = ()


def read_workbook(data: bytes, file: str, names: Sequence[str]) -> Workbook:
    """The sheets of these names; one that is missing is left out when no other sheet can be meant by it.

    Raises ProblemsError with everything in the sheets that cannot be read, SchedulerError when openpyxl is not installed.
    """
    book = _open(data, file)
    problems = Problems()
    titles = [sheet.title for sheet in book.worksheets]
    others = [title for title in book.sheetnames if title not in titles or title not in (*names, LISTS)]  # charts, too
    missing = [name for name in names if name not in titles]
    if missing and (others or names[0] in missing):
        known = ", ".join(f'"{title}"' for title in book.sheetnames)
        problems.add(
            Place(file), f'there is no sheet "{missing[0]}" (there are: {known}): rename the one that is meant, or add it'
        )
    sheets = [sheet for sheet in book.worksheets if sheet.title in names]
    tables = {sheet.title: _table(sheet, file, problems) for sheet in sheets}
    problems.raise_if_any()
    commented = [(sheet.title, cell) for sheet in sheets if (cell := _first_comment(sheet))]
    unread = [f'the sheet "{title}"' for title in others]
    return Workbook(tables, (*unread, *(f"the comments of {title} (the first in {cell})" for title, cell in commented)))


def escaped(text: str) -> str:
    """The text as XLSX keeps it, where _x0041_ would mean a character (ECMA-376 22.9.2.19)."""
    return re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def number_text(value: float, number_format: str = "") -> str:
    """A number as it was typed; with the zeros before it that its format shows (0007)."""
    if float(value).is_integer():
        width = len(number_format) if re.fullmatch("0+", number_format) else 1
        return f"{int(value):0{width}}"
    return format(Decimal(repr(value)), "f")


def need_openpyxl(file: str) -> None:
    """Raises SchedulerError when what reads and writes workbooks is not installed."""
    if find_spec("openpyxl") is None:
        raise SchedulerError(
            f"{file}: workbooks need openpyxl, which is not installed: run pip install openpyxl where trial-scheduler is, "
            "or keep the tables as CSV files (CSV UTF-8)"
        )


def _open(data: bytes, file: str) -> Book:
    """The workbook as openpyxl reads it. Raises SchedulerError."""
    need_openpyxl(file)
    from openpyxl import load_workbook

    if len(data) > MAX_BYTES:
        raise _refused(file, f"the file has {len(data):,} bytes or more; at most {MAX_BYTES:,} are read")
    if data.startswith(_OLD_OR_LOCKED):
        raise _refused(file, "this is an old workbook (XLS), or one with a password: save it as XLSX without a password")
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")  # of drawings and the like, which hold no facts
            return load_workbook(_unpacked(data, file), keep_links=False)
    except ProblemsError:
        raise
    except Exception as error:  # what openpyxl raises for a damaged file is of every kind
        raise _refused(
            file, "this is no workbook (XLSX), or it is damaged: open it in a spreadsheet and save it again"
        ) from error


def _unpacked(data: bytes, file: str) -> BytesIO:
    """The same archive without compression, no part larger than it says: what openpyxl reads cannot grow any more."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as packed, ZipFile(out, "w") as plain:
        parts = {part.filename: part for part in packed.infolist()}
        if sum(part.file_size for part in parts.values()) > MAX_UNPACKED:
            raise _refused(file, f"unpacked, the workbook has more than {MAX_UNPACKED:,} bytes, and is not read")
        for name, part in parts.items():
            with packed.open(part) as opened:
                content = opened.read(part.file_size)
            _refuse_traps(content, file)
            plain.writestr(name, content)
    return out


def _refuse_traps(content: bytes, file: str) -> None:
    """Raises ProblemsError for what makes a small part large once it is read: entities, elements and ranges without an end."""
    from openpyxl.utils.cell import range_boundaries

    elements = 0

    def no_declaration(*_: object) -> None:
        raise _refused(file, "the workbook declares a document type, which no spreadsheet writes: it is not read")

    def count(tag: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if tag.rpartition(":")[2] in ("mergeCell", "hyperlink"):
            left, top, right, bottom = range_boundaries(attributes.get("ref", "A1"))
            elements += ((right or 0) - (left or 0) + 1) * ((bottom or 0) - (top or 0) + 1)
        if elements > MAX_ELEMENTS:
            raise _refused(file, "there are too many empty, merged or linked cells: delete those that are not of the tables")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = no_declaration
    parser.StartElementHandler = count
    with suppress(expat.ExpatError):  # a picture; or openpyxl will say what is wrong
        parser.Parse(content, True)


def _refused(file: str, message: str) -> ProblemsError:
    return ProblemsError([Problem(Place(file), message)])


def _table(sheet: Worksheet, file: str, problems: Problems) -> Table:
    title = sheet.title
    table = Table(Place(file, 1, path=title), ())
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        end = f"{sheet.max_row:,} rows and {sheet.max_column:,} columns"
        problems.add(table.place, f"the sheet has {end}: delete the empty ones beside and below the table")
        return table
    for merged in sheet.merged_cells.ranges:
        place = Place(file, merged.min_row, path=f"{title}!{merged.coord}")
        problems.add(place, "merged cells: unmerge them, and fill in every one of them")
    lines: list[tuple[Cell, ...]] = []
    names: list[str] = []
    for row in sheet.iter_rows():
        cells = []
        for number, cell in enumerate(row):
            name = f" ({names[number]})" if names and names[number] else ""
            place = Place(file, cell.row, path=f"{title}!{cell.coordinate}{name}")
            try:
                text = _text(cell)
            except NotUnderstood as error:
                problems.add(place, error.message)
                text = ""
            cells.append(Cell(text, place))
        if any(cell.text for cell in cells):
            names = names or [cell.text for cell in cells]
            lines.append(tuple(cells))
    return Table(table.place, tuple(lines))


def _first_comment(sheet: Worksheet) -> str:
    return next((str(cell.coordinate) for row in sheet.iter_rows() for cell in row if cell.comment is not None), "")


def _text(cell: Any) -> str:
    """The text of a cell as CSV would hold it. Raises NotUnderstood."""
    value = cell.value
    if cell.data_type == "f":
        raise NotUnderstood("a formula: put its value there (copy the cell, then paste the value only)")
    if cell.data_type == "e":
        raise NotUnderstood(f"{value}: an error of the spreadsheet stands here instead of a value")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _string(value)
    local = cell._style.numFmtId
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise NotUnderstood(f"{value}: this is no number")
        if local not in _LOCAL_DAYS | _LOCAL_HOURS:
            return number_text(value, cell.number_format)
        value = _from_serial(value, cell)
    if isinstance(value, datetime):
        return _moment(value, with_hours=local in _LOCAL_HOURS or "h" in _NOT_SHOWN.sub("", cell.number_format).lower())
    if isinstance(value, date):
        return value.isoformat()
    return _clock(value)


def _string(value: str) -> str:
    text = tidy(_ESCAPED.sub(lambda match: "_" if match[1] == "005F" else "\r", value))
    if control := control_in(text):
        raise NotUnderstood(f"the control character U+{ord(control):04X} does not belong here")
    return text


def _from_serial(value: float, cell: Any) -> Any:
    from openpyxl.utils.datetime import from_excel

    try:
        return from_excel(value, cell.parent.parent.epoch)
    except (OverflowError, ValueError) as error:
        raise NotUnderstood(f"{value}: shown as a date, and no date") from error


def _moment(value: datetime, *, with_hours: bool) -> str:
    """A day, or a day and clock time; midnight is a clock time only where the cell shows one."""
    rounded = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    if rounded.time() == time() and not with_hours:
        return rounded.date().isoformat()
    return rounded.isoformat(timespec="seconds" if rounded.second else "minutes")


def _clock(value: time | timedelta) -> str:
    """A clock time; a spreadsheet also keeps one as the time that has passed since midnight."""
    since = value if isinstance(value, timedelta) else timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    minutes, seconds = divmod(round(since.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
