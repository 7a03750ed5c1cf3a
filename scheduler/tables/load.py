"""Beds and visits of a site, a row for each day that has any."""

from __future__ import annotations

from scheduler.planning.load import Load
from scheduler.tables.formats import to_csv

LOAD_COLUMNS = ("date", "beds_occupied", "beds_planned", "beds", "visits_booked", "visits_expected")


def load_csv(found: Load, beds: int | None) -> str:
    """Beds taken as recorded and as planned, of how many; visits booked or done, and those expected on their target."""
    return to_csv(
        LOAD_COLUMNS,
        (
            {
                "date": day.isoformat(),
                "beds_occupied": str(one.occupied),
                "beds_planned": str(one.planned),
                "beds": "" if beds is None else str(beds),
                "visits_booked": str(one.booked),
                "visits_expected": str(one.expected),
            }
            for day, one in found.items()
        ),
    )
