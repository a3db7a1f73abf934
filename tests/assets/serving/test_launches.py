from datetime import UTC, date, datetime

import pytest

from assets.serving.launches import launches


def readout(version, metric="registrations", **values):
    return {
        "release_id": int(version.replace(".", "")),
        "metric": metric,
        "version": version,
        "title": f"Title {version}",
        "owner": "team:onboarding",
        "released_on": date(2026, 3, int(version[-1]) + 1),
        "days": 28,
        "before": 100.0,
        "after": 114.0,
        "observed": 0.14,
        "season": 0.0857,
        "effect": 0.05,
        "low": -0.03,
        "high": 0.14,
        "p_value": 0.2,
        "p_adjusted": 0.4,
        "taken_out": ["release 3.2.0"],
        "verdict": "cannot be told",
    } | values


def feature(version, title, verdict, **values):
    return {
        "release_id": int(version.replace(".", "")),
        "component": "shop_front",
        "version": version,
        "title": title,
        "owner": "team:checkout",
        "released_at": datetime(2026, 3, 1, tzinfo=UTC),
        "feature": title.lower(),
        "tracked_by": f"{title} used",
        "visitors": 200,
        "users": 0,
        "verdict": verdict,
    } | values


def planned(event, property_, verdict, **values):
    return {
        "call": "track",
        "event": event,
        "sent_by": "browser",
        "property": property_,
        "required": True,
        "messages": 10,
        "with_property": 0,
        "ever": 0,
        "verdict": verdict,
    } | values


READOUTS = [
    readout("3.3.0"),
    readout("3.3.1", "visits with an order", effect=-0.22, low=-0.27, high=-0.16, verdict="fell"),
    readout("3.3.2", observed=None, effect=None, low=None, high=None, season=None, verdict="too early"),
]
FEATURES = [
    feature("3.2.0", "Wish list", "never seen"),
    feature("3.5.0", "Card", "used", users=70, adoption=0.35, planned_adoption=0.5),
]
GAPS = [
    planned("Wished", "", "never arrives"),
    planned("Viewed", "product_id", "stopped arriving", since_release="3.4.1"),
    planned("Viewed", "price", "arrives"),
]


@pytest.fixture
def page(gold_lake):
    lake = gold_lake(launch_readouts=READOUTS, feature_adoption=FEATURES, tracking_gaps=GAPS)
    return launches.build(lake.settings)


def test_what_moved_comes_first_with_its_interval(page):
    assert page.finding == "3.3.1 (Title 3.3.1): visits with an order fell, -22 % (-27 % to -16 %)"
    assert [tile.value for tile in page.tiles] == ["1", "1", "1"]
    assert "Nothing was drawn by lot" in page.figures[0].limits
    assert page.figures[0].chart.svg().startswith("<svg")


def test_growth_after_a_launch_is_split_into_season_and_launch(page):
    assert page.figures[1].finding == (
        "Title 3.3.0: of the +14 % in registrations, +8.6 % are season and all else, +5.0 % the release's "
        "(-3.0 % to +14 %)"
    )


def test_a_feature_that_nobody_can_see_is_named_and_one_that_falls_short_too(page):
    assert page.figures[2].finding == (
        "Nobody can say whether it is used, since its event has never come: Wish list (Wish list used); "
        "Card by 35 % of planned 50 %"
    )


def test_what_the_tracking_plan_promises_in_vain_is_named(page):
    assert page.figures[3].finding == (
        "Of what the tracking plan promises, never arrives: Wished; stopped arriving: product_id since 3.4.1"
    )
    assert len(page.figures[3].of.rows) == 2


def test_where_nothing_moved_the_page_says_that_nobody_can_tell(gold_lake):
    lake = gold_lake(launch_readouts=READOUTS[:1], feature_adoption=FEATURES[1:], tracking_gaps=GAPS[2:])
    page = launches.build(lake.settings)

    assert page.finding.startswith(
        "No release can be told to have changed anything; too early or too short for 0"
    )
    assert (
        page.figures[-1].finding == "All that the tracking plan promises arrives: messages and properties, 1"
    )


def test_without_releases_the_page_says_so(gold_lake):
    lake = gold_lake(launch_readouts=[], feature_adoption=[], tracking_gaps=[])

    assert launches.build(lake.settings).finding == "Nothing has been released yet"
