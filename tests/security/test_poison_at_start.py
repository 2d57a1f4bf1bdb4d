"""What is bad in the configuration of one network, or in the store, does not keep the rest from starting."""

import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bridge.app.bridge import Bridge
from bridge.app.settings import load_settings
from bridge.model.ids import EventID, RoomID
from bridge.model.matrix_events import RawEvent
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.testing.servers.ports import free_port
from tests.e2e.stack import Place, make_place, running, write_config


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


async def is_healthy(place: Place) -> bool:
    url = f"http://127.0.0.1:{place.public_port}/live"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status == 200


async def test_a_bad_network_does_not_keep_the_bridge_from_starting(place: Place) -> None:
    """CVE-2025-23197: one broken connection at a peer ended its start-up, and so all others."""
    nobody = free_port()
    write_config(
        place,
        f"http://127.0.0.1:{nobody}",
        {
            "broken": {"type": "irc", "host": 7, "port": "x"},
            "unheard": {"type": "no-such-network"},
            "fine": {"type": "irc", "host": "127.0.0.1", "port": nobody, "tls": False},
        },
    )

    async with running(place) as bridge:
        assert await is_healthy(place)
        assert [connector.network for connector in bridge.heart.networks.all()] == ["fine"]


async def test_poison_in_the_inbox_does_not_keep_the_bridge_from_starting(place: Place) -> None:
    write_config(place, f"http://127.0.0.1:{free_port()}", {})
    store = await open_store(
        place.folder / "trunkline.db", SecretKey.load(place.folder / "secret.key"), data=place.folder
    )
    bodies = [b"", b"{", b"[]", b'{"type": 7}', b"\xff", json.dumps({"type": "m.room.message"}).encode()]
    events = [
        RawEvent(event_id=EventID(f"$poison{number}"), room_id=RoomID("!r:localhost"), body=body)
        for number, body in enumerate(bodies)
    ]
    await store.stores.inbox.accept(events, datetime.now(UTC))
    await store.close()

    bridge = Bridge(load_settings(place.config, {}), place.folder)
    await bridge.start()
    try:
        assert await is_healthy(place)
    finally:
        await bridge.stop()
