"""A homeserver is killed while it holds events for the bridge in memory: they come all the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import define, field

from bridge.app.bridge import Bridge
from bridge.model.ids import ChatID, NetworkName
from bridge.networks.demo.connector import DemoConnector
from bridge.networks.demo.protocol.place import Happening, Said
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.pytest_plugin import LogInMatrix, MakeSynapse
from bridge.testing.servers import Postgres, Synapse
from bridge.text.plain import to_plain
from tests.e2e.gate import Gate
from tests.e2e.stack import BOT, Place, make_place, running

pytestmark = pytest.mark.integration

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


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.create_database())


@pytest_asyncio.fixture
async def world(
    tmp_path: Path, database_url: str | None, make_synapse: MakeSynapse, matrix_user: LogInMatrix
) -> AsyncIterator[World]:
    place = make_place(tmp_path)
    async with Gate(place.port) as gate:
        pushed_through(place, gate)
        synapse = await make_synapse(
            [place.registration], server_name=place.domain, database_url=database_url
        )
        write_files(place, synapse.url)
        async with running(place) as bridge:
            alice = await matrix_user("alice", on=synapse)
            rooms = await rooms_of(alice)
            connector = bridge.heart.networks.get(NetworkName("demo"))
            assert isinstance(connector, DemoConnector)
            made = World(synapse, gate, bridge, Listener(connector), alice, rooms)
            await made.say(range(1))
            await made.listener.until(len(CHATS))
            yield made


async def test_what_a_killed_homeserver_never_pushed_arrives_once_and_in_order(world: World) -> None:
    world.gate.shut()
    await world.alice.say(world.rooms[0], "1")
    await world.gate.until_somebody_waits()
    await asyncio.gather(
        *(_say_from(world, room, 2 if room == world.rooms[0] else 1) for room in world.rooms)
    )
    await world.synapse.kill()
    world.gate.open()
    await world.synapse.start()

    await world.listener.until(len(CHATS) * EACH)

    await world.alice.say(world.rooms[0], "last")
    await world.listener.until(len(CHATS) * EACH + 1)
    wanted = [str(number) for number in range(EACH)]
    assert [world.listener.heard[chat] for chat in CHATS] == [[*wanted, "last"], wanted, wanted]


async def _say_from(world: World, room: str, first: int) -> None:
    for number in range(first, EACH):
        await world.alice.say(room, str(number))
