"""Tables to a workbook (XLSX) that people fill in: dates that are dates, lists to choose from, a header that stays as it is.

Same input, same bytes: what the clock would stamp on the file is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scheduler.facts.columns import Choice, Kind, value_of
from scheduler.reading.table import FREE_TEXT
from scheduler.reading.workbook import LISTS, escaped

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Lines = Sequence[Sequence[str]]

_DAY, _MINUTE, _SECOND, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss", "hh:mm"
_TEXT, _ANY = "@", "General"  # in a column of texts a spreadsheet makes no date of 3-5, and no formula of =A1
_COLUMN_FORMATS = {Kind.TEXT: _TEXT, Kind.DAY: _DAY, Kind.TIME: _TIME}
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_MOST_INLINE = 255  # characters a list may have that stands in its own rule
_FIRST_SURE_DAY = date(1900, 3, 1)  # before it spreadsheets count a 29 February 1900
_STAMP = (1980, 1, 1, 0, 0, 0)
_ALLOWED = ("formatCells", "formatColumns", "formatRows", "insertRows", "insertHyperlinks", "deleteRows", "sort", "autoFilter")


def to_workbook(
    tables: Mapping[str, Lines], columns: Mapping[str, Mapping[str, Kind]], offered: Mapping[str, Mapping[str, Choice]]
) -> bytes:
    """The tables as sheets, the header the first line of each; participants come first, for others offer their codes.

    The header cannot be changed while the sheet is protected (there is no password); everything else can. It takes openpyxl.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    lists: list[tuple[str, ...]] = []
    for name, lines in tables.items():
        sheet = book.create_sheet(name)
        _fill(sheet, lines, columns[name])
        for number, column in enumerate(lines[0], start=1):
            if (choice := offered[name].get(column)) and (choice.values or choice.codes):
                _offer(sheet, number, _source(choice, tables["participants"], lists), complete=choice.complete)
    if lists:
        _add_lists(book.create_sheet(LISTS), lists)
    book.properties.creator = book.properties.title = "trial-scheduler"
    book.properties.created = datetime(*_STAMP)  # noqa: DTZ001 - openpyxl takes what has no zone for UTC
    out = BytesIO()
    book.save(out)
    return _pinned(out)


def _fill(sheet: Worksheet, lines: Lines, kinds: Mapping[str, Kind]) -> None:
    from openpyxl.styles import Font, Protection
    from openpyxl.utils import get_column_letter

    header = lines[0]
    of_column = [kinds.get(name, Kind.TEXT) for name in header]
    for number, name in enumerate(header, start=1):
        cell = sheet.cell(1, number)
        _put_text(cell, name)
        cell.font = Font(bold=True)
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = 40 if name in FREE_TEXT else max(12, len(name) + 4)
        column.number_format = _COLUMN_FORMATS.get(of_column[number - 1], _ANY)
        column.protection = Protection(locked=False)
    rest = sheet.column_dimensions[get_column_letter(len(header) + 1)]
    rest.min, rest.max, rest.width, rest.protection = len(header) + 1, _LAST_COLUMN, 12, Protection(locked=False)
    for row, line in enumerate(lines[1:], start=2):
        for number, (text, kind) in enumerate(zip(line, of_column, strict=True), start=1):
            if text:
                _write(sheet, row, number, text, kind)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{max(2, len(lines))}"
    sheet.protection.sheet = True
    for action in _ALLOWED:
        setattr(sheet.protection, action, False)  # the format says what is locked


def _write(sheet: Worksheet, row: int, column: int, text: str, kind: Kind) -> None:
    from openpyxl.styles import Protection

    cell = sheet.cell(row, column)
    value = value_of(text, kind)
    if isinstance(value, str) or (isinstance(value, date) and value.isoformat() < _FIRST_SURE_DAY.isoformat()):
        _put_text(cell, text)
        cell.number_format = _TEXT
    else:
        cell.value = value
        cell.number_format = _format(value)
    cell.protection = Protection(locked=False)


def _put_text(cell: Any, text: str) -> None:
    """A text that stays one: what begins with = is no formula, and #N/A no error."""
    cell.value = escaped(text)
    cell.data_type = "s"


def _format(value: float | date | time) -> str:
    if isinstance(value, datetime):
        return _SECOND if value.second else _MINUTE
    if isinstance(value, date):
        return _DAY
    return _TIME if isinstance(value, time) else _ANY


def _offer(sheet: Worksheet, number: int, source: str, *, complete: bool) -> None:
    """A drop-down list for a column. What it does not offer is refused where it is complete, and else only questioned."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.errorStyle = "stop" if complete else "warning"
    rule.errorTitle = "Not in the list"
    rule.error = "Choose from the list." if complete else "This is not in the list. Is it what you mean?"
    letter = get_column_letter(number)
    rule.add(f"{letter}2:{letter}{_LAST_ROW}")
    sheet.add_data_validation(rule)


def _source(choice: Choice, participants: Lines, lists: list[tuple[str, ...]]) -> str:
    """What a rule names as its list: the values themselves, or, where they are too many for that, a column of the hidden sheet.

    Participants alone are those that stand in their sheet at the time.
    """
    from openpyxl.utils import get_column_letter

    number = participants[0].index("participant")
    if choice.codes and not choice.values:
        letter = get_column_letter(number + 1)
        column = f"participants!${letter}"
        return f"OFFSET({column}$2,0,0,MAX(1,COUNTA({column}:${letter})-1),1)"
    values = (*choice.values, *(line[number] for line in participants[1:])) if choice.codes else choice.values
    inline = ",".join(values)
    if len(inline) <= _MOST_INLINE and not any(re.search('[,"]', value) for value in values):
        return f'"{inline}"'
    if values not in lists:
        lists.append(values)
    letter = get_column_letter(lists.index(values) + 1)
    return f"{LISTS}!${letter}$1:${letter}${len(values)}"


def _add_lists(sheet: Worksheet, lists: Sequence[tuple[str, ...]]) -> None:
    for column, values in enumerate(lists, start=1):
        for row, value in enumerate(values, start=1):
            cell = sheet.cell(row, column)
            _put_text(cell, value)
            cell.number_format = _TEXT
    sheet.sheet_state = "hidden"


def _pinned(made: BytesIO) -> bytes:
    """The archive with one time on everything in it."""
    out = BytesIO()
    with ZipFile(made) as stamped, ZipFile(out, "w", ZIP_DEFLATED) as pinned:
        for name in stamped.namelist():
            data = stamped.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            part = ZipInfo(name, _STAMP)
            part.create_system, part.external_attr = 3, 0o644 << 16
            part.compress_type = ZIP_DEFLATED
            pinned.writestr(part, data)
    return out.getvalue()
