"""python read_with_libical.py LIBRARY FILE...: what libical 3 reads in each file, as a line of JSON; nothing but the standard library.

A file that libical finds fault with, in its lines or by the tables of what a component must and must not hold, is refused.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VEVENT = 4  # icalcomponent_kind in icalenums.h


class Time(ctypes.Structure):
    """`struct icaltimetype` of libical 3 (icaltime.h)."""

    _fields_ = (
        ("year", ctypes.c_int),
        ("month", ctypes.c_int),
        ("day", ctypes.c_int),
        ("hour", ctypes.c_int),
        ("minute", ctypes.c_int),
        ("second", ctypes.c_int),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    )


def load(path: str) -> ctypes.CDLL:
    """The library, told what its functions take and give."""
    library = ctypes.CDLL(path)
    component, text = ctypes.c_void_p, ctypes.c_char_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "icalparser_parse_string": (component, [text]),
        "icalcomponent_count_errors": (ctypes.c_int, [component]),
        "icalrestriction_check": (ctypes.c_int, [component]),
        "icalcomponent_get_first_component": (component, [component, ctypes.c_int]),
        "icalcomponent_get_next_component": (component, [component, ctypes.c_int]),
        "icalcomponent_get_uid": (text, [component]),
        "icalcomponent_get_summary": (text, [component]),
        "icalcomponent_get_sequence": (ctypes.c_int, [component]),
        "icalcomponent_get_dtstart": (Time, [component]),
        "icalcomponent_get_dtend": (Time, [component]),
        "icaltime_as_timet_with_zone": (ctypes.c_long, [Time, ctypes.c_void_p]),
        "icalcomponent_free": (None, [component]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def events(library: ctypes.CDLL, data: bytes) -> Iterator[list[str | int]]:
    """Uid, start, end, summary and sequence of each event; days as text, moments in seconds since 1970."""
    calendar = library.icalparser_parse_string(data)
    if not calendar or library.icalcomponent_count_errors(calendar) or not library.icalrestriction_check(calendar):
        raise SystemExit("libical finds fault with it")

    def time(value: Time) -> str | int:
        if value.is_date:
            return f"{value.year:04}-{value.month:02}-{value.day:02}"
        return int(library.icaltime_as_timet_with_zone(value, value.zone))

    event = library.icalcomponent_get_first_component(calendar, VEVENT)
    while event:
        yield [
            library.icalcomponent_get_uid(event).decode(),
            time(library.icalcomponent_get_dtstart(event)),
            time(library.icalcomponent_get_dtend(event)),
            library.icalcomponent_get_summary(event).decode(),
            library.icalcomponent_get_sequence(event),
        ]
        event = library.icalcomponent_get_next_component(calendar, VEVENT)
    library.icalcomponent_free(calendar)


def main() -> None:
    """One line for each file."""
    library = load(sys.argv[1])
    for name in sys.argv[2:]:
        print(json.dumps(list(events(library, Path(name).read_bytes()))))


if __name__ == "__main__":
    main()
