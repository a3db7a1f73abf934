from datetime import date

import pytest

from lakehouse.metrics import Better, Metric
from lakehouse.pages import Results
from lakehouse.pages.metrics import by_member, last_day, moved_by_factors, movement, tile, weekly

REVENUE = Metric(
    name="revenue",
    title="Revenue",
    definition="What was sold.",
    table="sales",
    measure="revenue",
    unit="EUR",
    better=Better.UP,
    owner="team:growth",
    team="CEO",
    dimensions=("channel",),
)
LAST = date(2026, 6, 14)


@pytest.fixture
def results(sales_lake):
    return Results(sales_lake.settings)


def test_a_metric_is_compared_with_the_week_before(results):
    moved = movement(results, REVENUE, LAST)

    assert last_day(results, REVENUE) == LAST
    assert (moved.now, moved.before, moved.change, moved.good) == (1470, 1470, 0, None)
    assert tile(moved).moved == "+0.0 % on the week before"


def test_whole_numbers_divide_as_fractions(results):
    days = REVENUE.__class__(
        **{name: getattr(REVENUE, name) for name in REVENUE.__slots__} | {"per": "revenue"}
    )

    assert movement(results, days, LAST).now == 1.0
    assert (
        results(f"SELECT {days.formula.replace('sum(revenue)', 'sum(1)', 1)} AS x FROM gold.sales").row["x"]
        < 1
    )


def test_without_a_week_before_there_is_no_change(results):
    moved = movement(results, REVENUE, date(2026, 6, 3))

    assert (moved.now, moved.before, moved.change) == (630, None, None)
    assert tile(moved).moved == ""


def test_only_whole_weeks_are_shown_and_they_end_with_the_newest_day(results):
    found = weekly(results, REVENUE, date(2026, 6, 13))

    assert [(row["week"], row["value"]) for row in found.rows] == [(date(2026, 6, 13), 1470)]


def test_members_contribute_what_they_changed(results):
    found, parts = by_member(results, REVENUE, "channel", date(2026, 6, 10))

    assert {part.name: part.change for part in parts} == {"search": 400, "<b>social</b>": 440}
    assert found.tables == ("gold.sales",)


def test_a_ratio_is_broken_down_too_and_an_unknown_dimension_is_refused(results):
    mean = REVENUE.__class__(
        **{name: getattr(REVENUE, name) for name in REVENUE.__slots__} | {"per": "revenue"}
    )
    _, parts = by_member(results, mean, "channel", LAST)

    assert {part.change for part in parts} == {0.0}
    with pytest.raises(ValueError, match="not broken down by colour"):
        by_member(results, REVENUE, "colour", LAST)


def test_a_metric_without_factors_is_moved_by_none(results):
    assert moved_by_factors(results, {}, REVENUE, LAST) == ()


def test_results_know_which_tables_are_there(results):
    assert results.known("gold.sales")
    assert not results.known("gold.sales", "gold.nothing")
