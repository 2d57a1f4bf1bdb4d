"""A bell that wakes one waiter, by being rung or when a time has passed."""

import asyncio

from bridge.core.ports import Clock, Tasks


class Bell:
    """Rings are remembered: one rung before the wait ends it at once."""

    def __init__(self, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Until it is rung, or for that long."""
        if seconds is None:
            await self._rung.wait()
        else:
            timer = self._tasks.spawn("bell timer", self._ring_after(seconds))
            try:
                await self._rung.wait()
            finally:
                timer.cancel()
        self._rung.clear()

    async def _ring_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._rung.set()
