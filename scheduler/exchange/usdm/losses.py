"""What is lost between a protocol and USDM, in the one direction and in the other. The kinds are those of `Loss`."""

from __future__ import annotations

# of a USDM file that is read
NAMES = "names"
NOT_MODELLED = "study content"
ELEMENTS = "elements"
TREE = "activity tree"
NOWHERE = "activities without a visit"
CONDITIONS = "conditions as text"
ENCOUNTERS = "shared encounters"
OTHER_ENDS = "ends of visits"
CODES = "descriptions and codes"

# of a protocol that is written
RULES = "conditions"
FACTS = "facts"
EVENTS = "events"
NO_TARGET = "windows without a target"
UNCOUNTED = "dates USDM cannot count"
OPEN_SERIES = "series"
OPEN_WINDOWS = "windows"
MORE_RULES = "rules of a visit"
GATES = "gates of activities"
PERIODS = "periods"
BETWEEN = "rules between participants"
EPOCH_ENDS = "ends of epochs"
LANGUAGES = "languages"
TEXTS = "participant texts"
SOURCES = "sources and assumptions"
STUDY_KEYS = "study conventions"
QUESTIONS = "open questions"

LOSSES = {
    NAMES: "read under another name: visits and events whose name is none here, is taken, or means something else",
    NOT_MODELLED: "not kept of what was read: objectives, populations, criteria, interventions, concepts, documents, amendments, dates",
    ELEMENTS: "read as notes: study elements, with the rules that begin and end them, for each arm and epoch",
    TREE: "read as part of the labels: which activity stands under which",
    NOWHERE: "not kept of what was read: activities that take place at no visit",
    CONDITIONS: "read as text, and never evaluated: conditions on activities as notes, those of decisions as facts that somebody answers",
    ENCOUNTERS: "not kept of what was read: which visits are one encounter",
    OTHER_ENDS: "read as if they counted from first day to first day: timings from or to the end of a visit",
    CODES: "not kept of what was read: descriptions, codes, ids, extensions, procedures, planned durations",
    RULES: "written as text: the conditions of visits and activities",
    FACTS: "not written: what is asked about a participant, but for the values of the arm and that it is blinded",
    EVENTS: "not written: events that no visit is counted from; or, of others, how they are dated, that they may not happen, whose they are",
    NO_TARGET: "written without a timing, their window as text: visits that have a window and no target",
    UNCOUNTED: "written without a timing, their rule as text: visits that are not one amount from one visit or event for everybody",
    OPEN_SERIES: "written as one visit without a timing, their rule as text: series, and copies of groups, without a fixed number",
    OPEN_WINDOWS: "not written: windows that are not so much earlier and so much later than a target (open, in working days, on one side "
    "of it, counted from something else, on a visit that only its record dates)",
    MORE_RULES: "not written: limits, preferred days, allowances, when a visit is missed, optional, moved, ended early or part of another",
    GATES: "not written: the window of an activity of its own, and open windows of its times",
    PERIODS: "written as notes: stays, treatments, rests, restrictions, observations",
    BETWEEN: "not written: rules between participants",
    EPOCH_ENDS: "not written: what ends an epoch",
    LANGUAGES: "written in English, or in the first language there is: texts in several languages",
    TEXTS: "not written: texts for participants, for calendars and for the card",
    SOURCES: "not written: sources, what is assumed, accepted warnings",
    STUDY_KEYS: "not written: what a month, a year and the first week are (dates are counted by it), notice, language, a Day 0 before Day 1",
    QUESTIONS: "not written: open questions",
}
