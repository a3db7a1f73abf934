"""What the records of a source look like: types read off the text of values in the bucket's newest load."""

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO, cast

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    LongType,
    StringType,
    TimestampType,
)

from lakehouse.capture.loads import Load, list_loads
from lakehouse.errors import SourceError, explain
from lakehouse.lake import Lake
from lakehouse.scaffold.profile import ColumnProfile, Profile
from lakehouse.sources import FileFormat

__all__ = ["profile_source"]

_ENOUGH = 20_000
"""So many records are looked at."""
_WIDEST_DECIMAL = 38
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(?P<whole>0|[1-9]\d*)(\.(?P<part>\d+))?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
_PERSONAL = {
    "email": r"e_?mail",
    "phone": r"phone|mobile|fax",
    "name": r"(first|last|full|given|family|middle|sur|customer|contact|user)_?name|^surname",
    "address": r"street|address|^line_?\d$|house_number",
    "birthday": r"birth|^dob$",
    "ip": r"(^|_)ip(_address)?$",
    "account": r"iban|card_number|account_number",
}


def profile_source(lake: Lake, system: str, table: str) -> tuple[Profile, Load]:
    """The profile of a source's newest load, and the load. Reads its first records, as text."""
    loads = list_loads(lake.settings.bucket_dir, system, table).loads
    if not loads:
        raise SourceError(
            explain(
                "there is no load in the bucket to look at",
                where=f"{system}.{table}",
                expected=f"files in {lake.settings.bucket_dir.name}/{system}/{table}",
                remedy="land a dump first",
            )
        )
    load = loads[-1]
    records = list(islice(_records(load), _ENOUGH))
    names = dict.fromkeys(name for record in records for name in record if not name.startswith("_"))
    columns = tuple(_column(name, [record.get(name) for record in records]) for name in names)
    return Profile(f"{system}.{table}", len(records), columns, _key(columns, len(records))), load


def _records(load: Load) -> Iterator[dict[str, str | None]]:
    for file in load.files:
        with _opened(file.path) as lines:
            if FileFormat.of(file.path) is FileFormat.CSV:
                for row in csv.DictReader(lines):
                    yield {name: value or None for name, value in row.items() if name}
            else:
                yield from _json_records(lines)


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding="utf-8", errors="replace"))
    return path.open(encoding="utf-8", errors="replace")


def _json_records(lines: Iterable[str]) -> Iterator[dict[str, str | None]]:
    """Numbers keep the text they have in the file; lines that are no object are the write path's to judge."""
    for line in lines:
        try:
            record = json.loads(line, parse_int=str, parse_float=str)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield {name: _text(value) for name, value in record.items()}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _column(name: str, values: Sequence[str | None]) -> ColumnProfile:
    given = [value for value in values if value is not None]
    pii = next((kind for kind, words in _PERSONAL.items() if re.search(words, name.lower())), None)
    if pii is None and any(_MAIL.search(value) for value in given):
        pii = "email"
    return ColumnProfile(
        name,
        StringType() if pii else _type(given),
        nulls=len(values) - len(given),
        distinct=len(set(given)),
        pii=pii,
    )


def _type(values: Sequence[str]) -> DataType:
    """The narrowest type that every value fits; text where there is none."""
    if not values:
        return StringType()
    fits: list[tuple[DataType, Callable[[str], object]]] = [
        (BooleanType(), lambda value: value in ("true", "false")),
        (LongType(), _WHOLE.fullmatch),
        (DateType(), lambda value: _DAY.fullmatch(value) and _is_time(value)),
        (TimestampType(), lambda value: _TIME.match(value) and _is_time(value)),
    ]
    kind = next((kind for kind, fit in fits if all(fit(value) for value in values)), None)
    return kind or _decimal(values) or StringType()


def _decimal(values: Sequence[str]) -> DecimalType | None:
    numbers = [_DECIMAL.fullmatch(value) for value in values]
    if not all(numbers):
        return None
    scale = max(len(number["part"] or "") for number in numbers if number)
    whole = max(len(number["whole"]) for number in numbers if number)
    # Two digits more than were seen: tomorrow's values are larger.
    precision = max(12, whole + scale + 2)
    return DecimalType(precision, scale) if precision <= _WIDEST_DECIMAL else None


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _key(columns: Sequence[ColumnProfile], rows: int) -> tuple[str, ...]:
    """The first column whose values no two records share; one called ``id`` before others."""
    usable = [
        each
        for each in columns
        if rows and each.distinct == rows and not each.pii and isinstance(each.type, (LongType, StringType))
    ]
    usable.sort(key=lambda each: (each.name != "id", not each.name.endswith("_id")))
    return (usable[0].name,) if usable else ()
