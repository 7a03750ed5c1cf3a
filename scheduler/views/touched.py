"""What a changed calendar of a site touches, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from scheduler.facts.records import Site
from scheduler.planning.touched import Touched
from scheduler.views.words import Words

_FEW = 7  # days that are named


def touched_lines(touched: Touched, site: Site, said: Words) -> tuple[str, ...]:
    """What changed in a site's calendar, and whose visits may fall on such a day, or are booked for one."""
    changed = said.say("date.list").join(_changes(touched, said))
    by_person: dict[str, list[str]] = {}
    for code, visit in touched.visits:
        by_person.setdefault(code, []).append(visit)
    people = (said.say("touched.person", participant=code, visits=", ".join(visits)) for code, visits in by_person.items())
    return (
        said.say("touched.changed", site=said.text(site.name), what=changed),
        said.say("touched.people", people=said.say("date.list").join(people)),
    )


def _changes(touched: Touched, said: Words) -> Iterator[str]:
    if touched.closed:
        yield said.say("touched.closed", days=_days(touched.closed, said))
    if touched.opened:
        yield said.say("touched.opened", days=_days(touched.opened, said))
    if touched.announced:
        yield said.say("touched.announced", days=said.days(touched.announced))


def _days(days: Iterable[date], said: Words) -> str:
    """Days in a row; of many, the first and how many more."""
    days = list(days)
    named = [said.day(day) for day in days[:_FEW]]
    if len(days) > _FEW:
        named.append(said.say("touched.more", days=said.days(len(days) - _FEW)))
    return said.say("date.list").join(named)
