"""A short session that does a little of everything, from which the start-up archive is built.

Run as ``python -m lakehouse.engine.rehearsal ARCHIVE`` by :mod:`lakehouse.engine.cds`.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.engine.spark import prepare_environment, profile_config, spark_config
from lakehouse.settings import load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["rehearse"]

_EXIT_SECONDS = 120
# An archive holds classes, not compiled code, and serves any collector: nothing is lost here.
_QUICK_COMPILER = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_PROPERTIES = "'delta.enableDeletionVectors' = 'true', 'delta.enableChangeDataFeed' = 'true'"
_LINES = ("id BIGINT, name STRING, price STRING", '{"id": 7, "name": "a", "price": "1.50"}')


def rehearse(archive: Path) -> None:
    """Use Delta as a run does, in a virtual machine that writes ``archive`` when it ends."""
    settings = load_settings()
    config = profile_config(settings) | spark_config(
        settings,
        spark__local__dir=str(archive.parent),
        spark__sql__warehouse__dir=str(archive.parent / "warehouse"),
        spark__driver__defaultJavaOptions=_QUICK_COMPILER,
        spark__driver__extraJavaOptions=f"-XX:ArchiveClassesAtExit={archive}",
    )
    prepare_environment(settings)
    # Java refuses to archive from a class path that holds a folder with files in it. The
    # configuration's folder comes behind the jars, where the archive does not look at it.
    os.environ["SPARK_CONF_DIR"] = str(archive.parent / "no-configuration")

    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for key, value in config.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        _play(spark, Path(folder))
    _end(spark)


def _play(spark: "SparkSession", folder: Path) -> None:
    """Create, append, merge, replace, read; files as text, JSON lines, windows, aggregates."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    table, (schema, line) = f"{folder}/table", _LINES
    spark.sql(
        f"CREATE TABLE delta.`{table}` (id BIGINT NOT NULL, day DATE, price DECIMAL(12, 2), name STRING,"
        f" at TIMESTAMP) USING delta PARTITIONED BY (day) TBLPROPERTIES ({_PROPERTIES})"
    )
    (folder / "lines.jsonl").write_text(f"{line}\n" * 20)
    parsed = spark.read.text(f"{folder}/lines.jsonl").select(F.from_json("value", schema).alias("row"))
    parsed.select("row.*").agg(
        F.count_if(F.col("id") > 1), F.expr("try_cast(max(price) AS DOUBLE)")
    ).collect()
    latest = F.row_number().over(Window.partitionBy("id").orderBy(F.desc("at")))
    rows = (
        spark.range(400)
        .select(
            F.expr("id % 200").alias("id"),
            F.expr("date_add(date'2026-01-01', cast(id % 2 AS int))").alias("day"),
            F.expr("cast(id / 7 AS decimal(12, 2))").alias("price"),
            F.sha2(F.concat(F.lit("n"), "id"), 256).alias("name"),
            F.expr("timestamp_seconds(id)").alias("at"),
        )
        .withColumn("place", latest)
        .where("place = 1 AND name RLIKE '^[0-9a-f]+$'")
        .drop("place")
    )
    for _ in range(2):
        rows.write.format("delta").mode("append").option("userMetadata", "{}").save(table)
    rows.limit(20).createOrReplaceTempView("source")
    spark.sql(
        f"MERGE INTO delta.`{table}` t USING (SELECT * FROM source) s ON t.id = s.id AND t.day = s.day"
        " WHEN MATCHED AND s.id = 3 THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    ).collect()
    replaced = rows.where("day = date'2026-01-01'").write.format("delta").mode("overwrite")
    replaced.option("replaceWhere", "day = '2026-01-01'").save(table)
    feed = (
        spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 1).load(table)
    )
    feed.join(rows.select("id"), on="id", how="left_semi").groupBy("_change_type").count().collect()
    small = spark.createDataFrame([(1, "a")], "id BIGINT, name STRING")
    small.join(spark.read.format("delta").load(table).drop("name"), on="id", how="left").collect()
    spark.sql(f"DESCRIBE HISTORY delta.`{table}`").collect()


def _end(spark: "SparkSession") -> None:
    """Stop the session and wait until its virtual machine has written the archive and is gone."""
    gateway: Any = spark.sparkContext._gateway  # noqa: SLF001  the only way to the process
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=_EXIT_SECONDS)


if __name__ == "__main__":
    rehearse(Path(sys.argv[1]))
