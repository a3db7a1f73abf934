"""What the application writes: the same, however time is cut."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supercorp.application.changes import AddColumn, DropVendor, Forget, Insert, Refill, Update
from supercorp.application.moments import Moments
from supercorp.clock import NEVER
from supercorp.days import Journal
from supercorp.world import World


@pytest.fixture(scope="module")
def journal(tiny: World) -> Journal:
    return Journal(tiny)


@pytest.fixture(scope="module")
def whole(tiny: World, journal: Journal) -> Counter[tuple[object, ...]]:
    return written(journal, tiny.setting.first, tiny.end)


def written(journal: Journal, start: int, end: int) -> Counter[tuple[object, ...]]:
    """Everything that is written in a span, value by value."""
    found = Counter[tuple[object, ...]]()
    for change in journal.changes(start, end):
        match change:
            case Insert():
                # A column that is added in the span is null in rows that were made before it.
                found.update(
                    (change.table, *(value for value in row if value is not None)) for row in change.rows
                )
            case Update():
                for name, (_, values) in change.columns.items():
                    found.update(
                        (change.table, key, name, value)
                        for key, value in zip(change.ids, values, strict=True)
                    )
            case Forget():
                found.update(zip(change.customers, change.at, strict=True))
            case DropVendor():
                found[change.vendor, change.at] += 1
            case Refill():
                found.update((change.table, *row) for row in change.rows)
            case AddColumn():
                found[change.table, change.column] += 1
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=4))
def test_what_is_written_does_not_depend_on_how_time_is_cut(tiny, journal, whole, cuts):
    begin, end = tiny.setting.first, tiny.end
    edges = [begin, *sorted(begin + int(share * (end - begin)) for share in cuts), end]
    parts = Counter[tuple[object, ...]]()
    for first, last in pairwise(edges):
        parts += written(journal, first, last)
    assert parts == whole


def test_something_is_written_at_every_moment_and_nothing_between(tiny, journal):
    moments = journal.moments(tiny.setting.first, tiny.end).tolist()
    pairs = list(pairwise(moments))[:: max(len(moments) // 50, 1)]
    assert all(before < after for before, after in pairs)
    assert all(written(journal, before, before + 1) for before, _ in pairs)
    assert not any(written(journal, before + 1, after) for before, after in pairs)


@settings(deadline=None)
@given(st.lists(st.integers(0, 20) | st.just(NEVER)), st.integers(0, 20), st.integers(0, 20))
def test_a_window_holds_what_happens_in_it(times, start, end):
    found = Moments(np.asarray(times, dtype=np.int64)).within(start, end)
    assert found.tolist() == [place for place, time in enumerate(times) if start <= time < end]
