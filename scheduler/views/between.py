"""Rules between participants in words: what is not kept, and when the next participant could have an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from scheduler.language.moments import Moment, surely_after
from scheduler.language.syntax import Bound
from scheduler.language.worth import Basis, Ground
from scheduler.planning.between import Finding, LimitDay, Next
from scheduler.protocol.records import BetweenRule, Protocol
from scheduler.views.words import Words

_OFF = {
    Bound.NOT_BEFORE: ("between.early_clock", "between.early_one", "between.early"),
    Bound.NOT_AFTER: ("between.late_clock", "between.late_one", "between.late"),
}


def rule_name(rule: BetweenRule, said: Words) -> str:
    """What a rule is called; marked where the protocol does not say all of it."""
    return said.text(rule.label, rule.id) + (said.say("why.assumed") if rule.assumed else "")


def said_finding(finding: Finding, protocol: Protocol, said: Words) -> str:
    """A participant's date, and how it does not keep a limit: by how many days, because of whom, what is waited for."""
    limit, days = finding.limit, finding.days
    parts = [_dated(finding.date._replace(of=""), protocol, said)]
    if days is not None:
        by_clock, by_one_day, by_days = _OFF[limit.limit.bound]
        parts.append(said.say({0: by_clock, 1: by_one_day}.get(days, by_days), days=days))
        parts.append(_limit(limit, protocol, said))
    return said.say("why.and").join(parts + _state(limit, protocol, said))


def next_lines(found: Next, protocol: Protocol, said: Words, *, group: Iterable[str], today: date) -> list[str]:
    """When the next participant of a group could have an event, then each limit and because of whom.

    A day that has passed by `today` and is still only planned is named as such.
    """
    what = said.say("date.list").join([said.name(found.event, protocol), *group])
    lines = [_headline(found, what, protocol, said)]
    if found.after is not None:
        lines.append("  " + said.say("between.after", what=_dated(found.after, protocol, said, today)))
    for limit in found.limits:
        days = [_limit(limit, protocol, said, today)] if limit.day is not None else []
        parts = days + _state(limit, protocol, said)
        lines.append("  " + said.say("between.rule", rule=_place(limit, said), what=said.say("why.and").join(parts)))
    if not found.limits:
        lines.append("  " + said.say("between.free"))
    return lines


def _headline(found: Next, what: str, protocol: Protocol, said: Words) -> str:
    day = said.moment(found.day)
    if found.never:
        return said.say("between.next_never", what=what, names=said.names(found.never, protocol))
    if found.waits:
        return said.say("between.next_waits", what=what, names=said.awaited(found.waits, protocol), day=day)
    if found.is_empty and found.latest is not None:
        return said.say("between.next_none", what=what, day=day, last=said.moment(found.latest))
    if found.latest is not None:
        day = said.say("between.span", first=day, last=said.moment(found.latest))
    return said.say("between.next_tentative" if found.tentative else "between.next", what=what, day=day)


def _place(limit: LimitDay, said: Words) -> str:
    """A rule, and at which place of which group it is asked."""
    name = rule_name(limit.rule, said)
    if not limit.position:
        return name
    return said.say("date.list").join(
        [name, said.say("between.position", number=limit.position), *([limit.group] if limit.group else [])]
    )


def _limit(limit: LimitDay, protocol: Protocol, said: Words, today: date | None = None) -> str:
    """The day of a limit, and the dates it rests on."""
    assert limit.day is not None
    key = "between.not_before" if limit.limit.bound is Bound.NOT_BEFORE else "between.not_after"
    because = said.say("date.list").join(_dated(ground, protocol, said, today) for ground in dict.fromkeys(limit.because))
    return said.say(key, day=said.moment(limit.day), because=because)


def _state(limit: LimitDay, protocol: Protocol, said: Words) -> list[str]:
    """What is waited for, and what will not be."""
    parts = [said.say("between.waits", names=said.awaited(limit.waits, protocol))] if limit.waits else []
    return parts + ([said.say("between.never", names=said.names(limit.never, protocol))] if limit.never else [])


_KEYS = {
    Basis.ACTUAL: "between.actual",
    Basis.PLANNED: "between.planned",
    Basis.BOOKED: "between.booked",
    Basis.MISSED: "between.missed",
    Basis.UNDECIDED: "between.undecided",
    Basis.LEFT_OUT: "why.unless",
}


def _dated(ground: Ground, protocol: Protocol, said: Words, today: date | None = None) -> str:
    """A date something rests on: of whom, and whether it has come or is only planned."""
    name = said.of(said.name(ground.name, protocol), ground.of)
    if ground.basis in (Basis.UNDECIDED, Basis.LEFT_OUT):
        return said.say(_KEYS[ground.basis], name=name)
    if ground.day is None:
        return said.say("between.no_day", name=name)
    text = said.say(_KEYS.get(ground.basis, "between.expected"), name=name, day=said.moment(ground.day))
    return text + (said.say("between.passed") if _has_passed(ground, ground.day, today) else "")


def _has_passed(ground: Ground, day: Moment, today: date | None) -> bool:
    """Whether a day has passed, and what was to come on it is not recorded."""
    return today is not None and ground.basis is not Basis.ACTUAL and surely_after(today, day)
