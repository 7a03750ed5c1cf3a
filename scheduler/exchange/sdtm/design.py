"""The trial design datasets: planned visits (TV), arms (TA) and elements (TE).

An epoch is one element, in every arm, for a protocol file knows no elements. A start rule is always said in words; a planned study day
only where it is the same for everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from scheduler.exchange.rules import rule_of
from scheduler.exchange.sdtm.datasets import LONGEST, Dataset, Variable
from scheduler.exchange.sdtm.reference import ReferenceStart
from scheduler.exchange.visits import OneVisit, from_anchor
from scheduler.language.moments import NOTHING
from scheduler.language.syntax import Condition, Is, Label, LabelUnit
from scheduler.protocol.records import AnswerKind, Epoch, Protocol
from scheduler.views.expressions import Phrases
from scheduler.views.words import Words

ARM = "arm"  # the fact that says which arm a participant is in
_CODE, _SHORT_CODE = 20, 8  # characters of an arm's code, and of an element's
_STUDYID = Variable("STUDYID", "Study Identifier", key=1)
_DOMAIN = Variable("DOMAIN", "Domain Abbreviation")
_ASCII = str.maketrans(
    {
        "±": "+/-",
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "≤": "<=",
        "≥": ">=",
        "“": '"',
        "”": '"',
        "’": "'",
        "…": "...",
        "\N{NO-BREAK SPACE}": " ",
    }
)


class PlannedRow(NamedTuple):
    """A visit of TV: its number, its name, its study day where that is the same for all, its rule, and the arms it is for."""

    visit: OneVisit
    number: int
    name: str
    day: int | None
    rule: str
    arms: tuple[str, ...]


class Design:
    """The trial design of one protocol; `cut` are the names of what was cut because a text may have 200 characters."""

    def __init__(self, protocol: Protocol, visits: Sequence[OneVisit], reference: ReferenceStart, said: Words) -> None:
        self.protocol = protocol
        self.visits = visits
        self.reference = reference
        self.said = said
        self.phrases = Phrases(protocol, said)
        self.cut: dict[str, None] = {}
        self.by_id = {visit.plan.id: visit for visit in visits if not visit.several}
        fact = protocol.facts.get(ARM)
        self.arms = fact.values if fact is not None and fact.kind is AnswerKind.VALUE else ()
        self.arm_codes = _codes(self.arms or ("ALL",), _CODE)
        self.element_codes = _codes(protocol.epochs, _SHORT_CODE)
        self.planned = tuple(self._planned())

    def datasets(self) -> tuple[Dataset, Dataset, Dataset]:
        """TV, TA and TE."""
        return self._tv(), self._ta(), self._te()

    def text(self, text: str, name: str) -> str:
        """A text as a transport file can hold it: plain signs, and 200 characters; what is longer is cut, and `name` kept."""
        plain = text.translate(_ASCII)
        if len(plain) > LONGEST:
            self.cut[name] = None
            plain = plain[: LONGEST - 3].rstrip() + "..."
        return plain

    # -- visits

    def _planned(self) -> Iterable[PlannedRow]:
        names: set[str] = set()
        for number, visit in enumerate(self.visits, 1):
            label = self.said.rule(visit.plan) if visit.several else self.said.visit(visit.plan)
            name = self.text(label if label.casefold() not in names else f"{label} ({visit.id})", visit.id)
            names.add(name.casefold())
            day = None if visit.several else self.reference.planned_day(from_anchor(visit.plan.id, self.by_id, self.protocol))
            yield PlannedRow(visit, number, name, day, self._rule(visit), self._arms(visit))

    def _rule(self, visit: OneVisit) -> str:
        """The start rule in words; it begins with a word, so that no program takes it for a formula."""
        if visit.plan.id == self.protocol.study.anchor:
            number = self.protocol.study.reckoning.number(LabelUnit.DAY, NOTHING) or 0
            rule = self.phrases.point(Label(LabelUnit.DAY, number))
        else:
            rule = rule_of(visit, self.phrases) or "As recorded"
        others = [condition for condition in visit.conditions if self._on_arm(condition) is None]
        if others:
            rule = f"{rule}; only if {self.phrases.all_of(others)}"
        return self.text(rule[:1].upper() + rule[1:], visit.id)

    def _arms(self, visit: OneVisit) -> tuple[str, ...]:
        """The codes of the arms a visit is for; none when it is for all."""
        wanted = [arms for condition in visit.conditions if (arms := self._on_arm(condition)) is not None]
        if not wanted:
            return ()
        return tuple(self.arm_codes[arm] for arm in self.arms if all(arm in arms for arms in wanted))

    def _on_arm(self, condition: Condition) -> frozenset[str] | None:
        """The arms a condition names, where it asks for nothing else."""
        if not isinstance(condition, Is) or condition.name != ARM or not self.arms or condition.every:
            return None
        return frozenset(item for item in condition.items if isinstance(item, str))

    def asks_more(self, visit: OneVisit) -> bool:
        """Whether a visit has conditions beside those on the arm."""
        return any(self._on_arm(condition) is None for condition in visit.conditions)

    def _tv(self) -> Dataset:
        study = self.protocol.study.id
        rows = [
            (study, "TV", row.number, row.name, row.day, arm, row.rule, "") for row in self.planned for arm in row.arms or ("",)
        ]
        variables = (
            _STUDYID,
            _DOMAIN,
            Variable("VISITNUM", "Visit Number", "float", key=2),
            Variable("VISIT", "Visit Name"),
            Variable("VISITDY", "Planned Study Day of Visit", "integer"),
            Variable("ARMCD", "Planned Arm Code", key=3),
            Variable("TVSTRL", "Visit Start Rule"),
            Variable("TVENRL", "Visit End Rule"),
        )
        return Dataset("TV", "Trial Visits", variables, rows)

    # -- arms and elements

    def _ta(self) -> Dataset:
        study = self.protocol.study.id
        arms = [(self.arm_codes[arm], arm) for arm in self.arms] or [("ALL", "All participants")]
        rows = [
            (
                study,
                "TA",
                code,
                self.text(arm, arm),
                order,
                self.element_codes[epoch.id],
                self._epoch(epoch),
                "",
                "",
                self._epoch(epoch),
            )
            for code, arm in arms
            for order, epoch in enumerate(self.protocol.epochs.values(), 1)
        ]
        variables = (
            _STUDYID,
            _DOMAIN,
            Variable("ARMCD", "Planned Arm Code", key=2),
            Variable("ARM", "Description of Planned Arm"),
            Variable("TAETORD", "Planned Order of Element within Arm", "integer", key=3),
            Variable("ETCD", "Element Code"),
            Variable("ELEMENT", "Description of Element"),
            Variable("TABRANCH", "Branch"),
            Variable("TATRANS", "Transition Rule"),
            Variable("EPOCH", "Epoch"),
        )
        return Dataset("TA", "Trial Arms", variables, rows)

    def _te(self) -> Dataset:
        study, epochs = self.protocol.study.id, list(self.protocol.epochs.values())
        rows = [
            (study, "TE", self.element_codes[epoch.id], self._epoch(epoch), self._begins(epoch), self._ends(epoch, following))
            for epoch, following in zip_longest(epochs, epochs[1:])
        ]
        variables = (
            _STUDYID,
            _DOMAIN,
            Variable("ETCD", "Element Code", key=2),
            Variable("ELEMENT", "Description of Element"),
            Variable("TESTRL", "Rule for Start of Element"),
            Variable("TEENRL", "Rule for End of Element"),
        )
        return Dataset("TE", "Trial Elements", variables, rows)

    def _epoch(self, epoch: Epoch) -> str:
        return self.text(self.said.text(epoch.label, epoch.id), epoch.id)

    def _in(self, epoch: Epoch) -> list[str]:
        return [row.name for row in self.planned if row.visit.plan.epoch == epoch.id]

    def _begins(self, epoch: Epoch) -> str:
        visits = self._in(epoch)
        return self.text(f"First visit: {visits[0]}" if visits else "Not stated", epoch.id)

    def _ends(self, epoch: Epoch, following: Epoch | None) -> str:
        """What ends an element: the next, or its own last visit; or before that what the protocol says."""
        visits = self._in(epoch)
        if following is not None:
            end = f"Start of {self._epoch(following)}"
        else:
            end = f"Last visit: {visits[-1]}" if visits else "Not stated"
        return self.text(f"{end}, or before it {self.phrases.until(epoch.until)}" if epoch.until is not None else end, epoch.id)


def _codes(names: Iterable[str], longest: int) -> dict[str, str]:
    """Codes of capital letters, digits and _, none twice; by name."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") or "X"
        code, number = plain[:longest].rstrip("_"), 1
        while code in found.values():
            number += 1
            code = f"{plain[: longest - len(str(number))].rstrip('_')}{number}"
        found[name] = code
    return found
