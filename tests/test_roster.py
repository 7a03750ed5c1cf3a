"""A site's roster: the coming weeks by date, what is overdue and to book, who is in hospital."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from conftest import EXAMPLE, booked, protocol_of

from scheduler.facts.records import Closure, Participant, Recorded, Site, SiteCalendar, Status, VisitRecord
from scheduler.opendays.calendar import OpenDays
from scheduler.pages import roster_html
from scheduler.protocol.records import Text
from scheduler.schedule.expand import expand
from scheduler.study.folder import load_study
from scheduler.views.identity import Identity
from scheduler.views.roster import Roster, RosterRow, roster

IDENTITY = Identity("1.0", "0123456789abcdef", "trial-scheduler", datetime(2026, 3, 1, 8, 0, tzinfo=UTC))
CALENDAR = SiteCalendar(beds=1, closed=(Closure(date(2026, 3, 12), date(2026, 3, 13), "audit"),))
SITE = Site(id="S", name=Text({"": "General Hospital"}), zone=ZoneInfo("UTC"), language="en", calendar=CALENDAR)
PROTOCOL = """
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D7, at: Day 7, window: ±1 day}
  - {id: D14, at: Day 14, window: ±2 days, mode: clinic}
  - {id: D28, at: Day 28, window: ±3 days, assumed: [at]}
  - {id: D60, at: Day 60, window: ±3 days}
periods:
  - {id: stay, label: Hospital stay, kind: stay, from: infusion, to: at least infusion + 10 days}
  - {id: rest, label: Rest, kind: rest, from: infusion, to: infusion + 1 day}
activities:
  labs: {label: Laboratory, at: [all], assumed: [at]}
"""


def made(today: str, count: int = 2, visits: dict[str, VisitRecord] | None = None, site: Site = SITE) -> Roster:
    """For two infusions, on Monday 2 March 2026 (A, with these records) and on Wednesday 11 March 2026 (B, planned)."""
    protocol = protocol_of(PROTOCOL)
    days = {"A": Recorded(date(2026, 3, 2), Status.ACTUAL), "B": Recorded(date(2026, 3, 11))}
    people = [
        Participant(id=code, site="S", recorded={"infusion": (day,)}, visits=(visits or {}) if code == "A" else {})
        for code, day in days.items()
    ]
    schedules = [expand(protocol, each) for each in people]
    return roster(protocol, site, schedules, OpenDays(site), date.fromisoformat(today), count, IDENTITY)


def short(rows: tuple[RosterRow, ...]) -> list[tuple[str, str, str]]:
    return [(row.participant, row.visit, row.day) for row in rows]


def test_the_coming_weeks_by_date() -> None:
    found = made("2026-03-11", visits={"D14": booked("2026-03-17T09:30")})
    assert found.days == "Wed 11 March 2026 to Tue 24 March 2026"
    assert [(week.title, week.lines, short(week.rows)) for week in found.weeks] == [
        (
            "Wed 11 March 2026 to Sun 15 March 2026",
            (
                "Thu 12 March 2026 to Fri 13 March 2026: closed: audit",
                "Most beds taken on one day: 2 of 1",
                "too few beds on Wed 11 March 2026, Thu 12 March 2026",
            ),
            [("B", "infusion", "Wed 11 March 2026")],
        ),
        (
            "Mon 16 March 2026 to Sun 22 March 2026",
            ("Most beds taken on one day: 1 of 1",),
            [("A", "Day 14", "Tue 17 March 2026")],
        ),
        ("Mon 23 March 2026 to Tue 24 March 2026", (), []),
    ]
    [row] = found.weeks[1].rows
    assert (row.time, row.kind, row.tasks, row.window) == (
        "09:30",
        "clinic",
        ("Laboratory\N{NO-BREAK SPACE}†",),
        ("Sat 14 March 2026 to", "Wed 18 March 2026"),
    )
    assert found.weeks[0].rows[0].time == "planned"
    assert found.has_assumptions


def test_what_is_overdue_and_what_is_to_book_stand_apart() -> None:
    found = made("2026-03-16")
    assert short(found.overdue) == [("A", "Day 7", ""), ("B", "infusion", "Wed 11 March 2026")]
    assert [(row.visit, row.window[0], row.state) for row in found.to_book if row.participant == "A"] == [
        ("Day 14", "aim: Mon 16 March 2026", "in window, not booked, 3 days left"),
        ("Day 28", "aim: Mon 30 March 2026 (assumed)", "upcoming"),
    ]
    assert all(row.day == "" and row.time == "" for row in found.to_book)


def test_days_left_and_a_day_outside_the_window_are_said() -> None:
    found = made("2026-03-16", visits={"D14": booked("2026-03-18"), "D28": booked("2026-03-24")})
    rows = {row.visit: row for week in found.weeks for row in week.rows}
    assert (rows["Day 14"].state, rows["Day 14"].time, rows["Day 14"].alert) == (
        "in window, booked, 3 days left",
        "booked",
        "",
    )
    assert (rows["Day 28"].state, rows["Day 28"].alert) == ("booked", "OUTSIDE THE WINDOW")


def test_the_bed_list_holds_stays_only() -> None:
    found = made("2026-03-11")
    assert [(row.participant, row.period, row.days) for row in found.stays] == [
        ("A", "Hospital stay", "Mon 2 March 2026 to at least Thu 12 March 2026"),
        ("B", "Hospital stay", "Wed 11 March 2026 to at least Sat 21 March 2026"),
    ]


def test_a_roster_is_confidential_and_says_what_it_was_made_from() -> None:
    page = roster_html(made("2026-03-11"))
    assert "Participant numbers only, never names" in page
    assert "protocol version: 1.0 · study files 0123456789ab" in page
    assert page.count('<span class="box"') == 2 * page.count('data-label="Came"')


def test_a_roster_in_chinese_and_on_letter() -> None:
    study = load_study(EXAMPLE)
    own = [schedule for code, schedule in study.schedules().items() if code.startswith("YC")]
    site = study.sites["yancheng"]
    found = roster(study.protocol, site, own, study.open_days["yancheng"], date(2026, 11, 23), 6, IDENTITY)
    assert found.days == "2026年11月23日 星期一至2027年1月3日 星期日"
    assert found.weeks[-1].lines[0] == "2027年1月1日 星期五：元旦"
    page = roster_html(replace(found, paper="Letter"))
    assert '<html lang="zh">' in page
    assert "size: Letter landscape" in page
