# ruff: noqa: N805 - pandera makes class methods of them
import pyspark.sql.types as T
import pytest
from pandera import Check
from pandera.pyspark import check, dataframe_check
from pyspark.sql import functions as F

from lakehouse import BadShare, Contract, Field, RowCount, Severity, rule
from lakehouse.errors import DeclarationError
from lakehouse.spec import compile_contract


class Loans(Contract):
    """One row per loan."""

    id: T.LongType() = Field(key=True)
    reader: T.StringType() = Field(pii="name", str_length={"min_value": 1}, on_fail="warn")
    fine: T.DecimalType(6, 2) = Field(
        nullable=True, ge=0, le=100, on_fail={"ge": "fail"}, description="in EUR"
    )

    __rules__ = (RowCount(min=1), BadShare(max=0.1))

    @rule(on_fail="warn")
    def has_a_fine(cls):
        """somebody pays"""
        return F.col("fine").isNotNull()


def refused(contract):
    with pytest.raises(DeclarationError) as caught:
        compile_contract(contract)
    message = str(caught.value)
    assert "(lakehouse/test_spec.py)" in message
    assert "Remedy:" in message
    return message


def test_a_contract_states_its_grain():
    class Nameless(Contract):
        id: T.LongType() = Field(key=True)

    class Heir(Loans):
        pass

    assert compile_contract(Loans).grain == "One row per loan."
    assert "does not state its grain" in refused(Nameless)
    assert "does not state its grain" in refused(Heir)


def test_names_that_begin_with_an_underscore_are_the_roads():
    class Loaded(Contract):
        """One row per loan."""

        mine: T.LongType() = Field(alias="_run_id")

    assert "found _run_id" in refused(Loaded)


def test_two_rules_of_one_name_are_refused():
    class Twice(Contract):
        """One row per loan."""

        id: T.LongType() = Field(key=True)
        __rules__ = (RowCount(min=1), RowCount(max=9))

    class Clash(Contract):
        """One row per loan."""

        id: T.LongType() = Field(ge=0)

        @rule()
        def id__ge(cls):
            return F.col("id") > 1

    assert "found row_count" in refused(Twice)
    assert "found id__ge" in refused(Clash)


def test_batch_rules_are_batch_rules():
    class Loose(Contract):
        """One row per loan."""

        id: T.LongType() = Field(key=True)
        __rules__ = ("unique",)

    assert "found 'unique'" in refused(Loose)


def test_a_unique_key_is_not_left_to_pandera_alone():
    class Unique(Contract):
        """One row per loan."""

        id: T.LongType() = Field(key=True)

        class Config:
            unique = "id"

    assert "UniqueKey()" in refused(Unique)


def test_every_rule_has_a_name_and_its_own_severity():
    rules = {each.name: each.severity.value for each in compile_contract(Loans).row_rules}
    assert rules == {
        "id__not_null": "quarantine",
        "reader__not_null": "warn",
        "reader__str_length": "warn",
        "fine__ge": "fail",
        "fine__le": "quarantine",
        "has_a_fine": "warn",
    }
    assert [each.name for each in compile_contract(Loans).batch_rules] == ["row_count", "bad_share"]


def test_a_value_that_does_not_fit_its_type_is_never_let_through():
    class Typed(Contract):
        """One row per loan."""

        mild: T.LongType() = Field(on_fail="warn")
        usual: T.LongType() = Field()
        hard: T.LongType() = Field(on_fail="fail")
        named: T.LongType() = Field(on_fail={"type": "fail", "not_null": "warn"})

    assert [column.type_severity for column in compile_contract(Typed).columns] == [
        Severity.QUARANTINE,
        Severity.QUARANTINE,
        Severity.FAIL,
        Severity.FAIL,
    ]


def test_checks_of_ones_own_are_panderas_to_run():
    class Own(Contract):
        """One row per loan."""

        id: T.LongType() = Field(key=True, unique_values_eq=[1])

        @check("id")
        def is_known(cls, data):
            return True

        @dataframe_check
        def adds_up(cls, frame):
            return True

    spec = compile_contract(Own)
    assert [(each.name, each.column) for each in spec.pandera_rules] == [
        ("id__unique_values_eq", "id"),
        ("id__is_known", "id"),
        ("adds_up", None),
    ]
    assert [each.name for each in spec.row_rules] == ["id__not_null"]


def test_the_schema_is_the_contracts_with_every_column_nullable():
    spec = compile_contract(Loans)
    assert spec.schema == T.StructType(
        [
            T.StructField("id", T.LongType()),
            T.StructField("reader", T.StringType()),
            T.StructField("fine", T.DecimalType(6, 2), True, {"comment": "in EUR"}),
        ]
    )
    assert spec.key == ("id",)
    assert [column.name for column in spec.personal] == ["reader"]
    assert spec.column("fine").nullable


def test_a_checks_words_do_not_depend_on_a_sets_order():
    class Said(Contract):
        """One row per loan."""

        id: T.StringType() = Field(isin={"b", "a"}, notin=["z"])

    assert {each.name: each.description for each in compile_contract(Said).row_rules} == {
        "id__not_null": "has a value",
        "id__isin": "isin(['a', 'b'])",
        "id__notin": "notin(['z'])",
    }
    assert Check.isin(["a"]).error == "isin(['a'])"
