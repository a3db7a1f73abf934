"""A table that is no history may have columns that are called as a history's are."""

import pyspark.sql.types as T
import pytest
from deltalake import DeltaTable, Schema
from deltalake import Field as DeltaField

from lakehouse import Contract, Field, Files, History, Upsert, bronze, changes, silver
from lakehouse.change.contracts import deployed_terms
from lakehouse.testing import small_lake


class Rents(Contract):
    """One row per flat and tenancy."""

    flat: T.LongType() = Field(key=True)
    valid_from: T.LongType() = Field(key=True)


class Flats(Contract):
    """One row per flat and version."""

    flat: T.LongType() = Field(key=True)
    rent: T.LongType() = Field()


@bronze(contract=Flats, source=Files("desk", "reports"), owner="team:x")
def reports(load):
    raise NotImplementedError


@silver(contract=Rents, write=Upsert(sequence_by="valid_from"), owner="team:x", reads={"reports": changes()})
def rents(reports):
    raise NotImplementedError


@silver(contract=Flats, write=History(sequence_by="rent"), owner="team:x", reads={"reports": changes()})
def flats(reports):
    raise NotImplementedError


@pytest.mark.parametrize(("dataset", "names"), [(rents, ["flat", "valid_from"]), (flats, ["flat", "rent"])])
def test_only_a_historys_own_columns_are_no_part_of_its_contract(tmp_path, dataset, names):
    lake = small_lake(tmp_path, reports, dataset)
    columns = [*dataset.spec.column_names, "valid_from", "_run_id"]
    fields = [DeltaField(name, "long") for name in dict.fromkeys(columns)]
    DeltaTable.create(str(lake.table(dataset)), Schema(fields))

    assert list(deployed_terms(lake, dataset, []).columns) == names
