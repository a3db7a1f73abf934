"""The simulator's time: whole microseconds since 1970 in UTC, as numpy arrays of int64.

The company's days are those of UTC. Shoppers live by the clocks of their own places.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "NEVER",
    "SECOND",
    "Times",
    "date_of",
    "midnight",
    "texts",
]

Times = NDArray[np.int64]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = int(np.iinfo(np.int64).max)


def midnight(day: date) -> int:
    """The moment a day begins."""
    return (day - date(1970, 1, 1)).days * DAY


def date_of(time: int) -> date:
    """The day a moment belongs to."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(time) // DAY)


def texts(times: Times) -> list[str]:
    """The moments as ISO texts with their zone."""
    plain: list[str] = np.datetime_as_string(times.astype("datetime64[us]")).tolist()
    return [text + "+00:00" for text in plain]
