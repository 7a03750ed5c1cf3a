"""The JSON Schema and the reader say the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import EXAMPLE, ROOT

from scheduler.protocol import entries, file
from scheduler.protocol.file import json_schema
from scheduler.reading.shapes import Record


def load(path: Path) -> Any:
    """As an editor reads it: with YAML's own idea of what yes, 3 and 2026-03-02 are."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", [EXAMPLE / "protocol.yaml", ROOT / "templates" / "study" / "protocol.yaml"], ids=["example", "starter"]
)
def test_our_protocols_are_valid(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.Draft202012Validator(json_schema()).validate(load(path))


@pytest.mark.parametrize(
    "change",
    [
        {"visits": [{"at": "Day 3"}]},
        {"visits": [{"id": "X", "windw": "±2 days"}]},
        {"visits": [{"id": "X", "mode": "clinik"}]},
        {"visits": [{"id": "G", "visits": [{"id": "X", "cases": []}]}]},
        {"study": {"id": "X"}},
        {"periods": [{"id": "X", "kind": "stay"}]},
        {"between participants": [{"id": "X", "event": "dose", "within": "study"}]},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(change: dict[str, object]) -> None:
    study = {"id": "X", "title": "X", "anchor": "dose", "day_numbering": "day 0"}
    good: dict[str, object] = {"study": study, "visits": [{"id": "dose", "at": "given"}]}
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid(good)
    assert not validator.is_valid(good | change)


RECORDS = {name: value for name, value in vars(file).items() if isinstance(value, Record)}


@pytest.mark.parametrize("name", RECORDS)
def test_every_key_of_a_shape_is_a_field_of_its_record(name: str) -> None:
    shape: Record[Any] = RECORDS[name]
    fields = {field.name for field in dataclasses.fields(getattr(entries, shape.record_name))}
    assert {key.attribute for key in shape.keys.values() if key.shape is not None} == fields - {"where"}


def test_every_key_says_what_it_is_for() -> None:
    for definition in json_schema()["$defs"].values():
        for key, value in definition["properties"].items():
            assert value["description"], key
