"""Bronze keeps the shop's tables as they are: no column more, none less, each in its type."""

import re
from pathlib import Path

import pyspark.sql.types as T
import pytest

from jobs.shop_dumps import ALL_DUMPS, SOURCE
from lakehouse import FullDumps, Layer
from lakehouse.discovery import discover

PROJECT = Path(__file__).resolve().parents[3]
BRONZE = {
    each.source.table: each
    for each in discover("assets", PROJECT)
    if each.layer is Layer.BRONZE and each.source.system == SOURCE
}
NOT_READ = {"price_imports"}  # a staging table that nobody has asked for
DUMPS = [dump for dump in ALL_DUMPS if dump.table not in NOT_READ]
ADDED = {"orders": [("gift", T.BooleanType(), True, False)]}  # by a release, in the middle of the history
TYPES = {
    "bigint": T.LongType(),
    "integer": T.IntegerType(),
    "text": T.StringType(),
    "jsonb": T.StringType(),
    "boolean": T.BooleanType(),
    "date": T.DateType(),
    "timestamptz": T.TimestampType(),
    "numeric(12, 2)": T.DecimalType(12, 2),
    "numeric(6, 4)": T.DecimalType(6, 4),
    "numeric(5, 4)": T.DecimalType(5, 4),
}
TABLE = re.compile(r"^CREATE TABLE (\w+) \((?: +--[^\n]*)?$(.*?)^\);$", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r"^ {4}(\w+) +(numeric\(\d+, \d+\)|\w+)( PRIMARY KEY| NOT NULL)?", re.MULTILINE)


def database_tables():
    """Table to (column, type, may be null, is the key), as the database's schema says."""
    text = (PROJECT / "supercorp" / "schema.sql").read_text()
    return {
        table: [
            (name, TYPES[kind], not hard, hard == " PRIMARY KEY") for name, kind, hard in COLUMN.findall(body)
        ]
        + ADDED.get(table, [])
        for table, body in TABLE.findall(text)
        if table not in {"simulator_history", *NOT_READ}
    }


@pytest.mark.parametrize("table", database_tables())
def test_a_bronze_table_has_the_databases_columns_types_nulls_and_key(table):
    columns = BRONZE[table].spec.columns
    assert [(each.name, each.type, each.nullable, each.words.key) for each in columns] == database_tables()[
        table
    ]


def test_every_table_is_dumped_and_every_dump_is_read():
    assert set(BRONZE) == set(database_tables()) == {dump.table for dump in DUMPS}


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.table)
def test_a_table_is_read_as_it_is_dumped(dump):
    dataset = BRONZE[dump.table]
    assert isinstance(dataset.source, FullDumps) == (dump.kind == "full")
    assert dataset.name == f"{SOURCE}_{dump.table}"


def test_bronze_alters_nothing():
    assert all(each.function("the rows as they came") == "the rows as they came" for each in BRONZE.values())


def test_what_tells_who_a_customer_is_is_marked_personal():
    assert {column.name for column in BRONZE["customers"].spec.personal} == {
        "email",
        "full_name",
        "phone",
        "birth_date",
    }
    assert {column.name for column in BRONZE["addresses"].spec.personal} == {"line1", "postal_code"}


def test_a_vendors_address_does_not_leave_bronze():
    (email,) = BRONZE["vendors"].spec.personal
    assert (email.name, email.words.protect) == ("email", "drop")
