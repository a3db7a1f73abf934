"""Contracts as ODCS documents, read back by the standard's own library."""

from dataclasses import replace
from datetime import timedelta

import pyspark.sql.types as T
import pytest
from open_data_contract_standard.model import OpenDataContractStandard

from lakehouse import Contract, Field, Files, RowCount, bronze
from lakehouse.change.odcs import odcs
from lakehouse.discovery import Catalog

from .conftest import datasets


class Readers(Contract):
    """One row per reader and load."""

    id: T.LongType() = Field(key=True)
    mail: T.StringType() = Field(pii="email", str_matches=r"\S+@\S+")
    land: T.StringType() = Field(isin=["SE", "DE"], str_length=2)
    debt: T.DecimalType(12, 2) = Field(ge=0, nullable=True, on_fail="warn", description="in euros")
    tags: T.ArrayType(T.StringType()) = Field(nullable=True)

    __rules__ = (RowCount(min=1),)


@bronze(
    contract=Readers, source=Files("desk", "readers"), owner="ann@library.org", freshness=timedelta(hours=26)
)
def desk_readers(dump):
    return dump


@pytest.fixture(scope="module")
def document():
    """A contract, written and read back."""
    return OpenDataContractStandard.from_string(odcs(desk_readers).to_yaml())


def test_the_document_says_what_the_standard_asks_for(document):
    assert (document.apiVersion, document.kind, document.status) == ("v3.2.0", "DataContract", "active")
    assert document.id == "lakehouse:bronze.desk_readers"
    assert document.version.startswith("1-")
    assert document.team.members[0].username == "ann@library.org"
    assert (document.slaProperties[0].value, document.slaProperties[0].unit) == (26, "h")


def test_each_column_is_a_property_with_its_limits(document):
    (table,) = document.schema_
    columns = {each.name: each for each in table.properties}
    assert (columns["id"].primaryKeyPosition, columns["id"].required) == (1, True)
    assert columns["mail"].classification == "confidential"
    assert columns["mail"].logicalTypeOptions == {"pattern": r"\S+@\S+"}
    assert [each.value for each in columns["land"].enum] == ["DE", "SE"]
    assert columns["land"].logicalTypeOptions == {"minLength": 2, "maxLength": 2}
    assert columns["debt"].logicalTypeOptions == {"minimum": 0}
    assert (columns["debt"].required, columns["debt"].description) == (False, "in euros")
    assert (columns["tags"].logicalType, columns["tags"].physicalType) == ("array", "array<string>")


def test_each_rule_is_a_quality_check_with_its_severity(document):
    (table,) = document.schema_
    assert [each.name for each in table.quality] == ["row_count"]
    debt = next(each for each in table.properties if each.name == "debt")
    assert [(each.name, each.severity) for each in debt.quality] == [("debt__ge", "warn")]


def test_a_table_that_goes_says_so_with_its_day():
    found = odcs(replace(desk_readers, deprecated="2027-01-31"))
    assert found.status == "deprecated"
    assert {each.property: each.value for each in found.customProperties}["deprecatedUntil"] == "2027-01-31"


def test_every_kind_of_dataset_can_be_written():
    for dataset in Catalog.of(datasets()):
        text = odcs(dataset).to_yaml()
        assert OpenDataContractStandard.from_string(text).to_yaml() == text
