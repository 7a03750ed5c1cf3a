"""Bookings into visits.csv: rows are added, or an empty booking is filled in, and every other byte stays as it is.

What was made is read back before it takes the place of the old file: it has to say these bookings and nothing else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from scheduler.facts.reader import VISIT_COLUMNS, FactsReader
from scheduler.facts.records import Outcome, VisitRecord
from scheduler.reading.problems import Problems, SchedulerError
from scheduler.reading.table import BOM, csv_table, separator_of, tidy, to_csv
from scheduler.study.files import VISITS, WORKBOOK, is_there, read_bytes, read_tables, table_files
from scheduler.study.folder import Study, load_study
from scheduler.study.store import replace_files

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_END = re.compile(r"\r\n|\r|\n")


class Booking(NamedTuple):
    """A day for a visit of a participant."""

    participant: str
    visit: str
    day: date


def write_bookings(study: Study, bookings: Sequence[Booking]) -> None:
    """Put bookings into `visits.csv`, all of them or none.

    The study is the whole of it, with all its sites. Raises SchedulerError, and changes nothing, when the tables are a workbook, when
    a row cannot be filled in without touching anything else, when the file would be read back as anything but these bookings, or when
    the study changed meanwhile.
    """
    if table_files(study.path) == (WORKBOOK,):
        raise SchedulerError(f'{study.path / WORKBOOK}: add the rows there, to the sheet "visits"; nothing was written')
    file = study.path / VISITS
    before = read_bytes(file) if is_there(file) else to_csv([VISIT_COLUMNS])
    after = _booked(before, str(file), bookings)
    _compare(after, study, bookings)
    if load_study(study.path).digest != study.digest:
        raise SchedulerError(f"{study.path}: the files changed meanwhile; nothing was written, so try again")
    replace_files(study.path, {VISITS: after}, ours=[VISITS])


def _booked(data: bytes, file: str, bookings: Sequence[Booking]) -> bytes:
    """The bytes of the table with the bookings in it."""
    encoding = "utf-8" if _is_utf_8(data) else "gb18030"
    whole = data.decode(encoding)
    text = whole.removeprefix(BOM)
    lines = _LINE.findall(text)
    separator, top = separator_of(text)
    records = _records(lines, separator, top)
    header, *rows = [(first, lines[first:end]) for first, end in records]
    names = _cells("".join(header[1]), separator)
    wanted = {(booking.participant, booking.visit): booking.day for booking in bookings}
    for first, written in rows:
        cells = dict(zip(names, _cells("".join(written), separator), strict=False))
        day = wanted.pop((cells.get("participant", ""), cells.get("visit", "")), None)
        if day is not None:
            place = f"{file}, line {first + 1}"
            lines[first : first + len(written)] = [
                _filled(
                    "".join(written),
                    names.index("booked"),
                    separator,
                    day,
                    f"{place}: {cells['visit']} of {cells['participant']}",
                ),
                *[""] * (len(written) - 1),
            ]
    end = _END.search(text)
    newline = end[0] if end else "\r\n"
    made = "".join(lines)
    if wanted and not made.endswith(("\r", "\n")):
        made += newline
    made += "".join(_row(names, separator, key, day) + newline for key, day in wanted.items())
    return (whole[: len(whole) - len(text)] + made).encode(encoding)


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _records(lines: Sequence[str], separator: str, top: int) -> list[tuple[int, int]]:
    """From which to which of the lines each row goes, the header first, empty ones left out; a cell may hold line ends."""
    reader = csv.reader(iter(lines[top:]), delimiter=separator, strict=True)
    found, first = [], top
    for cells in reader:
        if any(map(tidy, cells)):
            found.append((first, top + reader.line_num))
        first = top + reader.line_num
    return found


def _cells(written: str, separator: str) -> list[str]:
    return [tidy(cell) for cell in next(csv.reader(io.StringIO(written, newline=""), delimiter=separator))]


def _filled(written: str, number: int, separator: str, day: date, whose: str) -> str:
    """A row with its booked day filled in. Raises SchedulerError where another cell might be touched."""
    ending = written[len(written.rstrip("\r\n")) :]
    parts = written[: len(written) - len(ending)].split(separator)
    before = parts[: number + 1]
    if any('"' in part for part in before):
        raise SchedulerError(f"{whose} has a row with quoted cells: fill in {day} there by hand; nothing was written")
    parts += [""] * (number + 1 - len(parts))
    parts[number] = day.isoformat()
    return separator.join(parts) + ending


def _row(names: Sequence[str], separator: str, key: tuple[str, str], day: date) -> str:
    values: Mapping[str, str] = {"participant": key[0], "visit": key[1], "booked": day.isoformat()}
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="").writerow([values.get(name, "") for name in names])
    return out.getvalue()


def _compare(data: bytes, study: Study, bookings: Sequence[Booking]) -> None:
    """Raises SchedulerError unless the tables, with the new one among them, say what they said and the bookings."""
    problems = Problems()
    tables = read_tables(study.path, problems) | {"visits": csv_table(data, str(study.path / VISITS), problems)}
    reader = FactsReader(tuple(study.protocols.values()), study.sites, problems)
    people = reader.everybody(tables)
    problems.raise_if_any()
    expected = dict(study.participants)
    for code, visit, day in bookings:
        person = expected[code]
        record = replace(person.visits.get(visit, VisitRecord()), booked=day, outcome=Outcome.BOOKED)
        expected[code] = replace(person, visits={**person.visits, visit: record})
    if people != expected:
        raise SchedulerError(f"{study.path / VISITS}: the bookings would be read back otherwise; nothing was written")
