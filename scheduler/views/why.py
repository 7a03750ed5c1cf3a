"""Why a date is what it is: the rule with the dates it was counted from, in the protocol's own language.

`D28 = infusion 2026-08-31 + 28 days; window ±3 days (assumed)`. Staff and auditors read it; participants never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler.language.moments import Moment, Numbering, Offset, Reckoning
from scheduler.language.syntax import (
    Bracket,
    Choice,
    Count,
    End,
    Exact,
    FromTo,
    Given,
    Label,
    LabelUnit,
    Otherwise,
    Point,
    Reference,
    Sum,
    Window,
    Within,
)
from scheduler.language.worth import Awaited, Basis, Ground, Lack
from scheduler.protocol.records import Protocol
from scheduler.schedule.records import Applies, Certainty, Period, Visit

_BECAUSE_OF_MONTH = {"month": "what a month is"}


def why_visit(visit: Visit, protocol: Protocol) -> str:
    """One line on a visit's target, window, and what they rest on."""
    plan, grounds = visit.plan, visit.why.target + visit.why.window + visit.why.limits
    wording = _Wording(protocol, grounds)
    parts = []
    if isinstance(plan.at, Given):
        parts.append(f"{plan.id} = as recorded" + (f", {visit.target.isoformat()}" if visit.target else ""))
    elif plan.at is not None:
        parts.append(f"{plan.id} = {wording.point(plan.at)}{_marks(visit.assumed, 'at', 'month')}")
    else:
        parts.append(f"{plan.id}: no target")
    if plan.window is None:
        parts.append("no window stated")
    else:
        parts.append(f"window {wording.window(plan.window)}{_marks(visit.assumed, 'window')}")
    parts += [f"limit {limit.bound.value} {wording.point(limit.point)}" for limit in plan.limits]
    if visit.empty:
        parts.append(f"the limits leave no day: not before {visit.opens}, not after {visit.closes}")
    if visit.unchecked:
        parts.append(f"still to check: {_awaited(visit.unchecked)}")
    return "; ".join(parts + _state(visit))


def why_period(period: Period, protocol: Protocol) -> str:
    """One line on a period's first and last day, and what they rest on."""
    plan = period.plan
    wording = _Wording(protocol, period.why.target + period.why.window)
    parts = [f"{plan.id} from {wording.point(plan.start)}{_marks(period.assumed, 'from')}"]
    if plan.end is not None:
        parts.append(f"to {wording.end(plan.end)}{_marks(period.assumed, 'to', 'month')}")
    return "; ".join(parts + _state(period))


def rests_on(grounds: Iterable[Ground]) -> dict[str, str]:
    """The dates something rests on, by name: what to compare when it moved."""
    return {ground.name: f"{_iso(ground.day)} ({ground.basis.value})" for ground in grounds}


def _state(item: Visit | Period) -> list[str]:
    """What is not settled about a date."""
    parts = []
    why = item.why
    if item.applies is Applies.NO:
        return ["not for this participant"]
    if item.applies is Applies.ONLY_IF:
        names = why.only_if or tuple(awaited.name for awaited in item.waits)
        return [f"only if {' or '.join(names)} happens"]
    if item.waits:
        parts.append(f"waits for {_awaited(item.waits)}")
    if why.undecided:
        parts.append(f"not answered yet: {', '.join(why.undecided)}")
    if item.certainty is Certainty.TENTATIVE and not item.waits:
        unsure = dict.fromkeys(ground for ground in why.target + why.window if not ground.sure)
        parts += [_unsure(ground) for ground in unsure]
    return parts


def _unsure(ground: Ground) -> str:
    if ground.basis is Basis.LEFT_OUT:
        return f"unless {ground.name} comes first"
    said = {
        Basis.PLANNED: "is only planned",
        Basis.BOOKED: "is booked and not done yet",
        Basis.COMPUTED: "is not recorded yet",
        Basis.MISSED: "was missed, and counts from its target",
    }.get(ground.basis, "may change")
    return f"tentative: {ground.name} {said}"


def _awaited(awaited: Iterable[Awaited]) -> str:
    said = {
        Lack.DATE: "{}",
        Lack.BOOKING: "the booking of {}",
        Lack.ATTENDANCE: "{} to take place",
        Lack.CLOCK_TIME: "a clock time of {}",
        Lack.WORKING_DAYS: "the site's working days",
    }
    return ", ".join(said[item.lack].format(item.name) for item in awaited)


def _marks(assumed: frozenset[str], *keys: str) -> str:
    """`(assumed)` after what the protocol does not say."""
    found = [_BECAUSE_OF_MONTH.get(key, "") for key in keys if key in assumed]
    if not found:
        return ""
    return f" (assumed{': ' + ', '.join(filter(None, found)) if all(found) else ''})"


def _iso(moment: Moment | None) -> str:
    return "no day" if moment is None else moment.isoformat()


class _Wording:
    """Expressions with the dates of their names filled in."""

    def __init__(self, protocol: Protocol, grounds: Iterable[Ground]) -> None:
        self.anchor = protocol.study.anchor
        self.reckoning: Reckoning = protocol.study.reckoning
        self.days: Mapping[str, Moment | None] = {ground.name: ground.day for ground in grounds}

    def point(self, point: Point) -> str:
        if isinstance(point, Sum):
            return " ".join([self.point(point.term), *map(str, point.steps)])
        if isinstance(point, Label):
            return f"{self.named(self.anchor)}{self.offset(point)}"
        if isinstance(point, Reference):
            return self.named(str(point), point.name)
        if isinstance(point, Choice):
            return f"{point.which.value} ({' and '.join(map(self.point, point.options))})"
        if isinstance(point, Otherwise):
            return f"{self.point(point.first)} else {self.point(point.second)}"
        assert isinstance(point, Bracket)
        return f"({self.point(point.point)})"

    def named(self, written: str, name: str = "") -> str:
        """A name and its date; the date is left out where it is not known."""
        day = self.days.get(written) or self.days.get(name)
        return written if day is None else f"{written} {day.isoformat()}"

    def offset(self, label: Label) -> str:
        offset = self.reckoning.label(label)
        said = _offset(offset)
        if label.unit is LabelUnit.DAY and self.reckoning.numbering is Numbering.DAY_0:
            return said
        same = label.unit is LabelUnit.MONTH and offset.months
        return said if same else f"{said} ({label})"

    def window(self, window: Window) -> str:
        if isinstance(window, Exact):
            return "exactly this day"
        if isinstance(window, Within):
            return f"within {window.duration} {window.direction.value} {self.point(window.point)}"
        if isinstance(window, Count):
            unit = window.word or window.unit.value
            return f"{window.low} to {window.high} {unit} {window.direction.value} {self.point(window.point)}"
        if isinstance(window, FromTo):
            start = f"from {self.point(window.start)}" if window.start else ""
            end = f"to {self.point(window.end)}" if window.end else ""
            return f"{start} {end}".strip()
        return str(window)

    def end(self, end: End) -> str:
        return f"{end.kind.value} {self.point(end.point)}".strip()


def _offset(offset: Offset) -> str:
    amounts = ((offset.months, "month"), (offset.days, "day"))
    return "".join(
        f" {'+' if amount > 0 else '-'} {abs(amount)} {unit}{'' if abs(amount) == 1 else 's'}"
        for amount, unit in amounts
        if amount
    )
