"""A place in the protocol that expressions are asked from (`language.worth.Scope`), as one participant goes through it.

A copy of a group is one, and so is every visit and period: where bare labels count from, and what names, counters and answers mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scheduler.language.conditions import NOT_COUNTED
from scheduler.language.moments import Moment, WorkingDays
from scheduler.language.syntax import Reference
from scheduler.language.worth import (
    Awaited,
    Scope,
    Verdict,
    Waits,
    Worth,
)
from scheduler.schedule.grounds import recorded

if TYPE_CHECKING:
    from scheduler.schedule.compiled import CompiledGroup, CompiledPeriod, CompiledVisit
    from scheduler.schedule.frames import Frame
    from scheduler.schedule.person import Person


class Place:
    """Somewhere in the protocol that expressions are asked from."""

    __slots__ = ("frame", "person")

    frame: Frame
    person: Person

    @property
    def working(self) -> WorkingDays | None:
        """The calendar that working days are counted on."""
        return self.person.working

    def origin(self, *, strict: bool = False) -> Worth:
        """What bare labels count from."""
        frame = self.frame
        return frame.start(strict=strict) if frame.moves is None else frame.origin_for(self, strict=strict)

    def named(self, reference: Reference) -> Worth:
        """What a name is worth, seen from here."""
        return self.person.worth(reference, self, strict=False)

    def answer(self, name: str, day: Moment | None = None) -> object:
        """The number a counter stands at, or the answer to a fact."""
        number = self.frame.counters.get(name)
        if number is None and name in self.person.compiled.counters:
            return NOT_COUNTED
        return self.person.answer(name, day) if number is None else number

    def holds(self, name: str) -> Verdict:
        """Whether a yes-or-no fact was answered yes, or an event happened."""
        return self.person.holds(name, None if name in self.person.compiled.events else self.answer(name))

    @property
    def limits(self) -> Scope:
        """The same place as limits see it."""
        return Strict(self)

    def ends(self, rule: CompiledVisit | CompiledPeriod | CompiledGroup) -> list[Worth]:
        """What ends a rule: its own ends and those of its groups, seen from here, and those of its epoch, by the study's clock."""
        ends = [*(end.on(self) for end in rule.until), *(end.on(self.person.root) for end in rule.epoch)]
        return ends + [end.on(outer) for group, outer in self.around() for end in group.outside.until]

    def around(self) -> Iterator[tuple[CompiledGroup, Frame]]:
        """The groups it stands in, each with the place around it."""
        frame = self.frame
        while frame.parent is not None:
            yield frame.group, frame.parent
            frame = frame.parent

    def outside_verdicts(self) -> list[Verdict]:
        """What the groups around its own say of it: by their clock and their names, for its own answers."""
        return [judge(Seen(self, outer)) for group, outer in self.around() for judge in group.outside.when]

    def leaves_room(self) -> bool:
        """Whether the counters of the groups around its own let it be at all."""
        judges = ((judge, outer) for group, outer in self.around() for judge in group.outside.counted)
        return all(judge(Seen(self, outer)).value is not False for judge, outer in judges)

    def own_record(self, event: str) -> int | None:
        """Which record of an event this place, or a copy around it, was made for."""
        frame: Frame | None = self.frame
        while frame is not None:
            if frame.group.series is not None and frame.group.series.each == event:
                return frame.nth
            frame = frame.parent
        return None


class Seen:
    """A place as the groups around its own see it: their clock and their names, its own answers."""

    __slots__ = ("outer", "place")

    def __init__(self, place: Place, outer: Frame) -> None:
        self.place = place
        self.outer = outer

    @property
    def working(self) -> WorkingDays | None:
        return self.place.working

    def origin(self) -> Worth:
        return self.outer.origin()

    def named(self, reference: Reference) -> Worth:
        return self.outer.named(reference)

    def answer(self, name: str, day: Moment | None = None) -> object:
        return self.place.answer(name, day)

    def holds(self, name: str) -> Verdict:
        return self.place.holds(name)


class Strict:
    """A place as a limit sees it: other visits count only once they are booked or done."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def working(self) -> WorkingDays | None:
        return self.place.working

    def origin(self) -> Worth:
        return self.place.origin(strict=True)

    def named(self, reference: Reference) -> Worth:
        return self.place.person.worth(reference, self.place, strict=True)

    def answer(self, name: str, day: Moment | None = None) -> object:
        return self.place.answer(name, day)

    def holds(self, name: str) -> Verdict:
        return self.place.holds(name)


def for_event(person: Person, event: str, nth: int) -> Worth:
    """The start of what is copied for each event."""
    records = person.participant.recorded.get(event, ())
    if nth < len(records):
        return recorded(event, records[nth])
    expected = person.compiled.events[event].at is not None
    return (
        person.worth(Reference(event), person.root, strict=False) if expected else Waits((Awaited(event, may_not_happen=True),))
    )
