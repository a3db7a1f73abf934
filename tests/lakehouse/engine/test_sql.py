from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lakehouse.engine.sql import answer, query
from lakehouse.engine.sql.answering import _refuse_writing_plan
from lakehouse.engine.sql.statement import Kind, Statement
from lakehouse.engine.sql.tables import Tables
from lakehouse.errors import QueryRefused
from lakehouse.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = Settings(project=tmp_path_factory.mktemp("project"), _env_file=None)
    orders = pa.table(
        {
            "order_id": [1, 2, 3],
            "customer_id": [10, 10, 20],
            "total": pa.array([Decimal("1.50"), Decimal("2.25"), None], pa.decimal128(12, 2)),
            "placed_at": pa.array(
                [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)], pa.timestamp("us", "UTC")
            ),
        }
    )
    customers = pa.table({"customer_id": [10, 20], "name": ["Ada", "Grace"], "Mixed": [True, False]})
    for layer, name, rows in (("silver", "orders", orders), ("gold", "customers", customers)):
        write_deltalake(settings.lake_dir / layer / name, rows)
    write_deltalake(
        settings.lake_dir / "bronze" / "_quarantine" / "silver.orders", pa.table({"email": ["ada@x.org"]})
    )
    write_deltalake(settings.lake_dir / "silver" / "_tombstones" / "orders", pa.table({"key": ["x"]}))
    return settings


def test_tables_of_several_layers_are_joined(settings):
    rows = query(
        settings,
        "select c.name, sum(o.total) as spent from silver.orders o"
        " join gold.customers c on o.customer_id = c.customer_id group by c.name order by c.name",
    )

    assert rows.to_pylist() == [{"name": "Ada", "spent": Decimal("3.75")}, {"name": "Grace", "spent": None}]


@pytest.mark.parametrize(
    "column", ["order_id", "orders.order_id", "silver.orders.order_id", '"silver".orders.order_id']
)
def test_a_column_may_be_named_with_its_table_and_layer(settings, column):
    assert query(settings, f"select {column} as id from silver.orders order by {column}").to_pydict() == {
        "id": [1, 2, 3]
    }


def test_a_name_given_by_with_hides_no_table_and_is_hidden_by_none(settings):
    text = "with orders as (select * from silver.orders where order_id > 1) select count(*) n from orders"

    assert query(settings, text).to_pylist() == [{"n": 2}]


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40))
@hypothesis_settings(max_examples=60)
def test_a_text_in_quotes_reaches_the_engine_as_it_was_written(settings, text):
    quoted = text.replace("'", "''")

    found = query(settings, f"select '{quoted}' as said from silver.orders where order_id = 1")

    assert found.to_pylist() == [{"said": text}]


def test_a_limit_cuts_and_says_so(settings):
    cut = answer(settings, "select * from silver.orders order by order_id desc", limit=2)

    assert cut.rows.column("order_id").to_pylist() == [3, 2]
    assert not cut.complete
    assert answer(settings, "select * from silver.orders", limit=3).complete


def test_an_answer_says_what_it_read_and_from_when(settings):
    found = answer(settings, "select 1 from silver.orders, gold.customers")

    newest = DeltaTable(settings.lake_dir / "gold" / "customers").history(1)[0]["timestamp"]
    assert found.tables == ("gold.customers", "silver.orders")
    assert found.as_of == datetime.fromtimestamp(newest / 1000, UTC)
    assert answer(settings, "select 1").as_of is None


def test_types_are_those_that_every_reader_knows(settings):
    rows = query(settings, "select name, now() at, array_agg(name) names from gold.customers group by name")

    assert rows.schema.types == [pa.string(), pa.timestamp("us"), pa.list_(pa.string())]


def test_a_misspelt_table_is_answered_with_its_neighbours(settings):
    with pytest.raises(
        QueryRefused, match=r"silver\.ordres: there is no such table; expected perhaps silver\.orders"
    ):
        query(settings, "select * from silver.ordres")
    with pytest.raises(
        QueryRefused, match=r"orders: there is no such table; expected perhaps silver\.orders"
    ):
        query(settings, "select * from orders")


def test_a_misspelt_column_is_answered_with_its_neighbours(settings):
    with pytest.raises(QueryRefused, match=r"o\.totl: there is no such column; expected perhaps total"):
        query(settings, "select o.totl from silver.orders o")
    with pytest.raises(QueryRefused, match='mixed: there is no such column; expected perhaps "Mixed"'):
        query(settings, "select mixed from gold.customers")


def test_what_fails_on_the_data_is_refused_with_the_cause(settings):
    with pytest.raises(QueryRefused, match="Divide by zero"):
        query(settings, "select order_id / (order_id - order_id) from silver.orders")


@pytest.mark.parametrize(
    "name",
    [
        "bronze._quarantine",
        'bronze."_quarantine/silver.orders"',
        'silver."_tombstones/orders"',
        "'/etc/passwd'",
    ],
)
def test_what_is_no_table_of_the_lake_cannot_be_reached(settings, name):
    with pytest.raises(QueryRefused, match="there is no such table"):
        query(settings, f"select * from {name}")


def test_show_tables_lists_the_lake_and_ops_but_no_quarantine(settings):
    found = [f"{row['layer']}.{row['name']}" for row in query(settings, "show tables").to_pylist()]

    derived = ["ops.checks", "ops.commits", "ops.erasures", "ops.freshness", "ops.inputs", "ops.logs"]
    assert found == ["silver.orders", "gold.customers", *derived]


def test_describe_lists_columns_in_deltas_words(settings):
    found = query(settings, "describe silver.orders")

    assert found.column("column").to_pylist() == ["order_id", "customer_id", "total", "placed_at"]
    assert found.column("type").to_pylist() == ["long", "long", "decimal(12,2)", "timestamp"]


def test_explain_plans_without_running(settings):
    plan = query(settings, "explain select 1 / 0 from silver.orders").column("plan").to_pylist()[0]

    assert "silver.orders" in plan


def test_the_engine_itself_is_asked_whether_a_text_writes(settings, tmp_path):
    target = tmp_path / "stolen.csv"
    sly = Statement(Kind.QUERY, f"copy \"silver.orders\" to '{target}'", frozenset({"silver.orders"}))

    with (
        Tables(settings).register(sly.tables) as registered,
        pytest.raises(QueryRefused, match="only reading"),
    ):
        _refuse_writing_plan(registered.engine, sly, registered.columns)

    assert not target.exists()


def test_reading_leaves_every_file_as_it_was(settings):
    before = {file: file.stat().st_mtime_ns for file in settings.lake_dir.rglob("*")}

    query(settings, "select * from silver.orders, ops.commits, ops.freshness")

    assert {file: file.stat().st_mtime_ns for file in settings.lake_dir.rglob("*")} == before


def test_an_empty_lake_answers(tmp_path):
    nothing = Settings(project=tmp_path, _env_file=None)

    assert query(nothing, "select count(*) n from ops.commits").to_pylist() == [{"n": 0}]
