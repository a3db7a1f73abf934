from math import isclose, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.contributions import Part, of_product, of_ratio, of_sum

amount = st.floats(0, 1e6, allow_nan=False)
some = st.floats(0.1, 1e5, allow_nan=False)
factors = st.dictionaries(st.sampled_from("abcd"), st.tuples(amount, amount), min_size=1)
members = st.dictionaries(st.sampled_from("abcde"), st.tuples(some, some), min_size=1)


def close(left, right, scale):
    return isclose(left, right, rel_tol=1e-9, abs_tol=1e-9 * max(scale, 1))


@given(factors)
def test_the_factors_contributions_add_up_to_the_products_change(pairs):
    before, after = ({name: pair[side] for name, pair in pairs.items()} for side in (0, 1))
    parts = of_product(before, after)

    was, now = prod(before.values()), prod(after.values())
    assert close(
        sum(part.change for part in parts), now - was, was + now + max(map(max, pairs.values())) ** 4
    )


def test_a_factor_that_did_not_move_contributed_nothing():
    parts = of_product({"visits": 100, "value": 50}, {"visits": 120, "value": 50})

    assert parts == (Part("visits", 1000), Part("value", 0))


def test_two_factors_share_what_they_did_together():
    parts = of_product({"visits": 100, "value": 50}, {"visits": 200, "value": 100})

    assert [part.change for part in parts] == [7500, 7500]


def test_a_members_change_is_its_contribution_to_a_sum_whether_it_came_or_went():
    assert of_sum({"a": 3, "b": 2}, {"b": 5, "c": 1}) == (Part("a", -3), Part("b", 3), Part("c", 1))


@given(members, members)
def test_the_members_contributions_add_up_to_the_ratios_change(before, after):
    def ratio(of):
        return sum(value for value, _ in of.values()) / sum(per for _, per in of.values())

    parts = of_ratio(before, after)

    scale = max(value / per for value, per in [*before.values(), *after.values()])
    assert close(sum(part.change for part in parts), ratio(after) - ratio(before), scale)
    assert all(close(part.change, part.rate + part.mix, scale) for part in parts)


def test_rates_that_stay_while_the_mix_moves_change_the_whole_by_mix_alone():
    phone, desktop = of_ratio(
        {"phone": (1, 100), "desktop": (5, 100)}, {"phone": (3, 300), "desktop": (5, 100)}
    )

    assert phone.rate == desktop.rate == 0
    assert phone.mix < 0
    assert desktop.mix < 0


def test_different_factors_cannot_be_compared():
    with pytest.raises(ValueError, match="factors differ"):
        of_product({"a": 1}, {"b": 1})
