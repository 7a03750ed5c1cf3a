"""USDM files that are written: valid, whole in their references, and giving back what the format can hold; the rest is named as lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from conftest import EXAMPLE, ROOT, SHARED, protocol_of, run
from usdm_files import drafted, protocol_from
from worked import of

from scheduler.exchange.usdm import LOSSES, read, write
from scheduler.exchange.usdm import losses as kinds
from scheduler.exchange.visits import visits_of
from scheduler.language.syntax import NoWindow
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Applies, Visit
from scheduler.study.files import load_protocol
from scheduler.views.words import words

SCHEMA = SHARED / "fixtures" / "usdm" / "USDM_API_v4.0.0_ddf-ra.json"
STUDIES = [*sorted((ROOT / "tests" / "trials").glob("*.yaml")), EXAMPLE]
UNDATED = (kinds.NO_TARGET, kinds.UNCOUNTED, kinds.OPEN_SERIES)
WANTED = {  # what the schema asks of a record, beside its id and its kind
    "Study": "name",
    "StudyVersion": "versionIdentifier rationale studyIdentifiers titles",
    "InterventionalStudyDesign": "name arms studyCells rationale epochs population eligibilityCriteria model",
    "StudyArm": "name type dataOriginDescription dataOriginType",
    "StudyCell": "armId epochId elementIds",
    "StudyEpoch": "name type",
    "StudyElement": "name",
    "Encounter": "name type",
    "Activity": "name",
    "ScheduleTimeline": "name mainTimeline entryCondition entryId",
    "ScheduledActivityInstance": "name",
    "Timing": "name type value valueLabel relativeToFrom relativeFromScheduledInstanceId",
    "Condition": "name text",
    "Code": "code codeSystem codeSystemVersion decode",
    "StudyTitle": "text type",
    "TransitionRule": "name text",
    "CommentAnnotation": "text",
    "Organization": "name type identifierScheme identifier",
    "StudyIdentifier": "text scopeId",
    "StudyRole": "name code",
    "StudyDesignPopulation": "name includesHealthySubjects",
    "ScheduleTimelineExit": "",
    "ExtensionAttribute": "url",
    "AliasCode": "standardCode",
}


def written(protocol: Protocol) -> dict[str, Any]:
    file: dict[str, Any] = json.loads(write(protocol).files["usdm.json"])
    return file


def lost(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    return {loss.kind: loss.names for loss in write(protocol).lost}


def back(protocol: Protocol) -> Protocol:
    return protocol_from(drafted(written(protocol)))


def records(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "instanceType" in value:
            yield value
        for each in value.values():
            yield from records(each)
    elif isinstance(value, list):
        for each in value:
            yield from records(each)


@pytest.fixture(params=STUDIES, ids=lambda path: path.stem)
def study(request: pytest.FixtureRequest) -> Protocol:
    return load_protocol(request.param)


# -- the file


def test_every_record_has_what_the_standard_asks_and_every_id_leads_somewhere(study: Protocol) -> None:
    found = list(records(written(study)))
    ids = [each["id"] for each in found]
    assert len(set(ids)) == len(ids)
    for each in found:
        missing = [key for key in WANTED[each["instanceType"]].split() if key not in each]
        assert not missing, (each["instanceType"], missing)
        for key, value in each.items():
            if key.endswith("Id") and key != "id":
                assert value in ids, (each["id"], key)
            if key.endswith("Ids"):
                assert set(value) <= set(ids), (each["id"], key)


def test_the_timings_keep_the_rules_of_the_standard(study: Protocol) -> None:
    timelines = [each for each in records(written(study)) if each["instanceType"] == "ScheduleTimeline"]
    assert [each["mainTimeline"] for each in timelines].count(True) == 1  # DDF00012
    for each in timelines:
        own = {instance["id"] for instance in each["instances"]}
        anchors = [timing for timing in each["timings"] if timing["type"]["code"] == "C201358"]
        assert anchors  # DDF00009
        for timing in each["timings"]:
            assert {timing["relativeFromScheduledInstanceId"], timing["relativeToScheduledInstanceId"]} <= own  # DDF00046
            assert timing["relativeToFrom"]["code"] == "C201355"  # DDF00036
            assert len({key in timing for key in ("windowLower", "windowUpper", "windowLabel")}) == 1  # DDF00006
        for timing in anchors:
            assert timing["relativeToScheduledInstanceId"] == timing["relativeFromScheduledInstanceId"]  # DDF00007
            assert "windowLabel" not in timing  # DDF00025
        for instance in each["instances"]:
            assert ("defaultConditionId" in instance) != ("timelineExitId" in instance)  # DDF00008


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published schema is not in this repository")
def test_the_file_is_valid_by_the_published_schema(study: Protocol) -> None:
    schema = json.loads(SCHEMA.read_bytes()) | {"$ref": "#/components/schemas/Wrapper-Input"}
    jsonschema.Draft202012Validator(schema).validate(written(study))


def test_the_same_protocol_gives_the_same_bytes(study: Protocol) -> None:
    assert write(study).files == write(study).files


# -- there and back


def test_ids_labels_epochs_and_modes_come_back(study: Protocol) -> None:
    said = words("en")
    again = back(study)
    expected = [
        (each.id, said.rule(each.plan) if each.several else said.visit(each.plan), each.plan.epoch, each.plan.mode)
        for each in visits_of(study)
    ]
    found = {each.id: (each.id, said.visit(each), each.epoch, each.mode) for each in again.visits}
    assert sorted(found.values(), key=str) == sorted(expected, key=str)
    assert (again.study.id, again.study.anchor, again.study.registry) == (
        study.study.id,
        study.study.anchor,
        study.study.registry,
    )
    assert again.study.protocol_version == (study.study.protocol_version or "not stated")
    assert again.study.title.said_in("en") == study.study.title.said_in("en")
    assert {id: said.text(epoch.label, id) for id, epoch in again.epochs.items()} == {
        id: said.text(epoch.label, id) for id, epoch in study.epochs.items()
    }


def test_activities_come_back_at_their_visits(study: Protocol) -> None:
    from scheduler.protocol.columns import columns_of, holds, takes_place

    again = back(study)
    columns = {column.plan.id: column for column in columns_of(again)}
    theirs = {
        (activity.id, id) for activity in again.activities for id, column in columns.items() if takes_place(activity, column)
    }
    ours = {
        (activity.id, visit.id)
        for activity in study.activities
        for visit in visits_of(study)
        if takes_place(activity, visit.column) is not False
        and (activity.when is None or holds(activity.when, visit.column, study) is not False)
    }
    assert theirs == ours


def _dates(study: Protocol, again: Protocol, undated: set[str]) -> tuple[Mapping[str, Visit], Mapping[str, Visit]]:
    """Both schedules of somebody of whom everything that is not counted is on record, on the same days."""
    names = [study.study.anchor, *(name for name in (*study.given, *study.events) if name != study.study.anchor)]
    names += [visit.id for visit in visits_of(study) if visit.id in undated and not visit.several and visit.id not in names]
    days = {  # events come long after everything else, so that none cuts what is counted
        name: f"{date(2026, 3, 2) + timedelta(number * (1_000 if name in study.events else 10))}T10:00"
        for number, name in enumerate(names)
    }
    dated = {name: day for name, day in days.items() if name in study.given or name in study.events}
    done = {name: day for name, day in days.items() if name not in dated}
    ours = of(study, {}, happened=dict(dated), done=done)
    known = {*again.given, *again.events}
    theirs = of(again, {}, happened={name: day for name, day in days.items() if name in known})
    return {each.id: each for each in ours.visits}, {each.id: each for each in theirs.visits}


def test_targets_and_windows_come_back_and_what_does_not_is_named(study: Protocol) -> None:
    named = lost(study)
    undated = {name for kind in UNDATED for name in named.get(kind, ())}
    other_windows = set(named.get(kinds.OPEN_WINDOWS, ()))
    again = back(study)
    plans = {each.id: each for each in again.visits}
    ours, theirs = _dates(study, again, undated)
    for visit in visits_of(study):
        plan = plans[visit.id]
        if visit.id in undated:  # each of them is lost indeed
            assert (str(plan.at), plan.window) == ("given", None)
            assert str(visit.plan.at) != "given" or visit.plan.cases or visit.several
            continue
        if str(visit.plan.at) == "given":
            assert str(plan.at) == "given"
            assert (visit.id in other_windows) is (visit.plan.window is not None and not isinstance(visit.plan.window, NoWindow))
            continue
        our, their = ours[visit.plan.id], theirs[visit.id]
        if our.applies is Applies.NO:
            assert visit.id in named[kinds.RULES]
            continue
        assert (our.target is not None, their.target) == (True, our.target), visit.id
        if visit.id in other_windows:
            assert isinstance(plan.window, NoWindow)
            assert not isinstance(visit.plan.window, NoWindow | None)
        else:
            assert (their.earliest, their.latest) == (our.earliest, our.latest), visit.id


def test_times_of_samples_come_back(protocol: Protocol) -> None:
    """
    visits: [{id: infusion, at: given}]
    activities:
      PK: {at: [infusion], times: [-0.5 h, 0 min, 4 h ±24 min, 8 h -5 .. +10 min, 90 min]}
    """
    [activity] = back(protocol).activities
    assert [str(time) for time in activity.times] == [
        "-30 minutes",
        "0 minutes",
        "4 hours ±24 minutes",
        "8 hours -5 .. +10 minutes",
        "90 minutes",
    ]
    assert kinds.GATES not in lost(protocol)


def test_what_is_counted_keeps_its_unit(protocol: Protocol) -> None:
    """
    study: {id: X, title: X, anchor: dose, day_numbering: day 1 without day 0, month: calendar}
    events: {stop: {label: Stop, may not happen: yes}, half: {label: Halfway, at: dose + 3 months}}
    visits:
      - {id: SCR, at: Day -28, window: 0 .. +27 days}
      - {id: dose, at: given}
      - {id: W2, at: Week 2, window: ±1 week}
      - {id: D15, at: Day 15, window: exact}
      - {id: H, at: dose + 6 h, window: ±30 min}
      - {id: Y, at: Year 1, window: -1 month .. +2 weeks}
      - {id: call, at: W2 + 3 days}
      - {id: mid, at: half + 1 week}
      - {id: ET, at: stop, window: 0 .. +7 days}
      - {id: FU, at: ET + 1 month + 3 days}
    """
    again = {each.id: (str(each.at), str(each.window)) for each in back(protocol).visits}
    assert again == {
        "SCR": ("dose - 28 days", "0 .. +27 days"),
        "dose": ("given", "None"),
        "W2": ("dose + 2 weeks", "±1 week"),
        "D15": ("dose + 14 days", "exact"),
        "H": ("dose + 6 hours", "±30 minutes"),
        "Y": ("dose + 12 months", "-1 month .. +2 weeks"),
        "call": ("W2 + 3 days", "none"),
        "mid": ("half + 1 week", "none"),
        "ET": ("stop", "0 .. +7 days"),
        "FU": ("ET + 1 month + 3 days", "none"),
    }
    assert lost(protocol) == {kinds.STUDY_KEYS: ("month",)}
    events = back(protocol).events
    assert (str(events["half"].at), events["stop"].may_not_happen) == ("dose + 3 months", True)


def test_arms_come_back_and_that_they_are_blinded(protocol: Protocol) -> None:
    """
    facts: {arm: {answer: [drug, placebo], blinded: yes}}
    epochs: {treatment: {label: Treatment}}
    visits: [{id: infusion, at: given, epoch: treatment}]
    """
    fact = back(protocol).facts["arm"]
    assert (fact.values, fact.blinded) == (("drug", "placebo"), True)
    assert lost(protocol) == {kinds.STUDY_KEYS: ("month",)}


def test_a_series_and_the_copies_of_a_group_are_written_one_by_one(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: W, ids: W<week>, at: Week 2 then every 2 weeks until Week 8}
      - id: C
        ids: C<C>
        at: Day 1 then every 21 days 3 times
        visits:
          - {id: D1, ids: C<C>D1, at: Day 0}
          - {id: D8, ids: C<C>D8, at: Day 7, window: ±1 day, when: C is 1-2}
          - {id: scan, ids: C<C>S, at: D8 + 1 day}
    """
    assert {each.id: str(each.at) for each in back(protocol).visits} == {
        "infusion": "given",
        "W2": "infusion + 2 weeks",
        "W4": "infusion + 4 weeks",
        "W6": "infusion + 6 weeks",
        "W8": "infusion + 8 weeks",
        "C1D1": "infusion + 1 day",
        "C1D8": "infusion + 8 days",
        "C1S": "C1D8 + 1 day",
        "C2D1": "infusion + 22 days",
        "C2D8": "infusion + 29 days",
        "C2S": "C2D8 + 1 day",
        "C3D1": "infusion + 43 days",
        "C3S": "given",
    }
    assert lost(protocol)[kinds.UNCOUNTED] == ("C3S",)  # there is no C3D8 that it could follow


# -- what is lost

EVERYTHING = """
study:
  id: ALL
  title: {en: Everything, zh: 全部}
  anchor: dose
  day_numbering: day 1 with day 0
  week_numbering: from 1
  month: 28 days
  year: 364 days
  notice: Not for care
  language: zh
  source: "'the protocol'"
facts:
  arm: [A, B]
  fever: {label: Fever, answer: yes or no, source: "'p. 3'"}
  delay: duration
events:
  enrolment: {label: Enrolment}
  stop: {label: Stop, may not happen: yes}
  closure: {label: Closure, may not happen: yes, of: study}
  tardy: {label: Tardy, at: later of (stop and enrolment)}
  planned: {label: Planned, at: dose + 3 days}
epochs:
  treatment: {label: Treatment, until: stop}
  follow-up: {label: Follow-up}
visits:
  - {id: SCR, window: within 28 days before enrolment}
  - {id: dose, at: given, epoch: treatment, window: within 3 days after enrolment}
  - {id: second, at: given}
  - {id: D5, at: Day 5, window: .. +2 days, epoch: treatment, participant text: Come early.}
  - {id: D6, at: Day 6, window: +1 .. +2 days}
  - {id: D7, at: Day 7, window: ±1 working days}
  - {id: D8, at: Day 8, window: within 5 days before stop}
  - {id: D9, at: Day 9, window: ±1 day, when: fever, optional: yes}
  - {id: D10, at: dose + 3 working days, window: ±1 day}
  - {id: D11, at: dose + delay}
  - {id: D12, at: earlier of (stop and Day 12)}
  - {id: D13, at: D9.latest + 1 day}
  - {id: D14, cases: [{when: fever, at: Day 14}, {at: Day 15}]}
  - {id: D16, at: planned + 1 day, limits: [not before second]}
  - {id: D20, at: stop + 1 week, window: ±1 day, assumed: [window]}
  - {id: D21, at: tardy + 1 week, prefer: 0 .. +1 days, window: 0 .. +2 days}
  - {id: R, ids: R<week>, at: Week 3 then every 1 week until stop, moves: with previous}
periods:
  - {id: ward, kind: stay, from: dose, to: at least dose + 7 days, participant text: You stay.}
activities:
  labs: {at: [SCR .. D9], when: fever, window: within 3 days before dose}
  PK: {at: [dose], times: [1 h, 2 h .. +5 min]}
  form: {at: [second], assumed: [at]}
between participants:
  - {id: stagger, event: dose, within: study, limit: not before dose of previous participant + 14 days}
notes: [{en: Ask., zh: 请询问。}]
questions: [Who?]
"""


def test_everything_that_is_lost_is_named_and_nothing_else() -> None:
    assert lost(protocol_of(EVERYTHING)) == {
        kinds.RULES: ("D9", "labs"),
        kinds.FACTS: ("fever", "delay"),
        kinds.EVENTS: ("enrolment", "closure", "tardy"),
        kinds.NO_TARGET: ("SCR",),
        kinds.UNCOUNTED: ("D10", "D11", "D12", "D13", "D14"),
        kinds.OPEN_SERIES: ("Rn",),
        kinds.OPEN_WINDOWS: ("dose", "D5", "D6", "D7", "D8"),
        kinds.MORE_RULES: ("D9", "D16", "D21", "Rn"),
        kinds.GATES: ("labs", "PK"),
        kinds.PERIODS: ("ward",),
        kinds.BETWEEN: ("stagger",),
        kinds.EPOCH_ENDS: ("treatment",),
        kinds.LANGUAGES: ("zh",),
        kinds.TEXTS: ("D5", "ward"),
        kinds.SOURCES: ("study", "fever", "D20", "form"),
        kinds.STUDY_KEYS: ("day_numbering", "week_numbering", "month", "year", "notice", "language"),
        kinds.QUESTIONS: (),
    }


def test_what_is_written_as_text_is_in_the_file() -> None:
    text = write(protocol_of(EVERYTHING)).files["usdm.json"].decode()
    for said in (
        '"text": "within 28 days before Enrolment"',
        '"text": "“Fever” is answered yes: Day 14; Day 15"',
        '"text": "“Fever” is answered yes"',
        '"text": "ward (stay): from dose to at least dose + 7 days"',
        '"text": "Week 3, then every 1 week until Stop"',
        '"text": "Ask."',
    ):
        assert said in text
    assert "请询问" not in text


def test_what_is_read_again_is_what_was_not_lost() -> None:
    again = back(protocol_of(EVERYTHING))
    assert {each.id: str(each.at) for each in again.visits if str(each.at) != "given"} == {
        "D5": "dose + 4 days",  # Day 1 is the dose's own day, Day 0 the day before it
        "D6": "dose + 5 days",
        "D7": "dose + 6 days",
        "D8": "dose + 7 days",
        "D9": "dose + 8 days",
        "D16": "planned + 1 day",
        "D20": "stop + 1 week",
        "D21": "tardy + 1 week",
    }
    assert list(again.facts) == ["arm"]


def test_every_published_kind_is_lost_by_some_file_and_no_other() -> None:
    from test_usdm_read import losing

    found = set(lost(protocol_of(EVERYTHING))) | {loss.kind for file in losing() for loss in drafted(file).lost}
    assert found == LOSSES.keys()


def test_a_file_holds_nothing_of_participants(tmp_path: Any) -> None:
    made = run("export", "usdm", EXAMPLE, "--out", tmp_path).output
    assert f"{tmp_path / 'usdm.json'}" in made.splitlines()
    assert "lost: written as text: the conditions of visits and activities: LD1, LD2, LD3, hCG" in made.splitlines()
    text = (tmp_path / "usdm.json").read_text(encoding="utf-8")
    assert "YC-001" not in text
    assert read(text.encode(), "usdm.json").study["id"] == "UDCAR-SLE"
