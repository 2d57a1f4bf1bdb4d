"""A raw IRC client that comes back after its server's end, says lines and hears what is said."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, cast

from bridge.testing.irc_client import IrcLine, parse

_GREETED: Final = ("376", "422")
_PATIENCE_S: Final = 15.0

Heard = Callable[["IrcPerson", IrcLine], None]


class IrcPerson:
    """One nick on one server; ``heard`` gets each line. It shares no code with the bridge."""

    def __init__(self, nick: str, network: str, channels: Sequence[str], heard: Heard, *, tags: bool) -> None:
        self.nick = nick
        self.network = network
        self.channels = channels
        self.tags = tags
        self._heard = heard
        self._line: _Line | None = None

    @property
    def here(self) -> bool:
        return self._line is not None and not self._line.gone.done()

    async def come(self, port: int) -> None:
        """Connect and join, after the connection before has ended."""
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: _Line(self), "127.0.0.1", port)
        self._line = line
        caps = "CAP REQ :message-tags\r\nCAP END\r\n" if self.tags else ""
        line.write(f"{caps}NICK {self.nick}\r\nUSER {self.nick} 0 * :{self.nick}")
        await asyncio.wait_for(line.greeted, _PATIENCE_S)
        for channel in self.channels:
            line.joined[channel] = loop.create_future()
            line.write(f"JOIN {channel}")
        await asyncio.wait_for(asyncio.gather(*line.joined.values()), _PATIENCE_S)

    def say(self, line: str) -> None:
        """Write a line; without a connection it goes nowhere."""
        if self._line is not None and self.here:
            self._line.write(line)

    async def until_gone(self) -> None:
        """Wait until the end of the connection was noticed."""
        if self._line is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._line.gone), _PATIENCE_S)

    def leave(self) -> None:
        if self._line is not None:
            self._line.abort()

    def hear(self, line: IrcLine) -> None:
        self._heard(self, line)


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, person: IrcPerson) -> None:
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.joined: dict[str, asyncio.Future[None]] = {}
        self._person = person
        self._rest = b""
        self._transport: asyncio.Transport

    def write(self, line: str) -> None:
        self._transport.write(line.encode() + b"\r\n")

    def abort(self) -> None:
        self._transport.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for raw in lines:
            self._take(parse(raw.rstrip(b"\r").decode("utf-8", "replace")))

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set_result(None)

    def _take(self, line: IrcLine) -> None:
        if line.command == "PING":
            self.write(f"PONG :{line.text}")
        elif line.command in _GREETED and not self.greeted.done():
            self.greeted.set_result(None)
        elif line.command == "366":
            joined = self.joined.get(line.params[1])
            if joined is not None and not joined.done():
                joined.set_result(None)
        self._person.hear(line)
