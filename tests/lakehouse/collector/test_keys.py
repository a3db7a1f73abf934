import os
from base64 import b64encode

import pytest
from pydantic import SecretStr

from lakehouse.collector.keys import Client, WriteKeys, parse_keys
from lakehouse.errors import SettingsError


@pytest.fixture
def keys(settings, tmp_path):
    def make(text=None, file=None, rate=1000.0):
        update = {"collector_requests_per_second": rate}
        update["collector_keys"] = None if text is None else SecretStr(text)
        if file is not None:
            (tmp_path / "keys").write_text(file)
            update["collector_keys_file"] = tmp_path / "keys"
        return WriteKeys(settings.model_copy(update=update))

    return make


def basic(user):
    return b"Basic " + b64encode(user)


def test_entries_may_stand_apart_by_blanks_commas_or_lines_with_comments():
    assert parse_keys("web=a, web=b\nios=c # the app=old\n", "here") == {"a": "web", "b": "web", "c": "ios"}


@pytest.mark.parametrize("text", ["web", "=a", "Web=a", "web=", "web=a:b", "web=a ios=a"])
def test_an_entry_that_cannot_be_used_is_named_by_number_alone(text):
    with pytest.raises(SettingsError, match=r"^here: entry [12] of the write keys.*openssl rand") as error:
        parse_keys(text, "here")
    assert "found" not in str(error.value)


def test_without_any_key_there_is_no_collector(keys):
    with pytest.raises(SettingsError, match="LAKEHOUSE_COLLECTOR_KEYS: there is no write key"):
        keys()


def test_keys_come_from_the_setting_and_the_file(keys):
    both = keys("web=a", "ios=b\n")
    assert both.by_key("a").source == "web"
    assert both.by_key("b").source == "ios"
    assert both.by_key("c") is both.by_key(None) is both.by_key(["a"]) is None


@pytest.mark.parametrize(
    "header", [basic(b"a:"), basic(b"a:password"), basic(b"a"), b"basic " + basic(b"a:")[6:]]
)
def test_the_user_of_basic_authentication_is_the_key(keys, header):
    assert keys("web=a").by_header(header).source == "web"


@pytest.mark.parametrize(
    "header", [basic(b"b:"), basic(b""), basic(b"\xff:"), b"Basic ???", b"Basic \xff", b"Basic "]
)
def test_another_header_is_nobody(keys, header):
    assert keys("web=a").by_header(header) is None


def test_a_changed_file_is_read_again_and_its_clients_keep_their_count(keys, tmp_path):
    found = keys(file="web=a")
    client = found.by_key("a")
    (tmp_path / "keys").write_text("web=a\nios=b")
    found.refresh()
    assert found.by_key("b").source == "ios"
    assert found.by_key("a") is client
    (tmp_path / "keys").write_text("ios=b")
    os.utime(tmp_path / "keys", ns=(1, 1))
    found.refresh()
    assert found.by_key("a") is found.by_header(basic(b"a:")) is None


@pytest.mark.parametrize("spoil", [lambda file: file.write_text("nonsense"), lambda file: file.unlink()])
def test_a_file_that_cannot_be_used_any_more_changes_nothing(keys, tmp_path, spoil):
    found = keys(file="web=a")
    spoil(tmp_path / "keys")
    found.refresh()
    found.refresh()
    assert found.by_key("a").source == "web"


def test_a_file_that_is_not_there_at_the_start_is_an_error(keys, settings):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        WriteKeys(settings.model_copy(update={"collector_keys_file": settings.project / "no-such-file"}))


def test_a_seconds_worth_of_requests_may_come_at_once_and_then_one_waits():
    client = Client("web", rate=3.0)
    assert [client.wait_seconds() for _ in range(4)] == [0, 0, 0, 1]


def test_a_slow_rate_says_how_long_to_wait():
    client = Client("web", rate=0.1)
    assert client.wait_seconds() == 0
    assert client.wait_seconds() == 10
