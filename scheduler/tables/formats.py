"""The forms of a table: CSV, JSON, and text in columns."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from scheduler.language.moments import Moment
from scheduler.reading.formulas import guard

Row = dict[str, str]
_NARROW = 30  # columns: narrower than this nothing can be read
_OPENING, _CLOSING = "（“《〔", "、。，：；？！）”》〕"
_PARTS = re.compile(rf"[{_OPENING}]*(?:[\u2e80-\u9fff]|[^\s\u2e80-\u9fff{_OPENING}{_CLOSING}]+)[{_CLOSING}]*\s*|\S+\s*|\s+")
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


def columns_text(table: list[list[str]], wide: int | None = None) -> str:
    """Rows of cells in columns, for a terminal; the last column goes on in further lines where it would be too wide."""
    table = [[" ".join(cell.split("\n")) for cell in row] for row in table]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    room = None if wide is None else max(_NARROW, wide - sum(widths[:-1]) - 2 * len(widths[:-1]))
    lines = []
    for row in table:
        last = [row[-1]] if room is None else wrapped(row[-1], room)
        for number, text in enumerate(last):
            cells = [*(row[:-1] if number == 0 else [""] * len(row[:-1])), text]
            padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
            lines.append("  ".join(padded).rstrip() + "\n")
    return "".join(lines)


def wrapped(text: str, wide: int) -> list[str]:
    """A text in lines that are no wider. Chinese is broken between any two characters, but its punctuation stays with them."""
    lines = [""]
    for part in _PARTS.findall(text):
        if lines[-1] and _width(lines[-1] + part.rstrip()) > wide:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return [line.rstrip() for line in lines]


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
