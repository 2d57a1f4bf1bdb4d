"""A server that a test plays itself, line by line, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import evolve, field, frozen

from bridge.networks.irc.client import Client
from bridge.networks.irc.tests.clients import PATIENCE_S, TakeEvent, Told, TurnedClock, running_client

WELCOME = ":s 001 tl :Welcome\r\n:s 005 tl CASEMAPPING=ascii :are\r\n:s 422 tl :no motd\r\n"


class Peer:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def line(self, beginning: str) -> str:
        """Read up to the next line that begins so."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                data = await self._reader.readline()
                assert data, f"closed before {beginning}"
                if data.startswith(beginning.encode()):
                    return data.decode().rstrip()

    async def welcome(self) -> None:
        await self.line("USER")
        self.send(":s CAP * LS :\r\n" + WELCOME)

    async def let_in(self, channel: str) -> None:
        await self.line(f"JOIN {channel}")
        self.send(f":tl!u@h JOIN {channel}\r\n:s 353 tl = {channel} :tl\r\n:s 366 tl {channel} :End\r\n")

    async def closed(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._reader.read()


@frozen
class Scripted:
    """A listening server; each connection comes out of ``peers``."""

    host: str
    port: int
    peers: "asyncio.Queue[Peer]" = field(factory=asyncio.Queue)
    opened: list[Peer] = field(factory=list)

    def hang_up(self) -> None:
        for peer in self.opened:
            peer.writer.close()

    async def peer(self) -> Peer:
        async with asyncio.timeout(PATIENCE_S):
            return await self.peers.get()


@asynccontextmanager
async def listening() -> AsyncIterator[Scripted]:
    scripted = Scripted("127.0.0.1", 0)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        scripted.opened.append(peer)
        await scripted.peers.put(peer)

    server = await asyncio.start_server(accept, scripted.host, 0)
    try:
        yield evolve(scripted, port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        scripted.hang_up()
        await server.wait_closed()


@asynccontextmanager
async def playing(
    server: Scripted, clock: TurnedClock, *, on_event: TakeEvent | None = None, **settings: object
) -> AsyncIterator[tuple[Client, Told]]:
    """A client whose server hangs up in the end, so that nobody waits for its goodbye."""
    async with running_client(server, "tl", clock, on_event=on_event, **settings) as running:
        yield running
        server.hang_up()
