"""IRC servers to test against, small and real, behind one door."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from attrs import frozen

from bridge.playground.ircd import PlaygroundServer, Settings
from bridge.testing.servers import InspIRCd, Ngircd

__all__ = [
    "SERVERS",
    "PlaygroundServer",
    "RunningServer",
    "Settings",
    "StartServer",
    "inspircd",
    "ngircd",
    "playground",
]


@frozen
class RunningServer:
    """A server on loopback. ``kill`` ends it as a crash would, ``start`` starts it again on its port."""

    host: str
    port: int
    kill: Callable[[], Awaitable[None]]
    start: Callable[[], Awaitable[None]]


@asynccontextmanager
async def playground(*, tls: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[RunningServer]:
    """The server of the demo, on this event loop; see its ``Settings``."""
    async with PlaygroundServer(Settings(**settings), tls=tls) as server:
        yield RunningServer(server.host, server.port, server.kill, server.start)


@asynccontextmanager
async def inspircd() -> AsyncIterator[RunningServer]:
    async with InspIRCd() as server:
        yield RunningServer(server.host, server.port, server.kill, server.start)


@asynccontextmanager
async def ngircd() -> AsyncIterator[RunningServer]:
    async with Ngircd() as server:
        yield RunningServer(server.host, server.port, server.kill, server.start)


StartServer = Callable[[], AbstractAsyncContextManager[RunningServer]]
SERVERS: dict[str, StartServer] = {
    "irc on playground": playground,
    "irc on real inspircd": inspircd,
    "irc on real ngircd": ngircd,
}
