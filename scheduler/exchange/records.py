"""What goes in and out, whatever the format: the draft of a study that was read, the files that were written, and what was lost.

A draft is the protocol file before it is text: the same keys in the same order, and every value an expression as a person would
type it. What a source does not say is asked (`questions`), never made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "str | Sequence[Value] | Mapping[str, Value]"
Entry = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Question:
    """Something the source leaves open. `about` are the names it concerns, `source` the words that leave it open."""

    ask: str
    about: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """What could not be carried over: one of the kinds a format publishes (its LOSSES), and the names it concerns."""

    kind: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A study as another format tells it, key by key as in protocol.yaml; a value that is empty is left out.

    `made_from` is said at the head of the file. `sites` are the entries of sites.yaml, of which the starter's are taken where there
    are none. `notices` say what was read in a way that somebody should look at.
    """

    made_from: str
    study: Entry
    facts: Entry = field(default_factory=dict)
    events: Entry = field(default_factory=dict)
    epochs: Entry = field(default_factory=dict)
    activities: Entry = field(default_factory=dict)
    visits: Sequence[Entry] = ()
    periods: Sequence[Entry] = ()
    notes: Sequence[str] = ()
    questions: Sequence[Question] = ()
    sites: Mapping[str, Entry] = field(default_factory=dict)
    lost: Sequence[Loss] = ()
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files of a format, by their path in the folder they are for, and what of the protocol they do not hold."""

    files: Mapping[str, bytes]
    lost: Sequence[Loss] = ()
    notices: Sequence[str] = ()
