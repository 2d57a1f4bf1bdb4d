"""The IRC servers that the same questions are put to, and clients to put them with."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bridge.playground.ircd import PlaygroundServer
from bridge.testing.irc_client import IrcClient
from bridge.testing.pytest_plugin import ConnectIrc, IrcServer

REAL = [pytest.param("inspircd", marks=pytest.mark.integration)]
RFC_ONLY = [pytest.param("ngircd", marks=pytest.mark.integration)]
MODERN = ["playground", *REAL]
EVERY = [*MODERN, *RFC_ONLY]


class Meeting:
    """A channel of its own on a server, and the people who come to it."""

    def __init__(self, server: IrcServer, connect: ConnectIrc) -> None:
        self.server = server
        self._connect = connect
        self._suffix = secrets.token_hex(3)
        self.channel = f"#{self._suffix}"

    def nick(self, name: str) -> str:
        return f"{name}-{self._suffix}"

    async def arrive(self, name: str, *caps: str, **options: Any) -> IrcClient:
        """Connect without joining."""
        return await self._connect(self.nick(name), self.server, caps=caps, **options)

    async def join(self, name: str, *caps: str) -> IrcClient:
        """Connect and join the meeting's channel."""
        client = await self.arrive(name, *caps)
        await client.join(self.channel)
        return client


@pytest_asyncio.fixture
async def meeting(request: pytest.FixtureRequest, irc_client: ConnectIrc) -> AsyncIterator[Meeting]:
    """A meeting on the server that the test's parameter names."""
    if request.param == "playground":
        async with PlaygroundServer() as playground:
            yield Meeting(playground, irc_client)
    else:
        yield Meeting(request.getfixturevalue(request.param), irc_client)
