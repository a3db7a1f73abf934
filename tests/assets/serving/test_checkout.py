from datetime import date, timedelta

import pytest

from assets.serving.checkout import checkout
from assets.serving.checkout_segments import recent_drops
from lakehouse.pages import Results
from lakehouse.telling.drops import Drop

DAY = date(2026, 6, 15)
STEPS = ("viewed", "added", "began_checkout", "gave_shipping", "gave_payment")


def visits(day, browser, release, sessions, ordered):
    kind = {"device": "phone", "os": "iOS" if browser == "Safari" else "Android", "browser": browser}
    counts = dict.fromkeys(STEPS, ordered + 10) | {"sessions": sessions, "ordered": ordered}
    return {"day": day, "release": release, **kind, **counts, "lost_cart": 0, "went_back": 0}


def segment(**values):
    return {
        "release": "3.4.0",
        "dimension": "os",
        "segment": "iOS",
        "released_on": DAY,
        "replaced": "3.3.0",
        "os": "iOS",
        "sessions_before": 200,
        "orders_before": 40,
        "sessions_after": 200,
        "orders_after": 4,
        "expected": 0.22,
        "lost_orders": 40.0,
        "lost_low": 20.0,
        "lost_high": 60.0,
        "verdict": "fell",
    } | values


def back(device, **values):
    names = ("ordered", "other_checkouts", "other_ordered", "other_paid", "compared", "checkouts", "paid")
    return {"device": device, **dict.fromkeys(names, 0)} | values


FUNNEL = [
    visits(DAY - timedelta(days=7), "Safari", "3.3.0", 200, 40),
    visits(DAY - timedelta(days=7), "Chrome", "3.3.0", 400, 80),
    visits(DAY, "Safari", "3.4.0", 200, 4),
    visits(DAY, "Chrome", "3.4.0", 400, 84),
    visits(DAY + timedelta(days=7), "Safari", "3.5.0", 100, 2),
    visits(DAY + timedelta(days=7), "Chrome", "3.5.0", 400, 80),
]
LOSS = back(
    "all",
    checkouts=40,
    ordered=38,
    paid=4,
    other_checkouts=300,
    other_paid=270,
    compared=40,
    paid_share=0.1,
    expected_share=0.9,
    lost_orders=32.0,
    lost_low=28.0,
    lost_high=35.0,
)


@pytest.fixture
def built(gold_lake):
    """The page over some tables."""

    def build(funnel=(), segments=(), backs=(), afters=()):
        lake = gold_lake(
            daily_checkout_funnel=list(funnel),
            segment_changes=list(segments),
            confirmation_back_button=list(backs),
            orders_after_back=list(afters),
        )
        return checkout.build(lake.settings)

    return build


def test_the_page_says_first_which_segment_fell_with_which_release_and_what_it_costs(built):
    page = built(FUNNEL, [segment(), segment(segment="Android", verdict="followed")], [LOSS, back("phone")])

    fell, lost, weeks, after_back, way, browsers = page.figures
    assert page.finding == fell.finding
    assert fell.finding == "iOS fell from 20 % to 2.0 % with 3.4.0: about 40 orders lost (20 to 60)"
    assert lost.finding == "iOS has lost about 60 orders since 3.4.0 (30 to 90)"
    assert weeks.finding == "iOS orders in 2.0 % of its visits in the latest week, all others in 20 %"
    assert [row["visits"] for row in weeks.of.rows] == [400, 200, 400, 200, 400, 100]
    assert after_back.finding.endswith(
        "10 % of the next checkouts are paid for, of others 90 %: 32 orders lost (28 to 35)"
    )
    assert way.finding == "The widest leak: 79 % of the visits that came never looked at a product"
    assert way.of.rows[-1] == {"step": "ordered", "visits": 290, "went_on": 290 / 350}
    assert browsers.finding == "iOS · Safari orders in 9.2 % of its visits, Android · Chrome in 20 %"
    assert all(figure.definition for figure in page.figures)


def test_what_rose_is_no_loss(built):
    rise = segment(verdict="rose", orders_after=60, lost_orders=-20.0, lost_low=-30.0, lost_high=-10.0)

    page = built(FUNNEL, [rise], [LOSS])

    assert page.finding == "iOS rose from 20 % to 30 % with 3.4.0: about 20 orders won (10 to 30)"
    assert page.tiles[1].value == "0"


def test_what_customers_buy_after_back_is_told_where_it_differs(built):
    after = {"device": "all", "orders": 90, "other_orders": 900, "later": 1.3, "other_later": 2.5}
    less = after | {"lost": 1.2, "lost_low": 1.1, "lost_high": 1.3}

    *_, told, _, _ = built(FUNNEL, [], [LOSS], [less]).figures

    assert told.finding == "Customers buy 1.20 times less in the 60 days after Back (1.10 to 1.30)"


def test_where_nothing_moved_and_nobody_went_back_the_page_says_so(built):
    page = built(FUNNEL, [segment(verdict="unchanged")], [back("all")])

    assert page.finding == "No kind of browser moved against the others; releases looked at: 1"
    assert page.figures[1].finding == "Nobody has checked out again after Back on the confirmation page"


def test_a_difference_that_may_be_none_is_not_called_one(built):
    page = built(FUNNEL, [], [LOSS | {"lost_low": -3.0}])

    assert page.figures[1].finding.endswith("too few to tell them apart")


def test_what_fell_with_a_recent_release_is_a_drop_to_be_told(gold_lake):
    old = segment(release="3.3.0", released_on=DAY - timedelta(days=40))
    lake = gold_lake(daily_checkout_funnel=FUNNEL, segment_changes=[segment(), old])

    assert recent_drops(Results(lake.settings)) == (
        Drop("iOS with 3.4.0", "iOS fell from 20 % to 2.0 % orders per visit with 3.4.0, all others did not"),
    )


def test_a_shop_without_visits_has_a_page(built):
    assert built().finding == "Nobody has visited the shop yet"
