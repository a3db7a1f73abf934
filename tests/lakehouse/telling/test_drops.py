from lakehouse.telling.drops import Drop, tell_drops
from lakehouse.telling.logbook import read_logs
from lakehouse.telling.logs import start_logging

SAFARI = Drop("iOS · Safari with 3.4.0", "iOS · Safari fell from 20 % to 2 %")
EDGE = Drop("Windows · Edge with 3.5.0", "Windows · Edge fell from 20 % to 10 %")


def tell(settings, *drops):
    return [each.repeated for each in tell_drops(settings, "gold.segment_changes", "team:checkout", drops)]


def test_each_drop_is_told_once_to_its_owner(settings):
    with start_logging(settings, run_id="r1"):
        assert tell(settings, SAFARI) == [False]
        assert tell(settings, SAFARI, EDGE) == [True, False]

    told = [row for row in read_logs(settings).to_pylist() if row["event"] == "alert.metric_dropped"]
    assert [row["message"].partition(":")[0] for row in told] == [SAFARI.finding, EDGE.finding]
    assert [row["message"].count(" fell ") for row in told] == [1, 1]
    assert ["team:checkout" in str(row) for row in told] == [True, True]


def test_a_drop_that_is_over_is_news_again_while_another_lasts(settings):
    tell(settings, SAFARI, EDGE)
    assert tell(settings, EDGE) == [True]

    assert tell(settings, SAFARI, EDGE) == [False, True]


def test_once_nothing_is_down_a_drop_is_news_again(settings):
    tell(settings, SAFARI)
    tell(settings)

    assert tell(settings, SAFARI) == [False]
