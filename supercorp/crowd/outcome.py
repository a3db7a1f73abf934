"""What all the visits came to, and what is left of it once people have asked to be forgotten."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import NEVER, Times
from supercorp.crowd.returning import APART, Lives
from supercorp.crowd.steps import Visits
from supercorp.selling import Lines, Orders
from supercorp.tickets import Questions

__all__ = ["Outcome", "kept_until"]

Part = TypeVar("Part", Visits, Orders, Questions)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all the visits came to. ``orders.customer`` holds visitors; ``questions`` go with the orders."""

    visits: Visits
    lives: Lives
    orders: Orders
    lines: Lines
    questions: Questions


def kept_until(outcome: Outcome, forgotten: Times) -> Outcome:
    """The same without what people would have done once they are forgotten; ``forgotten`` is per visitor.

    The given outcome is used up: what is kept moves together in its memory, which is most of a company's.
    """
    gone = forgotten < NEVER
    if not gone.any():
        return outcome
    orders, lines, visits = outcome.orders, outcome.lines, outcome.visits
    sold = orders.placed < forgotten[orders.customer]
    place = np.where(sold, np.cumsum(sold) - 1, -1).astype(np.int32)
    stays = visits.start < np.where(gone, forgotten - APART, NEVER)[visits.visitor]
    stays |= (visits.order >= 0) & sold[visits.order]
    visits = _kept(visits, stays)
    visits.order[:] = np.where(visits.order >= 0, place[visits.order], -1)
    lined = sold[lines.order]
    lines.order[:] = place[lines.order]
    per_order = {"shipping": lines.shipping[sold], "total": lines.total[sold]}
    of_lines = {each.name: getattr(lines, each.name) for each in fields(lines) if each.name not in per_order}
    return replace(
        outcome,
        visits=visits,
        orders=_kept(orders, sold),
        lines=Lines(**{name: _moved(column, lined) for name, column in of_lines.items()}, **per_order),
        questions=_kept(outcome.questions, sold),
    )


def _kept(part: Part, stays: NDArray[np.bool_]) -> Part:
    """The entries that stay; the part is used up."""
    return replace(part, **{each.name: _moved(getattr(part, each.name), stays) for each in fields(part)})


def _moved(column: NDArray[Any], stays: NDArray[np.bool_]) -> NDArray[Any]:
    kept = column[stays]
    column[: len(kept)] = kept
    return column[: len(kept)]
