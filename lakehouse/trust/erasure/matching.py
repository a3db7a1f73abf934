"""Which rows are about somebody who is erased, as Spark expressions.

An identifier is compared by its keyed hash, so the same expressions serve an erasure and every later read,
which knows no more than the hashes. Texts are searched for e-mail addresses by hash; an erasure under way
looks for everything that it knows of the person as well.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.trust.erasure.book import Order, hash_of, kind_of
from lakehouse.trust.erasure.places import Columns
from lakehouse.trust.freetext import EMAIL
from lakehouse.trust.privacy import pseudonym
from lakehouse.trust.search import pattern_of
from lakehouse.trust.subjects import Subject

__all__ = ["EDIT", "ERASE", "MASK", "Wanted", "any_of", "verdict"]

ERASE, EDIT = "erase", "edit"
"""A row goes, or it stays without its link and with the person's values masked."""

MASK = "[erased]"


@dataclass(frozen=True)
class Wanted:
    """Who is looked for: the hashes of each identifier, and during an erasure the values themselves.

    ``known`` are the values of each identifier, ``terms`` whatever tells the person in a text.
    """

    subject: Subject
    key: str
    hashes: Mapping[str, frozenset[str]]
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)
    terms: Sequence[str] = ()

    @classmethod
    def of(cls, subject: Subject, order: Order, key: str) -> "Wanted":
        """Who an order is about."""
        hashes = {
            name: frozenset(hash_of(value, subject.name, name, key) for value in values)
            for name, values in order.known.items()
        }
        return cls(subject, key, hashes, order.known, order.terms)

    @cached_property
    def in_texts(self) -> tuple[str, ...]:
        """The identifiers that are e-mail addresses and were found."""
        named = (each.name for each in self.subject.identifiers if each.in_texts)
        return tuple(name for name in named if self.hashes.get(name))

    @cached_property
    def pattern(self) -> str | None:
        """A regular expression for what tells the person; None where only hashes are known."""
        return pattern_of(self.terms) if self.terms else None

    def is_one(self, value: Column, identifier: str) -> Column:
        """Whether a value is one of an identifier's."""
        hashes = self.hashes.get(identifier)
        if not hashes:
            return F.lit(False)
        text = F.lower(F.trim(value.cast("string")))
        hashed = pseudonym(text, kind_of(self.subject.name, identifier), self.key)
        return F.coalesce(hashed.isin(sorted(hashes)), F.lit(False))

    def tells(self, text: Column) -> Column:
        """Whether a text tells the person."""
        told = F.lit(False)
        if self.in_texts:
            at = text.contains("@") | text.contains("%40")  # nearly every text, told at no cost
            told = F.when(at, F.exists(_addresses(text), self._any_of)).otherwise(told)
        if self.pattern:
            told = told | text.rlike(self.pattern)
        return F.coalesce(told, F.lit(False))

    def masked(self, text: Column) -> Column:
        """A text without what tells the person. Only where the values are known."""
        return F.regexp_replace(text, self.pattern, MASK) if self.pattern else text

    def _any_of(self, address: Column) -> Column:
        return reduce(or_, (self.is_one(address, name) for name in self.in_texts))


def verdict(
    wanted: Wanted,
    columns: Columns,
    value: Callable[[str], Column],
    texts: Iterable[Column],
    *,
    no_record: Column | None = None,
) -> Column:
    """What becomes of a row: :data:`ERASE`, :data:`EDIT`, or null where it is not about the person.

    ``value`` gives a column by name. A row that only tells the person in a text goes where it could be
    somebody's and is nobody else's, or is no record at all (``no_record``); else the text is edited.
    """
    by_id = _by_id(wanted, columns, value)
    by_link = _by_link(wanted, columns, value)
    told = reduce(or_, (wanted.tells(text) for text in texts), F.lit(False))
    others = reduce(or_, (_at(value(column), path).isNotNull() for column, path in columns.own), F.lit(False))
    nobodys = ~others if columns.identifying else F.lit(False)
    if no_record is not None:
        nobodys = nobodys | no_record
    erase = by_id | (told & nobodys)
    edit = by_link | told
    return F.when(erase, ERASE).when(edit, EDIT)


def any_of(wanted: Wanted, columns: Columns, value: Callable[[str], Column]) -> Column:
    """Whether a row is the person's by any identifier, one that it would lose among them."""
    return _by_id(wanted, columns, value) | _by_link(wanted, columns, value)


def _by_id(wanted: Wanted, columns: Columns, value: Callable[[str], Column]) -> Column:
    each = (wanted.is_one(_at(value(column), path), name) for name, column, path in columns.identifying)
    return reduce(or_, each, F.lit(False))


def _by_link(wanted: Wanted, columns: Columns, value: Callable[[str], Column]) -> Column:
    return reduce(
        or_, (wanted.is_one(value(column), name) for name, column in columns.unlinked), F.lit(False)
    )


def _at(value: Column, path: str | None) -> Column:
    return F.get_json_object(value, path) if path else value


def _addresses(text: Column) -> Column:
    """The e-mail addresses in a text, as they would be written outside of a URL."""
    decoded = F.regexp_replace(text, "(?i)%40", "@")
    return F.regexp_extract_all(decoded, F.lit(EMAIL), F.lit(0))
