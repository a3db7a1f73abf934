"""What the readers of ``make truth`` make of a lake's answers; the lakes themselves are its own."""

import pytest

from tests.truth.finding import Claims, Kind
from tests.truth.findings import experiments, launches, safari_bug


class Answers:
    """A company whose lake says what it is told to, table by table."""

    def __init__(self, truth, **tables):
        self.truth, self.tables = truth, tables

    def ask(self, text):
        (found,) = [rows for name, rows in self.tables.items() if f"gold.{name}" in text]
        return found

    def effect(self, name):
        return {each["name"]: each["value"] for each in self.truth["effects"][name]}


@pytest.fixture
def read_out():
    planted = {"experiment": "button_colour", "effect": None, "broken_split": False}

    def read(*rows):
        whole = {"experiment": "button_colour", "metric": "orders per visitor", "segment": "all"}
        whole |= {"role": "primary", "lift": 0.01, "low": -0.02, "high": 0.04}
        found = list(
            experiments.read(
                Answers({"experiments": [planted]}, experiment_results=[whole | row for row in rows])
            )
        )
        return [one for one in found if not isinstance(one, Claims)], found[-1]

    return read


def test_a_colour_that_makes_no_difference_is_read_so(read_out):
    found, claims = read_out({"verdict": "no difference larger than"})

    assert {one.kind for one in found} == {Kind.SAMPLED, Kind.VERDICT}
    assert all(one.holds for one in found)
    assert (claims.made, claims.false) == (0, ())


def test_a_colour_that_sells_is_a_false_claim(read_out):
    found, claims = read_out({"verdict": "better", "low": 0.01, "high": 0.05})

    assert not any(one.holds for one in found)
    assert claims.false == ("button_colour: orders per visitor, all better",)


def test_too_early_tells_nothing(read_out):
    found, _ = read_out({"verdict": "too early", "lift": None, "low": None, "high": None})

    assert not any(one.told for one in found)


def test_a_release_without_an_effect_is_read_as_none():
    row = {"version": "3.1.0", "effect": 0.08, "low": 0.01, "high": 0.15, "verdict": "rose"}
    rows = [row | {"metric": metric} for metric in ("registrations begun", "registrations")]
    found = list(launches.against(None, None, rows[0])), list(launches.against(None, None, rows[1]))

    assert found[0] == []
    assert [one.holds for one in found[1]] == [False]


@pytest.mark.parametrize(
    ("segment", "true"),
    [
        ({"os": "iOS", "browser": "Mobile Safari"}, True),
        ({"os": "iOS", "browser": None}, True),
        ({"os": "iOS", "browser": "Chrome"}, False),
        ({"os": None, "browser": None, "device": "tablet"}, False),
        ({"os": "iOS", "browser": None, "release": "3.5.0"}, False),
        ({"os": "iOS", "browser": None, "verdict": "rose"}, False),
    ],
)
def test_a_segment_fell_truly_where_the_bug_is_in_it(segment, true):
    row = {"os": None, "browser": None, "release": "3.4.0", "verdict": "fell"} | segment

    assert safari_bug.is_true(row, "3.4.0") is true
