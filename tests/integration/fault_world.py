"""The bridge between a real homeserver and a demo network, with a proxy in between that may spoil things."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from attrs import define

from bridge.app.bridge import Bridge
from bridge.model.ids import ChatID, NetworkName
from bridge.model.markup import Document
from bridge.networks.demo.connector import DemoConnector
from bridge.networks.demo.protocol.place import Said
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.pytest_plugin import LogInMatrix, MakeSynapse
from bridge.testing.servers import Synapse
from tests.e2e.gate import Gate
from tests.e2e.stack import BOT, Place, make_place, running
from tests.integration.storm import Storm

LOBBY, KITCHEN = ChatID("lobby"), ChatID("kitchen")


@define
class FaultWorld:
    """Alice on Matrix, in a room for each of two chats; remote people by ``hear``."""

    place: Place
    synapse: Synapse
    storm: Storm
    gate: Gate
    """All that the homeserver pushes comes through it."""
    bridge: Bridge
    alice: MatrixUser
    rooms: Mapping[ChatID, str]

    @property
    def demo(self) -> DemoConnector:
        connector = self.bridge.heart.networks.get(NetworkName("demo"))
        assert isinstance(connector, DemoConnector)
        return connector

    def hear(self, nick: str, text: str, chat: ChatID = LOBBY) -> None:
        """A remote person says something."""
        if nick not in self.demo.place.chats[chat].nicks:
            self.demo.place.come(chat, nick)
        document = Document.of(text)
        self.demo.place.write(None, lambda number: Said(number=number, chat=chat, nick=nick, text=document))

    def heard(self, nick: str, chat: ChatID = LOBBY) -> list[str]:
        """What Alice got of a remote person."""
        return self.alice.messages(self.rooms[chat], sender=f"@_trunkline_demo_{nick}:localhost")

    def metrics(self) -> str:
        return self.bridge.metrics.render().decode()

    def value(self, metric: str) -> float:
        """One line of the metrics, by its name and labels; 0 where it is not there."""
        found = (line.rpartition(" ")[2] for line in self.metrics().splitlines() if line.startswith(metric))
        return float(next(found, 0))

    async def until_value(self, metric: str, at_least: float) -> None:
        """Look again after each request of the bridge."""
        await self.storm.until(lambda: self.value(metric) >= at_least)


@asynccontextmanager
async def fault_world(
    folder: Path,
    make_synapse: MakeSynapse,
    log_in: LogInMatrix,
    *,
    homeserver: Mapping[str, object] | None = None,
    rate_limited: bool = False,
    **bridge: object,
) -> AsyncIterator[FaultWorld]:
    """``homeserver`` are keys of its configuration, ``bridge`` options of ours."""
    place = make_place(folder)
    async with Gate(place.port) as gate, AsyncExitStack() as running_too:
        # The homeserver's copy only: the bridge refuses to start with one that says that it is limited.
        registration = folder / "homeservers.yaml"
        text = place.registration.read_text().replace(f"127.0.0.1:{place.port}", f"127.0.0.1:{gate.port}")
        flag = str(rate_limited).lower()
        registration.write_text(text.replace("rate_limited: false", f"rate_limited: {flag}"))
        synapse = await make_synapse([registration], server_name=place.domain, config=homeserver or {})
        storm = await running_too.enter_async_context(Storm(synapse.url))
        _write(place, storm.url, bridge)
        async with running(place) as made:
            alice = await log_in("alice", on=synapse)
            rooms = await _rooms_of(alice)
            yield FaultWorld(place, synapse, storm, gate, made, alice, rooms)


def _write(place: Place, url: str, bridge: Mapping[str, object]) -> None:
    sections = {
        "homeserver": {"url": url, "domain": place.domain, "request_timeout_s": 3},
        "appservice": {"address": f"http://127.0.0.1:{place.port}", "port": place.port},
        "public": {"port": place.public_port},
        "bridge": {"alias_chats": ["*/*"], **bridge},
        "networks": {"demo": {"type": "demo", "chats": []}},
    }
    place.config.write_text(json.dumps(sections))


async def _rooms_of(alice: MatrixUser) -> dict[ChatID, str]:
    desk = await alice.create_room(is_direct=True, invite=[BOT], preset="trusted_private_chat")
    await alice.wait_for_message("Hello!", room_id=desk)
    rooms: dict[ChatID, str] = {}
    for chat in (LOBBY, KITCHEN):
        await alice.say(desk, f"join {chat}")
        invite = await alice.wait_for(
            lambda event: event.where == "invite" and event.room_id not in rooms.values(), what="an invite"
        )
        rooms[chat] = await alice.join(invite.room_id)
    return rooms
