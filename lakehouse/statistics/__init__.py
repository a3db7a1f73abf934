"""Statistics on counts that are aggregated already: a few hundred rows, never the rows behind them.

Spark sums; here the sums become shares with intervals, differences and verdicts. Plain Python over scipy and
statsmodels, so that it runs alike in a page, in a test and inside a dataset's ``applyInPandas``. Rooms:
:mod:`~lakehouse.statistics.proportions` (shares and their differences),
:mod:`~lakehouse.statistics.standardised` (like with like), :mod:`~lakehouse.statistics.contrasts` (a change
against that of the rest), :mod:`~lakehouse.statistics.discoveries` (many tests read together) and
:mod:`~lakehouse.statistics.segments` (which part of the whole moved).
"""

from lakehouse.statistics.contrasts import Contrast, contrast
from lakehouse.statistics.discoveries import adjusted
from lakehouse.statistics.proportions import Counts, Interval, difference, share, with_shares
from lakehouse.statistics.segments import Moved, segment_changes
from lakehouse.statistics.standardised import Standardised, standardised

__all__ = [
    "Contrast",
    "Counts",
    "Interval",
    "Moved",
    "Standardised",
    "adjusted",
    "contrast",
    "difference",
    "segment_changes",
    "share",
    "standardised",
    "with_shares",
]
