"""What was released in the shop's front end, and when: the registry, and which release a moment has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from supercorp.clock import DAY, HOUR, NEVER, Times
from supercorp.dice import Indices

__all__ = ["FIRST_VERSION", "Release", "release_time", "schedule", "version_at"]

FIRST_VERSION = "3.0.0"  # what the shop opens with


@dataclass(frozen=True, slots=True)
class Release:
    """An entry of the registry; ``at`` is a share of the history, ``released`` the moment it makes.

    ``event`` is what the tracking plan promises for ``feature``; where it is not ``instrumented``,
    somebody forgot to build it in and it never arrives.
    """

    version: str
    at: float
    title: str
    team: str
    feature: str | None = None
    event: str | None = None
    planned_adoption: float | None = None
    instrumented: bool = True
    released: int = NEVER


def schedule(releases: Sequence[Release], first: int, days: int) -> tuple[Release, ...]:
    """The releases with their moments: ten in the morning (UTC) of their day, by time."""
    timed = [replace(each, released=first + int(each.at * days) * DAY + 10 * HOUR) for each in releases]
    return tuple(sorted(timed, key=lambda each: each.released))


def release_time(releases: Sequence[Release], version: str) -> int:
    """The moment of a release."""
    return next(each.released for each in releases if each.version == version)


def version_at(releases: Sequence[Release], times: Times) -> Indices:
    """Which release is on at each moment: its position, -1 for :data:`FIRST_VERSION`."""
    moments = np.asarray([each.released for each in releases], dtype=np.int64)
    return np.searchsorted(moments, times, side="right") - 1
