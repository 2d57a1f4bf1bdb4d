"""A visitor on IRC, as the demo needs one: connects, joins, speaks, listens."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from attrs import frozen

from bridge.model.errors import NetworkUnavailable, Phrase
from bridge.networks.irc.protocol.line import InvalidLine, Line, parse_line

_WELCOME_S: Final = 20.0
_CODES: Final = re.compile(r"[\x02\x0f\x11\x16\x1d\x1e\x1f]|\x03(\d{1,2}(,\d{1,2})?)?|\x04[0-9A-Fa-f]{0,6}")


@frozen
class Heard:
    """A line of the channel, without formatting; ``at`` is when it came, in seconds since the epoch."""

    nick: str
    text: str
    at: float


class Visitor:
    """Make one with ``connect``; one channel is enough for it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, nick: str) -> None:
        self.nick = nick
        self.channel = ""
        self._reader = reader
        self._writer = writer
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue(1000)
        self._present: set[str] = set()
        self._change = asyncio.Event()
        self._welcome = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, host: str, port: int, nick: str) -> "Visitor":
        """Raises ``NetworkUnavailable`` when there is no server."""
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            raise NetworkUnavailable(Phrase.of("demo.irc_away", host=host, port=port)) from error
        visitor = cls(reader, writer, nick)
        visitor._send(f"NICK {nick}")
        visitor._send(f"USER {nick} 0 * :A visitor of the demo")
        try:
            async with asyncio.timeout(_WELCOME_S):
                await visitor._welcome.wait()
        except TimeoutError:
            await visitor.close()
            raise NetworkUnavailable(Phrase.of("demo.irc_away", host=host, port=port)) from None
        return visitor

    def join(self, channel: str) -> None:
        self.channel = channel
        self._send(f"JOIN {channel}")

    def say(self, text: str) -> Heard:
        """Say a line; the server does not send it back, so it is returned."""
        self._send(f"PRIVMSG {self.channel} :{text}")
        return Heard(self.nick, text, time.time())

    async def until_present(self, nick: str) -> None:
        """Return when somebody of that name is in the channel."""
        while nick not in self._present:
            self._change.clear()
            await self._change.wait()

    async def listen(self) -> AsyncIterator[Heard]:
        """What the others say; ends with the connection."""
        while (heard := await self._heard.get()) is not None:
            yield heard

    async def close(self) -> None:
        self._reading.cancel()
        with suppress(OSError):
            self._writer.close()
            await self._writer.wait_closed()
        await asyncio.gather(self._reading, return_exceptions=True)

    def _send(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())

    async def _read(self) -> None:
        try:
            while data := await self._reader.readline():
                with suppress(InvalidLine):
                    await self._take(parse_line(data.rstrip(b"\r\n")))
        finally:
            with suppress(asyncio.QueueFull):
                self._heard.put_nowait(None)

    async def _take(self, line: Line) -> None:
        nick = line.source.nick if line.source else ""
        match line.command:
            case "PING":
                self._send(f"PONG :{line.params[-1]}")
            case "001":
                self._welcome.set()
            case "433":
                self.nick += "_"
                self._send(f"NICK {self.nick}")
            case "353":
                self._here(*(name.lstrip("@+%&~!").partition("!")[0] for name in line.params[-1].split()))
            case "JOIN":
                self._here(nick)
            case "PART" | "QUIT":
                self._present.discard(nick)
            case "NICK":
                self._present.discard(nick)
                self._here(line.params[0])
            case "PRIVMSG" | "NOTICE" if line.params[0].lower() == self.channel.lower():
                await self._heard.put(Heard(nick, _plain(line.params[-1]), time.time()))

    def _here(self, *nicks: str) -> None:
        self._present.update(nicks)
        self._change.set()


def _plain(text: str) -> str:
    if text.startswith("\x01ACTION "):
        text = text.removeprefix("\x01ACTION ").rstrip("\x01")
    return _CODES.sub("", text)
