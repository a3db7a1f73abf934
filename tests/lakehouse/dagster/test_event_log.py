"""Our event log beside Dagster's own: the same files, read by either."""

import shutil
import subprocess
import sys
from threading import Event

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from lakehouse.dagster.event_log import SqliteEventLog
from lakehouse.dagster.home import DAGSTER_YAML, at_home

ADD_A_PARTITION = """
import dagster as dg
with dg.DagsterInstance.get() as instance:
    instance.add_dynamic_partitions("of", ["a"])
"""


@dg.asset(check_specs=[dg.AssetCheckSpec("sound", asset="prices")])
def prices():
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="sound", passed=True)])


def told(instance):
    """What an instance says of the asset's one run."""
    run = instance.get_runs()[0]
    key = dg.AssetCheckKey(dg.AssetKey("prices"), "sound")
    check = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    seen = instance.get_latest_materialization_event(dg.AssetKey("prices"))
    return run.status, [entry.message for entry in instance.all_logs(run.run_id)], check.status, seen.run_id


@pytest.fixture
def run(settings):
    """One run of the asset, logged by our class."""
    with at_home(settings), dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, SqliteEventLog)
        job = dg.Definitions([prices]).resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(instance=instance).success
        return told(instance)


def test_dagsters_own_class_reads_what_ours_has_written(settings, run):
    (settings.dagster_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with at_home(settings), dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        assert told(instance) == run


def test_ours_reads_what_dagsters_own_class_has_written(settings):
    settings.dagster_home.mkdir(parents=True)
    (settings.dagster_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with at_home(settings), dg.DagsterInstance.get() as instance:
        job = dg.Definitions([prices]).resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(instance=instance).success
        theirs = told(instance)
    (settings.dagster_home / "dagster.yaml").write_text(DAGSTER_YAML)
    with at_home(settings), dg.DagsterInstance.get() as instance:
        assert told(instance) == theirs


def test_nothing_is_lost_when_the_process_reads_the_files_between_two_events(settings, run):
    """Closing a file ends all locks on it that the process holds, SQLite's too."""
    job = dg.Definitions([prices]).resolve_implicit_global_asset_job_def()
    with at_home(settings), dg.DagsterInstance.get() as instance:
        for file in settings.dagster_home.rglob("*.db*"):
            file.read_bytes()
        subprocess.run([sys.executable, "-c", ADD_A_PARTITION], check=True)
        assert job.execute_in_process(instance=instance).success
        here = told(instance), instance.get_dynamic_partitions("of")
    with at_home(settings), dg.DagsterInstance.get() as instance:
        assert (told(instance), instance.get_dynamic_partitions("of")) == here
        assert here[1] == ["a"]


def test_a_history_in_the_place_of_another_is_seen(settings, run):
    with at_home(settings), dg.DagsterInstance.get() as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("prices"))
        shutil.rmtree(settings.dagster_home / "history")
        with dg.DagsterInstance.get() as another:
            another.report_runless_asset_event(dg.AssetMaterialization("other"))
        assert instance.get_latest_materialization_event(dg.AssetKey("other"))


def test_whoever_watches_a_run_hears_of_an_event_while_the_run_goes_on(settings):
    heard = Event()
    with at_home(settings), dg.DagsterInstance.get() as writing, dg.DagsterInstance.get() as watching:

        def listen(entry: dg.EventLogEntry, _: str) -> None:
            if "half way" in entry.message:
                heard.set()

        @dg.asset
        def slow(context: dg.AssetExecutionContext) -> None:
            watching.watch_event_logs(context.run.run_id, None, listen)
            context.log.info("half way")
            assert heard.wait(20)

        job = dg.Definitions([slow]).resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(instance=writing, raise_on_error=False).success
