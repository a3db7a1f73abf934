"""Step 6, record: what a commit says of itself, inside the commit.

The record is a JSON object in the Delta commit's ``userMetadata``. It is written by the same atomic
file creation that publishes the rows, so it cannot disagree with them. Its format is versioned:
a reader meets ``{"lakehouse": 1, …}``, and commits without that mark (made by other tools or by
maintenance) are passed over.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

__all__ = ["ERASURE", "FORMAT", "CommitRecord", "InputRead", "RuleCount"]

FORMAT = 1
ERASURE = "Erasure"
"""The mode of a commit that took a person out of a table. It is no news to whoever reads the table."""


@dataclass(frozen=True, slots=True)
class InputRead:
    """How one input was read: the Delta versions ``after`` (exclusive) to ``to`` (inclusive).

    ``after`` is None when the input was read whole or for named windows.
    """

    how: str
    to: int
    after: int | None = None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often one rule was broken in a batch, and what breaking it means."""

    broken: int
    severity: str


@dataclass(frozen=True, slots=True)
class CommitRecord:
    """What happened in one batch.

    ``advances`` tells whether the input versions are consumed: an incremental run advances, a
    backfill of named windows or a replay does not. ``windows`` are the keys of the windows that the
    commit replaced (None where the table has none). Row counts are of the batch: ``rows_in`` =
    ``rows_written`` + ``rows_quarantined`` + ``rows_superseded`` + ``rows_unchanged`` + ``rows_erased`` (but
    for a commit of the mode :data:`ERASURE`, which took so many out). ``terms`` (of the contract) and
    ``lineage`` (of the columns) are stated by the first commit under a contract and a code, and hold until
    a later one states others. ``source_changes`` says what the source had otherwise than the contract
    (:class:`~lakehouse.writing.drift.SourceChange`).
    """

    batch: str
    run: str
    dataset: str
    mode: str
    trigger: str
    code: str
    contract: str
    advances: bool = True
    windows: tuple[str, ...] | None = None
    inputs: dict[str, InputRead] = field(default_factory=dict)
    loads: tuple[str, ...] = ()
    rows_in: int = 0
    rows_written: int = 0
    rows_quarantined: int = 0
    rows_superseded: int = 0
    rows_unchanged: int = 0
    rows_erased: int = 0
    rules: dict[str, RuleCount] = field(default_factory=dict)
    content: str | None = None
    terms: dict[str, Any] | None = None
    lineage: dict[str, Any] | None = None
    source_changes: tuple[dict[str, Any], ...] = ()
    started_at: str = ""
    seconds: float = 0.0

    def to_json(self) -> str:
        """The record as the text that goes into ``userMetadata``."""
        body = {"lakehouse": FORMAT, **asdict(self)}
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | None) -> Self | None:
        """The record in a commit's ``userMetadata``, or None where the commit carries none."""
        if not text or not text.startswith('{"lakehouse":'):
            return None
        body: dict[str, Any] = json.loads(text)
        if body.pop("lakehouse") != FORMAT:
            return None
        known = {name: value for name, value in body.items() if name in cls.__dataclass_fields__}
        known["inputs"] = {name: InputRead(**read) for name, read in known.get("inputs", {}).items()}
        known["rules"] = {name: RuleCount(**count) for name, count in known.get("rules", {}).items()}
        known["loads"] = tuple(known.get("loads", ()))
        known["source_changes"] = tuple(known.get("source_changes", ()))
        windows = known.get("windows")
        known["windows"] = None if windows is None else tuple(windows)
        return cls(**known)

    def with_counts(self, **counts: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **counts)
