"""The supply chain page's figures on vendors' invoices: what is paid this week, and what does not match."""

from lakehouse.pages import Column, Figure, Result, Results, Tile, bars
from lakehouse.pages.page import shown

_DUE = """
    SELECT vendor, count(*) AS invoices, sum(to_pay) AS to_pay, min(due_on) AS first_due,
           sum(CASE WHEN action = 'pay in part' THEN overbilled ELSE 0 END) AS held_back
    FROM gold.payments_due WHERE to_pay > 0 GROUP BY vendor ORDER BY to_pay DESC
"""
_WRONG = """
    SELECT verdict, action, vendor, invoice_number, amount, right_amount, overbilled, paid, overpaid, due_on,
           reason
    FROM gold.payments_due WHERE matched = 0
    ORDER BY CASE WHEN action IN ('hold', 'pay in part') THEN 0 WHEN action = 'wait' THEN 1 ELSE 2 END,
             overbilled DESC, invoice_number LIMIT 40
"""
_KINDS = """
    SELECT verdict, count(*) AS invoices, sum(overbilled) AS overbilled, sum(overpaid) AS overpaid
    FROM gold.payments_due WHERE matched = 0 GROUP BY verdict ORDER BY overbilled DESC
"""
_ALL = """
    SELECT count(*) AS invoices, sum(matched) AS matched, sum(overbilled) AS overbilled,
           sum(overpaid) AS overpaid, sum(to_pay) AS to_pay,
           sum(CASE WHEN action IN ('hold', 'pay in part') THEN overbilled ELSE 0 END) AS held,
           max(as_of) AS as_of
    FROM gold.payments_due
"""


def payments(results: Results) -> tuple[tuple[Figure, ...], tuple[Tile, ...]]:
    """What goes out in this week's run, by vendor, and the tiles on top."""
    every, due = results(_ALL), results(_DUE)
    total = every.row
    if not total["invoices"]:
        return (), ()
    vendors = f"{len(due.rows)} vendor{'' if len(due.rows) == 1 else 's'}"
    tiles = (
        Tile("To pay this week", shown(total["to_pay"], "EUR"), vendors),
        Tile(
            "Paid beyond what is right",
            shown(total["overpaid"], "EUR"),
            "to claim back",
            not total["overpaid"],
        ),
    )
    if not due:
        return (), tiles
    finding = (
        f"{shown(total['to_pay'], 'EUR')} are to be paid this week to {vendors}, most to "
        f"{due.rows[0]['vendor']}"
    )
    figure = Figure(
        finding=finding,
        of=due,
        chart=bars(due.rows[:12], "vendor", "to_pay", unit="EUR"),
        columns={
            "vendor": "vendor",
            "invoices": "invoices",
            "to_pay": Column("to pay", "EUR"),
            "held_back": Column("held back", "EUR"),
            "first_due": "first due",
        },
        definition=f"Open invoices due within seven days of {total['as_of']}, those overdue among them, as "
        "far as order and delivery bear them out. No vendor gives a discount for paying early.",
    )
    return (figure,), tiles


def mismatches(results: Results) -> tuple[Figure, ...]:
    """What does not match order and delivery, by kind and one by one."""
    kinds, wrong, every = results(_KINDS), results(_WRONG), results(_ALL).row
    if not kinds:
        return ()
    return (by_kind(kinds, every["invoices"], every["matched"]), one_by_one(wrong, every["held"]))


def by_kind(kinds: Result, invoices: int, matched: int) -> Figure:
    """How many invoices are wrong, in which way, and what it comes to."""
    over, paid = (sum(row[name] for row in kinds.rows) for name in ("overbilled", "overpaid"))
    return Figure(
        finding=f"{invoices - matched:,} of {invoices:,} invoices do not match: {shown(over, 'EUR')} billed "
        f"too much, {shown(paid, 'EUR')} of it paid",
        of=kinds,
        chart=bars(kinds.rows, "verdict", "overbilled", unit="EUR"),
        columns={
            "verdict": "what is wrong",
            "invoices": "invoices",
            "overbilled": Column("billed too much", "EUR"),
            "overpaid": Column("of it paid", "EUR"),
        },
        definition="Each line is held against its purchase order (price) and the delivery it names (units "
        "that came and can be used). An invoice has the gravest verdict of its lines: no order, duplicate, "
        "not received, its lines do not add up, other units, another price.",
    )


def one_by_one(wrong: Result, held: object) -> Figure:
    """The invoices that do not match: those to be held first."""
    open_ones = [row for row in wrong.rows if row["action"] in {"hold", "pay in part", "wait"}]
    finding = (
        f"{shown(held, 'EUR')} are held back now; of the invoices that do not match {len(open_ones)} are open"
        if open_ones
        else "No open invoice is wrong: what does not match was paid already, and is to be claimed back"
    )
    return Figure(
        finding=finding,
        of=wrong,
        columns={
            "invoice_number": "invoice",
            "vendor": "vendor",
            "amount": Column("billed", "EUR"),
            "right_amount": Column("right", "EUR"),
            "action": "do",
            "reason": "why",
        },
        definition="Right is what order and delivery bear out. Open invoices stand first, then by what was "
        "billed too much; at most forty are shown.",
    )
