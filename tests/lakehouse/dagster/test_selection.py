import pytest

from lakehouse.dagster.selection import select


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["raw_readings", "readings", "stations", "daily_heat"]),
        (["readings"], ["readings"]),
        (["silver.readings"], ["readings"]),
        (["+readings"], ["raw_readings", "readings"]),
        (["readings+"], ["readings", "daily_heat"]),
        (["+readings+", "stations"], ["raw_readings", "readings", "stations", "daily_heat"]),
    ],
)
def test_a_word_selects_inputs_before_readers(weather, words, expected):
    assert [dataset.name for dataset in select(weather, words)] == expected
