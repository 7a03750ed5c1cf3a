"""A USDM file as the draft of a study: visits counted from one another as its timings say, and a question where they say nothing.

An instance of a timeline is a visit, or an event where nobody attends (no encounter, no activity). Its timing leads to what it is
counted from, and so to an anchor, which is dated by its record. The value of an anchor's own timing is a label and no distance: P0D is
a Day 0, P1D a Day 1. Windows are how much earlier and how much later, whichever way the timing counts. A timing that is wrong,
doubled or missing is never mended: the visit is then dated by its record, and somebody is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scheduler.exchange.drafting import line, name_of, quoted
from scheduler.exchange.records import Draft, Entry, Value
from scheduler.exchange.usdm import losses
from scheduler.exchange.usdm.dates import Dates
from scheduler.exchange.usdm.durations import Amounts, NoDuration, amounts_of
from scheduler.exchange.usdm.file import Coded, Encounter, Instance, Timeline, Timing, UsdmFile, by_id, in_chain, read_file
from scheduler.exchange.usdm.findings import Findings
from scheduler.exchange.usdm.layout import Layout, Spot
from scheduler.exchange.usdm.rows import Rows

_IN_PERSON, _TELEPHONE = "C175574", "C171537"
_SETTINGS = {  # how a visit takes place, by the setting of its encounter
    "c51282": "clinic",
    "clinic": "clinic",
    "c211570": "clinic",
    "outpatient": "clinic",
    "c18002": "home",
    "home": "home",
    "c16696": "ward",
    "hospital": "ward",
    "ward": "ward",
    "inpatient": "ward",
}
_REGISTRY = re.compile(r"NCT\d{8}")


def read(data: bytes, name: str) -> Draft:
    """The draft of a USDM file; `name` is only for messages. Raises SchedulerError when it is none, or holds no schedule."""
    return _Drafting(read_file(data, name), name).draft()


class _Drafting:
    """Puts the draft of one file together."""

    def __init__(self, file: UsdmFile, name: str) -> None:
        self.file = file
        self.name = name
        self.findings = Findings()
        for notice in file.notices:
            self.findings.note(notice)
        self.layout = Layout(file, name, self.findings)
        self.dates = Dates(self.layout, self.findings)
        self.rows = Rows(file, self.layout, self.findings)
        self.encounters = by_id(file.encounters)
        self.epoch_names = self.named_epochs()
        self.arm_names = self.named_arms()
        self.enclosing: dict[str, str] = {}

    def draft(self) -> Draft:
        events: dict[str, Entry] = {}
        study = self.study(events)
        facts = self.facts()
        branches = self.branches(facts)
        self.enclosing = {timeline.id: self.enclosing_event(timeline, events) for timeline in self.layout.others}
        visits = [self.visit(spot, branches) for spot in self.layout.spots.values() if spot.attended]
        for spot in self.layout.spots.values():
            if not spot.attended and spot.name not in events:
                events[spot.name] = self.event(spot)
        if self.dates.in_months:
            study["month"] = "calendar"
            self.assume(study, "month")
            self.findings.ask("What is a month here: a calendar month, 28 days or 30 days? USDM does not say.", ("study",))
        self.layout.check_order()
        activities = self.rows.entries()
        notes = tuple(map(line, self.notes()))
        self.findings.lose(losses.CODES)
        if self.file.unread:
            self.findings.lose(losses.NOT_MODELLED, *self.file.unread)
        return Draft(
            made_from=f"the USDM file {self.name}" + (f" (version {self.file.version})" if self.file.version else ""),
            study=study,
            facts=facts,
            events=events,
            epochs=self.epochs(),
            visits=visits,
            activities=activities,
            notes=notes,
            questions=self.findings.questions,
            lost=self.findings.lost,
            notices=self.findings.notices,
        )

    def assume(self, entry: dict[str, Value], key: str) -> None:
        known = entry.get("assumed", ())
        assert not isinstance(known, str)
        entry["assumed"] = [*known, key]

    def study(self, events: dict[str, Entry]) -> dict[str, Value]:
        """The study, with its anchor: the one that is marked, or the first on the main timeline; without any, an event is asked for."""
        file = self.file
        candidates = [id for id in self.layout.anchors if self.layout.spots[id].timeline in self.layout.main]
        marked = [id for id in candidates if self.layout.anchors[id].is_study_anchor]
        study: dict[str, Value] = {"id": file.study or "X", "title": file.title or file.study or "X"}
        chosen = (marked or candidates or [""])[0]
        if chosen:
            study["anchor"] = self.layout.spots[chosen].name
        else:
            anchor = name_of("anchor", self.layout.taken)
            self.layout.taken.add(anchor)
            events[anchor] = {"label": "Anchor (the file names none)"}
            study["anchor"] = anchor
            self.findings.ask("Which visit or event does the protocol count its days from? The file has no anchor.", ("study",))
        if len(candidates) > 1 and not marked:
            names = ", ".join(self.layout.spots[id].name for id in candidates)
            self.findings.ask(f"Which anchor does the protocol number its days from? The file has {names}.", ("study",))
        self.number_days(study, self.layout.anchors.get(chosen))
        study["protocol_version"] = file.protocol_version
        study["registry"] = next((text for text in file.identifiers if _REGISTRY.fullmatch(text)), "")
        study["sponsor"] = file.sponsor
        return study

    def number_days(self, study: dict[str, Value], anchor: Timing | None) -> None:
        """How days are numbered, as far as the label of the anchor tells."""
        value = anchor.value if anchor else ""
        try:
            amounts: Amounts | None = amounts_of(value)
        except NoDuration:
            amounts = None
        if amounts == ():
            study["day_numbering"] = "day 0"
        elif amounts == ((1, "days"),):
            study["day_numbering"] = "day 1 without day 0"
            self.assume(study, "day_numbering")
            self.findings.ask(
                "Is the day before Day 1 called Day -1 (as here), or Day 0?", ("study",), quoted(f"anchor: {value}")
            )
        else:
            study["day_numbering"] = "day 0"
            self.assume(study, "day_numbering")
            self.findings.note(f'the value of the anchor, "{value}", does not tell which day it is')
            self.findings.ask("Which day is the anchor, Day 0 or Day 1?", ("study",), quoted(f"anchor: {value}") if value else "")

    def named_epochs(self) -> dict[str, str]:
        """The epochs in the order of their chain, by id."""
        chain, rest = in_chain(self.file.epochs, lambda epoch: epoch.after)
        names: dict[str, str] = {}
        for epoch in (*chain, *rest):
            names[epoch.id] = name_of(epoch.name or epoch.label, set(names.values()), "epoch")
        return names

    def epochs(self) -> dict[str, Entry]:
        epochs = by_id(self.file.epochs)
        return {name: {"label": epochs[id].called} for id, name in self.epoch_names.items()}

    def named_arms(self) -> dict[str, str]:
        """The arms, by id."""
        names: dict[str, str] = {}
        for arm in self.file.arms:
            names[arm.id] = name_of(arm.name or arm.label, set(names.values()), "arm")
        return names

    def facts(self) -> dict[str, Entry]:
        """The arm, where there are several."""
        if len(self.arm_names) < 2:
            return {}
        fact = name_of("arm", self.layout.taken)
        self.layout.taken.add(fact)
        entry: dict[str, Value] = {"label": "Arm", "answer": list(self.arm_names.values())}
        if self.file.blinded:
            entry["blinded"] = "yes"
        return {fact: entry}

    def branches(self, facts: dict[str, Entry]) -> dict[str, str]:
        """The instances that only a branch of a decision leads to, and the fact that asks for it in the words of its condition."""
        found: dict[str, str] = {}
        for timeline in (*self.layout.main, *self.layout.others):
            own = by_id(timeline.instances)
            chain, _ = in_chain(timeline.instances, lambda instance: instance.after, timeline.entry)
            reached = {instance.id for instance in chain}
            for decision in (instance for instance in timeline.instances if instance.decision):
                for branch in decision.branches:
                    self.branch(decision, branch.condition, branch.target, own, reached, facts, found)
        return found

    def branch(
        self,
        decision: Instance,
        condition: str,
        target: str,
        own: dict[str, Instance],
        reached: set[str],
        facts: dict[str, Entry],
        found: dict[str, str],
    ) -> None:
        said = condition or "the file gives no words"
        if target not in own:
            self.findings.note(f'decision {decision.called}: "{said}" leads to "{target}", which is none of its timeline')
            return
        self.findings.lose(losses.CONDITIONS, decision.called)
        leads_to = self.layout.spots[target].name if target in self.layout.spots else own[target].called
        if target in reached:
            self.findings.ask(
                f"What does the decision {decision.called} change? It leads to {leads_to}, where the schedule comes in any case.",
                (leads_to,) if target in self.layout.spots else (),
                quoted(said),
            )
            return
        fact = name_of(decision.name or decision.label, self.layout.taken, "decision")
        self.layout.taken.add(fact)
        facts[fact] = {"label": said, "answer": "yes or no", "source": quoted(f"decision {decision.called}")}
        self.findings.ask(f"Who answers {fact}, and can it be said as a condition?", (fact,), quoted(said))
        while target in own and target not in reached and target not in found:
            found[target] = fact
            target = own[target].after

    def enclosing_event(self, timeline: Timeline, events: dict[str, Entry]) -> str:
        """The event that a timeline for what may happen begins with: its own anchor, if nobody attends that, or else one made for it."""
        label = timeline.condition or timeline.called
        first = next(
            (
                spot
                for spot in self.layout.spots.values()
                if spot.timeline is timeline and spot.instance.id in self.layout.anchors
            ),
            None,
        )
        if first is not None and not first.attended:
            events[first.name] = {"label": first.instance.label or label, "may not happen": "yes"}
            return first.name
        name = name_of(timeline.name or timeline.label, self.layout.taken, "event")
        self.layout.taken.add(name)
        events[name] = {"label": label, "may not happen": "yes", "source": quoted(f"timeline {timeline.called}: {label}")}
        self.findings.ask(f"May {name} come several times? Then its visits are at: each {name}.", (name,), quoted(label))
        return name

    def visit(self, spot: Spot, branches: dict[str, str]) -> Entry:
        instance = spot.instance
        encounter = self.encounters.get(instance.encounter)
        if instance.encounter and encounter is None:
            self.findings.note(f'{spot.name}: there is no encounter "{instance.encounter}"')
        event = self.enclosing.get(spot.timeline.id, "")
        dated = self.dates.dated(spot, event)
        whens = [branches[instance.id]] if instance.id in branches else []
        if event and dated.at == "given":
            whens.append(event)
        entry: dict[str, Value] = {
            "id": spot.name,
            "label": self.label(spot, encounter),
            "epoch": self.epoch_of(instance),
            "when": " and ".join(whens),
            "at": dated.at,
            "window": dated.window,
            "mode": self.mode(spot, encounter),
            "source": quoted("; ".join(filter(None, [dated.source, *_rules(encounter)]))),
            "assumed": dated.assumed,
        }
        return {key: value for key, value in entry.items() if value}

    def event(self, spot: Spot) -> Entry:
        dated = self.dates.dated(spot, self.enclosing.get(spot.timeline.id, ""))
        at = "" if dated.at == "given" else dated.at
        entry: dict[str, Value] = {"label": spot.instance.label or spot.instance.name, "at": at, "source": quoted(dated.source)}
        return {key: value for key, value in entry.items() if value}

    def label(self, spot: Spot, encounter: Encounter | None) -> str:
        """What a visit is called: as its encounter, unless several visits are one encounter."""
        own = spot.instance.label or spot.instance.name
        if encounter is None:
            return own
        shared = self.layout.by_encounter[encounter.id]
        if len(shared) == 1:
            return encounter.label or encounter.name or own
        self.findings.lose(losses.ENCOUNTERS, *(other.name for other in shared))
        return own or encounter.called

    def epoch_of(self, instance: Instance) -> str:
        if instance.epoch and instance.epoch not in self.epoch_names:
            self.findings.note(f'{instance.called}: there is no epoch "{instance.epoch}"')
        return self.epoch_names.get(instance.epoch, "")

    def mode(self, spot: Spot, encounter: Encounter | None) -> str:
        """How a visit takes place; nothing, and a question, where the encounter does not say it in one way."""
        if encounter is None or not (encounter.modes or encounter.settings):
            return ""
        found = {_mode(mode, setting) for mode in encounter.modes or [None] for setting in encounter.settings or [None]}
        if len(found) == 1 and (mode := found.pop()):
            return mode
        said = ", ".join(each.decode or each.code for each in (*encounter.modes, *encounter.settings))
        self.findings.ask("How does it take place?", (spot.name,), quoted(f"encounter {encounter.called}: {said}"))
        return ""

    def notes(self) -> Iterator[str]:
        """What the file says and no date follows from: elements, conditions, arms."""
        yield from self.file.notes
        for arm in self.file.arms if len(self.arm_names) > 1 else ():
            if arm.called != self.arm_names[arm.id]:
                yield f"Arm {self.arm_names[arm.id]}: {arm.called}"
        yield from self.element_notes()
        names = {id: spot.name for id, spot in self.layout.spots.items()} | {
            each.id: each.called for each in self.file.activities
        }
        for condition in self.file.conditions:
            self.findings.lose(losses.CONDITIONS, condition.called)
            what, where = (", ".join(names.get(id, id) for id in ids) for ids in (condition.applies_to, condition.context))
            about = f"{what} at {where}" if what and where else what or where or condition.called
            yield f"{about}: {condition.text or condition.description or condition.called}"
        for timeline, begins in self.rows.conditions.items():
            yield f"{timeline} begins: {begins}"

    def element_notes(self) -> Iterator[str]:
        file = self.file
        elements, arms, epochs = by_id(file.elements), by_id(file.arms), by_id(file.epochs)
        seen = [(cell.arm, cell.epoch) for cell in file.cells]
        for arm in file.arms:
            for epoch in file.epochs:
                if (count := seen.count((arm.id, epoch.id))) != 1:
                    self.findings.note(f"{arm.called} in {epoch.called}: {count} study cells, and one is wanted (DDF00243)")
        for cell in file.cells:
            for kind, id, known in (("arm", cell.arm, arms), ("epoch", cell.epoch, epochs)):
                if id not in known:
                    self.findings.note(f'a study cell is for the {kind} "{id}", which there is not')
            for id in cell.elements:
                if id not in elements:
                    self.findings.note(f'a study cell has the element "{id}", which there is not')
        for element in file.elements:
            where = [
                f"{arms[cell.arm].called} in {epochs[cell.epoch].called}"
                for cell in file.cells
                if element.id in cell.elements and cell.arm in arms and cell.epoch in epochs
            ]
            rules = [f"{verb}: {text}" for verb, text in (("begins", element.begins), ("ends", element.ends)) if text]
            self.findings.lose(losses.ELEMENTS, element.called)
            if rules:
                yield f"Element {element.called}{' (' + ', '.join(where) + ')' if where else ''}: {'; '.join(rules)}"


def _rules(encounter: Encounter | None) -> list[str]:
    if encounter is None:
        return []
    return [f"{verb}: {text}" for verb, text in (("begins", encounter.begins), ("ends", encounter.ends)) if text]


def _mode(mode: Coded | None, setting: Coded | None) -> str:
    """How a visit takes place, by one contact mode and one setting; nothing where they do not tell."""
    if mode is not None and (mode.code == _TELEPHONE or "telephone" in mode.decode.casefold()):
        return "telephone"
    if mode is not None and ("remote" in mode.decode.casefold() or "video" in mode.decode.casefold()):
        return "remote"
    if mode is not None and mode.code != _IN_PERSON and mode.decode.casefold() != "in person":
        return ""
    if setting is None:
        return ""
    return _SETTINGS.get(setting.code.casefold()) or _SETTINGS.get(setting.decode.casefold(), "")
