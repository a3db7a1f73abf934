"""The catalog of sources: everything that is read is described, and what is personal is said."""

from pathlib import Path

from jobs.shop_dumps import ALL_DUMPS
from jobs.sources_page import PAGE, page
from lakehouse.discovery import discover
from lakehouse.source_catalog import discover_sources

PROJECT = Path(__file__).resolve().parents[2]
CATALOG = discover("assets", PROJECT)
SOURCES = discover_sources("assets")


def test_every_source_that_bronze_reads_is_described():
    assert SOURCES.missing(CATALOG) == []


def test_every_table_that_is_dumped_is_described_with_how_it_is_dumped():
    taken = {"full": "dumped whole", "incremental": "dumped by change time"}
    described = {table.name: table.taken for system, table in SOURCES if system.name == "shop"}
    assert described == {dump.table: taken[dump.kind] for dump in ALL_DUMPS}


def test_what_a_contract_marks_as_personal_is_personal_in_the_catalog():
    for dataset in CATALOG:
        if dataset.source:
            _, table = SOURCES.find(dataset.source.system, dataset.source.table)
            assert {column.name for column in dataset.spec.personal} <= set(table.personal), dataset.full_name


def test_every_entry_says_something_about_everything():
    for system, table in SOURCES:
        assert system.owner.startswith("team:")
        assert table.holds.endswith(".")
        assert table.history
        assert table.per_day > 0
        assert table.every.total_seconds() > 0


def test_the_page_is_what_the_entries_say():
    assert PAGE.read_text() == page()
