"""The registration: how many leave at each step, and at which one most do."""

from collections.abc import Iterator

from lakehouse.statistics import with_shares
from supercorp.truths import load_truths
from tests.truth.finding import Finding, sampled, verdict
from tests.truth.lakes import Company

EFFECT = "registration"
PASSED = {"sign up": "sign_up", "details": "details", "address": "address"}
_STEPS = """
    SELECT 'sign up' AS step, sum(began) AS reached, sum(began) - sum(gave_sign_up) AS gone
    FROM gold.daily_registration_funnel
    UNION ALL SELECT 'details', sum(gave_sign_up), sum(gave_sign_up) - sum(gave_details)
    FROM gold.daily_registration_funnel
    UNION ALL SELECT 'address', sum(asked_address), sum(asked_address) - sum(gave_address)
    FROM gold.daily_registration_funnel
"""


def read(company: Company) -> Iterator[Finding]:
    planted = load_truths().registration
    rows = with_shares(company.ask(_STEPS), "gone", "reached")
    for row in rows:
        leave = 1 - planted[PASSED[row["step"]]]
        yield sampled(EFFECT, f"leave at {row['step']}", leave, row["share"], (row["low"], row["high"]))
    worst = max(rows, key=lambda row: row["share"])["step"]
    yield verdict(EFFECT, "where most leave", ["address"], worst)
