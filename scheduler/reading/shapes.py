"""Shapes: what a file may say, written once.

A shape reads a located node into a plain value, and knows its own JSON Schema, so the reader and the schema for editors
cannot part company. Reading returns `None` when a problem was reported; the caller goes on, to find the others too. A record is built even when
one of its optional keys is wrong, so that rules which name it are not accused of naming nothing.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scheduler.reading import tree
from scheduler.reading.problems import NotUnderstood, Place, Problems, Where, did_you_mean

T = TypeVar("T", covariant=True)
U = TypeVar("U", covariant=True)
Schema = dict[str, Any]
Definitions = dict[str, Schema]


class Shape(ABC, Generic[T]):
    """One kind of value in a file."""

    @abstractmethod
    def read(self, node: tree.Node, path: str, problems: Problems) -> T | None:
        """The value, or None after reporting why there is none."""

    @abstractmethod
    def schema(self, definitions: Definitions) -> Schema:
        """Its JSON Schema (draft 2020-12); shared parts go into `definitions`."""


def kind_of(node: tree.Node) -> str:
    """What a person sees standing there."""
    if isinstance(node, tree.Mapping):
        return "keys and values" if node.entries else "{}"
    if isinstance(node, tree.Sequence):
        return "a list"
    return "nothing" if node.absent else f'"{node.text}"'


class Text(Shape[T]):
    """A scalar, understood by a function that raises NotUnderstood."""

    def __init__(self, understand: Callable[[str], T], wanted: str, schema: Schema | None = None) -> None:
        self._understand = understand
        self._wanted = wanted
        self._schema = schema or {"type": ["string", "number", "boolean"]}

    def read(self, node: tree.Node, path: str, problems: Problems) -> T | None:
        if not isinstance(node, tree.Scalar) or node.absent:
            problems.add(node.place.key(path), f"{kind_of(node)} stands here; {self._wanted} was wanted")
            return None
        try:
            return self._understand(node.text)
        except NotUnderstood as error:
            place = node.at(error.offset).key(path)
            problems.add(place, f'"{_short(node.text)}": {error.message}')
            return None

    def schema(self, definitions: Definitions) -> Schema:
        return {**self._schema, "description": self._wanted}


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:117] + "..."


def one_of(choices: Mapping[str, T], wanted: str) -> Text[T]:
    """A word out of a few."""

    def understand(text: str) -> T:
        word = " ".join(text.split())
        if word not in choices:
            raise NotUnderstood("one of these was wanted: " + ", ".join(choices))
        return choices[word]

    # an editor's YAML reads yes and no as true and false, and figures as numbers; we read them as the words they are
    values: list[object] = [*choices, *({"yes": True, "no": False}[word] for word in choices if word in ("yes", "no"))]
    values += [int(word) for word in choices if word.isdigit()]
    return Text(understand, wanted, {"enum": values})


def matching(pattern: str, wanted: str) -> Text[str]:
    """A text of a given form."""
    compiled = re.compile(pattern)

    def understand(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise NotUnderstood(f"{wanted} was wanted")
        return text

    return Text(understand, wanted, {"type": ["string", "number"], "pattern": f"^(?:{pattern})$"})


class ListOf(Shape[tuple[T, ...]]):
    """A list; with `or_one`, a single value may stand for a list of one; with `filled`, at least one."""

    def __init__(self, item: Shape[T], *, or_one: bool = False, filled: bool = False) -> None:
        self._item = item
        self._or_one = or_one
        self._filled = filled

    def read(self, node: tree.Node, path: str, problems: Problems) -> tuple[T, ...] | None:
        if not isinstance(node, tree.Sequence):
            if self._or_one:
                one = self._item.read(node, path, problems)
                return None if one is None else (one,)
            problems.add(node.place.key(path), f"{kind_of(node)} stands here; a list was wanted")
            return None
        if self._filled and not node.items:
            problems.add(node.place.key(path), "this list is empty")
            return None
        values = [self._item.read(item, f"{path}[{index}]", problems) for index, item in enumerate(node.items)]
        return tuple(value for value in values if value is not None)

    def schema(self, definitions: Definitions) -> Schema:
        item = self._item.schema(definitions)
        many: Schema = {"type": "array", "items": item} | ({"minItems": 1} if self._filled else {})
        return {"anyOf": [item, many]} if self._or_one else many


class MapOf(Shape[Mapping[str, T]]):
    """Keys chosen by the writer, each with a value of one shape; with `filled`, at least one. `wanted` says so of this map."""

    def __init__(
        self, key: Text[str], value: Shape[T], *, filled: bool = False, wanted: str = "keys and values were wanted"
    ) -> None:
        self._key = key
        self._value = value
        self._filled = filled
        self._wanted = wanted

    def read(self, node: tree.Node, path: str, problems: Problems) -> Mapping[str, T] | None:
        if not isinstance(node, tree.Mapping) or (self._filled and not node.entries):
            problems.add(node.place.key(path), f"{kind_of(node)} stands here; {self._wanted}")
            return None
        values: dict[str, T] = {}
        for key, value_node in entries(node, path, problems):
            inner = f"{path}.{key.text}" if path else key.text
            name = self._key.read(key, inner, problems)
            value = self._value.read(value_node, inner, problems)
            if name is not None and value is not None:
                values[name] = value
        return values

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "object", "additionalProperties": self._value.schema(definitions)}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record: its shape, and what it is for."""

    name: str
    shape: Shape[Any]
    says: str
    required: bool = False
    field: str = ""

    @property
    def attribute(self) -> str:
        """The name of the record's field."""
        return self.field or self.name.replace(" ", "_")


class Record(Shape[T]):
    """Keys that are known beforehand, built into a frozen record. `where` is handed to it: the places of its keys."""

    def __init__(self, name: str, build: Callable[..., T], *keys: Key, one_of_keys: tuple[str, ...] = ()) -> None:
        self.name = name
        self._one_of_keys = one_of_keys  # by which the record is told from others, in the schema
        self.article = "an" if name[0] in "aeiou" else "a"
        self.record_name = getattr(build, "__name__", "")
        self._build = build
        self.keys = {key.name: key for key in keys}

    def read(self, node: tree.Node, path: str, problems: Problems) -> T | None:
        if not isinstance(node, tree.Mapping):
            problems.add(node.place.key(path), f"{kind_of(node)} stands here; the keys of {self.article} {self.name} were wanted")
            return None
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        plain: set[str] = set()
        for written, value_node in entries(node, path, problems):
            inner = f"{path}.{written.text}" if path else written.text
            key = self.keys.get(written.text)
            if key is None:
                problems.add(written.place.key(inner), self._refusal(written.text))
                continue
            places[key.name] = value_node.place.key(inner)
            if isinstance(value_node, tree.Scalar) and value_node.plain:
                plain.add(key.name)
            value = key.shape.read(value_node, inner, problems)
            if value is not None:
                values[key.attribute] = value
        for key in self.keys.values():
            if key.required and key.name not in places:
                problems.add(node.place.key(path), f'"{key.name}" is required: {key.says}')
        if any(key.required and key.attribute not in values for key in self.keys.values()):
            return None
        return self._build(where=Where(node.place.key(path), places, frozenset(plain)), **values)

    def _refusal(self, written: str) -> str:
        return f'"{_short(written)}" is not a key of {self.article} {self.name}{did_you_mean(written, self.keys)}'

    def schema(self, definitions: Definitions) -> Schema:
        if self.name not in definitions:
            definitions[self.name] = {}  # taken before its keys are described: a group may hold groups
            known = list(self.keys.values())
            definitions[self.name] = {
                "type": "object",
                "properties": {key.name: _described(key, definitions) for key in known},
                "required": [key.name for key in known if key.required],
                "additionalProperties": False,
            }
            if self._one_of_keys:
                definitions[self.name]["anyOf"] = [{"required": [key]} for key in self._one_of_keys]
        return {"$ref": f"#/$defs/{self.name.replace(' ', '%20')}"}


def _described(key: Key, definitions: Definitions) -> Schema:
    schema = key.shape.schema(definitions)
    return {**schema, "description": key.says}


class Either(Shape[T]):
    """One of two shapes, told apart by looking at the node."""

    def __init__(self, is_first: Callable[[tree.Node], bool], first: Shape[T], second: Shape[T]) -> None:
        self._is_first = is_first
        self._first = first
        self._second = second

    def read(self, node: tree.Node, path: str, problems: Problems) -> T | None:
        return (self._first if self._is_first(node) else self._second).read(node, path, problems)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [self._first.schema(definitions), self._second.schema(definitions)]}


class Made(Shape[U], Generic[T, U]):
    """What another shape reads, made into something else; the place of the value is handed along."""

    def __init__(self, of: Shape[T], make: Callable[[T, Place], U]) -> None:
        self._of = of
        self._make = make

    def read(self, node: tree.Node, path: str, problems: Problems) -> U | None:
        value = self._of.read(node, path, problems)
        return None if value is None else self._make(value, node.place.key(path))

    def schema(self, definitions: Definitions) -> Schema:
        return self._of.schema(definitions)


class Deferred(Shape[T]):
    """A shape that is named before it is written down (groups hold groups)."""

    def __init__(self, shape: Callable[[], Shape[T]]) -> None:
        self._shape = shape

    def read(self, node: tree.Node, path: str, problems: Problems) -> T | None:
        return self._shape().read(node, path, problems)

    def schema(self, definitions: Definitions) -> Schema:
        return self._shape().schema(definitions)


def entries(node: tree.Mapping, path: str, problems: Problems) -> Iterator[tuple[tree.Scalar, tree.Node]]:
    """The entries of a mapping; a key that stands there twice is a problem, not an override."""
    seen: dict[str, Place] = {}
    for key, value in node.entries:
        if key.text in seen:
            inner = f"{path}.{key.text}" if path else key.text
            problems.add(key.place.key(inner), f'"{key.text}" was already written in line {seen[key.text].line}')
            continue
        seen[key.text] = key.place
        yield key, value
