"""What a changed calendar of a site touches: whose visits, which days, and that nothing else is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import run

PROTOCOL = """\
study: {id: X, title: X, anchor: infusion, day_numbering: day 0}
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: D14, at: Day 14, window: ±2 days, mode: clinic}
  - {id: D28, at: Day 28, window: ±3 days, mode: clinic}
  - {id: D60, at: Day 60, window: ±3 days, mode: telephone}
"""
SITE = "S: {name: Hospital, time_zone: Asia/Shanghai, language: en, country: CN, calendar: {announced_until: 2026-03-31}}\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Somebody infused on Monday 2 February 2026, whose D14 is booked for Monday 16 March: in the windows are, D28, 27 February to
    5 March, and D60, 31 March to 6 April 2026.
    """
    run("init", tmp_path / "study")
    study = tmp_path / "study"
    (study / "protocol.yaml").write_text(PROTOCOL)
    (study / "sites.yaml").write_text(SITE)
    (study / "participants.csv").write_text("participant,site,infusion,infusion_status\nP-1,S,2026-02-02,actual\n")
    (study / "visits.csv").write_text("participant,visit,booked,time,actual,status,note\nP-1,D14,2026-03-16,,,,\n")
    (study / "events.csv").write_text("subject,name,date,status,value,note\n")
    return study


def build(study: Path, day: str = "2026-02-05") -> str:
    stdout = run("build", study, "--out", study / "out", "--issued-at", f"{day}T08:00", "--today", day).stdout
    return "".join(line for line in stdout.splitlines(keepends=True) if not line.startswith(("participants:", "to look at")))


def change(study: Path, calendar: str) -> None:
    (study / "sites.yaml").write_text(SITE.replace("{announced_until: 2026-03-31}", calendar))


def test_a_first_build_and_one_of_an_unchanged_calendar_say_nothing(study: Path) -> None:
    assert build(study) == ""
    assert build(study) == ""


def test_a_closed_day_touches_those_in_whose_window_it_lies(study: Path) -> None:
    build(study)
    change(study, "{announced_until: 2026-03-31, closed: [{from: 2026-03-02, to: 2026-03-03}]}")
    said = "Calendar of Hospital: closed now: Mon 2 March 2026, Tue 3 March 2026.\nIt touches P-1 (D28).\n"
    assert build(study, "2026-02-06") == said
    page = (study / "out" / "index.html").read_text(encoding="utf-8")
    assert "Since the papers of Thu 5 February 2026, 08:00 UTC." in page
    assert build(study, "2026-02-07") == ""
    assert "It touches P-1 (D28)" in (study / "out" / "index.html").read_text(encoding="utf-8")


def test_of_a_booked_visit_only_its_day_counts(study: Path) -> None:
    build(study)
    change(study, "{announced_until: 2026-03-31, closed: [{from: 2026-02-16}]}")  # in the window of D14, which is booked
    assert build(study) == ""
    change(study, "{announced_until: 2026-03-31, leave: [{from: 2026-03-16}]}")
    assert build(study) == "Calendar of Hospital: closed now: Mon 16 March 2026.\nIt touches P-1 (D14).\n"
    change(study, "{announced_until: 2026-03-31}")
    assert build(study) == "Calendar of Hospital: open now: Mon 16 March 2026.\nIt touches P-1 (D14).\n"


def test_days_that_are_announced_meanwhile(study: Path) -> None:
    build(study)
    change(study, "{announced_until: 2026-04-30}")
    said = "Calendar of Hospital: public holidays announced meanwhile for 6 days.\nIt touches P-1 (D60).\n"
    assert build(study) == said


def test_days_that_have_passed_touch_nobody(study: Path) -> None:
    build(study)
    change(study, "{announced_until: 2026-03-31, closed: [{from: 2026-03-02, to: 2026-03-03}]}")
    assert build(study, "2026-03-03") == "Calendar of Hospital: closed now: Tue 3 March 2026.\nIt touches P-1 (D28).\n"


def test_a_kind_of_visit_that_is_held_on_other_days(study: Path) -> None:
    build(study)
    change(study, "{announced_until: 2026-03-31, clinic_days: {telephone: Mon Tue Thu Fri}}")
    assert build(study) == "Calendar of Hospital: closed now: Wed 1 April 2026.\nIt touches P-1 (D60).\n"
    assert date(2026, 4, 1).strftime("%a") == "Wed"
