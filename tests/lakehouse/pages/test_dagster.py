from datetime import UTC, datetime

import dagster as dg
import pytest

from lakehouse.dagster import pages as dagster_pages
from lakehouse.dagster.pages import build_pages, weekly_letter
from lakehouse.lake import Lake
from lakehouse.pages import Figure, Page, page


@page(title="Sales", team="growth", owner="team:growth", reads=["sales"])
def growth(results):
    return Page("Up", (Figure("Up", results("SELECT sum(revenue) AS revenue FROM gold.sales"), "The sum."),))


@page(title="Broken", team="growth", owner="team:growth", reads=["sales"])
def broken(results):
    return Page("", (Figure("f", results("SELECT nothing FROM gold.sales"), "d"),))


@pytest.fixture
def pages(monkeypatch):
    for module in ("lakehouse.dagster.pages", "lakehouse.pages.site"):
        monkeypatch.setattr(f"{module}.discover_pages", lambda *_: (growth, broken))


def test_a_page_is_an_asset_that_reads_its_tables_and_says_what_it_found(sales_lake, pages):
    good, bad = build_pages(sales_lake)

    result = dg.materialize([good])
    failed = dg.materialize([bad], raise_on_error=False)

    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["finding"].value == "Up"
    assert good.dependency_keys == {dg.AssetKey(["gold", "sales"])}
    assert not failed.success
    assert not failed.get_asset_materialization_events()


def test_the_weekly_letter_names_its_week_and_waits_for_somebody_to_write_to(sales_lake):
    monday = datetime(2026, 6, 29, 7, tzinfo=UTC)
    context = dg.build_schedule_context(scheduled_execution_time=monday)
    nobody = weekly_letter(sales_lake, "growth").evaluate_tick(context)
    settings = sales_lake.settings.model_copy(update={"letter_to": "ceo@example.org"})
    somebody = weekly_letter(Lake(settings, sales_lake.catalog), "growth").evaluate_tick(context)

    assert "LAKEHOUSE_LETTER_TO" in nobody.skip_message
    (request,) = somebody.run_requests
    assert request.run_key == request.tags["lakehouse/period"] == "2026-W26"


def test_the_module_imports_no_renderer_until_a_page_is_built():
    assert not hasattr(dagster_pages, "write_site")
