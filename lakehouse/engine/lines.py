"""The lines of files in the bucket, as a Spark data source that loses nothing.

Spark's own text reader knows no line numbers, fails a whole job on a truncated gzip file and
replaces bytes that are not UTF-8 without a word. This one (Spark's Python data source interface)
gives every line with its number and says what is wrong with it in a column.
"""

import contextlib
import csv
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from lakehouse.engine.jsonline import LineReader
from lakehouse.engine.sheets import sheet_rows

__all__ = ["LINE_COLUMNS", "FileOfLines", "read_lines", "spelled_out"]

LINE_COLUMNS = (
    "_line string, _record string, _problem string, _line_number bigint, _file string, _ordinal int, "
    "_plain boolean"
)
_CHUNK = 1 << 20  # bytes read at a time
_GZIP = 16 + zlib.MAX_WBITS  # zlib's word for "with a gzip header"
_ROWS = 8192  # rows of one Arrow batch


@dataclass(frozen=True, slots=True)
class FileOfLines:
    """One file to read: where it lies, what it is called in the lake, which load it belongs to.

    Of a workbook, ``sheet`` and ``header`` say which rows are meant.
    """

    path: str
    name: str
    format: str
    ordinal: int
    sheet: str = ""
    header: str = ""


def read_lines(spark: SparkSession, files: Iterable[FileOfLines]) -> DataFrame:
    """All lines of some files.

    Columns: ``_line`` as it stands in the file, or null where ``_record`` is the same text; ``_record`` the
    line as a JSON object (null where it is none), ``_problem`` what is wrong with the line or null,
    ``_line_number`` from 1, ``_file`` the name given, ``_ordinal`` the load's number in this batch,
    ``_plain`` whether the record says the same to every reader of JSON, as
    :class:`~lakehouse.engine.jsonline.LineReader` has it. :func:`spelled_out` gives ``_line`` everywhere;
    what is kept in memory is half as large without.
    """
    spark.dataSource.register(LinesSource)
    listing = json.dumps([astuple(file) for file in files])
    return spark.read.format(LinesSource.name()).option("files", listing).load()


def spelled_out(lines: DataFrame) -> DataFrame:
    """Lines as :func:`read_lines` gives them, with ``_line`` in every row."""
    return lines.withColumn("_line", F.coalesce("_line", "_record"))


class LinesSource(DataSource):
    """Registered as ``lakehouse_lines``."""

    @classmethod
    def name(cls) -> str:
        return "lakehouse_lines"

    def schema(self) -> str:
        return LINE_COLUMNS

    def reader(self, schema: Any) -> DataSourceReader:  # noqa: ARG002
        return _Reader([FileOfLines(*entry) for entry in json.loads(self.options["files"])])


class _Reader(DataSourceReader):
    def __init__(self, files: list[FileOfLines]) -> None:
        self._files = files

    def partitions(self) -> list[InputPartition]:
        """A few files a task: many small files would otherwise be many tiny tasks."""
        ordered = sorted(self._files, key=lambda file: Path(file.path).stat().st_size, reverse=True)
        tasks: list[tuple[int, list[FileOfLines]]] = [(0, []) for _ in range(min(len(ordered), 8))]
        for file in ordered:
            index = min(range(len(tasks)), key=lambda at: tasks[at][0])
            tasks[index] = (tasks[index][0] + Path(file.path).stat().st_size + 1, [*tasks[index][1], file])
        return [InputPartition(files) for _, files in tasks]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        for file in partition.value:
            yield from _batches(file)


_Row = tuple[int, str, str | None, str | None, bool]


def _batches(file: FileOfLines) -> Iterator[pa.RecordBatch]:
    rows: list[_Row] = []
    for row in _numbered(file):
        rows.append(row)
        if len(rows) == _ROWS:
            yield _batch(file, rows)
            rows = []
    if rows:
        yield _batch(file, rows)


def _numbered(file: FileOfLines) -> Iterator[_Row]:
    if file.format == "xlsx":
        for row in sheet_rows(Path(file.path), file.sheet, file.header):
            yield *row, False
        return
    first = 2 if file.format == "csv" else 1  # a CSV file's first line is its header
    for number, read in enumerate(_rows(file), start=first):
        yield number, *read


def _batch(file: FileOfLines, rows: list[_Row]) -> pa.RecordBatch:
    numbers, texts, records, problems, plain = zip(*rows, strict=True)
    lines = [None if text == record else text for text, record in zip(texts, records, strict=True)]
    return pa.RecordBatch.from_arrays(
        [
            pa.array(lines, pa.string()),
            pa.array(records, pa.string()),
            pa.array(problems, pa.string()),
            pa.array(numbers, pa.int64()),
            pa.array([file.name] * len(rows), pa.string()),
            pa.array([file.ordinal] * len(rows), pa.int32()),
            pa.array(plain, pa.bool_()),
        ],
        names=[column.split()[0] for column in LINE_COLUMNS.split(", ")],
    )


def _rows(file: FileOfLines) -> Iterator[tuple[str, str | None, str | None, bool]]:
    header: _Header | None = None
    reader = LineReader()
    for raw, whole in _raw_lines(Path(file.path)):
        line, problem = _decode(raw)
        if not whole:
            problem = "the file breaks off here: it is truncated or damaged"
        elif file.format == "csv" and header is None:
            header = _Header.of(line, problem)
            continue
        elif problem is None and not line.strip():
            problem = "the line is empty"
        if problem is not None:
            yield line, None, problem, False
        elif header is not None:
            yield line, *_csv_record(line, header), True  # strings only
        else:
            problem, plain = reader.read(line)
            yield line, line if problem is None else None, problem, plain


def _raw_lines(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Each line without its end, and whether it is whole; a damaged file ends with one that is not."""
    rest = b""
    for chunk in _chunks(path):
        if chunk is None:
            yield rest, False
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r"), True
    if rest:
        yield rest.removesuffix(b"\r"), True


def _chunks(path: Path) -> Iterator[bytes | None]:
    """A file's bytes, unpacked; None once where a compressed file is damaged or breaks off.

    ``gzip.open`` would drop what it had unpacked before the damage; zlib hands it out.
    """
    packed = path.suffix == ".gz"
    member = zlib.decompressobj(_GZIP)
    begun = packed  # an empty file is no gzip file
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if not packed:
                yield chunk
                continue
            while chunk := chunk if begun else chunk.lstrip(b"\0"):  # members may be padded with zeros
                begun, before = True, member.copy()
                try:
                    yield member.decompress(chunk, _CHUNK)
                except zlib.error:
                    yield from _up_to_damage(before, chunk)
                    yield None
                    return
                chunk = member.unused_data if member.eof else member.unconsumed_tail
                if member.eof:
                    member, begun = zlib.decompressobj(_GZIP), False
    if begun:
        yield None


def _up_to_damage(member: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    """What can still be unpacked: in small steps, because the step that meets damage gives nothing."""
    with contextlib.suppress(zlib.error):
        while packed and not member.eof:
            yield member.decompress(packed, 64)
            packed = member.unconsumed_tail


def _decode(raw: bytes) -> tuple[str, str | None]:
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return raw.decode("utf-8", "backslashreplace"), f"byte {error.start} of the line is not UTF-8"


@dataclass(frozen=True, slots=True)
class _Header:
    """The names in a CSV file's first line, or why no line below it can be read."""

    names: tuple[str, ...]
    problem: str | None

    @classmethod
    def of(cls, line: str, problem: str | None) -> Self:
        names, wrong = _csv_values(line)
        problem = problem or wrong
        if problem is None and len(set(names)) < max(1, len(names)):
            problem = "it names a column twice, or none"
        return cls(tuple(names), problem and f"the file's header cannot be read: {problem}")


def _csv_values(line: str) -> tuple[list[str], str | None]:
    try:
        return next(csv.reader([line]), []), None
    except csv.Error as error:
        return [], f"the line is not CSV: {error}"


def _csv_record(line: str, header: _Header) -> tuple[str | None, str | None]:
    values, problem = _csv_values(line)
    problem = header.problem or problem
    if problem is None and len(values) != len(header.names):
        problem = f"the line has {len(values)} fields where the header has {len(header.names)}"
    if problem is not None:
        return None, problem
    filled = {name: value if value != "" else None for name, value in zip(header.names, values, strict=True)}
    return json.dumps(filled, ensure_ascii=False), None
