"""Queries outside of the graph are read, and resolved against the contracts."""

import pytest

from lakehouse.change.queries import registered_queries
from lakehouse.discovery import Catalog

from .conftest import datasets

HEAD = "-- owner: team:finance\n-- used by: the monthly sheet\n"


@pytest.fixture
def read(tmp_path):
    """The one query of a project."""

    def query(text, before=None, head=HEAD):
        (tmp_path / "consumers").mkdir(exist_ok=True)
        (tmp_path / "consumers" / "sheet.sql").write_text(head + text)
        (found,) = registered_queries(tmp_path, Catalog.of(datasets()), before)
        return found

    return query


def test_a_query_says_whose_it_is(read):
    found = read("select 1")
    assert (found.name, found.owner, found.used_by) == ("sheet", "team:finance", "the monthly sheet")


def test_nobodys_query_is_a_problem(read):
    assert "names no owner" in read("select 1", head="").problems[0]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("select day from gold.revenue where revenue > 0", {"revenue.day", "revenue.revenue"}),
        ("select * from gold.revenue", {"revenue.day", "revenue.revenue", "revenue._run_id"}),
        ("select r.day d from gold.revenue r order by d", {"revenue.day"}),
        ("with x as (select total t from silver.orders) select t from x", {"orders.total"}),
        (
            "select o.id from silver.orders o join gold.revenue r on date(o.placed_at) = r.day",
            {"orders.id", "orders.placed_at", "revenue.day"},
        ),
        (
            "select id from silver.orders where exists (select 1 from gold.revenue where revenue = total)",
            {"orders.id", "orders.total", "revenue.revenue"},
        ),
        (
            "select id from silver.orders union all select id from bronze.shop_orders",
            {"orders.id", "shop_orders.id"},
        ),
        ("select run_id from ops.commits", {"commits.run_id"}),
        ("select sum(total) over (partition by id) from silver.orders", {"orders.id", "orders.total"}),
        ('select "Day" from (select day as "Day" from gold.revenue) x', {"revenue.day"}),
    ],
)
def test_its_columns_are_found_wherever_they_stand(read, text, columns):
    found = read(text)
    assert found.problems == ()
    used = {f"{table.partition('.')[2]}.{column}" for table, column in found.uses}
    assert used - {"revenue._transformed_at"} == columns


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("select nothing from gold.revenue", "found nothing"),
        ("select r.nothing from gold.revenue r", "found nothing"),
        ("select day from gold.sales", "found gold.sales"),
        ("select from where", "cannot be read"),
        ("select a.id, nothing from silver.orders a join gold.revenue b on true", "found nothing"),
    ],
)
def test_what_no_contract_declares_is_a_problem_that_names_it(read, text, problem):
    problems = read(text).problems
    assert len(problems) == 1
    assert problem in problems[0]
    assert "consumers/sheet.sql" in problems[0]


def test_a_column_that_was_there_before_is_still_used_and_no_problem(read):
    found = read("select cost from gold.revenue", {"gold.revenue": ["cost", "day"]})
    assert found.uses == {("gold.revenue", "cost")}
    assert found.problems == ()


def test_two_statements_are_both_read(read):
    found = read("select day from gold.revenue; select id from silver.orders")
    assert found.uses == {("gold.revenue", "day"), ("silver.orders", "id")}
