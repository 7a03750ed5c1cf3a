"""A participant's months: what stands on which day, the days to choose from, closed days, where a week begins."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import EXAMPLE, Scheduling, booked, done, run
from printed import MM, POINTS, Printed, squeezed

from scheduler.facts.records import Closure, Leaving, Left, Outcome, Paper, Site, SiteCalendar, VisitRecord
from scheduler.opendays.calendar import OpenDays
from scheduler.pages import months_html
from scheduler.protocol.records import Text
from scheduler.schedule.records import Schedule
from scheduler.sheets.pdf import Print
from scheduler.study.folder import load_study
from scheduler.views.months import Cell, Day, Entry, Month, Months, months, week_begins
from scheduler.views.words import words

pytestmark = pytest.mark.paper

ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SITE = Site(id="S", name=Text({"": "General Hospital"}), zone=ZoneInfo("UTC"), language="en", night_telephone="555 0100")


def made(schedule: Schedule, today: str = "2026-03-01", site: Site = SITE) -> Months:
    return months(schedule, site, OpenDays(site), date.fromisoformat(today), ISSUED)


def of_example(code: str, today: str) -> Months:
    study = load_study(EXAMPLE)
    schedule = study.schedules()[code]
    site = study.sites[schedule.participant.site]
    days = study.open_days[site.id].in_language(schedule.participant.language)
    return months(schedule, site, days, date.fromisoformat(today), ISSUED)


def day(month: Month, number: int) -> Day:
    [found] = [day for week in month.weeks for day in week.days if day.number == str(number)]
    return found


def on_days(month: Month) -> dict[int, list[tuple[str, str]]]:
    """What stands in the cells of a month, by its day."""
    return {
        int(day.number): [(entry.kind, " ".join((entry.name, *entry.lines))) for entry in day.entries]
        for week in month.weeks
        for day in week.days
        if day.entries
    }


def bars(month: Month) -> list[tuple[str, int, int, str, str]]:
    """Kind, first and last day of every bar, its text, and at which ends it is whole."""
    found = []
    for week in month.weeks:
        for row in week.bars:
            assert sum(cell.days for cell in row) == 7
            place = 0
            for cell in row:
                numbers = [int(each.number) for each in week.days[place : place + cell.days] if cell.kind]
                place += cell.days
                found += [(cell.kind, numbers[0], numbers[-1], cell.text, _ends(cell))] if numbers else []
    return found


def _ends(cell: Cell) -> str:
    return ("[" if cell.begins else "(") + ("]" if cell.ends else ")")


# -- a month of a wall calendar


def test_february_2026_in_yancheng_has_the_spring_festival_and_the_days_worked_for_it() -> None:
    view = of_example("YC-002", "2026-02-09")
    february = view.months[0]
    assert february.title == "2026年2月"
    assert view.weekdays == ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
    assert [[each.number for each in week.days] for week in february.weeks] == [
        ["", "", "", "", "", "", "1"],
        ["2", "3", "4", "5", "6", "7", "8"],
        ["9", "10", "11", "12", "13", "14", "15"],
        ["16", "17", "18", "19", "20", "21", "22"],
        ["23", "24", "25", "26", "27", "28", ""],
    ]
    closed = {int(each.number) for week in february.weeks for each in week.days if each.closed}
    assert closed == {1, 7, 8, 15, 16, 17, 18, 19, 20, 21, 22, 23}
    assert day(february, 17).notes == ("春节",)
    assert (day(february, 14).closed, day(february, 14).notes) == (False, ("调休上班日",))
    assert on_days(february) == {3: [("over", "细胞回输 （已完成）")], 14: [("over", "第14天 （已完成）")]}
    assert [bar[:4] for bar in bars(february)] == [
        ("stay", 1, 1, "回输前休息"),
        ("stay", 2, 2, "回输前休息"),
        ("stay", 3, 8, "住院（可能延长）"),
        ("stay", 9, 10, "住院（可能延长）"),
    ]
    assert february.reminders[0] == "住在距医院2小时路程以内：2026年2月3日 星期二起，至少到2026年3月3日 星期二\N{NO-BREAK SPACE}†"


def test_months_begin_with_that_of_today_and_those_with_nothing_are_skipped() -> None:
    assert [month.title for month in of_example("YC-003", "2026-11-23").months] == [
        "December 2026",
        "February 2027",
        "March 2027",
        "May 2027",
        "June 2027",
        "August 2027",
        "September 2027",
        "February 2028",
        "March 2028",
        "August 2028",
        "September 2028",
    ]
    assert of_example("YC-003", "2026-08-31").months[0].title == "August 2026"
    assert of_example("YC-003", "2026-08-31") == of_example("YC-003", "2026-08-01")


def test_days_beyond_the_announced_holidays_are_marked() -> None:
    view = of_example("YC-001", "2026-12-01")
    december = view.months[0]
    assert not day(december, 31).provisional
    assert all(each.provisional for week in view.months[1].weeks for each in week.days if each.number)
    assert "provisional" in [sign.kind for sign in view.months[1].signs]
    assert "provisional" not in [sign.kind for sign in december.signs]


def test_a_leap_day_has_its_cell(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D30, at: Day 30}
    """
    [january, february] = made(schedule(infusion="2028-01-30"), "2028-01-01").months
    assert on_days(january) == {30: [("set", "Infusion planned")]}
    assert [each.number for each in february.weeks[-1].days] == ["28", "29", "", "", "", "", ""]
    assert on_days(february) == {29: [("set", "Day 30 planned")]}


# -- visits


def test_how_each_kind_of_visit_stands_on_its_day(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: LD, at: Day -1, label: Preparation, when: ld, assumed: [at]}
      - {id: D7, at: Day 7, window: ±1 day}
      - {id: D9, at: Day 9, window: ±1 day, mode: telephone}
      - {id: D10, at: Day 10, window: ±1 day, mode: clinic}
      - {id: D11, at: Day 11, window: ±1 day}
      - {id: D14, at: Day 14, window: exact}
    """
    view = made(
        schedule(
            actual={"infusion": "2026-03-03"},
            visits={
                "D7": done("2026-03-11"),
                "D9": booked("2026-03-12T09:30"),
                "D10": VisitRecord(outcome=Outcome.MISSED),
                "D11": VisitRecord(outcome=Outcome.CANCELLED),
            },
        )
    )
    [march] = view.months
    assert on_days(march) == {
        2: [("set", "Preparation planned\N{NO-BREAK SPACE}† only if needed")],
        3: [("over", "Infusion (done)")],
        11: [("over", "Day 7 (done)")],
        12: [("set", "Day 9 09:30 By telephone")],
        13: [("over", "Day 10 (missed)")],
        17: [("open", "Day 14 to be arranged")],
    }
    assert march.letters == ()
    assert [sign.kind for sign in march.signs] == ["set", "open", "closed"]
    assert view.has_assumptions


def test_a_window_is_a_letter_on_every_day_on_which_the_visit_can_be(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D14, at: Day 14, window: ±3 days, mode: clinic}
      - {id: D16, at: Day 16, window: ±3 days, mode: telephone}
    """
    calendar = SiteCalendar(
        closed=(Closure(date(2026, 3, 18), date(2026, 3, 18), "audit"),), clinic_days={"clinic": frozenset((0, 1, 2, 3))}
    )
    [march] = made(schedule(actual={"infusion": "2026-03-02"}), site=replace(SITE, calendar=calendar)).months
    # D14 is 13 to 19 March, a Friday to a Thursday; Fridays are no clinic days, and Wednesday 18 is closed
    assert bars(march) == [
        ("window", 16, 17, "A: Day 14", "[]"),
        ("window", 19, 19, "A: Day 14", "[]"),
        ("window", 16, 17, "B: Day 16", "[]"),
        ("window", 19, 20, "B: Day 16", "[]"),
    ]
    assert on_days(march)[16] == [("aim", "A: if possible this day")]
    assert 18 not in on_days(march)  # the day the other would aim at is closed
    assert [(sign.letter, sign.text) for sign in march.letters] == [
        ("A", "Day 14: to be arranged, Fri 13 March 2026 to Thu 19 March 2026"),
        ("B", "Day 16: to be arranged, Sun 15 March 2026 to Sat 21 March 2026"),
    ]
    assert (day(march, 18).closed, day(march, 18).notes) == (True, ("closed: audit",))


def test_a_window_without_an_open_day_still_has_its_line(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D5, at: Day 5, window: 0 .. +1 day}
    """
    [march] = made(schedule(actual={"infusion": "2026-03-02"})).months
    assert bars(march) == []  # 7 and 8 March 2026 are a weekend
    assert [sign.text for sign in march.letters] == ["Day 5: to be arranged, Sat 7 March 2026 to Sun 8 March 2026"]


def test_what_nobody_arranged_in_time_and_what_waits_is_said_once(schedule: Scheduling) -> None:
    """
    events: {surgery: {label: Surgery}}
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D2, at: Day 2, window: ±1 day}
      - {id: A, at: surgery + 1 day, label: First scan}
      - {id: B, at: surgery + 8 days, label: Second scan}
    """
    view = made(schedule(actual={"infusion": "2026-03-02"}), "2026-03-09")
    assert view.notes == (
        "Day 2: Its days have passed. Please ring the study team.",
        "No date yet, waiting for Surgery: First scan, Second scan",
    )
    assert on_days(view.months[0]) == {2: [("over", "Infusion (done)")]}
    assert bars(view.months[0]) == []


def test_nothing_to_come_is_said_too(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    """
    view = made(schedule(actual={"infusion": "2026-03-02"}), "2026-04-01")
    assert (view.months, view.notes) == ((), ("There are no dates from this month on.",))
    assert "There are no dates from this month on." in months_html(view)


@pytest.mark.parametrize("died", [False, True])
def test_who_left_is_shown_what_was_and_the_dead_nothing(schedule: Scheduling, died: bool) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D14, at: Day 14, window: ±3 days}
      - {id: D28, at: Day 28}
    """
    one = schedule(actual={"infusion": "2026-03-02"})
    gone = date(2026, 3, 9)
    left = Left(Leaving.DIED if died else Leaving.WITHDRAWN, gone, gone if died else None)
    view = made(one._replace(participant=replace(one.participant, left=left)))
    assert bars(view.months[0]) == []
    assert on_days(view.months[0]) == {2: [("over", "Infusion (done)")]}
    if died:
        assert view.notes == (words("en").say("sheet.no_longer_used"),)
    else:
        assert view.notes == ("No visits are planned from Mon 9 March 2026 on.",)
    assert view.ring == "Whom to ring"


# -- stays


def test_a_stay_over_the_end_of_a_month_is_a_bar_in_both(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
    periods:
      - {id: ward, kind: stay, from: infusion, to: at least infusion + 7 days, label: Ward}
      - {id: near, kind: restriction, from: infusion, to: at least infusion + 28 days, label: Stay near}
    """
    [march, april] = made(schedule(infusion="2026-03-28"), "2026-03-28").months
    assert bars(march) == [
        ("stay", 28, 29, "Ward (planned, may be longer)", "[)"),
        ("stay", 30, 31, "Ward (planned, may be longer)", "()"),
    ]
    assert bars(april) == [("stay", 1, 4, "Ward (planned, may be longer)", "()")]
    assert march.reminders == april.reminders == ("Stay near: Sat 28 March 2026 to at least Sat 25 April 2026",)


def test_bars_share_a_row_where_they_can(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    periods:
      - {id: a, kind: treatment, from: infusion, to: infusion + 1 day}
      - {id: b, kind: rest, from: infusion + 2 days, to: infusion + 3 days}
      - {id: c, kind: stay, from: infusion + 1 day, to: infusion + 2 days}
    """
    [march] = made(schedule(actual={"infusion": "2026-03-02"})).months
    assert [[(cell.days, cell.text) for cell in row if cell.kind] for row in march.weeks[1].bars] == [
        [(2, "a"), (2, "b")],
        [(2, "c")],
    ]


# -- the week


@pytest.mark.parametrize(
    ("country", "language", "first"),
    [
        ("CN", "zh", 0),
        ("", "zh", 0),
        ("US", "en", 6),
        ("US", "zh", 6),
        ("", "en-US", 6),
        ("GB", "en-US", 0),
        ("EG", "en", 5),
        ("MV", "en", 4),
    ],
)
def test_where_a_week_begins(country: str, language: str, first: int) -> None:
    assert week_begins(country, language) == first


def test_a_week_from_sunday_on_letter(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    """
    view = made(schedule(infusion="2026-03-02"), site=replace(SITE, country="US", paper=Paper.LETTER))
    assert view.weekdays == ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
    assert [each.number for each in view.months[0].weeks[0].days] == ["1", "2", "3", "4", "5", "6", "7"]
    assert "size: Letter landscape" in months_html(view)


# -- the page


def test_the_text_of_a_protocol_cannot_become_markup(schedule: Scheduling) -> None:
    """
    study: {id: "<b>", title: X, anchor: infusion, day_numbering: day 0}
    visits:
      - {id: infusion, at: given, label: "</style><img src=x onerror=alert(1)>"}
    periods:
      - {id: ward, kind: stay, from: infusion, to: infusion + 1 day, label: "<script>{{ 7 * 7 }}"}
    """
    page = months_html(made(schedule(infusion="2026-03-02")))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;{{ 7 * 7 }}" in page
    assert not re.search(r"https?:|src=|@import|url\(", page.replace("&lt;img src=x", ""))


def test_every_page_says_whose_it_is_and_whom_to_ring(schedule: Scheduling) -> None:
    """
    study: {id: X, registry: NCT0, title: A title that tells, anchor: infusion, day_numbering: day 0, month: calendar}
    visits:
      - {id: infusion, at: given}
      - {id: M1, at: Month 1}
    """
    view = made(schedule(infusion="2026-03-02"))
    page = months_html(view)
    sections = page.split('<section class="month">')[1:]
    assert len(sections) == len(view.months) == 2
    for section in sections:
        assert "Participant number <strong>P</strong>" in section
        assert "X · NCT0" in section
        assert "555 0100" in section
    assert "A title that tells" not in page


def test_no_paper_names_another_participant(tmp_path: Path) -> None:
    run("build", EXAMPLE, "--out", tmp_path, "--today", "2026-11-23")
    study = load_study(EXAMPLE)
    for code in study.participants:
        page = (tmp_path / "participants" / code / "months.html").read_text(encoding="utf-8")
        assert code in page
        assert [other for other in study.participants if other != code and other in page] == []


def test_months_in_both_languages_have_the_same_days() -> None:
    study = load_study(EXAMPLE)
    schedule = study.schedules()["YC-003"]
    other = schedule._replace(participant=replace(schedule.participant, language="zh"))
    site, days = study.sites["yancheng"], study.open_days["yancheng"]
    english, chinese = (months(each, site, days, date(2026, 8, 1), ISSUED) for each in (schedule, other))
    assert [list(on_days(month)) for month in english.months] == [list(on_days(month)) for month in chinese.months]
    assert [[bar[:3] for bar in bars(month)] for month in english.months] == [
        [bar[:3] for bar in bars(month)] for month in chinese.months
    ]
    assert chinese.months[0].title == "2026年8月"
    assert on_days(chinese.months[0])[31] == [("over", "细胞回输 （已完成）")]
    assert Entry("over", "Cell infusion", ("(done)",)) in day(english.months[0], 31).entries


# -- on paper


def printed(view: Months) -> Printed:
    return Printed(Print(template="months", view=view, whose=view.participant, issued_at=ISSUED).pdf())


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize(("code", "today"), [("YC-003", "2026-08-01"), ("YC-002", "2026-01-01"), ("CD-002", "2026-11-23")])
def test_every_month_of_the_example_is_one_landscape_page(code: str, today: str, paper: str) -> None:
    view = replace(of_example(code, today), paper=paper)
    made = printed(view)
    width, height = POINTS[paper]
    assert made.sizes == (height, width)
    assert len(made.pages) == len(view.months) > 10
    assert made.outside(6 * MM) == []
    assert min(made.body_sizes) == 12
    assert made.text_smaller_than(9.5) == set()
    assert made.colours == {(0,)}
    assert all(made.fonts.values())
    assert made.facts() == {
        "title": f"{view.title} · {code}",
        "language": "zh-CN" if view.language == "zh" else "en",
        "tagged": "True",
        "ua": "1",
    }
    for page, month in zip(made.pages, view.months, strict=True):
        text = squeezed("".join(char["text"] for char in page.chars))
        assert squeezed(month.title) in text
        assert view.numbers[1].number in text
        numbers = [char for char in page.chars if round(char["size"]) == 18]
        days = [each for week in month.weeks for each in week.days if each.number]
        assert "".join(char["text"] for char in numbers if char["text"].isdigit()) == "".join(each.number for each in days)


def test_paper_and_page_say_the_same() -> None:
    view = of_example("CD-002", "2026-11-23")
    page = squeezed(re.sub(r"<[^>]*>", "", months_html(view).partition("</head>")[2])).replace("&#39;", "'")
    paper = printed(view).text
    for month in view.months:
        texts = [*(sign.text for sign in month.letters), *month.reminders]
        texts += [cell.text for week in month.weeks for row in week.bars for cell in row]
        texts += [entry.name for week in month.weeks for each in week.days for entry in each.entries]
        for text in map(squeezed, texts):
            assert text in page
            assert text in paper


def test_a_crowded_month_goes_on_to_a_second_page_and_loses_nothing(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D, ids: D<day>, at: Day 1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20, window: ±3 days}
    """
    view = made(schedule(actual={"infusion": "2026-03-02"}))
    document = printed(view)
    assert len(document.pages) > 1
    assert document.outside(6 * MM) == []
    for sign in view.months[0].letters:
        assert squeezed(sign.text) in document.text
