"""Open questions of a protocol, and drafts: what another format said, as a study folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import protocol_of, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.exchange.drafting import line, name_of, protocol_text
from scheduler.exchange.records import Draft, Question
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import ProblemsError, SchedulerError
from scheduler.study.start import start_from

STUDY = {"id": "X", "title": "X", "anchor": "dose", "day_numbering": "day 0"}
DOSE = {"id": "dose", "at": "given"}


def test_a_question_is_a_sentence_or_says_what_it_is_about(protocol: Protocol) -> None:
    """
    visits:
      - {id: infusion, at: given}
      - {id: M, ids: M<month>, at: Month 3/6, window: none}
    activities: {labs: {at: [M]}}
    epochs: {screening: {}}
    questions:
      - Who keeps the samples?
      - {ask: {en: What is the window?, zh: 访视窗是多少？}, about: M, source: "'month 3 and month 6'"}
      - {ask: Is this right?, about: [study, infusion, M3, labs, screening]}
    """
    assert [question.about for question in protocol.questions] == [(), ("M",), ("study", "infusion", "M3", "labs", "screening")]
    assert protocol.questions[1].ask.said_in("zh") == "访视窗是多少？"
    assert protocol.questions[1].source == "'month 3 and month 6'"


def test_a_question_about_nothing_is_a_problem() -> None:
    with pytest.raises(ProblemsError) as caught:
        protocol_of("visits: [{id: infusion, at: given}]\nquestions:\n  - {ask: What?, about: [infusoin]}")
    assert str(caught.value) == (
        'protocol.yaml:4:25: questions[0].about: "infusoin": there is nothing of this name; did you mean "infusion"?'
    )


def test_check_lists_the_questions_and_build_counts_them(tmp_path: Path) -> None:
    questions = [Question("What is the window?", ("D1",)), Question("Where?")]
    visits = [DOSE, {"id": "D1", "at": "Day 1", "window": "none"}]
    start_from(tmp_path / "s", Draft(made_from="a test", study=STUDY, visits=visits, questions=questions))
    lines = run("check", tmp_path / "s").output.splitlines()
    assert [each.partition("protocol.yaml:")[2] for each in lines if "question" in each] == [
        "17:5: questions[0]: question (D1): What is the window?",
        "19:5: questions[1]: question: Where?",
    ]
    built = run("build", tmp_path / "s", "--out", tmp_path / "out").output
    assert f"open questions: 2, see trial-scheduler check {tmp_path / 's'}" in built


def test_a_draft_reads_as_it_was_meant(tmp_path: Path) -> None:
    draft = Draft(
        made_from="a test\x00, of lines\nand signs",
        study=STUDY | {"title": "A: b, # c {d} 'e'", "source": "'said so'", "assumed": ["day_numbering"]},
        facts={"ill": {"answer": "yes or no"}, "arm": {"answer": ["A", "B"]}},
        events={"relapse": {}},
        visits=[DOSE, {"id": "D7", "at": "Day 7", "window": "-1 .. +2 days", "label": "Day 7: 'first' #1", "optional": "yes"}],
    )
    names = start_from(tmp_path, draft)
    assert names == ["protocol.yaml", "sites.yaml", "participants.csv", "events.csv", "visits.csv", "study.key"]
    text = (tmp_path / "protocol.yaml").read_text(encoding="utf-8")
    assert text.splitlines()[0] == (
        "# A draft, made from a test , of lines and signs. Nobody has checked it against the protocol."
    )
    protocol = read_protocol(text.encode(), "protocol.yaml")
    assert protocol.study.title.said_in("en") == "A: b, # c {d} 'e'"
    assert protocol.study.source == "'said so'"
    assert protocol.visits[1].label is not None
    assert protocol.visits[1].label.said_in("en") == "Day 7: 'first' #1"
    assert str(protocol.visits[1].window) == "-1 .. +2 days"
    assert (tmp_path / "participants.csv").read_text(encoding="utf-8-sig") == "participant,site,language,ill,arm,relapse,dose\n"


def test_a_study_is_never_written_over(tmp_path: Path) -> None:
    draft = Draft(made_from="a test", study=STUDY, visits=[DOSE])
    start_from(tmp_path, draft)
    with pytest.raises(SchedulerError, match="this is a study already"):
        start_from(tmp_path, draft)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Week 4", "Week-4"),
        ("D14", "D14"),
        ("第14天", "第14天"),
        ("given", "x-given"),
        ("14 days", "x-14-days"),
        ("Visit.end", "Visit-end"),
        ("site", "site-2"),
        ("  ", "x"),
        ("dose_status", "dose-status"),
    ],
)
def test_names_are_as_near_to_a_text_as_they_can_be(text: str, name: str) -> None:
    assert name_of(text) == name


@given(st.lists(st.text(max_size=60), max_size=6), st.text())
def test_any_texts_make_a_draft_that_is_a_protocol(texts: list[str], title: str) -> None:
    taken = {"dose"}
    visits = [DOSE]
    for text in texts:
        name = name_of(text, taken)
        taken.add(name)
        visits.append({"id": name, "at": "Day 1", "label": line(text), "window": "none"})
    study = STUDY | {"title": line(title) or "X"}
    read = read_protocol(protocol_text(Draft(made_from=title, study=study, visits=visits, notes=[line(title)])), "p")
    assert [visit.id for visit in read.visits] == [visit["id"] for visit in visits]
    assert read.study.title.said_in("en") == study["title"]
    assert [visit.label.said_in("en") if visit.label else "" for visit in read.visits[1:]] == [line(text) for text in texts]
