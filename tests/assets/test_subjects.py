"""Whoever is declared as a subject is found in every dataset that holds personal data about them."""

import pytest

from lakehouse.lake import Lake
from lakehouse.trust.subjects import load_subjects


@pytest.fixture(scope="module")
def lake(machine):
    return Lake.load()


@pytest.fixture(scope="module")
def customer(lake):
    return load_subjects(lake.settings, lake.catalog)["customer"]


def test_every_bronze_table_with_personal_data_is_about_a_subject(lake, customer):
    personal = {each.name for each in lake.catalog if each.source and each.spec.personal}
    assert personal - {"shop_vendors"} <= set(customer.datasets)  # vendors are companies


def test_no_later_column_with_an_identifiers_name_is_left_out(lake, customer):
    named = {name.rpartition(".")[2] for each in customer.identifiers for name in each.called}
    called = {name for each in customer.identifiers for name in each.called}
    held = {
        f"{dataset.name}.{column}"
        for dataset in lake.catalog
        if not dataset.source
        for column in dataset.spec.column_names
        if column in named or column.endswith(("customer_id", "anonymous_id"))
    }
    left_out = {each for each in held if each not in called and each.partition(".")[2] not in called}
    assert left_out == set()


def test_orders_are_kept_without_their_customer(lake, customer):
    assert [place[:2] for place in customer.unlinked_places] == [("shop_orders", "customer_id")]
    assert lake.catalog["orders"].spec.column("customer_id").nullable
