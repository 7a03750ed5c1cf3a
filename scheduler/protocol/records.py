"""What a study asks: its conventions, facts, events, epochs, activities, visits and periods.

`source` quotes what a rule rests on; `assumed` names the keys of a rule that the protocol does not say, so that everything
printed from them can be marked. Texts may be in several languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from scheduler.language.moments import Reckoning
from scheduler.language.survey import is_series
from scheduler.language.syntax import (
    At,
    Condition,
    Duration,
    End,
    Given,
    Limit,
    Moves,
    Point,
    Positions,
    TimePoint,
    Until,
    Window,
)
from scheduler.reading.problems import NOWHERE, Where

ANY_LANGUAGE = ""
COUNTER = re.compile(r"<([^<>]*)>")  # a counter in a name or a label: C<cycle>D1
COHORT = "cohort"  # the fact that says which cohort a participant is in
STUDY, SITE = "study", "site"  # what a rule between participants may be within, beside a fact
PARTICIPANT = "participant"  # "of previous participant"
MOST_BLINDED_SETS = 64  # of answers to all blinded facts together: a blinded calendar is worked out under each of them

Accepted = Mapping[str, str]  # by kind of warning: why it stands


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

    def serves(self, language: str) -> bool:
        """Whether it is written in a language, or for all."""
        return any(wanted in self.by_language for wanted in (language, language.split("-")[0], ANY_LANGUAGE))


class AnswerKind(Enum):
    """What can be answered to a fact."""

    YES_OR_NO = "yes or no"
    VALUE = "one of a list"
    NUMBER = "number"
    DURATION = "duration"
    DATE = "date"


class Mode(Enum):
    """How a visit takes place."""

    CLINIC = "clinic"
    WARD = "ward"
    TELEPHONE = "telephone"
    HOME = "home"
    REMOTE = "remote"


class Owner(Enum):
    """Whose event it is: recorded once for the participant, the cohort or the whole study."""

    PARTICIPANT = "participant"
    COHORT = "cohort"
    STUDY = "study"


class PeriodKind(Enum):
    """What a period is."""

    STAY = "stay"
    TREATMENT = "treatment"
    REST = "rest"
    RESTRICTION = "restriction"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a participant's wallet card says: nothing on it that the protocol or its papers do not say, and `source` is where they do.

    `restrictions` are the ids of those whose last day stands on it.
    """

    source: str
    therapy: Text | None = None
    ring_when: Text | None = None
    for_doctors: Text | None = None
    restrictions: tuple[str, ...] = ()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


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
    card: Card | None = None
    source: str = ""
    assumed: frozenset[str] = frozenset()
    accepted: Accepted = field(default_factory=dict)
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A question about a participant, and what may be answered. Nobody who reads a blinded paper may learn a `blinded` answer."""

    id: str
    label: Text | None
    kind: AnswerKind
    values: tuple[str, ...] = ()
    blinded: bool = False
    source: str = ""
    where: Where = field(default=NOWHERE, compare=False, repr=False)

    @property
    def choices(self) -> tuple[str | bool, ...]:
        """Everything that may be answered; nothing where that cannot be listed."""
        return (True, False) if self.kind is AnswerKind.YES_OR_NO else self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A dated moment nobody attends. With `at` it is expected then, until it is recorded.

    `repeats` when the protocol counts on its coming several times (each infusion, last dose).
    """

    id: str
    label: Text | None
    at: Point | None = None
    may_not_happen: bool = False
    owner: Owner = Owner.PARTICIPANT
    repeats: bool = False
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A stretch of the study (screening, treatment, follow-up); `until` cuts those of its visits that come later."""

    id: str
    label: Text | None
    until: Until | None = None
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Span:
    """The visits from the first to the last, in the protocol's order, by their places in it; None stands for any copy."""

    first: Sequence[int | None]
    last: Sequence[int | None]

    def holds(self, place: Sequence[int]) -> bool:
        """Whether a visit, by its place, is one of them."""
        low = [(part, own) for part, own in zip(self.first, place, strict=False) if part is not None]
        high = [(part, own) for part, own in zip(self.last, place, strict=False) if part is not None]
        return [part for part, _ in low] <= [own for _, own in low] and [own for _, own in high] <= [part for part, _ in high]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A row of the protocol's table.

    `spans` are the visits it takes place at (every visit where there are none), as `written`; `window` is a gate of its own,
    `times` are the moments of its samples, counted from the visit's clock time.
    """

    id: str
    label: Text | None
    written: str = ""
    spans: tuple[Span, ...] = ()
    when: Condition | None = None
    window: Window | None = None
    times: tuple[TimePoint, ...] = ()
    text: Text | None = None
    source: str = ""
    assumed: frozenset[str] = frozenset()
    accepted: Accepted = field(default_factory=dict)
    where: Where = field(default=NOWHERE, compare=False, repr=False)

    def takes_place_at(self, place: Sequence[int]) -> bool:
        """Whether it belongs to the visit with this place in the protocol's order."""
        return not self.spans or any(span.holds(place) for span in self.spans)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A wider window, and what it is for (holidays): to be used last, and named."""

    window: Window
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A rule for one visit or several; and, on a schedule, one visit of it, with its own id, label and date.

    `rule` is the id it was written under, `id` the name of the one visit, or the pattern of their names (`C<cycle>D8`). `at` is
    then one date of several. `text` is for the participant's sheet, `calendar_text` for the calendar on the phone. Without `at` a visit has a window and no target; a window of None is one the protocol does not state.
    `cases` are the same visit under several rules, each with its own condition in `case`. What its groups say is filled in.
    """

    id: str
    rule: str
    label: Text | None
    at: At | None
    moves: Moves | None = None
    window: Window | None = None
    limits: tuple[Limit, ...] = ()
    prefer: Window | None = None
    allowance: Allowance | None = None
    when: tuple[Condition, ...] = ()
    until: tuple[Until, ...] = ()
    case: Condition | None = None
    cases: tuple[PlannedVisit, ...] = ()
    missed_after: Point | Duration | None = None
    missed_never: bool = False  # once missed it is as if it had never been: nothing is counted from its target
    yields_to: str = ""
    epoch: str = ""
    mode: Mode | None = None
    optional: bool = False
    text: Text | None = None
    calendar_text: Text | None = None
    inside: tuple[Text, ...] = ()  # the labels of the copies it stands in, the outermost first
    source: str = ""
    assumed: frozenset[str] = frozenset()
    accepted: Accepted = field(default_factory=dict)
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPeriod:
    """A stay, treatment, rest, restriction or observation; both its ends belong to it. `id` as with a visit."""

    id: str
    rule: str
    label: Text | None
    kind: PeriodKind
    start: Point
    end: End | None
    when: tuple[Condition, ...] = ()
    until: tuple[Until, ...] = ()
    epoch: str = ""
    text: Text | None = None
    source: str = ""
    assumed: frozenset[str] = frozenset()
    accepted: Accepted = field(default_factory=dict)
    where: Where = field(default=NOWHERE, compare=False, repr=False)


Member = PlannedVisit | PlannedPeriod


@dataclass(frozen=True, slots=True)
class Outside:
    """What the groups around a group ask of everything in it. It is counted by their clock, not by its own."""

    when: tuple[Condition, ...] = ()
    until: tuple[Until, ...] = ()
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedGroup:
    """Visits and periods with a clock of their own: labels count from its start (`at`), and there may be several copies of it.

    `id` is the pattern of its copies' names. The whole protocol is a group without `at`, which counts from the study's anchor.
    """

    id: str
    rule: str
    label: Text | None
    at: At | None
    reckoning: Reckoning
    members: tuple[PlannedVisit | PlannedPeriod | PlannedGroup, ...]
    defaults: tuple[PlannedVisit, ...] = ()  # what it, and the entries in it that only share defaults, give their members
    moves: Moves | None = None
    until: tuple[Until, ...] = ()
    outside: Outside = Outside()
    epoch: str = ""
    assumed: frozenset[str] = frozenset()
    accepted: Accepted = field(default_factory=dict)
    where: Where = field(default=NOWHERE, compare=False, repr=False)

    @property
    def copied(self) -> bool:
        """Whether there may be several of it."""
        return is_series(self.at)

    @property
    def groups(self) -> tuple[PlannedGroup, ...]:
        """The groups that stand in it."""
        return tuple(member for member in self.members if isinstance(member, PlannedGroup))


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenRule:
    """A rule between participants: sentinel, stagger or gate.

    Those who are in the same group (`within`: the study, a site, or the same answer to a fact) come in the order of their dates for
    `event`, then of their codes; `limits` hold for the date of those at the positions `who`.
    """

    id: str
    label: Text | None
    event: str
    within: str
    who: Positions
    limits: tuple[Limit, ...]
    source: str = ""
    assumed: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What the protocol file cannot say yet, and somebody has to find out; `about` are the names in the file it concerns."""

    ask: Text
    about: tuple[str, ...] = ()
    source: str = ""
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Protocol:
    """A whole study, checked: every name in it is declared and every date can be counted. Compared by identity."""

    study: Study
    facts: Mapping[str, Fact]
    events: Mapping[str, Event]
    epochs: Mapping[str, Epoch]
    activities: tuple[Activity, ...]
    root: PlannedGroup
    notes: tuple[Text, ...]
    between: tuple[BetweenRule, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()

    @property
    def visits(self) -> tuple[PlannedVisit, ...]:
        """The rules for visits, in the protocol's order."""
        return tuple(rule for rule in _rules(self.root) if isinstance(rule, PlannedVisit))

    @property
    def periods(self) -> tuple[PlannedPeriod, ...]:
        """The rules for periods, in the protocol's order."""
        return tuple(rule for rule in _rules(self.root) if isinstance(rule, PlannedPeriod))

    @property
    def given(self) -> tuple[str, ...]:
        """The ids of the visits that are dated by their record alone, and of which there is one."""
        return tuple(visit.id for visit in self.visits if isinstance(visit.at, Given) and not COUNTER.search(visit.id))

    @property
    def answered(self) -> frozenset[str]:
        """The facts whose answers are no dates."""
        return frozenset(name for name, fact in self.facts.items() if fact.kind is not AnswerKind.DATE)

    def ends_of(self, rule: PlannedVisit | PlannedPeriod | PlannedGroup) -> tuple[Point, ...]:
        """The dates that end the epoch a rule belongs to. They are counted as in the whole protocol."""
        epoch = self.epochs.get(rule.epoch)
        return epoch.until.points if epoch is not None and epoch.until is not None else ()

    @property
    def all_rules(self) -> tuple[PlannedVisit | PlannedPeriod | Event | Activity | BetweenRule, ...]:
        """Everything that may hold an assumption."""
        return (*self.visits, *self.periods, *self.events.values(), *self.activities, *self.between)


def _rules(group: PlannedGroup) -> Iterator[Member]:
    for member in group.members:
        if isinstance(member, PlannedGroup):
            yield from _rules(member)
        else:
            yield member
