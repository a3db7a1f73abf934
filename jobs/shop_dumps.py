"""Capturing the shop's production database: which table is dumped how, one round at a time.

``python -m jobs.shop_dumps`` dumps what has changed since the last round; with ``--every 60`` it goes on
doing so, every so many minutes, until it is stopped (Ctrl-C, SIGTERM).
"""

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.program import run as run_program
from lakehouse.capture.dumps import TableDump, dump_tables
from lakehouse.capture.loads import Load
from lakehouse.settings import load_settings
from supercorp.cadence import dump_days
from supercorp.database import SCHEMA
from supercorp.history import HistoryResult, run_history
from supercorp.postgres import open_database
from supercorp.truths import load_truths
from supercorp.world import LAST_DAY

if TYPE_CHECKING:  # a capture has no use for the datasets' machinery
    from lakehouse.dataset import Dataset
    from lakehouse.discovery import Catalog

__all__ = ["ALL_DUMPS", "SHOP_DUMPS", "SOURCE", "capture_history", "dump_round", "fed_by_the_shop"]

SOURCE = "shop"
SHOP_DUMPS = (
    # Whole where rows are deleted or the table is small, by change time where it grows without end.
    TableDump("customers", "full", "updated_at", SCHEMA),
    TableDump("addresses", "full", "updated_at", SCHEMA),
    TableDump("products", "full", "updated_at", SCHEMA),
    TableDump("orders", "incremental", "updated_at", SCHEMA),
    TableDump("order_lines", "incremental", "updated_at", SCHEMA),
    TableDump("payments", "incremental", "updated_at", SCHEMA),
)
ALL_DUMPS = (
    *SHOP_DUMPS,
    TableDump("vendors", "full", "updated_at", SCHEMA),
    TableDump("price_imports", "full", None, SCHEMA),  # emptied and filled: only a whole dump shows it
    TableDump("purchase_orders", "incremental", "updated_at", SCHEMA),
    TableDump("purchase_order_lines", "incremental", "updated_at", SCHEMA),
    TableDump("goods_receipts", "incremental", "updated_at", SCHEMA),
    TableDump("stock_movements", "incremental", "updated_at", SCHEMA),
    TableDump("vendor_invoices", "incremental", "updated_at", SCHEMA),
    TableDump("vendor_invoice_lines", "incremental", "updated_at", SCHEMA),
    TableDump("vendor_payments", "incremental", "updated_at", SCHEMA),
    TableDump("releases", "full", "updated_at", SCHEMA),
    TableDump("experiments", "full", "updated_at", SCHEMA),
    TableDump("experiment_assignments", "full", "updated_at", SCHEMA),
)


def fed_by_the_shop(catalog: "Catalog") -> "list[Dataset]":
    """The datasets that the demo's six tables feed, alone or together, inputs before readers."""
    six, fed = {(SOURCE, dump.table) for dump in SHOP_DUMPS}, dict[str, "Dataset"]()
    for dataset in catalog:
        source = dataset.source
        if ((source.system, source.table) in six) if source else all(name in fed for name in dataset.inputs):
            fed[dataset.name] = dataset
    return list(fed.values())


def dump_round(
    url: str, bucket: Path, *, dumps: Sequence[TableDump] = SHOP_DUMPS, now: datetime | None = None
) -> list[Load]:
    """Dump what changed in the tables, all as of one moment; the loads written, if any."""
    written = dump_tables(url, bucket, SOURCE, dumps, now=now)
    return [load for load in written.values() if load]


def capture_history(
    url: str,
    bucket: Path,
    size: str,
    seed: int,
    *,
    truth_file: Path,
    say: Callable[[str], None],
    dumps: Sequence[TableDump] = SHOP_DUMPS,
    on_day: Callable[[date], None] = lambda _: None,
) -> tuple[HistoryResult, list[Load]]:
    """Run SuperCorp's history and dump at the demo's cadence while it runs.

    ``dumps`` are the six tables of the demo, or :data:`ALL_DUMPS`; ``on_day`` is called after each day.
    A last round makes up for one that was broken off; where nothing changed it writes nothing.
    """
    days = load_truths().size(size).days
    due = set(dump_days(LAST_DAY - timedelta(days=days - 1), LAST_DAY))
    loads: list[Load] = []

    def dump_if_due(day: date) -> None:
        on_day(day)
        if day in due:
            loads.extend(dump_round(url, bucket, dumps=dumps, now=_end_of(day)))

    history = run_history(url, size, seed, on_day=dump_if_due, truth_file=truth_file, say=say)
    loads += dump_round(url, bucket, dumps=dumps, now=_end_of(LAST_DAY))
    return history, loads


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def dump(
    every: Annotated[
        float | None, typer.Option(min=0.01, help="Minutes between two rounds; one round by default.")
    ] = None,
) -> None:
    """Dump what has changed in the shop's tables, all as of one moment."""
    settings, stop = load_settings(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_database(settings.var_dir / "supercorp" / "postgres") as url:
        while True:
            loads = dump_round(url, settings.bucket_dir, dumps=ALL_DUMPS)
            files = [file for load in loads for file in load.files]
            rows, size = sum(file.rows or 0 for file in files), sum(file.bytes or 0 for file in files)
            typer.echo(
                f"{datetime.now(UTC):%H:%M:%S}: {len(loads)} loads, {rows:,} rows, {size / 1e6:.1f} MB"
            )
            if every is None or stop.wait(every * 60):
                return


if __name__ == "__main__":
    run_program(lambda: typer.run(dump))
