import pandas as pd
import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import LongType

from lakehouse.engine.plans import computed_once, is_plain_scan


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
    }
    assert [name for name, frame in costly.items() if is_plain_scan(frame)] == []
    with computed_once(costly["aggregate"]) as kept:
        assert kept.storageLevel.useMemory
    assert not costly["aggregate"].storageLevel.useMemory
