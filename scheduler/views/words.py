"""The words of one language, from its table in templates/locale, and dates in that language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache, lru_cache

from scheduler.facts.records import UNSCHEDULED, Left
from scheduler.language.moments import Moment, day_of
from scheduler.language.syntax import EndKind, Facet, Label, LabelList
from scheduler.language.worth import Awaited, Lack
from scheduler.planning.standing import Standing
from scheduler.protocol.names import planned_of
from scheduler.protocol.records import COUNTER, PlannedPeriod, PlannedVisit, Protocol, Text
from scheduler.resources import templates_dir
from scheduler.schedule.records import Open, Schedule, Visit

_FACETS = frozenset(facet.value for facet in Facet)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages there are words for."""
    return tuple(sorted(path.stem for path in (templates_dir() / "locale").glob("*.toml")))


def known_language(language: str) -> str | None:
    """The table that serves a language: its own, or its base language's (zh for zh-Hans-CN). None when there is none."""
    for name in (language, language.split("-")[0]):
        if name in languages():
            return name
    return None


@cache
def words(language: str) -> Words:
    """The words of a language. Raises KeyError when there is no table for it."""
    name = known_language(language)
    if name is None:
        raise KeyError(language)
    table = tomllib.loads((templates_dir() / "locale" / f"{name}.toml").read_text(encoding="utf-8"))
    return Words(language, {f"{section}.{key}": text for section, texts in table.items() for key, text in texts.items()})


class Words:
    """Phrases by key, and dates, in one language."""

    def __init__(self, language: str, phrases: dict[str, str]) -> None:
        self.language = language
        self._phrases = phrases
        self._weekdays = phrases["date.weekdays"].split()
        self._months = phrases["date.months"].split()
        self._brief_months = phrases["date.brief_months"].split()
        self._days: dict[date, str] = {}  # a study says the same days again and again

    def say(self, key: str, **values: object) -> str:
        """A phrase, its blanks filled in."""
        return self._phrases[key].format(**values) if values else self._phrases[key]

    def phrases(self, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Whole sections of phrases, or single ones, with their keys and blanks."""
        wanted = set(wanted)
        return ((key, text) for key, text in self._phrases.items() if key in wanted or key.partition(".")[0] in wanted)

    def fixed(self, *sections: str) -> dict[str, str]:
        """The phrases of these sections that have no blanks, for a template to say."""
        return {key: text for key, text in self.phrases(sections) if "{" not in text}

    # -- dates

    @property
    def date_pattern(self) -> str:
        """What finds a day as `day` says it, for those who must not break it across lines: a regular expression."""
        blanks = {"weekday": self._weekdays, "month": self._months}
        each = {name: "(?:" + "|".join(map(re.escape, texts)) + ")" for name, texts in blanks.items()}
        each |= {"day": "[0-9]{1,2}", "year": "[0-9]{4}"}
        parts = re.split(r"(\{\w+\})", self._phrases["date.full"])
        return "".join(each[part[1:-1]] if part.startswith("{") else re.escape(part).replace("\\ ", " ") for part in parts)

    def day(self, moment: Moment) -> str:
        """A day with its weekday, the month in letters: a date nobody can read the wrong way round."""
        day = day_of(moment)
        if day not in self._days:
            month = self._months[day.month - 1]
            self._days[day] = self.say("date.full", weekday=self.weekday(day), day=day.day, month=month, year=day.year)
        return self._days[day]

    def short(self, day: date) -> str:
        """A day beside others of the same time, without its year."""
        return self.say("date.short", weekday=self.weekday(day), day=day.day, month=self._months[day.month - 1])

    def day_of_month(self, day: date) -> str:
        """A day under the heading of its weekday."""
        return self.say("date.day_of_month", day=day.day, month=self._months[day.month - 1])

    def brief(self, moment: Moment) -> str:
        """A day where there is little room, without its weekday and its year."""
        day = day_of(moment)
        return self.say("date.brief", day=day.day, month=self._brief_months[day.month - 1])

    def month(self, day: date) -> str:
        """The month a day lies in."""
        return self.say("date.month", month=self._months[day.month - 1], year=day.year)

    def weekday(self, moment: Moment) -> str:
        """The day of the week."""
        return self._weekdays[day_of(moment).weekday()]

    def time(self, moment: Moment) -> str:
        """A clock time; nothing for a day without one."""
        if not isinstance(moment, datetime):
            return ""
        return self.say("date.time", hour=moment.hour, minute=moment.minute)

    def moment(self, moment: Moment) -> str:
        """A day, and its clock time where it has one."""
        if not isinstance(moment, datetime):
            return self.day(moment)
        return self.say("date.clock", date=self.day(moment), time=self.time(moment))

    def days(self, count: int) -> str:
        """So many days."""
        return self.say("date.day_count_one") if abs(count) == 1 else self.say("date.day_count", count=count)

    def length(self, minutes: int) -> str:
        """How long something takes, in hours where they are whole."""
        if minutes == 60:
            return self.say("date.hour")
        return self.say("date.hours", count=minutes // 60) if minutes % 60 == 0 else self.say("date.minutes", count=minutes)

    # -- what is recorded

    def left(self, left: Left) -> str:
        """That a participant takes part no longer, why, and since when."""
        said = self.say(f"leaving.{left.reason.value}", day=self.day(left.day))
        if left.died is None or left.died == left.day:
            return said
        return self.say("date.list").join([said, self.say("leaving.died", day=self.day(left.died))])

    def standing(self, standing: Standing) -> str:
        """Where a visit stands."""
        key = standing.stand.value.replace(",", "").replace(" ", "_")
        return self.say(f"standing.{key}", days=self.days(standing.days))

    # -- names

    def text(self, text: Text | None, otherwise: str = "") -> str:
        """A protocol's text in this language."""
        return otherwise if text is None else text.said_in(self.language)

    def visit(self, plan: PlannedVisit) -> str:
        """What a visit is called; without a label, after the day, week, month or year it is at, in every language; else by its id.

        What does not say which copy of a group it is in is called after that, too.
        """
        if (unscheduled := UNSCHEDULED.fullmatch(plan.rule)) is not None and plan.label is None:
            return self._unscheduled(unscheduled)
        if plan.label is None and not isinstance(plan.at, Label):
            return plan.id
        if plan.label is not None:
            name = plan.label.said_in(self.language)
        else:
            assert isinstance(plan.at, Label)
            name = self.say(f"label.{plan.at.unit.value}", number=plan.at.number)
        for copy in reversed(plan.inside):
            name = self.say("label.inside", copy=copy.said_in(self.language), name=name)
        return name

    def _unscheduled(self, name: re.Match[str]) -> str:
        return self.say("label.unscheduled_nth", number=name[1]) if name[1] else self.say("label.unscheduled")

    def rule(self, plan: PlannedVisit | PlannedPeriod) -> str:
        """What all visits or periods of a rule are called together: their counters left open."""
        if plan.label is not None:
            return COUNTER.sub("…", plan.label.said_in(self.language))
        at = plan.at if isinstance(plan, PlannedVisit) else None
        if isinstance(at, Label | LabelList):
            return self.say(f"label.{at.unit.value}", number=str(at).partition(" ")[2])
        return plan.rule

    def period(self, plan: PlannedPeriod) -> str:
        """What a period is called."""
        return self.text(plan.label, plan.id)

    def name(self, name: str, protocol: Protocol) -> str:
        """What a fact, an event, a visit or a period is called; one of its dates (D28.latest) is called after it."""
        base, _, facet = name.rpartition(".")
        if facet in _FACETS:
            name = base
        if (planned := planned_of(protocol, name)) is not None:
            return self.visit(planned) if isinstance(planned, PlannedVisit) else self.period(planned)
        if (unscheduled := UNSCHEDULED.fullmatch(name)) is not None:
            return self._unscheduled(unscheduled)
        known = protocol.facts.get(name) or protocol.events.get(name)
        return self.text(known.label if known else None, name)

    def item(self, id: str, schedule: Schedule | None, versions: Iterable[Protocol]) -> str:
        """What a visit or a period is called by a schedule that has it; else by the first of some versions of the protocol that does."""
        for item in schedule.items if schedule is not None else ():
            if item.id == id:
                return self.visit(item.plan) if isinstance(item, Visit) else self.period(item.plan)
        return next((self.name(id, protocol) for protocol in versions if planned_of(protocol, id) is not None), id)

    def names(self, names: Iterable[str], protocol: Protocol) -> str:
        """Several names in a row."""
        return self.say("date.list").join(self.name(name, protocol) for name in names)

    def awaited(self, awaited: Iterable[Awaited], protocol: Protocol) -> str:
        """What a date waits for."""
        return self.say("date.list").join(
            self.say(f"awaited.{_key(item)}", name=self.of(self.name(item.name, protocol), item.of)) for item in awaited
        )

    def of(self, name: str, of: str) -> str:
        """A name with whose it is, where that is said: "infusion of P-001"."""
        return self.say("between.of", name=name, of=of) if of else name

    def series(self, series: Open) -> str:
        """What a series is called, its counters left open."""
        return COUNTER.sub("…", series.label.said_in(self.language)) if series.label is not None else series.name

    def goes_on(self, series: Open, protocol: Protocol) -> str:
        """That a series has no end yet, and what would end it."""
        name = self.series(series)
        known = [item for item in series.awaited if item.lack is not Lack.END]
        if not known:
            return self.say("staff.goes_on_without_end", name=name)
        return self.say("staff.goes_on", name=name, names=self.awaited(known, protocol))

    # -- periods

    def stretch(self, start: Moment | None, end: Moment | None, kind: EndKind) -> str:
        """From when to when a period lasts."""
        if start is None:
            return self.say("period.waits")
        if end is None:
            return self.say("period.starts", start=self.day(start))
        if kind is EndKind.AT_LEAST:
            return self.say("period.stay_at_least", start=self.day(start), end=self.day(end))
        if kind is EndKind.NOT_AFTER:
            return self.say("period.stay_not_after", start=self.day(start), end=self.day(end))
        if day_of(start) == day_of(end):
            return self.day(start)
        return self.say("period.days", start=self.day(start), end=self.day(end))


def _key(awaited: Awaited) -> str:
    return awaited.lack.value.replace(" ", "_")
