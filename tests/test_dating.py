"""What dates expressions come to. Every date is a literal that can be checked on a wall calendar."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from conftest import Scheduling, booked, done, protocol_of

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.worth import Awaited, Lack
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Certainty

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


# -- labels and numbering


@pytest.mark.parametrize(
    ("numbering", "label", "expected"),
    [
        ("day 0", "Day 0", "2026-03-02"),
        ("day 0", "Day 14", "2026-03-16"),
        ("day 0", "Day -1", "2026-03-01"),
        ("day 1 without day 0", "Day 1", "2026-03-02"),
        ("day 1 without day 0", "Day 14", "2026-03-15"),
        ("day 1 without day 0", "Day -1", "2026-03-01"),
        ("day 1 without day 0", "Day -28", "2026-02-02"),
        ("day 1 with day 0", "Day 0", "2026-03-01"),
        ("day 1 with day 0", "Day 1", "2026-03-02"),
        ("day 1 with day 0", "Day -2", "2026-02-27"),
        ("day 0", "Week 4", "2026-03-30"),
        ("day 1 without day 0", "Week 4", "2026-03-30"),  # elapsed, under every numbering: Day 29
        ("day 0", "Week -2", "2026-02-16"),
        ("day 1 without day 0", "Month 1", "2026-04-02"),
        ("day 0", "Year 2", "2028-03-02"),
    ],
)
def test_a_label_is_counted_from_the_anchor(numbering: str, label: str, expected: str) -> None:
    protocol = protocol_of(
        f"""
        study: {{id: X, title: X, anchor: dose, day_numbering: {numbering}, month: calendar}}
        visits:
          - {{id: dose, at: given}}
          - {{id: V, at: {label}}}
        """
    )
    visit = expand(protocol, Participant.planned("P", {"dose": date(2026, 3, 2)})).visit("V")
    assert str(visit.target) == expected
    if label.startswith("Day"):
        assert visit.study_day == int(label.split()[1])


def test_there_is_no_day_0_where_the_protocol_has_none() -> None:
    with pytest.raises(SchedulerError, match="there is no Day 0"):
        protocol_of(
            """
            study: {id: X, title: X, anchor: dose, day_numbering: day 1 without day 0}
            visits:
              - {id: dose, at: given}
              - {id: V, at: Day 0}
            """
        )


def test_the_first_week_can_be_called_week_1() -> None:
    protocol = protocol_of(
        """
        study: {id: X, title: X, anchor: dose, day_numbering: day 1 without day 0, week_numbering: from 1}
        visits:
          - {id: dose, at: given}
          - {id: W, ids: W<week>, at: Week 1/2/5}
        """
    )
    schedule = expand(protocol, Participant.planned("P", {"dose": date(2026, 3, 2)}))
    assert [str(schedule.visit(name).target) for name in ("W1", "W2", "W5")] == ["2026-03-02", "2026-03-09", "2026-03-30"]


def test_a_month_must_be_said_once_months_are_used() -> None:
    with pytest.raises(SchedulerError, match="the study must say what a month is"):
        protocol_of(
            """
            study: {id: X, title: X, anchor: dose, day_numbering: day 0}
            visits:
              - {id: dose, at: given}
              - {id: M3, at: Month 3}
            """
        )


@pytest.mark.parametrize(
    ("year", "expected"), [("", None), ("calendar", "2029-02-28"), ("364 days", "2029-02-27"), ("365 days", "2029-02-28")]
)
def test_a_year_of_fixed_months_must_be_said(year: str, expected: str | None) -> None:
    text = f"""
        study: {{id: X, title: X, anchor: dose, day_numbering: day 0, month: 28 days{", year: " + year if year else ""}}}
        visits:
          - {{id: dose, at: given}}
          - {{id: Y1, at: Year 1}}
        """
    if expected is None:
        with pytest.raises(SchedulerError, match="can be meant in two ways"):
            protocol_of(text)
        return
    schedule = expand(protocol_of(text), Participant.planned("P", {"dose": date(2028, 2, 29)}))
    assert str(schedule.visit("Y1").target) == expected


# -- months


@pytest.mark.parametrize(
    ("anchor", "at", "expected"),
    [
        ("2026-11-30", "Month 3", "2027-02-28"),  # clipped
        ("2026-11-30", "Month 3 + 3 months", "2027-05-30"),  # summed first, then applied once
        ("2026-11-30", "infusion + 3 months + 3 days", "2027-03-03"),  # months, then days
        ("2027-11-30", "Month 3", "2028-02-29"),  # clipped to a leap day
        ("2028-02-29", "Year 1", "2029-02-28"),
        ("2028-02-29", "Year 4", "2032-02-29"),
        ("2026-08-31", "infusion + 1 year - 6 months", "2027-02-28"),
        ("2026-03-31", "infusion - 1 month", "2026-02-28"),
        ("2026-01-15", "infusion - 1 month", "2025-12-15"),
        ("2026-12-31", "infusion + 2 months - 1 day", "2027-02-27"),
        ("2026-11-30", "(Month 3) + 3 months", "2027-05-30"),  # brackets change nothing
    ],
)
def test_calendar_months(anchor: str, at: str, expected: str) -> None:
    protocol = protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: V, at: {at}}}")
    schedule = expand(protocol, Participant.planned("P", {"infusion": date.fromisoformat(anchor)}))
    assert str(schedule.visit("V").target) == expected


def test_naming_a_visit_chains_where_a_label_does_not(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: M3, at: Month 3}
      - {id: M6, at: Month 6}
      - {id: chained, at: M3 + 3 months}
    """
    made = schedule(infusion="2026-11-30")
    assert made.visit("M6").target == date(2027, 5, 30)
    assert made.visit("chained").target == date(2027, 5, 28)  # from 28 February


# -- windows


@pytest.mark.parametrize(
    ("window", "earliest", "latest"),
    [
        ("±2 days", "2026-03-28", "2026-04-01"),
        ("-7 .. +21 days", "2026-03-23", "2026-04-20"),
        ("0 .. +5 days", "2026-03-30", "2026-04-04"),
        ("-3 .. 0 days", "2026-03-27", "2026-03-30"),
        (".. +1 week", None, "2026-04-06"),
        ("-1 week ..", "2026-03-23", None),
        ("-1 week .. +3 days", "2026-03-23", "2026-04-02"),
        ("+1 .. +5 days", "2026-03-31", "2026-04-04"),  # without its own target
        ("±1 month", "2026-02-28", "2026-04-30"),
        ("exact", "2026-03-30", "2026-03-30"),
        ("none", None, None),
        ("from Day 20 to Day 40", "2026-03-22", "2026-04-11"),
        ("from Day 20", "2026-03-22", None),
        ("to infusion + 60 days", None, "2026-05-01"),
        ("within 28 days before infusion", "2026-02-02", "2026-03-02"),
        ("within 3 days after infusion", "2026-03-02", "2026-03-05"),
        ("28 to 35 days after infusion", "2026-03-30", "2026-04-06"),
        ("11 to 28 days before infusion", "2026-02-02", "2026-02-19"),
    ],
)
def test_both_ends_of_a_window_belong_to_it(window: str, earliest: str | None, latest: str | None) -> None:
    protocol = protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: D28, at: Day 28, window: {window}}}")
    visit = expand(protocol, Participant.planned("P", {"infusion": date(2026, 3, 2)})).visit("D28")
    assert str(visit.target) == "2026-03-30"
    assert (visit.earliest, visit.latest) == tuple(None if end is None else date.fromisoformat(end) for end in (earliest, latest))


def test_booking_or_attending_a_visit_never_moves_its_own_window(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    """
    for record in (booked("2026-04-01"), done("2026-04-09")):
        visit = schedule(infusion="2026-03-02", visits={"D28": record}).visit("D28")
        assert (visit.target, visit.earliest, visit.latest) == (date(2026, 3, 30), date(2026, 3, 27), date(2026, 4, 2))


# -- references


def test_a_reference_is_worth_the_actual_else_the_booked_day_else_the_target(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
      - {id: call, at: D28 + 2 weeks}
      - {id: fixed, at: D28.target + 2 weeks}
      - {id: label, at: Day 42}
    """
    cases = {
        "2026-04-13": None,
        "2026-04-14": booked("2026-03-31"),
        "2026-04-15": VisitRecord(date(2026, 3, 31), date(2026, 4, 1), Outcome.DONE),
    }
    for expected, record in cases.items():
        made = schedule(actual={"infusion": "2026-03-02"}, visits={"D28": record} if record else {})
        assert str(made.visit("call").target) == expected
        assert made.visit("fixed").target == date(2026, 4, 13)
        assert made.visit("label").target == date(2026, 4, 13)  # a label counts from the anchor: no visit moves it
    assert made.visit("call").certainty is Certainty.FIRM


def test_a_visit_with_a_window_and_no_target_is_worth_the_range_of_its_window(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: V2, window: 19 to 23 days after infusion}
      - {id: V3, window: 28 to 35 days after V2}
      - {id: V4, at: V3 + 1 week, window: ±1 day}
    """
    made = schedule(infusion="2026-02-03")
    v2, v3, v4 = made.visit("V2"), made.visit("V3"), made.visit("V4")
    assert (v2.target, v2.earliest, v2.latest) == (None, date(2026, 2, 22), date(2026, 2, 26))
    assert (v3.target, v3.earliest, v3.latest) == (None, date(2026, 3, 22), date(2026, 4, 2))
    assert (v4.target, v4.earliest, v4.latest) == (None, date(2026, 3, 28), date(2026, 4, 10))
    late = schedule(infusion="2026-02-03", visits={"V2": done("2026-02-26")}).visit("V3")
    assert (late.earliest, late.latest) == (date(2026, 3, 26), date(2026, 4, 2))


def test_window_facets(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: -3 .. +7 days}
      - {id: prior, at: D28.earliest - 1 day}
      - {id: following, at: D28.latest + 1 day}
    """
    made = schedule(infusion="2026-03-02", visits={"D28": done("2026-04-02")})
    assert made.visit("prior").target == date(2026, 3, 26)
    assert made.visit("following").target == date(2026, 4, 7)


def test_the_booked_and_the_actual_day_wait_until_there_is_one(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
      - {id: A, at: D28.actual + 1 day}
      - {id: B, at: D28.booked + 1 day}
    """
    made = schedule(infusion="2026-03-02")
    assert made.visit("A").waits == (Awaited("D28", Lack.ATTENDANCE),)
    assert made.visit("B").waits == (Awaited("D28", Lack.BOOKING),)
    record = VisitRecord(date(2026, 3, 31), date(2026, 4, 1), Outcome.DONE)
    made = schedule(infusion="2026-03-02", visits={"D28": record})
    assert (made.visit("A").target, made.visit("B").target) == (date(2026, 4, 2), date(2026, 4, 1))


def test_one_visit_of_a_list_by_its_own_name(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: M, ids: M<month>, at: Month 3/6, window: ±7 days}
      - {id: V, at: M6 + 1 week}
      - {id: W, at: M3.latest + 1 day}
    """
    made = schedule(infusion="2026-03-02", visits={"M6": done("2026-09-04")})
    assert (made.visit("V").target, made.visit("W").target) == (date(2026, 9, 11), date(2026, 6, 10))


def test_first_and_last_of_a_list(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: LD, ids: LD<n>, at: Day -5/-4/-3}
    periods:
      - {id: course, kind: treatment, from: first LD, to: last LD + 1 day}
    """
    course = schedule(infusion="2026-03-02").period("course")
    assert (course.start, course.end) == (date(2026, 2, 25), date(2026, 2, 28))


def test_a_missed_visit_counts_from_its_target_and_stays_tentative(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
      - {id: call, at: D28 + 2 weeks}
    """
    missed = VisitRecord(booked=date(2026, 4, 1), outcome=Outcome.MISSED)
    call = schedule(actual={"infusion": "2026-03-02"}, visits={"D28": missed}).visit("call")
    assert (call.target, call.certainty) == (date(2026, 4, 13), Certainty.TENTATIVE)


def test_what_hangs_on_a_cancelled_visit_or_a_declared_never_does_not_apply(schedule: Scheduling) -> None:
    """
    events:
      surgery: {}
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
      - {id: call, at: D28 + 2 weeks}
      - {id: after-surgery, at: surgery + 1 week}
      - {id: either, at: surgery + 1 week else Day 60}
    """
    cancelled = VisitRecord(outcome=Outcome.CANCELLED)
    made = schedule(infusion="2026-03-02", visits={"D28": cancelled}, never=("surgery",))
    assert made.visit("call").applies is Applies.NO
    assert made.visit("after-surgery").applies is Applies.NO
    assert made.visit("either").target == date(2026, 5, 1)


def test_what_waits_says_for_what(schedule: Scheduling) -> None:
    """
    events: {surgery: {}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: surgery + 1 week, window: ±2 days}
      - {id: W, at: Day 3}
    """
    made = schedule(surgery="2026-03-02")
    assert made.visit("V").target == date(2026, 3, 9)
    assert made.visit("W").waits == (Awaited("infusion"),)
    assert made.visit("infusion").waits == (Awaited("infusion"),)
    assert schedule().visit("V").waits == (Awaited("surgery"),)


def test_an_actual_day_beats_a_booking_also_for_the_infusion(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
    """
    made = schedule(actual={"infusion": "2026-03-05"}, visits={"infusion": booked("2026-03-02")})
    assert made.visit("D28").target == date(2026, 4, 2)
    made = schedule(infusion="2026-03-05", visits={"infusion": done("2026-03-06")})
    assert made.visit("D28").target == date(2026, 4, 3)


def test_what_is_not_for_a_participant_is_never_in_every_facet(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    events: {relapse: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 28, window: ±3 days, when: ld}
      - {id: W, at: V.latest + 1 day else Day 5}
      - {id: X, at: V.target else Day 6}
      - {id: scan, at: Day 30, when: relapse}
      - {id: Y, at: scan + 1 day else Day 7}
      - {id: Z, at: earlier of (scan and Day 40)}
    """
    made = schedule(infusion="2026-03-02", answers={"ld": False})
    assert (made.visit("W").target, made.visit("X").target) == (date(2026, 3, 7), date(2026, 3, 8))
    assert made.visit("Y").applies is Applies.YES  # it comes in any case; the second date does not count while the first can be
    assert made.visit("Y").waits == (Awaited("relapse"),)
    assert made.visit("Z").target == date(2026, 4, 11)
    assert made.visit("Z").certainty is Certainty.TENTATIVE  # unless the relapse comes first
    made = schedule(infusion="2026-03-02", never=("relapse",), visits={"V": VisitRecord(outcome=Outcome.SKIPPED)})
    assert made.visit("Y").target == date(2026, 3, 9)
    assert made.visit("W").target == date(2026, 3, 7)


def test_a_window_that_can_never_be_makes_its_visit_never(schedule: Scheduling) -> None:
    """
    events: {surgery: {}}
    visits:
      - {id: infusion, at: given}
      - {id: S, window: within 14 days before surgery}
      - {id: V, at: S else Day 3}
    """
    made = schedule(infusion="2026-03-02", never=("surgery",))
    assert made.visit("S").applies is Applies.NO
    assert made.visit("V").target == date(2026, 3, 5)
    made = schedule(infusion="2026-03-02")
    assert made.visit("S").waits == made.visit("V").waits == (Awaited("surgery"),)


def test_a_visit_that_took_place_stays_whatever_its_condition_says(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day -3, when: ld}
    """
    visit = schedule(infusion="2026-03-02", answers={"ld": False}, visits={"V": done("2026-02-27")}).visit("V")
    assert (visit.applies, visit.actual) == (Applies.YES, date(2026, 2, 27))


def test_an_expected_event_is_never_sure_until_it_is_recorded(schedule: Scheduling) -> None:
    """
    events:
      stop: {at: Day 30}
      progression: {may not happen: yes, at: Day 20}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: stop + 3 days}
      - {id: W, at: earlier of (progression and Day 40)}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    assert (made.visit("V").target, made.visit("V").certainty) == (date(2026, 4, 4), Certainty.TENTATIVE)
    assert made.visit("W").target == date(2026, 4, 11)  # what may not happen is left out, expected or not
    made = schedule(actual={"infusion": "2026-03-02", "stop": "2026-04-10"})
    assert (made.visit("V").target, made.visit("V").certainty) == (date(2026, 4, 13), Certainty.FIRM)


def test_an_undecided_condition_is_felt_by_what_rests_on_it(schedule: Scheduling) -> None:
    """
    facts: {f: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: stay.start + 1 day}
      - {id: W, at: stay.end + 1 day}
    periods:
      - {id: stay, kind: stay, from: infusion, to: at least infusion + 3 days, when: f}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    assert (made.visit("V").target, made.visit("V").certainty) == (date(2026, 3, 3), Certainty.TENTATIVE)
    made = schedule(actual={"infusion": "2026-03-02"}, answers={"f": True})
    assert made.visit("V").certainty is Certainty.FIRM
    assert (made.visit("W").target, made.visit("W").certainty) == (date(2026, 3, 6), Certainty.TENTATIVE)  # at least


def test_a_target_is_known_while_its_window_waits(schedule: Scheduling) -> None:
    """
    events: {progression: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 28, window: from Day 20 to progression}
      - {id: W, at: Day 3, window: ±3 working days}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    v, w = made.visit("V"), made.visit("W")
    assert (v.applies, v.target, v.earliest, v.latest) == (Applies.YES, date(2026, 3, 30), date(2026, 3, 22), None)
    assert v.window_waits == (Awaited("progression", Lack.DATE, may_not_happen=True),)
    assert (w.target, w.waits, w.window_waits) == (date(2026, 3, 5), (), (Awaited("", Lack.WORKING_DAYS),))


# -- choices


def test_earlier_and_later_of(schedule: Scheduling) -> None:
    """
    events: {surgery: {}}
    visits:
      - {id: infusion, at: given}
      - {id: soon, at: earlier of (Day 28 and surgery + 1 week)}
      - {id: end, at: later of (Day 28 and surgery + 1 week)}
    """
    made = schedule(infusion="2026-03-02", surgery="2026-03-30")
    assert (made.visit("soon").target, made.visit("end").target) == (date(2026, 3, 30), date(2026, 4, 6))
    waiting = schedule(infusion="2026-03-02")
    assert waiting.visit("soon").waits == waiting.visit("end").waits == (Awaited("surgery"),)
    assert waiting.visit("end").not_before == date(2026, 3, 30)  # that much is known
    without = schedule(infusion="2026-03-02", never=("surgery",))
    assert without.visit("soon").target == without.visit("end").target == date(2026, 3, 30)


def test_an_event_that_may_not_happen_is_left_out_of_the_earlier_and_named(schedule: Scheduling) -> None:
    """
    events:
      progression: {may not happen: yes}
    visits:
      - {id: infusion, at: given}
      - {id: stop, at: earlier of (Month 24 and progression + 30 days)}
      - {id: relapse, at: progression + 1 week}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    stop = made.visit("stop")
    assert stop.target == date(2028, 3, 2)
    assert [ground.name for ground in stop.why.target] == ["infusion", "progression"]
    assert stop.certainty is Certainty.TENTATIVE
    assert made.visit("relapse").applies is Applies.ONLY_IF
    made = schedule(actual={"infusion": "2026-03-02", "progression": "2026-06-01"})
    assert (made.visit("stop").target, made.visit("relapse").target) == (date(2026, 7, 1), date(2026, 6, 8))


def test_ranges_in_choices(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: V2, window: 19 to 23 days after infusion}
      - {id: soon, at: earlier of (V2 and Day 21)}
      - {id: end, at: later of (V2 and Day 21)}
    """
    made = schedule(infusion="2026-03-02")
    soon, late = made.visit("soon"), made.visit("end")
    assert (soon.earliest, soon.latest) == (date(2026, 3, 21), date(2026, 3, 23))
    assert (late.earliest, late.latest) == (date(2026, 3, 23), date(2026, 3, 25))


# -- limits


def test_limits_cut_a_second_window_beside_the_protocols(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: W68, at: Week 68, window: ±7 days}
      - {id: W72, at: Week 72, window: ±7 days, limits: [not before W68 + 28 days, not after Day 600]}
    """
    visit = schedule(infusion="2026-08-31").visit("W72")
    assert (visit.earliest, visit.latest) == (date(2028, 1, 10), date(2028, 1, 24))
    assert (visit.opens, visit.closes) == (date(2028, 1, 10), date(2028, 1, 24))
    assert visit.unchecked == (Awaited("W68", Lack.BOOKING),)  # counts only once it is booked or done
    visit = schedule(infusion="2026-08-31", visits={"W68": done("2027-12-27")}).visit("W72")
    assert (visit.opens, visit.closes) == (date(2028, 1, 24), date(2028, 1, 24))
    assert not visit.empty
    visit = schedule(infusion="2026-08-31", visits={"W68": done("2027-12-30")}).visit("W72")
    assert visit.empty
    assert (visit.opens, visit.closes) == (date(2028, 1, 27), date(2028, 1, 24))


def test_a_limit_does_not_count_what_is_missed_or_not_for_the_participant_and_waits_through_periods(schedule: Scheduling) -> None:
    """
    facts: {f: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: Q, at: Day 10}
      - {id: V, at: Day 12, when: f}
      - {id: W, at: Day 28, window: ±10 days, limits: not before later of (Q and V) + 20 days}
      - {id: X, at: Day 28, window: ±10 days, limits: not before p.end + 20 days}
    periods:
      - {id: p, kind: rest, from: Q, to: Q + 1 day}
    """
    made = schedule(infusion="2026-03-02", answers={"f": False}, visits={"Q": done("2026-03-14")})
    assert made.visit("W").opens == date(2026, 4, 3)
    assert made.visit("X").opens == date(2026, 4, 4)
    missed = VisitRecord(booked=date(2026, 3, 14), outcome=Outcome.MISSED)
    made = schedule(infusion="2026-03-02", answers={"f": False}, visits={"Q": missed})
    assert (made.visit("W").opens, made.visit("W").unchecked) == (date(2026, 3, 20), ())
    made = schedule(infusion="2026-03-02", answers={"f": True})
    assert {awaited.name for awaited in made.visit("W").unchecked} == {"Q", "V"}
    assert made.visit("X").opens == date(2026, 3, 20)
    assert [awaited.name for awaited in made.visit("X").unchecked] == ["Q"]


def test_a_day_that_the_limits_cut_off_is_not_offered(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14}
      - {id: D28, at: Day 28, window: ±3 days, limits: not before D14 + 16 days}
    """
    assert schedule(infusion="2026-03-02", visits={"D14": done("2026-03-16")}).visit("D28").day == date(2026, 4, 1)
    gone = schedule(infusion="2026-03-02", visits={"D14": done("2026-03-20")}).visit("D28")
    assert (gone.empty, gone.day, gone.target) == (True, None, date(2026, 3, 30))


def test_a_day_outside_the_window_is_known_as_such(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28, window: ±3 days}
    """
    days = {"2026-03-26": True, "2026-03-27": False, "2026-04-02": False, "2026-04-03": True}
    for text, outside in days.items():
        assert schedule(infusion="2026-03-02", visits={"D28": done(text)}).visit("D28").outside is outside
        assert schedule(infusion="2026-03-02", visits={"D28": booked(text)}).visit("D28").outside is outside


# -- conditions


def test_a_condition_that_is_not_known_yet_gives_a_tentative_visit(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no, arm: [A, B], age: number}
    visits:
      - {id: infusion, at: given}
      - {id: LD, at: Day -3, when: ld}
      - {id: both, at: Day 1, when: ld and arm is A}
      - {id: one, at: Day 2, when: ld or arm is A}
      - {id: old, at: Day 3, when: age >= 65 and not ld}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    assert [visit.applies for visit in made.visits[1:]] == [Applies.UNDECIDED] * 4
    assert made.visit("LD").certainty is Certainty.TENTATIVE
    assert made.visit("LD").why.undecided == ("ld",)
    made = schedule(infusion="2026-03-02", answers={"ld": False})
    assert [made.visit(name).applies for name in ("LD", "both", "one", "old")] == [
        Applies.NO,
        Applies.NO,
        Applies.UNDECIDED,
        Applies.UNDECIDED,
    ]
    made = schedule(infusion="2026-03-02", answers={"arm": "A", "age": Decimal(65)})
    assert made.visit("one").applies is Applies.YES
    assert made.visit("old").applies is Applies.UNDECIDED


def test_an_event_as_a_condition(schedule: Scheduling) -> None:
    """
    events: {relapse: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: scan, at: Day 60, when: relapse}
    """
    scan = schedule(infusion="2026-03-02").visit("scan")
    assert (scan.applies, scan.why.only_if) == (Applies.ONLY_IF, ("relapse",))
    assert schedule(infusion="2026-03-02", never=("relapse",)).visit("scan").applies is Applies.NO
    assert schedule(infusion="2026-03-02", relapse="2026-04-01").visit("scan").applies is Applies.UNDECIDED  # only planned
    assert schedule(infusion="2026-03-02", actual={"relapse": "2026-04-01"}).visit("scan").applies is Applies.YES


def test_a_visit_that_does_not_apply_is_never(schedule: Scheduling) -> None:
    """
    facts: {ld: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: LD, at: Day -5, when: ld}
      - {id: lab, at: LD - 1 day else infusion - 1 day}
    """
    assert schedule(infusion="2026-03-02", answers={"ld": True}).visit("lab").target == date(2026, 2, 24)
    assert schedule(infusion="2026-03-02", answers={"ld": False}).visit("lab").target == date(2026, 3, 1)


# -- certainty, assumptions


def test_a_date_is_firm_when_what_it_rests_on_has_happened(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D28, at: Day 28}
    """
    assert schedule(infusion="2026-03-02").visit("D28").certainty is Certainty.TENTATIVE
    assert schedule(actual={"infusion": "2026-03-02"}).visit("D28").certainty is Certainty.FIRM


def test_what_is_assumed_is_inherited_by_what_rests_on_it(schedule: Scheduling) -> None:
    """
    study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: calendar, assumed: [month]}
    events:
      end: {at: infusion, assumed: [at]}
    visits:
      - {id: infusion, at: given}
      - {id: M3, at: Month 3}
      - {id: D28, at: Day 28, window: ±3 days, assumed: [window]}
      - {id: call, at: D28.latest + 1 day}
      - {id: next-one, at: M3 + 1 week}
      - {id: stated, at: Day 30}
    periods:
      - {id: pills, kind: restriction, from: infusion, to: end + 10 days}
    """
    made = schedule(infusion="2026-03-02")
    assert {visit.id: set(visit.assumed) for visit in made.visits} == {
        "infusion": set(),
        "M3": {"at"},
        "D28": {"window"},
        "call": {"at"},
        "next-one": {"at"},
        "stated": set(),
    }
    assert made.period("pills").assumed == {"to"}
    recorded = schedule(infusion="2026-03-02", visits={"M3": done("2026-06-03")}).visit("next-one")
    assert not recorded.assumed  # it rests on what happened


# -- clock times


def at(zone: ZoneInfo, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


HOURS = """
visits:
  - {id: infusion, at: given}
  - {id: V, at: %s}
"""


@pytest.mark.parametrize(
    ("base", "at_text", "expected"),
    [
        (at(SHANGHAI, "2026-02-17T01:00"), "infusion + 36 hours", "2026-02-18T13:00:00+08:00"),
        (at(NEW_YORK, "2026-03-07T08:00"), "infusion + 24 h", "2026-03-08T09:00:00-04:00"),  # the clocks went forward
        (at(NEW_YORK, "2026-10-31T08:00"), "infusion + 24 h", "2026-11-01T07:00:00-05:00"),  # and back
        (at(NEW_YORK, "2026-03-07T08:00"), "infusion + 1 day", "2026-03-08"),  # a day drops the clock
        (date(2026, 3, 7), "infusion + 48 hours", "2026-03-09"),  # whole days, without a clock
        (at(SHANGHAI, "2026-02-16T22:00"), "infusion + 90 min", "2026-02-16T23:30:00+08:00"),
        (at(SHANGHAI, "2026-02-16T22:00"), "infusion - 0.5 h", "2026-02-16T21:30:00+08:00"),
        (datetime.fromisoformat("2026-02-16T22:00"), "infusion + 4 hours", "2026-02-17T02:00:00"),
        (datetime.fromisoformat("2026-02-16T22:00"), "infusion + 0 days", "2026-02-16"),
        (datetime.fromisoformat("2026-02-16T22:00"), "Day 0", "2026-02-16"),
    ],
)
def test_hours_are_elapsed_time_and_days_drop_the_clock(base: date, at_text: str, expected: str) -> None:
    visit = expand(protocol_of(HOURS % at_text), Participant.planned("P", {"infusion": base})).visit("V")
    assert visit.target is not None
    assert visit.target.isoformat() == expected


def test_hours_on_a_day_without_a_clock_time_wait_for_one() -> None:
    visit = expand(protocol_of(HOURS % "infusion + 36 hours"), Participant.planned("P", {"infusion": date(2026, 3, 7)})).visit(
        "V"
    )
    assert visit.waits == (Awaited("infusion", Lack.CLOCK_TIME),)


def test_working_days_wait_for_the_sites_calendar() -> None:
    visit = expand(
        protocol_of(HOURS % "infusion + 3 working days"), Participant.planned("P", {"infusion": date(2026, 2, 13)})
    ).visit("V")
    assert visit.target is None
    assert visit.waits == (Awaited("", Lack.WORKING_DAYS),)


# -- circles


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        (
            "  - {id: A, at: B + 1 day}\n  - {id: B, at: C + 1 day}\n  - {id: C, at: A + 1 day}",
            "A is counted from B is counted from C is counted from A",
        ),
        ("  - {id: A, at: A + 1 day}", "A is counted from A"),
        ("  - {id: A, window: within 3 days after A}", "A is counted from A"),
        ("  - {id: A, at: A.latest + 1 day, window: ±2 days}", "A is counted from A is counted from A"),
        ("  - {id: A, at: infusion.actual else B}\n  - {id: B, at: A + 1 day}", "A is counted from B is counted from A"),
    ],
)
def test_a_circle_is_refused_whatever_is_known_of_a_participant(rules: str, names: str) -> None:
    with pytest.raises(SchedulerError, match=f"a circle: {names}"):
        protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n{rules}")


def test_the_anchor_cannot_be_counted_from_itself() -> None:
    with pytest.raises(SchedulerError, match="a circle: A is counted from A"):
        protocol_of("study: {id: X, title: X, anchor: A, day_numbering: day 0}\nvisits:\n  - {id: A, at: Day 1}")


def test_a_circle_that_is_none_is_dated(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: A, at: Day 28, window: from B - 3 days to B}
      - {id: B, at: A + 7 days}
    """
    made = schedule(infusion="2026-03-02")
    assert (made.visit("A").earliest, made.visit("A").latest) == (date(2026, 4, 3), date(2026, 4, 6))


def test_a_date_beyond_the_calendar_is_our_error() -> None:
    protocol = protocol_of(HOURS % "infusion + 99999 months")
    with pytest.raises(SchedulerError, match="V: a date moved by 99999 months leaves the years 1800 to 2400"):
        expand(protocol, Participant.planned("P", {"infusion": date(2026, 3, 2)}))


def test_a_recorded_infusion_is_done() -> None:
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}")
    participant = Participant(id="P", recorded={"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)})
    visit = expand(protocol, participant).visit("infusion")
    assert (visit.target, visit.actual, visit.outcome) == (date(2026, 3, 2), date(2026, 3, 2), Outcome.DONE)


# -- found in review


def test_what_comes_in_any_case_is_not_only_if(schedule: Scheduling) -> None:
    """
    events: {progression: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: EOT, at: progression + 30 days else Month 3}
      - {id: L, at: later of (progression and Day 28)}
    """
    made = schedule(infusion="2026-03-02")
    assert (made.visit("EOT").applies, made.visit("L").applies) == (Applies.YES, Applies.YES)
    assert made.visit("EOT").waits == (Awaited("progression"),)
    assert made.visit("L").not_before == date(2026, 3, 30)
    made = schedule(infusion="2026-03-02", never=("progression",))
    assert (made.visit("EOT").target, made.visit("L").target) == (date(2026, 6, 2), date(2026, 3, 30))


def test_a_day_and_a_clock_time_on_it_are_in_no_order(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: post, at: Day 0, window: exact, limits: not before infusion}
      - {id: PRE, window: from Day -2 to Day 0, limits: not after infusion - 2 hours}
      - {id: PK, at: infusion + 4 hours, window: ±30 minutes}
    periods:
      - {id: p, kind: stay, from: infusion, to: Day 0}
    """
    records = {"PRE": done("2026-03-02T09:00"), "PK": done("2026-03-02T20:00"), "post": done("2026-03-02")}
    made = schedule(infusion="2026-03-02T09:30", visits=records)
    assert not made.visit("post").empty
    assert not made.visit("post").outside
    assert not made.period("p").empty
    assert made.visit("PRE").closes == datetime(2026, 3, 2, 7, 30)  # noqa: DTZ001 - no zone is known here
    assert made.visit("PRE").outside
    assert made.visit("PK").outside  # 13:00 to 14:00


def test_hours_after_days_are_refused() -> None:
    for at_text in ("infusion + 1 day + 2 hours", "Day 1 + 2 hours"):
        with pytest.raises(SchedulerError, match="hours cannot follow days"):
            protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: V, at: {at_text}}}")


def test_first_and_last_are_of_those_that_can_be(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: LD, ids: LD<n>, at: Day -5/-4/-3}
    periods:
      - {id: course, kind: treatment, from: first LD, to: last LD}
    """
    skipped = VisitRecord(outcome=Outcome.SKIPPED)
    course = schedule(infusion="2026-03-10", visits={"LD1": skipped, "LD2": done("2026-03-06")}).period("course")
    assert (course.start, course.end) == (date(2026, 3, 6), date(2026, 3, 7))


def test_months_go_through_a_choice_in_one_step(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: V, at: earlier of (Month 3 and Month 9) + 3 months}
    """
    assert schedule(infusion="2025-11-30").visit("V").target == date(2026, 5, 30)


def test_what_is_known_of_a_limit_counts(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: R, at: Day 9}
      - {id: K, at: Day 20, window: ±5 days, limits: not before later of (R + 8 days and Day 18)}
    """
    visit = schedule(infusion="2026-03-02").visit("K")
    assert (visit.opens, visit.unchecked) == (date(2026, 3, 20), (Awaited("R", Lack.BOOKING),))


def test_days_counted_from_a_range_are_the_widest_they_can_be(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: S, window: 5 to 9 days after infusion}
      - {id: T, at: S + 10 days, window: exact}
    """
    made = schedule(infusion="2026-03-02")
    assert not made.visit("S").spread
    assert (made.visit("T").spread, made.visit("T").earliest, made.visit("T").latest) == (
        True,
        date(2026, 3, 17),
        date(2026, 3, 21),
    )
    made = schedule(infusion="2026-03-02", visits={"S": done("2026-03-08"), "T": done("2026-03-19")})
    assert (made.visit("T").spread, made.visit("T").target, made.visit("T").outside) == (False, date(2026, 3, 18), True)


def test_what_hangs_on_an_undecided_visit_is_undecided(schedule: Scheduling) -> None:
    """
    facts: {f: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: A, at: Day 3, when: f}
      - {id: C, at: A + 3 days}
      - {id: D, at: earlier of (A and Day 40)}
    """
    made = schedule(actual={"infusion": "2026-03-02"})
    assert (made.visit("C").applies, made.visit("D").applies) == (Applies.UNDECIDED, Applies.YES)


def test_a_visit_counted_from_its_own_window_and_a_stay_until_a_visit_in_it_are_no_circles(schedule: Scheduling) -> None:
    """
    events: {enrolment: {}}
    visits:
      - {id: infusion, at: given}
      - {id: SCR, at: SCR.latest - 3 days, window: within 28 days before enrolment}
      - {id: OUT, at: stay.start + 7 days}
    periods:
      - {id: stay, kind: stay, from: infusion, to: OUT}
    """
    made = schedule(infusion="2026-03-02", enrolment="2026-02-20")
    assert made.visit("SCR").target == date(2026, 2, 17)
    assert made.period("stay").end == date(2026, 3, 9)


def test_an_infusion_that_took_place_is_planned_no_longer(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: D14, at: Day 14}
    """
    made = schedule(infusion="2026-12-21", visits={"infusion": done("2026-12-23")})
    visit = made.visit("infusion")
    assert (visit.target, visit.study_day, visit.certainty) == (date(2026, 12, 23), 0, Certainty.FIRM)
    assert made.visit("D14").target == date(2027, 1, 6)


def test_choices_of_choices_of_what_can_never_be_stay_small() -> None:
    """Thirty choices, each between two dates of the one before: the names of what is never must not double at every step."""
    rules = "".join(f"  - {{id: V{n}, at: earlier of (V{n - 1} + 1 day and V{n - 1} + 2 days)}}\n" for n in range(1, 31))
    protocol = protocol_of(
        f"events: {{e: {{}}}}\nvisits:\n  - {{id: infusion, at: given}}\n  - {{id: V0, at: e + 1 day}}\n{rules}"
    )
    recorded = {"e": (Recorded(None, Status.NEVER),)}
    assert expand(protocol, Participant(id="P", recorded=recorded)).visit("V30").applies is Applies.NO
