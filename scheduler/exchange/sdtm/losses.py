"""What SDTM's trial design does not hold of a protocol, and its subject visits of what is on record."""

from __future__ import annotations

WINDOWS = "windows"
CONDITIONS = "conditions"
NO_DAY = "study days"
SERIES = "series"
MORE_RULES = "rules of a visit"
ACTIVITIES = "activities"
PERIODS = "periods"
ELEMENTS = "elements"
NO_EPOCH = "visits without an epoch"
STUDY = "the rest of the protocol"
LANGUAGES = "languages"
LONG = "long texts"
RECORDS = "records"

LOSSES = {
    WINDOWS: "written as text, in the start rule: windows, for which TV has no variables",
    CONDITIONS: "written as text, in the start rule: conditions, but for those on the arm",
    NO_DAY: "written without a planned study day, which is not the same for everybody: visits in months, hours or working days, counted "
    "from what is recorded, or without a target",
    SERIES: "written as one visit: series, and copies of groups, without a fixed number",
    MORE_RULES: "not written: preferred days, allowances, when a visit is missed, optional, moved, ended early or part of another",
    ACTIVITIES: "not written: activities",
    PERIODS: "not written: stays, treatments, rests, restrictions, observations",
    ELEMENTS: "not known: elements, their branches, transitions and durations; each epoch is one element, the same in every arm",
    NO_EPOCH: "written in no element: visits without an epoch",
    STUDY: "not written: facts, events, rules between participants, notes, open questions, sources, what is assumed, texts for "
    "participants and calendars, how a visit takes place",
    LANGUAGES: "written in English, or in the first language there is: texts in several languages",
    LONG: "cut after 200 characters, the most a transport file holds: labels and rules",
    RECORDS: "not written: what is recorded of participants, but for the day of visits that took place",
}
