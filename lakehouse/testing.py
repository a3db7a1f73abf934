"""For tests: a small lake in a temporary folder, loads to put into its bucket, and what its tables hold."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakehouse.capture.changes.rolls import changes_id
from lakehouse.capture.loads import Load, write_load
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.engine.asking import ask
from lakehouse.lake import Lake
from lakehouse.settings import Settings

__all__ = ["land", "land_changes", "rows_in", "small_lake"]


def small_lake(folder: Path, *datasets: Dataset, **settings: Any) -> Lake:
    """A lake of some datasets, in ``folder``, with a fixed key for pseudonyms."""
    given = {
        "project": folder,
        "var": folder / "var",
        "datasets": "datasets_of_a_small_lake",  # a package that is not there: its datasets are given
        "pseudonym_key": "0" * 64,
        **settings,
    }
    return Lake(Settings(_env_file=None, **given), Catalog.of(datasets))  # type: ignore[call-arg]


def land(
    lake: Lake,
    system: str,
    table: str,
    rows: Iterable[Mapping[str, Any] | str],
    *,
    position: int,
    kind: str = "incremental",
    load_id: str | None = None,
) -> Load:
    """Put one load into the bucket; a row is a mapping, or a line of text as it is."""
    lines = [(row if isinstance(row, str) else json.dumps(row, default=str)).encode() for row in rows]
    return write_load(
        lake.settings.bucket_dir,
        system,
        table,
        lines,
        kind=kind,
        position=position,
        extracted_at=datetime.now(UTC),
        load_id=load_id or f"{system}.{table}.{position}",
    )


def land_changes(
    lake: Lake, feed: str, table: str, changes: Iterable[Mapping[str, Any]], *, position: int, kind: str
) -> Load:
    """Put one load of a change capture into the bucket: envelopes, as they are; ``full`` is a snapshot."""
    load_id = changes_id(table, position, kind)
    return land(lake, feed, table, changes, position=position, kind=kind, load_id=load_id)


def rows_in(table: Path, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a Delta table's rows, in no promised order; read without Spark, in milliseconds.

    ``table`` is a folder, so that a quarantine or tombstones can be looked into as well.
    """
    return [tuple(row.values()) for row in ask(table, f"SELECT {', '.join(columns)} FROM t")]
