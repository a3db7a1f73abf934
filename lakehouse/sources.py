"""What a bronze dataset reads: loads that lie in the bucket, as files, as they came.

A source declares *where*; which loads are new, and turning them into rows, is the write path's
first step (:mod:`lakehouse.writing.loads`).
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

__all__ = ["FileFormat", "Files", "FullDumps", "Workbooks"]


class FileFormat(StrEnum):
    """How a line becomes a row."""

    JSONL = "jsonl"
    """One JSON object a line."""
    CSV = "csv"
    """One record a line, the column names in each file's first line."""
    XLSX = "xlsx"
    """One record a row of a sheet, see :class:`Workbooks`."""

    @classmethod
    def of(cls, path: Path) -> "FileFormat":
        """By a file's name; what is neither CSV nor a workbook is read as JSON lines."""
        suffix = Path(path.name.removesuffix(".gz")).suffix.removeprefix(".")
        return cls(suffix) if suffix in {cls.CSV, cls.XLSX} else cls.JSONL


@dataclass(frozen=True, slots=True)
class Files:
    """Every row of every load under ``BUCKET/system/table`` is a row of the bronze table.

    ``stale_after_hours`` raises an alert when no load has arrived for that long. A ``sparse`` source leaves
    out of a record what it has no value for, so an absent column is nothing to warn of.
    """

    system: str
    table: str
    format: FileFormat = FileFormat.JSONL
    stale_after_hours: float | None = None
    sparse: bool = False

    @property
    def name(self) -> str:
        """The source's name in listings: ``system.table``."""
        return f"{self.system}.{self.table}"


@dataclass(frozen=True, slots=True)
class FullDumps(Files):
    """Loads that each hold the whole source table.

    Bronze keeps the rows that differ from the load before (``_change = 'upsert'``) and a row for
    every key that is no longer there (``_change = 'delete'``), so that every load can be rebuilt
    without storing unchanged rows again. Needs a key in the contract.
    """


@dataclass(frozen=True, slots=True)
class Workbooks(Files):
    """Spreadsheets (``.xlsx``) as people keep them: a record is a row of ``sheet`` below its header.

    The header is the first row that has a cell with the text ``header``; titles and merged cells above it
    are no records, nor are empty rows. A column is called as the header calls it, in small letters, with
    ``_`` for anything that is no letter or digit: ``Reorder point`` is ``reorder_point``. Every value
    arrives as text, dates and times in ISO form. A row's line number is its number in the sheet.
    """

    sheet: str = ""
    header: str = ""
    format: FileFormat = FileFormat.XLSX
