"""Rows a second of a first snapshot, changes a second of the stream, and what they cost.

A table of eleven columns is captured from a server on the same machine: its snapshot, then inserts,
updates and deletes that were committed while the capture stood still, a hundred a transaction. Time
is from the first line to the last load on disk, start-up beside it; processor time and largest memory
are of the engine (Java) and of the process that lands what it sends.

    python benchmarks/change_capture.py --rows 500000 --changes 300000
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import psycopg

from lakehouse.capture.changes.capture import ChangeCapture
from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.java import engine_jars
from lakehouse.capture.changes.setup import setup_sql
from lakehouse.capture.changes.status import read_status
from lakehouse.capture.loads import list_loads
from lakehouse.settings import load_settings
from supercorp.postgres import Postgres

CAPTURED = Captured("bench", ["s.orders"])
TABLE = """
CREATE SCHEMA s;
CREATE TABLE s.orders (
    id bigint PRIMARY KEY, customer bigint NOT NULL, status text NOT NULL, total numeric(12, 2) NOT NULL,
    shipping numeric(12, 2), coupon text, placed_at timestamptz NOT NULL, paid_at timestamptz,
    shipped_at timestamptz, note text, updated_at timestamptz NOT NULL
);
"""
ROWS = """
INSERT INTO s.orders SELECT n, n % 1000, 'placed', (n % 10000) / 7.0, 4.90, NULL, now(), now(), NULL,
    md5(n::text) || md5((n + 1)::text), now() FROM generate_series({first}, {last}) AS n
"""
TICKS = os.sysconf("SC_CLK_TCK")


class Cost:
    """What a process has used so far: processor seconds, and the most memory it held (MB)."""

    def __init__(self, pid: int) -> None:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        self.seconds = (int(fields[11]) + int(fields[12])) / TICKS
        status = Path(f"/proc/{pid}/status").read_text()
        self.megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024


def change(connection: psycopg.Connection, rows: int, changes: int) -> None:
    """Commit so many changes: three updates to an insert and a delete, a hundred a transaction."""
    for first in range(rows + 1, rows + changes // 5 + 1, 20):
        with connection.transaction():
            connection.execute(ROWS.format(first=first, last=first + 19))
            connection.execute(
                "UPDATE s.orders SET status = 'paid', updated_at = now() WHERE id BETWEEN %s AND %s",
                [first - rows, first - rows + 59],
            )
            connection.execute("DELETE FROM s.orders WHERE id BETWEEN %s AND %s", [first, first + 19])


def measure(what: str, url: str, base: Path, expected: int) -> None:
    """Capture until so many lines have landed, and say how long it took."""
    jars = engine_jars(load_settings(), print)
    before, begun = Cost(os.getpid()), time.monotonic()
    with ChangeCapture(url, base / "bucket", CAPTURED, home=base / "home", jars=jars) as capture:
        pid = capture.engine_pid
        working = capture._supervisor  # noqa: SLF001  the first line has no public sign
        capture.run_until(lambda: bool(working and working._lines))  # noqa: SLF001
        started = time.monotonic()
        capture.drain()
        ended, engine, ours = time.monotonic(), Cost(pid or 0), Cost(os.getpid())
    found = sum(load.rows for load in list_loads(base / "bucket", "bench", "orders").loads)
    status = read_status(base / "home")
    print(
        f"{what}: {status.lines['orders']:,} lines ({found:,} landed in all, {expected:,} expected),"
        f" start {started - begun:.1f} s, then {ended - started:.1f} s:"
        f" {status.lines['orders'] / (ended - started):,.0f} lines/s;"
        f" processor {engine.seconds:.1f} s engine, {ours.seconds - before.seconds:.1f} s ours;"
        f" memory {engine.megabytes:.0f} MB engine, {ours.megabytes:.0f} MB ours"
    )


def main(rows: int, changes: int) -> None:
    """Measure both, on a server of our own."""
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        base = Path(folder)
        base.chmod(0o755)
        (base / "database").mkdir()
        url = server.start(base / "database").url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TABLE)
            connection.execute(ROWS.format(first=1, last=rows))
            connection.execute(setup_sql(CAPTURED, "capturer").encode())
            measure("snapshot", url, base, rows)
            change(connection, rows, changes)
            measure("stream", url, base, rows + changes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--changes", type=int, default=300_000)
    given = parser.parse_args()
    main(given.rows, given.changes)
