"""What an erasure has to look for: from the subject's own identifier to all that it leads to."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.trust.erasure.book import Order, hash_of
from lakehouse.trust.erasure.matching import ERASE, Wanted, any_of, verdict
from lakehouse.trust.erasure.places import Columns, declared_columns
from lakehouse.trust.subjects import Identifier, Place, Subject

__all__ = ["is_known", "new_order"]

_SHORTEST = 5  # characters of a value that is looked for in texts; shorter ones stand everywhere


def is_known(lake: Lake, spark: SparkSession, wanted: Wanted) -> bool:
    """Whether any row of bronze, or of its quarantine, is the person's by the subject's own identifier."""
    own = wanted.subject.identifiers[0]
    return any(
        not rows.where(wanted.is_one(_at(rows[place.column], place.path), own.name)).isEmpty()
        for place in own.places
        for rows in _frames(lake, spark, lake.catalog[place.dataset])
    )


def new_order(lake: Lake, spark: SparkSession, subject: Subject, value: str, *, by: str) -> Order:
    """An order for one person: the values of all identifiers, and what else tells the person in a text.

    Links are followed by the subject's order of identifiers, through bronze and its quarantine. A value that
    is somebody else's as well is left out: whose it is cannot be told.
    """
    key = lake.settings.require_erasure_key()
    own = subject.identifiers[0].name
    erasure = hash_of(value, subject.name, own, key)[:16]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    order = Order(erasure, subject.name, {own: [value]}, [], by, now)
    for identifier in subject.identifiers[1:]:
        found = _values(lake, spark, Wanted.of(subject, order, key), _places_through(identifier))
        order.known[identifier.name] = found
    wanted = Wanted.of(subject, order, key)
    terms = {value for each in subject.identifiers if each.in_texts for value in order.known[each.name]}
    terms |= set(_values(lake, spark, wanted, [Place(*each.split(".")) for each in subject.known_by]))
    order.terms.extend(sorted(each for each in terms if len(each) >= _SHORTEST))
    return order


def _places_through(identifier: Identifier) -> list[Place]:
    return [place for place in identifier.places if place.dataset == identifier.through]


def _values(lake: Lake, spark: SparkSession, wanted: Wanted, places: Iterable[Place]) -> list[str]:
    """The values that stand in the person's rows, and in nobody else's."""
    found: set[str] = set()
    for place in places:
        columns = declared_columns(wanted.subject, place.dataset)
        for rows in _frames(lake, spark, lake.catalog[place.dataset]):
            value = _at(rows[place.column], place.path)
            judged = rows.select(
                value.cast("string").alias("value"),
                _theirs(rows, wanted, columns).alias("theirs"),
                _has_owner(rows, columns.own).alias("owned"),
            ).where(F.col("value").isNotNull())
            shared = F.bool_or(~F.col("theirs") & F.col("owned"))
            of_person = judged.groupBy("value").agg(
                F.bool_or("theirs").alias("theirs"), shared.alias("shared")
            )
            found |= {
                row["value"] for row in of_person.where("theirs AND NOT shared").select("value").collect()
            }
    return sorted(found)


def _theirs(rows: DataFrame, wanted: Wanted, columns: Columns) -> Column:
    """Whether a row is the person's: by an identifier, or since it tells the person and is nobody else's."""
    texts = [rows[field.name] for field in rows.schema.fields if isinstance(field.dataType, StringType)]
    decided = verdict(wanted, columns, rows.__getitem__, texts)
    return any_of(wanted, columns, rows.__getitem__) | decided.eqNullSafe(ERASE)


def _has_owner(rows: DataFrame, own: Iterable[tuple[str, str | None]]) -> Column:
    owned = F.lit(False)
    for column, path in own:
        owned = owned | _at(rows[column], path).isNotNull()
    return owned


def _frames(lake: Lake, spark: SparkSession, dataset: Dataset) -> Iterator[DataFrame]:
    """A bronze table's rows, and those in its quarantine, with the contract's columns."""
    table, aside = lake.table(dataset), lake.quarantine(dataset)
    if deltalog.exists(table):
        yield spark.read.format("delta").load(str(table))
    if deltalog.exists(aside):
        shape = StructType([StructField(name, StringType()) for name in dataset.spec.column_names])
        rows = spark.read.format("delta").load(str(aside))
        yield rows.select(F.from_json("row", shape).alias("_row")).select("_row.*")


def _at(value: Column, path: str | None) -> Column:
    return F.get_json_object(value, path) if path else value
