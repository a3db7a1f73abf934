"""Alerts on what the numbers show: a part of the company that fell where the rest did not.

A page says what fell; here it becomes an alert of the kind ``metric_dropped``, said once for each drop and
forgotten when it is over. Whoever builds the page calls :func:`tell_drops` with all that holds now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lakehouse.settings import Settings
from lakehouse.telling.alerts import Alert, AlertKind, Delivery, resolve, send_alert

__all__ = ["Drop", "tell_drops"]


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that fell. ``what`` names it, alike in every run; ``finding`` says how far, in a sentence."""

    what: str
    finding: str


def tell_drops(settings: Settings, dataset: str, owner: str, drops: Sequence[Drop]) -> tuple[Delivery, ...]:
    """Tell ``owner`` once of each drop that ``dataset`` (``serving.NAME``) shows; those gone are over."""
    resolve(settings, AlertKind.METRIC_DROPPED, dataset, but={drop.what for drop in drops})
    return tuple(
        send_alert(
            settings,
            Alert(
                kind=AlertKind.METRIC_DROPPED,
                subject=drop.finding,
                dataset=dataset,
                owner=owner,
                message="Look at the page that shows it, and at what was released then.",
                cause=drop.what,
            ),
        )
        for drop in drops
    )
