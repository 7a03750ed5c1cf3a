"""Series and copied groups. Every date is a literal that can be checked on a wall calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from conftest import Scheduling, booked, done, protocol_of
from hypothesis import given
from hypothesis import strategies as st
from worked import assert_dates, of

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.worth import Lack
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Certainty, Schedule


def ids(schedule: Schedule) -> list[str]:
    return [visit.id for visit in schedule.visits if visit.applies.shown]


def targets(schedule: Schedule, rule: str) -> list[str]:
    return [str(visit.target) for visit in schedule.visits if visit.plan.rule == rule and visit.applies.shown]


# -- steps and ends


def test_a_series_changes_its_step_and_its_last_end_bounds_all_of_it(schedule: Scheduling) -> None:
    """
    events: {progression: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: scan, ids: W<week>, at: Week 6 then every 6 weeks until Week 18 then every 9 weeks until progression}
    """
    made = schedule(infusion="2026-03-02", progression="2026-10-05")
    assert_dates(
        made,
        """
        W6   2026-04-13  -  -
        W12  2026-05-25  -  -
        W18  2026-07-06  -  -
        W27  2026-09-07  -  -
        W36  no
        """,
    )
    assert targets(schedule(infusion="2026-03-02", progression="2026-05-25"), "scan") == [
        "2026-04-13",
        "2026-05-25",
    ]  # that day too
    assert targets(schedule(infusion="2026-03-02", progression="2026-05-24"), "scan") == ["2026-04-13"]
    assert targets(schedule(infusion="2026-03-02", progression="2026-03-03"), "scan") == []


def test_an_end_between_two_steps_is_not_a_date_of_its_own(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 7 then every 7 days until Day 20 then every 14 days until Day 50}
    """
    assert targets(schedule(infusion="2026-03-02"), "V") == ["2026-03-09", "2026-03-16", "2026-03-30", "2026-04-13"]
    assert ids(schedule(infusion="2026-03-02"))[1:] == ["V7", "V14", "V28", "V42"]


def test_times_count_the_first(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: A, at: Day 1 then every 21 days 3 times}
      - {id: B, at: Day 1 then every 1 week 4 times then every 4 weeks 2 times}
      - {id: C, at: Day 1/3 then every 7 days 4 times}
    """
    made = schedule(infusion="2026-03-01")
    assert targets(made, "A") == ["2026-03-02", "2026-03-23", "2026-04-13"]
    assert targets(made, "B") == ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-04-20", "2026-05-18"]
    assert targets(made, "C") == ["2026-03-02", "2026-03-04", "2026-03-11", "2026-03-18"]


def test_months_of_a_series_are_counted_from_its_start(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: M, ids: M<month>, at: Month 1 then every 1 month 13 times}
    """
    made = schedule(infusion="2027-10-31")
    assert_dates(
        made,
        """
        M1   2027-11-30  -  -
        M2   2027-12-31  -  -
        M4   2028-02-29  -  -
        M5   2028-03-31  -  -
        M13  2028-11-30  -  -
        """,
    )


def test_a_series_without_an_end_goes_on_to_the_horizon(schedule: Scheduling) -> None:
    """
    events: {progression: {label: Progression, may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: scan, at: Week 6 then every 6 weeks until progression}
    """
    made = schedule(infusion="2026-03-02")
    assert targets(made, "scan")[-1] == "2027-02-01"  # the next, 15 March 2027, lies more than a year after the infusion
    [series] = made.open
    assert (series.name, [item.name for item in series.awaited]) == ("scan", ["progression"])
    near = expand(made.protocol, made.participant, horizon=date(2026, 5, 25))
    assert targets(near, "scan") == ["2026-04-13", "2026-05-25"]
    assert schedule(infusion="2026-03-02", progression="2026-06-01").open == ()


def test_a_series_that_nothing_ends_says_so() -> None:
    protocol = protocol_of("visits:\n  - {id: infusion, at: given}\n  - {id: V, at: Day 7 then every 7 days}")
    [series] = of(protocol, {"infusion": "2026-03-02"}).open
    assert [(item.name, item.lack) for item in series.awaited] == [("V", Lack.END)]


def test_what_was_recorded_is_kept_whatever_ends_the_series(schedule: Scheduling) -> None:
    """
    events: {stop: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 7 then every 7 days until stop}
    """
    made = schedule(infusion="2026-03-02", stop="2026-03-10", visits={"V21": done("2026-03-23"), "V28": booked("2026-03-30")})
    assert [(visit.id, visit.applies.value) for visit in made.visits if visit.plan.rule == "V"] == [
        ("V7", "yes"),
        ("V21", "yes"),  # it took place
        ("V28", "no"),  # it was only booked: somebody has to look at that
    ]


def test_a_series_whose_start_waits_is_there_once(schedule: Scheduling) -> None:
    """
    events: {dose: {}}
    visits:
      - {id: infusion, at: given}
      - {id: A, at: dose + 7 days then every 7 days until infusion + 70 days}
      - {id: B, at: dose + 7 days then every 7 days 3 times}
    """
    made = schedule(infusion="2026-03-02")
    assert ids(made) == ["infusion", "A7", "B7", "B14", "B21"]
    assert [item.name for item in made.visit("A7").waits] == ["dose"]


def test_the_last_of_a_series_that_goes_on_waits_for_its_end(schedule: Scheduling) -> None:
    """
    events: {stop: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 7 then every 7 days until stop}
      - {id: FU, at: last V + 30 days}
      - {id: first-FU, at: first V + 1 day}
    """
    waiting = schedule(infusion="2026-03-02").visit("FU")
    assert (waiting.target, [item.name for item in waiting.waits]) == (None, ["stop"])
    assert str(schedule(infusion="2026-03-02", stop="2026-03-20").visit("FU").target) == "2026-04-15"  # 16 March + 30 days
    assert str(schedule(infusion="2026-03-02").visit("first-FU").target) == "2026-03-10"


def test_an_end_may_be_counted_from_the_first_of_the_series(schedule: Scheduling) -> None:
    """
    events: {stop: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 7 then every 7 days until first V + 14 days or stop}
    """
    assert targets(schedule(infusion="2026-03-02"), "V") == ["2026-03-09", "2026-03-16", "2026-03-23"]


# -- moving


MOVING = """
study: {{id: X, title: X, anchor: R, day_numbering: day 1 without day 0}}
events: {{R: {{}}}}
visits:
  - {{id: V, ids: V<n>, at: Day 1 then every 21 days 5 times, window: ±3 days, moves: {moves}}}
"""


@pytest.mark.parametrize(
    ("moves", "actual", "third"),
    [
        ("never", "2026-03-30", "2026-04-13"),
        ("with previous", "2026-03-30", "2026-04-20"),
        ("with previous", "2026-03-20", "2026-04-10"),  # early counts, too
        ("with previous if late", "2026-03-20", "2026-04-13"),
        ("with previous if late", "2026-03-24", "2026-04-14"),
        ("with previous if 3 days late", "2026-03-25", "2026-04-13"),
        ("with previous if 3 days late", "2026-03-26", "2026-04-16"),
    ],
)
def test_a_series_takes_a_recorded_date_as_its_new_origin(moves: str, actual: str, third: str) -> None:
    made = of(protocol_of(MOVING.format(moves=moves)), {"R": "2026-03-02"}, done={"V2": actual})
    assert [str(visit.target) for visit in made.visits[:3]] == ["2026-03-02", "2026-03-23", third]
    assert made.visit("V2").earliest == date(2026, 3, 20)  # attending a visit never moves its own window


def test_what_was_missed_or_cancelled_leaves_the_origin() -> None:
    protocol = protocol_of(MOVING.format(moves="with previous"))
    gone = {"V2": VisitRecord(outcome=Outcome.MISSED), "V3": VisitRecord(outcome=Outcome.CANCELLED)}
    person = Participant(id="P", recorded={"R": (Recorded(date(2026, 3, 2)),)}, visits={"V1": done("2026-03-04"), **gone})
    assert [str(visit.target) for visit in expand(protocol, person).visits if visit.id in ("V2", "V4")] == [
        "2026-03-25",
        "2026-05-06",
    ]


def test_a_date_that_moved_says_what_it_follows() -> None:
    from scheduler.views.explain import explained

    made = of(protocol_of(MOVING.format(moves="with previous")), {"R": "2026-03-02"}, done={"V2": "2026-03-26"})
    said = "\n".join(explained(made))
    assert "fixed to the plan" in said  # V2 itself
    assert "follows V2, given Thu 26 March 2026" in said
    assert "V4 = V2 2026-03-26 + 42 days" in said


# -- copied groups


CYCLES = """
study: {id: X, title: X, anchor: R, day_numbering: day 1 without day 0}
facts: {arm: [A, B]}
events: {R: {}, stop: {may not happen: yes}}
visits:
  - {id: SCR, window: from Day -28 to Day -1}
  - id: cycle
    label: {en: Cycle <n>, zh: 第<n>周期}
    at: Day 1 then every 21 days until stop
    moves: with previous D1
    window: ±1 days
    visits:
      - {id: D1, ids: C<n>D1, at: Day 1}
      - {id: D8, ids: C<cycle>D8, at: Day 8, when: cycle is 1-2}
      - {id: D15, at: Day 15, when: cycle is 3 onwards then every 2, limits: not before previous D1 + 30 days}
    periods:
      - {id: rest, kind: rest, from: Day 16, to: Day 21}
  - {id: EOT, at: stop}
  - {id: FU, at: last D1 + 30 days}
activities:
  blood: {at: [D1 .. D8]}
  scan: {at: [C2D1 .. C3D1]}
  urine: {at: [cycle], when: cycle is 2}
"""


def test_cycles_have_a_clock_of_their_own_and_move_with_their_first_day() -> None:
    protocol = protocol_of(CYCLES)
    planned = of(protocol, {"R": "2026-03-02", "stop": "2026-05-10"})
    assert_dates(
        planned,
        """
        C1D1        2026-03-02  2026-03-01  2026-03-03
        C1D8        2026-03-09  2026-03-08  2026-03-10
        cycle1.rest 2026-03-17  2026-03-22
        C2D1        2026-03-23  2026-03-22  2026-03-24
        C2D8        2026-03-30  2026-03-29  2026-03-31
        C3D1        2026-04-13  2026-04-12  2026-04-14
        C3D8        no
        cycle3.D15  2026-04-27  2026-04-26  2026-04-28
        C4D1        2026-05-04  2026-05-03  2026-05-05
        C5D1        no
        FU          2026-06-03  -  -
        """,
    )
    late = of(protocol, {"R": "2026-03-02", "stop": "2026-05-10"}, done={"C2D1": "2026-03-26", "C2D8": "2026-04-10"})
    assert_dates(
        late,
        """
        C2D1        2026-03-23  2026-03-22  2026-03-24
        C2D8        2026-04-02  2026-04-01  2026-04-03
        C3D1        2026-04-16  2026-04-15  2026-04-17
        cycle3.D15! 2026-04-29  2026-05-01
        C4D1        2026-05-07  2026-05-06  2026-05-08
        """,
    )
    assert [visit.study_day for visit in late.visits[1:4]] == [1, 8, 22]  # the day of the study, in every cycle


def test_a_visit_of_a_copy_is_called_after_it() -> None:
    from scheduler.views.words import words

    made = of(protocol_of(CYCLES), {"R": "2026-03-02", "stop": "2026-05-10"})
    assert words("en").visit(made.visit("C2D8").plan) == "Cycle 2 Day 8"
    assert words("zh").visit(made.visit("C2D8").plan) == "第2周期第8天"
    assert words("en").name("C3D1", made.protocol) == "Cycle 3 Day 1"


def test_activities_reach_into_copies() -> None:
    made = of(protocol_of(CYCLES), {"R": "2026-03-02", "stop": "2026-05-10"})
    assert {visit.id: [task.activity.id for task in visit.tasks] for visit in made.visits if visit.tasks} == {
        "C1D1": ["blood"],
        "C1D8": ["blood"],
        "C2D1": ["blood", "scan", "urine"],
        "C2D8": ["blood", "scan", "urine"],
        "C3D1": ["blood", "scan"],
        "C4D1": ["blood"],
    }


def test_a_name_of_one_copy_is_worth_its_date_or_never_or_waits(schedule: Scheduling) -> None:
    """
    events: {stop: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: cycle, at: Day 0 then every 28 days until stop, visits: [{id: D1, ids: C<n>, at: Day 0}]}
      - {id: A, at: C3 + 2 days}
      - {id: B, at: C30 + 2 days}
    """
    made = schedule(infusion="2026-03-02")
    assert str(made.visit("A").target) == "2026-04-29"
    assert [item.name for item in made.visit("B").waits] == ["C30"]
    over = schedule(infusion="2026-03-02", stop="2026-03-30")
    assert over.visit("A").applies is Applies.NO


def test_groups_stand_in_groups(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - id: course
        at: Day 0 then every 100 days 2 times
        visits:
          - id: cycle
            at: Day 10 then every 14 days 2 times
            visits:
              - {id: V, at: Day 0/3, ids: K<course>C<cycle>D<day>}
          - {id: end, at: last V + 5 days}
    """
    assert_dates(
        schedule(infusion="2026-03-02"),
        """
        K1C1D0       2026-03-12  -  -
        K1C1D3       2026-03-15  -  -
        K1C2D0       2026-03-26  -  -
        K1C2D3       2026-03-29  -  -
        course1.end  2026-04-03  -  -
        K2C1D0       2026-06-20  -  -
        K2C2D3       2026-07-07  -  -
        course2.end  2026-07-12  -  -
        """,
    )


def test_a_group_has_a_numbering_of_its_own(schedule: Scheduling) -> None:
    """
    events: {relapse: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - id: again
        at: relapse
        day_numbering: day 1 without day 0
        visits:
          - {id: R1, at: Day 1}
          - {id: R28, at: Day 28, window: ±2 days}
    """
    assert_dates(
        schedule(infusion="2026-03-02", actual={"relapse": "2028-02-29"}),
        """
        R1   2028-02-29  -  -
        R28  2028-03-27  2028-03-25  2028-03-29
        """,
    )
    waiting = schedule(infusion="2026-03-02").visit("R28")
    assert (waiting.applies, [item.name for item in waiting.waits]) == (Applies.ONLY_IF, ["relapse"])


# -- each event


EPISODES = """
study: {id: X, title: X, anchor: infusion, day_numbering: day 0}
events:
  onset: {label: Illness, may not happen: yes}
visits:
  - {id: infusion, at: given}
  - id: episode
    at: each onset
    visits:
      - {id: ill, ids: ILL<n>, window: within 3 days after onset}
      - {id: conv, ids: CONV<n>, window: 28 to 35 days after ill}
  - {id: quiet, at: last onset + 90 days}
"""


def test_there_is_a_copy_for_every_recorded_event() -> None:
    protocol = protocol_of(EPISODES)
    made = of(protocol, {"infusion": "2026-03-02"}, happened={"onset": ["2026-04-01", "2026-06-30"]}, done={"ILL2": "2026-07-02"})
    assert_dates(
        made,
        """
        ILL1   -           2026-04-01  2026-04-04
        CONV1  -           2026-04-29  2026-05-09
        ILL2   -           2026-06-30  2026-07-03
        CONV2  -           2026-07-30  2026-08-06
        quiet  2026-09-28  -           -
        """,
    )
    assert made.visit("CONV1").spread  # nobody knows on which day the first visit will be


def test_without_an_event_its_copy_is_there_only_if_it_happens() -> None:
    none = of(protocol_of(EPISODES), {"infusion": "2026-03-02"})
    assert [(visit.id, visit.applies.value) for visit in none.visits] == [
        ("infusion", "yes"),
        ("ILL1", "only if"),
        ("CONV1", "only if"),
        ("quiet", "only if"),
    ]
    assert [item.name for item in none.visit("CONV1").waits] == ["onset"]


def test_an_event_that_never_comes_has_no_copy() -> None:
    protocol = protocol_of(EPISODES)
    never = {"infusion": (Recorded(date(2026, 3, 2)),), "onset": (Recorded(None, Status.NEVER),)}
    made = expand(protocol, Participant(id="P", recorded=never))
    assert ids(made) == ["infusion"]


# -- names


@pytest.mark.parametrize(
    ("visits", "message"),
    [
        (
            "- {id: c, at: Day 0 then every 7 days 2 times, visits: [{id: V, ids: X<n>, at: Day 0/1}]}",
            "<n> can be any of <c>, <V> here: say which",
        ),
        (
            "- {id: c, at: Day 0 then every 7 days 2 times, visits: [{id: V, ids: X<day>, at: Day 0/1}]}",
            "several would have the same name: <c> has to be in it",
        ),
        ("- {at: Day 0 then every 7 days 2 times, visits: [{id: V, at: Day 0}]}", "a group that is copied needs an id"),
        (
            "- {id: V, at: Day 7 then every 7 days 3 times}\n  - {id: W, at: V + 1 day}",
            '"V": this is several visits: say first V',
        ),
        (
            "- {id: V, at: Day 7}\n  - {id: W, at: previous V + 1 day}",
            "there is no row here in which one V comes before the other",
        ),
        ("- {id: V, at: each relapse}", 'there is no event "relapse"'),
        ("- {id: V, at: Day 7, moves: with previous}", "only a series"),
        (
            "- {id: c, at: Day 0 then every 7 days 2 times, moves: with previous X, visits: [{id: V, at: Day 0}]}",
            'there is no visit "X"',
        ),
        ("- {id: c, at: given, visits: [{id: V, at: Day 0}]}", "a group starts on a date"),
        ("- {id: V, at: Day 7 then every 7 days until last V}", "a circle: V is counted from V"),
        ("- {id: V, at: Day 7 then every 7 days 3 times, when: V is x}", '"x" is no number, and V is counted'),
    ],
)
def test_what_is_refused(visits: str, message: str) -> None:
    with pytest.raises(ProblemsError) as error:
        protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n  {visits}")
    assert any(message in str(problem) for problem in error.value.problems), error.value


def test_ids_that_meet_are_an_error() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: C1, at: Day 1}
          - {id: V, ids: C<n>, at: Day 7 then every 7 days 3 times}
        """
    )
    with pytest.raises(SchedulerError, match='two rules give "C1"'):
        of(protocol, {"infusion": "2026-03-02"})


def test_a_condition_on_counters_leaves_room_for_another_rule_of_the_same_name(schedule: Scheduling) -> None:
    """
    visits:
      - {id: C1D0, at: given}
      - {id: infusion, at: given}
      - {id: cycle, at: infusion then every 7 days 3 times, visits: [{id: D, ids: C<n>D0, at: Day 0, when: cycle is 2 onwards}]}
    """
    assert ids(schedule(infusion="2026-03-02")) == ["C1D0", "infusion", "C2D0", "C3D0"]


def test_names_stay_when_the_protocol_grows() -> None:
    short = of(protocol_of(CYCLES), {"R": "2026-03-02", "stop": "2026-05-10"})
    long = of(protocol_of(CYCLES), {"R": "2026-03-02", "stop": "2026-08-10"})
    assert [visit.id for visit in short.visits if visit.plan.rule == "D1"] == [
        visit.id for visit in long.visits if visit.plan.rule == "D1"
    ][:4]


def test_records_of_visits_nobody_has_are_named(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 7 then every 7 days 3 times, when: V is 2 onwards}
    """
    made = schedule(infusion="2026-03-02", visits={"V7": done("2026-03-09"), "V14": done("2026-03-16")})
    assert made.unplaced == ("V7",)
    assert made.visit("V14").certainty is Certainty.TENTATIVE  # the infusion is only planned


# -- a second way to compute the same


@given(
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 300),
    st.integers(0, 400),
)
def test_a_series_agrees_with_counting_days_one_by_one(start: date, step: int, later: int, change: int, length: int) -> None:
    protocol = protocol_of(
        f"""
        events: {{stop: {{may not happen: yes}}}}
        visits:
          - {{id: infusion, at: given}}
          - {{id: V, ids: V<n>, at: Day 0 then every {step} days until Day {change} then every {later} days until stop}}
        """
    )
    stop = start + timedelta(length)
    made = expand(protocol, Participant.planned("P", {"infusion": start, "stop": stop}))
    expected, since = [], 0
    for number in range(length + 1):
        due = number == 0 or since == (step if number - since + step <= change and number <= change else later)
        if due:
            expected.append(start + timedelta(number))
        since = 1 if due else since + 1
    assert [visit.target for visit in made.visits if visit.plan.rule == "V"] == expected


@given(
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    st.lists(st.integers(-5, 9), min_size=6, max_size=6),
    st.integers(1, 5),
)
def test_cycles_that_move_agree_with_adding_up_delays(start: date, delays: list[int], late: int) -> None:
    """Each cycle is 21 days after the last one that took place late enough, or after the plan; so are its own days."""
    protocol = protocol_of(
        f"""
        study: {{id: X, title: X, anchor: R, day_numbering: day 1 without day 0}}
        events: {{R: {{}}}}
        visits:
          - id: cycle
            at: Day 1 then every 21 days 6 times
            moves: with previous D1 if {late} day{"s" if late > 1 else ""} late
            visits: [{{id: D1, ids: C<n>, at: Day 1}}, {{id: D8, at: Day 8}}]
        """
    )
    expected, eighth, day = [], [], start
    visits = {}
    for number, delay in enumerate(delays, start=1):
        expected.append(day)
        eighth.append(day + timedelta(7 + (delay if delay >= late else 0)))
        visits[f"C{number}"] = VisitRecord(actual=day + timedelta(delay), outcome=Outcome.DONE)
        day = day + timedelta(21 + (delay if delay >= late else 0))
    person = Participant(id="P", recorded={"R": (Recorded(start, Status.ACTUAL),)}, visits=visits)
    made = expand(protocol, person)
    assert [visit.target for visit in made.visits if visit.plan.rule == "D1"] == expected
    assert [visit.target for visit in made.visits if visit.plan.rule == "D8"] == eighth


# -- what came to light when others tried it


def test_an_epoch_ends_by_the_studys_clock_also_inside_a_group(schedule: Scheduling) -> None:
    """
    epochs: {treatment: {until: Day 40}}
    visits:
      - {id: infusion, at: given}
      - {id: q, at: Day 0 then every 28 days 3 times, day_numbering: day 1 without day 0, visits: [{id: u, at: Day 13, epoch: treatment}]}
    """
    assert_dates(schedule(infusion="2026-01-01"), "q1.u 2026-01-13 - -\nq2.u 2026-02-10 - -\nq3.u no")  # Day 40 still belongs


def test_an_end_of_an_epoch_that_day_0_names_is_counted_by_the_study(schedule: Scheduling) -> None:
    """
    epochs: {screening: {until: Day 0}}
    visits:
      - {id: infusion, at: given}
      - {id: g, at: Day -7, day_numbering: day 1 without day 0, visits: [{id: v, at: Day 1, epoch: screening}]}
    """
    assert_dates(schedule(infusion="2026-01-08"), "v 2026-01-01 - -")


def test_an_epoch_or_a_group_ends_its_series(schedule: Scheduling) -> None:
    """
    events: {stop: {may not happen: yes}}
    epochs: {treatment: {until: stop}}
    visits:
      - {id: infusion, at: given}
      - {id: S, at: Day 7 then every 7 days, epoch: treatment}
      - {id: c, at: Day 7 then every 7 days, until: stop, visits: [{id: V, ids: C<n>, at: Day 0}]}
      - {id: E, at: last S + 1 day}
      - {id: F, at: last V + 2 days}
    """
    made = schedule(infusion="2026-03-02", stop="2026-03-20")
    assert (made.open, str(made.visit("E").target), str(made.visit("F").target)) == ((), "2026-03-17", "2026-03-18")
    assert {series.name: [item.name for item in series.awaited] for series in schedule(infusion="2026-03-02").open} == {
        "S": ["stop"],
        "c": ["stop"],
    }


def test_what_was_recorded_is_kept_where_a_series_moved(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - id: S
        ids: W<week>
        at: Week 2 then every 2 weeks until Week 8 then every 4 weeks until Week 16
        moves: with previous
    """
    made = schedule(
        infusion="2026-01-01", visits={"W2": done("2026-01-25"), "W8": booked("2026-03-08"), "W16": done("2026-04-23")}
    )
    assert made.unplaced == ()
    assert made.visit("W8").applies is Applies.NO  # the visits moved, and it is none of them any more
    assert made.visit("W16").applies is Applies.YES


def test_a_series_of_parts_that_end_with_an_event_has_the_ids_of_all_of_them() -> None:
    from scheduler.protocol.counters import nth_of

    protocol = protocol_of(
        """
        events: {progression: {}, death: {}}
        visits:
          - {id: infusion, at: given}
          - {id: S, ids: W<week>, at: Week 6 then every 6 weeks until progression then every 12 weeks until death}
        """
    )
    rule = protocol.visits[1]
    assert nth_of(rule, protocol.study.reckoning, {"week": 18}) is not None
    assert nth_of(rule, protocol.study.reckoning, {"week": 20}) is None
    made = of(protocol, {"infusion": "2026-03-02", "progression": "2026-06-01", "death": "2027-03-01"})
    assert targets(made, "S") == ["2026-04-13", "2026-05-25", "2026-08-17", "2026-11-09", "2027-02-01"]


def test_the_next_event_waits_until_it_comes(schedule: Scheduling) -> None:
    """
    events: {dose: {}}
    visits:
      - {id: infusion, at: given}
      - id: d
        at: each dose
        visits:
          - {id: before-next, ids: B<n>, at: next dose - 1 day}
          - {id: F, at: Day 7 then every 7 days until next dose}
    """
    made = schedule(infusion="2026-01-01", actual={"dose": "2026-02-01"})
    assert [item.name for item in made.visit("B1").waits] == ["dose"]
    assert [(series.name, [item.name for item in series.awaited]) for series in made.open] == [("F", ["dose"])]


@pytest.mark.parametrize("when", ["g is 1/3", "(g is 1/3) or x"])
def test_previous_looks_for_the_last_that_can_be(when: str) -> None:
    protocol = protocol_of(
        f"""
        facts: {{x: yes or no}}
        visits:
          - {{id: infusion, at: given}}
          - id: g
            at: Day 0 then every 7 days 3 times
            visits:
              - {{id: v, at: Day 0, when: {when}}}
              - {{id: w, at: previous v + 28 days}}
        """
    )
    made = of(protocol, {"infusion": "2026-03-02"}, answers={"x": False})
    assert str(made.visit("g3.w").target) == "2026-03-30"  # from g1.v
    assert made.visit("g1.w").applies is Applies.NO


def test_previous_skips_what_was_missed(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: W, ids: W<week>, at: Week 1/2/3, limits: not before (previous W else infusion) + 21 days}
    """
    made = schedule(infusion="2026-08-31", visits={"W1": done("2026-09-07"), "W2": VisitRecord(outcome=Outcome.MISSED)})
    assert str(made.visit("W3").opens) == "2026-09-28"


def test_a_group_may_start_on_a_given_visit_that_stands_in_it() -> None:
    protocol = protocol_of(
        """
        study: {id: X, title: X, anchor: infusion, day_numbering: day 0}
        visits:
          - {id: cart, at: infusion, visits: [{id: infusion, at: given}, {id: D28, at: Day 28}]}
        """
    )
    assert_dates(of(protocol, {"infusion": "2026-03-02"}), "D28 2026-03-30 - -")


def test_a_day_of_a_series_counts_from_the_days_before_it_wherever_that_is_written(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: L, at: last v + 1 day}
      - {id: c, at: Day 0 then every 1 day 400 times, visits: [{id: v, at: previous v + 1 day else Day 0}]}
    """
    assert str(schedule(infusion="2026-01-01").visit("L").target) == "2027-02-05"


def test_too_many_visits_are_refused() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: g, at: Day 1 then every 1 day 400 times, visits: [{id: S, ids: S<g>.<day>, at: Day 1 then every 1 day 400 times}]}
        """
    )
    with pytest.raises(SchedulerError, match="more than 10,000 visits for one participant"):
        of(protocol, {"infusion": "2026-03-02"})


def test_the_other_arms_series_do_not_go_on() -> None:
    protocol = protocol_of(
        """
        facts: {arm: [A, B]}
        visits:
          - {id: infusion, at: given}
          - {id: a, at: Day 7 then every 7 days, when: arm is A}
          - {id: b, at: Day 7 then every 7 days, when: arm is B}
        """
    )
    assert [series.name for series in of(protocol, {"infusion": "2026-03-02"}, answers={"arm": "A"}).open] == ["a"]


def test_the_days_of_a_cycle_follow_its_first_day_as_given() -> None:
    """A cycle that begins late shifts the rest of it, and all that follow; a late day within it shifts nothing."""
    protocol = protocol_of(
        """
        study: {id: X, title: X, anchor: C1, day_numbering: day 1 without day 0}
        events: {stop: {may not happen: yes}}
        visits:
          - {id: C1, at: given}
          - id: cycle
            at: Day 1 then every 28 days until stop
            moves: with previous D1 if 3 days late
            visits:
              - {id: D1, ids: C<cycle>D1, at: Day 1, when: cycle is 2 onwards}
              - {id: D8, ids: C<cycle>D8, at: Day 8, window: ±3 days}
              - {id: scan, ids: C<cycle>S<scan>, at: Day 10 then every 10 days until Day 28}
            periods:
              - {id: rest, kind: rest, from: Day 22, to: Day 28}
        """
    )
    made = of(
        protocol, {}, happened={"C1": "2024-01-31"}, done={"C2D1": "2024-03-04", "C2D8": "2024-03-15"}, horizon="2024-05-01"
    )
    assert_dates(
        made,
        """
        C1D8         2024-02-07  2024-02-04  2024-02-10
        C2D1         2024-02-28  -           -
        C2D8         2024-03-11  2024-03-08  2024-03-14
        C2S1         2024-03-13  -           -
        cycle2.rest  2024-03-25  2024-03-31
        C3D1         2024-04-01  -           -
        C3D8         2024-04-08  2024-04-05  2024-04-11
        """,
    )
    early = of(protocol, {}, happened={"C1": "2024-01-31"}, done={"C2D1": "2024-03-01"}, horizon="2024-05-01")
    assert_dates(early, "C2D8 2024-03-06 2024-03-03 2024-03-09\nC3D1 2024-03-27 - -")  # 2 days late only


def test_amounts_count_what_is_written_after_a_choice() -> None:
    protocol = protocol_of(
        """
        events: {a: {}, b: {}}
        visits:
          - {id: infusion, at: given}
          - {id: S, ids: S<week>, at: later of (a and b) + 12 weeks then every 12 weeks 3 times}
        """
    )
    made = of(protocol, {"infusion": "2026-01-01", "a": "2026-01-05", "b": "2026-01-06"})
    assert [(visit.id, str(visit.target)) for visit in made.visits[1:]] == [
        ("S12", "2026-03-31"),
        ("S24", "2026-06-23"),
        ("S36", "2026-09-15"),
    ]


@pytest.mark.parametrize("name", ["LD-1", "LD0", "LD9", "D8", "D700"])
def test_a_name_no_occurrence_has_is_a_problem(name: str) -> None:
    with pytest.raises(ProblemsError, match="nothing has this name"):
        protocol_of(
            f"""
            visits:
              - {{id: infusion, at: given}}
              - {{id: LD, ids: LD<n>, at: Day -5/-4/-3}}
              - {{id: D, ids: D<day>, at: Day 7 then every 7 days 5 times}}
              - {{id: X, at: {name} + 2 days}}
            """
        )


def test_an_end_may_be_counted_from_the_first_through_another_visit(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: A, ids: A<n>, at: Day 1 then every 7 days until B}
      - {id: B, at: first A + 20 days}
    """
    made = schedule(infusion="2026-03-01")
    assert (targets(made, "A"), str(made.visit("B").target)) == (["2026-03-02", "2026-03-09", "2026-03-16"], "2026-03-22")


def test_activities_find_the_visit_of_a_label_in_a_series_of_parts(schedule: Scheduling) -> None:
    """
    events: {progression: {}}
    visits:
      - {id: infusion, at: given}
      - {id: S, ids: W<week>, at: Week 6 then every 6 weeks until Week 24 then every 12 weeks until progression}
      - {id: E, ids: E<day>, at: Day 8/15 then every 7 days until progression}
    activities:
      mri: {at: [W36]}
      lab: {at: [E8]}
    """
    made = schedule(infusion="2026-03-02")
    assert {visit.id: [task.activity.id for task in visit.tasks] for visit in made.visits if visit.tasks} == {
        "W36": ["mri"],
        "E8": ["lab"],
    }


def test_a_name_two_patterns_fit_is_that_of_the_rule_that_has_it(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - id: cycle
        at: Day 1 then every 28 days 3 times
        visits:
          - {id: D, ids: C<cycle>D<day>, at: Day 15/22}
          - {id: X, ids: C<cycle>D8, at: Day 8}
      - {id: L, at: C2D8 + 1 day}
    activities: {ecg: {at: [C2D8]}}
    """
    made = schedule(infusion="2026-03-01")
    assert str(made.visit("L").target) == "2026-04-08"
    assert [visit.id for visit in made.visits if visit.tasks] == ["C2D8"]


def test_rules_may_share_a_pattern_where_their_names_never_meet(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: A, ids: D<day>, at: Day 1/2/4, window: exact}
      - {id: B, ids: D<day>, at: Day 8 then every 7 days 3 times, window: ±1 days}
    """
    assert ids(schedule(infusion="2026-03-01"))[1:] == ["D1", "D2", "D4", "D8", "D15", "D22"]
    with pytest.raises(ProblemsError, match="give the same names"):
        protocol_of(
            "visits:\n  - {id: infusion, at: given}\n  - {id: A, ids: D<day>, at: Day 1/8}\n  - {id: B, ids: D<day>, at: Day 8/15}"
        )


def test_part_of_a_condition_that_counters_decide_leaves_room(schedule: Scheduling) -> None:
    """
    facts: {menopause: [pre, post]}
    visits:
      - {id: infusion, at: given}
      - {id: C1D15, at: Day 15}
      - id: cycle
        at: Day 1 then every 28 days 3 times
        visits: [{id: D15, ids: C<cycle>D15, at: Day 15, when: menopause is pre and cycle is 2 onwards}]
    """
    assert ids(schedule(infusion="2026-03-01")) == ["infusion", "C1D15", "C2D15", "C3D15"]


def test_the_next_event_of_a_copy_is_the_first_from_its_start_on() -> None:
    protocol = protocol_of(
        """
        events: {flare: {may not happen: yes}, normal: {may not happen: yes}}
        visits:
          - {id: infusion, at: given}
          - id: flare
            at: each flare
            until: next normal
            visits: [{id: lab, ids: F<flare>L<lab>, at: Day 0 then every 7 days}]
        """
    )
    made = of(
        protocol,
        {"infusion": "2026-01-01"},
        happened={"flare": ["2026-02-01", "2026-04-01"], "normal": ["2026-02-16", "2026-04-09"]},
    )
    assert targets(made, "lab") == ["2026-02-01", "2026-02-08", "2026-02-15", "2026-04-01", "2026-04-08"]
    open_flare = of(
        protocol, {"infusion": "2026-01-01"}, happened={"flare": ["2026-02-01", "2026-04-01"], "normal": "2026-02-16"}
    )
    assert [series.name for series in open_flare.open] == ["lab"]


def test_a_missed_dose_may_be_as_if_it_had_never_been(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: dose, ids: dose<n>, at: Day 28/56, missed: never}
      - {id: call, at: dose2 + 7 days}
      - {id: end, at: last dose + 6 months}
    """
    planned = schedule(infusion="2026-03-02")
    assert (str(planned.visit("call").target), str(planned.visit("end").target)) == ("2026-05-04", "2026-10-27")
    missed = schedule(infusion="2026-03-02", visits={"dose2": VisitRecord(outcome=Outcome.MISSED)})
    assert (missed.visit("call").applies, str(missed.visit("end").target)) == (Applies.NO, "2026-09-30")


def test_the_first_of_a_phase_is_part_of_the_last_of_the_one_before_also_when_that_was_late() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: last-of-1, at: Day 85}
          - id: phase2
            at: last-of-1
            visits: [{id: X, ids: X<week>, at: Week 0 then every 4 weeks until Week 8, yields to: last-of-1}]
        """
    )
    for done_on, second in (({}, "2026-06-23"), ({"last-of-1": "2026-05-30"}, "2026-06-27")):
        made = of(protocol, {"infusion": "2026-03-02"}, done=done_on)
        assert (made.visit("X0").part_of, str(made.visit("X4").target)) == ("last-of-1", second)


def test_the_expected_day_of_an_event_serves_until_it_comes() -> None:
    protocol = protocol_of(
        """
        events: {quit: {at: infusion + 7 days}}
        visits:
          - {id: infusion, at: given}
          - {id: attempt, at: each quit, until: next quit, visits: [{id: W, ids: A<attempt>W<week>, at: Week 1/2}]}
        """
    )
    assert_dates(of(protocol, {"infusion": "2026-03-02"}), "A1W1 2026-03-16 - -\nA1W2 2026-03-23 - -")
    again = of(protocol, {"infusion": "2026-03-02"}, happened={"quit": ["2026-03-10", "2026-03-20"]})
    assert_dates(again, "A1W1 2026-03-17 - -\nA1W2 no\nA2W1 2026-03-27 - -\nA2W2 2026-04-03 - -")


def test_a_period_that_would_begin_after_an_end_is_cut() -> None:
    protocol = protocol_of(
        """
        events: {stop: {may not happen: yes}}
        visits:
          - {id: infusion, at: given}
          - {until: stop, visits: [{id: V, at: Day 10}], periods: [{id: p, kind: stay, from: Day 20, to: Day 30}]}
        """
    )
    made = of(protocol, {"infusion": "2026-03-02"}, happened={"stop": "2026-03-15"})
    assert (made.visit("V").applies, made.period("p").applies) == (Applies.YES, Applies.NO)


@pytest.mark.parametrize(
    ("visits", "message"),
    [
        ("- {id: V, at: Day 1 then every 12 hours 4 times}", "hours cannot follow days"),
        ("- {id: V, at: Day 1, missed after: 1 month}", "the study must say what a month is"),
        ("- {day_numbering: day 1 without day 0, visits: [{id: V, at: Day 14}]}", 'it wants an "at" as well'),
        ("- {id: c, at: each e, ids: E<n>, visits: [{id: V, ids: E<c>, at: Day 1}]}", "give the same names"),
    ],
)
def test_what_else_is_refused(visits: str, message: str) -> None:
    study = "study: {id: X, title: X, anchor: infusion, day_numbering: day 0}\nevents: {e: {}}\n"
    with pytest.raises(ProblemsError, match=message):
        protocol_of(f"{study}visits:\n  - {{id: infusion, at: given}}\n  {visits}")


# -- clocks inside clocks


NESTED = """
visits:
  - {id: infusion, at: given}
  - id: g
    at: Day 10
    until: Day 30
    limits: not before Day 5
    visits:
      - {id: X, at: Day 31}
      - {id: d, at: Day 20 then every 7 days, visits: [{id: W, ids: W<d>, at: Day 0, window: ±7 days}]}
"""


def test_what_stands_around_a_group_keeps_the_clock_it_was_written_by() -> None:
    """Day 30 of g is 10 February, and Day 5 is 16 January."""
    made = of(protocol_of(NESTED), {"infusion": "2026-01-01"})
    assert_dates(
        made, "X no\nW1 2026-01-31 2026-01-24 2026-02-07\nW1! 2026-01-24 2026-02-07\nW2 2026-02-07 2026-01-31 2026-02-14\nW3 no"
    )
    assert made.open == ()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("until: Day 0", "V 2026-01-03 2026-01-03 2026-01-03"),
        ("until: Day -6", "V no"),
        ("limits: not before Day 0", "V! 2026-01-08 2026-01-03"),
        ("limits: not before Day -6", "V! 2026-01-03 2026-01-03"),
        ("when: Day 0 < infusion", "V no"),
        ("when: Day -1 < infusion", "V 2026-01-03 2026-01-03 2026-01-03"),
    ],
)
def test_day_0_around_a_group_without_one_is_that_of_the_study(key: str, expected: str) -> None:
    """c starts on Day -7, 1 January, its own Day 1."""
    protocol = protocol_of(
        f"""
        visits:
          - {{id: infusion, at: given}}
          - {{{key}, visits: [{{id: c, at: Day -7, day_numbering: day 1 without day 0, visits: [{{id: V, at: Day 3, window: exact}}]}}]}}
        """
    )
    assert_dates(of(protocol, {"infusion": "2026-01-08"}), expected)


def test_a_window_that_an_inner_numbering_cannot_count_is_a_problem() -> None:
    with pytest.raises(ProblemsError, match="there is no Day 0"):
        protocol_of(
            """
            visits:
              - {id: infusion, at: given}
              - window: from Day 0 to Day 9
                visits: [{id: c, at: Day 5, day_numbering: day 1 without day 0, visits: [{id: V, at: Day 3}]}]
            """
        )


def test_a_series_that_ends_in_so_many_times_is_not_open(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: V, ids: V<n>, at: Week 6 then every 6 weeks until Week 54 then every 9 weeks 5 times, moves: with previous}
      - {id: EOT, at: last V + 30 days}
    """
    made = schedule(infusion="2026-01-01")
    assert (len(targets(made, "V")), made.open) == (14, ())
    assert str(made.visit("V14").target) == "2027-11-25"  # Week 99
    assert str(made.visit("EOT").target) == "2027-12-25"


@pytest.mark.parametrize("ends", [" until Day 90", " 4 times", " until Month 3", ""])
def test_what_ends_a_group_ends_its_copies_however_they_are_counted(ends: str) -> None:
    protocol = protocol_of(
        f"""
        events: {{e: {{may not happen: yes}}}}
        visits:
          - {{id: infusion, at: given}}
          - id: g
            at: Day 0 then every 28 days{ends}
            until: e
            visits: [{{id: before, ids: B<g>, at: Day -3}}, {{id: D1, ids: C<g>, at: Day 0}}]
          - {{id: L, at: last before + 1 day}}
        """.replace("before", "pre")
    )
    made = of(protocol, {"infusion": "2026-01-01"}, happened={"e": "2026-02-24"})
    assert [visit.id for visit in made.visits if visit.applies.shown] == ["infusion", "B1", "C1", "B2", "C2", "L"]
    assert str(made.visit("L").target) == "2026-01-27"


@pytest.mark.parametrize("at", ["later of (Day 30 and Month 1) + 1 month", "(Day 10) + 1 month", "(infusion + 3 days) + 1 month"])
def test_months_after_days_are_refused_in_brackets_too(at: str) -> None:
    with pytest.raises(ProblemsError, match="months are counted before days"):
        protocol_of(f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: V, at: {at}}}")


def test_a_list_ends_with_an_event_too(schedule: Scheduling) -> None:
    """
    events: {stop: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 4/8/11 until stop}
    """
    assert targets(schedule(infusion="2026-03-01"), "V") == ["2026-03-05", "2026-03-09", "2026-03-12"]
    assert targets(schedule(infusion="2026-03-01", stop="2026-03-09"), "V") == ["2026-03-05", "2026-03-09"]
