"""Cases, conditions, answers that change or are durations, times, allowances: what else a visit can ask."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import Scheduling, protocol_of, run
from worked import assert_dates, of

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.facts.values import parse_length
from scheduler.language.moments import Offset
from scheduler.language.worth import Lack
from scheduler.reading.problems import NotUnderstood, ProblemsError
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Applies, Certainty

NEW_YORK = ZoneInfo("America/New_York")


# -- cases


CASES = """
facts: {dose: [low, high], fast: yes or no}
visits:
  - {id: infusion, at: given}
  - id: V
    window: ±2 days
    cases:
      - {when: dose is low, at: Day 14, mode: telephone}
      - {when: fast, at: Day 10, window: ±1 days}
      - {at: Day 21}
  - {id: next-day, at: V + 1 day}
"""


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"dose": "low"}, "V 2026-03-16 2026-03-14 2026-03-18"),
        ({"dose": "high", "fast": True}, "V 2026-03-12 2026-03-11 2026-03-13"),
        ({"dose": "high", "fast": False}, "V 2026-03-23 2026-03-21 2026-03-25"),
        ({"dose": "low", "fast": True}, "V 2026-03-16 2026-03-14 2026-03-18"),  # the first whose condition holds
    ],
)
def test_the_first_case_that_holds_wins(answers: dict[str, object], expected: str) -> None:
    made = of(protocol_of(CASES), {"infusion": "2026-03-02"}, answers=answers)
    assert_dates(made, expected)
    assert (made.visit("V").plan.mode is not None) is (answers["dose"] == "low")


def test_what_the_cases_that_may_hold_do_not_agree_on_is_blank() -> None:
    unknown = of(protocol_of(CASES), {"infusion": "2026-03-02"}, answers={"dose": "high"}).visit("V")
    assert (unknown.target, unknown.earliest, unknown.applies) == (None, None, Applies.YES)
    assert [item.name for item in unknown.waits] == ["fast"]
    assert unknown.why.undecided == ("fast",)
    after = of(protocol_of(CASES), {"infusion": "2026-03-02"}, answers={"dose": "high"}).visit("next-day")
    assert [item.name for item in after.waits] == ["fast"]


def test_what_the_cases_that_may_hold_agree_on_stands(schedule: Scheduling) -> None:
    """
    facts: {fast: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: Day 14, cases: [{when: fast, window: ±1 days}, {window: -1 .. +7 days}]}
    """
    assert_dates(schedule(infusion="2026-03-02"), "V 2026-03-16 2026-03-15 -")


def test_without_a_case_that_holds_there_is_no_visit(schedule: Scheduling) -> None:
    """
    facts: {fast: yes or no}
    visits:
      - {id: infusion, at: given}
      - {id: V, cases: [{when: fast, at: Day 10}]}
    """
    assert schedule(infusion="2026-03-02", answers={"fast": False}).visit("V").applies is Applies.NO
    assert str(schedule(infusion="2026-03-02", answers={"fast": True}).visit("V").target) == "2026-03-12"


# -- conditions


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("c is 2", "2"),
        ("c is 1-2/5", "1 2 5"),
        ("c is 3 onwards then every 2", "3 5"),
        ("c is 1/4 onwards", "1 4 5 6"),
        ("not c is 2 onwards", "1"),
        ("c >= 5", "5 6"),
        ("c is 2-6 then every 3 and not c is 5", "2"),
        ("c < grade", "1 2"),
    ],
)
def test_counters_are_facts(when: str, expected: str) -> None:
    protocol = protocol_of(
        f"""
        facts: {{grade: number}}
        visits:
          - {{id: infusion, at: given}}
          - {{id: c, at: Day 0 then every 7 days 6 times, visits: [{{id: V, ids: V<c>, at: Day 0, when: {when}}}]}}
        """
    )
    made = of(protocol, {"infusion": "2026-03-02"}, answers={"grade": 3})
    assert [visit.id.removeprefix("V") for visit in made.visits[1:] if visit.applies.shown] == expected.split()


GAP = """
visits:
  - {id: infusion, at: given}
  - {id: V26, at: Day 690}
  - {id: V27, at: infusion + 24 months}
  - {id: extra, at: V26 + 20 days, when: more than 40 days from V26 to V27}
"""


@pytest.mark.parametrize(
    ("infusion", "done", "applies"),
    [
        ("2026-08-31", {}, Applies.YES),  # 31 August 2028 is day 731: 41 days
        ("2028-03-01", {}, Applies.NO),  # 1 March 2030 is day 730: 40 days, and not more
        ("2028-03-01", {"V26": "2030-01-19"}, Applies.YES),
        ("2026-08-31", {"V26": "2028-07-22"}, Applies.NO),
    ],
)
def test_more_than_so_many_days_between_two_dates(infusion: str, done: dict[str, str], applies: Applies) -> None:
    assert of(protocol_of(GAP), {"infusion": infusion}, done=done).visit("extra").applies is applies


@pytest.mark.parametrize(
    ("when", "dose", "applies"),
    [
        ("dose > infusion + 7 days", "2026-03-10", Applies.YES),
        ("dose > infusion + 7 days", "2026-03-09", Applies.NO),
        ("dose <= infusion + 7 days", "2026-03-09", Applies.YES),
        ("infusion + 7 days < dose", "", Applies.UNDECIDED),
        ("earlier of (dose and infusion + 3 days) >= Day 3", "2026-03-09", Applies.YES),
    ],
)
def test_dates_are_compared(when: str, dose: str, applies: Applies) -> None:
    protocol = protocol_of(
        f"events: {{dose: {{}}}}\nvisits:\n  - {{id: infusion, at: given}}\n  - {{id: V, at: Day 30, when: {when}}}"
    )
    assert of(protocol, {"infusion": "2026-03-02"} | ({"dose": dose} if dose else {})).visit("V").applies is applies


# -- answers


def test_an_answer_that_is_a_duration_stands_in_a_sum_and_in_a_comparison(schedule: Scheduling) -> None:
    """
    study: {id: X, title: X, anchor: birth, day_numbering: day 0}
    facts: {gestational-age: duration}
    events:
      birth: {}
      due-date: {at: birth - gestational-age + 40 weeks}
    visits:
      - {id: term, at: due-date, window: ±3 days}
      - {id: preterm, at: Day 7, when: gestational-age < 37 weeks}
    """
    early = schedule(birth="2026-03-02", answers={"gestational-age": parse_length("31 weeks 4 days")})
    assert_dates(early, "term 2026-04-30 2026-04-27 2026-05-03\npreterm 2026-03-09 - -")
    late = schedule(birth="2026-03-02", answers={"gestational-age": parse_length("37 weeks")})
    assert late.visit("preterm").applies is Applies.NO
    unknown = schedule(birth="2026-03-02")
    assert [item.name for item in unknown.visit("term").waits] == ["gestational-age"]
    assert unknown.visit("preterm").applies is Applies.UNDECIDED


def test_lengths_are_read() -> None:
    assert parse_length("31 weeks 4 days") == Offset(days=221, whole_days=True)
    assert parse_length("31+4") == parse_length("31 weeks 4 days")  # gestational age, as charts have it
    assert parse_length("1 day") == Offset(days=1, whole_days=True)
    assert parse_length("36 h 30 min") == Offset(minutes=2190)
    for text in ("31", "31+7", "2 months", "", "weeks", "1 day 2 weeks"):
        with pytest.raises(NotUnderstood):
            parse_length(text)


def test_the_answer_in_force_at_the_target_counts() -> None:
    protocol = protocol_of(
        """
        facts: {treatment: [weekly, monthly]}
        visits:
          - {id: infusion, at: given}
          - {id: V, ids: V<day>, at: Day 7 then every 7 days 6 times, when: treatment is weekly or V is 4}
        """
    )
    made = of(
        protocol,
        {"infusion": "2026-03-02"},
        answers={"treatment": "weekly"},
        changes={"treatment": [("2026-03-17", "monthly"), ("2026-04-06", "weekly")]},
    )
    assert [visit.id for visit in made.visits if visit.applies.shown] == ["infusion", "V7", "V14", "V28", "V35", "V42"]


# -- what ends a visit, a group, an epoch


UNTIL = """
events: {stop: {may not happen: yes}, withdrawal: {may not happen: yes}}
epochs: {treatment: {until: stop}, follow-up: {}}
visits:
  - {id: infusion, at: given}
  - {id: A, at: Day 14, window: ±3 days, epoch: treatment}
  - {id: B, at: Day 28, window: ±3 days, epoch: treatment}
  - id: second
    until: withdrawal
    epoch: follow-up
    visits:
      - {id: C, at: Day 60}
      - {id: D, window: 80 to 90 days after infusion, until: stop + 50 days}
  - {id: ET, at: stop}
  - {id: FU, at: A.target + 100 days}
"""


def test_what_comes_after_an_end_and_has_not_taken_place_is_cut() -> None:
    protocol = protocol_of(UNTIL)
    stopped = of(protocol, {"infusion": "2026-03-02"}, happened={"stop": "2026-03-16"})
    assert [visit.id for visit in stopped.visits if visit.applies.shown] == ["infusion", "A", "C", "ET", "FU"]  # A is on the day
    kept = of(protocol, {"infusion": "2026-03-02"}, happened={"stop": "2026-03-15"}, done={"B": "2026-03-30"})
    assert [visit.id for visit in kept.visits if visit.applies.shown] == ["infusion", "B", "C", "ET"]  # no A, and nothing after A
    gone = of(protocol, {"infusion": "2026-03-02"}, happened={"withdrawal": "2026-04-01"})
    assert [visit.id for visit in gone.visits if visit.applies.shown] == ["infusion", "A", "B", "FU"]


def test_explain_says_what_cut_a_visit() -> None:
    from scheduler.views.explain import explained

    made = of(protocol_of(UNTIL), {"infusion": "2026-03-02"}, happened={"stop": "2026-03-15"})
    assert "not planned: it would come after stop 2026-03-15" in explained(made, "B")[0]


# -- clock times


SAMPLES = """
visits:
  - {id: infusion, at: given}
  - {id: V, at: Day 1}
activities:
  PK: {at: [infusion, V], times: [-0.5 h, 0.5 h ±5 min, 4 h -10 .. +24 min, 24 h]}
"""


def test_samples_are_counted_in_elapsed_time_across_midnight_and_summer_time() -> None:
    """Clocks in New York go from 02:00 to 03:00 on 8 March 2026: 24 hours after 22:00 it is 23:00."""
    person = Participant(id="P", recorded={"infusion": (Recorded(datetime(2026, 3, 7, 22, tzinfo=NEW_YORK), Status.ACTUAL),)})
    [task] = expand(protocol_of(SAMPLES), person).visit("infusion").tasks
    found = [[sample.target, sample.earliest, sample.latest] for sample in task.samples]
    assert [[moment and moment.strftime("%d %H:%M") for moment in row] for row in found] == [
        ["07 21:30", None, None],
        ["07 22:30", "07 22:25", "07 22:35"],
        ["08 03:00", "08 01:50", "08 03:24"],
        ["08 23:00", None, None],
    ]


def test_samples_wait_for_a_clock_time() -> None:
    made = of(protocol_of(SAMPLES), {"infusion": "2026-03-07"})
    [task] = made.visit("V").tasks
    assert [(item.name, item.lack) for item in task.waits] == [("V", Lack.CLOCK_TIME)]
    timed = of(protocol_of(SAMPLES), {"infusion": "2026-03-07"}, booked={"V": "2026-03-08T09:00"})
    assert_dates(timed, "V:PK[0] 2026-03-08T08:30 - -\nV:PK[1] 2026-03-08T09:30 2026-03-08T09:25 2026-03-08T09:35")


def test_hours_of_a_series_need_a_clock_time(schedule: Scheduling) -> None:
    """
    events: {dose: {}}
    visits:
      - {id: infusion, at: given}
      - {id: S, ids: S<n>, at: dose + 8 h then every 8 h 4 times}
    """
    assert_dates(
        schedule(infusion="2026-03-02", dose="2026-03-02T18:00"),
        "S1 2026-03-03T02:00 - -\nS2 2026-03-03T10:00 - -\nS4 2026-03-04T02:00 - -",
    )
    waiting = schedule(infusion="2026-03-02", dose="2026-03-02")
    assert [item.lack for item in waiting.visit("S1").waits] == [Lack.CLOCK_TIME]
    assert str(waiting.visit("S3").target) == "2026-03-03"  # 24 hours are a day


# -- beside the window


def test_best_days_a_wider_window_and_when_it_is_missed(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - id: V
        at: Day 28
        window: ±7 days
        prefer: from Day 25 to Day 30
        allowance: {window: .. +14 days, for: holidays}
        missed after: 21 days
      - {id: W, at: Day 60, window: ±3 days, missed after: W.latest + 7 days}
    """
    visit = schedule(infusion="2026-03-02").visit("V")
    assert (str(visit.earliest), str(visit.latest)) == ("2026-03-23", "2026-04-06")
    assert tuple(map(str, visit.preferred)) == ("2026-03-27", "2026-04-01")
    assert visit.allowance is not None
    assert (visit.allowance.earliest, str(visit.allowance.latest), visit.allowance.reason) == (None, "2026-04-13", "holidays")
    assert str(visit.missed_after) == "2026-04-20"
    assert str(schedule(infusion="2026-03-02").visit("W").missed_after) == "2026-05-11"


def test_a_visit_yields_to_another_on_the_same_target() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: T, ids: T<day>, at: Day 28 then every 28 days 3 times}
          - {id: S, ids: S<day>, at: Day 14 then every 14 days 4 times, yields to: T<day>}
        """
    )
    made = of(protocol, {"infusion": "2026-03-02"})
    assert {visit.id: visit.part_of for visit in made.visits if visit.part_of} == {"S28": "T28", "S56": "T56"}
    own = of(protocol, {"infusion": "2026-03-02"}, done={"S28": "2026-03-31"})
    assert own.visit("S28").part_of == ""  # it has a record of its own


# -- one event for many, and events that come several times


TABLES = """
study: {id: X, title: X, anchor: infusion, day_numbering: day 0}
facts: {cohort: ["1", "2"], arm: [A, B]}
events:
  dose: {}
  cut-off: {of: cohort}
  end: {of: study, may not happen: yes}
visits:
  - {id: infusion, at: given}
  - {id: V, at: Day 28 then every 28 days until end}
  - {id: D, ids: D<n>, at: each dose}
  - {id: C, at: cut-off + 7 days}
"""
PEOPLE = "participant,site,infusion,cohort,arm\nP1,S1,2026-03-02,1,A\nP2,S1,2026-03-09,2,\n"
SITES = b"S1: {name: One, time_zone: Asia/Shanghai, language: en}"


def read(events: str) -> dict[str, Participant]:
    from scheduler.facts.reader import FactsReader
    from scheduler.facts.sites import read_sites
    from scheduler.reading.problems import Problems
    from scheduler.reading.table import csv_table

    problems = Problems()
    reader = FactsReader([protocol_of(TABLES)], read_sites(SITES, "sites.yaml", problems), problems)
    people = reader.participants(csv_table(PEOPLE.encode(), "participants.csv"))
    people = reader.events(csv_table(f"subject,name,date,status,value\n{events}\n".encode(), "events.csv"), people)
    problems.raise_if_any()
    return people


def test_events_of_the_study_and_of_a_cohort_are_everybodys() -> None:
    people = read("study,end,2026-05-01,actual,\n1,cut-off,2026-04-01,actual,")
    first, second = (expand(protocol_of(TABLES), people[code]) for code in ("P1", "P2"))
    assert [visit.id for visit in second.visits if visit.plan.rule == "V"] == ["V28"]
    assert str(first.visit("C").target) == "2026-04-08"
    assert [item.name for item in second.visit("C").waits] == ["cut-off"]


def test_events_that_come_several_times_and_answers_that_change_are_kept_in_their_order() -> None:
    people = read("P1,dose,2026-04-06,actual,\nP1,dose,2026-03-09,actual,\nP1,arm,2026-04-01,,B\nP1,arm,2026-03-15,,A")
    assert [str(record.moment) for record in people["P1"].recorded["dose"]] == ["2026-03-09", "2026-04-06"]
    assert people["P1"].changes["arm"] == ((date(2026, 3, 15), "A"), (date(2026, 4, 1), "B"))
    assert [visit.id for visit in expand(protocol_of(TABLES), people["P1"]).visits if visit.plan.rule == "D"] == ["D1", "D2"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("P1,end,2026-05-01,actual,", '"end" is an event of the whole study: its subject is "study"'),
        ("3,cut-off,2026-05-01,actual,", 'there is no cohort "3"'),
        ("P1,arm,2026-05-01,,C", '"C" is none of the values'),
        ("P1,arm,,,B", "the day from which it holds is missing"),
        ("P1,arm,2026-05-01,,B\nP1,arm,2026-05-01,,A", "has an answer from this day already"),
        ("study,dose,2026-05-01,actual,", 'there is no participant "study"'),
        ("P1,dose,never,,\nP1,dose,2026-05-01,actual,", "is said never to come, and has a date as well"),
    ],
)
def test_what_is_refused_in_events(row: str, message: str) -> None:
    with pytest.raises(ProblemsError) as error:
        read(row)
    assert message in str(error.value)


def test_a_repeated_event_has_to_be_picked() -> None:
    with pytest.raises(ProblemsError, match="this may come several times: say first dose or last dose"):
        protocol_of(TABLES + "  - {id: X, at: dose + 1 day}")


def test_the_last_dose_is_the_last_on_record(schedule: Scheduling) -> None:
    """
    events: {dose: {}}
    visits:
      - {id: infusion, at: given}
      - {id: D, ids: D<n>, at: each dose, limits: not before previous dose + 21 days}
      - {id: FU, at: last dose + 30 days}
    """
    person = Participant(
        id="P",
        recorded={
            "infusion": (Recorded(date(2026, 3, 2)),),
            "dose": tuple(Recorded(date(2026, 3, day), Status.ACTUAL) for day in (2, 16)),
        },
        visits={"D2": VisitRecord(outcome=Outcome.OPEN)},
    )
    made = expand(schedule(infusion="2026-03-02").protocol, person)
    assert str(made.visit("FU").target) == "2026-04-15"
    assert str(made.visit("D2").opens) == "2026-03-23"
    assert made.visit("FU").certainty is Certainty.FIRM


# -- what came to light when others tried it


@pytest.mark.parametrize("when", ["arm is", "arm = a1", "day", "(arm is A"])
def test_a_slip_in_a_condition_is_reported_and_nothing_else(when: str) -> None:
    with pytest.raises(ProblemsError) as error:
        protocol_of(
            f"facts: {{arm: [A, B]}}\nvisits:\n  - {{id: infusion, at: given}}\n"
            f"  - {{when: arm is A, visits: [{{id: u, at: Day 3, when: {when}}}]}}"
        )
    assert [problem.place.path for problem in error.value.problems] == ["visits[1].visits[0].when"]


def test_a_visit_of_no_case_that_took_place_is_kept(schedule: Scheduling) -> None:
    """
    facts: {arm: [A, B, C]}
    visits:
      - {id: infusion, at: given}
      - {id: V, cases: [{when: arm is A, at: Day 10}, {when: arm is B, at: Day 12}]}
    """
    record = VisitRecord(actual=date(2026, 1, 12), outcome=Outcome.DONE)
    visit = schedule(infusion="2026-01-01", answers={"arm": "C"}, visits={"V": record}).visit("V")
    assert (visit.applies, visit.actual) == (Applies.YES, date(2026, 1, 12))


def test_a_duration_that_changes_counts_as_it_is_on_the_day_it_is_added_to(schedule: Scheduling) -> None:
    """
    facts: {interval: duration}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: infusion + interval}
      - {id: W, at: V + interval}
    """
    person = Participant(
        id="P",
        recorded={"infusion": (Recorded(date(2026, 2, 15)),)},
        answers={"interval": parse_length("8 weeks")},
        changes={"interval": ((date(2026, 4, 12), parse_length("12 weeks")),)},
    )
    assert_dates(expand(schedule(infusion="2026-02-15").protocol, person), "V 2026-04-12 - -\nW 2026-07-05 - -")


def test_nobody_yields_to_a_visit_that_does_not_take_place(schedule: Scheduling) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: T, at: Week 4}
      - {id: Y, at: Day 28, yields to: T}
    """
    assert schedule(infusion="2026-03-02").visit("Y").part_of == "T"
    for outcome in (Outcome.CANCELLED, Outcome.MISSED):
        assert schedule(infusion="2026-03-02", visits={"T": VisitRecord(outcome=outcome)}).visit("Y").part_of == ""


def test_a_counter_where_nothing_is_counted_is_no() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: W, at: Day 7 then every 7 days 3 times}
          - {id: M6, at: Month 6}
          - {id: M, ids: M<month>, at: Month 12/18/24}
        activities:
          a: {at: all, when: W is 2 onwards}
          mri: {at: all, when: month is 6 onwards then every 12}
        """
    )
    made = of(protocol, {"infusion": "2026-03-02"})
    assert {visit.id: [task.activity.id for task in visit.tasks] for visit in made.visits if visit.tasks} == {
        "W14": ["a"],
        "W21": ["a"],
        "M6": ["mri"],
        "M18": ["mri"],
    }


def test_cases_that_may_hold_keep_the_limits_they_share(schedule: Scheduling) -> None:
    """
    facts: {home: yes or no}
    visits:
      - {id: infusion, at: given}
      - id: V
        at: Day 8
        window: ±3 days
        limits: not before infusion + 6 days
        allowance: {window: -3 .. +10 days, for: holidays}
        missed after: 14 days
        cases: [{when: home, mode: home}, {mode: clinic}]
    """
    visit = schedule(infusion="2026-01-01").visit("V")
    assert (str(visit.target), str(visit.opens), str(visit.missed_after)) == ("2026-01-09", "2026-01-07", "2026-01-23")
    assert visit.allowance is not None
    assert visit.plan.mode is None


def test_what_waits_for_an_event_that_may_not_come_is_only_if_whatever_else_is_unknown(schedule: Scheduling) -> None:
    """
    facts: {d: duration}
    events: {e: {may not happen: yes}}
    visits:
      - {id: infusion, at: given}
      - {id: V, at: e + d}
    """
    visit = schedule(infusion="2026-01-01").visit("V")
    assert (visit.applies, [item.name for item in visit.waits]) == (Applies.ONLY_IF, ["e"])


def test_a_range_of_activities_names_two_of_a_kind() -> None:
    with pytest.raises(ProblemsError, match="one is a single visit of many"):
        protocol_of(
            """
            visits:
              - {id: infusion, at: given}
              - {id: c, at: Day 0 then every 7 days 3 times, visits: [{id: V, ids: C<c>, at: Day 0}, {id: W, at: Day 1}]}
            activities: {a: {at: [C1 .. W]}}
            """
        )


def test_the_plan_shows_what_the_limits_leave(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: {id: X, title: X, anchor: R, day_numbering: day 0}\nvisits:\n  - {id: R, at: given}\n"
        "  - {id: W, ids: W<week>, at: Week 20/24, window: ±7 days, limits: not before previous W + 21 days}\n"
    )
    anchors = ("--anchor", "R=2026-08-31", "--anchor", "W20=2027-01-25")
    assert "2027-02-15 .. 2027-02-22 (limited)" in run("plan", file, *anchors).stdout
    [row] = [line for line in run("plan", file, *anchors, "--format", "csv").stdout.splitlines() if line.startswith("W24")]
    assert row.startswith("W24,Week 24,,2027-02-15,2027-02-08,2027-02-22,168,2027-02-15,2027-02-22,visit")
    assert "limit not before previous W 2027-01-25 + 21 days" in row
