"""Processes that contend, are killed in the middle, and again while they recover."""

import time

import pytest

from lakehouse.settings import load_settings
from lakehouse.testing import land
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.faults import scenario
from tests.lakehouse.faults.worker import PROJECT, Worker


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """Two processes with sessions of their own, started while the tests prepare."""
    jars = load_settings(PROJECT).jars
    pair = [Worker(jars, tmp_path_factory.mktemp("worker")) for _ in range(2)]
    yield pair
    for worker in pair:
        worker.close()


def test_two_processes_that_write_one_table_lose_and_double_nothing(spark, prepared, workers, tmp_path):
    home = prepared(scenario.lines, tmp_path)
    lake, taken = scenario.lake_in(home), []
    workers[0].wait_for("ready")
    for position in range(3, 6):
        row = {"id": position, "day": "2026-01-04", "total": 1, "at": "2026-01-04T08:00:00Z"}
        land(lake, "shop", "orders", [row], position=position, load_id=f"load-{position}")
        workers[0].ask((home, "lines"))
        outcome = write(lake, spark, scenario.lines, Request("here"))
        taken += outcome.record.loads if outcome.record else ()
        (theirs,) = workers[0].wait_for("results")["results"].values()
        taken += theirs or ()
    assert sorted(taken) == ["load-3", "load-4", "load-5", "two"]
    counted = [each for each in scenario.contents(lake, scenario.lines)["table"] if '"2026-01-04"' in each]
    assert len(counted) == 3


def test_killed_in_every_mode_and_again_while_recovering(spark, prepared, workers, written, tmp_path):
    jobs = [
        (prepared(dataset, tmp_path / str(dataset is scenario.lines)), dataset.name)
        for dataset in scenario.DATASETS
    ]
    for worker, seconds, engine_first in zip(workers, (2.5, 4.0), (True, False), strict=True):
        worker.ask(*jobs)
        worker.wait_for("started")
        time.sleep(seconds)
        worker.kill(engine_first=engine_first)
    said = [each for each in workers[0].wait_for("results")["results"].values() if isinstance(each, str)]
    assert said
    assert all(each.startswith("SetupError") and "Spark's process ended" in each for each in said)
    for dataset, (folder, name) in zip(scenario.DATASETS, jobs, strict=True):
        lake = scenario.lake_in(folder)
        write(lake, spark, dataset, Request("after"))
        assert scenario.contents(lake, dataset) == written[name].becomes, name
        assert not write(lake, spark, dataset, Request("once more")).wrote
