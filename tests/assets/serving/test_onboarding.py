from datetime import date

from assets.serving.onboarding import onboarding

COUNTS = {
    "landed": 1_000,
    "began": 200,
    "gave_sign_up": 190,
    "gave_details": 180,
    "asked_address": 150,
    "gave_address": 120,
    "done": 150,
    "done_without_address": 30,
}


def row(**counts):
    return {"day": date(2026, 6, 15), "device": "phone", "release": "3.1.0"} | COUNTS | counts


def test_the_page_says_first_at_which_step_people_leave(gold_lake):
    lake = gold_lake(daily_registration_funnel=[row(), row(device="desktop", done=160)])

    page = onboarding.build(lake.settings)

    steps, way, weeks, devices = page.figures
    assert page.finding == steps.finding
    assert steps.finding == (
        "Most leave the registration at the step address: 20 % of those who reach it, "
        "60 against 310 who registered"
    )
    assert [tuple(each.values()) for each in steps.of.rows] == [
        ("sign up", 400, 20),
        ("details", 380, 20),
        ("address", 300, 60),
    ]
    assert way.finding == "Of 2,000 visits of people unknown 310 end with a registration: 16 %"
    assert weeks.finding == "In the latest week 20 % of the visits began to register, 16 % finished"
    assert devices.finding == "Of those who begin, 75 % finish on a phone, 80 % on a desktop"


def test_where_nobody_begins_to_register_the_page_says_so(gold_lake):
    lake = gold_lake(daily_registration_funnel=[row(**dict.fromkeys(COUNTS, 0)) | {"landed": 5}])

    page = onboarding.build(lake.settings)

    assert page.finding == "Nobody has begun to register"
    assert page.tiles[0].value == "0"


def test_a_shop_without_visits_has_a_page(gold_lake):
    lake = gold_lake(daily_registration_funnel=[])

    assert onboarding.build(lake.settings).finding == "Nobody unknown has visited the shop yet"
