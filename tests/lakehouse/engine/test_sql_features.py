"""The reader without a JVM reads every table feature that the road switches on, as Spark does."""

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from lakehouse.engine.sql import query
from lakehouse.engine.tables import create_table
from lakehouse.settings import Settings

COLUMNS = (
    "id bigint, day date, price decimal(12,2), at timestamp, local timestamp_ntz, tags array<string>,"
    " attributes map<string,int>, address struct<city:string,zip:int>, ok boolean, share double"
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(project=tmp_path_factory.mktemp("features"), _env_file=None)


@pytest.fixture(scope="module")
def orders(spark, settings):
    """A table as the road makes it, with every kind of commit on it; its name in Spark's SQL."""
    path = settings.lake_dir / "silver" / "orders"
    name = f"delta.`{path}`"
    schema = spark.createDataFrame([], COLUMNS).schema
    create_table(spark, path, schema, comment="One row per order.", partitioned_by=["day"])
    spark.sql(
        f"insert into {name} select id, date_add(date'2026-01-01', cast(id % 3 as int)),"
        " cast(id as decimal(12,2)) / 4, timestamp_micros(1767225600123456 + id * 1000000),"
        " timestamp_ntz'2026-01-01 12:00:00', array('a', cast(id as string)), map('k', cast(id as int)),"
        " named_struct('city', 'Bern', 'zip', cast(id as int)), id % 2 = 0, id / 3 from range(0, 40, 1, 1)"
    )
    spark.sql(f"optimize {name}")
    spark.sql(f"alter table {name} add column note string")
    spark.sql(f"delete from {name} where id % 7 = 3")
    spark.sql(
        f"merge into {name} t using (select id * 5 as id from range(12)) s on t.id = s.id"
        " when matched and s.id = 20 then delete when matched then update set note = 'hit'"
        " when not matched then insert (id, day, note) values (s.id, date'2026-01-09', 'new')"
    )
    return name


def test_the_table_has_deletion_vectors(orders, settings):
    features = DeltaTable(settings.lake_dir / "silver" / "orders").protocol().reader_features

    assert "deletionVectors" in features
    assert list((settings.lake_dir / "silver" / "orders").glob("**/deletion_vector_*.bin"))


@pytest.mark.parametrize(
    "asked",
    [
        "* from {} order by id",
        "count(*) as n, sum(price) as price, count(note) as notes from {}",
        "day, count(*) as n, max(at) as at from {} where ok group by day order by day",
        "id, note from {} where day = date'2026-01-09' order by id",
        "id, address.city as city, attributes['k'] as k, ok from {} where id < 9 order by id",
        "id from {} where price between 1 and 2.5 and note is null order by id",
    ],
)
def test_an_answer_equals_sparks(spark, orders, settings, asked):
    expected = spark.sql("select " + asked.format(orders)).toArrow()

    found = query(settings, "select " + asked.format("silver.orders"))

    assert found.to_pylist() == pa.table(expected).to_pylist()


def test_rows_are_counted_without_the_deleted_ones(spark, orders, settings):
    counted = query(settings, "select rows from ops.freshness").to_pylist()

    assert counted == [{"rows": spark.sql(f"select * from {orders}").count()}]


def test_merge_and_delete_show_in_the_commits_with_the_engines_own_counts(orders, settings):
    found = query(
        settings,
        "select operation, metrics['numDeletedRows'] deleted, metrics['numTargetRowsInserted'] inserted"
        " from ops.commits where operation in ('MERGE', 'DELETE') order by version",
    )

    assert found.to_pylist() == [
        {"operation": "DELETE", "deleted": "6", "inserted": None},
        {"operation": "MERGE", "deleted": None, "inserted": "5"},
    ]
