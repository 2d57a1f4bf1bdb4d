"""One at a time for each key, in the order in which they came; different keys do not wait for each other."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Turns(Generic[K]):
    """A line of waiting callers for each key. A key that nobody waits for takes no memory."""

    def __init__(self) -> None:
        self._lines: dict[K, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, key: K) -> AsyncIterator[None]:
        """Wait for the turn and hold it. The place in the line is taken at once, before any waiting."""
        line = self._lines.setdefault(key, deque())
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(place)
        try:
            if line[0] is not place:
                await place
            yield
        finally:
            self._leave(key, line, place)

    def _leave(self, key: K, line: deque[asyncio.Future[None]], place: asyncio.Future[None]) -> None:
        was_first = line[0] is place
        line.remove(place)
        if not line:
            del self._lines[key]
        elif was_first and not line[0].done():
            line[0].set_result(None)
