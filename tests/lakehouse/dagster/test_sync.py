import shutil

import dagster as dg

from lakehouse.dagster.home import at_home
from lakehouse.dagster.names import asset_key
from lakehouse.dagster.sync import sync_lake


def test_a_wiped_history_is_brought_back_and_a_second_sync_has_nothing_to_do(built):
    lake = built.lake
    assert not any(each.commits for each in sync_lake(lake))
    shutil.rmtree(lake.settings.dagster_home)

    done = {each.dataset: each for each in sync_lake(lake)}

    assert done["silver.readings"].commits == 1
    with at_home(lake.settings), dg.DagsterInstance.get() as instance:
        heat, readings = asset_key(lake.catalog["daily_heat"]), asset_key(lake.catalog["readings"])
        assert instance.get_materialized_partitions(heat) == {"2026-01-01", "2026-01-02"}
        event = instance.get_latest_materialization_event(readings).asset_materialization
        assert event.metadata["rows written"].value == 2
        verdict = instance.get_latest_asset_check_evaluation_record(
            dg.AssetCheckKey(readings, "not_freezing")
        )
        assert not verdict.event.dagster_event.asset_check_evaluation_data.passed
    assert not any(each.commits for each in sync_lake(lake))
