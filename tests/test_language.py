"""Text to expression and back; what is wrong, and at which character."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from scheduler.language import parser
from scheduler.language.syntax import Duration, Label, LabelUnit, Reference, Step, Sum, Unit
from scheduler.reading.problems import NotUnderstood

WRITTEN = [
    (parser.parse_at, "given"),
    (parser.parse_at, "Day 14"),
    (parser.parse_at, "Day -5/-4/-3"),
    (parser.parse_at, "Month 3/6/9/12/18/24"),
    (parser.parse_at, "dose + 0.5/1/2 h"),
    (parser.parse_at, "infusion + 1 year - 2 days"),
    (parser.parse_at, "earlier of (M24 and progression + 30 days) + 1 day else D28.latest"),
    (parser.parse_at, "first LD - 1 day"),
    (parser.parse_at, "(later of (a and b and c) - 3 working days) + 36 hours"),
    (parser.parse_point, "FU5.2.actual + 2 weeks"),
    (parser.parse_window, "none"),
    (parser.parse_window, "exact"),
    (parser.parse_window, "±2 days"),
    (parser.parse_window, "+-2 days"),
    (parser.parse_window, "-7 .. +21 days"),
    (parser.parse_window, "-1 week .. +3 days"),
    (parser.parse_window, "0 .. +5 days"),
    (parser.parse_window, ".. +1 week"),
    (parser.parse_window, "-28 days .."),
    (parser.parse_window, "from M3 - 1 week to M3 + 2 weeks"),
    (parser.parse_window, "to Day 28"),
    (parser.parse_window, "within 28 days before enrolment"),
    (parser.parse_window, "28 to 35 days after V2"),
    (parser.parse_limit, "not before infusion + 28 days"),
    (parser.parse_limit, "not after earlier of (M24 and progression)"),
    (parser.parse_limit_between, "not before infusion of previous participant + 14 days"),
    (parser.parse_limit_between, "not before later of (D28.actual of first participant and safety-review) else hospital.end"),
    (parser.parse_limit_between, "not after last infusion of previous cohort + 28 days"),
    (parser.parse_positions, "2"),
    (parser.parse_positions, "2/4-6/9 onwards then every 3"),
    (parser.parse_end, "at least infusion + 7 days"),
    (parser.parse_end, "not after Day 28"),
    (parser.parse_end, "Day 28"),
    (parser.parse_condition, "lymphodepletion"),
    (parser.parse_condition, "arm is A/B and not (childbearing or age >= 65)"),
    (parser.parse_condition, "gestational-age < 37 weeks"),
    (parser.parse_at, "Week 6 then every 6 weeks until Week 54 then every 9 weeks until progression"),
    (parser.parse_at, "Day 1 then every 21 days 6 times"),
    (parser.parse_at, "Day 4/8/11 then every 7 days until discharge or Day 60"),
    (parser.parse_at, "dose + 2/4 weeks until stop"),
    (parser.parse_at, "each relapse"),
    (parser.parse_at, "birth - gestational-age + 40 weeks"),
    (parser.parse_at, "previous D28 + 2 weeks"),
    (parser.parse_at, "next dose - 1 day"),
    (parser.parse_moves, "never"),
    (parser.parse_moves, "with previous"),
    (parser.parse_moves, "with previous D1 if late"),
    (parser.parse_moves, "with previous D1 if 3 days late"),
    (parser.parse_condition, "cycle is 1-2/5/7 onwards then every 2"),
    (parser.parse_condition, "more than 40 days from V26 to V27"),
    (parser.parse_condition, "dose-2.actual > dose-1 + 3 days and 37 weeks >= gestational-age"),
    (parser.parse_condition, "not (previous dose + 21 days <= Day 28 or arm is 1)"),
    (parser.parse_time_point, "-0.5 h"),
    (parser.parse_time_point, "4 h ±24 min"),
    (parser.parse_time_point, "+2 h -5 .. +15 min"),
]


@pytest.mark.parametrize(("parse", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_what_is_printed_back_equals_what_was_typed(parse: Callable[[str], object], text: str) -> None:
    assert str(parse(text)) == text


def test_white_space_is_not_meaning() -> None:
    assert parser.parse_window("-7..+21days") == parser.parse_window("-7 .. +21 days")


def test_a_spelling_is_not_meaning() -> None:
    assert parser.parse_point("x + 2 h") == parser.parse_point("x + 2 hours")
    assert parser.parse_window("+-1 day") == parser.parse_window("±1 days")


def test_a_sum_is_a_term_and_its_steps() -> None:
    assert parser.parse_point("Month 3 + 2 weeks - 1 day") == Sum(
        Label(LabelUnit.MONTH, 3),
        (Step(1, Duration(Decimal(2), Unit.WEEK)), Step(-1, Duration(Decimal(1), Unit.DAY))),
    )


def test_a_facet_is_the_last_part_of_a_name_and_other_dots_belong_to_it() -> None:
    assert parser.parse_point("FU5.2") == Reference("FU5.2")
    assert str(parser.parse_point("FU5.2.latest")) == "FU5.2.latest"
    assert parser.parse_point("FU5.2.latest") != Reference("FU5.2.latest")


WRONG = [
    (parser.parse_window, "-2 dys .. +2 days", 3, '"dys" stands where a unit was expected'),
    (parser.parse_window, "-2 dys .. +2 days", 3, 'did you mean "days"?'),
    (parser.parse_window, "7 .. 21 days", 0, 'write "+7" or "-7"'),
    (parser.parse_window, "-2 .. +2", 8, "a unit"),
    (parser.parse_window, "+5 .. +2 days", 0, "the window ends before it begins"),
    (parser.parse_window, "..", 0, "neither end"),
    (parser.parse_window, "±2", 2, "the end stands where a unit"),
    (parser.parse_window, "35 to 28 days after V2", 0, "the smaller number comes first"),
    (parser.parse_window, "within 28 days of enrolment", 15, '"before" or "after"'),
    (parser.parse_at, "infusion-2 days", 8, "a minus has a space on both sides"),
    (parser.parse_at, "infusion – 2 days", 9, "is a dash"),
    (parser.parse_at, "day 14", 0, "with a capital letter"),
    (parser.parse_at, "", 0, "the end stands where a date"),
    (parser.parse_at, "infusion + 2 days + 1 month", 20, "the larger unit comes first"),
    (parser.parse_at, "Month 0.5", 6, "no whole number"),
    (parser.parse_at, "infusion + 0.5 days", 11, "only hours and minutes can be split"),
    (parser.parse_at, "infusion + 999999 days", 11, "more than 99,999"),
    (parser.parse_at, "earlier of (a)", 13, '"and" and a second date'),
    (parser.parse_at, "(" * 50, 20, "more than 20 brackets"),
    (parser.parse_at, "infusion, 3", 8, "has no meaning here"),
    (parser.parse_at, "last", 4, "the end stands where a date"),
    (parser.parse_at, "Day 28 + 1 month", 9, "not clear which comes first"),
    (parser.parse_window, "-3 days .. -1 week", 0, "the window ends before it begins"),
    (parser.parse_at, "Day 4、8", 5, '"/" is meant here'),
    (parser.parse_condition, "a and b or c", 8, "want brackets"),
    (parser.parse_condition, "not not a", 4, "a condition"),
    (parser.parse_window, "+/-2 days", 0, "is written ± or +-"),
    (parser.parse_window, "-2 to +2 days", 3, 'written "-2 .. +2 days"'),
    (parser.parse_at, "every relapse", 0, '"each relapse" makes one'),
    (parser.parse_limit, "before Day 3", 0, '"not before" or "not after"'),
    (parser.parse_limit, "not before infusion of previous participant", 20, 'only be said in a limit of "between participants"'),
    (parser.parse_at, "D28 of previous cohort + 1 day", 4, 'only be said in a limit of "between participants"'),
    (parser.parse_limit_between, "not before infusion of last participant", 23, '"last" stands where "previous" or "first"'),
    (
        parser.parse_limit_between,
        "not before infusion of previous",
        31,
        'the end stands where "participant", or the word that stands',
    ),
    (parser.parse_limit_between, "not before Day 28 of first participant", 11, "Day 28 counts from the participant's own anchor"),
    (parser.parse_positions, "0", 0, '"0" is no place in the order: they are counted from 1'),
    (parser.parse_positions, "2/second", 0, '"second" is no place in the order: they are counted from 1'),
    (parser.parse_positions, "0-3", 0, '"0-3" is no place in the order: they are counted from 1'),
    (parser.parse_positions, "onwards", 0, '"onwards" is no place in the order'),
    (parser.parse_positions, "2/", 2, "the end stands where a place in the order (2, 1-3, 3 onwards) was expected"),
    (parser.parse_at, "Week 6 then 6 weeks", 12, '"every" after "then"'),
    (parser.parse_at, "Week 6 then every 0 weeks", 18, "a series that stands still"),
    (parser.parse_at, "Week 6 then every 6 weeks 0 times", 26, "from 1 to 2000 times"),
    (parser.parse_at, "given then every 6 weeks", 6, "where the end was expected"),
    (parser.parse_at, "each", 4, "the name of an event"),
    (parser.parse_at, "birth - gestational-age + 1 month", 26, "months are counted before days"),
    (parser.parse_moves, "with D1", 5, '"previous"'),
    (parser.parse_moves, "with previous if 0 days late", 17, "late is at least by 1 day"),
    (parser.parse_condition, "cycle is 1 then every 2", 11, "follows a range"),
    (parser.parse_condition, "cycle is 2-1", 11, "the smaller number comes first"),
    (parser.parse_condition, "more than 40 days from V26", 26, "before the second of two dates"),
    (parser.parse_condition, "V2 + 3 days", 11, "<, <=, > or >="),
    (parser.parse_time_point, "2 days", 0, "hours or minutes"),
]


@pytest.mark.parametrize(
    ("parse", "text", "offset", "message"), WRONG, ids=[f"{text[:30]}-{message[:12]}" for _, text, _, message in WRONG]
)
def test_a_mistake_is_pointed_at(parse: Callable[[str], object], text: str, offset: int, message: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        parse(text)
    assert message in error.value.message
    assert error.value.offset == offset


@pytest.mark.parametrize("name", ["D28", "FU5.2", "last-dose", "随访", "A_1"])
def test_names(name: str) -> None:
    assert parser.parse_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("28D", "starts with a letter"),
        ("two words", "one word"),
        ("given", "a word of the language"),
        ("Day", "a word of the language"),
        ("D28.target", 'cannot end in ".target"'),
        ("", "a name was wanted"),
        ("a-", "one word"),
    ],
)
def test_what_cannot_be_a_name(name: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        parser.parse_name(name)
