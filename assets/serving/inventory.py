"""The inventory team's page: what is missing, how often something was, and what stands around."""

from collections.abc import Mapping
from typing import Any

from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, bars, lines, page
from lakehouse.pages.page import shown

_NOW = """
    SELECT count(*) AS products, sum(CASE WHEN owed > on_hand THEN 1 ELSE 0 END) AS out,
           sum(owed) AS owed, sum(value) AS value, max(as_of) AS as_of,
           sum(CASE WHEN days_of_cover > 120 OR sold = 0 THEN value ELSE 0 END) AS slow
    FROM gold.stock_levels
"""
_OUT = """
    SELECT product, category, on_hand, owed, on_order, next_promised_on, sold, days_out
    FROM gold.stock_levels WHERE owed > on_hand ORDER BY owed - on_hand DESC, product LIMIT 40
"""
_WEEKS = """
    SELECT CAST(date_trunc('week', day) AS DATE) AS week, sum(out_of_stock) AS out,
           sum(offered) AS product_days, CAST(sum(out_of_stock) AS DOUBLE) / sum(offered) AS rate
    FROM gold.daily_stock GROUP BY 1 HAVING count(DISTINCT day) = 7 ORDER BY 1
"""
_COVER = """
    WITH classed AS (
        SELECT value, on_hand,
               CASE WHEN sold = 0 THEN 6 WHEN days_of_cover < 7 THEN 1 WHEN days_of_cover < 28 THEN 2
                    WHEN days_of_cover < 60 THEN 3 WHEN days_of_cover <= 120 THEN 4 ELSE 5 END AS place
        FROM gold.stock_levels WHERE on_hand > 0
    )
    SELECT CASE place WHEN 1 THEN 'under a week' WHEN 2 THEN 'one to four weeks'
                WHEN 3 THEN 'one or two months'
                WHEN 4 THEN 'two to four months' WHEN 5 THEN 'more than four months'
                ELSE 'sold nothing in 28 days' END AS lasts,
           count(*) AS products, sum(on_hand) AS units, sum(value) AS value
    FROM classed GROUP BY place ORDER BY place
"""
_SHEET = """
    SELECT s.product, r.sheet_point, r.computed_point, CAST(round(r.expected) AS BIGINT) AS sells,
           r.hold_until, r.sheet_note, s.sold
    FROM gold.reorder_points r JOIN gold.stock_levels s ON s.product_id = r.product_id
    WHERE s.sold > 0 AND (r.held OR r.sheet_point < r.expected)
    ORDER BY r.held DESC, r.expected - coalesce(r.sheet_point, 0) DESC, s.product LIMIT 40
"""


@page(
    title="Inventory",
    team="inventory",
    owner="team:supply-chain",
    reads=["stock_levels", "daily_stock", "reorder_points"],
    position=45,
)
def inventory(results: Results) -> Page:
    """What is missing now, how often something was, what lies too long, and what the sheet holds back."""
    now = results(_NOW).row
    if not now["products"]:
        return Page(finding="Nothing has been in stock yet")
    weeks, cover, sheet = results(_WEEKS), results(_COVER), results(_SHEET)
    figures = (
        missing(results(_OUT), now),
        *([over_time(weeks)] if weeks else []),
        *([lasting(cover, now)] if cover else []),
        *([by_hand(sheet)] if sheet else []),
    )
    return Page(finding=figures[0].finding, tiles=tiles(now, weeks), figures=figures)


def tiles(now: Mapping[str, Any], weeks: Result) -> tuple[Tile, ...]:
    """The stock in three numbers."""
    latest = weeks.rows[-1]["rate"] if weeks else None
    return (
        Tile("Out of stock", f"{now['out']:,}", f"of {now['products']:,} products", not now["out"]),
        Tile("Stock-out rate", shown(latest, "share"), "of product days in the last whole week"),
        Tile("On the shelves", shown(now["value"], "EUR"), f"{shown(now['slow'], 'EUR')} of it slow"),
    )


def missing(out: Result, now: Mapping[str, Any]) -> Figure:
    """The products that customers wait for."""
    if out:
        worst = out.rows[0]
        finding = (
            f"{now['out']:,} of {now['products']:,} products are out of stock; customers wait longest in "
            f"line for {worst['product']}: {worst['owed'] - worst['on_hand']:,} units short"
        )
    else:
        finding = f"All {now['products']:,} products can be sent today"
    return Figure(
        finding=finding,
        of=out,
        columns={
            "product": "product",
            "category": "category",
            "on_hand": "on the shelf",
            "owed": "owed",
            "on_order": "on the way",
            "next_promised_on": "promised for",
            "sold": "sold in 28 days",
            "days_out": "days out of 28",
        },
        definition=f"As of {now['as_of']}: more units are paid for and not yet sent than stand on the shelf. "
        "The shelf is the sum of all stock movements.",
    )


def over_time(weeks: Result) -> Figure:
    """How often something was missing, week by week."""
    latest = weeks.rows[-1]
    highest = weeks.rows[weeks.column("rate").index(max(weeks.column("rate")))]
    rest = (
        "the most of any"
        if highest is latest
        else f"the most was {shown(highest['rate'], 'share')}, in that of {highest['week']:%-d %B}"
    )
    return Figure(
        finding=f"In the last whole week units were missing on {shown(latest['rate'], 'share')} of the "
        f"product days: {rest}",
        of=weeks,
        chart=lines(weeks.rows, "week", "rate", unit="share of product days"),
        columns={
            "week": "week from",
            "out": "product days out of stock",
            "product_days": "product days",
            "rate": Column("stock-out rate", "share"),
        },
        definition="A product is out of stock on a day if by its end more was paid for than could be sent; "
        "what comes during a day can be sent from the next on.",
        limits="The shop takes orders while a shelf is empty, so sales show no gap; who left is not seen.",
    )


def lasting(cover: Result, now: Mapping[str, Any]) -> Figure:
    """How long the stock lasts."""
    return Figure(
        finding=f"{shown(now['slow'], 'EUR')} of {shown(now['value'], 'EUR')} on the shelves is more than "
        "four months' sale of its product"
        if now["slow"]
        else f"None of the {shown(now['value'], 'EUR')} on the shelves is more than four months' sale",
        of=cover,
        chart=bars(cover.rows, "lasts", "value", unit="EUR"),
        columns={
            "lasts": "lasts",
            "products": "products",
            "units": "units",
            "value": Column("at cost", "EUR"),
        },
        definition="Units on the shelf and not owed, over the sales of the last 28 days; the whole stock of "
        "a product counts where it is.",
    )


def by_hand(sheet: Result) -> Figure:
    """What the planner's sheet holds back, though it sells."""
    held = [row for row in sheet.rows if row["hold_until"]]
    late = len(sheet.rows) - len(held)
    parts = [
        f"holds {len(held)} product{'s that sell' if len(held) > 1 else ' that sells'}" if held else "",
        f"orders {late} too late for a delivery" if late else "",
    ]
    return Figure(
        finding="The planner's sheet " + ", and ".join(part for part in parts if part),
        of=sheet,
        columns={
            "product": "product",
            "sheet_point": "sheet orders at",
            "computed_point": "computed",
            "sells": "sell until a delivery",
            "sold": "sold in 28 days",
            "hold_until": "on hold until",
            "sheet_note": "note",
        },
        definition="Rows of the newest sheet, no older than two weeks, that hold a product or set its "
        "reorder point under the units that are expected to sell until a delivery is here.",
        limits="A planner may know more than the data: a product that goes, a vendor that stops.",
    )
