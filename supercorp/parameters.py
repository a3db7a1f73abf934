"""The parameters of the company's operations, read from ``operations.toml`` or a file like it."""

import hashlib
import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from supercorp.errors import ParameterError, explain

__all__ = ["Parameters", "load_parameters"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The file's tables as they are; their comments stand there. ``digest`` names its text."""

    vendors: dict[str, Any]
    planner: dict[str, Any]
    deliveries: dict[str, float]
    counts: dict[str, Any]
    invoices: dict[str, float]
    shop: dict[str, Any]
    ads: dict[str, Any]
    help_desk: dict[str, float]
    sheet: dict[str, Any]
    digest: str


def load_parameters(path: Path | None = None) -> Parameters:
    """Read the parameters; raises :class:`ParameterError` if the file is not what it should be.

    Every key of the company's own file must be there and no other, so that a typing error is not a silence.
    """
    own = files("supercorp").joinpath("operations.toml").read_bytes()
    text = path.read_bytes() if path else own
    try:
        found: dict[str, Any] = tomllib.loads(text.decode())
        wrong: object = sorted(_keys(tomllib.loads(own.decode())) ^ _keys(found))
    except ValueError as error:
        found, wrong = {}, error
    if wrong:
        raise ParameterError(
            explain(
                "the file of operations cannot be used",
                where=str(path or "operations.toml"),
                expected="the tables and keys of supercorp/operations.toml, and no others",
                found=wrong,
                remedy="compare the two",
            )
        )
    tables = {field.name: found[field.name] for field in fields(Parameters) if field.name != "digest"}
    return Parameters(**tables, digest=hashlib.sha256(text).hexdigest()[:16])


def _keys(tables: dict[str, Any]) -> set[str]:
    """All keys as ``table.key``; what is not a table counts as a key without one."""
    named = {name: rows if isinstance(rows, dict) else {"": rows} for name, rows in tables.items()}
    return {f"{name}.{key}" for name, rows in named.items() for key in rows}
