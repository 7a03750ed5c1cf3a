"""REDCap: what it can hold comes back as it was; what it cannot is named, and nothing else is."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from conftest import EXAMPLE, ROOT, SHARED, protocol_of, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.exchange import redcap
from scheduler.exchange.drafting import protocol_text
from scheduler.exchange.records import Draft, Written
from scheduler.exchange.visits import OneVisit, around, from_anchor, ids, visits_of
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.study.files import load_protocol

FIXTURES = SHARED / "fixtures" / "redcap"
PROTOCOLS = {path.stem: path for path in [EXAMPLE / "protocol.yaml", *sorted((ROOT / "tests" / "trials").glob("*.yaml"))]}
HEADER = "event_name,arm_num,day_offset,offset_min,offset_max,unique_event_name,custom_event_label\n"


def lost(result: Written | Draft) -> dict[str, tuple[str, ...]]:
    return {loss.kind: loss.names for loss in result.lost}


def back(written: Written, anchor: str = "") -> tuple[Draft, Protocol]:
    """What was written, read again."""
    files = {name: data for name, data in written.files.items() if name.endswith(".csv")}
    draft = redcap.read(files, anchor)
    return draft, read_protocol(protocol_text(draft), "protocol.yaml")


def events(written: Written) -> str:
    return written.files[redcap.EVENTS].decode()


# -- writing


def test_events_arms_and_mapping_are_written_as_redcap_reads_them(protocol: Protocol) -> None:
    """
    visits:
      - {id: SCR, label: Screening, at: Day -14, window: -7 .. +3 days}
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
      - {id: M, ids: M<month>, at: Month 3/12, window: ±2 weeks}
    activities:
      SLEDAI: {at: [D14 .. M12]}
      labs: {at: [all]}
    """
    written = redcap.write(protocol)
    assert events(written) == (
        HEADER + "Screening,1,-14,7,3,,SCR\n"
        "infusion,1,0,0,0,,infusion\n"
        "Day 14,1,14,2,2,,D14\n"
        "Month 3,1,91,14,14,,M3\n"
        "Month 12,1,365,14,14,,M12\n"
    )
    assert written.files[redcap.ARMS] == b"arm_num,name\n1,Arm 1\n"
    assert written.files[redcap.MAPPING].decode() == (
        "arm_num,unique_event_name,form\n"
        "1,screening_arm_1,labs\n"
        "1,infusion_arm_1,labs\n"
        "1,day_14_arm_1,sledai\n1,day_14_arm_1,labs\n"
        "1,month_3_arm_1,sledai\n1,month_3_arm_1,labs\n"
        "1,month_12_arm_1,sledai\n1,month_12_arm_1,labs\n"
    )
    assert written.notices == [
        "a month is 30.4375 days, rounded for each visit: the days in REDCap are not the dates of the calendars",
        "the start date in REDCap is the day of infusion, and events lie before it: if REDCap refuses them, write with --shift",
    ]
    assert lost(written) == {"months": ("M3", "M12"), "activities": ("SLEDAI",), "study": ()}


def test_shifted_no_day_is_negative(protocol: Protocol) -> None:
    """
    visits:
      - {id: SCR, at: Day -14, window: ±2 days}
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
    """
    written = redcap.write(protocol, shift=True)
    assert [line.split(",")[2] for line in events(written).splitlines()[1:]] == ["0", "14", "28"]
    assert written.notices == ["the start date in REDCap is 14 days before infusion"]
    _, again = back(written, "infusion")
    assert {visit.id: str(visit.at) for visit in again.visits} == {"SCR": "Day -14", "infusion": "given", "D14": "Day 14"}


@pytest.mark.parametrize(
    ("month", "days"), [("mean", [91, 183, 274, 365, 548, 731]), ("30", [90, 180, 270, 360, 540, 720]), ("28", [84, 168, 252, 336, 504, 672])]
)  # fmt: skip
def test_months_become_days_by_the_stated_policy(month: str, days: list[int]) -> None:
    protocol = protocol_of("visits: [{id: infusion, at: given}, {id: M, ids: M<month>, at: Month 3/6/9/12/18/24, window: none}]")
    rows = events(redcap.write(protocol, month=month)).splitlines()[2:]
    assert [int(row.split(",")[2]) for row in rows] == days


def test_names_survive_the_18_characters(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: A, label: Follow-up visit after two weeks, at: Day 14, window: none}
      - {id: B, label: Follow-up visit after four weeks, at: Day 28, window: none}
      - {id: D-2, label: 回输前, at: Day -2, window: none}
      - {id: D2, label: 回输后, at: Day 2, window: none}
      - {id: E, label: =SUM(1), at: Day 3, window: none}
    """
    written = redcap.write(protocol)
    names = [row.split(",")[0] for row in events(written).splitlines()[1:]]
    assert names == [
        "infusion",
        "Follow-up visit after two weeks",
        "B Follow-up visit after four weeks",
        "D-2 回输前",
        "5 D2",
        "E =SUM(1)",
    ]
    assert len({redcap.short_name(name) for name in names}) == len(names)
    assert lost(written)["names"] == ("B", "D-2", "D2", "E")


def test_the_unique_names_are_those_redcap_makes() -> None:
    made = [("Deadline to opt out of study", 2), ("Enrollment", 1), ("Enrollment", 1), ("Enrollment", 2), ("Visit #1 (a)", 1)]
    assert redcap.unique_names(redcap.Event(name, arm) for name, arm in made) == [
        "deadline_to_opt_ou_arm_2",
        "enrollment_arm_1",
        "enrollment_arm_1b",
        "enrollment_arm_2",
        "visit_1_a_arm_1",
    ]


def test_nothing_of_a_participant_is_written(tmp_path: Path) -> None:
    run("export", "redcap", EXAMPLE, "--out", tmp_path / "out")
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir())
    assert "YC-003" not in written
    assert "2026-" not in written.replace("registry record of", "")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "redcap-arms.csv",
        "redcap-events.csv",
        "redcap-mapping.csv",
        "redcap-notes.txt",
    ]
    assert "deletes events, with their data" in written
    assert "override=" not in written


def test_nothing_is_written_over(tmp_path: Path) -> None:
    run("export", "redcap", EXAMPLE, "--out", tmp_path)
    assert "was not written by this program" in run("export", "redcap", EXAMPLE, "--out", tmp_path, status=1).stderr


# -- what is lost is what is named

EACH_LOSS = {
    "months": "visits: [{id: infusion, at: given}, {id: M3, at: Month 3, window: none}]",
    "no day": "events: {e: {}}\nvisits: [{id: infusion, at: given}, {id: X, at: e + 3 days, window: none}]",
    "counted from": "visits: [{id: infusion, at: given}, {id: A, at: Day 3, window: none}, {id: B, at: A + 2 days, window: none}]",
    "names": "visits: [{id: infusion, at: given}, {id: A, label: 第, at: Day 3, window: none}]",
    "series": "visits: [{id: infusion, at: given}, {id: S, at: Day 7 then every 7 days, window: none}]",
    "window": "visits: [{id: infusion, at: given}, {id: A, at: Day 3, window: .. +2 days}]",
    "exact window": "visits: [{id: infusion, at: given}, {id: A, at: Day 3, window: exact}]",
    "limits": "visits: [{id: infusion, at: given}, {id: A, at: Day 3, window: ±1 day, limits: not before infusion + 2 days}]",
    "conditions": "facts: {x: yes or no}\nvisits: [{id: infusion, at: given}, {id: A, at: Day 3, window: none, when: x}]",
    "ends": "events: {e: {}}\nvisits: [{id: infusion, at: given}, {id: A, at: Day 3, window: none, until: e}]",
    "cases": "facts: {x: yes or no}\nvisits: [{id: infusion, at: given}, {id: A, cases: [{when: x, at: Day 3}, {at: Day 4}]}]",
    "kinds": "visits: [{id: infusion, at: given, mode: ward}]",
    "texts": "visits: [{id: infusion, at: given, participant text: You come.}]",
    "languages": "visits: [{id: infusion, at: given, label: {en: Infusion, zh: 回输}}]",
    "sources": "visits: [{id: infusion, at: given, source: said so}]",
    "activities": "visits: [{id: infusion, at: given}]\nactivities: {labs: {at: [all], label: Laboratory}}",
    "periods": "visits: [{id: infusion, at: given}]\nperiods: [{id: stay, kind: stay, from: infusion}]",
    "events": "events: {e: {}}\nvisits: [{id: infusion, at: given}]",
    "facts": "facts: {x: yes or no}\nvisits: [{id: infusion, at: given}]",
    "between": "visits: [{id: infusion, at: given}]\nbetween participants: [{id: b, event: infusion, within: study, limit: not before infusion of previous participant + 14 days}]",
    "notes": "visits: [{id: infusion, at: given}]\nnotes: [Ask.]",
    "study": "visits: [{id: infusion, at: given}]",
}
BESIDE = {"no day": {"events"}, "conditions": {"facts"}, "ends": {"events"}, "cases": {"facts"}}


@pytest.mark.parametrize("kind", EACH_LOSS)
def test_each_loss_is_named_when_there_is_one(kind: str) -> None:
    assert set(lost(redcap.write(protocol_of(EACH_LOSS[kind])))) == {kind, "study"} | BESIDE.get(kind, set())


def test_there_is_an_example_of_every_loss() -> None:
    assert EACH_LOSS.keys() | {"repeating", "project"} == redcap.LOSSES.keys()


def _days(visits: Mapping[str, OneVisit], protocol: Protocol) -> dict[str, tuple[int | None, tuple[int, int] | None]]:
    """How many days each visit lies from the anchor, and its window in days; None where there is none, or no fixed one."""
    found: dict[str, tuple[int | None, tuple[int, int] | None]] = {}
    for id, visit in visits.items():
        offset = from_anchor(id, visits, protocol)
        day = None if offset is None or offset.months or offset.minutes or offset.working_days else offset.days
        sides = around(visit, protocol)
        amounts = [side.offset for side in sides] if sides else []
        fixed = bool(amounts) and not any(each.months or each.minutes or each.working_days for each in amounts)
        found[id] = day, (amounts[0].days, amounts[1].days) if fixed and day is not None else None
    return found


@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_does_not_come_back_is_what_was_named(name: str) -> None:
    """Every visit of every study of the tests: its id, day and window, or the name of what was lost of it."""
    protocol = load_protocol(PROTOCOLS[name])
    written = redcap.write(protocol)
    named = lost(written)
    anchor = protocol.study.anchor
    kept = anchor if anchor not in protocol.events else ""
    _, again = back(written, kept)
    before, after = _days(ids(visits_of(protocol)), protocol), _days(ids(visits_of(again)), again)
    gone = set(before) - set(after)
    assert not gone
    assert set(after) - set(before) == set(named.get("series", ()))
    assert {id for id in before if before[id][0] != after[id][0]} <= set(named.get("months", ()))
    without = {id for id in before if after[id][0] is None and id != anchor}
    assert without == (set(named.get("no day", ())) | set(named.get("cases", ()))) & set(before)
    windows = {id for id in before if before[id][1] not in (after[id][1], (0, 0))}
    assert windows <= set(named.get("months", ())) | set(named.get("window", ()))
    exact = {id for id in before if before[id][1] == (0, 0)}
    assert exact <= set(named.get("exact window", ()))
    stated = {
        visit.id for visit in visits_of(protocol) if visit.plan.window and str(visit.plan.window) != "none" and not visit.several
    }
    unsaid = stated - {id for id in after if after[id][1]} - set(named.get("exact window", ()))
    assert unsaid == set(named.get("window", ())) & set(before)


NAMES = st.sampled_from(["V1", "D14", "C2D1", "visit-b", "Zz9", "A.b", "EOT", "访视3"])
VISITS = st.dictionaries(
    NAMES, st.tuples(st.integers(-400, 900), st.integers(0, 60), st.integers(0, 60), st.sampled_from(["", "A", "B", "A/B"])), max_size=8
)  # fmt: skip


@given(VISITS, st.booleans())
def test_days_windows_and_arms_come_back(visits: dict[str, tuple[int, int, int, str]], shift: bool) -> None:
    entries = [
        f"  - {{id: {id}, at: Day {day}, window: -{early} .. +{late} days{f', when: arm is {arm}' if arm else ''}}}"
        for id, (day, early, late, arm) in visits.items()
    ]
    protocol = protocol_of("facts: {arm: [A, B]}\nvisits:\n  - {id: infusion, at: given}\n" + "\n".join(entries))
    written = redcap.write(protocol, shift=shift)
    _, again = back(written, "infusion")
    assert [visit.id for visit in again.visits if visit.id not in visits] == ["infusion"]
    found = {visit.id: visit for visit in again.visits}
    assert found.keys() - {"infusion"} == visits.keys()
    for id, (day, early, late, arm) in visits.items():
        assert str(found[id].at) == f"Day {day}"
        assert ", ".join(map(str, found[id].when)) == (f"arm is {arm}" if arm in ("A", "B") else "")
        sides = around(ids(visits_of(again))[id], again)
        assert ([side.offset.days for side in sides] if sides else [0, 0]) == [early, late]
    assert set(lost(written)) <= {"study", "names", "exact window"}
    assert set(lost(written).get("exact window", ())) == {id for id, (_, early, late, _) in visits.items() if early == late == 0}
    if shift:
        assert all(int(row.split(",")[2]) >= 0 for row in events(written).splitlines()[1:])


# -- reading


def read(*rows: str, anchor: str = "", more: Mapping[str, bytes] | None = None) -> tuple[Draft, Protocol]:
    draft = redcap.read({"events.csv": (HEADER + "\n".join(rows)).encode(), **(more or {})}, anchor)
    return draft, read_protocol(protocol_text(draft), "protocol.yaml")


def test_the_only_event_on_day_0_is_what_days_count_from() -> None:
    draft, protocol = read("Baseline,1,0,0,0,,", "Week 4,1,28,3,7,week_4_arm_1,", "Call,1,60,0,5,,")
    assert protocol.study.anchor == "Baseline"
    assert protocol.study.assumed == {"anchor"}
    assert {visit.id: (str(visit.at), str(visit.window)) for visit in protocol.visits} == {
        "Baseline": ("given", "None"),
        "Week-4": ("Day 28", "-3 days .. +7 days"),
        "Call": ("Day 60", "0 .. +5 days"),
    }
    assert "Is this the day everything is counted from?" in draft.questions[1].ask


def test_without_one_day_counts_from_the_start_date() -> None:
    _, protocol = read("A,1,0,0,0,,", "B,1,0,0,0,,")
    assert protocol.study.anchor == "start"
    _, protocol = read("A,1,7,0,0,,", "B,1,14,0,0,,", anchor="A")
    assert {visit.id: str(visit.at) for visit in protocol.visits} == {"A": "given", "B": "Day 7"}


def test_an_anchor_that_is_none_is_refused() -> None:
    with pytest.raises(SchedulerError, match='--anchor "C": there is no event of this name that has a day'):
        read("A,1,7,0,0,,", "B,1,14,0,0,,", anchor="C")


def test_signed_windows_and_the_old_name_of_a_column_are_read_with_a_notice() -> None:
    data = b"event_name,arm_num,days_offset,offset_min,offset_max\nA,1,7,-3,2\n"
    draft = redcap.read({"e.csv": data})
    assert draft.visits[0]["at"] == "Day 7"
    assert draft.visits[0]["window"] == "-3 days .. +2 days"
    assert draft.notices == ["e.csv:2: offset_min: -3 is read as 3: REDCap writes how many days early or late without a sign"]


def test_events_that_differ_between_arms_are_visits_of_their_own() -> None:
    arms = b"arm_num,name\n1,Drug A\n2,B\n"
    mapping = b"arm_num,unique_event_name,form\n1,start_visit_arm_1,labs\n2,start_visit_arm_2,labs\n2,final_arm_2,ecg\n"
    rows = ("Start visit,1,0,0,0,,", "Final,1,30,2,2,,", "Start visit,2,0,0,0,,", "Final,2,20,2,2,,")
    draft, protocol = read(*rows, more={"arms.csv": arms, "mapping.csv": mapping})
    assert protocol.facts["arm"].values == ("Drug-A", "B")
    assert {visit.id: (str(visit.at), ", ".join(map(str, visit.when))) for visit in protocol.visits} == {
        "Start-visit": ("given", ""),
        "Final": ("Day 30", "arm is Drug-A"),
        "Final-B": ("Day 20", "arm is B"),
    }
    assert {activity.id: activity.written for activity in protocol.activities} == {"labs": "Start-visit", "ecg": "Final-B"}
    assert not draft.lost


def test_wrong_numbers_and_unknown_events_are_all_said_at_once() -> None:
    with pytest.raises(ProblemsError) as caught:
        read("A,1,x,0,0,,", "B,1,7,0,999999,,")
    assert str(caught.value) == (
        'events.csv:2: day_offset: "x": a whole number was wanted, of 40,000 at most\n'
        'events.csv:3: offset_max: "999999": a whole number was wanted, of 40,000 at most'
    )
    with pytest.raises(ProblemsError, match="there is no event"):
        read("A,1,1,0,0,,", more={"m.csv": b"arm_num,unique_event_name,form\n1,zz_arm_1,labs\n"})


def test_a_project_with_a_document_type_is_refused() -> None:
    data = b'<?xml version="1.0"?><!DOCTYPE ODM [<!ENTITY x SYSTEM "file:///etc/passwd">]><ODM>&x;</ODM>'
    with pytest.raises(ProblemsError, match="a document type"):
        redcap.read({"p.xml": data})


PROJECT = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org"><Study OID="P"><GlobalVariables>
<StudyName>My project</StudyName><redcap:SchedulingEnabled>1</redcap:SchedulingEnabled></GlobalVariables><MetaDataVersion>
<StudyEventDef OID="E.a" Name="Dose (Arm 1)" Repeating="No" redcap:EventName="Dose" redcap:ArmNum="1" redcap:ArmName="Only"
 redcap:UniqueEventName="dose_arm_1" redcap:DayOffset="0" redcap:OffsetMin="0" redcap:OffsetMax="0"/>
<StudyEventDef OID="E.b" Name="Call (Arm 1)" Repeating="Yes" redcap:EventName="Call" redcap:ArmNum="1" redcap:DayOffset="28"
 redcap:OffsetMin="2" redcap:OffsetMax="2"><FormRef FormOID="Form.ae" redcap:FormName="ae"/></StudyEventDef>
<FormDef OID="Form.ae" Name="Adverse events"/></MetaDataVersion></Study>
<ClinicalData><SubjectData SubjectKey="SECRET-1"/></ClinicalData></ODM>"""


def test_a_project_is_read_without_its_data() -> None:
    draft = redcap.read({"p.xml": PROJECT.encode()})
    text = protocol_text(draft)
    assert b"SECRET" not in text
    protocol = read_protocol(text, "protocol.yaml")
    assert protocol.study.title.said_in("en") == "My project"
    assert [(visit.id, str(visit.at), str(visit.window)) for visit in protocol.visits] == [
        ("Dose", "given", "None"),
        ("Call", "Day 28", "±2 days"),
    ]
    [activity] = protocol.activities
    assert (activity.id, activity.label and activity.label.said_in("en"), activity.written) == ("ae", "Adverse events", "Call")
    assert lost(draft) == {"project": (), "repeating": ("Call",)}


def test_days_of_a_project_without_scheduling_are_assumed() -> None:
    draft = redcap.read({"p.xml": PROJECT.replace("Enabled>1<", "Enabled>0<").encode()})
    assert draft.study["anchor"] == "start"
    assert [visit.get("assumed") for visit in draft.visits] == [["at"], ["at"]]
    assert any("Scheduling is switched off" in question.ask for question in draft.questions)


PARTS = st.sampled_from(
    [
        *HEADER.strip().split(","),
        "form",
        "name",
        "1",
        "-3",
        "0",
        "99999",
        "Week 4",
        '"',
        "\n",
        ",",
        ",",
        ",",
        "=1",
        "é",
        "\x00",
        "arm is x",
        "",
    ]
)


@given(st.one_of(st.binary(max_size=120), st.lists(PARTS, max_size=40).map(lambda parts: ",".join(parts).encode())))
def test_any_table_is_events_or_our_error(data: bytes) -> None:
    for files in ({"a": data}, {"a": data, "b": HEADER.encode() + b"A,1,0,0,0,,\n"}, {"a": HEADER.encode() + data}):
        with contextlib.suppress(SchedulerError):
            read_protocol(protocol_text(redcap.read(files)), "p")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Dose", "Call", "28", "2", "ae", "Only", "1", "Yes", "ODM", "Study", ">", "<", "redcap:"]),
            st.text(max_size=6),
        ),
        max_size=5,
    )
)
def test_any_project_is_read_or_our_error(changes: list[tuple[str, str]]) -> None:
    text = PROJECT
    for old, new in changes:
        text = text.replace(old, new, 2)
    with contextlib.suppress(SchedulerError):
        read_protocol(protocol_text(redcap.read({"p.xml": text.encode("utf-8", "replace")})), "p")


XML_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufffe\uffff"), max_size=30)


@given(st.lists(st.tuples(XML_TEXT, st.integers(1, 3), XML_TEXT), min_size=1, max_size=8))
def test_any_names_make_a_protocol(rows: list[tuple[str, int, str]]) -> None:
    data = "<ODM xmlns='http://www.cdisc.org/ns/odm/v1.3' xmlns:r='https://projectredcap.org'>"
    for name, arm, label in rows:
        data += f"<StudyEventDef r:EventName={quoteattr(name)} r:CustomEventLabel={quoteattr(label)} r:ArmNum='{arm}' r:DayOffset='7'/>"
    read_protocol(protocol_text(redcap.read({"p.xml": f"{data}</ODM>".encode()})), "p")


@pytest.mark.skipif(not FIXTURES.exists(), reason="the files are not in the repository")
def test_a_real_project_is_read(tmp_path: Path) -> None:
    run("import", "redcap", FIXTURES / "REDCapR_longitudinal.project.xml", "--out", tmp_path / "xml")
    protocol = load_protocol(tmp_path / "xml")
    assert len(protocol.visits) == 11  # 12 events, and both arms have the same enrollment
    assert protocol.facts["arm"].values == ("Drug-A", "Drug-B")
    assert {visit.id: (str(visit.at), str(visit.window)) for visit in protocol.visits}["First-visit"] == ("Day 10", "±2 days")
    assert len(protocol.activities) == 9
    files = [FIXTURES / "REDCapR_longitudinal__event.csv", FIXTURES / "REDCapR_longitudinal__arm.csv"]
    run("import", "redcap", *files, "--out", tmp_path / "csv")
    assert [str(visit.at) for visit in load_protocol(tmp_path / "csv").visits] == ["None"] * 10
    run("build", tmp_path / "xml", "--out", tmp_path / "out")


@pytest.mark.skipif(not FIXTURES.exists(), reason="the files are not in the repository")
def test_the_names_of_a_real_project_are_those_we_make() -> None:
    rows = (FIXTURES / "REDCapR_longitudinal__event.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [row.replace('"', "").split(",") for row in rows]
    assert redcap.unique_names(redcap.Event(cell[0], int(cell[1])) for cell in cells) == [cell[2] for cell in cells]
