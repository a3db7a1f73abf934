"""A source that changes is met alike, whether it comes as CSV, as workbooks or as captured changes."""

import csv
import os

import openpyxl
import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Evolution, Field, Files, Workbooks, bronze
from lakehouse.sources import FileFormat
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing.drift import changes_of
from lakehouse.writing.path import write
from lakehouse.writing.request import Request

AS_DECLARED = [{"id": 1, "total": "1.00", "coupon": "SPRING"}]
OTHERWISE = [
    {"id": number, "total": f"about {number}", "coupons": "FALL", "gift": "yes"} for number in (2, 3, 4)
]


def as_csv(lake, number, rows):
    with place(lake, f"{number}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    os.utime(file.name, (number, number))


def as_workbook(lake, number, rows):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Orders"
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        sheet.append(row)
    book.save(place(lake, f"{number}.xlsx"))


def as_changes(lake, number, rows):
    """Of a capture: an insert for each row, and a delete of something, which lacks every other column."""
    lines = [change(number, "c", {"id": row["id"]}, row) for row in rows]
    lines.append(change(number, "d", {"id": 100 + number}, None))
    kind, what = ("full", "snapshot") if number == 1 else ("incremental", "changes")
    if number == 1:
        lines = [change(number, "r", {"id": row["id"]}, row) for row in rows]
    land(lake, "shop", "orders", lines, position=number, kind=kind, load_id=f"orders-{number:016x}-{what}")


def change(number, op, key, after):
    source = {"lsn": number, "ts_us": 0, "sequence": f'["{number}","{number}"]'}
    return {"key": key, "op": op, "before": None, "after": after, "source": source}


def place(lake, name):
    folder = lake.settings.bucket_dir / "shop" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


FORMS = {
    "csv": (Files("shop", "orders", format=FileFormat.CSV), as_csv),
    "workbook": (Workbooks("shop", "orders", sheet="Orders", header="id"), as_workbook),
    "changes": (Files("shop", "orders"), as_changes),
}


def orders_by(policy, source):
    class Orders(Contract):
        """One row per order and load."""

        id: T.LongType() = Field(key=True)
        total: T.DecimalType(12, 2) = Field(nullable=True)
        coupon: T.StringType() = Field(nullable=True)

        __evolution__ = policy

    return bronze(contract=Orders, source=source, owner="team:shop")(shop_orders)


def shop_orders(load):
    return load


@pytest.fixture(params=FORMS)
def outcome(request, spark, tmp_path):
    """Writes a load as it is declared and one with everything otherwise, under a policy."""
    source, put = FORMS[request.param]

    def of(policy):
        dataset = orders_by(policy, source)
        lake = small_lake(tmp_path, dataset)
        put(lake, 1, AS_DECLARED)
        put(lake, 2, OTHERWISE)
        return lake.table(dataset), write(lake, spark, dataset, Request("run"))

    return of


def upserts(table, *columns):
    told = rows_in(table, "_change", "id", "cast(total as varchar)", "coupon", *columns)
    return sorted(row[1:] for row in told if row[0] == "upsert")


def said(outcome):
    return sorted(str(change) for change in changes_of(outcome.record))


def test_a_table_that_evolves_keeps_what_is_new_as_text_and_says_what_was_perhaps_renamed(outcome):
    table, done = outcome(Evolution(retyped="evolve"))
    assert upserts(table, "_extra_coupons", "_extra_gift", "_extra_total") == [
        (1, "1.00", "SPRING", None, None, None),
        *((number, None, None, "FALL", "yes", f"about {number}") for number in (2, 3, 4)),
    ]
    assert said(done) == [
        "coupon is missing in 3 rows: null there",
        "coupons is new in 3 rows: _extra_coupons; perhaps coupon was renamed to it",
        "gift is new in 3 rows: _extra_gift",
        "total has values of another type in 3 rows: _extra_total",
    ]


def test_a_frozen_contract_takes_what_is_as_declared_and_leaves_the_rest_in_the_bucket(outcome):
    table, done = outcome("freeze")
    assert upserts(table) == [(1, "1.00", "SPRING")]
    (problem,) = done.held
    for words in (
        "coupons is new in 3 rows",
        "gift is new",
        "coupon is missing",
        "total has values of another",
    ):
        assert words in problem


@pytest.mark.parametrize("outcome", ["csv", "changes"], indirect=True)
def test_what_is_discarded_is_told_and_nowhere_in_the_table(outcome):
    table, done = outcome("discard")
    assert upserts(table, "_rescued") == [
        (1, "1.00", "SPRING", None),
        *((number, None, None, None) for number in (2, 3, 4)),
    ]
    assert [line for line in said(done) if "dropped" in line] == [
        "coupons is new in 3 rows: dropped; perhaps coupon was renamed to it",
        "gift is new in 3 rows: dropped",
        "total has values of another type in 3 rows: dropped",
    ]
