"""Words: reasons, sheets, the study page, what changed; and the tables of words themselves."""

from __future__ import annotations

import re
import string
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Scheduling, booked, done, protocol_of, run

from scheduler.facts.records import Outcome, VisitRecord
from scheduler.pages import sheet_page
from scheduler.resources import templates_dir
from scheduler.schedule.records import Schedule
from scheduler.views.attention import attention
from scheduler.views.calendar import participant_calendar
from scheduler.views.changed import changed
from scheduler.views.changes import Cause, Moved, changes, issued
from scheduler.views.moved import change_rows, said_causes
from scheduler.views.sheet import Sheet, sheet
from scheduler.views.why import why_period, why_visit
from scheduler.views.words import known_language, languages, words

ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

# -- reasons


def why(schedule: Schedule, name: str) -> str:
    return why_visit(schedule.visit(name), schedule.protocol, words("en"))


def test_why_names_what_a_date_was_counted_from(schedule: Scheduling) -> None:
    """
    study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: calendar, assumed: [month]}
    facts: {ld: yes or no}
    events: {progression: {may not happen: yes}, surgery: {}}
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: -3 .. +3 days, assumed: [window]}
      - {id: M3, at: Month 3}
      - {id: W2, at: Week 2, when: ld}
      - {id: call, at: D28 + 2 weeks, limits: not before W2 + 7 days}
      - {id: stop, at: earlier of (Day 60 and progression + 30 days)}
      - {id: scan, at: surgery + 1 day}
      - {id: tumour, at: progression + 1 day}
    """
    made = schedule(actual={"infusion": "2026-08-31"})
    assert why(made, "infusion") == "infusion = as recorded, 2026-08-31; no window stated"
    assert why(made, "D28") == "D28 = infusion 2026-08-31 + 28 days; window -3 .. +3 days (assumed)"
    assert why(made, "M3") == "M3 = infusion 2026-08-31 + 3 months (assumed: what a month is); no window stated"
    assert why(made, "W2") == "W2 = infusion 2026-08-31 + 14 days (Week 2 = Day 14); no window stated; not answered yet: ld"
    assert why(made, "call") == (
        "call = D28 2026-09-28 + 2 weeks; no window stated; limit not before W2 + 7 days; still to check: the booking of Week 2; "
        "tentative: Day 28 is not recorded yet"
    )
    assert why(made, "stop") == (
        "stop = earlier of (infusion 2026-08-31 + 60 days and progression + 30 days); no window stated; unless progression comes first"
    )
    assert why(made, "scan") == "scan = surgery + 1 day; no window stated; waits for surgery"
    assert why(made, "tumour") == "tumour = progression + 1 day; no window stated; only if progression happens"
    planned = schedule(infusion="2026-08-31")
    assert why(planned, "D28").endswith("window -3 .. +3 days (assumed); tentative: infusion is only planned")


def test_why_under_day_1_numbering_counts_real_days(schedule: Scheduling) -> None:
    """
    study: {id: X, title: X, anchor: dose, day_numbering: day 1 without day 0, month: 28 days}
    visits:
      - {id: dose, at: given}
      - {id: D8, at: Day 8, window: within 3 days after dose}
      - {id: M1, at: Month 1}
    periods:
      - {id: ward, kind: stay, from: dose, to: at least dose + 2 days}
    """
    made = schedule(actual={"dose": "2026-08-31"})
    assert why(made, "D8") == "D8 = dose 2026-08-31 + 7 days (Day 8); window within 3 days after dose 2026-08-31"
    assert why(made, "M1") == "M1 = dose 2026-08-31 + 28 days (Month 1); no window stated"
    assert (
        why_period(made.period("ward"), made.protocol, words("en"))
        == "ward from dose 2026-08-31; to at least dose 2026-08-31 + 2 days"
    )


# -- the sheet


def rows(made: Sheet) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(row.label, row.days, row.allowed) for row in made.rows]


def test_the_rows_of_a_sheet(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    events: {surgery: {}}
    visits:
      - {id: LD, at: Day -3, when: ld, label: Preparation}
      - {id: infusion, at: given, label: Infusion}
      - {id: D14, at: Day 14, window: ±2 days}
      - {id: D28, at: Day 28, window: ±3 days, assumed: [window]}
      - {id: D35, at: Day 35, window: exact}
      - {id: D42, at: Day 42, window: .. +7 days}
      - {id: D60, at: Day 60}
      - {id: D70, at: Day 70}
      - {id: scan, at: surgery + 1 day, label: Scan}
    """
    made = schedule(
        actual={"infusion": "2026-08-31"},
        visits={
            "D14": done("2026-09-15"),
            "D35": VisitRecord(outcome=Outcome.MISSED),
            "D60": VisitRecord(outcome=Outcome.CANCELLED),
            "D70": booked("2026-11-09T09:05"),
        },
    )
    assert rows(sheet(made, None, ISSUED)) == [
        ("Preparation", ("Fri 28 August 2026", "(planned)"), ()),
        ("Infusion", ("Mon 31 August 2026", "(done)"), ()),
        ("Day 14", ("Tue 15 September 2026", "(done)"), ()),
        (
            "Day 28",
            ("To be arranged", "if possible on", "Mon 28 September 2026"),
            ("Fri 25 September 2026 to", "Thu 1 October 2026\N{NO-BREAK SPACE}†"),
        ),
        ("Day 35", ("Mon 5 October 2026", "(did not take place)"), ()),
        ("Day 42", ("To be arranged", "if possible on", "Mon 12 October 2026"), ("Mon 19 October 2026 at the latest",)),
        ("Day 60", ("Does not take place",), ()),
        ("Day 70", ("Mon 9 November 2026", "09:05"), ("not stated in the protocol",)),
        ("Scan", ("no date yet: waits for surgery",), ()),
    ]


def test_the_text_of_a_protocol_cannot_become_markup(schedule: Scheduling) -> None:
    """
    study: {id: "<b>", title: "<script>alert(1)</script> {{ 7 * 7 }} {x}", anchor: infusion, day_numbering: day 0}
    visits:
      - {id: infusion, at: given, label: "</style><img src=x onerror=alert(1)>", participant text: "{% raw %} & \\"q\\""}
    """
    page = sheet_page(sheet(schedule(infusion="2026-08-31"), None, ISSUED))
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }} {x}" in page
    assert "{% raw %} &amp; &#34;q&#34;" in page


def test_pages_hold_no_script_and_no_outside_address(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    """
    page = sheet_page(sheet(schedule(infusion="2026-08-31"), None, ISSUED))
    assert not re.search(r"<script|https?:|src=|@import|url\(", page)
    assert "size: A4" in page


# -- what changed


def test_what_moved_and_because_of_what(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    visits:
      - {id: LD, at: Day -3, when: ld}
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
      - {id: fixed, at: Day 60}
    """
    before = issued(schedule(infusion="2026-08-31"))
    after = issued(schedule(infusion="2026-09-02", answers={"ld": False}, visits={"D28": booked("2026-09-30")}))
    found = {
        change.item: (change.was, change.now, said_causes(change.because, words("en"))) for change in changes("P", before, after)
    }
    assert found["D28"] == (
        {"target": "2026-09-28", "earliest": "2026-09-25", "latest": "2026-10-01", "applies": "yes"},
        {
            "target": "2026-09-30",
            "earliest": "2026-09-27",
            "latest": "2026-10-03",
            "booked": "2026-09-30",
            "outcome": "booked",
            "applies": "yes",
        },
        "its own record changed; infusion was 2026-08-31 (planned), is 2026-09-02 (planned)",
    )
    assert found["LD"] == ({"target": "2026-08-28", "applies": "undecided"}, {}, "it applies no longer")
    assert list(changes("P", after, after)) == []


def test_of_a_booking_that_is_cancelled_the_day_is_said(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    """
    day_28 = date(2026, 9, 29)
    before = issued(schedule(infusion="2026-08-31", visits={"D28": booked("2026-09-29")}))
    for outcome, now in ((Outcome.CANCELLED, "cancelled"), (Outcome.MISSED, "missed")):
        after = issued(schedule(infusion="2026-08-31", visits={"D28": VisitRecord(booked=day_28, outcome=outcome)}))
        moved = Moved(ISSUED, tuple(changes("P", before, after)))
        [row] = change_rows([moved], [], schedule(infusion="2026-08-31").protocol, words("en"))
        assert (row.what, row.was, row.now) == ("Day 28", "booked for Tue 29 September 2026", now)


def test_what_changed_for_a_participant_stands_by_date_and_says_at_least(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D28, at: Day 28, window: ±3 days}
      - {id: D14, at: Day 14, window: ±2 days}
    periods:
      - {id: hospital, kind: stay, from: infusion, to: at least infusion + 7 days, label: Hospital}
    """
    before, made = schedule(infusion="2026-08-31"), schedule(infusion="2026-09-02")
    found = changed(Moved(ISSUED, tuple(changes("P", issued(before), issued(made)))), made, "", words("en"))
    assert found is not None
    assert [(row.what, row.now, row.was) for row in found.rows] == [
        ("Infusion", "Wed 2 September 2026", "before: Mon 31 August 2026"),
        (
            "Hospital",
            "Wed 2 September 2026 to at least Wed 9 September 2026",
            "before: Mon 31 August 2026 to at least Mon 7 September 2026",
        ),
        (
            "Day 14",
            "to be arranged, Mon 14 September 2026 to Fri 18 September 2026",
            "before: to be arranged, Sat 12 September 2026 to Wed 16 September 2026",
        ),
        (
            "Day 28",
            "to be arranged, Sun 27 September 2026 to Sat 3 October 2026",
            "before: to be arranged, Fri 25 September 2026 to Thu 1 October 2026",
        ),
    ]


def test_a_changed_rule_is_named(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    """
    before = issued(schedule(infusion="2026-08-31"))
    before["D28"]["rule"] = "at Day 29, window ±3 days"
    before["D28"]["dates"]["target"] = "2026-09-29"
    [change] = changes("P", before, issued(schedule(infusion="2026-08-31")))
    assert said_causes(change.because, words("en")) == "the rule was: at Day 29, window ±3 days; is: at Day 28, window ±3 days"
    cause = Cause("ground", {"name": "infusion", "was": "2026-08-31 (planned)", "now": " (left out)"})
    assert said_causes([cause], words("zh")) == "infusion原为2026-08-31（计划），现为尚无日期（不计）"


# -- words


def table(language: str) -> dict[str, str]:
    loaded = tomllib.loads((templates_dir() / "locale" / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": text for section, texts in loaded.items() for key, text in texts.items()}


def blanks(text: str) -> list[str]:
    return sorted({field for _, field, _, _ in string.Formatter().parse(text) if field})


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_phrase_with_the_same_blanks(language: str) -> None:
    english, other = table("en"), table(language)
    assert sorted(english) == sorted(other)
    dates = "date.full"  # a language may leave the weekday out or turn it round
    assert {key: blanks(text) for key, text in other.items() if key != dates} == {
        key: blanks(text) for key, text in english.items() if key != dates
    }


def test_chinese_has_full_width_punctuation_beside_han_characters() -> None:
    wrong = {key: text for key, text in table("zh").items() if re.search(r"[一-鿿][,;:()?]|[,;:()?][一-鿿]", text)}
    assert wrong == {}


def test_every_phrase_is_used() -> None:
    places = [*(ROOT / "scheduler").rglob("*.py"), *(ROOT / "templates" / "html").iterdir()]
    source = "\n".join(Path(place).read_text(encoding="utf-8") for place in places)
    by_value: tuple[str, ...] = ("label.", "mode.", "mode_short.", "awaited.", "outcome.", "certainty.", "convention.", "moved.")
    by_value += (
        "standing.",
        "leaving.",
        "deviations.",
        "difference.",
        "reason.",
        "because.",
        "basis.",
        "infusion.sign_",
        "infusion.legend_",
    )
    by_value += ("expression.", "soa.kind_", "soa.value_", "months.sign_", "timeline.", "card.")
    by_value += ("calendar.appointment", "calendar.telephone", "calendar.home", "staff_calendar.category_")
    assert [key for key in table("en") if f'"{key}"' not in source and not key.startswith(by_value)] == []


def test_dates_in_words() -> None:
    assert words("en").day(date(2028, 2, 29)) == "Tue 29 February 2028"
    assert words("zh").day(date(2028, 2, 29)) == "2028年2月29日 星期二"
    assert words("zh").moment(datetime(2026, 10, 1, 9, 5)) == "2026年10月1日 星期四 09:05"  # noqa: DTZ001


def test_a_language_is_served_by_its_base() -> None:
    assert (known_language("zh-Hans-CN"), known_language("en"), known_language("fr")) == ("zh", "en", None)


def test_a_visit_without_a_label_is_called_after_its_at_in_every_language() -> None:
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}\n  - {id: D14, at: Day 14}\n  - {id: M3, at: Month 3}")
    assert [words("en").visit(visit) for visit in protocol.visits] == ["infusion", "Day 14", "Month 3"]
    assert [words("zh").visit(visit) for visit in protocol.visits] == ["infusion", "第14天", "第3个月"]


# -- found in review


def test_the_sheet_says_what_is_planned_only_while_it_is(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D14, at: Day 14}
    """
    assert sheet(schedule(infusion="2026-12-21"), None, ISSUED).anchor == (
        "Infusion is planned for Mon 21 December 2026. If that day changes, the dates below that are not booked change with it."
    )
    assert sheet(schedule(infusion="2026-12-21", visits={"infusion": done("2026-12-23")}), None, ISSUED).anchor == ""
    assert sheet(schedule(actual={"infusion": "2026-12-23"}), None, ISSUED).anchor == ""


def test_a_widest_range_is_not_any_day(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: S, window: 5 to 9 days after infusion, label: Check}
      - {id: T, at: S + 10 days, window: exact}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    row = sheet(made, None, ISSUED).rows[-1]
    assert row.allowed == ("probably Tue 17 March 2026 to", "Sat 21 March 2026; it depends on an earlier visit")
    assert row.texts == ("This date may still change; it depends on: Check.",)
    entry = participant_calendar(made, None, str, date(2026, 3, 1)).events[-1]
    assert "It will probably be from Tue 17 March 2026 to Sat 21 March 2026" in entry.description


def test_a_missed_visit_and_a_backward_stay_are_no_appointments(schedule: Scheduling) -> None:
    """
    events: {admission: {}}
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14, window: ±2 days}
    periods:
      - {id: stay, kind: stay, from: admission, to: Day 1}
    """
    made = schedule(infusion="2026-03-02", admission="2026-03-10", visits={"D14": VisitRecord(outcome=Outcome.MISSED)})
    events = participant_calendar(made, None, str, date(2026, 3, 1)).events
    assert [(event.summary, event.status.value) for event in events] == [
        ("Appointment (planned)", "TENTATIVE"),
        ("Did not take place: Appointment", "CANCELLED"),
    ]
    [stay] = sheet(made, None, ISSUED).stays
    assert stay.days == "No day is possible. Please ring the study team."
    assert [found.item for found in attention([made], words("en"), date(2026, 2, 20))] == ["stay"]


def test_an_activity_outside_its_own_days_is_looked_at(schedule: Scheduling) -> None:
    """
    events: {enrolment: {}}
    visits:
      - {id: infusion, at: given}
      - {id: SCR, window: within 28 days before enrolment}
    activities:
      hCG: {label: Pregnancy test, at: [SCR], window: within 7 days before enrolment, participant text: A blood test}
    """
    made = schedule(infusion="2026-03-02", enrolment="2026-02-20", visits={"SCR": done("2026-02-10")})
    [found] = attention([made], words("en"), date(2026, 2, 20))
    assert found.message == (
        "Tue 10 February 2026 is outside the days for: Pregnancy test (Fri 13 February 2026 to Fri 20 February 2026)"
    )
    made = schedule(infusion="2026-03-02", enrolment="2026-02-20", visits={"SCR": done("2026-02-13")})
    assert attention([made], words("en"), date(2026, 2, 20)) == ()
    row = sheet(schedule(infusion="2026-03-02", enrolment="2026-02-20"), None, ISSUED).rows[0]
    assert row.texts[0] == "A blood test (Fri 13 February 2026 to Fri 20 February 2026)"


def test_two_dates_of_one_visit_are_told_apart(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
      - {id: E, at: later of (D28 and D28.target + 1 day)}
    """
    made = schedule(actual={"infusion": "2026-03-02"}, visits={"D28": done("2026-04-04")})
    assert why(made, "E") == "E = later of (D28 2026-04-04 and D28.target 2026-03-30 + 1 day); no window stated"


def test_on_a_phone_every_cell_has_its_heading_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", EXAMPLE, "--out", out, "--today", "2026-11-23")
    site = [out / "sites" / "yancheng" / f"{name}.html" for name in ("index", "status", "roster", "worksheets")]
    pages = [out / "index.html", *site]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    texts.append(run("infusion-days", EXAMPLE, "--site", "yancheng", "--from", "2026-12-01", "--format", "html").stdout)
    for text in texts:
        tables = re.findall(r'<table class="rows[^"]*">.*?</table>', text, re.DOTALL)
        assert len(tables) == text.count("<table") - text.count('<table class="strip">')
        for table in tables:
            headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table)
            rows = re.findall(r"<tr>(.*?)</tr>", table.partition("</thead>")[2], re.DOTALL)
            assert [re.findall(r'<td[^>]* data-label="(.*?)">', row) for row in rows] == [headings] * len(rows)
