"""The road alone builds a lake for somebody else: a library that lends books."""

from decimal import Decimal

import pyspark.sql.types as T
import pytest
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    FullDumps,
    ReplaceWindow,
    Snapshot,
    Upsert,
    bronze,
    changes,
    gold,
    hours,
    monthly,
    silver,
    whole,
    window,
)
from lakehouse.engine.sql import query
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request


class DeskReaders(Contract):
    """One row per reader and change between two dumps."""

    card: T.LongType() = Field(key=True)
    name: T.StringType() = Field(pii="name")
    branch: T.StringType() = Field()


class DeskLoans(Contract):
    """One row per loan and report of it."""

    loan: T.LongType() = Field()
    card: T.LongType() = Field()
    lent_on: T.DateType() = Field()
    fine: T.DecimalType(6, 2) = Field(nullable=True)


class Readers(Contract):
    """One row per reader."""

    card: T.LongType() = Field(key=True)
    name: T.StringType() = Field(str_length=64, description="a pseudonym")
    branch: T.StringType() = Field(isin=["north", "south"])
    dumped: T.LongType() = Field()


class Loans(Contract):
    """One row per loan."""

    loan: T.LongType() = Field(key=True)
    card: T.LongType() = Field()
    lent_on: T.DateType() = Field()
    fine: T.DecimalType(6, 2) = Field(ge=0)
    reported: T.LongType() = Field()


class MonthlyLoans(Contract):
    """One row per month with loans."""

    month: T.DateType() = Field(key=True)
    loans: T.LongType() = Field(gt=0)
    fines: T.DecimalType(12, 2) = Field()


class Branches(Contract):
    """One row per branch with readers."""

    branch: T.StringType() = Field(key=True)
    readers: T.LongType() = Field(gt=0)


@bronze(contract=DeskReaders, source=FullDumps("desk", "readers"), owner="team:desk", freshness=hours(26))
def desk_readers(dump):
    return dump


@bronze(contract=DeskLoans, source=Files("desk", "loans"), owner="team:desk", freshness=hours(26))
def desk_loans(dump):
    return dump


@silver(contract=Readers, write=Upsert("dumped"), owner="team:desk", reads={"desk_readers": changes()})
def readers(desk_readers):
    return desk_readers.select("card", "name", "branch", F.col("_position").alias("dumped"), "_change")


@silver(contract=Loans, write=Upsert("reported"), owner="team:desk", reads={"desk_loans": changes()})
def loans(desk_loans):
    fine = F.coalesce("fine", F.lit(0).cast("decimal(6, 2)")).alias("fine")
    return desk_loans.select("loan", "card", "lent_on", fine, F.col("_position").alias("reported"))


@gold(
    contract=MonthlyLoans,
    write=ReplaceWindow(),
    owner="chief@library.example",
    partitions=monthly("month", start="2026-01-01"),
    reads={"loans": window("lent_on")},
)
def monthly_loans(loans):
    month = F.trunc("lent_on", "month").alias("month")
    fines = F.sum("fine").cast("decimal(12, 2)").alias("fines")
    return loans.groupBy(month).agg(F.count(F.lit(1)).alias("loans"), fines)


@gold(contract=Branches, write=Snapshot(), owner="chief@library.example", reads={"readers": whole()})
def branches(readers):
    return readers.groupBy("branch").agg(F.count(F.lit(1)).alias("readers"))


ANN, BOB = (
    {"card": 1, "name": "Ann Lee", "branch": "north"},
    {"card": 2, "name": "Bob Ray", "branch": "south"},
)
LOST = {"card": 3, "name": "Eve Fox", "branch": "east"}
FIRST = [
    {"loan": 1, "card": 1, "lent_on": "2026-01-30"},
    {"loan": 2, "card": 2, "lent_on": "2026-02-01", "fine": "1.50"},
    {"loan": 3, "card": 2, "lent_on": "2026-02-02", "fine": "-9.00"},
    "a torn line",
]


@pytest.fixture(scope="module")
def library(spark, machine, tmp_path_factory):
    """The lake after the first day, and after a second on which a reader left."""
    lake = small_lake(
        tmp_path_factory.mktemp("library"), desk_readers, desk_loans, readers, loans, monthly_loans, branches
    )
    shown = []
    land(lake, "desk", "loans", FIRST, position=1)
    for position, people in enumerate([[ANN, BOB, LOST], [ANN]], start=1):
        land(lake, "desk", "readers", people, position=position, kind="full")
        outcomes = {
            each.name: write(lake, spark, each, Request(run=f"day {position}")) for each in lake.catalog
        }
        tables = {each.name: _rows(lake, each) for each in lake.catalog}
        shown.append((outcomes, tables))
    return lake, shown


def _rows(lake, dataset):
    columns = ", ".join(dataset.spec.column_names)
    found = query(lake.settings, f"SELECT {columns} FROM {dataset.full_name} ORDER BY 1").to_pylist()
    return [
        tuple(str(value) if hasattr(value, "isoformat") else value for value in row.values()) for row in found
    ]


def test_a_lake_of_its_own_is_built_from_its_loads(library):
    _, ((outcomes, tables), _) = library
    assert all(each.wrote for each in outcomes.values())
    assert [(card, branch) for card, _, branch, _ in tables["readers"]] == [(1, "north"), (2, "south")]
    assert tables["branches"] == [("north", 1), ("south", 1)]
    assert tables["monthly_loans"] == [("2026-01-01", 1, Decimal("0.00")), ("2026-02-01", 1, Decimal("1.50"))]


def test_what_breaks_its_contract_steps_aside(library):
    _, ((outcomes, _), _) = library
    aside = {
        name: each.record.rows_quarantined for name, each in outcomes.items() if each.record.rows_quarantined
    }
    assert aside == {"desk_loans": 1, "readers": 1, "loans": 1}


def test_the_next_day_changes_what_it_changed_and_nothing_else(library):
    _, ((_, before), (outcomes, tables)) = library
    assert {name for name, each in outcomes.items() if each.wrote} == {"desk_readers", "readers", "branches"}
    assert tables["branches"] == [("north", 1)]
    assert tables["monthly_loans"] == before["monthly_loans"]


def test_names_stay_in_bronze(library):
    lake, (_, (_, tables)) = library
    assert "Ann Lee" in {name for _, name, _ in tables["desk_readers"]}
    shown = str([tables[each.name] for each in lake.catalog if not each.layer.holds_personal_data])
    assert not [name for name in ("Ann", "Bob", "Eve") if name in shown]
