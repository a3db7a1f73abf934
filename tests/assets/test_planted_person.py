"""A person planted everywhere in SuperCorp's sources stands nowhere after bronze, and nowhere once erased."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lakehouse.cli import app
from lakehouse.dagster.running import Status, run_lake
from lakehouse.engine.sql import query
from lakehouse.lake import Lake
from lakehouse.settings import load_settings
from lakehouse.testing import rows_in
from lakehouse.trust import inspection
from lakehouse.trust.erasure import erasing
from lakehouse.trust.search import search
from tests.assets.planted_person import ID, TELLING, land_again, land_everything
from tests.conftest import PROJECT, PSEUDONYM_KEY

BRONZE = ("shop_customers", "shop_addresses", "shop_orders", "help_desk_tickets", "web_events")
LATER = ("customers", "orders", "tickets", "ticket_messages", "events", "daily_new_customers")


@pytest.fixture(scope="module")
def lake(spark, machine, tmp_path_factory):
    """The lake of the real datasets that she comes into, run by Dagster; the command line finds it too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        patch.setenv("LAKEHOUSE_VAR", str(tmp_path_factory.mktemp("person")))
        patch.setenv("LAKEHOUSE_SPARK_PROFILE", "test")
        patch.setenv("LAKEHOUSE_PSEUDONYM_KEY", PSEUDONYM_KEY)
        patch.setenv("LAKEHOUSE_FEEDS", '{"shop": "shop_changes"}')
        if machine["jars"]:
            patch.setenv("LAKEHOUSE_JARS", str(machine["jars"]))
        lake = Lake.load(load_settings())
        land_everything(lake)
        report = run_lake(lake, [*BRONZE, *LATER])
        assert [each.problem for each in report.of(Status.FAILED)] == []
        yield lake


def told_in(lake: Lake, *folders: Path) -> list[Path]:
    return sorted({each.path for each in search(folders or [lake.settings.var_dir], TELLING)})


def said(*args: str) -> str:
    done = CliRunner().invoke(app, ["erase", *args])
    assert done.exit_code == 0, done
    return done.output


def test_she_is_in_bronze_and_in_quarantine_and_nowhere_after_that(lake):
    settings = lake.settings
    assert told_in(lake, settings.lake_dir / "bronze")
    aside = {each.name: inspection.rows(lake, each) for each in lake.catalog}
    assert {name for name, rows in aside.items() if rows} >= {
        "shop_customers",
        "web_events",
        "events",
        "orders",
    }
    layers = [settings.lake_dir / layer for layer in ("silver", "gold", "serving")]
    assert told_in(lake, *layers) == []
    assert told_in(lake, settings.log_dir, settings.dagster_home, settings.var_dir / "alerts") == []
    listings = str(
        [aside, inspection.summaries(lake), query(settings, "SELECT * FROM ops.commits").to_pylist()]
    )
    assert [word for word in TELLING if word in listings] == []


def test_erased_by_the_command_line_she_is_out_of_every_newest_version(lake):
    told = said("--customer", str(ID))
    assert "bronze.shop_customers: 2 rows erased" in told
    assert "silver.orders: 1 rows edited" in told
    assert "physically gone from" in told
    assert "logically gone, physically due on" in said("--status")
    assert rows_in(lake.table(lake.catalog["customers"]), "customer_id") == [(2,)]
    assert {row[0] for row in rows_in(lake.table(lake.catalog["orders"]), "customer_id")} == {2, None}
    assert told_in(lake, lake.settings.bucket_dir) == []
    assert "nothing to finish" in said("--finish")


def test_after_the_retention_no_byte_tells_of_her(lake, monkeypatch):
    assert told_in(lake)  # in older versions, and in the order
    monkeypatch.setattr(erasing, "RETENTION", timedelta())
    told = said("--finish")
    assert "physically gone; every byte" in told
    assert "no erasure is under way" in told
    assert told_in(lake) == []
    (_, proof) = query(
        lake.settings, "SELECT event, found_in_files FROM ops.erasures ORDER BY at"
    ).to_pylist()
    assert proof == {"event": "physically gone", "found_in_files": 0}


def test_what_sources_still_say_of_her_and_a_reload_bring_nobody_back(lake):
    land_again(lake)
    again = ("shop_customers", "help_desk_tickets", "customers", "ticket_messages")
    assert run_lake(lake, again).ok
    assert run_lake(lake, ("help_desk_tickets", "ticket_messages"), rebuild=True).ok
    assert rows_in(lake.table(lake.catalog["customers"]), "customer_id") == [(2,)]
    assert {row[0] for row in rows_in(lake.table(lake.catalog["ticket_messages"]), "ticket_id")} == {2, 4}
    found = told_in(lake, lake.settings.lake_dir, lake.settings.log_dir, lake.settings.dagster_home)
    assert found == []
