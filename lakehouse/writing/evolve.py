"""Before a batch: the table exists, and the contract fits what is deployed.

A contract grows in place. What would break readers stops the run before anything is read.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from lakehouse.change.contracts import ContractChange, contract_change, way_out
from lakehouse.change.difference import Change, Difference
from lakehouse.change.fingerprint import code_hash
from lakehouse.change.terms import terms_of
from lakehouse.change.usage import Usage, records_of
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.tables import create_table, grow_table
from lakehouse.errors import ContractBroken, explain
from lakehouse.lake import Lake
from lakehouse.modes import History, Upsert
from lakehouse.writing.history import VALIDITY
from lakehouse.writing.record import CommitRecord
from lakehouse.writing.request import Trigger

__all__ = ["broken", "ready_table", "stated", "table_schema"]

Stated = dict[str, Any] | None

_BRONZE = {
    "_change": StringType(),
    "_rescued": StringType(),
    "_hash": LongType(),
    "_load_id": StringType(),
    "_position": LongType(),
    "_order": LongType(),
    "_unchanged": StringType(),
    "_file": StringType(),
    "_line_number": LongType(),
    "_extracted_at": TimestampType(),
    "_arrived_at": TimestampType(),
    "_landed_at": TimestampType(),
}


def table_schema(dataset: Dataset) -> StructType:
    """The columns of a dataset's table: the contract's, a history's validity, the road's own."""
    schema = StructType(list(dataset.spec.schema.fields))
    if isinstance(dataset.mode, History):
        for name, kind in VALIDITY.items():
            schema = schema.add(name, kind)
    own = _BRONZE if dataset.source else {"_transformed_at": TimestampType()}
    for name, column_type in {**own, "_run_id": StringType()}.items():
        schema = schema.add(StructField(name, column_type))
    return schema


def ready_table(spark: SparkSession, lake: Lake, dataset: Dataset, trigger: Trigger) -> None:
    """Create the table where there is none; raise :class:`ContractBroken` where the contract does not fit.

    A rebuild leaves no row that was written under other terms, so it may do what only such rows forbid.
    """
    path = lake.table(dataset)
    if not deltalog.exists(path):
        personal = [column.name for column in dataset.spec.personal]
        personal += ["_rescued"] if dataset.source else []
        create_table(spark, path, table_schema(dataset), comment=dataset.spec.grain, personal=personal)
        return
    change = contract_change(lake, dataset, _records(lake, dataset))
    if change.kind is not Difference.BREAKING:
        if isinstance(dataset.mode, (Upsert, History)):
            grow_table(spark, path, table_schema(dataset))
        return
    if trigger is Trigger.REBUILD and change.mended_by_rebuild:
        return
    raise ContractBroken(broken(dataset, change, Usage.recorded(lake)))


def _records(lake: Lake, dataset: Dataset) -> Iterable[CommitRecord]:
    """The table's records; where the newest is of these very terms, it alone, as if it stated them."""
    newest, terms = deltalog.latest_record(lake.table(dataset)), terms_of(dataset)
    if newest and newest.record and newest.record.contract == terms.fingerprint:
        return [replace(newest.record, terms=terms.to_dict())]
    return records_of(lake, dataset.name)


def broken(dataset: Dataset, change: ContractChange, usage: Usage) -> str:
    """The sentence that says what a breaking change breaks, for whom, and the way out."""
    found = [f"{each}{_used_by(usage, dataset, each)}" for each in change.breaking]
    return explain(
        "the contract would break the readers of the deployed table; nothing was written",
        where=dataset.full_name,
        found="; ".join(found),
        remedy=f"{way_out(dataset.name, change)}; see docs/change-a-contract.md",
    )


def _used_by(usage: Usage, dataset: Dataset, change: Change) -> str:
    consumers = usage.concerned(dataset.name, change)
    return f" [used by {'; '.join(map(str, consumers))}]" if consumers else " [nobody here uses it]"


def stated(spark: SparkSession, lake: Lake, dataset: Dataset) -> tuple[Stated, Stated]:
    """Terms and lineage, as the next commit states them; None where what an earlier one stated still holds.

    Stated once for a contract and a code, in the commit that first obeys them, so that the log does not
    repeat them; readers walk back to the newest.
    """
    last = deltalog.latest_record(lake.table(dataset))
    before = last.record if last else None
    terms = terms_of(dataset)
    if before and (before.contract, before.code) == (terms.fingerprint, code_hash(dataset.function)):
        return None, None
    from lakehouse.engine.lineage import read_lineage

    return terms.to_dict(), read_lineage(spark, lake.catalog, dataset).to_dict()
