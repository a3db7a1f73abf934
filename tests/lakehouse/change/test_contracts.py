"""A contract against a table as it stands in the lake: its columns, and what its commits state.

The tables are written by delta-rs, with the records that the road would write, so no Spark is needed.
"""

from dataclasses import replace

import pyarrow as pa
import pyspark.sql.types as T
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse import Contract, Field, Snapshot, silver
from lakehouse.change.contracts import contract_change, way_out
from lakehouse.change.difference import Difference, What
from lakehouse.change.terms import terms_of
from lakehouse.change.usage import records_of
from lakehouse.testing import small_lake
from lakehouse.writing.record import CommitRecord, RuleCount

ROWS = pa.table({"id": [1, 2], "days": pa.array([5, 9], pa.int32()), "_run_id": ["r", "r"]})


def loans(**words):
    """A dataset whose column ``days`` is declared with some words."""

    class Loans(Contract):
        """One row per loan."""

        id: T.LongType() = Field(key=True)
        days: T.IntegerType() = Field(**words)

    @silver(contract=Loans, write=Snapshot(), owner="team:desk")
    def loans():
        raise NotImplementedError

    return loans


@pytest.fixture
def change(tmp_path):
    """What a declaration changes of a table that was written, several times, under others."""

    def of(now, *before, rows=ROWS, counts=None, states=True):
        lake = small_lake(tmp_path, now)
        for dataset in before:
            record = CommitRecord("b", "r", "silver.loans", "Upsert", "incremental", "2-code", "1-x")
            record = replace(
                record, rules=counts or {}, terms=terms_of(dataset).to_dict() if states else None
            )
            marked = CommitProperties(custom_metadata={"userMetadata": record.to_json()})
            write_deltalake(lake.table(now), rows, mode="append", commit_properties=marked)
        return contract_change(lake, now, records_of(lake, "loans"))

    return of


def test_a_table_that_is_not_there_can_be_anything(change):
    assert change(loans()).kind is Difference.NONE


def test_what_was_written_under_the_same_words_is_no_change(change):
    assert change(loans(ge=0), loans(ge=0)).changes == ()


def test_the_newest_terms_count(change):
    assert change(loans(ge=0), loans(ge=7), loans(ge=0)).changes == ()
    assert [each.what for each in change(loans(ge=0), loans(ge=7)).changes] == [What.RULE_LOOSENED]


def test_a_table_that_states_no_terms_has_its_columns_and_nothing_is_known_of_its_rules(change):
    assert change(loans(ge=100), loans(), states=False).changes == ()


def test_the_columns_are_those_of_the_table_whatever_was_stated(change):
    grown = ROWS.append_column("note", pa.array(["a", "b"]))
    (found,) = change(loans(), loans(), rows=grown).changes
    assert (found.what, found.column, found.old) == (What.COLUMN_DROPPED, "note", "string")


def test_a_stricter_rule_breaks_unless_the_statistics_keep_it(change):
    assert change(loans(ge=6), loans()).kind is Difference.BREAKING
    kept = change(loans(ge=5), loans())
    assert (kept.kind, kept.changes[0].new) == (
        Difference.RULES,
        "greater_than_or_equal_to(5) (quarantine), which every row there keeps",
    )


def test_a_warning_that_nobody_broke_may_become_a_rule(change):
    warned, now = loans(isin=[5, 9], on_fail="warn"), loans(isin=[5, 9])
    count = {"days__not_null": RuleCount(0, "warn")}
    assert change(now, warned, counts=count | {"days__isin": RuleCount(0, "warn")}).kind is Difference.RULES
    assert (
        change(now, warned, counts=count | {"days__isin": RuleCount(1, "warn")}).kind is Difference.BREAKING
    )


def test_the_way_out_is_a_rebuild_where_that_is_enough_and_a_new_version_always(change):
    stricter, other = change(loans(ge=6), loans()), change(loans(key=True))
    assert way_out("loans", stricter).startswith("`lakehouse run loans --rebuild` holds every row to it; or ")
    assert way_out("loans", other).startswith("`lakehouse contract new-version loans`")
