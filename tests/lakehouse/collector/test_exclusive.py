import pytest

from lakehouse.collector.exclusive import held, listening_at
from lakehouse.errors import SetupError


def test_one_spool_has_one_holder_at_a_time(tmp_path):
    with held(tmp_path / "spool"), pytest.raises(SetupError, match="another collector is running"):
        held(tmp_path / "spool").__enter__()
    with held(tmp_path / "spool"):
        pass


def test_a_spool_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"the spool cannot be written: Not a directory.*LAKEHOUSE_VAR"):
        held(tmp_path / "file" / "spool").__enter__()


def test_a_port_that_is_taken_is_explained():
    with listening_at("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(
            SetupError, match=rf"127.0.0.1:{port}: the port is taken.*LAKEHOUSE_COLLECTOR_PORT"
        ):
            listening_at("127.0.0.1", port).__enter__()


def test_an_address_of_another_machine_is_explained():
    with pytest.raises(SetupError, match="cannot listen here: Cannot assign requested address"):
        listening_at("192.0.2.1", 0).__enter__()
