"""Clocks jump; the order of things stays."""

import os
import re

import pytest

from lakehouse.engine import deltalog
from lakehouse.engine.commitfiles import sums_of
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.faults import scenario

FAR = 4_070_908_800  # 2099, in seconds


@pytest.mark.parametrize("dataset", [scenario.newest, scenario.by_day], ids=lambda each: each.mode.name)
def test_a_clock_behind_the_last_commit_changes_nothing(spark, prepared, written, dataset, tmp_path):
    lake = scenario.lake_in(prepared(dataset, tmp_path))
    for commit in lake.settings.lake_dir.rglob("_delta_log/*.json"):
        commit.write_text(re.sub(r'"timestamp":\d{13}', f'"timestamp":{FAR}000', commit.read_text()))
        sums_of(commit).unlink()
        os.utime(commit, (FAR, FAR))
    outcome = write(lake, spark, dataset, Request("second"))
    assert scenario.contents(lake, dataset) == written[dataset.name].becomes
    newest, before = list(deltalog.commits(lake.table(dataset)))[:2]
    assert newest.record.batch == outcome.record.batch
    assert newest.committed_at < before.committed_at
    assert not write(lake, spark, dataset, Request("once more")).wrote
