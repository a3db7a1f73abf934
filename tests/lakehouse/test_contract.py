import pyspark.sql.types as T
import pytest
from pandera.pyspark import DataFrameModel

from lakehouse import Contract, Field, Severity
from lakehouse.contract import WORDS, FieldWords, Protection


class Readers(Contract):
    """One row per reader."""

    card: T.LongType() = Field(key=True, ge=1, metadata={"unit": "card number"})
    email: T.StringType() = Field(pii="email", protect="drop", nullable=True)
    fine: T.DecimalType(6, 2) = Field(ge=0, le=100, on_fail={"ge": "fail", "not_null": "warn"})


def words(name):
    return Readers.to_schema().columns[name].metadata[WORDS]


def test_a_contract_is_a_pandera_model():
    assert issubclass(Readers, DataFrameModel)
    assert list(Readers.to_schema().columns) == ["card", "email", "fine"]


def test_the_roads_words_stand_beside_panderas_metadata():
    assert Readers.to_schema().columns["card"].metadata["unit"] == "card number"
    assert words("card") == FieldWords(key=True)


def test_a_personal_column_says_its_kind_and_what_silver_receives():
    assert (words("email").pii, words("email").protect) == ("email", Protection.DROP)
    assert words("card").protect is Protection.PSEUDONYM


def test_a_severity_is_one_for_all_rules_of_a_column_or_one_a_rule():
    assert words("card").severity("ge") is Severity.QUARANTINE
    assert [words("fine").severity(name) for name in ("ge", "not_null", "le")] == [
        Severity.FAIL,
        Severity.WARN,
        Severity.QUARANTINE,
    ]


@pytest.mark.parametrize("wrong", [{"on_fail": "explode"}, {"on_fail": {"ge": "no"}}, {"protect": "blur"}])
def test_a_word_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="is not a valid"):
        Field(**wrong)
