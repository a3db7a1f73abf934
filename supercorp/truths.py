"""The parameters of the company's truth, read from ``truths.toml`` or a file like it."""

import hashlib
import math
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from supercorp.campaigns import Campaign
from supercorp.errors import ParameterError, explain
from supercorp.experiments import Experiment
from supercorp.releases import Release

__all__ = ["EFFECTS", "Channel", "Size", "Truths", "load_truths"]

# What makes each effect vanish.
_WITHOUT: dict[str, dict[str, float]] = {
    "safari_bug": {"orders_kept": 1},
    "back_button": {"next_fails": 0},
    "start_page": {"signs_up": 1},
    "card_flow": {"orders": 1},
    "fast_tickets": {"adds": 0, "adds_per_100": 0},
    "address_test": {"removes_step": 0},
    "shipping_test": {"orders": 1, "orders_in_segment": 1, "price": 1},
}
EFFECTS = tuple(_WITHOUT)


@dataclass(frozen=True, slots=True)
class Size:
    """How much company: customers, about; products, days of history; and how fast people buy."""

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
    signs_up: float
    buys: float
    buys_at_once: float
    days_to_first_order: float
    comes_back: float
    later_cohorts: float
    days_between_orders: float
    lines: float
    dear: float


@dataclass(frozen=True, slots=True)
class Truths:
    """Everything in the file; dictionaries are its tables as they are. ``digest`` names its text."""

    sizes: dict[str, Size]
    channels: tuple[Channel, ...]
    campaigns: tuple[Campaign, ...]
    releases: tuple[Release, ...]
    experiments: tuple[Experiment, ...]
    effects: dict[str, dict[str, Any]]
    season: dict[str, Any]
    clicks: dict[str, float]
    visits: dict[str, float]
    registration: dict[str, float]
    people: dict[str, float]
    bots: dict[str, float]
    orders: dict[str, Any]
    changes: dict[str, float]
    tickets: dict[str, Any]
    dirt: dict[str, float]
    event_dirt: dict[str, float]
    digest: str

    def size(self, name: str) -> Size:
        """The size of that name, or a :class:`ParameterError` that lists those there are."""
        if name not in self.sizes:
            raise ParameterError(
                explain("unknown size", expected=f"one of: {', '.join(self.sizes)}", found=name)
            )
        return self.sizes[name]

    def without(self, effects: Collection[str]) -> "Truths":
        """The same company with those of :data:`EFFECTS` switched off."""
        unknown = set(effects) - set(EFFECTS)
        if unknown:
            raise ParameterError(
                explain("unknown effect", expected=f"some of: {', '.join(EFFECTS)}", found=", ".join(unknown))
            )
        off = {name: self.effects[name] | _WITHOUT[name] for name in effects}
        return replace(self, effects=self.effects | off)


def load_truths(path: Path | None = None) -> Truths:
    """Read the parameters; raises :class:`ParameterError` if the file is not what it should be."""
    text = path.read_bytes() if path else files("supercorp").joinpath("truths.toml").read_bytes()
    try:
        truths = _parsed(tomllib.loads(text.decode()), hashlib.sha256(text).hexdigest()[:16])
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


def _parsed(found: dict[str, Any], digest: str) -> Truths:
    releases = tuple(Release(**release) for release in found["releases"])
    experiments = tuple(Experiment.read(row) for row in found["experiments"])
    channels = tuple(Channel(name, **channel) for name, channel in found["channels"].items())
    campaigns = tuple(Campaign.read(name, row) for name, row in found["campaigns"].items())
    known, versions = {channel.name for channel in channels}, {release.version for release in releases}
    astray = {campaign.channel for campaign in campaigns} - known
    astray |= {effect["release"] for effect in found["effects"].values() if "release" in effect} - versions
    astray |= set(EFFECTS) - set(found["effects"])
    if astray:
        raise ValueError(f"names that stand for nothing: {', '.join(sorted(astray))}")
    typed = {"sizes", "channels", "campaigns", "releases", "experiments"}
    return Truths(
        sizes={name: Size(name, **size) for name, size in found["sizes"].items()},
        channels=channels,
        campaigns=campaigns,
        releases=releases,
        experiments=experiments,
        digest=digest,
        **{name: table for name, table in found.items() if name not in typed},
    )
