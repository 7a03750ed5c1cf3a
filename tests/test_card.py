"""The wallet card: what is recorded and what the protocol says, and lines to write on for the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from conftest import Scheduling, protocol_of
from printed import MM, Printed

from scheduler.facts.records import Paper, Site
from scheduler.protocol.records import Text
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.schedule.records import Schedule
from scheduler.sheets.pdf import Print
from scheduler.views.card import Card, Line, card
from scheduler.views.sheet import Number

pytestmark = pytest.mark.paper

ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SITE = Site(
    id="S",
    name=Text({"en": "General Hospital", "zh": "总医院"}),
    zone=ZoneInfo("UTC"),
    language="en",
    day_telephone="555 0100",
    night_telephone="555 0199",
    emergency="120",
)
STUDY = """
study:
  id: X
  title: X
  registry: NCT0
  protocol_version: "2.0"
  anchor: infusion
  day_numbering: day 0
  card:
    therapy: {en: New cells, zh: 新型细胞}
    ring when: {en: Fever of 38 °C or more., zh: 体温达到或超过38℃。}
    for doctors: {en: Ring before giving steroids., zh: 使用激素前请先致电。}
    restrictions: [near, driving]
    source: "protocol 2.0, section 8.3"
visits:
  - {id: infusion, at: given, label: {en: Infusion, zh: 回输}}
periods:
  - {id: near, kind: restriction, from: infusion, to: at least infusion + 28 days, label: {en: Stay near, zh: 住在附近}, assumed: [from]}
  - {id: driving, kind: restriction, from: infusion, to: infusion + 14 days, label: {en: No driving, zh: 不得驾车}}
  - {id: sun, kind: restriction, from: infusion, to: infusion + 90 days, label: No sun}
"""


@pytest.fixture
def protocol() -> object:
    return protocol_of(STUDY)


def printed(view: Card) -> Printed:
    return Printed(Print(template="card", view=view, whose=view.participant, issued_at=ISSUED).pdf())


def in_chinese(schedule: Schedule) -> Schedule:
    return schedule._replace(participant=replace(schedule.participant, language="zh"))


def test_a_card_says_what_is_recorded_and_what_the_protocol_says(schedule: Scheduling) -> None:
    view = card(schedule(actual={"infusion": "2028-02-01"}), SITE, ISSUED)
    assert (view.study, view.participant, view.hospital) == ("X · NCT0", "P", "General Hospital")
    assert (view.therapy, view.received) == ("New cells", Line("Infusion", "Tue 1 February 2028"))
    assert view.numbers == (
        Number("Study team, by day", "555 0100"),
        Number("Day and night", "555 0199"),
        Number("Emergency", "120"),
    )
    assert view.ring_when == "Fever of 38 °C or more."
    assert view.for_doctors == "Ring before giving steroids."
    assert view.restrictions == (
        Line("Stay near", "at least until Tue 29 February 2028\N{NO-BREAK SPACE}†"),  # 28 days, of which the last is a leap day
        Line("No driving", "until Tue 15 February 2028"),
    )
    assert view.has_assumptions
    assert view.stamp == "Protocol version: 2.0 · Sun 1 March 2026"


def test_a_card_in_chinese(schedule: Scheduling) -> None:
    view = card(in_chinese(schedule(actual={"infusion": "2028-02-01"})), SITE, ISSUED)
    assert (view.therapy, view.received) == ("新型细胞", Line("回输", "2028年2月1日 星期二"))
    assert view.restrictions[1] == Line("不得驾车", "到2028年2月15日 星期二为止")


def test_what_is_only_planned_is_a_line_to_write_on(schedule: Scheduling) -> None:
    view = card(schedule(infusion="2028-02-01"), SITE, ISSUED)
    assert view.received == Line("Infusion", "")
    assert view.restrictions == (Line("Stay near", ""), Line("No driving", ""))
    assert "2028" not in printed(view).text


def test_a_study_that_says_nothing_gets_lines_and_nothing_invented(schedule: Scheduling) -> None:
    made = schedule(actual={"infusion": "2028-02-01"})
    made = made._replace(protocol=replace(made.protocol, study=replace(made.protocol.study, card=None)))
    view = card(made, replace(SITE, day_telephone="", night_telephone="", emergency=""), ISSUED)
    assert (view.therapy, view.ring_when, view.for_doctors, view.restrictions, view.numbers) == ("", "", "", (), ())
    assert printed(view).facts()["tagged"] == "True"


def test_a_restriction_that_is_not_there_is_named() -> None:
    with pytest.raises(ProblemsError, match='there is no restriction "naer"; did you mean "near"'):
        protocol_of(STUDY.replace("[near, driving]", "naer"))


def test_a_card_without_a_source_is_refused() -> None:
    with pytest.raises(ProblemsError, match="source"):
        protocol_of(STUDY.replace('    source: "protocol 2.0, section 8.3"\n', ""))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_three_cards_on_one_page_each_of_the_size_of_a_bank_card(schedule: Scheduling, language: str, paper: str) -> None:
    made = schedule(actual={"infusion": "2028-02-01"})
    view = card(made if language == "en" else in_chinese(made), replace(SITE, paper=Paper(paper)), ISSUED)
    found = printed(view)
    assert len(found.pages) == 1
    assert found.outside(6 * MM) == []
    assert found.text_smaller_than(7.5) == set()
    assert found.colours == {(0,)}
    assert found.text.count("5550199") == 3
    assert found.text.count("38°C") == 3
    numbers = [char["size"] for char in found.pages[0].chars if char["text"] == "9" and "Bold" in char["fontname"]]
    assert min(numbers) >= 10
    assert cut_lines(found) == {(round(2 * 85.6 * MM), round(54 * MM))}


def cut_lines(found: Printed) -> set[tuple[int, int]]:
    """The size of what the dashed lines of a page go around."""
    shapes = [*found.pages[0].lines, *found.pages[0].curves, *found.pages[0].rects]
    across = {round(each["width"]) for each in shapes if each["height"] < 1 and 400 < each["width"] < 500}
    upright = {round(each["height"]) for each in shapes if each["width"] < 1 and each["height"] > 100}
    whole = {(round(each["width"]), round(each["height"])) for each in shapes if each["width"] > 400 and each["height"] > 100}
    return whole | {(wide, high) for wide in across for high in upright}


def test_text_that_does_not_fit_stops_the_program(schedule: Scheduling) -> None:
    view = replace(card(schedule(actual={"infusion": "2028-02-01"}), SITE, ISSUED), ring_when="Fever or chills. " * 60)
    with pytest.raises(SchedulerError, match="the texts of the card do not fit on it: shorten"):
        printed(view)


def test_text_cannot_become_markup(schedule: Scheduling) -> None:
    view = replace(
        card(schedule(actual={"infusion": "2028-02-01"}), SITE, ISSUED), therapy="#1 *x* $5 @a // c", hospital="#panic()"
    )
    assert "#1*x*$5@a//c" in printed(view).text
    assert "#panic()" in printed(view).text
