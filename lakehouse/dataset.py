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
from typing import Any

from pyspark.sql import DataFrame

from lakehouse.contract import Contract
from lakehouse.errors import DeclarationError, explain
from lakehouse.layers import Layer
from lakehouse.modes import Append, History, ReplaceWindow, Snapshot, Upsert, WriteMode
from lakehouse.partitions import Partitions
from lakehouse.reading import Keys, Read, Whole, Windows
from lakehouse.rules import BatchRule, UniqueKey
from lakehouse.sources import Files, FullDumps
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
        )
        _validate(dataset)
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
    ) -> Callable[[Transformation], Dataset]:
        def declare(function: Transformation) -> Dataset:
            dataset = Dataset(
                name=function.__name__,
                layer=layer,
                contract=contract,
                function=function,
                mode=write,
                owner=owner,
                reads=_reads(function, write, reads or {}, f"{layer}.{function.__name__}"),
                partitions=partitions,
                freshness=freshness,
                tags=tags or {},
            )
            _validate(dataset)
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
    """
    return decorator


silver = _derived(Layer.SILVER)
gold = _derived(Layer.GOLD)
serving = _derived(Layer.SERVING)


def _reads(
    function: Transformation, mode: WriteMode, reads: Mapping[str, Read], where: str
) -> dict[str, Read]:
    parameters = list(inspect.signature(function).parameters)
    unknown = sorted(set(reads) - set(parameters))
    if unknown:
        raise DeclarationError(
            explain(
                "reads names something that is not a parameter of the function",
                where=_place(function, where),
                expected=f"one of {', '.join(parameters) or 'none'}",
                found=", ".join(unknown),
                remedy="call the parameter like the dataset it reads",
            )
        )
    complete: dict[str, Read] = {}
    for name in parameters:
        read = reads.get(name)
        if read is None and isinstance(mode, Snapshot):
            read = Whole()
        if read is None:
            raise DeclarationError(
                explain(
                    f"the input {name} has no way of reading",
                    where=_place(function, where),
                    expected="changes(), keys(…), window(…) or whole()",
                    remedy=f'add reads={{"{name}": …}} to the decorator',
                )
            )
        complete[name] = read
    return complete


def _validate(dataset: Dataset) -> None:
    for problem in _problems(dataset):
        raise DeclarationError(problem)


def _problems(dataset: Dataset) -> list[str]:
    where = _place(dataset.function, dataset.full_name)
    if not (isinstance(dataset.contract, type) and issubclass(dataset.contract, Contract)):
        return [
            explain(
                "the dataset has no contract",
                where=where,
                expected="a subclass of lakehouse.Contract",
                found=repr(dataset.contract),
            )
        ]
    spec, found = dataset.spec, []
    parameters = list(inspect.signature(dataset.function).parameters)
    if dataset.source and len(parameters) != 1:
        found.append(
            explain("a bronze function takes one frame", where=where, found=f"parameters {parameters}")
        )
    if not dataset.owner or not (dataset.owner.startswith("team:") or "@" in dataset.owner):
        found.append(
            explain(
                "the owner names nobody",
                where=where,
                expected="team:NAME or an e-mail address",
                found=repr(dataset.owner),
            )
        )
    if isinstance(dataset.mode, (Upsert, History)) and not spec.key:
        found.append(
            explain(f"{dataset.mode.name} needs a key", where=where, remedy="mark the key: Field(key=True)")
        )
    if isinstance(dataset.source, FullDumps) and not spec.key:
        found.append(explain("full dumps need a key", where=where, remedy="mark the key: Field(key=True)"))
    found += _column_problems(dataset, spec, where) + _window_problems(dataset, where)
    if dataset.layer is not Layer.BRONZE and spec.personal:
        names = ", ".join(column.name for column in spec.personal)
        found.append(
            explain(
                "personal data lives in bronze only",
                where=where,
                found=f"pii on {names}",
                remedy="remove pii= here; the column arrives as a pseudonym",
            )
        )
    return found


def _column_problems(dataset: Dataset, spec: TableSpec, where: str) -> list[str]:
    wanted: list[tuple[str, str]] = []
    if isinstance(dataset.mode, Upsert) and dataset.mode.sequence_by:
        wanted.append(("sequence_by", dataset.mode.sequence_by))
    if isinstance(dataset.mode, History):
        wanted += [("sequence_by", dataset.mode.sequence_by), ("valid_at", dataset.mode.valid_column)]
    if dataset.partitions:
        wanted.append(("partitions", dataset.partitions.column))
    for read in dataset.reads.values():
        if isinstance(read, Keys):
            wanted += [("keys", column) for column in read.columns]
    return [
        explain(
            f"{word} names a column that the contract does not have",
            where=where,
            expected=f"one of {', '.join(spec.column_names)}",
            found=repr(column),
        )
        for word, column in wanted
        if column not in spec.column_names
    ]


def _window_problems(dataset: Dataset, where: str) -> list[str]:
    reads_windows = any(isinstance(read, Windows) for read in dataset.reads.values())
    if isinstance(dataset.mode, ReplaceWindow) and not (dataset.partitions and reads_windows):
        return [
            explain(
                "ReplaceWindow needs windows",
                where=where,
                expected="partitions=… and at least one input read by window(…)",
                remedy="add them, or choose another write mode",
            )
        ]
    if reads_windows and not isinstance(dataset.mode, ReplaceWindow):
        return [explain("only ReplaceWindow reads by window(…)", where=where, found=dataset.mode.name)]
    return []


def _place(function: Transformation, name: str) -> str:
    path = Path(inspect.getfile(function))
    return f"{name} ({path.parent.name}/{path.name}:{function.__code__.co_firstlineno})"


def is_dataset(value: Any) -> bool:
    """Whether a module's attribute is a dataset."""
    return isinstance(value, Dataset)
