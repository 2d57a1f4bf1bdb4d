"""Makes the fixtures for the real servers known to every test."""

pytest_plugins = ["bridge.testing.pytest_plugin"]
