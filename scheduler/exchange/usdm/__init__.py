"""CDISC USDM v4 (and v3, as far as it says the same): the study definitions that sponsors exchange as JSON.

`file` holds what of such a file concerns us, as it stands there; `read` makes a draft of it; `write` makes one of a protocol.
"""

from scheduler.exchange.usdm.losses import LOSSES
from scheduler.exchange.usdm.read import read
from scheduler.exchange.usdm.write import write

__all__ = ["LOSSES", "read", "write"]
