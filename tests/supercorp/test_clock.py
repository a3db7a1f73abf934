"""The company's days, also when the clocks change."""

from datetime import date

import numpy as np

from supercorp.clock import DAY, HOUR, date_of, days_of, midnight, midnights


def test_a_day_in_berlin_has_23_hours_when_summer_begins_and_25_when_it_ends() -> None:
    spring = midnights(date(2026, 3, 28), 3, "Europe/Berlin")
    assert (np.diff(spring) // HOUR).tolist() == [24, 23, 24]
    autumn = midnights(date(2026, 10, 24), 3, "Europe/Berlin")
    assert (np.diff(autumn) // HOUR).tolist() == [24, 25, 24]


def test_moments_belong_to_the_day_of_their_zone() -> None:
    late = midnight(date(2026, 3, 30)) - HOUR  # an hour past midnight in Berlin
    assert date_of(int(days_of(np.asarray([late]), "UTC")[0]) * DAY) == date(2026, 3, 29)
    assert date_of(int(days_of(np.asarray([late]), "Europe/Berlin")[0]) * DAY) == date(2026, 3, 30)
    begin = midnights(date(2026, 3, 28), 3, "Europe/Berlin")
    days = days_of(np.sort(np.concatenate([begin, begin - 1])), "Europe/Berlin")
    assert np.diff(days).tolist() == [1, 0, 1, 0, 1, 0, 1]
