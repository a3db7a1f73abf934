from lakehouse.pages.intervals import intervals

ROWS = [
    {"metric": "orders", "lift": -0.095, "from": -0.145, "to": -0.043},
    {"metric": "revenue", "lift": 0.046, "from": -0.001, "to": 0.095},
]


def test_each_change_is_drawn_with_its_number():
    chart = intervals(ROWS, "metric", "lift", low="from", high="to", title="change")
    drawn = chart.svg()

    assert "−9.5%" in drawn  # noqa: RUF001 - as it is drawn
    assert "+4.6%" in drawn
    assert "revenue" in drawn
    assert chart.describes == "change by metric, with intervals"


def test_what_may_be_none_is_told_apart():
    chart = intervals(ROWS, "metric", "lift", low="from", high="to", title="change")

    assert [row["open"] for row in chart.spec["data"]["values"]] == [False, True]
