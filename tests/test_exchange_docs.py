"""docs/exchange.md is the truth: the losses it publishes are those the formats name, and no key of a protocol is forgotten."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module

import pytest
from conftest import ROOT

from scheduler.exchange import redcap
from scheduler.protocol import file
from scheduler.protocol.records import Activity, PlannedVisit
from scheduler.reading.shapes import Record

DOCUMENT = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0].strip(): part for part in re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)[1:]}
MODULES = {"ClinicalTrials.gov": "ctgov", "REDCap": "redcap", "USDM": "usdm", "SDTM": "sdtm"}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_published_losses_are_those_of_the_format(section: str) -> None:
    losses = import_module(f"scheduler.exchange.{MODULES[section]}").LOSSES
    lost = SECTIONS[section].partition("### Lost")[2]
    assert re.findall(r"^- `([^`]+)`: (.+)$", lost, flags=re.MULTILINE) == list(losses.items())


def test_every_key_of_a_protocol_stands_in_the_table_of_redcap() -> None:
    shapes = {value.name: value for value in vars(file).values() if isinstance(value, Record)}
    rows = re.findall(r"^\| (.+?) \|", SECTIONS["REDCap"], flags=re.MULTILINE)
    said = {key for row in rows for key in re.findall(r"`([a-z]+\.[^`]+)`", row)}
    named = {
        f"{shape}.{key}" for shape in ("protocol", "visit", "group", "activity", "fact", "epoch") for key in shapes[shape].keys
    }
    assert said == named


def test_the_losses_in_the_table_of_redcap_exist() -> None:
    named = set(re.findall(r"lost: `([^`]+)`", SECTIONS["REDCap"]))
    assert named <= set(redcap.LOSSES)


def test_every_field_of_a_visit_is_written_to_redcap_or_lost() -> None:
    held = {"id", "rule", "label", "at", "window", "when", "case", "inside", "where"}
    assert {each.name for each in fields(PlannedVisit)} == held | redcap.OF_VISITS.keys()
    held = {"id", "written", "spans", "where"}
    assert {each.name for each in fields(Activity)} == held | redcap.OF_ACTIVITIES.keys()
