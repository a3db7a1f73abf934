"""Who comes to the shop for the first time, when, by what, and what they are like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.campaigns import Campaign
from supercorp.clock import DAY, Times
from supercorp.crowd.devices import agent_of
from supercorp.dice import Dice, Floats, Indices
from supercorp.setting import Setting
from supercorp.words import COUNTRIES, COUNTRY_SHARES, ZONES

__all__ = ["Visitors", "arrive", "letters_sent"]


@dataclass(frozen=True, slots=True)
class Visitors:
    """One entry per person, by the day of their first visit; the position is who they are to the dice.

    ``campaign`` is -1 for those nobody paid for. ``owner`` is whose first device they use: their own, but
    for a few. ``style`` is a taste. From 0 to 1: ``engagement``, how loyal and how frequent they will be,
    ``patience`` with what does not work, and ``thrift``, how much a coupon matters to them.
    """

    arrived: Times
    channel: NDArray[np.int8]
    campaign: NDArray[np.int8]
    country: NDArray[np.int8]
    zone: NDArray[np.int8]
    style: NDArray[np.int8]
    engagement: NDArray[np.float32]
    patience: NDArray[np.float32]
    thrift: NDArray[np.float32]
    devices: NDArray[np.int8]
    owner: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.arrived)

    def agents(self, dice: Dice, who: Indices, device: Indices) -> Indices:
        """Which browser each of ``who`` uses on their ``device`` (0, 1, 2)."""
        return agent_of(dice, self.device_owner(who, device), device)

    def browser(self, who: Indices, device: Indices) -> Indices:
        """A number for each browser: who shares a device has the same."""
        return self.device_owner(who, device) * 4 + device

    def device_owner(self, who: Indices, device: Indices) -> Indices:
        """Whose device that is: only first devices are shared."""
        return np.where(device == 0, self.owner[who], who)


def arrive(setting: Setting) -> Visitors:
    """Draw everyone who finds the shop until the horizon.

    Their number follows from the number who should register: see :func:`_expected`.
    """
    dice, rules = setting.dice, setting.truths.people
    expected = _expected(setting)
    days, channels = np.arange(expected.shape[0]), np.arange(expected.shape[1])
    counts = dice.about("arrivals", expected, days[:, None], channels[None, :])
    day = np.repeat(days, counts.sum(axis=1))
    channel = np.repeat(np.tile(channels, len(days)), counts.ravel())
    who = np.arange(len(day))
    country = dice.choose("country", COUNTRY_SHARES, who)
    travels = dice.happens("lives elsewhere", rules["travellers"], who)
    elsewhere = len(COUNTRIES) + dice.below("where", len(ZONES) - len(COUNTRIES), who)
    second = dice.happens("second device", rules["second_device"], who)
    third = dice.happens("third device", rules["third_device"], who)
    borrows = dice.happens("shared device", rules["shared_device"], who) & (who > 0)
    borrows[1:] &= ~borrows[:-1]  # nobody borrows from a borrower
    return Visitors(
        arrived=setting.first + day * DAY + setting.time_of_day(who, 0),
        channel=channel.astype(np.int8),
        campaign=_campaigns(setting, who, channel, day, len(expected)).astype(np.int8),
        country=country.astype(np.int8),
        zone=np.where(travels, elsewhere, country).astype(np.int8),
        style=dice.below("style", int(rules["styles"]), who).astype(np.int8),
        engagement=dice.uniform("engagement", who).astype(np.float32),
        patience=dice.uniform("patience", who).astype(np.float32),
        thrift=dice.uniform("thrift", who).astype(np.float32),
        devices=(1 + second + (second & third)).astype(np.int8),
        owner=(who - borrows).astype(np.int32),
    )


def letters_sent(setting: Setting, campaign: Campaign, days: int) -> Indices:
    """Letters per day: as many as the expected visitors of the channel need, the same each time."""
    sent = np.zeros(days, dtype=np.int64)
    number = [each.name for each in setting.truths.channels].index(campaign.channel)
    total = _expected(setting)[: setting.days, number].sum()
    mailed = [int(share * setting.days) for share in campaign.mailings]
    answered = sum(1 - np.exp(-(setting.days - day) / campaign.days_to_visit) for day in mailed)
    for day in mailed:
        sent[day] += round(total / answered * campaign.letters_per_visitor)
    return sent


def _expected(setting: Setting) -> Floats:
    """Expected new people, of shape (days to the horizon, channels).

    A channel has as many over the history as, with the chances of ``truths.toml``, make its share of the
    customers; they are spread over the days by growth, month and weekday, or by the mailings.
    """
    truths, days = setting.truths, (setting.horizon - setting.first) // DAY
    pull = _season(setting, days)
    columns = []
    for channel in truths.channels:
        mine = [each for each in truths.campaigns if each.channel == channel.name]
        letters = [each for each in mine if each.by_letter]
        shares = [each.share * (each.until - each.from_) for each in mine]
        chances = [_registers(setting, channel.signs_up * each.signs_up) for each in mine]
        unpaid = (1 - sum(shares)) * _registers(setting, channel.signs_up)
        registers = unpaid + float(np.dot(shares, chances))
        shape = _answers(setting, letters[0], days) if letters else pull
        total = setting.size.customers * channel.share / registers
        columns.append(total * shape / shape[: setting.days].sum())
    return np.stack(columns, axis=1)


def _registers(setting: Setting, signs_up: float) -> float:
    """The chance that somebody registers in the end: p + (1 - p) r p + … over their visits."""
    rules = setting.truths.registration
    each = min(signs_up, 1) * rules["sign_up"] * rules["details"] * rules["address"] * rules["done"]
    return float(each / (1 - (1 - each) * setting.truths.visits["unknown_come_back"]))


def _season(setting: Setting, days: int) -> Floats:
    """How strongly each day pulls: growth, the time of the year (smoothly), the weekday."""
    season, day = setting.truths.season, np.arange(days)
    number = setting.first // DAY + day
    weekday = (number + 3) % 7  # 1970-01-01 was a Thursday
    middles = 15.2 + 30.44 * np.arange(12)
    of_year = np.interp((number % 365.2425), middles, season["by_month"], period=365.2425)
    growth = (1 + season["growth_per_month"]) ** (day / 30.0)
    pull: Floats = growth * of_year * np.asarray(season["registrations_by_weekday"])[weekday]
    return pull


def _answers(setting: Setting, campaign: Campaign, days: int) -> Floats:
    """How strongly each day pulls after letters: exponentially less after every mailing."""
    day = np.arange(days)
    since = [day - int(share * setting.days) for share in campaign.mailings]
    waves = [np.where(passed >= 0, np.exp(-passed / campaign.days_to_visit), 0) for passed in since]
    pull: Floats = np.sum(waves, axis=0) + 1e-9
    return pull


def _campaigns(setting: Setting, who: Indices, channel: Indices, day: Indices, days: int) -> Indices:
    """By which campaign each came, of those of their channel that ran that day; -1 for none."""
    campaigns, history = setting.truths.campaigns, setting.days
    ran = np.minimum(np.arange(days) / history, 1)  # the last ones go on after the history
    campaign = np.full(len(who), -1)
    for number, name in enumerate(each.name for each in setting.truths.channels):
        mine = [place for place, each in enumerate(campaigns) if each.channel == name]
        weights = np.zeros((days, len(mine) + 1))
        for column, place in enumerate(mine):
            each = campaigns[place]
            weights[:, column] = np.where((ran >= each.from_) & (ran <= each.until), each.share, 0)
        weights[:, -1] = 1 - weights.sum(axis=1)
        those = np.flatnonzero(channel == number)
        drawn = setting.dice.choose_by_row("campaign", weights + 1e-12, day[those], those)
        campaign[those] = np.asarray([*mine, -1])[drawn]
    return campaign
