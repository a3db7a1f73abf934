"""What holds for every dataset of the lake, whatever it is about."""

from pathlib import Path

import pytest

from lakehouse import Layer
from lakehouse.discovery import discover

PROJECT = Path(__file__).resolve().parents[2]
CATALOG = discover("assets", PROJECT)
every = pytest.mark.parametrize("dataset", list(CATALOG), ids=lambda dataset: dataset.full_name)
LAYERS = [Layer.BRONZE, Layer.SILVER, Layer.GOLD, Layer.SERVING]


def test_the_graph_is_not_empty_and_comes_in_the_order_of_reading():
    names = list(CATALOG.datasets)
    assert names
    assert all(
        names.index(each) < names.index(dataset.name) for dataset in CATALOG for each in dataset.inputs
    )


@every
def test_data_flows_one_way(dataset):
    for name in dataset.inputs:
        assert LAYERS.index(CATALOG[name].layer) <= LAYERS.index(dataset.layer)
        assert not (dataset.layer is not Layer.SILVER and CATALOG[name].layer is Layer.BRONZE)
    assert bool(dataset.inputs) != bool(dataset.source)


@every
def test_a_dataset_has_owner_grain_key_and_freshness(dataset):
    assert dataset.owner.startswith("team:")
    assert dataset.spec.grain.startswith("One row per ")
    assert dataset.spec.grain.endswith(".")
    assert dataset.spec.key
    assert dataset.freshness


@every
def test_a_dataset_is_one_file_with_a_docstring(dataset):
    assert dataset.file == PROJECT / "assets" / dataset.layer / f"{dataset.name}.py"
    assert dataset.file.read_text().startswith('"""')


@every
def test_a_table_is_no_older_than_what_it_reads_allows(dataset):
    assert all(CATALOG[name].freshness <= dataset.freshness for name in dataset.inputs)


@every
def test_personal_data_is_marked_in_bronze_only(dataset):
    assert dataset.layer is Layer.BRONZE or not dataset.spec.personal


def test_every_derived_dataset_has_a_test_of_its_own():
    derived = {f"{each.layer}/test_{each.name}.py" for each in CATALOG if each.layer is not Layer.BRONZE}
    assert not [name for name in derived if not (PROJECT / "tests" / "assets" / name).is_file()]
