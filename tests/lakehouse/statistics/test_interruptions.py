from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from lakehouse.statistics import Other, interruption

FIRST, AT = date(2026, 1, 1), date(2026, 2, 26)
DAYS = 85


def cells(dice, *, effect=1.0, noise=0.0, test=1.0):
    """Days of two sources: growth, weekends, a wave of one that registers often, errors alike for days."""
    day = np.arange(DAYS)
    lasting = np.zeros(DAYS)
    for n in range(1, DAYS):
        lasting[n] = 0.6 * lasting[n - 1] + dice.normal(0, noise)
    season = 1.005**day * np.where(day % 7 < 2, 1.3, 1.0)
    changed = np.where(day > (AT - FIRST).days, effect, 1.0) * np.where((day >= 30) & (day < 40), test, 1.0)
    parts = []
    for name, base, rate in (
        ("search", 800, 0.1),
        ("letter", 100 * np.exp(-np.maximum(day - 40, 0) / 20), 0.4),
    ):
        visits = dice.poisson(base * season)
        registered = dice.binomial(visits, np.minimum(rate * changed * np.exp(lasting), 1))
        days = [FIRST + timedelta(int(n)) for n in day]
        parts.append(pd.DataFrame({"day": days, "part": name, "cases": visits, "successes": registered}))
    return pd.concat(parts)


def test_growth_and_a_wave_of_traffic_are_no_effect():
    found = interruption(cells(np.random.default_rng(1)), AT)

    assert found.effect.low < 0 < found.effect.high
    assert found.observed == pytest.approx((1 + found.effect.value) * (1 + found.rest) - 1)
    assert found.days == 28


def test_another_change_is_told_apart_where_it_is_named():
    series = cells(np.random.default_rng(2), effect=1.3, test=0.5)
    other = Other("test", FIRST + timedelta(30), FIRST + timedelta(40))

    blind, told = interruption(series, AT), interruption(series, AT, [other])

    assert told.others == ("test",)
    assert told.effect.low < 0.3 < told.effect.high
    assert told.effect.high - told.effect.low < blind.effect.high - blind.effect.low


def test_a_change_that_nobody_can_tell_from_this_one_is_not_taken_out():
    same = Other("release", AT), Other("before", date(2025, 1, 1)), Other("next day", AT + timedelta(2))

    assert interruption(cells(np.random.default_rng(3)), AT, same).others == ()


def test_too_few_days_or_successes_are_not_read():
    series = cells(np.random.default_rng(4))

    assert interruption(series, FIRST + timedelta(10)) is None
    assert interruption(series, FIRST + timedelta(DAYS - 10)) is None
    assert interruption(series.assign(successes=0), AT) is None


def test_where_too_much_changed_in_too_few_days_nothing_is_read():
    series = cells(np.random.default_rng(6))
    short = series[series["day"].map(lambda day: abs((day - AT).days) <= 14)]
    others = [Other(f"test {n}", AT + timedelta(n - 12), AT + timedelta(n)) for n in range(0, 14, 2)]

    assert interruption(short, AT) is not None
    assert interruption(short, AT, others) is None


def test_its_interval_holds_the_truth_as_often_as_it_says_though_days_are_alike():
    dice, held = np.random.default_rng(5), 0
    for _ in range(120):
        effect = interruption(cells(dice, effect=1.1, noise=0.03), AT).effect
        held += effect.low <= 0.1 <= effect.high

    assert held / 120 >= 0.9
