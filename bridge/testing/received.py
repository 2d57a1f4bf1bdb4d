"""All that a test's client has received, in order, and waiting for what is still to come."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_SHOWN = 30


class NotReceivedError(AssertionError):
    """What a test waited for did not come; shows what came instead."""


class Received(Generic[T]):
    """An ordered record that never forgets, so that nothing can come too early to be seen."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._news = asyncio.Event()
        self._end: str | None = None

    @property
    def items(self) -> Sequence[T]:
        return self._items

    def mark(self) -> int:
        """Return a place in the record to pass as ``since``: only what comes later counts."""
        return len(self._items)

    def append(self, item: T) -> None:
        self._items.append(item)
        self._wake()

    def end(self, reason: str) -> None:
        """Say that nothing more will come, and why; the first reason is kept."""
        self._end = self._end or reason
        self._wake()

    async def wait_for(
        self, wanted: Callable[[T], bool], *, timeout_s: float, since: int = 0, what: str = "it"
    ) -> T:
        """Return the first item at or after ``since`` that is wanted, as soon as there is one.

        Raises NotReceivedError after ``timeout_s``, or at once when nothing more can come.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._search(wanted, since, what)
        except TimeoutError:
            raise NotReceivedError(
                self._explain(f"{what} did not come within {timeout_s} s", since)
            ) from None

    async def wait_for_end(self, *, timeout_s: float) -> str:
        """Wait until nothing more can come, and return the reason."""
        async with asyncio.timeout(timeout_s):
            while self._end is None:
                await self._news.wait()
        return self._end

    async def _search(self, wanted: Callable[[T], bool], start: int, what: str) -> T:
        position = start
        while True:
            for item in self._items[position:]:
                position += 1
                if wanted(item):
                    return item
            if self._end is not None:
                raise NotReceivedError(self._explain(f"{what} cannot come any more: {self._end}", start))
            await self._news.wait()

    def _wake(self) -> None:
        # Whoever waits holds the old event; who comes later takes the new one.
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _explain(self, sentence: str, start: int) -> str:
        shown = self._items[start:][-_SHOWN:]
        lines = "\n".join(f"  {item}" for item in shown) or "  nothing"
        return f"{sentence}; received was (the last {_SHOWN}):\n{lines}"
