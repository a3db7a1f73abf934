"""The parameters of the company's truth, read from ``truths.toml`` or a file like it."""

import hashlib
import math
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from supercorp.errors import ParameterError, explain

__all__ = ["Channel", "Size", "Truths", "load_truths"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much company: registered customers, products, days of history; and how fast people buy."""

    name: str
    customers: int
    products: int
    days: int
    pace: float


@dataclass(frozen=True, slots=True)
class Channel:
    """How the customers of one channel behave; see the comments in ``truths.toml``."""

    name: str
    share: float
    buys: float
    days_to_first_order: float
    comes_back: float
    days_between_orders: float
    lines: float
    dear: float


@dataclass(frozen=True, slots=True)
class Truths:
    """Everything in the file; the last four are its tables as they are. ``digest`` names its text."""

    sizes: dict[str, Size]
    channels: tuple[Channel, ...]
    season: dict[str, Any]
    orders: dict[str, Any]
    changes: dict[str, float]
    dirt: dict[str, float]
    digest: str

    def size(self, name: str) -> Size:
        """The size of that name, or a :class:`ParameterError` that lists those there are."""
        if name not in self.sizes:
            raise ParameterError(
                explain("unknown size", expected=f"one of: {', '.join(self.sizes)}", found=name)
            )
        return self.sizes[name]


def load_truths(path: Path | None = None) -> Truths:
    """Read the parameters; raises :class:`ParameterError` if the file is not what it should be."""
    text = path.read_bytes() if path else files("supercorp").joinpath("truths.toml").read_bytes()
    try:
        found = tomllib.loads(text.decode())
        truths = Truths(
            sizes={name: Size(name, **size) for name, size in found["sizes"].items()},
            channels=tuple(Channel(name, **channel) for name, channel in found["channels"].items()),
            season=found["season"],
            orders=found["orders"],
            changes=found["changes"],
            dirt=found["dirt"],
            digest=hashlib.sha256(text).hexdigest()[:16],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(
            explain(
                "the file of truths cannot be used",
                where=str(path or "truths.toml"),
                found=error,
                remedy="compare it with supercorp/truths.toml",
            )
        ) from None
    shares = sum(channel.share for channel in truths.channels)
    if not math.isclose(shares, 1):
        raise ParameterError(
            explain("the channels' shares do not add up", expected="a sum of 1", found=f"{shares:.4f}")
        )
    return truths
