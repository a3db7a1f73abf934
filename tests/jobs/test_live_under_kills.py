"""After a life with kills the bucket gives the production database again, every table, to the value."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.shop_changes import SOURCE
from lakehouse.settings import Settings
from supercorp.clock import DAY
from supercorp.postgres import Postgres
from tests.conftest import PROJECT
from tests.jobs.live_under_kills import KILLED, Beside, differences
from tests.jobs.rebuilt import UNCHANGED, lines_of, loads_of


@pytest.fixture(scope="module")
def lived(machine: dict[str, object]) -> Iterator[Beside]:
    """A tiny company that has lived some days while everything was killed once."""
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as server:
        Path(folder).chmod(0o755)
        settings = Settings(_env_file=None, project=PROJECT, var=Path(folder) / "var", **machine)
        with pytest.MonkeyPatch.context() as patch, Beside(settings, server, speed=40_000) as beside:
            patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
            beside.history("tiny", 7, lambda _: None)
            beside.start()
            for what in KILLED:
                beside.live_on(DAY // 2)
                beside.kill(what)
            beside.finish()
            yield beside


def test_every_table_is_what_the_bucket_says_by_changes_and_by_dumps(lived: Beside) -> None:
    assert lived.lived() > 2 * DAY
    found = list(differences(lived))
    assert len(found) == 18
    assert all(rows for _, rows, _, _ in found)
    assert [each for each in found if each[2] or each[3]] == []


def test_the_changes_held_everything_that_is_hard_to_rebuild(lived: Beside) -> None:
    def changes(table: str) -> list[dict[str, object]]:
        return [
            line
            for load in loads_of(lived.settings.bucket_dir, SOURCE, table)
            if load.kind == "incremental"
            for line in lines_of(load)
        ]

    orders = [line["after"] for line in changes("orders")]
    assert {"gift" in row for row in orders} == {True, False}
    assert any(row["description"] == UNCHANGED for row in (line["after"] for line in changes("products")))
    assert "t" in {line["op"] for line in changes("price_imports")}
    for table in ("customers", "addresses", "vendors"):
        assert "d" in {line["op"] for line in changes(table)}
    assert "wallet" in {line["after"]["method"] for line in changes("payments")}
