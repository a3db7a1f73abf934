"""The source has changed: what is different from the contract, what became of it, and whose loads wait.

Bronze rows say what the contract does not know (``_rescued``), what a record does not have (``_missing``)
and what did not fit (the originals under :data:`~lakehouse.writing.align.RAW`). Only where the judge counted
any of it is the batch asked for names.

A column of the table is never altered. What came beside the contract is kept as text in columns of its own,
``_extra_NAME``, so the contract may take the name later, in whatever type.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.errors import SourceChanged, explain
from lakehouse.evolution import EXTRA, OnChange
from lakehouse.writing.align import RAW, does_not_fit
from lakehouse.writing.judge import Judged
from lakehouse.writing.record import CommitRecord

__all__ = ["RULE", "SourceChange", "changes_of", "hold_back", "observe", "shaped"]

RULE = "_evolution"
"""The name under which a commit counts the columns that changed."""

_NAME = r"[A-Za-z][A-Za-z0-9_ ./()-]{0,99}"  # others may be anything, personal data too, and are not told
_UNNAMED = "(names that are none)"
_MOST = 50  # columns beside the contract's; a source that makes up names would never end
_PAIRS = 5
_SOME = 3  # rows
_ALIKE = 0.9
_STRING = "string"


@dataclass(frozen=True, slots=True)
class SourceChange:
    """One column that the source treats otherwise than the contract, in ``rows`` rows of a batch.

    ``kind`` is ``added``, ``gone`` or ``retyped``; ``became`` says what became of the values. ``was`` names,
    of an added column, the one that it perhaps was before: a hint, nothing is done by it. ``loads`` are those
    in which it shows, where that was told with it; a commit does not record them.
    """

    kind: str
    column: str
    rows: int
    became: str
    was: str | None = None
    loads: frozenset[str] = field(default=frozenset(), compare=False)

    def __str__(self) -> str:
        what = {"added": "is new", "gone": "is missing", "retyped": "has values of another type"}[self.kind]
        hint = f"; perhaps {self.was} was renamed to it" if self.was else ""
        return (
            f"{self.column} {what} in {self.rows:,} row{'s' if self.rows != 1 else ''}: {self.became}{hint}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The change as a commit records it."""
        kept = {name: value for name, value in asdict(self).items() if name != "loads"}
        return {name: value for name, value in kept.items() if value is not None}


def changes_of(record: CommitRecord) -> tuple[SourceChange, ...]:
    """What a commit recorded of its source's changes."""
    return tuple(SourceChange(**each) for each in record.source_changes)


def observe(judged: Judged, dataset: Dataset, table: Path) -> tuple[SourceChange, ...]:
    """What a bronze batch has that its contract does not, or the other way. Nothing of it costs nothing."""
    if dataset.source is None:
        return ()
    added = _names(judged, "_unexpected_columns", _rescued_names())
    gone = {} if dataset.source.sparse else _names(judged, "_missing_columns", F.col("_missing"))
    retyped = _retyped(judged, dataset)
    if not (added or gone or retyped):
        return ()
    places = _places(added, dataset, table)
    renamed = _renamed(judged.frame, added, gone, dataset)
    return (
        *(SourceChange("added", name, rows, places[name], renamed.get(name)) for name, rows in added.items()),
        *(SourceChange("gone", name, rows, _absent(dataset, name)) for name, rows in gone.items()),
        *(
            SourceChange("retyped", name, sum(rows.values()), _became(dataset, name), loads=frozenset(rows))
            for name, rows in retyped.items()
        ),
    )


def hold_back(judged: Judged, changes: Sequence[SourceChange], dataset: Dataset) -> None:
    """Raise :class:`SourceChanged` with the loads that brought what the contract's ``freeze`` forbids."""
    policy = dataset.spec.evolution
    frozen = [change for change in changes if getattr(policy, change.kind) == OnChange.FREEZE]
    if not frozen:
        return
    loads = {load for change in frozen for load in change.loads or _loads_with(judged, change)}
    raise SourceChanged(
        explain(
            "the source has changed, and the contract is frozen; the loads wait in the bucket",
            where=dataset.full_name,
            found="; ".join(str(change) for change in frozen),
            remedy="let the contract say it (the next run takes the loads), or another word in __evolution__",
        ),
        loads=tuple(sorted(loads)),
        counts=judged.counts,
        rows=judged.rows,
    )


def shaped(rows: DataFrame, changes: Sequence[SourceChange], dataset: Dataset) -> DataFrame:
    """Good rows as the policy wants them: with ``_extra_`` columns, without what is discarded."""
    if dataset.source is None:
        return rows
    spec, policy = dataset.spec, dataset.spec.evolution
    columns: dict[str, Column] = {}
    texts: dict[str, list[Column]] = {}
    if policy.retyped in (OnChange.EVOLVE, OnChange.DISCARD):
        for column in spec.columns:
            raw = f"{RAW}{column.name}"
            if raw in rows.columns and column.nullable:
                unfit = _unfit(rows, column.name, dataset)
                columns[column.name] = F.when(~unfit, F.col(column.name))
                if policy.retyped == OnChange.EVOLVE and _changed(changes, "retyped", column.name):
                    texts.setdefault(_extra(column.name), []).append(F.when(unfit, F.col(raw).cast(_STRING)))
    if policy.added == OnChange.DISCARD:
        columns["_rescued"] = F.lit(None).cast(_STRING)
    for change in changes:
        if change.kind == "added" and change.became.startswith(EXTRA):
            texts.setdefault(change.became, []).append(_rescued_value(change.column))
    return rows.withColumns(columns | {name: F.coalesce(*values) for name, values in texts.items()})


def _names(judged: Judged, rule: str, names: Column) -> dict[str, int]:
    """The columns that rows name in an array, with the number of rows, the most frequent first."""
    if rule not in judged.counts or not judged.counts[rule].broken:
        return {}
    told = F.transform(names, lambda name: F.when(name.rlike(f"^{_NAME}$"), name).otherwise(_UNNAMED))
    named = judged.frame.select(F.explode(F.array_distinct(told)).alias("name")).groupBy("name").count()
    found = named.orderBy(F.desc("count"), "name").limit(4 * _MOST).collect()
    return {row["name"]: row["count"] for row in found}


def _retyped(judged: Judged, dataset: Dataset) -> dict[str, dict[str, int]]:
    """The columns of which most values in a load do not fit their type: the rows, by load.

    A stray value is dirt, and no change.
    """
    names = [
        column.name
        for column in dataset.spec.columns
        if f"{column.name}__type" in judged.counts and judged.counts[f"{column.name}__type"].broken
    ]
    if not names:
        return {}
    unfit = {name: F.count_if(_unfit(judged.frame, name, dataset)).alias(f"unfit_{name}") for name in names}
    values = {name: F.count(f"{RAW}{name}").alias(f"of_{name}") for name in names}
    by_load = judged.frame.groupBy("_load_id").agg(*unfit.values(), *values.values()).collect()
    found: dict[str, dict[str, int]] = {}
    for row in by_load:
        for name in names:
            if row[f"unfit_{name}"] >= _SOME and row[f"unfit_{name}"] * 2 > row[f"of_{name}"]:
                found.setdefault(name, {})[row["_load_id"]] = row[f"unfit_{name}"]
    return found


def _places(added: Mapping[str, int], dataset: Dataset, table: Path) -> dict[str, str]:
    """Where the values of each added column go: a column's name, or that in words."""
    if dataset.spec.evolution.added == OnChange.DISCARD:
        return dict.fromkeys(added, "dropped")
    if dataset.spec.evolution.added == OnChange.FREEZE:
        return dict.fromkeys(added, "held back")
    there = {name for name in _columns(table) if name.startswith(EXTRA)}
    places = {}
    for name in added:
        place = _extra(name) if name != _UNNAMED else None
        if place and (place in there or len(there) < _MOST):
            there.add(place)
        else:
            place = None
        places[name] = place or "kept in _rescued alone"
    return places


def _absent(dataset: Dataset, name: str) -> str:
    if dataset.spec.evolution.gone == OnChange.FREEZE:
        return "held back"
    return "null there" if dataset.spec.column(name).nullable else "the rows are set aside"


def _became(dataset: Dataset, name: str) -> str:
    policy = dataset.spec.evolution.retyped
    if policy == OnChange.FREEZE:
        return "held back"
    if policy == OnChange.QUARANTINE or not dataset.spec.column(name).nullable:
        return "the rows are set aside"
    return _extra(name) if policy == OnChange.EVOLVE else "dropped"


def _renamed(
    frame: DataFrame, added: Mapping[str, int], gone: Mapping[str, int], dataset: Dataset
) -> dict[str, str]:
    """Of added columns, the one that each perhaps was: gone from the same rows, of values that fit its type.

    Text fits everything, so there the names must be alike, or the choice be none.
    """
    pairs = [(new, old) for new in list(added)[:_PAIRS] for old in list(gone)[:_PAIRS]]
    if not pairs:
        return {}
    aggregates = []
    for number, (new, old) in enumerate(pairs):
        fits = _rescued_value(new).try_cast(dataset.spec.column(old).type).isNotNull()
        aggregates.append(F.count_if(fits & F.array_contains("_missing", old)).alias(f"p{number}"))
    counts = frame.agg(*aggregates).first()
    assert counts is not None  # noqa: S101 - an aggregate without groups has one row
    likely = [
        (SequenceMatcher(None, new, old).ratio(), new, old)
        for number, (new, old) in enumerate(pairs)
        if counts[f"p{number}"] >= _ALIKE * max(added[new], 1)
        and (dataset.spec.column(old).type.typeName() != _STRING or len(pairs) == 1 or _like(new, old))
    ]
    found: dict[str, str] = {}
    for _, new, old in sorted(likely, reverse=True):
        if new not in found and old not in found.values():
            found[new] = old
    return found


def _like(new: str, old: str) -> bool:
    return SequenceMatcher(None, new, old).ratio() >= 0.5  # noqa: PLR2004 - half of the letters


def _loads_with(judged: Judged, change: SourceChange) -> set[str]:
    """The loads in which a column is new, or missing."""
    names = _rescued_names() if change.kind == "added" else F.col("_missing")
    shows = F.array_contains(names, change.column)
    if change.column == _UNNAMED:
        shows = F.exists(names, lambda name: ~name.rlike(f"^{_NAME}$"))
    rows = judged.frame.where(shows).select("_load_id").distinct().collect()
    return {row["_load_id"] for row in rows}


def _unfit(frame: DataFrame, name: str, dataset: Dataset) -> Column:
    raw = frame.schema[f"{RAW}{name}"].dataType
    return does_not_fit(name, raw, dataset.spec.column(name).type)


def _changed(changes: Sequence[SourceChange], kind: str, column: str) -> bool:
    return any((change.kind, change.column) == (kind, column) for change in changes)


def _rescued_names() -> Column:
    return F.json_object_keys("_rescued")


def _rescued_value(name: str) -> Column:
    return F.try_element_at(F.from_json("_rescued", "map<string,string>"), F.lit(name))


def _extra(name: str) -> str:
    """Columns that differ in small and capital letters only are one: Spark does not tell them apart."""
    return EXTRA + re.sub(r"[^a-z0-9_]+", "_", name.lower())


def _columns(table: Path) -> list[str]:
    if not deltalog.exists(table):
        return []
    return [field.name for field in deltalog.open_table(table).schema().fields]
