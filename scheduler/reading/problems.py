"""Problems: what is wrong in a file somebody wrote, and exactly where.

Wrong input is expected, so it is collected, not raised at the first sight: one run shows everything there is to put right.
Lines and columns are counted from 1, as editors show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file: where to put the cursor, and the path of keys that leads there."""

    file: str
    line: int | None = None
    column: int | None = None
    path: str = ""

    def key(self, path: str) -> Place:
        """The same spot, under another path of keys."""
        return Place(self.file, self.line, self.column, path)

    @property
    def position(self) -> tuple[str, str, int, int]:
        """Where it comes in the order of file, sheet of a workbook, line and column."""
        sheet, mark, _ = self.path.partition("!")
        return self.file, sheet if mark else "", self.line or 0, self.column or 0

    def __str__(self) -> str:
        spot = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{spot}: {self.path}" if self.path else spot


@dataclass(frozen=True, slots=True)
class Where:
    """Where a record was written: the record itself and each of its keys."""

    place: Place
    keys: Mapping[str, Place] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()

    def key(self, name: str, offset: int = 0) -> Place:
        """The place of one key's value, and of a character in it where the writing allows (a plain text on one line).

        The record's own place when the key was not written there.
        """
        place = self.keys.get(name, self.place)
        if name in self.plain and place.column is not None:
            return Place(place.file, place.line, place.column + offset, place.path)
        return place


NOWHERE = Where(Place(""))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person must put right."""

    place: Place
    message: str

    def __str__(self) -> str:
        line = " ".join(f"{self.place}: {self.message}".splitlines())  # one problem is one line, whatever a file holds
        return "".join(character if character.isprintable() else " " for character in line)


class SchedulerError(Exception):
    """What the user can put right. Anything else that escapes is a defect of ours and shows its traceback."""


class ProblemsError(SchedulerError):
    """One or more problems in the files that were read, all of them, in the order of the file; and what is to be known besides."""

    def __init__(self, problems: Iterable[Problem], notices: tuple[str, ...] = ()) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        self.notices = notices
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotUnderstood(ValueError):
    """A text that does not say what it should: why, and at which of its characters."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Problems:
    """Collects problems while a file is read; and notices, of what was read and should be looked at."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._notices: list[Problem] = []

    def add(self, place: Place, message: str) -> None:
        """Remember one problem. Raises ProblemsError when there are so many that the file must be something else."""
        self._found.append(Problem(place, message))
        if len(self._found) >= _MOST:
            self._found.append(Problem(place, f"there is more; the first {_MOST} problems are shown"))
            self.raise_if_any()

    def note(self, place: Place, message: str) -> None:
        """Remember a notice, which stops nothing."""
        self._notices.append(Problem(place, message))

    @property
    def notices(self) -> tuple[str, ...]:
        """The notices so far, each with its place."""
        return tuple(str(notice) for notice in dict.fromkeys(self._notices))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Go on after what leaves nothing to go on with inside: its problems are kept with the others."""
        try:
            yield
        except ProblemsError as error:
            self._found.extend(error.problems)

    @property
    def count(self) -> int:
        """How many were found so far."""
        return len(self._found)

    def raise_if_any(self) -> None:
        """Raise ProblemsError with everything found, in the order of file, sheet, line and column."""
        if self._found:
            self._found.sort(key=lambda problem: problem.place.position)
            raise ProblemsError(self._found, self.notices)


_MOST = 500
_COMPARED = 80  # with more names than this a table full of wrong ones would take minutes to compare


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "window"?` for a near miss, otherwise what is known there, otherwise nothing."""
    import difflib

    known = sorted(set(known))
    close = difflib.get_close_matches(word[:60], known, n=5) if len(known) <= _COMPARED else []
    if close:
        likeness = difflib.SequenceMatcher(b=word)

        def alike(other: str) -> tuple[float, bool]:
            likeness.set_seq1(other)
            return likeness.ratio(), other[:1] == word[:1]

        best = max(close, key=alike)
        return f'; did you mean "{best}"?'
    if not known:
        return ""
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f" (known here: {shown})"
