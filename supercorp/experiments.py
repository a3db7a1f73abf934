"""The registry of experiments, and who gets what: a hash of the experiment's salt and the subject."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, Times
from supercorp.dice import Dice, Indices

__all__ = ["ARMS", "Experiment", "plan", "running", "treated"]

ARMS = ("control", "treatment")


@dataclass(frozen=True, slots=True)
class Experiment:
    """An entry of the registry, as its owner filled it in before the start.

    ``guess`` and ``relevant``, the smallest effect that would matter, are relative. ``learned`` and
    ``follow_up`` are written down at the end.

    ``starts`` and ``ends`` are shares of the history, ``begun`` and ``ended`` the midnights they make. The
    subject is a visitor (known by the anonymous id of their first device) or a customer.
    """

    name: str
    salt: str
    starts: float
    ends: float
    subject: str
    hypothesis: str
    guess: float
    relevant: float
    metric: str
    guardrails: tuple[str, ...]
    owner: str
    learned: str
    follow_up: str
    segment: str | None = None
    share: float = 0.5
    lost_treatment: float = 0.0
    begun: int = NEVER
    ended: int = NEVER

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Experiment":
        """An entry from the file of truths."""
        return cls(**row | {"guardrails": tuple(row["guardrails"])})


def plan(experiments: Sequence[Experiment], first: int, days: int) -> tuple[Experiment, ...]:
    """The experiments with the days they ran."""
    return tuple(
        replace(
            each,
            begun=first + int(each.starts * days) * DAY,
            ended=first + max(int(each.ends * days), int(each.starts * days) + 1) * DAY,
        )
        for each in experiments
    )


def treated(dice: Dice, experiment: Experiment, visitor: Indices) -> NDArray[np.bool_]:
    """Whether each visitor is in the treatment: always the same for the same subject."""
    return dice.happens(f"experiment {experiment.salt}", experiment.share, visitor)


def running(experiment: Experiment, times: Times) -> NDArray[np.bool_]:
    """Whether the experiment is on at each moment."""
    return (times >= experiment.begun) & (times < experiment.ended)
