"""What the parts of the simulation share: dice, truths, and when everything was released and tried."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, Times
from supercorp.dice import Dice, Floats, Indices, Whole
from supercorp.experiments import Experiment, running, treated
from supercorp.releases import Release, release_time
from supercorp.truths import Size, Truths

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """One company from ``first`` (a moment) to ``end``, and on to ``horizon``."""

    dice: Dice
    truths: Truths
    size: Size
    first: int
    days: int
    end: int
    horizon: int
    releases: tuple[Release, ...]
    experiments: tuple[Experiment, ...]

    @cached_property
    def by_name(self) -> dict[str, Experiment]:
        """The experiments by name."""
        return {each.name: each for each in self.experiments}

    def effect(self, name: str) -> dict[str, Any]:
        """The parameters of an effect."""
        return self.truths.effects[name]

    def since(self, effect: str, times: Times) -> NDArray[np.bool_]:
        """Whether the release that brought the effect is out at each moment."""
        return times >= release_time(self.releases, self.truths.effects[effect]["release"])

    def treats(self, experiment: str, visitor: Indices, times: Times) -> NDArray[np.bool_]:
        """Whether each visitor gets the treatment of an experiment, at a moment when it runs."""
        each = self.by_name[experiment]
        return running(each, times) & treated(self.dice, each, visitor)

    def trait(self, name: str, channel: Whole) -> Floats:
        """A parameter of the channels, for each of ``channel``."""
        return np.asarray([getattr(each, name) for each in self.truths.channels], dtype=float)[channel]

    def campaign_trait(self, name: str, campaign: Whole) -> Floats:
        """A parameter of the campaigns for each of ``campaign``; 1 where it is -1, no campaign."""
        values = [getattr(each, name) for each in self.truths.campaigns]
        return np.asarray([*values, 1.0], dtype=float)[campaign]

    def to_good_hours(self, moment: Times, after: Times, visitor: Indices, number: Indices | int) -> Times:
        """Move visits to when people shop, if that is later than ``after``.

        All within their day, and those on a weaker weekday now and then by up to three days, to one drawn
        by its strength: kept w / max(w), moved in proportion to w, they come to lie in proportion to w.
        """
        weights, dice = np.asarray(self.truths.season["orders_by_weekday"]), self.dice
        day = (moment - self.first) // DAY
        weekday = (self.first // DAY + day + 3) % 7  # 1970-01-01 was a Thursday
        moves = dice.happens("moves to a better day", 1 - weights[weekday] / weights.max(), visitor, number)
        near = weights[(np.arange(7)[:, None] + np.arange(-3, 4)) % 7]
        shift = dice.choose_by_row("which day", near, weekday, visitor, number) - 3
        day = day + np.where(moves, shift, 0)
        moved = self.first + day * DAY + self.time_of_day(visitor, number)
        return np.where(moved > after, moved, moment)

    def time_of_day(self, visitor: Indices, number: Indices | int) -> Times:
        """Microseconds since midnight, at the hours when people are about."""
        hour = self.dice.choose("hour", self.truths.season["by_hour"], visitor, number)
        return ((hour + self.dice.uniform("within the hour", visitor, number)) * (DAY / 24)).astype(np.int64)
