import importlib
import importlib.util
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.discovery import discover
from lakehouse.engine import sql
from lakehouse.errors import DeclarationError, SourceError, TableError
from lakehouse.lake import Lake
from lakehouse.layers import Layer
from lakehouse.scaffold import scaffold
from lakehouse.settings import Settings
from lakehouse.testing import land

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (f"scaffolded_{number}" for number in count())
BRONZE = '''"""Refunds, as they came."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze


class ShopRefunds(Contract):
    """One row per refund and load."""

    id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(pii="email", nullable=True)
    iban: T.StringType() = Field(pii="account", protect="drop", nullable=True)
    status: T.StringType() = Field()
    amount: T.DecimalType(12, 2) = Field()
    balance: T.DecimalType(12, 2) = Field()
    note: T.StringType() = Field(nullable=True)
    asked_at: T.TimestampType() = Field()


@bronze(contract=ShopRefunds, source=Files("shop", "refunds"), owner="team:shop")
def shop_refunds(dump: DataFrame) -> DataFrame:
    return dump
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one bronze table of thirty refunds."""
    package = next(PACKAGES)
    for layer in ("bronze", "silver", "gold"):
        (tmp_path / package / layer).mkdir(parents=True)
    (tmp_path / package / "__init__.py").touch()
    (tmp_path / package / "bronze" / "shop_refunds.py").write_text(BRONZE)
    (tmp_path / "workspace.yaml").touch()
    monkeypatch.syspath_prepend(tmp_path)
    settings = Settings(_env_file=None, project=tmp_path, datasets=package)
    rows = [
        {
            "id": number,
            "email": f"ann{number}@x.example",
            "iban": f"DE{number:020d}",
            "status": ("asked", "paid", "refused")[number % 3],
            "amount": Decimal(number),
            "balance": Decimal(number - 10),
            "note": None if number % 2 else f"text of {number}",
            "asked_at": datetime(2026, 3, 5, tzinfo=UTC) + timedelta(hours=number),
            "_change": "upsert",
        }
        for number in range(30)
    ]
    gone = {"id": 3, "_change": "delete"}
    schema = pa.Table.from_pylist(rows).schema
    write_deltalake(
        settings.lake_dir / "bronze" / "shop_refunds", pa.Table.from_pylist([*rows, gone], schema)
    )
    return settings


def lake_of(settings):
    importlib.invalidate_caches()
    return Lake(settings, discover(settings.datasets, settings.project))


def module(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def assert_well_made(settings, made):
    """Both files are formatted and clean by the project's own rules."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    files = [str(made.dataset), str(made.test)]
    assert _output(ruff, "format", *config, "--diff", *files) == ""
    local = ["--config", f'lint.isort.known-first-party=["lakehouse", "{settings.datasets}"]']
    ignored = ["--ignore", "D103,INP001,ANN,S101,PLR2004"]
    assert _output(ruff, "check", *config, "--quiet", *local, *ignored, *files) == ""


def _output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_silver_table_is_proposed_from_bronze_and_its_test_passes(project, spark):
    made = scaffold(lake_of(project), Layer.SILVER, "refunds", table="shop_refunds")

    text = made.dataset.read_text()
    assert made.rows == 30
    assert "    id: T.LongType() = Field(key=True)" in text
    assert '    email: T.StringType() = Field(description="a pseudonym")' in text
    assert "iban" not in text
    assert '    status: T.StringType() = Field(isin=["asked", "paid", "refused"])' in text
    assert "    amount: T.DecimalType(12, 2) = Field(ge=0)" in text
    assert "    balance: T.DecimalType(12, 2) = Field()" in text
    assert "    note: T.StringType() = Field(nullable=True)" in text
    assert "# Proposed: the smallest of 30 values is 0. Can it be negative?" in text
    assert 'write=Upsert(sequence_by=("source_position", "source_order"))' in text
    assert_well_made(project, made)
    assert lake_of(project).catalog["silver.refunds"].owner == "team:shop"
    module(made.test, "test_refunds").test_refunds_keeps_its_contract(spark)


def test_gold_by_day_and_a_second_silver_read_what_was_scaffolded(project, spark):
    scaffold(lake_of(project), Layer.SILVER, "refunds", table="shop_refunds")
    columns = "id, email, status, amount, balance, note, asked_at, id AS source_position, id AS source_order"
    rows = sql.query(project, f"SELECT {columns} FROM bronze.shop_refunds WHERE _change = 'upsert'")
    write_deltalake(project.lake_dir / "silver" / "refunds", rows)
    lake = lake_of(project)

    daily = scaffold(lake, Layer.GOLD, "daily_refunds", table="silver.refunds")
    paid = scaffold(lake, Layer.SILVER, "paid_refunds", table="refunds", owner="ann@x.example")

    text = daily.dataset.read_text()
    assert 'partitions=daily("day", start="2026-03-05")' in text
    assert "    amount: T.DecimalType(22, 2) = Field(ge=0)" in text
    assert 'reads={"refunds": window("asked_at")}' in text
    assert 'reads={"refunds": keys("id")}' in paid.dataset.read_text()
    catalog = lake_of(project).catalog
    assert {"daily_refunds", "paid_refunds"} <= set(catalog.datasets)
    for made in (daily, paid):
        assert_well_made(project, made)
        name = made.dataset.stem
        getattr(module(made.test, f"test_{name}"), f"test_{name}_keeps_its_contract")(spark)


def test_bronze_is_proposed_from_the_files_in_the_bucket(project, spark):
    rows = [
        {
            "id": number,
            "email": "a@x.example",
            "zip": "01234",
            "price": f"{number}.5",
            "open": True,
            "day": "2026-01-02",
            "seen_at": "2026-01-02T03:04:05Z",
            "items": [1, 2],
            "left": None,
        }
        for number in range(3)
    ]
    lake = lake_of(project)
    land(lake, "crm", "tickets", [*rows, "broken{"], position=1, kind="full")

    made = scaffold(lake, Layer.BRONZE, "crm_tickets", source="crm.tickets", owner="team:crm")

    text = made.dataset.read_text()
    for line in (
        "id: T.LongType() = Field(key=True)",
        'email: T.StringType() = Field(pii="email")',
        "zip: T.StringType() = Field()",
        "price: T.DecimalType(12, 1) = Field()",
        "open: T.BooleanType() = Field()",
        "day: T.DateType() = Field()",
        "seen_at: T.TimestampType() = Field()",
        "items: T.StringType() = Field()",
        "left: T.StringType() = Field(nullable=True)",
        'source=FullDumps("crm", "tickets")',
    ):
        assert f"    {line}" in text
    assert "x.example" not in text + made.test.read_text()
    assert_well_made(project, made)
    assert "crm_tickets" in lake_of(project).catalog.datasets
    module(made.test, "test_crm_tickets").test_crm_tickets_keeps_its_contract(spark)


def test_nothing_is_overwritten(project):
    lake = lake_of(project)
    made = scaffold(lake, Layer.SILVER, "refunds", table="shop_refunds")
    made.dataset.unlink()

    with pytest.raises(DeclarationError, match=r"tests/.*test_refunds.py: the file is there already"):
        scaffold(lake, Layer.SILVER, "refunds", table="shop_refunds")
    assert not made.dataset.exists()


@pytest.mark.parametrize(
    ("layer", "name", "words", "says"),
    [
        (Layer.SILVER, "shop_refunds", {"table": "shop_refunds"}, "is bronze.shop_refunds"),
        (Layer.SILVER, "Refunds", {"table": "shop_refunds"}, "lower-case"),
        (Layer.SILVER, "refunds", {"table": "shop_refund"}, "bronze.shop_refunds"),
        (Layer.SILVER, "refunds", {"source": "shop.refunds"}, "--from TABLE"),
        (Layer.GOLD, "refunds", {"table": "shop_refunds"}, "may not read bronze"),
        (Layer.BRONZE, "refunds", {"source": "shop.refunds"}, "--owner"),
        (Layer.BRONZE, "other", {"source": "a.b", "owner": "team:a"}, "no load in the bucket"),
    ],
)
def test_a_mistake_is_one_clear_error(project, layer, name, words, says):
    with pytest.raises((DeclarationError, SourceError), match=says):
        scaffold(lake_of(project), layer, name, **words)


def test_a_table_that_was_never_built_cannot_be_looked_at(project):
    shutil.rmtree(project.lake_dir / "bronze" / "shop_refunds")
    with pytest.raises(TableError, match=r"there is no table to look at.*lakehouse run \+shop_refunds"):
        scaffold(lake_of(project), Layer.SILVER, "refunds", table="shop_refunds")
