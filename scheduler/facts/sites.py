"""sites.yaml to records: the hospitals of a study. Every problem has its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from scheduler.facts.records import Paper, Site
from scheduler.protocol.file import LANGUAGE, LINE, TEXT
from scheduler.protocol.records import Text
from scheduler.reading.problems import NOWHERE, NotUnderstood, Place, Problems, Where
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
    ),
)


def read_sites(data: bytes, file: str, problems: Problems) -> dict[str, Site]:
    """The sites of `sites.yaml`. Raises ProblemsError when there is nothing to go on with."""
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
        )
        for code, entry in entries.items()
    }
