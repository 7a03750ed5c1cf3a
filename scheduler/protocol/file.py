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
    parse_limit_between,
    parse_moves,
    parse_name,
    parse_point,
    parse_point_or_duration,
    parse_positions,
    parse_time_point,
    parse_until,
    parse_window,
)
from scheduler.language.syntax import Unit
from scheduler.protocol.entries import (
    ActivityEntry,
    AllowanceEntry,
    Answer,
    BetweenEntry,
    CardEntry,
    CaseEntry,
    EpochEntry,
    EventEntry,
    FactEntry,
    GroupEntry,
    PeriodEntry,
    ProtocolFile,
    QuestionEntry,
    Range,
    StudyEntry,
    VisitEntry,
)
from scheduler.protocol.records import ANY_LANGUAGE, COUNTER, AnswerKind, Mode, Owner, PeriodKind, Text
from scheduler.protocol.warnings import KINDS
from scheduler.reading import tree
from scheduler.reading.problems import NotUnderstood, Where
from scheduler.reading.shapes import Deferred, Either, Key, ListOf, Made, MapOf, Record, matching, one_of
from scheduler.reading.shapes import Text as TextShape

# -- small texts


def _line(text: str) -> str:
    text = text.strip()
    if not text:
        raise NotUnderstood("there is nothing between the quotes")
    return text


def _ids(text: str) -> str:
    if COUNTER.search(text) is None:
        raise NotUnderstood("ids want a counter, as in M<month> or D<day> or X<n>")
    parse_name(COUNTER.sub("1", text))
    return text


def _answer(text: str) -> Answer:
    for kind in (AnswerKind.YES_OR_NO, AnswerKind.NUMBER, AnswerKind.DATE, AnswerKind.DURATION):
        if text == kind.value:
            return Answer(kind)
    raise NotUnderstood("an answer was wanted: yes or no, number, duration, date, or a list of values in [ ]")


def _template(text: str) -> str:
    """A name that may hold counters. Raises NotUnderstood."""
    parse_name(COUNTER.sub("1", text))
    return text


def _kind_of_warning(text: str) -> str:
    if text not in KINDS:
        raise NotUnderstood(f"no such warning (there are: {', '.join(KINDS)})")
    return text


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
AT = TextShape(
    parse_at, "when it is (given, Day 14, Month 3/6, enrolment - 28 days, Week 6 then every 6 weeks until progression)"
)
UNTIL = TextShape(parse_until, "what ends it: a date, or several joined by or (progression or Week 54)")
MOVES = TextShape(parse_moves, "when a series takes a new origin (never, with previous, with previous D1 if 3 days late)")
POINT = TextShape(parse_point, "a date (Day 14, infusion + 28 days)")
WINDOW = TextShape(parse_window, "a window (±2 days, -7 .. +21 days, within 28 days before enrolment, exact, none)")
LIMITS = ListOf(TextShape(parse_limit, "a limit (not before infusion + 28 days)"), or_one=True)
END = TextShape(parse_end, "the last day (infusion + 7 days, at least ..., not after ...)")
CONDITION = TextShape(parse_condition, "a condition (lymphodepletion, arm is A/B)")
MISSED_AFTER = TextShape(parse_point_or_duration, "the last day it still counts: a date, or how long after the target")
MODE = one_of({mode.value: mode for mode in Mode}, "how the visit takes place")

SOURCE = Key("source", LINE, "the words of the protocol this rests on")
ASSUMED = Key("assumed", ListOf(LINE, or_one=True), "the keys of this entry that the protocol does not say")
LABEL = Key("label", TEXT, "what it is called: one text, or {en: ..., zh: ...}")
PARTICIPANT_TEXT = Key("participant text", TEXT, "what the participant is told about it, in plain words")
CALENDAR_TEXT = Key(
    "calendar text", TEXT, "how to prepare, for the calendar on the participant's phone: no word of the study, its drugs or days"
)
WHEN = Key("when", CONDITION, "for whom: a condition on facts and events")
EPOCH = Key("epoch", NAMED, "the epoch it belongs to")
ACCEPTED = Key(
    "accepted",
    MapOf(TextShape(_kind_of_warning, "a warning", {"enum": list(KINDS)}), LINE),
    "warnings of check that are as they should be, each with the reason",
)
IDS = Key(
    "ids", TextShape(_ids, "names with a counter (M<month>)", {"type": "string"}), "the names of its occurrences: C<cycle>D1"
)


ANSWER: Either[Answer] = Either(
    _is_scalar,
    TextShape(
        _answer,
        "yes or no, number, duration, date, or a list of values",
        {"enum": ["yes or no", "number", "duration", "date"]},
    ),
    Made(ListOf(LINE, filled=True), lambda values, place: Answer(AnswerKind.VALUE, values)),
)
NUMBERING = one_of({numbering.value: numbering for numbering in Numbering}, "how days are numbered")
CARD = Record(
    "card",
    CardEntry,
    Key("therapy", TEXT, "what participants receive, as they and a doctor who does not know the study should read it"),
    Key("ring when", TEXT, "when a participant is to ring"),
    Key("for doctors", TEXT, "what a doctor who does not know the study has to know, in the words of the protocol"),
    Key("restrictions", ListOf(NAMED, or_one=True), "the restrictions whose last day stands on it (to stay near the hospital)"),
    Key("source", LINE, "the words of the protocol this rests on, or the document that says it", required=True),
)
STUDY = Record(
    "study",
    StudyEntry,
    Key("id", LINE, "the study's short name", required=True),
    Key("title", TEXT, "the study's title", required=True),
    Key("anchor", NAMED, "the visit or event that bare Day, Week, Month and Year count from", required=True),
    Key(
        "day_numbering",
        NUMBERING,
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
    Key("card", CARD, "what the wallet card of a participant says; without it there is none"),
    SOURCE,
    ASSUMED,
    ACCEPTED,
)
FACT = Record(
    "fact",
    FactEntry,
    LABEL,
    Key("answer", ANSWER, "yes or no, number, duration, date, or a list of values", required=True),
    Key("blinded", YES_NO, "yes when blinded papers must not show the answer (the arm): yes or no, or a list of values"),
    SOURCE,
)
SHORT_FACT = Made(ANSWER, lambda answer, place: FactEntry(answer=answer, where=Where(place)))
EVENT = Record(
    "event",
    EventEntry,
    LABEL,
    Key("at", POINT, "when it is expected, until it is recorded"),
    Key("may not happen", YES_NO, "yes for what may never come (progression)"),
    Key("of", one_of({owner.value: owner for owner in Owner}, "whose event it is"), "participant, cohort or study"),
    SOURCE,
    ASSUMED,
)
EPOCH_ENTRY = Record(
    "epoch", EpochEntry, LABEL, Key("until", UNTIL, "what ends it: its visits after that day that have not taken place are cut")
)
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
    Key(
        "times",
        ListOf(TextShape(parse_time_point, "a time from the visit's clock time (-0.5 h, 4 h ±24 min)"), or_one=True),
        "the times of its samples, counted from the visit's clock time",
    ),
    PARTICIPANT_TEXT,
    SOURCE,
    ASSUMED,
    ACCEPTED,
)
ALLOWANCE = Record(
    "allowance",
    AllowanceEntry,
    Key("window", WINDOW, "the wider window, counted like the visit's own", required=True),
    Key("for", LINE, "what it is allowed for (holidays)", field="reason"),
)
PREFER = Key("prefer", WINDOW, "the days of its window that are best")
ALLOWED = Key("allowance", ALLOWANCE, "a wider window with its reason, to be used last")
_DEFAULTS = (
    Key("window", WINDOW, "the days it may take place on; both ends included"),
    Key("limits", LIMITS, "what cuts the window: not before ..., not after ..."),
    WHEN,
    EPOCH,
    Key("mode", MODE, "how it takes place: clinic, ward, telephone, home, remote"),
    Key("optional", YES_NO, "yes when the participant may leave it out"),
    SOURCE,
    ASSUMED,
    ACCEPTED,
    Key("until", UNTIL, "what ends it: what comes after that day and has not taken place is cut"),
    Key("moves", MOVES, "when a series takes a recorded date as its new origin; never, when it is not said"),
    PREFER,
    ALLOWED,
    Key(
        "missed",
        one_of({"never": True, "counts from its target": False}, "what a missed visit is worth"),
        "never, when nothing is counted from it once it was missed (a dose that was not given)",
    ),
    Key("missed after", MISSED_AFTER, "the last day it can still take place: a date, or how long after its target"),
)
CASE = Record(
    "case",
    CaseEntry,
    WHEN,
    Key("at", AT, "when it is, in this case"),
    Key("window", WINDOW, "the days it may take place on, in this case"),
    Key("limits", LIMITS, "what cuts the window, in this case"),
    Key("mode", MODE, "how it takes place, in this case"),
    PREFER,
    ALLOWED,
    PARTICIPANT_TEXT,
    CALENDAR_TEXT,
    SOURCE,
)
VISIT = Record(
    "visit",
    VisitEntry,
    Key("id", NAMED, "its name in rules and files", required=True),
    IDS,
    LABEL,
    Key("at", AT, "when it is: given, Day 14, Month 3/6/9, dose + 2 weeks"),
    PARTICIPANT_TEXT,
    CALENDAR_TEXT,
    *_DEFAULTS,
    Key("cases", ListOf(CASE, filled=True), "several rules for one visit: the first whose when is yes holds"),
    Key(
        "yields to",
        TextShape(_template, "a visit (T<day>)", {"type": "string"}),
        "on the same target it is part of that visit, and no visit of its own",
    ),
)
PERIOD = Record(
    "period",
    PeriodEntry,
    Key("id", NAMED, "its name in rules and files", required=True),
    Key("kind", one_of({kind.value: kind for kind in PeriodKind}, "what it is"), "what it is", required=True),
    Key("from", POINT, "its first day", required=True, field="start"),
    Key("to", END, "its last day; at least ..., when it may be longer", field="end"),
    IDS,
    LABEL,
    WHEN,
    EPOCH,
    PARTICIPANT_TEXT,
    SOURCE,
    ASSUMED,
    ACCEPTED,
)
BETWEEN = Record(
    "rule between participants",
    BetweenEntry,
    Key("id", NAMED, "its name", required=True),
    LABEL,
    Key("event", NAMED, "the event, or the one visit, whose date it limits and orders participants by", required=True),
    Key("within", NAMED, "among whom the order is: study, site, or a fact with a list of values", required=True),
    Key(
        "who",
        TextShape(parse_positions, "places in the order (2, 1-3, 3 onwards, 2/3)"),
        "which of them it limits, by their places in the order; when it is not said, all of them by a limit of the previous group, else 2 onwards",
    ),
    Key(
        "limit",
        ListOf(
            TextShape(parse_limit_between, "a limit (not before infusion of previous participant + 14 days)"),
            or_one=True,
            filled=True,
        ),
        "what it has to come after: a date of the previous or the first participant, or of the previous group (not before ...)",
        required=True,
    ),
    SOURCE,
    ASSUMED,
)
QUESTION = Record(
    "question",
    QuestionEntry,
    Key("ask", TEXT, "the question", required=True),
    Key("about", ListOf(NAMED, or_one=True), "the names in this file it concerns; study for what holds for all of it"),
    Key("source", LINE, "the words that leave it open"),
)
SHORT_QUESTION = Made(LINE, lambda ask, place: QuestionEntry(ask=Text({ANY_LANGUAGE: ask}), where=Where(place)))


VISIT_OR_GROUP: Either[VisitEntry | GroupEntry] = Either(_is_group, Deferred(lambda: GROUP), VISIT)
GROUP: Record[GroupEntry] = Record(
    "group",
    GroupEntry,
    Key("id", NAMED, "its name"),
    LABEL,
    Key("at", AT, "where it starts: inside, Day, Week, Month and Year count from there; a series or each ... makes copies"),
    Key("day_numbering", NUMBERING, "how its days are numbered, where that is not as in the study"),
    Key("ids", TextShape(_ids, "names with a counter (C<cycle>)", {"type": "string"}), "the names of its copies"),
    *_DEFAULTS,
    Key("visits", ListOf(VISIT_OR_GROUP), "its visits; they take its window, mode, epoch, source unless they say otherwise"),
    Key("periods", ListOf(PERIOD), "its periods"),
    one_of_keys=("visits", "periods"),
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
    Key("between participants", ListOf(BETWEEN), "rules between participants: sentinel, stagger, gate", field="between"),
    Key("notes", ListOf(TEXT), "rules that are no dates; printed, never computed"),
    Key(
        "questions",
        ListOf(Either(_is_mapping, QUESTION, SHORT_QUESTION)),
        "what the protocol does not say and somebody has to find out; check lists them",
    ),
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
