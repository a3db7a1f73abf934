"""Moments and days."""

from datetime import date

import numpy as np

from supercorp.clock import DAY, HOUR, date_of, midnight, texts


def test_a_day_is_that_of_utc_from_its_first_moment_to_its_last() -> None:
    begin = midnight(date(2026, 3, 29))  # when the clocks change in Berlin
    assert texts(np.asarray([begin])) == ["2026-03-29T00:00:00.000000+00:00"]
    assert midnight(date(2026, 3, 30)) - begin == DAY == 24 * HOUR
    assert date_of(begin) == date_of(begin + DAY - 1) == date(2026, 3, 29)
    assert date_of(begin - 1) == date(2026, 3, 28)
