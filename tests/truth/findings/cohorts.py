"""Cohorts by month and channel: who is in them, and which of their months are not over."""

from collections import Counter
from collections.abc import Iterator

from tests.truth.finding import Finding, exactly
from tests.truth.lakes import Company

EFFECT = "cohorts"
_READ = """
    SELECT date_format(month, '%Y-%m') AS month, channel, max(customers) AS customers,
           max(months_since) AS lived
    FROM gold.acquisition_cohorts GROUP BY month, channel
"""


def read(company: Company) -> Iterator[Finding]:
    known = Counter[tuple[str, str]]()
    for cell in company.truth["customers"]:
        still = cell["registered"] - cell["forgotten"] - cell["malformed_email"]
        known[cell["day"][:7], cell["channel"]] += still
    rows = {(row["month"], row["channel"]): row for row in company.ask(_READ)}
    planted = sum(known[cohort] for cohort in rows)
    yield exactly(EFFECT, "customers in them", planted, sum(row["customers"] for row in rows.values()))
    wrong = sum(row["customers"] != known[cohort] for cohort, row in rows.items())
    yield exactly(EFFECT, "cohorts with other customers", 0, wrong)
    lived = {
        (each["month"], each["channel"]): len(each["orders_by_month"]) for each in company.truth["cohorts"]
    }
    early = sum(row["lived"] > lived[cohort] for cohort, row in rows.items())
    yield exactly(EFFECT, "cohorts shown before their time", 0, early)
