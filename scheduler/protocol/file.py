"""The protocol file: every key it may have, and what the key is for.

This table is the whole of the file format; the reader and the JSON Schema both follow it.
"""

from __future__ import annotations

import re
from typing import Any

from scheduler.language.moments import MonthRule, Numbering, Offset
from scheduler.language.parser import (
    NAME,
    parse_at,
    parse_condition,
    parse_duration,
    parse_end,
    parse_limit,
    parse_name,
    parse_point,
    parse_window,
)
from scheduler.language.syntax import Unit
from scheduler.protocol.entries import (
    ActivityEntry,
    Answer,
    EpochEntry,
    EventEntry,
    FactEntry,
    GroupEntry,
    PeriodEntry,
    ProtocolFile,
    Range,
    StudyEntry,
    VisitEntry,
)
from scheduler.protocol.records import ANY_LANGUAGE, AnswerKind, Mode, PeriodKind, Text
from scheduler.reading import tree
from scheduler.reading.problems import NotUnderstood, Where
from scheduler.reading.shapes import Deferred, Either, Key, ListOf, Made, MapOf, Record, matching, one_of
from scheduler.reading.shapes import Text as TextShape

# -- small texts

COUNTERS = ("n", "day", "week", "month", "year")
COUNTER = re.compile(r"<([^<>]*)>")


def _line(text: str) -> str:
    text = text.strip()
    if not text:
        raise NotUnderstood("there is nothing between the quotes")
    return text


def _ids(text: str) -> str:
    for match in COUNTER.finditer(text):
        if match.group(1) not in COUNTERS:
            raise NotUnderstood(f'"{match.group()}" is no counter; known are <{">, <".join(COUNTERS)}>', match.start())
    if COUNTER.search(text) is None:
        raise NotUnderstood("ids want a counter, as in M<month> or D<day> or X<n>")
    parse_name(COUNTER.sub("1", text))
    return text


def _answer(text: str) -> Answer:
    for kind in (AnswerKind.YES_OR_NO, AnswerKind.NUMBER, AnswerKind.DATE):
        if text == kind.value:
            return Answer(kind)
    if text == "duration":
        raise NotUnderstood("a fact that is a duration belongs to the language, but this version does not understand it yet")
    raise NotUnderstood("an answer was wanted: yes or no, number, date, or a list of values in [ ]")


def _range(text: str) -> Range:
    if text.strip() == "all":
        return Range(None, None)
    match = re.fullmatch(rf"\s*({NAME.pattern})\s*(?:\.\.\s*({NAME.pattern})\s*)?", text)
    if match is None:
        raise NotUnderstood('a visit, or "first .. last", or all was wanted')
    return Range(match.group(1), match.group(2) or match.group(1))


def _year(text: str) -> Offset:
    if text.strip() == "calendar":
        return Offset(months=12, whole_days=True)
    duration = parse_duration(text)
    if duration.unit is not Unit.DAY or not duration.amount:
        raise NotUnderstood("a year is calendar, or a number of days (364 days)")
    return Offset(days=int(duration.amount), whole_days=True)


def _of(text: str) -> None:
    if text in ("cohort", "study"):
        raise NotUnderstood(f"an event of the {text} belongs to the language, but this version does not understand it yet")
    if text != "participant":
        raise NotUnderstood("participant was wanted")


# -- the shapes

LINE = TextShape(_line, "a text")
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LANGUAGE = matching(LANGUAGE_CODE.pattern, "a language code (en, zh)")
NAMED = TextShape(parse_name, "a name", {"type": "string"})
YES_NO = one_of({"yes": True, "no": False}, "yes or no")


def _is_scalar(node: tree.Node) -> bool:
    return isinstance(node, tree.Scalar)


def _is_mapping(node: tree.Node) -> bool:
    return isinstance(node, tree.Mapping)


def _is_group(node: tree.Node) -> bool:
    return isinstance(node, tree.Mapping) and node.has("visits", "periods")


TEXT: Either[Text] = Either(
    _is_scalar,
    Made(LINE, lambda text, place: Text({ANY_LANGUAGE: text})),
    Made(MapOf(LANGUAGE, LINE, filled=True), lambda texts, place: Text(texts)),
)
AT = TextShape(parse_at, "when it is (given, Day 14, Month 3/6, enrolment - 28 days)")
POINT = TextShape(parse_point, "a date (Day 14, infusion + 28 days)")
WINDOW = TextShape(parse_window, "a window (±2 days, -7 .. +21 days, within 28 days before enrolment, exact, none)")
LIMITS = ListOf(TextShape(parse_limit, "a limit (not before infusion + 28 days)"), or_one=True)
END = TextShape(parse_end, "the last day (infusion + 7 days, at least ..., not after ...)")
CONDITION = TextShape(parse_condition, "a condition (lymphodepletion, arm is A/B)")
MODE = one_of({mode.value: mode for mode in Mode}, "how the visit takes place")

SOURCE = Key("source", LINE, "the words of the protocol this rests on")
ASSUMED = Key("assumed", ListOf(LINE, or_one=True), "the keys of this entry that the protocol does not say")
LABEL = Key("label", TEXT, "what it is called: one text, or {en: ..., zh: ...}")
PARTICIPANT_TEXT = Key("participant text", TEXT, "what the participant is told about it, in plain words")
WHEN = Key("when", CONDITION, "for whom: a condition on facts and events")
EPOCH = Key("epoch", NAMED, "the epoch it belongs to")


def _later(name: str, says: str) -> Key:
    """A word of the language that this version refuses by name."""
    return Key(name, None, says)


ANSWER: Either[Answer] = Either(
    _is_scalar,
    TextShape(_answer, "yes or no, number, date, or a list of values", {"enum": ["yes or no", "number", "date"]}),
    Made(ListOf(LINE, filled=True), lambda values, place: Answer(AnswerKind.VALUE, values)),
)
STUDY = Record(
    "study",
    StudyEntry,
    Key("id", LINE, "the study's short name", required=True),
    Key("title", TEXT, "the study's title", required=True),
    Key("anchor", NAMED, "the visit or event that bare Day, Week, Month and Year count from", required=True),
    Key(
        "day_numbering",
        one_of({numbering.value: numbering for numbering in Numbering}, "how days are numbered"),
        "which day the anchor is, and whether there is a Day 0",
        required=True,
    ),
    Key("week_numbering", one_of({"from 1": True}, "from 1"), 'from 1, when the protocol calls its first week "Week 1"'),
    Key("month", one_of({rule.value: rule for rule in MonthRule}, "what a month is"), "what a month is, once months are used"),
    Key("year", TextShape(_year, "what a year is (calendar, 364 days)"), "what a year is, where months have 28 or 30 days"),
    Key("protocol_version", LINE, "version or date of the protocol this file follows"),
    Key("registry", LINE, "the registry number"),
    Key("sponsor", TEXT, "who runs the study"),
    Key("notice", TEXT, "printed on every page"),
    Key("language", LANGUAGE, "the language of the papers of the whole study (en when it is not said)"),
    SOURCE,
    ASSUMED,
)
FACT = Record(
    "fact", FactEntry, LABEL, Key("answer", ANSWER, "yes or no, number, date, or a list of values", required=True), SOURCE
)
SHORT_FACT = Made(ANSWER, lambda answer, place: FactEntry(answer=answer, where=Where(place)))
EVENT = Record(
    "event",
    EventEntry,
    LABEL,
    Key("at", POINT, "when it is expected, until it is recorded"),
    Key("may not happen", YES_NO, "yes for what may never come (progression)"),
    Key("of", TextShape(_of, "whose event it is", {"enum": ["participant"]}), "whose event it is"),
    SOURCE,
    ASSUMED,
)
EPOCH_ENTRY = Record("epoch", EpochEntry, LABEL, _later("until", "the event that ends the epoch"))
ACTIVITY = Record(
    "activity",
    ActivityEntry,
    LABEL,
    Key(
        "at",
        ListOf(TextShape(_range, "a visit, first .. last, or all"), or_one=True),
        "the visits it takes place at: [SCR, D28 .. M24] or [all]",
        required=True,
    ),
    WHEN,
    Key("window", WINDOW, "a window of its own around the visit (within 7 days before enrolment)"),
    _later("times", "clock times of samples"),
    PARTICIPANT_TEXT,
    SOURCE,
    ASSUMED,
)
_DEFAULTS = (
    Key("window", WINDOW, "the days it may take place on; both ends included"),
    Key("limits", LIMITS, "what cuts the window: not before ..., not after ..."),
    WHEN,
    EPOCH,
    Key("mode", MODE, "how it takes place: clinic, ward, telephone, home, remote"),
    Key("optional", YES_NO, "yes when the participant may leave it out"),
    SOURCE,
    ASSUMED,
    _later("until", "the event that ends it"),
    _later("prefer", "a rule for the day to book"),
    _later("allowance", "a wider window with its reason"),
    _later("missed after", "when it counts as missed"),
    _later("yields to", "another visit it becomes part of"),
)
VISIT = Record(
    "visit",
    VisitEntry,
    Key("id", NAMED, "its name in rules and files", required=True),
    Key("ids", TextShape(_ids, "names with a counter (M<month>)", {"type": "string"}), "the names of a list's visits: M<month>"),
    LABEL,
    Key("at", AT, "when it is: given, Day 14, Month 3/6/9, dose + 2 weeks"),
    PARTICIPANT_TEXT,
    *_DEFAULTS,
    _later("cases", "one visit with several rules"),
    _later("moves", "when a series takes a new origin"),
)
PERIOD = Record(
    "period",
    PeriodEntry,
    Key("id", NAMED, "its name in rules and files", required=True),
    Key("kind", one_of({kind.value: kind for kind in PeriodKind}, "what it is"), "what it is", required=True),
    Key("from", POINT, "its first day", required=True, field="start"),
    Key("to", END, "its last day; at least ..., when it may be longer", field="end"),
    LABEL,
    WHEN,
    EPOCH,
    PARTICIPANT_TEXT,
    SOURCE,
    ASSUMED,
)


VISIT_OR_GROUP: Either[VisitEntry | GroupEntry] = Either(_is_group, Deferred(lambda: GROUP), VISIT)
GROUP: Record[GroupEntry] = Record(
    "group",
    GroupEntry,
    Key("id", NAMED, "its name"),
    LABEL,
    _later("at", "a group with a clock of its own (a cycle, a retreatment)"),
    _later("day_numbering", "a group with a clock of its own (a cycle, a retreatment)"),
    _later("ids", "copies of a group"),
    *_DEFAULTS,
    Key("visits", ListOf(VISIT_OR_GROUP), "its visits; they take its window, mode, epoch, source unless they say otherwise"),
    Key("periods", ListOf(PERIOD), "its periods"),
)
PROTOCOL = Record(
    "protocol",
    ProtocolFile,
    Key("study", STUDY, "what holds for the whole study", required=True),
    Key(
        "facts",
        MapOf(NAMED, Either(_is_mapping, FACT, SHORT_FACT)),
        "what is asked about a participant",
    ),
    Key("events", MapOf(NAMED, EVENT), "dated moments nobody attends"),
    Key("epochs", MapOf(NAMED, EPOCH_ENTRY), "the stretches of the study"),
    Key("activities", MapOf(NAMED, ACTIVITY), "the rows of the protocol's table"),
    Key("visits", ListOf(VISIT_OR_GROUP), "the visits, in the protocol's order"),
    Key("periods", ListOf(PERIOD), "stays, treatments, rests, restrictions, observations"),
    _later("between participants", "sentinel, stagger and gate rules"),
    Key("notes", ListOf(TEXT), "rules that are no dates; printed, never computed"),
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a protocol file, for editors that complete and check as one types."""
    definitions: dict[str, Any] = {}
    root = PROTOCOL.schema(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trial-scheduler protocol",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
