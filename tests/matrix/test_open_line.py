"""The silent connection that tells when the homeserver's process ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from attrs import define, field

from bridge.matrix.open_line import AGAIN_S, OpenLine
from bridge.matrix.ping import Probe
from bridge.testing.clock import HandClock, settle
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver


@define
class Port:
    """Takes connections and says nothing."""

    number: int
    writers: list[asyncio.StreamWriter] = field(factory=list)
    server: asyncio.Server | None = None
    news: asyncio.Event = field(factory=asyncio.Event)

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._accept, LOOPBACK, self.number)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.news.set()

    async def end(self) -> None:
        """The process is gone, and its connections with it."""
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.close()
        await self.server.wait_closed()


@define
class World:
    homeserver: ScriptedHomeserver
    port: Port
    clock: HandClock
    line: OpenLine

    async def asked(self, times: int) -> None:
        """Until the homeserver was asked so often whether it is there."""
        async with asyncio.timeout(10):
            while len(self.homeserver.asked) < times:
                await settle(1)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with scripted_homeserver() as homeserver:
        port, clock = Port(free_port()), HandClock()
        probe = Probe(homeserver.client, "trunkline")
        line = OpenLine(f"http://{LOOPBACK}:{port.number}", probe, clock)
        running = asyncio.create_task(line.run())
        yield World(homeserver, port, clock, line)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_homeserver_is_asked_when_the_line_begins_and_when_it_ends(world: World) -> None:
    await world.asked(1)
    await world.port.open()
    await world.clock.turn(AGAIN_S)
    await world.asked(2)
    assert len(world.port.writers) == 1

    await world.port.end()

    await world.asked(3)


async def test_an_open_line_asks_nothing(world: World) -> None:
    await world.asked(1)
    await world.port.open()
    await world.clock.turn(AGAIN_S)
    await world.asked(2)

    await world.clock.turn(3600.0)

    assert len(world.homeserver.asked) == 2
    await world.port.end()


async def test_a_homeserver_that_comes_back_is_asked_by_itself(world: World) -> None:
    await world.asked(1)
    await world.clock.turn(AGAIN_S)
    await world.asked(2)

    await world.port.open()
    await world.clock.turn(AGAIN_S)

    await world.asked(3)
    assert world.port.writers
    await world.port.end()
