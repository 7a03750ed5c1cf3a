"""The cohort's timeline: which day each mark stands on, and a drawing in which every text is escaped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from conftest import EXAMPLE, Scheduling, booked, done, protocol_of
from printed import MM, Printed

from scheduler.drawing import SCREEN, fitting, timeline_paper, timeline_svg
from scheduler.facts.records import Leaving, Left, Outcome, Participant, Recorded, Site, VisitRecord
from scheduler.protocol.records import Text
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule
from scheduler.sheets.pdf import Print
from scheduler.study.folder import load_study
from scheduler.views.timeline import Lane, Timeline, parts, timeline

pytestmark = pytest.mark.paper

ISSUED = datetime(2026, 11, 23, 8, tzinfo=UTC)
SITES = {id: Site(id=id, name=Text({"": f"Site {id}"}), zone=ZoneInfo("UTC"), language="en") for id in ("S", "T")}
SVG = "{http://www.w3.org/2000/svg}"


def made(*schedules: Schedule, today: str = "2026-03-10") -> Timeline:
    placed = [each._replace(participant=replace(each.participant, site=each.participant.site or "S")) for each in schedules]
    return timeline(placed[0].protocol, placed, SITES, date.fromisoformat(today), "en")


def lane(view: Timeline) -> Lane:
    [site] = view.sites
    [found] = site.lanes
    return found


def of_example(language: str = "en") -> Timeline:
    study = load_study(EXAMPLE)
    return timeline(study.protocol, study.schedules().values(), study.sites, date(2026, 11, 23), language)


def test_days_are_counted_from_the_first_of_the_first_month(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given, label: Infusion}
      - {id: D7, at: Day 7, window: ±1 day}
      - {id: D14, at: Day 14, window: ±2 days}
      - {id: D20, at: Day 20, window: ±2 days}
      - {id: D28, at: Day 28, window: -2 .. +4 days}
      - {id: D40, at: Day 40, window: ±2 days}
    periods:
      - {id: ward, kind: stay, from: infusion, to: at least infusion + 7 days, label: Ward}
      - {id: near, kind: restriction, from: infusion, to: infusion + 400 days}
    """
    records = {
        "D7": done("2026-03-10"),
        "D14": VisitRecord(outcome=Outcome.MISSED),
        "D20": booked("2026-03-23"),
        "D40": VisitRecord(outcome=Outcome.CANCELLED),
    }
    view = made(schedule(actual={"infusion": "2026-03-02"}, visits=records))
    assert (view.days, view.today) == (31 + 30, 9)  # March and April; today is the 10th
    assert [(tick.day, tick.month, tick.year) for tick in view.ticks] == [(0, "Mar", "2026"), (31, "Apr", "")]
    found = lane(view)
    assert [(mark.kind, mark.day) for mark in found.marks] == [
        ("anchor", 1),
        ("done", 9),
        ("missed", 15),
        ("booked", 22),
        ("planned", 29),
    ]
    assert [(span.kind, span.first, span.last) for span in found.spans] == [
        ("window", 19, 23),
        ("window", 27, 33),
        ("stay", 1, 8),
    ]
    assert found.marks[1].title == "P · Day 7 · Tue 10 March 2026 · done in window"
    assert [kind for kind, _ in view.signs] == ["anchor", "done", "booked", "planned", "missed", "window", "stay"]


def test_what_is_far_away_is_counted_and_not_drawn(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: M, ids: M<month>, at: Month 6/12/24/36/48/60}
    """
    view = made(schedule(actual={"infusion": "2024-02-29"}), today="2026-03-10")
    assert [mark.day for mark in lane(view).marks] == [364, 729, 1095]  # 28 February 2026 and 2027, 29 February 2028
    assert (view.ticks[0].month, view.ticks[0].year, view.ticks[-1].month) == (
        "Mar",
        "2025",
        "Mar",
    )  # a year before, two years after
    assert (lane(view).before, lane(view).after) == ("+3", "+1")
    assert view.days == 365 + 365 + 366 + 31  # 1 March 2025 to 31 March 2028


def test_the_day_somebody_left_is_marked() -> None:
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}\n  - {id: D28, at: Day 28}")
    person = Participant(
        id="P", recorded={"infusion": (Recorded(date(2026, 3, 2)),)}, left=Left(Leaving.WITHDRAWN, date(2026, 3, 9))
    )
    found = lane(made(expand(protocol, person)))
    assert [(mark.kind, mark.day) for mark in found.marks] == [("planned", 1), ("left", 8)]


def test_participants_stand_under_their_site(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    """
    one = schedule(infusion="2026-03-02")
    people = [
        one._replace(participant=replace(one.participant, id=id, site=site)) for id, site in (("A", "T"), ("B", "S"), ("C", "T"))
    ]
    assert [(site.site, [each.participant for each in site.lanes]) for site in made(*people).sites] == [
        ("Site S", ["B"]),
        ("Site T", ["A", "C"]),
    ]


def test_parts_hold_so_many_lines_and_lose_nobody(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
    """
    one = schedule(infusion="2026-03-02")
    people = [
        one._replace(participant=replace(one.participant, id=f"{site}-{number:02}", site=site))
        for site in "ST"
        for number in range(24)
    ]
    view = made(*people)
    cut = parts(view, 22)
    assert [sum(len(site.lanes) + 1 for site in part.sites) for part in cut] == [22, 22, 8]
    assert [each.participant for part in cut for site in part.sites for each in site.lanes] == [
        each.participant.id for each in people
    ]
    assert all(site.lanes for part in cut for site in part.sites)


# -- the drawing


def test_the_drawing_is_well_formed_and_says_what_it_is() -> None:
    view = of_example()
    root = ElementTree.fromstring(timeline_svg(view, whole=True))
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert texts[:3] == [view.notice, view.title, view.study]
    assert {"YC-001", "CD-004", "▼ Mon 23 November 2026", "2027"} <= set(texts)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "timeline-title timeline-about"
    assert root.findtext(f"{SVG}title") == view.title
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert "YC-001 · Day 28 · Thu 29 January 2026 · done in window" in titles
    assert len(titles) == 1 + sum(len(each.marks) + len(each.spans) for site in view.sites for each in site.lanes)


def test_nothing_is_told_apart_by_colour_and_nothing_is_fetched() -> None:
    drawing = timeline_svg(of_example(), whole=True)
    root = ElementTree.fromstring(drawing)
    paint = {each.attrib[key] for each in root.iter() for key in ("fill", "stroke") if key in each.attrib}
    assert paint <= {"#000", "#fff", "none"}
    assert "href" not in drawing
    assert "url(" not in drawing
    assert drawing.count("http") == 1  # the name of the format


def test_a_text_of_the_study_cannot_become_markup(schedule: Scheduling) -> None:
    """
    study: {id: "<b>", title: "</svg><script>alert(1)</script>", anchor: infusion, day_numbering: day 0, notice: "& <i>"}
    visits:
      - {id: infusion, at: given, label: "\\"><img src=x>"}
    """
    one = schedule(infusion="2026-03-02")
    view = made(one._replace(participant=replace(one.participant, id="<P>")))
    drawing = timeline_svg(view, whole=True)
    assert ElementTree.fromstring(drawing).find(f".//{SVG}script") is None
    assert "<script" not in drawing
    assert "<img" not in drawing
    assert "&lt;P&gt;" in drawing


def test_every_mark_stands_where_its_day_is(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D10, at: Day 10}
    """
    view = made(schedule(actual={"infusion": "2026-03-02"}, visits={"D10": done("2026-03-12")}), today="2026-03-12")
    root = ElementTree.fromstring(timeline_svg(view))
    [circle] = [
        each for each in root.iter(f"{SVG}circle") if each.attrib["cy"] != root.findall(f".//{SVG}circle")[-1].attrib["cy"]
    ]
    [line] = [each for each in root.iter(f"{SVG}path") if each.attrib.get("stroke-width") == "1.6"]
    assert line.attrib["d"].startswith(f"M{circle.attrib['cx']} ")  # done today


def test_the_same_timeline_is_the_same_drawing() -> None:
    assert timeline_svg(of_example()) == timeline_svg(of_example())
    view = of_example("zh")
    assert timeline_svg(view, fitting(view, 700, 8.5, 17)) != timeline_svg(view, SCREEN)
    assert 'width="700"' in timeline_svg(view, fitting(view, 700, 8.5, 17))


# -- on paper


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_48_participants_are_printed_on_three_pages_large_enough_to_read(language: str, paper: str) -> None:
    study = load_study(EXAMPLE)
    one = list(study.schedules().values())
    many = [
        one[number % 9]._replace(participant=replace(one[number % 9].participant, id=f"XX-{number:03}")) for number in range(48)
    ]
    view = timeline(study.protocol, many, study.sites, date(2026, 11, 23), language)
    drawn = timeline_paper(view, paper, "footer")
    made = Printed(Print(template="timeline", view=drawn, whose="X", issued_at=ISSUED).pdf())
    assert len(made.pages) == len(drawn.pages) == 3
    assert made.text_smaller_than(8) == set()
    assert made.outside(6 * MM) == []
    assert all(f"XX-{number:03}" in made.text for number in range(48))
    assert {name.partition("+")[2].partition("-")[0] for name in made.fonts} <= {"VisitSans", "VisitSansSC"}
    assert all(made.fonts.values())
    assert made.colours <= {(0,), (0, 0, 0), (1, 1, 1), (1,)}
