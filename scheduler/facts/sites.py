"""sites.yaml to records: the hospitals of a study. Every problem has its line and column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduler.facts.records import Paper, Site
from scheduler.facts.values import parse_day
from scheduler.protocol.file import LANGUAGE, LINE, TEXT
from scheduler.protocol.records import Text
from scheduler.reading.problems import NOWHERE, NotUnderstood, Place, Problems, Where, did_you_mean
from scheduler.reading.shapes import Key, MapOf, Record, matching, one_of
from scheduler.reading.shapes import Text as TextShape
from scheduler.reading.tree import parse_tree

_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telephone:
    day: str = ""
    night: str = ""
    emergency: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _SiteEntry:
    name: Text
    time_zone: ZoneInfo
    language: str
    paper: Paper = Paper.A4
    city: Text | None = None
    country: str = ""
    address: Text | None = None
    telephone: _Telephone = _Telephone()
    protocols: Mapping[str, date] | None = None
    where: Where = NOWHERE


def _zone(text: str) -> ZoneInfo:
    try:
        if "/" not in text and text != "UTC":  # localtime and the like depend on the machine
            raise ValueError
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:
        raise NotUnderstood("no such time zone; it is written as in Asia/Shanghai") from error


def code_of(text: str) -> str:
    """A code that can name a folder on every system. Raises NotUnderstood."""
    if _CODE.fullmatch(text) is None or _DEVICES.fullmatch(text):
        raise NotUnderstood("a code was wanted that can name a folder: letters, digits, - _ and . (at most 64)")
    return text


SITES = MapOf(
    TextShape(code_of, "a site's code"),
    Record(
        "site",
        _SiteEntry,
        Key("name", TEXT, "what the site is called", required=True),
        Key("time_zone", TextShape(_zone, "a time zone (Asia/Shanghai)"), "the time zone its clocks show", required=True),
        Key("language", LANGUAGE, "the language of its staff papers", required=True),
        Key("paper", one_of({paper.value: paper for paper in Paper}, "the paper it prints on"), "A4 or Letter"),
        Key("city", TEXT, "the city"),
        Key("country", matching("[A-Z]{2}", "a country code (CN)"), "the country, two letters"),
        Key("address", TEXT, "the address as printed for a participant"),
        Key(
            "telephone",
            Record(
                "telephone",
                _Telephone,
                Key("day", LINE, "the number by day"),
                Key("night", LINE, "the number by day and night"),
                Key("emergency", LINE, "the emergency number of the country"),
            ),
            "whom a participant rings",
        ),
        Key(
            "protocols",
            MapOf(LINE, TextShape(parse_day, "a date (2026-03-02)")),
            "each version of the protocol (protocols/VERSION.yaml) and the day since which it is in force there",
        ),
    ),
)


def read_sites(data: bytes, file: str, problems: Problems, versions: Collection[str] = ()) -> dict[str, Site]:
    """The sites of `sites.yaml`, each saying since when it follows which of the `versions` of the protocol, where there are several.

    Raises ProblemsError when there is nothing to go on with.
    """
    entries = SITES.read(parse_tree(data, file, problems), "", problems) or {}
    if len({code.casefold() for code in entries}) < len(entries):
        problems.add(Place(file), "two sites have codes that differ only in capital letters: they would share a folder")
    return {
        code: Site(
            id=code,
            name=entry.name,
            zone=entry.time_zone,
            language=entry.language,
            paper=entry.paper,
            city=entry.city,
            country=entry.country,
            address=entry.address,
            day_telephone=entry.telephone.day,
            night_telephone=entry.telephone.night,
            emergency=entry.telephone.emergency,
            protocols=_in_force(entry, versions, problems),
        )
        for code, entry in entries.items()
    }


def _in_force(entry: _SiteEntry, versions: Collection[str], problems: Problems) -> tuple[tuple[str, date], ...]:
    """The versions in force at a site, by their first days."""
    place = entry.where.key("protocols")
    if not versions:
        if entry.protocols is not None:
            problems.add(place, "there is one protocol.yaml: versions with a date stand in protocols/VERSION.yaml")
        return ()
    if entry.protocols is None:
        if len(versions) > 1:
            known = ", ".join(versions)
            problems.add(
                place, f"there are several versions of the protocol: say since when each is in force (protocols: {known})"
            )
        return ()
    for name in entry.protocols:
        if name not in versions:
            problems.add(place, f"there is no protocols/{name}.yaml{did_you_mean(name, versions)}")
    found = sorted(entry.protocols.items(), key=lambda pair: pair[1])
    for (one, day), (other, same) in pairwise(found):
        if day == same:
            problems.add(place, f"{one} and {other} cannot both begin on {day}")
    return tuple((name, day) for name, day in found if name in versions)
