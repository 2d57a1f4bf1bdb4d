"""What was said while the bridge was not there comes late, once, in order and with its own time."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from attrs import define

from bridge.matrix.content import LATE_KEY
from bridge.playground.ircd import PlaygroundServer
from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixEvent, MatrixRefusedError, MatrixUser
from bridge.testing.servers import InspIRCd, Synapse
from tests.e2e.gate import Gate
from tests.e2e.stack import RELAY_NICK, Place, irc_network, make_place, running, synapse_for, write_config

CHANNEL = "#history"
PATIENCE_S = 30.0
KEEPS = {"insp": "+H 100:1h", "play": "+n"}


@define
class Land:
    """A homeserver and two servers that keep what is said, each behind a gate."""

    place: Place
    synapse: Synapse
    servers: dict[str, Any]
    gates: dict[str, Gate]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def land(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Land]:
    place = make_place(Path(tmp_path_factory.mktemp("history")))
    insp = InspIRCd(modules=("chanhistory",), config='<chanhistory maxlines="200" bots="yes">')
    async with insp, PlaygroundServer() as play, synapse_for(place) as synapse:
        servers: dict[str, Any] = {"insp": insp, "play": play}
        async with Gate(insp.port) as first, Gate(play.port) as second:
            yield Land(place, synapse, servers, {"insp": first, "play": second})


async def enter(user: MatrixUser, alias: str) -> str:
    """Join a room as soon as the bridge has made it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await user.join(alias)
            except MatrixRefusedError:
                await asyncio.sleep(0.2)


@define
class Scene:
    """Ann in a channel and Alice in its room, on one of the networks."""

    land: Land
    network: str
    ann: IrcClient
    alice: MatrixUser
    room: str = ""
    bridge: contextlib.AsyncExitStack | None = None

    async def bridge_comes(self) -> None:
        write_config(
            self.land.place,
            self.land.synapse.url,
            {self.network: irc_network(self.land.gates[self.network], channels=[CHANNEL])},
        )
        mark = len(self.ann.lines)
        self.bridge = contextlib.AsyncExitStack()
        await self.bridge.enter_async_context(running(self.land.place))
        self.room = await enter(self.alice, f"#_trunkline_{self.network}_history:localhost")
        await self.ann.wait_for(lambda line: line.command == "JOIN" and line.source == RELAY_NICK, since=mark)
        # The alias comes first; the room is bridged when it says so.
        await self.alice.wait_for(lambda event: event.type == "uk.half-shot.bridge")

    async def bridge_goes(self) -> None:
        assert self.bridge is not None
        await self.bridge.aclose()
        self.bridge = None

    async def say(self, *lines: str) -> None:
        for line in lines:
            self.ann.say(CHANNEL, line)
        await self.ann.sync()

    async def in_room(self, last: str) -> Sequence[MatrixEvent]:
        """What the room was told, up to a line."""
        await self.alice.wait_for_message(last, room_id=self.room)
        return [
            event
            for event in self.alice.events
            if event.type == "m.room.message" and event.room_id == self.room
        ]


@pytest_asyncio.fixture(params=["insp", "play"], loop_scope="session")
async def scene(request: pytest.FixtureRequest, land: Land) -> AsyncIterator[Scene]:
    server = land.servers[request.param]
    ann = await IrcClient("ann").connect(server.host, server.port)
    await ann.join(CHANNEL)
    ann.send(f"MODE {CHANNEL} {KEEPS[request.param]}")
    name = f"alice-{secrets.token_hex(3)}"
    await land.synapse.register_user(name)
    alice = await MatrixUser(land.synapse.url, f"@{name}:localhost").login()
    made = Scene(land, request.param, ann, alice)
    yield made
    if made.bridge is not None:
        await made.bridge_goes()
    await alice.close()
    await ann.close()


def shown(events: Sequence[MatrixEvent]) -> list[tuple[str, bool]]:
    return [(event.body, event.content.get(LATE_KEY, False)) for event in events]


def times_are_true(events: Sequence[MatrixEvent], began: datetime, ended: datetime) -> bool:
    """Whether all were said between these moments; a server may keep only whole seconds."""
    first, last = int(began.timestamp()) * 1000, int(ended.timestamp()) * 1000 + 1000
    return all(first <= event.source["origin_server_ts"] <= last for event in events)


async def test_lines_of_a_broken_connection_come_late_and_no_gap_is_told(scene: Scene) -> None:
    await scene.bridge_comes()
    await scene.say("heard")
    await scene.in_room("heard")
    gate = scene.land.gates[scene.network]
    gate.shut()
    await gate.until_somebody_waits()
    began = datetime.now(UTC)
    await scene.say("one", "one", "two")
    ended = datetime.now(UTC)
    gate.open()
    await scene.ann.wait_for(lambda line: line.command == "JOIN", since=len(scene.ann.lines))
    await scene.say("live")

    events = await scene.in_room("live")
    assert shown(events)[-5:-1] == [("heard", False), ("one", True), ("one", True), ("two", True)]
    assert events[-1].body == "live"
    assert times_are_true(events[-4:-1], began, ended)


async def test_lines_of_a_restart_come_late_and_no_gap_is_told(scene: Scene) -> None:
    await scene.bridge_comes()
    await scene.say("before")
    await scene.in_room("before")
    await scene.bridge_goes()
    began = datetime.now(UTC)
    await scene.say("asleep", "asleep", "still asleep")
    ended = datetime.now(UTC)
    await scene.bridge_comes()
    await scene.say("awake")

    events = await scene.in_room("awake")
    told = [("before", False), ("asleep", True), ("asleep", True), ("still asleep", True)]
    assert shown(events)[-5:-1] == told
    assert events[-1].body == "awake"
    assert times_are_true(events[-4:-1], began, ended)
