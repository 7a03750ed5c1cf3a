"""Rules between participants: sentinel, stagger, gate; who keeps them, and when the next one could come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import STUDY, booked, day, done, protocol_of, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.language.worth import Awaited
from scheduler.planning.between import Finding, LimitDay, Next, findings, next_dates
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.views.attention import attention
from scheduler.views.between import next_lines, said_finding
from scheduler.views.words import words

TODAY = date(2026, 1, 5)


def person(
    code: str,
    infusion: str = "",
    *,
    cohort: str = "",
    site: str = "",
    visits: dict[str, VisitRecord] | None = None,
    **events: str,
) -> Participant:
    """Somebody with an infusion: `2026-03-02` is planned, `2026-03-02 actual` took place, `never` will not be; events likewise."""
    dates = {name.replace("_", "-"): text for name, text in {"infusion": infusion, **events}.items() if text}
    recorded = {name: (_recorded(text),) for name, text in dates.items()}
    return Participant(id=code, site=site, answers={"cohort": cohort} if cohort else {}, recorded=recorded, visits=visits or {})


def _recorded(text: str) -> Recorded:
    if text == "never":
        return Recorded(None, Status.NEVER)
    when, _, status = text.partition(" ")
    return Recorded(day(when), Status.ACTUAL if status == "actual" else Status.PLANNED)


def lines(found: Iterable[Finding]) -> list[str]:
    """One line for each finding: rule, participant and position, date, the day of the limit, because of whom, and how it stands."""
    return [
        f"{one.limit.rule.id} {one.participant} {one.limit.position} {_iso(one.date.day)} {_limit(one.limit)}: "
        + (f"{one.days} days off" if one.days is not None else "kept" if one.kept else "open")
        for one in found
    ]


def _limit(limit: LimitDay) -> str:
    because = " ".join(dict.fromkeys(ground.of or ground.name for ground in limit.because))
    waits = "".join(f" waits for {_awaited(awaited)}" for awaited in limit.waits)
    never = "".join(f" never {name}" for name in limit.never)
    return f"{_iso(limit.day)} {because}".strip() + waits + never


def _awaited(awaited: Awaited) -> str:
    return f"{awaited.name} of {awaited.of}" if awaited.of else awaited.name


def _iso(moment: date | None) -> str:
    return "-" if moment is None else moment.isoformat()


def the_next(protocol: Protocol, people: list[Participant], today: date = TODAY, **group: str) -> Next:
    """When the next participant could come, under rules about one event."""
    [found] = next_dates(protocol, people, group, not_before=today)
    return found


# -- sentinel and stagger


SENTINEL = """
facts: {cohort: [low, high]}
visits:
  - {id: infusion, label: Infusion, at: given}
  - {id: D28, at: Day 28, window: ±3 days}
between participants:
  - {id: sentinel, event: infusion, within: cohort, limit: not before infusion of first participant + 28 days}
"""
BOTH = SENTINEL.replace("within: cohort, limit", "within: cohort, who: 2, limit") + (
    "  - {id: stagger, event: infusion, within: cohort, limit: not before infusion of previous participant + 14 days}\n"
)


def test_nobody_follows_the_sentinel_for_28_days() -> None:
    protocol = protocol_of(SENTINEL)
    people = [
        person("P1", "2026-03-02 actual", cohort="low"),
        person("P2", "2026-03-29", cohort="low"),
        person("P3", "2026-03-30", cohort="low"),
        person("P4", "2026-03-03", cohort="high"),  # the first of another cohort
    ]
    assert lines(findings(protocol, people)) == [
        "sentinel P2 2 2026-03-29 2026-03-30 P1: 1 days off",
        "sentinel P3 3 2026-03-30 2026-03-30 P1: kept",
    ]


def test_sentinel_and_stagger_in_one_protocol() -> None:
    protocol = protocol_of(BOTH)
    people = [
        person("P1", "2026-03-02 actual", cohort="low"),
        person("P4", "2026-04-26", cohort="low"),
        person("P2", "2026-03-30 actual", cohort="low"),
        person("P3", "2026-04-13", cohort="low"),
        person("P5", cohort="low"),
        person("P6", "never", cohort="low"),
    ]
    assert lines(findings(protocol, people)) == [
        "sentinel P2 2 2026-03-30 2026-03-30 P1: kept",
        "stagger P2 2 2026-03-30 2026-03-16 P1: kept",
        "stagger P3 3 2026-04-13 2026-04-13 P2: kept",
        "stagger P4 4 2026-04-26 2026-04-27 P3: 1 days off",
    ]
    following = the_next(protocol, people, cohort="low")
    assert (following.day, following.is_open, following.tentative) == (date(2026, 5, 10), True, True)
    assert [_limit(limit) for limit in following.limits] == ["2026-05-10 P4"]


def test_equal_dates_are_ordered_by_code() -> None:
    protocol = protocol_of(SENTINEL.replace("first participant + 28", "previous participant + 1"))
    people = [person(code, "2026-03-02", cohort="low") for code in ("P3", "P1", "P2")]
    assert lines(findings(protocol, people)) == [
        "sentinel P2 2 2026-03-02 2026-03-03 P1: 1 days off",
        "sentinel P3 3 2026-03-02 2026-03-03 P2: 1 days off",
    ]


@pytest.mark.parametrize(
    ("first", "limit"),
    [
        ("2028-02-01", "2028-02-29"),  # a leap day
        ("2027-02-01", "2027-03-01"),
        ("2026-12-14", "2027-01-11"),  # across the end of the year
    ],
)
def test_28_days_on_a_wall_calendar(first: str, limit: str) -> None:
    following = the_next(protocol_of(SENTINEL), [person("P1", first, cohort="low")], cohort="low")
    assert _iso(following.day) == limit


def test_the_next_one_is_the_first_of_an_empty_cohort() -> None:
    following = the_next(
        protocol_of(BOTH), [person("P1", "2026-03-02", cohort="low"), person("P2", cohort="high")], cohort="high"
    )
    assert (following.day, following.limits, following.after, following.is_open) == (TODAY, (), None, True)


def test_no_day_before_today_or_before_the_last_date_is_given() -> None:
    protocol = protocol_of(BOTH)
    people = [person("P1", "2026-03-02 actual", cohort="low")]
    assert the_next(protocol, people, date(2026, 6, 1), cohort="low").day == date(2026, 6, 1)
    assert not the_next(protocol, people, cohort="low").tentative
    only_two = protocol_of(SENTINEL.replace("within: cohort, limit", "within: cohort, who: 2, limit"))
    people.append(person("P2", "2026-05-04", cohort="low"))
    following = the_next(only_two, people, cohort="low")
    assert (following.day, following.limits, following.tentative) == (date(2026, 5, 4), (), True)


def test_a_missed_infusion_puts_nobody_in_order() -> None:
    missed = person("P1", "2026-03-02", cohort="low", visits={"infusion": VisitRecord(outcome=Outcome.MISSED)})
    assert findings(protocol_of(BOTH), [missed, person("P2", "2026-03-03", cohort="low")]) == ()


def test_who_is_in_no_group_is_named_and_holds_the_next_one_up() -> None:
    protocol = protocol_of(BOTH)
    people = [person("P1", "2026-03-02 actual", cohort="low"), person("P2", "2026-03-10")]
    assert lines(findings(protocol, people)) == [
        "sentinel P2 0 2026-03-10 - waits for cohort: open",
        "stagger P2 0 2026-03-10 - waits for cohort: open",
    ]
    following = the_next(protocol, people, cohort="low")
    assert (following.day, following.is_open, following.waits) == (
        date(2026, 3, 30),
        False,
        (Awaited("cohort", of="P2"),),
    )
    assert the_next(protocol, people, cohort="high").waits == (Awaited("cohort", of="P2"),)
    assert the_next(protocol, people[:1]).waits == (Awaited("cohort"),)


def test_the_answer_in_force_on_the_day_says_which_group_it_is() -> None:
    moved = Participant(
        id="P1",
        answers={"cohort": "low"},
        changes={"cohort": ((date(2026, 5, 1), "high"),)},
        recorded={"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)},
    )
    found = findings(
        protocol_of(BOTH), [moved, person("P2", "2026-03-03", cohort="low"), person("P3", "2026-05-02", cohort="high")]
    )
    assert {(one.participant, one.limit.group) for one in found} == {("P2", "cohort low")}


def test_a_site_is_a_group() -> None:
    protocol = protocol_of(BOTH.replace("within: cohort", "within: site"))
    people = [
        person("P1", "2026-03-02", site="north"),
        person("P2", "2026-03-03", site="south"),
        person("P3", "2026-03-16", site="north"),
    ]
    assert lines(findings(protocol, people)) == [
        "sentinel P3 2 2026-03-16 2026-03-30 P1: 14 days off",
        "stagger P3 2 2026-03-16 2026-03-16 P1: kept",
    ]
    assert the_next(protocol, people, site="south").day == date(2026, 3, 31)


def test_positions_are_a_set() -> None:
    protocol = protocol_of(BOTH.replace("who: 2,", "who: 2/4 onwards then every 2,"))
    people = [person(f"P{number}", f"2026-03-0{number}", cohort="low") for number in range(1, 8)]
    found = [one for one in findings(protocol, people) if one.limit.rule.id == "sentinel"]
    assert [one.limit.position for one in found] == [2, 4, 6]


# -- what a limit may name


def test_a_limit_names_visits_and_periods_of_others_and_its_own() -> None:
    protocol = protocol_of(
        """
        events: {safety-review: {of: study}, enrolment: {}}
        visits:
          - {id: infusion, at: given}
          - {id: D28, at: Day 28, window: ±3 days}
          - {id: V, window: 10 to 14 days after infusion}
        periods:
          - {id: hospital, kind: stay, from: infusion, to: at least infusion + 7 days}
        between participants:
          - id: rule
            event: infusion
            within: study
            limit:
              - not before later of (D28 of first participant and safety-review)
              - not before hospital.end of previous participant
              - not before D28.latest of previous participant + 1 day
              - not before V of previous participant
              - not before enrolment + 3 days
              - not before Day -90
              - not after infusion of previous participant + 1 month
        """.replace("periods:", "periods:").strip()
    )
    review = "2026-04-03 actual"
    people = [
        person("P1", "2026-03-02 actual", safety_review=review, visits={"D28": done("2026-03-31")}),
        person("P2", "2026-04-03", safety_review=review, enrolment="2026-04-01 actual"),
    ]
    assert lines(findings(protocol, people)) == [
        "rule P2 2 2026-04-03 2026-04-03 P1 safety-review: kept",
        "rule P2 2 2026-04-03 2026-03-09 P1: kept",
        "rule P2 2 2026-04-03 2026-04-03 P1: kept",  # 30 March and 3 days, and the day after
        "rule P2 2 2026-04-03 2026-03-16 P1: kept",  # the last day of a range is on the safe side
        "rule P2 2 2026-04-03 2026-04-04 enrolment: 1 days off",
        "rule P2 2 2026-04-03 2026-01-03 infusion: kept",
        "rule P2 2 2026-04-03 2026-04-02 P1: 1 days off",
    ]
    following = the_next(protocol, people)
    assert following.latest == date(2026, 5, 3)
    assert following.waits == (Awaited("enrolment"), Awaited("infusion"))  # of the next one nothing is known


def test_planned_booked_and_actual_days_are_told_apart() -> None:
    protocol = protocol_of(SENTINEL.replace("infusion of first participant + 28", "D28 of first participant + 1"))
    second = person("P2", "2026-04-06", cohort="low")
    for first, expected in (
        (person("P1", "2026-03-02", cohort="low"), "not before Tue 31 March 2026 (Day 28 of P1 expected on Mon 30 March 2026)"),
        (
            person("P1", "2026-03-02 actual", cohort="low", visits={"D28": booked("2026-03-31")}),
            "not before Wed 1 April 2026 (Day 28 of P1 booked for Tue 31 March 2026)",
        ),
        (
            person("P1", "2026-03-02 actual", cohort="low", visits={"D28": done("2026-04-01")}),
            "not before Thu 2 April 2026 (Day 28 of P1 on Wed 1 April 2026)",
        ),
        (
            person("P1", "2026-03-02 actual", cohort="low", visits={"D28": VisitRecord(outcome=Outcome.MISSED)}),
            "not before Tue 31 March 2026 (Day 28 of P1 missed, was due on Mon 30 March 2026)",
        ),
    ):
        following = the_next(protocol, [first, second], cohort="low")
        [line] = next_lines(following, protocol, words("en"), group=["cohort low"], today=TODAY)[2:]
        assert line == f"  sentinel, number 3, cohort low: {expected}"
        done_already = "on Wed 1 April" in expected
        assert following.limits[0].tentative is not done_already


def test_what_will_never_be_keeps_a_rule_closed() -> None:
    protocol = protocol_of(SENTINEL.replace("infusion of first participant + 28", "D28 of first participant + 1"))
    gone = person("P1", "2026-03-02 actual", cohort="low", visits={"D28": VisitRecord(outcome=Outcome.CANCELLED)})
    people = [gone, person("P2", "2026-06-01", cohort="low")]
    assert lines(findings(protocol, people)) == ["sentinel P2 2 2026-06-01 - never D28 of first participant: open"]
    following = the_next(protocol, people, cohort="low")
    assert (following.is_open, following.never) == (False, ("D28 of first participant",))
    otherwise = protocol_of(
        SENTINEL.replace(
            "infusion of first participant + 28 days", "D28 of first participant else infusion of previous participant + 9 weeks"
        )
    )
    assert lines(findings(otherwise, people)) == ["sentinel P2 2 2026-06-01 2026-05-04 P1: kept"]


# -- clock times


def test_hours_are_elapsed_time_across_zones() -> None:
    """09:00 in Shanghai on 2 March is 20:00 in New York on 1 March: 24 hours later it is 20:00 there on 2 March."""
    protocol = protocol_of(SENTINEL.replace("28 days", "24 h"))

    def at(code: str, moment: datetime) -> Participant:
        return Participant(id=code, answers={"cohort": "low"}, recorded={"infusion": (Recorded(moment, Status.ACTUAL),)})

    first = at("P1", datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    new_york = ZoneInfo("America/New_York")
    late, early = at("P2", datetime(2026, 3, 2, 20, tzinfo=new_york)), at("P2", datetime(2026, 3, 2, 19, 59, tzinfo=new_york))
    assert [(one.days, one.kept) for one in findings(protocol, [first, late])] == [(None, True)]
    [broken] = findings(protocol, [first, early])
    assert (broken.days, broken.kept) == (0, False)
    assert said_finding(broken, protocol, words("en")) == (
        "Infusion on Mon 2 March 2026, 19:59; too early by the clock; "
        "not before Tue 3 March 2026, 09:00 (Infusion of P1 on Mon 2 March 2026, 09:00)"
    )
    dated = person("P2", "2026-03-03", cohort="low")  # a day without a clock time, on the very day: nobody can tell
    assert [one.kept for one in findings(protocol, [first, dated])] == [True]
    assert str(the_next(protocol, [first], cohort="low").day) == "2026-03-03 09:00:00+08:00"


def test_hours_after_a_day_wait_for_its_clock_time() -> None:
    protocol = protocol_of(SENTINEL.replace("28 days", "36 h"))
    following = the_next(protocol, [person("P1", "2026-03-02", cohort="low")], cohort="low")
    assert words("en").awaited(following.waits, protocol) == "a clock time of Infusion of P1"


# -- gates


GATE = """
facts: {cohort: [low, middle, high]}
events: {safety-review: {label: Safety review, of: cohort, may not happen: yes}}
visits:
  - {id: infusion, label: Infusion, at: given}
between participants:
  - id: gate
    event: infusion
    within: cohort
    who: 1
    limit: [not before last infusion of previous cohort + 28 days, not before safety-review of previous cohort]
"""


def low(*, review: str = "") -> list[Participant]:
    """A cohort of three, of whom one will never have the infusion."""
    return [
        person("P1", "2026-03-02 actual", cohort="low", safety_review=review),
        person("P2", "2026-03-30 actual", cohort="low", safety_review=review),
        person("P3", "never", cohort="low", safety_review=review),
    ]


def test_a_cohort_begins_28_days_after_the_last_infusion_of_the_one_before_it_and_once_that_is_reviewed() -> None:
    protocol = protocol_of(GATE)
    people = [
        *low(review="2026-05-04 actual"),
        person("P4", "2026-04-26", cohort="middle"),
        person("P5", "2026-04-27", cohort="middle"),
    ]
    assert lines(findings(protocol, people)) == [
        "gate P4 1 2026-04-26 2026-04-27 P2: 1 days off",
        "gate P4 1 2026-04-26 2026-05-04 cohort low: 8 days off",
    ]
    following = the_next(protocol, people[:3], cohort="middle")
    assert (following.day, following.is_open, following.tentative) == (date(2026, 5, 4), True, False)
    assert the_next(protocol, people[:3], cohort="low").limits == ()  # nothing comes before the first value


def test_a_gate_waits_for_the_review() -> None:
    protocol = protocol_of(GATE)
    people = [*low(), person("P4", "2026-06-01", cohort="middle")]
    assert lines(findings(protocol, people)) == [
        "gate P4 1 2026-06-01 2026-04-27 P2: kept",
        "gate P4 1 2026-06-01 - waits for safety-review of cohort low: open",
    ]
    following = the_next(protocol, low(), cohort="middle")
    assert (following.day, following.is_open) == (date(2026, 4, 27), False)
    planned = the_next(protocol, low(review="2026-05-04"), cohort="middle")
    assert (planned.day, planned.is_open, planned.tentative) == (date(2026, 5, 4), True, True)


def test_a_gate_waits_for_everybody_of_the_cohort_before_and_for_somebody_in_it() -> None:
    protocol = protocol_of(GATE)
    people = [*low(review="2026-05-04 actual"), person("P7", cohort="low", safety_review="2026-05-04 actual")]
    following = the_next(protocol, people, cohort="middle")
    assert (following.day, following.waits) == (date(2026, 5, 4), (Awaited("infusion", of="P7"),))
    nobody = the_next(protocol, people, cohort="high")
    assert nobody.waits == (Awaited("infusion", of="cohort middle"), Awaited("safety-review", of="cohort middle"))


def test_a_review_that_will_never_be_keeps_the_gate_closed() -> None:
    protocol = protocol_of(GATE)
    following = the_next(protocol, low(review="never"), cohort="middle")
    assert (following.is_open, following.never) == (False, ("safety-review of previous cohort",))
    nobody_had_it = [person("P1", "never", cohort="low", safety_review="2026-05-04 actual")]
    assert the_next(protocol, nobody_had_it, cohort="middle").never == ("last infusion of previous cohort",)


def test_the_next_one_has_the_events_of_the_study_and_of_its_cohort() -> None:
    protocol = protocol_of(
        """
        facts: {cohort: [low, high]}
        events: {opening: {of: cohort}, approval: {of: study}}
        visits:
          - {id: infusion, at: given}
        between participants:
          - {id: gate, event: infusion, within: study, who: 1 onwards, limit: not before later of (opening and approval) + 1 day}
        """
    )
    people = [
        person("P1", cohort="low", opening="2026-03-02 actual", approval="2026-03-04 actual"),
        person("P2", cohort="high", opening="2026-04-02 actual", approval="2026-03-04 actual"),
    ]
    assert the_next(protocol, people, cohort="low").day == date(2026, 3, 5)
    assert the_next(protocol, people, cohort="high").day == date(2026, 4, 3)
    assert the_next(protocol, people).waits == (Awaited("opening"),)


def test_last_of_a_cohort_does_not_make_an_event_one_that_comes_several_times() -> None:
    protocol = protocol_of(
        """
        facts: {cohort: [low, high]}
        events: {dose: {}}
        visits:
          - {id: infusion, at: dose + 1 day}
        between participants:
          - {id: gate, event: dose, within: cohort, who: 1, limit: not before last dose of previous cohort + 7 days}
        """
    )
    assert not protocol.events["dose"].repeats
    following = the_next(protocol, [person("P1", cohort="low", dose="2026-03-02 actual")], cohort="high")
    assert (following.event, following.day) == ("dose", date(2026, 3, 9))


# -- what is wrong


def wrong(rule: str) -> list[str]:
    """What is said of one rule between participants."""
    text = (
        STUDY + "facts: {cohort: [low, high], age: number, seen: date}\n"
        "events: {review: {of: cohort}, approval: {of: study}, dose: {}}\n"
        "visits:\n  - {id: infusion, at: given}\n  - {id: D28, at: Day 28}\n  - {id: M, at: Month 3/6, limits: not before last dose}\n"
        "periods:\n  - {id: stay, kind: stay, from: infusion, to: infusion + 7 days}\n"
        f"between participants:\n  - {{id: rule, {rule}}}\n"
    )
    with pytest.raises(ProblemsError) as error:
        read_protocol(text.encode(), "p.yaml")
    return [str(problem).removeprefix("p.yaml:11:") for problem in error.value.problems]


LIMIT = "limit: not before infusion of previous participant + 1 day"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            f"within: study, {LIMIT}",
            '5: between participants[0]: "event" is required: the event, or the one visit, whose date it limits and orders participants by',
        ),
        (
            f"event: infussion, within: study, {LIMIT}",
            '23: between participants[0].event: "infussion": there is no event or visit of this name; did you mean "infusion"?',
        ),
        (
            f"event: age, within: study, {LIMIT}",
            '23: between participants[0].event: "age": this is a fact; participants are put in order by an event or a visit',
        ),
        (
            f"event: stay, within: study, {LIMIT}",
            '23: between participants[0].event: "stay": this is a period; participants are put in order by an event or a visit',
        ),
        (
            f"event: M, within: study, {LIMIT}",
            '23: between participants[0].event: "M": this is several visits, and participants are put in order by one: name it',
        ),
        (
            f"event: dose, within: study, {LIMIT}",
            '23: between participants[0].event: "dose": this may come several times, and participants are put in order by what comes once',
        ),
        (
            f"event: review, within: study, {LIMIT}",
            '23: between participants[0].event: "review": an event of the cohort puts no participant before another',
        ),
        (
            f"event: infusion, within: cohrt, {LIMIT}",
            '41: between participants[0].within: "cohrt": study, site or a fact with a list of values was wanted; did you mean "cohort"?',
        ),
        (
            f"event: infusion, within: age, {LIMIT}",
            '41: between participants[0].within: "age": this fact has no list of values; its answer is number',
        ),
        (
            f"event: infusion, within: study, who: 0, {LIMIT}",
            '53: between participants[0].who: "0": "0" is no place in the order: they are counted from 1',
        ),
        (
            "event: infusion, within: study, limit: []",
            "55: between participants[0].limit: this list is empty",
        ),
        (
            "event: infusion, within: study, limit: infusion of previous participant",
            '55: between participants[0].limit: "infusion of previous participant": '
            '"infusion" stands where "not before" or "not after" was expected',
        ),
        (
            "event: infusion, within: study, limit: not before D82 of previous participant",
            '66: between participants[0].limit: "D82 of previous participant": nothing has this name; did you mean "D28"?',
        ),
        (
            "event: infusion, within: study, limit: not before previous D28 of first participant",
            '66: between participants[0].limit: "previous D28 of first participant": there is no row here in which one D28 comes before '
            "the other: say first or last, or name one",
        ),
        (
            "event: infusion, within: study, limit: not before stay of previous participant",
            '66: between participants[0].limit: "stay of previous participant": a period has two dates: say stay.start or stay.end',
        ),
        (
            "event: infusion, within: cohort, limit: not before review of previous participant",
            '67: between participants[0].limit: "review of previous participant": this is an event of the cohort, and no participant\'s: '
            'leave out "of previous participant"',
        ),
        (
            "event: infusion, within: cohort, limit: not before approval of previous cohort",
            '67: between participants[0].limit: "approval of previous cohort": this is an event of the study, the same for everybody: '
            'leave out "of previous cohort"',
        ),
        (
            "event: infusion, within: cohort, limit: not before D28 of previous cohort",
            '67: between participants[0].limit: "D28 of previous cohort": there may be several participants: say last D28 of previous cohort',
        ),
        (
            "event: infusion, within: cohort, limit: not before last D28 of previous cohrt",
            '67: between participants[0].limit: "last D28 of previous cohrt": the rule is within cohort: say previous participant, '
            "first participant or previous cohort",
        ),
        (
            "event: infusion, within: cohort, limit: not before last D28 of first cohort",
            '67: between participants[0].limit: "last D28 of first cohort": of the groups only the one before can be named: '
            "say previous cohort",
        ),
        (
            "event: infusion, within: site, limit: not before last D28 of previous site",
            '65: between participants[0].limit: "last D28 of previous site": the rule is within site, of which none comes before another: '
            "say previous participant or first participant",
        ),
        (
            "event: infusion, within: study, limit: not before infusion - age",
            '77: between participants[0].limit: "age": only a fact that is a duration can be added',
        ),
        (
            f"event: infusion, within: study, {LIMIT}, assumed: [limits]",
            '117: between participants[0].assumed: "limits" cannot be assumed here; did you mean "limit"?',
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(rule: str, message: str) -> None:
    assert wrong(rule) == [message]


def test_an_event_of_a_cohort_has_no_place_in_another_fact() -> None:
    text = STUDY + (
        "facts: {cohort: [low, high], arm: [A, B]}\nevents: {review: {of: cohort}}\nvisits: [{id: infusion, at: given}]\n"
        "between participants:\n  - {id: infusion, event: infusion, within: arm, limit: not before review of previous arm}\n"
    )
    with pytest.raises(ProblemsError) as error:
        read_protocol(text.encode(), "p.yaml")
    assert [str(problem) for problem in error.value.problems] == [
        'p.yaml:4:15: visits[0].id: "infusion" is a rule between participants already: every name stands for one thing',
        'p.yaml:6:68: between participants[0].limit: "review of previous arm": this is an event of a cohort, and the rule is within arm',
    ]


def test_a_date_that_leaves_the_calendar_names_rule_and_participant() -> None:
    protocol = protocol_of(
        SENTINEL.replace("28 days", "99999 days").replace("first participant +", "first participant + 99999 days +")
    )
    people = [person("P1", "2026-03-02", cohort="low"), person("P2", "2026-03-02", cohort="low")]
    with pytest.raises(SchedulerError, match="sentinel, participant P2: a date moved by 199998 days leaves the years"):
        findings(protocol, people)


def test_what_is_counted_through_hundreds_of_visits_is_counted() -> None:
    chain = "".join(f"  - {{id: V{number}, at: V{number - 1} + 1 day}}\n" for number in range(2, 301))
    protocol = protocol_of(
        f"visits:\n  - {{id: infusion, at: given}}\n  - {{id: V1, at: Day 1}}\n{chain}between participants:\n"
        "  - {id: rule, event: infusion, within: study, limit: not before V300 of previous participant}\n"
    )
    people = [person("P1", "2026-03-02"), person("P2", "2026-03-03")]
    assert lines(findings(protocol, people)) == ["rule P2 2 2026-03-03 2026-12-27 P1: 299 days off"]


# -- in words


def test_who_left_before_a_planned_date_has_no_place_and_who_had_it_keeps_theirs() -> None:
    from dataclasses import replace

    from scheduler.facts.records import Leaving, Left

    protocol = protocol_of(BOTH)
    first, second = person("P1", "2026-03-02 actual", cohort="low"), person("P2", "2026-03-30", cohort="low")
    third = person("P3", "2026-04-13", cohort="low")
    gone = replace(second, left=Left(Leaving.WITHDRAWN, date(2026, 3, 20)))
    assert {found.participant for found in findings(protocol, [first, gone, third])} == {"P3"}
    left_later = replace(first, left=Left(Leaving.WITHDRAWN, date(2026, 3, 20)))
    assert {found.participant for found in findings(protocol, [left_later, second, third])} == {"P2", "P3"}


def test_what_somebody_who_left_will_never_have_keeps_the_rule_closed() -> None:
    from dataclasses import replace

    from scheduler.facts.records import Leaving, Left

    protocol = protocol_of(
        """
        visits: [{id: infusion, at: given}, {id: D28, at: Day 28}]
        between participants:
          - {id: sentinel, event: infusion, within: study, who: 2, limit: not before D28 of first participant + 1 day}
        """
    )
    first, second = person("P1", "2026-03-02 actual"), person("P2", "2026-04-20")
    assert [found.kept for found in findings(protocol, [first, second])] == [True]
    dead = replace(first, left=Left(Leaving.DIED, date(2026, 3, 12), date(2026, 3, 12)))
    [found] = findings(protocol, [dead, second])
    assert (found.kept, found.limit.never) == (False, ("D28 of first participant",))


def test_a_broken_rule_is_a_deviation_though_it_still_waits_for_somebody() -> None:
    from scheduler.planning.deviations import deviations
    from scheduler.schedule.expand import expand

    protocol = protocol_of(
        """
        facts: {cohort: [low, high]}
        visits: [{id: infusion, at: given}]
        between participants:
          - {id: gate, event: infusion, within: cohort, limit: not before last infusion of previous cohort + 28 days}
        """
    )
    people = [
        person("P1", "2026-03-02 actual", cohort="low"),
        person("P2", "", cohort="low"),
        person("Q1", "2026-03-03 actual", cohort="high"),
    ]
    between = [(protocol, found) for found in findings(protocol, people)]
    assert [(each.id, each.days) for each in deviations([expand(protocol, one) for one in people], between)] == [("gate", -27)]


def test_a_gate_limits_the_first_of_a_group_when_nobody_says_whom() -> None:
    protocol = protocol_of(
        """
        facts: {cohort: [low, high]}
        events: {review: {of: cohort}}
        visits: [{id: infusion, at: given}]
        between participants:
          - {id: gate, event: infusion, within: cohort, limit: not before review of previous cohort}
          - {id: stagger, event: infusion, within: cohort, limit: not before infusion of previous participant + 14 days}
        """
    )
    people = [person("P1", "2026-03-02 actual", cohort="low"), person("P2", "2026-03-29", cohort="high")]
    assert [(one.participant, one.limit.rule.id, one.kept) for one in findings(protocol, people)] == [("P2", "gate", False)]


def test_what_is_not_kept_is_looked_at() -> None:
    from scheduler.schedule.expand import expand

    protocol = protocol_of(
        BOTH.replace("{id: stagger,", "{id: stagger, label: {en: Stagger, zh: 间隔}, assumed: [limit],").replace(
            "14 days", "30 days"
        )
    )
    people = [person("P1", "2026-03-02 actual", cohort="low"), person("P2", "2026-03-29", cohort="low")]
    schedules = [expand(protocol, one) for one in people]
    pairs = [(protocol, found) for found in findings(protocol, people)]
    assert [
        (found.participant, found.item, found.message) for found in attention(schedules, words("en"), date(2026, 3, 20), pairs)
    ] == [
        (
            "P2",
            "sentinel",
            "Infusion planned for Sun 29 March 2026; 1 day too early; not before Mon 30 March 2026 (Infusion of P1 on Mon 2 March 2026)",
        ),
        (
            "P2",
            "Stagger (assumed)",
            "Infusion planned for Sun 29 March 2026; 3 days too early; "
            "not before Wed 1 April 2026 (Infusion of P1 on Mon 2 March 2026)",
        ),
    ]
    chinese = attention(schedules, words("zh"), date(2026, 3, 20), pairs)
    assert chinese[1].message == (
        "Infusion计划在2026年3月29日 星期日；早了3天；不得早于2026年4月1日 星期三（P1的Infusion于2026年3月2日 星期一）"
    )


# -- the command


COMMAND = """
between participants:
  - {id: sentinel, label: Sentinel, event: infusion, within: cohort, who: 2, limit: not before infusion of first participant + 28 days}
  - {id: stagger, event: infusion, within: cohort, limit: not before infusion of previous participant + 14 days}
  - {id: gate, event: infusion, within: cohort, who: 1 onwards, limit: not before safety-review of previous cohort}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of two cohorts and two sites."""
    folder = tmp_path / "study"
    run("init", folder)
    (folder / "protocol.yaml").write_text(
        STUDY + "facts: {cohort: [low, high]}\nevents: {safety-review: {label: Safety review, of: cohort}}\n"
        "visits:\n  - {id: infusion, label: Infusion, at: given}\n" + COMMAND.strip()
    )
    site = "  name: A hospital\n  time_zone: Asia/Shanghai\n  language: en\n"
    (folder / "sites.yaml").write_text(f"north:\n{site}south:\n{site}")
    (folder / "participants.csv").write_text(
        "participant,site,cohort,infusion,infusion_status\n"
        "P1,north,low,2026-03-02,actual\nP2,south,low,2026-03-29,planned\nP3,south,low,,\nP4,north,high,2026-06-01,planned\n"
    )
    (folder / "events.csv").write_text("subject,name,date,status\n")
    (folder / "visits.csv").write_text("participant,visit,booked,actual,status\n")
    return folder


def test_next_infusion_says_the_day_of_each_rule_and_because_of_whom(study: Path) -> None:
    assert run("next-infusion", study, "--cohort", "low", "--today", "2026-03-09").stdout.splitlines() == [
        "Infusion, cohort low: not before Sun 12 April 2026 (tentative)",
        "  after Infusion of P2 planned for Sun 29 March 2026",
        "  stagger, number 3, cohort low: not before Sun 12 April 2026 (Infusion of P2 planned for Sun 29 March 2026)",
        "Not kept so far, and counted as it stands: P2, Sentinel: Infusion planned for Sun 29 March 2026; "
        "1 day too early; not before Mon 30 March 2026 (Infusion of P1 on Mon 2 March 2026)",
    ]
    assert run("next-infusion", study, "--cohort", "low", "--today", "2026-04-20").stdout.splitlines() == [
        "Infusion, cohort low: not before Mon 20 April 2026 (tentative)",
        "  after Infusion of P2 planned for Sun 29 March 2026 (passed, and not recorded)",
        "  stagger, number 3, cohort low: not before Sun 12 April 2026 "
        "(Infusion of P2 planned for Sun 29 March 2026 (passed, and not recorded))",
        "Not kept so far, and counted as it stands: P2, Sentinel: Infusion planned for Sun 29 March 2026; "
        "1 day too early; not before Mon 30 March 2026 (Infusion of P1 on Mon 2 March 2026)",
    ]
    assert run("next-infusion", study, "--cohort", "cohort=high", "--today", "2026-03-09").stdout.splitlines() == [
        "Infusion, cohort high: no day yet, waits for Safety review of cohort low; in any case not before Mon 29 June 2026",
        "  after Infusion of P4 planned for Mon 1 June 2026",
        "  Sentinel, number 2, cohort high: not before Mon 29 June 2026 (Infusion of P4 planned for Mon 1 June 2026)",
        "  stagger, number 2, cohort high: not before Mon 15 June 2026 (Infusion of P4 planned for Mon 1 June 2026)",
        "  gate, number 2, cohort high: still to check: waits for Safety review of cohort low",
        "Not kept so far, and counted as it stands: P4, gate: Infusion planned for Mon 1 June 2026; "
        "still to check: waits for Safety review of cohort low",
    ]
    assert run("next-infusion", study, "--cohort", "low").stdout.startswith("Infusion, cohort low: not before ")


def test_next_infusion_says_when_no_rule_limits_it_and_when_no_day_is_left(study: Path) -> None:
    people, protocol = study / "participants.csv", study / "protocol.yaml"
    people.write_text("participant,site,cohort,infusion\nP1,north,low,\n")
    asked = ("next-infusion", study, "--cohort", "low", "--today", "2026-03-09")
    assert run(*asked).stdout == "Infusion, cohort low: not before Mon 9 March 2026\n  no rule limits it\n"
    people.write_text("participant,site,cohort,infusion,infusion_status\nP1,north,low,2026-03-02,actual\n")
    protocol.write_text(
        protocol.read_text()
        .replace("+ 28 days", "+ 20 days")
        .replace("limit: not before infusion of first", "limit: not after infusion of first")
    )
    assert run(*asked).stdout.startswith("Infusion, cohort low: not before Mon 16 March 2026, and not after Sun 22 March 2026\n")
    protocol.write_text(protocol.read_text().replace("+ 14 days", "+ 21 days"))
    said = "Infusion, cohort low: no day is left: not before Mon 23 March 2026, and not after Sun 22 March 2026\n"
    assert run(*asked).stdout.startswith(said)
    (study / "events.csv").write_text("subject,name,date,status\nlow,safety-review,never,\n")
    closed = run("next-infusion", study, "--cohort", "high", "--today", "2026-03-09").stdout
    assert closed.splitlines() == [
        "Infusion, cohort high: no day, safety-review of previous cohort will never be",
        "  gate, number 1, cohort high: no day keeps this: safety-review of previous cohort will never be",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Invalid value for --cohort: say which cohort: there are low, high"),
        (("--cohort", "middle"), "Invalid value for --cohort: 'middle': there are low, high"),
        (("--cohort", "low", "--cohort", "high"), "Invalid value for --cohort: one value of each fact is wanted"),
        (("--cohort", "low", "--today", "soon"), "'soon' is not written like 2026-03-02"),
    ],
)
def test_wrong_use_of_next_infusion(study: Path, arguments: tuple[str, ...], message: str) -> None:
    assert message in run("next-infusion", study, *arguments, status=2).stderr


def test_next_infusion_within_a_site_and_without_rules(study: Path) -> None:
    file = study / "protocol.yaml"
    whole = file.read_text()
    file.write_text(whole.replace(COMMAND.strip().splitlines()[-1], "").replace("within: cohort", "within: site"))
    assert "say which site: there are north, south" in run("next-infusion", study, status=2).stderr
    assert "no rule between participants is within a fact" in run("next-infusion", study, "--cohort", "low", status=2).stderr
    said = run("next-infusion", study, "--site", "south", "--today", "2026-03-09").stdout
    assert said.startswith("Infusion, site south: not before Sun 26 April 2026 (tentative)\n")
    file.write_text(whole.partition("between")[0])
    assert run("next-infusion", study, "--cohort", "low").stdout == "X: no rules between participants\n"


def test_next_infusion_of_two_facts_asks_for_both(study: Path) -> None:
    file = study / "protocol.yaml"
    file.write_text(
        file.read_text()
        .replace("cohort: [low, high]}", "cohort: [low, high], arm: [A, B]}")
        .replace("stagger, event: infusion, within: cohort", "stagger, event: infusion, within: arm")
    )
    assert "'low' is not written like cohort=VALUE" in run("next-infusion", study, "--cohort", "low", status=2).stderr
    both = ("--cohort", "arm=A", "--cohort", "cohort=low", "--today", "2026-03-09")
    assert run("next-infusion", study, *both).stdout.splitlines()[0] == (
        "Infusion, cohort low, arm A: no day yet, waits for arm of P1, arm of P2, arm of P4; in any case not before Sun 29 March 2026"
    )


def test_check_and_the_study_page_show_what_is_not_kept(study: Path, tmp_path: Path) -> None:
    expected = [
        "P2: Sentinel: Infusion planned for Sun 29 March 2026; 1 day too early; "
        "not before Mon 30 March 2026 (Infusion of P1 on Mon 2 March 2026)",
        "P4: gate: Infusion planned for Mon 1 June 2026; still to check: waits for Safety review of cohort low",
    ]
    assert run("check", study).stdout.splitlines()[-2:] == expected
    result = run("build", study, "--out", tmp_path / "out", "--today", "2026-03-09")
    assert "to look at: 3, see" in result.stdout  # 29 March is a Sunday, too
    assert "1 day too early; not before Mon 30 March 2026" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


# -- another way to compute the same thing


people_of = st.lists(
    st.tuples(st.sampled_from(["low", "high"]), st.one_of(st.none(), st.integers(0, 60)), st.booleans()), max_size=8
)


@given(people_of, st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_findings_and_next_dates_agree_with_a_calendar(rows: list[tuple[str, int | None, bool]], start: date) -> None:
    """Sentinel of 28 days and stagger of 14, counted again with timedelta; the next one fits on its day, and not on the day before."""
    protocol = protocol_of(BOTH)
    people = []
    for number, (cohort, offset, actual) in enumerate(rows):
        when = "" if offset is None else f"{start + timedelta(offset)}{' actual' if actual else ''}"
        people.append(person(f"P{number}", when, cohort=cohort))
    assert {_row(found) for found in findings(protocol, people)} == set(_by_hand(rows, start))
    for cohort in ("low", "high"):
        following = the_next(protocol, people, start - timedelta(400), cohort=cohort)
        if not following.limits:
            assert not any(row[0] == cohort and row[1] is not None for row in rows)
            continue
        for shift, kept in ((0, True), (-1, False)):
            newcomer = person("Z", str(following.day + timedelta(shift)), cohort=cohort)
            own = [found.kept for found in findings(protocol, [*people, newcomer]) if found.participant == "Z"]
            assert all(own) is kept


def _row(found: Finding) -> tuple[str, str, date | None, bool]:
    return found.limit.rule.id, found.participant, found.limit.day, found.kept


def _by_hand(rows: list[tuple[str, int | None, bool]], start: date) -> Iterable[tuple[str, str, date, bool]]:
    for cohort in ("low", "high"):
        dated = [
            (start + timedelta(row[1]), f"P{number}")
            for number, row in enumerate(rows)
            if row[0] == cohort and row[1] is not None
        ]
        dated.sort()
        for place in range(1, len(dated)):
            when, code = dated[place]
            stagger = dated[place - 1][0] + timedelta(14)
            yield "stagger", code, stagger, when >= stagger
            if place == 1:
                sentinel = dated[0][0] + timedelta(28)
                yield "sentinel", code, sentinel, when >= sentinel
