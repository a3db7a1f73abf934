"""Which keys are on their way between the bucket and silver: those that something really touches."""

from types import SimpleNamespace

import pytest

from lakehouse import testing
from lakehouse.testing import small_lake
from lakehouse.trust.reconciliation.explaining import reasons, standing
from lakehouse.trust.reconciliation.pairing import pairs
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.capture.changes.lake_of_things import days, s_days

FIRST, SECOND, THIRD = ("1", "20454"), ("2", "20455"), ("3", "20456")  # 2026-01-01 and after
SILVER_HAS, SILVER_LACKS = (7, 7), ()


def land_changes(lake, number, *changes, kind="incremental"):
    """A load of a change capture: of each change what it does, and the key."""
    lines = [
        {"op": op, "key": key and dict(zip(("id", "day"), key, strict=True)), "after": None}
        | {"after": dict(zip(("id", "day"), key, strict=True)) if op in "rcu" else None}
        | {"source": {"lsn": number, "ts_us": 0, "sequence": f'["{number}","{number}"]'}}
        for op, key in changes
    ]
    testing.land_changes(lake, "s", "days", lines, position=number, kind=kind)


@pytest.fixture(scope="module")
def pair(spark, tmp_path_factory):
    """A pair that has taken a snapshot of two keys; bronze has taken a change of the second besides."""
    lake = small_lake(tmp_path_factory.mktemp("pair"), s_days, days)
    land_changes(lake, 1, ("r", (1, 20454)), ("r", (2, 20455)), kind="full")
    write(lake, spark, s_days, Request("first"))
    write(lake, spark, days, Request("first"))
    (found,) = pairs(lake, "s")
    land_changes(lake, 2, ("u", (2, 20455)))
    write(lake, spark, s_days, Request("second"))
    return SimpleNamespace(lake=lake, pair=found, then=standing(lake, found))


def holding(pair, key, place):
    known = reasons(pair.lake, pair.pair, {FIRST, SECOND, THIRD}, pair.then)
    return [name for name, holds in known.items() if holds(key, place)]


def test_only_what_silver_has_not_read_of_bronze_explains_a_key(pair):
    assert holding(pair, FIRST, SILVER_HAS) == []
    assert holding(pair, SECOND, SILVER_HAS) == ["in bronze"]


def test_only_the_keys_in_the_loads_that_wait_are_on_their_way(pair):
    land_changes(pair.lake, 3, ("c", (3, 20456)))
    assert holding(pair, THIRD, SILVER_LACKS) == ["in the bucket"]
    assert holding(pair, FIRST, SILVER_HAS) == []


def test_what_begins_the_table_anew_removes_what_silver_has_and_brings_nothing_that_it_lacks(pair):
    land_changes(pair.lake, 4, ("t", None))
    assert holding(pair, FIRST, SILVER_HAS) == ["in the bucket"]
    assert holding(pair, FIRST, SILVER_LACKS) == []


def test_loads_taken_since_the_comparison_began_explain_what_silver_did_not_have_then(pair, spark):
    write(pair.lake, spark, s_days, Request("third"))
    assert "in the bucket" in holding(pair, THIRD, SILVER_LACKS)
