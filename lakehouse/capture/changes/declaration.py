"""What is captured from where, and the names that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lakehouse.capture.manifest import check_name
from lakehouse.errors import SourceError, explain

__all__ = ["Captured"]


@dataclass(frozen=True, slots=True)
class Captured:
    """The tables to capture, as ``schema.table``, and what they are called on both sides.

    In the bucket a table's loads lie under ``source/table``, the transactions under
    ``source/transactions``; ``landed`` leads from a table to its name there. In the database, ``slot``,
    ``publication`` and ``schema``, which holds the tables ``heartbeat`` and ``signals``, are called
    ``source`` with ``_capture`` behind it unless said otherwise.
    """

    source: str
    tables: Sequence[str]
    transactions: str = "transactions"
    slot: str = ""
    publication: str = ""
    schema: str = ""
    landed: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.transactions, "table")
        own = f"{check_name(self.source, 'source')}_capture"
        for name in ("slot", "publication", "schema"):
            object.__setattr__(self, name, check_name(getattr(self, name) or own, name))
        object.__setattr__(self, "tables", tuple(self.tables))
        if not self.tables:
            raise SourceError(explain("no table to capture", where=self.source, expected="schema.table"))
        for qualified in self.tables:
            self.landed[qualified] = self._landed_name(qualified)

    @property
    def heartbeat(self) -> str:
        """The table that is written so that an idle database's slot moves on."""
        return f"{self.schema}.heartbeat"

    @property
    def signals(self) -> str:
        """The table that marks the log while rows are read again on request."""
        return f"{self.schema}.signals"

    @property
    def beat(self) -> str:
        """The statement that writes the heartbeat."""
        return f"UPDATE {self.heartbeat} SET beaten_at = now()"

    def _landed_name(self, qualified: str) -> str:
        schema, _, table = qualified.rpartition(".")
        check_name(schema, "schema")
        check_name(table, "table")
        if table == self.transactions or table in self.landed.values():
            raise SourceError(
                explain(
                    f"two things would land under the name {table}",
                    where=f"{self.source}.{qualified}",
                    expected="tables with different names, and another than that of the transactions",
                    remedy="capture one of them as another source, or name the transactions otherwise",
                )
            )
        return table
