"""When things happen, sorted once, so that a window costs what happens in it and not the whole history."""

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import NEVER, Times

__all__ = ["Moments"]

Indices = NDArray[np.int64]


class Moments:
    """The moments of some entries, one each; those that never happen are in no window."""

    def __init__(self, times: Times) -> None:
        happens = np.flatnonzero(times != NEVER)
        order = np.argsort(times[happens], kind="stable")
        self._entries = happens[order].astype(np.int32 if len(times) < 1 << 31 else np.int64)
        self._times = times[happens[order]]

    def within(self, start: int, end: int) -> Indices:
        """The entries from ``start`` to before ``end``, in order of position."""
        first, last = np.searchsorted(self._times, (start, end))
        return np.sort(self._entries[first:last]).astype(np.int64)

    def times(self, start: int, end: int) -> Times:
        """The moments from ``start`` to before ``end``, in order, repeated where several share one."""
        first, last = np.searchsorted(self._times, (start, end))
        return self._times[first:last]
