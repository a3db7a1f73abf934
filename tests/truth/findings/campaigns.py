"""What a customer costs by campaign, end to end, and whether letters can be judged yet."""

from collections.abc import Iterator

from assets.serving.marketing_letters import letters
from lakehouse.pages import Results
from lakehouse.statistics import with_shares
from tests.truth.finding import Finding, counted, verdict
from tests.truth.lakes import Company

EFFECT = "campaigns"
_READ = """
    SELECT campaign, sum(clicks) AS clicks, sum(customers) AS customers,
           CAST(sum(spend) AS DOUBLE) / nullif(sum(customers), 0) AS cost
    FROM gold.campaign_costs GROUP BY campaign
    HAVING sum(spend) > 0 AND sum(clicks) > 0 ORDER BY cost DESC NULLS FIRST
"""


def read(company: Company) -> Iterator[Finding]:
    truth = {each["campaign"]: each for each in company.truth["campaigns"] if each["clicks"]}
    rows = company.ask(_READ)
    for row in with_shares(rows, "customers", "clicks"):
        # Who brought those on somebody else's browser is not to be found in any data the company has.
        planted = truth[row["campaign"]]["new_customers_shown"] / truth[row["campaign"]]["clicks"]
        bounds = row["low"], row["high"]
        yield counted(EFFECT, f"buyers per click, {row['campaign']}", planted, row["share"], bounds)
    dear = [name for name, each in truth.items() if not each["new_customers"]]
    dear = dear or [max(truth, key=lambda name: truth[name]["acquisition_cost"])]
    cheap = min(truth, key=lambda name: truth[name]["acquisition_cost"] or float("inf"))
    yield verdict(EFFECT, "the dearest customers", dear, rows[0]["campaign"] if rows else None)
    yield verdict(EFFECT, "the cheapest customers", [cheap], rows[-1]["campaign"] if rows else None)
    (letter,) = letters(Results(company.settings)) or (None,)
    said = "too early" if letter and "too early" in letter.finding.lower() else "told"
    yield verdict(EFFECT, "the last mailing", ["too early"], said)
