"""Why a key may differ from the source and nothing be wrong: it waits somewhere, or is still on its way."""

import csv
import gzip
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lakehouse.capture.loads import Load
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask, stream
from lakehouse.engine.sql.binding import literal
from lakehouse.lake import Lake
from lakehouse.modes import Upsert
from lakehouse.sources import FileFormat, FullDumps
from lakehouse.trust.erasure.book import Book, hash_of
from lakehouse.trust.reconciliation.digests import silver_texts, text_as
from lakehouse.trust.reconciliation.pairing import Pair
from lakehouse.trust.subjects import load_subjects
from lakehouse.writing import feeds
from lakehouse.writing.pending import inputs_read, loads_taken, pending
from lakehouse.writing.request import Request

__all__ = ["Key", "Place", "Standing", "erased", "reasons", "standing"]

Key = tuple[str, ...]
"""A key's values as their texts."""

Place = tuple[int, ...]
"""The sequence of a version; empty where silver has none."""

Holds = Callable[[Key, Place], bool]
"""Whether a reason holds for a key of which silver has the version of a place."""

_KeyOf = Callable[[Mapping[str, Any]], Key]
_ORIGIN_PLACE = ("_position", "_order")
_LOOKING = Request(run="reconcile")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a pair was: the ``loads`` that bronze had taken, the ``version`` of it that silver had read."""

    loads: frozenset[str]
    version: int


def standing(lake: Lake, pair: Pair) -> Standing:
    """How far a pair is. Asked before the two are read: a run meanwhile may take what explains a key."""
    read = inputs_read(lake, pair.silver).get(pair.bronze.name)
    return Standing(loads_taken(lake, pair.bronze), read.to if read else -1)


def reasons(lake: Lake, pair: Pair, keys: Collection[Key], then: Standing) -> Mapping[str, Holds]:
    """The reasons known within the lake for some keys, strongest first.

    ``then`` is how far the pair was before the two were read.
    """
    of_source, of_silver = _key_of_source(lake, pair), _key_of_silver(pair)
    waiting = _in_quarantine(lake, pair.bronze, of_source, _ORIGIN_PLACE)
    for key, place in _in_quarantine(lake, pair.silver, of_silver, _sequence(pair)).items():
        waiting[key] = max(place, waiting.get(key, ()))
    return {
        "in quarantine": lambda key, place: waiting.get(key, ()) > place,
        "in the bucket": _in_loads(_not_taken(lake, pair, then), pair, of_source, keys),
        "in bronze": _in_bronze(lake, pair, then, of_source, keys),
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


def _key_of_source(lake: Lake, pair: Pair) -> _KeyOf:
    """Takes the key from a row as the source has it: with the pseudonym of what silver has one of."""
    spelled = silver_texts(pair.key, lake.settings)
    return lambda row: spelled([text_as(row.get(each.source), each.type) for each in pair.key])


def _key_of_silver(pair: Pair) -> _KeyOf:
    return lambda row: tuple(text_as(row.get(each.silver), each.type) for each in pair.key)


def _in_quarantine(lake: Lake, dataset: Dataset, key_of: _KeyOf, sequence: Sequence[str]) -> dict[Key, Place]:
    """The keys that wait in a dataset's quarantine, and the newest version that does."""
    path, newest = lake.quarantine(dataset), dict[Key, Place]()
    if not deltalog.exists(path):
        return newest
    for waiting in ask(path, "SELECT row FROM t WHERE resolution IS NULL"):
        row = json.loads(waiting["row"])
        place = tuple(each if isinstance(each := row.get(name), int) else 0 for name in sequence)
        found = key_of(row)
        newest[found] = max(place, newest.get(found, ()))
    return newest


def _sequence(pair: Pair) -> tuple[str, ...]:
    return pair.silver.mode.sequence if isinstance(pair.silver.mode, Upsert) else ()


def _not_taken(lake: Lake, pair: Pair, then: Standing) -> list[Load]:
    """The loads that bronze had not taken; not those that it never will."""
    assert pair.bronze.source is not None  # noqa: S101 - a pair's bronze dataset has one
    refused = {problem.load_id for problem in pending(lake, pair.bronze, _LOOKING).problems}
    loads = feeds.loads_in(lake, pair.bronze.source).loads
    return [load for load in loads if load.load_id not in then.loads and load.load_id not in refused]


def _in_loads(loads: Iterable[Load], pair: Pair, key_of: _KeyOf, keys: Collection[Key]) -> Holds:
    """Whether the loads touch a key: by a row or a change of it, or since they begin the table anew."""
    source, touched, anew = pair.bronze.source, set[Key](), False
    assert source is not None  # noqa: S101 - a pair's bronze dataset has one
    for load in loads:
        if source.format is FileFormat.XLSX:  # no capture lands one; what it holds, only Spark's reader tells
            return lambda _, __: True
        changes = feeds.holds_changes(load)
        anew = anew or isinstance(source, FullDumps) or (changes and load.kind == "full")
        for record in _records(load, source.format):
            if changes and record.get("op") == "t":
                anew = True
            elif (key := key_of(_changed_row(record) if changes else record)) in keys:
                touched.add(key)
    return lambda key, place: key in touched or (anew and bool(place))


def _in_bronze(lake: Lake, pair: Pair, then: Standing, key_of: _KeyOf, keys: Collection[Key]) -> Holds:
    """Whether rows that silver had not read touch a key."""
    table, touched, anew = lake.table(pair.bronze), set[Key](), False
    read = then.version if then.version <= deltalog.version(table) else -1  # the table was built anew
    newer = deltalog.commits_since(table, read)
    runs = {commit.record.run for commit in newer if commit.record}
    if runs:
        names = ", ".join(f'"{column.source}"' for column in pair.key)
        those = ", ".join(map(literal, sorted(runs)))
        text = f"SELECT {names}, _change FROM t WHERE _run_id IN ({those})"
        for batch in stream(table, text):
            for row in batch.to_pylist():
                anew = anew or row["_change"] == "truncate"
                if (key := key_of(row)) in keys:
                    touched.add(key)
    return lambda key, place: key in touched or (anew and bool(place))


def _records(load: Load, form: FileFormat) -> Iterator[dict[str, Any]]:
    """What a load's lines say; of those that say nothing, nothing."""
    for file in load.files:
        opened = gzip.open if file.path.suffix == ".gz" else open
        with opened(file.path, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield from csv.DictReader(lines) if form is FileFormat.CSV else _objects(lines)


def _objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict):
                yield record


def _changed_row(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row that a change is about, as far as it is sure: see docs/capture.md."""
    found = change.get("key") or change.get("after") or change.get("before")
    return found if isinstance(found, dict) else {}
