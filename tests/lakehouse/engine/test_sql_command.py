import csv
import io
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import typer
from deltalake import write_deltalake
from typer.testing import CliRunner

from lakehouse.cli.sql import command, in_csv, in_json
from lakehouse.errors import QueryRefused
from lakehouse.settings import Settings

app = typer.Typer()
app.command()(command)

ROWS = pa.table(
    {
        "id": [1, 2],
        "total": pa.array([Decimal("12.50"), None], pa.decimal128(12, 2)),
        "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        "note": ['say "hi",\nthen go', ""],
        "tags": [["a", "b"], None],
    }
)


@pytest.fixture
def ask(tmp_path, monkeypatch):
    settings = Settings(project=tmp_path, _env_file=None)
    write_deltalake(settings.lake_dir / "silver" / "orders", ROWS)
    monkeypatch.setenv("LAKEHOUSE_PROJECT", str(tmp_path))
    return lambda *words, **more: CliRunner().invoke(app, list(words), catch_exceptions=False, **more)


def test_a_table_shows_nulls_aligns_numbers_right_and_says_from_when(ask):
    found = ask("select id, total, at from silver.orders order by id")

    head, rule, first, second = found.stdout.rstrip("\n").split("\n")
    assert head.split() == ["id", "total", "at"]
    assert set(rule) == {"─"}
    assert first.rstrip().endswith("1   12.50   2026-01-01T00:00:00Z")
    assert second.rstrip().endswith("2    NULL   NULL")
    assert found.stderr.startswith("2 rows · data as of 20")
    assert found.stderr.endswith("UTC (silver.orders)\n")


def test_a_limit_says_that_there_is_more(ask):
    assert ask("select * from silver.orders", "--limit", "1").stderr.startswith("1 row, and more")


def test_json_is_an_array_of_objects_with_exact_decimals(ask):
    found = ask("select * from silver.orders order by id", "--format", "json")

    assert json.loads(found.stdout) == [
        {
            "id": 1,
            "total": "12.50",
            "at": "2026-01-01T00:00:00Z",
            "note": 'say "hi",\nthen go',
            "tags": ["a", "b"],
        },
        {"id": 2, "total": None, "at": None, "note": "", "tags": None},
    ]


def test_csv_is_read_back_by_any_reader_and_tells_null_from_empty(ask):
    found = ask("select * from silver.orders order by id", "--format", "csv")

    assert next(csv.DictReader(io.StringIO(found.stdout, newline=""))) == {
        "id": "1",
        "total": "12.50",
        "at": "2026-01-01T00:00:00Z",
        "note": 'say "hi",\nthen go',
        "tags": '["a", "b"]',
    }
    assert found.stdout.splitlines()[-1] == '2,,,"",'


def test_no_rows_are_an_empty_array_and_a_lone_header():
    none = ROWS.slice(0, 0).select(["id", "at"])

    assert json.loads("".join(in_json(none))) == []
    assert "".join(in_csv(none)) == "id,at\n"


def test_json_refuses_two_columns_of_one_name():
    with pytest.raises(QueryRefused, match="two columns have one name"):
        list(in_json(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"])))


def test_the_text_may_come_from_standard_input(ask):
    assert ask("-", "--format", "csv", input="select 1 as one").stdout == "one\n1\n"


def test_data_cannot_steer_the_terminal(ask):
    shown = ask("select '[red]' || chr(27) || '[2Jx' as sly").stdout

    assert "\x1b" not in shown
    assert "[red]\\x1b[2Jx" in shown


def test_it_starts_quickly_and_without_spark_pandera_dagster_or_pandas(ask, tmp_path):
    program = (
        "import sys; from lakehouse.cli.sql import command; command('select count(*) n from ops.commits');"
        "print(sorted({'pyspark', 'pandera', 'dagster', 'pandas'} & set(sys.modules)))"
    )
    began = time.monotonic()

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.splitlines()[-1] == "[]"
    assert time.monotonic() - began < 8  # 1 to 1.3 s on an idle machine; the bound allows for a busy one
