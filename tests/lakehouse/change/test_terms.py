"""The fingerprint of a contract's terms: as long as it is the same, nothing else is demanded."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pyspark.sql.types as T
import pytest
from pyspark.sql import functions as F

from lakehouse import BadShare, Contract, Custom, Field, Files, RowCount, UniqueKey, bronze, rule
from lakehouse.change.terms import terms_of

ROOT = Path(__file__).resolve().parents[3]


def same(doc="One row per loan.", kind=T.LongType, words=None, rules=(), **declared):
    """The fingerprint of one contract with some of its parts changed."""
    body = {"__doc__": doc, "__annotations__": {"id": kind()}, "id": Field(**(words or {"isin": [1, 2]}))}
    contract = type("Made", (Contract,), body | {"__rules__": rules, "__module__": __name__} | declared)

    def loans(dump):
        return dump

    return terms_of(
        bronze(contract=contract, source=Files("desk", "loans"), owner="team:desk")(loans)
    ).fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        {"doc": "One row per book."},
        {"kind": T.IntegerType},
        {"words": {"isin": [1, 3]}},
        {"words": {"isin": [1, 2], "key": True}},
        {"words": {"isin": [1, 2], "nullable": True}},
        {"words": {"isin": [1, 2], "pii": "name"}},
        {"words": {"isin": [1, 2], "on_fail": "fail"}},
        {"words": {"isin": [1, 2], "ge": 0}},
        {"rules": (UniqueKey(),)},
        {"rules": (RowCount(min=1),)},
        {"rules": (Custom(label="adds_up", holds=lambda: F.lit(True)),)},
    ],
    ids=lambda changed: next(f"{what} {str(to)[:40]}" for what, to in changed.items()),
)
def test_it_changes_with_what_the_contract_demands(changed):
    assert same(**changed) != same()


def test_it_stays_where_nothing_is_demanded_anew():
    assert same() == same()
    assert same(words={"isin": [2, 1]}) == same(words={"isin": {1, 2}}) == same()
    assert same(words={"isin": [1, 2], "title": "a word"}) == same()


def test_limits_are_part_of_it():
    lengths = [same(kind=T.StringType, words={"str_length": {"max_value": most}}) for most in (2, 3)]
    counts = [same(rules=(RowCount(min=least),)) for least in (1, 2)]
    shares = [same(rules=(BadShare(max=most),)) for most in (0.1, 0.10001)]
    assert all(len(set(each)) == 2 for each in (lengths, counts, shares))


def test_the_body_of_a_rule_is_part_of_it():
    def first(cls):
        return F.col("id") > 0

    def second(cls):
        return F.col("id") > 1

    first.__name__ = second.__name__ = "kept"
    assert same(kept=rule()(first)) != same(kept=rule()(second))


IN_ANOTHER_PROCESS = """
import pyspark.sql.types as T
from lakehouse import Contract, Field, Snapshot, silver
from lakehouse.change.terms import terms_of

class Made(Contract):
    "One row per loan."
    id: T.StringType() = Field(isin={"a", "b", "c", "d", "e"})

@silver(contract=Made, write=Snapshot(), owner="team:desk")
def made():
    ...

print(terms_of(made).fingerprint)
"""


def test_it_is_the_same_in_every_process(tmp_path):
    made = tmp_path / "made.py"
    made.write_text(IN_ANOTHER_PROCESS)
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"  # another than this process has
    printed = subprocess.run(
        [sys.executable, str(made)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.strip() == terms_of(runpy.run_path(str(made))["made"]).fingerprint
