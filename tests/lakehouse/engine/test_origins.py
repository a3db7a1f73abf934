"""What Spark says of where a column was written."""

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from lakehouse.engine.origins import origins


def told_of(column, spark):
    with pytest.raises(PySparkException) as failed:
        spark.range(1).select(column()).collect()
    return str(failed.value)


def division():
    return F.lit(1) / F.lit(0)


def test_an_error_names_the_line_of_a_column_unless_it_is_the_roads_own(spark):
    with origins(noted=False):
        with origins(noted=True):
            named = F.col("id") / F.lit(0)
        unnamed = F.col("id") / F.lit(0)
    assert "test_origins.py" in told_of(lambda: named, spark)
    assert "test_origins.py" not in told_of(lambda: unnamed, spark)
    assert "test_origins.py" in told_of(division, spark)


def test_what_was_set_is_set_again_after_an_error(spark):
    with pytest.raises(RuntimeError), origins(noted=False):
        raise RuntimeError
    assert "test_origins.py" in told_of(division, spark)
