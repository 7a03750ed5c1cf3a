"""The kinds of warnings `check` gives: what can be meant as it stands, and is worth a look.

A rule that is as it should be says so: `accepted: {overlap: the visits may be combined}`.
"""

from __future__ import annotations

KINDS = (
    "no window",
    "overlap",
    "gap",
    "target outside",
    "no end",
    "never applies",
    "same occurrence",
    "not discreet",
)
