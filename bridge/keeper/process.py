"""The keeper: a small process that owns the connections, so that the bridge may end and come back.

It takes orders over a Unix socket in the data folder, one connection of that socket for each connection it
holds (and one without any for as long as a bridge runs). It knows nothing of what is said over them.

Part of the keeper process: nothing but the standard library, all of it loaded at the start, because the
program on disk may be replaced while it runs.
"""

import asyncio
import logging
import os
import re
import signal
import socket
import struct
import time
from collections.abc import Awaitable, Callable

from bridge.keeper.frames import VERSION, BrokenFrame, Header, read_frame
from bridge.keeper.holding import Holding, pump, say
from bridge.keeper.opening import NotOpened, open_streams
from bridge.keeper.record import Record, Write

log = logging.getLogger("keeper")

TICK_S = 1.0
IDLE_S = 10.0
"""How long it stays without a bridge when there is nothing to hold."""
DEFAULT_LINGER_S = 300.0


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
            await say(writer, {"t": "refused", "why": "busy"})
            return
        self._holder = header["holder"]
        self._linger_s = float(header.get("linger_s", DEFAULT_LINGER_S))
        await say(writer, {"t": "welcome", "version": VERSION, "pid": os.getpid()})
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
            await say(writer, {"t": "refused", "why": "busy"})
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
            await say(writer, {"t": "refused", "why": error.why, "text": str(error)})
            return
        holding = Holding(name, streams, record)
        self._held[name] = holding
        log.info("%s: connected to %s port %d", name, header["host"], header["port"])
        await say(writer, {"t": "opened", "id": holding.id})
        await self._attend(holding, reader, writer)

    async def _on_resume(
        self, header: Header, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        holding = self._held.get(header["name"])
        if holding is None or holding.bridge is not None:
            await say(writer, {"t": "refused", "why": "" if holding is None else "busy"})
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
        pumping = asyncio.create_task(pump(holding, writer, again=again))
        try:
            while (frame := await read_frame(reader)) is not None:
                if not await self._obey(holding, *frame):
                    break
        finally:
            holding.bridge = None
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)
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


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    """Only the account that runs the keeper may give it orders."""
    peer = writer.get_extra_info("socket")
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(user == os.getuid())


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
