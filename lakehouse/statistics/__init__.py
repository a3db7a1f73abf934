"""Statistics on counts that are aggregated already: a few hundred rows, never the rows behind them.

Spark sums; here the sums become shares with intervals, differences and verdicts. Plain Python over scipy and
statsmodels, so that it runs alike in a page, in a test and inside a dataset's ``applyInPandas``. Rooms:
:mod:`~lakehouse.statistics.proportions` (shares and their differences),
:mod:`~lakehouse.statistics.standardised` (like with like), :mod:`~lakehouse.statistics.contrasts` (a change
against that of the rest), :mod:`~lakehouse.statistics.discoveries` (many tests read together),
:mod:`~lakehouse.statistics.segments` (which part of the whole moved) and
:mod:`~lakehouse.statistics.interruptions` (what a day changed in a series of days).
"""

from lakehouse.statistics.contrasts import Contrast, contrast
from lakehouse.statistics.discoveries import adjusted
from lakehouse.statistics.interruptions import Interruption, Other, interruption
from lakehouse.statistics.proportions import Counts, Interval, difference, share, with_shares
from lakehouse.statistics.segments import Moved, segment_changes
from lakehouse.statistics.standardised import Standardised, standardised

__all__ = [
    "Contrast",
    "Counts",
    "Interruption",
    "Interval",
    "Moved",
    "Other",
    "Standardised",
    "adjusted",
    "contrast",
    "difference",
    "interruption",
    "segment_changes",
    "share",
    "standardised",
    "with_shares",
]
