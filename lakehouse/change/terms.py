"""A contract's terms as plain data: what a commit keeps of it, and by what two of them are compared.

The form is the road's own and has a version. How pandera spells a check, or how the road compiles it,
may change from release to release without reading as a change of contract; terms of another version
are compared in what both know.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cache
from typing import Any, Self

from lakehouse.change.fingerprint import code_hash
from lakehouse.checks import short_name
from lakehouse.contract import Contract
from lakehouse.dataset import Dataset
from lakehouse.rules import BatchRule, RowRule
from lakehouse.spec import PanderaRule, declared_rules

__all__ = ["FORMAT", "ColumnTerms", "RuleTerms", "Terms", "terms_of"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ColumnTerms:
    """What is promised of a column. ``type`` as Spark writes it; ``protect`` for personal data only."""

    type: str
    nullable: bool = False
    key: bool = False
    pii: str | None = None
    protect: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What a rule demands.

    ``check`` is pandera's name for it, ``not_null``, ``rule`` (the author's own, with the hash of its
    ``code``) or the class of a batch rule. ``arguments`` are numbers, texts, booleans or lists of them.
    """

    severity: str
    check: str
    column: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a table promises. ``rules`` is None where they are not known."""

    grain: str
    columns: dict[str, ColumnTerms]
    rules: dict[str, RuleTerms] | None
    mode: dict[str, Any] = field(default_factory=dict)
    partitions: dict[str, Any] | None = None
    format: int = FORMAT

    def to_dict(self) -> dict[str, Any]:
        """The terms as JSON can hold them; what says nothing is left out."""
        body = asdict(self)
        body["columns"] = {name: _said(column) for name, column in body["columns"].items()}
        body["rules"] = {name: _said(rule) for name, rule in (body["rules"] or {}).items()}
        return body

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """The terms in a record; words that this version does not know are passed over."""
        return cls(
            grain=body["grain"],
            columns={
                name: ColumnTerms(**_known(ColumnTerms, each)) for name, each in body["columns"].items()
            },
            rules={name: RuleTerms(**_known(RuleTerms, each)) for name, each in body["rules"].items()},
            mode=dict(body["mode"]),
            partitions=body.get("partitions"),
            format=body["format"],
        )

    @property
    def fingerprint(self) -> str:
        """The version of the form and 16 hex digits; the same for the same terms in any process."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return f"{self.format}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@cache
def terms_of(dataset: Dataset) -> Terms:
    """The terms that a dataset declares."""
    spec = dataset.spec
    columns = {
        column.name: ColumnTerms(
            type=column.type.simpleString(),
            nullable=column.nullable,
            key=column.words.key,
            pii=column.words.pii,
            protect=column.words.protect.value if column.words.pii else None,
            description=column.description,
        )
        for column in spec.columns
    }
    windows = dataset.partitions
    return Terms(
        grain=spec.grain.splitlines()[0],
        columns=columns,
        rules=_rules(dataset),
        mode={"name": dataset.mode.name}
        | {f.name: _as_recorded(getattr(dataset.mode, f.name)) for f in fields(dataset.mode)},
        partitions=None
        if windows is None
        else {name: str(getattr(windows, name)) for name in ("every", "column", "start", "timezone")},
    )


def _as_recorded(value: Any) -> Any:
    """A word of the write mode as a record gives it back."""
    return list(value) if isinstance(value, tuple) else value


def _rules(dataset: Dataset) -> dict[str, RuleTerms]:
    spec = dataset.spec
    checks = _checks(dataset.contract)
    bodies = declared_rules(dataset.contract)
    found: dict[str, RuleTerms] = {}
    judged: tuple[RowRule | PanderaRule, ...] = (*spec.row_rules, *spec.pandera_rules)
    for rule in judged:
        check, arguments = checks.get(rule.name, ("not_null" if rule.column else "rule", {}))
        body = bodies.get(rule.name)
        code = code_hash(body.holds) if body else None
        found[rule.name] = RuleTerms(
            rule.severity.value, check, rule.column, arguments, rule.description, code
        )
    for each in dataset.batch_rules:
        found[each.name] = _batch_rule(each)
    return found


def _checks(contract: type[Contract]) -> dict[str, tuple[str, dict[str, Any]]]:
    """The checks of pandera by the name of their rule: what each is called, and its arguments."""
    return {
        f"{name}__{short_name(check)}": (
            str(check.name),
            {k: _plain(v) for k, v in check._check_kwargs.items()},  # noqa: SLF001 - pandera keeps them nowhere else
        )
        for name, column in contract.to_schema().columns.items()
        for check in column.checks
    }


def _batch_rule(rule: BatchRule) -> RuleTerms:
    values = {f.name: getattr(rule, f.name) for f in fields(rule) if f.name != "on_fail"}
    bodies = [code_hash(value) for value in values.values() if callable(value)]
    return RuleTerms(
        severity=rule.on_fail.value,
        check=type(rule).__name__,
        column=values.get("column"),
        arguments={name: _plain(value) for name, value in values.items() if not callable(value)},
        says=rule.description,
        code=bodies[0] if bodies else None,
    )


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; a set's members in one order."""
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(each) for each in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return value.isoformat() if isinstance(value, date) else str(getattr(value, "pattern", value))


def _said(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, False, "", {})}


def _known(form: type, body: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(form)}
    return {name: value for name, value in body.items() if name in names}
