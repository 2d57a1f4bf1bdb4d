"""A server that a test plays itself, and bridges that use a real keeper process."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from attrs import define, field

from bridge.keeper.client import KeptConnections
from bridge.keeper.place import LOG_NAME
from bridge.keeper.promise import Address, Held, Manners, Resumed, Written

PATIENCE_S = 20.0
HERE = "127.0.0.1"
MANNERS = Manners(ask=rb"PING(?: +(.*))?", answer=b"PONG \\1\r\n", sign=b"SIGN\r\n", farewell=b"QUIT\r\n")
NAME = "net:relay"


@define
class Peer:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def line(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return (await self.reader.readline()).rstrip()


@define
class Server:
    """A listening server; each connection comes out of ``peers``."""

    port: int = 0
    tls: bool = False
    peers: "asyncio.Queue[Peer]" = field(factory=asyncio.Queue)

    async def peer(self) -> Peer:
        async with asyncio.timeout(PATIENCE_S):
            return await self.peers.get()

    @property
    def address(self) -> Address:
        return Address(host=HERE, port=self.port, tls=self.tls, timeout_s=PATIENCE_S)


@contextlib.asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    made = Server(tls=tls is not None)
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await made.peers.put(Peer(reader, writer))

    server = await asyncio.start_server(accept, HERE, 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        for writer in writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@define
class Bridges:
    """Bridges of one data folder; all that they use is let go by `leave`."""

    folder: Path
    _all: list[KeptConnections] = field(factory=list)
    _held: list[Held] = field(factory=list)

    def make(self, *, linger_s: float = 60.0, patience_s: float = PATIENCE_S) -> KeptConnections:
        bridge = KeptConnections(self.folder, linger_s=linger_s, patience_s=patience_s)
        self._all.append(bridge)
        return bridge

    async def connect(self, bridge: KeptConnections, server: Server, name: str = NAME) -> tuple[Held, Peer]:
        held = await bridge.open(name, server.address, MANNERS)
        self._held.append(held)
        return held, await server.peer()

    async def resume(self, bridge: KeptConnections, name: str = NAME) -> Resumed:
        past = await bridge.resume(name)
        assert past is not None
        self._held.append(past.held)
        return past

    async def leave(self) -> None:
        for held in self._held:
            await held.leave()
        for bridge in self._all:
            await bridge.close()

    async def logged(self, words: bytes) -> None:
        """Wait until the keeper's log has these words."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if words in (self.folder / LOG_NAME).read_bytes():
                    return
                await asyncio.sleep(0.02)


async def heard(held: Held, size: int) -> bytes:
    """So many bytes of what comes in."""
    data = b""
    async with asyncio.timeout(PATIENCE_S):
        while len(data) < size:
            part = await held.read()
            assert part, held.why_ended
            data += part
    return data


def line(text: str, token: str = "") -> Written:
    return Written(f"{text}\r\n".encode(), token)
