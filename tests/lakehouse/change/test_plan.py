import json
import shutil
import time
from dataclasses import replace

import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Field
from lakehouse.change.difference import Difference
from lakehouse.change.plan import Status, plan
from lakehouse.cli.plan import _print, as_json
from lakehouse.engine import deltalog
from lakehouse.errors import ContractBroken, DeclarationError
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request, Trigger

from .conftest import datasets, order

KEPT = (
    "total__ge: rule tightened: no rule → greater_than_or_equal_to(0) (quarantine), "
    "which every row there keeps"
)
ROUND = ("bronze.shop_orders", "silver.orders", "gold.revenue")


def statuses(found):
    return {each.dataset: each.status for each in found.datasets}


def test_an_empty_lake_waits_for_a_load(tmp_path):
    found = plan(small_lake(tmp_path, *datasets()))

    assert statuses(found) == dict.fromkeys(ROUND, Status.WAITS)
    assert found.datasets[0].reasons == ("no load of shop.orders is in the bucket",)
    assert found.datasets[1].reasons == ("bronze.shop_orders has no table yet: `lakehouse run +orders`",)
    assert not found.anything


def test_what_was_never_built_runs_in_one_go_with_what_it_reads(tmp_path):
    lake = small_lake(tmp_path, *datasets())
    land(lake, "shop", "orders", [order(1, 1)], position=1)

    found = plan(lake)

    assert statuses(found) == dict.fromkeys(ROUND, Status.NEVER_BUILT)
    assert [each.reasons for each in found.datasets] == [
        ("never built", "1 new load of shop.orders"),
        ("its input bronze.shop_orders will change",),
        ("its input silver.orders will change",),
    ]
    assert statuses(plan(lake, ["revenue"])) == {"gold.revenue": Status.WAITS}


def test_nothing_is_planned_where_nothing_changed(built):
    found = plan(built)

    assert statuses(found) == dict.fromkeys(ROUND, Status.UP_TO_DATE)
    assert not found.anything


def test_a_new_load_runs_down_to_gold(built):
    load = land(built, "shop", "orders", [order(4, 4)], position=2)
    copy = load.files[0].path.parent
    shutil.copytree(copy, copy.parent / "a copy")

    bronze, silver, gold = plan(built).datasets

    assert (bronze.status, bronze.reasons) == (Status.NEW_INPUT, ("1 new load of shop.orders",))
    assert (bronze.loads.waiting, bronze.loads.oldest, bronze.loads.duplicates) == (1, load.arrived_at, 1)
    assert (silver.status, gold.status) == (Status.INPUT_WILL_CHANGE, Status.INPUT_WILL_CHANGE)
    assert gold.reasons == ("its input silver.orders will change",)


def test_a_damaged_load_is_a_problem_told(built):
    load = land(built, "shop", "orders", [order(4, 4)], position=2)
    load.files[0].path.write_bytes(b"torn")

    (bronze, *_) = plan(built).datasets

    assert bronze.status is Status.UP_TO_DATE
    assert "damaged or not yet whole" in bronze.loads.problems[0]


def test_the_windows_told_are_those_that_run_or_more(built, run):
    moved, new = order(2, 5), order(4, 7)
    land(built, "shop", "orders", [moved, new], position=2)
    run(built, "shop_orders", "orders")

    (gold,) = plan(built, ["revenue"]).datasets
    (outcome,) = run(built, "revenue")

    assert gold.status is Status.NEW_INPUT
    assert outcome.record.windows == ("2026-01-02", "2026-01-05", "2026-01-07")
    assert (outcome.record.terms, outcome.record.lineage) == (None, None)  # what was stated holds still
    assert set(gold.windows) >= set(outcome.record.windows)
    assert (gold.windows[0], gold.windows[-1]) == ("2026-01-01", "2026-01-09")


def test_changed_code_is_told_and_runs_nothing(built):
    changed = small_lake(built.settings.project, *datasets(doubled=True))

    *_, gold = plan(changed).datasets

    assert (gold.status, gold.runs, gold.code_changed) == (Status.CODE_CHANGED, False, True)
    assert "`lakehouse run revenue --rebuild`" in gold.reasons[0]


class WithCoupon(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field()
    placed_at: T.TimestampType() = Field()
    position: T.LongType() = Field()
    coupon: T.StringType() = Field(nullable=True)


class WithRule(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(ge=0)
    placed_at: T.TimestampType() = Field(nullable=True)
    position: T.LongType() = Field(on_fail="fail")


class WithOtherType(Contract):
    """One row per order."""

    id: T.StringType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field()
    placed_at: T.TimestampType() = Field()
    position: T.LongType() = Field()


class Tightened(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field(ge=100)
    placed_at: T.TimestampType() = Field()
    position: T.LongType() = Field()


@pytest.mark.parametrize(
    ("contract", "kind", "status", "told"),
    [
        (WithCoupon, Difference.ADDITIVE, Status.CONTRACT_CHANGED, {"coupon: column added: string"}),
        (
            WithRule,
            Difference.ADDITIVE,
            Status.CONTRACT_CHANGED,
            {
                "placed_at__not_null: nullable loosened: has a value (quarantine) → no rule",
                "position__not_null: rule changed: has a value (quarantine) → has a value (fail)",
                KEPT,
            },
        ),
        (WithOtherType, Difference.BREAKING, Status.BLOCKED, {"id: type changed: bigint → string"}),
        (
            Tightened,
            Difference.BREAKING,
            Status.BLOCKED,
            {"total__ge: rule tightened: no rule → greater_than_or_equal_to(100) (quarantine)"},
        ),
    ],
)
def test_a_changed_contract_is_told_with_its_class(built, contract, kind, status, told):
    changed = small_lake(built.settings.project, *datasets(orders_contract=contract))

    (silver,) = plan(changed, ["silver"]).datasets

    assert (silver.contract.kind, silver.status, silver.runs) == (kind, status, False)
    assert set(silver.contract.details) == told


def test_a_breaking_change_names_who_uses_the_column_and_the_way_out(built):
    (built.settings.project / "consumers").mkdir()
    (built.settings.project / "consumers" / "sheet.sql").write_text(
        "-- owner: team:finance\n-- used by: the monthly sheet\nselect sum(total) from silver.orders"
    )
    changed = small_lake(built.settings.project, *datasets(orders_contract=Tightened))

    (silver,) = plan(changed, ["silver"]).datasets

    assert [str(each) for each in silver.consumers[0]] == [
        "gold.revenue (team:shop): revenue",
        "consumers/sheet (team:finance), used by the monthly sheet",
    ]
    assert silver.reasons[-1].startswith("a run is refused: `lakehouse run orders --rebuild` holds every row")
    assert "`lakehouse contract new-version orders`" in silver.reasons[-1]


def test_a_broken_contract_stops_the_run_before_it_writes_and_says_all_of_that(built, run):
    changed = small_lake(built.settings.project, *datasets(orders_contract=WithOtherType))
    land(changed, "shop", "orders", [order(4, 4)], position=2)
    before = deltalog.version(changed.table(changed.catalog["orders"]))

    with pytest.raises(ContractBroken) as refused:
        run(changed)

    assert deltalog.version(changed.table(changed.catalog["orders"])) == before
    assert str(refused.value) == (
        "silver.orders: the contract would break the readers of the deployed table; nothing was written; "
        "found id: type changed: bigint → string [nobody here uses it]. "
        "Remedy: `lakehouse contract new-version orders` puts the new contract into a table beside this one; "
        "see docs/change-a-contract.md."
    )


def test_a_rebuild_may_tighten_a_rule_since_no_row_is_left_that_was_not_held_to_it(built, spark):
    changed = small_lake(built.settings.project, *datasets(orders_contract=Tightened))
    orders = changed.catalog["orders"]

    outcome = write(changed, spark, orders, Request(run="rebuild", trigger=Trigger.REBUILD))

    assert (outcome.record.rows_quarantined, outcome.record.rows_written) == (3, 0)
    assert plan(changed, ["silver"]).datasets[0].contract.changes == ()


def test_the_first_commit_states_the_terms_and_the_lineage(built):
    record = deltalog.latest_record(built.table(built.catalog["revenue"])).record

    assert record.lineage == {
        "columns": {"day": ["silver.orders.placed_at"], "revenue": ["silver.orders.total"]},
        "rows": ["silver.orders.placed_at"],
    }
    assert record.terms["columns"]["revenue"] == {"type": "decimal(22,2)"}
    assert record.contract.startswith("1-")


def test_a_reader_of_a_table_that_goes_is_told(built):
    orders = replace(built.catalog["orders"], deprecated="2027-01-31")
    lake = small_lake(built.settings.project, built.catalog["shop_orders"], orders, built.catalog["revenue"])

    _, silver, gold = plan(lake).datasets

    assert silver.deprecated == "2027-01-31"
    assert gold.reasons == ("reads silver.orders, which is deprecated and goes on 2027-01-31",)


def test_datasets_are_selected_by_name_layer_and_what_stands_around_them(built):
    def selected(*words):
        return [each.dataset for each in plan(built, words).datasets]

    assert selected("orders") == selected("silver.orders") == selected("silver") == ["silver.orders"]
    assert selected("+orders") == ["bronze.shop_orders", "silver.orders"]
    assert selected("orders+", "shop_orders") == list(ROUND)
    with pytest.raises(DeclarationError, match=r"expected one of silver\.orders"):
        selected("order")


def test_the_json_keys_are_those_promised(built):
    told = json.loads(json.dumps(as_json(plan(built))))

    assert list(told) == ["lakehouse_plan", "environment", "made_at", "anything", "datasets", "problems"]
    assert told["datasets"][2] == {
        "dataset": "gold.revenue",
        "status": "up to date",
        "runs": False,
        "reasons": [],
        "whole": False,
        "windows": None,
        "loads": None,
        "code_changed": False,
        "contract": {"change": "none", "changes": []},
        "empty_windows": [],
        "deprecated": None,
    }


def test_for_people_it_is_a_table_and_a_last_line(built, capsys):
    _print(plan(built))

    lines = capsys.readouterr().out.rstrip().splitlines()
    assert lines[0].split()[:2] == ["dataset", "status"]
    assert lines[-1] == "Nothing to do."


def test_it_answers_at_once(built):
    began = time.monotonic()
    plan(built)
    assert time.monotonic() - began < 2  # 0.1 s on an idle machine
