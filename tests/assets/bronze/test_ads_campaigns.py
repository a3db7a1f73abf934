from assets.bronze.ads_campaigns import ads_campaigns


def test_a_report_is_kept_as_it_came_and_may_tell_of_a_day_again():
    assert ads_campaigns.function("the rows as they came") == "the rows as they came"
    assert ads_campaigns.spec.key == ("day", "campaign_id")
    assert ads_campaigns.batch_rules == ()
