import pyspark.sql.types as T
import pytest

from lakehouse import Contract, Field, Snapshot, gold, silver
from lakehouse.discovery import Catalog
from lakehouse.errors import DeclarationError
from lakehouse.metrics import Better, Metric, Metrics, load_metrics


class Sales(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)
    revenue: T.LongType() = Field()
    orders: T.LongType() = Field()


@silver(contract=Sales, write=Snapshot(), owner="team:a")
def clean_sales():
    raise NotImplementedError


@gold(contract=Sales, write=Snapshot(), owner="team:a")
def sales():
    raise NotImplementedError


def metric(name="revenue", **changed):
    given = {
        "title": "Revenue",
        "definition": "What was sold.",
        "table": "sales",
        "measure": "revenue",
        "unit": "EUR",
        "better": Better.UP,
        "owner": "team:a",
        "team": "CEO",
    }
    return Metric(name, **(given | changed))


@pytest.fixture(scope="module")
def catalog():
    return Catalog.of([clean_sales, sales])


def test_a_metric_is_a_sum_or_the_ratio_of_two_sums(catalog):
    metrics = Metrics.of([metric(), metric("order_value", per="orders")], catalog)

    assert metrics["revenue"].formula == "sum(revenue)"
    assert metrics["order_value"].formula == "CAST(sum(revenue) AS DOUBLE) / nullif(sum(orders), 0)"
    assert [each.name for each in metrics.of_team("CEO")] == ["revenue", "order_value"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Revenue!"}, "not a name"),
        ({"owner": "somebody"}, "the owner names nobody"),
        ({"table": "sale"}, "no dataset sale"),
        ({"table": "clean_sales"}, "come from gold"),
        ({"measure": "revenues"}, "no such column"),
        ({"per": "clicks"}, "no such column"),
        ({"time": "week"}, "no such column"),
        ({"dimensions": ("channel",)}, "no such column"),
        ({"factors": ("sessions",)}, "a factor is no metric"),
    ],
)
def test_a_wrong_entry_is_one_clear_error(catalog, changed, said):
    with pytest.raises(DeclarationError, match=said):
        Metrics.of([metric(**changed)], catalog)


def test_one_name_is_one_metric(catalog):
    with pytest.raises(DeclarationError, match="two metrics have one name"):
        Metrics.of([metric(), metric()], catalog)


def test_an_unknown_metric_offers_what_is_near(catalog):
    with pytest.raises(DeclarationError, match="one of revenue"):
        Metrics.of([metric()], catalog)["revenu"]


def test_a_project_without_a_registry_has_no_metrics(settings, catalog):
    elsewhere = settings.model_copy(update={"datasets": "lakehouse"})
    with pytest.raises(DeclarationError, match="holds no metrics"):
        load_metrics(elsewhere, catalog)  # lakehouse.metrics is a module without METRICS

    assert len(load_metrics(settings.model_copy(update={"datasets": "resources"}), catalog)) == 0
