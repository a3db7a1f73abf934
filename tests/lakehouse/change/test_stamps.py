"""What the records say of the rows that are there; records are given newest first."""

import pytest

from lakehouse.change.fingerprint import code_hash
from lakehouse.change.stamps import code_changed, never_broken
from lakehouse.change.terms import RuleTerms
from lakehouse.writing.record import CommitRecord, InputRead, RuleCount

from .conftest import datasets

REVENUE = datasets()[2]
NOW, OLD = code_hash(REVENUE.function), "2-0000000000000000"


def made(code, *windows, trigger="incremental", after=0):
    """A record of some windows, or of the whole table where none is named."""
    read = InputRead("window", 1, after if windows else None)
    return CommitRecord(
        "b",
        "r",
        "gold.revenue",
        "ReplaceWindow",
        trigger,
        code,
        "1-x",
        windows=windows or None,
        inputs={"orders": read},
    )


@pytest.mark.parametrize(
    ("records", "changed"),
    [
        ([made(NOW)], False),
        ([made(OLD)], True),
        ([made(NOW, "1"), made(OLD)], True),
        ([made(NOW, "1"), made(OLD, "1"), made(NOW)], False),
        ([made(NOW, "1"), made(NOW, "2"), made(OLD, "1", "2"), made(NOW)], False),
        ([made(NOW, "1"), made(OLD, "1", "2"), made(NOW)], True),
        ([made(OLD, "1"), made(NOW, "1"), made(NOW)], True),
        ([made(NOW, trigger="rebuild"), made(OLD)], False),
        ([made(OLD, trigger="replay"), made(NOW)], False),
        ([made("5279f83d0b69222a")], False),
        ([], False),
    ],
    ids=[
        "today's",
        "another",
        "one window since",
        "that window since",
        "both windows since",
        "one of two windows",
        "gone back",
        "a rebuild since",
        "a replay",
        "a stamp of another form",
        "no commit",
    ],
)
def test_code_stays_changed_until_no_row_of_the_old_code_is_left(records, changed):
    assert code_changed(REVENUE, records) is changed


RULE = RuleTerms("quarantine", "greater_than", "n", {"min_value": 0})
STATED = {"rules": {"n__gt": {"arguments": {"min_value": 0}}}}


def record(broken=0, *, trigger="incremental", terms=None, rules=None):
    counts = {"n__gt": RuleCount(broken, "warn")} if rules is None else rules
    return CommitRecord("b", "r", "silver.t", "Upsert", trigger, "code", "1-x", rules=counts, terms=terms)


@pytest.mark.parametrize(
    ("records", "kept"),
    [
        ([record(), record(terms=STATED)], True),
        ([record(), record(1, terms=STATED)], False),
        ([record(terms=STATED), record(rules={})], False),
        ([record(trigger="rebuild", terms=STATED), record(9)], True),
        ([record(terms={"rules": {"n__gt": {"arguments": {"min_value": -1}}}})], False),
        ([record(terms={"rules": {}})], False),
        ([], False),
    ],
    ids=["never", "once", "not yet judged", "before a rebuild", "another limit", "no rule", "no commit"],
)
def test_a_rule_that_warned_of_nothing_is_kept_by_every_row_there(records, kept):
    assert never_broken("n__gt", RULE, records) is kept
