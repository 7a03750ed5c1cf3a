"""USDM files that are read: what becomes of each part, of each defect that real files have, and of anything at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conftest import SHARED, run
from hypothesis import given, settings
from hypothesis import strategies as st
from usdm_files import Json, design_of, drafted, encounter, instance, main_of, protocol_from, small, timeline, timing, timing_of
from worked import assert_dates, of

from scheduler.exchange.drafting import protocol_text
from scheduler.exchange.records import Draft, Value
from scheduler.exchange.usdm import LOSSES, read
from scheduler.protocol.reader import read_protocol
from scheduler.reading.problems import SchedulerError

LZZT = SHARED / "fixtures" / "usdm" / "CDISC_Pilot_Study.json"


def visit(draft: Draft, id: str) -> dict[str, Value]:
    return next(dict(each) for each in draft.visits if each["id"] == id)


def row_of(draft: Draft, id: str) -> Mapping[str, Value]:
    row = draft.activities[id]
    assert isinstance(row, Mapping)
    return row


def asked(draft: Draft, about: str) -> list[str]:
    return [question.ask for question in draft.questions if about in question.about]


# -- what a file says


def test_the_whole_draft_of_a_small_study(golden: Callable[[str, bytes], None]) -> None:
    golden("usdm-draft.yaml", protocol_text(drafted(small())))


def test_visits_are_counted_both_ways_and_from_one_another() -> None:
    assert_dates(
        of(protocol_from(drafted(small())), {"D1": "2026-03-02"}, done={"W2": "2026-03-19"}),
        """
        SCR 2026-02-02 2026-02-02 2026-03-01
        D1 2026-03-02 - -
        W2 2026-03-16 2026-03-13 2026-03-19
        CALL 2026-03-26 - -
        M6 2026-09-02 2026-08-26 2026-09-16
        """,
    )


def test_a_timeline_for_what_may_happen_is_an_event_and_its_visits() -> None:
    protocol = protocol_from(drafted(small()))
    assert protocol.events["STOP"].may_not_happen
    assert_dates(of(protocol, {"D1": "2026-03-02"}), "ET no")
    assert_dates(of(protocol, {"D1": "2026-03-02"}, happened={"STOP": "2026-04-01"}), "ET 2026-04-01 - -")


def test_two_visits_of_one_encounter_stay_two_visits_and_nobody_guesses_which_is_the_call() -> None:
    draft = drafted(small())
    assert [visit(draft, id)["label"] for id in ("W2", "CALL")] == ["Instance W2", "Instance CALL"]
    assert "mode" not in visit(draft, "W2")
    assert ("How does it take place?", ("W2", "CALL")) in [(each.ask, each.about) for each in draft.questions]


def test_epochs_and_arms_and_how_a_visit_takes_place() -> None:
    protocol = protocol_from(drafted(small()))
    assert [(epoch.id, str(epoch.label and epoch.label.said_in("en"))) for epoch in protocol.epochs.values()] == [
        ("screening", "Screening"),
        ("treatment", "Treatment"),
    ]
    assert (protocol.facts["arm"].values, protocol.facts["arm"].blinded) == (("A", "B"), True)
    modes = {each.id: each.mode.value if each.mode else None for each in protocol.visits}
    assert modes == {"SCR": "clinic", "D1": "ward", "W2": None, "CALL": None, "M6": "telephone", "ET": "clinic"}
    assert {each.id: each.epoch for each in protocol.visits}["SCR"] == "screening"


def test_an_activity_under_another_is_called_after_both_and_its_timeline_gives_its_times() -> None:
    draft = drafted(small())
    row = row_of(draft, "PK")
    assert row["label"] == "Laboratory: Drug level"
    assert row["times"] == ("0 minutes", "30 minutes ±5 minutes", "4 hours")
    assert row["assumed"] == ["times"]
    assert "laboratory" not in draft.activities  # a heading takes place nowhere


def test_conditions_and_elements_are_notes_and_are_never_evaluated() -> None:
    draft = drafted(small())
    assert "Drug level at D1: Women only" in draft.notes
    assert "Element Screen (Active in Screening, Placebo in Screening): begins: Consent" in draft.notes
    assert all("when" not in each for each in draft.visits)


@pytest.mark.parametrize(
    ("value", "numbering", "assumed"),
    [
        ("P0D", "day 0", False),
        ("PT0H", "day 0", False),
        ("P1D", "day 1 without day 0", True),
        ("P21D", "day 0", True),
        ("TBD", "day 0", True),
    ],
)
def test_the_value_of_an_anchor_is_a_label_and_no_distance(value: str, numbering: str, assumed: bool) -> None:
    file = small()
    timing_of(file, "D1")["value"] = value
    draft = drafted(file)
    assert draft.study["day_numbering"] == numbering
    assert ("day_numbering" in draft.study["assumed"]) is assumed
    assert_dates(of(protocol_from(draft), {"D1": "2026-03-02"}), "W2 2026-03-16 2026-03-13 2026-03-19")


def test_a_decision_is_asked_in_the_words_of_its_condition() -> None:
    file = small()
    main = main_of(file)
    branch = {"condition": "Responder", "conditionTargetId": "EXTRA"}
    main["instances"][2]["defaultConditionId"] = "DEC"
    main["instances"] += [
        {"id": "DEC", "name": "DEC", "conditionAssignments": [branch], "defaultConditionId": "CALL"},
        instance("EXTRA", "MORE", "E-EXTRA"),
        instance("MORE", "M6", "E-EXTRA"),
    ]
    main["timings"] += [timing("EXTRA", "D1", "After", "P5W"), timing("MORE", "D1", "After", "P6W")]
    design_of(file)["encounters"].append(encounter("E-EXTRA", "More"))
    draft = drafted(file)
    assert draft.facts["DEC"] == {"label": "Responder", "answer": "yes or no", "source": "'decision DEC'"}
    assert [visit(draft, id).get("when") for id in ("CALL", "EXTRA", "MORE", "M6")] == [None, "DEC", "DEC", None]
    protocol = protocol_from(draft)
    assert_dates(of(protocol, {"D1": "2026-03-02"}, answers={"DEC": False}), "EXTRA no")
    assert_dates(of(protocol, {"D1": "2026-03-02"}, answers={"DEC": True}), "EXTRA 2026-04-06 - -")


def test_a_moment_that_nobody_attends_is_an_event() -> None:
    file = small()
    main = main_of(file)
    main["instances"][1] = instance("D1", "W2")
    main["instances"].append(instance("HALF"))
    main["timings"].append(timing("HALF", "D1", "After", "P3M"))
    protocol = protocol_from(drafted(file))
    assert list(protocol.events) == ["STOP", "D1", "HALF"]
    assert protocol.study.anchor == "D1"
    assert str(protocol.events["HALF"].at) == "D1 + 3 months"


def test_version_3_is_read_too() -> None:
    file = small()
    design = design_of(file)
    for each in design["encounters"]:
        settings_of_it = each.pop("environmentalSettings")
        each["environmentalSetting"] = settings_of_it[0] if settings_of_it else None
    design["conditions"] = file["study"]["versions"][0].pop("conditions")
    for each in main_of(file)["timings"]:
        each["window"] = each.pop("windowLabel")
    for each in file["study"]["versions"][0]["studyIdentifiers"]:
        each["studyIdentifier"] = each.pop("text")
    file["usdmVersion"] = "3.0.0"
    old, new = protocol_text(drafted(file)), protocol_text(drafted(small()))
    assert old.replace(b"3.0.0", b"4.0.0") == new


# -- defects of real files: each is said, none is mended


def _without(file: Json, of: str) -> None:
    main_of(file)["timings"].remove(timing_of(file, of))


def _label_only(file: Json) -> None:
    timing_of(file, "W2").update(windowLower=None, windowUpper=None, windowLabel="-5..5 minutes")


def _one_side(file: Json) -> None:
    del timing_of(file, "W2")["windowLower"]


def _no_label(file: Json) -> None:
    timing_of(file, "W2")["windowLabel"] = ""


def _other_label(file: Json) -> None:
    timing_of(file, "W2")["windowLabel"] = "-2..2 Days"


def _only_later(file: Json) -> None:
    timing_of(file, "SCR").update(windowLower="PT0H", windowUpper="PT4H", windowLabel="0..4 hours")


def _end_to_start(file: Json) -> None:
    timing_of(file, "W2")["relativeToFrom"] = {"code": "C201353", "decode": "End to Start"}


def _no_timing(file: Json) -> None:
    _without(file, "W2")


def _two_timings(file: Json) -> None:
    main_of(file)["timings"].append(timing("W2", "D1", "After", "P15D", id="T2"))


def _other_timeline(file: Json) -> None:
    timing_of(file, "W2")["relativeToScheduledInstanceId"] = "ET"


def _circle(file: Json) -> None:
    timing_of(file, "W2")["relativeToScheduledInstanceId"] = "CALL"


def _itself(file: Json) -> None:
    timing_of(file, "W2")["relativeToScheduledInstanceId"] = "W2"


def _dangling(file: Json) -> None:
    timing_of(file, "W2")["relativeToScheduledInstanceId"] = "NOBODY"


def _to_be_decided(file: Json) -> None:
    timing_of(file, "W2")["value"] = "TBD"


def _negative(file: Json) -> None:
    timing_of(file, "W2")["value"] = "-P2W"


def _days_and_hours(file: Json) -> None:
    timing_of(file, "W2")["value"] = "P1DT4H"


def _no_kind(file: Json) -> None:
    timing_of(file, "W2")["type"] = None


@pytest.mark.parametrize(
    ("change", "said", "question"),
    [
        (_no_timing, "W2: it has no timing; it is dated by its record", "When is it? In the file it has no timing."),
        (
            _two_timings,
            "W2: it has 2 timings that differ; it is dated by its record",
            "When is it? In the file it has 2 timings that differ.",
        ),
        (
            _other_timeline,
            "W2: its timing counts from ET of another timeline (DDF00046); it is dated by its record",
            "When is it? In the file its timing counts from ET of another timeline (DDF00046).",
        ),
        (
            _circle,
            "W2: its timing leads back to itself, through W2, CALL; it is dated by its record",
            "When is it? In the file its timing leads back to itself, through W2, CALL.",
        ),
        (
            _itself,
            "W2: its timing leads back to itself, through W2; it is dated by its record",
            "When is it? In the file its timing leads back to itself, through W2.",
        ),
        (
            _dangling,
            'W2: its timing counts from "NOBODY", which is nowhere in the file; it is dated by its record',
            'When is it? In the file its timing counts from "NOBODY", which is nowhere in the file.',
        ),
        (
            _to_be_decided,
            'W2: the value of its timing, "TBD", is no duration that can be counted; it is dated by its record',
            'When is it? In the file the value of its timing, "TBD", is no duration that can be counted.',
        ),
        (
            _negative,
            'W2: the value of its timing, "-P2W", is no duration that can be counted; it is dated by its record',
            'When is it? In the file the value of its timing, "-P2W", is no duration that can be counted.',
        ),
        (
            _days_and_hours,
            'W2: the value of its timing, "P1DT4H", is no duration that can be counted; it is dated by its record',
            'When is it? In the file the value of its timing, "P1DT4H", is no duration that can be counted.',
        ),
        (
            _no_kind,
            'W2: its timing is neither After nor Before, but ""; it is dated by its record',
            'When is it? In the file its timing is neither After nor Before, but "".',
        ),
    ],
)
def test_a_visit_whose_timing_is_wrong_is_dated_by_its_record_and_asked_about(
    change: Callable[[Json], None], said: str, question: str
) -> None:
    file = small()
    change(file)
    draft = drafted(file)
    assert said in draft.notices
    assert question in asked(draft, "W2")
    assert (visit(draft, "W2")["at"], visit(draft, "W2")["assumed"]) == ("given", ("at",))
    assert "window" not in visit(draft, "W2")
    protocol_from(draft)


@pytest.mark.parametrize(
    ("change", "window", "said", "question"),
    [
        (
            _label_only,
            "none",
            'W2: its window is only a label, "-5..5 minutes" (DDF00006); it is not read',
            "What is the window?",
        ),
        (
            _one_side,
            "none",
            'W2: its window, "" to "P3D" (-3..3 days), is not two durations (DDF00006); it is not read',
            "What is the window?",
        ),
        (_no_label, "±3 days", "W2: its window has no label (DDF00006)", None),
        (
            _other_label,
            "±3 days",
            'W2: its window is called "-2..2 Days", and is P3D earlier to P3D later',
            "Which is the window, the label or the values?",
        ),
    ],
)
def test_a_window_is_its_values_and_never_its_label(
    change: Callable[[Json], None], window: str, said: str, question: str | None
) -> None:
    file = small()
    change(file)
    draft = drafted(file)
    assert said in draft.notices
    assert visit(draft, "W2")["window"] == window
    assert (question in asked(draft, "W2")) is (question is not None)


def test_the_window_before_an_anchor_runs_as_its_values_say() -> None:
    file = small()
    _only_later(file)
    draft = drafted(file)
    assert visit(draft, "SCR")["window"] == "0 .. +4 hours"
    assert 'SCR: it comes before, and its window "0..4 hours" is only later: look whether that is meant' in draft.notices


def test_a_timing_from_the_end_of_a_visit_is_counted_from_its_day_and_asked_about() -> None:
    file = small()
    _end_to_start(file)
    draft = drafted(file)
    assert visit(draft, "W2")["at"] == "D1 + 2 weeks"
    assert visit(draft, "W2")["assumed"] == ("at",)
    assert "W2: its timing is End to Start; it is counted from the day of D1" in draft.notices
    assert "Is it counted from the first or the last day of D1?" in asked(draft, "W2")
    assert ("ends of visits", ("W2",)) in [(loss.kind, loss.names) for loss in draft.lost]


def _no_main(file: Json) -> None:
    main_of(file)["mainTimeline"] = False
    design_of(file)["scheduleTimelines"].pop(1)


def _two_main(file: Json) -> None:
    design_of(file)["scheduleTimelines"][1]["mainTimeline"] = True


def _same_names(file: Json) -> None:
    design_of(file)["scheduleTimelines"][1]["name"] = "MAIN"


def _next_and_exit(file: Json) -> None:
    main_of(file)["instances"][0]["timelineExitId"] = "X"


def _off_the_chain(file: Json) -> None:
    main_of(file)["instances"][3]["defaultConditionId"] = None


def _circular_chain(file: Json) -> None:
    main_of(file)["instances"][4].update(defaultConditionId="SCR", timelineExitId=None)


def _wrong_entry(file: Json) -> None:
    main_of(file)["entryId"] = "NOBODY"


def _order(file: Json) -> None:
    timing_of(file, "M6")["value"] = "P1W"


def _anchor_elsewhere(file: Json) -> None:
    timing_of(file, "D1")["relativeToScheduledInstanceId"] = "W2"


def _anchor_window(file: Json) -> None:
    timing_of(file, "D1").update(windowLower="P1D", windowUpper="P1D", windowLabel="-1..1 days")


def _anchor_ends(file: Json) -> None:
    timing_of(file, "D1")["relativeToFrom"] = {"code": "C201354", "decode": "Start to End"}


def _no_duration(file: Json) -> None:
    main_of(file)["plannedDuration"] = None


def _no_cell(file: Json) -> None:
    design_of(file)["studyCells"].pop()


def _no_encounter(file: Json) -> None:
    design_of(file)["encounters"].pop(0)


def _unused_encounter(file: Json) -> None:
    design_of(file)["encounters"].append(encounter("E-X", "Never"))


def _other_scheduled_at(file: Json) -> None:
    design_of(file)["encounters"][0]["scheduledAtId"] = "T-W2"


def _no_activity(file: Json) -> None:
    main_of(file)["instances"][0]["activityIds"].append("A-X")


def _no_epoch(file: Json) -> None:
    main_of(file)["instances"][0]["epochId"] = "E-X"


def _back_from_another(file: Json) -> None:
    timing_of(file, "CALL")["type"] = {"code": "C201357", "decode": "Before"}


def _timing_of_nobody(file: Json) -> None:
    main_of(file)["timings"].append(timing("NOBODY", "D1", "After", "P1W"))


def _timing_of_another_timeline(file: Json) -> None:
    main_of(file)["timings"].append(timing("ET", "D1", "After", "P1W"))


def _two_designs(file: Json) -> None:
    file["study"]["versions"][0]["studyDesigns"].append({"id": "SD2", "name": "Another"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_no_main, 'no timeline is the main one (DDF00012): "MAIN" is read as it, for there is no other'),
        (_two_main, '2 timelines are the main one (DDF00012), all are read: "MAIN", "STOP"'),
        (_same_names, '2 timelines are called "MAIN": they are told apart by their ids'),
        (_next_and_exit, "Instance SCR: it has a next instance and an exit (DDF00008)"),
        (_off_the_chain, 'timeline "MAIN": its chain does not lead to Instance M6; they are read after it'),
        (_wrong_entry, 'timeline "MAIN": its entry "NOBODY" is none of its instances'),
        (_order, "M6 follows CALL on the timeline, and lies before it by its timing"),
        (_anchor_elsewhere, "D1: an anchor is counted from nothing, and this one names another (DDF00007)"),
        (_anchor_window, "D1: an anchor has no window, and this one has (DDF00025); it is not read"),
        (_anchor_ends, "D1: an anchor is Start to Start, and this is Start to End (DDF00036)"),
        (_no_duration, 'the main timeline "MAIN" does not say how long it lasts (DDF00153)'),
        (_no_cell, "Placebo in Treatment: 0 study cells, and one is wanted (DDF00243)"),
        (_no_encounter, 'SCR: there is no encounter "E-SCR"'),
        (_unused_encounter, "encounter Never is at no instance of a timeline; not read"),
        (_other_scheduled_at, 'encounter Screening visit: "T-W2" is no timing of its own'),
        (_no_activity, 'SCR: there is no activity "A-X"'),
        (_no_epoch, 'Instance SCR: there is no epoch "E-X"'),
        (_back_from_another, "CALL: counted back from W2, which is no anchor: look whether that is meant"),
        (_timing_of_nobody, 'timing "T-NOBODY": there is no instance "NOBODY" that it could be of'),
        (_timing_of_another_timeline, 'timing "T-ET": its instance stands in another timeline (DDF00046)'),
        (_two_designs, "the file holds 2 records of a study design: read is SD, and not Another"),
    ],
)
def test_what_is_not_as_it_should_be_is_said_and_the_rest_is_read(change: Callable[[Json], None], said: str) -> None:
    file = small()
    change(file)
    draft = drafted(file)
    assert said in draft.notices
    assert said not in drafted(small()).notices
    assert {each.id for each in protocol_from(draft).visits} >= {"SCR", "D1", "W2", "CALL", "M6"}


def test_a_chain_that_turns_back_ends_there() -> None:
    file = small()
    _circular_chain(file)
    assert [each["id"] for each in drafted(file).visits] == ["SCR", "D1", "W2", "CALL", "M6", "ET"]


def test_without_an_anchor_somebody_is_asked_for_it() -> None:
    file = small()
    _without(file, "D1")
    draft = drafted(file)
    assert draft.study["anchor"] == "anchor"
    assert 'timeline "MAIN" has no anchor (DDF00009)' in draft.notices
    assert "Which visit or event does the protocol count its days from? The file has no anchor." in asked(draft, "study")
    protocol_from(draft)


def test_with_several_anchors_somebody_is_asked_which_numbers_the_days() -> None:
    file = small()
    timing_of(file, "W2").update(timing("W2", "W2", "Fixed Reference", "P0D"))
    draft = drafted(file)
    assert (draft.study["anchor"], visit(draft, "W2")["at"]) == ("D1", "given")
    assert "Which anchor does the protocol number its days from? The file has D1, W2." in asked(draft, "study")


def test_a_part_of_a_visit_that_has_no_clock_time_is_asked_about() -> None:
    file = small()
    levels = design_of(file)["scheduleTimelines"][2]
    levels["timings"][2]["relativeToFrom"] = {"code": "C201353", "decode": "End to Start"}
    levels["timings"][1].update(windowLower=None, windowUpper=None, windowLabel="-5..5 minutes")
    draft = drafted(file)
    assert row_of(draft, "PK")["times"] == ("0 minutes", "30 minutes")
    assert 'timeline "LEVELS": no clock time can be counted for Instance L2' in draft.notices
    assert 'timing "T-L1": its window is only a label, "-5..5 minutes" (DDF00006)' in draft.notices
    assert {"At which times are the parts of LEVELS: Instance L2?", "What is the window of this time?"} <= {
        each.ask for each in draft.questions
    }


def test_parts_of_a_visit_that_hold_one_another_are_read_once() -> None:
    file = small()
    design = design_of(file)
    design["activities"][4]["timelineId"] = "LEVELS"
    design["scheduleTimelines"][2]["instances"][0]["activityIds"].append("A-vitals")
    design["scheduleTimelines"][2]["instances"][0]["timelineId"] = "LEVELS"
    protocol_from(drafted(file))


def test_labels_hold_no_html_and_no_counters() -> None:
    file = small()
    design = design_of(file)
    design["encounters"][0]["label"] = "Screen <b>1</b> &amp; <n> more\u00a0days"
    assert visit(drafted(file), "SCR")["label"] == "Screen 1 & more days"
    design["encounters"][0]["label"] = "1 < 2 > 1 \x07"
    assert visit(drafted(file), "SCR")["label"] == "1 ‹ 2 › 1"
    protocol_from(drafted(file))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{}", 'x.json is no USDM file: a JSON object with "study" and "usdmVersion" was wanted'),
        (b"[1]", 'x.json is no USDM file: a JSON object with "study" and "usdmVersion" was wanted'),
        (b'{"study": {}}', "x.json holds no version"),
        (b'{"study": {"versions": [{}]}}', "x.json holds no study design"),
        (
            b'{"study": {"versions": [{"studyDesigns": [{}]}]}}',
            "x.json holds no schedule: its study design has no timeline with instances",
        ),
        (b"{", "x.json:1:2: this is not JSON: Expecting property name enclosed in double quotes"),
    ],
)
def test_what_is_no_usdm_file_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(SchedulerError) as caught:
        read(text, "x.json")
    assert str(caught.value) == said


def test_several_timelines_and_none_the_main_one_cannot_be_told_apart() -> None:
    file = small()
    main_of(file)["mainTimeline"] = False
    with pytest.raises(SchedulerError) as caught:
        drafted(file)
    assert (
        str(caught.value)
        == 'study.json: none of its timelines is the main one (mainTimeline); there are: "MAIN", "STOP", "LEVELS"'
    )


# -- anything at all

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["D1", "W2", "P2W", "SCR", "MAIN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _spots(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found.append((value, key))
        found += _spots(value[key])
    return found


@given(ANYTHING)
def test_any_json_is_a_draft_or_our_error(value: Any) -> None:
    try:
        drafted(value)
    except SchedulerError:
        return


@given(st.binary(max_size=40))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SchedulerError):
        read(data, "x.json")


@settings(max_examples=400)
@given(st.data())
def test_a_file_with_anything_in_any_place_is_a_protocol_or_our_error(data: st.DataObject) -> None:
    file = copy.deepcopy(small())
    for _ in range(data.draw(st.integers(1, 4))):
        spots = _spots(file)
        holder, key = spots[data.draw(st.integers(0, len(spots) - 1))]
        other, other_key = spots[data.draw(st.integers(0, len(spots) - 1))]
        holder[key] = data.draw(st.one_of(ANYTHING, st.just(copy.deepcopy(other[other_key]))))
    try:
        draft = drafted(file)
    except SchedulerError:
        return
    protocol = protocol_from(draft)  # a draft is a protocol, whatever was in the file
    assert {loss.kind for loss in draft.lost} <= LOSSES.keys()
    assert [each.id for each in protocol.visits] == [each["id"] for each in draft.visits]


# -- the study of the CDISC pilot, as it is published


@pytest.mark.skipif(not LZZT.exists(), reason="the published file is not in this repository")
def test_the_published_lzzt_study_has_the_dates_of_its_printed_schedule() -> None:
    protocol = protocol_from(read(LZZT.read_bytes(), LZZT.name))
    assert_dates(
        of(protocol, {"DOSE": "2026-08-31"}),
        # printed: Visit 1 within 2 weeks; the file has no window for it. Visit 2: four hours on a day without a clock time
        """
        SCREEN1 2026-08-17 - -
        SCREEN2 2026-08-29 - 2026-08-29
        DOSE 2026-08-31 - -
        WK2 2026-09-14 2026-09-11 2026-09-17
        WK4 2026-09-28 2026-09-25 2026-10-01
        WK6 2026-10-12 2026-10-09 2026-10-15
        WK8 2026-10-26 2026-10-23 2026-10-29
        WK12 2026-11-23 2026-11-19 2026-11-27
        WK16 2026-12-21 2026-12-17 2026-12-25
        WK20 2027-01-18 2027-01-14 2027-01-22
        WK24 2027-02-15 2027-02-11 2027-02-19
        WK26 2027-03-01 2027-02-26 2027-03-04
        WK8N 2026-11-09 - -
        WK12N 2026-12-07 - -
        WK16N 2027-01-04 - -
        WK20N 2027-02-01 - -
        """,
    )
    assert_dates(
        of(protocol, {"DOSE": "2028-02-29"}),
        """
        SCREEN1 2028-02-15 - -
        SCREEN2 2028-02-27 - 2028-02-27
        WK2 2028-03-14 2028-03-11 2028-03-17
        WK24 2028-08-15 2028-08-11 2028-08-19
        WK26 2028-08-29 2028-08-26 2028-09-01
        WK20N 2028-08-01 - -
        """,
    )
    assert_dates(  # from the visit as it took place; the next visit still from the anchor
        of(protocol, {"DOSE": "2026-08-31"}, done={"WK8": "2026-10-29"}),
        """
        WK8N 2026-11-12 - -
        WK12 2026-11-23 2026-11-19 2026-11-27
        """,
    )


@pytest.mark.skipif(not LZZT.exists(), reason="the published file is not in this repository")
def test_the_published_lzzt_study_has_the_same_dates_as_our_own_file_of_it() -> None:
    from worked import trial

    same = dict(
        zip(
            "SCREEN1 SCREEN2 DOSE WK2 WK4 WK6 WK8 WK12 WK16 WK20 WK24 WK26 WK8N WK12N WK16N WK20N".split(),
            "V1 V2 V3 V4 V5 V7 V8 V9 V10 V11 V12 V13 T8 T9 T10 T11".split(),
            strict=True,
        )
    )
    ours = of(trial("lzzt.yaml"), {"V3": "2025-12-23"})
    theirs = of(protocol_from(read(LZZT.read_bytes(), LZZT.name)), {"DOSE": "2025-12-23"})
    for their, our in same.items():
        assert theirs.visit(their).target == ours.visit(our).target
        if our not in ("V1", "V2"):
            assert (theirs.visit(their).earliest, theirs.visit(their).latest) == (
                ours.visit(our).earliest,
                ours.visit(our).latest,
            )


@pytest.mark.skipif(not LZZT.exists(), reason="the published file is not in this repository")
def test_the_published_lzzt_study_becomes_a_study_folder_that_checks(tmp_path: Any) -> None:
    made = run("import", "usdm", LZZT, "--out", tmp_path / "lzzt")
    assert "lost: not kept of what was read: which visits are one encounter: WK8, WK8N, " in made.output
    assert 'the main timeline "Main Timeline" does not say how long it lasts (DDF00153)' in made.output
    assert "question" in run("check", tmp_path / "lzzt").output


def test_a_study_folder_is_made_of_a_file(tmp_path: Any) -> None:
    (tmp_path / "study.json").write_text(json.dumps(small()), encoding="utf-8")
    made = run("import", "usdm", tmp_path / "study.json", "--out", tmp_path / "study").output.splitlines()
    assert "lost: read as part of the labels: which activity stands under which: Laboratory" in made
    assert f"open questions: 5, see trial-scheduler check {tmp_path / 'study'}" in made
    run("check", tmp_path / "study")
    read_protocol((tmp_path / "study" / "protocol.yaml").read_bytes(), "protocol.yaml")


def test_a_second_file_is_read_the_same(tmp_path: Any) -> None:
    assert protocol_text(drafted(small())) == protocol_text(drafted(json.loads(json.dumps(small()))))
    assert timeline("A", [instance("I")], [])["entryId"] == "I"


def losing() -> list[Json]:
    """Files that lose something of every kind there is."""
    first, second = small(), small()
    _end_to_start(first)
    first["study"]["versions"][0]["amendments"] = [{"id": "AM"}]
    design_of(first)["activities"].append({"id": "A-never", "name": "never", "label": "Never"})
    main_of(second)["instances"][0]["name"] = "Screening visit 1"
    return [first, second]


def test_everything_that_is_lost_is_named() -> None:
    first, second = ({loss.kind: loss.names for loss in drafted(file).lost} for file in losing())
    assert first == {
        "study content": ("amendments",),
        "elements": ("Screen", "Dosing"),
        "activity tree": ("Laboratory",),
        "activities without a visit": ("Never",),
        "conditions as text": ("C1",),
        "shared encounters": ("W2", "CALL"),
        "ends of visits": ("W2",),
        "descriptions and codes": (),
    }
    assert second["names"] == ("Instance SCR",)
