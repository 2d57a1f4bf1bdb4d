"""Connections that nobody holds: they live and end with this process."""

import asyncio
import secrets
from collections.abc import Sequence

from bridge.keeper.opening import NotOpened, Streams, close_stream, open_streams, read_some
from bridge.keeper.promise import Address, CannotOpen, Held, Manners, Resumed, Written

_READ_BYTES = 65_536


class Direct:
    """Implements `Keeper` without keeping anything."""

    holds_on = False

    async def resume(self, name: str) -> Resumed | None:
        return None

    async def open(self, name: str, address: Address, manners: Manners) -> Held:
        try:
            streams = await open_streams(
                address.host,
                address.port,
                tls=address.tls,
                tls_verify=address.tls_verify,
                timeout_s=address.timeout_s,
            )
        except NotOpened as error:
            raise CannotOpen(str(error), error.why) from error
        return _Own(streams)


class _Own:
    """Implements `Held` over streams of this process."""

    keeps = False

    def __init__(self, streams: Streams) -> None:
        self.id = secrets.token_hex(8)
        self.writes = 0
        self.why_ended = ""
        self._reader: asyncio.StreamReader
        self._reader, self._writer = streams

    async def read(self) -> bytes:
        data, self.why_ended = await read_some(self._reader, _READ_BYTES)
        return data

    def write(self, lines: Sequence[Written], *, at: int) -> None:
        self.writes += 1
        if not self._writer.is_closing():
            self._writer.write(b"".join(line.data for line in lines))

    def took(self, offset: int) -> None:
        """Nobody else has it."""

    def keep(self, snapshot: bytes, *, offset: int, writes: int) -> None:
        """Nothing outlives this process."""

    async def close(self) -> None:
        await close_stream(self._writer)

    async def leave(self) -> None:
        await self.close()
