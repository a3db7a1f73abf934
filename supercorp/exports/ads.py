"""The ad platform's daily report: what it believes of the last days, which it corrects for some days.

A click that turns out to be invalid is taken back, an impression that was counted late is added: the numbers
of a day move towards the truth, and are final after three to seven days. Letters are counted once.
"""

import csv
import io
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from supercorp.campaigns import AdDays
from supercorp.dice import Dice
from supercorp.exports.files import ExportFile
from supercorp.rows import money
from supercorp.world import World

__all__ = ["COLUMNS", "ad_report", "believed"]

COLUMNS = ("day", "campaign_id", "campaign", "impressions", "clicks", "spend", "currency")


def ad_report(world: World, day: date) -> ExportFile:
    """The report that is ready on the morning after ``day``: CSV, a row per day and campaign seen."""
    last = (day - world.first_day).days
    days = np.arange(max(last - world.operations.parameters.ads["window_days"] + 1, 0), last + 1)
    numbers = believed(world, days, last)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for place, number in enumerate(days.tolist()):
        when = (world.first_day + timedelta(days=number)).isoformat()
        columns = zip(
            world.campaigns,
            numbers.impressions[:, place].tolist(),
            numbers.clicks[:, place].tolist(),
            money(numbers.spend[:, place]),
            strict=True,
        )
        for position, (campaign, impressions, clicks, spend) in enumerate(columns):
            if impressions:
                writer.writerow((when, 1001 + position, campaign.name, impressions, clicks, spend, "EUR"))
    return ExportFile(f"ads/campaigns/{day.isoformat()}.csv", text.getvalue().encode())


def believed(world: World, days: NDArray[np.int64], last: int) -> AdDays:
    """What the platform believes at the end of day ``last`` about ``days``: arrays of (campaigns, days)."""
    rules, dice, final = world.operations.parameters.ads, Dice(world.seed), world.ads
    which = np.arange(len(world.campaigns))[:, None]
    least, most = rules["settled_after"]
    settled = least + dice.below("ads.settled", most - least + 1, which, days[None, :])
    age = (last - days)[None, :]
    open_ = (age < settled) & ~np.asarray([each.by_letter for each in world.campaigns])[:, None]
    off = np.where(open_, rules["error"] * 0.5 ** (age / rules["halving_days"]), 0.0)
    more = 1 + off * dice.uniform("ads.invalid", which, days[None, :])
    fewer = 1 - off * dice.uniform("ads.late", which, days[None, :])
    return AdDays(
        impressions=np.rint(final.impressions[:, days] * fewer).astype(np.int64),
        clicks=np.rint(final.clicks[:, days] * more).astype(np.int64),
        spend=np.rint(final.spend[:, days] * more).astype(np.int64),
    )
