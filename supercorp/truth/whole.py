"""The truth about a history, put together."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from supercorp.events import tally
from supercorp.truth import behaviour, marketing, tables, trials
from supercorp.truth.effects import effects
from supercorp.truth.operations import operations_truth
from supercorp.world import World

__all__ = ["truth_of", "write_truth"]


def truth_of(world: World, *, paired: bool = False) -> dict[str, Any]:
    """The truth as JSON-able data.

    Of the tables: ``history``, ``rows`` per table at the end, ``dirt`` (ids per kind), ``orders`` (clean
    ones per day, channel and status at the end), ``customers`` (registered, per day and channel) and
    ``operations`` (see :func:`supercorp.truth.operations.operations_truth`). Of the people: ``campaigns``,
    ``cohorts``, ``registration``, ``conversion``, ``devices``, ``churned``, ``experiments``, ``releases``.

    With ``paired``, which runs the visits once more for each effect: the ``effects``, and the ``events``
    that arrive within the history, with their dirt.
    """
    truth: dict[str, Any] = {
        "format": 1,
        "history": {
            "size": world.size.name,
            "seed": world.seed,
            "first_day": world.first_day.isoformat(),
            "last_day": world.last_day.isoformat(),
            "time_zone": "UTC",
            "truths": world.truths.digest,
        },
        "rows": tables.rows(world),
        "forgotten_customers": (np.flatnonzero(world.shoppers.forgotten < world.end) + 1).tolist(),
        "dirt": tables.dirt(world),
        "orders": tables.orders(world),
        "customers": tables.customers(world),
        "operations": operations_truth(world),
        "campaigns": marketing.campaigns(world),
        "cohorts": marketing.cohorts(world),
        "registration": behaviour.registration_funnel(world),
        "conversion": behaviour.conversion(world),
        "devices": behaviour.devices(world),
        "churned": behaviour.churned(world),
        "experiments": trials.experiments(world),
        "releases": trials.releases(world),
    }
    if paired:
        truth |= {"effects": effects(world), "events": tally(world, world.setting.first, world.end)}
    return truth


def write_truth(world: World, path: Path) -> None:
    """Write the truth, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(truth_of(world, paired=True), indent=1) + "\n")
    partial.replace(path)
