"""A catalog of sources: found in its folder, refused when it is ambiguous, shown as a page and as assets."""

import sys
from datetime import timedelta

import dagster as dg
import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Field, Files, bronze
from lakehouse.dagster.source_specs import source_specs
from lakehouse.discovery import Catalog
from lakehouse.errors import DeclarationError
from lakehouse.source_catalog import Priority, SourceCatalog, SourceSystem, SourceTable, discover_sources
from lakehouse.telling.source_page import source_page

HEAD = "from datetime import timedelta\nfrom lakehouse.source_catalog import SourceSystem, SourceTable\n"
TABLE = (
    "SourceTable(name='cells', holds='A cell.', format='CSV', taken='whole', every=timedelta(1),"
    " history='all', per_day=1)"
)
SYSTEM = (
    "SourceSystem(name={name!r}, title='Maps', what='maps.', where='There.', owner='team:maps',"
    " tables=({tables},))"
)


@pytest.fixture
def farm(tmp_path, monkeypatch):
    """An empty project; a function that writes a file of its sources and reads them all."""
    name = f"farm_{tmp_path.name}"
    folder = tmp_path / name / "sources"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def write(file, text):
        (folder / file).write_text(HEAD + text)
        for module in [module for module in sys.modules if module.startswith(name)]:
            del sys.modules[module]
        return discover_sources(name)

    return write


def system(*tables):
    return SourceSystem(
        name="fields", title="Fields", what="the farm.", where="A disk.", owner="team:farm", tables=tables
    )


def table(name, **more):
    known = {
        "holds": "A harvest.",
        "format": "JSON lines",
        "taken": "whole",
        "every": timedelta(days=1),
        "history": "all",
        "per_day": 1_000,
    }
    return SourceTable(name=name, **known | more)


def test_a_system_is_found_in_the_file_of_its_name(farm):
    found = farm("maps.py", f"maps = {SYSTEM.format(name='maps', tables=TABLE)}\n")
    assert [(each.name, entry.name) for each, entry in found] == [("maps", "cells")]
    assert found.find("maps", "cells")[1].priority is Priority.FIRST
    assert found.find("maps", "rivers") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "declares one system, of its own name; expected SourceSystem\\(name='maps'.*found none"),
        (f"a = {SYSTEM.format(name='roads', tables=TABLE)}\n", "of its own name.*found roads"),
        (f"a = {SYSTEM.format(name='maps', tables=f'{TABLE}, {TABLE}')}\n", "described twice; found cells"),
        (
            f"a = {SYSTEM.format(name='maps', tables=TABLE).replace('team:maps', 'somebody')}\n",
            "the owner names nobody.*found 'somebody'",
        ),
    ],
)
def test_a_file_that_does_not_say_one_thing_is_refused(farm, text, message):
    with pytest.raises(DeclarationError, match=message):
        farm("maps.py", text)


def test_what_bronze_reads_and_nobody_has_described_is_named():
    class Harvest(Contract):
        """One row per harvest."""

        id: T.LongType() = Field(key=True)

    def read(name):
        def harvest(load):
            return load

        harvest.__name__ = name
        return bronze(contract=Harvest, source=Files("fields", name), owner="team:farm")(harvest)

    catalog = Catalog.of([read("harvests"), read("weather")])
    assert SourceCatalog((system(table("harvests")),)).missing(catalog) == ["fields.weather"]


def test_the_page_names_every_table_and_what_is_personal():
    one = table("harvests", personal=("farmer",), note="Weighed twice.")
    page = source_page(SourceCatalog((system(one, table("weather", every=timedelta(hours=6))),)), "make it")
    assert "1 systems, 2 tables,\n1 of them with personal data. Made by `make it`" in page
    assert "| `harvests` | A harvest. | JSON lines | whole | day | 1,000 | all | `farmer` | 1 |" in page
    assert "| `weather` | A harvest. | JSON lines | whole | 6 hours | 1,000 | all | none | 1 |" in page
    assert page.endswith("- `harvests`: Weighed twice.\n")


def test_every_table_is_an_external_asset_with_a_freshness():
    specs = source_specs(SourceCatalog((system(table("harvests", personal=("farmer",))),)))
    found = dg.Definitions(assets=specs).resolve_all_asset_specs()
    assert [spec.key for spec in found] == [dg.AssetKey(["sources", "fields", "harvests"])]
    assert found[0].owners == ["team:farm"]
    assert found[0].tags["personal_data"] == "yes"
    assert found[0].freshness_policy.fail_window.to_timedelta() == timedelta(days=2)
