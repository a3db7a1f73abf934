"""What one declaration can get wrong, said before anything runs, with the file and the remedy."""

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql.types import MapType

from lakehouse.contract import Contract
from lakehouse.errors import DeclarationError, LakehouseError, explain
from lakehouse.layers import Layer
from lakehouse.modes import History, ReplaceWindow, Snapshot, Upsert, WriteMode
from lakehouse.reading import Keys, Read, Whole, Windows
from lakehouse.sources import FullDumps
from lakehouse.spec import TableSpec

if TYPE_CHECKING:
    from lakehouse.dataset import Dataset

__all__ = ["check", "complete_reads", "owner_problem"]

_OWNER = re.compile(r"team:[^\s@]+|[^\s@]+@[^\s@]+")


def complete_reads(
    function: Callable[..., DataFrame],
    mode: WriteMode,
    reads: Mapping[str, Read],
    where: str,
) -> dict[str, Read]:
    """How each parameter is read; a snapshot's inputs are whole unless said, every other mode must say."""
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
            ),
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
                ),
            )
        complete[name] = read
    return complete


def owner_problem(owner: str, where: str) -> str | None:
    """Why an owner names nobody, in a sentence; None for a team or an e-mail address."""
    if _OWNER.fullmatch(owner):
        return None
    return explain(
        "the owner names nobody",
        where=where,
        expected="team:NAME or an e-mail address",
        found=repr(owner),
        remedy="say who answers for it: owner=…",
    )


def check(dataset: "Dataset") -> None:
    """Raise :class:`DeclarationError` for the first mistake that one declaration shows by itself."""
    for problem in _problems(dataset):
        raise DeclarationError(problem)


def _problems(dataset: "Dataset") -> list[str]:
    where = _place(dataset.function, dataset.full_name)
    contract: object = dataset.contract
    if not (isinstance(contract, type) and issubclass(contract, Contract)):
        return [
            explain(
                "the dataset has no contract",
                where=where,
                expected="a subclass of lakehouse.Contract",
                found=repr(contract),
                remedy="pass contract=… with a class that states the grain and the columns",
            ),
        ]
    spec, found = dataset.spec, []
    parameters = list(inspect.signature(dataset.function).parameters)
    if dataset.source and len(parameters) != 1:
        found.append(
            explain(
                "a bronze function takes one frame",
                where=where,
                found=f"parameters {parameters}",
                remedy="take the loads' rows as the one parameter",
            ),
        )
    if problem := owner_problem(dataset.owner, where):
        found.append(problem)
    if dataset.deprecated is not None and not _is_day(dataset.deprecated):
        found.append(
            explain(
                "deprecated says no day",
                where=where,
                expected="the day on which the table goes, such as 2027-01-31",
                found=repr(dataset.deprecated),
                remedy="correct deprecated=…",
            ),
        )
    if isinstance(dataset.mode, (Upsert, History)) and not spec.key:
        found.append(
            explain(f"{dataset.mode.name} needs a key", where=where, remedy="mark the key: Field(key=True)"),
        )
    if isinstance(dataset.source, FullDumps) and not spec.key:
        found.append(explain("full dumps need a key", where=where, remedy="mark the key: Field(key=True)"))
    maps = [column.name for column in spec.columns if isinstance(column.type, MapType)]
    if maps and isinstance(dataset.mode, (Upsert, History)):
        found.append(
            explain(
                "a map cannot be compared, so it cannot be upserted",
                where=where,
                found=", ".join(maps),
                remedy="make it an array of structs, or JSON in a string",
            ),
        )
    found += _column_problems(dataset, spec, where) + _window_problems(dataset, where)
    if dataset.source is None and "__evolution__" in vars(dataset.contract):
        found.append(
            explain(
                "__evolution__ means something for bronze only: other tables have no source",
                where=where,
                remedy="remove it; what a change of an input means is told by `lakehouse plan`",
            )
        )
    if dataset.layer is not Layer.BRONZE and spec.personal:
        names = ", ".join(column.name for column in spec.personal)
        found.append(
            explain(
                "personal data lives in bronze only",
                where=where,
                found=f"pii on {names}",
                remedy="remove pii= here; the column arrives as a pseudonym",
            ),
        )
    return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _column_problems(dataset: "Dataset", spec: TableSpec, where: str) -> list[str]:
    wanted: list[tuple[str, str]] = []
    if isinstance(dataset.mode, (Upsert, History)):
        wanted += [("sequence_by", column) for column in dataset.mode.sequence]
    if isinstance(dataset.mode, History):
        wanted.append(("valid_at", dataset.mode.valid_column))
    if dataset.partitions:
        wanted.append(("partitions", dataset.partitions.column))
    if dataset.layout:
        wanted += [("layout", column) for column in dataset.layout.columns]
    for read in dataset.reads.values():
        if isinstance(read, Keys):
            wanted += [("keys", column) for column in read.columns]
    return [
        explain(
            f"{word} names a column that the contract does not have",
            where=where,
            expected=f"one of {', '.join(spec.column_names)}",
            found=repr(column),
            remedy="correct the name, or add the column to the contract",
        )
        for word, column in wanted
        if column not in spec.column_names
    ]


def _window_problems(dataset: "Dataset", where: str) -> list[str]:
    if dataset.partitions:
        try:
            dataset.partitions.check()
        except LakehouseError as error:
            return [explain(f"the windows: {error}", where=where, remedy="correct partitions=…")]
    reads_windows = any(isinstance(read, Windows) for read in dataset.reads.values())
    if dataset.partitions and not isinstance(dataset.mode, ReplaceWindow):
        return [
            explain(
                "partitions= means something for ReplaceWindow only",
                where=where,
                found=dataset.mode.name,
                remedy="remove it, or write by ReplaceWindow()",
            )
        ]
    if isinstance(dataset.mode, ReplaceWindow) and not (dataset.partitions and reads_windows):
        return [
            explain(
                "ReplaceWindow needs windows",
                where=where,
                expected="partitions=… and at least one input read by window(…)",
                remedy="add them, or choose another write mode",
            ),
        ]
    if reads_windows and not isinstance(dataset.mode, ReplaceWindow):
        remedy = "write=ReplaceWindow(), or another way of reading"
        return [
            explain(
                "only ReplaceWindow reads by window(…)", where=where, found=dataset.mode.name, remedy=remedy
            )
        ]
    return []


def _place(function: Callable[..., DataFrame], name: str) -> str:
    path = Path(inspect.getfile(function))
    return f"{name} ({path.parent.name}/{path.name}:{function.__code__.co_firstlineno})"
