"""What the records say of the rows that are there: by whose code they were made, what they were held to."""

from collections.abc import Mapping, Sequence
from typing import Any

from lakehouse.change.fingerprint import code_hash, same_code
from lakehouse.change.terms import RuleTerms
from lakehouse.dataset import Dataset
from lakehouse.writing.record import CommitRecord
from lakehouse.writing.request import Trigger

__all__ = ["code_changed", "never_broken", "replaced_everything"]


def code_changed(dataset: Dataset, records: Sequence[CommitRecord]) -> bool:
    """Whether rows of the table were made by other code than today's; ``records`` newest first.

    The stamp in a record is of the code in the process that wrote it. Walks back to the last commit
    that replaced the whole table. A window written by today's code since then no longer counts;
    replayed rows tell nothing, since they are fed in as they were.
    """
    current = code_hash(dataset.function)
    fresh: set[str] = set()
    for record in records:
        if record.trigger == Trigger.REPLAY:
            continue
        same = same_code(record.code, current)
        if not same and not (record.windows is not None and fresh.issuperset(record.windows)):
            return True
        fresh.update(record.windows or ())
        if replaced_everything(record):
            return False
    return False


def never_broken(name: str, rule: RuleTerms, records: Sequence[CommitRecord]) -> bool:
    """Whether every row there was judged by this very rule and none broke it; ``records`` newest first."""
    for record in records:
        count = record.rules.get(name)
        if count is None or count.broken:
            return False
        stated = None if record.terms is None else record.terms["rules"].get(name)
        if record.terms is not None and (stated is None or not _same(stated, rule)):
            return False
        if replaced_everything(record):
            return True
    return bool(records)


def _same(stated: Mapping[str, Any], rule: RuleTerms) -> bool:
    return stated.get("arguments", {}) == rule.arguments and same_code(stated.get("code"), rule.code)


def replaced_everything(record: CommitRecord) -> bool:
    """Whether no row that was there before the commit is there after it."""
    if record.mode == "Snapshot" or record.trigger == Trigger.REBUILD:
        return True
    read_whole = bool(record.inputs) and all(read.after is None for read in record.inputs.values())
    return read_whole and record.trigger == Trigger.INCREMENTAL
