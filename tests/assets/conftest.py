"""The company whose planted truths the analyses must find."""

import pytest

from supercorp.world import World, simulate


@pytest.fixture(scope="session")
def world() -> World:
    return simulate("small", 7)
