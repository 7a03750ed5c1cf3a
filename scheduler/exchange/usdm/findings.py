"""What is found out while a USDM file is read: what to look at, what somebody has to answer, and what is lost."""

from __future__ import annotations

from scheduler.exchange.drafting import line
from scheduler.exchange.records import Loss, Question
from scheduler.exchange.usdm.losses import LOSSES


class Findings:
    """Collects notices, questions and losses, each once, whatever texts a file holds."""

    def __init__(self) -> None:
        self._notices: dict[str, None] = {}
        self._questions: dict[tuple[str, str], tuple[str, ...]] = {}
        self._lost: dict[str, dict[str, None]] = {}

    def note(self, text: str) -> None:
        """Something to look at, which stops nothing."""
        self._notices[line(text)] = None

    def ask(self, ask: str, about: tuple[str, ...] = (), source: str = "") -> None:
        """Something to find out; what is asked of several in the same words is asked once."""
        key = (line(ask), source)
        self._questions[key] = tuple(dict.fromkeys((*self._questions.get(key, ()), *about)))

    def lose(self, kind: str, *names: str) -> None:
        """Something of the file that the draft does not hold."""
        self._lost.setdefault(kind, {}).update(dict.fromkeys(map(line, names)))

    @property
    def notices(self) -> tuple[str, ...]:
        """The notices, in the order they were found."""
        return tuple(self._notices)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions, in the order they came up."""
        return tuple(Question(ask, about, source) for (ask, source), about in self._questions.items())

    @property
    def lost(self) -> tuple[Loss, ...]:
        """What was lost, in the order of the published list."""
        return tuple(Loss(kind, tuple(self._lost[kind])) for kind in LOSSES if kind in self._lost)
