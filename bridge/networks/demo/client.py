"""One account's connection to the demo chat: hears in order, one thing at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bridge.networks.demo.protocol.place import Chat, Happening, Place

OnHappening = Callable[[Happening], Awaitable[None]]


class Client:
    """Connects to a place as ``nick``. What is heard waits here until the owner has taken it."""

    def __init__(self, place: Place, nick: str, on_happening: OnHappening) -> None:
        self.place = place
        self.nick = nick
        self._on_happening = on_happening
        self._heard: asyncio.Queue[Happening] = asyncio.Queue()
        self._reading: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self._reading is not None

    def connect(self) -> None:
        """Connect; a second call changes nothing."""
        if self._reading is None:
            self.place.connect(self.nick, self._heard.put_nowait)
            self._reading = asyncio.create_task(self._read(), name=f"demo {self.nick}")

    async def disconnect(self) -> None:
        """Let go of the connection; what was heard before is still handed over."""
        if self._reading is not None:
            self.place.disconnect(self.nick)
            await self._heard.join()
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None

    async def drained(self) -> None:
        """Wait until everything heard so far was taken; for tests and the playground."""
        await self._heard.join()

    def join(self, chat: str) -> Chat:
        return self.place.come(chat, self.nick)

    async def _read(self) -> None:
        while True:
            happening = await self._heard.get()
            try:
                await self._on_happening(happening)
            finally:
                self._heard.task_done()
