"""The queries that people run on the lake, registered beside it."""

from pathlib import Path

import pytest

from lakehouse.change.queries import registered_queries
from lakehouse.discovery import discover

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path.stem for path in (ROOT / "consumers").glob("*.sql"))


@pytest.fixture(scope="module")
def queries():
    return {query.name: query for query in registered_queries(ROOT, discover("assets", ROOT))}


@pytest.mark.parametrize("name", FILES)
def test_a_query_reads_only_what_contracts_declare_and_says_whose_it_is(queries, name):
    query = queries[name]
    assert query.problems == ()
    assert query.uses
    assert query.used_by
    assert {table.partition(".")[0] for table, _ in query.uses} <= {"gold", "serving", "ops"}
