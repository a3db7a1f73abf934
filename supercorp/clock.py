"""The simulator's time: whole microseconds since 1970 in UTC, as numpy arrays of int64.

A day belongs to a time zone: the company's. On the days when clocks change it has 23 or 25 hours.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
    "days_of",
    "midnight",
    "midnights",
    "texts",
]

Times = NDArray[np.int64]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = int(np.iinfo(np.int64).max)


def midnight(day: date, zone: str = "UTC") -> int:
    """The moment a day begins in a time zone."""
    return round(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * SECOND


def midnights(first: date, days: int, zone: str = "UTC") -> Times:
    """The moments at which the days begin, from ``first`` on, and the one at which the last ends."""
    return np.asarray([midnight(first + timedelta(days=number), zone) for number in range(days + 1)])


def date_of(time: int) -> date:
    """The UTC day a moment belongs to."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(time) // DAY)


def days_of(times: Times, zone: str = "UTC") -> NDArray[np.int64]:
    """The days the moments belong to in a time zone, as days since 1970."""
    if zone == "UTC" or not len(times):
        return times // DAY
    first = date_of(int(times.min())) - timedelta(days=1)
    begin = midnights(first, (date_of(int(times.max())) - first).days + 2, zone)
    return (first - date(1970, 1, 1)).days + np.searchsorted(begin, times, side="right") - 1


def texts(times: Times) -> list[str]:
    """The moments as ISO texts with their zone."""
    plain: list[str] = np.datetime_as_string(times.astype("datetime64[us]")).tolist()
    return [text + "+00:00" for text in plain]


def times_of_day(random: np.random.Generator, weights: list[float], count: int) -> Times:
    """Microseconds since midnight, the hours weighted."""
    shares = np.asarray(weights, dtype=float)
    hours = random.choice(24, size=count, p=shares / shares.sum())
    return hours * HOUR + random.integers(0, HOUR, size=count)
