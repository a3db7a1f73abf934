"""What a variation's units add up to: all that a reading needs to know of them."""

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates  # type: ignore[import-untyped]

__all__ = ["SUMS", "Summary"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Sums over the units of one variation.

    A metric is the ratio of two sums over units: ``value`` by ``per``, which is 1 for every unit where the
    metric is a mean. ``before`` is the covariate, known before the unit saw anything: 0 for every unit where
    there is none. The other fields are sums of products. Summaries add up: over days, over segments.
    """

    units: int
    value: float
    per: float
    before: float
    value_value: float
    per_per: float
    before_before: float
    value_per: float
    value_before: float
    per_before: float

    @classmethod
    def of(cls, value: ArrayLike, per: ArrayLike | None = None, before: ArrayLike | None = None) -> "Summary":
        """The sums of units given one by one, as arrays of one length."""
        v = np.asarray(value, dtype=np.float64)
        p = np.ones_like(v) if per is None else np.asarray(per, dtype=np.float64)
        b = np.zeros_like(v) if before is None else np.asarray(before, dtype=np.float64)
        sums = (v, p, b, v * v, p * p, b * b, v * p, v * b, p * b)
        return cls(len(v), *(float(each.sum()) for each in sums))

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    @property
    def ratio(self) -> float | None:
        """The metric as it is, nothing adjusted; None where nothing divides it."""
        return self.value / self.per if self.per else None

    def aggregates(self) -> "Aggregates":
        """As tea-tasting takes them; at least two units."""
        from tea_tasting.aggr import Aggregates

        n = self.units

        def spread(product: float, one: float, other: float) -> float:
            return (product - one * other / n) / (n - 1)

        return Aggregates(
            count_=n,
            mean_={"value": self.value / n, "per": self.per / n, "before": self.before / n},
            # Rounding may leave a variance of nothing just below none.
            var_={
                "value": max(spread(self.value_value, self.value, self.value), 0.0),
                "per": max(spread(self.per_per, self.per, self.per), 0.0),
                "before": max(spread(self.before_before, self.before, self.before), 0.0),
            },
            cov_={
                ("per", "value"): spread(self.value_per, self.value, self.per),
                ("before", "value"): spread(self.value_before, self.value, self.before),
                ("before", "per"): spread(self.per_before, self.per, self.before),
            },
        )


SUMS = tuple(field.name for field in fields(Summary))
"""The names of the sums, in their order: the columns that a table of them has."""
