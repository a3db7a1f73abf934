"""Failures of the machine, by name: a full disk, a folder closed to us, memory, an engine that ended.

Spark says the same thing in a dozen ways, under hundreds of lines; what somebody has to do about it is one
of a few.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JError, Py4JNetworkError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from lakehouse.errors import SetupError, explain

__all__ = ["faults_named", "forget_tables"]


@dataclass(frozen=True, slots=True)
class _Fault:
    """A failure that is recognised by what it says, in words of its own and with what to do."""

    says: re.Pattern[str]
    what: str
    remedy: str


_AGAIN = "then run again: the table is as it was"
_FAULTS = (
    _Fault(
        re.compile("No space left on device|Disk quota exceeded|File too large"),
        "the disk is full",
        f"free some space, {_AGAIN}",
    ),
    _Fault(
        re.compile("Read-only file system"),
        "the disk is read-only",
        f"mount it for writing (a disk that failed mounts itself so: look at the system's log), {_AGAIN}",
    ),
    _Fault(
        re.compile("Permission denied|Operation not permitted|AccessDeniedException"),
        "a file or folder may not be written or read",
        f"give it to the user that runs the lake, {_AGAIN}",
    ),
    _Fault(
        re.compile("Mkdirs failed to create|DELTA_CANNOT_CREATE_LOG_PATH|Failed to create (?:local )?dir"),
        "a folder cannot be made",
        f"make room, or the folder above it writable, {_AGAIN}",
    ),
    _Fault(
        re.compile("OutOfMemoryError|GC overhead limit exceeded|SparkOutOfMemoryError"),
        "Spark has not enough memory",
        "raise spark.driver.memory in spark-conf, or read less at a time (windows of a backfill), " + _AGAIN,
    ),
    _Fault(
        re.compile(
            "ExecutorLostFailure|Executor heartbeat timed out|SparkContext (?:was|has been) shut ?down"
            "|stopped SparkContext|Answer from Java side is empty|Error while sending or receiving"
            "|Connection refused|An error occurred while trying to connect to the Java server"
        ),
        "Spark's process ended while it worked",
        "it was stopped, or the system took it for want of memory: see the system's log; "
        "run again: what was not published is done anew",
    ),
)
_PATH = re.compile(r"(?:file:)?(/[^\s:()'\"]+)")


@contextmanager
def faults_named(table: str, spark: SparkSession) -> Iterator[None]:
    """Raise a failure of the machine as a :class:`SetupError` of a table; anything else as it is.

    The session then forgets what it knows of tables: half of a write may be in it.
    """
    try:
        yield
    except (OSError, Py4JError, PySparkException) as error:
        with suppress(Py4JError, OSError):  # of an engine that ended, nothing is left to forget
            forget_tables(spark)
        text = "\n".join(_texts(error))
        if isinstance(error, Py4JNetworkError):
            text += "\nAnswer from Java side is empty"
        for fault in _FAULTS:
            if match := fault.says.search(text):
                raise SetupError(
                    explain(fault.what, where=table, found=_found(text, match), remedy=fault.remedy)
                ) from error
        raise


def forget_tables(spark: SparkSession) -> None:
    """Make a session read every table's log anew."""
    jvm: Any = spark._jvm  # noqa: SLF001 - Delta keeps what it has read in the Java process
    jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


def _texts(error: BaseException | None) -> Iterator[str]:
    """What an error says, and what those say that caused it, in Python and in Java."""
    while error is not None:
        yield str(error)
        yield str(getattr(error, "_stackTrace", ""))
        error = getattr(error, "_cause", None) or error.__cause__


def _found(text: str, match: re.Match[str]) -> str:
    """The words that were recognised, and the file they speak of, if the line names one."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : text.find("\n", match.end()) + 1 or len(text)]
    path = _PATH.search(line)
    return f"{match.group()} ({path.group(1)})" if path else match.group()
