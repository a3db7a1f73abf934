"""The five ways in which a batch becomes part of a table."""

from dataclasses import dataclass

__all__ = ["Append", "History", "ReplaceWindow", "Snapshot", "Upsert", "WriteMode"]


@dataclass(frozen=True, slots=True)
class WriteMode:
    """The base of the write modes."""

    @property
    def name(self) -> str:
        """The mode's name in records and listings."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class Append(WriteMode):
    """Rows are added and never altered. In bronze, a load is written once, known by its load id."""


@dataclass(frozen=True, slots=True)
class ReplaceWindow(WriteMode):
    """Whole windows are recomputed and replaced. Needs ``partitions`` on the dataset."""


@dataclass(frozen=True, slots=True)
class Upsert(WriteMode):
    """The latest row per key.

    ``sequence_by`` names the column that orders the rows of one key, or several, the first counting most
    and a null least; a row whose sequence is not greater than the table's is superseded, whenever it
    arrives. Rows may say what they are in a column ``_change``: ``upsert`` (the default), ``delete`` or
    ``truncate`` (everything up to that sequence is gone). Without ``sequence_by`` the rows of the keys that
    were read replace what the table holds for them: right where inputs are read by
    :func:`~lakehouse.reading.keys`.
    """

    sequence_by: str | tuple[str, ...] | None = None

    @property
    def sequence(self) -> tuple[str, ...]:
        """The columns of ``sequence_by``; empty without."""
        return _columns(self.sequence_by)


@dataclass(frozen=True, slots=True)
class History(WriteMode):
    """Every version of every key: a slowly changing dimension of type 2.

    The road adds ``valid_from``, ``valid_to`` (null while it holds) and ``is_current``.
    ``sequence_by`` orders the versions of one key, ``valid_at`` (default: its first column) names
    the column with the time from which a version holds. Late and out-of-order versions split the
    interval that they fall into; a row with ``_change = 'delete'`` ends one.
    """

    sequence_by: str | tuple[str, ...] = ""
    valid_at: str | None = None

    @property
    def sequence(self) -> tuple[str, ...]:
        """The columns of ``sequence_by``."""
        return _columns(self.sequence_by)

    @property
    def valid_column(self) -> str:
        """The column that says from when a version holds."""
        return self.valid_at or next(iter(self.sequence), "")


@dataclass(frozen=True, slots=True)
class Snapshot(WriteMode):
    """The whole result replaces the table, with no commit where nothing changed. For small tables."""


def _columns(sequence_by: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (sequence_by,) if isinstance(sequence_by, str) else sequence_by or ()
