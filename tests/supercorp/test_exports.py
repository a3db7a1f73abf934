"""What the other systems deliver as files: the same bytes each time, whole, and dirty as truth says."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from jobs.exports import land_exports
from lakehouse.capture.loads import list_loads
from supercorp.errors import ExportError
from supercorp.exports import ExportFile, exports_of, write_files
from supercorp.exports.ads import ad_report
from supercorp.exports.help_desk import ticket_export, tickets_changed
from supercorp.exports.sheet import RENAMED, sheet_file, sheet_week, sheet_weeks
from supercorp.exports.tracking import plan_is_exported
from supercorp.rows import email, full_name, telephone
from supercorp.truth.operations import operations_truth
from supercorp.world import World, simulate


@pytest.fixture(scope="module")
def truth(tiny: World) -> dict[str, Any]:
    return operations_truth(tiny)


def days_of(world: World) -> list[date]:
    return [world.first_day + timedelta(days=number) for number in range(world.days)]


def report(world: World, day: date) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ad_report(world, day).content.decode())))


@pytest.fixture(scope="module")
def tickets(tiny: World) -> list[list[dict[str, Any]]]:
    """The tickets of each day's export."""
    files = [ticket_export(tiny, day).content.decode() for day in days_of(tiny)]
    return [[json.loads(line) for line in file.splitlines()] for file in files]


def test_a_days_files_are_the_same_every_time_and_known_by_their_day(tiny: World) -> None:
    monday = next(day for day in days_of(tiny) if day.weekday() == 0)
    files = exports_of(tiny, monday)
    assert files == exports_of(simulate("tiny", 7, live_days=2), monday)
    year, week, _ = monday.isocalendar()
    assert [file.name for file in files] == [
        f"ads/campaigns/{monday}.csv",
        f"help_desk/tickets/{monday}.jsonl",
        f"warehouse/reorder_overrides/{year}-W{week:02d}.xlsx",
        f"tracking/plan/{monday}.jsonl",
    ]
    assert len(exports_of(tiny, monday + timedelta(days=1))) == 2


def test_the_plan_comes_on_the_opening_day_and_on_mondays(tiny: World) -> None:
    opened_on_a_tuesday = replace(tiny, days=tiny.days - 1)
    exported = [day for day in days_of(opened_on_a_tuesday) if plan_is_exported(opened_on_a_tuesday, day)]
    assert [day.weekday() for day in exported] == [1, 0, 0, 0, 0]


def test_a_report_covers_eight_days_and_moves_towards_the_truth(tiny: World) -> None:
    day = tiny.first_day + timedelta(days=12)
    assert {row["day"] for row in report(tiny, day)} == {
        (day - timedelta(days=back)).isoformat() for back in range(8)
    }
    number = (day - tiny.first_day).days
    for position, campaign in enumerate(tiny.campaigns):
        final = int(tiny.ads.clicks[position, number]), int(tiny.ads.impressions[position, number])
        said = [
            (int(row["clicks"]), int(row["impressions"]))
            for later in range(8)
            for row in report(tiny, day + timedelta(days=later))
            if (row["day"], row["campaign"]) == (day.isoformat(), campaign.name)
        ]
        if said:
            assert said[-1] == final
            assert [clicks for clicks, _ in said] == sorted((clicks for clicks, _ in said), reverse=True)
            assert [seen for _, seen in said] == sorted(seen for _, seen in said)


def test_what_was_said_last_of_each_settled_day_is_what_truth_says(
    tiny: World, truth: dict[str, Any]
) -> None:
    ads, last = truth["ads"], {}
    for day in days_of(tiny) + [tiny.last_day + timedelta(days=number) for number in range(1, 8)]:
        for row in report(tiny, day):
            last[row["day"], row["campaign"]] = row
    history = [row for row in last.values() if row["day"] <= tiny.last_day.isoformat()]
    for name, final in ads.items():
        rows = [row for row in history if row["campaign"] == name]
        assert sum(int(row["clicks"]) for row in rows) == final["clicks"]
        assert sum(int(row["impressions"]) for row in rows) == final["impressions"]
        assert sum(Decimal(row["spend"]) for row in rows) == Decimal(final["spend"])
    assert ads["brand_search"]["days_restated"] > 0
    assert ads["spring_letter"]["days_restated"] == 0


def test_every_ticket_is_exported_whole_whenever_it_changes(
    tiny: World, tickets: list[list[dict[str, Any]]], truth: dict[str, Any]
) -> None:
    seen = Counter(ticket["id"] for day in tickets for ticket in day)
    assert set(seen) == set(range(1, truth["help_desk"]["tickets"] + 1))
    latest = {ticket["id"]: ticket for day in tickets for ticket in day}
    assert sum(ticket["status"] == "solved" for ticket in latest.values()) == truth["help_desk"]["solved"]
    for day, found in zip(days_of(tiny), tickets, strict=True):
        for ticket in found:
            times = [datetime.fromisoformat(message["at"]) for message in ticket["messages"]]
            assert times == sorted(times)
            assert times[0] == datetime.fromisoformat(ticket["created_at"])
            assert times[-1] == datetime.fromisoformat(ticket["updated_at"])
            assert times[-1].date() == day
            if ticket["solved_at"]:
                assert ticket["minutes_to_first_reply"] <= ticket["minutes_to_resolution"]


def test_personal_data_is_pasted_where_truth_says_and_nowhere_else(
    tiny: World, tickets: list[list[dict[str, Any]]], truth: dict[str, Any]
) -> None:
    texts = {
        ticket["id"]: " ".join(message["text"] for message in ticket["messages"])
        for day in tickets
        for ticket in day
    }
    found: dict[str, list[int]] = {kind: [] for kind in truth["help_desk"]["pasted"]}
    for ticket, text in sorted(texts.items()):
        customer = int(tiny.tickets.customer[ticket - 1])
        values = {
            "email": (email(tiny, customer), email(tiny, customer, changed=True)),
            "phone": (telephone(tiny, customer),),
            "order_number": (f"order {tiny.tickets.order[ticket - 1] + 1}.",),
            "name": (f", {full_name(tiny, customer)}",),
        }
        for kind, possible in values.items():
            if any(value in text for value in possible):
                found[kind].append(ticket)
    assert found == truth["help_desk"]["pasted"]
    assert min(map(len, found.values())) > 0


def test_a_span_cut_in_two_gives_the_tickets_of_both(tiny: World) -> None:
    start, end = tiny.setting.first, tiny.end
    middle = (start + end) // 2
    whole = {ticket["id"]: ticket for ticket in tickets_changed(tiny, start, end)}
    parts = [*tickets_changed(tiny, start, middle), *tickets_changed(tiny, middle, end)]
    assert {ticket["id"]: ticket for ticket in parts} == whole


def test_the_sheet_is_typed_by_hand_as_truth_says(tiny: World, truth: dict[str, Any]) -> None:
    weeks = sheet_weeks(tiny, tiny.first_day, tiny.last_day)
    assert [sheet_week(tiny, day).name for day in weeks] == list(truth["sheet"])
    renamed = 0
    for day in weeks:
        file = sheet_file(tiny, day)
        planted = truth["sheet"][file.name]
        sheet = openpyxl.load_workbook(io.BytesIO(file.content))["Reorder"]
        assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:G1", "D2:E2"}
        header, *rows = list(sheet.values)[2:]
        renamed += RENAMED[1] in header
        assert (RENAMED[1] in header) == planted["renamed_column"]
        totals = [row for row in rows if row[1] == "Total"]
        assert bool(totals) == planted["total_row"]
        goods = [row for row in rows if row[1] != "Total"]
        assert len(goods) == planted["rows"]
        assert sum(isinstance(row[3], str) for row in goods) == planted["numbers_with_comma"]
        assert sum(row[5] is not None for row in goods) == planted["dates"]
        assert sum(isinstance(row[5], str) for row in goods) == planted["dates_as_text"]
    assert renamed == 1
    assert sum(planted["dates_as_text"] for planted in truth["sheet"].values()) > 0
    assert sum(planted["numbers_with_comma"] for planted in truth["sheet"].values()) > 0


def test_files_are_written_whole_or_not_at_all(tmp_path) -> None:
    files = [ExportFile("ads/campaigns/1.csv", b"one"), ExportFile("ads/campaigns/2.csv", b"two")]
    assert [path.read_bytes() for path in write_files(files, tmp_path)] == [b"one", b"two"]
    assert sorted(path.name for path in (tmp_path / "ads" / "campaigns").iterdir()) == ["1.csv", "2.csv"]
    (tmp_path / "help_desk").write_text("a file where a folder should be")
    with pytest.raises(ExportError, match=r"help_desk.*cannot be written.*Remedy: free some disk space"):
        write_files([ExportFile("help_desk/tickets/1.jsonl", b"")], tmp_path)


def test_the_exports_of_a_history_lie_in_the_bucket_as_loads_in_order(tiny: World, tmp_path: Path) -> None:
    written = land_exports(tiny, tmp_path)
    assert land_exports(tiny, tmp_path) == []
    for system, table in (("ads", "campaigns"), ("help_desk", "tickets")):
        listing = list_loads(tmp_path, system, table)
        assert listing.problems == ()
        names = [file.path.stem for load in listing.loads for file in load.files]
        assert names == [day.isoformat() for day in days_of(tiny)]
    sheets = len(sheet_weeks(tiny, tiny.first_day, tiny.last_day))
    plans = sum(plan_is_exported(tiny, day) for day in days_of(tiny))
    assert len(written) == 2 * tiny.days + sheets + plans
