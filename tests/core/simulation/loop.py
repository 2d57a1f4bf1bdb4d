"""An event loop without a wall clock: what is ready runs in an order drawn from a seed.

It implements what tasks, futures, locks and time limits ask of a loop, and nothing with sockets or threads.
Who owns it stands outside: ``settle`` runs all that is ready, ``turn`` lets time pass. A coroutine that is
never run again is a process that has ended.
"""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final, cast

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ENDLESS: Final = 200_000
"""So many steps without time passing: something goes round and round."""


class Livelock(AssertionError):
    """Something runs for ever without waiting for anything."""


class Call:
    """Something to be run once; what a loop gives back for it, as ``asyncio.Handle`` is."""

    __slots__ = ("args", "callback", "context", "dead")

    def __init__(self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context | None) -> None:
        self.callback = callback
        self.args = args
        self.context = context or copy_context()
        self.dead = False

    def cancel(self) -> None:
        self.dead = True

    def cancelled(self) -> bool:
        return self.dead


class SeededLoop:
    """Without ``random`` what is ready runs in its order, as with asyncio itself.

    Attributes:
        failed: what the loop was told went wrong in a callback or an abandoned future.
    """

    def __init__(self, random: Random | None = None) -> None:
        self._itself = cast(asyncio.AbstractEventLoop, self)
        self._random = random
        self._time = 1000.0
        self._ready: list[Call] = []
        self._timers: list[tuple[float, int, Call]] = []
        self._numbers = count()
        self.halted = False
        """Once true, nothing runs any longer until it is false again."""
        self.failed: list[dict[str, Any]] = []

    # What asyncio asks of it.

    def time(self) -> float:
        return self._time

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Call:
        call = Call(callback, args, context)
        self._ready.append(call)
        return call

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Call:
        return self.call_at(self._time + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Call:
        call = Call(callback, args, context)
        heapq.heappush(self._timers, (when, next(self._numbers), call))
        return call

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self._itself)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self._itself, name=name, context=context)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.failed.append(context)

    # What its owner does.

    def settle(self) -> None:
        """Run until nothing is ready."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self._itself)
        try:
            self._run_ready()
        finally:
            asyncio._set_running_loop(before)

    def turn(self, seconds: float) -> None:
        """Let time pass; whoever wakes runs before the next one does."""
        end = self._time + seconds
        self.settle()
        while self._timers and self._timers[0][0] <= end and not self.halted:
            when, _, call = heapq.heappop(self._timers)
            if not call.dead:
                self._time = max(self._time, when)
                self._ready.append(call)
                self.settle()
        if not self.halted:
            self._time = end

    def _run_ready(self) -> None:
        ready, random = self._ready, self._random
        for _ in range(_ENDLESS):
            if not ready or self.halted:
                return
            if random is None:
                call = ready.pop(0)
            else:
                place = int(random.random() * len(ready))
                ready[place], ready[-1] = ready[-1], ready[place]
                call = ready.pop()
            if not call.dead:
                call.context.run(call.callback, *call.args)
        raise Livelock([str(call.callback) for call in ready[:5]])


class LoopClock:
    """The clock of everything that runs on a ``SeededLoop``; implements ``core.ports.Clock``."""

    def __init__(self, loop: SeededLoop) -> None:
        self._loop = loop
        self._began = loop.time()

    def now(self) -> datetime:
        return _START + timedelta(seconds=self._loop.time() - self._began)

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
