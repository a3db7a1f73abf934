"""The care of Delta tables: small files put together, files that nothing needs removed, the log thinned.

None of it changes what a table holds, and readers of its change feed are given none of it as news. Every
function needs the table's lock and a table that is in order (:func:`lakehouse.writing.recover.recover`);
:func:`look_at` needs neither and starts no JVM. Which files are still needed, and by whom, is not for this
module to know: see :mod:`lakehouse.writing.maintain`.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pyarrow as pa
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from lakehouse.engine import deltalog
from lakehouse.engine.commitfiles import log_folder
from lakehouse.engine.durability import acknowledge
from lakehouse.writing.publish import session_settings

__all__ = ["Upkeep", "compact", "look_at", "purge", "thin_log", "vacuum"]

_MIB = 1024**2
_TARGET = 128 * _MIB  # bytes; a file of it is read by one core in about a second
_SMALL = 32 * _MIB
_WORTH = 8  # files that a compaction must save
_CHECKPOINTS = 2
_CHECKPOINT = re.compile(r"\.?(\d{20})\.(?:checkpoint\..*|crc(?:\.crc)?)")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How a table's files stand: ``files`` of the newest version and their ``bytes``.

    ``spare`` counts the small ones that putting together would save, ``marked`` those with rows marked as
    deleted. ``dead`` and ``dead_bytes`` are files that the newest version does not name and that are older
    than the retention, so that :func:`vacuum` may remove them, unless they were removed from the table only
    lately. ``summaries`` are files of the log that :func:`thin_log` would remove.
    """

    files: int = 0
    bytes: int = 0
    spare: int = 0
    marked: int = 0
    dead: int = 0
    dead_bytes: int = 0
    summaries: int = 0

    @property
    def anything(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.worth_compacting or self.dead or self.summaries)

    @property
    def worth_compacting(self) -> bool:
        """Whether putting files together saves enough of them."""
        return self.spare >= _WORTH or self.marked >= _WORTH


def look_at(table: Path, retention: timedelta, *, thin: timedelta) -> Upkeep:
    """How a table's files stand; ``thin`` is the age of what may go from the log. Needs no JVM."""
    snapshot = deltalog.open_table(table)
    adds = pa.table(snapshot.get_add_actions(flatten=True)).select(["path", "size_bytes"]).to_pylist()
    named = {unquote(add["path"]) for add in adds}
    small = Counter(str(PurePosixPath(add["path"]).parent) for add in adds if add["size_bytes"] < _SMALL)
    dead = list(_dead(table, named, (datetime.now(UTC) - retention).timestamp()))
    marked = sum(batch.num_rows for batch in pa.RecordBatchReader.from_stream(snapshot.deletion_vectors()))
    return Upkeep(
        files=len(adds),
        bytes=sum(add["size_bytes"] for add in adds),
        spare=sum(count - 1 for count in small.values()),
        marked=marked,
        dead=len(dead),
        dead_bytes=sum(dead),
        summaries=len(_summaries(table, thin)),
    )


def compact(
    spark: SparkSession, table: Path, *, clustered_by: Sequence[str] = (), target: int = _TARGET
) -> int:
    """Put small files together, and drop rows marked as deleted where they are many (5 % of a file).

    With ``clustered_by`` the new files hold rows that are alike in those columns, and the table remembers it.
    ``target`` is what a file should have, in bytes. Gives how many files fewer there are; no commit is made
    where nothing is to be gained.
    """
    _cluster(spark, table, tuple(clustered_by))
    sizes = {
        "spark.databricks.delta.optimize.maxFileSize": str(target),
        "spark.databricks.delta.optimize.minFileSize": str(target * 3 // 4),
    }
    before = deltalog.version(table)
    with session_settings(spark, sizes):
        DeltaTable.forPath(spark, str(table)).optimize().executeCompaction()
    return _files_saved(table, before)


def purge(spark: SparkSession, table: Path) -> int:
    """Rewrite every file that has rows marked as deleted, so that they are in no file of the newest version.

    The older files hold them until :func:`vacuum`. Gives how many files were rewritten.
    """
    # Of a clustered table Delta purges nothing. The next compaction clusters it again.
    _cluster(spark, table, ())
    before = deltalog.version(table)
    spark.sql(f"REORG TABLE delta.`{table}` APPLY (PURGE)")
    commit = _made_since(table, before)
    return int(commit.metrics.get("numRemovedFiles", 0)) if commit else 0


def vacuum(spark: SparkSession, table: Path, retention: timedelta) -> int:
    """Remove files that the newest version does not need and that were removed longer ago than that.

    Takes any retention, none at all too: whether a reader, a replay or a recovery still needs them is the
    caller's to know. A reader of changes that were removed reads the table whole. Gives how many files went.
    """
    settings = {
        "spark.databricks.delta.retentionDurationCheck.enabled": "false",
        # Folders are listed in so many tasks, 10,000 by default: a minute for a table of one file.
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "8",
    }
    with session_settings(spark, settings):
        DeltaTable.forPath(spark, str(table)).vacuum(retention.total_seconds() / 3600)
    newest = deltalog.version(table)
    acknowledge(table, newest)
    ended = next((each for each in deltalog.commits(table, 1) if each.operation == "VACUUM END"), None)
    return int(ended.metrics.get("numDeletedFiles", 0)) if ended else 0


def thin_log(table: Path, *, older_than: timedelta) -> int:
    """Remove all checkpoints but the newest two, and the snapshots' checksums before them. Needs no JVM.

    They are summaries of the commits, made again by whoever asks for an old version; one that is young may be
    in use. The commits stay: what was ever taken stands in them alone. Gives how many files went.
    """
    gone = _summaries(table, older_than)
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _summaries(table: Path, older_than: timedelta) -> list[Path]:
    """The checkpoints and checksums that the newest two checkpoints make dispensable, if they are old."""
    log, before = log_folder(table), (datetime.now(UTC) - older_than).timestamp()
    there = sorted({_number(path) for path in log.glob("*.checkpoint*.parquet")})
    if len(there) <= _CHECKPOINTS:
        return []
    first_kept = there[-_CHECKPOINTS]
    return [
        path
        for path in log.iterdir()
        if _CHECKPOINT.fullmatch(path.name) and _number(path) < first_kept and path.stat().st_mtime < before
    ]


def _cluster(spark: SparkSession, table: Path, columns: tuple[str, ...]) -> None:
    """Have the table clustered by some columns, or by none. Overwritten whole, it has forgotten them."""
    detail = DeltaTable.forPath(spark, str(table)).detail().select("clusteringColumns").first()
    if detail is None or tuple(detail[0] or ()) == columns:
        return
    names = ", ".join(f"`{name}`" for name in columns)
    spark.sql(f"ALTER TABLE delta.`{table}` CLUSTER BY {f'({names})' if columns else 'NONE'}")
    acknowledge(table, deltalog.version(table))


def _number(path: Path) -> int:
    return int(path.name.lstrip(".")[:20])


def _dead(table: Path, named: set[str], before: float) -> Iterator[int]:
    """The sizes of data files, older than a time, that are not among some names."""
    for folder, folders, files in os.walk(table):
        folders[:] = [name for name in folders if not name.startswith((".", "_")) or name == "_change_data"]
        for name in files:
            path = Path(folder, name)
            if name.startswith((".", "_")) or path.relative_to(table).as_posix() in named:
                continue
            if path.suffix == ".parquet" and (about := path.stat()).st_mtime < before:
                yield about.st_size


def _files_saved(table: Path, before: int) -> int:
    commit = _made_since(table, before)
    if commit is None:
        return 0
    return int(commit.metrics.get("numRemovedFiles", 0)) - int(commit.metrics.get("numAddedFiles", 0))


def _made_since(table: Path, before: int) -> deltalog.Commit | None:
    """The commit that was just made, brought to disk; None where none was."""
    newest = deltalog.version(table)
    if newest == before:
        return None
    acknowledge(table, newest)
    return next(deltalog.commits(table, 1), None)
