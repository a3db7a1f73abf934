"""Where a subject's identifiers stand: in bronze as declared, in every later table by its lineage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lakehouse.change.lineage import Lineage, recorded_lineage
from lakehouse.change.usage import records_of
from lakehouse.dataset import Dataset
from lakehouse.lake import Lake
from lakehouse.trust.subjects import Identifier, Subject

__all__ = ["Columns", "columns_of", "declared_columns"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Of one dataset: ``identifying`` names (identifier, column, path or None) by which a row is somebody's.

    ``own`` are the columns among them with the subject's own identifier, and ``unlinked`` those that lose
    their value while the row stays, with their identifier.
    """

    identifying: tuple[tuple[str, str, str | None], ...] = ()
    own: tuple[tuple[str, str | None], ...] = ()
    unlinked: tuple[tuple[str, str], ...] = ()

    @property
    def any(self) -> bool:
        """Whether a row can be somebody's at all."""
        return bool(self.identifying or self.unlinked)


def declared_columns(subject: Subject, dataset: str) -> Columns:
    """A bronze dataset's columns, as the subject declares them."""
    loose = {(place.dataset, place.column) for place in subject.unlinked_places}
    first = subject.identifiers[0].name
    identifying: list[tuple[str, str, str | None]] = []
    unlinked: list[tuple[str, str]] = []
    for identifier in subject.identifiers:
        for place in identifier.places:
            if place.dataset == dataset and (place.dataset, place.column) in loose:
                unlinked.append((identifier.name, place.column))
            elif place.dataset == dataset:
                identifying.append((identifier.name, place.column, place.path))
    own = tuple((column, path) for name, column, path in identifying if name == first)
    return Columns(tuple(identifying), own, tuple(unlinked))


def columns_of(lake: Lake, subject: Subject) -> dict[str, Columns]:
    """The columns of every dataset of the lake, by name, as far as tables were built.

    A later column holds an identifier where it is called so and is made of a column that holds it. Where all
    that it is made of is unlinked, and it may be null, it is unlinked too.
    """
    found: dict[str, Columns] = {}
    holding: dict[tuple[str, str], set[str]] = {}
    loose: set[tuple[str, str]] = set()
    for dataset in lake.catalog:
        if dataset.source:
            columns = declared_columns(subject, dataset.name)
        else:
            columns = _derived(lake, subject, dataset, holding, loose)
        found[dataset.name] = columns
        for name, column, _ in columns.identifying:
            holding.setdefault((dataset.full_name, column), set()).add(name)
        for name, column in columns.unlinked:
            holding.setdefault((dataset.full_name, column), set()).add(name)
            loose.add((dataset.full_name, column))
    return found


def _derived(
    lake: Lake,
    subject: Subject,
    dataset: Dataset,
    holding: Mapping[tuple[str, str], set[str]],
    loose: set[tuple[str, str]],
) -> Columns:
    lineage = recorded_lineage(records_of(lake, dataset.name)) or Lineage(unknown="never run")
    first = subject.identifiers[0].name
    identifying: list[tuple[str, str, str | None]] = []
    unlinked: list[tuple[str, str]] = []
    for column in dataset.spec.columns:
        sources = set(lineage.columns.get(column.name, ())) & holding.keys()
        may_be = {name for source in sources for name in holding[source]}
        for identifier in _called(subject.identifiers, dataset, column.name):
            if identifier.name not in may_be and not lineage.unknown:
                continue
            free = bool(sources) and sources <= loose and column.nullable and not column.words.key
            if free:
                unlinked.append((identifier.name, column.name))
            else:
                identifying.append((identifier.name, column.name, None))
    own = tuple((column, path) for name, column, path in identifying if name == first)
    return Columns(tuple(identifying), own, tuple(unlinked))


def _called(identifiers: Iterable[Identifier], dataset: Dataset, column: str) -> Iterable[Identifier]:
    return [each for each in identifiers if {column, f"{dataset.name}.{column}"} & set(each.called)]
