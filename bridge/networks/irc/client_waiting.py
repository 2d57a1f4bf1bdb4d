"""Futures that wait for an event, kept by what they wait for."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from bridge.api.network import Clock

V = TypeVar("V")


class Waiters(Generic[V]):
    """Callers that wait for an answer under a key; several may wait under one."""

    def __init__(self) -> None:
        self._futures: dict[str, list[asyncio.Future[V]]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._futures

    def answer(self, key: str, value: V) -> None:
        """Wake all who wait under a key."""
        for future in self._futures.pop(key, ()):
            if not future.done():
                future.set_result(value)

    def refuse(self, key: str, error: Exception) -> None:
        """Raise in all who wait under a key."""
        for future in self._futures.pop(key, ()):
            if not future.done():
                future.set_exception(error)

    def refuse_all(self, error: Exception) -> None:
        """Raise in all who wait."""
        for key in list(self._futures):
            self.refuse(key, error)

    def waited_for(self) -> list[str]:
        """Name what is waited for."""
        return list(self._futures)

    @contextmanager
    def expecting(self, key: str) -> Iterator[asyncio.Future[V]]:
        """Wait under a key from here on: enter before asking, so that no answer is missed."""
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(key, []).append(future)
        try:
            yield future
        finally:
            if future.done() and not future.cancelled():
                # The caller may have been cancelled in the turn of the loop in which the answer came.
                future.exception()
            future.cancel()
            self._forget(key, future)

    def _forget(self, key: str, future: asyncio.Future[V]) -> None:
        others = [other for other in self._futures.get(key, ()) if other is not future]
        if others:
            self._futures[key] = others
        else:
            self._futures.pop(key, None)


async def within(
    seconds: float, future: "asyncio.Future[V]", *, clock: Clock, too_late: Callable[[], Exception]
) -> V:
    """Wait for a future; raises ``too_late()`` after the time limit."""
    limit = asyncio.ensure_future(clock.sleep(seconds))
    waited: set[asyncio.Future[V] | asyncio.Future[None]] = {future, limit}
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            raise too_late()
        return future.result()
    finally:
        limit.cancel()
