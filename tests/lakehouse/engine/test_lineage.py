"""Each case is a query over two tables; what comes out is what a careful reader would say."""

import pyspark.sql.types as T
import pytest
from pyspark.sql import Window
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    References,
    Upsert,
    bronze,
    changes,
    silver,
    whole,
)
from lakehouse.discovery import Catalog
from lakehouse.engine.lineage import lineage_of_plan, marked, read_lineage

SALES = "id BIGINT, buyer BIGINT, total DECIMAL(12,2), at TIMESTAMP, state STRING"
BUYERS = "id BIGINT, land STRING, tags ARRAY<STRING>"


@pytest.fixture
def told(spark):
    """The lineage of a query as texts: ``column < sources``, and what decides on rows."""

    def of(query):
        found = lineage_of_plan(query(marked(spark, "s", SALES), marked(spark, "b", BUYERS)))
        if found.unknown:
            return found.unknown
        body = found.to_dict()
        return {name: " ".join(texts) for name, texts in body["columns"].items()}, " ".join(body["rows"])

    return of


def by_state(s):
    return Window.partitionBy("state").orderBy("at").rowsBetween(Window.unboundedPreceding, 0)


def sql(text):
    def query(s, b):
        s.createOrReplaceTempView("sold")
        b.createOrReplaceTempView("buyer")
        return s.sparkSession.sql(text)

    return query


CASES = {
    "select and rename": (
        lambda s, b: s.select("id", F.col("total").alias("money"), F.lit(1).alias("one")),
        {"id": "s.id", "money": "s.total", "one": ""},
        "",
    ),
    "filter": (lambda s, b: s.where("state <> 'x'").select("id"), {"id": "s.id"}, "s.state"),
    "join": (
        lambda s, b: s.join(b, s.buyer == b.id, how="left").select("land", (s.total * 2).alias("twice")),
        {"land": "b.land", "twice": "s.total"},
        "b.id s.buyer",
    ),
    "self-join": (
        lambda s, b: (
            s.alias("x")
            .join(s.alias("y"), F.col("x.id") == F.col("y.buyer"), how="inner")
            .select(F.col("x.total"), F.col("y.at"))
        ),
        {"total": "s.total", "at": "s.at"},
        "s.buyer s.id",
    ),
    "aggregate": (
        lambda s, b: s.groupBy(F.to_date("at").alias("day")).agg(F.sum("total").alias("t")),
        {"day": "s.at", "t": "s.total"},
        "s.at",
    ),
    "window": (
        lambda s, b: s.select("id", F.sum("total").over(by_state(s)).alias("so_far")),
        {"id": "s.id", "so_far": "s.at s.state s.total"},
        "",
    ),
    "newest by key": (
        lambda s, b: s.withColumn("n", F.row_number().over(by_state(s))).where("n = 1").select("id"),
        {"id": "s.id"},
        "s.at s.state",
    ),
    "union": (
        lambda s, b: s.select("id", "state").union(b.select("id", "land")),
        {"id": "b.id s.id", "state": "b.land s.state"},
        "",
    ),
    "distinct": (lambda s, b: s.select("state").distinct(), {"state": "s.state"}, "s.state"),
    "explode": (
        lambda s, b: b.select("id", F.explode("tags").alias("tag")),
        {"id": "b.id", "tag": "b.tags"},
        "b.tags",
    ),
    "rollup": (
        lambda s, b: s.rollup("state").agg(F.max("total").alias("most")),
        {"state": "s.state", "most": "s.total"},
        "s.state",
    ),
    "pivot": (
        lambda s, b: s.groupBy("buyer").pivot("state", ["paid"]).agg(F.sum("total")),
        {"buyer": "s.buyer", "paid": "s.state s.total"},
        "s.buyer s.state",
    ),
    "common table expression": (
        sql("with big as (select * from sold where total > 9) select b1.id, b2.at from big b1, big b2"),
        {"id": "s.id", "at": "s.at"},
        "s.total",
    ),
    "scalar subquery": (
        sql("select id, (select max(land) from buyer) as last from sold"),
        {"id": "s.id", "last": "b.land"},
        "",
    ),
    "exists": (
        sql("select id from sold where exists (select 1 from buyer where buyer.id = sold.buyer)"),
        {"id": "s.id"},
        "b.id s.buyer",
    ),
    "pandas takes everything it is given": (
        lambda s, b: s.select("id", "total").groupBy("id").applyInPandas(lambda x: x, "id long, z double"),
        {"id": "s.id s.total", "z": "s.id s.total"},
        "s.id s.total",
    ),
}


@pytest.mark.parametrize(("query", "columns", "rows"), CASES.values(), ids=CASES)
def test_each_column_is_traced_to_what_it_is_made_of(told, query, columns, rows):
    assert told(query) == (columns, rows)


@pytest.mark.parametrize(
    "query",
    [lambda s, b: s.sparkSession.createDataFrame(s.rdd, SALES), lambda s, b: s.localCheckpoint()],
    ids=["rdd", "checkpoint"],
)
def test_what_leaves_the_plan_is_unknown(told, query):
    assert told(query) == "rows come from something that the plan does not show (LogicalRDD)"


class Loads(Contract):
    """One row per sale and load."""

    id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(pii="email")
    name: T.StringType() = Field(pii="name", protect="drop")


class Sales(Contract):
    """One row per sale."""

    id: T.LongType() = Field(key=True)
    buyer: T.StringType() = Field()
    position: T.LongType() = Field()

    __rules__ = (References(column="id", to="other", to_column="email"),)


def lake(function):
    def loads(dump):
        return dump

    landed = [
        bronze(contract=Loads, source=Files("shop", "sales"), owner="team:x")(named(loads, name))
        for name in ("landed", "other")
    ]
    read = silver(
        contract=Sales,
        write=Upsert("position"),
        owner="team:x",
        reads={"landed": changes(), "other": whole()},
    )(function)
    return Catalog.of([*landed, read]), read


def named(function, name):
    def renamed(dump):
        return function(dump)

    renamed.__name__ = name
    return renamed


def test_a_dataset_is_read_as_the_write_path_reads_it(spark):
    def sales(landed, other):
        return landed.join(other.select("id"), on="id", how="left_semi").select(
            "id", F.col("email").alias("buyer"), F.col("_position").alias("position"), "_change"
        )

    catalog, dataset = lake(sales)

    found = read_lineage(spark, catalog, dataset).to_dict()

    assert found["columns"] == {
        "id": ["bronze.landed.id"],
        "buyer": ["bronze.landed.email"],
        "position": ["bronze.landed._position"],
    }
    assert found["rows"] == ["bronze.landed.id", "bronze.other.email", "bronze.other.id"]


def test_a_bronze_column_comes_from_the_sources_of_the_same_name(spark):
    def sales(landed, other):
        return landed

    catalog, _ = lake(sales)
    found = read_lineage(spark, catalog, catalog["landed"]).to_dict()
    assert found["columns"]["email"] == ["sources.shop.sales.email"]


def test_a_transformation_that_needs_rows_is_unknown(spark):
    def sales(landed, other):
        return landed.limit(landed.first()["id"])

    catalog, dataset = lake(sales)

    assert read_lineage(spark, catalog, dataset).unknown == (
        "the transformation does not run on empty frames (TypeError)"
    )


def test_personal_columns_that_silver_never_sees_are_not_there(spark):
    def sales(landed, other):
        return landed.select("id", F.col("name").alias("buyer"))

    catalog, dataset = lake(sales)

    assert "AnalysisException" in read_lineage(spark, catalog, dataset).unknown
