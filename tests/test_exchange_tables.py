"""docs/exchange.md on USDM and SDTM: every key of a protocol stands in their tables, and every kind of loss, and no other."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from conftest import ROOT

from scheduler.exchange import sdtm, usdm
from scheduler.protocol import file
from scheduler.reading.shapes import Record

DOCUMENT = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
SHAPES = {value.name: value for value in vars(file).values() if isinstance(value, Record)}


@pytest.mark.parametrize(("section", "module"), [("USDM", usdm), ("SDTM", sdtm)])
def test_the_table_holds_every_key_and_every_kind_of_loss(section: str, module: ModuleType) -> None:
    table = DOCUMENT.partition(f"\n## {section}\n")[2].partition("### Lost")[0]
    rows = re.findall(r"^\| (.*?) ?\|", table, flags=re.MULTILINE)
    said = [key for row in rows for key in re.findall(r"`([a-z]+\.[^`]+)`", row)]
    shapes = ("protocol", "study", "visit", "group", "activity", "fact", "epoch")
    assert sorted(said) == sorted(f"{shape}.{key}" for shape in shapes for key in SHAPES[shape].keys)
    named = re.findall(r"`([^`]+)`", " ".join(re.findall(r"lost: ((?:`[^`]+`(?:, )?)+)", table)))
    assert set(named) == set(module.LOSSES)
