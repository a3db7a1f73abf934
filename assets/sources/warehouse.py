"""The planner's spreadsheet."""

from datetime import timedelta

from lakehouse.source_catalog import Priority, SourceSystem, SourceTable

warehouse = SourceSystem(
    name="warehouse",
    title="Warehouse spreadsheet",
    what="the planner's overrides and notes on vendors, edited by hand.",
    where="A copy dropped on Monday mornings under `warehouse/`.",
    owner="team:supply-chain",
    tables=(
        SourceTable(
            name="reorder_overrides",
            holds="A product whose reorder point the planner overrides, or that is on hold.",
            format="Excel",
            taken="a file a week, the ISO week in its name",
            every=timedelta(days=7),
            history="from the first week",
            per_day=4,
            priority=Priority.NEXT,
            note="Sheet `Reorder`: the header stands in the third row, below merged cells; dates and numbers"
            " are text at times; some weeks end with a total; in one week a column has another name."
            " Sheet `Vendors` has notes.",
        ),
    ),
)
