"""The rules of visits in words, for formats that hold a rule only as text."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.exchange.visits import OneVisit
from scheduler.language.syntax import Given, NoWindow, Window
from scheduler.protocol.records import Protocol, Text
from scheduler.views.expressions import Phrases


def rule_of(visit: OneVisit, phrases: Phrases) -> str:
    """When a visit is, and its window: `Week 2, ±3 days`; for each of its cases. Empty for one that only its record dates."""
    rules = []
    for case in visit.plan.cases or (visit.plan,):
        when = f"{phrases.condition(case.case)}: " if case.case is not None else ""
        at = "" if case.at is None or isinstance(case.at, Given) else phrases.at(case.at)
        rule = ", ".join(filter(None, (at, _window(case.window, phrases), *map(phrases.limit, case.limits))))
        rules.append(when + rule if rule else "")
    return "; ".join(filter(None, rules))


def _window(window: Window | None, phrases: Phrases) -> str:
    return "" if window is None or isinstance(window, NoWindow) else phrases.window(window)


def other_languages(protocol: Protocol) -> list[str]:
    """The languages of its texts that a format of one language does not hold: it takes English, or else the first there is."""
    study = protocol.study
    texts: list[Text | None] = [study.title, study.sponsor, *protocol.notes]
    texts += [epoch.label for epoch in protocol.epochs.values()]
    texts += [event.label for event in protocol.events.values()]
    texts += [activity.label for activity in protocol.activities]
    texts += [visit.label for visit in protocol.visits]
    texts += [period.label for period in protocol.periods]
    several = [text.by_language for text in texts if text is not None and len(text.by_language) > 1]
    return sorted({language for by_language in several for language in by_language if language != _kept(by_language)})


def _kept(by_language: Mapping[str, str]) -> str:
    return "en" if "en" in by_language else next(iter(by_language))
