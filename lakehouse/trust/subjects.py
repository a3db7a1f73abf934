"""Data subjects: whom personal data is about, and by which columns it is known to be about them.

A project declares its subjects in ``assets/subjects.py``, a tuple ``SUBJECTS``. Only bronze columns are
named there, and what they are called afterwards; where they go from bronze is known from lineage::

    SUBJECTS = (
        Subject(
            name="reader",
            identifiers=(
                Identifier("card", columns=("desk_readers.card", "desk_loans.card"), called=("card",)),
                Identifier("email", columns=("desk_readers.email",), through="desk_readers", in_texts=True),
            ),
            unlinked=("desk_loans.card",),
            known_by=("desk_readers.name",),
        ),
    )
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.registry import entries_of, wrong
from lakehouse.settings import Settings
from lakehouse.sources import FileFormat

__all__ = ["Identifier", "Place", "Subject", "load_subjects"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PLACE = re.compile(r"(?P<dataset>\w+)\.(?P<column>\w+)(?::(?P<path>\$\.[\w.]+))?")


class Place(NamedTuple):
    """A column of a dataset, or what stands under a path in a column of JSON text."""

    dataset: str
    column: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """One kind of value by which rows are known to be about somebody.

    Attributes:
        name: the kind, such as ``customer`` or ``email``.
        columns: the bronze columns with such a value: ``DATASET.COLUMN``, or ``DATASET.COLUMN:$.PATH`` for
            what stands in a column of JSON text.
        called: what columns made of it are called in later layers: ``COLUMN`` anywhere, or
            ``DATASET.COLUMN``. A column of another name that is made of it is left alone.
        through: the bronze dataset whose rows link it to the identifiers before it: a row that holds one of
            those and this gives a value of this. A value that also stands in a row about somebody else
            belongs to nobody alone and is not followed. None for the first identifier, the subject's own.
        in_texts: it is an e-mail address, to be looked for within texts too.
    """

    name: str
    columns: tuple[str, ...]
    called: tuple[str, ...] = ()
    through: str | None = None
    in_texts: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """The bronze columns, taken apart."""
        found = (_PLACE.fullmatch(each) for each in self.columns)
        return tuple(Place(each["dataset"], each["column"], each["path"]) for each in found if each)


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who may ask to be erased.

    Attributes:
        name: as the command line says it: ``lakehouse erase --NAME ID``.
        identifiers: the subject's own first, then those that are reached from the ones before.
        unlinked: bronze columns (``DATASET.COLUMN``) whose rows stay, without the value: what has to be
            kept for the books and is about nobody once the link is gone.
        known_by: bronze columns whose values would tell the person where they stand in a text: names,
            telephone numbers. They are looked for, together with the identifiers of texts.
    """

    name: str
    identifiers: tuple[Identifier, ...]
    unlinked: tuple[str, ...] = ()
    known_by: tuple[str, ...] = ()

    @property
    def unlinked_places(self) -> tuple[Place, ...]:
        """The columns that lose their value while the row stays, taken apart."""
        return tuple(Place(*each.split(".")) for each in self.unlinked)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The bronze datasets that may hold rows about the subject."""
        return tuple(dict.fromkeys(place.dataset for each in self.identifiers for place in each.places))


def load_subjects(settings: Settings, catalog: Catalog) -> Mapping[str, Subject]:
    """The project's subjects by name; none where it declares none.

    Raises :class:`~lakehouse.errors.DeclarationError` where one names a column that no bronze contract has.
    """
    found = entries_of(settings.datasets, "subjects", Subject)
    for subject in found:
        _check(subject, catalog)
    return {subject.name: subject for subject in found}


def _check(subject: Subject, catalog: Catalog) -> None:
    if not _NAME.fullmatch(subject.name):
        raise wrong(subject, "not a name", expected="letters, digits and _", found=repr(subject.name))
    if not subject.identifiers or subject.identifiers[0].through:
        raise wrong(
            subject, "the first identifier is the subject's own", expected="one without `through`", found=""
        )
    for identifier in subject.identifiers:
        if len(identifier.places) != len(identifier.columns):
            raise wrong(
                subject,
                f"the identifier {identifier.name} names no column",
                expected="DATASET.COLUMN, or DATASET.COLUMN:$.PATH",
                found=", ".join(identifier.columns),
            )
        for place in identifier.places:
            _bronze(subject, catalog, place)
    for place in (*subject.unlinked_places, *(Place(*each.split(".")) for each in subject.known_by)):
        _bronze(subject, catalog, place)
    for place in subject.unlinked_places:
        source = catalog[place.dataset].source
        if source is None or source.format is not FileFormat.JSONL:
            raise wrong(
                subject,
                f"{place.dataset} cannot be unlinked",
                expected="a source of JSON lines",
                found=str(source and source.format),
            )


def _bronze(subject: Subject, catalog: Catalog, place: Place) -> Dataset:
    dataset = catalog[place.dataset]
    if not dataset.source or place.column not in dataset.spec.column_names:
        raise wrong(
            subject,
            "a column is named that no bronze contract has",
            expected=f"one of {', '.join(dataset.spec.column_names)} of a bronze dataset",
            found=f"{dataset.full_name}.{place.column}",
        )
    return dataset
