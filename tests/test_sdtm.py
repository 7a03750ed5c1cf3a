"""SDTM: planned visits, arms and elements, and visits that took place; study days by its rule; nothing of a person but the code."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import EXAMPLE, ROOT, SHARED, protocol_of, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.exchange.records import Written
from scheduler.exchange.sdtm import LOSSES, write
from scheduler.exchange.sdtm.reference import study_day
from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.expand import expand
from scheduler.study.files import load_protocol

MADE_AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
STUDIES = [*sorted((ROOT / "tests" / "trials").glob("*.yaml")), EXAMPLE]
MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)?$"
COLUMN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["itemOID", "name", "label", "dataType"],
    "properties": {
        "itemOID": {"type": "string"},
        "name": {"type": "string"},
        "label": {"type": "string"},
        "dataType": {"enum": "string integer decimal float double boolean datetime date time URI".split()},
        "targetDataType": {"enum": ["integer", "decimal"]},
        "length": {"type": "integer", "minimum": 1},
        "displayFormat": {"type": "string"},
        "keySequence": {"type": "integer", "minimum": 1},
    },
}
DATASET_JSON = {  # what CDISC Dataset-JSON 1.1 asks of a file
    "type": "object",
    "additionalProperties": False,
    "required": ["datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns"],
    "properties": {
        "datasetJSONCreationDateTime": {"type": "string", "pattern": MOMENT},
        "datasetJSONVersion": {"type": "string", "pattern": r"^1\.1(\.(0|[1-9]\d*))?$"},
        "fileOID": {"type": "string"},
        "dbLastModifiedDateTime": {"type": "string", "pattern": MOMENT},
        "originator": {"type": "string"},
        "sourceSystem": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "version"],
            "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
        },
        "studyOID": {"type": "string"},
        "metaDataVersionOID": {"type": "string"},
        "metaDataRef": {"type": "string"},
        "itemGroupOID": {"type": "string"},
        "records": {"type": "integer", "minimum": 0},
        "name": {"type": "string"},
        "label": {"type": "string"},
        "columns": {"type": "array", "items": COLUMN},
        "rows": {"type": "array", "items": {"type": "array"}},
    },
}


def made(protocol: Protocol, people: Sequence[Participant] | None = None, reference: str = "") -> Written:
    schedules = None if people is None else tuple(expand(protocol, person, horizon=date(2027, 12, 31)) for person in people)
    return write(protocol, MADE_AT, schedules, reference)


def table(written: Written, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written.files[f"{name}.csv"].decode(), newline="")))


def column(written: Written, name: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[each] for each in columns) for row in table(written, name)]


def lost(written: Written) -> dict[str, tuple[str, ...]]:
    return {loss.kind: loss.names for loss in written.lost}


def person(
    id: str, done: dict[str, str], happened: dict[str, str] | None = None, answers: dict[str, Any] | None = None
) -> Participant:
    visits = {name: VisitRecord(actual=_moment(text), outcome=Outcome.DONE) for name, text in done.items()}
    recorded = {name: (Recorded(_moment(text), Status.ACTUAL),) for name, text in (happened or {}).items()}
    return Participant(id=id, visits=visits, recorded=recorded, answers=answers or {})


def _moment(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


# -- study days


def test_there_is_no_day_0() -> None:
    assert [study_day(days) for days in (-2, -1, 0, 1, 14, 28)] == [-2, -1, 1, 2, 15, 29]


@given(st.integers(-4_000, 4_000), st.integers(-4_000, 4_000))
def test_study_days_follow_one_another_and_tell_the_days_apart(first: int, second: int) -> None:
    one, other = study_day(first), study_day(second)
    assert 0 not in (one, other)
    assert (one < other) is (first < second)
    apart = other - one
    assert apart - (1 if one < 0 < other else 0) + (1 if other < 0 < one else 0) == second - first


STUDY = """
study: {id: S-1, title: A study, anchor: infusion, day_numbering: day 0, month: calendar}
facts: {arm: [A, B], lymphodepletion: yes or no}
events: {stop: {label: Stop, may not happen: yes}}
epochs: {screening: {label: Screening}, treatment: {label: Treatment, until: stop}}
visits:
  - {id: SCR, label: Screening, epoch: screening, window: within 28 days before infusion}
  - {id: LD, ids: LD<n>, label: Preparation <n>, epoch: screening, at: Day -5/-4, when: lymphodepletion}
  - {id: infusion, label: Infusion, epoch: treatment, at: given}
  - {id: D14, epoch: treatment, at: Day 14, window: ±2 days}
  - {id: call, label: Call, epoch: treatment, at: D14 + 1 week}
  - {id: D28, epoch: treatment, at: Day 28, window: -3 .. +7 days, when: arm is A}
  - {id: M3, epoch: treatment, at: Month 3, window: ±14 days}
  - {id: ET, label: Early termination, at: stop}
"""


def test_planned_visits_have_sdtm_days_and_always_a_rule() -> None:
    assert column(made(protocol_of(STUDY)), "tv", "VISITNUM", "VISIT", "VISITDY", "ARMCD", "TVSTRL") == [
        ("1", "Screening", "", "", "Within 28 days before Infusion"),
        ("2", "Preparation 1", "-5", "", 'Day -5; only if "lymphodepletion" is answered yes'),
        ("3", "Preparation 2", "-4", "", 'Day -4; only if "lymphodepletion" is answered yes'),
        ("4", "Infusion", "1", "", "Day 0"),  # the protocol's Day 0 is SDTM's Day 1
        ("5", "Day 14", "15", "", "Day 14, +/-2 days"),
        ("6", "Call", "22", "", "D14 + 1 week"),
        ("7", "Day 28", "29", "A", "Day 28, -3 to +7 days"),
        ("8", "Month 3", "", "", "Month 3, +/-14 days"),  # 92 days for one, 90 for another
        ("9", "Early termination", "", "", "Stop"),
    ]


@pytest.mark.parametrize(
    ("reference", "days"),
    [
        ("", ["-5", "-4", "1", "15", "22", "29"]),
        ("infusion - 5 days", ["1", "2", "6", "20", "27", "34"]),
        ("D14", ["-19", "-18", "-14", "1", "8", "15"]),
        ("LD1", [""] * 6),  # not everybody has it
        ("LD1 else infusion", [""] * 6),
        ("stop", [""] * 6),
        ("M3", [""] * 6),
    ],
)
def test_what_sdtm_counts_from_is_a_setting(reference: str, days: list[str]) -> None:
    rows = column(made(protocol_of(STUDY), reference=reference), "tv", "VISITDY")
    assert [rows[number][0] for number in (1, 2, 3, 4, 5, 6)] == days


def test_days_that_differ_from_person_to_person_are_said_to_be_left_out() -> None:
    written = made(protocol_of(STUDY), reference="LD1 else infusion")
    said = 'VISITDY is empty: how far "LD1 else infusion" lies from infusion is not the same for everybody'
    assert written.notices == (said,)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("infusoin", 'the reference "infusoin": there is no visit or event of this name; did you mean "infusion"?'),
        ("infusion +", 'the reference "infusion +": an amount was expected at the end'),
    ],
)
def test_a_reference_that_is_none_is_refused(reference: str, said: str) -> None:
    with pytest.raises(SchedulerError) as caught:
        made(protocol_of(STUDY), reference=reference)
    assert str(caught.value).startswith(said.partition(":")[0])
    assert "did you mean" not in said or str(caught.value) == said


def test_arms_have_the_same_elements_in_order() -> None:
    written = made(protocol_of(STUDY))
    assert column(written, "ta", "ARMCD", "ARM", "TAETORD", "ETCD", "ELEMENT", "EPOCH", "TABRANCH", "TATRANS") == [
        ("A", "A", "1", "SCREENIN", "Screening", "Screening", "", ""),
        ("A", "A", "2", "TREATMEN", "Treatment", "Treatment", "", ""),
        ("B", "B", "1", "SCREENIN", "Screening", "Screening", "", ""),
        ("B", "B", "2", "TREATMEN", "Treatment", "Treatment", "", ""),
    ]
    assert column(written, "te", "ETCD", "ELEMENT", "TESTRL", "TEENRL") == [
        ("SCREENIN", "Screening", "First visit: Screening", "Start of Treatment"),
        ("TREATMEN", "Treatment", "First visit: Infusion", "Last visit: Month 3, or before it until Stop"),
    ]


def test_codes_are_short_and_none_is_there_twice(protocol: Protocol) -> None:
    """
    facts: {arm: ["a very long name of an arm, first", "a very long name of an arm, second"]}
    epochs: {treatment-1: {}, treatment-2: {}, 治疗: {}, 随访: {}}
    visits: [{id: infusion, at: given}]
    """
    written = made(protocol)
    assert [row["ETCD"] for row in table(written, "te")] == ["TREATMEN", "TREATME2", "X", "X2"]
    arms = {row["ARMCD"] for row in table(written, "ta")}
    assert arms == {"A_VERY_LONG_NAME_OF", "A_VERY_LONG_NAME_OF2"}
    assert max(map(len, arms)) <= 20


# -- visits that took place


def test_only_what_took_place_is_a_subject_visit() -> None:
    people = [
        person(
            "P-2",
            {"SCR": "2026-02-20", "D14": "2026-03-17", "D28": "2026-03-29"},
            {"infusion": "2026-03-02T09:30"},
            {"lymphodepletion": False},
        ),
        person("P-1", {"SCR": "2026-02-10"}),
        Participant(
            id="P-3",
            recorded={"infusion": (Recorded(date(2026, 3, 2)),)},
            visits={
                "SCR": VisitRecord(booked=date(2026, 2, 2), outcome=Outcome.BOOKED),
                "D14": VisitRecord(outcome=Outcome.MISSED),
            },
        ),
    ]
    rows = column(
        made(protocol_of(STUDY), people), "sv", "USUBJID", "VISITNUM", "VISIT", "VISITDY", "SVSTDTC", "SVENDTC", "SVSTDY"
    )
    assert rows == [
        ("S-1-P-1", "1", "Screening", "", "2026-02-10", "2026-02-10", ""),  # no infusion yet: no day
        ("S-1-P-2", "1", "Screening", "", "2026-02-20", "2026-02-20", "-10"),
        ("S-1-P-2", "4", "Infusion", "1", "2026-03-02T09:30", "2026-03-02", "1"),
        ("S-1-P-2", "5", "Day 14", "15", "2026-03-17", "2026-03-17", "16"),
        ("S-1-P-2", "7", "Day 28", "29", "2026-03-29", "2026-03-29", "28"),
    ]


def test_each_participant_has_days_from_the_own_reference() -> None:
    people = [
        person("A", {"LD1": "2026-02-25", "D14": "2026-03-16"}, {"infusion": "2026-03-02"}, {"lymphodepletion": True}),
        person("B", {"D14": "2026-03-16"}, {"infusion": "2026-03-02"}, {"lymphodepletion": False}),
        person("C", {"D14": "2026-03-16"}, {"infusion": "2026-03-02"}),  # nobody has said whether there is lymphodepletion
    ]
    rows = column(made(protocol_of(STUDY), people, "LD1 else infusion"), "sv", "USUBJID", "VISIT", "SVSTDY")
    assert [row for row in rows if row[1] in ("Preparation 1", "Day 14")] == [
        ("S-1-A", "Preparation 1", "1"),
        ("S-1-A", "Day 14", "20"),
        ("S-1-B", "Day 14", "15"),
        ("S-1-C", "Day 14", ""),
    ]


def test_what_the_protocol_does_not_plan_has_a_decimal_after_the_visit_before_it() -> None:
    done = {"unscheduled": "2026-03-20", "unscheduled-2": "2026-03-21", "D14": "2026-03-16", "unscheduled-3": "2026-01-01"}
    written = made(protocol_of(STUDY), [person("A", done, {"infusion": "2026-03-02"})])
    assert column(written, "sv", "VISITNUM", "VISIT", "SVUPDES", "SVSTDTC") == [
        ("0.01", "Unscheduled visit 1", "Unscheduled visit", "2026-01-01"),
        ("4", "Infusion", "", "2026-03-02"),
        ("5", "Day 14", "", "2026-03-16"),
        ("5.02", "Unscheduled visit 2", "Unscheduled visit", "2026-03-20"),
        ("5.03", "Unscheduled visit 3", "Unscheduled visit", "2026-03-21"),
    ]


def test_the_visits_of_a_series_have_decimals_of_its_number(protocol: Protocol) -> None:
    """
    events: {stop: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - id: C
        ids: C<C>
        at: Day 1 then every 21 days until stop
        visits:
          - {id: D1, ids: C<C>D1, label: Cycle <C> Day 1, at: Day 0}
          - {id: D8, ids: C<C>D8, label: Cycle <C> Day 8, at: Day 7}
    """
    done = {"C1D1": "2026-03-03", "C1D8": "2026-03-10", "C2D1": "2026-03-24", "C12D8": "2026-10-27"}
    written = made(protocol, [person("A", done, {"infusion": "2026-03-02"})])
    assert column(written, "tv", "VISITNUM", "VISIT", "VISITDY") == [
        ("1", "infusion", "1"),
        ("2", "Cycle ... Day 1", ""),
        ("3", "Cycle ... Day 8", ""),
    ]
    assert column(written, "sv", "VISITNUM", "VISIT") == [
        ("1", "infusion"),
        ("2.501", "Cycle ... Day 1 (C1D1)"),
        ("3.501", "Cycle ... Day 8 (C1D8)"),
        ("2.502", "Cycle ... Day 1 (C2D1)"),
        ("3.512", "Cycle ... Day 8 (C12D8)"),
    ]


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=70))
def test_no_two_visits_of_a_participant_have_one_number(visits: list[tuple[int, bool]]) -> None:
    planned = ["SCR", "infusion", "D14", "call", "M3"]
    done = {}
    for number, (days, is_planned) in enumerate(visits):
        name = planned[number] if is_planned and number < len(planned) else f"unscheduled-{number}"
        done[name] = (date(2026, 3, 2) + timedelta(days)).isoformat()
    rows = column(made(protocol_of(STUDY), [person("A", done)]), "sv", "VISITNUM", "VISIT")
    assert len({number for number, _ in rows}) == len({name for _, name in rows}) == len(rows) == len(done)


def test_a_file_holds_the_code_and_the_days_of_a_participant_and_nothing_else() -> None:
    secret = "Mrs Example is ill"
    people = [
        Participant(
            id="P-1",
            site="Secret-Site",
            language="zh",
            answers={"lymphodepletion": True, "arm": "B"},
            recorded={
                "infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL, note=secret),),
                "stop": (Recorded(date(2026, 9, 1)),),
            },
            visits={
                "D14": VisitRecord(
                    booked=date(2026, 3, 15),
                    actual=date(2026, 3, 16),
                    outcome=Outcome.DONE,
                    note=secret,
                    recorded_by="Nurse Secret",
                ),
                "unscheduled": VisitRecord(actual=date(2026, 4, 1), outcome=Outcome.DONE, note=secret),
                "M3": VisitRecord(booked=date(2026, 6, 5), outcome=Outcome.BOOKED, note=secret),
            },
        )
    ]
    written = made(protocol_of(STUDY), people)
    whole = b"".join(written.files.values()).decode()
    assert "P-1" in whole
    for told in (secret, "Secret", "2026-03-15", "2026-06-05", "2026-09-01"):
        assert told not in whole


# -- the files


def test_dataset_json_and_csv_hold_the_same_rows() -> None:
    written = made(
        protocol_of(STUDY), [person("P-1", {"SCR": "2026-02-20", "unscheduled": "2026-04-01"}, {"infusion": "2026-03-02"})]
    )
    assert sorted(written.files) == [f"{name}.{form}" for name in ("sv", "ta", "te", "tv") for form in ("csv", "json")]
    for name in ("sv", "ta", "te", "tv"):
        whole = json.loads(written.files[f"{name}.json"])
        jsonschema.validate(whole, DATASET_JSON)
        assert (whole["name"], whole["records"], whole["datasetJSONCreationDateTime"]) == (
            name.upper(),
            len(whole["rows"]),
            "2026-11-01T08:30:00Z",
        )
        names = [each["name"] for each in whole["columns"]]
        rows = [["" if item is None else str(item) for item in row] for row in whole["rows"]]
        assert rows == [[row[each] for each in names] for row in table(written, name)]
        for number, each in enumerate(whole["columns"]):
            types = {"string": str, "integer": int | None, "float": int | float}
            assert all(isinstance(row[number], types[each["dataType"]]) for row in whole["rows"])
            if each["dataType"] == "string":
                assert max(len(row[number]) for row in whole["rows"]) <= each["length"]


@pytest.mark.skipif(not (SHARED / "fixtures" / "sdtm").exists(), reason="the published datasets are not in this repository")
@pytest.mark.parametrize("name", ["tv", "ta", "te"])
def test_our_rule_for_dataset_json_takes_the_published_files_and_their_variables_are_ours(name: str) -> None:
    theirs = json.loads((SHARED / "fixtures" / "sdtm" / f"{name}.json").read_bytes())
    jsonschema.validate(theirs, DATASET_JSON)
    ours = json.loads(made(protocol_of(STUDY)).files[f"{name}.json"])
    kept = [each for each in ours["columns"] if each["name"] != "VISITDY"]  # which the published TV leaves out
    assert [(each["name"], each["label"], each["dataType"], each.get("keySequence")) for each in kept] == [
        (each["name"], each["label"], each["dataType"], each.get("keySequence")) for each in theirs["columns"]
    ]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_trial_gives_valid_datasets_without_a_day_0(path: Path) -> None:
    written = made(load_protocol(path), [])
    for name, data in written.files.items():
        if name.endswith(".json"):
            jsonschema.validate(json.loads(data), DATASET_JSON)
    rows = table(written, "tv")
    assert all(row["TVSTRL"] and row["VISITDY"] != "0" for row in rows)
    assert len({row["VISIT"] for row in rows}) == len({row["VISITNUM"] for row in rows})
    assert all(len(text) <= 200 for row in rows for text in row.values())
    assert {loss.kind for loss in written.lost} <= LOSSES.keys()
    assert made(load_protocol(path), []).files == written.files


def test_a_label_like_a_formula_is_guarded_in_csv_and_as_it_is_in_dataset_json(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: A, label: "=1+1", at: Day -7}
    """
    written = made(protocol)
    assert table(written, "tv")[1]["VISIT"] == "'=1+1"
    assert table(written, "tv")[1]["VISITDY"] == "-7"  # a number is no formula
    assert json.loads(written.files["tv.json"])["rows"][1][3:5] == ["=1+1", -7]
    assert written.notices == ("tv.csv has an apostrophe before what looks like a formula: =1+1",)


def test_everything_that_is_lost_is_named_and_nothing_else() -> None:
    text = """
    study: {id: X, title: {en: X, zh: 一}, anchor: infusion, day_numbering: day 0, month: calendar}
    facts: {fever: yes or no}
    events: {stop: {may not happen: yes}}
    epochs: {treatment: {}}
    visits:
      - {id: infusion, at: given, epoch: treatment}
      - {id: D1, at: Day 1, epoch: treatment}
      - {id: D7, at: Day 7, window: ±1 day, when: fever, optional: yes, label: LABEL}
      - {id: M1, at: Month 1, epoch: treatment}
      - {id: R, ids: R<week>, at: Week 3 then every 1 week until stop, epoch: treatment}
    periods: [{id: stay, kind: stay, from: infusion, to: Day 7}]
    activities: {labs: {at: [D7]}}
    """
    protocol = protocol_of(text.replace("LABEL", "long " * 50))
    assert lost(made(protocol, [])) == {
        "windows": ("D7",),
        "conditions": ("D7",),
        "study days": ("M1", "Rn"),
        "series": ("Rn",),
        "rules of a visit": ("D7",),
        "activities": ("labs",),
        "periods": ("stay",),
        "elements": (),
        "visits without an epoch": ("D7",),
        "the rest of the protocol": (),
        "languages": ("zh",),
        "long texts": ("D7",),
        "records": (),
    }
    assert lost(made(protocol, [])).keys() == LOSSES.keys()
    assert lost(made(protocol_of("visits: [{id: infusion, at: given, epoch: e}]\nepochs: {e: {}}"))) == {
        "elements": (),
        "the rest of the protocol": (),
    }


def test_the_example_study_as_datasets(tmp_path: Path) -> None:
    options = ("--reference", "LD1 else infusion", "--issued-at", "2026-11-01")
    lines = run("export", "sdtm", EXAMPLE, "--out", tmp_path / "all", *options).output.splitlines()
    assert [str(tmp_path / "all" / f"{name}.{form}") for name in ("tv", "ta", "te", "sv") for form in ("csv", "json")] == [
        line for line in lines if line.startswith(str(tmp_path))
    ]
    run("export", "sdtm", EXAMPLE / "protocol.yaml", "--out", tmp_path / "design", *options)
    assert not (tmp_path / "design" / "sv.csv").exists()
    said = run("export", "sdtm", EXAMPLE, "--out", tmp_path / "no", "--reference", "nothing", status=1).output
    assert said.startswith('Error: the reference "nothing": there is no visit or event of this name')
