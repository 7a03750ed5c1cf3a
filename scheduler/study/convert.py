"""From CSV files to a workbook and back. Nothing is replaced before what was made has been read back and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from stat import S_IMODE

from scheduler.facts.columns import Kind, choices, kinds, settled
from scheduler.facts.reader import FactsReader
from scheduler.facts.workbook import to_workbook
from scheduler.protocol.records import COUNTER
from scheduler.reading.problems import Problems, SchedulerError
from scheduler.reading.table import Table, csv_table, to_csv
from scheduler.reading.workbook import need_openpyxl, read_workbook
from scheduler.study.files import TABLES, WORKBOOK, read_tables, read_workbook_file, table_files
from scheduler.study.folder import Study, load_study
from scheduler.study.store import replace_files
from scheduler.views.words import languages

Lines = tuple[tuple[str, ...], ...]


def convert(study: Study, form: str) -> list[str]:
    """Put the tables of a study into the other form, `xlsx` or `csv`, in place of the one they have; dates become ISO.

    Returns the files written. Raises SchedulerError, and changes nothing, when they have that form already, when the workbook holds
    more than the tables, or when what was written would be read back as anything else.
    """
    before = table_files(study.path)
    if (form == "xlsx") == (before == (WORKBOOK,)):
        raise SchedulerError(f"{study.path}: the tables are {'a workbook' if form == 'xlsx' else 'CSV files'} already")
    if before == (WORKBOOK,) and (unread := read_workbook_file(study.path / WORKBOOK).unread):
        raise SchedulerError(
            f"{study.path / WORKBOOK}: {', '.join(unread)} would be lost: keep a copy elsewhere, remove them, and convert again"
        )
    reader = FactsReader(tuple(study.protocols.values()), study.sites, Problems())
    columns = kinds(reader.declared)
    tables = {name: _lines(table, columns[name]) for name, table in read_tables(study.path, Problems()).items()}
    made = {TABLES[name]: to_csv(lines) for name, lines in tables.items()}
    if form == "xlsx":
        need_openpyxl(str(study.path / WORKBOOK))
        offered = choices(reader.declared, sites=study.sites, languages=languages(), visits=_visits(study))
        made = {WORKBOOK: to_workbook(tables, columns, offered)}
    _compare(made, tables, study)
    if load_study(study.path).digest != study.digest:
        raise SchedulerError(f"{study.path}: the files changed meanwhile; nothing was changed, so convert again")
    replace_files(study.path, made, ours=before, mode=_strictest([study.path / name for name in before]))
    return list(made)


def _strictest(files: Sequence[Path]) -> int:
    """The mode that lets nobody read who could not read one of the files."""
    mode = 0o777
    for file in files:
        mode &= S_IMODE(file.stat().st_mode) if file.exists() else mode
    return mode


def _lines(table: Table, columns: Mapping[str, Kind]) -> Lines:
    """The texts of a table, all lines as long as its header."""
    texts = [[cell.text for cell in line] for line in table.lines]
    while not texts[0][-1]:
        texts[0].pop()
    header, *rest = texts
    of_column = [columns.get(name, Kind.TEXT) for name in header]
    padded = [[*line, *[""] * len(header)][: len(header)] for line in rest]
    return (tuple(header), *(tuple(map(settled, line, of_column)) for line in padded))


def _visits(study: Study) -> tuple[str, ...]:
    """The ids of the visits there are: those of the protocol, and those of its series as far as somebody's is dated."""
    protocols = study.protocols.values()
    ids = [visit.id for protocol in protocols for visit in protocol.visits if not COUNTER.search(visit.id)]
    for person in study.participants.values():
        try:
            ids += [visit.id for visit in study.schedule(person).visits]
        except SchedulerError:
            continue  # who cannot be dated adds nothing to the list
    return tuple(dict.fromkeys([*ids, "unscheduled"]))


def _compare(made: Mapping[str, bytes], tables: Mapping[str, Lines], study: Study) -> None:
    """Raises SchedulerError unless the files hold every cell of the tables, and say the same of every participant."""
    again = _read_back(made)
    for name, lines in tables.items():
        read = _lines(again[name], {})
        for number, (wanted, found) in enumerate(zip(lines, read, strict=False), start=1):
            if wanted != found:
                cell, other = next((pair for pair in zip(wanted, found, strict=False) if pair[0] != pair[1]), ("", ""))
                raise SchedulerError(f'{name}, row {number}: "{cell}" would be read back as "{other}"; nothing was changed')
        if len(lines) != len(read):
            raise SchedulerError(f"{name}: {len(lines)} rows would be read back as {len(read)}; nothing was changed")
    problems = Problems()
    reader = FactsReader(tuple(study.protocols.values()), study.sites, problems)
    people = reader.everybody(again)
    problems.raise_if_any()
    if people != study.participants:
        raise SchedulerError(f"{study.path}: the participants would be read back otherwise; nothing was changed")


def _read_back(made: Mapping[str, bytes]) -> dict[str, Table]:
    if WORKBOOK in made:
        return read_workbook(made[WORKBOOK], WORKBOOK, tuple(TABLES)).tables
    return {name: csv_table(made[file], file) for name, file in TABLES.items() if file in made}
