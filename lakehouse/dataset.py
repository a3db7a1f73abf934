"""Datasets: a contract and a pure function, declared with one decorator a layer.

::

    @silver(contract=Orders, write=Upsert(sequence_by="_sequence"), owner="team:platform",
            reads={"shop_orders": changes()})
    def orders(shop_orders: DataFrame) -> DataFrame:
        return shop_orders.select(...)

The function's name is the dataset's, unique in the lake; its parameters name its inputs. It stays
callable as it was written, so a test needs three rows and nothing else.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pyspark.sql import DataFrame

from lakehouse.contract import Contract
from lakehouse.declaration import check, complete_reads
from lakehouse.layers import Layer
from lakehouse.layout import Cluster
from lakehouse.modes import Append, ReplaceWindow, Snapshot, Upsert, WriteMode
from lakehouse.partitions import Partitions
from lakehouse.reading import Read
from lakehouse.rules import BatchRule, UniqueKey
from lakehouse.sources import Files
from lakehouse.spec import TableSpec, compile_contract

__all__ = ["Dataset", "bronze", "gold", "hours", "serving", "silver"]

Transformation = Callable[..., DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One table: what it is (contract), how it is made (function), how it is written and read."""

    name: str
    layer: Layer
    contract: type[Contract]
    function: Transformation
    mode: WriteMode
    owner: str
    reads: Mapping[str, Read] = field(default_factory=dict)
    source: Files | None = None
    partitions: Partitions | None = None
    freshness: timedelta | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    deprecated: str | None = None
    layout: Cluster | None = None

    def __call__(self, *frames: DataFrame, **named: DataFrame) -> DataFrame:
        """The transformation itself, as its author wrote it."""
        return self.function(*frames, **named)

    @property
    def spec(self) -> TableSpec:
        """The contract, compiled."""
        return compile_contract(self.contract)

    @property
    def batch_rules(self) -> tuple[BatchRule, ...]:
        """The contract's batch rules; a unique key is added where the write mode implies it.

        Upserts and histories order the rows of one key by sequence, and appended loads may repeat
        a key, so none is implied there.
        """
        rules = self.spec.batch_rules
        one_row_a_key = isinstance(self.mode, (Snapshot, ReplaceWindow)) or self.mode == Upsert()
        if one_row_a_key and self.spec.key and not any(isinstance(rule, UniqueKey) for rule in rules):
            return (UniqueKey(), *rules)
        return rules

    @property
    def full_name(self) -> str:
        """``layer.name``, as SQL says it."""
        return f"{self.layer}.{self.name}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the datasets it reads."""
        return tuple(self.reads)

    @property
    def file(self) -> Path:
        """The file that declares it."""
        return Path(inspect.getfile(self.function))

    @property
    def line(self) -> int:
        """The line of the function in that file."""
        return self.function.__code__.co_firstlineno


def hours(count: float) -> timedelta:
    """A freshness, in hours."""
    return timedelta(hours=count)


def bronze(
    *,
    contract: type[Contract],
    source: Files,
    owner: str,
    freshness: timedelta | None = None,
    tags: Mapping[str, str] | None = None,
    deprecated: str | None = None,
    layout: Cluster | None = None,
) -> Callable[[Transformation], Dataset]:
    """Declare a bronze dataset: every load of one source, kept, never altered."""

    def declare(function: Transformation) -> Dataset:
        dataset = Dataset(
            name=function.__name__,
            layer=Layer.BRONZE,
            contract=contract,
            function=function,
            mode=Append(),
            owner=owner,
            source=source,
            freshness=freshness,
            tags=tags or {},
            deprecated=deprecated,
            layout=layout,
        )
        check(dataset)
        return dataset

    return declare


def _derived(layer: Layer) -> Callable[..., Callable[[Transformation], Dataset]]:
    def decorator(
        *,
        contract: type[Contract],
        write: WriteMode,
        owner: str,
        reads: Mapping[str, Read] | None = None,
        partitions: Partitions | None = None,
        freshness: timedelta | None = None,
        tags: Mapping[str, str] | None = None,
        deprecated: str | None = None,
        layout: Cluster | None = None,
    ) -> Callable[[Transformation], Dataset]:
        def declare(function: Transformation) -> Dataset:
            dataset = Dataset(
                name=function.__name__,
                layer=layer,
                contract=contract,
                function=function,
                mode=write,
                owner=owner,
                reads=complete_reads(function, write, reads or {}, f"{layer}.{function.__name__}"),
                partitions=partitions,
                freshness=freshness,
                tags=tags or {},
                deprecated=deprecated,
                layout=layout,
            )
            check(dataset)
            return dataset

        return declare

    decorator.__name__ = layer.value
    decorator.__doc__ = f"""Declare a {layer} dataset.

    Args:
        contract: the pandera model that every row must keep.
        write: the write mode.
        owner: who answers for it: ``team:NAME`` or an e-mail address.
        reads: how each input is read, by parameter name. A snapshot's inputs are read whole
            unless said otherwise; every other mode must say.
        partitions: the windows of time, where the table has them.
        freshness: how old its newest commit may get before an alert.
        tags: labels for the catalog.
        deprecated: the day (``2027-01-31``) on which the table goes; its readers are told.
        layout: the columns by which rows lie together in files: :func:`~lakehouse.layout.cluster`.
    """
    return decorator


silver = _derived(Layer.SILVER)
gold = _derived(Layer.GOLD)
serving = _derived(Layer.SERVING)
