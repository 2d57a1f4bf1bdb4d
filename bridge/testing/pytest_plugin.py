"""Pytest fixtures for the real servers and for the clients that talk to them.

The servers without a parameter are started once for a test run, when the first
test asks; the ``make_…`` fixtures start one for a single test, and end it with it.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest
import pytest_asyncio

from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.servers import InspIRCd, Ngircd, Postgres, Synapse

__all__ = [
    "inspircd",
    "irc_client",
    "make_inspircd",
    "make_ngircd",
    "make_postgres",
    "make_synapse",
    "matrix_user",
    "ngircd",
    "postgres",
    "postgres_url",
    "synapse",
]


class IrcServer(Protocol):
    """An address that an IRC client can be pointed at."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


MakeSynapse = Callable[..., Awaitable[Synapse]]
MakePostgres = Callable[[], Awaitable[Postgres]]
MakeInspIRCd = Callable[..., Awaitable[InspIRCd]]
MakeNgircd = Callable[..., Awaitable[Ngircd]]


class ConnectIrc(Protocol):
    """``await irc_client("alice", inspircd, caps=["server-time"])``."""

    def __call__(self, nick: str, server: IrcServer, **options: Any) -> Awaitable[IrcClient]: ...


class LogInMatrix(Protocol):
    """``await matrix_user("alice")``, or ``await matrix_user("alice", on=server)``.

    On the shared server the name gets a random ending, so that tests do not meet.
    """

    def __call__(
        self, name: str, *, on: Synapse | None = None, admin: bool = False
    ) -> Awaitable[MatrixUser]: ...


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """A homeserver without appservices, on SQLite."""
    with Synapse().running_until_done() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster."""
    with Postgres().running_until_done() as server:
        yield server


@pytest.fixture(scope="session")
def inspircd() -> Iterator[InspIRCd]:
    """An InspIRCd without a flood limit; choose nicks and channels of your own."""
    with InspIRCd().running_until_done() as server:
        yield server


@pytest.fixture(scope="session")
def ngircd() -> Iterator[Ngircd]:
    """An ngIRCd without a flood limit; choose nicks and channels of your own."""
    with Ngircd().running_until_done() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database, which goes after the test."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest_asyncio.fixture
async def make_synapse() -> AsyncIterator[MakeSynapse]:
    """Start a homeserver: ``await make_synapse([registration], database_url=…, config={…})``."""
    async with AsyncExitStack() as running:

        async def make(*arguments: Any, **options: Any) -> Synapse:
            return await running.enter_async_context(Synapse(*arguments, **options))

        yield make


@pytest_asyncio.fixture
async def make_postgres() -> AsyncIterator[MakePostgres]:
    """Start a PostgreSQL cluster that the test may kill: ``await make_postgres()``."""
    async with AsyncExitStack() as running:

        async def make() -> Postgres:
            return await running.enter_async_context(Postgres())

        yield make


@pytest_asyncio.fixture
async def make_inspircd() -> AsyncIterator[MakeInspIRCd]:
    """Start an InspIRCd: ``await make_inspircd(flood_limit=True)``."""
    async with AsyncExitStack() as running:

        async def make(**options: Any) -> InspIRCd:
            return await running.enter_async_context(InspIRCd(**options))

        yield make


@pytest_asyncio.fixture
async def make_ngircd() -> AsyncIterator[MakeNgircd]:
    """Start an ngIRCd: ``await make_ngircd(flood_limit=True)``."""
    async with AsyncExitStack() as running:

        async def make(**options: Any) -> Ngircd:
            return await running.enter_async_context(Ngircd(**options))

        yield make


@pytest_asyncio.fixture
async def irc_client() -> AsyncIterator[ConnectIrc]:
    """Connect raw IRC clients that are closed after the test."""
    async with AsyncExitStack() as connected:

        async def connect(nick: str, server: IrcServer, **options: Any) -> IrcClient:
            client = IrcClient(nick)
            connected.push_async_callback(client.close)
            return await client.connect(server.host, server.port, **options)

        yield connect


@pytest_asyncio.fixture
async def matrix_user(request: pytest.FixtureRequest) -> AsyncIterator[LogInMatrix]:
    """Register and log in Matrix users whose clients are closed after the test."""
    async with AsyncExitStack() as logged_in:

        async def log_in(name: str, *, on: Synapse | None = None, admin: bool = False) -> MatrixUser:
            server = on or request.getfixturevalue("synapse")
            localpart = name if on else f"{name}-{secrets.token_hex(3)}"
            await server.register_user(localpart, admin=admin)
            user = MatrixUser(server.url, server.user_id(localpart))
            logged_in.push_async_callback(user.close)
            return await user.login()

        yield log_in
