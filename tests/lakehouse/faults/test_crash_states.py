"""Whatever a crash leaves of a write, readers see all of it or nothing, and the next run mends it."""

import random

import pytest

from tests.lakehouse.faults import scenario
from tests.lakehouse.faults.recovery import recovers, settled_classes


@pytest.mark.parametrize("dataset", scenario.DATASETS, ids=lambda each: each.mode.name)
def test_readers_see_all_or_nothing_of_a_write(written, dataset, tmp_path):
    classes = settled_classes(written[dataset.name], tmp_path, rolls=1)
    assert classes.states > 100
    assert set(classes.published.values()) == {True, False}


@pytest.mark.parametrize(
    "dataset", [scenario.lines, scenario.versions, scenario.heard], ids=lambda each: each.name
)
def test_the_next_run_mends_it(spark, written, dataset, tmp_path):
    classes = settled_classes(written[dataset.name], tmp_path, rolls=0)
    unpublished = [key for key in sorted(classes.found) if not classes.published[key]]
    key = random.Random(7).choice(unpublished)
    recovers(spark, written[dataset.name], classes.found[key], tmp_path / "again")
