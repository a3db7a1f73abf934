import pytest

from assets.serving.support import support


def read(order_value="all", days=30, value_from=None, **values):
    return {
        "order_value": order_value,
        "days": days,
        "value_from": value_from,
        "fast": 400,
        "fast_bought": 260,
        "slow": 600,
        "slow_bought": 320,
        "immature": 50,
        "compared": 400,
        "raw": 0.117,
        "raw_low": 0.06,
        "raw_high": 0.17,
        "adjusted": 0.07,
        "adjusted_low": 0.01,
        "adjusted_high": 0.13,
        "case_mix": 0.047,
    } | values


def ticket(number, **values):
    return {
        "ticket_id": number,
        "group": "resolved",
        "category": "damaged" if number % 2 else "payment",
        "wrote_again": number % 2 == 1,
        "earlier_orders": 0,
        "within_hour": number % 10 in {0, 2, 4},
        "bought_30": None if number % 5 == 0 else number % 4 == 0,
    } | values


TICKETS = [
    *(ticket(number) for number in range(40)),
    ticket(50, group="unresolved", within_hour=None, bought_30=None),
    ticket(51, group="about no order", bought_30=None),
]


@pytest.fixture
def page(gold_lake):
    conversions = [
        read(days=90, raw_low=-0.1),
        read(),
        read("100-200", value_from=100, adjusted_low=-0.1),
        read("0-100", value_from=0),
        read("500+", value_from=500, adjusted=None, adjusted_low=None, adjusted_high=None),
    ]
    return support.build(gold_lake(ticket_conversions=conversions, ticket_outcomes=TICKETS).settings)


def test_the_effect_and_what_easy_questions_add_to_it_come_first(page):
    assert page.finding == (
        "After a ticket resolved within the hour 7.0 points more buy again (+1.0 points to +13.0 points); "
        "of the raw +11.7 points, +4.7 points are easy questions"
    )
    assert [tile.value for tile in page.tiles] == ["42", "40 %", "+7.0 points"]
    assert "Nobody drew lots" in page.figures[0].limits


def test_buckets_stand_in_order_and_the_clear_ones_are_named(page):
    by_value = page.figures[1]

    assert by_value.of.column("order_value") == ["0-100", "100-200", "500+"]
    assert by_value.finding == "By value of the order, the difference is clear for € 0-100"
    assert by_value.chart.svg().startswith("<svg")


def test_the_confounding_is_said_in_words(page):
    assert page.figures[2].finding == (
        "Questions settled with one message are answered within the hour in 60 %, others in 0.0 %; "
        "even after a slow answer 50 % against 0.0 % buy again"
    )


def test_a_difference_that_may_be_chance_is_not_claimed(gold_lake):
    few = [ticket(number, within_hour=number < 3) for number in range(6)]
    page = support.build(gold_lake(ticket_conversions=[read()], ticket_outcomes=few).settings)

    assert page.figures[1].finding.endswith("cannot be told yet")


def test_what_is_left_out_stands_apart(page):
    apart = page.figures[-1]

    assert apart.finding == "2 tickets are not compared, 8 more not yet"
    assert {row["of"]: row["tickets"] for row in apart.of.rows} == {
        "resolved": 40,
        "unresolved": 1,
        "about no order": 1,
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"adjusted_low": -0.01}, "cannot be told: -1.0 points to +13.0 points"),
        (
            {"raw": None, "adjusted": None, "immature": 40},
            "Too early: 40 tickets were resolved, none of them",
        ),
        ({"adjusted": None}, "has one like it"),
    ],
)
def test_what_cannot_be_told_is_not(gold_lake, values, said):
    lake = gold_lake(ticket_conversions=[read(**values)], ticket_outcomes=TICKETS)

    assert said in support.build(lake.settings).finding


def test_without_tickets_the_page_says_so(gold_lake):
    lake = gold_lake(ticket_conversions=[], ticket_outcomes=[])

    assert support.build(lake.settings).finding == "Nobody has written to the help desk yet"
