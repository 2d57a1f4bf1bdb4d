"""What may become of each call that the bridge makes to the outside.

A call may be slow, may fail before or after it took effect, and may be the last one: then nothing ever
returns to the process that made it.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from enum import Enum
from random import Random
from typing import Any

from attrs import define, field

from bridge.model.errors import BridgeError, HomeserverUnavailable, Phrase, StoreUnavailable
from bridge.testing.fake_rooms import unavailable
from tests.core.simulation.loop import SeededLoop


class Peer(Enum):
    STORE = "store"
    HOMESERVER = "homeserver"
    NETWORK = "network"


@define
class Danger:
    """Stands between one process and the outside.

    Attributes:
        random: decides about slowness and failures; without it, calls are quick and well.
        failing: how likely a call to the store or the homeserver fails, half of them after it took effect.
        slow: how likely a call takes time.
        crash_at: the number of the call, from one, at which the process ends.
        after: whether that call still takes effect.
        calls: the names of all calls so far.
        dead: the process has ended; ``crashed``: at its call ``crash_at``.
        on_return: called when the homeserver answers again.
    """

    loop: SeededLoop
    random: Random | None = None
    failing: float = 0.0
    slow: float = 0.0
    crash_at: int | None = None
    after: bool = False
    calls: list[str] = field(factory=list)
    dead: bool = False
    crashed: bool = False
    on_return: Callable[[], None] = lambda: None
    _away: bool = False

    async def through(self, peer: Peer, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if self.dead:
            raise asyncio.CancelledError
        self.calls.append(f"{peer.value} {name}")
        if len(self.calls) == self.crash_at:
            await self._end(call)
        fate = self._fate(name)
        # What a network may fail with it does itself (``place.Fault``).
        failing = 0.0 if peer is Peer.NETWORK else self.failing
        await self._pause(fate)
        try:
            if fate < failing / 2:
                raise _failure(peer)
            answer = await call()
            if fate < failing:
                raise _failure(peer)
        except HomeserverUnavailable:
            self._away = True
            raise
        await self._pause(fate)
        if peer is Peer.HOMESERVER and self._away:
            self._away = False
            self.on_return()
        return answer

    def _fate(self, name: str) -> float:
        """Between nothing and one; what is near to nothing fails.

        A courtesy never does. Nor does the history by itself: a homeserver that pushes and does not answer
        for longer than pushes wait may be heard out of order.
        """
        if self.random is None or name.endswith(".mark_read") or name.startswith("FakeHistory."):
            return 1.0
        return self.random.random()

    async def _end(self, call: Callable[[], Awaitable[Any]]) -> None:
        if self.after:
            with contextlib.suppress(BridgeError):
                await call()
        self.dead = self.crashed = True
        self.loop.halted = True
        await asyncio.get_running_loop().create_future()

    async def _pause(self, fate: float) -> None:
        if self.random is None or fate > self.slow:
            return
        if fate > self.slow / 4:
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(self.random.choice((0.001, 0.02, 0.3)))


class Endangered:
    """Something of the outside, as the process sees it: every coroutine of it goes through the danger."""

    def __init__(self, inner: Any, danger: Danger, peer: Peer) -> None:
        self._inner = inner
        self._danger = danger
        self._peer = peer

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(found):
            return found
        wrapped = endangered(found, self._danger, self._peer)
        setattr(self, name, wrapped)
        return wrapped


def endangered(
    call: Callable[..., Awaitable[Any]], danger: Danger, peer: Peer
) -> Callable[..., Awaitable[Any]]:
    name = getattr(call, "__qualname__", "call")

    async def through(*arguments: Any, **named: Any) -> Any:
        return await danger.through(peer, name, lambda: call(*arguments, **named))

    return through


def _failure(peer: Peer) -> BridgeError:
    if peer is Peer.STORE:
        return StoreUnavailable(Phrase.of("storage.unavailable", error="it stumbled"))
    return unavailable()
