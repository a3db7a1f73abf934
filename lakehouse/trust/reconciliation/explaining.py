"""Why a key may differ from the source and nothing be wrong: it waits somewhere, or is still on its way."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import QueryBuilder

from lakehouse.capture.loads import Load, list_loads
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.modes import Upsert
from lakehouse.trust.erasure.book import Book, hash_of
from lakehouse.trust.reconciliation.digests import text_of
from lakehouse.trust.reconciliation.pairing import Pair
from lakehouse.trust.subjects import load_subjects
from lakehouse.writing.pending import pending
from lakehouse.writing.request import Request

__all__ = ["Key", "Place", "erased", "landed_up_to", "reasons"]

Key = tuple[str, ...]
"""A key's values as their texts."""

Place = tuple[int, ...]
"""The sequence of a version; empty where silver has none."""

_ORIGIN_PLACE = ("_position", "_order")
_LOOKING = Request(run="reconcile")


def reasons(lake: Lake, pair: Pair) -> Mapping[str, Callable[[Key, Place], bool]]:
    """The reasons known within the lake, strongest first.

    Each says whether it holds for a key of which silver has the version of a place.
    """
    waiting = _in_quarantine(lake, pair.bronze, [column.source for column in pair.key], _ORIGIN_PLACE)
    for key, place in _in_quarantine(
        lake, pair.silver, [column.silver for column in pair.key], _sequence(pair)
    ).items():
        waiting[key] = max(place, waiting.get(key, ()))
    todo = pending(lake, pair.bronze, _LOOKING)
    in_bucket = {key for load in todo.loads for key in _keys_of(load, pair)}
    in_bronze: set[Key] = set()
    if pending(lake, pair.silver, _LOOKING).anything:
        last = deltalog.latest_record(lake.table(pair.silver), advancing=True)
        in_bronze = _landed_since(lake, pair, last.committed_at if last else None)
    return {
        "in quarantine": lambda key, place: waiting.get(key, ()) > place,
        "in the bucket": lambda key, _: key in in_bucket,
        "in bronze": lambda key, _: key in in_bronze,
    }


def erased(lake: Lake, pair: Pair) -> Callable[[Sequence[str]], bool]:
    """Whether a row of the source, by the texts of all its compared columns, is about somebody erased."""
    book = Book(lake.settings)
    if not book.anybody:
        return lambda _: False
    gone = {each.subject: each.hashes for each in book.erased()}
    secret, compared = lake.settings.require_erasure_key(), [*pair.key, *pair.columns]
    known: list[tuple[int, str, str, frozenset[str]]] = []
    for subject in load_subjects(lake.settings, lake.catalog).values():
        for identifier in subject.identifiers:
            hashes = gone.get(subject.name, {}).get(identifier.name, frozenset())
            names = {place.column for place in identifier.places if place.dataset == pair.bronze.name}
            places = [place for place, column in enumerate(compared) if column.source in names]
            known += [(place, subject.name, identifier.name, hashes) for place in places if hashes]
    return lambda texts: any(
        hash_of(texts[place], subject, identifier, secret) in hashes
        for place, subject, identifier, hashes in known
    )


def landed_up_to(lake: Lake, pair: Pair) -> int:
    """The position up to which the feed of the pair's whole source system has landed; -1 for nothing."""
    source = pair.bronze.source
    assert source is not None  # noqa: S101 - a pair's bronze dataset has one
    folder = lake.settings.feeds.get(source.system, source.system)
    home = lake.settings.bucket_dir / folder
    tables = [entry.name for entry in home.iterdir() if entry.is_dir()] if home.is_dir() else []
    newest = (list_loads(lake.settings.bucket_dir, folder, table).loads[-1:] for table in tables)
    return max((load.position for loads in newest for load in loads), default=-1)


def _in_quarantine(
    lake: Lake, dataset: Dataset, key: Sequence[str], sequence: Sequence[str]
) -> dict[Key, Place]:
    """The keys that wait in a dataset's quarantine, and the newest version that does."""
    path, newest = lake.quarantine(dataset), dict[Key, Place]()
    if not deltalog.exists(path):
        return newest
    for waiting in _rows(path, "SELECT row FROM t WHERE resolution IS NULL"):
        row = json.loads(waiting["row"])
        place = tuple(each if isinstance(each := row.get(name), int) else 0 for name in sequence)
        found = _key(row, key)
        newest[found] = max(place, newest.get(found, ()))
    return newest


def _sequence(pair: Pair) -> tuple[str, ...]:
    return pair.silver.mode.sequence if isinstance(pair.silver.mode, Upsert) else ()


def _landed_since(lake: Lake, pair: Pair, moment: datetime | None) -> set[Key]:
    names = ", ".join(f'"{column.source}"' for column in pair.key)
    later = f"WHERE _landed_at >= '{(moment or datetime.min.replace(tzinfo=UTC)).isoformat()}'"
    rows = _rows(lake.table(pair.bronze), f"SELECT {names} FROM t {later if moment else ''}")
    return {tuple(text_of(value) for value in row.values()) for row in rows}


def _keys_of(load: Load, pair: Pair) -> Iterator[Key]:
    """The keys in a load that is not taken yet: of rows, or of changes."""
    names = [column.source for column in pair.key]
    for file in load.files:
        with gzip.open(file.path, "rt") if file.path.suffix == ".gz" else file.path.open() as lines:
            for line in lines:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict):
                    yield _key(record.get("key") or record.get("after") or record, names)


def _key(record: Mapping[str, Any], names: Sequence[str]) -> Key:
    return tuple(text_of(record.get(name)) for name in names)


def _rows(path: Path, text: str) -> list[dict[str, Any]]:
    engine = QueryBuilder().register("t", deltalog.open_table(path))
    return list(pa.RecordBatchReader.from_stream(engine.execute(text)).read_all().to_pylist())
