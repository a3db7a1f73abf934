import sys
from datetime import UTC, datetime, timedelta

import pytest

from lakehouse.errors import DeclarationError, LakehouseError, QueryRefused
from lakehouse.pages import Column, Drop, Figure, Page, Results, Tile, lines, page
from lakehouse.pages import site as site_module
from lakehouse.pages.declaration import discover_pages
from lakehouse.pages.health import health_of
from lakehouse.pages.html import Link, render_index, render_page
from lakehouse.pages.site import site_dir, write_site
from lakehouse.telling.logbook import read_logs
from lakehouse.telling.logs import start_logging

QUERY = "SELECT channel, sum(revenue) AS revenue FROM gold.sales WHERE channel <> :not GROUP BY channel"


@page(title="Sales", team="growth", owner="team:growth", reads=["sales"])
def sales_page(results):
    found = results(QUERY, **{"not": "x' OR 'a'='a"})
    days = results("SELECT day, channel, revenue FROM gold.sales ORDER BY day")
    return Page(
        finding="Social sold more than <i>search</i>",
        tiles=(Tile("Revenue", "€ 2,940", "+3 %", good=True),),
        figures=(
            Figure(
                finding="Two channels",
                of=found,
                definition="The sum of revenue.",
                columns={"channel": "channel", "revenue": Column("revenue", "EUR")},
                limits="Two weeks only.",
            ),
            Figure(
                finding="Every day alike",
                of=days,
                definition="Revenue by day.",
                chart=lines(days.rows, "day", "revenue", unit="EUR", series="channel"),
            ),
        ),
    )


@page(title="Fallen", team="growth", owner="team:growth", reads=["sales"])
def fallen_page(results):
    return Page(finding="Safari fell", drops=(Drop("Safari with 3.4.0", "Safari fell from 20 % to 2 %"),))


@page(title="Broken", team="growth", owner="team:growth", reads=["sales"])
def broken_page(results):
    return Page(finding="", figures=(Figure("f", results("SELECT nothing FROM gold.sales"), "d"),))


@pytest.fixture
def pages(monkeypatch):
    monkeypatch.setattr(site_module, "discover_pages", lambda *_: (sales_page, broken_page))


def test_a_page_stands_in_a_file_that_asks_the_network_for_nothing(sales_lake):
    html = render_page(sales_lake, sales_page, sales_page.build(sales_lake.settings), [])

    assert "Social sold more than &lt;i&gt;search&lt;/i&gt;" in html
    assert "&lt;b&gt;social&lt;/b&gt;" in html
    assert "<b>social</b>" not in html
    assert "€ 1,540" in html
    assert "<svg" in html
    for loaded in ("<script", "src=", "@import", "url(", "<link"):
        assert loaded not in html


def test_each_figure_says_where_its_numbers_come_from_and_how_to_get_them_again(sales_lake):
    html = render_page(sales_lake, sales_page, sales_page.build(sales_lake.settings), [])

    assert "The sum of revenue." in html
    assert "Two weeks only." in html
    assert "data as of" in html
    assert "run-1" in html
    assert "1 of 2 checks passed, 2 rows set aside" in html
    assert "channel &lt;&gt; &#39;x&#39;&#39; OR" in html
    assert "mailto:?subject=This%20looks%20wrong" in html


def test_a_page_that_cannot_be_made_stops_no_other_and_the_list_says_why(sales_lake, pages):
    built = {each.dashboard.name: each for each in write_site(sales_lake)}

    assert built["sales_page"].file.is_file()
    assert "no such column" in built["broken_page"].problem
    index = (site_dir(sales_lake) / "index.html").read_text()
    assert "Social sold more" in index
    assert "Not made today" in index


def test_the_owner_of_a_page_is_told_once_of_what_dropped_on_it(sales_lake, monkeypatch):
    monkeypatch.setattr(site_module, "discover_pages", lambda *_: (fallen_page,))
    with start_logging(sales_lake.settings, run_id="drops"):
        (built,) = write_site(sales_lake)
        write_site(sales_lake)

    assert [drop.what for drop in built.drops] == ["Safari with 3.4.0"]
    logged = [row for row in read_logs(sales_lake.settings).to_pylist() if row["run_id"] == "drops"]
    (told,) = [row for row in logged if row["event"] == "alert.metric_dropped"]
    assert "Safari fell from 20 % to 2 %" in told["message"]


def test_an_unknown_page_is_refused_with_those_there_are(sales_lake, pages):
    with pytest.raises(LakehouseError, match="one of sales_page, broken_page"):
        write_site(sales_lake, ["sale"])


def test_a_page_asks_only_the_tables_it_declares(sales_lake):
    @page(title="Sly", team="growth", owner="team:growth", reads=[])
    def sly(results):
        return Page(finding="f", figures=(Figure("f", results("SELECT count(*) AS n FROM gold.sales"), "d"),))

    with pytest.raises(DeclarationError, match="does not declare"):
        sly.build(sales_lake.settings)


def test_the_owner_of_a_page_is_a_team_or_an_address():
    with pytest.raises(DeclarationError, match="page sales_page: the owner names nobody"):
        page(title="Sales", team="growth", owner="growth", reads=["sales"])(sales_page.function)


def test_results_are_small(sales_lake, monkeypatch):
    monkeypatch.setattr("lakehouse.pages.results._MOST_ROWS", 27)

    with pytest.raises(QueryRefused, match="too many rows"):
        Results(sales_lake.settings)("SELECT * FROM gold.sales")


def test_a_table_older_than_its_freshness_is_late(sales_lake):
    (now,) = health_of(sales_lake, ["gold.sales"])
    (later,) = health_of(sales_lake, ["gold.sales"], now=datetime.now(UTC) + timedelta(hours=25))

    assert (now.late, later.late) == (False, True)
    assert not now.sound  # a rule is broken
    assert health_of(sales_lake, ["gold.never_built"]) == ()


def test_pages_are_found_in_the_serving_folder(sales_lake, tmp_path, monkeypatch):
    room = tmp_path / "small_project" / "serving"
    room.mkdir(parents=True)
    for folder in (room.parent, room):
        (folder / "__init__.py").touch()
    (room / "growth.py").write_text(
        "from lakehouse.pages import Page, page\n\n\n"
        "@page(title='Growth', team='growth', owner='team:growth', reads=['sales'])\n"
        "def growth(results):\n    return Page(finding='f')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings = sales_lake.settings.model_copy(update={"datasets": "small_project"})

    (found,) = discover_pages(settings, sales_lake.catalog)

    assert (found.name, found.reads) == ("growth", ("sales",))
    for name in [name for name in sys.modules if name.startswith("small_project")]:
        del sys.modules[name]


def test_the_list_names_every_page_with_what_it_says(sales_lake):
    html = render_index(sales_lake, [Link("growth", "Growth", "growth", "Up & up")])

    assert 'href="growth.html"' in html
    assert "Up &amp; up" in html
