import pandera.pyspark as pa
import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, Upsert, bronze, changes, rule, silver, whole
from lakehouse.errors import BatchRefused
from lakehouse.rules import BadShare, Custom, References, RowCount
from lakehouse.sources import Files
from lakehouse.writing.align import Aligned, align
from lakehouse.writing.audit import audit
from lakehouse.writing.judge import judge
from lakehouse.writing.row_rules import row_rules

SCHEMA = "id long, customer_id long, total long, shipped long"


class Known(Contract):
    """One row per customer."""

    id: T.LongType() = Field(key=True)


@silver(contract=Known, write=Snapshot(), owner="team:x")
def customers() -> DataFrame:
    raise NotImplementedError


class Rows(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    customer_id: T.LongType() = Field(nullable=True)
    total: T.LongType() = Field(ge=0, le=100, on_fail={"le": "warn", "not_null": "fail"})
    shipped: T.LongType() = Field(nullable=True)

    __rules__ = (
        RowCount(min=2, max=6),
        BadShare(max=0.5),
        References(column="customer_id", to="customers", to_column="id"),
        Custom(label="balanced", holds=lambda: F.sum("total") < 1000),
    )

    @rule(on_fail="quarantine")
    def shipped_is_positive(cls):  # noqa: N805 - a contract's rules speak of the class
        return F.col("shipped") > 0

    @pa.dataframe_check
    def few_rows(cls, frame) -> bool:  # noqa: N805 - as above
        return frame.count() < 5


@silver(contract=Rows, write=Snapshot(), owner="team:x", reads={"customers": whole()})
def rows(source: DataFrame, customers: DataFrame) -> DataFrame:
    return source


@pytest.fixture(scope="module")
def judged(spark):
    frame = spark.createDataFrame(
        [
            (1, 7, 10, 1),
            (2, 8, 101, None),
            (3, None, -1, 1),
            (4, 7, 1, -1),
            (5, 7, 1, 1),
            (5, 7, 2, 1),
            (None, 7, 1, 1),
        ],
        SCHEMA,
    )
    return judge(align(frame, rows), rows, {"customers": spark.createDataFrame([(7,)], "id long")})


def broken(judged):
    found = judged.frame.select("id", judged.broken.alias("broken"), judged.aside.alias("aside")).collect()
    return sorted(((row["id"], sorted(row["broken"]), row["aside"]) for row in found), key=repr)


def test_every_broken_rule_of_a_row_is_named_and_only_severe_ones_set_it_aside(judged):
    assert broken(judged) == [
        (1, [], False),
        (2, ["customer_id__references_customers", "total__le"], False),
        (3, ["total__ge"], True),
        (4, ["shipped_is_positive"], True),
        (5, ["unique_key"], True),
        (5, ["unique_key"], True),
        (None, ["id__not_null"], True),
    ]
    assert (judged.rows, judged.rows_aside, judged.good.count()) == (7, 5, 2)


def test_every_rule_is_counted_with_its_severity_broken_or_not(judged):
    counts = {name: (count.broken, count.severity) for name, count in judged.counts.items()}
    assert counts == {
        "id__not_null": (1, "quarantine"),
        "total__not_null": (0, "fail"),
        "total__ge": (1, "quarantine"),
        "total__le": (1, "warn"),
        "shipped_is_positive": (1, "quarantine"),
        "unique_key": (2, "quarantine"),
        "customer_id__references_customers": (1, "warn"),
        "row_count": (0, "fail"),
        "bad_share": (1, "fail"),
        "balanced": (0, "fail"),
        "few_rows": (0, "fail"),
    }


def test_the_refusal_names_table_rule_and_remedy(judged):
    assert judged.samples["unique_key"] == ("id=5", "id=5")
    with pytest.raises(BatchRefused, match=r"silver\.rows: .*7 rows is refused.*bad_share \(1 rows.*Remedy"):
        audit(judged, rows)


def test_rules_on_the_batch_see_the_good_rows_and_pandera_runs_what_does_not_compile(spark):
    many = spark.createDataFrame([(i, None, 300 if i < 4 else None, 1) for i in range(7)], SCHEMA)
    found = judge(align(many, rows), rows, {"customers": spark.createDataFrame([(7,)], "id long")})
    failed = {name for name, count in found.counts.items() if count.broken and count.severity == "fail"}
    assert failed == {"total__not_null", "row_count", "balanced", "few_rows"}
    with pytest.raises(BatchRefused, match=r"total__not_null \(3 rows, such as id=4; id=5; id=6\)"):
        audit(found, rows)


class People(Contract):
    """One row per person and load."""

    email: T.StringType() = Field(key=True, pii="email", str_length=3)


def test_samples_are_never_taken_from_a_personal_key(spark):
    @bronze(contract=People, source=Files("crm", "people"), owner="team:x")
    def people(dump: DataFrame) -> DataFrame:
        return dump

    lines = spark.createDataFrame(
        [("ann@x.example", None, None, [], "upsert")],
        "email string, _problem string, _rescued string, _missing array<string>, _change string",
    )
    found = judge(align(lines, people), people, {})
    assert found.counts["email__str_length"].broken == 1
    assert found.samples == {}


class Changing(Contract):
    """One row per id."""

    id: T.LongType() = Field(key=True)
    total: T.LongType() = Field(ge=0)


def test_a_delete_needs_its_key_alone_and_a_truncate_nothing(spark):
    @silver(
        contract=Changing, write=Upsert(sequence_by="total"), owner="team:x", reads={"customers": changes()}
    )
    def changing(customers: DataFrame) -> DataFrame:
        return customers

    frame = spark.createDataFrame(
        [
            (1, 1, "upsert"),
            (2, None, "upsert"),
            (3, None, None),
            (4, None, "delete"),
            (None, None, "delete"),
            (None, None, "truncate"),
        ],
        "id long, total long, _change string",
    )
    found = judge(align(frame, changing), changing, {})
    assert broken(found) == [
        (1, [], False),
        (2, ["total__not_null"], True),
        (3, ["total__not_null"], True),
        (4, [], False),
        (None, ["id__not_null"], True),
        (None, [], False),
    ]
    assert found.deletes == 3


def test_the_same_rows_in_another_order_have_the_same_content_and_a_moved_value_has_not(spark):
    def content(*values):
        frame = spark.createDataFrame(values, SCHEMA)
        known = {"customers": spark.createDataFrame([(7,)], "id long")}
        return judge(align(frame, rows), rows, known, content=True).content

    one, two = (1, 7, 1, None), (2, None, 1, 7)
    assert content(one, two) == content(two, one)
    assert content(one, two) != content((1, None, 1, 7), (2, 7, 1, None))


class Note(Contract):
    """One row per note and change of it."""

    id: T.LongType() = Field(key=True)
    text: T.StringType() = Field()


@bronze(contract=Note, source=Files("desk", "notes"), owner="team:desk")
def notes(load):
    return load


def test_a_large_value_that_a_change_left_out_is_no_missing_one(spark):
    frame = spark.createDataFrame(
        [(1, None, "text"), (2, None, None), (3, None, "title"), (4, "a", None)],
        "id long, text string, _unchanged string",
    )
    frame = frame.selectExpr(
        "*", "string(null) AS _problem", "string(null) AS _rescued", "array('') AS _missing"
    )
    (rule,) = [each for each in row_rules(Aligned(frame, ()), notes) if each.name == "text__not_null"]

    assert [row.id for row in frame.where(rule.broken()).collect()] == [2, 3]
