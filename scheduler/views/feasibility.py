"""In words, whether a protocol's windows hold open days at a site."""

from __future__ import annotations

from datetime import date

from scheduler.planning.feasibility import Feasibility, VisitShare, WeekdayShares
from scheduler.protocol.records import PlannedPeriod, Protocol
from scheduler.views.words import Words


def feasibility_lines(found: Feasibility, protocol: Protocol, site: str, said: Words) -> list[str]:
    """Every visit whose window can hold no open day, then the weekdays of the anchor that suit what comes before it."""
    join = said.say("date.list").join
    judged = [visit for visit in found.visits if visit.judged]
    hard = [visit for visit in judged if visit.impossible]
    fine = [said.visit(visit.plan) for visit in judged if not visit.impossible]
    unjudged = [said.visit(visit.plan) for visit in found.visits if not visit.judged]
    lines = [said.say("feasibility.title", site=site, first=said.day(found.first), last=said.day(found.last))]
    lines += [_visit(visit, said) for visit in hard]
    if fine:
        lines.append(said.say("feasibility.fine", names=join(fine)) if hard else said.say("feasibility.none"))
    if unjudged:
        lines.append(said.say("feasibility.unjudged", names=join(unjudged)))
    lines += [_weekdays(period, said) for period in found.weekdays]
    if found.undecided:
        lines.append(said.say("feasibility.undecided", names=said.names(found.undecided, protocol)))
    return lines


def _visit(found: VisitShare, said: Words) -> str:
    mode = found.plan.mode
    return said.say(
        "feasibility.visit",
        name=said.visit(found.plan),
        mode=said.say(f"mode_short.{mode.value}") if mode else said.say("feasibility.any_mode"),
        share=f"{found.share:.1%}",
        count=found.impossible,
        all=found.judged,
    )


def _weekdays(found: WeekdayShares, said: Words) -> str:
    shares = [
        said.say("feasibility.weekday", weekday=said.weekday(date(2024, 1, number)), share=f"{share:.0%}")
        for number, share in enumerate(found.shares, 1)  # 1 January 2024 was a Monday
    ]
    name = said.period(found.plan) if isinstance(found.plan, PlannedPeriod) else said.rule(found.plan)
    return said.say("feasibility.weekdays", name=name, shares=said.say("date.list").join(shares))
