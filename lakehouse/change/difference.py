"""How two versions of a table's terms differ: each change by itself, with what it means for the readers.

A table's readers hold it to what it promised so far. A change is *breaking* where a reader that was
right yesterday may be wrong today, or where rows that are there need not keep what is now promised;
*additive* where there is only more to be had; and of the *rules* where it concerns rows to come alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from lakehouse.change.strictness import Strictness, compare_rules
from lakehouse.change.terms import ColumnTerms, RuleTerms, Terms

__all__ = ["Change", "Difference", "What", "compare", "renamed", "worst"]

_ALIKE = 0.5
"""From which likeness of their names, 0 to 1, a column gone and a column new are taken for one renamed."""
_SAME_PLACE = 0.3
"""What standing in the same place among the columns adds to that."""


class Difference(StrEnum):
    """How much a contract differs, from least to most."""

    NONE = "none"
    RULES = "rules"
    """The columns fit; rows to come are judged by other rules than those before."""
    ADDITIVE = "additive"
    """New nullable columns, or values that were not allowed before."""
    BREAKING = "breaking"
    """Readers would break, or rows there need not keep what is promised: a run is refused."""


class What(StrEnum):
    """What changed."""

    TABLE_ADDED = "table added"
    TABLE_DROPPED = "table dropped"
    COLUMN_ADDED = "column added"
    COLUMN_DROPPED = "column dropped"
    COLUMN_RENAMED = "column renamed (it looks like)"
    TYPE = "type changed"
    NULLABLE_TIGHTENED = "nullable tightened"
    NULLABLE_LOOSENED = "nullable loosened"
    RULE_TIGHTENED = "rule tightened"
    RULE_LOOSENED = "rule loosened"
    RULE_CHANGED = "rule changed"
    KEY = "key changed"
    PERSONAL = "personal data changed"
    MODE = "write mode changed"
    WINDOWS = "windows changed"
    GRAIN = "grain reworded"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of a column, of a rule (``rule`` names it), or of the table, where both are None.

    ``old`` and ``new`` are as a person reads them. ``rebuild`` tells that writing the whole table anew
    makes it harmless: then no row is left that was never held to what is now promised.
    """

    what: What
    kind: Difference
    column: str | None = None
    rule: str | None = None
    old: str = ""
    new: str = ""
    rebuild: bool = False

    @property
    def subject(self) -> str:
        """What it is about: a rule, a column, or the table."""
        return self.rule or self.column or "the table"

    def to_dict(self) -> dict[str, str | None]:
        """The change as programs read it."""
        return {
            "what": self.what.value,
            "class": self.kind.value,
            "column": self.column,
            "rule": self.rule,
            "old": self.old or None,
            "new": self.new or None,
        }

    def __str__(self) -> str:
        was_and_is = f": {self.old} → {self.new}" if self.old and self.new else ""
        told = was_and_is or (f": {self.old or self.new}" if self.old or self.new else "")
        return f"{self.subject}: {self.what}{told}"


def worst(changes: Iterable[Change]) -> Difference:
    """The gravest of some changes."""
    order = list(Difference)
    return max((change.kind for change in changes), key=order.index, default=Difference.NONE)


def compare(old: Terms, new: Terms) -> tuple[Change, ...]:
    """Every change from one version of a table's terms to another, the gravest first."""
    pairs = renamed(old.columns, new.columns)
    found = [*_columns(old, new, pairs), *_rules(old, new), *_table(old, new)]
    order = list(Difference)[::-1]
    return tuple(sorted(found, key=lambda change: (order.index(change.kind), change.subject)))


def _columns(old: Terms, new: Terms, pairs: Mapping[str, str]) -> Iterator[Change]:
    breaking = Difference.BREAKING
    for was, now in pairs.items():
        yield Change(What.COLUMN_RENAMED, breaking, was, old=was, new=now)
    for name, column in old.columns.items():
        if name not in new.columns:
            if name not in pairs:
                yield Change(What.COLUMN_DROPPED, breaking, name, old=column.type)
            continue
        held = new.columns[name]
        if column.type != held.type:
            yield Change(What.TYPE, breaking, name, old=column.type, new=held.type)
        yield from _personal(name, column, held)
    for name, column in new.columns.items():
        if name in old.columns or name in pairs.values():
            continue
        if column.nullable:
            yield Change(What.COLUMN_ADDED, Difference.ADDITIVE, name, new=column.type)
        else:
            needed = f"{column.type}, and every row must have a value"
            yield Change(What.COLUMN_ADDED, breaking, name, new=needed, rebuild=True)


def _personal(name: str, old: ColumnTerms, new: ColumnTerms) -> Iterator[Change]:
    """Personal data newly marked must be let in at once: a rebuild is enough, no new version is needed."""
    if (old.pii, old.protect) != (new.pii, new.protect):
        was, now = (
            f"{each.pii}, silver receives {'nothing' if each.protect == 'drop' else 'a pseudonym'}"
            if each.pii
            else "not personal"
            for each in (old, new)
        )
        kind = Difference.ADDITIVE if old.protect == "drop" and new.pii else Difference.BREAKING
        yield Change(What.PERSONAL, kind, name, old=was, new=now, rebuild=old.pii is None)


def _rules(old: Terms, new: Terms) -> Iterator[Change]:
    """Changes of the rules on columns that both have, and of those on the table."""
    if old.rules is None or new.rules is None:
        return
    both = old.columns.keys() & new.columns.keys()
    for name in sorted(old.rules.keys() | new.rules.keys()):
        was, now = old.rules.get(name), new.rules.get(name)
        column = (now or was or RuleTerms("", "")).column
        if column is not None and column not in both:
            continue
        strictness = compare_rules(was, now)
        if strictness is not Strictness.SAME:
            yield _rule_change(name, was, now, strictness)


def _rule_change(name: str, was: RuleTerms | None, now: RuleTerms | None, strictness: Strictness) -> Change:
    column = (now or was or RuleTerms("", "")).column
    of_null = (now or was or RuleTerms("", "")).check == "not_null"
    match strictness:
        case Strictness.TIGHTER:
            what = What.NULLABLE_TIGHTENED if of_null else What.RULE_TIGHTENED
            kind = Difference.BREAKING
        case Strictness.LOOSER:
            what = What.NULLABLE_LOOSENED if of_null else What.RULE_LOOSENED
            kind = Difference.ADDITIVE
        case _:
            what, kind = What.RULE_CHANGED, Difference.RULES
    return Change(
        what, kind, column, name, old=_told(was), new=_told(now), rebuild=kind is Difference.BREAKING
    )


def _told(rule: RuleTerms | None) -> str:
    return "no rule" if rule is None else f"{rule.says or rule.check} ({rule.severity})"


def _table(old: Terms, new: Terms) -> Iterator[Change]:
    keys = [[name for name, column in terms.columns.items() if column.key] for terms in (old, new)]
    if set(keys[0]) != set(keys[1]) and old.rules is not None:
        was, now = (", ".join(key) or "none" for key in keys)
        yield Change(What.KEY, Difference.BREAKING, old=was, new=now)
    if old.mode and old.mode != new.mode:
        kind = Difference.ADDITIVE if _only_orders_finer(old.mode, new.mode) else Difference.BREAKING
        yield Change(What.MODE, kind, old=_words(old.mode), new=_words(new.mode))
    if old.mode and old.partitions != new.partitions:
        yield _windows(old.partitions or {}, new.partitions or {})
    if old.grain and old.grain != new.grain:
        yield Change(What.GRAIN, Difference.RULES, old=old.grain, new=new.grain)


def _only_orders_finer(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether further columns tell the order where those before are equal: the order of rows there stays."""
    was, now = (
        [sequence] if isinstance(sequence := mode.get("sequence_by"), str) else list(sequence or ())
        for mode in (old, new)
    )
    same = {**old, "sequence_by": None} == {**new, "sequence_by": None}
    return same and bool(was) and now[: len(was)] == was


def _windows(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    """Windows from a later day on are only no longer written; those from an earlier day on are missing."""
    only_start = {**old, "start": None} == {**new, "start": None}
    later = only_start and new["start"] > old["start"]
    kind = Difference.RULES if later else Difference.BREAKING
    return Change(What.WINDOWS, kind, old=_words(old), new=_words(new), rebuild=only_start)


def _words(body: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{k} {v}" if k != "name" else f"{v}" for k, v in (body or {}).items() if v) or "none"


def renamed(old: Mapping[str, ColumnTerms], new: Mapping[str, ColumnTerms]) -> dict[str, str]:
    """Columns gone and new ones of the same type, in pairs, the likest names first."""
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    places = {name: place for columns in (list(old), list(new)) for place, name in enumerate(columns)}
    likeness = {
        (was, now): SequenceMatcher(None, was, now).ratio() + _SAME_PLACE * (places[was] == places[now])
        for was in gone
        for now in come
        if old[was].type == new[now].type
    }
    pairs: dict[str, str] = {}
    for was, now in sorted(likeness, key=lambda pair: (-likeness[pair], pair)):
        if likeness[was, now] >= _ALIKE and was not in pairs and now not in pairs.values():
            pairs[was] = now
    return pairs
