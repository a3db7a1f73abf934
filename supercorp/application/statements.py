"""Sending the application's statements to its database."""

from typing import Any

from psycopg import Cursor, sql

from supercorp.application.changes import AddColumn, Change, DropVendor, Forget, Insert, Refill, Update

__all__ = ["send"]


def send(cursor: Cursor[Any], change: Change) -> int:
    """Apply one change within the cursor's transaction; returns the number of rows written."""
    match change:
        case Insert():
            return _insert(cursor, change)
        case Update():
            return _update(cursor, change)
        case Forget():
            return _forget(cursor, change)
        case DropVendor():
            return _drop_vendor(cursor, change)
        case Refill():
            cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(change.table)))
            return _insert(cursor, Insert(change.table, change.rows))
        case AddColumn():
            cursor.execute(
                sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(
                    sql.Identifier(change.table), sql.Identifier(change.column), sql.SQL(change.kind)
                )
            )
            return 0


def _insert(cursor: Cursor[Any], change: Insert) -> int:
    if change.rows:
        columns = sql.SQL(", ").join(map(sql.Identifier, change.columns))
        target = sql.SQL("{} ({})" if change.columns else "{}{}").format(
            sql.Identifier(change.table), columns
        )
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(target)) as copy:
            for row in change.rows:
                copy.write_row(row)
    return len(change.rows)


def _update(cursor: Cursor[Any], change: Update) -> int:
    # A batch need not be in order of time, but a row's time of change only ever grows.
    new = sql.SQL(", ").join(
        sql.SQL("{0} = greatest(old.{0}, new.{0})" if column == "updated_at" else "{0} = new.{0}").format(
            sql.Identifier(column)
        )
        for column in change.columns
    )
    arrays = sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(), sql.SQL(kind)) for kind, _ in change.columns.values()
    )
    names = sql.SQL(", ").join(map(sql.Identifier, change.columns))
    cursor.execute(
        sql.SQL(
            "UPDATE {} AS old SET {} FROM unnest(%s::bigint[], {}) AS new (id, {}) WHERE old.id = new.id"
        ).format(sql.Identifier(change.table), new, arrays, names),
        [change.ids, *(list(values) for _, values in change.columns.values())],
    )
    return cursor.rowcount


def _forget(cursor: Cursor[Any], change: Forget) -> int:
    rows = 0
    cursor.execute(
        "UPDATE orders AS old SET customer_id = NULL, address_id = NULL,"
        " updated_at = greatest(updated_at, new.at)"
        " FROM unnest(%s::bigint[], %s::timestamptz[]) AS new (id, at) WHERE old.customer_id = new.id",
        [change.customers, change.at],
    )
    rows += cursor.rowcount
    for text in (
        "DELETE FROM experiment_assignments WHERE customer_id = ANY (%s)",
        "DELETE FROM addresses WHERE customer_id = ANY (%s)",
        "DELETE FROM customers WHERE id = ANY (%s)",
    ):
        cursor.execute(text, [change.customers])
        rows += cursor.rowcount
    return rows


def _drop_vendor(cursor: Cursor[Any], change: DropVendor) -> int:
    rows = 0
    for table in ("purchase_orders", "vendor_invoices"):
        cursor.execute(
            sql.SQL(
                "UPDATE {} SET vendor_id = NULL, updated_at = greatest(updated_at, %s) WHERE vendor_id = %s"
            ).format(sql.Identifier(table)),
            [change.at, change.vendor],
        )
        rows += cursor.rowcount
    cursor.execute("DELETE FROM vendors WHERE id = %s", [change.vendor])
    return rows + cursor.rowcount
