"""Contracts in the Open Data Contract Standard (ODCS), for tools that know nothing of this lake.

What the standard has a word for is said in its words; the rest (severities, write mode, windows, what
silver receives of personal data) stands under ``customProperties``.
"""

from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    Description,
    EnumValue,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
    Team,
    TeamMember,
)

from lakehouse.change.terms import ColumnTerms, RuleTerms, Terms, terms_of
from lakehouse.dataset import Dataset
from lakehouse.modes import History
from lakehouse.writing.history import VALIDITY

__all__ = ["API_VERSION", "odcs"]

API_VERSION = "v3.2.0"
_LOGICAL = {
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "integer",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
    "string": "string",
    "binary": "string",
}
_NUMBERS = {
    "greater_than": ("min_value", "exclusiveMinimum"),
    "greater_than_or_equal_to": ("min_value", "minimum"),
    "less_than": ("max_value", "exclusiveMaximum"),
    "less_than_or_equal_to": ("max_value", "maximum"),
}


def odcs(dataset: Dataset) -> OpenDataContractStandard:
    """A dataset's contract as an ODCS document; ``to_yaml()`` writes it."""
    terms = terms_of(dataset)
    key = [name for name, column in terms.columns.items() if column.key]
    properties = [_property(terms, name, column, key) for name, column in terms.columns.items()]
    if isinstance(dataset.mode, History):
        properties += [
            SchemaProperty(
                name=name, physicalType=kind, logicalType=_logical(kind), required=name != "valid_to"
            )
            for name, kind in VALIDITY.items()
        ]
    table = SchemaObject(
        name=dataset.name,
        physicalName=dataset.full_name,
        physicalType="table",
        logicalType="object",
        description=dataset.spec.grain,
        dataGranularityDescription=terms.grain,
        properties=properties,
        quality=[_quality(name, rule) for name, rule in (terms.rules or {}).items() if rule.column is None]
        or None,
    )
    return OpenDataContractStandard(
        apiVersion=API_VERSION,
        kind="DataContract",
        id=f"lakehouse:{dataset.full_name}",
        name=dataset.full_name,
        version=terms.fingerprint,
        status="deprecated" if dataset.deprecated else "active",
        domain=dataset.layer.value,
        description=Description(purpose=terms.grain),
        schema=[table],
        team=_team(dataset.owner),
        slaProperties=_freshness(dataset),
        tags=sorted(dataset.tags) or None,
        customProperties=_custom(
            writeMode=terms.mode, windows=terms.partitions, deprecatedUntil=dataset.deprecated
        ),
    )


def _property(terms: Terms, name: str, column: ColumnTerms, key: list[str]) -> SchemaProperty:
    rules = {each: rule for each, rule in (terms.rules or {}).items() if rule.column == name}
    logical = _logical(column.type)
    allowed = next((rule.arguments["allowed_values"] for rule in rules.values() if rule.check == "isin"), ())
    return SchemaProperty(
        name=name,
        physicalType=column.type,
        logicalType=logical,
        logicalTypeOptions=_options(rules, logical) or None,
        description=column.description or None,
        required=not column.nullable,
        primaryKey=True if column.key else None,
        primaryKeyPosition=key.index(name) + 1 if column.key else None,
        unique=True if key == [name] else None,
        classification="confidential" if column.pii else None,
        enum=[EnumValue(value=value) for value in allowed] or None,
        quality=[_quality(each, rule) for each, rule in rules.items()] or None,
        customProperties=_custom(personalData=column.pii, silverReceives=column.protect),
    )


def _logical(kind: str) -> str:
    stem = kind.partition("(")[0].partition("<")[0]
    composed = {"decimal": "number", "array": "array", "map": "map", "struct": "object", "variant": "object"}
    return _LOGICAL.get(stem) or composed.get(stem, "string")


def _options(rules: dict[str, RuleTerms], logical: str) -> dict[str, Any]:
    """The limits that the standard has words for, of the column's logical type."""
    found: dict[str, Any] = {}
    for rule in rules.values():
        words = rule.arguments
        if logical in ("integer", "number") and rule.check in _NUMBERS:
            argument, option = _NUMBERS[rule.check]
            found[option] = (
                words[argument] if isinstance(words[argument], int | float) else float(words[argument])
            )
        elif logical == "string" and rule.check == "str_length":
            exact = words.get("exact_value")
            least, most = words.get("min_value", exact), words.get("max_value", exact)
            found |= {"minLength": least} if least is not None else {}
            found |= {"maxLength": most} if most is not None else {}
        elif logical == "string" and rule.check == "str_matches":
            found["pattern"] = words["pattern"]
    return found


def _quality(name: str, rule: RuleTerms) -> DataQuality:
    """A rule in words, and as the road judges it."""
    words = {"check": rule.check, "severity": rule.severity, **rule.arguments}
    return DataQuality(
        name=name,
        type="custom",
        engine="lakehouse",
        description=rule.says or name.replace("_", " "),
        severity=rule.severity,
        implementation={k: v for k, v in words.items() if v is not None},
        mustBeBetween=None,
        mustNotBeBetween=None,
    )


def _team(owner: str) -> Team:
    if owner.startswith("team:"):
        return Team(name=owner.removeprefix("team:"))
    return Team(members=[TeamMember(username=owner, role="owner")])


def _freshness(dataset: Dataset) -> list[ServiceLevelAgreementProperty] | None:
    if dataset.freshness is None:
        return None
    hours = dataset.freshness.total_seconds() / 3600
    return [ServiceLevelAgreementProperty(property="latency", value=hours, unit="h")]


def _custom(**words: Any) -> list[CustomProperty] | None:
    return [CustomProperty(property=name, value=value) for name, value in words.items() if value] or None
