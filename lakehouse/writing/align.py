"""Step 2, align: an explicit select to the contract's columns and types.

A value that does not fit its column's type is a broken rule of its row, with the original kept:
never a null that hides it, and never the end of the batch. A value that fits only by losing
something (a third decimal, a fraction of a whole number, the hour of a day)
does not fit.
"""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from lakehouse.dataset import Dataset
from lakehouse.errors import DeclarationError, explain
from lakehouse.spec import TableSpec

__all__ = ["RAW", "Aligned", "align"]

RAW = "__raw__"
"""The prefix of the columns that keep a value as it came, where its type had to change."""

_DIGITS = 18  # after the point; more than a source has that does not calculate


@dataclass(frozen=True, slots=True)
class Aligned:
    """A frame with the contract's columns and types.

    ``cast`` names the columns whose values had to change type; their originals stand beside them
    under :data:`RAW` names. Columns that start with ``_`` came along untouched.
    """

    frame: DataFrame
    cast: tuple[str, ...]


def align(frame: DataFrame, dataset: Dataset) -> Aligned:
    """Select the contract's columns in their order and type. The transformation must give them all."""
    spec = dataset.spec
    _check_columns(frame, spec, dataset)
    kept = [name for name in frame.columns if name.startswith("_")]
    types = {field.name: field.dataType for field in frame.schema.fields}
    cast = tuple(c.name for c in spec.columns if not _same_type(types[c.name], c.type))
    columns = [
        (F.col(c.name).try_cast(c.type) if c.name in cast else F.col(c.name)).alias(c.name)
        for c in spec.columns
    ]
    originals = [F.col(name).alias(f"{RAW}{name}") for name in cast]
    return Aligned(frame.select(*columns, *originals, *kept), cast)


def does_not_fit(name: str, original: DataType, wanted: DataType) -> Column:
    """True where the original value of a cast column has no equal in the column's type."""
    raw, value = F.col(f"{RAW}{name}"), F.col(name)
    lost = value.isNull()
    if isinstance(wanted, DecimalType) and isinstance(original, (StringType, NumericType)):
        lost = lost | _rounded(raw, value, wanted)
    elif isinstance(wanted, IntegralType) and isinstance(original, (DoubleType, FloatType, DecimalType)):
        lost = lost | (raw != F.floor(raw))
    elif isinstance(wanted, DateType) and isinstance(original, (StringType, TimestampType, TimestampNTZType)):
        moment = raw.try_cast(TimestampNTZType())
        lost = lost | ~value.cast(TimestampNTZType()).eqNullSafe(moment)
    return raw.isNotNull() & lost


def _rounded(raw: Column, value: Column, wanted: DecimalType) -> Column:
    """True where a decimal has fewer digits than the original gives."""
    spare = 38 - wanted.precision
    if spare + wanted.scale >= _DIGITS:  # a type that holds every value that fits, and the digits to lose
        return ~value.eqNullSafe(raw.try_cast(DecimalType(38, _DIGITS)))
    text = F.trim(raw.cast("string"))
    plain = ~text.rlike("[eE]")
    digits = F.length(F.regexp_extract(text, r"\.(\d*?)0*$", 1))
    differs = value.cast("double") != raw.try_cast("double")
    return F.when(plain, digits > wanted.scale).otherwise(differs)


def _same_type(found: DataType, wanted: DataType) -> bool:
    """Equal but for what may be null inside."""
    return found.simpleString() == wanted.simpleString()


def _check_columns(frame: DataFrame, spec: TableSpec, dataset: Dataset) -> None:
    given = [name for name in frame.columns if not name.startswith("_")]
    missing = [name for name in spec.column_names if name not in given]
    extra = [name for name in given if name not in spec.column_names]
    doubled = sorted({name for name in given if given.count(name) > 1})
    for problem, names, remedy in (
        ("does not give columns of the contract", missing, "add them to the final select"),
        ("gives columns that the contract does not have", extra, "add them to the contract, or drop them"),
        ("gives a column twice", doubled, "select it once"),
    ):
        if names:
            raise DeclarationError(
                explain(
                    f"the transformation {problem}",
                    where=f"{dataset.full_name} ({dataset.file.name}:{dataset.line})",
                    expected=", ".join(spec.column_names),
                    found=", ".join(names),
                    remedy=remedy,
                ),
            )
