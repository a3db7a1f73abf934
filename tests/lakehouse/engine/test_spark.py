import os
import subprocess
import sys
from decimal import Decimal

import pytest
from pyspark.errors import ArithmeticException
from pyspark.sql import functions as F

from lakehouse.engine import spark as module
from lakehouse.engine.jars import jar_paths
from lakehouse.engine.spark import prepare_environment, profile_config, spark_config
from lakehouse.errors import SettingsError

LOCAL = {"spark_profile": "local"}


def test_the_class_path_begins_with_the_delta_jars(settings):
    entries = spark_config(settings)["spark.driver.extraClassPath"].split(os.pathsep)
    assert entries[:2] == [str(path) for path in jar_paths(settings)]


def test_cores_and_memory_follow_the_machine(settings, monkeypatch):
    monkeypatch.setattr(module, "available_cores", lambda: 3)
    monkeypatch.setattr(module, "memory_bytes", lambda: 4 * 1024**3)
    config = spark_config(settings.model_copy(update=LOCAL))
    assert config["spark.master"] == "local[3]"
    assert config["spark.sql.shuffle.partitions"] == "3"
    assert config["spark.driver.memory"] == "1024m"


@pytest.mark.parametrize(("gib", "expected"), [(1, "768m"), (6, "1536m"), (64, "2048m")])
def test_driver_memory_is_a_quarter_within_bounds(settings, monkeypatch, gib, expected):
    monkeypatch.setattr(module, "memory_bytes", lambda: gib * 1024**3)
    assert spark_config(settings.model_copy(update=LOCAL))["spark.driver.memory"] == expected


def test_what_the_profile_says_is_not_computed(settings):
    assert profile_config(settings)["spark.master"] == "local[2]"
    assert "spark.master" not in spark_config(settings)


def test_overrides_win(settings):
    assert spark_config(settings, spark__master="local[1]")["spark.master"] == "local[1]"


def test_an_unknown_profile_is_named_with_those_there_are(settings):
    with pytest.raises(SettingsError, match=r"expected one of: .*local, test; found loocal"):
        spark_config(settings.model_copy(update={"spark_profile": "loocal"}))


def test_the_profiles_differ_only_in_what_tests_need(settings):
    local = profile_config(settings.model_copy(update=LOCAL))
    test = profile_config(settings)
    assert {key for key in local if local[key] != test.get(key)} == {
        "spark.driver.defaultJavaOptions",
        "spark.sql.adaptive.enabled",
    }


def test_the_environment_is_prepared_for_this_python(settings, monkeypatch):
    for name in ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_PYTHON", "SPARK_LOCAL_IP"):
        monkeypatch.setenv(name, "somewhere else")
    monkeypatch.delenv("SPARK_LOCAL_IP")
    prepare_environment(settings)
    assert os.environ["PYSPARK_PYTHON"] == sys.executable
    assert os.environ["SPARK_CONF_DIR"] == str(settings.spark_conf_dir)
    assert os.environ["SPARK_LOCAL_IP"] == "127.0.0.1"


def test_importing_the_engine_loads_no_spark():
    code = "import sys, lakehouse.engine.spark, lakehouse.doctor; sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_session_is_in_utc_with_ansi_arithmetic_and_no_ui(spark):
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.databricks.delta.snapshotPartitions") == "1"
    assert spark.sparkContext.uiWebUrl is None
    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        spark.range(1).select(F.lit(1) / F.col("id")).collect()


def test_the_session_writes_merges_and_reads_delta(spark, tmp_lake):
    table = f"{tmp_lake}/orders"
    orders = spark.createDataFrame(
        [(1, Decimal("1.50")), (2, Decimal("2.00"))], "id BIGINT, total DECIMAL(12, 2)"
    )
    orders.write.format("delta").save(table)
    orders.where("id = 2").select("id", F.lit(Decimal("9.00")).alias("total")).createOrReplaceTempView(
        "changed"
    )
    spark.sql(
        f"MERGE INTO delta.`{table}` t USING changed s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET t.total = s.total"
    )
    rows = spark.read.format("delta").load(table).orderBy("id").collect()
    assert [tuple(row) for row in rows] == [(1, Decimal("1.50")), (2, Decimal("9.00"))]


def test_python_workers_run_this_python(spark):
    python = F.udf(lambda _: sys.executable, "string")
    assert spark.range(1).select(python("id")).first()[0] == sys.executable
