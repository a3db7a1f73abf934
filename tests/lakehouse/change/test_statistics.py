"""Rules that every row surely keeps, as the statistics in a table's log tell; written by delta-rs."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.change.statistics import surely_kept
from lakehouse.change.terms import RuleTerms


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Two files: whole numbers from -1 to 5, decimals from 0.01, days in May, and some nulls."""
    folder = tmp_path_factory.mktemp("table")
    for n, price, day, note in ((5, "9.99", date(2026, 5, 31), "x"), (-1, "0.01", date(2026, 5, 1), None)):
        rows = {
            "n": [n, 0],
            "price": pa.array([Decimal(price), None], pa.decimal128(12, 2)),
            "day": [day, day],
            "note": [note, None],
            "ratio": [0.5, float("nan")],
            "at": [datetime(2026, 5, 1, tzinfo=UTC)] * 2,
        }
        write_deltalake(folder, pa.table(rows), mode="append")
    return folder


@pytest.mark.parametrize(
    ("column", "check", "arguments", "kept"),
    [
        ("n", "greater_than_or_equal_to", {"min_value": -1}, True),
        ("n", "greater_than_or_equal_to", {"min_value": 0}, False),
        ("n", "greater_than", {"min_value": -1}, False),
        ("n", "less_than_or_equal_to", {"max_value": 5}, True),
        ("n", "less_than", {"max_value": 5}, False),
        ("n", "in_range", {"min_value": -1, "max_value": 5}, True),
        ("n", "in_range", {"min_value": -1, "max_value": 5, "include_max": False}, False),
        ("n", "not_null", {}, True),
        ("note", "not_null", {}, False),
        ("price", "greater_than", {"min_value": 0}, True),
        ("price", "greater_than", {"min_value": "0.01"}, False),
        ("day", "less_than_or_equal_to", {"max_value": "2026-05-31"}, True),
        ("day", "greater_than", {"min_value": "2026-05-01"}, False),
        ("ratio", "less_than", {"max_value": 9}, False),
        ("at", "greater_than", {"min_value": "2020-01-01"}, False),
        ("n", "isin", {"allowed_values": [-1, 0, 5]}, False),
        ("gone", "not_null", {}, False),
        (None, "rule", {}, False),
    ],
)
def test_a_rule_is_surely_kept_only_where_the_bounds_prove_it(table, column, check, arguments, kept):
    assert surely_kept(table, RuleTerms("quarantine", check, column, arguments)) is kept
