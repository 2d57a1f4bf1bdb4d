"""A proxy before a database that breaks the connection around a commit."""

import asyncio
from contextlib import AsyncExitStack
from enum import Enum
from types import TracebackType


class Break(Enum):
    """Where the connection breaks when the next commit comes by."""

    BEFORE = "the database never hears of the commit"
    AFTER = "the database commits, and nobody hears its answer"


class LossyProxy:
    """``async with LossyProxy(host, port) as proxy``: connect to 127.0.0.1 at ``proxy.port``."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._closing = AsyncExitStack()
        self._writers: set[asyncio.StreamWriter] = set()
        self.next_commit: Break | None = None
        self.breaks = 0
        self.port = 0

    async def __aenter__(self) -> "LossyProxy":
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._closing.callback(server.close)
        self.port = server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()
        for writer in set(self._writers):
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, far_writer}
        answers = asyncio.create_task(_copy(far_reader, writer))
        await asyncio.gather(self._questions(reader, far_writer, answers), return_exceptions=True)
        writer.close()
        far_writer.close()
        await asyncio.gather(answers, return_exceptions=True)
        self._writers -= {writer, far_writer}

    async def _questions(
        self, reader: asyncio.StreamReader, far_writer: asyncio.StreamWriter, answers: "asyncio.Task[None]"
    ) -> None:
        while data := await reader.read(65536):
            if b"COMMIT" in data and self.next_commit is not None:
                how, self.next_commit = self.next_commit, None
                self.breaks += 1
                if how is Break.AFTER:
                    answers.cancel()
                    # The goodbye behind it makes the database close when it has committed.
                    far_writer.write(data + b"X\0\0\0\4")
                    await far_writer.drain()
                return
            far_writer.write(data)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    finally:
        writer.close()
