"""sites.yaml to records: the hospitals of a study. Every problem has its line and column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.facts.records import Appointments, Closure, Paper, Recurring, Site, SiteCalendar, Suggest
from scheduler.facts.recurrence import days_of, parse_rule
from scheduler.facts.values import parse_day, parse_weekdays
from scheduler.language.parser import parse_duration
from scheduler.language.syntax import Unit
from scheduler.protocol.file import LANGUAGE, LINE, TEXT, YES_NO
from scheduler.protocol.records import Mode, Text
from scheduler.reading.problems import NOWHERE, NotUnderstood, Place, Problems, Where, did_you_mean
from scheduler.reading.shapes import Key, ListOf, MapOf, Record, matching, one_of
from scheduler.reading.shapes import Text as TextShape
from scheduler.reading.tree import parse_tree

_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?")
_LONGEST = 24 * 60  # minutes
_FIRST_YEAR = 2000  # of announced holidays: no study needs those before
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telephone:
    day: str = ""
    night: str = ""
    emergency: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _StretchEntry:
    first: date
    last: date | None = None
    why: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecurringEntry:
    rule: str
    first: date
    why: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _CalendarEntry:
    country: str = ""
    region: str = ""
    weekend: frozenset[int] = SiteCalendar().weekend
    public_holidays: bool = True
    announced_until: date | None = None
    closed: tuple[_StretchEntry, ...] = ()
    closed_every: tuple[_RecurringEntry, ...] = ()
    open: tuple[_StretchEntry, ...] = ()
    leave: tuple[_StretchEntry, ...] = ()
    clinic_days: Mapping[str, frozenset[int]] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)
    beds: int | None = None
    suggest: Suggest = SiteCalendar().suggest
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _AppointmentsEntry:
    lasts: Mapping[str, int] = field(default_factory=dict)
    reminder: bool = False
    place: Text | None = None
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _SiteEntry:
    name: Text
    time_zone: ZoneInfo
    language: str
    paper: Paper = Paper.A4
    large_print: int | None = None
    city: Text | None = None
    country: str = ""
    address: Text | None = None
    telephone: _Telephone = _Telephone()
    protocols: Mapping[str, date] | None = None
    calendar: _CalendarEntry = _CalendarEntry()
    appointments: _AppointmentsEntry = _AppointmentsEntry()
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


def _few(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text) < 10_000:
        raise NotUnderstood("a number was wanted")
    return int(text)


def _minutes(text: str) -> int:
    """How long something takes. Raises NotUnderstood."""
    wanted = "one number with its unit was wanted, minutes or hours, at most a day, as in 90 minutes or 2 hours"
    try:
        duration = parse_duration(text)
    except NotUnderstood as error:
        raise NotUnderstood(wanted) from error
    minutes = duration.amount * {Unit.HOUR: 60, Unit.MINUTE: 1}.get(duration.unit, 0)
    if not 0 < minutes <= _LONGEST or minutes != int(minutes):
        raise NotUnderstood(wanted)
    return int(minutes)


_DAY = TextShape(parse_day, "a date (2026-03-02)")
_STRETCH = Record(
    "stretch of days",
    _StretchEntry,
    Key("from", _DAY, "its first day", required=True, field="first"),
    Key("to", _DAY, "its last day, included; one day without it", field="last"),
    Key("why", LINE, "why, as it is printed"),
)
_MODES = one_of({mode.value: mode.value for mode in Mode}, "a kind of visit (clinic, ward, telephone, home, remote)")
_CALENDAR = Record(
    "calendar",
    _CalendarEntry,
    Key("country", matching("[A-Z]{2}", "a country code (CN)"), "whose public holidays, where they are not the site's country's"),
    Key("region", matching("[A-Za-z0-9 -]{1,40}", "a region's code"), "the region, where holidays differ within the country"),
    Key("weekend", TextShape(parse_weekdays, "the weekend (Sat Sun)"), "the days of the weekend"),
    Key("public_holidays", YES_NO, "whether the site keeps them"),
    Key("announced_until", _DAY, "the last day whose public holidays are settled"),
    Key("closed", ListOf(_STRETCH), "days on which the site is closed"),
    Key(
        "closed_every",
        ListOf(
            Record(
                "recurring closure",
                _RecurringEntry,
                Key("rule", TextShape(parse_rule, "a recurrence (RRULE)"), "FREQ=MONTHLY;BYDAY=1MO", required=True),
                Key("from", _DAY, "the day it is counted from", required=True, field="first"),
                Key("why", LINE, "why, as it is printed"),
            )
        ),
        "closures that come again",
    ),
    Key("open", ListOf(_STRETCH), "days on which the site works though they would be closed"),
    Key("leave", ListOf(_STRETCH), "days on which the investigator is away"),
    Key("clinic_days", MapOf(_MODES, TextShape(parse_weekdays, "weekdays (Tue Thu)")), "the weekdays of each kind of visit"),
    Key("capacity", MapOf(_MODES, TextShape(_few, "a number")), "how many visits of each kind on one day"),
    Key("beds", TextShape(_few, "a number"), "how many participants can be in hospital at once"),
    Key(
        "suggest",
        one_of({each.value: each for each in Suggest}, "which day to suggest"),
        "which of the possible days is suggested",
    ),
)

_APPOINTMENTS = Record(
    "appointments",
    _AppointmentsEntry,
    Key(
        "lasts",
        MapOf(
            _MODES,
            TextShape(_minutes, "how long it takes (90 minutes, 2 hours)"),
            wanted="how long each kind of visit takes was wanted, as in {clinic: 2 hours, telephone: 15 minutes}",
        ),
        "how long each kind of visit takes",
    ),
    Key("reminder", YES_NO, "whether every event has an alarm: at 09:00 the day before, or a day before a clock time"),
    Key("place", TEXT, "where a participant comes to, as shown on the phone: an address, without department or study"),
)

SITES = MapOf(
    TextShape(code_of, "a site's code"),
    Record(
        "site",
        _SiteEntry,
        Key("name", TEXT, "what the site is called", required=True),
        Key("time_zone", TextShape(_zone, "a time zone (Asia/Shanghai)"), "the time zone its clocks show", required=True),
        Key("language", LANGUAGE, "the language of its staff papers", required=True),
        Key("paper", one_of({paper.value: paper for paper in Paper}, "the paper it prints on"), "A4 or Letter"),
        Key(
            "large_print",
            one_of({"16": 16, "18": 18}, "the size of large print in points"),
            "also write every visit sheet in large print: 16 or 18 points",
        ),
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
            MapOf(LINE, _DAY),
            "each version of the protocol (protocols/VERSION.yaml) and the day since which it is in force there",
        ),
        Key("calendar", _CALENDAR, "when the site works"),
        Key("appointments", _APPOINTMENTS, "how appointments stand in calendars"),
    ),
)


def read_sites(data: bytes, file: str, problems: Problems, versions: Collection[str] = ()) -> dict[str, Site]:
    """The sites of `sites.yaml`, each saying since when it follows which of the `versions` of the protocol, where there are several.

    Raises ProblemsError when there is nothing to go on with.
    """
    entries = SITES.read(parse_tree(data, file, problems), "", problems) or {}
    if not entries:
        problems.add(Place(file, 1), "there is no site: every participant is at one")
    if len({code.casefold() for code in entries}) < len(entries):
        problems.add(Place(file), "two sites have codes that differ only in capital letters: they would share a folder")
    return {
        code: Site(
            id=code,
            name=entry.name,
            zone=entry.time_zone,
            language=entry.language,
            paper=entry.paper,
            large_print=entry.large_print,
            city=entry.city,
            country=entry.country,
            address=entry.address,
            day_telephone=entry.telephone.day,
            night_telephone=entry.telephone.night,
            emergency=entry.telephone.emergency,
            protocols=_in_force(entry, versions, problems),
            calendar=_calendar(entry, problems),
            appointments=Appointments(
                minutes=entry.appointments.lasts, reminder=entry.appointments.reminder, place=entry.appointments.place
            ),
        )
        for code, entry in entries.items()
    }


class SiteWhere(NamedTuple):
    """Where a site stands in the file, and where its calendar does."""

    site: Where
    calendar: Where

    def key(self, name: str) -> Place:
        """The place of what the calendar says, or else the site; the site's own where neither says it."""
        return (self.calendar if name in self.calendar.keys else self.site).key(name)


def where_in_sites(data: bytes, file: str) -> dict[str, SiteWhere]:
    """Where each site of a `sites.yaml` stands that has been read before. Raises ProblemsError when it can no longer be read."""
    entries = SITES.read(parse_tree(data, file, problems := Problems()), "", problems) or {}
    return {code: SiteWhere(entry.where, entry.calendar.where) for code, entry in entries.items()}


def _calendar(entry: _SiteEntry, problems: Problems) -> SiteCalendar:
    """When a site works."""
    made = entry.calendar
    for stretch in (*made.closed, *made.open, *made.leave):
        if stretch.last is not None and stretch.last < stretch.first:
            problems.add(stretch.where.key("to"), f"the last day, {stretch.last}, comes before the first, {stretch.first}")
    if made.announced_until is not None and made.announced_until.year < _FIRST_YEAR:
        said = f"the last day whose public holidays are settled was wanted (2026-12-31), not {made.announced_until}"
        problems.add(made.where.key("announced_until"), said)
    for recurring in made.closed_every:
        if next(iter(days_of(recurring.rule, recurring.first)), None) is None:
            problems.add(recurring.where.key("rule"), f"there is no such day from {recurring.first} on: {recurring.rule}")
    return SiteCalendar(
        country=made.country or entry.country,
        region=made.region,
        weekend=made.weekend,
        public_holidays=made.public_holidays,
        announced_until=made.announced_until,
        closed=_stretches(made.closed),
        closed_every=tuple(Recurring(each.rule, each.first, each.why) for each in made.closed_every),
        open=_stretches(made.open),
        leave=_stretches(made.leave),
        clinic_days=made.clinic_days,
        capacity=made.capacity,
        beds=made.beds,
        suggest=made.suggest,
    )


def _stretches(entries: tuple[_StretchEntry, ...]) -> tuple[Closure, ...]:
    return tuple(Closure(entry.first, entry.last or entry.first, entry.why) for entry in entries)


def _in_force(entry: _SiteEntry, versions: Collection[str], problems: Problems) -> tuple[tuple[str, date], ...]:
    """The versions in force at a site, by their first days."""
    place = entry.where.key("protocols")
    if not versions:
        if entry.protocols is not None:
            problems.add(place, "there is one protocol.yaml: versions with a date stand in protocols/VERSION.yaml")
        return ()
    if not entry.protocols:
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
