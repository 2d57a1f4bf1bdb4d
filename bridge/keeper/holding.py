"""One held connection: reads from it, remembers, and gives what came in to the bridge that is attached.

Part of the keeper process: nothing but the standard library.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import time

from bridge.keeper.frames import Header, encode_frame
from bridge.keeper.opening import Streams, close_stream, read_some
from bridge.keeper.record import Record

log = logging.getLogger("keeper")

READ_BYTES = 65_536
GOODBYE_S = 2.0
"""How long the other side may take for its part of a goodbye."""


class Holding:
    """One held connection, with the bridge that is attached to it at the moment."""

    def __init__(self, name: str, streams: Streams, record: Record) -> None:
        self.name = name
        self.id = secrets.token_hex(8)
        self.record = record
        self.bridge: asyncio.StreamWriter | None = None
        self.news = asyncio.Event()
        self._reader, self._writer = streams
        with contextlib.suppress(OSError):
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._room = asyncio.Event()
        self._room.set()
        self._reading = asyncio.create_task(self._read(), name=f"read {name}")

    def write(self, data: bytes) -> None:
        if data and self.record.ended is None and not self._writer.is_closing():
            self._writer.write(data)

    def look(self, now: float) -> None:
        """Say what has become due."""
        self.write(self.record.answers(now, attached=self.bridge is not None))

    def read_again(self) -> None:
        """Go on reading if there is room."""
        if self.record.has_room and not self._room.is_set():
            log.info("%s: read again", self.name)
            self._room.set()

    async def say_goodbye(self) -> None:
        """End it in the way the other side calls polite."""
        if self.record.ended is None:
            self.write(self.record.farewell)
            await asyncio.wait({self._reading}, timeout=GOODBYE_S)
        await self.close()

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await close_stream(self._writer)

    async def _read(self) -> None:
        while True:
            if not self.record.has_room:
                log.warning("%s: not read, %d bytes wait", self.name, self.record.received - self.record.base)
                self._room.clear()
                await self._room.wait()
            data, end = await read_some(self._reader, READ_BYTES)
            if not data:
                self.record.ended = end
                log.info("%s: ended: %s", self.name, end)
                self.news.set()
                return
            self.record.hear(data, time.monotonic())
            if self.bridge is None:
                self.look(time.monotonic())
            self.news.set()


async def pump(holding: Holding, writer: asyncio.StreamWriter, *, again: bool) -> None:
    """Give the bridge what came in and comes in; the connection's own buffer is what waits."""
    record = holding.record
    sent = record.base
    try:
        if again:
            sent = await _tell_past(holding, writer)
        while True:
            holding.news.clear()
            if data := record.since(sent, READ_BYTES):
                sent += len(data)
                await say(writer, {"t": "data"}, data)
            elif record.ended is not None:
                await say(writer, {"t": "ended", "why": record.ended})
                return
            else:
                await holding.news.wait()
    except OSError:
        # The bridge is gone; whoever reads its orders notices as well.
        return


async def _tell_past(holding: Holding, writer: asyncio.StreamWriter) -> int:
    """What a bridge needs to go on; returns up to where it knows then."""
    record = holding.record
    header = {
        "t": "resumed",
        "id": holding.id,
        "o": record.base,
        "taken": record.taken,
        "seen": record.seen,
        "n": record.writes[-1].number if record.writes else None,
        "snapshot": record.snapshot is not None,
    }
    base, upto, writes = record.base, record.received, list(record.writes)
    frames = [encode_frame(header, record.snapshot or b"")]
    frames += [
        encode_frame({"t": "wrote", "n": one.number, "at": one.at, "lines": one.lines}, one.body)
        for one in writes
    ]
    # All of it is taken at once: nothing may be forgotten between two parts of one past.
    frames += [
        encode_frame({"t": "data"}, record.since(offset, min(READ_BYTES, upto - offset)))
        for offset in range(base, upto, READ_BYTES)
    ]
    frames.append(encode_frame({"t": "present"}))
    for frame in frames:
        writer.write(frame)
        await writer.drain()
    return upto


async def say(writer: asyncio.StreamWriter, header: Header, body: bytes = b"") -> None:
    writer.write(encode_frame(header, body))
    await writer.drain()
