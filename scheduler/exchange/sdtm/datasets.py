"""Datasets as files: CSV, for people with spreadsheets, and Dataset-JSON 1.1, for programs.

Both hold the same rows. In CSV a text that a spreadsheet would read as a formula gets an apostrophe before it, so a program that wants
every text as it is reads the Dataset-JSON. Numbers are never changed: -14 is a study day and no formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from scheduler.about import VERSION
from scheduler.reading.formulas import guard

LONGEST = 200  # characters of a text in a SAS transport file, version 5

Item = str | int | Decimal | None
Rows = Sequence[Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of a dataset; `key` is its place in what orders the rows."""

    name: str
    label: str
    kind: str = "string"
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: its name of two letters, its label, its variables and rows."""

    name: str
    label: str
    variables: tuple[Variable, ...]
    rows: Rows

    def csv(self) -> bytes:
        """The rows under the names of the variables."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([variable.name for variable in self.variables])
        for row in self.rows:
            writer.writerow(["" if item is None else guard(item) if isinstance(item, str) else str(item) for item in row])
        return out.getvalue().encode()

    def guarded(self) -> list[str]:
        """The texts that stand in the CSV with an apostrophe."""
        texts = (item for row in self.rows for item in row if isinstance(item, str))
        return list(dict.fromkeys(text for text in texts if guard(text) != text))

    def dataset_json(self, study: str, made_at: datetime) -> bytes:
        """The rows as Dataset-JSON 1.1; what is not known is null in a number, and empty in a text."""
        whole = {
            "datasetJSONCreationDateTime": made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "datasetJSONVersion": "1.1.0",
            "fileOID": f"trial-scheduler/{study}/{self.name.lower()}",
            "sourceSystem": {"name": "trial-scheduler", "version": VERSION},
            "studyOID": study,
            "itemGroupOID": f"IG.{self.name}",
            "records": len(self.rows),
            "name": self.name,
            "label": self.label,
            "columns": [self._column(number, variable) for number, variable in enumerate(self.variables)],
            "rows": [[_json(item) for item in row] for row in self.rows],
        }
        return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()

    def _column(self, number: int, variable: Variable) -> dict[str, str | int]:
        column: dict[str, str | int] = {
            "itemOID": f"IT.{self.name}.{variable.name}",
            "name": variable.name,
            "label": variable.label,
            "dataType": variable.kind,
        }
        if variable.kind == "string":
            column["length"] = max((len(str(row[number])) for row in self.rows), default=1) or 1
        return column | ({"keySequence": variable.key} if variable.key is not None else {})


def files_of(datasets: Iterable[Dataset], study: str, made_at: datetime) -> dict[str, bytes]:
    """Every dataset as its two files, by name."""
    return {
        f"{dataset.name.lower()}.{form}": data
        for dataset in datasets
        for form, data in (("csv", dataset.csv()), ("json", dataset.dataset_json(study, made_at)))
    }


def _json(item: Item) -> str | int | float | None:
    if not isinstance(item, Decimal):
        return item
    return int(item) if item == item.to_integral_value() else float(item)
