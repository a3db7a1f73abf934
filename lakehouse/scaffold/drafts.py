"""Which write mode and transformation a first draft has, by layer and by what it reads."""

from dataclasses import dataclass, field
from datetime import date

from pyspark.sql.types import DateType, DecimalType, LongType, TimestampType

from lakehouse.capture.loads import Load
from lakehouse.dataset import Dataset
from lakehouse.modes import History
from lakehouse.scaffold.profile import ColumnProfile, Profile
from lakehouse.scaffold.proposal import Column, columns_of
from lakehouse.sources import FileFormat

__all__ = ["Draft", "bronze_draft", "daily_draft", "row_draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A dataset to be written down.

    ``decorator`` are the decorator's arguments as text, ``body`` the lines of the function, ``names``
    what is imported from ``lakehouse``. ``upstream`` is what it reads, None for bronze. ``given`` are the
    columns of the test's rows, ``expected`` how many rows three of them become.
    """

    layer: str
    name: str
    parameter: str
    grain: str
    columns: list[Column]
    decorator: dict[str, str]
    body: list[str]
    names: frozenset[str]
    given: list[Column]
    upstream: Dataset | None = None
    distinguished_by: str | None = None
    """The column whose values must differ between the test's rows."""
    expected: int = 3
    intro: str = field(default="")


def bronze_draft(name: str, owner: str, profile: Profile, load: Load) -> Draft:
    """Every load kept; a full dump where the newest load is one and a key was found."""
    kind = "FullDumps" if load.kind == "full" and profile.key else "Files"
    csv = all(FileFormat.of(file.path) is FileFormat.CSV for file in load.files)
    words = f'"{load.source}", "{load.table}"' + (", FileFormat.CSV" if csv else "")
    columns = columns_of(profile)
    return Draft(
        layer="bronze",
        name=name,
        parameter="dump",
        grain=f"One row per record of {profile.of} and load that holds it.",
        columns=columns,
        decorator={"source": f"{kind}({words})", "owner": f'"{owner}"'},
        body=["return dump"],
        names=frozenset({"Contract", "Field", "bronze", kind, *(["FileFormat"] if csv else [])}),
        given=columns,
        distinguished_by=profile.key[0] if profile.key else None,
    )


def row_draft(layer: str, name: str, owner: str, upstream: Dataset, profile: Profile) -> Draft:
    """A row for a row: the latest version of each record where there is a key, else a copy."""
    columns = columns_of(profile)
    given = list(columns)
    selected = [f'"{column.name}"' for column in columns]
    decorator, names = {"owner": f'"{owner}"'}, {"Contract", "Field", layer}
    if upstream.source and profile.key:
        position = Column("source_position", LongType(), {"description": '"where in the source it stood"'})
        within = {
            "nullable": "True",
            "description": '"and in what order, where one load has several versions"',
        }
        columns = [*columns, position, Column("source_order", LongType(), within)]
        given = [
            *given,
            Column("_position", LongType(), {}),
            Column("_order", LongType(), {}),
            Column("_change", columns[0].type, {}, "", "upsert"),
        ]
        selected += [
            'F.col("_position").alias("source_position")',
            'F.col("_order").alias("source_order")',
            '"_change"',
        ]
        decorator |= {
            "write": 'Upsert(sequence_by=("source_position", "source_order"))',
            "reads": _reads(upstream, "changes()"),
        }
        names |= {"Upsert", "changes"}
    elif upstream.source:
        decorator |= {"write": "Append()", "reads": _reads(upstream, "changes()")}
        names |= {"Append", "changes"}
    elif profile.key and not isinstance(upstream.mode, History):
        by = ", ".join(f'"{each}"' for each in profile.key)
        decorator |= {"write": "Upsert()", "reads": _reads(upstream, f"keys({by})")}
        names |= {"Upsert", "keys"}
    else:
        decorator |= {"write": "Snapshot()", "reads": _reads(upstream, "whole()")}
        names |= {"Snapshot", "whole"}
    return Draft(
        layer=layer,
        name=name,
        parameter=upstream.name,
        grain=f"One row per {' and '.join(profile.key)}."
        if profile.key
        else f"One row per row of {profile.of}.",
        columns=columns,
        decorator=decorator,
        body=[f"return {upstream.name}.select(", *(f"    {each}," for each in selected), ")"],
        names=frozenset(names),
        given=given,
        upstream=upstream,
        distinguished_by=profile.key[0] if profile.key else None,
    )


def daily_draft(name: str, owner: str, upstream: Dataset, profile: Profile) -> Draft | None:
    """A row per day: how many rows, and the sum of each amount; None where no column says when."""
    when = next((each for each in profile.columns if _tells_when(each)), None)
    if when is None:
        return None
    amounts = [each for each in profile.columns if isinstance(each.type, DecimalType)][:4]
    count = f"number_of_{upstream.name}"
    day = f'F.col("{when.name}")' if isinstance(when.type, DateType) else f'F.to_date("{when.name}")'
    columns = [
        Column("day", DateType(), {"key": "True", "description": f'"the UTC day of {when.name}"'}),
        Column(count, LongType(), {"gt": "0"}),
        *(_sum(each, profile) for each in amounts),
    ]
    sums = [
        f'F.sum("{each.name}").cast("{_wider(each.type).simpleString()}").alias("{each.name}")'
        for each in amounts
        if isinstance(each.type, DecimalType)
    ]
    aggregates = [f'F.count(F.lit(1)).alias("{count}")', *sums]
    return Draft(
        layer="gold",
        name=name,
        parameter=upstream.name,
        grain=f"One row per day with at least one row of {profile.of}.",
        columns=columns,
        decorator={
            "write": "ReplaceWindow()",
            "owner": f'"{owner}"',
            "partitions": f'daily("day", start="{_first_day(when)}")',
            "reads": _reads(upstream, f'window("{when.name}")'),
        },
        body=[
            f'by_day = {upstream.name}.groupBy({day}.alias("day"))',
            "return by_day.agg(",
            *(f"    {each}," for each in aggregates),
            ")",
        ],
        names=frozenset({"Contract", "Field", "ReplaceWindow", "daily", "gold", "window"}),
        given=columns_of(profile),
        upstream=upstream,
        distinguished_by=profile.key[0] if profile.key else None,
        expected=1,
    )


def _reads(upstream: Dataset, how: str) -> str:
    return f'{{"{upstream.name}": {how}}}'


def _tells_when(column: ColumnProfile) -> bool:
    return (
        isinstance(column.type, (TimestampType, DateType)) and not column.nulls and column.least is not None
    )


def _first_day(when: ColumnProfile) -> str:
    return date.fromisoformat(str(when.least)[:10]).isoformat()


def _wider(kind: DecimalType) -> DecimalType:
    """What Spark's own sum of a decimal has: ten digits more."""
    return DecimalType(min(38, kind.precision + 10), kind.scale)


def _sum(each: ColumnProfile, profile: Profile) -> Column:
    (column,) = (one for one in columns_of(profile) if one.name == each.name)
    words = {name: value for name, value in column.words.items() if name in ("ge", "nullable")}
    assert isinstance(each.type, DecimalType)  # noqa: S101 - the caller's condition
    return Column(each.name, _wider(each.type), words, column.why if "ge" in words else "")
