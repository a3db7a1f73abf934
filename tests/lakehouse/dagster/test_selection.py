import pytest

from lakehouse.dagster.selection import select

HEAT = ["daily_heat", "hourly_heat", "dog_days", "weekly_heat", "monthly_heat", "records"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["raw_readings", "readings", "stations", *HEAT]),
        (["readings"], ["readings"]),
        (["silver.readings"], ["readings"]),
        (["+readings"], ["raw_readings", "readings"]),
        (["readings+"], ["readings", *HEAT]),
        (["+dog_days+", "stations"], ["raw_readings", "readings", "stations", *HEAT[:3], *HEAT[4:]]),
    ],
)
def test_a_word_selects_inputs_before_readers(weather, words, expected):
    assert [dataset.name for dataset in select(weather, words)] == expected
