"""What becomes of a table when its source adds, drops, renames or retypes a column, by policy."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Evolution, Field, Files, FullDumps, Upsert, bronze, changes, silver
from lakehouse.cli.drift import Format, command
from lakehouse.errors import DeclarationError, LakehouseError
from lakehouse.lake import Lake
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing.drift import changes_of
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger


class Going(Contract):
    """One row per order and load; the table goes with its source."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(nullable=True)
    coupon: T.StringType() = Field(nullable=True)

    __evolution__ = Evolution(retyped="evolve")


class Frozen(Contract):
    """One row per order and load; nothing may change."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(nullable=True)

    __evolution__ = "freeze"


class Dropping(Contract):
    """One row per order and load; what is unknown is dropped."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(nullable=True)

    __evolution__ = "discard"


@bronze(contract=Going, source=Files("shop", "going"), owner="team:shop")
def going(dump):
    return dump


@bronze(contract=Frozen, source=Files("shop", "frozen"), owner="team:shop")
def frozen(dump):
    return dump


@bronze(contract=Frozen, source=FullDumps("shop", "frozen_dumps"), owner="team:shop")
def frozen_dumps(dump):
    return dump


@bronze(contract=Dropping, source=Files("shop", "dropping"), owner="team:shop")
def dropping(dump):
    return dump


class Orders(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(nullable=True)


READ = []


@silver(contract=Orders, write=Upsert(sequence_by="id"), owner="team:shop", reads={"going": changes()})
def orders(going):
    READ.append(going.columns)
    return going.select("id", "total", "_change")


@pytest.fixture(scope="module")
def gone_on(spark, tmp_path_factory):
    """A table that evolves: a load as declared, then one with everything otherwise, then the first again."""
    lake = small_lake(tmp_path_factory.mktemp("going"), going, orders)
    records = []
    as_declared = {"id": 1, "total": "1.00", "coupon": "SPRING"}
    otherwise = [
        {"id": 2, "total": "two", "coupons": "SPRING", "Gift wrap": True, "eve@example.org": 1},
        {"id": 3, "total": "three", "coupons": "FALL", "Gift wrap": False},
        {"id": 5, "total": "five", "coupons": "WINTER", "Gift wrap": False},
    ]
    for position, rows in enumerate(([as_declared], otherwise, [{**as_declared, "id": 4}]), start=1):
        land(lake, "shop", "going", rows, position=position)
        records.append(write(lake, spark, going, Request(f"r{position}")).record)
        if position != 2:  # the second time of two commits, which differ in columns
            write(lake, spark, orders, Request(f"s{position}"))
    return SimpleNamespace(lake=lake, records=records)


def test_what_is_new_is_kept_as_text_in_a_column_of_its_own_and_nothing_there_is_altered(gone_on):
    columns = ("id", "total", "coupon", "_extra_coupons", "_extra_gift_wrap", "_extra_total")
    assert sorted(rows_in(gone_on.lake.table(going), "id", "cast(total as varchar)", *columns[2:])) == [
        (1, "1.00", "SPRING", None, None, None),
        (2, None, None, "SPRING", "true", "two"),
        (3, None, None, "FALL", "false", "three"),
        (4, "1.00", "SPRING", None, None, None),
        (5, None, None, "WINTER", "false", "five"),
    ]


def test_the_commit_says_what_changed_and_what_became_of_it(gone_on):
    first, second, third = (changes_of(record) for record in gone_on.records)
    assert (first, third) == ((), ())
    assert [str(change) for change in second] == [
        "Gift wrap is new in 3 rows: _extra_gift_wrap",
        "coupons is new in 3 rows: _extra_coupons; perhaps coupon was renamed to it",
        "(names that are none) is new in 1 row: kept in _rescued alone",
        "coupon is missing in 3 rows: null there",
        "total has values of another type in 3 rows: _extra_total",
    ]
    assert [record.rules["_evolution"].broken for record in gone_on.records] == [0, 5, 0]


def test_what_reads_the_table_goes_on_and_never_sees_what_may_be_personal(gone_on):
    assert {row[0] for row in rows_in(gone_on.lake.table(orders), "id")} == {1, 2, 3, 4, 5}
    assert not [name for columns in READ for name in columns if name.startswith(("_extra_", "_rescued"))]


def test_the_list_says_since_when_and_whether_it_is_over(gone_on, monkeypatch, capsys):
    monkeypatch.setattr(Lake, "load", lambda: gone_on.lake)
    command(["going"], Format.JSON)
    rows = {row["column"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == {"Gift wrap", "coupons", "(names that are none)", "coupon", "total"}
    assert (rows["coupons"]["was"], rows["coupons"]["change"], rows["coupons"]["over"]) == (
        "coupon",
        "added",
        True,
    )


def test_a_table_without_a_source_is_not_said_to_be_what_its_source_is(gone_on, monkeypatch, capsys):
    monkeypatch.setattr(Lake, "load", lambda: gone_on.lake)
    with pytest.raises(LakehouseError, match=r"silver\.orders: the table has no source"):
        command(["orders"], Format.TEXT)
    command([], Format.TEXT)
    assert "coupons is new in 3 rows: _extra_coupons" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("dataset", "taken"), [(frozen, ("l1", "l5")), (frozen_dumps, ("l1",))], ids=["loads", "dumps"]
)
def test_a_frozen_contract_holds_the_loads_that_differ_and_takes_the_others(spark, tmp_path, dataset, taken):
    """Of full dumps those before them: what a later one holds anew is told by the one before it."""
    lake = small_lake(tmp_path, dataset)
    sound, kind = {"total": "1"}, "full" if isinstance(dataset.source, FullDumps) else "incremental"
    loads = (sound, sound | {"gift": 1}, {}, {"total": "no number"}, sound)
    for position, row in enumerate(loads, start=1):
        rows = [{"id": 3 * position + number, **row} for number in range(3)]
        table = dataset.source.table
        land(lake, "shop", table, rows, position=position, load_id=f"l{position}", kind=kind)
    outcome = write(lake, spark, dataset, Request("r"))
    assert (outcome.record.loads, outcome.record.rules["_evolution"].broken) == (taken, 1)
    (problem,) = outcome.problems
    assert "gift is new in 3 rows" in problem
    assert "total is missing in 3 rows" in problem
    assert "total has values of another type in 3 rows" in problem
    assert outcome.held == (problem,)


def test_where_all_loads_differ_nothing_is_written_and_the_contract_that_knows_takes_them(spark, tmp_path):
    lake = small_lake(tmp_path, frozen)
    land(lake, "shop", "frozen", [{"id": 1, "total": "1", "gift": 1}], position=1)
    outcome = write(lake, spark, frozen, Request("r"))
    assert not outcome.wrote
    assert "the loads wait in the bucket" in outcome.held[0]

    class Known(Frozen):
        """One row per order and load; with the gift."""

        gift: T.LongType() = Field(nullable=True)

    assert write(lake, spark, replace(frozen, contract=Known), Request("r2")).record.rows_written == 1


def test_what_is_discarded_is_counted_and_told_and_a_replay_is_judged_alike(spark, tmp_path):
    lake = small_lake(tmp_path, dropping)
    land(lake, "shop", "dropping", [{"id": 1, "total": "x", "gift": 1}, {"id": 2, "total": "2"}], position=1)
    record = write(lake, spark, dropping, Request("r")).record
    assert sorted(rows_in(lake.table(dropping), "id", "cast(total as varchar)", "_rescued")) == [
        (1, None, None),
        (2, "2.00", None),
    ]
    assert [str(change) for change in changes_of(record)] == ["gift is new in 1 row: dropped"]
    assert record.trigger == Trigger.INCREMENTAL.value


def test_a_policy_is_of_words_that_mean_something_and_of_bronze():
    with pytest.raises(DeclarationError, match="one of evolve, freeze"):
        Evolution(gone="discard")

    class Derived(Orders):
        """One row per order."""

        __evolution__ = "freeze"

    with pytest.raises(DeclarationError, match="means something for bronze only"):
        silver(contract=Derived, write=Upsert(), owner="team:shop", reads={"going": changes()})(
            orders.function
        )
