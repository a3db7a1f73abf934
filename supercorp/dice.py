"""The simulator's dice: every throw is a hash of the seed, what it is for, and whose it is.

No throw depends on another, on their order or on their number. So the same seed with and without an
effect differs by that effect only, and a part of a history can be drawn without the rest. Counter-based,
after Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011); the mixing function is that of
SplitMix64 (Steele et al., 2014).
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dice", "Floats", "Indices", "Whole"]

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]
Whole = NDArray[np.signedinteger[Any]]  # of any width
Key = Whole | int

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Dice:
    """Throws for one seed. ``keys`` say whose throw it is: arrays that broadcast, or whole numbers."""

    seed: int
    _salts: dict[str, np.uint64] = field(default_factory=dict, repr=False, compare=False)

    def bits(self, purpose: str, *keys: Key) -> NDArray[np.uint64]:
        """64 random bits for each key."""
        state: NDArray[np.uint64] = np.asarray(self._salt(purpose), dtype=np.uint64)
        with np.errstate(over="ignore"):  # whole numbers are meant to wrap round
            for key in keys:
                state = _mixed(state ^ (np.asarray(key).astype(np.uint64) * _GOLDEN + _GOLDEN))
        return state

    def uniform(self, purpose: str, *keys: Key) -> Floats:
        """Evenly in [0, 1)."""
        return (self.bits(purpose, *keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def happens(self, purpose: str, share: float | Floats, *keys: Key) -> NDArray[np.bool_]:
        """Whether what has that probability happens. A larger share only adds to those it happens to."""
        return self.uniform(purpose, *keys) < share

    def below(self, purpose: str, bound: int | Whole, *keys: Key) -> Indices:
        """Evenly one of the whole numbers from 0 to ``bound`` - 1."""
        return (self.uniform(purpose, *keys) * bound).astype(np.int64)

    def exponential(self, purpose: str, mean: float | Floats, *keys: Key) -> Floats:
        """Waiting times of that mean."""
        return -np.log1p(-self.uniform(purpose, *keys)) * mean

    def normal(self, purpose: str, *keys: Key) -> Floats:
        """Standard normal, by Box and Muller."""
        radius = np.sqrt(-2 * np.log1p(-self.uniform(purpose, *keys)))
        drawn: Floats = radius * np.cos(2 * np.pi * self.uniform(f"{purpose}, angle", *keys))
        return drawn

    def geometric(self, purpose: str, mean: float | Floats, *keys: Key) -> Indices:
        """0, 1, 2 … with that mean, each less likely than the one before."""
        stays = np.asarray(mean, dtype=np.float64) / (1 + np.asarray(mean, dtype=np.float64))
        with np.errstate(divide="ignore"):  # a mean of 0 gives 0
            drawn = np.log1p(-self.uniform(purpose, *keys)) / np.log(stays)
        return drawn.astype(np.int64)

    def poisson(self, purpose: str, mean: float | Floats, *keys: Key) -> Indices:
        """Poisson counts of a mean well below 10 (cut off at 24), by inversion."""
        mean = np.asarray(mean, dtype=np.float64)
        throw = self.uniform(purpose, *keys)
        chance = np.exp(-mean) * np.ones_like(throw)
        passed, counts = chance.copy(), np.zeros(throw.shape, dtype=np.int64)
        for number in range(1, 25):
            counts += throw >= passed
            chance = chance * mean / number
            passed += chance
        return counts

    def about(self, purpose: str, mean: float | Floats, *keys: Key) -> Indices:
        """Counts around a mean, spread as a Poisson's (normal, rounded up or down at random)."""
        mean = np.asarray(mean, dtype=np.float64)
        spread = mean + np.sqrt(mean) * self.normal(purpose, *keys)
        counts = np.floor(spread + self.uniform(f"{purpose}, rounded", *keys))
        return np.maximum(counts, 0).astype(np.int64)

    def choose(self, purpose: str, weights: object, *keys: Key) -> Indices:
        """Positions in ``weights``, as likely as their weight."""
        total = np.cumsum(np.asarray(weights, dtype=np.float64))
        drawn = self.uniform(purpose, *keys) * total[-1]
        place: Indices = np.minimum(np.searchsorted(total, drawn, side="right"), len(total) - 1)
        return place

    def choose_by_row(self, purpose: str, weights: Floats, row: Whole, *keys: Key) -> Indices:
        """Positions in row ``row`` of ``weights`` (rows by choices), as likely as their weight there."""
        total = np.cumsum(weights, axis=1)
        rising = (total / total[:, -1:] + np.arange(len(weights))[:, None]).ravel()
        drawn = np.searchsorted(rising, row + self.uniform(purpose, *keys), side="right")
        place: Indices = np.minimum(drawn - row * weights.shape[1], weights.shape[1] - 1)
        return place

    def fewest(self, purpose: str, among: Indices, count: int) -> Indices:
        """``count`` of the numbers in ``among``, sorted: those whose throws are least."""
        if count >= len(among):
            return np.sort(among)
        throws = self.bits(purpose, among)
        return np.sort(among[np.argpartition(throws, count)[:count]] if count else among[:0])

    def _salt(self, purpose: str) -> np.uint64:
        if purpose not in self._salts:
            text = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
            self._salts[purpose] = np.uint64(int.from_bytes(text, "big"))
        return self._salts[purpose]


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
