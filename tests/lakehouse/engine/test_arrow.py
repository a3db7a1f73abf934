from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.engine.arrow import table_of

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("number", pa.int64()),
        ("share", pa.float64()),
        ("yes", pa.bool_()),
        ("at", pa.timestamp("us", "UTC")),
        ("names", pa.list_(pa.string())),
        ("counts", pa.map_(pa.string(), pa.string())),
    ]
)
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=10)
ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | WORDS,
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "yes": st.none() | st.booleans(),
        "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "names": st.none() | st.lists(WORDS, max_size=3),
        "counts": st.none() | st.dictionaries(WORDS, WORDS, max_size=3),
    }
)


@given(st.lists(ROWS, max_size=5))
def test_rows_come_back_as_they_were(rows):
    found = table_of(rows, SCHEMA).to_pylist(maps_as_pydicts="strict")

    assert found == rows


def test_a_time_of_another_zone_becomes_utc_and_one_of_none_is_taken_for_utc():
    there = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    found = table_of([{"at": there}, {"at": datetime(2026, 1, 1)}], SCHEMA).column("at").to_pylist()  # noqa: DTZ001

    assert found == [datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]


def test_no_rows_keep_their_schema():
    assert table_of([], SCHEMA).schema == SCHEMA
