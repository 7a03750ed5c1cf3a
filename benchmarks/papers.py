"""What papers cost to print, ours beside WeasyPrint: run by hand, `python benchmarks/papers.py`.

48 participants of the example, half of them in Chinese: the visit sheet of each, and the months of the two years to come. Processor
time of all processes counts, two of which print. WeasyPrint, where it is installed (nothing else here needs it), prints the pages
(.html) of the same sheets, in one process, with fonts of the machine; they are laid out alike, not the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.sheets.pdf import Print

EXAMPLE = Path(__file__).parents[1] / "examples" / "udcar-sle"
ISSUED, TODAY = datetime(2026, 11, 23, tzinfo=UTC), date(2026, 11, 23)
PEOPLE, WORKERS = 48, 2


def documents() -> tuple[dict[str, Print], dict[str, Print]]:
    """The sheets and the months, not printed yet."""
    from scheduler.sheets.pdf import Print  # here, for the processes that print load this file, too
    from scheduler.study.folder import load_study
    from scheduler.views.months import months
    from scheduler.views.sheet import sheet

    study = load_study(EXAMPLE)
    first = study.participant("YC-003")
    sheets: dict[str, Print] = {}
    calendars: dict[str, Print] = {}
    for number in range(PEOPLE):
        person = replace(first, id=f"P-{number}", language=("en", "zh")[number % 2])
        schedule, site = study.schedule(person), study.sites[person.site]
        days = study.open_days[site.id].in_language(person.language)
        views = {
            "visit_sheet": sheet(schedule, site, ISSUED),
            "months": months(schedule, site, days, TODAY, ISSUED),
        }
        for made, (template, view) in zip((sheets, calendars), views.items(), strict=True):
            made[person.id] = Print(template=template, view=view, whose=person.id, issued_at=ISSUED)
    return sheets, calendars


def spent(what: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds of this process and those it starts, and seconds by the clock."""
    before, start = os.times(), time.perf_counter()
    what()
    after, wall = os.times(), time.perf_counter() - start
    return sum(after[:4]) - sum(before[:4]), wall


def main() -> None:
    """Prints a line for each."""
    from scheduler.pages import html
    from scheduler.sheets.pdf import print_all

    sheets, calendars = documents()
    ours, wall = spent(lambda: print_all(sheets, WORKERS))
    print(f"{PEOPLE} sheets: {ours:.1f} s of processors, {wall:.1f} s")
    both = {f"{kind} {name}": each for kind, made in (("sheet", sheets), ("months", calendars)) for name, each in made.items()}
    processors, wall = spent(lambda: print_all(both, WORKERS))
    print(f"{PEOPLE} sheets and months: {processors:.1f} s of processors, {wall:.1f} s")
    processors, wall = spent(lambda: [each.digest() for each in both.values()])
    print(f"to see that none of them changed: {processors:.2f} s")
    if find_spec("weasyprint") is None:
        print("WeasyPrint is not installed")
        return
    from weasyprint import HTML

    pages = [html(each.template, each.view) for each in sheets.values()]
    theirs, wall = spent(lambda: [HTML(string=page).write_pdf(pdf_variant="pdf/ua-1") for page in pages])
    print(f"{PEOPLE} sheets, WeasyPrint: {theirs:.1f} s of processors, {wall:.1f} s; {theirs / ours:.1f} times ours")


if __name__ == "__main__":
    main()
