"""REDCap: events, arms and the instruments at each event, as CSV files or in a project's XML; and back.

REDCap counts whole days from one start date and knows one window in days for each event. `read` takes what is there and asks for the
rest; `write` says of everything it cannot hold that it is lost. Names are kept by the custom label of an event, which REDCap leaves as
it is. What REDCap makes of an event's name (`unique_name`) has 18 characters of it, so events are named to differ in those.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

from scheduler.exchange.drafting import line, name_of
from scheduler.exchange.parsing import Element, xml_of
from scheduler.exchange.records import Draft, Loss, Question, Value, Written
from scheduler.exchange.visits import OneVisit, around, from_anchor, ids, visits_of
from scheduler.language.moments import MonthRule, Offset
from scheduler.language.parser import parse_condition
from scheduler.language.survey import parts_of
from scheduler.language.syntax import Exact, Is, NoWindow
from scheduler.protocol.columns import takes_place
from scheduler.protocol.names import names_of
from scheduler.protocol.records import COUNTER, Activity, AnswerKind, PlannedVisit, Protocol
from scheduler.reading.problems import NotUnderstood, Place, Problem, Problems, ProblemsError, SchedulerError, did_you_mean
from scheduler.reading.table import Row, csv_table, read_rows
from scheduler.views.words import Words, words

EVENTS, ARMS, MAPPING, NOTES = "redcap-events.csv", "redcap-arms.csv", "redcap-mapping.csv", "redcap-notes.txt"

LOSSES = {
    # written
    "months": "months are written as days",
    "no day": "without a day: REDCap counts every event from the one start date, and these are not counted from the anchor",
    "counted from": "what is counted from another visit is written as if it were counted from the start date",
    "names": "what would have the same name in REDCap's 18 characters, or begins with a sign, has its id or its number before it",
    "series": "a series or cycles without a fixed number are one event without a day",
    "window": "the window is not written: it is open, not counted in whole days from the target, or beside it",
    "exact window": "an exact window is written as 0 days, as is a window that is not stated",
    "limits": "limits, preferred days, wider windows and when it is too late are not written",
    "conditions": "conditions other than the arm are not written",
    "ends": "what ends visits, delays them or takes their place is not written",
    "cases": "of a visit under several rules only its name is written",
    "kinds": "how a visit takes place, whether it is optional and its epoch are not written",
    "texts": "texts for participants are not written",
    "languages": "texts are written in one language",
    "sources": "sources, what is assumed, what is accepted and open questions are not written",
    "activities": "of activities only their names are written, in small letters: no labels, conditions, windows or times",
    "periods": "stays, treatments, rests, restrictions and observations are not written",
    "events": "dated moments that nobody attends are not written",
    "facts": "facts other than the arm are not written",
    "between": "rules between participants are not written",
    "notes": "notes are not written",
    "study": "the study's id, title, numbering of days and other particulars are not written",
    # read
    "repeating": "that an event repeats is not read",
    "project": "of a project's XML only its name, events, arms and the names of its instruments are read: no fields, users or data",
}

# every key of the protocol's records that is not written, and what is lost with it; the tests see that none is forgotten
OF_VISITS = {
    "moves": "ends", "limits": "limits", "prefer": "limits", "allowance": "limits", "until": "ends", "cases": "cases",
    "missed_after": "limits", "missed_never": "ends", "yields_to": "ends", "epoch": "kinds", "mode": "kinds", "optional": "kinds",
    "text": "texts", "calendar_text": "texts", "source": "sources", "assumed": "sources", "accepted": "sources",
}  # fmt: skip
OF_ACTIVITIES = {
    "label": "activities", "when": "activities", "window": "activities", "times": "activities", "text": "texts", "source": "sources",
    "assumed": "sources", "accepted": "sources",
}  # fmt: skip
_OF_PROTOCOL = {"between": "between", "notes": "notes", "periods": "periods", "questions": "sources", "epochs": "kinds"}

ARM = "arm"  # the fact whose answers are the arms
_COLUMNS = ("event_name", "arm_num", "day_offset", "offset_min", "offset_max", "unique_event_name", "custom_event_label")
_ALSO_READ = ("days_offset", "event_id")
_OFFSETS = ("day_offset", "offset_min", "offset_max")
_SHORT, _LONGEST = 18, 64
_MOST_DAYS = 40_000
_MEAN_MONTH = (487, 16)  # days: 30.4375, as four years have 48 months and 1461 days
_ODM = "http://www.cdisc.org/ns/odm/v1.3"
_REDCAP = "https://projectredcap.org"
_START = "start"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one arm, as REDCap has it. Amounts are whole days; None where nothing is written."""

    name: str
    arm: int = 1
    day: int | None = None
    early: int | None = None
    late: int | None = None
    unique: str = ""
    label: str = ""
    forms: tuple[str, ...] = ()
    place: Place = field(default=Place(""), compare=False)


@dataclass(slots=True)
class _Project:
    """What the files say together."""

    title: str = ""
    events: list[Event] = field(default_factory=list)
    arms: dict[int, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)  # labels by names
    mapping: dict[str, list[str]] = field(default_factory=dict)
    scheduled: bool = True
    lost: list[Loss] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


# -- reading


def read(files: Mapping[str, bytes], anchor: str = "") -> Draft:
    """The draft of a project, from its XML, or from the CSV file of its events with those of its arms and of its mapping, if any.

    `anchor` names the event that days are to be counted from; else it is the one on day 0, if there is one alone. Raises
    SchedulerError, and nothing else, whatever the bytes are.
    """
    problems, project = Problems(), _Project()
    for name, data in files.items():
        with problems.collecting():
            if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                _read_xml(data, name, project, problems)
            else:
                _read_csv(data, name, project, problems)
    problems.raise_if_any()
    if not project.events:
        said = "there are no events: the CSV file of the events, or the project's XML, was wanted"
        raise ProblemsError([Problem(Place(next(iter(files), "REDCap")), said)])
    _map(project, problems)
    problems.raise_if_any()
    project.notices += problems.notices
    return _Drafting(project, anchor).draft()


def _read_csv(data: bytes, name: str, project: _Project, problems: Problems) -> None:
    table = csv_table(data, name, problems)
    header = {cell.text for cell in table.lines[0]} if table.lines else set[str]()
    if "event_name" in header:
        project.events += [
            event
            for row in read_rows(table, (*_COLUMNS, *_ALSO_READ), ("event_name",), problems)
            if (event := _event(row, problems))
        ]
    elif "form" in header:
        for row in read_rows(table, ("arm_num", "unique_event_name", "form"), ("unique_event_name", "form"), problems):
            project.mapping.setdefault(row["unique_event_name"].text, []).append(row["form"].text)
    else:
        for row in read_rows(table, ("arm_num", "name"), ("arm_num", "name"), problems):
            project.arms[_number(row["arm_num"].text, row["arm_num"].place, problems) or 1] = row["name"].text


def _event(row: Row, problems: Problems) -> Event | None:
    day, early, late = (_number(row[name].text, row[name].place, problems) for name in _OFFSETS)
    if day is None:
        day = _number(row["days_offset"].text, row["days_offset"].place, problems)
    for name, amount in (("offset_min", early), ("offset_max", late)):
        if amount is not None and amount < 0:
            problems.note(
                row[name].place, f"{amount} is read as {-amount}: REDCap writes how many days early or late without a sign"
            )
    return Event(
        name=row["event_name"].text,
        arm=_number(row["arm_num"].text, row["arm_num"].place, problems) or 1,
        day=day,
        early=None if early is None else abs(early),
        late=None if late is None else abs(late),
        unique=row["unique_event_name"].text,
        label=row["custom_event_label"].text,
        place=row.place,
    )


def _number(text: str, place: Place, problems: Problems) -> int | None:
    if not text:
        return None
    if re.fullmatch(r"-?[0-9]{1,6}", text) is None or abs(int(text)) > _MOST_DAYS:
        problems.add(place, f'"{line(text, 40)}": a whole number was wanted, of {_MOST_DAYS:,} at most')
        return None
    return int(text)


def _read_xml(data: bytes, name: str, project: _Project, problems: Problems) -> None:
    root = xml_of(data, name)
    if root.name != f"{_ODM} ODM":
        raise ProblemsError(
            [Problem(Place(name), f'this is no REDCap project: its outermost element is "{line(root.name, 80)}"')]
        )
    title = root.first(f"{_ODM} StudyName")
    scheduling = root.first(f"{_REDCAP} SchedulingEnabled")
    project.title = line(title.text) if title else ""
    project.scheduled = scheduling is None or scheduling.text.strip() != "0"
    project.forms |= {
        each.attributes.get("OID", ""): line(each.attributes.get("Name", "")) for each in root.all(f"{_ODM} FormDef")
    }
    project.lost.append(Loss("project"))
    repeating = []
    for element in root.all(f"{_ODM} StudyEventDef"):
        event = _event_of(element, Place(name), problems)
        project.events.append(event)
        project.arms.setdefault(event.arm, line(element.attributes.get(f"{_REDCAP} ArmName", "")) or f"Arm {event.arm}")
        if element.attributes.get("Repeating") == "Yes":
            repeating.append(event.name)
    project.lost += [Loss("repeating", tuple(repeating))] if repeating else []


def _event_of(element: Element, file: Place, problems: Problems) -> Event:
    def said(key: str) -> str:
        return element.attributes.get(f"{_REDCAP} {key}", "").strip()

    name = said("EventName") or element.attributes.get("Name", "").strip() or "An event without a name"
    place = file.key(line(name, 80))
    forms = (
        each.attributes.get(f"{_REDCAP} FormName") or each.attributes.get("FormOID", "")
        for each in element.all(f"{_ODM} FormRef")
    )
    day, early, late = (_number(said(key), place, problems) for key in ("DayOffset", "OffsetMin", "OffsetMax"))
    return Event(
        name=name,
        arm=_number(said("ArmNum"), place, problems) or 1,
        day=day,
        early=None if early is None else abs(early),
        late=None if late is None else abs(late),
        unique=said("UniqueEventName"),
        label=said("CustomEventLabel"),
        forms=tuple(dict.fromkeys(filter(None, forms))),
        place=place,
    )


def _map(project: _Project, problems: Problems) -> None:
    """Give every event its instruments; an event that REDCap has not named yet goes by the name it will have."""
    made = unique_names(project.events)
    known = {event.unique or name for event, name in zip(project.events, made, strict=True)}
    for unique in project.mapping:
        if unique not in known:
            problems.add(Place(MAPPING), f'there is no event "{line(unique, 80)}": it is named in the mapping')
    project.events = [
        replace(event, forms=tuple(dict.fromkeys((*event.forms, *project.mapping.get(event.unique or name, ())))))
        for event, name in zip(project.events, made, strict=True)
    ]


class _Drafting:
    """Events to visits: those that are the same in every arm are one."""

    def __init__(self, project: _Project, anchor: str) -> None:
        self.project = project
        self.taken = {_START, ARM}
        self.arms: dict[int, str] = {}
        for number in sorted({event.arm for event in project.events}):
            self.arms[number] = _answer(project.arms.get(number, "") or f"Arm {number}", set(self.arms.values()))
        self.events: dict[str, Event] = {}
        self.arms_of: dict[str, list[int]] = {}
        self._merge()
        self.anchor = self._named(anchor) if anchor else self._first()
        self.is_named = bool(anchor)
        self.zero = self.events[self.anchor].day or 0 if self.anchor in self.events else 0

    def draft(self) -> Draft:
        title = self.project.title
        return Draft(
            made_from=f'the REDCap project "{title}"' if title else "the events of a REDCap project",
            study={
                "id": name_of(title, frozenset(), "study") if title else "draft",
                "title": title or "A study from REDCap",
                "notice": "Draft from REDCap, not checked against the protocol",
                "anchor": self.anchor,
                "day_numbering": "day 0",
                "assumed": ["anchor"] if self.anchor != _START and not self.is_named else [],
            },
            facts={ARM: {"label": "Arm", "answer": list(self.arms.values())}} if len(self.arms) > 1 else {},
            events={_START: {"label": "Start date in REDCap"}} if self.anchor == _START else {},
            visits=[self._visit(id, event) for id, event in self.events.items()],
            activities=self._activities(),
            questions=list(self._questions()),
            lost=self.project.lost,
            notices=self.project.notices,
        )

    def _merge(self) -> None:
        """The visits by id, each with its arms: an event of several arms is one visit as long as it is the same in all of them."""
        known: dict[tuple[object, ...], str] = {}
        for event in self.project.events:
            key = (event.name, event.label, event.day, event.early, event.late, frozenset(event.forms))
            if key in known and event.arm not in self.arms_of[known[key]]:
                self.arms_of[known[key]].append(event.arm)
                continue
            id = self._id(event)
            self.taken.add(id)
            known[key] = id
            self.events[id], self.arms_of[id] = event, [event.arm]

    def _id(self, event: Event) -> str:
        """The custom label where that is a name, as `write` puts it there; else a name made of the event's. The arm is added where it is taken."""
        label = line(event.label)
        said = label if label and name_of(label) == label else event.name
        plain = name_of(said, frozenset(), "event")
        if len(self.arms) > 1 and plain.casefold() in {name.casefold() for name in self.taken}:
            said = f"{plain}-{self.arms[event.arm]}"
        return name_of(said, self.taken, "event")

    def _named(self, wanted: str) -> str:
        found = [id for id, event in self.events.items() if wanted in (id, event.name, event.unique) and event.day is not None]
        if len(found) != 1:
            said = "there are several events of this name" if found else "there is no event of this name that has a day"
            raise SchedulerError(f'--anchor "{wanted}": {said}{did_you_mean(wanted, self.events)}')
        return found[0]

    def _first(self) -> str:
        """The one visit on day 0, where there is one alone and it is in every arm."""
        found = [id for id, event in self.events.items() if event.day == 0 and self.project.scheduled]
        return found[0] if len(found) == 1 and len(self.arms_of[found[0]]) == len(self.arms) else _START

    def _visit(self, id: str, event: Event) -> dict[str, Value]:
        name = line(event.name)
        arms = "/".join(self.arms[number] for number in self.arms_of[id])
        when = f"{ARM} is {arms}" if len(self.arms_of[id]) < len(self.arms) else ""
        if id == self.anchor:
            return {"id": id, "label": name if name != id else "", "at": "given", "when": when}
        at = "" if event.day is None else f"Day {event.day - self.zero}"
        return {
            "id": id,
            "label": name if name not in (id, at) else "",
            "at": at,
            "window": _window(event),
            "when": when,
            "assumed": ["at"] if at and not self.project.scheduled else [],
        }

    def _activities(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for form in dict.fromkeys(form for event in self.events.values() for form in event.forms):
            said = line(form.removeprefix("Form."))
            name = name_of(said, self.taken, "instrument")
            self.taken.add(name)
            label = self.project.forms.get(f"Form.{said}", "")
            at = [id for id, event in self.events.items() if form in event.forms]
            found[name] = {"label": label if label != name else "", "at": at}
        return found

    def _questions(self) -> Iterator[Question]:
        dated = [id for id, event in self.events.items() if event.day is not None and id != self.anchor]
        if not self.project.title:
            yield Question("What are the study's id and title? The files of the events do not say.", ("study",))
        if self.anchor == _START:
            yield Question("What is the start date in REDCap: which visit, or which event? Days count from it.", (_START,))
        elif not self.is_named:
            yield Question("Is this the day everything is counted from? It is the only event on day 0 in REDCap.", (self.anchor,))
        if not self.project.scheduled and dated:
            yield Question(
                "Are these the days? Scheduling is switched off in the project, and the days may be REDCap's own.", tuple(dated)
            )
        if bare := [id for id in dated if _window(self.events[id]) == "none"]:
            said = (
                "What are the windows of these visits? REDCap says 0 days, or nothing, which can be no window or this very day."
            )
            yield Question(said, tuple(bare))
        if undated := [id for id, event in self.events.items() if event.day is None]:
            yield Question("On which days are these visits? REDCap does not say.", tuple(undated))


def _window(event: Event) -> str:
    early, late = event.early or 0, event.late or 0
    if event.day is None or (early, late) == (0, 0):
        return "none"
    if early == late:
        return f"±{early} days"
    return f"{f'-{early} days' if early else '0'} .. {f'+{late} days' if late else '0'}"


def _answer(text: str, taken: set[str]) -> str:
    """The name of an arm as an answer that a condition can ask for."""
    said = line(text)
    try:
        condition = parse_condition(f"{ARM} is {said}")
    except NotUnderstood:
        condition = None
    is_one = isinstance(condition, Is) and condition.items == (said,) and condition.every is None
    return said if is_one and said not in taken else name_of(said, taken, "arm")


# -- names


def unique_names(events: Iterable[Event]) -> list[str]:
    """The names REDCap makes of events: small letters, digits and _ for blanks, 18 of them, and the arm; the same again gets a letter."""
    made: list[str] = []
    for event in events:
        name = f"{short_name(event.name)}_arm_{event.arm}"
        again = sum(known == name or known[:-1] == name for known in made)
        made.append(f"{name}{chr(ord('a') + again)}" if 0 < again < 26 else name)
    return made


def short_name(name: str) -> str:
    """What is left of an event's name in its unique name."""
    return re.sub(r"[^a-z0-9_]", "", name.lower().replace(" ", "_"))[:_SHORT]


def _event_names(visits: Iterable[OneVisit], said: Words) -> Iterator[tuple[str, bool]]:
    """What each event is called, the same in every arm, and whether that is what the visit is called.

    That is so where it survives REDCap's 18 characters; else the id, or a number and the id, is put before it.
    """
    taken: set[str] = set()
    for number, visit in enumerate(visits, 1):
        label = line(COUNTER.sub("n", said.visit(visit.plan)))
        wanted = chain((label, f"{visit.id} {label}"), (f"{again} {visit.id}" for again in count(number)))
        name = next(name for name in map(_cut, wanted) if name[:1].isalnum() and short_name(name).strip("_") not in taken | {""})
        taken.add(short_name(name).strip("_"))
        yield name, name == label


def _cut(name: str) -> str:
    return name[:_LONGEST].rstrip()


def _form_names(activities: Iterable[Activity]) -> dict[str, str]:
    """The instruments' names: small letters, digits and _."""
    found: dict[str, str] = {}
    for number, activity in enumerate(activities, 1):
        name = re.sub(r"[^a-z0-9]+", "_", activity.id.lower()).strip("_")[:_LONGEST]
        name = name if name[:1].isalpha() else f"activity_{name or number}"
        found[activity.id] = name if name not in found.values() else f"{name[: _LONGEST - 5]}_{number}"
    return found


# -- writing


def write(protocol: Protocol, *, month: str = "mean", shift: bool = False, language: str = "") -> Written:
    """The events, the arms and the mapping of a protocol.

    `month` says how many days a calendar month is: 28, 30, or the mean of 30.4375, rounded for each visit. With `shift`, the first event is
    on day 0, so that no day is negative. Only the protocol is written: nothing of any participant.
    """
    return _Writing(protocol, month, language or protocol.study.language).written(shift)


class _Writing:
    def __init__(self, protocol: Protocol, month: str, language: str) -> None:
        self.protocol = protocol
        self.month = month
        self.visits = visits_of(protocol)
        self.by_id = ids(self.visits)
        self.found: dict[str, dict[str, None]] = {}
        named = list(_event_names(self.visits, words(language)))
        self.names = [name for name, _ in named]
        for visit, (_, is_label) in zip(self.visits, named, strict=True):
            if not is_label:
                self.lose("names", visit.id)
        fact = protocol.facts.get(ARM)
        self.arms = list(fact.values) if fact is not None and fact.kind is AnswerKind.VALUE else [""]

    def lose(self, kind: str, *names: str) -> None:
        """Something that is lost; without a name, as a whole."""
        self.found.setdefault(kind, {}).update(dict.fromkeys(names))

    def written(self, shift: bool) -> Written:
        events = [each for number, arm in enumerate(self.arms, 1) for each in self.events_of(number, arm)]
        first = min((event.day for event, _ in events if event.day is not None), default=0)
        moved = -first if shift and first < 0 else 0
        rows = [replace(event, day=event.day + moved) if event.day is not None else event for event, _ in events]
        forms = _form_names(self.protocol.activities)
        uniques = unique_names(rows)
        mapping = [
            (str(event.arm), unique, forms[activity.id])
            for (event, visit), unique in zip(events, uniques, strict=True)
            for activity in self.protocol.activities
            if self.is_at(activity, visit)
        ]
        arms = [(str(number), self.arm_name(number, arm)) for number, arm in enumerate(self.arms, 1)]
        self.lose_the_rest(forms)
        notices = list(self.notices(first, moved))
        files = {
            EVENTS: _csv([_COLUMNS, *map(_row, rows)]),
            ARMS: _csv([("arm_num", "name"), *arms]),
            MAPPING: _csv([("arm_num", "unique_event_name", "form"), *mapping]),
        }
        lost = tuple(Loss(kind, tuple(self.found[kind])) for kind in LOSSES if kind in self.found)
        return Written(files=files | {NOTES: _notes(self.protocol, notices, lost)}, lost=lost, notices=notices)

    def arm_name(self, number: int, arm: str) -> str:
        if arm and not arm[0].isalnum():
            self.lose("names", arm)
            return f"Arm {number} {arm}"
        return arm or f"Arm {number}"

    # -- one event

    def is_in(self, visit: OneVisit, arm: str) -> bool:
        """Whether a visit is for an arm, as far as its conditions ask for nothing but the arm."""
        for condition in visit.conditions:
            for part in parts_of(condition):
                if isinstance(part, Is) and part.name == ARM and arm:
                    if arm not in part.items:
                        return False
                else:
                    self.lose("conditions", visit.id)
        return True

    def is_at(self, activity: Activity, visit: OneVisit) -> bool:
        """Whether an activity takes place at a visit; at some visits of a series is enough, and is said."""
        found = takes_place(activity, visit.column)
        if found is None:
            self.lose("activities", activity.id)
        return found is not False

    def events_of(self, number: int, arm: str) -> list[tuple[Event, OneVisit]]:
        there = [(visit, name) for visit, name in zip(self.visits, self.names, strict=True) if self.is_in(visit, arm)]
        return [(self.event(visit, number, name), visit) for visit, name in there]

    def event(self, visit: OneVisit, arm: int, name: str) -> Event:
        day = self.day(visit)
        early, late = (None, None) if day is None else self.window(visit)
        if day is None and _has_window(visit.plan):
            self.lose("window", visit.id)
        return Event(name=name, arm=arm, day=day, early=early, late=late, label=visit.id)

    def day(self, visit: OneVisit) -> int | None:
        if visit.several:
            self.lose("series", visit.id)
            return None
        offset = from_anchor(visit.plan.id, self.by_id, self.protocol)
        days = None if offset is None else self.days(offset)
        if offset is None or days is None:
            self.lose("cases" if visit.plan.cases else "no day", visit.id)
            return None
        if offset.months:
            self.lose("months", visit.id)
        if visit.counted is not None and visit.counted.base != self.protocol.study.anchor:
            self.lose("counted from", visit.id)
        return days

    def window(self, visit: OneVisit) -> tuple[int, int]:
        window = visit.plan.window
        if isinstance(window, Exact):
            self.lose("exact window", visit.id)
        if window is None or isinstance(window, NoWindow | Exact):
            return 0, 0
        sides = around(visit, self.protocol)
        amounts = [self.days(side.offset) for side in sides] if sides is not None else []
        if not amounts or None in amounts:
            self.lose("window", visit.id)
            return 0, 0
        if sides is not None and any(side.offset.months for side in sides):
            self.lose("months", visit.id)
        early, late = (amount or 0 for amount in amounts)
        if (early, late) == (0, 0):
            self.lose("exact window", visit.id)
        return early, late

    def days(self, offset: Offset) -> int | None:
        """An offset in whole days, its months by the stated policy; None where it has none."""
        if offset.working_days or offset.minutes % (24 * 60):
            return None
        numerator, denominator = _MEAN_MONTH if self.month == "mean" else (int(self.month), 1)
        months = (2 * abs(offset.months) * numerator + denominator) // (
            2 * denominator
        )  # half a day is rounded away from the anchor
        return offset.days + offset.minutes // (24 * 60) + (months if offset.months >= 0 else -months)

    # -- what is lost, and what is to be known

    def lose_the_rest(self, forms: Mapping[str, str]) -> None:
        """What the records of the protocol say beyond what was written."""
        protocol = self.protocol
        self.lose("study")
        for visit in protocol.visits:
            for key, kind in OF_VISITS.items():
                if getattr(visit, key):
                    self.lose(kind, visit.rule)
            if visit.label is not None and len(visit.label.by_language) > 1:
                self.lose("languages", visit.rule)
        for activity in protocol.activities:
            for key, kind in OF_ACTIVITIES.items():
                if getattr(activity, key):
                    self.lose(kind, activity.id)
            if forms[activity.id] != activity.id:
                self.lose("activities", activity.id)
        for key, kind in _OF_PROTOCOL.items():
            for record in getattr(protocol, key):
                self.lose(kind, *filter(None, [record if isinstance(record, str) else getattr(record, "id", "")]))
        self.lose_named("events", protocol.events)
        self.lose_named("facts", [name for name in protocol.facts if name != ARM or self.arms == [""]])
        for level in names_of(protocol).levels.values():
            group = level.group
            if group.moves or group.outside.until:
                self.lose("ends", group.rule)
            if group.outside.limits:
                self.lose("limits", group.rule)
        self.lose_named("ends", [epoch.id for epoch in protocol.epochs.values() if epoch.until is not None])

    def lose_named(self, kind: str, names: Iterable[str]) -> None:
        for name in names:
            self.lose(kind, name)

    def notices(self, first: int, moved: int) -> Iterator[str]:
        anchor = self.protocol.study.anchor
        rule = self.protocol.study.reckoning.month
        if "months" in self.found:
            said = "30.4375 days, rounded for each visit" if self.month == "mean" else f"{self.month} days"
            yield f"a month is {said}: the days in REDCap are not the dates of the calendars"
        elif rule is not None and rule is not MonthRule.CALENDAR:
            yield f"a month is {rule.value}, as the protocol says"
        if moved:
            yield f"the start date in REDCap is {moved} days before {anchor}"
        elif first < 0:
            yield f"the start date in REDCap is the day of {anchor}, and events lie before it: if REDCap refuses them, write with --shift"
        else:
            yield f"the start date in REDCap is the day of {anchor}"


def _has_window(plan: PlannedVisit) -> bool:
    return plan.window is not None and not isinstance(plan.window, NoWindow)


def _row(event: Event) -> tuple[str, ...]:
    amounts = ("" if amount is None else str(amount) for amount in (event.day, event.early, event.late))
    return (event.name, str(event.arm), *amounts, "", event.label)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    """As REDCap reads it: commas, no byte order mark. Every text in it begins with a letter or a digit, so that none is a formula."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _notes(protocol: Protocol, notices: Iterable[str], lost: Iterable[Loss]) -> bytes:
    """What somebody should know who brings the files into REDCap."""
    study = protocol.study
    lines = [
        f"{study.id} {study.protocol_version}".strip(),
        "",
        f"Bring in, in this order, while the project is in development: {ARMS}, {EVENTS} and, once its instruments are there, {MAPPING}.",
        "Do not choose to delete or to override what is there: that deletes events, with their data.",
        "REDCap makes the names in the mapping of the events' names; compare them before bringing it in.",
        "An event without a day stands on no day here; REDCap may put it on day 0.",
        "",
        *notices,
        "",
        "Not in these files:",
        *(f"- {LOSSES[loss.kind]}{': ' if loss.names else ''}{', '.join(loss.names)}" for loss in lost),
    ]
    return ("\n".join(lines) + "\n").encode()
