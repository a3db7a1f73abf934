import pandas as pd
import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import LongType

from lakehouse.engine.plans import computed_once, is_plain_scan, unique_by_plan


def test_a_scan_with_filters_and_row_by_row_columns_is_read_again(spark):
    frame = spark.range(3).where("id > 1").select((F.col("id") * 2).alias("twice"))
    assert is_plain_scan(frame)
    with computed_once(frame) as same:
        assert same is frame


@pytest.mark.parametrize(
    "column", ["rand(1)", "uuid()", "now()", "current_timestamp()", "current_date()", "localtimestamp()"]
)
def test_what_may_differ_from_one_reading_to_the_next_is_kept(spark, column):
    assert not is_plain_scan(spark.range(3).withColumn("x", F.expr(column)))
    assert not is_plain_scan(spark.range(3).where(F.expr(column).cast("string") > ""))


def test_a_function_in_python_is_costly_whatever_its_name(spark):
    @F.pandas_udf(LongType())
    def plus_one(numbers: pd.Series) -> pd.Series:
        return numbers + 1

    plain = F.udf(lambda number: number, LongType())
    assert not is_plain_scan(spark.range(3).select(plus_one("id")))
    assert not is_plain_scan(spark.range(3).where(plain("id") > 1))


def test_what_is_costly_is_computed_once_and_let_go_afterwards(spark):
    costly = {
        "aggregate": spark.range(3).groupBy("id").count(),
        "join": spark.range(3).join(spark.range(2), on="id", how="inner"),
        "distinct": spark.range(3).distinct(),
        "rows": spark.createDataFrame([(1,)], "id int").repartition(2),
        "another table in a condition": spark.range(3).where("id IN (SELECT id FROM range(2))"),
        "some of them": spark.range(3).limit(2),
    }
    assert [name for name, frame in costly.items() if is_plain_scan(frame)] == []
    with computed_once(costly["aggregate"]) as kept:
        assert kept.storageLevel.useMemory
    assert not costly["aggregate"].storageLevel.useMemory


def test_rows_grouped_by_their_key_need_not_be_looked_through_for_doubles(spark):
    rows = spark.createDataFrame([("a", 1, 2), ("a", 1, 3)], "day string, product int, sold int").alias("r")
    grouped = rows.groupBy(F.upper("day").alias("day"), "product").agg(F.sum("sold").alias("sold"))

    assert unique_by_plan(grouped, ("day", "product"))
    assert unique_by_plan(grouped.select("sold", "product", "day").where("sold > 1"), ("product", "day"))
    assert unique_by_plan(rows.groupBy("day").agg(F.max("product").alias("product")), ("day", "product"))
    assert unique_by_plan(rows.agg(F.count("*").alias("rows")), ("rows",))
    with computed_once(grouped) as kept:
        assert unique_by_plan(kept, ("day", "product"))


def test_where_the_plan_promises_nothing_the_rows_have_to_be_looked_through(spark):
    rows = spark.createDataFrame([("a", 1, 2), ("a", 1, 3)], "day string, product int, sold int")
    grouped = rows.groupBy("day", "product").agg(F.sum("sold").alias("sold"))
    half = grouped.withColumn("product", F.col("product").cast("int") % 2)

    assert not unique_by_plan(rows, ("day", "product"))
    assert not unique_by_plan(grouped, ("day",))
    assert not unique_by_plan(half, ("day", "product"))
    assert not unique_by_plan(grouped.union(grouped), ("day", "product"))
    assert not unique_by_plan(grouped.join(rows.select("day"), on="day"), ("day", "product"))


def test_tables_their_changes_and_files_are_read_again(spark, tmp_path):
    place = str(tmp_path / "table")
    spark.range(3).write.format("delta").option("delta.enableChangeDataFeed", "true").save(place)
    feed = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 0)

    assert is_plain_scan(spark.read.format("delta").load(place))
    assert is_plain_scan(feed.load(place))
    assert is_plain_scan(spark.read.text(place))
