"""The keeper: a small process that owns the connections, so that the bridge may end and come back.

It takes orders over a Unix socket in the data folder, one connection of that socket for each connection it
holds (and one without any for as long as a bridge runs). It knows nothing of what is said over them.

Part of the keeper process: nothing but the standard library, all of it loaded at the start, because the
program on disk may be replaced while it runs.
"""

import asyncio
import contextlib
import logging
import os
import re
import secrets
import signal
import socket
import struct
import time
from collections.abc import Awaitable, Callable

from bridge.keeper.frames import VERSION, BrokenFrame, Header, encode_frame, read_frame
from bridge.keeper.opening import NotOpened, Streams, close_stream, open_streams, read_some
from bridge.keeper.record import Record, Write

log = logging.getLogger("keeper")

READ_BYTES = 65_536
TICK_S = 1.0
IDLE_S = 10.0
"""How long it stays without a bridge when there is nothing to hold."""
DEFAULT_LINGER_S = 300.0
GOODBYE_S = 2.0
"""How long the other sides may take for their part of a goodbye."""


class Holding:
    """One held connection, with the bridge that is attached to it at the moment."""

    def __init__(self, name: str, streams: Streams, record: Record) -> None:
        self.name = name
        self.id = secrets.token_hex(8)
        self.record = record
        self.bridge: asyncio.StreamWriter | None = None
        self.news = asyncio.Event()
        self._reader, self._writer = streams
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


class KeeperProcess:
    """All that is held, and the bridge it is held for.

    Args:
        bound_bytes: about what is kept of one connection at most.
        stays: do not end for want of a bridge, because somebody else looks after this process.
    """

    def __init__(self, bound_bytes: int = 16 << 20, *, stays: bool = False) -> None:
        self._held: dict[str, Holding] = {}
        self._bridges: set[asyncio.StreamWriter] = set()
        self._holder = ""
        self._linger_s = DEFAULT_LINGER_S
        self._bound = bound_bytes
        self._stays = stays
        self._alone_since: float | None = time.monotonic()
        self._over = asyncio.Event()

    async def run(self, listening: socket.socket, unlink: Callable[[], None]) -> None:
        """Serve until there is nothing left to do, or a signal ends it; ``unlink`` takes its place away."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        server = await asyncio.start_unix_server(self._serve, sock=listening)
        log.info("ready, process %d", os.getpid())
        ticking = asyncio.create_task(self._tick())
        await self._over.wait()
        server.close()
        unlink()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await self._say_goodbye(list(self._held.values()))
        for writer in list(self._bridges):
            writer.close()
        log.info("ended")

    # --- time ---

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            for holding in self._held.values():
                holding.look(now)
            if self._bridges or self._alone_since is None:
                continue
            alone_s = now - self._alone_since
            if self._held and alone_s >= self._linger_s:
                log.info("no bridge for %d seconds, %d connections end", alone_s, len(self._held))
                await self._say_goodbye(list(self._held.values()))
            if not self._held and not self._stays and alone_s >= min(IDLE_S, self._linger_s):
                self._over.set()

    async def _say_goodbye(self, holdings: list[Holding]) -> None:
        for holding in holdings:
            self._held.pop(holding.name, None)
        await asyncio.gather(*(holding.say_goodbye() for holding in holdings), return_exceptions=True)

    # --- one bridge's wish ---

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _is_ours(writer):
            writer.close()
            return
        self._bridges.add(writer)
        self._alone_since = None
        try:
            await self._converse(reader, writer)
        except OSError:
            # A bridge that is killed does not hang up politely.
            pass
        except (BrokenFrame, KeyError, TypeError, ValueError, re.error) as error:
            log.warning("a bridge was not understood: %r", error)
        except Exception:
            log.exception("a fault of ours ended a conversation")
        finally:
            self._bridges.discard(writer)
            if not self._bridges:
                self._alone_since = time.monotonic()
                self._holder = ""
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await read_frame(reader)
        if hello is None or hello[0].get("t") != "hello":
            return
        header = hello[0]
        if self._holder not in ("", header["holder"]):
            await _say(writer, {"t": "refused", "why": "busy"})
            return
        self._holder = header["holder"]
        self._linger_s = float(header.get("linger_s", DEFAULT_LINGER_S))
        await _say(writer, {"t": "welcome", "version": VERSION, "pid": os.getpid()})
        # A bridge of another version knows what it may wish for: only to end.
        while (frame := await read_frame(reader)) is not None:
            wish = _WISHES.get(frame[0].get("t", ""))
            if wish is not None:
                await wish(self, frame[0], reader, writer)

    async def _on_open(
        self, header: Header, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        name = header["name"]
        before = self._held.get(name)
        if before is not None and before.bridge is not None:
            await _say(writer, {"t": "refused", "why": "busy"})
            return
        if before is not None:
            await self._say_goodbye([before])
        record = Record(
            ask=header["ask"].encode("latin-1"),
            answer=header["answer"].encode("latin-1"),
            sign=header["sign"].encode("latin-1"),
            farewell=header["farewell"].encode("latin-1"),
            bound_bytes=self._bound,
        )
        try:
            streams = await open_streams(
                header["host"],
                header["port"],
                tls=header["tls"],
                tls_verify=header["tls_verify"],
                timeout_s=header["timeout_s"],
            )
        except NotOpened as error:
            await _say(writer, {"t": "refused", "why": error.why, "text": str(error)})
            return
        _keep_alive(streams[1])
        holding = Holding(name, streams, record)
        self._held[name] = holding
        log.info("%s: connected to %s port %d", name, header["host"], header["port"])
        await _say(writer, {"t": "opened", "id": holding.id})
        await self._attend(holding, reader, writer)

    async def _on_resume(
        self, header: Header, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        holding = self._held.get(header["name"])
        if holding is None or holding.bridge is not None:
            await _say(writer, {"t": "refused", "why": "" if holding is None else "busy"})
            return
        log.info("%s: taken up again", holding.name)
        await self._attend(holding, reader, writer, again=True)

    async def _on_only(
        self, header: Header, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
    ) -> None:
        wanted = tuple(header["prefixes"])
        unwanted = [
            one for one in self._held.values() if not one.name.startswith(wanted) and one.bridge is None
        ]
        await self._say_goodbye(unwanted)

    async def _on_end(
        self, _header: Header, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
    ) -> None:
        log.info("told to end")
        self._over.set()

    # --- one connection and its bridge ---

    async def _attend(
        self,
        holding: Holding,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        again: bool = False,
    ) -> None:
        holding.bridge = writer
        pump = asyncio.create_task(_pump(holding, writer, again=again))
        try:
            while (frame := await read_frame(reader)) is not None:
                if not await self._obey(holding, *frame):
                    break
        finally:
            holding.bridge = None
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            holding.look(time.monotonic())
        log.info("%s: let go by the bridge", holding.name)

    async def _obey(self, holding: Holding, header: Header, body: bytes) -> bool:
        """Do what the attached bridge says; False when it has done with the connection."""
        record = holding.record
        match header.get("t"):
            case "write":
                record.wrote(Write(header["n"], header["at"], header["lines"], body))
                holding.write(body)
            case "took":
                record.took(header["o"])
            case "keep":
                record.keep(body, header["o"], header["n"])
                holding.read_again()
            case "close":
                if self._held.get(holding.name) is holding:
                    del self._held[holding.name]
                await holding.close()
                return False
            case _:
                pass
        return True


async def _pump(holding: Holding, writer: asyncio.StreamWriter, *, again: bool) -> None:
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
                await _say(writer, {"t": "data"}, data)
            elif record.ended is not None:
                await _say(writer, {"t": "ended", "why": record.ended})
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


async def _say(writer: asyncio.StreamWriter, header: Header, body: bytes = b"") -> None:
    writer.write(encode_frame(header, body))
    await writer.drain()


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    """Only the account that runs the keeper may give it orders."""
    peer = writer.get_extra_info("socket")
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(user == os.getuid())


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


_Wish = Callable[
    [KeeperProcess, Header, asyncio.StreamReader, asyncio.StreamWriter],
    Awaitable[None],
]
_WISHES: dict[str, _Wish] = {
    "open": KeeperProcess._on_open,
    "resume": KeeperProcess._on_resume,
    "only": KeeperProcess._on_only,
    "end": KeeperProcess._on_end,
}
