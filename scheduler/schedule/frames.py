"""The copies of a group, and every occurrence of every rule in them: how far a series goes, for one participant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from scheduler.facts.records import Status
from scheduler.language.dating import Base, Dating
from scheduler.language.moments import Offset, day_of, shift
from scheduler.language.series import Part, Rhythm, Turn, is_after, offset_of, turns
from scheduler.language.syntax import MOST, Reference
from scheduler.language.worth import (
    Awaited,
    Basis,
    Ground,
    Lack,
    Never,
    On,
    Worth,
    awaited_by,
    first_day,
    last_day,
)
from scheduler.protocol.counters import LABEL_COUNTERS, Counters, fill, numbers_of, steps_to
from scheduler.reading.problems import SchedulerError
from scheduler.schedule.compiled import (
    CompiledGroup,
    CompiledPeriod,
    CompiledSeries,
    CompiledVisit,
    Moving,
)
from scheduler.schedule.grounds import on_record
from scheduler.schedule.occurrences import Occurrence
from scheduler.schedule.places import Place, for_event
from scheduler.schedule.stays import Stay

if TYPE_CHECKING:
    from scheduler.schedule.person import Person


Item = TypeVar("Item", "Frame", "Occurrence")


class Frame(Place):
    """One copy of a group, with everything that stands in it."""

    __slots__ = (
        "_copies",
        "_open",
        "_rows",
        "_starts",
        "counters",
        "group",
        "is_bound",
        "moves",
        "name",
        "nth",
        "origin_name",
        "over",
        "parent",
        "position",
        "turn",
    )

    def __init__(
        self, person: Person, group: CompiledGroup, parent: Frame | None, nth: int = 0, turn: Turn | None = None
    ) -> None:
        self.frame = self
        self.person = person
        self.group = group
        self.parent = parent
        self.nth = nth
        self.turn = turn
        self.over: bool = (parent is not None and parent.over) or (turn is not None and turn.over)
        self.counters: dict[str, int] = dict(parent.counters) if parent else {}
        if group.series is not None:
            self.counters[group.plan.rule] = nth + 1
        self.position: tuple[int, ...] = (*parent.position, group.number, nth) if parent else ()
        self.name = self._name()
        self.origin_name = self._origin_name()
        self.is_bound: bool = parent is not None and (parent.is_bound or any(group.outside))
        self.moves = group.series.moves if group.series is not None else None
        self._starts: dict[bool, Worth] = {}
        self._rows: dict[int, list[Occurrence] | list[Stay]] = {}
        self._copies: dict[int, list[Frame]] = {}
        self._open: dict[int, tuple[Awaited, ...]] = {}

    # -- where it starts

    def start(self, *, strict: bool) -> Worth:
        """The day its labels count from: the study's anchor, or the start of this copy."""
        found = self._starts.get(strict)
        if found is None:
            found = self._starts[strict] = self._start(strict=strict)
        return found

    def _start(self, *, strict: bool) -> Worth:
        if self.parent is None:
            return self.person.worth(self.person.anchor, self, strict=strict)
        series = self.group.series
        if series is not None and series.each:
            return for_event(self.person, series.each, self.nth)
        dating = self.group.at if self.turn is None else self.turn.dating
        assert dating is not None
        if strict:
            worth = dating.on(self.parent.limits)
        elif self.turn is None or (series is not None and series.turns is not None):
            worth = dating.on(self.parent)
        else:
            worth = self.turn.worth
        if not self.name or isinstance(worth, Never):
            return worth
        sure = all(ground.sure for ground in worth.grounds)
        assumed = "at" in self.group.plan.assumed or any(ground.assumed for ground in worth.grounds)
        own = Ground(self.name, Basis.START, first_day(worth), sure, assumed)
        return worth._replace(grounds=(own, *worth.grounds))

    def _name(self) -> str:
        """What its start is called in reasons: the copy's own name; none where it starts on one thing that has a name."""
        plan = self.group.plan
        if self.group.series is not None:
            return fill(plan.id, self.counters)
        return "" if isinstance(plan.at, Reference) else plan.id

    def _origin_name(self) -> str:
        """The name by which its start is found among the grounds of what is counted from it."""
        if self.parent is None:
            return self.person.protocol.study.anchor
        if self.group.series is not None and self.group.series.each:
            return self.group.series.each
        return self.name or str(self.group.plan.at)

    def origin_for(self, place: Place, *, strict: bool) -> Worth:
        """The day the labels of something in this copy count from.

        Where a series of copies moves with one visit, the recorded day of that visit is the first day of its own copy, too: for all
        of it but the visit itself.
        """
        start = self.start(strict=strict)
        if self.moves is None or (isinstance(place, Occurrence) and place.rule.plan.rule == self.moves.visit):
            return start
        moved = _new_origin(self, self.moves, start)
        if moved is None:
            return _open_until(_mover(self, self.moves), start)
        worth = moved(self)
        assert isinstance(worth, On)
        return On(worth.day, (Ground(self.name, Basis.START, worth.day, worth.grounds[0].sure, assumed=False), *worth.grounds))

    # -- what stands in it

    def row(self, rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> Sequence[Occurrence | Stay]:
        """The occurrences of a rule, in their order. While they are being counted, those there are so far."""
        found = self._rows.get(id(rule))
        if found is not None:
            return found
        if isinstance(rule, CompiledPeriod):
            stays = self._rows[id(rule)] = [Stay(self, rule)]
            return stays
        assert isinstance(rule, CompiledVisit)
        row: list[Occurrence] = []
        self._rows[id(rule)] = row
        self._fill(row, rule, rule.series, lambda nth, turn: Occurrence(self, rule, nth, turn))
        self.person.count(len(row))
        if rule.counted or self.is_bound:
            row[:] = [occurrence for occurrence in row if occurrence.possible]
        return row

    def copies(self, group: CompiledGroup) -> Sequence[Frame]:
        """The copies of a group that stands in it; one, where it is not copied."""
        found = self._copies.get(id(group))
        if found is None:
            found = self._copies[id(group)] = []
            self._fill(found, group, group.series, lambda nth, turn: Frame(self.person, group, self, nth, turn))
        return found

    def is_open(self, rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> tuple[Awaited, ...] | None:
        """What the end of a series waits for; None when it has come to its end, or is none."""
        return self._open.get(id(rule))

    def _fill(
        self,
        row: list[Item],
        rule: CompiledVisit | CompiledGroup,
        series: CompiledSeries | None,
        make: Callable[[int, Turn | None], Item],
    ) -> None:
        if series is None:
            row.append(make(0, None))
        elif series.each:
            records = self.person.participant.recorded.get(series.each, ())
            if not any(record.status is Status.NEVER for record in records):
                row += [make(nth, None) for nth in range(max(1, len(records)))]  # one that waits, where there is none yet
        elif series.turns is not None:
            row += [make(turn.nth, turn) for turn in series.turns]
        else:
            self._grow(row, rule, series, make)

    # -- series that hang on the participant

    def _grow(
        self,
        row: list[Item],
        rule: CompiledVisit | CompiledGroup,
        series: CompiledSeries,
        make: Callable[[int, Turn | None], Item],
    ) -> None:
        """Fill a row until its series is over, or nobody knows how it goes on; what was recorded beyond that is kept.

        An end may be counted from the first of the row, so that one is there before the ends are asked for.
        """
        assert series.rhythm is not None
        rhythm: Rhythm = series.rhythm
        on_record = self._on_record(rule)
        ends: list[Worth] | None = None
        looking: list[Turn] = []  # beyond the end, for what was recorded

        def new_origin(nth: int, worth: Worth) -> Base | None:
            return _new_origin(row[-1], series.moves, worth) if series.moves and row and row[-1].nth == nth else None

        for turn in _within_the_calendar(turns(rhythm, self, new_origin), looking):
            if series.moves is not None and row:
                turn = turn._replace(worth=_open_until(_mover(row[-1], series.moves), turn.worth))
            row.append(make(turn.nth, turn))
            if ends is None:
                ends = [*(end.on(self) for end in rhythm.until), *self.ends(rule)]
                ends += [end.on(self) for end in rule.outside.until] if isinstance(rule, CompiledGroup) else []
            is_kept = bool(on_record) and on_record.pop(self._key(rule, rhythm, turn), None) is not None
            over = is_after(turn.worth, ends) or (rhythm.times is not None and turn.nth >= rhythm.times)
            if over or (turn.nth > 0 and not is_kept and self._goes_too_far(rule, rhythm, turn, ends)):
                row.pop()
                looking.append(turn)
                if is_kept:
                    row.append(make(turn.nth, turn._replace(over=True)))
                if not on_record or len(looking) > _BEYOND:
                    break
            elif turn.nth >= MOST:
                raise SchedulerError(f"{rule.plan.rule}: more than {MOST} of them")
        row += [make(turn.nth, turn) for turn in self._left_over(rule, rhythm, on_record)]

    def _goes_too_far(self, rule: CompiledVisit | CompiledGroup, rhythm: Rhythm, turn: Turn, ends: list[Worth]) -> bool:
        """Whether a series without a known end has come to the horizon, or to where no date is known; then it is marked open."""
        if rhythm.times is not None or not rhythm.parts:
            return False
        if rhythm.parts[-1].times is not None and self._come_to_their_end(rhythm.parts[:-1]):
            return False
        day = first_day(turn.worth)
        if day is None:
            self._open[id(rule)] = awaited_by(turn.worth, *ends)
            return True
        if any(last_day(end) is not None for end in ends) or day_of(day) <= self.person.horizon:
            return False
        self._open[id(rule)] = awaited_by(*ends) or (Awaited(rule.plan.rule, Lack.END),)
        return True

    def _come_to_their_end(self, parts: Sequence[Part]) -> bool:
        """Whether every one of some parts has so many dates, or an end that is known."""
        return all(part.times is not None or any(last_day(end.on(self)) is not None for end in part.until) for part in parts)

    def _on_record(self, rule: CompiledVisit | CompiledGroup) -> dict[Key, Counters]:
        """The ids of a rule's visits, or the numbers of a group's copies, that somebody wrote something down about, in this copy."""
        found: dict[Key, Counters] = {}
        for name, counters in self.person.on_record.get(id(rule.plan), ()):
            if all(counters.get(counter, number) == number for counter, number in self.counters.items()):
                found[name if isinstance(rule, CompiledVisit) else counters[rule.plan.rule]] = counters
        return found

    def _key(self, rule: CompiledVisit | CompiledGroup, rhythm: Rhythm, turn: Turn) -> Key:
        """The id of one of a rule's visits, or the number of one of a group's copies."""
        if isinstance(rule, CompiledGroup):
            return turn.nth + 1
        numbers = numbers_of(rule.labels, rhythm, turn.nth, turn.counts, self.group.reckoning)
        return fill(rule.plan.id, {**self.counters, rule.plan.rule: turn.nth + 1, **numbers})

    def _left_over(
        self, rule: CompiledVisit | CompiledGroup, rhythm: Rhythm, on_record: Mapping[Key, Counters]
    ) -> Iterator[Turn]:
        """What was recorded and the series, as it moved or ended, does not come to any more: at its place in the plan."""
        for counters in on_record.values() if isinstance(rule, CompiledVisit) else ():
            wanted = {name: counters[name] for name in LABEL_COUNTERS if name in counters}
            found = steps_to(wanted, rhythm, self.group.reckoning) if wanted else None
            if found is not None:
                nth, counts = found
                there = Dating(rhythm.starts[min(nth, len(rhythm.starts) - 1)].base, offset_of(rhythm, nth, counts)[0])
                yield Turn(nth, there, there.on(self), counts, over=True)


Key = str | int
_BEYOND = 500  # how far past its end a series is followed for what was recorded


def _within_the_calendar(walk: Iterator[Turn], looking: Sequence[Turn]) -> Iterator[Turn]:
    """The dates of a series; one that is looked at only for what was recorded ends where the calendar does."""
    try:
        yield from walk
    except SchedulerError:
        if not looking:
            raise


def _mover(before: Frame | Occurrence, moves: Moving) -> Occurrence | None:
    """The visit whose recorded date moves what follows: one of the series itself, or the one that is named in a copy."""
    if isinstance(before, Occurrence):
        return before
    rule = next(rule for rule in before.group.members if isinstance(rule, CompiledVisit) and rule.plan.rule == moves.visit)
    row = before.row(rule)
    return row[0] if row and isinstance(row[0], Occurrence) else None


def _open_until(visit: Occurrence | None, worth: Worth) -> Worth:
    """A date that may still move, as long as the visit it moves with has not taken place."""
    if visit is None or isinstance(worth, Never) or visit.record.actual is not None or visit.record.outcome.is_not_done:
        return worth
    return worth._replace(grounds=(*worth.grounds, Ground(visit.plan.id, Basis.OPEN, None, sure=False, assumed=False)))


def _new_origin(before: Frame | Occurrence, moves: Moving, worth: Worth) -> Base | None:
    """The recorded date a series goes on from, after one of it; None when it goes on as before.

    Of a copy it is its start, moved by as many days as the visit that is named took place early or late.
    """
    visit = _mover(before, moves)
    if visit is None:
        return None
    record = visit.record
    moment = record.actual or (record.booked if not record.outcome.is_not_done else None)
    target = first_day(visit.target())
    start = first_day(worth)
    if moment is None or target is None or start is None:
        return None
    late = (day_of(moment) - day_of(target)).days
    if moves.late is not None and late < max(moves.late, 1):
        return None
    basis = Basis.ACTUAL if record.actual is not None else Basis.BOOKED
    on = on_record(visit.plan.id, basis, moment)
    distance = (day_of(start) - day_of(target)).days
    origin = On(shift(moment, Offset(days=distance, whole_days=True)), on.grounds) if distance else on
    return lambda scope: origin
