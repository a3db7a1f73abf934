from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from assets.serving.restated import restated
from lakehouse.pages import Results


def shown(figure, day, value, at):
    return {
        "day": date(2026, 6, day),
        "figure": figure,
        "value": Decimal(value),
        "shown_at": datetime(2026, 6, at, 5, tzinfo=UTC),
    }


@pytest.fixture
def results(gold_lake):
    rows = [
        shown("revenue", 1, 100, 2),
        shown("revenue", 1, 90, 3),  # too long ago
        shown("revenue", 10, 50, 11),
        shown("revenue", 10, 60, 14),
        shown("revenue", 10, 75, 16),
        shown("orders", 12, 5, 13),
        shown("orders", 12, 4, 16),
        shown("orders", 13, 5, 14),
        shown("orders", 13, 5, 16),  # counted anew, not changed
        shown("ad_spend", 12, 7, 13),
        shown("ad_spend", 12, 8, 16),
    ]
    return Results(gold_lake(daily_figures=rows).settings)


def test_what_changed_in_the_last_seven_days_is_told_day_by_day(results):
    (figure,) = restated(results, ["revenue", "orders"])

    assert figure.finding == ("2 past days have changed in the last seven days: orders -1, revenue +€ 25.00")
    assert [(row["figure"], row["day"].day, float(row["change"])) for row in figure.of.rows] == [
        ("revenue", 10, 25.0),
        ("orders", 12, -1.0),
    ]


def test_that_nothing_changed_is_said_too(results):
    (figure,) = restated(results, ["sessions"])

    assert figure.finding == "No past day's figures have changed in the last seven days"


def test_before_there_are_versions_nothing_is_said(settings):
    assert restated(Results(settings), ["revenue"]) == ()
