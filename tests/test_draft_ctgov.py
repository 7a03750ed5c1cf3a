"""Drafts from registry records: what the sentences say stands in the draft with its sentence, and what they do not say is asked."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.check.warnings import checked
from scheduler.exchange import ctgov
from scheduler.exchange.drafting import protocol_text
from scheduler.exchange.records import Draft
from scheduler.facts.records import Participant
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import PlannedPeriod, Protocol
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.schedule.expand import expand

SEED = SHARED / "seed" / "NCT07274059.json"

CELLS = """
* People may receive preparing chemotherapy (drug one and drug two) if clinically needed.
* If preparing chemotherapy is given, rest for two days on Day -2 and Day -1. The cell infusion takes place on Day 0.
* They are hospitalised for at least 7 days post-infusion, and must stay within 2 hours of the hospital for at least 28 days.
* They visit the clinic at Day 14, Day 28, month 3, month 6 and then every 6 months until month 24 after the infusion.
"""


def record(description: str = "", *, criteria: str = "", arms: tuple[str, ...] = (), **frames: str) -> bytes:
    """A small record; `frames` are time frames by the name of their outcome."""
    section: dict[str, Any] = {
        "identificationModule": {"nctId": "NCT00000001", "briefTitle": "A trial", "orgStudyIdInfo": {"id": "T-1"}},
        "statusModule": {"lastUpdatePostDateStruct": {"date": "2026-01-05"}},
        "descriptionModule": {"briefSummary": "To learn more.", "detailedDescription": description},
        "eligibilityModule": {"eligibilityCriteria": criteria},
        "outcomesModule": {"primaryOutcomes": [{"measure": name, "timeFrame": text} for name, text in frames.items()]},
        "armsInterventionsModule": {"armGroups": [{"label": arm} for arm in arms]},
        "contactsLocationsModule": {"locations": [{"facility": "First Hospital", "city": "Here"}]},
    }
    return json.dumps({"protocolSection": section}).encode()


def drafted(data: bytes) -> tuple[Draft, Protocol]:
    """A draft, and the protocol its text is; `check` finds no window that is not stated."""
    draft = ctgov.read(data, "record.json")
    protocol = read_protocol(protocol_text(draft), "protocol.yaml")
    assert {warned.kind for warned in checked(protocol).warnings} <= {"overlap", "gap", "same occurrence"}
    return draft, protocol


def ats(protocol: Protocol) -> dict[str, str]:
    """What each visit is at, and its window where there is one."""
    said = {}
    for visit in protocol.visits:
        window = f" {visit.window}" if visit.window is not None and str(visit.window) != "none" else ""
        said[visit.id] = f"{visit.at or ''}{window}".strip()
    return said


def period(protocol: Protocol, id: str) -> PlannedPeriod:
    return next(period for period in protocol.periods if period.id == id)


def asked(draft: Draft) -> str:
    return "\n".join(f"{', '.join(question.about)}: {question.ask} {question.source}" for question in draft.questions)


def test_a_cell_therapy_is_drafted_with_everything_its_record_says() -> None:
    draft, protocol = drafted(record(CELLS))
    assert protocol.study.anchor == "infusion"
    assert protocol.study.assumed == {"month"}
    assert ats(protocol) == {
        "infusion": "given",
        "D14": "Day 14",
        "D28": "Day 28",
        **{f"M{month}": f"Month {month}" for month in (3, 6, 12, 18, 24)},
    }
    assert {str(visit.mode and visit.mode.value) for visit in protocol.visits} == {"None", "clinic"}
    assert protocol.visits[1].source == (
        "'They visit the clinic at Day 14, Day 28, month 3, month 6 and then every 6 months until month 24 after the infusion.'"
    )
    ends = {
        each.id: (each.kind.value, str(each.start), str(each.end), ", ".join(map(str, each.when))) for each in protocol.periods
    }
    assert ends == {
        "preparing-course": ("treatment", "preparing-start", "None", "preparing"),
        "rest": ("rest", "Day -2", "Day -1", "preparing"),
        "hospital": ("stay", "infusion", "at least infusion + 7 days", ""),
        "near-site": ("restriction", "infusion", "at least infusion + 28 days", ""),
    }
    assert period(protocol, "near-site").assumed == {"from"}
    sources = [visit.source for visit in protocol.visits] + [each.source for each in protocol.periods]
    assert all([*sources, *(fact.source for fact in protocol.facts.values())])
    said = asked(draft)
    assert "preparing-course, preparing-start: On which days is preparing chemotherapy (drug one and drug two) given?" in said
    assert "D14, D28, M3, M6, M12, M18, M24: On which days around its target" in said
    assert "study: What is a month" in said
    assert "near-site: From which day does it hold?" in said


def test_the_dates_of_a_draft_are_those_on_the_calendar() -> None:
    _, protocol = drafted(record(CELLS))
    person = Participant.planned("P", {"infusion": date(2026, 11, 30)})
    schedule = expand(protocol, person)
    assert schedule.visit("D28").target == date(2026, 12, 28)
    assert schedule.visit("M3").target == date(2027, 2, 28)  # 30 November has no counterpart in February
    assert schedule.visit("M24").target == date(2028, 11, 30)
    assert (schedule.period("hospital").start, schedule.period("hospital").end) == (date(2026, 11, 30), date(2026, 12, 7))
    assert (schedule.period("rest").start, schedule.period("rest").end) == (date(2026, 11, 28), date(2026, 11, 29))


def test_windows_screening_and_telephone_are_read_where_they_stand() -> None:
    draft, protocol = drafted(
        record(
            "Screening is done within 28 days before randomization. Clinic visits are planned at Weeks 2, 4 and 8 (±3 days) after "
            "randomization; a telephone call follows at Week 12.",
            score="Baseline and Week 24",
        )
    )
    assert ats(protocol) == {
        "SCR": "within 28 days before randomisation",
        "baseline": "",
        "W2": "Week 2 ±3 days",
        "W4": "Week 4 ±3 days",
        "W8": "Week 8 ±3 days",
        "W12": "Week 12",
        "W24": "Week 24",
    }
    modes = {visit.id: visit.mode.value for visit in protocol.visits if visit.mode}
    assert modes == {"W2": "clinic", "W4": "clinic", "W8": "clinic", "W12": "telephone"}
    assert [activity.written for activity in protocol.activities] == ["baseline, W24"]
    assert "randomisation" in protocol.events
    said = asked(draft)
    assert "baseline: On which day is baseline" in said
    assert "W24: Only an assessment or a time frame names these days" in said


def test_day_1_is_the_first_day_where_the_record_says_so() -> None:
    draft, protocol = drafted(
        record("The vaccine is injected on Day 1. Visits take place on Days 8 and 29. Screening is from Day -14 to Day -1.")
    )
    assert protocol.study.reckoning.numbering.value == "day 1 without day 0"
    assert "Is the day before Day 1 Day -1 or Day 0?" in asked(draft)
    schedule = expand(protocol, Participant.planned("P", {protocol.study.anchor: date(2026, 3, 2)}))
    assert schedule.visit("D8").target == date(2026, 3, 9)
    assert schedule.visit("D29").target == date(2026, 3, 30)
    assert (schedule.visit("SCR").earliest, schedule.visit("SCR").latest) == (date(2026, 2, 16), date(2026, 3, 1))


def test_a_day_0_beside_day_1_is_kept() -> None:
    _, protocol = drafted(record("The drug is injected on Day 1. Visits take place on Day 0 and Day 3."))
    assert protocol.study.reckoning.numbering.value == "day 1 with day 0"
    schedule = expand(protocol, Participant.planned("P", {"injection": date(2026, 3, 2)}))
    assert (schedule.visit("D0").target, schedule.visit("D3").target) == (date(2026, 3, 1), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        (
            "Patients stay within a 2-hour drive of the study site for 4 weeks after infusion.",
            ("restriction", "infusion + 4 weeks"),
        ),
        (
            "Patients remain within 50 km of the centre for at least 28 days after infusion.",
            ("restriction", "at least infusion + 28 days"),
        ),
        ("Patients must avoid driving for at least 8 weeks after infusion.", ("restriction", "at least infusion + 8 weeks")),
        ("They will be admitted for 14 days after infusion.", ("stay", "infusion + 14 days")),
        ("Patients are hospitalised from Day -5 through Day 14; the infusion is on Day 0.", ("stay", "Day 14")),
        ("Safety is monitored for 3 months after infusion.", ("observation", "infusion + 3 months")),
        ("Chemotherapy is given from Day -5 to Day -3; the infusion is on Day 0.", ("treatment", "Day -3")),
    ],
)
def test_stays_restrictions_and_stretches_are_periods(sentence: str, found: tuple[str, str]) -> None:
    _, protocol = drafted(record(sentence))
    assert [(each.kind.value, str(each.end)) for each in protocol.periods] == [found]


def test_a_word_that_can_mean_any_giving_means_what_is_given_and_two_things_stay_two() -> None:
    sentences = "Surgery is on Day 0. Visits take place 6 weeks after surgery and 30 days after transplantation."
    draft, protocol = drafted(record(sentences, pain="4 weeks after the procedure"))
    assert ats(protocol) == {
        "surgery": "given",
        "transplantation": "given",
        "W4": "Week 4",
        "W6": "Week 6",
        "transplantation-D30": "transplantation + 30 days",
    }
    assert 'surgery: The record says "procedure", "surgery": are they the same day?' in asked(draft)


@pytest.mark.parametrize(
    "sentence",
    [
        "The drug is infused on Day 1 of each 21-day cycle for up to 35 cycles.",
        "Imaging is performed every 9 weeks.",
        "Blood is drawn 1 week after the second dose.",
        "The second dose follows 21 days later.",
        "Patients are seen monthly thereafter.",
        "This is a 52-week registry.",
        "Visits take place after 6 to 8 weeks.",
        "Hospitalization within 28 days counts.",
        "Samples are taken 4 hours after infusion.",
        "Patients return on Day 28, then every 3 months until month 24.",
        "A Day-7 visit takes place.",
        "受试者将在第14天访视。",
        "Apheresis is performed within 30 days of infusion.",
    ],
)
def test_what_is_not_understood_is_asked(sentence: str) -> None:
    draft, protocol = drafted(record(sentence))
    assert f"This sentence was not read, or not all of it: what does it mean for the schedule? '{sentence}'" in asked(draft)
    assert {visit.id for visit in protocol.visits} <= {"D28", protocol.study.anchor}
    assert not protocol.periods


@pytest.mark.parametrize(
    "frame",
    ["3 months", "From randomization until death, up to 5 years", "Through study completion, an average of 1 year", "7 days after each dose",
     "1 month after dose 2", "Every 8 weeks until progression, up to 24 months", "24 hours after surgery", ""],
)  # fmt: skip
def test_a_time_frame_that_can_mean_several_things_is_asked(frame: str) -> None:
    draft, protocol = drafted(record("The infusion is on Day 0.", survival=frame))
    assert f"At which visits is this assessed: survival? '{frame or 'survival'}'" in asked(draft)
    assert not protocol.activities
    assert not protocol.periods


def test_a_time_frame_that_is_a_stretch_is_observed_at_the_visits_in_it() -> None:
    draft, protocol = drafted(
        record(CELLS, toxicity="Up to 28 days after infusion", remission="up to 2 years after cell injection")
    )
    assert str(period(protocol, "observation-28-days").end) == "infusion + 28 days"
    assert str(period(protocol, "observation-2-years").end) == "infusion + 2 years"
    written = {activity.id: (activity.written, set(activity.assumed)) for activity in protocol.activities}
    assert written == {"toxicity": ("D14, D28", {"at"}), "remission": ("D14, D28, M3, M6, M12, M18, M24", {"at"})}
    assert 'infusion: The record says "infusion", "injection": are they the same day?' in asked(draft)


def test_contraception_waits_for_the_end_of_treatment_and_criteria_are_notes() -> None:
    criteria = (
        "Inclusion Criteria:\n\n* Contraception is used for at least 6 months after the last dose.\n* A negative test within 7 days prior to "
        "enrollment.\n* Aged 18 to 75 years."
    )
    draft, protocol = drafted(record("The drug is infused on Day 0.", criteria=criteria))
    assert str(period(protocol, "contraception").end) == "at least last-dose + 6 months"
    assert "last-dose: Which day is the last dose?" in asked(draft)
    assert [note.said_in("en") for note in protocol.notes] == [
        "Before the study (no dates are computed from this): 'A negative test within 7 days prior to enrollment.'"
    ]
    assert [loss.kind for loss in draft.lost] == ["eligibility"]


def test_arms_and_sites_are_asked_about() -> None:
    draft, _ = drafted(record("Infusion on Day 0.", arms=("A", "B")))
    assert "Is the schedule the same in every arm (A, B)?" in asked(draft)
    assert draft.sites == {"site-1": {"name": "First Hospital", "city": "Here", "time_zone": "UTC", "language": "en"}}


def test_an_empty_record_is_a_draft_of_questions() -> None:
    draft, protocol = drafted(record())
    assert protocol.study.anchor == "start"
    assert "study, start: What do days, weeks and months count from?" in asked(draft)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"null", b'{"protocolSection": []}', b'{"studies": [{}, {}]}', b"\xff", b"["]
)
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(ProblemsError, match=r"record\.json"):
        ctgov.read(data, "record.json")


def test_the_section_alone_is_a_record() -> None:
    whole = json.loads(record(CELLS))
    assert ctgov.read(json.dumps(whole["protocolSection"]).encode(), "r") == ctgov.read(record(CELLS), "r")
    assert ctgov.read(json.dumps({"studies": [whole]}).encode(), "r") == ctgov.read(record(CELLS), "r")


def test_what_a_record_holds_and_is_not_read_is_named() -> None:
    whole = json.loads(record(CELLS, criteria="Adults."))
    whole["protocolSection"]["designModule"] = {"phases": ["PHASE1"]}
    whole["protocolSection"]["outcomesModule"]["otherOutcomes"] = [{"measure": "x", "timeFrame": "Day 28", "description": "y"}]
    whole["resultsSection"] = {}
    lost = ctgov.read(json.dumps(whole).encode(), "r").lost
    assert [(loss.kind, loss.names) for loss in lost] == [
        ("eligibility", ()),
        ("outcome descriptions", ()),
        ("modules", ("designModule", "resultsSection")),
    ]
    assert {loss.kind for loss in lost} == ctgov.LOSSES.keys()
    assert ctgov.read(record(CELLS), "r").lost == ()


PIECES = st.sampled_from(
    "Day 14|Days -2 and -1|Week 4|month 3|Month 0|Day 0|Day 1|baseline|infusion|after|the|last dose|If|is given|,|rest for|2 days|visit|at|"
    "(±3 days)|every|until|within|hospitalised for at least|screening|before|randomization|-|to|12|99999 years|.|;|\n|cycle|may receive|if needed|"
    "Day -40000|weeks|telephone|contraception|then every 3 months until month 24|\u2028|\ud800|第3天|site|given|on".split("|")
)


@given(st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=8).map(" ".join))
def test_any_sentences_make_a_draft_that_is_a_protocol(description: str, frame: str) -> None:
    drafted(record(description, criteria=description, one=frame, other=description))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PATHS = (
    "descriptionModule", "outcomesModule", "eligibilityModule", "armsInterventionsModule", "contactsLocationsModule", "statusModule",
    "sponsorCollaboratorsModule", "identificationModule",
)  # fmt: skip


@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_are_a_record_or_our_error(data: bytes) -> None:
    with contextlib.suppress(SchedulerError):
        ctgov.read(data, "f")


@given(st.dictionaries(st.sampled_from(PATHS), JSON, max_size=4))
def test_any_modules_are_read_or_our_error(modules: dict[str, Any]) -> None:
    whole = json.loads(record(CELLS, x="Day 28"))
    whole["protocolSection"] |= modules
    try:
        draft = ctgov.read(json.dumps(whole).encode(), "f")
    except ProblemsError:
        return
    read_protocol(protocol_text(draft), "p")


@pytest.mark.skipif(not SEED.exists(), reason="the record is not in the repository")
def test_the_first_study_is_drafted_from_its_record(tmp_path: Path) -> None:
    study = tmp_path / "study"
    run("draft", SEED, "--out", study)
    protocol = read_protocol((study / "protocol.yaml").read_bytes(), "protocol.yaml")
    assert list(ats(protocol)) == ["infusion", "D14", "D28", "M3", "M6", "M9", "M12", "M18", "M24"]
    assert {str(visit.window) for visit in protocol.visits} == {"None", "none"}  # not one is made up
    ends = {each.id: (str(each.start), str(each.end), ", ".join(map(str, each.when))) for each in protocol.periods}
    assert ends["hospital"] == ("infusion", "at least infusion + 7 days", "")
    assert ends["near-site"] == ("infusion", "at least infusion + 28 days", "")
    assert ends["rest"] == ("Day -2", "Day -1", "lymphodepletion")
    assert ends["lymphodepletion-course"] == ("lymphodepletion-start", "None", "lymphodepletion")
    assert ends["contraception"] == ("infusion", "at least end-of-treatment + 6 months", "")
    spans = {"observation-28-days", "observation-2-months", "observation-3-months", "observation-2-years"}
    assert spans <= ends.keys()
    assert len(protocol.activities) == 10
    output = run("check", study).output
    assert "question (D14, D28, M3, M6, M9, M12, M18, M24): On which days around its target" in output
    assert "question (lymphodepletion-course, lymphodepletion-start): On which days is" in output
    assert "question (study): What is a month" in output
    assert "open questions: " in run("build", study, "--out", tmp_path / "out").output


@pytest.mark.skipif(not SEED.exists(), reason="the record is not in the repository")
def test_every_number_of_the_draft_stands_in_the_record() -> None:
    _, protocol = drafted(SEED.read_bytes())
    text = SEED.read_text(encoding="utf-8")
    written = [str(visit.at) for visit in protocol.visits] + [f"{each.start} {each.end}" for each in protocol.periods]
    numbers = {number for said in written for number in re.findall(r"\d+", said)}
    assert numbers == {"1", "2", "3", "6", "7", "9", "12", "14", "18", "24", "28"}
    assert all(re.search(rf"\b{number}\b", text) for number in numbers)
    sources = [visit.source for visit in protocol.visits] + [each.source for each in protocol.periods]
    sources += [activity.source for activity in protocol.activities]
    assert all(source.strip("'") in text for source in sources)
