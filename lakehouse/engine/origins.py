"""Where in Python a column was written: PySpark notes it at every call, for its error messages.

It takes ten calls into Java each time. That is worth it in a transformation, where the engineer has to find
the line; the road's own columns are many, and what goes wrong in them is told by column and rule.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from pyspark.errors import utils

__all__ = ["origins"]

# PySpark reads its setting `spark.python.sql.dataFrameDebugging.enabled` once a process, and keeps it here.
_SWITCH = "_enable_debugging_cache"


@contextmanager
def origins(*, noted: bool) -> Iterator[None]:
    """Note where columns are written, or do not, until the context ends. Who turned it off gets none."""
    wanted, before = _wanted(), utils.is_debugging_enabled()
    setattr(utils, _SWITCH, noted and wanted)
    try:
        yield
    finally:
        setattr(utils, _SWITCH, before)


@cache
def _wanted() -> bool:
    """What the session is set to; asked before anything is changed."""
    return bool(utils.is_debugging_enabled())
