"""The history in a real database, and its dumps: what truth.json says is there, and nothing else."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from lakehouse.capture.dumps import TableDump, dump_tables
from lakehouse.capture.loads import Load, count_lines, list_loads
from supercorp.cadence import dump_days
from supercorp.database import TABLES
from supercorp.errors import DatabaseError
from supercorp.history import HistoryResult, run_history
from supercorp.postgres import URL_VARIABLE

END = date(2026, 6, 30)
DUMPS = [
    TableDump(
        table,
        "full" if table in {"customers", "addresses", "products"} else "incremental",
        "updated_at",
        "shop",
    )
    for table in TABLES
]


@dataclass(frozen=True)
class Told:
    """A tiny history: where it lies, what was said to be true, what was captured."""

    url: str
    bucket: Path
    truth: dict[str, Any]


def capture(url: str, bucket: Path, truth_file: Path, said: list[str]) -> tuple[HistoryResult, list[Load]]:
    """Run the tiny history and dump it at the demo's cadence, and once more at the end."""
    loads: list[Load] = []
    due = dump_days(END - timedelta(days=29), END)

    def dump(day: date) -> None:
        midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
        loads.extend(filter(None, dump_tables(url, bucket, "shop", DUMPS, now=midnight).values()))

    def on_day(day: date) -> None:
        if day in due:
            dump(day)

    result = run_history(url, "tiny", 7, on_day=on_day, truth_file=truth_file, say=said.append)
    dump(END)
    return result, loads


@pytest.fixture(scope="module")
def told(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder, url = tmp_path_factory.mktemp("told"), new_database()
    capture(url, folder / "bucket", folder / "truth.json", [])
    return Told(url, folder / "bucket", json.loads((folder / "truth.json").read_text()))


@pytest.fixture
def empty_database(new_database: Callable[[], str]) -> str:
    return new_database()


def query(told_or_url: Told | str, text: LiteralString) -> list[tuple[Any, ...]]:
    url = told_or_url if isinstance(told_or_url, str) else told_or_url.url
    with psycopg.connect(url, options="-c search_path=shop -c TimeZone=UTC") as connection:
        return connection.execute(text).fetchall()


def everything(url: str) -> dict[str, str]:
    with psycopg.connect(url, options="-c search_path=shop -c TimeZone=UTC") as connection:
        return {
            table: str(
                connection.execute(
                    f"SELECT md5(string_agg(row_to_json(r)::text, ',' ORDER BY id)) FROM {table} r"
                ).fetchone()
            )
            for table in TABLES
        }


def test_truth_counts_the_rows_that_are_there(told: Told) -> None:
    for table in TABLES:
        with psycopg.connect(told.url) as connection:
            found = connection.execute(f"SELECT count(*) FROM shop.{table}").fetchone()
        assert found == (told.truth["rows"][table],)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("negative_total", "SELECT id FROM orders WHERE total < 0"),
        ("unknown_status", "SELECT id FROM orders WHERE status = 'plcaed'"),
        ("negative_price", "SELECT id FROM products WHERE price < 0"),
        ("malformed_email", "SELECT id FROM customers WHERE email NOT LIKE '%_@_%'"),
        ("orphan_payment", "SELECT id FROM payments WHERE order_id IS NULL AND amount = 0"),
        ("negative_quantity", "SELECT id FROM order_lines WHERE quantity <= 0"),
    ],
)
def test_dirt_is_where_truth_says_and_nowhere_else(told: Told, kind: str, wrong: LiteralString) -> None:
    planted = told.truth["dirt"][kind]
    assert planted["rows"] >= 1
    assert sorted(key for (key,) in query(told, wrong)) == planted["ids"]


def test_clean_orders_and_revenue_are_as_truth_says(told: Told) -> None:
    found = query(
        told,
        "SELECT placed_at::date::text, channel, status, count(*), sum(total) FROM orders"
        " WHERE total >= 0 AND status <> 'plcaed' GROUP BY 1, 2, 3",
    )
    expected = {
        (row["day"], row["channel"], row["status"]): (row["orders"], Decimal(row["revenue"]))
        for row in told.truth["orders"]
    }
    assert {row[:3]: row[3:] for row in found} == expected
    assert {status for _, _, status in expected} == {"placed", "paid", "shipped", "delivered", "returned"}


def test_customers_per_day_and_channel_are_as_truth_says(told: Told) -> None:
    found = query(told, "SELECT created_at::date::text, channel, count(*) FROM customers GROUP BY 1, 2")
    kept = {
        (row["day"], row["channel"]): row["registered"] - row["forgotten"] for row in told.truth["customers"]
    }
    assert {row[:2]: row[2] for row in found} == {key: count for key, count in kept.items() if count}
    assert 250 < sum(row["registered"] for row in told.truth["customers"]) < 350


def test_the_forgotten_are_gone_and_their_orders_are_not(told: Told) -> None:
    forgotten = told.truth["forgotten_customers"]
    assert forgotten
    present = {key for (key,) in query(told, "SELECT id FROM customers")}
    assert not present & set(forgotten)
    assert not {key for (key,) in query(told, "SELECT customer_id FROM addresses")} & set(forgotten)
    nobody = query(told, "SELECT count(*) FROM orders WHERE customer_id IS NULL AND address_id IS NULL")
    assert nobody[0][0] > 0
    half = "SELECT count(*) FROM orders WHERE (customer_id IS NULL) <> (address_id IS NULL)"
    assert query(told, half) == [(0,)]


def test_rows_change_after_they_are_made(told: Told) -> None:
    assert query(told, "SELECT count(*) FROM customers WHERE updated_at > created_at")[0][0] > 0
    assert query(told, "SELECT count(*) FROM addresses WHERE line1 LIKE '%, floor %'")[0][0] > 0
    assert query(told, "SELECT count(*) FROM products WHERE updated_at > created_at")[0][0] > 0
    assert query(told, "SELECT count(DISTINCT status) FROM payments")[0][0] == 4
    assert query(told, "SELECT count(*) FROM orders WHERE updated_at < placed_at") == [(0,)]


def test_payments_and_lines_agree_with_their_orders(told: Told) -> None:
    assert query(
        told,
        "SELECT count(*) FROM orders o JOIN payments p ON p.order_id = o.id WHERE abs(o.total) <> p.amount",
    ) == [(0,)]
    assert query(
        told,
        "SELECT count(*) FROM orders o WHERE coupon IS NULL AND total > 0 AND total <> shipping +"
        " (SELECT sum(abs(quantity) * unit_price) FROM order_lines l WHERE l.order_id = o.id)",
    ) == [(0,)]


def known(row: dict[str, Any]) -> dict[str, Any]:
    """The values that are there: a column that was added later is null in older rows, or not dumped yet."""
    return {name: value for name, value in row.items() if value is not None}


def test_the_tables_can_be_rebuilt_from_the_dumps(told: Told) -> None:
    for dump in DUMPS:
        state: dict[int, dict[str, Any]] = {}
        for load in list_loads(told.bucket, "shop", dump.table).loads:
            if load.kind == "full":
                state.clear()
            for file in load.files:
                assert count_lines(file.path).lines == file.rows
                for line in gzip.decompress(file.path.read_bytes()).decode().splitlines():
                    row = known(json.loads(line))
                    state[row["id"]] = row
        with psycopg.connect(told.url, options="-c TimeZone=UTC") as connection:
            rows = connection.execute(f"SELECT id, row_to_json(r) FROM shop.{dump.table} r").fetchall()
        assert state == {key: known(row) for key, row in rows}


def test_a_second_run_does_nothing_and_says_so(told: Told, tmp_path: Path) -> None:
    before, said = everything(told.url), list[str]()
    history, loads = capture(told.url, told.bucket, tmp_path / "truth.json", said)
    assert history.was_there
    assert loads == []
    assert said == ["the database already holds the history of tiny with seed 7, to 2026-06-30"]
    assert everything(told.url) == before
    assert json.loads((tmp_path / "truth.json").read_text()) == told.truth


def test_another_history_in_the_database_is_refused(told: Told) -> None:
    with pytest.raises(DatabaseError, match=r"holds another history.*seed 8.*seed 7.*--fresh"):
        run_history(told.url, "tiny", 8)


def test_a_history_that_broke_off_goes_on_to_the_same_end(told: Told, empty_database: str) -> None:
    class PowerCut(Exception):
        pass

    def fail_on(day: date) -> None:
        if day == END - timedelta(days=12):
            raise PowerCut

    with pytest.raises(PowerCut):
        run_history(empty_database, "tiny", 7, on_day=fail_on)
    days: list[date] = []
    result = run_history(empty_database, "tiny", 7, on_day=days.append)
    assert days == [END - timedelta(days=number) for number in range(11, -1, -1)]
    assert result.days_written == 12
    assert everything(empty_database) == everything(told.url)


def test_fresh_begins_anew_but_never_in_a_schema_of_others(empty_database: str) -> None:
    run_history(empty_database, "tiny", 1, days=3)
    assert run_history(empty_database, "tiny", 2, days=3, fresh=True).days_written == 3
    with psycopg.connect(empty_database) as connection:
        connection.execute("DROP TABLE shop.simulator_history")
    with pytest.raises(DatabaseError, match="schema shop that the simulator has not made"):
        run_history(empty_database, "tiny", 2, days=3, fresh=True)
    assert query(empty_database, "SELECT count(*) > 0 FROM customers") == [(True,)]


def test_the_demo_dumps_on_day_60_then_weekly_then_daily() -> None:
    days = dump_days(date(2026, 1, 2), END)
    assert days[0] == date(2026, 3, 2)
    assert days[-7:] == tuple(END - timedelta(days=number) for number in range(6, -1, -1))
    assert len(days) == 24
    steps = [(later - earlier).days for earlier, later in pairwise(days)]
    assert max(steps) == 7
    assert dump_days(END, END) == (END,)


def test_the_command_line_tells_what_it_did(empty_database: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "supercorp", "history", "--size", "tiny", "--days", "5"]
    command += ["--folder", str(tmp_path)]
    environment = {**os.environ, URL_VARIABLE: empty_database}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "history: 5 days, " in done.stdout
    assert json.loads((tmp_path / "truth.json").read_text())["history"]["size"] == "tiny"
    environment[URL_VARIABLE] = "postgresql://127.0.0.1:1/none"
    failed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "Remedy: " in failed.stderr
