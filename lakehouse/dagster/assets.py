"""A lake's tables as Dagster assets: one step a table, and a source beside each bronze table."""

from collections import defaultdict
from collections.abc import Iterator

import dagster as dg

from lakehouse.dagster import metadata
from lakehouse.dagster.automation import condition
from lakehouse.dagster.checks import checks_of
from lakehouse.dagster.names import asset_key, is_windowed, source_key, step_name
from lakehouse.dagster.partitions import dependency, partitions_def
from lakehouse.dagster.session import SESSION
from lakehouse.dagster.source_specs import source_specs
from lakehouse.dagster.step import Watch, run_step, unwatched
from lakehouse.dataset import Dataset
from lakehouse.lake import Lake
from lakehouse.source_catalog import discover_sources
from lakehouse.sources import Files

__all__ = ["build_assets", "build_sources"]


def build_assets(lake: Lake, watch: Watch = unwatched) -> list[dg.AssetsDefinition]:
    """An asset for every dataset. ``watch`` looks on while each is written.

    They need a resource ``spark`` with a ``spark_session``.
    """
    return [_asset(lake, dataset, watch) for dataset in lake.catalog]


def build_sources(lake: Lake) -> list[dg.AssetSpec]:
    """What the bronze tables read, and what else the project describes: assets that something else makes.

    A source that the project's catalog of sources describes is shown as described there.
    """
    readers: dict[Files, list[Dataset]] = defaultdict(list)
    for dataset in lake.catalog:
        if dataset.source:
            readers[dataset.source].append(dataset)
    by_key: dict[dg.AssetKey, dg.AssetSpec] = {}
    for source, datasets in readers.items():
        by_key[source_key(source)] = dg.AssetSpec(
            source_key(source),
            description=f"Loads of `{source.name}` as they came, in the bucket.",
            group_name="sources",
            owners=sorted({dataset.owner for dataset in datasets}),
            kinds={"file", source.format.value},
        )
    described = {spec.key: spec for spec in source_specs(discover_sources(lake.settings.datasets))}
    return list((by_key | described).values())


def _asset(lake: Lake, dataset: Dataset, watch: Watch) -> dg.AssetsDefinition:
    windowed = is_windowed(dataset)

    @dg.multi_asset(
        name=step_name(dataset),
        specs=[_spec(lake, dataset)],
        check_specs=[check.spec(dataset) for check in checks_of(dataset)],
        # A run may leave out the checks, never the table: their verdicts are then logged, not planned.
        can_subset=True,
        required_resource_keys={SESSION},
        backfill_policy=dg.BackfillPolicy.single_run() if windowed else None,
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.Output[None]]:
        yield from run_step(context, lake, dataset, watch)

    return step


def _spec(lake: Lake, dataset: Dataset) -> dg.AssetSpec:
    deps = [dependency(dataset, lake.catalog[name]) for name in dataset.inputs]
    return dg.AssetSpec(
        asset_key(dataset),
        deps=[*deps, source_key(dataset.source)] if dataset.source else deps,
        description=metadata.description(dataset),
        metadata=metadata.definition_metadata(lake, dataset),
        skippable=True,
        group_name=dataset.layer.value,
        owners=[dataset.owner],
        tags=metadata.tags(dataset),
        kinds=metadata.kinds(dataset),
        partitions_def=partitions_def(dataset.partitions)
        if dataset.partitions and is_windowed(dataset)
        else None,
        freshness_policy=dg.FreshnessPolicy.time_window(dataset.freshness) if dataset.freshness else None,
        automation_condition=condition(lake, dataset),
    )
