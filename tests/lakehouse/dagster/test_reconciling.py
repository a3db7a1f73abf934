import dagster as dg
import pytest

from lakehouse.dagster.reconciling import nightly_reconciliation, reconcile_job
from lakehouse.testing import small_lake


def test_without_a_database_to_compare_with_the_night_is_quiet(tmp_path):
    schedule = nightly_reconciliation(small_lake(tmp_path))
    told = schedule.evaluate_tick(dg.build_schedule_context())
    assert told.run_requests == []
    assert "LAKEHOUSE_SOURCE_DATABASES" in told.skip_message


def test_with_one_it_is_held_against_it(tmp_path):
    lake = small_lake(tmp_path, source_databases={"shop": "postgresql://nobody@127.0.0.1:1/none"})
    assert len(nightly_reconciliation(lake).evaluate_tick(dg.build_schedule_context()).run_requests) == 1
    with pytest.raises(Exception, match="there is nothing to hold against the source"):
        reconcile_job(lake).execute_in_process()
