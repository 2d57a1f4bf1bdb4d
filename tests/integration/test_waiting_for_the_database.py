"""A bridge that is started before its database waits for it, and goes on by itself."""

import asyncio
import json
from pathlib import Path

import pytest

from bridge.app.bridge import Bridge
from bridge.app.clock import SystemClock
from bridge.app.settings import load_settings
from bridge.testing.pytest_plugin import MakePostgres
from tests.e2e.stack import make_place

pytestmark = pytest.mark.integration


class NoticedClock(SystemClock):
    """Tells when somebody begins to wait."""

    def __init__(self) -> None:
        self.waited = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.waited.set()
        await super().sleep(min(seconds, 0.05))


async def test_a_bridge_waits_for_its_database(make_postgres: MakePostgres, tmp_path: Path) -> None:
    postgres = await make_postgres()
    url = await postgres.new_database_url()
    await postgres.stop()
    place = make_place(tmp_path)
    place.config.write_text(
        json.dumps(
            {
                "homeserver": {"url": "http://127.0.0.1:9", "domain": place.domain},
                "appservice": {"address": f"http://127.0.0.1:{place.port}", "port": place.port},
                "public": {"port": place.public_port},
                "database": {"url": url},
            }
        )
    )
    clock = NoticedClock()
    bridge = Bridge(load_settings(place.config, {}), place.folder, clock=clock)
    starting = asyncio.create_task(bridge.start())
    await clock.waited.wait()
    assert not starting.done()

    await postgres.start()

    await starting
    assert set(bridge.listeners.ports) == {"appservice", "public"}
    await bridge.stop()
