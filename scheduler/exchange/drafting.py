"""A draft as the text of protocol.yaml and sites.yaml, and the names and texts in it.

What comes from another format may be anything: `name_of` and `line` make of any text what the protocol language takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, ClassVar

import yaml

from scheduler.exchange.records import Draft, Entry, Value
from scheduler.language.parser import parse_name
from scheduler.reading.problems import NotUnderstood
from scheduler.reading.tree import control_in

_LONGEST_NAME, _LONGEST_TEXT = 40, 1_000
_NO_NAME = re.compile(r"[\W_]+")
_WIDTH = 100_000  # a text stands on one line: folded, it could not be searched for
_RESERVED = {"participant", "site", "language", "prefers", "unavailable"}  # they mean something in the tables


def protocol_text(draft: Draft) -> bytes:
    """The draft as protocol.yaml."""
    questions = [{"ask": each.ask, "about": each.about, "source": each.source} for each in draft.questions]
    sections: dict[str, Value] = {
        "study": draft.study,
        "facts": draft.facts,
        "events": draft.events,
        "epochs": draft.epochs,
        "visits": draft.visits,
        "periods": draft.periods,
        "activities": draft.activities,
        "notes": draft.notes,
        "questions": questions,
    }
    head = (
        f"# A draft, made from {line(draft.made_from)}. Nobody has checked it against the protocol.\n"
        "# source: quotes what was read. assumed: names what was not there. questions: lists what somebody has to find out.\n"
    )
    return (head + _yaml(sections)).encode()


def sites_text(sites: Mapping[str, Entry]) -> bytes:
    """The sites of a draft as sites.yaml."""
    return ("# Put time zone, country and telephone numbers in before anything is printed.\n" + _yaml(sites)).encode()


def line(text: str, longest: int = _LONGEST_TEXT) -> str:
    """A text on one line, without what no file of ours may hold; cut where it is too long. Empty when nothing is left."""
    while control := control_in(text, allowed=""):
        text = text.replace(control, " ")
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 3].rstrip() + "..."


def quoted(text: str) -> str:
    """A source sentence, in its quotation marks."""
    said = line(text)
    return f"'{said}'" if said else ""


def name_of(text: str, taken: Set[str] = frozenset(), otherwise: str = "x") -> str:
    """A name as near to a text as the language allows, and none of those that are taken (whatever their capital letters)."""
    text = line(text)
    name = text if _is_name(text) and len(text) <= _LONGEST_NAME else "-".join(filter(None, _NO_NAME.split(text)))
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME + 1].rpartition("-")[0] or name[:_LONGEST_NAME]
    name = name.strip("-.") or otherwise
    if not _is_name(name):
        name = f"{otherwise}-{name}"
    if not _is_name(name):
        name = otherwise
    lower = {each.casefold() for each in taken | _RESERVED}
    number, found = 1, name
    while found.casefold() in lower:
        number += 1
        found = f"{name}-{number}"
    return found


def _is_name(text: str) -> bool:
    try:
        parse_name(text)
    except NotUnderstood:
        return False
    return not text.endswith("_status")  # the columns of participants.csv


def _yaml(sections: Mapping[str, Value]) -> str:
    parts = []
    for name, value in sections.items():
        if filled := _filled(value):
            parts.append(yaml.dump({name: filled}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH))
    return "\n".join(parts)


def _filled(value: Value) -> Any:
    """A value without the parts that are empty; an entry that says nothing stays as its name."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        parts = {key: _filled(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part or isinstance(value[key], Mapping)}
    return [part for part in map(_filled, value) if part]


class _Dumper(yaml.SafeDumper):
    """Every value is a text, as our reader reads it; short lists stand on one line."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # it is one of the class, whatever the stubs say

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def _list(dumper: yaml.SafeDumper, items: Sequence[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_are_words(items))


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text.startswith("'") else None)


def _are_words(items: Iterable[Any]) -> bool:
    return all(isinstance(item, str) and len(item) <= _LONGEST_NAME for item in items)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)
