"""What the demo ends with: what is in the lake, what was set aside and why, and the headline numbers."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from lakehouse.dagster.running import RunReport, Status
from lakehouse.engine import deltalog
from lakehouse.engine.sql import query
from lakehouse.lake import Lake
from lakehouse.layers import Layer
from lakehouse.trust.inspection import summaries

__all__ = ["print_answer"]

_ASKED = ("daily_sales", "daily_new_customers")  # of a run that failed they may be missing
_HEADLINES = """
    WITH last AS (SELECT max(day) AS day FROM gold.daily_sales),
    sales AS (
        SELECT s.day > last.day - INTERVAL '7' DAY AS this_week, s.*
        FROM gold.daily_sales s CROSS JOIN last
        WHERE s.day > last.day - INTERVAL '14' DAY
    )
    SELECT channel,
           sum(CASE WHEN this_week THEN orders ELSE 0 END) AS orders,
           sum(CASE WHEN this_week THEN revenue ELSE 0 END) AS revenue,
           sum(CASE WHEN this_week THEN 0 ELSE revenue END) AS revenue_before
    FROM sales GROUP BY channel ORDER BY revenue DESC
"""
_NEW_CUSTOMERS = """
    WITH last AS (SELECT max(day) AS day FROM gold.daily_sales)
    SELECT channel, sum(new_customers) AS new_customers
    FROM gold.daily_new_customers CROSS JOIN last
    WHERE daily_new_customers.day > last.day - INTERVAL '7' DAY
      AND daily_new_customers.day <= last.day
    GROUP BY channel
"""


def print_answer(lake: Lake, report: RunReport, console: Console) -> None:
    """Print the answer. Everything in it is read from the lake, none of it from the simulator."""
    console.print()
    console.print(_layers(lake))
    console.print(_verdicts(lake, report))
    console.print(_quarantine(lake))
    if all(deltalog.exists(lake.table(lake.catalog[name])) for name in _ASKED):
        console.print(_headlines(lake))
    console.print("[bold]Next, try[/bold]")
    for command, why in (
        (
            '.venv/bin/lakehouse sql "select * from gold.daily_sales order by day desc limit 8"',
            "ask the lake",
        ),
        (".venv/bin/lakehouse quarantine explain silver.orders", "see why rows were set aside"),
        ("make ui", "browse catalog, lineage, checks and partitions"),
    ):
        console.print(f"  {command}\n      [dim]{why}[/dim]", highlight=False, soft_wrap=True)


def _layers(lake: Lake) -> Table:
    """Rows per layer: of every table, as it stands."""
    table = Table(title="The lake", title_justify="left", title_style="bold")
    for name, justify in (("layer", "left"), ("table", "left"), ("rows", "right"), ("set aside", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    waiting = {summary.dataset: summary.waiting for summary in summaries(lake)}
    for layer in Layer:
        for dataset in (each for each in lake.catalog if each.layer is layer):
            if not deltalog.exists(lake.table(dataset)):
                continue
            # The name comes from the catalog, which holds only identifiers.
            rows = query(lake.settings, f"SELECT count(*) AS n FROM {dataset.full_name}")["n"][0].as_py()
            aside = waiting.get(dataset.full_name, 0)
            table.add_row(layer.value, dataset.name, f"{rows:,}", f"{aside:,}" if aside else "")
        table.add_section()
    return table


def _verdicts(lake: Lake, report: RunReport) -> str:
    """Checks of each table's newest batch: kept, or broken by rows that stepped aside or were let through."""
    kept = broken = 0
    for dataset in lake.catalog:
        last = deltalog.latest_record(lake.table(dataset))
        for count in last.record.rules.values() if last and last.record else ():
            kept, broken = kept + (not count.broken), broken + bool(count.broken)
    written = len(report.of(Status.WRITTEN))
    if not written:
        run = "Nothing changed in the sources: nothing was written."
    else:
        run = f"{written} of {len(report.datasets)} tables written in {report.seconds:.0f} s."
    return f"{run} Newest batches: {kept} checks passed, {broken} found rows to set aside or warn of.\n"


def _quarantine(lake: Lake) -> Table:
    table = Table(
        title="Rows set aside, by the rules that they break", title_justify="left", title_style="bold"
    )
    table.add_column("table")
    table.add_column("broken rule")
    table.add_column("rows", justify="right")
    for summary in summaries(lake):
        for rule, count in sorted(summary.rules.items(), key=lambda item: -item[1]):
            table.add_row(summary.dataset, rule, f"{count:,}")
    return table


def _headlines(lake: Lake) -> Table:
    sales = query(lake.settings, _HEADLINES)
    registered = {row["channel"]: row["new_customers"] for row in _rows(query(lake.settings, _NEW_CUSTOMERS))}
    last = query(lake.settings, "SELECT max(day) AS day FROM gold.daily_sales")["day"][0].as_py()
    table = Table(
        title=f"The seven days to {last}, against the seven before",
        title_justify="left",
        title_style="bold",
    )
    for name in ("channel", "revenue €", "change", "orders", "new customers"):
        table.add_column(name, justify="left" if name == "channel" else "right")
    rows = _rows(sales)
    total = {name: sum(row[name] for row in rows) for name in ("orders", "revenue", "revenue_before")}
    for row in [*rows, {"channel": "all", **total}]:
        before = row["revenue_before"]
        change = f"{float(row['revenue'] / before - 1):+.0%}" if before else "n/a"
        new = sum(registered.values()) if row["channel"] == "all" else registered.get(row["channel"], 0)
        if row["channel"] == "all":
            table.add_section()
        table.add_row(row["channel"], f"{row['revenue']:,.0f}", change, f"{row['orders']:,}", f"{new:,}")
    return table


def _rows(table: Any) -> list[dict[str, Any]]:
    columns: Iterable[str] = table.column_names
    return [{name: table[name][i].as_py() for name in columns} for i in range(table.num_rows)]
