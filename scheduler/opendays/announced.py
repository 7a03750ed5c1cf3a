"""Until when the public holidays of a country are announced. No library says it; it answers for any year as if it knew.

Where holidays follow from a law there is no end. Where they are decided year by year, days after the last decision are provisional.
What `sites.yaml` says (`announced_until`) comes before this table.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from scheduler.protocol.records import Text


class Announced(NamedTuple):
    """The last day that is settled, and where that is written."""

    until: date
    source: Text


ANNOUNCED = {
    "CN": Announced(
        date(2026, 12, 31),
        Text(
            {
                "en": "State Council General Office, notice on holidays in 2026, of 4 November 2025",
                "zh": "国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日）",
            }
        ),
    ),
    "US": Announced(date.max, Text({"en": "5 U.S.C. 6103: holidays by law", "zh": "《美国法典》第5编第6103条"})),
    "DE": Announced(date.max, Text({"en": "holidays by law of the states", "zh": "德国各州法律"})),
    "FR": Announced(date.max, Text({"en": "Code du travail, L3133-1: holidays by law", "zh": "《法国劳动法典》L3133-1条"})),
}
