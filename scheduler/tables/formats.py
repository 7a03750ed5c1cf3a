"""The forms of a table: CSV, JSON, and text in columns."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from scheduler.language.moments import Moment
from scheduler.reading.formulas import guard

Row = dict[str, str]
_FREE_TEXT = (
    "label",
    "note",
    "why",
    "waits_for",
    "protocol_version",
    "reason",
    "recorded_by",
    "wider_window_for",
    "reasons",
    "source",
    "text",
)


def iso(moment: Moment | None) -> str:
    """A day or a date-time as ISO 8601; nothing for none."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="seconds" if moment.second else "minutes")
    return moment.isoformat()


def to_csv(columns: Sequence[str], table: Iterable[Row]) -> str:
    """CSV with the columns in their order; free text is kept from being read as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in table:
        writer.writerow([guard(row[column]) if column in _FREE_TEXT else row[column] for column in columns])
    return out.getvalue()


def to_json(data: Any) -> str:
    """JSON as people read it, one line feed at the end."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def columns_text(table: list[list[str]]) -> str:
    """Rows of cells in columns, for a terminal."""
    table = [[" ".join(cell.split("\n")) for cell in row] for row in table]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
