"""One period of one participant: whether it is for them, its two dates, and what they are worth to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.facts.records import Recorded
from scheduler.language.conditions import all_of
from scheduler.language.moments import Moment
from scheduler.language.series import is_after
from scheduler.language.syntax import EndKind, Facet
from scheduler.language.worth import NO, YES, Verdict, Waits, Worth, first_day
from scheduler.schedule.compiled import CompiledPeriod, planned
from scheduler.schedule.grounds import not_for, recorded, through, undecided
from scheduler.schedule.places import Place

if TYPE_CHECKING:
    from scheduler.schedule.frames import Frame


_FACETS = {"from": Facet.START, "to": Facet.END}


class Stay(Place):
    """One period of one participant."""

    __slots__ = ("_days", "_verdict", "plan", "rule")

    def __init__(self, frame: Frame, rule: CompiledPeriod) -> None:
        self.frame = frame
        self.person = frame.person
        self.rule = rule
        self.plan = planned(rule, frame.position, frame.counters)
        self._days: dict[str, Worth] = {}
        self._verdict: Verdict | None = None

    def answer(self, name: str, day: Moment | None = None) -> object:
        """A counter, or the answer to a fact that was in force on a day: on its first, where none is said."""
        if name in self.person.participant.changes:
            return self.person.answer(name, day or first_day(self.day("from")))
        return Place.answer(self, name)

    def verdict(self) -> Verdict:
        """Whether it is for this participant."""
        if self._verdict is None:
            rule, frame = self.rule, self.frame
            simple = not (rule.when or rule.until or rule.epoch or frame.is_bound or frame.over)
            self._verdict = YES if simple else self._judge()
        return self._verdict

    def _judge(self) -> Verdict:
        if self.frame.over or self._is_cut():
            return NO
        return all_of([judge(self) for judge in self.rule.when] + self.outside_verdicts())

    def _is_cut(self) -> bool:
        """Whether it would begin after an end of its groups, or of its epoch."""
        ends = self.ends(self.rule)
        return bool(ends) and is_after(self.day("from"), ends)

    def day(self, key: str, *, strict: bool = False) -> Worth:
        """Its first day ("from") or its last ("to"): the recorded one, else what the protocol asks."""
        record = self.record(key)
        if record is not None:
            return recorded(f"{self.plan.id}.{_FACETS[key].value}", record)
        return self.asked(key, strict=strict)

    def asked(self, key: str, *, strict: bool = False) -> Worth:
        """Its first day ("from") or its last ("to"), as the protocol asks."""
        dating = self.rule.start if key == "from" else self.rule.end
        if dating is None:
            return Waits(())
        if strict:
            return dating.on(self.limits)
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = dating.on(self)
        return found

    def record(self, key: str) -> Recorded | None:
        """What was recorded of its first day, or of its last (a discharge)."""
        if not self.person.days_of_periods:
            return None
        records = self.person.participant.recorded.get(f"{self.plan.id}.{_FACETS[key].value}", ())
        return records[0] if records else None

    def worth(self, facet: Facet | None, *, strict: bool) -> Worth:
        """Its first or last day, for others. An end that is only the least or the most it may be is never sure."""
        plan, verdict = self.plan, self.verdict()
        if verdict.value is False:
            return not_for(plan.id, verdict)
        key = "from" if facet is Facet.START or (self.rule.end is None and self.record("to") is None) else "to"
        if self.record(key) is not None:
            return self.day(key)
        if key == "from":
            worth = through(self.day("from", strict=strict), f"{plan.id}.start", "from" in plan.assumed)
        else:
            end = self.day("to", strict=strict)
            worth = through(end, f"{plan.id}.end", "to" in plan.assumed, movable=self.rule.end_kind is not EndKind.ON)
        return worth if verdict.value else undecided(worth, verdict.undecided)
