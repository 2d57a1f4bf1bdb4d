"""The bytes of one connection: reading lines at the allowed pace, writing within bounds."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from bridge.networks.irc.protocol.stream import LineBuffer
from bridge.playground.ircd.settings import FloodLimit, LongLines, Settings

_READ_BYTES = 65_536
_MAX_BODY_BYTES = 510
_MAX_TAGS_BYTES = 4094
# A client that does not read is thrown out before it costs more memory than this.
_MAX_WAITING_BYTES = 16 << 20


class Connection:
    """One accepted socket.

    ``mute`` takes everything in and lets nothing out, as a server that hangs would.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, settings: Settings
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._bucket = _Bucket(settings.flood) if settings.flood else None
        self._buffer = LineBuffer()
        self.mute = False
        self._close_reason: str | None = None

    @property
    def peer_host(self) -> str:
        address = self._writer.get_extra_info("peername")
        host = str(address[0]) if address else "localhost"
        # A name that begins with a colon would be read as a trailing parameter.
        return f"0{host}" if host.startswith(":") else host

    def write(self, data: bytes) -> None:
        """Send bytes without waiting; a client that lets too many pile up is closed."""
        if self.mute or self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > _MAX_WAITING_BYTES:
            self.abort("SendQ exceeded")
            return
        self._writer.write(data)

    def close(self, reason: str) -> None:
        """Say why and end the connection after all has gone out; the first reason counts."""
        if self._close_reason is None:
            self._close_reason = reason
            words = f"ERROR :Closing link: ({self.peer_host}) [{reason}]".encode("utf-8", "replace")
            self.write(words[:_MAX_BODY_BYTES] + b"\r\n")
        self._writer.close()

    def abort(self, reason: str) -> None:
        """End the connection at once, as a cut cable would."""
        self._close_reason = self._close_reason or reason
        self._writer.transport.abort()

    async def read_lines(
        self, handle: Callable[[bytes], None], *, refuse: Callable[[], None], ping: Callable[[], None]
    ) -> str:
        """Give each line to ``handle`` until the connection ends; return the reason why.

        ``refuse`` is called for a line that is too long; ``ping`` after a long silence.
        """
        asked = False
        while not self._closed():
            try:
                async with asyncio.timeout(self._settings.ping_after_s):
                    data = await self._reader.read(_READ_BYTES)
            except TimeoutError:
                if asked:
                    return f"Ping timeout: {self._settings.ping_after_s:.0f} seconds"
                asked = True
                ping()
                continue
            except OSError as error:
                return self._close_reason or f"Read error: {error.strerror or 'connection lost'}"
            if not data:
                return self._close_reason or "Connection closed"
            asked = False
            await self._handle_all(data, handle, refuse)
        return self._close_reason or "Connection closed"

    async def finish(self) -> None:
        """Close the socket and wait until it is gone."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def _closed(self) -> bool:
        return self._close_reason is not None

    async def _handle_all(
        self, data: bytes, handle: Callable[[bytes], None], refuse: Callable[[], None]
    ) -> None:
        for line in self._buffer.feed(data):
            await self._keep_pace()
            if self._closed():
                return
            fitting = self._fitting(line)
            if fitting is None:
                refuse()
            else:
                handle(fitting)

    async def _keep_pace(self) -> None:
        if self._bucket is None:
            return
        wait_s = self._bucket.take(time.monotonic())
        if wait_s > 0 and self._bucket.limit.close:
            self.close("Excess Flood")
        elif wait_s > 0:
            await asyncio.sleep(wait_s)

    def _fitting(self, line: bytes) -> bytes | None:
        """Return the line as far as it is heard; None if it is refused."""
        head, space, body = line.partition(b" ") if line.startswith(b"@") else (b"", b"", line)
        if len(head) > _MAX_TAGS_BYTES:
            return None
        if len(body) <= _MAX_BODY_BYTES:
            return line
        if self._settings.long_lines is LongLines.CUT:
            return head + space + body[:_MAX_BODY_BYTES]
        if self._settings.long_lines is LongLines.CLOSE:
            self.close("Request too long")
        return None


class _Bucket:
    """Counts how far ahead of its allowance a client is."""

    def __init__(self, limit: FloodLimit) -> None:
        self.limit = limit
        self._tokens = float(limit.burst)
        self._at: float | None = None

    def take(self, now: float) -> float:
        """Spend a token; return the seconds to wait until it was there."""
        if self._at is not None:
            self._tokens = min(self.limit.burst, self._tokens + (now - self._at) * self.limit.per_second)
        self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self.limit.per_second)
