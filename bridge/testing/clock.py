"""A clock that is turned by hand."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

_START = datetime(2026, 1, 1, tzinfo=UTC)


async def settle(rounds: int = 200) -> None:
    """Let everything that is ready run, again and again, without any time passing."""
    for _ in range(rounds):
        await asyncio.sleep(0)


class HandClock:
    """Time passes only through ``turn``; sleepers wake in the order of their times."""

    def __init__(self, start: datetime = _START) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._numbers), woken))
        await woken

    async def turn(self, seconds: float) -> None:
        """Let time pass; whoever wakes runs before the next one does."""
        end = self._monotonic + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            when, _, woken = heapq.heappop(self._sleepers)
            self._move_to(when)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self._move_to(end)
        await settle()

    def step(self, seconds: float) -> None:
        """The wall clock is put forward, or back; no time has passed."""
        self._now += timedelta(seconds=seconds)

    def _move_to(self, monotonic: float) -> None:
        self._now += timedelta(seconds=monotonic - self._monotonic)
        self._monotonic = monotonic
