"""Three chats of a demo network on a real homeserver that is killed with events in its hands."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter

from attrs import define, field

from bridge.app.bridge import Bridge
from bridge.model.ids import ChatID, NetworkName
from bridge.networks.demo.connector import DemoConnector
from bridge.networks.demo.protocol.place import Happening, Said
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.servers import Synapse
from bridge.text.plain import to_plain
from tests.e2e.gate import Gate
from tests.e2e.stack import BOT, Place, make_place, running

CHATS = tuple(ChatID(name) for name in ("lobby", "kitchen", "garden"))
EACH = 100
_PATIENCE_S = 60.0


@define
class Listener:
    """Sits in the chats of a demo network and remembers what the bridge says there."""

    connector: DemoConnector
    heard: dict[str, list[str]] = field(factory=lambda: {chat: [] for chat in CHATS})
    news: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        place = self.connector.place
        place.connect("listener", self._hear)
        for chat in CHATS:
            place.come(chat, "listener")

    def _hear(self, happening: Happening) -> None:
        if isinstance(happening, Said):
            self.heard[happening.chat].append(to_plain(happening.text))
            self.news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while sum(len(lines) for lines in self.heard.values()) < count:
                self.news.clear()
                await self.news.wait()


@define
class World:
    """Everything the homeserver pushes goes through ``gate``."""

    synapse: Synapse
    gate: Gate
    bridge: Bridge
    listener: Listener
    alice: MatrixUser
    rooms: list[str]

    async def say(self, numbers: range) -> None:
        """Say these numbers in every room, one after another in each."""

        async def in_room(room: str) -> None:
            for number in numbers:
                await self.alice.say(room, str(number))

        await asyncio.gather(*(in_room(room) for room in self.rooms))

    async def lose(self) -> float:
        """Kill the homeserver while it holds all but the first of ``EACH`` messages of every room.

        Returns the moment (``perf_counter``) at which it was there again.
        """
        self.gate.shut()
        await self.alice.say(self.rooms[0], "1")
        await self.gate.until_somebody_waits()
        await asyncio.gather(*(self._say_from(room, 1 + (room == self.rooms[0])) for room in self.rooms))
        await self.synapse.kill()
        self.gate.open()
        await self.synapse.start()
        return perf_counter()

    async def _say_from(self, room: str, first: int) -> None:
        for number in range(first, EACH):
            await self.alice.say(room, str(number))


def write_files(place: Place, synapse_url: str) -> None:
    place.config.write_text(
        json.dumps(
            {
                "homeserver": {"url": synapse_url, "domain": place.domain},
                "appservice": {"address": f"http://127.0.0.1:{place.port}", "port": place.port},
                "public": {"port": place.public_port},
                "bridge": {"alias_chats": ["*/*"]},
                "networks": {"demo": {"type": "demo", "chats": []}},
            }
        )
    )


def pushed_through(place: Place, gate: Gate) -> None:
    """The homeserver's copy of the registration names the gate."""
    text = place.registration.read_text()
    place.registration.write_text(text.replace(f"127.0.0.1:{place.port}", f"127.0.0.1:{gate.port}"))


async def rooms_of(alice: MatrixUser) -> list[str]:
    """Alice asks the bot for the chats, one after another."""
    desk = await alice.create_room(is_direct=True, invite=[BOT], preset="trusted_private_chat")
    await alice.wait_for_message("Hello!", room_id=desk)
    rooms: list[str] = []
    for chat in CHATS:
        await alice.say(desk, f"join {chat}")
        invite = await alice.wait_for(
            lambda event: event.where == "invite" and event.room_id not in rooms, what="an invite"
        )
        rooms.append(await alice.join(invite.room_id))
    return rooms


@asynccontextmanager
async def lossy_world(folder: Path, database_url: str | None) -> AsyncIterator[World]:
    """Everything runs, and one message has come through in every chat."""
    place = make_place(folder)
    async with AsyncExitStack() as started:
        gate = await started.enter_async_context(Gate(place.port))
        pushed_through(place, gate)
        synapse = await started.enter_async_context(
            Synapse([place.registration], server_name=place.domain, database_url=database_url)
        )
        write_files(place, synapse.url)
        bridge = await started.enter_async_context(running(place))
        await synapse.register_user("alice")
        alice = MatrixUser(synapse.url, synapse.user_id("alice"))
        started.push_async_callback(alice.close)
        await alice.login()
        rooms = await rooms_of(alice)
        connector = bridge.heart.networks.get(NetworkName("demo"))
        assert isinstance(connector, DemoConnector)
        made = World(synapse, gate, bridge, Listener(connector), alice, rooms)
        await made.say(range(1))
        await made.listener.until(len(CHATS))
        yield made
