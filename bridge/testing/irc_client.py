"""A dumb IRC client for tests: it sends raw lines and keeps every line it is sent.

It shares no code with the bridge on purpose: what it reads is what a stranger's
client would read.
"""

import asyncio
import itertools
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from attrs import frozen

from bridge.testing.received import Received

TIMEOUT_S = 30.0

# Far above anything a server may send, so that an over-long line is seen and not an error of ours.
_LINE_LIMIT_BYTES = 1 << 20

_TAG_ESCAPES = {":": ";", "s": " ", "r": "\r", "n": "\n"}


@frozen
class IrcLine:
    """One line from the server, taken apart.

    Attributes:
        raw: the line without its end; bytes that are not UTF-8 are surrogates.
        source: nick or server, without user and host.
        prefix: the whole source as sent.
    """

    raw: str
    tags: Mapping[str, str]
    prefix: str
    command: str
    params: Sequence[str]

    @property
    def source(self) -> str:
        return self.prefix.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1] if self.params else ""

    @property
    def target(self) -> str:
        """The first parameter."""
        return self.params[0] if self.params else ""

    def __str__(self) -> str:
        return self.raw


class IrcClient:
    """One connection to an IRC server; answers PING by itself and does nothing else unasked."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.received: Received[IrcLine] = Received()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._tokens = itertools.count(1)

    @property
    def lines(self) -> Sequence[IrcLine]:
        """Every line received so far, in order."""
        return self.received.items

    async def open(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        """Connect without saying a word."""
        self._reader, self._writer = await asyncio.open_connection(
            host, port, ssl=tls, limit=_LINE_LIMIT_BYTES
        )
        self._reading = asyncio.create_task(self._read(self._reader), name=f"irc client {self.nick}")

    async def connect(
        self,
        host: str,
        port: int,
        *,
        caps: Sequence[str] = (),
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Connect, ask for capabilities, register, and wait until the server has greeted."""
        await self.open(host, port, tls=tls)
        if password is not None:
            self.send(f"PASS {password}")
        if caps:
            self.send("CAP LS 302")
            self.send(f"CAP REQ :{' '.join(caps)}")
        self.send(f"NICK {self.nick}")
        self.send(f"USER {self.nick} 0 * :{self.nick}")
        if caps:
            await self.wait_for(_is_cap_answer, what="the answer to CAP REQ")
            self.send("CAP END")
        await self.wait_for("376", "422", what="the end of the greeting")
        return self

    def send(self, line: str | bytes) -> None:
        """Send one line; its end is added, and nothing is checked."""
        assert self._writer is not None, "not connected"
        data = line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")
        self._writer.write(data + b"\r\n")

    async def wait_for(
        self,
        *wanted: str | Callable[[IrcLine], bool],
        timeout_s: float = TIMEOUT_S,
        since: int = 0,
        what: str = "the line",
    ) -> IrcLine:
        """Return the first line that is one of these commands, or that a function agrees to.

        Looks through all lines received from ``since`` (see ``mark``) on, then
        waits for new ones. Raises NotReceivedError.
        """
        tests = [_has_command(one) if isinstance(one, str) else one for one in wanted]
        return await self.received.wait_for(
            lambda line: any(test(line) for test in tests), timeout_s=timeout_s, since=since, what=what
        )

    async def wait_for_text(
        self, text: str, *, timeout_s: float = TIMEOUT_S, since: int = 0, command: str = "PRIVMSG"
    ) -> IrcLine:
        """Return the first message whose text contains this."""
        return await self.wait_for(
            lambda line: line.command == command and text in line.text,
            timeout_s=timeout_s,
            since=since,
            what=f"{command} with {text!r}",
        )

    def mark(self) -> int:
        """Return the present end of ``lines``, to wait only for what comes later."""
        return self.received.mark()

    def messages(self, target: str, command: str = "PRIVMSG") -> list[str]:
        """The texts said to a target so far, in order."""
        return [
            line.text
            for line in self.lines
            if line.command == command and line.target.lower() == target.lower()
        ]

    async def sync(self, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until the server has handled all that was sent before."""
        token = f"sync-{next(self._tokens)}"
        self.send(f"PING {token}")
        await self.wait_for(
            lambda line: line.command == "PONG" and line.text == token, timeout_s=timeout_s, what="PONG"
        )

    async def join(self, channel: str, key: str = "") -> None:
        """Join and wait until the list of names is complete."""
        since = self.mark()
        self.send(f"JOIN {channel} {key}".rstrip())
        await self.wait_for(
            lambda line: line.command == "366" and line.params[1].lower() == channel.lower(),
            since=since,
            what=f"the names of {channel}",
        )

    def say(self, target: str, text: str) -> None:
        self.send(f"PRIVMSG {target} :{text}")

    def notice(self, target: str, text: str) -> None:
        self.send(f"NOTICE {target} :{text}")

    def act(self, target: str, text: str) -> None:
        """Say something in the third person (``/me``)."""
        self.send(f"PRIVMSG {target} :\x01ACTION {text}\x01")

    async def wait_closed(self, timeout_s: float = TIMEOUT_S) -> str:
        """Wait until the server has closed the connection, and return why."""
        return await self.received.wait_for_end(timeout_s=timeout_s)

    async def quit(self, reason: str = "bye") -> None:
        """Say goodbye, wait for the server to close, and clean up."""
        self.send(f"QUIT :{reason}")
        await self.wait_closed()
        await self.close()

    async def close(self) -> None:
        """Drop the connection; harmless when there is none."""
        if self._writer is None:
            return
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.close()
        with suppress(OSError):  # the other side may have been faster
            await self._writer.wait_closed()
        self._writer = None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.readline():
                line = parse(data.rstrip(b"\r\n").decode("utf-8", "surrogateescape"))
                if line.command == "PING":
                    self.send(f"PONG :{line.text}")
                self.received.append(line)
            self.received.end("the server closed the connection")
        except (OSError, ValueError) as error:
            self.received.end(f"the connection broke: {error}")


def parse(raw: str) -> IrcLine:
    """Take a line apart in the plainest way; never raises."""
    rest, tags, prefix = raw, "", ""
    if rest.startswith("@"):
        tags, _, rest = rest[1:].partition(" ")
    if rest.startswith(":"):
        prefix, _, rest = rest[1:].partition(" ")
    head, colon, tail = rest.partition(" :")
    words = head.split()
    params = words[1:] + ([tail] if colon else [])
    return IrcLine(raw, _parse_tags(tags), prefix, words[0] if words else "", params)


def _parse_tags(text: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in text.split(";") if item)
    return {key: _unescape(value) for key, _, value in pairs}


def _unescape(value: str) -> str:
    characters = iter(value)
    return "".join(_escaped(next(characters, "")) if one == "\\" else one for one in characters)


def _escaped(letter: str) -> str:
    return _TAG_ESCAPES.get(letter, letter)


def _has_command(command: str) -> Callable[[IrcLine], bool]:
    return lambda line: line.command == command


def _is_cap_answer(line: IrcLine) -> bool:
    return line.command == "CAP" and len(line.params) > 1 and line.params[1] in ("ACK", "NAK")
