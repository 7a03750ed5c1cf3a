"""One day's lists: today, the coming days, overdue, to book."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

from conftest import EXAMPLE, booked, done, protocol_of, run

from scheduler.facts.records import Participant, Recorded, Status, VisitRecord
from scheduler.planning.status import Status as Lists
from scheduler.planning.status import status
from scheduler.schedule.expand import expand
from scheduler.study.folder import load_study

PROTOCOL = """
visits:
  - {id: infusion, at: given}
  - {id: D14, at: Day 14, window: ±2 days}
  - {id: D28, at: Day 28, window: ±3 days}
  - {id: M3, at: Month 3, window: ±14 days}
"""


def lists(today: str, days: int = 14, visits: dict[str, VisitRecord] | None = None, infused: str = "actual") -> Lists:
    """For an infusion on Monday 2 March 2026: D14 is 14 to 18 March, D28 27 March to 2 April, M3 19 May to 16 June."""
    infusion = {"infusion": (Recorded(date(2026, 3, 2), Status(infused)),)}
    made = expand(protocol_of(PROTOCOL), Participant(id="P", site="S", recorded=infusion, visits=visits or {}))
    return status([made], {"S": date.fromisoformat(today)}, days)


def ids(found: Lists) -> dict[str, list[str]]:
    return {name: [item.visit.id for item in items] for name, items in found._asdict().items() if items}


def test_what_opens_in_the_coming_days_is_to_book() -> None:
    assert ids(lists("2026-03-02")) == {"today": ["infusion"], "to_book": ["D14"], "later": ["D28", "M3"]}
    assert ids(lists("2026-03-03", days=10)) == {"later": ["D14", "D28", "M3"]}
    assert ids(lists("2026-03-03", days=11)) == {"to_book": ["D14"], "later": ["D28", "M3"]}
    assert ids(lists("2026-03-18")) == {"to_book": ["D14", "D28"], "later": ["M3"]}  # what closes first, first
    assert ids(lists("2026-03-19")) == {"overdue": ["D14"], "to_book": ["D28"], "later": ["M3"]}


def test_what_is_booked_is_on_its_day() -> None:
    visits = {"D14": booked("2026-03-16"), "D28": booked("2026-03-30")}
    assert ids(lists("2026-03-15", visits=visits)) == {"coming": ["D14"], "later": ["D28", "M3"]}
    assert ids(lists("2026-03-16", visits=visits)) == {"today": ["D14"], "coming": ["D28"], "later": ["M3"]}
    assert ids(lists("2026-03-17", visits=visits)) == {"overdue": ["D14"], "coming": ["D28"], "later": ["M3"]}


def test_what_took_place_today_is_on_the_list_of_today() -> None:
    visits = {"D14": done("2026-03-16")}
    assert ids(lists("2026-03-16", visits=visits)) == {"today": ["D14"], "to_book": ["D28"], "later": ["M3"]}
    assert ids(lists("2026-03-17", visits=visits)) == {"to_book": ["D28"], "later": ["M3"]}


def test_a_planned_infusion_is_not_to_book() -> None:
    assert ids(lists("2026-03-01", infused="planned"))["coming"] == ["infusion"]
    assert ids(lists("2026-03-03", infused="planned"))["overdue"] == ["infusion"]


def test_the_status_of_the_example() -> None:
    out = run("status", EXAMPLE, "--today", "2026-11-23", "--site", "chengdu").stdout
    assert out.splitlines()[:3] == ["CD-004: 入组: 计划在2026年11月20日 星期五，尚无记录", "", "逾期或未记录"]
    table = run("status", EXAMPLE, "--today", "2026-11-23", "--format", "csv")
    assert "YC-005: Enrolment: planned for Thu 19 November 2026, and not recorded" in table.stderr.splitlines()
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    kept = ("list", "participant", "visit", "opens", "closes", "booked", "standing", "days", "days_left")
    assert [[row[key] for key in kept] for row in rows] == [
        ["overdue", "YC-005", "SCR", "2026-10-22", "2026-11-19", "", "overdue", "4", ""],
        ["overdue", "CD-004", "SCR", "2026-10-23", "2026-11-20", "", "overdue", "3", ""],
        ["coming", "YC-004", "infusion", "", "", "", "upcoming", "", ""],
        ["coming", "YC-003", "M3", "2026-11-16", "2026-12-14", "2026-12-01T10:00+08:00", "in window, booked", "", "22"],
        ["to book", "YC-004", "LD1", "", "", "", "upcoming", "", ""],
        ["to book", "YC-004", "LD2", "", "", "", "upcoming", "", ""],
        ["to book", "YC-004", "LD3", "", "", "", "upcoming", "", ""],
        ["to book", "CD-001", "M3", "2026-11-19", "2026-12-17", "", "in window, not booked", "", "25"],
    ]


def test_the_rows_to_book_can_be_added_to_the_table_as_they_are(example: Path) -> None:
    result = run("status", example, "--today", "2026-11-23", "--format", "to-book")
    assert result.stdout.splitlines()[-1] == "CD-001,M3,,,,,"
    table = example / "visits.csv"
    header, *rows = result.stdout.splitlines()
    old = table.read_text(encoding="utf-8").splitlines()
    filled = [row.replace("CD-001,M3,,", "CD-001,M3,2026-12-04,") for row in rows]
    table.write_text("\n".join([*old, *filled]) + "\n", encoding="utf-8")
    assert load_study(example).participants["CD-001"].visits["M3"].booked == date(2026, 12, 4)
    again = run("status", example, "--today", "2026-11-23", "--format", "to-book")
    assert again.stdout.splitlines() == [header]  # the others have a row now, still empty: that is the one to fill in
    assert again.stderr.splitlines()[0] == "LD1 of YC-004 has a row in visits.csv: fill that in"


def test_each_site_has_its_own_day(example: Path) -> None:
    sites = example / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    sites.write_text(
        text[: text.rindex("Asia/Shanghai")]
        + text[text.rindex("Asia/Shanghai") :].replace("Asia/Shanghai", "America/New_York", 1),
        encoding="utf-8",
    )
    now = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert load_study(example).today(now) == {"yancheng": date(2026, 11, 23), "chengdu": date(2026, 11, 22)}


def test_a_stay_is_listed_until_its_end_is_recorded(example: Path) -> None:
    def stays(today: str) -> bool:
        page = run("status", example, "--today", today, "--site", "yancheng", "--format", "html").stdout
        return '>YC-004</td><td data-label="时段"><strong>住院</strong>' in page

    assert (stays("2026-11-15"), stays("2026-11-16"), stays("2026-12-07")) == (False, True, True)
    people = example / "participants.csv"
    assert not stays("2026-12-20")  # nobody has recorded that it began
    people.write_text(people.read_text(encoding="utf-8").replace("2026-11-30,planned", "2026-11-30,actual"), encoding="utf-8")
    assert stays("2026-12-20")  # longer than seven days, and nobody has recorded its end
    with (example / "events.csv").open("a", encoding="utf-8") as events:
        events.write("YC-004,hospital.end,2026-12-10,actual,,\n")
    assert (stays("2026-12-10"), stays("2026-12-11")) == (True, False)


def test_the_page_escapes_what_people_wrote(example: Path) -> None:
    visits = example / "visits.csv"
    text = visits.read_text(encoding="utf-8").replace(
        "YC-003,M3,2026-12-01,10:00,,booked,", "YC-003,M3,2026-12-01,10:00,,booked,<b>x</b>"
    )
    visits.write_text(text, encoding="utf-8")
    page = run("status", example, "--today", "2026-11-23", "--format", "html").stdout
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x" not in page
