"""Which part of the whole moved: every segment against the rest, without being told where to look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lakehouse.statistics.contrasts import Contrast, contrast
from lakehouse.statistics.discoveries import adjusted
from lakehouse.statistics.proportions import Counts

__all__ = ["COLUMNS", "Moved", "segment_changes"]

Dimensions = tuple[str, ...]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

FALSE_DISCOVERIES = 0.05
LEAST_CASES = 30
_CLEAR = 1.96  # standard errors, for a part's own change
_COUNTS = [("successes", "before"), ("cases", "before"), ("successes", "after"), ("cases", "after")]
COLUMNS = (
    *("dimension", "segment", "before_cases", "before_successes", "after_cases", "after_successes"),
    *(
        "expected",
        "missing",
        "missing_low",
        "missing_high",
        "p_value",
        "p_adjusted",
        "verdict",
        "explained_by",
    ),
)
"""The columns of :func:`segment_changes`, after one for each dimension."""


class Moved(StrEnum):
    """What became of a segment, against the rest."""

    FELL = "fell"
    ROSE = "rose"
    FOLLOWED = "followed"
    """It moved against the rest, but only because ``explained_by`` is in it, or in the rest (None: the rest
    moved as a whole, and it did not)."""
    UNCHANGED = "unchanged"
    TOO_FEW = "too few"


Verdict = tuple[Moved, str | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """``kind`` are its values by dimension, ``cells`` the cells that belong to it, as a mask."""

    kind: dict[str, str]
    cells: Mask

    @property
    def name(self) -> str:
        return " · ".join(self.kind.values())


@dataclass(frozen=True, slots=True)
class _Reading:
    segment: _Segment
    before: Counts
    after: Counts
    contrast: Contrast | None
    p_adjusted: float | None = None

    @property
    def real(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted <= FALSE_DISCOVERIES

    @property
    def moved_itself(self) -> bool:
        """Its own change is clear and goes the same way: it is not merely the rest that moved."""
        return self.contrast is not None and self.contrast.own_z * _sign(self.contrast.z) > _CLEAR

    @property
    def distance(self) -> tuple[float, int]:
        """How far from none; of two that are the same cases, the one described more fully."""
        return (abs(self.contrast.z) if self.contrast else 0.0, len(self.segment.kind))


def segment_changes(cells: pd.DataFrame, dimensions: Sequence[Dimensions]) -> pd.DataFrame:
    """Compare each segment's change of a share with the change of all the rest.

    Args:
        cells: counts: a text column for each dimension, ``period`` (``before`` or ``after``), ``cases``,
            ``successes``. Rows of the same cell add up.
        dimensions: what segments are made of: ``("os",)``, ``("os", "browser")`` …

    A row per segment: its counts, the share ``expected`` had it moved like the rest, the successes
    ``missing`` for that with their interval of 95 %, the p-value
    (:func:`~lakehouse.statistics.contrasts.contrast`), the same adjusted over all segments
    (:func:`~lakehouse.statistics.discoveries.adjusted`) and a verdict of :class:`Moved`. Segments with fewer
    than 30 cases before or after, or in the rest, are not tested.

    Segments overlap, and where one falls all others rise against a rest that holds it. So the one furthest
    from none that moved by itself is taken as the cause and its cases are put aside; what no longer stands
    out without them was explained by it. This is repeated while something does.
    """
    whole = list(dict.fromkeys(name for some in dimensions for name in some))
    wide = cells.pivot_table(
        index=whole, columns="period", values=["successes", "cases"], aggfunc="sum", fill_value=0
    ).reindex(columns=_COUNTS, fill_value=0)
    counts, everything = wide.to_numpy(dtype=np.int64), np.ones(len(wide), dtype=np.bool_)
    first = _read(counts, everything, _segments(wide.index.to_frame(index=False), dimensions))
    verdicts = _verdicts(counts, everything, [reading for reading in first if reading.real])
    rows = [_row(reading, whole, verdicts.get(reading.segment)) for reading in first]
    return pd.DataFrame(rows, columns=[*whole, *COLUMNS])


def _verdicts(counts: Numbers, left: Mask, suspects: list[_Reading]) -> dict[_Segment, Verdict]:
    """The causes among the segments that stand out, and whom each explains."""
    verdicts: dict[_Segment, Verdict] = {}
    while causes := [reading for reading in suspects if reading.moved_itself]:
        cause = max(causes, key=lambda reading: reading.distance)
        verdicts[cause.segment] = (_direction(cause), None)
        left = left & ~cause.segment.cells
        again = _read(counts, left, [each.segment for each in suspects if each is not cause])
        verdicts |= {each.segment: (Moved.FOLLOWED, cause.segment.name) for each in again if not each.real}
        suspects = [reading for reading in again if reading.real]
    return verdicts | {reading.segment: (Moved.FOLLOWED, None) for reading in suspects}


def _segments(cells: pd.DataFrame, dimensions: Sequence[Dimensions]) -> list[_Segment]:
    found = []
    for some in dimensions:
        for values in cells[list(some)].drop_duplicates().sort_values(list(some)).itertuples(index=False):
            named = dict(zip(some, values, strict=True))
            chosen = np.logical_and.reduce([cells[name].to_numpy() == value for name, value in named.items()])
            found.append(_Segment(named, chosen))
    return found


def _read(counts: Numbers, left: Mask, segments: Sequence[_Segment]) -> list[_Reading]:
    total, readings = counts[left].sum(axis=0), []
    for segment in segments:
        mine = counts[left & segment.cells].sum(axis=0)
        before, after = _pair(mine)
        rest = _pair(total - mine)
        enough = min(each.cases for each in (before, after, *rest)) >= LEAST_CASES
        readings.append(_Reading(segment, before, after, contrast(before, after, *rest) if enough else None))
    values = iter(adjusted([reading.contrast.p_value for reading in readings if reading.contrast]))
    return [replace(each, p_adjusted=next(values)) if each.contrast else each for each in readings]


def _pair(row: Numbers) -> tuple[Counts, Counts]:
    yes_before, before, yes_after, after = row.tolist()
    return Counts(yes_before, before), Counts(yes_after, after)


def _direction(reading: _Reading) -> Moved:
    return Moved.FELL if reading.contrast and reading.contrast.z < 0 else Moved.ROSE


def _sign(value: float) -> int:
    return -1 if value < 0 else 1


def _row(reading: _Reading, whole: Sequence[str], given: Verdict | None) -> dict[str, object]:
    found, segment = reading.contrast, reading.segment
    missing = found.missing() if found else None
    verdict, cause = given or (Moved.UNCHANGED if found else Moved.TOO_FEW, None)
    return {
        **{name: segment.kind.get(name) for name in whole},
        "dimension": " × ".join(segment.kind),  # noqa: RUF001 - by, as in a table's heading
        "segment": segment.name,
        "before_cases": reading.before.cases,
        "before_successes": reading.before.successes,
        "after_cases": reading.after.cases,
        "after_successes": reading.after.successes,
        "expected": found.expected if found else None,
        "missing": missing.value if missing else None,
        "missing_low": missing.low if missing else None,
        "missing_high": missing.high if missing else None,
        "p_value": found.p_value if found else None,
        "p_adjusted": reading.p_adjusted,
        "verdict": verdict.value,
        "explained_by": cause,
    }
