"""The ``ops`` tables: what happened in the lake, in SQL.

Nothing here is stored: each table is derived from the Delta logs and the log lines when a query names
it, so it cannot disagree with the data. A commit is told for as long as the table keeps its log.
Rows about a commit share ``layer``, ``dataset`` and ``version``; ``run_id`` joins
them to ``ops.logs`` and to the column ``_run_id`` of the data. Times are UTC.

A table whose log cannot be read is passed over everywhere but in ``ops.freshness``, which names the
problem.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from lakehouse.engine.arrow import table_of
from lakehouse.engine.asking import ask
from lakehouse.engine.catalog import LakeTable, lake_tables
from lakehouse.engine.deltalog import Commit, commits, open_table
from lakehouse.errors import TableError
from lakehouse.settings import Settings
from lakehouse.telling.logbook import LOG_SCHEMA, read_logs
from lakehouse.trust.erasure.recorded import ERASURES_SCHEMA, read_erasures

__all__ = ["OPS_TABLES", "OpsTable", "read_checks", "read_commits", "read_freshness", "read_inputs"]

_TIME = pa.timestamp("us", "UTC")
_COMMIT = [
    ("layer", pa.string()),
    ("dataset", pa.string()),
    ("version", pa.int64()),
    ("committed_at", _TIME),
    ("run_id", pa.string()),
    ("batch_id", pa.string()),
]

COMMITS_SCHEMA = pa.schema(
    [
        *_COMMIT,
        ("operation", pa.string()),
        ("trigger", pa.string()),
        ("mode", pa.string()),
        ("advances", pa.bool_()),
        ("windows", pa.list_(pa.string())),
        ("loads", pa.list_(pa.string())),
        ("rows_in", pa.int64()),
        ("rows_written", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_superseded", pa.int64()),
        ("rows_unchanged", pa.int64()),
        ("rows_erased", pa.int64()),
        ("started_at", _TIME),
        ("seconds", pa.float64()),
        ("code", pa.string()),
        ("contract", pa.string()),
        ("num_output_rows", pa.int64()),
        ("metrics", pa.map_(pa.string(), pa.string())),
    ]
)
CHECKS_SCHEMA = pa.schema(
    [
        *_COMMIT,
        ("rule", pa.string()),
        ("severity", pa.string()),
        ("broken", pa.int64()),
        ("rows_in", pa.int64()),
        ("passed", pa.bool_()),
    ]
)
INPUTS_SCHEMA = pa.schema(
    [
        *_COMMIT,
        ("input", pa.string()),
        ("how", pa.string()),
        ("after_version", pa.int64()),
        ("to_version", pa.int64()),
    ]
)
FRESHNESS_SCHEMA = pa.schema(
    [
        ("layer", pa.string()),
        ("dataset", pa.string()),
        ("version", pa.int64()),
        ("latest_commit_at", _TIME),
        ("latest_run_at", _TIME),
        ("latest_data_at", _TIME),
        ("rows", pa.int64()),
        ("problem", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class OpsTable:
    """One derived table: its schema, the same for an empty lake, and how it is read."""

    schema: pa.Schema
    read: Callable[[Settings], pa.Table]


def read_commits(settings: Settings) -> pa.Table:
    """One row per commit of every table.

    What the road records (``run_id`` to ``rows_erased``, ``seconds``, the hashes ``code`` and
    ``contract``) is null for commits that it did not make. ``metrics`` are the engine's own counts,
    ``num_output_rows`` the one among them that an independent count of rows begins with.
    """
    return table_of([_commit_row(*found) for found in _commits(settings)], COMMITS_SCHEMA)


def read_checks(settings: Settings) -> pa.Table:
    """One row per commit and rule: how many of ``rows_in`` rows broke it; ``passed`` means none did."""
    rows = [
        _identity(table, commit)
        | {
            "rule": name,
            "severity": count.severity,
            "broken": count.broken,
            "rows_in": commit.record.rows_in,
            "passed": count.broken == 0,
        }
        for table, commit in _commits(settings)
        if commit.record
        for name, count in commit.record.rules.items()
    ]
    return table_of(rows, CHECKS_SCHEMA)


def read_inputs(settings: Settings) -> pa.Table:
    """One row per commit and input: the input's versions read, after (exclusive) and to (inclusive)."""
    rows = [
        _identity(table, commit)
        | {"input": name, "how": read.how, "after_version": read.after, "to_version": read.to}
        for table, commit in _commits(settings)
        if commit.record
        for name, read in commit.record.inputs.items()
    ]
    return table_of(rows, INPUTS_SCHEMA)


def read_freshness(settings: Settings) -> pa.Table:
    """One row per table: its newest version, and how old it is.

    ``latest_commit_at`` counts any commit, maintenance too; ``latest_run_at`` the road's own;
    ``latest_data_at`` the road's own that wrote rows. ``rows`` are the table's rows now, from the
    statistics in its log. ``problem`` says why a table cannot be read, and is null otherwise.
    """
    rows = [_freshness_row(table) for table in lake_tables(settings)]
    return table_of(rows, FRESHNESS_SCHEMA)


OPS_TABLES = {
    "ops.checks": OpsTable(CHECKS_SCHEMA, read_checks),
    "ops.commits": OpsTable(COMMITS_SCHEMA, read_commits),
    "ops.erasures": OpsTable(ERASURES_SCHEMA, read_erasures),
    "ops.freshness": OpsTable(FRESHNESS_SCHEMA, read_freshness),
    "ops.inputs": OpsTable(INPUTS_SCHEMA, read_inputs),
    "ops.logs": OpsTable(LOG_SCHEMA, read_logs),
}


def _commits(settings: Settings) -> Iterator[tuple[LakeTable, Commit]]:
    for table in lake_tables(settings):
        try:
            found = list(commits(table.path))
        except TableError:
            continue
        yield from ((table, commit) for commit in found)


def _identity(table: LakeTable, commit: Commit) -> dict[str, Any]:
    record = commit.record
    return {
        "layer": table.layer,
        "dataset": table.name,
        "version": commit.version,
        "committed_at": commit.committed_at,
        "run_id": record and record.run,
        "batch_id": record and record.batch,
    }


def _commit_row(table: LakeTable, commit: Commit) -> dict[str, Any]:
    output = commit.metrics.get("numOutputRows", commit.metrics.get("num_added_rows"))
    row = _identity(table, commit) | {
        "operation": commit.operation,
        "metrics": commit.metrics,
        "num_output_rows": None if output is None else int(output),
    }
    if record := commit.record:
        same = (name for name in COMMITS_SCHEMA.names if name not in row and name != "started_at")
        row |= {name: getattr(record, name) for name in same} | {"started_at": _time(record.started_at)}
    return row


def _freshness_row(table: LakeTable) -> dict[str, Any]:
    row: dict[str, Any] = {"layer": table.layer, "dataset": table.name}
    try:
        found = list(commits(table.path))
        rows = _row_count(open_table(table.path))
    except TableError as error:
        return row | {"problem": str(error)}
    own = [commit for commit in found if commit.record]
    wrote = [commit for commit in own if commit.record and commit.record.rows_written]
    return row | {
        "version": found[0].version,
        "latest_commit_at": found[0].committed_at,
        "latest_run_at": own[0].committed_at if own else None,
        "latest_data_at": wrote[0].committed_at if wrote else None,
        "rows": rows,
    }


def _row_count(table: DeltaTable) -> int:
    """The table's rows, deleted ones taken off; read from the log's statistics, not from the data."""
    return int(ask(table, "SELECT count(*) AS n FROM t")[0]["n"])


def _time(text: str) -> datetime | None:
    """A recorded time, UTC where it names no zone; None where it is no time."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
