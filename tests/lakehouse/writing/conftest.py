"""What the tests of the write path share: reading a table, and publishing frames by a mode alone."""

from types import SimpleNamespace

import pytest

from lakehouse.engine import deltalog
from lakehouse.testing import rows_in
from lakehouse.writing.publish import Publication
from lakehouse.writing.record import CommitRecord


@pytest.fixture(scope="session")
def table():
    """A function that gives some columns of a dataset's table, as sorted tuples."""

    def rows(lake, dataset, *columns):
        return sorted(rows_in(lake.table(dataset), *columns), key=repr)

    return rows


@pytest.fixture(scope="session")
def versions():
    """A function that gives the versions of a dataset's table, quarantine and tombstones."""

    def of(lake, dataset):
        places = (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset))
        return [deltalog.version(place) if deltalog.exists(place) else None for place in places]

    return of


@pytest.fixture(scope="session")
def publication():
    """A function that makes a publication of some rows outside of any lake."""

    def of(rows, table, batch):
        dataset = SimpleNamespace(full_name="silver.t")
        record = CommitRecord(batch, "run", "silver.t", "Upsert", "incremental", "code", "contract")
        return Publication(rows, table, dataset, record)

    return of
