"""The simulator's time: whole microseconds since 1970 in UTC, as numpy arrays of int64."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY", "HOUR", "MINUTE", "NEVER", "Times", "date_of", "midnight", "texts", "times_of_day"]

Times = NDArray[np.int64]

MINUTE = 60_000_000
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


def times_of_day(random: np.random.Generator, weights: list[float], count: int) -> Times:
    """Microseconds since midnight, the hours weighted."""
    shares = np.asarray(weights, dtype=float)
    hours = random.choice(24, size=count, p=shares / shares.sum())
    return hours * HOUR + random.integers(0, HOUR, size=count)
