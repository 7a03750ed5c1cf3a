"""How long calendars take to build and write, ours beside three libraries: run by hand, `python benchmarks/calendars.py`.

The same 1,000 calendars of 25 events for all: half of the calendars in Chinese, half of the events at a time of the clock, the others of
whole days, an alarm for each. A hundred calendars in turn for each way, in ten rounds, so that a slow moment of the machine meets them
all; medians of processor time, and the ratio to ours. Only ours describes its time zones in every case; that is in its time.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import ical.alarm
import ical.calendar
import ical.event
import icalendar
import ics
from ical.calendar_stream import IcsCalendarStream
from ical.types import Classification
from icalendar.enums import CLASS, STATUS

from scheduler.calendars.issue import IssuedEvent, issue
from scheduler.calendars.writer import Stamped, to_icalendar, write
from scheduler.views.calendar import CalendarView
from scheduler.views.event import Event, Status

ROUNDS = 10
CALENDARS = 100  # in a round
EVENTS = 25
ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
WORDS = {
    "en": (
        "Appointment",
        "The day can still move, from {} to {}. Please bring your card; no food from midnight, water is allowed.",
    ),
    "zh": ("预约", "日期仍可调整：{} 至 {}。请携带就诊卡；午夜后请勿进食，可以饮水。"),
}
ZONES = {"en": ZoneInfo("America/New_York"), "zh": ZoneInfo("Asia/Shanghai")}


def calendar(number: int) -> list[Event]:
    """The events of one participant, who begins a day after the one before."""
    language = "zh" if number % 2 else "en"
    summary, description = WORDS[language]
    first = date(2026, 3, 2) + timedelta(days=number)
    return [
        event(number, place, first + timedelta(weeks=place), ZONES[language], summary, description) for place in range(EVENTS)
    ]


def event(number: int, place: int, day: date, zone: ZoneInfo, summary: str, description: str) -> Event:
    """At nine for an hour, or the whole day."""
    nine = datetime(day.year, day.month, day.day, 9, 0, tzinfo=zone)
    return Event(
        uid=str(uuid5(NAMESPACE_OID, f"{number} {place}")),
        start=nine if place % 2 else day,
        end=nine.replace(hour=10) if place % 2 else day + timedelta(days=1),
        summary=summary,
        description=description.format(day - timedelta(days=3), day + timedelta(days=3)),
        status=Status.CONFIRMED,
        busy=True,
        alarm=True,
    )


def ahead(event: Event) -> timedelta:
    """How long before its start an event is announced."""
    return timedelta(days=-1) if isinstance(event.start, datetime) else timedelta(hours=-15)


def ours(events: list[Event]) -> bytes:
    """The events are made anew, as the libraries make theirs."""
    again = [
        Event(
            uid=event.uid,
            start=event.start,
            end=event.end,
            summary=event.summary,
            description=event.description,
            status=event.status,
            busy=event.busy,
            alarm=event.alarm,
        )
        for event in events
    ]
    return write("Appointments", "c0ff", [Stamped(event, ISSUED, 0) for event in again])


def with_icalendar(events: list[Event]) -> bytes:
    """Without time zones: that library writes them wrong, and they would cost it more."""
    made = icalendar.Calendar.new(name="Appointments", uid="c0ff", prodid="-//visit schedule//1//EN", last_modified=ISSUED)
    for event in events:
        component = icalendar.Event.new(
            uid=event.uid,
            start=event.start,
            end=event.end,
            summary=event.summary,
            description=event.description,
            status=STATUS(event.status.value),
            classification=CLASS.PRIVATE,
            stamp=ISSUED,
            last_modified=ISSUED,
            sequence=0,
        )
        component.add("TRANSP", "OPAQUE")
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", event.summary)
        alarm.add("TRIGGER", ahead(event))
        component.add_component(alarm)
        made.add_component(component)
    data: bytes = made.to_ical()
    return data


def with_ics(events: list[Event]) -> bytes:
    """Moments in UTC: that library writes no others. It has no sequence."""
    made = ics.Calendar()
    for event in events:
        component = ics.Event(
            uid=event.uid,
            begin=event.start,
            end=event.end,
            name=event.summary,
            description=event.description,
            status=event.status.value,
            classification="PRIVATE",
            created=ISSUED,
            last_modified=ISSUED,
            transparent=False,
            alarms=[ics.DisplayAlarm(trigger=ahead(event), display_text=event.summary)],
        )
        if not isinstance(event.start, datetime):
            component.make_all_day()
        made.events.add(component)
    text: str = made.serialize()
    return text.encode()


def with_ical(events: list[Event]) -> bytes:
    """Without time zones: it describes them only for events that are added through its store."""
    made = ical.calendar.Calendar(prodid="-//visit schedule//1//EN")
    for event in events:
        component = ical.event.Event(
            uid=event.uid,
            dtstamp=ISSUED,
            last_modified=ISSUED,
            sequence=0,
            dtstart=event.start,
            dtend=event.end,
            summary=event.summary,
            description=event.description,
            status=ical.event.EventStatus(event.status.value),
            transparency="OPAQUE",
            classification=Classification.PRIVATE,
            alarm=[ical.alarm.Alarm(action="DISPLAY", trigger=ahead(event), description=event.summary)],
        )
        made.events.append(component)
    return IcsCalendarStream.calendar_to_ics(made).encode()


def first_issue(events: list[Event]) -> bytes:
    """As a study issues it, with what has to be remembered for the next."""
    return issue(view(events), {}, ISSUED, TODAY).data


def next_issue(events: list[Event], before: Mapping[str, IssuedEvent]) -> bytes:
    """A week later: a third of the events have moved, another third is planned no longer."""
    moved = [replace(event, summary=f"{event.summary}.") for event in events[::3]]
    return issue(view([*moved, *events[1::3]]), before, ISSUED + timedelta(weeks=1), TODAY).data


def view(events: list[Event]) -> CalendarView:
    """The events as a calendar of a participant."""
    return CalendarView("c0ff", "Appointments", tuple(events))


WAYS: dict[str, Callable[[list[Event]], bytes]] = {
    "ours": ours,
    "icalendar": with_icalendar,
    "ics": with_ics,
    "ical": with_ical,
}


def rounds() -> Iterator[dict[str, float]]:
    """The seconds of the processor for each way, round by round."""
    for number in range(ROUNDS):
        calendars = [calendar(number * CALENDARS + place) for place in range(CALENDARS)]
        yield {name: seconds(way, calendars) for name, way in WAYS.items()}


def issues() -> None:
    """A first issue, and the next one of it; the ratio is of the medians."""
    times: dict[str, list[float]] = {"first issue": [], "next issue": []}
    for number in range(ROUNDS):
        calendars = [calendar(number * CALENDARS + place) for place in range(CALENDARS)]
        issued = [issue(view(events), {}, ISSUED, TODAY).events for events in calendars]
        times["first issue"].append(seconds(first_issue, calendars))
        start = time.process_time()
        for events, before in zip(calendars, issued, strict=True):
            next_issue(events, before)
        times["next issue"].append(time.process_time() - start)
    first, following = (statistics.median(found) for found in times.values())
    for name, median in (("first issue", first), ("next issue", following)):
        print(f"{name:<12}{median * 1000 / CALENDARS:>20.2f}{median * 1e6 / CALENDARS / EVENTS:>12.1f}")
    print(f"{'':<12}next issue: {following / first:.2f} x a first one\n")


def seconds(way: Callable[[list[Event]], bytes], calendars: list[list[Event]]) -> float:
    """All calendars of a round, one way."""
    start = time.process_time()
    for events in calendars:
        way(events)
    return time.process_time() - start


def main() -> None:
    """Check that all ways write the same events, then measure."""
    warnings.filterwarnings("ignore", "Behaviour of str", FutureWarning)  # what ics says of a call of its own
    for name, way in WAYS.items():
        read = to_icalendar(way(calendar(1))).events
        assert sorted(str(event["SUMMARY"]) for event in read) == sorted(event.summary for event in calendar(1)), name
        assert all(event.walk("VALARM") for event in read), name
    measured = list(rounds())
    issues()
    fastest = statistics.median(found["ours"] for found in measured)
    print(f"{'':<12}{'s / 1,000 calendars':>20}{'us / event':>12}{'x ours':>8}")
    for name in WAYS:
        median = statistics.median(found[name] for found in measured)
        print(f"{name:<12}{median * 1000 / CALENDARS:>20.2f}{median * 1e6 / CALENDARS / EVENTS:>12.1f}{median / fastest:>8.1f}")


if __name__ == "__main__":
    main()
