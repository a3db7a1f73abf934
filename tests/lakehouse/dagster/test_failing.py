import dagster as dg
import pytest

from lakehouse.dagster import step
from lakehouse.dagster.failing import refused
from lakehouse.dagster.running import Status, run_lake
from lakehouse.engine import deltalog
from lakehouse.errors import BatchRefused
from lakehouse.telling import alerts
from lakehouse.testing import land
from lakehouse.writing.record import RuleCount
from lakehouse.writing.request import Pending


@pytest.fixture
def letters(monkeypatch):
    """The alerts that would be sent."""
    sent = []

    class Way:
        name = "mail"

        def send(self, subject, body, facts):
            sent.append((subject, body, facts))

    monkeypatch.setattr(alerts, "senders", lambda _: [Way()])
    return sent


def hot(number):
    return {
        "id": number,
        "station": "s",
        "observer": None,
        "celsius": 55.0,
        "read_at": "2026-01-02T10:30:00Z",
    }


def test_a_refused_batch_stops_what_lies_downstream_tells_the_owner_once_and_is_over_when_mended(
    built, letters, monkeypatch
):
    """Fifty-five degrees: a reading may have them, a week may not."""
    lake = built.lake
    before = deltalog.version(lake.table(lake.catalog["weekly_heat"]))
    land(lake, "weather", "readings", [hot(9)], position=2)

    report = run_lake(lake)

    ended = {each.dataset.name: each for each in report.datasets}
    weekly = ended.pop("weekly_heat")
    assert weekly.status is Status.FAILED
    assert isinstance(weekly.error, BatchRefused)
    assert ended.pop("records").status is Status.SKIPPED
    assert {each.status for each in ended.values()} == {Status.WRITTEN}
    touched = {name: each.outcome.record.windows for name, each in ended.items()}
    assert touched["hourly_heat"] == ("2026-01-02-10:00",)
    assert touched["daily_heat"] == touched["dog_days"] == ("2026-01-02",)
    assert touched["monthly_heat"] == ("2026-01-01",)
    assert not report.ok
    assert deltalog.version(lake.table(lake.catalog["weekly_heat"])) == before
    ((subject, body, facts),) = letters
    assert "team:weather" in subject
    assert "warmest__le" in body
    assert facts["kind"] == "check_failed"

    def still(*_):
        raise weekly.error

    monkeypatch.setattr(step, "write", still)
    assert run_lake(lake, ["weekly_heat"]).of(Status.FAILED)
    assert len(letters) == 1

    with monkeypatch.context() as patch:
        patch.setattr(step, "pending", lambda *_: Pending(()))
        assert run_lake(lake, ["weekly_heat"]).ok
    assert run_lake(lake, ["weekly_heat"]).of(Status.FAILED)
    assert len(letters) == 2


def test_a_foreign_error_shows_no_value(built, letters, monkeypatch):
    def broken(*_):
        message = "cannot cast the value 'eve@example.org' of a row"
        raise ValueError(message)

    monkeypatch.setattr(step, "write", broken)
    land(built.lake, "weather", "readings", [hot(10)], position=3)
    report = run_lake(built.lake, ["raw_readings"])
    assert "eve@example.org" not in report.of(Status.FAILED)[0].problem
    home = built.lake.settings.dagster_home
    assert not [file for file in home.rglob("*") if file.is_file() and b"eve@example" in file.read_bytes()]
    assert [facts["owner"] for _, _, facts in letters] == ["team:weather"]


def test_the_verdicts_on_a_refused_batch_are_told_where_the_error_has_them(weather):
    counts = {"celsius__le": RuleCount(2, "fail"), "not_freezing": RuleCount(0, "warn")}
    error = BatchRefused("refused", counts=counts, samples={"celsius__le": ("reading_id=9",)}, rows=3)
    assert not list(refused(weather.catalog["readings"], BatchRefused("refused")))
    found = {each.check.name: each.evaluation() for each in refused(weather.catalog["readings"], error)}
    assert not found["celsius__le"].passed
    assert found["celsius__le"].severity is dg.AssetCheckSeverity.ERROR
    assert found["celsius__le"].metadata["sample keys"].value == "reading_id=9"
    assert found["not_freezing"].passed
