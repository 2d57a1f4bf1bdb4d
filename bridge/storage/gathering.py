"""Puts calls that come while one is on its way into the next one together.

What would be a transaction each becomes one for all that wait, on either engine.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from attrs import frozen

from bridge.model.errors import Phrase, StoreUnavailable

I = TypeVar("I")  # noqa: E741  # an item
R = TypeVar("R")

ITEMS_LIMIT: Final = 500
"""Most items put together; a single call with more goes alone."""


@frozen(eq=False)
class _Call(Generic[I, R]):
    items: Sequence[I]
    future: "asyncio.Future[Sequence[R]]"


class Gathering(Generic[I, R]):
    """``perform`` takes the items of many calls and gives a result for each, in their order.

    It may be given items again that it has refused in company.
    """

    def __init__(self, perform: Callable[[Sequence[I]], Awaitable[Sequence[R]]]) -> None:
        self._perform = perform
        self._waiting: list[_Call[I, R]] = []
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    async def __call__(self, items: Sequence[I]) -> Sequence[R]:
        """A caller that is cancelled leaves its items to their way; raises what ``perform`` raises."""
        if not items:
            return []
        if self._closed:
            raise StoreUnavailable(Phrase.of("storage.unavailable", error="closed"))
        call = _Call[I, R](items, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await call.future

    async def close(self) -> None:
        """Wait for what is on its way."""
        self._closed = True
        if self._worker is not None:
            await self._worker

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._together(self._next())
        finally:
            self._worker = None
            for call in self._waiting:
                call.future.cancel()
            self._waiting.clear()

    def _next(self) -> list[_Call[I, R]]:
        size = number = 0
        for call in self._waiting:
            size += len(call.items)
            if number and size > ITEMS_LIMIT:
                break
            number += 1
        calls, self._waiting = self._waiting[:number], self._waiting[number:]
        return calls

    async def _together(self, calls: list[_Call[I, R]]) -> None:
        try:
            results = await self._perform([item for call in calls for item in call.items])
        except StoreUnavailable as error:
            for call in calls:
                _fail(call, StoreUnavailable(error.reason))
        except Exception as error:  # noqa: BLE001  # it goes to whoever's it is, as in a call of its own
            if len(calls) == 1:
                _fail(calls[0], error)
                return
            for call in calls:
                await self._together([call])
        else:
            start = 0
            for call in calls:
                end = start + len(call.items)
                if not call.future.done():
                    call.future.set_result(results[start:end])
                start = end


def _fail(call: _Call[Any, Any], error: Exception) -> None:
    if not call.future.done():
        call.future.set_exception(error)
