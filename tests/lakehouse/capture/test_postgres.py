import pytest

from lakehouse.capture.postgres import connect
from lakehouse.errors import SetupError


def test_a_text_that_is_no_address_is_not_repeated_since_it_may_hold_a_password():
    with (
        pytest.raises(SetupError, match="no address of a PostgreSQL database") as raised,
        connect("u:secret@h"),
    ):
        pass
    assert "secret" not in str(raised.value)
