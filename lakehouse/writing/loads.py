"""Step 1, read, for bronze: loads in the bucket become rows.

Every line becomes one row, whatever is wrong with it. The contract's columns arrive as strings, as
they stand in the record; beside them

``_change``       ``upsert``, ``delete`` for a key that is gone, ``truncate`` where all rows are
``_rescued``      values that the contract does not know, as a JSON object, or null
``_missing``      the contract's columns that the record does not have
``_problem``      why the line is no record, or null
``_line``         the line itself
``_file``, ``_line_number``, ``_load_id``, ``_position``   where the row came from
``_order``, ``_unchanged``   null in rows of dumps; see :mod:`lakehouse.writing.envelopes` for changes
``_extracted_at``, ``_arrived_at``   when it left the source, and when it came to the bucket
``_hash``         a hash of the record's text, by which dumps are compared
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from lakehouse.capture.loads import LineCount, Load, count_lines, count_rows
from lakehouse.engine.lines import FileOfLines, read_lines
from lakehouse.errors import explain
from lakehouse.sources import FileFormat, Files, FullDumps, Workbooks
from lakehouse.spec import TableSpec
from lakehouse.writing.dumps import line_hash
from lakehouse.writing.feeds import holds_changes

__all__ = ["ORIGIN", "Checked", "about", "checked_loads", "deletes_of", "lines_in", "lines_of", "rows_of"]

ORIGIN = (
    "_change",
    "_rescued",
    "_hash",
    "_load_id",
    "_position",
    "_order",
    "_unchanged",
    "_file",
    "_line_number",
    "_extracted_at",
    "_arrived_at",
)
"""The columns that bronze keeps beside the contract's, to tell where a row came from."""

_LOADS = StructType(
    [
        StructField("_ordinal", IntegerType()),
        StructField("_load_id", StringType()),
        StructField("_position", LongType()),
        StructField("_extracted_at", TimestampType()),
        StructField("_arrived_at", TimestampType()),
        StructField("_snapshot", BooleanType()),
        StructField("_epoch", LongType()),
    ],
)


@dataclass(frozen=True, slots=True)
class Checked:
    """The loads that may be taken, a sentence for each that may not, and an independent count.

    ``lines`` is what conservation is measured by, counted without Spark. Each of the ``torn`` files,
    bare ones that break off, may give one row more: the place where it breaks off.
    """

    loads: tuple[Load, ...]
    problems: tuple[str, ...]
    lines: int
    torn: int


def checked_loads(source: Files, loads: Sequence[Load]) -> Checked:
    """Count every file's lines by plain reading, and hold the count against the manifest."""
    sound: list[Load] = []
    problems: list[str] = []
    lines = torn = 0
    changes = any(map(holds_changes, loads))
    for load in loads:
        counted = damaged = 0
        problem = None
        if holds_changes(load) != changes:
            problem = "it holds rows, and the loads beside it hold changes: a table has one feed at a time"
        elif isinstance(source, FullDumps) and load.kind == "incremental" and not changes:
            problem = "it holds changed rows only, and the dataset reads whole dumps"
        if not isinstance(source, Workbooks) and any(
            FileFormat.of(file.path) == FileFormat.XLSX for file in load.files
        ):
            problem = "it is a workbook, and the dataset reads lines; declare its source as Workbooks(…)"
        for file in load.files:
            found = _counted(source, file.path)
            header = 1 if FileFormat.of(file.path) == FileFormat.CSV and found.lines else 0
            counted += found.lines - header
            damaged += not found.complete
            if not found.complete and FileFormat.of(file.path) == FileFormat.XLSX:
                problem = problem or f"{file.path.name} is damaged, or lacks the sheet or the header"
            elif not found.complete and (load.kind != "file" or isinstance(source, FullDumps)):
                problem = problem or f"{file.path.name} is truncated or damaged"
            if file.rows is not None and found.lines != file.rows and problem is None:
                problem = f"{file.path.name} has {found.lines:,} lines where the manifest says {file.rows:,}"
        if problem:
            problems.append(
                explain(
                    "the load is not whole and is left in the bucket",
                    where=f"{source.name}, load {load.load_id}",
                    found=problem,
                    remedy="put the whole file back in its place, or dump again; the next run takes it",
                ),
            )
        else:
            sound.append(load)
            lines, torn = lines + counted, torn + damaged
    return Checked(tuple(sound), tuple(problems), lines, torn)


def about(spark: SparkSession, loads: Sequence[Load], snapshots: Sequence[int] = ()) -> DataFrame:
    """A row per load: ``_ordinal`` from 1, then the columns of a row that tell its load and times.

    ``_snapshot`` and ``_epoch`` say of changes whether the load is a snapshot, and where the last one that
    goes before it stands, of those at the positions ``snapshots``; 0 where none does.
    """
    rows = []
    for ordinal, load in enumerate(loads, start=1):
        snapshot = holds_changes(load) and load.kind == "full"
        epoch = max((each for each in snapshots if each <= load.position), default=0)
        times = (load.extracted_at, load.arrived_at)
        rows.append((ordinal, load.load_id, load.position, *times, snapshot, epoch))
    return spark.createDataFrame(rows, _LOADS)


def lines_of(spark: SparkSession, source: Files, loads: Sequence[Load], bucket: Path) -> DataFrame:
    """Every line of some loads, see :func:`lakehouse.engine.lines.read_lines`; ``_ordinal`` from 1."""
    files = ((ordinal, file.path) for ordinal, load in enumerate(loads, start=1) for file in load.files)
    return lines_in(spark, source, files, bucket)


def lines_in(
    spark: SparkSession, source: Files, files: Iterable[tuple[int, Path]], bucket: Path
) -> DataFrame:
    """The same of single files, each with its ``_ordinal``."""
    meant = (source.sheet, source.header) if isinstance(source, Workbooks) else ("", "")
    return read_lines(
        spark,
        (
            FileOfLines(str(path), str(path.relative_to(bucket)), FileFormat.of(path), ordinal, *meant)
            for ordinal, path in files
        ),
    )


def rows_of(lines: DataFrame, spec: TableSpec, origin: DataFrame) -> DataFrame:
    """Lines as rows, in the shape described above; ``origin`` is what :func:`about` gives."""
    # By way of a variant where it must be: parsed straight into strings, long numbers would lose digits.
    exact = F.try_variant_get(F.try_parse_json("_record"), "$", "map<string,string>")
    record = F.when(F.col("_plain"), F.from_json("_record", "map<string,string>")).otherwise(exact)
    parsed = lines.withColumn("_map", F.when(F.rtrim("_record").endswith("}"), record))
    names = F.array(*(F.lit(name) for name in spec.column_names))
    unknown = F.map_filter("_map", lambda name, _: ~F.array_contains(names, name))
    no_record = F.when(F.col("_map").isNull(), F.lit("the line is not a JSON object"))
    missing = F.array_except(names, F.map_keys("_map"))
    rows = parsed.join(F.broadcast(origin), on="_ordinal", how="left")
    return rows.select(
        *(F.try_element_at("_map", F.lit(name)).alias(name) for name in spec.column_names),
        F.lit("upsert").alias("_change"),
        F.when(F.size(unknown) > 0, F.to_json(unknown)).alias("_rescued"),
        line_hash().alias("_hash"),
        F.coalesce(missing, F.array().cast("array<string>")).alias("_missing"),
        F.coalesce("_problem", no_record).alias("_problem"),
        "_line",
        "_file",
        "_line_number",
        "_load_id",
        "_position",
        F.lit(None).cast("bigint").alias("_order"),
        F.lit(None).cast("string").alias("_unchanged"),
        "_extracted_at",
        "_arrived_at",
    )


def deletes_of(gone: DataFrame, like: DataFrame, origin: DataFrame) -> DataFrame:
    """A ``delete`` row, in the columns of ``like``, for every key (and ``_ordinal``) in ``gone``."""
    known = gone.join(F.broadcast(origin), on="_ordinal", how="inner").withColumns(
        {"_change": F.lit("delete"), "_missing": F.array().cast("array<string>")},
    )
    types = dict(like.dtypes)
    return known.select(
        *(
            (F.col(name) if name in known.columns else F.lit(None).cast(types[name])).alias(name)
            for name in like.columns
        ),
    )


def _counted(source: Files, path: Path) -> LineCount:
    if isinstance(source, Workbooks) and FileFormat.of(path) == FileFormat.XLSX:
        return count_rows(path, source.sheet, source.header)
    return count_lines(path)
