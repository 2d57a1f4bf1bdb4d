"""A gate between the bridge and a server: cuts connections, holds new ones back, whispers nonsense."""

import asyncio
from contextlib import suppress
from typing import Self

from bridge.testing.servers.ports import LOOPBACK, free_port

_CHUNK_BYTES = 65_536
_PATIENCE_S = 15.0


class Gate:
    """Listens on ``port`` and joins each connection to ``server_port``, as long as it is open.

    While it is shut it takes new connections and keeps them waiting: to a client it is a server that accepts
    and never answers.
    """

    def __init__(self, server_port: int) -> None:
        self.host = LOOPBACK
        self.port = free_port()
        self._server_port = server_port
        self._open = asyncio.Event()
        self._open.set()
        self._held = asyncio.Event()
        self._clients: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, self.host, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._listener.wait_closed()

    def shut(self) -> None:
        """Cut every connection, and let nobody through from now on."""
        self._open.clear()
        self._held.clear()
        self.cut()

    def open(self) -> None:
        self._open.set()

    def cut(self) -> None:
        for client in list(self._clients):
            client.transport.abort()

    def whisper(self, data: bytes) -> None:
        """Say something to every client as if the server had said it."""
        for client in self._clients:
            client.write(data)

    async def until_somebody_waits(self) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            await self._held.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._clients.add(writer)
        try:
            if not self._open.is_set():
                self._held.set()
                await self._open.wait()
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self.host, self._server_port)
        ways = {
            asyncio.create_task(_carry(reader, server_writer)),
            asyncio.create_task(_carry(server_reader, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            server_writer.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
