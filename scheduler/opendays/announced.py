"""Until when the public holidays of a country are announced. No library says it; it answers for any year as if it knew.

Where holidays follow from a law there is no end. Where they are decided year by year, days after the last decision are provisional.
What `sites.yaml` says (`announced_until`) comes before this table.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Announced(NamedTuple):
    """The last day that is settled, and where that is written."""

    until: date
    source: str


ANNOUNCED = {
    "CN": Announced(date(2026, 12, 31), "State Council General Office, notice on holidays in 2026, of 4 November 2025"),
    "US": Announced(date.max, "5 U.S.C. 6103: holidays by law"),
    "DE": Announced(date.max, "holidays by law of the states"),
    "FR": Announced(date.max, "Code du travail, L3133-1: holidays by law"),
}
