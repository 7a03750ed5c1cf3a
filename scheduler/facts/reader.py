"""The tables of facts to records: participants, events, visits. Every problem has its row and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from scheduler.facts.declared import EDGES, LEAVING, UNAVAILABLE, declared
from scheduler.facts.records import UNSCHEDULED, Answer, Leaving, Left, Outcome, Participant, Recorded, Site, Status, VisitRecord
from scheduler.facts.sites import code_of
from scheduler.facts.values import NEVER, UNKNOWN, parse_answer, parse_day, parse_moment, parse_time, parse_weekdays
from scheduler.language.moments import Moment, day_of, in_order
from scheduler.protocol.file import LANGUAGE_CODE
from scheduler.protocol.records import COHORT, STUDY, Owner, PlannedPeriod, PlannedVisit, Protocol
from scheduler.reading.problems import NotUnderstood, Place, Problems, did_you_mean
from scheduler.reading.table import Cell, Row, Table, read_rows

T = TypeVar("T")

PREFERS = "prefers"  # the column of the weekdays a participant likes best, unless the protocol declares a fact of that name
VISIT_COLUMNS = ("participant", "visit", "booked", "time", "actual", "status", "note", "recorded_by", "recorded_on")


class FactsReader:
    """Reads the tables of one study, which name the facts, events and visits of its protocol (of any version of it), and the sites.

    Without sites, because their file is wrong, nobody is accused of being at none.
    """

    def __init__(self, protocols: Sequence[Protocol], sites: Mapping[str, Site] | None, problems: Problems) -> None:
        self.declared = declared(protocols, problems)
        self.sites = sites or {}
        self.sites_known = sites is not None
        self.problems = problems

    def everybody(self, tables: Mapping[str, Table]) -> dict[str, Participant]:
        """The participants by code with everything the tables record of them; nobody without the table of participants."""
        if "participants" not in tables:
            return {}
        people = self.participants(tables["participants"])
        people = self.events(tables["events"], people) if "events" in tables else people
        return self.visits(tables["visits"], people) if "visits" in tables else people

    def value(self, cell: Cell, understand: Callable[[str], T]) -> T | None:
        """The value of a cell; None when it is empty, `?`, or wrong (which is reported)."""
        if cell.text in UNKNOWN:
            return None
        try:
            return understand(cell.text)
        except NotUnderstood as error:
            self.problems.add(cell.place, error.message)
            return None

    # -- participants.csv

    def participants(self, table: Table) -> dict[str, Participant]:
        """The participants by code, in the order of the file."""
        columns = ["participant", "site", "language", PREFERS, *self.declared.facts, *self.declared.dated]
        columns += [f"{name}_status" for name in self.declared.dated]
        found: dict[str, Participant] = {}
        codes: dict[str, Place] = {}
        for row in read_rows(table, columns, ("participant", "site"), self.problems):
            participant = self.participant(row)
            if participant is None:
                continue
            if (before := codes.get(participant.id.casefold())) is not None:
                self.problems.add(row["participant"].place, f'"{participant.id}" stands in line {before.line} already')
                continue
            codes[participant.id.casefold()] = row.place
            found[participant.id] = participant
        return found

    def participant(self, row: Row) -> Participant | None:
        try:
            code = code_of(row["participant"].text)
            if code == STUDY or (COHORT in self.declared.facts and code in self.declared.facts[COHORT].values):
                raise NotUnderstood("this names the study or a cohort in events.csv, and cannot be a participant")
        except NotUnderstood as error:
            self.problems.add(row["participant"].place, f'"{row["participant"].text}": {error.message}')
            return None
        site = self.sites.get(row["site"].text)
        if site is None and self.sites_known:
            name = row["site"].text
            self.problems.add(row["site"].place, f'there is no site "{name}" in sites.yaml{did_you_mean(name, self.sites)}')
        answers: dict[str, Answer] = {}
        for name, fact in self.declared.facts.items():
            answer = self.value(row[name], partial(parse_answer, fact=fact))
            if answer is not None:
                answers[name] = answer
        recorded = {
            name: (record,)
            for name in self.declared.dated
            if (record := self.recorded(row[name], row[f"{name}_status"], site)) is not None
        }
        language = self.value(row["language"], _language) or (site.language if site else "en")
        prefers = self.value(row[PREFERS], parse_weekdays) if PREFERS not in self.declared.facts else None
        return Participant(
            id=code,
            site=site.id if site else "",
            language=language,
            answers=answers,
            recorded=recorded,
            prefers=prefers or frozenset(),
        )

    def recorded(self, cell: Cell, status: Cell, site: Site | None) -> Recorded | None:
        """A date with its status; without one it counts as planned, for nothing says that it has come."""
        if status.text not in ("", *(known.value for known in (Status.PLANNED, Status.ACTUAL))):
            self.problems.add(status.place, f'"{status.text}": planned or actual was wanted')
            return None
        if cell.text in UNKNOWN:
            if status.text:
                self.problems.add(status.place, f'"{status.text}" is said of a date that is not there')
            return None
        if cell.text == NEVER:
            return Recorded(None, Status.NEVER)
        moment = self.value(cell, lambda text: parse_moment(text, site.zone if site else None))
        return None if moment is None else Recorded(moment, Status(status.text) if status.text else Status.PLANNED)

    # -- events.csv

    def events(self, table: Table, participants: dict[str, Participant]) -> dict[str, Participant]:
        """The participants with the events of `events.csv`: their own, their cohort's and the study's; and answers that changed."""
        columns = ("subject", "name", "date", "status", "value", "note")
        rows = list(read_rows(table, columns, ("subject", "name", "date", "status"), self.problems))
        rows.sort(key=lambda row: row["name"].text not in self.declared.facts)  # answers first: they say who is in which cohort
        for row in rows:
            add = self.kind_of(row["name"])
            for code in self.subjects(row, participants) if add is not None else ():
                assert add is not None
                participants[code] = add(row, participants[code]) or participants[code]
        return participants

    def kind_of(self, cell: Cell) -> Callable[[Row, Participant], Participant | None] | None:
        """What a row of `events.csv` tells, by its name: what the protocol declares comes before what is always understood."""
        name = cell.text
        if name in self.declared.facts:
            return self.change
        if name in self.declared.dated or name in self.declared.events:
            return self.event
        if name in LEAVING:
            return self.leaving
        if name == UNAVAILABLE:
            return self.unavailable
        period, _, edge = name.rpartition(".")
        if edge in EDGES and self.declared.is_of(period, PlannedPeriod):
            return self.edge
        self.problems.add(cell.place, f'there is no event or fact "{name}"{did_you_mean(name, self.declared.recorded)}')
        return None

    def subjects(self, row: Row, participants: Mapping[str, Participant]) -> list[str]:
        """The participants a row speaks of."""
        subject, name = row["subject"].text, row["name"].text
        event = self.declared.events.get(name)
        owner = event.owner if event is not None else Owner.PARTICIPANT
        if owner is Owner.STUDY:
            if subject != STUDY:
                self.problems.add(row["subject"].place, f'"{name}" is an event of the whole study: its subject is "{STUDY}"')
                return []
            return list(participants)
        if owner is Owner.COHORT:
            cohorts = self.declared.facts[COHORT].values
            if subject not in cohorts:
                self.problems.add(row["subject"].place, f'there is no cohort "{subject}"{did_you_mean(subject, cohorts)}')
            day = _day_in(row["date"].text)
            return [code for code, participant in participants.items() if _answer_on(participant, COHORT, day) == subject]
        if subject not in participants:
            self.problems.add(row["subject"].place, f'there is no participant "{subject}"{did_you_mean(subject, participants)}')
            return []
        return [subject]

    def event(self, row: Row, participant: Participant) -> Participant | None:
        """One more date of an event; one that has come replaces the days on or before it that were only planned."""
        name = row["name"].text
        record = self.recorded(row["date"], row["status"], self.sites.get(participant.site))
        if record is None:
            return None
        known = participant.recorded.get(name, ())
        event = self.declared.events.get(name)
        repeats = event is not None and event.repeats
        if record in known:
            return None
        if Status.NEVER in {record.status, *(other.status for other in known)} and known:
            said = f'"{name}" of {participant.id} is said never to come, and has a date as well'
            self.problems.add(row["date"].place, said)
            return None
        come = record.status is Status.ACTUAL
        if any(other.status is Status.ACTUAL and _was_planned(record, other) for other in known):
            return None  # it was planned for a day by which it had come
        if repeats:
            kept = [other for other in known if not (come and _was_planned(other, record))]
            records = sorted([*kept, record], key=lambda each: in_order(each.moment) if each.moment else (date.max, 0.0))
            if len({other.moment for other in records}) < len(records):
                self.problems.add(row["date"].place, f'"{name}" of {participant.id} is recorded twice for this day')
                return None
        elif known and not (come and known[0].status is Status.PLANNED):
            said = f'"{name}" of {participant.id} is recorded with another date already, and the protocol counts on one: change that row'
            self.problems.add(row["date"].place, said)
            return None
        else:
            records = [record]
        return replace(participant, recorded={**participant.recorded, name: tuple(records)})

    def change(self, row: Row, participant: Participant) -> Participant | None:
        """An answer that holds from a day on."""
        name = row["name"].text
        fact = self.declared.facts[name]
        day = self.value(row["date"], parse_day)
        answer = self.value(row["value"], partial(parse_answer, fact=fact))
        for cell, what in ((row["date"], "the day from which it holds"), (row["value"], "the answer")):
            if cell.text in UNKNOWN:
                self.problems.add(cell.place, f'"{name}" is a fact that changed: {what} is missing')
        if day is None or answer is None:
            return None
        known = participant.changes.get(name, ())
        if any(since == day for since, _ in known):
            self.problems.add(row["date"].place, f'"{name}" of {participant.id} has an answer from this day already')
            return None
        changed = tuple(sorted([*known, (day, answer)], key=lambda pair: pair[0]))
        return replace(participant, changes={**participant.changes, name: changed})

    def edge(self, row: Row, participant: Participant) -> Participant | None:
        """The first or the last day of a period (the discharge, the first day of a treatment)."""
        name = row["name"].text
        record = self.recorded(row["date"], row["status"], self.sites.get(participant.site))
        if record is None:
            return None
        known = participant.recorded.get(name, ())
        if record.status is Status.NEVER:
            self.problems.add(row["date"].place, f'"{name}" is a day of a period: it cannot be never')
            return None
        record = replace(record, note=row["note"].text)
        if known and not (known[0].status is Status.PLANNED and record.status is Status.ACTUAL):
            self.problems.add(row["date"].place, f'"{name}" of {participant.id} is recorded already: change that row')
            return None
        return replace(participant, recorded={**participant.recorded, name: (record,)})

    def leaving(self, row: Row, participant: Participant) -> Participant | None:
        """That the participant takes part no longer, and since when; of several such days the first counts."""
        name = row["name"].text
        day = self.value(row["date"], parse_day)
        if row["date"].text in UNKNOWN:
            self.problems.add(row["date"].place, f'"{name}" wants the day from which nothing is planned')
        if row["status"].text not in ("", Status.ACTUAL.value):
            self.problems.add(row["status"].place, f'"{name}" is recorded when it has happened: actual, or empty')
        if day is None:
            return None
        reason, before = Leaving(name), participant.left
        died = day if reason is Leaving.DIED else before.died if before is not None else None
        if before is not None and (before.day, before.reason is not Leaving.DIED) < (day, reason is not Leaving.DIED):
            return replace(participant, left=replace(before, died=died))
        return replace(participant, left=Left(reason, day, died))

    def unavailable(self, row: Row, participant: Participant) -> Participant | None:
        """Days on which the participant cannot come: from `date` to `value`, both included; one day where that is empty."""
        first = self.value(row["date"], parse_day)
        last = self.value(row["value"], parse_day) or first
        if row["date"].text in UNKNOWN:
            self.problems.add(row["date"].place, f'"{UNAVAILABLE}" wants its first day here, and its last day under value')
        if first is None or last is None:
            return None
        if last < first:
            self.problems.add(row["value"].place, f"the last day, {last}, comes before the first, {first}")
            return None
        return replace(participant, unavailable=tuple(sorted((*participant.unavailable, (first, last)))))

    # -- visits.csv

    def visits(self, table: Table, participants: dict[str, Participant]) -> dict[str, Participant]:
        """The participants with the rows of `visits.csv`."""
        known = [*self.declared.visits, "unscheduled"]  # with counters where there are several: C<cycle>D8
        required = ("participant", "visit", "booked", "actual", "status")
        lines: dict[tuple[str, str], int | None] = {}
        for row in read_rows(table, VISIT_COLUMNS, required, self.problems):
            code, visit = row["participant"].text, row["visit"].text
            if code not in participants:
                self.problems.add(row["participant"].place, f'there is no participant "{code}"{did_you_mean(code, participants)}')
            there_is = self.declared.is_of(visit, PlannedVisit) or UNSCHEDULED.fullmatch(visit) is not None
            if not there_is:
                self.problems.add(row["visit"].place, f'there is no visit "{visit}"{did_you_mean(visit, known)}')
            if code not in participants or not there_is:
                continue
            participant = participants[code]
            if (code, visit) in lines:
                self.problems.add(
                    row.place, f"{visit} of {code} has a row already, in line {lines[code, visit]}: remove one of the two"
                )
                continue
            lines[code, visit] = row.place.line
            record = self.visit(row, participant)
            if record is not None:
                participants[code] = replace(participant, visits={**participant.visits, visit: record})
        return participants

    def visit(self, row: Row, participant: Participant) -> VisitRecord | None:
        zone = self.sites[participant.site].zone if participant.site in self.sites else None
        before = self.problems.count
        booked: Moment | None = self.value(row["booked"], parse_day)
        clock = self.value(row["time"], parse_time)
        actual = self.value(row["actual"], lambda text: parse_moment(text, zone))
        outcome = self.value(row["status"], _outcome) or Outcome.OPEN
        recorded_on = self.value(row["recorded_on"], parse_day)
        if clock is not None and booked is None and not self.problems.count > before:
            self.problems.add(row["time"].place, "a time without a booked day")
        if clock is not None and booked is not None:
            booked = datetime.combine(day_of(booked), clock, tzinfo=zone)
        self.agree(row, outcome, booked, actual, participant)
        if self.problems.count > before:
            return None
        if outcome is Outcome.OPEN:
            outcome = Outcome.DONE if actual else Outcome.BOOKED if booked else Outcome.OPEN
        return VisitRecord(booked, actual, outcome, row["note"].text, row["recorded_by"].text, recorded_on)

    def agree(self, row: Row, outcome: Outcome, booked: Moment | None, actual: Moment | None, participant: Participant) -> None:
        """Whether what one row says, and what the participant's row says, can all be true."""
        name = row["visit"].text
        if UNSCHEDULED.fullmatch(name) and not self.declared.is_of(name, PlannedVisit) and (booked or actual) is None:
            self.problems.add(row.place, f"{name} is not in the protocol, so it wants a booked or an actual day")
        if outcome is Outcome.DONE and actual is None and row["actual"].text in UNKNOWN:
            self.problems.add(row["status"].place, "done, but the actual day is missing")
        if outcome is Outcome.BOOKED and actual is not None:
            self.problems.add(row["actual"].place, "booked, yet it has an actual day: write done under status, or leave it empty")
        if outcome is Outcome.BOOKED and booked is None and row["booked"].text in UNKNOWN:
            self.problems.add(row["status"].place, "booked, but the booked day is missing")
        if outcome.is_not_done and actual is not None:
            self.problems.add(row["actual"].place, f"{outcome.value}, yet it has an actual day")
        known = next(iter(participant.recorded.get(name, ())), None)
        if known and known.status is Status.ACTUAL and outcome.is_not_done:
            self.problems.add(row["status"].place, f"{outcome.value}, yet the participant's row says that {name} took place")
        if known and known.status is Status.NEVER and (booked or actual):
            self.problems.add(row.place, f"the participant's row says that {name} will never be")
        if known and booked and not actual and known.moment and day_of(known.moment) != day_of(booked):
            said = f"the participant's row says that {name} is {known.status.value} for {day_of(known.moment)}: change it there"
            self.problems.add(row["booked"].place, said)
        if known and actual and known.status is Status.ACTUAL and known.moment and day_of(known.moment) != day_of(actual):
            self.problems.add(row["actual"].place, f"the participant's row says that {name} was on {day_of(known.moment)}")


def _day_in(text: str) -> date | None:
    try:
        return day_of(parse_moment(text, None))
    except NotUnderstood:
        return None


def _answer_on(participant: Participant, name: str, day: date | None) -> Answer | None:
    """The answer to a fact that was in force on a day, else the last one."""
    found = participant.answers.get(name)
    for since, answer in participant.changes.get(name, ()):
        if day is None or since <= day:
            found = answer
    return found


def _was_planned(planned: Recorded, come: Recorded) -> bool:
    """Whether a planned day is no longer to come once another day has: it lies on or before that."""
    if planned.status is not Status.PLANNED or planned.moment is None or come.moment is None:
        return False
    return day_of(planned.moment) <= day_of(come.moment)


def _language(text: str) -> str:
    if LANGUAGE_CODE.fullmatch(text) is None:
        raise NotUnderstood(f'"{text}": a language code was wanted (en, zh)')
    return text


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        known = ", ".join(outcome.value for outcome in Outcome if outcome.value)
        raise NotUnderstood(f'"{text}": one of these was wanted: {known}') from None
