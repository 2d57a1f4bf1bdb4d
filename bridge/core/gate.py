"""Lets pushes wait while what came before them is fetched, and never for long."""

import asyncio

from bridge.core.ports import Clock, Tasks


class Gate:
    """Shut at first. Opens by itself when somebody has waited ``limit_s`` at it.

    A push that waits is not answered, and meanwhile its homeserver keeps what follows in memory: that is
    why the wait has an end whatever happens.
    """

    def __init__(self, clock: Clock, tasks: Tasks, *, limit_s: float) -> None:
        self._clock = clock
        self._tasks = tasks
        self._limit_s = limit_s
        self._open = asyncio.Event()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def passage(self) -> None:
        """Until it is open."""
        if self._open.is_set():
            return
        timer = self._tasks.spawn("gate", self._open_later())
        try:
            await self._open.wait()
        finally:
            timer.cancel()

    async def _open_later(self) -> None:
        await self._clock.sleep(self._limit_s)
        self._open.set()
