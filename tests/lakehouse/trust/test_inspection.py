import json

import pytest
from pyspark.sql import functions as F

from lakehouse.engine import sql
from lakehouse.errors import QuarantineError, QueryRefused
from lakehouse.testing import small_lake
from lakehouse.trust import inspection, quarantine


def test_each_table_tells_how_many_rows_wait_and_which_rules_they_break(strict):
    found = {each.dataset: each for each in inspection.summaries(strict)}

    assert {name: each.waiting for name, each in found.items()} == {
        "bronze.shop_orders": 3,
        "silver.orders": 1,
        "gold.revenue": 1,
        "gold.ranking": 1,
    }
    assert found["bronze.shop_orders"].rules == {
        "_missing_columns": 2,
        "_line": 1,
        "placed_at__not_null": 1,
        "total__ge": 1,
        "total__type": 1,
    }
    assert found["gold.revenue"].newest_run == "first"
    assert found["gold.revenue"].oldest == found["gold.revenue"].newest


def test_a_lake_without_quarantine_has_nothing_to_tell(tmp_path):
    assert inspection.summaries(small_lake(tmp_path)) == ()


def test_a_row_tells_its_rules_in_words_and_where_it_came_from(strict):
    (row,) = inspection.rows(strict, strict.catalog["shop_orders"], rule="total__ge")

    assert row.why[0] == "total must be at least 0"
    assert row.source.endswith("part-00000.jsonl.gz:2")
    assert (row.values["id"], row.values["total"], row.values["_line_number"]) == ("2", "-2", "2")
    assert row.run == "first"


def test_no_personal_value_is_ever_shown(strict):
    for dataset in strict.catalog:
        told = repr(inspection.rows(strict, dataset))
        for secret in (".example", "secret", "1234567"):
            assert secret not in told


def test_personal_columns_say_their_kind_and_misplaced_values_their_shape(strict):
    (row,) = inspection.rows(strict, strict.catalog["shop_orders"], rule="total__type")

    assert row.values["email"] == "\u2039email\u203a"
    assert row.values["total"] == "\u2039of the shape aaa\u203a"
    assert row.values["_line"] == "\u2039may hold anything\u203a"
    assert row.values["note"] == "call [phone]"


def test_rows_are_meant_by_rule_by_the_beginning_of_an_id_or_all(strict):
    dataset = strict.catalog["shop_orders"]
    every = inspection.waiting_ids(strict, dataset)

    assert len(every) == 3
    assert set(inspection.waiting_ids(strict, dataset, rule="total__ge")) < set(every)
    assert inspection.waiting_ids(strict, dataset, ids=[every[0][:12]]) == every[:1]


@pytest.mark.parametrize(
    ("meant", "says"),
    [
        ({"rule": "total__gee"}, r"expected one of _missing_columns, .*total__ge"),
        ({"ids": ["zz"]}, "means no waiting rows"),
        ({"ids": [""]}, "means 3 waiting rows"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(strict, meant, says):
    with pytest.raises(QuarantineError, match=says):
        inspection.waiting_ids(strict, strict.catalog["shop_orders"], **meant)


def test_sql_cannot_reach_quarantine(strict):
    for name in ("bronze._quarantine", '"bronze._quarantine/bronze.shop_orders"', "q", "waiting"):
        with pytest.raises(QueryRefused):
            sql.query(strict.settings, f"select * from {name}")
    assert "quarantine" not in json.dumps(sql.query(strict.settings, "show tables").to_pylist())


def test_rows_of_a_batch_that_was_never_published_are_not_seen(strict, spark):
    dataset = strict.catalog["orders"]
    rows = spark.range(2).select(F.col("id").alias("order_id"))
    quarantine.set_aside(
        rows,
        strict.quarantine(dataset),
        broken=F.array(F.lit("total__le")),
        source=F.lit("x"),
        batch="killed",
        run="killed",
    )

    assert inspection.open_count(strict, dataset) == 1
    assert [row.run for row in inspection.rows(strict, dataset)] == ["first"]
