"""Which loads a table has taken: told from its commits, of which only those not seen before are read."""

from dataclasses import dataclass
from pathlib import Path

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake

__all__ = ["loads_taken"]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the commits of one table say up to a version."""

    table_id: str
    version: int
    loads: frozenset[str]


# A sensor asks every half minute, for years. A process that ends forgets it, and reads the log once more.
_seen: dict[Path, _Seen] = {}


def loads_taken(lake: Lake, dataset: Dataset) -> frozenset[str]:
    """The ids of all loads that the table's commits have taken."""
    table = lake.table(dataset)
    if not deltalog.exists(table):
        return frozenset()
    snapshot = deltalog.open_table(table)
    table_id, version = str(snapshot.metadata().id), snapshot.version()
    before = _seen.get(table)
    if before is None or before.table_id != table_id or before.version > version:
        before = _Seen(table_id, -1, frozenset())
    if before.version < version:
        before = _seen[table] = _continued(table, before, version)
    return before.loads


def _continued(table: Path, before: _Seen, version: int) -> _Seen:
    """The same up to a version, by the commits made since.

    By all commits where a restore undid some, or where others were made while these were read.
    """
    newer = [
        commit
        for commit in deltalog.commits(table, version - before.version)
        if before.version < commit.version <= version and commit.operation != "RESTORE"
    ]
    if len(newer) < version - before.version:
        newer = [commit for commit in deltalog.commits(table) if commit.version <= version]
        before = _Seen(before.table_id, -1, frozenset())
    taken = {load for commit in newer if commit.record for load in commit.record.loads}
    return _Seen(before.table_id, version, before.loads | taken)
