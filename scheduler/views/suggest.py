"""Suggested days in words: the day and why that one; of a visit without a day, why not on each of them, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from scheduler.language.worth import Basis
from scheduler.opendays.calendar import Cause
from scheduler.planning.suggest import Help, NoDay, Rejected, Remedy, Suggestion
from scheduler.schedule.records import Schedule, Visit
from scheduler.views.opendays import reasons, span
from scheduler.views.words import Words


def said_suggestion(found: Suggestion | NoDay, said: Words) -> str:
    """A suggestion, or why there is none, in a line or a few."""
    return _suggested(found, said) if isinstance(found, Suggestion) else "\n  ".join(_no_day(found, said))


def _suggested(found: Suggestion, said: Words) -> str:
    schedule, visit = found.schedule, found.visit
    parts = [_head("book.suggested", schedule, visit, said, day=said.day(found.day), shift=_shift(found.shift, said))]
    noted = [reason for reason in found.reasons if reason.cause is not Cause.WEEKDAY]
    if noted:
        parts.append(reasons(noted, said, schedule))
    if found.wider is not None:
        parts.append(said.say("book.wider", reason=found.wider.reason))
    parts += [
        said.say("book.instead_of", days=span(first, last, said), reasons=words)
        for first, last, words in _stretches(found.instead_of, schedule, said)
    ]
    if found.provisional:
        parts.append(said.say("book.provisional"))
    parts += _only_planned(visit, schedule, said)
    if found.unchecked:
        parts.append(said.say("why.unchecked", names=said.awaited(found.unchecked, schedule.protocol_of(visit))))
    return said.say("why.and").join(parts)


def _only_planned(visit: Visit, schedule: Schedule, said: Words) -> Iterator[str]:
    """What the days of a visit rest on that has not taken place, so that they may move."""
    grounds = visit.why.target + visit.why.window + visit.why.limits
    for name in dict.fromkeys(ground.name for ground in grounds if ground.basis is Basis.PLANNED):
        yield said.say("why.planned", name=said.name(name, schedule.protocol_of(visit)))


def _no_day(found: NoDay, said: Words) -> Iterator[str]:
    if found.has_passed:
        yield _head("book.passed", found.schedule, found.visit, said)
        return
    yield _head("book.no_day", found.schedule, found.visit, said)
    for first, last, words in _stretches(found.rejected, found.schedule, said):
        yield said.say("book.rejected", days=span(first, last, said), reasons=words)
    for help in found.help:
        yield _help(help, found, said)


def _help(help: Help, found: NoDay, said: Words) -> str:
    visit = found.visit
    if help.remedy is Remedy.WAIT:
        return said.say("book.wait")
    if help.remedy is Remedy.ALLOWANCE:
        return said.say("book.allowance", reason=visit.allowance.reason if visit.allowance else "")
    assert help.day is not None
    if help.remedy is Remedy.CAPACITY:
        return said.say("book.capacity", day=said.day(help.day))
    if help.remedy is Remedy.OPEN:
        against = next(each.reasons for each in found.rejected if each.day == help.day)
        return said.say("book.open", day=said.day(help.day), reasons=reasons(against, said, found.schedule))
    key = "book.earlier" if help.remedy is Remedy.EARLIER else "book.later"
    return said.say(key, day=said.day(help.day), days=said.days(help.days))


def _head(key: str, schedule: Schedule, visit: Visit, said: Words, **values: str) -> str:
    window = said.say("book.no_window")
    if visit.opens is not None or visit.closes is not None:
        first, last = (said.day(day) if day is not None else "…" for day in (visit.opens, visit.closes))
        window = said.say("book.span", first=first, last=last)
    return said.say(key, participant=schedule.participant.id, visit=said.visit(visit.plan), window=window, **values)


def _shift(shift: int | None, said: Words) -> str:
    if shift is None:
        return said.say("book.no_target")
    if shift == 0:
        return said.say("book.on_target")
    return said.say("book.early" if shift < 0 else "book.late", days=said.days(abs(shift)))


def _stretches(rejected: Sequence[Rejected], schedule: Schedule, said: Words) -> Iterator[tuple[date, date, str]]:
    """Days in a row against which the same is said, together."""
    start: date | None = None
    last, before = date.min, ""
    for day, against in rejected:
        words = reasons(against, said, schedule)
        if start is None or words != before or day != last + timedelta(1):
            if start is not None:
                yield start, last, before
            start, before = day, words
        last = day
    if start is not None:
        yield start, last, before
