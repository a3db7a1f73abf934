import pytest
from scipy.stats import binomtest

from lakehouse.errors import LakehouseError
from lakehouse.statistics import Counts, difference, share, with_shares


@pytest.mark.parametrize(("successes", "cases"), [(0, 7), (7, 7), (3, 40), (950, 12_000)])
def test_a_share_has_the_interval_of_scipy(successes, cases):
    found = share(Counts(successes, cases))
    reference = binomtest(successes, cases).proportion_ci(method="wilson")

    assert found.value == successes / cases
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high))


def test_a_difference_has_the_interval_that_newcombe_published():
    """Newcombe (1998), table II, method 10: 56/70 less 48/80, 9/10 less 3/10, 5/56 less 0/29."""
    published = [
        ((56, 70), (48, 80), 0.2000, (0.0524, 0.3339)),
        ((9, 10), (3, 10), 0.6000, (0.1705, 0.8090)),
        ((5, 56), (0, 29), 0.0893, (-0.0381, 0.1926)),
    ]
    for of, against, value, bounds in published:
        found = difference(Counts(*of), Counts(*against))
        assert found.value == pytest.approx(value, abs=1e-4)
        assert (found.low, found.high) == pytest.approx(bounds, abs=1e-4)


def test_no_cases_have_no_share():
    assert share(Counts(0, 0)) is None
    assert difference(Counts(1, 2), Counts(0, 0)) is None


@pytest.mark.parametrize(("successes", "cases"), [(3, 2), (-1, 2)])
def test_more_successes_than_cases_are_refused(successes, cases):
    with pytest.raises(LakehouseError, match="no counts of a share"):
        Counts(successes, cases)


def test_rows_get_their_share_with_its_bounds():
    found = with_shares(
        [{"kind": "a", "orders": 3, "visits": 40}, {"kind": "b", "orders": 0, "visits": 0}],
        "orders",
        "visits",
    )

    assert [row["share"] for row in found] == [0.075, None]
    assert found[0]["low"] < 0.075 < found[0]["high"]
    assert found[0]["kind"] == "a"
