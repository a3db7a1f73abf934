"""Whether every line in the bucket has become a row: counted once by plain reading, once in the tables.

The write path holds each batch to this while it writes (:mod:`lakehouse.writing.conserve`); here it is a
whole bronze table, after all that has happened to it. Starts no JVM.
"""

from dataclasses import dataclass

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.lake import Lake
from lakehouse.trust.inspection import summaries
from lakehouse.writing.feeds import loads_in
from lakehouse.writing.loads import checked_loads

__all__ = ["Account", "account_of"]


@dataclass(frozen=True, slots=True)
class Account:
    """The lines of the loads that a bronze table has taken, and what became of them.

    ``rows`` are in the table, ``aside`` in quarantine (waiting or discarded), ``unchanged`` are lines of
    whole dumps that said nothing new.
    """

    dataset: str
    loads: int
    lines: int
    rows: int
    aside: int
    unchanged: int

    @property
    def missing(self) -> int:
        """Lines that are nowhere; negative where there are more rows than lines."""
        return self.lines - self.rows - self.aside - self.unchanged


def account_of(lake: Lake, dataset: Dataset) -> Account | None:
    """The account of a bronze table; None where it has no table, or reads no loads."""
    table, source = lake.table(dataset), dataset.source
    if source is None or not deltalog.exists(table):
        return None
    records = [each.record for each in deltalog.commits(table) if each.record]
    taken = {name for record in records for name in record.loads}
    loads = [load for load in loads_in(lake, source).loads if load.load_id in taken]
    aside = sum(
        each.waiting + each.discarded for each in summaries(lake) if each.dataset == dataset.full_name
    )
    return Account(
        dataset.full_name,
        loads=len(loads),
        lines=checked_loads(source, loads).lines,
        rows=_rows(lake, dataset),
        aside=aside,
        unchanged=sum(record.rows_unchanged for record in records),
    )


def _rows(lake: Lake, dataset: Dataset) -> int:
    """The rows that stand for a line: that of a key that is gone, or of a new beginning, does not."""
    return int(ask(lake.table(dataset), "SELECT count(_line_number) AS n FROM t")[0]["n"])
