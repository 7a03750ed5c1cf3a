"""How the timelines of a USDM file lie: what stands in them under which name, what is counted from what, and where that is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.exchange.drafting import name_of
from scheduler.exchange.usdm import losses
from scheduler.exchange.usdm.durations import NoDuration, amounts_of, comparable
from scheduler.exchange.usdm.file import Instance, Timeline, Timing, UsdmFile, by_id, in_chain
from scheduler.exchange.usdm.findings import Findings
from scheduler.reading.problems import SchedulerError

AFTER, BEFORE, FIXED = "C201356", "C201357", "C201358"
_KINDS = {"after": AFTER, "before": BEFORE, "fixed reference": FIXED}
_START_TO_START = ("C201355", "start to start")
_MOST_NAMES = 5  # of a circle


@dataclass(frozen=True, slots=True)
class Spot:
    """An instance in its timeline, and what it is called here. `attended` for a visit; else it is an event."""

    instance: Instance
    timeline: Timeline
    name: str
    attended: bool


class Layout:
    """The main timelines (`main`), those for what may happen (`others`), and everything in them, by the ids of the file.

    `taken` are the names that are given. Raises SchedulerError when no timeline is the main one.
    """

    def __init__(self, file: UsdmFile, name: str, findings: Findings) -> None:
        self.file = file
        self.name = name
        self.findings = findings
        self.taken: set[str] = set()
        self.parts = {activity.timeline for activity in file.activities} | {
            instance.timeline for timeline in file.timelines for instance in timeline.instances
        }
        self.main, self.others = self.sorted_timelines()
        self.spots: dict[str, Spot] = {}
        for timeline in (*self.main, *self.others):
            self.place(timeline)
        self.by_encounter: dict[str, list[Spot]] = {}
        for spot in self.spots.values():
            self.by_encounter.setdefault(spot.instance.encounter, []).append(spot)
        self.everywhere = {instance.id for timeline in file.timelines for instance in timeline.instances}
        self.timings = self.timings_by_instance()
        self.anchors = self.found_anchors()
        self.circles = self.found_circles()
        self.distances: dict[str, tuple[str, int] | None] = {id: (id, 0) for id in self.anchors}

    def sorted_timelines(self) -> tuple[list[Timeline], list[Timeline]]:
        """The main timelines, and those for what may happen. What an activity consists of is neither.

        Raises SchedulerError when none is the main one, and it cannot be told which is.
        """
        own = [timeline for timeline in self.file.timelines if timeline.id not in self.parts]
        main = [timeline for timeline in self.file.timelines if timeline.main]
        names = [timeline.name for timeline in self.file.timelines]
        for doubled in sorted({name for name in names if names.count(name) > 1}):
            self.findings.note(f'{names.count(doubled)} timelines are called "{doubled}": they are told apart by their ids')
        if not main:
            if len(own) != 1:
                called = ", ".join(f'"{timeline.called}"' for timeline in self.file.timelines)
                raise SchedulerError(f"{self.name}: none of its timelines is the main one (mainTimeline); there are: {called}")
            main = own
            self.findings.note(f'no timeline is the main one (DDF00012): "{main[0].called}" is read as it, for there is no other')
        if len(main) > 1:
            called = ", ".join(f'"{timeline.called}"' for timeline in main)
            self.findings.note(f"{len(main)} timelines are the main one (DDF00012), all are read: {called}")
        for timeline in main:
            if not timeline.planned_duration:
                self.findings.note(f'the main timeline "{timeline.called}" does not say how long it lasts (DDF00153)')
        return main, [timeline for timeline in own if timeline not in main]

    def place(self, timeline: Timeline) -> None:
        """Gives the instances of a timeline their names, in the order of its chain."""
        chain, rest = in_chain(timeline.instances, lambda instance: instance.after, timeline.entry)
        own = by_id(timeline.instances)
        if timeline.entry not in own:
            self.findings.note(f'timeline "{timeline.called}": its entry "{timeline.entry}" is none of its instances')
        targets = {branch.target for instance in timeline.instances for branch in instance.branches}
        if rest := [instance for instance in rest if instance.id not in targets and not instance.decision]:
            called = ", ".join(instance.called for instance in rest)
            self.findings.note(f'timeline "{timeline.called}": its chain does not lead to {called}; they are read after it')
        for instance in timeline.instances:
            if instance.after and instance.exit:
                self.findings.note(f"{instance.called}: it has a next instance and an exit (DDF00008)")
            if instance.after and instance.after not in own:
                self.findings.note(f'{instance.called}: its next instance "{instance.after}" is none of its timeline')
        reached = {instance.id for instance in chain}
        for instance in (*chain, *(each for each in timeline.instances if each.id not in reached)):
            if instance.decision or instance.id in self.spots:
                continue
            attended = bool(instance.encounter or instance.activities or instance.timeline)
            name = name_of(instance.name or instance.label, self.taken, "visit" if attended else "event")
            self.taken.add(name)
            if name != instance.name:
                self.findings.lose(losses.NAMES, instance.called)
            self.spots[instance.id] = Spot(instance, timeline, name, attended)

    def timings_by_instance(self) -> dict[str, list[Timing]]:
        found: dict[str, list[Timing]] = {}
        for timeline in self.file.timelines:
            own = by_id(timeline.instances)
            for timing in timeline.timings:
                if timing.of in own:
                    found.setdefault(timing.of, []).append(timing)
                elif timing.of not in self.everywhere:
                    self.findings.note(f'timing "{called(timing)}": there is no instance "{timing.of}" that it could be of')
                else:
                    self.findings.note(f'timing "{called(timing)}": its instance stands in another timeline (DDF00046)')
        return found

    def found_anchors(self) -> dict[str, Timing]:
        """The anchors, by their instances."""
        anchors: dict[str, Timing] = {}
        for spot in self.spots.values():
            for timing in self.timings.get(spot.instance.id, []):
                if kind_of(timing) != FIXED or len(self.timings[spot.instance.id]) > 1:
                    continue
                anchors[spot.instance.id] = timing
                if timing.to not in ("", timing.of):
                    self.findings.note(f"{spot.name}: an anchor is counted from nothing, and this one names another (DDF00007)")
                if timing.lower or timing.upper or timing.window_label:
                    self.findings.note(f"{spot.name}: an anchor has no window, and this one has (DDF00025); it is not read")
                if not is_start_to_start(timing):
                    self.findings.note(f"{spot.name}: an anchor is Start to Start, and this is {timing.ends.decode} (DDF00036)")
        for timeline in (*self.main, *self.others):
            if not any(self.spots[id].timeline is timeline for id in anchors):
                self.findings.note(f'timeline "{timeline.called}" has no anchor (DDF00009)')
        return anchors

    def wrong(self, timing: Timing, spot: Spot) -> str:
        """Why a timing cannot be counted; empty when it can."""
        if kind_of(timing) not in (AFTER, BEFORE):
            return f'its timing is neither After nor Before, but "{timing.kind.decode or timing.kind.code}"'
        to = self.spots.get(timing.to)
        if to is None:
            if not timing.to:
                return "its timing does not say from what"
            where = "no visit" if timing.to in self.everywhere else "nowhere in the file"
            return f'its timing counts from "{timing.to}", which is {where}'
        if to.timeline is not spot.timeline:
            return f"its timing counts from {to.name} of another timeline (DDF00046)"
        try:
            amounts_of(timing.value)
        except NoDuration:
            return f'the value of its timing, "{timing.value}", is no duration that can be counted'
        if spot.instance.id in self.circles:
            return f"its timing leads back to itself, through {self.circles[spot.instance.id]}"
        return ""

    def before(self, id: str) -> str:
        """What something is counted from, by its first timing; empty for an anchor, and where it has none or leads nowhere."""
        timings = self.timings.get(id, [])
        return timings[0].to if id not in self.anchors and timings and timings[0].to in self.spots else ""

    def found_circles(self) -> dict[str, str]:
        """What is counted from itself in the end: the names on the way back to it."""
        found: dict[str, str] = {}
        seen: set[str] = set()
        for start in self.spots:
            way: dict[str, int] = {}
            id = start
            while id and id not in seen:
                seen.add(id)
                way[id] = len(way)
                id = self.before(id)
            circle = list(way)[way[id] :] if id in way else []
            for number, member in enumerate(circle):
                names = [self.spots[each].name for each in (*circle[number:], *circle[:number])[:_MOST_NAMES]]
                found[member] = ", ".join(names) + (", ..." if len(circle) > _MOST_NAMES else "")
        return found

    def far(self, id: str) -> tuple[str, int] | None:
        """From which anchor something is counted, and about how far in minutes; None when it is not counted from one."""
        way = []
        while id not in self.distances:
            if not self.before(id) or self.wrong(self.timings[id][0], self.spots[id]):
                self.distances[id] = None
            else:
                way.append(id)
                id = self.before(id)
        for follower in reversed(way):
            timing, base = self.timings[follower][0], self.distances[id]
            sign = 1 if kind_of(timing) == AFTER else -1
            self.distances[follower] = (
                None if base is None else (base[0], base[1] + sign * comparable(amounts_of(timing.value))[0])
            )
            id = follower
        return self.distances[id]

    def check_order(self) -> None:
        """Says where the chain of the main timeline and its timings disagree, and what encounters say besides."""
        for timeline in self.main:
            chain, _ = in_chain(timeline.instances, lambda instance: instance.after, timeline.entry)
            before: tuple[str, tuple[str, int]] | None = None
            for instance in chain:
                far = self.far(instance.id)
                if far is None or instance.id not in self.spots:
                    continue
                name = self.spots[instance.id].name
                if before is not None and before[1][0] == far[0] and far[1] < before[1][1]:
                    self.findings.note(f"{name} follows {before[0]} on the timeline, and lies before it by its timing")
                before = name, far
        for encounter in self.file.encounters:
            if encounter.id not in self.by_encounter:
                self.findings.note(f"encounter {encounter.called} is at no instance of a timeline; not read")
                continue
            own = {timing.id for spot in self.by_encounter[encounter.id] for timing in self.timings.get(spot.instance.id, [])}
            if encounter.scheduled_at and encounter.scheduled_at not in own:
                self.findings.note(f'encounter {encounter.called}: "{encounter.scheduled_at}" is no timing of its own')


def called(timing: Timing) -> str:
    """What a timing is called."""
    return timing.name or timing.label or timing.id


def kind_of(timing: Timing) -> str:
    """The code of a timing's type, by its code or its words."""
    if timing.kind.code in (AFTER, BEFORE, FIXED):
        return timing.kind.code
    return _KINDS.get(timing.kind.decode.casefold(), timing.kind.code)


def is_start_to_start(timing: Timing) -> bool:
    """Whether a timing counts from the beginning of the one to the beginning of the other."""
    code, words = _START_TO_START
    return timing.ends.code == code or timing.ends.decode.casefold() == words
