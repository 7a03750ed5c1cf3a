"""A site's calendar in words: why a day is open or closed, on whose word, and until when it is announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.opendays.calendar import Answer, Cause, OpenDays, Reason
from scheduler.opendays.public import NoDays
from scheduler.schedule.records import Schedule
from scheduler.views.words import Words

_PLAIN = (Cause.WEEKDAY, Cause.WEEKEND)
CLOSED = frozenset((Cause.WEEKEND, Cause.HOLIDAY, Cause.CLOSED))  # the site is closed for everything
_OF_VISIT = frozenset((Cause.TAKEN, Cause.BEFORE, Cause.AFTER, Cause.GAP))
_OF_MODE = frozenset((Cause.NOT_HELD, Cause.FULL))
_WITH_TEXT = frozenset((Cause.CLOSED, Cause.EXTRA, Cause.LEAVE))


class Stretch(NamedTuple):
    """Days in a row with the same answer."""

    first: date
    last: date
    answer: Answer


def year_of(calendar: OpenDays, year: int) -> tuple[tuple[date, Answer], ...]:
    """Every day of a year as a calendar shows it."""
    days = (date(year, 1, 1) + timedelta(number) for number in range((date(year, 12, 31) - date(year, 1, 1)).days + 1))
    return tuple((day, calendar.shown(day)) for day in days)


def stretches(days: Iterable[tuple[date, Answer]]) -> tuple[Stretch, ...]:
    """What is neither a plain weekday nor a plain weekend, days in a row together."""
    found: list[Stretch] = []
    for day, answer in days:
        if answer.reasons[0].cause in _PLAIN:
            continue
        if found and found[-1].last == day - timedelta(1) and found[-1].answer == answer:
            found[-1] = found[-1]._replace(last=day)
        else:
            found.append(Stretch(day, day, answer))
    return tuple(found)


def mark(answer: Answer) -> str:
    """The sign of a day in a month: closed, weekend, worked in the stead of another, nobody to see; and whether it is provisional."""
    signs = {Cause.WEEKDAY: "", Cause.WEEKEND: ".", Cause.MADE_UP: "+", Cause.EXTRA: "+", Cause.LEAVE: "*"}
    return signs.get(answer.reasons[-1 if answer.is_open else 0].cause, "#") + ("?" if answer.provisional else "")


def is_leave(answer: Answer) -> bool:
    """Whether the investigator is away on a day on which the site works."""
    return answer.is_open and any(why.cause is Cause.LEAVE for why in answer.reasons)


def reason(why: Reason, said: Words, schedule: Schedule | None = None) -> str:
    """One reason for or against a day in words, without where it is from; other visits by the names a schedule has for them."""
    text = why.text
    if why.cause in _OF_VISIT and schedule is not None:
        text = next((said.visit(visit.plan) for visit in schedule.visits if visit.id == text), text)
    elif why.cause in _OF_MODE:
        text = said.say(f"mode_short.{text}")
    elif why.cause is Cause.GATE and schedule is not None:
        known = {activity.id: activity for activity in schedule.protocol.activities}
        text = said.text(known[text].label, text) if text in known else text
    more = "_for" if why.cause in _WITH_TEXT and text else ""
    return said.say(f"reason.{why.cause.value.replace(' ', '_')}{more}", text=text)


def reasons(found: Iterable[Reason], said: Words, schedule: Schedule | None = None) -> str:
    """Reasons in a row, each once."""
    return said.say("date.list").join(dict.fromkeys(reason(why, said, schedule) for why in found))


def grounds(found: Iterable[Reason], said: Words) -> str:
    """Reasons after words that say that a site is closed: of a closure only why. Nothing where nobody said why."""
    texts = (why.text if why.cause is Cause.CLOSED else reason(why, said) for why in found)
    return said.say("date.list").join(dict.fromkeys(filter(None, texts)))


def with_source(answer: Answer, said: Words) -> str:
    """Why a day is as it is, and on whose word; that it is provisional, where it is."""
    text = said.say("date.list").join(
        said.say("opendays.sourced", text=reason(why, said), source=why.source) if why.source else reason(why, said)
        for why in answer.reasons
    )
    return said.say("date.list").join([text, said.say("opendays.provisional")]) if answer.provisional else text


def horizon(calendar: OpenDays, said: Words) -> str:
    """Until when a calendar is announced, and who says so."""
    if isinstance(calendar.public, NoDays):
        return said.say("opendays.none_kept")
    if calendar.announced is None:
        return said.say("opendays.unknown")
    if calendar.announced.until == date.max:
        return said.say("opendays.by_law", source=said.text(calendar.announced.source))
    return said.say("opendays.announced", day=said.day(calendar.announced.until), source=said.text(calendar.announced.source))


def site_rules(calendar: OpenDays, said: Words) -> list[str]:
    """Which kinds of visit a site holds on which weekdays, how many, and how many beds it has: a line for each that it says."""
    rules, join = calendar.calendar, said.say("date.list").join
    held = {kind: join(said.weekday(date(2024, 1, 1 + day)) for day in sorted(days)) for kind, days in rules.clinic_days.items()}
    return [
        *([said.say("opendays.clinic_days", days=_by_kind(held, said))] if held else []),
        *([said.say("opendays.capacity", places=_by_kind(rules.capacity, said))] if rules.capacity else []),
        *([said.say("opendays.beds", beds=rules.beds)] if rules.beds is not None else []),
    ]


def _by_kind(found: Mapping[str, object], said: Words) -> str:
    parts = (said.say("opendays.by_kind", kind=said.say(f"mode_short.{kind}"), what=what) for kind, what in found.items())
    return said.say("why.and").join(parts)


def not_entered(calendar: OpenDays, years: Iterable[int], said: Words) -> str:
    """That nobody has entered which days are worked and which are off in years that the site says are announced."""
    return said.say("opendays.not_entered", site=said.text(calendar.site.name), years=said.say("date.list").join(map(str, years)))


def span(first: date, last: date, said: Words) -> str:
    """One day, or several in a row."""
    return said.day(first) if first == last else said.say("period.days", start=said.day(first), end=said.day(last))
