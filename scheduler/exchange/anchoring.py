"""What the days of a registry record count from: the one thing its sentences count most from, or say Day 0 or Day 1 of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scheduler.exchange.clauses import Finding, Treatment, Unread, base_of
from scheduler.exchange.phrases import ENDS, GENERAL, GIVEN, LABELS, Counted, Run, runs

START = "start"  # where a record does not say what days count from
VISITED = (*GIVEN, "baseline")  # an anchor that is a visit; any other is an event nobody attends
_FIRST_AMONG_EQUALS = (*GIVEN, "randomisation", "enrolment", "baseline")
_STATED = 1_000  # "infusion on Day 0" counts for more than any number of "after randomisation"


@dataclass(frozen=True, slots=True)
class Clock:
    """The anchor of a record, the number of its day, and whether there is a Day 0 beside.

    `given` is what a dose, an injection or a treatment is read as; `words` are all that were read so. `source` is the sentence that
    says the number of the day, where one does (`is_stated`).
    """

    anchor: str
    first_day: int
    has_day_0: bool
    is_stated: bool
    is_named: bool
    source: str
    given: str
    words: tuple[str, ...]

    def name(self, anchor: str) -> str:
        """What an anchor is called in the draft: a word that can mean any giving means what is given here."""
        return self.given if anchor in GENERAL and self.given else anchor

    @property
    def label(self) -> str:
        """What the anchor is called."""
        return LABELS.get(self.anchor, "The day everything is counted from")

    @property
    def is_visit(self) -> bool:
        """Whether somebody attends the anchor."""
        return self.anchor in VISITED


def clock_of(sentences: Sequence[str], found: Sequence[Finding], frames: Iterable[tuple[str, Run | None]]) -> Clock:
    """The clock of a record, from its sentences, what was found in them, and its time frames."""
    frames = tuple(frames)
    counted = [each.anchor for each in _counted(found, frames) if each.anchor not in ENDS]
    bases = [(base, sentence) for sentence in sentences if (base := base_of(sentence))]
    counts = Counter(counted + [base[0] for base, _ in bases])
    given = _given(counts)
    folded: Counter[str] = Counter()
    for name, number in counts.items():
        folded[given if name in GENERAL else name] += number
    if bases:
        first = bases[0][0][0]
        folded[given if first in GENERAL else first] += _STATED
    times = [time for text in (*sentences, *(text for text, _ in frames)) for run in runs(text) for time in run.times]
    candidates = list(folded) or [time.unit for time in times if time.unit == "baseline"]
    anchor = min(candidates, key=lambda name: (-folded[name], _rank(name)), default=START)
    base, source = next(
        ((base, sentence) for base, sentence in bases if (given if base[0] in GENERAL else base[0]) == anchor), (None, "")
    )
    words = {name for name in counts if name in GENERAL} | ({given} if given else set())
    return Clock(
        anchor=anchor,
        first_day=base[2] if base else 0,
        has_day_0=any(time.is_label and time.unit == "days" and time.number == 0 for time in times),
        is_stated=base is not None,
        is_named=anchor in folded,
        source=source,
        given=given,
        words=tuple(sorted(words)),
    )


def _given(counts: Counter[str]) -> str:
    """What is given: the thing with a name of its own that is counted from most, else the word that can mean any."""
    named = [name for name in GIVEN if counts[name] and name not in GENERAL] or [name for name in GIVEN if counts[name]]
    return max(named, key=lambda name: (counts[name], -GIVEN.index(name)), default="")


def _rank(name: str) -> int:
    return _FIRST_AMONG_EQUALS.index(name) if name in _FIRST_AMONG_EQUALS else len(_FIRST_AMONG_EQUALS)


def _counted(found: Iterable[Finding], frames: Iterable[tuple[str, Run | None]]) -> Iterator[Counted]:
    yield from (each.counted for each in found if not isinstance(each, Treatment | Unread) and each.counted)
    yield from (run.counted for _, run in frames if run and run.counted)
