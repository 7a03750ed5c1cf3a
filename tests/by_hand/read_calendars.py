"""Calendars read by ical.js (Thunderbird's) and libical (GNOME's, KDE's), which PyPI does not have: run by hand.

    python tests/by_hand/read_calendars.py [FILE.ics ...] [--all-zones]

Needs npm and node, and Debian's apt-get and dpkg-deb; what is fetched goes into a temporary folder and nothing is installed. Each
file must be without fault for both, and they must read the uids, starts, ends, summaries and sequences that icalendar reads. Then a
calendar is written for each of some time zones (`--all-zones`: for all), with an hour's event on each Sunday of 2026 to 2028 and at
every half hour of the days around a change; both must find the moments that zoneinfo says they are. They know them from the file alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from scheduler.calendars.writer import Stamped, to_icalendar, write
from scheduler.views.event import Event, Status

HERE = Path(__file__).parent
ICAL_JS = "ical.js@2.2.1"
CHANGED = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = (
    "Africa/Cairo Africa/Casablanca America/Argentina/Buenos_Aires America/Chicago America/Los_Angeles America/New_York America/Nuuk "
    "America/Santiago America/Sao_Paulo America/St_Johns Asia/Gaza Asia/Jerusalem Asia/Kolkata Asia/Kathmandu Asia/Shanghai Asia/Tehran "
    "Asia/Tokyo Atlantic/Azores Australia/Adelaide Australia/Lord_Howe Australia/Sydney Europe/Berlin Europe/Dublin Europe/London "
    "Europe/Moscow Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Kiritimati"
).split()

Row = tuple[str, str | int, str | int, str, int]  # uid, start and end (a day, or seconds since 1970), summary, sequence
Reader = Callable[[Sequence[Path]], list[list[Row]]]


def main() -> int:
    """The exit status: whether anything was read wrong."""
    parser = argparse.ArgumentParser(description="Calendars read by ical.js and libical.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--all-zones", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        readers = {"ical.js": ical_js(folder), "libical": libical(folder)}
        files = arguments.files or [sample(folder)]
        meant = by_icalendar(files)
        wrong = sum(differences(f"{reader}, given files", files, read, meant, show=True) for reader, read in readers.items())
        zones = {
            zone_file(folder, key): zone_events(key) for key in (sorted(available_timezones()) if arguments.all_zones else ZONES)
        }
        for file, events in zones.items():
            file.write_bytes(write("Zone", "c0ff", [Stamped(event, CHANGED, 0) for event in events]))
        expected = [[row(event, 0) for event in events] for events in zones.values()]
        wrong += sum(
            differences(f"{reader}, {len(zones)} zones", list(zones), read, expected) for reader, read in readers.items()
        )
    return 1 if wrong else 0


def differences(title: str, files: Sequence[Path], read: Reader, expected: list[list[Row]], *, show: bool = False) -> int:
    """Prints what is read otherwise than it should be and how much there was, with `show` all of it; gives the number of differences."""
    wrong = 0
    found = read(files)
    for file, rows, wanted in zip(files, found, expected, strict=True):
        for seen, meant in zip(rows, wanted, strict=True):
            if show:
                print(f"{title}: {file.name}: {seen}")
            if seen != meant:
                wrong += 1
                print(f"{title}: {file.name}: {seen} is not {meant}")
    print(f"{title}: {len(files)} files, {sum(map(len, found))} events, {wrong} read wrong")
    return wrong


def by_icalendar(files: Sequence[Path]) -> list[list[Row]]:
    """What icalendar reads, which resolves time zones with zoneinfo and not with the file."""
    return [
        [
            (
                str(event["UID"]),
                time(event.decoded("DTSTART")),
                time(event.decoded("DTEND")),
                str(event["SUMMARY"]),
                int(str(event["SEQUENCE"])),
            )
            for event in to_icalendar(file.read_bytes()).events
        ]
        for file in files
    ]


def time(value: date) -> str | int:
    """As the readers' scripts print it."""
    return int(value.timestamp()) if isinstance(value, datetime) else value.isoformat()


def row(event: Event, sequence: int) -> Row:
    """What is to be read of an event."""
    return event.uid, time(event.start), time(event.end), event.summary, sequence


# --- the readers ---


def ical_js(folder: Path) -> Reader:
    """From npm."""
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), ICAL_JS)
    module = folder / "node_modules" / "ical.js" / "dist" / "ical.js"
    return lambda files: lines(run("node", str(HERE / "read_with_icaljs.mjs"), str(module), *map(str, files)))


def libical(folder: Path) -> Reader:
    """From Debian's package and those of its dependencies that a small system does not have."""
    depends = [line.split()[-1] for line in run("apt-cache", "depends", "libical3").splitlines() if "Depends:" in line]
    packages = ["libical3", *(name for name in depends if name.startswith(("libdb", "libicu")))]
    run("apt-get", "download", *packages, cwd=folder)
    for package in folder.glob("*.deb"):
        run("dpkg-deb", "--extract", str(package), str(folder / "debian"))
    [library] = (folder / "debian").rglob("libical.so.3")
    script = [sys.executable, str(HERE / "read_with_libical.py"), str(library)]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    return lambda files: lines(run(*script, *map(str, files), env=environment))


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What a command prints; its complaints go to the terminal, and a failure ends the check."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8", cwd=cwd, env=env).stdout


def lines(text: str) -> list[list[Row]]:
    """A list of events in each line."""
    return [
        [(uid, start, end, summary, sequence) for uid, start, end, summary, sequence in json.loads(line)]
        for line in text.splitlines()
    ]


# --- what they are given ---


def sample(folder: Path) -> Path:
    """A calendar for a check without files: Chinese and English, a stay, a time, a cancelled event, everything that is escaped."""
    shanghai = ZoneInfo("Asia/Shanghai")
    nine = datetime(2026, 4, 1, 9, 0, tzinfo=shanghai)
    events = [
        Event(
            uid="1", start=nine, end=nine + timedelta(hours=1), summary="预约", status=Status.CONFIRMED, busy=True, alarm=True
        ),
        Event(uid="2", start=date(2028, 2, 28), end=date(2028, 3, 7), summary="Hospital stay", status=Status.CONFIRMED, busy=True),
        Event(
            uid="3",
            start=date(2026, 9, 25),
            end=date(2026, 10, 2),
            summary="; , : \" \\ \\n 😀\n" + "约" * 100,
            status=Status.CANCELLED,
            busy=False,
            related="1",
            categories=("a, b", "c"),
        ),
    ]  # fmt: skip
    file = folder / "sample.ics"
    file.write_bytes(write("样本", "c0ff", [Stamped(event, CHANGED, number) for number, event in enumerate(events)]))
    return file


def zone_file(folder: Path, key: str) -> Path:
    """Where the calendar of a zone is put."""
    return folder / f"{key.replace('/', '_')}.ics"


def zone_events(key: str) -> list[Event]:
    """Events of an hour, where the clock of the zone is looked at."""
    return [
        Event(
            uid=moment.isoformat(),
            start=moment.astimezone(ZoneInfo(key)),
            end=(moment + timedelta(hours=1)).astimezone(ZoneInfo(key)),
            summary=key,
            status=Status.CONFIRMED,
            busy=True,
        )
        for moment in looked_at(ZoneInfo(key))
    ]


def looked_at(zone: ZoneInfo) -> Iterator[datetime]:
    """Noon of each Sunday of 2026 to 2028, in UTC, and every half hour from one noon to the next if the clock changes in between."""
    noon = datetime(2026, 1, 4, 12, tzinfo=UTC)
    while noon.year < 2029:
        if noon.weekday() == 6:
            yield noon
        if noon.astimezone(zone).utcoffset() != (noon + timedelta(days=1)).astimezone(zone).utcoffset():
            yield from (noon + timedelta(minutes=30 * number + 1) for number in range(48))
        noon += timedelta(days=1)


if __name__ == "__main__":
    sys.exit(main())
