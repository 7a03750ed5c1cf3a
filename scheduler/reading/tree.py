"""YAML text to a tree of nodes that know where they stand.

Only PyYAML's *events* are used (libyaml where it is built in): no value is ever guessed, so `no`, `1:30` and `4.10` stay the
text they are, and nesting is counted before it can hurt (composing the node graph recurses, and crashes on deep input).
Anchors, aliases and tags are refused: a protocol says what it says in the place where it says it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from scheduler.reading.problems import Place, Problem, Problems, ProblemsError

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """A piece of text. `plain` when it stands unquoted on one line, so that columns inside it can be pointed at.

    `absent` when nothing is written there.
    """

    text: str
    place: Place
    plain: bool = True
    absent: bool = False

    def at(self, offset: int) -> Place:
        """The place of one character of the text; the start where the writing hides it (quotes, folded lines)."""
        if not self.plain or self.place.column is None:
            return self.place
        return Place(self.place.file, self.place.line, self.place.column + offset, self.place.path)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in their order."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place

    def has(self, *names: str) -> bool:
        """Whether any of the keys is written here."""
        return not self.keys.isdisjoint(names)

    @property
    def keys(self) -> frozenset[str]:
        """The keys that are written."""
        return frozenset(key.text for key, _ in self.entries)


Node = Scalar | Sequence | Mapping

_REFUSED = Scalar("", Place(""))  # stands for what has been reported and is passed over

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRANGE = frozenset(
    "\ufeff\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # marks that hide or turn round text
_IMPLIED = (None, "!")  # the tags YAML gives by itself; "!" is what libyaml reports for a quoted scalar
_IN_PLAIN_WORDS = {
    "mapping values are not allowed in this context": 'a second ": " on this line: put the text in quotes',
    "mapping values are not allowed here": 'a second ": " on this line: put the text in quotes',
    "found character that cannot start any token": "this character cannot stand here: put the text in quotes, "
    "and indent with spaces, never with tabs",
    "could not find expected ':'": 'a key without its ": "',
    "did not find expected key": "a key was expected here: look at the indentation, and at quotes inside a text",
    "did not find expected '-' indicator": 'a "- " of the list was expected here: look at the indentation',
    "did not find expected ',' or '}'": "a { that is not closed, or a text that wants quotes",
    "did not find expected ',' or ']'": "a [ that is not closed, or a text that wants quotes",
    "did not find expected node content": "a value was expected here",
    "found unexpected end of stream": "a quote that is not closed",
}


def parse_tree(data: bytes, file: str, problems: Problems) -> Node:
    """The tree of a YAML file; what can be passed over is added to `problems`.

    Raises ProblemsError, and nothing else, when there is no tree to go on with, whatever the bytes are.
    """
    text = decode(data, file)
    builder = _Builder(file, problems)
    try:
        return builder.document(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        said = (error.problem or error.context or "unreadable").strip()
        raise _refused(place, f"this is not YAML: {_IN_PLAIN_WORDS.get(said, said)}{_full_width(text, mark)}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _refused(Place(file), f"this is not YAML: {' '.join(str(error).split())}") from error


def decode(data: bytes, file: str) -> str:
    """The text of a file: UTF-8, with or without a byte order mark, of a bearable size, without control characters.

    Raises ProblemsError.
    """
    if len(data) > MAX_BYTES:
        raise _refused(Place(file), f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(file, before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        raise _refused(place, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8") from error
    if control := control_in(text, allowed="\t\n\r\x85"):
        start = text.index(control)
        place = Place(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        raise _refused(place, f"the control character U+{ord(control):04X} does not belong here")
    return text


def control_in(text: str, allowed: str = "\n\t") -> str:
    """A character of a text that is a control character, half a character, or a mark that hides text; empty when there is none."""
    found = (c for c in set(text).difference(allowed) if c in _STRANGE or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp"))
    return min(found, key=text.index, default="")


def _full_width(text: str, mark: Any) -> str:
    """A hint, when a full-width sign stands where YAML wants its own; it may be on the line before the one that broke."""
    lines = text.split("\n")
    for number in (mark.line, mark.line - 1) if mark else ():
        if 0 <= number < len(lines) and (sign := re.search("[：，｛｝［］]", lines[number])):
            return f'; line {number + 1} has a full-width "{sign.group()}", which means nothing to YAML'
    return ""


def _refused(place: Place, message: str) -> ProblemsError:
    return ProblemsError([Problem(place, message)])


class _Builder:
    """Turns the events of one document into nodes; its depth and its size are bounded."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.nodes = 0

    def document(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _refused(self.place(event), 'a second document starts here ("---"): one file holds one')
                root = self.node(next(events), events, 0)
        return root if root is not None and root is not _REFUSED else Mapping((), Place(self.file, 1, 1))

    def place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        place = self.place(event)
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise _refused(place, f"more than {MAX_DEPTH} levels inside one another")
        if self.nodes > MAX_NODES:
            raise _refused(place, f"more than {MAX_NODES:,} values in one file")
        self.refuse_machinery(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, place, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, place, depth, in_braces=bool(event.flow_style))
        return self.scalar(event, place)

    def refuse_machinery(self, event: Any, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.problems.add(
                place, f'"*{event.anchor}" points to another place: write the value out, or quote a text that starts with *'
            )
        elif event.anchor is not None:
            self.problems.add(
                place, f'"&{event.anchor}" names this value for use elsewhere: write it out where it is meant, or quote it'
            )
        elif event.tag not in _IMPLIED:
            self.problems.add(
                place, f'the tag "{event.tag}" is not used here: write the plain value, or quote a text that starts with !'
            )

    def scalar(self, event: Any, place: Place) -> Scalar:
        if isinstance(event, yaml.AliasEvent):
            return _REFUSED
        if control := control_in(event.value):
            self.problems.add(place, f"the control character U+{ord(control):04X} does not belong in a text")
            return _REFUSED
        one_line = event.start_mark.line == event.end_mark.line
        return Scalar(
            text=event.value,
            place=place,
            plain=one_line and event.style in (None, ""),
            absent=event.value == "" and event.style in (None, ""),
        )

    def sequence(self, events: Iterator[Any], place: Place, depth: int) -> Sequence:
        items = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            item = self.node(event, events, depth + 1)
            if item is not _REFUSED:
                items.append(item)
        return Sequence(tuple(items), place)

    def mapping(self, events: Iterator[Any], place: Place, depth: int, *, in_braces: bool) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.node(event, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            if key is _REFUSED or value is _REFUSED:
                continue
            if not isinstance(key, Scalar):
                self.problems.add(key.place, "a key must be one word")
            elif in_braces and isinstance(value, Scalar) and value.absent:
                self.problems.add(key.place, _stray(key.text, entries))
            else:
                entries.append((key, value))
        return Mapping(tuple(entries), place)


def _stray(word: str, before: list[tuple[Scalar, Node]]) -> str:
    """A comma inside { } ends a value, so the rest of the value looks like a key of which nothing is said."""
    after = f' of "{before[-1][0].text}"' if before else ""
    return f'"{word}" stands alone: inside {{ }} a comma ends the value{after}; quote this or write it on its own line'
