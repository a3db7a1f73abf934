"""The event stream: Segment's messages, the same however time is cut, dirty by known numbers."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from supercorp.clock import DAY, HOUR, NEVER
from supercorp.crowd.steps import BEGAN, DONE
from supercorp.events import events_on, tally
from supercorp.events.plan import TRACKING_PLAN, plan_entries
from supercorp.releases import release_time
from supercorp.world import World, simulate

Lines = list[tuple[int, bytes]]
TYPES = {"string": str, "number": int | float, "integer": int, "boolean": bool, "array": list}


@pytest.fixture(scope="module")
def lines(tiny: World) -> Lines:
    return list(events_on(tiny, tiny.setting.first, tiny.end))


@pytest.fixture(scope="module")
def said(tiny: World) -> dict[str, dict[str, int]]:
    return tally(tiny, tiny.setting.first, tiny.end)


def parsed(lines: Lines) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines that are not broken."""
    for received, line in lines:
        try:
            yield received, json.loads(line)
        except json.JSONDecodeError:
            continue


@pytest.fixture(scope="module")
def whole(lines: Lines) -> list[tuple[int, dict[str, Any]]]:
    return list(parsed(lines))


@pytest.fixture(scope="module")
def messages(whole: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each message once, without repeats."""
    return list({message["messageId"]: message for _, message in whole}.values())


def micros(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


@pytest.mark.parametrize("step", [HOUR * 7, DAY * 3])
def test_the_stream_is_the_same_however_it_is_cut(tiny: World, lines: Lines, step: int) -> None:
    start, end = tiny.end - 9 * DAY, tiny.end
    cut = [
        line for begin in range(start, end, step) for line in events_on(tiny, begin, min(begin + step, end))
    ]
    assert cut == [line for line in lines if line[0] >= start]


def test_lines_come_by_time_of_arrival_and_once_each(tiny: World, lines: Lines, said: dict[str, Any]) -> None:
    moments = [received for received, _ in lines]
    assert moments == sorted(moments)
    assert tiny.setting.first <= moments[0] < moments[-1] < tiny.end
    assert len(lines) == said["lines"]["all"]
    assert not any(b"\n" in line for _, line in lines)


def test_another_seed_sends_another_stream_and_the_horizon_does_not_matter(tiny: World, lines: Lines) -> None:
    first = tiny.setting.first
    assert list(events_on(simulate("tiny", 7, live_days=2), first, tiny.end)) == lines
    assert next(events_on(simulate("tiny", 8), first, tiny.end)) != lines[0]
    assert sum(1 for _ in events_on(tiny, tiny.end, tiny.end + DAY)) > 100


def test_every_kind_of_dirt_is_there_in_the_number_that_is_said(
    lines: Lines, whole: list[tuple[int, dict[str, Any]]], said: dict[str, dict[str, int]]
) -> None:
    dirt, found, seen = said["dirt"], Counter[str](), set[str]()
    for received, message in whole:
        sent, page = micros(message["sentAt"]), message["context"].get("page", {"search": ""})
        found["repeated"] += message["messageId"] in seen
        seen.add(message["messageId"])
        found["missing_id"] += "userId" not in message and "anonymousId" not in message
        found["wrong_type"] += message.get("properties", {}).get("price") == "free"
        found["renamed_property"] += "productId" in message.get("properties", {})
        found["email_in_url"] += "email=" in page["search"]
        found["clock_ahead"] += sent > received + HOUR / 2
        found["clock_behind"] += sent < received - HOUR / 2
    assert len(lines) - len(whole) == dirt["truncated"] > 0
    assert found == {kind: dirt[kind] for kind in found}
    assert min(dirt.values()) > 0


def test_late_lines_wait_on_the_device_and_a_repeat_says_the_same(
    whole: list[tuple[int, dict[str, Any]]], said: dict[str, dict[str, int]]
) -> None:
    first: dict[str, dict[str, Any]] = {}
    waited = 0
    for _, message in whole:
        known = first.setdefault(message["messageId"], message)
        assert {**known, "sentAt": ""} == {**message, "sentAt": ""}
        wait = micros(message["sentAt"]) - micros(message["timestamp"])
        waited += known is message and wait > 2 * HOUR
    assert waited == pytest.approx(said["dirt"]["late"], abs=3)


def test_a_stream_without_dirt_has_none(tiny: World) -> None:
    truths = replace(tiny.truths, event_dirt=dict.fromkeys(tiny.truths.event_dirt, 0.0))
    clean = simulate("tiny", 7, truths=truths)
    start, end = clean.end - 5 * DAY, clean.end
    found = tally(clean, start, end)["dirt"]
    assert {kind for kind, count in found.items() if count} == {"renamed_property"}
    lines = list(events_on(clean, start, end))
    assert len({message["messageId"] for _, message in parsed(lines)}) == len(lines)


def test_messages_keep_the_tracking_plan_but_for_what_was_forgotten(messages: list[dict[str, Any]]) -> None:
    plan = {(each.type, each.name, each.sent_by): each for each in TRACKING_PLAN}
    arrived = set()
    for message in messages:
        by = "server" if message["context"]["library"]["name"] == "analytics-python" else "browser"
        key = (message["type"], message.get("event", message.get("name", "")), by)
        arrived.add(key)
        planned = plan[key]
        given = dict(message.get("traits", message.get("properties", {})))
        if "productId" in given:
            given["product_id"] = given.pop("productId")
        assert planned.properties.keys() <= given.keys() <= {*planned.properties, *planned.optional}
        for name, value in given.items():
            if value != "free":
                assert isinstance(value, TYPES[(planned.properties | planned.optional)[name]]), (key, name)
    assert {name for _, name, _ in plan.keys() - arrived} == {"Product Added to Wishlist"}


def test_the_plan_says_of_every_message_what_it_needs_and_which_feature_it_belongs_to(tiny: World) -> None:
    entries = list(plan_entries())
    keys = [(each["call"], each["name"], each["sent_by"], each["property"]) for each in entries]
    assert len(set(keys)) == len(keys)
    for planned in TRACKING_PLAN:
        of_it = [
            each
            for each in entries
            if (each["call"], each["name"], each["sent_by"]) == (planned.type, planned.name, planned.sent_by)
        ]
        assert {each["property"] for each in of_it if each["required"]} == set(planned.properties)
        assert {each["property"] for each in of_it} - {""} == {*planned.properties, *planned.optional}
    of_feature = {each["feature"]: each["name"] for each in entries if each["feature"]}
    promised = {each.feature: each.event for each in tiny.releases if each.event}
    assert of_feature == promised


def test_the_way_back_from_the_confirmation_can_be_seen_in_the_path(
    tiny: World, messages: list[dict[str, Any]]
) -> None:
    paths: dict[str, list[tuple[str, str]]] = {}
    for message in messages:
        if message["type"] == "page":
            paths.setdefault(message.get("anonymousId", "?"), []).append(
                (message["timestamp"], message["name"])
            )
    ways = Counter(pair for path in paths.values() for pair in pairwise(name for _, name in sorted(path)))
    backs = tiny.visits.went_back[: tiny.counts().visits].sum()
    assert ways["Order Confirmation", "Checkout"] == pytest.approx(backs, abs=4)
    assert ways["Cart", "Checkout"] > 10 * backs


def test_every_message_says_who_where_and_what_with(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        if message["context"]["library"]["name"] != "analytics.js":
            continue
        context = message["context"]
        assert {"app", "ip", "locale", "timezone", "userAgent", "screen", "page"} <= context.keys()
        assert context["page"]["url"].startswith("https://shop.supercorp.example/")
        assert message["originalTimestamp"] == message["timestamp"]
    tagged = {
        message["context"]["campaign"]["name"] for message in messages if "campaign" in message["context"]
    }
    assert {"brand_search", "spring_sweepstake", "weekly"} <= tagged
    assert "spring_letter" not in tagged


def test_orders_are_told_by_the_server_as_they_are_in_the_database(
    tiny: World, messages: list[dict[str, Any]]
) -> None:
    told = {
        int(message["properties"]["order_id"]) - 1: message
        for message in messages
        if message.get("event") == "Order Completed"
        and message["context"]["library"]["name"] == "analytics-python"
    }
    count = tiny.counts().orders
    assert count - 5 <= len(told) <= count
    for order, message in told.items():
        assert round(message["properties"]["total"] * 100) == tiny.lines.total[order]
        if "userId" in message:
            assert message["userId"] == str(tiny.orders.customer[order] + 1)
    failed = [message for message in messages if message.get("event") == "Payment Failed"]
    assert abs(len(failed) - (tiny.orders.failed[:count] != NEVER).sum()) <= 2


def test_registrations_are_told_step_by_step(tiny: World, messages: list[dict[str, Any]]) -> None:
    names = Counter(message.get("event", message.get("name", message["type"])) for message in messages)
    visits = tiny.visits.take(np.arange(tiny.counts().visits))
    for event, expected in (
        ("Sign Up", (visits.signup >= BEGAN).sum()),
        ("Signup Completed", (visits.signup == DONE).sum()),
        ("alias", (visits.signup == DONE).sum()),
    ):
        assert abs(names[event] - expected) <= 5, event
    new = [message for message in messages if message["type"] == "alias"]
    assert all(message["previousId"] == message["anonymousId"] for message in new if "anonymousId" in message)


def test_somebody_is_anonymous_until_they_sign_in_on_each_device(messages: list[dict[str, Any]]) -> None:
    people: dict[str, set[str]] = {}
    for message in messages:
        if message.get("userId") and message.get("anonymousId"):
            people.setdefault(message["anonymousId"], set()).add(message["userId"])
    devices = Counter(user for users in people.values() for user in users)
    assert max(devices.values()) > 1
    signed_in = {message["anonymousId"] for message in messages if message["type"] == "identify"}
    assert people.keys() <= signed_in | {""} or len(people.keys() - signed_in) < 0.02 * len(people)


def test_crawlers_are_never_customers_and_some_lie(
    messages: list[dict[str, Any]], said: dict[str, Any]
) -> None:
    crawling = [message for message in messages if "bot" in message["context"].get("userAgent", "").lower()]
    assert crawling
    assert not any(message.get("userId") for message in crawling)
    assert {message["type"] for message in crawling} == {"page", "track"}
    assert 0 < said["lines"]["by crawlers that lie"] < said["lines"]["by crawlers"]


def test_exposures_are_sent_while_the_experiment_runs_with_the_subjects_arm(
    tiny: World, messages: list[dict[str, Any]]
) -> None:
    arms: dict[tuple[str, str], set[str]] = {}
    for message in messages:
        if message.get("event") == "Experiment Viewed":
            experiment = tiny.setting.by_name[message["properties"]["experiment_name"]]
            who = message.get("userId") if experiment.subject == "customer" else message.get("anonymousId")
            arms.setdefault((experiment.name, who or "?"), set()).add(message["properties"]["variation_name"])
    assert {name for name, _ in arms} == {each.name for each in tiny.experiments}
    confused = [key for key, found in arms.items() if len(found) > 1 and key[1] != "?"]
    assert len(confused) < 0.02 * len(arms)  # shared devices


def test_the_release_is_in_the_messages(tiny: World, messages: list[dict[str, Any]]) -> None:
    versions = Counter(
        message["context"]["app"]["version"] for message in messages if "app" in message["context"]
    )
    assert set(versions) == {"3.0.0", *(each.version for each in tiny.releases)}
    saved = [message for message in messages if "saved_card" in message.get("properties", {})]
    assert {message["properties"]["saved_card"] for message in saved} == {True, False}
    released = release_time(tiny.releases, "3.5.0") - 60 * HOUR  # clocks may be behind
    assert all(micros(message["timestamp"]) > released - 100 * HOUR for message in saved)


def test_ids_have_the_form_of_the_libraries(messages: list[dict[str, Any]]) -> None:
    form = re.compile(r"(ajs-next-)?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}")
    assert all(form.fullmatch(message["messageId"]) for message in messages)
