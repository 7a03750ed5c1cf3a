"""A warning: something that is not wrong, and worth a look."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.reading.problems import Place


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning, where it was found, and why it stands where somebody accepted it."""

    kind: str
    place: Place
    message: str
    accepted: str = ""

    def __str__(self) -> str:
        return f"{self.place}: warning ({self.kind}): {self.message}"
