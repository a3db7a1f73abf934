"""The first lake from end to end: a real database, its dumps, every table; compared with what was planted."""

import json
import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.shop_dumps import capture_history, fed_by_the_shop
from lakehouse.discovery import Catalog, discover
from lakehouse.engine import deltalog
from lakehouse.engine.sql import query
from lakehouse.lake import Lake
from lakehouse.settings import Settings
from lakehouse.telling.logs import start_logging
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from supercorp.database import connect
from supercorp.postgres import Postgres
from tests.truth.findings.dirt import PLANTED, set_aside

PROJECT = Path(__file__).resolve().parents[2]
SILVER = {
    "customers": "customer_id",
    "addresses": "address_id",
    "products": "product_id",
    "orders": "order_id",
    "order_lines": "order_line_id",
    "payments": "payment_id",
}
pytestmark = pytest.mark.system


def write_all(lake, spark, run):
    with start_logging(lake.settings, run):
        return [write(lake, spark, dataset, Request(run=run)) for dataset in lake.catalog]


@pytest.fixture(scope="module")
def company(spark, machine, tmp_path_factory):
    """The lake, built once; beside it the truth, and what the database holds at the end."""
    var = tmp_path_factory.mktemp("first_lake")
    key = "a key for this lake alone: 0123456789"
    settings = Settings(
        _env_file=None, project=PROJECT, var=var, spark_profile="test", pseudonym_key=key, **machine
    )
    lake, truth = Lake(settings, Catalog.of(fed_by_the_shop(discover("assets", PROJECT)))), var / "truth.json"
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as server:
        Path(folder).chmod(0o755)
        url = server.start(Path(folder)).url
        capture_history(url, settings.bucket_dir, "tiny", 7, truth_file=truth, say=lambda _: None)
        with connect(url) as database:
            ids = {table: column(database, table, "id") for table in SILVER}
            personal = {
                *column(database, "customers", "email"),
                *column(database, "customers", "full_name"),
                *column(database, "customers", "phone"),
                *column(database, "addresses", "line1"),
            } - {None}
    first = write_all(lake, spark, "first")
    return SimpleNamespace(
        lake=lake, truth=json.loads(truth.read_text()), ids=ids, personal=personal, first=first
    )


def column(database: psycopg.Connection, table: str, name: str) -> set:
    return {value for (value,) in database.execute(f"SELECT {name} FROM {table}").fetchall()}


def rows(company, text):
    return query(company.lake.settings, text).to_pylist()


@pytest.fixture(scope="module")
def aside(company):
    """The ids set aside, by table and broken rule; an id may wait in several versions."""
    return set_aside(company.lake)[0]


def test_every_table_was_written(company):
    assert [each.dataset for each in company.first if not each.wrote] == []
    assert [problem for each in company.first for problem in each.problems] == []


def test_every_kind_of_planted_dirt_is_set_aside_and_nothing_else(company, aside):
    dirt = company.truth["dirt"]
    assert set(dirt) == set(PLANTED)
    wanted = {PLANTED[kind][:2]: set(planted["ids"]) for kind, planted in dirt.items()}
    # A payment for no order is one over nothing, too.
    wanted["silver.payments", "amount__gt"] = set(dirt["orphan_payment"]["ids"])
    assert aside == wanted
    assert {kind: len(aside[PLANTED[kind][:2]]) for kind in dirt} == {
        kind: planted["rows"] for kind, planted in dirt.items()
    }


@pytest.mark.parametrize("name", SILVER)
def test_silver_holds_the_databases_rows_less_those_set_aside(company, name):
    planted = [each["ids"] for each in company.truth["dirt"].values() if each["table"] == name]
    wanted = company.ids[name].difference(*planted)
    found = [row["id"] for row in rows(company, f"SELECT {SILVER[name]} AS id FROM silver.{name}")]
    assert len(found) == len(wanted)
    assert set(found) == wanted
    assert len(company.ids[name]) == company.truth["rows"][name]


def test_the_forgotten_are_gone(company):
    forgotten = set(company.truth["forgotten_customers"])
    assert forgotten
    held = {row["customer_id"] for row in rows(company, "SELECT customer_id FROM silver.customers")}
    assert not held & forgotten


def test_daily_sales_are_the_orders_that_were_placed(company):
    wanted = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0)])
    for cell in company.truth["orders"]:
        total, returned, revenue = (
            wanted[cell["day"], cell["channel"]],
            cell["status"] == "returned",
            Decimal(cell["revenue"]),
        )
        total[0] += cell["orders"]
        total[1] += cell["orders"] * returned
        total[2] += revenue
        total[3] += revenue * (not returned)
    found = rows(
        company, "SELECT day, channel, orders, returned, revenue, revenue_kept FROM gold.daily_sales"
    )
    assert {
        (row["day"].isoformat(), row["channel"]): [
            row["orders"],
            row["returned"],
            row["revenue"],
            row["revenue_kept"],
        ]
        for row in found
    } == dict(wanted)
    assert len(found) == len(wanted)


def test_new_customers_are_those_registered_and_still_known(company):
    wanted = {
        (cell["day"], cell["channel"]): cell["registered"] - cell["forgotten"] - cell["malformed_email"]
        for cell in company.truth["customers"]
    }
    found = rows(company, "SELECT day, channel, new_customers FROM gold.daily_new_customers")
    assert {(row["day"].isoformat(), row["channel"]): row["new_customers"] for row in found} == {
        cell: count for cell, count in wanted.items() if count
    }


def test_a_customers_history_is_one_interval_after_another(company):
    versions = defaultdict(list)
    for row in rows(company, "SELECT * FROM silver.customers_history ORDER BY customer_id, valid_from"):
        versions[row["customer_id"]].append(row)
    assert max(map(len, versions.values())) > 1
    for chain in versions.values():
        ends = [row["valid_to"] for row in chain]
        assert all(row["is_current"] == (row["valid_to"] is None) for row in chain)
        assert all(row["valid_to"] is None or row["valid_from"] < row["valid_to"] for row in chain)
        assert all(
            end is not None and end <= row["valid_from"] for end, row in zip(ends, chain[1:], strict=False)
        )


def test_the_current_versions_are_the_customers(company):
    columns = "customer_id, email, phone, channel, country, marketing_consent, registered_at"
    current = rows(company, f"SELECT {columns} FROM silver.customers_history WHERE is_current ORDER BY 1")
    assert current == rows(company, f"SELECT {columns} FROM silver.customers ORDER BY 1")


def texts(file):
    """Every text in a parquet file, however deep and however compressed."""
    table = pq.ParquetFile(file).read()
    pending = [chunk for column in table.columns for chunk in column.chunks]
    while pending:
        part = pending.pop()
        if pa.types.is_struct(part.type):
            pending += part.flatten()
        elif pa.types.is_list(part.type):
            pending.append(part.flatten())
        elif pa.types.is_map(part.type):
            pending += [part.keys, part.items]
        elif pa.types.is_string(part.type) or pa.types.is_large_string(part.type):
            yield from (text for text in part.to_pylist() if text)


def leaks(folder, personal):
    """The personal values found under a folder: in the bytes of every file, and in the texts of tables."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    words = {value.encode() for value in personal}
    in_bytes = {word.decode() for file in files for word in words if word in file.read_bytes()}
    held = "\n".join({text for file in files if file.suffix == ".parquet" for text in texts(file)})
    return in_bytes | {value for value in personal if value in held}


def test_no_personal_value_is_past_bronze_nor_in_the_logs(company):
    settings = company.lake.settings
    assert len(leaks(settings.lake_dir / "bronze", company.personal)) == len(company.personal)
    for folder in (settings.lake_dir / "silver", settings.lake_dir / "gold", settings.log_dir):
        assert any(folder.rglob("*"))
        assert leaks(folder, company.personal) == set()


def test_a_personal_value_is_nowhere_in_what_sql_shows_past_bronze(company):
    for dataset in company.lake.catalog:
        if not dataset.layer.holds_personal_data:
            values = {
                str(value)
                for row in rows(company, f"SELECT * FROM {dataset.full_name}")
                for value in row.values()
            }
            assert not values & company.personal


def test_a_second_pass_writes_nothing(company, spark):
    lake = company.lake
    before = {each.name: deltalog.version(lake.table(each)) for each in lake.catalog}
    assert [each.dataset for each in write_all(lake, spark, "second") if each.wrote] == []
    assert before == {each.name: deltalog.version(lake.table(each)) for each in lake.catalog}
