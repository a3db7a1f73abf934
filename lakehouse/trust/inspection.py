"""What waits in quarantine, told without a JVM: counts per table and rule, and rows with their reasons.

Only rows of published batches are seen (see :mod:`lakehouse.writing.sidecar`). A row waits until it is
replayed or discarded; one whose replay was published counts as replayed even where the process was
killed before it could write that down. Quarantine has no SQL name: ``lakehouse sql`` cannot reach it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.engine.sql.binding import literal
from lakehouse.errors import QuarantineError, explain
from lakehouse.lake import Lake
from lakehouse.layers import Layer
from lakehouse.trust.masking import in_words, shown
from lakehouse.writing import sidecar

__all__ = ["Summary", "WaitingRow", "finished_replays", "open_count", "rows", "summaries", "waiting_ids"]


@dataclass(frozen=True, slots=True)
class Summary:
    """One table's quarantine. ``rules`` counts the waiting rows by each rule that they break.

    ``oldest`` and ``newest`` (UTC) are the times of the first and the last batch with rows that wait.
    """

    dataset: str
    waiting: int
    rules: Mapping[str, int]
    oldest: datetime | None
    newest: datetime | None
    newest_run: str | None
    replayed: int
    discarded: int


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One row, fit to be shown: no personal value is in it.

    ``why`` says each broken rule in words, ``source`` the file and line, or the inputs' versions.
    """

    id: str
    rules: tuple[str, ...]
    why: tuple[str, ...]
    source: str
    run: str
    at: datetime
    values: Mapping[str, str]


def summaries(lake: Lake) -> tuple[Summary, ...]:
    """Every table that ever had a row set aside, also one that the project no longer declares."""
    home = lake.settings.lake_dir / "bronze" / "_quarantine"
    folders = sorted(home.iterdir()) if home.is_dir() else []
    return tuple(_summary(lake, folder) for folder in folders if deltalog.exists(folder))


def open_count(lake: Lake, dataset: Dataset) -> int:
    """How many rows of a dataset wait."""
    place = _Place.of(lake, dataset)
    if place is None:
        return 0
    return int(place.ask("SELECT count(*) AS n FROM waiting")[0]["n"])


def rows(lake: Lake, dataset: Dataset, *, rule: str | None = None, limit: int = 20) -> tuple[WaitingRow, ...]:
    """The rows that wait, newest first, with reasons and masked values.

    Raises :class:`QuarantineError` where no waiting row breaks ``rule``.
    """
    place = _Place.of(lake, dataset)
    if place is None:
        return ()
    condition = "true"
    if rule is not None:
        _known_rule(place, dataset, rule)
        condition = f"array_has(broken, {literal(rule)})"
    found = place.ask(
        "SELECT quarantine_id, broken, source, run_id, row, CAST(quarantined_at AS varchar) AS at"
        f" FROM waiting WHERE {condition}"
        f" ORDER BY quarantined_at DESC, source, quarantine_id LIMIT {int(limit)}"
    )
    return tuple(_row(dataset, each) for each in found)


def waiting_ids(
    lake: Lake, dataset: Dataset, *, rule: str | None = None, ids: Sequence[str] = ()
) -> tuple[str, ...]:
    """The ids of the rows meant: by rule, by the beginnings of ids, or all.

    Raises :class:`QuarantineError` where nothing waits, no waiting row breaks the rule, or an id
    means no waiting row or more than one.
    """
    place = _Place.of(lake, dataset)
    known = [row["id"] for row in place.ask("SELECT quarantine_id AS id FROM waiting")] if place else []
    if place is None or not known:
        raise QuarantineError(
            explain(
                "no row waits in quarantine",
                where=dataset.full_name,
                remedy="see `lakehouse quarantine list`",
            )
        )
    if rule is not None:
        _known_rule(place, dataset, rule)
        broken = f"array_has(broken, {literal(rule)})"
        chosen = place.ask(f"SELECT quarantine_id AS id FROM waiting WHERE {broken}")
        return tuple(row["id"] for row in chosen)
    if not ids:
        return tuple(known)
    return tuple(dict.fromkeys(_one_id(known, each, dataset) for each in ids))


def finished_replays(path: Path, table: Path) -> tuple[str, ...]:
    """The runs that took rows for a replay and published it, while the rows still say that they wait."""
    if not (deltalog.exists(path) and deltalog.exists(table)):
        return ()
    taken = ask(
        path, "SELECT DISTINCT resolved_by AS run FROM t WHERE resolution IS NULL AND resolved_by IS NOT NULL"
    )
    if not taken:
        return ()
    published = {commit.record.run for commit in deltalog.commits(table) if commit.record}
    return tuple(sorted(published & {row["run"] for row in taken}))


@dataclass(frozen=True, slots=True)
class _Place:
    """A quarantine's folder, its table's, and what of it counts."""

    path: Path
    table: Path
    orphan: str | None
    finished: tuple[str, ...]

    @classmethod
    def of(cls, lake: Lake, dataset: Dataset) -> "_Place | None":
        path = lake.quarantine(dataset)
        return cls.at(path, lake.table(dataset)) if deltalog.exists(path) else None

    @classmethod
    def at(cls, path: Path, table: Path) -> "_Place":
        return cls(path, table, sidecar._unpublished_batch(path, table), finished_replays(path, table))  # noqa: SLF001 - the same question as its readers ask

    def ask(self, text: str) -> list[dict[str, Any]]:
        """Ask in SQL; ``published`` are all rows that count, ``waiting`` those without a decision."""
        counts = "true" if self.orphan is None else f"batch_id <> {literal(self.orphan)}"
        replayed = "false"
        if self.finished:
            replayed = f"resolution IS NULL AND resolved_by IN ({', '.join(map(literal, self.finished))})"
        return ask(
            self.path,
            f"WITH published AS (SELECT *, CASE WHEN {replayed} THEN 'replayed' ELSE resolution END"
            f" AS verdict FROM t WHERE {counts}),"
            f" waiting AS (SELECT * FROM published WHERE verdict IS NULL) {text}",
        )


def _summary(lake: Lake, folder: Path) -> Summary:
    layer, name = folder.name.split(".", 1)
    place = _Place.at(folder, lake.settings.table_dir(Layer(layer), name))
    totals = place.ask(
        "SELECT count(*) FILTER (WHERE verdict IS NULL) AS waiting,"
        " count(*) FILTER (WHERE verdict = 'replayed') AS replayed,"
        " count(*) FILTER (WHERE verdict = 'discarded') AS discarded,"
        " CAST(min(quarantined_at) FILTER (WHERE verdict IS NULL) AS varchar) AS oldest,"
        " CAST(max(quarantined_at) FILTER (WHERE verdict IS NULL) AS varchar) AS newest FROM published"
    )[0]
    newest = place.ask("SELECT run_id FROM waiting ORDER BY quarantined_at DESC LIMIT 1")
    return Summary(
        dataset=folder.name,
        waiting=totals["waiting"],
        rules=_rules(place),
        oldest=_time(totals["oldest"]),
        newest=_time(totals["newest"]),
        newest_run=newest[0]["run_id"] if newest else None,
        replayed=totals["replayed"],
        discarded=totals["discarded"],
    )


def _rules(place: _Place) -> dict[str, int]:
    found = place.ask(
        "SELECT rule, count(*) AS n FROM (SELECT unnest(broken) AS rule FROM waiting) AS each"
        " GROUP BY rule ORDER BY n DESC, rule"
    )
    return {row["rule"]: row["n"] for row in found}


def _row(dataset: Dataset, found: Mapping[str, Any]) -> WaitingRow:
    values = json.loads(found["row"])
    rules = tuple(found["broken"])
    at = _time(found["at"])
    assert at is not None  # noqa: S101 - every row has the time at which it was set aside
    return WaitingRow(
        id=found["quarantine_id"],
        rules=rules,
        why=tuple(in_words(dataset, rule, values) for rule in rules),
        source=found["source"] or "",
        run=found["run_id"],
        at=at,
        values=shown(dataset, values, rules),
    )


def _known_rule(place: _Place, dataset: Dataset, rule: str) -> None:
    known = _rules(place)
    if rule not in known:
        raise QuarantineError(
            explain(
                f"no row that waits breaks the rule {rule}",
                where=dataset.full_name,
                expected=f"one of {', '.join(known)}" if known else "a table with rows that wait",
                remedy="see `lakehouse quarantine list`",
            )
        )


def _one_id(known: Sequence[str], begins: str, dataset: Dataset) -> str:
    matching = [each for each in known if each.startswith(begins)]
    if len(matching) != 1:
        raise QuarantineError(
            explain(
                f"the id {begins} means {len(matching) or 'no'} waiting rows",
                where=dataset.full_name,
                expected="an id, or enough of its beginning to tell it from the others",
                remedy=f"see `lakehouse quarantine explain {dataset.full_name}`",
            )
        )
    return matching[0]


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
