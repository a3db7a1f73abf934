"""What changes between two versions of a contract, each case by itself and told by its class."""

import json
from dataclasses import replace

import pyspark.sql.types as T
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Custom,
    Field,
    Files,
    History,
    ReplaceWindow,
    RowCount,
    Snapshot,
    UniqueKey,
    bronze,
    daily,
    gold,
    rule,
    silver,
    weekly,
    whole,
    window,
)
from lakehouse.change.difference import Difference, What, compare, worst
from lakehouse.change.strictness import Strictness, compare_rules
from lakehouse.change.terms import RuleTerms, Terms, terms_of

NONE, RULES, ADDITIVE, BREAKING = Difference


def terms(columns, *, rules=(), declared=None, **decorator):
    """The terms of a snapshot with some columns (and what overrides that)."""
    body = {"__annotations__": {name: kind for name, (kind, _) in columns.items()}}
    body |= {name: field for name, (_, field) in columns.items()}
    body |= {"__doc__": "One row per loan.", "__rules__": tuple(rules), "__module__": __name__}
    body |= declared or {}
    contract = type("Loans", (Contract,), body)
    layer = decorator.pop("layer", silver)

    def loans(dump):
        return dump

    given = {"contract": contract, "owner": "team:desk"}
    given |= {"source": Files("desk", "loans")} if layer is bronze else {"write": Snapshot()}
    return terms_of(layer(**given | decorator)(loans))


def base(**more):
    return {
        "id": (T.LongType(), Field(key=True)),
        "days": (T.IntegerType(), Field(ge=0, le=30)),
        "state": (T.StringType(), Field(isin=["out", "back"])),
        "note": (T.StringType(), Field(nullable=True)),
        **more,
    }


def less(*names):
    return {name: column for name, column in base().items() if name not in names}


OLD = terms(base())

CASES = {
    "a nullable column": (
        terms(base(due=(T.DateType(), Field(nullable=True)))),
        [(What.COLUMN_ADDED, ADDITIVE, "due")],
    ),
    "a column that must have a value": (
        terms(base(due=(T.DateType(), Field()))),
        [(What.COLUMN_ADDED, BREAKING, "due")],
    ),
    "a column gone": (terms(less("note")), [(What.COLUMN_DROPPED, BREAKING, "note")]),
    "a column renamed": (
        terms({**less("note"), "notes": (T.StringType(), Field(nullable=True))}),
        [(What.COLUMN_RENAMED, BREAKING, "note")],
    ),
    "one gone and another of another type": (
        terms({**less("note"), "notes": (T.LongType(), Field(nullable=True))}),
        [(What.COLUMN_DROPPED, BREAKING, "note"), (What.COLUMN_ADDED, ADDITIVE, "notes")],
    ),
    "another type": (
        terms(base(note=(T.LongType(), Field(nullable=True)))),
        [(What.TYPE, BREAKING, "note")],
    ),
    "null no longer allowed": (
        terms(base(note=(T.StringType(), Field()))),
        [(What.NULLABLE_TIGHTENED, BREAKING, "note__not_null")],
    ),
    "null allowed": (
        terms(base(days=(T.IntegerType(), Field(ge=0, le=30, nullable=True)))),
        [(What.NULLABLE_LOOSENED, ADDITIVE, "days__not_null")],
    ),
    "null only warned of": (
        terms(base(days=(T.IntegerType(), Field(ge=0, le=30, on_fail={"not_null": "warn"})))),
        [(What.NULLABLE_LOOSENED, ADDITIVE, "days__not_null")],
    ),
    "a stricter limit": (
        terms(base(days=(T.IntegerType(), Field(ge=1, le=30)))),
        [(What.RULE_TIGHTENED, BREAKING, "days__ge")],
    ),
    "a laxer limit": (
        terms(base(days=(T.IntegerType(), Field(ge=0, le=60)))),
        [(What.RULE_LOOSENED, ADDITIVE, "days__le")],
    ),
    "a list that grows": (
        terms(base(state=(T.StringType(), Field(isin=["out", "back", "lost"])))),
        [(What.RULE_LOOSENED, ADDITIVE, "state__isin")],
    ),
    "a list that changes": (
        terms(base(state=(T.StringType(), Field(isin=["out", "lost"])))),
        [(What.RULE_TIGHTENED, BREAKING, "state__isin")],
    ),
    "a rule that now warns": (
        terms(base(days=(T.IntegerType(), Field(ge=0, le=30, on_fail={"le": "warn"})))),
        [(What.RULE_LOOSENED, ADDITIVE, "days__le")],
    ),
    "a rule that now stops the batch": (
        terms(base(days=(T.IntegerType(), Field(ge=0, le=30, on_fail={"le": "fail"})))),
        [(What.RULE_CHANGED, RULES, "days__le")],
    ),
    "a new warning": (
        terms(base(note=(T.StringType(), Field(nullable=True, str_length=9, on_fail="warn")))),
        [(What.RULE_CHANGED, RULES, "note__str_length")],
    ),
    "another key": (
        terms(base(state=(T.StringType(), Field(key=True, isin=["out", "back"])))),
        [(What.KEY, BREAKING, "the table")],
    ),
    "another write mode": (
        terms(base(), write=History(sequence_by="id"), reads={"dump": whole()}),
        [(What.MODE, BREAKING, "the table"), (What.RULE_LOOSENED, ADDITIVE, "unique_key")],
    ),
    "a rule on batches": (
        terms(base(), rules=(RowCount(min=1),)),
        [(What.RULE_CHANGED, RULES, "row_count")],
    ),
    "another grain": (replace(OLD, grain="One row per return."), [(What.GRAIN, RULES, "the table")]),
    "only a description": (
        terms(base(note=(T.StringType(), Field(nullable=True, description="free text")))),
        [],
    ),
}


def test_a_finer_order_of_versions_is_no_break_and_another_one_is():
    def ordered(*columns):
        return replace(
            OLD, mode={"name": "Upsert", "sequence_by": columns[0] if len(columns) == 1 else columns}
        )

    before = ordered("position")
    assert worst(compare(before, ordered("position", "order"))) is ADDITIVE
    assert worst(compare(before, ordered("order", "position"))) is BREAKING
    assert worst(compare(ordered("position", "order"), before)) is BREAKING


@pytest.mark.parametrize(("new", "expected"), CASES.values(), ids=CASES)
def test_each_change_has_its_name_and_its_class(new, expected):
    changes = compare(OLD, new)
    assert [(each.what, each.kind, each.subject) for each in changes] == expected
    assert worst(changes) == max((kind for _, kind, _ in expected), key=list(Difference).index, default=NONE)


def personal(**words):
    return terms(
        {"id": (T.LongType(), Field(key=True)), "mail": (T.StringType(), Field(**words))}, layer=bronze
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "rebuild"),
    [
        ({}, {"pii": "email"}, BREAKING, True),
        ({"pii": "email"}, {"pii": "phone"}, BREAKING, False),
        ({"pii": "email"}, {"pii": "email", "protect": "drop"}, BREAKING, False),
        ({"pii": "email", "protect": "drop"}, {"pii": "email"}, ADDITIVE, False),
    ],
)
def test_personal_data_newly_marked_needs_a_rebuild_and_no_new_version(old, new, kind, rebuild):
    (change,) = compare(personal(**old), personal(**new))
    assert (change.what, change.kind, change.rebuild) == (What.PERSONAL, kind, rebuild)


def by_day(partitions):
    columns = {"day": (T.DateType(), Field(key=True))}
    return terms(
        columns, layer=gold, write=ReplaceWindow(), partitions=partitions, reads={"dump": window("day")}
    )


def test_other_windows_break_readers_and_an_earlier_start_lacks_windows_until_a_rebuild():
    late, early = (by_day(daily("day", start=start)) for start in ("2026-02-01", "2026-01-01"))
    (earlier,), (later,) = compare(late, early), compare(early, late)
    (size,) = compare(by_day(daily("day", start="2026-02-02")), by_day(weekly("day", start="2026-02-02")))
    assert (earlier.what, earlier.kind, earlier.rebuild) == (What.WINDOWS, BREAKING, True)
    assert (later.what, later.kind) == (What.WINDOWS, RULES)
    assert (size.what, size.kind, size.rebuild) == (What.WINDOWS, BREAKING, False)


def test_the_body_of_a_rule_of_ones_own_counts():
    def within(limit):
        @rule()
        def in_time(cls):
            return F.col("days") < limit

        return terms(base(), declared={"in_time": in_time})

    (change,) = compare(within(30), within(20))
    assert (change.what, change.rule) == (What.RULE_TIGHTENED, "in_time")


def test_the_aggregate_of_a_custom_rule_counts():
    one, other = (
        terms(base(), rules=(Custom(label="balanced", holds=holds),))
        for holds in (lambda: F.sum("days") == 0, lambda: F.sum("days") > 0)
    )
    (change,) = compare(one, other)
    assert (change.what, change.kind) == (What.RULE_CHANGED, RULES)


def test_a_new_rule_on_rows_breaks_and_a_rebuild_mends_it():
    (change,) = compare(
        terms(base(), write=History(sequence_by="id"), reads={"dump": whole()}),
        terms(base(), write=History(sequence_by="id"), reads={"dump": whole()}, rules=(UniqueKey(),)),
    )
    assert (change.what, change.kind, change.rebuild) == (What.RULE_TIGHTENED, BREAKING, True)


def test_terms_survive_being_stored():
    for each, _ in CASES.values():
        stored = Terms.from_dict(json.loads(json.dumps(each.to_dict())))
        assert compare(stored, each) == ()
        assert stored.fingerprint == each.fingerprint


def test_words_of_a_later_form_are_passed_over():
    body = OLD.to_dict()
    body["columns"]["id"]["unit"] = "pieces"
    body["rules"]["days__ge"]["since"] = "2027"
    assert compare(Terms.from_dict({**body, "format": 2, "tribe": "x"}), OLD) == ()


def ranges(low, high):
    return RuleTerms("quarantine", "in_range", "x", {"min_value": low, "max_value": high})


bounds = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(sorted)


@given(bounds, bounds)
def test_a_range_is_tighter_exactly_where_it_forbids_what_was_allowed(old, new):
    was, now = (set(range(low, high + 1)) for low, high in (old, new))
    expected = Strictness.SAME if was == now else Strictness.LOOSER if was < now else Strictness.TIGHTER
    assert compare_rules(ranges(*old), ranges(*new)) is expected


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_a_list_is_tighter_exactly_where_it_forbids_what_was_allowed(old, new):
    rules = [RuleTerms("fail", "isin", "x", {"allowed_values": sorted(each)}) for each in (old, new)]
    expected = Strictness.SAME if old == new else Strictness.LOOSER if old < new else Strictness.TIGHTER
    assert compare_rules(*rules) is expected


@pytest.mark.parametrize(
    ("old", "new", "strictness"),
    [
        ({"min_value": 2}, {"exact_value": 2}, Strictness.TIGHTER),
        ({"exact_value": 2}, {"min_value": 1, "max_value": 3}, Strictness.LOOSER),
        ({"max_value": 3}, {"min_value": 1, "max_value": 9}, Strictness.TIGHTER),
    ],
)
def test_lengths_are_compared_as_ranges(old, new, strictness):
    assert compare_rules(*(RuleTerms("fail", "str_length", "x", each) for each in (old, new))) is strictness


def test_an_excluded_bound_is_tighter_and_a_pattern_nobody_can_compare_counts_as_tighter():
    whole_range = ranges(0, 1)
    open_range = replace(whole_range, arguments={**whole_range.arguments, "include_max": False})
    assert compare_rules(whole_range, open_range) is Strictness.TIGHTER
    assert compare_rules(open_range, whole_range) is Strictness.LOOSER
    patterns = [RuleTerms("fail", "str_matches", "x", {"pattern": each}) for each in (r"\d+", r"\w+")]
    assert compare_rules(*patterns) is Strictness.TIGHTER
