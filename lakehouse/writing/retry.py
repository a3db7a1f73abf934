"""Where the table's lock does not reach, Delta itself tells of another writer; then the batch is read anew.

On a local disk the lock makes writers wait for each other. Another machine or another program does not
know it. Delta refuses the later of two commits that exclude each other, and nothing of it is published.
"""

from collections.abc import Callable
from typing import TypeVar

from delta.exceptions import (
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentTransactionException,
    ConcurrentWriteException,
    DeltaConcurrentModificationException,
    MetadataChangedException,
    ProtocolChangedException,
)

from lakehouse.errors import TableError, explain
from lakehouse.telling.logs import get_logger

__all__ = ["retried"]

log = get_logger(__name__)
Result = TypeVar("Result")

_ATTEMPTS = 5
_CONFLICTS = (
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentTransactionException,
    ConcurrentWriteException,
    DeltaConcurrentModificationException,
    MetadataChangedException,
    ProtocolChangedException,
)


def retried(attempt: Callable[[], Result], table: str) -> Result:
    """What ``attempt`` gives, made again from the reading on after each conflict, five times at most."""
    for number in range(1, _ATTEMPTS + 1):
        try:
            return attempt()
        except _CONFLICTS as conflict:
            log.warning("batch.conflict", "another writer was first", attempt=number)
            last = conflict
    raise TableError(
        explain(
            "others kept writing the table at the same time; nothing was published",
            where=table,
            found=f"{_ATTEMPTS} conflicts, the last a {type(last).__name__}",
            remedy="let one machine at a time write it; only the road may",
        ),
    ) from last
