"""The place of a row among the versions of its key: one column, or several of which the first counts most."""

from pyspark.sql import Column
from pyspark.sql import functions as F

__all__ = ["place_of"]


def place_of(sequence: tuple[str, ...], side: str = "") -> Column:
    """The columns as one that can be compared; of several, a null is the least of its kind.

    ``side`` is the alias of a frame, such as ``s`` or ``t`` in a merge.
    """
    columns = [F.col(f"{side}.`{name}`" if side else f"`{name}`") for name in sequence]
    if len(columns) == 1:
        return columns[0]
    return F.struct(*(column.alias(name) for column, name in zip(columns, sequence, strict=True)))
