from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from assets.serving.marketing import marketing

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))


def costs(campaign, month, spend, clicks, customers, channel="search", **values):  # noqa: PLR0917 - a row
    counts = dict.fromkeys(("sessions", "accounts", "last_touch_customers"), customers)
    return {
        "campaign": campaign,
        "month": month,
        "channel": channel,
        "spend": None if spend is None else Decimal(spend),
        "clicks": clicks,
        "customers": customers,
        "position_customers": float(customers),
        "revenue": Decimal(customers * 10),
        **counts,
    } | values


def cell(channel, month, months_since, customers, buyers, revenue):  # noqa: PLR0917 - a row
    return {
        "channel": channel,
        "month": month,
        "months_since": months_since,
        "customers": customers,
        "buyers": buyers,
        "revenue": Decimal(revenue),
    }


CAMPAIGNS = [
    costs("brand", MARCH, 60, 30, 10),
    costs("brand", APRIL, 140, 70, 10),
    costs("sweepstake", APRIL, 100, 1000, 2, "social"),
    costs("weekly", APRIL, None, 0, 5, "email"),
]
COHORTS = [
    cell("search", MARCH, 1, 10, 5, 100),
    cell("search", MARCH, 2, 10, 6, 300),
    cell("social", MARCH, 1, 20, 5, 100),
    cell("social", MARCH, 2, 20, 5, 100),
    cell("search", APRIL, 1, 10, 5, 900),
]


@pytest.fixture
def built(gold_lake):
    """The page over some tables, with data up to a day."""

    def build(campaigns=(), cohorts=(), until=date(2026, 8, 1)):
        newest = datetime(until.year, until.month, until.day, 12, tzinfo=UTC)
        lake = gold_lake(
            campaign_costs=list(campaigns),
            acquisition_cohorts=list(cohorts),
            customer_acquisitions=[{"customer_id": 1, "measured_until": newest}],
        )
        return marketing.build(lake.settings)

    return build


def test_the_dearest_customers_come_first_whatever_their_clicks_cost(built):
    page = built(CAMPAIGNS, COHORTS)

    campaigns, clicks, cohorts = page.figures
    assert page.finding == campaigns.finding
    assert campaigns.finding == (
        "A customer costs € 50.00 through sweepstake (€ 0.10 a click), € 10.00 through brand (€ 2.00 a click)"
    )
    assert campaigns.of.column("campaign") == ["sweepstake", "brand"]
    assert clicks.finding == (
        "20 % of the clicks on brand end in a first purchase, 0.2 % of those on sweepstake"
    )
    assert cohorts.finding == ("After 2 months a customer by search has paid € 30.00, one by social € 5.00")
    assert [tile.value for tile in page.tiles] == ["€ 300", "€ 13.64", "€ 0.00"]


def test_campaigns_that_buy_nobody_stand_on_top(built):
    page = built([*CAMPAIGNS, costs("lookalike", APRIL, 70, 50, 0, "social")])

    assert page.finding == "€ 70.00 bought no customer: lookalike"
    assert page.figures[0].of.column("campaign") == ["lookalike", "sweepstake", "brand"]
    assert page.tiles[2].good is False


def test_letters_which_take_months_are_not_held_against_clicks(built):
    page = built([*CAMPAIGNS, costs("letter", MARCH, 1000, 0, 1, "direct_mail")])

    assert page.finding.startswith("A customer costs € 50.00 through sweepstake")
    assert page.figures[0].of.column("campaign") == ["letter", "sweepstake", "brand"]
    drawn = page.figures[0].chart.spec["data"]["values"]
    assert [row["campaign"] for row in drawn] == ["sweepstake", "brand"]


def test_where_only_letters_are_paid_for_the_page_says_so(built):
    assert built(LETTERS).finding == "€ 2,000 went into letters, none into clicks"


def test_a_cell_that_is_still_baking_is_empty(built):
    drawn = built(CAMPAIGNS, COHORTS).figures[-1].chart.spec["data"]["values"]

    assert {each["months_since"] for each in drawn if each["cohort"] == "search · Apr 2026"} == {1}


LETTERS = [
    costs("letter", MARCH, 1000, 0, 0, "direct_mail"),
    costs("letter", MAY, 1000, 0, 0, "direct_mail"),
]
ANSWERS = [
    cell("direct_mail", MARCH, 3, 20, 10, 500),
    cell("direct_mail", APRIL, 3, 30, 10, 500),
    cell("direct_mail", MAY, 3, 60, 50, 900),
    cell("direct_mail", JUNE, 3, 60, 30, 900),
]


def test_direct_mail_is_too_early_until_the_last_who_answer_have_had_ninety_days(built):
    (_, mail, _) = built(LETTERS, ANSWERS, until=date(2026, 9, 28)).figures

    assert mail.finding == (
        "Direct mail of May 2026: too early until 2026-09-29 to say what a customer costs. A customer by the "
        "letters of March 2026 costs € 50.00; there is no mailing before to hold it against"
    )
    assert mail.of.column("cost_per_buyer") == [50.0, None]


def test_direct_mail_has_its_verdict_once_it_can_be_told(built):
    (_, mail, _) = built(LETTERS, ANSWERS, until=date(2026, 9, 29)).figures

    assert mail.finding == (
        "A customer by the letters of May 2026 costs € 12.50, by those of March 2026 € 50.00: "
        "-75 % (-85 % to -59 %)"
    )


def test_two_mailings_that_nobody_can_tell_apart_are_not_called_different(built):
    alike = [*ANSWERS[:2], cell("direct_mail", MAY, 3, 60, 24, 900)]

    (_, mail, _) = built(LETTERS, alike, until=date(2026, 9, 29)).figures

    assert mail.finding.endswith("€ 50.00: nobody can tell them apart")


def test_letters_that_nobody_answered_brought_nobody(built):
    mail = built(LETTERS[:1], until=date(2026, 9, 29)).figures[1]

    assert mail.finding == (
        "The letters of March 2026 cost € 1,000 and brought nobody who bought within three months"
    )


def test_without_a_bill_there_is_a_page(built):
    assert built(CAMPAIGNS[3:]).finding == "No campaign has been billed yet"
