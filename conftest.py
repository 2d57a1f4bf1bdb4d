"""Makes the fixtures for the real servers known to every test, and leaves the log as each test found it."""

from collections.abc import Iterator

import pytest

from bridge.telemetry import log

pytest_plugins = ["bridge.testing.pytest_plugin"]


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A test that sets the log up would keep what the next one wants to read from being said."""
    before = log._minimum[0], log._stream[0], log._processors[:]
    yield
    log._minimum[0], log._stream[0], log._processors[:] = before
