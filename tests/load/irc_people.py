"""People on an IRC server who write lines and note when lines came; no more than that, to cost little."""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, cast

_GREETED: Final = (b" 376 ", b" 422 ")
_TIMEOUT_S: Final = 20.0


class IrcPerson(asyncio.Protocol):
    """One connection. ``heard`` is called with the text and the time of each line said in a channel."""

    def __init__(self, nick: str, heard: Callable[[str, float], None] | None = None) -> None:
        self.nick = nick
        self._heard = heard
        self._rest = b""
        self._greeted = asyncio.get_running_loop().create_future()
        self._joined: dict[str, asyncio.Future[None]] = {}
        self._transport: asyncio.Transport

    async def connect(self, host: str, port: int) -> "IrcPerson":
        await asyncio.get_running_loop().create_connection(lambda: self, host, port)
        self._write(f"NICK {self.nick}\r\nUSER {self.nick} 0 * :{self.nick}")
        await asyncio.wait_for(self._greeted, _TIMEOUT_S)
        return self

    async def join(self, channels: Sequence[str]) -> None:
        for channel in channels:
            self._joined[channel] = asyncio.get_running_loop().create_future()
            self._write(f"JOIN {channel}")
        await asyncio.wait_for(asyncio.gather(*self._joined.values()), _TIMEOUT_S)

    def say(self, channel: str, text: str) -> None:
        self._write(f"PRIVMSG {channel} :{text}")

    def close(self) -> None:
        self._transport.close()

    def _write(self, line: str) -> None:
        self._transport.write(line.encode() + b"\r\n")

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        at = perf_counter()
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            if line.startswith(b"PING"):
                self._write("PONG" + line[4:].decode())
            elif b" PRIVMSG #" in line:
                if self._heard is not None:
                    self._heard(line.decode(errors="replace"), at)
            elif b" 366 " in line:
                self._note_joined(line)
            elif not self._greeted.done() and any(word in line for word in _GREETED):
                self._greeted.set_result(None)

    def _note_joined(self, line: bytes) -> None:
        joined = self._joined.get(line.split()[3].decode())
        if joined is not None and not joined.done():
            joined.set_result(None)
