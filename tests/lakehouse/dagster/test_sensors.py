import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from lakehouse.dagster import sensors
from lakehouse.dagster.names import asset_key
from lakehouse.dagster.sensors import bucket_sensor, look_for_loads, look_for_stale
from lakehouse.discovery import Catalog
from lakehouse.errors import SourceError
from lakehouse.lake import Lake
from lakehouse.telling import alerts
from lakehouse.testing import land

ROW = {"id": 1}


def ask(lake, cursor=None):
    with dg.build_sensor_context(cursor=cursor, instance=dg.DagsterInstance.ephemeral()) as context:
        return bucket_sensor(lake)(context)


@pytest.fixture
def letters(monkeypatch):
    sent = []

    class Way:
        name = "mail"

        def send(self, subject, body, facts):
            sent.append(facts)

    monkeypatch.setattr(alerts, "senders", lambda _: [Way()])
    return sent


def test_an_empty_bucket_asks_for_nothing(weather):
    assert isinstance(ask(weather), dg.SkipReason)


def test_a_new_load_asks_for_its_table_and_all_downstream(weather):
    land(weather, "weather", "readings", [ROW], position=1)
    (request,) = ask(weather).run_requests
    assert set(request.asset_selection) == {asset_key(each) for each in weather.catalog}


def test_the_same_loads_are_asked_for_once(weather):
    land(weather, "weather", "readings", [ROW], position=1)
    first = ask(weather)
    assert isinstance(ask(weather, first.cursor), dg.SkipReason)
    land(weather, "weather", "readings", [ROW], position=2)
    second = ask(weather, first.cursor)
    assert second.run_requests[0].run_key != first.run_requests[0].run_key


def test_a_bad_source_holds_no_other(weather, monkeypatch, letters):
    raw = weather.catalog["raw_readings"]
    other = replace(raw, name="other", source=replace(raw.source, table="other"))
    lake = Lake(weather.settings, Catalog.of([*weather.catalog, other]))
    land(lake, "weather", "readings", [ROW], position=1)
    honest = sensors.pending

    def half_blind(given, dataset, request):
        if dataset.name == "other":
            message = "the listing is damaged"
            raise SourceError(message)
        return honest(given, dataset, request)

    monkeypatch.setattr(sensors, "pending", half_blind)
    assert set(look_for_loads(lake)) == {"raw_readings"}
    assert [facts["dataset"] for facts in letters] == ["bronze.other"]


def test_a_stale_source_is_said_once_and_again_after_it_was_fresh(weather, letters):
    land(weather, "weather", "readings", [ROW], position=1)
    now, late = datetime.now(UTC), datetime.now(UTC) + timedelta(hours=7)
    assert look_for_stale(weather, now) == ()
    for _ in range(2):
        assert look_for_stale(weather, late) == ("bronze.raw_readings",)
    assert [facts["kind"] for facts in letters] == ["source_stale"]
    look_for_stale(weather, now)
    look_for_stale(weather, late)
    assert len(letters) == 2


def test_a_stale_table_names_its_owner(built, letters):
    stale = look_for_stale(built.lake, datetime.now(UTC) + timedelta(hours=3))
    assert stale == ("silver.readings",)
    assert letters[0]["owner"] == "ada@example.org"


def test_the_cursor_forgets_loads_that_were_taken(weather):
    cursor = json.dumps({"raw_readings": "digest of loads that are gone"})
    assert isinstance(ask(weather, cursor), dg.SkipReason)
