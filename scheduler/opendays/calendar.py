"""A site's calendar: every answer with its reasons, their source, and whether the day is announced.

What the site says itself comes first: a closure, then an extra open day; then the public calendar, then the weekend. A visit also
needs a day on which its kind of visit is held, and its investigator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from scheduler.facts.records import Closure, Recurring, Site, SiteCalendar
from scheduler.facts.recurrence import days_of
from scheduler.opendays.announced import ANNOUNCED, Announced
from scheduler.opendays.public import LibraryDays, NoDays, PublicDays
from scheduler.protocol.records import ANY_LANGUAGE, Mode, Text
from scheduler.reading.problems import SchedulerError

_FILE = "sites.yaml"
_LEARNED = 5  # years: so far back is looked for days worked at a weekend
_FAR = 4_000  # days: a calendar that is closed for so long is no calendar


class Cause(Enum):
    """Why a day is open or closed."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MADE_UP = "made up"
    CLOSED = "closed"
    EXTRA = "extra"
    NOT_HELD = "not held"
    LEAVE = "leave"
    AWAY = "away"
    PASSED = "passed"
    TAKEN = "taken"  # by another visit of the participant; the text is its id, as with the two that follow
    BEFORE = "before"
    AFTER = "after"
    GAP = "gap"
    GATE = "gate"  # outside the days for an activity, whose id is the text
    LIMIT = "limit"  # its limits rule the day out
    FULL = "full"


class Reason(NamedTuple):
    """One reason, in the words of whoever gave it, and where it is from."""

    cause: Cause
    text: str
    source: str


class Answer(NamedTuple):
    """Whether a day is open, and why. `provisional` when the public calendar of that day is not announced yet."""

    is_open: bool
    reasons: tuple[Reason, ...]
    provisional: bool


class OpenDays:
    """The open days of one site."""

    def __init__(self, site: Site, public: PublicDays | None = None) -> None:
        self.site = site
        self.calendar: SiteCalendar = site.calendar
        self.public = public or _public(site)
        self.announced = _announced(site)
        self._answers: dict[date, Answer] = {}
        self._recurring: dict[int, dict[date, str]] = {}
        self._in_language: dict[str, OpenDays] = {}

    def in_language(self, language: str) -> OpenDays:
        """The same days, the public holidays named in another language."""
        if language == self.site.language or not isinstance(self.public, LibraryDays):
            return self
        if language not in self._in_language:
            self._in_language[language] = OpenDays(self.site, self.public.in_language(language))
        return self._in_language[language]

    def is_announced(self, day: date) -> bool:
        """Whether the public calendar of a day is settled. Where the site keeps none, nothing has to be announced."""
        if isinstance(self.public, NoDays):
            return True
        return self.announced is not None and day <= self.announced.until

    def on(self, day: date) -> Answer:
        """Whether the site works on a day."""
        if day not in self._answers:
            self._answers[day] = self._answer(day)
        return self._answers[day]

    def for_visit(self, day: date, mode: Mode | None) -> Answer:
        """Whether a visit of a kind can be held on a day. The ward, a home and the telephone know no clinic days of the clinic."""
        answer = self.on(day)
        reasons = list(answer.reasons) if not answer.is_open else []
        held = self.calendar.clinic_days.get(mode.value if mode else Mode.CLINIC.value)
        if held is not None and day.weekday() not in held and not self._is_extra(day):
            reasons.append(Reason(Cause.NOT_HELD, mode.value if mode else Mode.CLINIC.value, _FILE))
        reasons += self._leave(day)
        return Answer(False, tuple(reasons), answer.provisional) if reasons else answer

    def shown(self, day: date) -> Answer:
        """A day as a calendar on the wall has it: whether the site works, and of a day on which it does, that the investigator is away."""
        answer = self.on(day)
        leave = self._leave(day) if answer.is_open else ()
        special = tuple(reason for reason in answer.reasons if reason.cause is not Cause.WEEKDAY)
        return answer._replace(reasons=special + leave) if leave else answer

    def not_entered(self) -> tuple[int, ...]:
        """The years the site says are announced, and of which the program does not know which weekend days are worked.

        That is seen in countries that have such days: there a year with holidays and none of them has not reached the library. A site
        that has entered extra open days in such a year has seen to it.
        """
        until = self.calendar.announced_until
        years = range(until.year - _LEARNED, until.year + 1) if until is not None else range(0)
        learned = [year for year in years if self._made_up(year)]
        entered = {year for stretch in self.calendar.open for year in (stretch.first.year, stretch.last.year)}
        return tuple(year for year in years if learned and year > max(learned) and year not in entered)

    def count(self, day: date, days: int) -> date:
        """The working day so many working days after a day, or before it; the day itself, be it open or not, when there are none.

        Raises SchedulerError when there is none for years.
        """
        step = timedelta(1 if days > 0 else -1)
        left, found, looked = abs(days), day, 0
        while left:
            found += step
            looked += 1
            left -= self.on(found).is_open
            if looked > _FAR + 10 * abs(days):
                raise SchedulerError(f"site {self.site.id}: there are no {abs(days)} working days from {day} on")
        return found

    # -- one day

    def _answer(self, day: date) -> Answer:
        provisional = not self.is_announced(day)
        name = self.public.holiday(day)
        holiday = (Reason(Cause.HOLIDAY, name, self.public.source),) if name else ()
        if closed := tuple(self._closures(day)):
            return Answer(False, closed + holiday, provisional)
        if extra := tuple(Reason(Cause.EXTRA, open.why, _FILE) for open in _covering(self.calendar.open, day)):
            return Answer(True, extra, provisional)
        if holiday:
            return Answer(False, holiday, provisional)
        if day.weekday() not in self.calendar.weekend:
            if stretch := self.public.stretch(day):
                return Answer(False, (Reason(Cause.HOLIDAY, stretch, self.public.source),), provisional)
            return Answer(True, (Reason(Cause.WEEKDAY, "", self.public.source or _FILE),), provisional)
        if self.public.is_made_up(day):
            return Answer(True, (Reason(Cause.MADE_UP, "", self.public.source),), provisional)
        return Answer(False, (Reason(Cause.WEEKEND, "", _FILE),), provisional)

    def _closures(self, day: date) -> Iterator[Reason]:
        yield from (Reason(Cause.CLOSED, closure.why, _FILE) for closure in _covering(self.calendar.closed, day))
        if self.calendar.closed_every:
            if day.year not in self._recurring:
                self._recurring[day.year] = _in_year(self.calendar.closed_every, day.year)
            if day in self._recurring[day.year]:
                yield Reason(Cause.CLOSED, self._recurring[day.year][day], _FILE)

    def _leave(self, day: date) -> tuple[Reason, ...]:
        return tuple(Reason(Cause.LEAVE, leave.why, _FILE) for leave in _covering(self.calendar.leave, day))

    def _made_up(self, year: int) -> bool:
        days = (date(year, 1, 1) + timedelta(number) for number in range(365))
        return any(self.public.is_made_up(day) for day in days if day.weekday() in self.calendar.weekend)

    def _is_extra(self, day: date) -> bool:
        return any(True for _ in _covering(self.calendar.open, day))


def _covering(stretches: Iterable[Closure], day: date) -> Iterator[Closure]:
    return (stretch for stretch in stretches if stretch.first <= day <= stretch.last)


def _in_year(rules: Iterable[Recurring], year: int) -> dict[date, str]:
    """The days of a year on which a recurring closure falls, and why."""
    found: dict[date, str] = {}
    first, last = datetime(year, 1, 1), datetime(year, 12, 31, 23, 59)  # noqa: DTZ001 - days of a calendar on the wall
    for recurring in rules:
        for moment in days_of(recurring.rule, recurring.first).between(first, last, inc=True):
            found.setdefault(moment.date(), recurring.why)
    return found


def _public(site: Site) -> PublicDays:
    country = site.calendar.country
    return LibraryDays(country, site.calendar.region, site.language) if country and site.calendar.public_holidays else NoDays()


def _announced(site: Site) -> Announced | None:
    if site.calendar.announced_until is not None:
        return Announced(site.calendar.announced_until, Text({ANY_LANGUAGE: _FILE}))
    return ANNOUNCED.get(site.calendar.country)
