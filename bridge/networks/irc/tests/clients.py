"""Clients for tests: what they told is kept, and a test can wait for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Protocol, TypeVar

from bridge.api.network import Clock
from bridge.keeper.client import KeptConnections
from bridge.networks.irc.client import Client
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.client_states import ClientEvent
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.session import SessionConfig
from bridge.networks.irc.tests.wire import UNLIMITED

E = TypeVar("E")
PATIENCE_S = 10.0

TakeEvent = Callable[[ClientEvent], Awaitable[None]]


class Server(Protocol):
    """Where a client connects to."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class Told:
    """What a client told so far."""

    def __init__(self) -> None:
        self.events: list[ClientEvent] = []
        self.stumbles_over: type[ClientEvent] | None = None
        self._news = asyncio.Condition()

    async def take(self, event: ClientEvent) -> None:
        if self.stumbles_over is not None and isinstance(event, self.stumbles_over):
            self.stumbles_over = None
            raise ZeroDivisionError
        async with self._news:
            self.events.append(event)
            self._news.notify_all()

    async def first(self, kind: type[E], suits: Callable[[E], bool] = lambda _: True) -> E:
        """Wait for the first event of a kind that suits, those already told included."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while True:
                for event in self.events:
                    if isinstance(event, kind) and suits(event):
                        return event
                await self._news.wait()

    def forget(self) -> None:
        self.events.clear()


class TurnedClock:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._slept = asyncio.Event()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._now, UTC)

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, future))
        self._slept.set()
        await future

    async def turn(self, seconds: float) -> None:
        """Turn on, waking who sleeps until then."""
        self._now += seconds
        for until, future in self._sleepers:
            if until <= self._now and not future.done():
                future.set_result(None)
        self._sleepers = [(until, future) for until, future in self._sleepers if not future.done()]

    async def somebody_sleeps(self) -> None:
        """Wait until something new sleeps."""
        async with asyncio.timeout(PATIENCE_S):
            await self._slept.wait()
        self._slept.clear()


@asynccontextmanager
async def running_client(
    server: Server,
    nick: str,
    clock: Clock,
    *,
    on_event: TakeEvent | None = None,
    **settings: object,
) -> AsyncIterator[tuple[Client, Told]]:
    """A started client without TLS that is stopped in the end; a ``keeper`` may hold its connection."""
    keeper = settings.pop("keeper", None)
    assert keeper is None or isinstance(keeper, KeptConnections)
    told = Told()
    values: dict[str, object] = {
        "host": server.host,
        "port": server.port,
        "tls": False,
        "session": SessionConfig(Identity(nick), flood=UNLIMITED),
        **settings,
    }
    client = Client(
        ClientSettings(**values),  # type: ignore[arg-type]  # the tests' own keywords
        on_event=on_event or told.take,
        clock=clock,
        random=Random(7),
        keeper=keeper,
    )
    await client.start()
    try:
        yield client, told
    finally:
        await client.stop()
