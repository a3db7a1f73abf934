"""A production database's schema, from its SQL or from itself, held against bronze."""

import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Field, Files, bronze
from lakehouse.change.difference import Difference, What
from lakehouse.change.producers import check_producer, gravest, system_of
from lakehouse.change.production import schema_of_sql
from lakehouse.change.usage import Usage
from lakehouse.discovery import Catalog
from lakehouse.errors import SourceError

SCHEMA = """
CREATE TABLE loans (
    id bigint PRIMARY KEY,
    reader integer NOT NULL,
    fee numeric(8, 2) NOT NULL,
    "Note" text,
    due timestamptz NOT NULL,
    CHECK (fee >= 0)
);
CREATE INDEX loans_due ON loans (due);
ALTER TABLE loans OWNER TO desk;
"""


class Loans(Contract):
    """One row per loan and load."""

    id: T.LongType() = Field(key=True)
    reader: T.LongType() = Field()
    fee: T.DecimalType(12, 2) = Field()
    Note: T.StringType() = Field(nullable=True)
    due: T.TimestampType() = Field()


@bronze(contract=Loans, source=Files("desk", "loans"), owner="team:desk")
def desk_loans(dump):
    return dump


USAGE = Usage(Catalog.of([desk_loans]), {})


def changes(migration):
    found = check_producer(USAGE, schema_of_sql(SCHEMA + migration), "desk")
    return [(each.change.what, each.change.kind, each.change.column) for each in found]


def test_a_schema_that_fits_says_nothing():
    assert changes("") == []


BREAKING, ADDITIVE = Difference.BREAKING, Difference.ADDITIVE


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        ("ALTER TABLE loans DROP COLUMN fee", [(What.COLUMN_DROPPED, BREAKING, "fee")]),
        ("ALTER TABLE loans RENAME COLUMN reader TO reader_id", [(What.COLUMN_RENAMED, BREAKING, "reader")]),
        ("ALTER TABLE loans ALTER COLUMN reader TYPE text", [(What.TYPE, BREAKING, "reader")]),
        ("ALTER TABLE loans ALTER fee TYPE numeric(8, 3)", [(What.TYPE, BREAKING, "fee")]),
        ("ALTER TABLE loans ALTER fee TYPE numeric", [(What.TYPE, BREAKING, "fee")]),
        ("ALTER TABLE loans ALTER reader TYPE bigint, ALTER fee TYPE numeric(9, 1)", []),
        ("ALTER TABLE loans ALTER COLUMN due DROP NOT NULL", [(What.NULLABLE_LOOSENED, BREAKING, "due")]),
        ("ALTER TABLE loans ADD COLUMN mail text", [(What.COLUMN_ADDED, ADDITIVE, "mail")]),
        ("ALTER TABLE loans RENAME TO lendings", [(What.TABLE_DROPPED, BREAKING, None)]),
        ("DROP TABLE loans", [(What.TABLE_DROPPED, BREAKING, None)]),
        (
            "ALTER TABLE loans DROP CONSTRAINT loans_pkey, ADD PRIMARY KEY (id, reader)",
            [(What.KEY, BREAKING, None)],
        ),
    ],
)
def test_each_migration_is_told_by_what_it_does_to_bronze(migration, expected):
    assert changes(migration) == expected


def test_it_says_for_whom_and_what_to_do():
    (found,) = check_producer(USAGE, schema_of_sql(SCHEMA.replace("fee numeric", "price numeric")), "desk")
    assert found.dataset == "bronze.desk_loans"
    assert found.advice == (
        "add price beside fee and fill both; team:desk reads price in desk_loans_v2 "
        "(`lakehouse contract new-version desk_loans`); then drop fee"
    )
    assert gravest((found,)) is BREAKING


def test_what_is_not_understood_is_an_error_and_never_passed_over():
    with pytest.raises(SourceError, match=r"not understood.*ALTER TABLE loans.*contract check --database"):
        schema_of_sql(SCHEMA + "ALTER TABLE loans ALTER COLUMN fee TYPE mad nonsense USING 1 2;")
    with pytest.raises(SourceError, match="cannot be read"):
        schema_of_sql("CREATE TABLE (")


def test_the_system_is_the_one_whose_tables_these_are():
    tables = schema_of_sql(SCHEMA)
    assert system_of(USAGE.catalog, tables, None) == "desk"
    with pytest.raises(SourceError, match=r"--system: desk"):
        system_of(USAGE.catalog, tables, "shop")
    with pytest.raises(SourceError, match="none of the tables"):
        system_of(USAGE.catalog, {}, None)
