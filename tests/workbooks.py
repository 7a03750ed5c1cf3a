"""Workbooks for tests, as a person may have typed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.comments import Comment

NAMES = ("participants", "events", "visits")
EVENTS = ("subject", "name", "date", "status", "value", "note")
VISITS = ("participant", "visit", "booked", "time", "actual", "status", "note")


def book(visits: Sequence[Sequence[Any]] = (), formats: dict[str, str] | None = None) -> Workbook:
    """A workbook of two participants, with rows of visits, as a person may have typed it."""
    made = Workbook()
    made.remove(made.worksheets[0])
    rows: dict[str, list[Sequence[Any]]] = {
        "participants": [
            ("participant", "site", "infusion", "infusion_status"),
            ("P1", "north", date(2026, 3, 2), "actual"),
            ("P2", "north", date(2026, 3, 9), "planned"),
        ],
        "events": [EVENTS],
        "visits": [VISITS, *visits],
    }
    for name in NAMES:
        sheet = made.create_sheet(name)
        for row in rows[name]:
            sheet.append(row)
    for cell, number_format in (formats or {}).items():
        made["visits"][cell].number_format = number_format
    return made


def saved(workbook: Workbook) -> bytes:
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The archive with its parts changed; one that becomes None is left out."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as before, ZipFile(out, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            if (part := change(name, before.read(name))) is not None:
                after.writestr(name, part)
    return out.getvalue()


def small_study(folder: Path) -> Path:
    """A study whose tables are a workbook."""
    folder.mkdir()
    (folder / "protocol.yaml").write_text(
        "study: {id: X, title: X, anchor: infusion, day_numbering: day 0}\n"
        "visits:\n  - {id: infusion, at: given}\n  - {id: D28, at: Day 28, window: ±3 days}\n",
        encoding="utf-8",
    )
    (folder / "sites.yaml").write_text("north: {name: North, time_zone: Asia/Shanghai, language: zh}\n")
    (folder / "study.key").write_text("9d0ce5b8-2b52-4a44-8a24-16d6fd16a4e8\n")
    (folder / "study.xlsx").write_bytes(saved(book([("P1", "D28", date(2026, 3, 30), time(9, 30), None, "booked", "rings")])))
    return folder


def with_more() -> Workbook:
    """A workbook with a sheet and a comment of somebody's own; and with a sheet that is ours."""
    made = book()
    made.create_sheet("Contacts")
    made.create_sheet("lists")
    made["visits"]["A1"].comment = Comment("who is this?", "a monitor")
    return made
