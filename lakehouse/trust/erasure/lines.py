"""Lines of the bucket that are about somebody who is erased: found among others, and rewritten.

An erased line becomes :data:`MARKER`, so that all others keep their numbers and files their count. Of a line
that stays, only what is about the person is replaced: the rest keeps its every byte.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.trust.erasure.book import hash_of
from lakehouse.trust.erasure.matching import EDIT, ERASE, MASK, Wanted, verdict
from lakehouse.trust.erasure.places import Columns
from lakehouse.trust.freetext import EMAIL

__all__ = ["MARKER", "TouchedLine", "edited", "touched_lines"]

MARKER = '{"_erased":true}'
"""What stands in the place of an erased line."""

_ADDRESS = re.compile(EMAIL, re.ASCII)


@dataclass(frozen=True, slots=True)
class TouchedLine:
    """A line as it is to be: ``line`` and ``record`` are None where nothing stays of it."""

    file: str
    number: int
    ordinal: int
    line: str | None
    record: str | None
    problem: str | None


def touched_lines(
    lines: DataFrame, rows_of: Callable[[DataFrame], DataFrame], columns: Columns, wanted: Wanted
) -> list[TouchedLine]:
    """Of some lines (see :func:`lakehouse.engine.lines.read_lines`), those about the person.

    ``rows_of`` makes rows of them that have the contract's columns as texts, ``_file`` and ``_line_number``;
    of a line that tells of two rows, as a change does, it may make two.
    """
    marked = lines.where(F.col("_line") != MARKER)
    rows = rows_of(marked)
    needed = dict.fromkeys(
        [*(each[1] for each in columns.identifying), *(each[1] for each in columns.unlinked)]
    )
    judged = rows.select(
        F.col("_file").alias("__file"),
        F.col("_line_number").alias("__number"),
        *(F.col(name).cast("string").alias(f"__v_{name}") for name in needed),
    )
    same = (F.col("_file") == F.col("__file")) & (F.col("_line_number") == F.col("__number"))
    joined = marked.join(judged, on=same, how="left")
    decided = verdict(
        wanted,
        columns,
        lambda name: F.col(f"__v_{name}"),
        [F.col("_line")],
        no_record=F.col("_record").isNull(),
    )
    links = F.struct(
        *(F.col(f"__v_{name}").alias(name) for _, name in columns.unlinked), F.lit(0).alias("__")
    )
    found = joined.select(*lines.columns, decided.alias("__verdict"), links.alias("__links"))
    touched: dict[tuple[str, int], TouchedLine] = {}
    for row in found.where(F.col("__verdict").isNotNull()).collect():
        place = (row["_file"], row["_line_number"])
        before = touched.get(place)
        if before is None:
            touched[place] = _touched(row.asDict(), wanted)
        elif before.line is not None:
            so_far = {"_line": before.line, "_record": before.record}
            touched[place] = _touched(row.asDict() | so_far, wanted)
    return list(touched.values())


def edited(text: str, links: Mapping[str, str], pattern: "re.Pattern[str] | None") -> str:
    """A line without its links, and with what tells the person masked."""
    for column, value in links.items():
        name, quoted = re.escape(json.dumps(column)), re.escape(value)
        text = re.sub(rf'({name}\s*:\s*)("?){quoted}\2(?=\s*[,}}\]])', r"\1null", text)
    return pattern.sub(MASK, text) if pattern else text


def _touched(row: Mapping[str, object], wanted: Wanted) -> TouchedLine:
    line, record = str(row["_line"]), row["_record"]
    new_line = new_record = None
    if row["__verdict"] == EDIT:
        links = _links(row["__links"], wanted)
        pattern = _pattern(line, wanted)
        new_line = edited(line, links, pattern)
        new_record = edited(str(record), links, pattern) if record is not None else None
    assert row["__verdict"] in (ERASE, EDIT)  # noqa: S101 - the condition by which it was collected
    return TouchedLine(
        str(row["_file"]),
        int(str(row["_line_number"])),
        int(str(row["_ordinal"])),
        new_line,
        new_record,
        None if row["_problem"] is None else str(row["_problem"]),
    )


def _links(found: object, wanted: Wanted) -> dict[str, str]:
    """The values to be taken out, by column: only the person's own."""
    values = {name: each for name, each in dict(found.asDict()).items() if isinstance(each, str)}  # type: ignore[attr-defined]
    everybody = set().union(*wanted.hashes.values())
    subject, key = wanted.subject.name, wanted.key
    return {
        column: value
        for column, value in values.items()
        if {hash_of(value, subject, name, key) for name in wanted.hashes} & everybody
    }


def _pattern(line: str, wanted: Wanted) -> "re.Pattern[str] | None":
    """What to mask in a line: what is known, or where only hashes are, the addresses of such a hash."""
    if wanted.pattern:
        return re.compile(wanted.pattern)
    found = [re.escape(match[0]) for match in _ADDRESS.finditer(line) if _is_theirs(match[0], wanted)]
    return re.compile("|".join(found)) if found else None


def _is_theirs(written: str, wanted: Wanted) -> bool:
    address = re.sub("(?i)%40", "@", written)
    subject, key = wanted.subject.name, wanted.key
    return any(hash_of(address, subject, name, key) in wanted.hashes[name] for name in wanted.in_texts)
