import pytest

from lakehouse.engine.sql.statement import Kind, read_statement
from lakehouse.errors import QueryRefused


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("select 1", "select 1"),
        ("select * from silver.orders", 'select * from "silver.orders" AS "orders"'),
        ("select * from Silver.ORDERS o;", 'select * from "silver.orders" o;'),
        ('select * from "silver"."orders" as o', 'select * from "silver.orders" as o'),
        ("select orders.id from silver.orders", 'select orders.id from "silver.orders" AS "orders"'),
        ("select silver.orders.* from silver.orders", 'select "orders".* from "silver.orders" AS "orders"'),
        ("select 'é' /* é */ from silver.é", 'select \'é\' /* é */ from "silver.é" AS "é"'),
        ("select 'silver.orders' from silver.orders o", "select 'silver.orders' from \"silver.orders\" o"),
        (
            "with orders as (select id from silver.orders) select * from orders",
            'with orders as (select id from "silver.orders" AS "orders") select * from orders',
        ),
        (
            "(select 1 from a.b) union all select 2 from c.d where (select y from e.f f)",
            '(select 1 from "a.b" AS "b") union all select 2 from "c.d" AS "d" where (select y from "e.f" f)',
        ),
        ("values (1), (2)", "values (1), (2)"),
    ],
)
def test_only_the_names_of_tables_are_replaced(text, bound):
    assert read_statement(text).text == bound


def test_the_tables_read_are_found_wherever_they_stand():
    found = read_statement(
        "with a as (select * from silver.x) select (select max(v) from gold.y) from a"
        " join lateral (select 1 from silver.z) q on true where exists (select 1 from ops.logs)"
    )

    assert found.tables == {"silver.x", "gold.y", "silver.z", "ops.logs"}
    assert found.loose == set()


def test_a_name_without_layer_that_with_does_not_define_is_loose():
    assert read_statement("select * from orders").loose == {"orders"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SHOW TABLES;", Kind.SHOW_TABLES),
        ("describe silver.orders", Kind.DESCRIBE),
        ("explain select 1", Kind.EXPLAIN),
        ("explain analyze select 1", Kind.EXPLAIN),
        ("-- a comment\nselect 1", Kind.QUERY),
    ],
)
def test_what_a_statement_asks_for_is_known(text, kind):
    assert read_statement(text).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "insert into silver.orders values (1)",
        "update silver.orders set id = 1",
        "delete from silver.orders",
        "merge into silver.orders using gold.x on true when matched then delete",
        "copy silver.orders to '/tmp/x.csv'",
        "copy (select 1) to '/tmp/x.csv' stored as csv",
        "explain copy silver.orders to '/tmp/x.csv'",
        "explain analyze insert into silver.orders values (1)",
        "create table x as select 1",
        "create external table x stored as csv location '/etc/passwd'",
        "drop table silver.orders",
        "alter table silver.orders add column x int",
        "truncate silver.orders",
        "vacuum silver.orders",
        "set datafusion.execution.batch_size = 1",
        "call something()",
        "prepare x as select 1",
        "with x as (select 1) insert into silver.orders select * from x",
        "with x as (insert into silver.orders values (1)) select * from x",
        "select * into x from silver.orders",
        "select * from silver.orders for update",
        "from silver.orders",
        "",
        "-- nothing here",
    ],
)
def test_what_writes_or_is_no_query_is_refused(text):
    with pytest.raises(QueryRefused, match="only reading is allowed"):
        read_statement(text)


@pytest.mark.parametrize(
    "text", ["select 1; select 2", "select 1; drop table silver.orders", "select 'a\\'; copy x --'"]
)
def test_two_statements_are_refused(text):
    with pytest.raises(QueryRefused, match="one statement at a time"):
        read_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "select * from silver.orders tablesample (10 percent)",
        "select day, sum(id) from silver.orders group by day with totals",
        "select * from silver.orders with (nolock)",
        "select * from silver.orders for version as of 1",
    ],
)
def test_a_clause_that_the_engine_would_pass_over_in_silence_is_refused(text):
    with pytest.raises(QueryRefused, match=r"does not obey|only reading"):
        read_statement(text)


@pytest.mark.parametrize("text", ["select * from read_csv('/etc/passwd')", "select * from read_parquet('x')"])
def test_files_are_not_read(text):
    with pytest.raises(QueryRefused, match="nothing else"):
        read_statement(text)


def test_with_cannot_take_the_place_of_a_table():
    with pytest.raises(QueryRefused, match="cannot hold a dot"):
        read_statement('with "silver.orders" as (select 1) select * from silver.orders')


def test_text_that_is_no_sql_is_refused_with_its_place():
    with pytest.raises(QueryRefused, match="line 1, column"):
        read_statement("select from where")
