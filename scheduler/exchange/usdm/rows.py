"""The activities of a USDM file as rows: at which visits, and at which times where they consist of moments of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scheduler.exchange.drafting import name_of, quoted
from scheduler.exchange.records import Entry, Value
from scheduler.exchange.usdm import losses
from scheduler.exchange.usdm.dates import window_of
from scheduler.exchange.usdm.durations import NoDuration, amounts_of, comparable, counted, is_clock, is_in_months
from scheduler.exchange.usdm.file import Instance, PlannedActivity, Timeline, Timing, UsdmFile, by_id, in_chain
from scheduler.exchange.usdm.findings import Findings
from scheduler.exchange.usdm.layout import AFTER, BEFORE, FIXED, Layout, called, is_start_to_start, kind_of

_DEEPEST = 5  # timelines inside one another
_MINUTES_PER_HOUR = 60


@dataclass(slots=True)
class _Row:
    """A row of the activities while it is gathered: the visits it takes place at, and its times at them."""

    activity: PlannedActivity
    visits: dict[str, None] = field(default_factory=dict)
    times: dict[str, None] = field(default_factory=dict)
    source: str = ""


class Rows:
    """Gathers the rows; `conditions` are the words that begin what an activity consists of, by what that is called."""

    def __init__(self, file: UsdmFile, layout: Layout, findings: Findings) -> None:
        self.file = file
        self.layout = layout
        self.findings = findings
        self.conditions: dict[str, str] = {}
        self.known_times: dict[str, dict[str, str]] = {}

    def entries(self) -> dict[str, Entry]:
        """The rows in the order of their chain, those under another after it, each with its visits and times."""
        file = self.file
        chain, rest = in_chain(file.activities, lambda activity: activity.after)
        rows = {activity.id: _Row(activity) for activity in (*chain, *rest)}
        for spot in self.layout.spots.values():
            for id in spot.instance.activities:
                if id not in rows:
                    self.findings.note(f'{spot.name}: there is no activity "{id}"')
                elif spot.attended:
                    rows[id].visits[spot.name] = None
        for row in list(rows.values()):
            self.add_parts(row.activity.timeline, row, rows, ())
        for spot in self.layout.spots.values():
            if spot.instance.timeline:
                own = _Row(PlannedActivity(id="", name="", label="", description="", after="", children=(), timeline=""))
                own.visits[spot.name] = None
                self.add_parts(spot.instance.timeline, own, rows, ())
        parents = {child: row.activity for row in rows.values() for child in row.activity.children}
        order = [spot.name for spot in self.layout.spots.values() if spot.attended]
        entries: dict[str, Entry] = {}
        for id, row in rows.items():
            name = name_of(row.activity.name or row.activity.label, set(entries), "activity")
            if not row.visits:
                if not row.activity.children:
                    self.findings.lose(losses.NOWHERE, row.activity.called)
                continue
            label = row.activity.called
            if id in parents and parents[id] is not row.activity:
                self.findings.lose(losses.TREE, parents[id].called)
                label = f"{parents[id].called}: {label}"
            entry: dict[str, Value] = {"label": label, "at": _spans(row.visits, order), "times": tuple(row.times)}
            if row.times:
                entry["assumed"] = ["times"]
                self.findings.ask("Are its times counted from the clock time of the visit?", (name,), quoted(row.source))
            entry["source"] = quoted(row.source)
            entries[name] = {key: value for key, value in entry.items() if value}
        return entries

    def add_parts(self, timeline: str, row: _Row, rows: dict[str, _Row], inside: tuple[str, ...]) -> None:
        """Adds the activities of a timeline that an activity, or a visit, consists of: at the same visits, and at its times."""
        if not timeline or not row.visits or timeline in inside or len(inside) >= _DEEPEST:
            return
        found = by_id(self.file.timelines).get(timeline)
        if found is None:
            self.findings.note(f'there is no timeline "{timeline}", of which {row.activity.called or "a visit"} would consist')
            return
        if found.condition and not inside:
            self.conditions[found.called] = found.condition
        if timeline not in self.known_times:
            self.known_times[timeline] = self.times(found)
        times = self.known_times[timeline]
        starts = {timing.of for timing in found.timings if kind_of(timing) == FIXED}
        for instance in found.instances:
            if not instance.activities and instance.id not in starts and times.get(instance.id):
                row.times[times[instance.id]] = None  # it is a time of the activity itself
                row.source = f"timeline {found.called}"
            for id in instance.activities:
                if id not in rows:
                    self.findings.note(f'timeline "{found.called}": there is no activity "{id}"')
                    continue
                part = rows[id]
                part.visits.update(row.visits)
                if times.get(instance.id):
                    part.times[times[instance.id]] = None
                    part.source = f"timeline {found.called}"
                self.add_parts(part.activity.timeline, part, rows, (*inside, timeline))
            self.add_parts(instance.timeline, row, rows, (*inside, timeline))

    def times(self, timeline: Timeline) -> dict[str, str]:
        """When each instance of a part of a visit is, from its beginning: `-0.5 h`, `5 minutes ±2 minutes`; by ids.

        Nothing where the whole is not counted in clock times, or where one is counted from the end of another.
        """
        own = by_id(timeline.instances)
        if not any(is_clock(timing.value) and kind_of(timing) in (AFTER, BEFORE) for timing in timeline.timings):
            return {}
        found = {id: time for id in own if (time := self.time(id, own)) is not None}
        if left := [instance.called for id, instance in own.items() if id not in found and not instance.decision]:
            self.findings.note(f'timeline "{timeline.called}": no clock time can be counted for {", ".join(left)}')
            self.findings.ask(f"At which times are the parts of {timeline.called}: {', '.join(left)}?")
        return found

    def time(self, id: str, own: dict[str, Instance]) -> str | None:
        minutes, window, steps, first = 0, "", 0, id
        while True:
            timings = self.layout.timings.get(id, [])
            if len(timings) != 1 or id not in own or steps > len(own):
                return None
            timing = timings[0]
            if kind_of(timing) == FIXED:
                break
            if kind_of(timing) not in (AFTER, BEFORE) or not is_start_to_start(timing):
                return None
            try:
                if is_in_months(amounts_of(timing.value)):
                    return None
                minutes += comparable(amounts_of(timing.value))[0] * (1 if kind_of(timing) == AFTER else -1)
                if id == first:
                    window = self.partwindow_of(timing)
            except NoDuration:
                return None
            id, steps = timing.to, steps + 1
        hours, rest = divmod(abs(minutes), _MINUTES_PER_HOUR)
        amount = counted(hours, "hours") if hours and not rest else counted(abs(minutes), "minutes")
        return f"{'-' if minutes < 0 else ''}{amount}{' ' + window if window else ''}"

    def partwindow_of(self, timing: Timing) -> str:
        """The window of a time. Raises NoDuration."""
        if not timing.lower and not timing.upper:
            if timing.window_label:
                self.findings.note(f'timing "{called(timing)}": its window is only a label, "{timing.window_label}" (DDF00006)')
                self.findings.ask("What is the window of this time?", (), quoted(f"{called(timing)}: {timing.window_label}"))
            return ""
        lower, upper = amounts_of(timing.lower), amounts_of(timing.upper)
        if len(lower) > 1 or len(upper) > 1:
            raise NoDuration(timing.lower)
        return window_of(lower, upper, clock=True)


def _spans(visits: Iterable[str], order: Sequence[str]) -> list[str]:
    """The visits of a row in the order of the file, those that follow one another as first .. last."""
    wanted = set(visits)
    if wanted >= set(order) and len(order) > 1:
        return ["all"]
    runs: list[list[str]] = []
    last = -2
    for number, name in enumerate(order):
        if name in wanted:
            if number == last + 1:
                runs[-1].append(name)
            else:
                runs.append([name])
            last = number
    return [text for run in runs for text in ([f"{run[0]} .. {run[-1]}"] if len(run) > 2 else run)]
