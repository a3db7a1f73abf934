"""The tables a query may name: the lake's own, found by folder, and ``ops``, derived on reading."""

import difflib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, write_deltalake

from lakehouse.engine.arrow import table_of
from lakehouse.engine.catalog import LakeTable, lake_tables
from lakehouse.engine.deltalog import open_table
from lakehouse.engine.ops import OPS_TABLES
from lakehouse.errors import QueryRefused, explain
from lakehouse.settings import Settings

__all__ = ["Registered", "Tables"]

_LISTING = pa.schema([("layer", pa.string()), ("name", pa.string())])
_DESCRIPTION = pa.schema(
    [("column", pa.string()), ("type", pa.string()), ("nullable", pa.bool_()), ("comment", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Registered:
    """An engine that knows the tables of one query; their columns; and the newest commit among them.

    ``as_of`` is UTC, and None where no table is read.
    """

    engine: QueryBuilder
    columns: tuple[str, ...]
    as_of: datetime | None


@dataclass(frozen=True)
class Tables:
    """The tables of one lake, by address (``layer.name``)."""

    settings: Settings

    @cached_property
    def lake(self) -> dict[str, LakeTable]:
        """The lake's Delta tables; a name that the road derives itself is not looked up in folders."""
        return {
            table.address: table for table in lake_tables(self.settings) if table.address not in OPS_TABLES
        }

    @property
    def addresses(self) -> list[str]:
        """Every address a query may name."""
        return [*self.lake, *OPS_TABLES]

    def listing(self) -> pa.Table:
        """``show tables``: layer, name."""
        pairs = (address.split(".", 1) for address in self.addresses)
        return table_of(({"layer": layer, "name": name} for layer, name in pairs), _LISTING)

    def description(self, address: str) -> pa.Table:
        """``describe layer.name``: column, type, nullable, comment; types in Delta's words."""
        self.require({address}, frozenset())
        if address in OPS_TABLES:
            derived = OPS_TABLES[address].schema
            rows = [
                {"column": each.name, "type": str(each.type), "nullable": each.nullable} for each in derived
            ]
        else:
            stored = json.loads(open_table(self.lake[address].path).schema().to_json())["fields"]
            rows = [
                {
                    "column": each["name"],
                    "type": _spell(each["type"]),
                    "nullable": each["nullable"],
                    "comment": each["metadata"].get("comment"),
                }
                for each in stored
            ]
        return table_of(rows, _DESCRIPTION)

    def require(self, addresses: Iterable[str], loose: Iterable[str]) -> None:
        """Raise :class:`QueryRefused` for the first name that is no table, with the nearest names."""
        for name in sorted(set(addresses) - set(self.addresses)):
            raise _unknown(name, difflib.get_close_matches(name, self.addresses, 3, 0.5))
        for name in sorted(loose):
            same = [
                address for address in self.addresses if address in (name, f"{address.split('.')[0]}.{name}")
            ]
            raise _unknown(name, same or difflib.get_close_matches(name, self.addresses, 3, 0.4))

    @contextmanager
    def register(self, addresses: Iterable[str]) -> Iterator[Registered]:
        """An engine that knows these tables and no others.

        What ``ops`` derives lies in a temporary folder until the context ends.
        """
        engine = QueryBuilder()
        columns: list[str] = []
        times: list[datetime] = []
        with TemporaryDirectory(prefix="lakehouse-sql-") as folder:
            for address in sorted(addresses):
                if address in OPS_TABLES:
                    place = Path(folder) / address
                    write_deltalake(place, OPS_TABLES[address].read(self.settings))
                    table = DeltaTable(place)
                else:
                    table = open_table(self.lake[address].path)
                newest = table.history(1)[0]["timestamp"]
                times.append(datetime.fromtimestamp(newest / 1000, UTC))
                columns += [field.name for field in table.schema().fields]
                engine.register(f'"{address}"', table)
            yield Registered(engine, tuple(dict.fromkeys(columns)), max(times, default=None))


def _unknown(name: str, near: list[str]) -> QueryRefused:
    return QueryRefused(
        explain(
            "there is no such table",
            where=name,
            expected=f"perhaps {' or '.join(near)}" if near else "layer.name, such as silver.orders",
            remedy='`lakehouse sql "show tables"` lists what there is',
        )
    )


def _spell(kind: object) -> str:
    """A Delta type in one line: ``array<struct<city:string,zip:integer>>``."""
    if not isinstance(kind, dict):
        return str(kind)
    if kind["type"] == "array":
        return f"array<{_spell(kind['elementType'])}>"
    if kind["type"] == "map":
        return f"map<{_spell(kind['keyType'])},{_spell(kind['valueType'])}>"
    fields = (f"{field['name']}:{_spell(field['type'])}" for field in kind["fields"])
    return f"struct<{','.join(fields)}>"
