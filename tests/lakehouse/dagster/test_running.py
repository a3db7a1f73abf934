import dagster as dg
import pytest

from lakehouse.dagster.checks import checks_of
from lakehouse.dagster.home import at_home
from lakehouse.dagster.names import asset_key
from lakehouse.dagster.running import Status, run_lake
from lakehouse.dagster.session import LakeSession
from lakehouse.engine import deltalog
from lakehouse.errors import DeclarationError, LakehouseError


@pytest.fixture
def instance(built):
    with at_home(built.lake.settings), dg.DagsterInstance.get() as found:
        yield found


def materialized(instance, lake, name):
    records = instance.fetch_materializations(asset_key(lake.catalog[name]), limit=100).records
    return [record.asset_materialization for record in records]


def latest_checks(instance, lake, name):
    dataset, found = lake.catalog[name], {}
    for check in checks_of(dataset):
        record = instance.get_latest_asset_check_evaluation_record(
            dg.AssetCheckKey(asset_key(dataset), check.name)
        )
        found[check.name] = record.event.dagster_event.asset_check_evaluation_data
    return found


def test_a_run_writes_every_table(built):
    assert built.report.ok
    assert [each.status for each in built.report.datasets] == [Status.WRITTEN] * len(built.lake.catalog)
    assert built.report.datasets[0].outcome.record.rows_quarantined == 2


def test_the_session_is_the_one_that_runs(built, spark):
    assert LakeSession(built.lake.settings).spark_session is spark


def test_dagster_knows_rows_and_versions(built, instance):
    (event,) = materialized(instance, built.lake, "readings")
    assert event.metadata["dagster/row_count"].value == 2
    assert event.metadata["rows written"].value == 2
    assert event.metadata["delta version"].value == deltalog.version(
        built.lake.table(built.lake.catalog["readings"])
    )


def test_a_windowed_table_is_materialized_by_window(built, instance):
    found = {event.partition: event for event in materialized(instance, built.lake, "daily_heat")}
    assert set(found) == {"2026-01-01", "2026-01-02"}
    assert found["2026-01-02"].metadata["dagster/partition_row_count"].value == 1


def test_every_rule_has_its_verdict(built, instance):
    found = latest_checks(instance, built.lake, "raw_readings")
    assert not found["line_readable"].passed
    assert not found["celsius__ge"].passed
    assert found["celsius__ge"].severity is dg.AssetCheckSeverity.WARN
    assert found["celsius__ge"].metadata["sample keys"].value == "id=3"
    assert found["types"].passed
    assert not latest_checks(instance, built.lake, "readings")["not_freezing"].passed


def test_nothing_personal_reaches_dagster(built):
    home = built.lake.settings.dagster_home
    assert not [
        file for file in home.rglob("*") if file.is_file() and b"eve@example.org" in file.read_bytes()
    ]


def test_a_second_run_does_nothing_and_says_nothing(built, instance):
    before = [len(materialized(instance, built.lake, each.name)) for each in built.lake.catalog]
    report = run_lake(built.lake)
    assert report.ok
    assert {each.status for each in report.datasets} == {Status.UNCHANGED}
    assert [len(materialized(instance, built.lake, each.name)) for each in built.lake.catalog] == before
    assert not latest_checks(instance, built.lake, "readings")["not_freezing"].passed


def test_a_range_of_windows_is_one_run_and_one_commit(built, instance):
    """Also where the table begins before the windows that it reads."""
    table = built.lake.table(built.lake.catalog["dog_days"])
    before = deltalog.version(table)
    report = run_lake(built.lake, ["dog_days"], windows=("2025-12-31", "2026-01-02"))
    assert report.ok
    assert deltalog.version(table) == before + 1
    events = materialized(instance, built.lake, "dog_days")[:3]
    assert {event.partition for event in events} == {"2025-12-31", "2026-01-01", "2026-01-02"}
    assert {event.metadata["trigger"].value for event in events} == {"backfill"}
    assert len({event.metadata["batch"].value for event in events}) == 1


def test_windows_are_asked_only_of_tables_that_have_them(built):
    with pytest.raises(LakehouseError, match="no windows"):
        run_lake(built.lake, ["readings"], windows=("2026-01-01", "2026-01-02"))
    with pytest.raises(LakehouseError, match="not a range"):
        run_lake(built.lake, ["daily_heat"], windows=("2026-01-02", "2026-01-01"))
    with pytest.raises(LakehouseError, match="key of a window"):
        run_lake(built.lake, ["daily_heat"], windows=("2026-01-01' or 1=1", "2026-01-02"))


def test_an_unknown_name_is_an_error_with_what_is_near(built):
    with pytest.raises(DeclarationError, match=r"silver\.readings"):
        run_lake(built.lake, ["reading"])


def test_a_lake_without_data_waits_and_fails_nothing(weather):
    report = run_lake(weather)
    assert report.ok
    assert [each.status for each in report.datasets] == [
        Status.UNCHANGED,
        *[Status.WAITING] * (len(weather.catalog) - 1),
    ]
