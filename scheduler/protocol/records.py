"""What a study asks: its conventions, facts, events, epochs, activities, visits and periods.

`source` quotes what a rule rests on; `assumed` names the keys of a rule that the protocol does not say, so that everything
printed from them can be marked. Texts may be in several languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from scheduler.language.moments import Reckoning
from scheduler.language.syntax import Condition, End, Given, Limit, Point, Window
from scheduler.reading.problems import NOWHERE, Where

ANY_LANGUAGE = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text, by language; a text that was written once, without a language, serves for all."""

    by_language: Mapping[str, str]

    def said_in(self, language: str) -> str:
        """The text in a language (zh serves zh-Hans-CN), else for any language, else in English, else in the first there is."""
        texts = self.by_language
        for wanted in (language, language.split("-")[0], ANY_LANGUAGE, "en"):
            if wanted in texts:
                return texts[wanted]
        return next(iter(texts.values()))


class AnswerKind(Enum):
    """What can be answered to a fact."""

    YES_OR_NO = "yes or no"
    VALUE = "one of a list"
    NUMBER = "number"
    DATE = "date"


class Mode(Enum):
    """How a visit takes place."""

    CLINIC = "clinic"
    WARD = "ward"
    TELEPHONE = "telephone"
    HOME = "home"
    REMOTE = "remote"


class PeriodKind(Enum):
    """What a period is."""

    STAY = "stay"
    TREATMENT = "treatment"
    REST = "rest"
    RESTRICTION = "restriction"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What holds for the whole study. `notice` is printed on every page; `language` is that of the papers of the whole study."""

    id: str
    title: Text
    anchor: str
    reckoning: Reckoning
    protocol_version: str = ""
    registry: str = ""
    sponsor: Text | None = None
    notice: Text | None = None
    language: str = "en"
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A question about a participant, and what may be answered."""

    id: str
    label: Text | None
    kind: AnswerKind
    values: tuple[str, ...] = ()
    source: str = ""
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A dated moment nobody attends. With `at` it is expected then, until it is recorded."""

    id: str
    label: Text | None
    at: Point | None = None
    may_not_happen: bool = False
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A stretch of the study (screening, treatment, follow-up)."""

    id: str
    label: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A row of the protocol's table. `visits` are the ids it takes place at; `window` is a gate of its own around that."""

    id: str
    label: Text | None
    visits: frozenset[str]
    when: Condition | None = None
    window: Window | None = None
    text: Text | None = None
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """One visit of the protocol's schedule, with the defaults of its groups filled in.

    `rule` is the id of the entry it was written in: several visits when that is a list (`Month 3/6/9`). `number` is its place in
    the list. Without `at` a visit has a window and no target; a window of None is one the protocol does not state.
    """

    id: str
    rule: str
    number: int
    label: Text | None
    at: Point | Given | None
    window: Window | None = None
    limits: tuple[Limit, ...] = ()
    when: tuple[Condition, ...] = ()
    epoch: str = ""
    mode: Mode | None = None
    optional: bool = False
    text: Text | None = None
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPeriod:
    """A stay, treatment, rest, restriction or observation; both its ends belong to it."""

    id: str
    label: Text | None
    kind: PeriodKind
    start: Point
    end: End | None
    when: tuple[Condition, ...] = ()
    epoch: str = ""
    text: Text | None = None
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Protocol:
    """A whole study, checked: every name in it is declared and every date can be counted. Compared by identity."""

    study: Study
    facts: Mapping[str, Fact]
    events: Mapping[str, Event]
    epochs: Mapping[str, Epoch]
    activities: tuple[Activity, ...]
    visits: tuple[PlannedVisit, ...]
    periods: tuple[PlannedPeriod, ...]
    notes: tuple[Text, ...]
    rules: Mapping[str, tuple[str, ...]]  # the visits of each rule, in their order

    @property
    def given(self) -> tuple[str, ...]:
        """The ids of the visits that are dated by their record alone."""
        return tuple(visit.id for visit in self.visits if isinstance(visit.at, Given))

    @property
    def all_rules(self) -> tuple[PlannedVisit | PlannedPeriod | Event | Activity, ...]:
        """Everything that may hold an assumption."""
        return (*self.visits, *self.periods, *self.events.values(), *self.activities)
