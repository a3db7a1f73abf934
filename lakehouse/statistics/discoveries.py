"""Many tests read together: how many of those called real may be chance."""

from collections.abc import Sequence

__all__ = ["adjusted"]


def adjusted(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number: of those under q, a share of q at most is expected to be chance.

    Benjamini, Y. and Hochberg, Y. (1995), "Controlling the false discovery rate", Journal of the Royal
    Statistical Society B 57, 289-300. Holds for independent tests and for positively dependent ones
    (Benjamini and Yekutieli, 2001).
    """
    from scipy.stats import false_discovery_control  # type: ignore[import-untyped]

    if not p_values:
        return []
    return [float(value) for value in false_discovery_control(list(p_values), method="bh")]
