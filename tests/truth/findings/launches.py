"""Releases read before and after: the start page's share of the growth, and nothing where nothing was."""

from collections.abc import Iterator

from tests.truth.finding import Claims, Finding, sampled, verdict
from tests.truth.lakes import Company

WAY = {"start_page": "rose", "card_flow": "rose", "safari_bug": "fell"}
MEASURED = {"start_page": ("registrations", "real"), "card_flow": ("visits with an order", "relative_gain")}
NO_EVENT = "renamed_property"  # a release that brought something for which no event was ever planned
_READ = """
    SELECT version, metric, effect, low, high, verdict FROM gold.launch_readouts ORDER BY released_on, metric
"""
_USED = "SELECT version, verdict FROM gold.feature_adoption WHERE feature IS NOT NULL ORDER BY released_at"
_GAPS = "SELECT DISTINCT event, verdict, since_release FROM gold.tracking_gaps WHERE feature = 'wish_list'"
_RENAMED = """
    SELECT count(*) AS properties, max(since_release) AS version FROM gold.tracking_gaps
    WHERE verdict = 'stopped arriving' AND property = 'product_id'
"""


def read(company: Company) -> Iterator[Finding | Claims]:
    # Of the shop's front; the releases of its back change nothing that anybody could notice.
    brought = {each["version"]: each["effect"] for each in company.truth["releases"]}
    rows = company.ask(_READ)
    for row in rows:
        yield from against(company, brought.get(row["version"]), row)
    moved = [row for row in rows if row["verdict"] in {"rose", "fell"}]
    false = [row for row in moved if row["verdict"] != WAY.get(brought.get(row["version"]))]
    words = tuple(f"{row['version']}: {row['metric']} {row['verdict']}" for row in false)
    yield Claims("launches", len(moved), words)
    yield from instrumented(company)


def against(company: Company, effect: str | None, row: dict) -> Iterator[Finding]:
    bounds, metric = (row["low"], row["high"]), row["metric"]
    if effect is None:
        # Those who begin are nearly the same people as the registrations; and where it is too early, near the
        # history's beginning or end, nothing is claimed.
        if metric == "registrations begun" or row["verdict"] == "too early":
            return
        yield sampled("no effect", f"{row['version']}, {metric}", 0.0, row["effect"], bounds)
    elif effect in MEASURED and metric == MEASURED[effect][0]:
        planted = company.effect(effect)[MEASURED[effect][1]]
        yield sampled(effect, f"{row['version']}, {metric}", planted, row["effect"], bounds)
        yield verdict(effect, f"{row['version']}, {metric}", ["rose", "cannot be told"], told(row))
    elif effect == "safari_bug":
        yield verdict(effect, f"{row['version']}, {metric}", ["fell"], told(row))


def told(row: dict) -> str | None:
    return None if row["verdict"] == "too early" else row["verdict"]


def instrumented(company: Company) -> Iterator[Finding]:
    """Which features are seen in the events, which cannot be, and what has stopped arriving."""
    used = {row["version"]: row["verdict"] for row in company.ask(_USED)}
    for each in company.truth["releases"]:
        if each["feature"]:
            built = "used" if each["instrumented"] else "never seen"
            expected = "no event planned" if each["feature"] == NO_EVENT else built
            yield verdict("tracking", each["feature"], [expected], used.get(each["version"]))
    (gone,) = company.ask(_RENAMED)
    renamed = next(each["version"] for each in company.truth["releases"] if each["feature"] == NO_EVENT)
    yield verdict("tracking", "product_id stopped arriving", [f"since {renamed}"], f"since {gone['version']}")
