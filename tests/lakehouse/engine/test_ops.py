import time
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse.engine.ops import OPS_TABLES, read_checks, read_commits, read_freshness, read_inputs
from lakehouse.settings import Settings
from lakehouse.writing.record import CommitRecord, InputRead, RuleCount

RECORD = CommitRecord(
    batch="b-1",
    run="r-1",
    dataset="silver.orders",
    mode="Upsert",
    trigger="schedule",
    code="c0de",
    contract="c0n7",
    windows=("2026-01-01", "2026-01-02"),
    inputs={"shop_orders": InputRead("changes", to=7, after=3), "customers": InputRead("whole", to=2)},
    rows_in=10,
    rows_written=7,
    rows_quarantined=2,
    rows_superseded=1,
    rules={"total.ge": RuleCount(2, "quarantine"), "coupon.isin": RuleCount(0, "warn")},
    started_at="2026-01-03T00:00:00+00:00",
    seconds=1.5,
)


@pytest.fixture
def settings(tmp_path):
    return Settings(project=tmp_path, _env_file=None)


def write(settings, record=None, rows=(1,), name="orders", **more):
    mark = CommitProperties(custom_metadata={"userMetadata": record.to_json()}) if record else None
    table = pa.table({"id": pa.array(rows, pa.int64())})
    write_deltalake(settings.lake_dir / "silver" / name, table, commit_properties=mark, **more)


def test_a_commit_is_one_row_with_what_the_road_recorded_and_what_the_engine_counted(settings):
    write(settings, RECORD, rows=range(7))

    (row,) = read_commits(settings).to_pylist()

    assert row["committed_at"] < datetime.now(UTC)
    assert dict(row["metrics"])["num_added_rows"] == "7"
    assert row | {"committed_at": None, "metrics": None} == {
        "layer": "silver",
        "dataset": "orders",
        "version": 0,
        "committed_at": None,
        "run_id": "r-1",
        "batch_id": "b-1",
        "operation": "WRITE",
        "trigger": "schedule",
        "mode": "Upsert",
        "advances": True,
        "windows": ["2026-01-01", "2026-01-02"],
        "loads": [],
        "rows_in": 10,
        "rows_written": 7,
        "rows_quarantined": 2,
        "rows_superseded": 1,
        "rows_unchanged": 0,
        "rows_erased": 0,
        "started_at": datetime(2026, 1, 3, tzinfo=UTC),
        "seconds": 1.5,
        "code": "c0de",
        "contract": "c0n7",
        "num_output_rows": 7,
        "metrics": None,
    }


def test_a_commit_of_another_tool_is_a_row_without_a_record(settings):
    write(settings)

    (row,) = read_commits(settings).to_pylist()

    assert (row["operation"], row["run_id"], row["rows_in"], row["windows"]) == ("WRITE", None, None, None)


def test_checks_are_a_row_per_commit_and_rule(settings):
    write(settings, RECORD)
    write(settings, mode="append")

    found = (
        read_checks(settings)
        .select(["version", "rule", "severity", "broken", "rows_in", "passed"])
        .to_pylist()
    )

    assert found == [
        {
            "version": 0,
            "rule": "total.ge",
            "severity": "quarantine",
            "broken": 2,
            "rows_in": 10,
            "passed": False,
        },
        {"version": 0, "rule": "coupon.isin", "severity": "warn", "broken": 0, "rows_in": 10, "passed": True},
    ]


def test_inputs_are_a_row_per_commit_and_input(settings):
    write(settings, RECORD)

    found = read_inputs(settings).select(["input", "how", "after_version", "to_version"]).to_pylist()

    assert found == [
        {"input": "shop_orders", "how": "changes", "after_version": 3, "to_version": 7},
        {"input": "customers", "how": "whole", "after_version": None, "to_version": 2},
    ]


def test_freshness_tells_maintenance_and_empty_runs_from_data(settings):
    write(settings, RECORD, rows=range(7))
    write(settings, RECORD.with_counts(rows_written=0), mode="append", rows=())
    write(settings, mode="append", rows=(8, 9))

    (row,) = read_freshness(settings).to_pylist()
    times = [commit["committed_at"] for commit in read_commits(settings).to_pylist()]

    assert [row["latest_commit_at"], row["latest_run_at"], row["latest_data_at"]] == times
    assert (row["version"], row["rows"], row["problem"]) == (2, 9, None)


def test_a_damaged_table_hides_no_other_and_says_its_problem(settings):
    write(settings, RECORD)
    write(settings, RECORD, name="torn")
    (settings.lake_dir / "silver" / "torn" / "_delta_log" / "00000000000000000000.json").write_text('{"torn')

    freshness = {row["dataset"]: row["problem"] for row in read_freshness(settings).to_pylist()}

    assert freshness["orders"] is None
    assert "the last commit is torn" in freshness["torn"]
    assert read_commits(settings).column("dataset").to_pylist() == ["orders"]


@pytest.mark.parametrize("name", sorted(OPS_TABLES))
def test_an_empty_lake_has_every_table_with_no_rows(settings, name):
    found = OPS_TABLES[name].read(settings)

    assert found.num_rows == 0
    assert found.schema == OPS_TABLES[name].schema


def test_a_thousand_commits_are_read_in_a_moment(settings):
    write(settings, RECORD)
    log = settings.lake_dir / "silver" / "orders" / "_delta_log"
    write(settings, RECORD, mode="append")
    second = (log / f"{1:020}.json").read_text()
    for version in range(2, 1000):
        (log / f"{version:020}.json").write_text(second.replace("part-", f"part-{version}-"))
    began = time.monotonic()

    found = read_checks(settings)

    assert found.num_rows == 2000
    assert time.monotonic() - began < 3  # 0.2 s on an idle machine; the bound allows for a busy one
