import dagster as dg
import pytest

from lakehouse.dagster.checks import checks_of
from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.names import asset_key


@pytest.fixture
def graph(weather):
    return build_definitions(weather).resolve_asset_graph()


@pytest.fixture
def specs(weather):
    return {spec.key: spec for spec in build_definitions(weather).resolve_all_asset_specs()}


def test_every_table_is_an_asset_that_says_all_about_itself(weather, specs):
    for dataset in weather.catalog:
        spec = specs[asset_key(dataset)]
        assert spec.group_name == dataset.layer
        assert list(spec.owners) == [dataset.owner]
        assert spec.kinds == {"deltalake", "pyspark", dataset.layer.value}
        assert spec.description.startswith(dataset.spec.grain)
        assert spec.metadata["dagster/table_name"] == dataset.full_name
        assert spec.metadata["dagster/uri"].value == weather.table(dataset).as_uri()
        (reference,) = spec.metadata["dagster/code_references"].code_references
        assert (reference.file_path, reference.line_number) == (str(dataset.file), dataset.line)


def test_tags_are_made_legal(specs):
    tags = specs[dg.AssetKey(["bronze", "raw_readings"])].tags
    assert tags["data_domain"] == "weather___climate"
    assert tags["pii"] == "yes"


def test_the_lineage_begins_at_the_source(graph):
    source = dg.AssetKey(["sources", "weather", "readings"])
    assert graph.get(dg.AssetKey(["bronze", "raw_readings"])).parent_keys == {source}
    assert graph.get(dg.AssetKey(["gold", "daily_heat"])).parent_keys == {dg.AssetKey(["silver", "readings"])}
    assert not graph.get(source).is_materializable


def test_the_contract_is_the_column_schema(specs):
    columns = {
        column.name: column
        for column in specs[dg.AssetKey(["bronze", "raw_readings"])].metadata["dagster/column_schema"].columns
    }
    assert columns["observer"].tags == {"pii": "email"}
    assert columns["observer"].constraints.nullable
    assert not columns["station"].constraints.nullable
    assert columns["id"].constraints.unique
    assert columns["celsius"].type == "double"
    assert columns["celsius"].constraints.other == ["ge (quarantine)"]
    readings = specs[dg.AssetKey(["silver", "readings"])].metadata["dagster/column_schema"].columns
    assert readings[1].description == "where it was read"


def test_there_is_one_check_a_rule_and_only_failing_ones_block(weather, graph):
    key = asset_key(weather.catalog["readings"])
    blocking = {check.name for check in graph.get_check_keys_for_assets({key}) if graph.get(check).blocking}
    names = {check.name for check in checks_of(weather.catalog["readings"])}
    expected = {f"{column}__not_null" for column in weather.catalog["readings"].spec.column_names}
    assert names == expected | {"celsius__le", "not_freezing", "types"}
    assert blocking == {"celsius__le", "celsius__not_null", "types"}


def test_bronze_has_checks_on_its_lines(weather):
    names = {check.name for check in checks_of(weather.catalog["raw_readings"])}
    assert {"line_readable", "no_missing_columns", "no_unexpected_columns"} <= names


def test_an_implied_unique_key_is_a_check_too(weather):
    assert "unique_key" in {check.name for check in checks_of(weather.catalog["daily_heat"])}


def test_windows_are_partitions_backfilled_in_one_run(graph):
    heat = graph.get(dg.AssetKey(["gold", "daily_heat"]))
    assert isinstance(heat.partitions_def, dg.DailyPartitionsDefinition)
    assert heat.backfill_policy == dg.BackfillPolicy.single_run()
    assert graph.get(dg.AssetKey(["silver", "readings"])).partitions_def is None


def test_freshness_and_automation_follow_the_declaration(specs):
    readings = specs[dg.AssetKey(["silver", "readings"])]
    assert readings.freshness_policy.fail_window.to_timedelta().total_seconds() == 2 * 3600
    assert readings.automation_condition is not None
    assert specs[dg.AssetKey(["bronze", "raw_readings"])].automation_condition is None
    assert specs[dg.AssetKey(["gold", "daily_heat"])].automation_condition is not None


def test_ordinary_assets_live_beside_the_lake(weather):
    @dg.asset(deps=[dg.AssetKey(["gold", "daily_heat"])])
    def postcard():
        pass

    graph = build_definitions(weather, dg.Definitions([postcard])).resolve_asset_graph()
    assert graph.get(dg.AssetKey("postcard")).parent_keys == {dg.AssetKey(["gold", "daily_heat"])}
