"""The worksheet of a visit: what is planned is printed, what happens is left blank."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from conftest import EXAMPLE, Scheduling, booked, done, protocol_of

from scheduler.facts.records import Participant, Recorded, Site, VisitRecord
from scheduler.language.parser import parse_condition
from scheduler.pages import worksheets_html
from scheduler.protocol.records import Text
from scheduler.schedule.expand import expand
from scheduler.study.folder import load_study
from scheduler.views.expressions import Phrases
from scheduler.views.identity import Identity
from scheduler.views.words import words
from scheduler.views.worksheet import Worksheet, coming_worksheets, one_worksheet, worksheet

IDENTITY = Identity("", "0123456789abcdef", "trial-scheduler", datetime(2026, 3, 1, 8, 0, tzinfo=UTC))
SITE = Site(id="S", name=Text({"": "General Hospital"}), zone=ZoneInfo("Asia/Shanghai"), language="en")


def lines(sheet: Worksheet) -> dict[str, tuple[str, ...]]:
    return {fact.label: fact.lines for fact in sheet.facts}


def table(sheet: Worksheet) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(row.what, row.keys, row.planned) for row in sheet.procedures]


def notes(sheet: Worksheet) -> dict[str, str]:
    return {note.key: note.text for note in sheet.notes}


def test_what_is_planned_is_printed(schedule: Scheduling) -> None:
    """
    study: {id: X, title: A study, registry: NCT1, anchor: infusion, day_numbering: day 0, protocol_version: "2.0"}
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D28, at: Day 28, window: ±3 days, mode: clinic, assumed: [window]}
      - {id: D60, at: Day 60, window: ±7 days}
    """
    made = schedule(actual={"infusion": "2026-03-02"}, visits={"D28": booked("2026-03-31T09:30")})
    sheet = worksheet(made, made.visit("D28"), SITE, IDENTITY)
    assert (sheet.study, sheet.participant, sheet.visit) == ("A study · X · NCT1", "P", "Day 28 (D28)")
    assert lines(sheet) == {
        "Site": ("General Hospital",),
        "Participant number": ("P",),
        "Visit": ("Day 28 (D28)",),
        "How": ("At the hospital, as an outpatient",),
        "Day by the protocol": ("Mon 30 March 2026",),
        "Window": ("Fri 27 March 2026 to", "Thu 2 April 2026 (assumed)"),
        "Booked": ("Tue 31 March 2026, 09:30",),
    }
    assert sheet.remarks == ()
    assert sheet.next_visit == "Day 60 (D60): Fri 24 April 2026 to Fri 8 May 2026, not booked"
    assert sheet.identity == (
        "protocol version: 2.0 · study files 0123456789ab · trial-scheduler · issued Sun 1 March 2026, 08:00 UTC"
    )


def test_what_happened_is_for_people_to_write(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    activities:
      blood: {label: Blood, at: [D28], times: [0 h, 4 h ±30 min]}
    """
    record = VisitRecord(
        booked=datetime(2026, 3, 31, 9, 30, tzinfo=SITE.zone),
        actual=datetime(2026, 4, 1, 8, 20, tzinfo=SITE.zone),
        note="late train",
    )
    made = schedule(actual={"infusion": "2026-03-02"}, visits={"D28": record})
    page = worksheets_html(one_worksheet(made, made.visit("D28"), SITE, IDENTITY))
    assert "Tue 31 March 2026, 09:30" in page
    assert not any(text in page for text in ("1 April 2026", "08:20", "12:20", "late train"))
    assert table(worksheet(made, made.visit("D28"), SITE, IDENTITY)) == [
        ("Blood", "a", ("0 h",)),
        ("Blood", "a", ("+4 h (±30 minutes)",)),
    ]


def test_what_is_not_as_it_should_be_is_said(schedule: Scheduling) -> None:
    """
    facts: {ld: {answer: yes or no, label: Preparation needed}}
    visits:
      - {id: LD, at: Day -3, when: ld, window: none}
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
      - {id: D60, at: Day 60, limits: not before D28 + 50 days, window: ±3 days}
    """
    made = schedule(infusion="2026-03-02", visits={"D28": VisitRecord(booked=date(2026, 4, 10), note="asked for Friday")})
    remarks = {visit.id: worksheet(made, visit, SITE, IDENTITY).remarks for visit in made.visits}
    assert remarks == {
        "LD": ("Only if needed. Not answered yet: Preparation needed.",),
        "infusion": (),
        "D28": ("The booked day lies outside the window.", "Note: asked for Friday"),
        "D60": ("No day is left that the protocol allows.",),
    }
    windows = {visit.id: lines(worksheet(made, visit, SITE, IDENTITY))["Window"] for visit in made.visits}
    assert windows["LD"] == ("not stated in the protocol",)
    assert windows["infusion"] == ("none, the day is the one on record",)
    assert worksheet(made, made.visit("D60"), SITE, IDENTITY).next_visit == "None is planned that has a date."


PROCEDURES = """
facts:
  pregnancy: {answer: yes or no, label: {en: Could she become pregnant?, zh: 是否可能怀孕}}
  stage: {answer: [I, II, III], label: Stage}
events: {enrolment: {label: Enrolment}}
visits:
  - {id: SCR, window: within 28 days before enrolment}
  - {id: infusion, at: given}
  - {id: D14, at: Day 14, window: ±2 days}
activities:
  vitals: {label: Vital signs, at: [all]}
  hCG: {label: Pregnancy test, at: [SCR], when: pregnancy, window: within 7 days before enrolment, assumed: [at]}
  scan: {label: Scan, at: [SCR, D14], when: stage is II/III}
  blood: {label: Blood, at: [infusion], times: [-0.5 h, 4 h ±24 min, 24 h]}
"""


def person(visits: dict[str, VisitRecord] | None = None, **answers: bool | str) -> Participant:
    dates = {"infusion": (Recorded(date(2026, 3, 2)),), "enrolment": (Recorded(date(2026, 2, 20)),)}
    return Participant(id="P", site="S", answers=answers, recorded=dates, visits=visits or {})


def test_procedures_come_in_the_protocols_order_with_their_notes() -> None:
    made = expand(protocol_of(PROCEDURES), person(pregnancy=True))
    sheet = worksheet(made, made.visit("SCR"), SITE, IDENTITY)
    assert table(sheet) == [("Vital signs", "", ()), ("Pregnancy test", "a, b, †", ()), ("Scan", "c", ())]
    assert not sheet.timed
    assert notes(sheet) == {
        "a": "Only if “Could she become pregnant?” is answered yes.",
        "b": "Has days of its own: Fri 13 February 2026 to Fri 20 February 2026.",
        "c": "Only if “Stage” is II or III. Not answered yet: Stage.",
        "†": "Assumed: the protocol does not say this of the procedure at this visit.",
    }
    other = expand(protocol_of(PROCEDURES), person(pregnancy=False, stage="I"))
    assert table(worksheet(other, other.visit("SCR"), SITE, IDENTITY)) == [("Vital signs", "", ())]


def test_times_are_clock_times_where_the_visit_has_one() -> None:
    made = expand(protocol_of(PROCEDURES), person())
    sheet = worksheet(made, made.visit("infusion"), SITE, IDENTITY)
    assert table(sheet)[1:] == [("Blood", "a", ("−0.5 h",)), ("Blood", "a", ("+4 h (±24 minutes)",)), ("Blood", "a", ("+24 h",))]
    assert notes(sheet) == {"a": "Times count from the start of the visit; write the clock time in."}
    start = VisitRecord(booked=datetime(2026, 3, 2, 10, 0, tzinfo=SITE.zone))
    made = expand(protocol_of(PROCEDURES), person({"infusion": start}))
    sheet = worksheet(made, made.visit("infusion"), SITE, IDENTITY)
    assert sheet.timed
    assert table(sheet)[1:] == [
        ("Blood", "", ("−0.5 h", "09:30")),
        ("Blood", "", ("+4 h (±24 minutes)", "14:00", "13:36 to 14:24")),
        ("Blood", "", ("+24 h", "Tue 3 March 2026, 10:00")),
    ]


def test_what_is_part_of_a_visit_is_on_its_worksheet(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days, yields to: T<day>}
      - {id: T, ids: T<day>, at: Day 7/14, window: ±2 days, label: Treatment}
    activities:
      dose: {label: Dose, at: [T]}
      blood: {label: Blood, at: [infusion, D14]}
      weight: {label: Weight, at: [all]}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    sheet = worksheet(made, made.visit("T14"), SITE, IDENTITY)
    assert [row.what for row in sheet.procedures] == ["Dose", "Blood", "Weight"]
    assert sheet.remarks == ("Together with this: Day 14.",)
    assert worksheet(made, made.visit("infusion"), SITE, IDENTITY).next_visit.startswith("Treatment (T7): ")


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("pregnancy", "“Could she become pregnant?” is answered yes", "“是否可能怀孕”的回答为“是”"),
        ("not pregnancy", "“Could she become pregnant?” is answered no", "“是否可能怀孕”的回答为“否”"),
        ("enrolment", "“Enrolment” has taken place", "已发生“Enrolment”"),
        ("not enrolment", "“Enrolment” has not taken place", "未发生“Enrolment”"),
        ("stage is I/III", "“Stage” is I or III", "“Stage”为I或III"),
        (
            "cycle is 1-2/7 onwards then every 2",
            "cycle is 1–2 or 7 onwards, then every 2",
            "周期为1–2或7及以后，其后每2个",
        ),
        ("age >= 65 and not (stage is I)", "age ≥ 65 and not (“Stage” is I)", "age ≥ 65，且非（“Stage”为I）"),
        ("gestation < 37 weeks or pregnancy", "gestation < 37 weeks or “Could she become pregnant?” is answered yes", None),
        ("more than 40 days from enrolment to D14", "more than 40 days from Enrolment to D14", "Enrolment至D14超过40天"),
    ],
)
def test_conditions_in_words(text: str, english: str, chinese: str | None) -> None:
    protocol, asked = protocol_of(PROCEDURES), parse_condition(text)
    assert Phrases(protocol, words("en")).condition(asked) == english
    if chinese is not None:
        assert Phrases(protocol, words("zh")).condition(asked) == chinese


def test_the_coming_worksheets_are_those_with_a_day_then_those_to_book() -> None:
    study = load_study(EXAMPLE)
    site = replace(study.sites["yancheng"], language="en")
    own = [schedule for code, schedule in study.schedules().items() if code.startswith("YC")]
    found = coming_worksheets(study.protocol, site, own, date(2026, 11, 23), 14, IDENTITY)
    assert [(each.participant, each.visit_id) for each in found.sheets] == [
        ("YC-004", "infusion"),
        ("YC-003", "M3"),
        ("YC-004", "LD1"),
        ("YC-004", "LD2"),
        ("YC-004", "LD3"),
    ]
    none = coming_worksheets(study.protocol, site, own[:1], date(2026, 11, 23), 14, IDENTITY)
    assert "No visit is set for these days" in worksheets_html(none)


def test_a_blinded_answer_is_warned_of(schedule: Scheduling) -> None:
    """
    facts: {arm: {answer: [A, B], blinded: yes}}
    visits:
      - {id: infusion, at: given}
    """
    made = schedule(infusion="2026-03-02")
    page = worksheets_html(one_worksheet(made, made.visit("infusion"), SITE, IDENTITY))
    assert "not for blinded staff" in page


def test_the_text_of_a_protocol_cannot_become_markup(schedule: Scheduling) -> None:
    """
    study: {id: "<b>", title: "<script>alert(1)</script>", anchor: infusion, day_numbering: day 0}
    visits:
      - {id: infusion, at: given, label: "</style><img src=x onerror=alert(1)>"}
    activities:
      a: {label: "<img src=x> {{ 7 * 7 }} {x} #1 *x* $5", at: [infusion]}
    """
    made = schedule(infusion="2026-03-02", visits={"infusion": done("2026-03-02")})
    page = worksheets_html(one_worksheet(made, made.visit("infusion"), SITE, IDENTITY))
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }} {x} #1 *x* $5" in page
