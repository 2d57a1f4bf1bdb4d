"""One conversation with the keeper, and one connection that it holds."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence
from typing import Final

from bridge.keeper.frames import BrokenFrame, Header, encode_frame, read_frame
from bridge.keeper.opening import Streams
from bridge.keeper.promise import Written

TAKEN_EVERY_S: Final = 0.05
"""Between two words on what was taken: they are small, yet there may be thousands of lines a second."""
_CLOSE_S: Final = 2.0


class Talk:
    """Frames both ways."""

    def __init__(self, streams: Streams) -> None:
        self._reader, self._writer = streams

    @property
    def has_ended(self) -> bool:
        """Whether the other side has hung up."""
        return self._reader.at_eof() or self._writer.is_closing()

    @property
    def peer_process(self) -> int:
        """The other side's process ID; 0 when it lives in another container."""
        peer = self._writer.get_extra_info("socket")
        return int(struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])

    def put(self, header: Header, body: bytes = b"") -> None:
        """Say something without waiting."""
        if not self._writer.is_closing():
            self._writer.write(encode_frame(header, body))

    async def say(self, header: Header, body: bytes = b"") -> None:
        self.put(header, body)
        await self._writer.drain()

    async def hear(self) -> tuple[Header, bytes]:
        """Raises ``OSError`` at the end, and `BrokenFrame`."""
        frame = await read_frame(self._reader)
        if frame is None:
            raise ConnectionResetError("the keeper hung up")
        return frame

    async def until_end(self) -> None:
        while await read_frame(self._reader) is not None:
            pass

    async def end(self) -> None:
        """Hang up when all that was put is said."""
        self._writer.close()
        with contextlib.suppress(OSError):
            async with asyncio.timeout(_CLOSE_S):
                await self._writer.wait_closed()


class Kept:
    """Implements `Held` by a connection of the keeper's. ``writes`` were made before."""

    keeps = True

    def __init__(self, talk: Talk, connection_id: str, *, writes: int = 0) -> None:
        self.id = connection_id
        self.writes = writes
        self.why_ended = ""
        self._talk = talk
        self._taken = 0
        self._timer: asyncio.TimerHandle | None = None

    async def read(self) -> bytes:
        try:
            while True:
                header, body = await self._talk.hear()
                match header.get("t"):
                    case "data" if body:
                        return body
                    case "ended":
                        self.why_ended = str(header.get("why", ""))
                        return b""
                    case _:
                        pass
        except (OSError, BrokenFrame):
            self.why_ended = "the keeper of the connection ended"
            return b""

    def write(self, lines: Sequence[Written], *, at: int) -> None:
        self.writes += 1
        sizes = [[len(line.data), line.token] for line in lines]
        header: Header = {"t": "write", "n": self.writes, "at": at, "lines": sizes}
        self._talk.put(header, b"".join(line.data for line in lines))

    def took(self, offset: int) -> None:
        self._taken = max(self._taken, offset)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(TAKEN_EVERY_S, self._tell_taken)

    def keep(self, snapshot: bytes, *, offset: int, writes: int) -> None:
        self._talk.put({"t": "keep", "o": offset, "n": writes}, snapshot)

    async def close(self) -> None:
        self._stop_timer()
        self._talk.put({"t": "close"})
        await self._talk.end()

    async def leave(self) -> None:
        if self._timer is not None:
            self._tell_taken()
        await self._talk.end()

    def _tell_taken(self) -> None:
        self._stop_timer()
        self._talk.put({"t": "took", "o": self._taken})

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
