"""The catalog of sources as Dagster's external assets: what the lake reads and does not make."""

import dagster as dg

from lakehouse.dagster.names import tag_text
from lakehouse.source_catalog import SourceCatalog, SourceSystem, SourceTable

__all__ = ["source_spec", "source_specs"]

_LATE_AFTER = 2  # times as long as usual


def source_specs(sources: SourceCatalog) -> list[dg.AssetSpec]:
    """An external asset for every table in the catalog, read by something or not."""
    return [source_spec(system, table) for system, table in sources]


def source_spec(system: SourceSystem, table: SourceTable) -> dg.AssetSpec:
    """``sources/system/table`` with its owner, what it holds, and a freshness of twice its usual pause.

    The policy looks at materializations: whoever lists the bucket reports one per load (an observation does
    not count for an external asset).
    """
    return dg.AssetSpec(
        dg.AssetKey(["sources", system.name, table.name]),
        description=f"{table.holds} {table.note}".strip(),
        group_name="sources",
        owners=[system.owner],
        kinds={tag_text(table.format.lower())},
        tags={
            "priority": str(int(table.priority)),
            "personal_data": "yes" if table.personal else "no",
        },
        metadata={
            "system": f"{system.title}: {system.what}",
            "where": system.where,
            "taken": table.taken,
            "history": table.history,
            "records_per_day": table.per_day,
            "personal_fields": ", ".join(table.personal) or "none",
        },
        freshness_policy=dg.FreshnessPolicy.time_window(table.every * _LATE_AFTER),
    )
