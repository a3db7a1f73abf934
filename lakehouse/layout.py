"""How a table's rows lie in its files, where that is not left to the order in which they came.

::

    @silver(..., layout=cluster("occurred_at", why="sessions read days"))

Most tables need none: one of a few files is read whole in any case, and rows that arrive in order of time
lie so already. Clustering is kept up by the care of files (:mod:`lakehouse.writing.maintain`), not by every
write. Folders by a column's values (Hive's partitions) are not offered: a table of a thousand days has a
thousand folders of small files, and late rows add to each.
"""

from dataclasses import dataclass

__all__ = ["Cluster", "cluster"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rows alike in ``columns`` lie in the same files; ``why`` is the reason, in a line."""

    columns: tuple[str, ...]
    why: str


def cluster(*columns: str, why: str) -> Cluster:
    """Keep rows that are alike in some columns (four at most) together: readers of a part skip other files.

    The columns are those that readers choose rows by. ``why`` says which reader, and what it gains.
    """
    return Cluster(columns, why)
