import hashlib
import hmac

import pyspark.sql.types as T
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Files, Snapshot, bronze, silver
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.trust.privacy import pseudonym, pseudonym_of
from lakehouse.writing.path import write
from lakehouse.writing.request import Request

KEY = "a key of this test alone"


def by_hand(value, kind):
    """HMAC-SHA-256 as Python's library has it, under the kind's own key."""
    derived = hmac.digest(KEY.encode(), f"lakehouse/pseudonym/{kind}".encode(), "sha256")
    return hmac.new(derived, value.strip(" ").encode(), hashlib.sha256).hexdigest()


@settings(
    max_examples=3,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.text(max_size=80), min_size=50, max_size=80))
def test_the_pseudonym_is_the_hmac_of_pythons_own_library(spark, values):
    values += ["", "\0", "é" * 40, "\U0001f600", " in blanks ", "\tin tabs\t"]
    frame = spark.createDataFrame([(value,) for value in values], "v string")
    found = frame.select(*(pseudonym(F.col("v"), kind, KEY).alias(kind) for kind in ("name", "phone")))
    for value, row in zip(values, found.collect(), strict=True):
        assert row["name"] == by_hand(value, "name") == pseudonym_of(value, "name", KEY)
        assert row["phone"] == pseudonym_of(value, "phone", KEY)


def test_equal_people_meet_and_kinds_and_keys_do_not(spark):
    row = (
        spark.createDataFrame(
            [("Ann@X.example ", "ann@x.example", None, "+49 170-1", "+491701", 17)],
            "a string, b string, none string, p string, q string, n int",
        )
        .select(
            *(pseudonym(F.col(name), "email", KEY).alias(name) for name in ("a", "b", "none", "n")),
            pseudonym(F.col("b"), "name", KEY).alias("kind"),
            pseudonym(F.col("b"), "email", KEY + "!").alias("key"),
            pseudonym(F.col("p"), "phone", KEY).alias("p"),
            pseudonym(F.col("q"), "phone", KEY).alias("q"),
        )
        .first()
    )
    assert row["a"] == row["b"] == pseudonym_of("ANN@x.example", "email", KEY)
    assert row["none"] is None
    assert len({row["b"], row["kind"], row["key"]}) == 3
    assert row["p"] == row["q"] == pseudonym_of("+49 170 1", "phone", KEY)
    assert row["n"] == pseudonym_of("17", "email", KEY)


class People(Contract):
    """One row per person and load."""

    id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(pii="email", nullable=True)
    surname: T.StringType() = Field(pii="name", protect="drop", nullable=True)
    age: T.LongType() = Field(ge=0, nullable=True)


@bronze(contract=People, source=Files("crm", "people"), owner="team:crm")
def crm_people(dump: DataFrame) -> DataFrame:
    return dump


class Adults(Contract):
    """One row per person."""

    id: T.LongType() = Field(key=True)
    email: T.StringType() = Field()
    age: T.LongType() = Field(ge=18)


SEEN = []


@silver(contract=Adults, write=Snapshot(), owner="team:crm")
def adults(crm_people: DataFrame) -> DataFrame:
    SEEN.append(crm_people.columns)
    return crm_people.select("id", "email", "age")


ROWS = [
    {"id": 1, "email": "ann@secret.example", "surname": "Archer-Secret", "age": 40},
    {"id": 2, "email": "bob@secret.example", "surname": "Barker-Secret", "age": 12},
    {"id": 3, "email": "cem@secret.example", "age": -1},
    {"id": 4, "email": "dee@secret.example", "age": 50, "fon": "call the Secret number"},
]


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory):
    lake = small_lake(tmp_path_factory.mktemp("privacy"), crm_people, adults)
    land(lake, "crm", "people", ROWS, position=1)
    for dataset in lake.catalog:
        write(lake, spark, dataset, Request("first"))
    return lake


def test_a_silver_function_never_sees_what_is_protected_dropped_or_unknown(lake):
    assert {"id", "email", "age"} <= set(SEEN[-1])
    assert not {"surname", "_rescued"} & set(SEEN[-1])


def test_silver_holds_pseudonyms_alone_and_so_does_its_quarantine(lake):
    key = "0" * 64
    assert dict(rows_in(lake.table(adults), "id", "email")) == {
        1: pseudonym_of("ann@secret.example", "email", key),
        4: pseudonym_of("dee@secret.example", "email", key),
    }
    [aside] = rows_in(lake.quarantine(adults), "*")
    assert pseudonym_of("bob@secret.example", "email", key) in str(aside)
    assert "ecret" not in str(aside)


def test_bronze_and_all_quarantine_are_one_zone(lake):
    zone = lake.settings.lake_dir / "bronze"
    for dataset in lake.catalog:
        assert lake.quarantine(dataset).is_relative_to(zone / "_quarantine")
    [(aside,)] = rows_in(lake.quarantine(crm_people), "row")
    assert "cem@secret.example" in aside
    assert set(rows_in(lake.table(crm_people), "_rescued")) == {
        (None,),
        ('{"fon":"call the Secret number"}',),
    }


def test_no_log_of_any_table_keeps_a_personal_value(lake):
    logs = list(lake.settings.lake_dir.rglob("_delta_log/*.json"))
    assert len(logs) >= 4
    assert [path for path in logs if "ecret" in path.read_text()] == []
