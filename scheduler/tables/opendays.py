"""A site's calendar of one year: months as text, or a row for each day."""

from __future__ import annotations

from datetime import date

from scheduler.opendays.calendar import Answer, OpenDays
from scheduler.tables.formats import columns_text, to_csv
from scheduler.views.opendays import horizon, is_leave, mark, reasons, site_rules, span, stretches, with_source, year_of
from scheduler.views.words import Words, words

CALENDAR_COLUMNS = ("date", "weekday", "open", "reasons", "source", "provisional", "leave")


def calendar_csv(calendar: OpenDays, year: int, language: str) -> str:
    """A row for each day of a year."""
    said = words(language)
    return to_csv(
        CALENDAR_COLUMNS,
        (
            {
                "date": day.isoformat(),
                "weekday": said.weekday(day),
                "open": "yes" if answer.is_open else "no",
                "reasons": reasons(answer.reasons, said),
                "source": "; ".join(dict.fromkeys(why.source for why in answer.reasons if why.source)),
                "provisional": "yes" if answer.provisional else "no",
                "leave": "yes" if is_leave(answer) else "no",
            }
            for day, answer in year_of(calendar, year)
        ),
    )


def calendar_text(calendar: OpenDays, year: int, language: str) -> str:
    """The months of a year, what is marked in them and why, and until when all of it is announced."""
    said = words(language)
    days = year_of(calendar, year)
    months = [[pair for pair in days if pair[0].month == month] for month in range(1, 13)]
    rows = [[span(found.first, found.last, said), with_source(found.answer, said)] for found in stretches(days)]
    parts = [
        said.say("opendays.title", site=said.text(calendar.site.name), year=year) + "\n",
        *(_month(month, said) for month in months),
        said.say("opendays.legend") + "\n",
        said.say("opendays.listed") + "\n" + (columns_text(rows) if rows else said.say("opendays.nothing") + "\n"),
        "".join(line + "\n" for line in _words_on(calendar, said)),
    ]
    return "\n".join(parts)


def _words_on(calendar: OpenDays, said: Words) -> list[str]:
    source = calendar.public.source
    from_where = [said.say("opendays.holidays_from", source=source)] if source else []
    return [*site_rules(calendar, said), horizon(calendar, said), *from_where]


def _month(days: list[tuple[date, Answer]], said: Words) -> str:
    """A month as it hangs on the wall, its weeks from Monday on."""
    first = days[0][0]
    weekdays = [said.weekday(date(2024, 1, number)) for number in range(1, 8)]  # 1 January 2024 was a Monday
    cells = [""] * first.weekday() + [f"{day.day:2}{mark(answer)}" for day, answer in days]
    cells += [""] * (-len(cells) % 7)
    grid = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    return f"{first:%Y-%m}\n" + columns_text([weekdays, *grid])
