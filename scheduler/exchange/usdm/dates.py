"""When something of a USDM file is, in the protocol language: its timing and its window, as far as they say it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.exchange.drafting import quoted
from scheduler.exchange.usdm import losses
from scheduler.exchange.usdm.durations import Amounts, NoDuration, amounts_of, counted, is_clock, is_in_months, moved
from scheduler.exchange.usdm.file import Timing
from scheduler.exchange.usdm.findings import Findings
from scheduler.exchange.usdm.layout import AFTER, BEFORE, FIXED, Layout, Spot, called, is_start_to_start, kind_of

_LABEL = re.compile(r"\s*(-?)\s*(\d+)\s*\.\.\s*(-?)\s*(\d+)\s*[A-Za-z]*\s*")
_NO_WINDOW = "none"


@dataclass(frozen=True, slots=True)
class Dated:
    """When something is: an expression (`given` where its record says it), its window, and what of that the file does not say."""

    at: str = ""
    window: str = _NO_WINDOW
    source: str = ""
    assumed: tuple[str, ...] = ()


class Dates:
    """Dates what stands in the timelines; `in_months` once the length of a month matters."""

    def __init__(self, layout: Layout, findings: Findings) -> None:
        self.layout = layout
        self.findings = findings
        self.in_months = False

    def dated(self, spot: Spot, begins: str) -> Dated:
        """When a visit or an event is, by its timing; `begins` is the event that its timeline begins with, if that is one for what
        may happen."""
        timings = self.layout.timings.get(spot.instance.id, [])
        if spot.instance.id in self.layout.anchors:
            first = next(id for id in self.layout.anchors if self.layout.spots[id].timeline is spot.timeline)
            at = begins if begins and first == spot.instance.id and begins != spot.name else "given"
            return Dated(
                at,
                window="none" if at != "given" else "",
                source=said_of(self.layout.anchors[spot.instance.id], self.layout.spots),
            )
        if not timings:
            return self.undated(spot, "it has no timing", "")
        source = "; and ".join(said_of(timing, self.layout.spots) for timing in timings)
        if len({_meaning(timing) for timing in timings}) > 1:
            return self.undated(spot, f"it has {len(timings)} timings that differ", source)
        if wrong := self.layout.wrong(timings[0], spot):
            return self.undated(spot, wrong, source)
        return self.counted(timings[0], spot, source)

    def undated(self, spot: Spot, why: str, source: str) -> Dated:
        """Dated by its record: nobody can say when it is."""
        self.findings.note(f"{spot.name}: {why}; it is dated by its record")
        self.findings.ask(f"When is it? In the file {why}.", (spot.name,), quoted(source))
        return Dated("given", window="", source=source, assumed=("at",))

    def counted(self, timing: Timing, spot: Spot, source: str) -> Dated:
        to, amounts = self.layout.spots[timing.to], amounts_of(timing.value)
        start = to.name
        sign = 1 if kind_of(timing) == AFTER else -1
        assumed: tuple[str, ...] = ()
        self.in_months |= is_in_months(amounts)
        if not is_start_to_start(timing):
            self.findings.lose(losses.OTHER_ENDS, spot.name)
            said = timing.ends.decode or timing.ends.code or "nothing"
            self.findings.note(f"{spot.name}: its timing is {said}; it is counted from the day of {to.name}")
            self.findings.ask(f"Is it counted from the first or the last day of {to.name}?", (spot.name,), quoted(source))
            assumed = ("at",)
        if sign < 0 and timing.to not in self.layout.anchors:
            self.findings.note(f"{spot.name}: counted back from {to.name}, which is no anchor: look whether that is meant")
        window = self.window(timing, spot)
        return Dated(moved(start, amounts, sign), window, source, assumed)

    def window(self, timing: Timing, spot: Spot) -> str:
        """The window of a visit: how much earlier and how much later, as the file says; none where it does not say both."""
        lower, upper, label = timing.lower, timing.upper, timing.window_label
        if not lower and not upper:
            if label:
                self.findings.note(f'{spot.name}: its window is only a label, "{label}" (DDF00006); it is not read')
                self.findings.ask("What is the window?", (spot.name,), quoted(label))
            return _NO_WINDOW
        try:
            sides = [amounts_of(each) for each in (lower, upper)]
            if any(len(side) > 1 for side in sides):
                raise NoDuration(lower)
        except NoDuration:
            said = f'"{lower}" to "{upper}" ({label})' if label else f'"{lower}" to "{upper}"'
            self.findings.note(f"{spot.name}: its window, {said}, is not two durations (DDF00006); it is not read")
            self.findings.ask("What is the window?", (spot.name,), quoted(said))
            return _NO_WINDOW
        if not label:
            self.findings.note(f"{spot.name}: its window has no label (DDF00006)")
        elif not _agrees(label, sides[0], sides[1]):
            self.findings.note(f'{spot.name}: its window is called "{label}", and is {lower} earlier to {upper} later')
            self.findings.ask("Which is the window, the label or the values?", (spot.name,), quoted(f"{label}: {lower}, {upper}"))
        elif kind_of(timing) == BEFORE and not sides[0] and sides[1]:
            self.findings.note(
                f'{spot.name}: it comes before, and its window "{label}" is only later: look whether that is meant'
            )
        self.in_months |= any(map(is_in_months, sides))
        return window_of(sides[0], sides[1], clock=is_clock(lower) or is_clock(upper))


def window_of(lower: Amounts, upper: Amounts, *, clock: bool) -> str:
    """A window of so much earlier to so much later, as the language writes it."""
    if not lower and not upper:
        return "0 .. 0 minutes" if clock else "exact"
    if lower == upper:
        return f"±{counted(*lower[0])}"
    units = {unit for side in (lower, upper) for _, unit in side}
    before, after = (
        str(side[0][0]) if len(units) == 1 and side else counted(*side[0]) if side else "0" for side in (lower, upper)
    )
    window = f"{'-' if lower else ''}{before} .. {'+' if upper else ''}{after}"
    return f"{window} {units.pop()}" if len(units) == 1 else window


def _agrees(label: str, lower: Amounts, upper: Amounts) -> bool:
    """Whether the label of a window says what its values say, as far as it can be read: "-3..3 days", "2..2 Days"."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return True
    said = (int(match[2]), int(match[4]))
    found = tuple(side[0][0] if side else 0 for side in (lower, upper))
    return said == found


def _meaning(timing: Timing) -> tuple[str, ...]:
    return (kind_of(timing), timing.value, timing.ends.code, timing.to, timing.lower, timing.upper, timing.window_label)


def said_of(timing: Timing, spots: dict[str, Spot]) -> str:
    """What a timing says, for the source of a visit."""
    kind = timing.kind.decode or timing.kind.code
    to = spots[timing.to].name if timing.to in spots else timing.to
    if kind_of(timing) == FIXED:
        text = f"{kind} {timing.value}"
    else:
        text = f"{timing.value} {kind} {to}" + (f" ({timing.value_label})" if timing.value_label else "")
    if timing.window_label:
        text += f", window {timing.window_label}"
    elif timing.lower or timing.upper:
        text += f", window {timing.lower} to {timing.upper}"
    return f"{called(timing)}: {text}"
