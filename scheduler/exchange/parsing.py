"""JSON and XML from other programs, read so that no file can do harm: bounded in size and depth, without DTD or entities.

Both raise ProblemsError, and nothing else, whatever the bytes are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from scheduler.reading.problems import Place, Problem, ProblemsError

MOST_BYTES = 32_000_000
_DEEPEST = 60


@dataclass(slots=True)
class Element:
    """An XML element. Names of elements and attributes are `namespace name`, or the name alone where there is no namespace."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Element]:
        """Every element of a name in this one, in the order of the file."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)

    def first(self, name: str) -> Element | None:
        """The first element of a name in this one."""
        return next(self.all(name), None)


def json_of(data: bytes, file: str) -> Any:
    """The value a JSON file holds; a number that is not finite is refused."""
    text = _text(data, file)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise _refused(file, "this JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ProblemsError([Problem(Place(file, error.lineno, error.colno), f"this is not JSON: {error.msg}")]) from error
    except ValueError as error:
        raise _refused(file, f"this is not JSON: {error}") from error


def xml_of(data: bytes, file: str) -> Element:
    """The outermost element of an XML file. A DTD is refused, and with it every entity: it could reach other files, or never end."""
    text = _text(data, file)
    reader = _XmlReader(file)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        place = Place(file, error.lineno, error.offset + 1)
        raise ProblemsError([Problem(place, f"this is not XML: {expat.ErrorString(error.code)}")]) from error
    assert reader.root is not None  # a file without an element is no XML
    return reader.root


class _XmlReader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Element | None = None
        self.inside: list[Element] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def place(self) -> Place:
        return Place(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def doctype(self, *_: object) -> None:
        raise ProblemsError(
            [Problem(self.place(), "a document type (<!DOCTYPE ...>) is not read: remove it, or export the file anew")]
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.inside) >= _DEEPEST:
            raise ProblemsError([Problem(self.place(), f"more than {_DEEPEST} elements inside one another")])
        element = Element(name, attributes)
        if self.inside:
            self.inside[-1].children.append(element)
        else:
            self.root = element
        self.inside.append(element)

    def end(self, _: str) -> None:
        self.inside.pop()

    def characters(self, text: str) -> None:
        self.inside[-1].text += text


def _text(data: bytes, file: str) -> str:
    """UTF-8; what a text of ours may not hold is left out where it is used (`drafting.line`)."""
    if len(data) > MOST_BYTES:
        raise _refused(file, f"the file is larger than {MOST_BYTES:,} bytes, and is not read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _refused(file: str, message: str) -> ProblemsError:
    return ProblemsError([Problem(Place(file), message)])
