"""The whole bridge between a real homeserver and real IRC servers, for a test to talk through."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from attrs import define

from bridge.app.bridge import Bridge
from bridge.app.settings import load_settings
from bridge.matrix.registration import make_registration, write_registration
from bridge.model.namespace import Namespace
from bridge.storage.secrets import SecretKey
from bridge.testing.servers import Synapse
from bridge.testing.servers.ports import free_port
from tests.e2e.counting import Counter
from tests.e2e.waiting_room import WaitingRoom

BOT = "@trunkline:localhost"
RELAY_NICK = "trunkline"
PERMISSIONS = {"@mallory:localhost": "block", "@guest:localhost": "relay", "@boss:localhost": "admin"}


@define
class Place:
    """A data folder with a registration, ready for a homeserver and a bridge."""

    folder: Path
    port: int
    public_port: int
    domain: str = "localhost"

    @property
    def registration(self) -> Path:
        return self.folder / "registration.yaml"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"


def make_place(folder: Path) -> Place:
    place = Place(folder, free_port(), free_port())
    made = make_registration(Namespace(place.domain), f"http://127.0.0.1:{place.port}", protocols=("irc",))
    place.registration.write_text(write_registration(made))
    SecretKey.generate(folder / "secret.key")
    return place


def write_config(
    place: Place,
    homeserver_url: str,
    networks: Mapping[str, Mapping[str, object]],
    *,
    public: bool = True,
    keeper: bool = False,
    **bridge: object,
) -> None:
    """JSON is YAML as well. ``public`` says whether there is an address for links to files.

    ``keeper`` is for tests that see to it that no keeper is left behind.
    """
    public_url = f"http://127.0.0.1:{place.public_port}" if public else None
    place.config.write_text(
        json.dumps(
            {
                "homeserver": {"url": homeserver_url, "domain": place.domain},
                "appservice": {"address": f"http://127.0.0.1:{place.port}", "port": place.port},
                "public": {"url": public_url, "port": place.public_port},
                "bridge": {"alias_chats": ["*/*"], "quiet_s": 0.2, "permissions": PERMISSIONS, **bridge},
                "keeper": {"enabled": keeper},
                "networks": networks,
            }
        )
    )


def irc_network(server: Any, **options: object) -> dict[str, object]:
    """A section for a server of the fixtures: no TLS, no limit on how fast we write."""
    return {
        "type": "irc",
        "host": server.host,
        "port": server.port,
        "tls": False,
        "flood_rate": 0,
        **options,
    }


@contextlib.asynccontextmanager
async def running(place: Place) -> AsyncIterator[Bridge]:
    """A bridge in this process."""
    bridge = Bridge(load_settings(place.config, {}), place.folder)
    await bridge.start()
    try:
        yield bridge
    finally:
        await bridge.stop()


def synapse_for(place: Place, **options: Any) -> Synapse:
    return Synapse([place.registration], server_name=place.domain, **options)


@define
class Stack:
    """Everything that runs."""

    place: Place
    synapse: Synapse
    servers: Mapping[str, Any]
    bridge: Bridge
    counter: Counter
    waiting_room: WaitingRoom


@contextlib.asynccontextmanager
async def running_stack(place: Place, servers: Mapping[str, Any], **options: Any) -> AsyncIterator[Stack]:
    """A homeserver that knows the bridge, and the bridge on these IRC servers."""
    async with synapse_for(place) as synapse, Counter(synapse.url) as counter:
        networks = {name: irc_network(server) for name, server in servers.items()}
        write_config(place, counter.url, networks, **options)
        async with running(place) as bridge, WaitingRoom(servers) as waiting_room:
            yield Stack(place, synapse, servers, bridge, counter, waiting_room)
