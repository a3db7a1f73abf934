from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from lakehouse.engine import deltalog
from lakehouse.errors import QuarantineError
from lakehouse.testing import land
from lakehouse.trust import inspection, quarantine
from lakehouse.trust.replay import _frame, discard, new_run, replay
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger


def waiting(lake, name):
    return inspection.open_count(lake, lake.catalog[name])


def test_appended_rows_come_back_whole_and_what_breaks_again_waits_again(mild, spark, table):
    killed_before_it_published = "killed"
    place = mild.quarantine(mild.catalog["shop_orders"])
    quarantine.mark(spark, place, F.lit(True), killed_before_it_published)
    assert waiting(mild, "shop_orders") == 3

    done = replay(mild, spark, mild.catalog["shop_orders"], run=new_run())

    assert (done.rows, done.outcome.record.rows_written, done.outcome.record.rows_quarantined) == (3, 1, 2)
    kept = table(mild, "shop_orders", "id", "email", "total", "_line_number", "_load_id")
    assert kept[1] == (2, "bob@x.example", Decimal("-2.00"), 2, "shop.orders.1")
    assert len(kept) == 4
    assert waiting(mild, "shop_orders") == 2
    (summary, *_) = inspection.summaries(mild)
    assert summary.replayed == 3
    assert not done.outcome.record.advances


def test_a_replay_killed_before_it_could_note_its_end_is_not_done_twice(mild, spark, table):
    dataset, path = mild.catalog["shop_orders"], mild.quarantine(mild.catalog["shop_orders"])
    quarantine.mark(spark, path, F.array_contains("broken", "total__ge"), "killed")
    rows = _frame(dataset, quarantine.marked(spark, path, "killed"))
    write(mild, spark, dataset, Request("killed", Trigger.REPLAY, rows=rows))

    assert waiting(mild, "shop_orders") == 2
    with pytest.raises(QuarantineError, match="no row that waits breaks the rule total__ge"):
        replay(mild, spark, dataset, run=new_run(), rule="total__ge")
    replay(mild, spark, dataset, run=new_run())
    assert [row[0] for row in table(mild, "shop_orders", "id")] == [1, 2, 4, 5]


def test_a_replayed_row_does_not_win_over_a_newer_one(mild, spark, table):
    newer = {"id": 4, "total": "7", "placed_at": "2026-01-03T11:00:00Z"}
    land(mild, "shop", "orders", [newer], position=2)
    for name in ("shop_orders", "orders"):
        write(mild, spark, mild.catalog[name], Request(run="second"))

    done = replay(mild, spark, mild.catalog["orders"], run=new_run())

    assert (4, Decimal("7.00")) in table(mild, "orders", "order_id", "total")
    assert done.outcome.record.rows_superseded == 1
    assert waiting(mild, "orders") == 0


def test_a_window_is_run_again_and_an_upserted_row_is_a_pseudonym(mild, spark, table):
    replay(mild, spark, mild.catalog["orders"], run=new_run())
    customers = dict(table(mild, "orders", "order_id", "customer"))
    assert len(customers[4]) == 64

    done = replay(mild, spark, mild.catalog["revenue"], run=new_run())

    assert done.how == "windows run again: 2026-01-04"
    assert deltalog.latest_record(mild.table(mild.catalog["revenue"])).record.windows == ("2026-01-04",)
    assert [str(day) for (day,) in table(mild, "revenue", "day")] == ["2026-01-01", "2026-01-04"]
    assert waiting(mild, "revenue") == 0


def test_a_snapshot_is_built_again_and_where_nothing_changes_the_rows_wait_on(strict, mild, spark, table):
    same = replay(strict, spark, strict.catalog["ranking"], run=new_run())
    assert not same.outcome.wrote
    assert waiting(strict, "ranking") == 1

    done = replay(mild, spark, mild.catalog["ranking"], run=new_run())
    assert done.outcome.wrote
    assert table(mild, "ranking", "order_id") == [(1,), (5,)]
    assert waiting(mild, "ranking") == 0


def test_discarded_rows_stay_as_evidence_and_never_come_back(strict, spark):
    dataset = strict.catalog["shop_orders"]

    assert discard(strict, spark, dataset, by="ann", reason="a test of the shop", rule="_line") == 1

    assert waiting(strict, "shop_orders") == 2
    (summary, *_) = inspection.summaries(strict)
    assert (summary.waiting, summary.discarded) == (2, 1)
    kept = spark.read.format("delta").load(str(strict.quarantine(dataset))).where("resolution = 'discarded'")
    assert [row.resolved_by for row in kept.collect()] == ["ann: a test of the shop"]
    with pytest.raises(QuarantineError, match="breaks the rule _line"):
        discard(strict, spark, dataset, by="ann", reason="again", rule="_line")


def test_nothing_to_replay_is_said(strict, spark):
    discard(strict, spark, strict.catalog["orders"], by="ann", reason="known")
    with pytest.raises(QuarantineError, match="no row waits in quarantine"):
        replay(strict, spark, strict.catalog["orders"], run=new_run())


def test_values_come_out_of_quarantine_exactly_as_they_went_in(spark, tmp_path):
    before = spark.sql(
        "SELECT CAST('1234567890123456789012345678.1234567890' AS DECIMAL(38, 10)) AS exact,"
        " 9223372036854775807L AS long, TIMESTAMP '2026-01-01 10:00:00.123456' AS at, 0.1D AS double,"
        " TIMESTAMP_NTZ '2026-01-01 10:00:00.123456' AS zoneless, DATE '2026-01-01' AS day, 'ä\"\\n' AS text,"
        " X'00FF' AS bytes, MAP('a', CAST(1.10 AS DECIMAL(5, 2))) AS map"
    )
    kept = {name: before.schema[name].dataType for name in ("bytes", "map")}
    plain = [name for name in before.columns if name not in kept]
    place = tmp_path / "quarantine"

    quarantine.set_aside(before, place, broken=F.array(F.lit("a")), source=F.lit("here"), batch="b", run="r")
    rows = spark.read.format("delta").load(str(place))
    after = quarantine.rows_as_they_came(rows, plain, kept)

    cast = [F.col(name).try_cast(before.schema[name].dataType).alias(name) for name in plain]
    assert after.select(*cast, *kept).collect() == before.select(*plain, *kept).collect()
