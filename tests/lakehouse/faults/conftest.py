"""What the tests of crashes share: a lake before the second batch of its tables, and what it then becomes."""

import shutil
from pathlib import Path

import pytest

from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.faults import scenario
from tests.lakehouse.faults.recovery import record


@pytest.fixture(scope="session")
def prepared(spark, tmp_path_factory):
    """A function that copies the lake as it is before the second batch of a dataset, and gives the copy."""
    home = tmp_path_factory.mktemp("prepared")
    scenario.prepared(spark, home / "lines", second=False)
    shutil.copytree(home / "lines", home / "others")
    write(scenario.lake_in(home / "others"), spark, scenario.lines, Request("second"))

    def copy(dataset, to):
        kind = "lines" if dataset is scenario.lines else "others"
        return Path(shutil.copytree(home / kind, to, dirs_exist_ok=True))

    return copy


@pytest.fixture(scope="session")
def written(spark, prepared, tmp_path_factory):
    """A second batch of every table that nothing has disturbed: what it did, and what came of it."""
    found = {}
    for dataset in scenario.DATASETS:
        scratch = tmp_path_factory.mktemp(dataset.name)
        found[dataset.name] = record(spark, prepared(dataset, scratch / "before"), dataset, scratch)
    return found
