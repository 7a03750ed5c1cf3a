"""The protocol file: every problem at once, each in its place, whatever the bytes are."""

from __future__ import annotations

import textwrap

import pytest
from conftest import STUDY, protocol_of

from scheduler.facts.records import Participant
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Text
from scheduler.reading.problems import ProblemsError
from scheduler.schedule.expand import expand

VISITS = STUDY + "visits:\n"


def problems(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode()
    with pytest.raises(ProblemsError) as error:
        read_protocol(data, "p.yaml")
    return [str(problem) for problem in error.value.problems]


def test_every_problem_is_shown_at_once_with_its_place() -> None:
    assert problems(
        """
        study: {id: X, title: X, anchor: infussion, day_numbering: day 0}
        facts: {ld: yes or no, arm: [A, B]}
        epochs: {treatment: {}}
        visits:
          - {id: infusion, at: given}
          - {id: D14, at: Day 14, or 15, windw: ±2 days}
          - id: M
            at: Month 3/6
            window: -2 dys .. +2 days
            when: arm is C
          - {id: V, at: D41 + 2 days, when: lld, epoch: treatmnt}
          - {id: Z, at: Day 3, mode: clinik, cases: 3}
          - id: Z
            window: ±2 days
            id: Y
        periods:
          - {id: p, kind: stay, from: p, to: M + 3 days}
        """
    ) == [
        'p.yaml:1:34: study.anchor: there is no visit or event "infussion"; did you mean "infusion"?',
        'p.yaml:6:27: "or 15" stands alone: inside { } a comma ends the value of "at"; quote this or write it on its own line',
        'p.yaml:6:34: visits[1].windw: "windw" is not a key of a visit; did you mean "window"?',
        'p.yaml:8:9: visits[2].at: months are used, so the study must say what a month is: "month: calendar" (or 28 days, 30 days)',
        'p.yaml:9:16: visits[2].window: "-2 dys .. +2 days": "dys" stands where a unit was expected '
        '(days, weeks, months, years, hours, minutes, working days); did you mean "days"?',
        'p.yaml:10:11: visits[2].when: "arm is C": "C" is none of its values (A, B)',
        'p.yaml:11:17: visits[3].at: "D41": nothing has this name; did you mean "D14"?',
        'p.yaml:11:37: visits[3].when: "lld": there is no fact of this name; did you mean "ld"?',
        'p.yaml:11:49: visits[3].epoch: there is no epoch "treatmnt"; did you mean "treatment"?',
        'p.yaml:12:30: visits[4].mode: "clinik": one of these was wanted: clinic, ward, telephone, home, remote',
        'p.yaml:12:45: visits[4].cases: "3" stands here; a list was wanted',
        'p.yaml:13:9: visits[5].id: "Z" is a visit or a period already: every name stands for one thing',
        'p.yaml:14:13: visits[5].window: "±2 days" is counted from a target, and this visit has no "at"',
        'p.yaml:15:5: visits[5].id: "id" was already written in line 13',
        'p.yaml:17:31: periods[0].from: "p": a period has two dates: say p.start or p.end',
        'p.yaml:17:38: periods[0].to: "M": this is several visits: say first M, last M, or name one (M<M>)',
    ]


def test_the_required_keys_are_few() -> None:
    assert problems("study: {id: X}\nvisits:\n  - {at: Day 3}") == [
        'p.yaml:1:8: study: "title" is required: the study\'s title',
        'p.yaml:1:8: study: "anchor" is required: the visit or event that bare Day, Week, Month and Year count from',
        'p.yaml:1:8: study: "day_numbering" is required: which day the anchor is, and whether there is a Day 0',
        'p.yaml:3:5: visits[0]: "id" is required: its name in rules and files',
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '"study" is required'),
        ("[]", "a list stands here; the keys of a protocol were wanted"),
        ("x", '"x" stands here; the keys of a protocol were wanted'),
        ("study: {id: X, id: Y}", 'p.yaml:1:16: study.id: "id" was already written in line 1'),
        ("study: &a {id: X}", '"&a" names this value for use elsewhere'),
        ("study: *a", '"*a" points to another place'),
        ("study: !!python/object:os.system {id: X}", 'the tag "tag:yaml.org,2002:python/object:os.system" is not used here'),
        ("study: !x 3", 'the tag "!x" is not used here'),
        ("? [a, b]\n: 3", "a key must be one word"),
        ("study:\n  id：X\n  title: X", 'line 2 has a full-width "："'),
        ('study: {id: "a\\u202eb"}', "the control character U+202E does not belong in a text"),
        ("study: *a\n", '"*a" points to another place'),
        (
            STUDY + "facts: {site: yes or no}\nvisits: [{id: infusion, at: given}]",
            '"site" is a column of participants.csv already',
        ),
        (STUDY + "visits: [{id: infusion, at: given}, {id: infusion, visits: [{id: A}]}]", '"infusion" is a group already'),
        ("study:\n\tid: X", "indent with spaces, never with tabs"),
        ("study: {id: X", "a { that is not closed"),
        ("study: 'x", "a quote that is not closed"),
        ("study: a: b", 'a second ": " on this line'),
        ("---\nstudy: {}\n---\nstudy: {}", "a second document"),
        ("study: {id: }", '"id" stands alone'),
        ("study:\n  id:\n", "p.yaml:2:6: study.id: nothing stands here; a text was wanted"),
        ("study: {id: [X]}", "a list stands here; a text was wanted"),
        ('study: {id: ""}', "there is nothing between the quotes"),
        ("study: {title: {}}", "{} stands here; keys and values were wanted"),
        ("study: {title: {english: X, zh: X}}", "english"),
        (VISITS + "  - {id: infusion, at: given, when: x, limits: {}}", "limits"),
        (
            VISITS + "  - {id: infusion, at: given, assumed: [windows]}",
            '"windows" cannot be assumed here; did you mean "window"?',
        ),
        (VISITS + "  - {id: infusion, ids: M<moon>, at: given}", "<moon> does not count anything here"),
        (VISITS + "  - {id: infusion, at: given}\n  - {id: D, ids: D<month>, at: Day 1/2}", "<month> does not count anything"),
        (VISITS + "  - {id: infusion, at: given}\n  - {id: D, ids: D, at: Day 1/2}", "ids want a counter"),
        (STUDY + "activities: {ecg: {at: [D1]}}\nvisits: [{id: infusion, at: given}]", 'there is no visit "D1"'),
        (STUDY + "activities: {ecg: {at: [B .. A]}}\nvisits: [{id: infusion, at: given}, {id: A}, {id: B}]", "A comes before B"),
        (STUDY + "between participants: {}\nvisits: [{id: infusion, at: given}]", "{} stands here; a list was wanted"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    assert any(message in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"study: \xff", "p.yaml:1:8: byte 0xff is not UTF-8"),
        ("study: X".encode("utf-16"), "not UTF-8"),
        (b"study: a\x00b", "p.yaml:1:9: the control character U+0000"),
        (b"study: " + b"x" * 3_000_000, "at most 2,000,000 are read"),
        (b"[" * 100_000, "more than 40 levels"),
        (b"{a: " * 100_000, "more than 40 levels"),
        (b"- " * 100_000 + b"x", "more than 40 levels"),
        (b"[" + b"x," * 300_000 + b"]", "more than 200,000 values"),
    ],
)
def test_hostile_bytes_are_refused(data: bytes, message: str) -> None:
    assert message in problems(data)[0]


def test_scalars_are_the_text_they_are() -> None:
    protocol = protocol_of(
        """
        study: {id: no, title: 1:30, anchor: infusion, day_numbering: day 0, protocol_version: 4.10, registry: 0x1F}
        visits:
          - {id: infusion, at: given, label: 2026-03-02}
        """
    )
    assert (protocol.study.id, protocol.study.protocol_version, protocol.study.registry) == ("no", "4.10", "0x1F")
    assert protocol.study.title == Text({"": "1:30"})
    assert protocol.visits[0].label == Text({"": "2026-03-02"})


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_protocol(b"\xef\xbb\xbf" + (VISITS + "  - {id: infusion, at: given}").encode(), "p.yaml").study.id == "X"


def test_a_group_gives_defaults_and_its_conditions_and_limits_add_up() -> None:
    protocol = protocol_of(
        """
        facts: {a: yes or no, b: yes or no, c: yes or no}
        epochs: {follow-up: {}}
        visits:
          - {id: infusion, at: given}
          - id: outer
            window: ±2 days
            mode: clinic
            epoch: follow-up
            when: a
            source: the protocol
            assumed: [window]
            limits: not before infusion + 1 day
            visits:
              - {id: D14, at: Day 14}
              - id: inner
                when: b
                mode: telephone
                limits: not after infusion + 90 days
                visits:
                  - {id: D28, at: Day 28, window: ±3 days, when: c}
        """
    )
    d14, d28 = protocol.visits[1], protocol.visits[2]
    assert (str(d14.window), d14.mode and d14.mode.value, d14.epoch, d14.source) == (
        "±2 days",
        "clinic",
        "follow-up",
        "the protocol",
    )
    assert (str(d28.window), d28.mode and d28.mode.value) == ("±3 days", "telephone")
    assert list(map(str, d28.when)) == ["a", "b", "c"]
    assert list(map(str, d28.limits)) == ["not before infusion + 1 day", "not after infusion + 90 days"]
    assert d14.assumed == d28.assumed == {"window"}


def test_a_list_gives_one_visit_for_each_number() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: LD, ids: LD<n>, at: Day -5/-4, label: "Day <n> at <day>"}
          - {id: M, at: Month 3/6}
          - {id: PK, at: infusion + 0.5/1 h}
        """
    )
    visits = expand(protocol, Participant(id="P")).visits
    assert [visit.id for visit in visits] == ["infusion", "LD1", "LD2", "M3", "M6", "PK1", "PK2"]
    assert [str(visit.plan.at) for visit in visits[1:]] == [
        "Day -5",
        "Day -4",
        "Month 3",
        "Month 6",
        "infusion + 0.5 h",
        "infusion + 1 h",
    ]
    assert visits[2].plan.label == Text({"": "Day 2 at -4"})
    assert [visit.plan.rule for visit in visits[3:5]] == ["M", "M"]


def test_activities_name_visits_and_ranges_of_visits() -> None:
    protocol = protocol_of(
        """
        visits:
          - {id: infusion, at: given}
          - {id: D14, at: Day 14}
          - {id: M, at: Month 3/6/9}
        activities:
          ecg: {at: [infusion, D14 .. M6]}
          labs: {at: [all]}
          score: {at: M}
        """
    )
    visits = expand(protocol, Participant(id="P")).visits
    assert {visit.id: [task.activity.id for task in visit.tasks] for visit in visits} == {
        "infusion": ["ecg", "labs"],
        "D14": ["ecg", "labs"],
        "M3": ["ecg", "labs", "score"],
        "M6": ["ecg", "labs", "score"],
        "M9": ["labs", "score"],
    }
