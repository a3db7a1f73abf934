from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from deltalake import QueryBuilder
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.engine.sql.binding import bind
from lakehouse.errors import QueryRefused


def value_of(text):
    found = QueryBuilder().execute(text)
    return pa.RecordBatchReader.from_stream(found).read_all().column(0)[0].as_py()


@given(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_a_text_stays_one_text_whatever_is_in_it(text):
    assert value_of(bind("SELECT :given AS x", {"given": text})) == text


@pytest.mark.parametrize(
    "value",
    [None, True, -3, 2.5, Decimal("1.10"), date(2026, 3, 29), datetime(2026, 3, 29, 1, 30)],  # noqa: DTZ001
)
def test_a_value_keeps_its_type(value):
    assert value_of(bind("SELECT :given AS x", {"given": value})) == value


def test_only_places_are_bound():
    bound = bind("SELECT ':day', \":day\", x::day /* :day */ FROM t WHERE d = :day -- :day", {"day": 1})

    assert bound == "SELECT ':day', \":day\", x::day /* :day */ FROM t WHERE d = 1 -- :day"


@pytest.mark.parametrize("text", ["SELECT :day", "SELECT a FROM t WHERE x IN (:day)", "SELECT 1>:day"])
def test_a_place_is_found_wherever_a_value_may_stand(text):
    assert ":day" not in bind(text, {"day": 7})


def test_a_place_without_a_value_and_a_value_without_a_place_are_refused():
    with pytest.raises(QueryRefused, match=":week"):
        bind("SELECT :week", {"day": 1})
    with pytest.raises(QueryRefused, match="without a place"):
        bind("SELECT 1", {"day": datetime.now(UTC)})
