"""CDISC SDTM: the planned visits, arms and elements (TV, TA, TE) of a protocol, and the visits that took place (SV).

`reference` counts study days by SDTM's rule; `design` and `subjects` make the rows; `datasets` the files of them.
"""

from scheduler.exchange.sdtm.losses import LOSSES
from scheduler.exchange.sdtm.write import write

__all__ = ["LOSSES", "write"]
