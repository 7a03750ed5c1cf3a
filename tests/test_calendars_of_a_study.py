"""The calendars of a whole study: whom each is for, what it shows and hides, and what a build makes of them when something changes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import pytest
from conftest import protocol_of, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendars.issue import issue, uid_of
from scheduler.calendars.writer import to_icalendar
from scheduler.check.warnings import checked
from scheduler.facts.records import Answer, Outcome, Participant, Recorded, Site, Status, VisitRecord
from scheduler.protocol.records import Protocol, Text
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.schedule.blinded import blinded_facts, common_schedules
from scheduler.schedule.expand import expand
from scheduler.views.staff_calendar import blinded_calendar

PROTOCOL = """\
study: {id: XYZ-7, title: A study of X, anchor: infusion, day_numbering: day 0, month: calendar}
facts:
  arm: {answer: [A, B], blinded: yes}
  cough: yes or no
activities:
  ECG: {label: Electrocardiogram, at: [D14, D28]}
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D14, at: Day 14, window: ±2 days, mode: clinic, calendar text: Please come without breakfast.}
  - {id: D20, at: Day 20, window: ±2 days, mode: clinic, when: arm is A}
  - {id: D28, at: Day 28, window: ±3 days, mode: clinic}
  - {id: call, mode: telephone, cases: [{when: arm is A, at: Day 35, window: ±1 day}, {at: Day 40, window: ±1 day}]}
  - {id: D60, at: Day 60, window: ±3 days, mode: clinic, when: cough}
periods:
  - {id: hospital, kind: stay, from: infusion, to: infusion + 7 days}
"""
SITES = """\
NY:
  name: Hospital
  time_zone: America/New_York
  language: en
  telephone: {day: 555-0100}
  appointments: {lasts: {clinic: 90 minutes}, reminder: yes, place: 12 Main Street}
"""
VISITS = "participant,visit,booked,time,actual,status,note\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """P-1, in arm A, and P-2, in arm B, both infused on Monday 2 March 2026."""
    run("init", tmp_path / "study")
    study = tmp_path / "study"
    (study / "protocol.yaml").write_text(PROTOCOL)
    (study / "sites.yaml").write_text(SITES)
    record(study)
    (study / "events.csv").write_text("subject,name,date,status,value,note\n")
    (study / "visits.csv").write_text(VISITS)
    return study


def record(study: Path, one: str = "A", two: str = "B", cough: str = "yes") -> None:
    rows = f"P-1,NY,{one},{cough},2026-03-02,actual\nP-2,NY,{two},{cough},2026-03-02,actual\n"
    (study / "participants.csv").write_text("participant,site,arm,cough,infusion,infusion_status\n" + rows)


def build(study: Path, at: str = "2026-03-03T12:00", today: str = "2026-03-03") -> Path:
    run("build", study, "--out", study / "out", "--issued-at", at, "--today", today)
    return study / "out"


def calendar(file: Path) -> icalendar.Calendar:
    return to_icalendar(file.read_bytes())


def mine(out: Path, code: str = "P-1") -> Path:
    [file] = (out / "participants" / code).glob("*.ics")
    return file


def summaries(file: Path) -> list[str]:
    return [str(event["SUMMARY"]) for event in calendar(file).events]


def test_a_booked_clock_time_is_an_appointment_of_its_length_in_the_sites_zone(study: Path) -> None:
    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-16,09:30,,,\n")
    [event] = [each for each in calendar(mine(build(study))).events if isinstance(each.decoded("DTSTART"), datetime)]
    assert event.decoded("DTSTART").isoformat() == "2026-03-16T09:30:00-04:00"  # summer time since 8 March
    assert event.decoded("DTEND").isoformat() == "2026-03-16T11:00:00-04:00"
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert (str(event["SUMMARY"]), str(event["LOCATION"]), str(event["TRANSP"])) == ("Appointment", "12 Main Street", "OPAQUE")
    assert str(event["DESCRIPTION"]) == "Please come without breakfast.\nQuestions, or you cannot come: 555-0100"
    [alarm] = event.walk("VALARM")
    assert (str(alarm["ACTION"]), str(alarm["DESCRIPTION"])) == ("DISPLAY", "Appointment")


def test_where_nobody_says_how_long_it_takes_the_event_says_so(study: Path) -> None:
    (study / "visits.csv").write_text(VISITS + "P-1,call,2026-04-06,09:30,,,\n")
    [event] = [each for each in calendar(mine(build(study))).events if isinstance(each.decoded("DTSTART"), datetime)]
    assert (event.decoded("DTEND") - event.decoded("DTSTART")).total_seconds() == 3600
    assert str(event["DESCRIPTION"]).startswith("How long it takes is not fixed; the calendar shows one hour.")
    assert "LOCATION" not in event  # a call


def test_what_an_appointment_lasts_is_elapsed_time(study: Path) -> None:
    """On Sunday 8 March 2026 the clocks go from 2:00 to 3:00: an hour and a half after 1:00 it is 3:30."""
    text = (study / "protocol.yaml").read_text().replace("at: Day 14, window: ±2 days", "at: Day 14, window: none")
    (study / "protocol.yaml").write_text(text)
    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-08,01:00,,,\n")
    [event] = [each for each in calendar(mine(build(study))).events if isinstance(each.decoded("DTSTART"), datetime)]
    assert event.decoded("DTEND").isoformat() == "2026-03-08T03:30:00-04:00"


def test_the_coordinators_calendar_has_windows_until_somebody_books(study: Path) -> None:
    file = build(study) / "sites" / "NY" / "coordinator.ics"
    events = {str(event["SUMMARY"]): event for event in calendar(file).events}
    window = events["P-1 Day 14: allowed days"]
    assert (window.decoded("DTSTART"), window.decoded("DTEND")) == (date(2026, 3, 14), date(2026, 3, 19))
    assert (str(window["TRANSP"]), str(window["STATUS"])) == ("TRANSPARENT", "TENTATIVE")
    visit = events["P-1 Day 14 (not booked)"]
    assert str(window["RELATED-TO"]) == str(visit["UID"])
    assert "Procedures: Electrocardiogram" in str(visit["DESCRIPTION"])
    assert "Allowed: Sat 14 March 2026 to Wed 18 March 2026" in str(visit["DESCRIPTION"])

    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-16,,,,\n")
    build(study, "2026-03-04T12:00")
    after = {str(event["UID"]): event for event in calendar(file).events}
    assert (str(after[str(visit["UID"])]["SUMMARY"]), str(after[str(visit["UID"])]["STATUS"])) == ("P-1 Day 14", "CONFIRMED")
    closed = after[str(window["UID"])]
    assert (str(closed["SUMMARY"]), str(closed["STATUS"])) == ("P-1 Day 14: allowed days (booked)", "CANCELLED")
    assert (closed.decoded("DTSTART"), closed.decoded("DTEND")) == (date(2026, 3, 16), date(2026, 3, 17))  # no longer a bar
    assert closed["CATEGORIES"].to_ical() == b"Window"

    (study / "visits.csv").write_text(VISITS)
    build(study, "2026-03-05T12:00")
    again = {str(event["UID"]): event for event in calendar(file).events}[str(window["UID"])]
    assert (str(again["SUMMARY"]), again.decoded("DTEND")) == ("P-1 Day 14: allowed days", date(2026, 3, 19))


def test_a_window_that_nobody_has_seen_leaves_nothing_behind(study: Path) -> None:
    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-16,,,,\n")
    shown = summaries(build(study) / "sites" / "NY" / "coordinator.ics")
    assert [each for each in shown if each.startswith("P-1 Day 14")] == ["P-1 Day 14"]


def test_that_a_discharge_is_only_planned_is_said_to_the_coordinator(study: Path) -> None:
    (study / "events.csv").write_text("subject,name,date,status,value,note\nP-1,hospital.end,2026-03-12,planned,,\n")
    events = calendar(build(study) / "sites" / "NY" / "coordinator.ics").events
    [stay] = [event for event in events if str(event["SUMMARY"]) == "P-1 hospital"]
    assert (str(stay["STATUS"]), str(stay["DESCRIPTION"])) == (
        "CONFIRMED",
        "Mon 2 March 2026 to Thu 12 March 2026\nThe last day is only planned and may still change.",
    )


def test_what_vanished_keeps_its_category(study: Path) -> None:
    build(study)
    record(study, cough="no")
    out = build(study, "2026-03-04T12:00")
    gone = {str(event["SUMMARY"]): event for event in calendar(out / "sites" / "NY" / "coordinator.ics").events}
    assert gone["Cancelled: P-1 Day 60"]["CATEGORIES"].to_ical() == b"Visit"
    assert gone["Cancelled: P-1 Day 60: allowed days"]["CATEGORIES"].to_ical() == b"Window"


def leave(study: Path, how: str, day: str) -> None:
    (study / "events.csv").write_text(f"subject,name,date,status,value,note\nP-1,{how},{day},actual,,\n")


def test_who_withdrew_reads_in_short_of_what_was_never_booked(study: Path) -> None:
    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-16,09:30,,,\n")
    build(study)
    leave(study, "withdrawn", "2026-03-10")
    events = calendar(mine(build(study, "2026-03-10T12:00", "2026-03-10"))).events
    assert [(str(event["SUMMARY"]), str(event.get("DESCRIPTION", ""))) for event in events] == [
        ("Appointment", ""),
        ("Hospital stay", ""),
        ("Cancelled: Appointment", "Questions: 555-0100"),
        ("No longer planned: Appointment", ""),
        ("No longer planned: Appointment", ""),
        ("No longer planned: Telephone call", ""),
        ("No longer planned: Appointment", ""),
    ]


def test_the_calendar_of_somebody_who_died_says_nothing_more(study: Path) -> None:
    """Nobody who finds it on a telephone is to read of appointments that are cancelled; the site's calendars say what is."""
    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-16,09:30,,,\n")
    build(study)
    leave(study, "died", "2026-03-10")
    out = build(study, "2026-03-10T12:00", "2026-03-10")
    [event] = calendar(mine(out)).events
    assert (str(event["SUMMARY"]), event.decoded("DTSTART"), "DESCRIPTION" in event) == ("Appointment", date(2026, 3, 2), False)
    assert b"VALARM" not in mine(out).read_bytes()
    assert "Cancelled: P-1 Day 14" in summaries(out / "sites" / "NY" / "coordinator.ics")
    paper = (out / "participants" / "P-1" / "visit-sheet.html").read_text()
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", paper.partition("<body>")[2]))
    assert text.strip().startswith("Your study visits A study of X · XYZ-7 Participant number P-1 Hospital Hospital")
    assert "This sheet is no longer in use. Ethics committee approval no.:" in text


def test_only_what_changed_is_touched_in_every_calendar(study: Path) -> None:
    out = build(study)
    before = {file: file.read_bytes() for file in out.rglob("*.ics")}
    (study / "visits.csv").write_text(VISITS + "P-1,D28,2026-03-31,,,,\n")
    build(study, "2026-03-04T12:00")
    changed = {file.relative_to(out).as_posix() for file, data in before.items() if file.read_bytes() != data}
    own = mine(out).relative_to(out).as_posix()
    assert changed == {own, "sites/NY/coordinator.ics", "sites/NY/site.ics", "sites/NY/site-blinded.ics"}
    old = {str(event["UID"]): event.to_ical() for event in to_icalendar(before[mine(out)]).events}
    new = {str(event["UID"]): event.to_ical() for event in calendar(mine(out)).events}
    assert len([uid for uid in new if new[uid] != old[uid]]) == 1


def test_a_visit_that_no_longer_applies_is_cancelled_on_the_phone(study: Path) -> None:
    build(study)
    record(study, cough="no")
    out = build(study, "2026-03-04T12:00")
    off = "No longer planned: Appointment"
    assert [each for each in summaries(mine(out)) if "longer" in each] == [off]
    late = build(study, "2026-07-01T12:00", "2026-07-01")  # 1 May and 60 days is 30 June
    assert off not in summaries(mine(late))


def test_somebody_who_is_no_longer_there_is_cancelled_for_the_site(study: Path) -> None:
    build(study)
    text = (study / "participants.csv").read_text()
    (study / "participants.csv").write_text("".join(line for line in text.splitlines(keepends=True) if "P-2" not in line))
    out = build(study, "2026-03-04T12:00")
    theirs = [each for each in summaries(out / "sites" / "NY" / "site.ics") if "P-2" in each]
    assert theirs
    assert all(each.startswith("Cancelled: P-2 ") for each in theirs)
    assert not (out / "participants" / "P-2").exists()


def test_uids_are_of_one_audience_and_tell_nothing(study: Path) -> None:
    out = build(study)
    uids: list[str] = []
    for file in out.rglob("*.ics"):
        found = [str(event["UID"]) for event in calendar(file).events] + [str(calendar(file)["UID"])]
        assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uid) for uid in found)
        uids += found
    assert len(set(uids)) == len(uids)


# -- blinded


def blinded(study: Path, at: str = "2026-03-03T12:00") -> bytes:
    return (build(study, at) / "sites" / "NY" / "site-blinded.ics").read_bytes()


def test_the_blinded_calendar_shows_what_every_arm_has(study: Path) -> None:
    (study / "visits.csv").write_text(VISITS + "P-1,D20,2026-03-22,,,,\nP-1,D14,2026-03-16,,,,\n")
    blinded(study)
    shown = summaries(study / "out" / "sites" / "NY" / "site-blinded.ics")
    assert [each for each in shown if "P-1" in each] == [
        "P-1 infusion (done)",
        "P-1 hospital",
        "P-1 Day 14",
        "P-1 Day 28 (not booked)",
        "P-1 Day 60 (not booked)",
    ]
    assert "P-1 Day 20" in summaries(study / "out" / "sites" / "NY" / "site.ics")


@pytest.mark.parametrize("arms", [("A", "A"), ("B", "A"), ("B", "B"), ("", "A")])
def test_the_blinded_calendar_is_the_same_whatever_the_arms(study: Path, arms: tuple[str, str]) -> None:
    (study / "visits.csv").write_text(VISITS + "P-2,D28,2026-03-30,10:00,,,\n")
    before = blinded(study)
    (study / "out" / "manifest.json").unlink()
    for file in sorted((study / "out").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    record(study, *arms)
    assert blinded(study) == before


def test_there_is_no_blinded_calendar_where_nothing_is_blinded(study: Path) -> None:
    (study / "protocol.yaml").write_text(PROTOCOL.replace("{answer: [A, B], blinded: yes}", "[A, B]"))
    assert not (build(study) / "sites" / "NY" / "site-blinded.ics").exists()


def test_only_answers_that_can_be_listed_can_be_blinded() -> None:
    with pytest.raises(ProblemsError, match="age is answered with a number: only a list of values, or yes or no, can be blinded"):
        protocol_of("facts: {age: {answer: number, blinded: yes}}\nvisits:\n  - {id: infusion, at: given}")


SERIES = PROTOCOL.replace(
    "periods:\n",
    "  - {id: W, mode: clinic, at: call + 14 days, window: ±1 day}\n"
    '  - {id: S, ids: "S<n>", at: Day 70 then every 28 days, window: ±2 days, mode: clinic}\n'
    "periods:\n  - {id: extra, kind: stay, when: arm is A, from: Day 20, to: Day 22}\n",
)
OF_ARM_A = [  # what only somebody in arm A, or on the days of arm A, has on record
    "P-1,D20,,,2026-03-22,,\n",  # done
    "P-1,D20,2026-03-22,,,,\n",
    "P-1,D20,2027-03-22,,,,\n",  # a day that would carry every series a year further
    "P-1,D20,,,,missed,\n",
    "P-1,call,2026-04-06,,,,\n",  # Day 35
    "P-1,call,,,2026-04-06,,\n",
    "P-1,call,,,,missed,\n",
    "P-1,W,2026-04-20,,,,\n",
    "P-1,unscheduled,2026-03-20,,,,\n",
]


@pytest.mark.parametrize("row", OF_ARM_A)
def test_what_is_recorded_of_an_arm_is_not_seen_in_the_blinded_calendar(study: Path, row: str) -> None:
    (study / "protocol.yaml").write_text(SERIES)
    (study / "visits.csv").write_text(VISITS)
    without = blinded(study)
    (study / "visits.csv").write_text(VISITS + row)
    assert blinded(study, "2026-03-04T12:00") == without


ROWS = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            lambda day, done: (
                VisitRecord(actual=day, outcome=Outcome.DONE) if done else VisitRecord(booked=day, outcome=Outcome.BOOKED)
            ),
            st.dates(date(2026, 3, 1), date(2028, 3, 1)),
            st.booleans(),
        )
        for name in ("D14", "D20", "D28", "D60", "call", "W", "S1", "S2", "S5", "S20", "unscheduled")
    },
)
OF_EVERY_ARM = {"D14", "D28", "D60", "S1", "S2", "S5", "S20"}


@given(ROWS, st.sampled_from(["A", "B", None]), st.none() | st.dates(date(2026, 3, 20), date(2028, 3, 1)))
def test_no_arm_and_nothing_recorded_of_one_is_in_the_bytes_of_the_blinded_calendar(
    rows: dict[str, VisitRecord], arm: str | None, extra: date | None
) -> None:
    """Whatever somebody is in, and whatever is recorded of what the arms do not share: the bytes are those without all of it."""
    protocol, site = (
        protocol_of(SERIES),
        Site(id="NY", name=Text({"": "Hospital"}), zone=ZoneInfo("America/New_York"), language="en"),
    )
    recorded = {"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)}
    public = Participant(
        id="P-1", answers={"cough": True}, recorded=recorded, visits={id: row for id, row in rows.items() if id in OF_EVERY_ARM}
    )
    stay = {"extra.start": (Recorded(extra, Status.ACTUAL),)} if extra is not None else {}
    answers: dict[str, Answer] = {"cough": True} if arm is None else {"cough": True, "arm": arm}
    whole = replace(public, answers=answers, recorded={**recorded, **stay}, visits=rows)

    def issued(participant: Participant) -> bytes:
        people = [common_schedules(participant, [protocol], lambda person: expand(protocol, person))]
        view = blinded_calendar(people, site, uid_of(UUID("9d0ce5b8-2b52-4a44-8a24-16d6fd16a4e8"), "blinded NY"))
        return issue(view, {}, datetime(2026, 3, 3, tzinfo=UTC), date(2026, 3, 3)).data

    assert issued(whole) == issued(public)


def test_a_stay_of_an_arm_does_not_carry_the_series_of_the_blinded_calendar_further(study: Path) -> None:
    (study / "protocol.yaml").write_text(SERIES)
    without = blinded(study)
    events = "subject,name,date,status,value,note\nP-1,extra.start,2027-03-22,actual,,\nP-1,extra.end,2027-03-24,actual,,\n"
    (study / "events.csv").write_text(events)
    assert blinded(study, "2026-03-04T12:00") == without


def test_what_every_arm_has_is_booked_done_and_gone_on_with_in_the_blinded_calendar(study: Path) -> None:
    (study / "protocol.yaml").write_text(SERIES)
    rows = "P-1,D14,,,2026-03-17,,\nP-1,D28,2026-03-31,09:00,,,\nP-1,S1,,,2026-05-11,,\nP-1,S13,2027-04-12,,,,\n"
    (study / "visits.csv").write_text(VISITS + rows)
    blinded(study)
    shown = [
        each for each in calendar(study / "out" / "sites" / "NY" / "site-blinded.ics").events if "P-1" in str(each["SUMMARY"])
    ]
    assert [(str(each["SUMMARY"]), str(each["STATUS"])) for each in shown[:6]] == [
        ("P-1 infusion (done)", "CONFIRMED"),
        ("P-1 hospital", "CONFIRMED"),
        ("P-1 Day 14 (done)", "CONFIRMED"),
        ("P-1 Day 28", "CONFIRMED"),
        ("P-1 Day 60 (not booked)", "TENTATIVE"),
        ("P-1 Day 70 (done)", "CONFIRMED"),
    ]
    assert shown[3].decoded("DTSTART").isoformat() == "2026-03-31T09:00:00-04:00"
    # to a year after the last day on record that every arm has, 12 April 2027: Day 770, and not Day 798
    assert (str(shown[-1]["SUMMARY"]), shown[-1].decoded("DTSTART")) == ("P-1 Day 770 (not booked)", date(2028, 4, 10))


def test_a_visit_against_the_protocol_is_left_out_of_the_blinded_calendar(study: Path) -> None:
    record(study, cough="no")
    (study / "visits.csv").write_text(VISITS + "P-1,D60,,,2026-05-01,,\n")
    blinded(study)
    assert "P-1 Day 60 (done)" in summaries(study / "out" / "sites" / "NY" / "site.ics")
    assert [each for each in summaries(study / "out" / "sites" / "NY" / "site-blinded.ics") if "Day 60" in each] == []


def test_what_an_older_version_calls_an_arm_is_supposed_too(tmp_path: Path) -> None:
    """Version 2 of a protocol drops arm C, whose participants stay in the study."""
    old = protocol_of("facts: {arm: {answer: [A, B, C], blinded: yes}}\nvisits:\n  - {id: infusion, at: given}")
    new = protocol_of("facts: {arm: [A, B]}\nvisits:\n  - {id: infusion, at: given}")
    assert blinded_facts([old, new]) == {"arm": ("A", "B", "C")}


def test_the_cohort_cannot_be_blinded_where_its_events_date_visits() -> None:
    text = "facts: {cohort: {answer: [C1, C2], blinded: yes}}\nevents: {review: {of: cohort}}\nvisits:\n  - {id: infusion, at: given}"
    said = re.escape('the cohort cannot be blinded where events are "of: cohort" (review): everybody\'s dates would show it')
    with pytest.raises(ProblemsError, match=said):
        protocol_of(text)
    of_one = protocol_of(text.replace("events: {review: {of: cohort}}\n", ""))
    other = protocol_of(text.replace(", blinded: yes", ""))
    with pytest.raises(SchedulerError, match='a version has events "of: cohort", and another blinds the cohort'):
        blinded_facts([of_one, other])


def test_only_so_many_blinded_answers_can_be_compared() -> None:
    def made(count: int) -> Protocol:
        facts = ", ".join(f"f{number}: {{answer: yes or no, blinded: yes}}" for number in range(count))
        return protocol_of(f"facts: {{{facts}}}\nvisits:\n  - {{id: infusion, at: given}}")

    assert len(blinded_facts([made(6)])) == 6
    with pytest.raises(ProblemsError, match=re.escape("(f0, f1, f2, f3, f4, f5, f6) have 128 sets of answers together")):
        made(7)


# -- texts for a telephone


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Please come without breakfast.", None),
        ("Day 14 of the study", "Day 14, study"),
        ("XYZ-7 visit", "XYZ-7"),
        ("Bring the form for D14", "D14"),
        ("第14天，请空腹", "第14天"),
    ],
)
def test_a_text_for_the_phone_that_gives_something_away_is_warned_of(text: str, found: str | None) -> None:
    made = protocol_of(PROTOCOL.replace("Please come without breakfast.", f'"{text}"'))
    warned = [each.message for each in checked(made).warnings if each.kind == "not discreet"]
    assert warned == (
        [f'D14: a calendar on a telephone is seen by others, and this text holds "{found}"'] if found is not None else []
    )


@pytest.mark.parametrize(
    ("text", "languages", "missing"),
    [
        ("Please come without breakfast.", ["en", "zh"], ""),  # one text serves all
        ("{en: Please fast., zh: 请空腹。}", ["en", "zh", "zh-Hans-CN"], ""),
        ("{en: Please fast.}", ["zh", "en"], "zh"),
        ("{zh: 请空腹。}", ["zh", "en"], "en"),
        ("{en: Please fast.}", ["en"], ""),
    ],
)
def test_a_text_for_the_phone_that_a_language_in_use_lacks_is_warned_of(text: str, languages: list[str], missing: str) -> None:
    made = protocol_of(PROTOCOL.replace("Please come without breakfast.", text))
    warned = [each.message for each in checked(made, languages=languages).warnings if each.kind == "not translated"]
    assert warned == ([f"D14: there is no calendar text in {missing}, which is in use here"] if missing else [])


def test_check_knows_which_languages_are_in_use(study: Path) -> None:
    (study / "protocol.yaml").write_text(PROTOCOL.replace("Please come without breakfast.", "{zh: 请空腹。}"))
    found = [line for line in run("check", study).stdout.splitlines() if "not translated" in line]
    place = f"{study / 'protocol.yaml'}:9:73: visits[1].calendar text"
    assert found == [f"{place}: warning (not translated): D14: there is no calendar text in en, which is in use here"]


# -- what changed


def test_the_sheet_says_what_changed_since_the_sheet_before(study: Path) -> None:
    sheet = build(study) / "participants" / "P-1" / "visit-sheet.html"
    assert "What has changed" not in sheet.read_text()
    (study / "visits.csv").write_text(VISITS + "P-1,D14,2026-03-16,09:30,,,\n")
    build(study, "2026-03-04T12:00")
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", sheet.read_text()))
    said = "Day 14 Mon 16 March 2026, 09:30 before: to be arranged, Sat 14 March 2026 to Wed 18 March 2026"
    assert "What has changed since the sheet of Tue 3 March 2026" in text
    assert said in text
    again = sheet.read_bytes()
    build(study, "2026-03-05T12:00")
    assert sheet.read_bytes() == again


def test_of_many_visits_to_be_arranged_the_sheet_names_those_that_moved(study: Path) -> None:
    visits = "".join(f"  - {{id: D{day}, at: Day {day}, window: ±2 days}}\n" for day in (70, 80, 90))
    periods = "periods:\n  - {id: watch, kind: observation, from: infusion, to: Day 28}\n"
    (study / "protocol.yaml").write_text(PROTOCOL.replace("periods:\n", visits + periods))
    build(study)
    text = (study / "participants.csv").read_text().replace("P-1,NY,A,yes,2026-03-02", "P-1,NY,A,yes,2026-03-03")
    (study / "participants.csv").write_text(text)
    sheet = build(study, "2026-03-04T12:00") / "participants" / "P-1" / "visit-sheet.html"
    said = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", sheet.read_text())).partition("Your visits")[0]
    others = "Day 14, Day 20, Day 28, Day 35, Day 60, Day 70, Day 80, Day 90"  # as the rows below call them
    assert f"The days on which these can be have moved as well, see below: {others}." in said
    assert "hospital Tue 3 March 2026 to Tue 10 March 2026 before: Mon 2 March 2026 to Mon 9 March 2026" in said
    assert "watch" not in said


def test_the_sheet_says_how_to_take_up_the_calendar(study: Path) -> None:
    text = (build(study) / "participants" / "P-1" / "visit-sheet.html").read_text()
    assert "delete that calendar and import the new file" in text
