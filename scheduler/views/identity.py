"""What a staff paper says of itself: which rules, which files, which program, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.protocol.records import Protocol
from scheduler.views.words import Words


@dataclass(frozen=True, slots=True)
class Identity:
    """What a staff paper says of itself: which rules, which files, which program, when."""

    protocol_version: str
    study_hash: str
    program: str
    issued_at: datetime

    def said(self, said: Words) -> str:
        """In one line."""
        return said.say(
            "staff.identity",
            version=self.protocol_version or "-",
            hash=self.study_hash[:12],
            program=self.program,
            issued=said.moment(self.issued_at.astimezone(UTC)),
        )


def study_line(protocol: Protocol, said: Words) -> str:
    """The study's title, short name and registry number."""
    study = protocol.study
    return " · ".join(filter(None, [said.text(study.title), study.id, study.registry]))
