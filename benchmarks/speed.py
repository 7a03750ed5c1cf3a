"""How long things take, as ratios within one run: run by hand, `python benchmarks/speed.py`, on an installed package.

A ratio to a bare interpreter started a moment ago says more than milliseconds on a machine nobody knows.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler.facts.records import Participant, Site, SiteCalendar
from scheduler.opendays.calendar import OpenDays
from scheduler.planning.between import newcomer
from scheduler.planning.infusion import candidates
from scheduler.planning.load import load
from scheduler.planning.suggest import Suggestion, suggest
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol, Text
from scheduler.schedule.amended import Version, merged
from scheduler.schedule.expand import expand
from scheduler.study.files import load_protocol
from scheduler.study.folder import load_study
from scheduler.views.difference import impact

EXAMPLE = Path(__file__).parents[1] / "examples" / "udcar-sle"
ROUNDS = 11

COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "click alone": ["-c", "import click"],
    "--help": ["-m", "scheduler", "--help"],
    "plan": ["-m", "scheduler", "plan", str(EXAMPLE), "--anchor", "infusion=2026-03-02", "--format", "csv"],
    "check": ["-m", "scheduler", "check", str(EXAMPLE)],
    "status": ["-m", "scheduler", "status", str(EXAMPLE), "--today", "2026-11-23"],
}


def seconds(command: list[str]) -> float:
    """One start of the interpreter, from outside."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return time.perf_counter() - start


def cold_starts() -> None:
    """Whole processes in turn, so that a slow moment of the machine meets them all."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS + 1):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}  # the first round warms the caches
    bare, click = medians["bare interpreter"], medians["click alone"]
    print(f"{'cold start':<20}{'ms':>8}{'x bare':>10}{'x click':>10}")
    for name, median in medians.items():
        print(f"{name:<20}{median * 1000:>8.1f}{median / bare:>10.2f}{median / click:>10.2f}")


HEAD = "study: {id: X, title: X, anchor: infusion, day_numbering: day 0}\nvisits:\n  - {id: infusion, at: given}\n"
SIXTY = {
    "60 visits": HEAD + "".join(f"  - {{id: V{number}, at: Day {7 * number}, window: ±3 days}}\n" for number in range(1, 60)),
    "15 cycles of 4": HEAD
    + "  - {id: cycle, at: Day 0 then every 28 days 15 times, window: ±3 days, "
    + "visits: [{id: D, ids: C<cycle>D<day>, at: Day 0/7/14/21}]}\n",
}


def participants() -> None:
    """Participants of the example study, and of two of 60 visits, with the protocol loaded; the yardstick is making one date."""
    protocol = load_protocol(EXAMPLE)
    answers = {"lymphodepletion": True, "childbearing": True}
    people = [
        Participant.planned("P", {"infusion": day, "enrolment": day - timedelta(14)}, answers)
        for day in (date(2026, 1, 1) + timedelta(number) for number in range(365))
    ]
    yardstick = min(_make_dates() for _ in range(7)) / 10_000
    print()
    for name, plan in (
        ("one participant", protocol),
        *((name, read_protocol(text.encode(), name)) for name, text in SIXTY.items()),
    ):
        best = min(_expand_all(plan, people) for _ in range(7)) / len(people)
        print(f"{name:<20}{best * 1e6:>8.0f} microseconds, {1 / best:,.0f} a second, {best / yardstick:,.0f} x date(2026, 3, 2)")


def _expand_all(protocol: Protocol, people: list[Participant]) -> float:
    start = time.perf_counter()
    for person in people:
        expand(protocol, person)
    return time.perf_counter() - start


def amendment_report() -> None:
    """What an amendment changes for 48 participants of the example, its versions loaded; the yardstick is dating them once."""
    first = load_protocol(EXAMPLE)
    text = (EXAMPLE / "protocol.yaml").read_text(encoding="utf-8").replace("window: ±14 days", "window: ±7 days")
    second = read_protocol(text.encode(), "second")
    answers = {"lymphodepletion": True, "childbearing": True}
    days = (date(2025, 12, 1) + timedelta(9 * number) for number in range(48))
    people = [Participant.planned("P", {"infusion": day, "enrolment": day - timedelta(14)}, answers) for day in days]
    site = Site(id="S", name=Text({"": "S"}), zone=ZoneInfo("Asia/Shanghai"), language="en")
    chain = (Version("1", first, date.min), Version("2", second, date(2026, 11, 1)))

    def report() -> float:
        start = time.perf_counter()
        for person in people:
            made = [expand(version.protocol, person) for version in chain]
            impact(made[0], merged(chain, made), site, chain[1].since)
        return time.perf_counter() - start

    report()
    once = min(_expand_all(first, people) for _ in range(7))
    best = min(report() for _ in range(7))
    print(f"{'amendment, 48 people':<20}{best * 1e3:>8.0f} ms, {best / once:.1f} x dating them once")


def infusion_days() -> None:
    """Sixty candidate days of the example scored, its study loaded; the yardstick is expanding one schedule for each of them."""
    study = load_study(EXAMPLE)
    site = "yancheng"
    people = list(study.participants.values())
    person, days = newcomer(study.protocol, people, site), [date(2026, 1, 5) + timedelta(number) for number in range(60)]
    taken = load(study.schedule(other) for other in people if other.site == site)

    def score() -> float:
        start = time.perf_counter()
        candidates(partial(study.in_force, site), person, days, study.open_days[site], people, taken, study.open_days)
        return time.perf_counter() - start

    planned = [Participant.planned("P", {"infusion": day, "enrolment": day - timedelta(14)}) for day in days]
    once = min(_expand_all(study.protocol, planned) for _ in range(7))
    best = min(score() for _ in range(11))
    print(f"{'60 infusion days':<20}{best * 1e3:>8.1f} ms, {best / once:.2f} x expanding a schedule for each")


def days_to_book() -> None:
    """Days for 48 participants of 20 visits at one site with room for four a day; the yardstick is dating them once."""
    offsets = [7, 14, 21, 28, 42, 56, 70, 84, *range(112, 421, 28)]
    visits = "".join(
        f"  - {{id: V{day}, at: Day {day}, window: ±{3 if day < 100 else 7} days, mode: clinic}}\n" for day in offsets
    )
    protocol = read_protocol((HEAD + visits).encode(), "20 visits")
    people = [
        Participant.planned(f"P{number}", {"infusion": date(2026, 1, 5) + timedelta(17 * number)}, {}) for number in range(48)
    ]
    schedules = [expand(protocol, replace(person, site="S")) for person in people]
    calendar = SiteCalendar(country="CN", clinic_days={"clinic": frozenset((1, 3))}, capacity={"clinic": 4})
    site = Site(id="S", name=Text({"": "S"}), zone=ZoneInfo("Asia/Shanghai"), language="en", calendar=calendar)
    open_days = OpenDays(site)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        found = suggest(schedules, {"S": open_days}, {"S": date(2026, 1, 1)}, 2_000)
        times.append(time.perf_counter() - start)
    once = min(_expand_all(protocol, people) for _ in range(7))
    booked = sum(isinstance(each, Suggestion) for each in found)
    said = f"{min(times) * 1e3:>8.0f} ms, {min(times) / once:.1f} x dating them once; {booked} of {len(found)} have a day"
    print(f"{'days for 48 people':<20}{said}")


def _make_dates() -> float:
    start = time.perf_counter()
    for _ in range(10_000):
        date(2026, 3, 2)
    return time.perf_counter() - start


if __name__ == "__main__":
    cold_starts()
    participants()
    amendment_report()
    infusion_days()
    days_to_book()
