"""Reading from the bucket without those who are erased, whatever lies in it or arrives in it later."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine.lines import LINE_COLUMNS
from lakehouse.errors import ErasureError, explain
from lakehouse.lake import Lake
from lakehouse.trust.erasure.book import Book
from lakehouse.trust.erasure.lines import MARKER, TouchedLine, touched_lines
from lakehouse.trust.erasure.matching import Wanted
from lakehouse.trust.erasure.places import declared_columns
from lakehouse.trust.subjects import load_subjects

__all__ = ["Remaining", "without_erased"]


@dataclass(frozen=True, slots=True)
class Remaining:
    """The lines that may be read, and how many may not."""

    lines: DataFrame
    erased: int = 0


def without_erased(
    lake: Lake, dataset: Dataset, lines: DataFrame, rows_of: Callable[[DataFrame], DataFrame]
) -> Remaining:
    """Of lines out of the bucket, those that are about nobody who is erased, without links to them.

    ``lines`` as :func:`lakehouse.engine.lines.read_lines` gives them; ``rows_of`` makes rows of them that
    have the contract's columns. Costs nothing where nobody was ever erased.
    """
    book = Book(lake.settings)
    if not book.anybody:
        return Remaining(lines)
    subjects = load_subjects(lake.settings, lake.catalog)
    key = lake.settings.require_erasure_key()
    touched: dict[tuple[str, int], TouchedLine] = {}
    for erased in book.erased():
        subject = subjects.get(erased.subject)
        if subject is None:
            raise ErasureError(
                explain(
                    "the list of the erased names a subject that is no longer declared",
                    where=dataset.full_name,
                    expected=erased.subject,
                    found=", ".join(subjects) or "no subject",
                    remedy=f"declare it in {lake.settings.datasets}/subjects.py, as it was",
                )
            )
        columns = declared_columns(subject, dataset.name)
        wanted = Wanted(subject, key, erased.hashes)
        for each in touched_lines(lines, rows_of, columns, wanted):
            before = touched.get((each.file, each.number))
            if before is None or before.line is not None:
                touched[each.file, each.number] = each
    markers = lines.where(F.col("_line") == MARKER).count()
    gone = sum(each.line is None for each in touched.values())
    kept = lines.where(F.col("_line") != MARKER)
    return Remaining(_replaced(kept, touched) if touched else kept, markers + gone)


def _replaced(lines: DataFrame, touched: dict[tuple[str, int], TouchedLine]) -> DataFrame:
    spark = lines.sparkSession
    places = spark.createDataFrame(list(touched), "_file string, _line_number bigint")
    kept = lines.join(F.broadcast(places), on=["_file", "_line_number"], how="left_anti").select(
        *lines.columns
    )
    edited = [
        (each.line, each.record, each.problem, each.number, each.file, each.ordinal, False)
        for each in touched.values()
        if each.line is not None
    ]
    return kept.unionByName(spark.createDataFrame(edited, LINE_COLUMNS)) if edited else kept
