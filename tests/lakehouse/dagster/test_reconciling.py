"""The check that holds silver against its database: where the catalog has it, when it runs, what it says."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import psycopg
import pytest

from lakehouse.dagster import reconciling
from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.reconciling import CHECK, reconciliation_checks
from lakehouse.testing import land, small_lake
from lakehouse.trust.reconciliation import comparing
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from supercorp.postgres import Postgres
from tests.lakehouse.capture.changes.lake_of_things import DATASETS, days, s_days, things

KEY = dg.AssetCheckKey(dg.AssetKey(["silver", "days"]), CHECK)
NOBODY = {"s": "postgresql://nobody@127.0.0.1:1/none"}


def asked_for(lake):
    """A run of the check, as when somebody executes it in the catalog."""
    job = dg.define_asset_job("asked_for", selection=dg.AssetSelection.checks(KEY))
    return build_definitions(lake, jobs=[job]).resolve_job_def("asked_for")


def test_without_a_database_to_compare_with_there_is_no_check(tmp_path):
    assert reconciliation_checks(small_lake(tmp_path, *DATASETS)) == []


def test_every_table_that_mirrors_one_of_the_source_has_the_check_and_none_of_them_blocks(tmp_path):
    (checks,) = reconciliation_checks(small_lake(tmp_path, *DATASETS, source_databases=NOBODY))
    assert {key.asset_key.path[-1] for key in checks.check_keys} == {days.name, things.name}
    assert not any(spec.blocking for spec in checks.check_specs)


def test_it_runs_at_night_and_not_whenever_the_table_is_written(tmp_path):
    definitions = build_definitions(small_lake(tmp_path, *DATASETS, source_databases=NOBODY))
    asked, cursor = [], None
    with dg.DagsterInstance.ephemeral() as instance:
        for hours in (0, 1, 5):
            moment = datetime(2026, 3, 1, 22, tzinfo=UTC) + timedelta(hours=hours)
            found = dg.evaluate_automation_conditions(
                definitions, instance=instance, cursor=cursor, evaluation_time=moment
            )
            cursor = found.cursor
            asked.append({each.key for each in found.results if each.true_subset.size})
            instance.report_runless_asset_event(dg.AssetMaterialization(KEY.asset_key))
    assert asked == [set(), set(), {KEY, KEY._replace(asset_key=dg.AssetKey(["silver", "things"]))}]


@pytest.fixture(scope="module")
def held(spark, tmp_path_factory):
    """The check's run on a table of two keys, of which the database has another one and lacks one."""
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as running:
        Path(folder).chmod(0o755)
        url = running.start(Path(folder)).url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE days (id int, day date)")
            connection.execute("INSERT INTO days VALUES (1, '2026-05-05'), (3, '2026-05-07')")
        lake = small_lake(tmp_path_factory.mktemp("held"), *DATASETS, source_databases={"s": url})
        rows = [{"id": 1, "day": "2026-05-05"}, {"id": 2, "day": "2026-05-06"}]
        land(lake, "s", "days", rows, position=2**60)  # after all that the database's log has
        for dataset in (s_days, days):
            write(lake, spark, dataset, Request("run"))
        yield asked_for(lake).execute_in_process()


def test_the_verdict_is_in_the_catalog_with_counts_and_keys(held):
    (verdict,) = held.get_asset_check_evaluations()
    assert held.success
    assert (verdict.asset_check_key, verdict.passed, verdict.blocking) == (KEY, False, False)
    assert verdict.description == "s.days keys=2 differ=1 lost=1 doubled=0"
    assert {name: each.value for name, each in verdict.metadata.items()} == {
        "keys": 2,
        "differ": 1,
        "lost": 1,
        "doubled": 0,
        "explained": {},
        "some of the keys": "2, 20579 (differ); 3, 20580 (lost)",
    }


def test_a_database_that_is_away_is_a_failure_that_names_it(tmp_path, monkeypatch):
    lake = small_lake(tmp_path, *DATASETS, source_databases=NOBODY)
    monkeypatch.setattr(reconciling, "known_pairs", lambda *_: [SimpleNamespace(silver=days)])
    monkeypatch.setattr(comparing, "pairs", lambda *_: ())
    with pytest.raises(dg.Failure, match=r"not compared: s: .*no connection to the database"):
        asked_for(lake).execute_in_process()
