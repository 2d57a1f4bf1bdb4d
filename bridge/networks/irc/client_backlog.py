"""Events on their way to the one who takes them, within a bound on what may wait.

While the taker does not take (the store refuses), events wait here and the connection is still read, so that
PING is answered. Beyond `BOUND_BYTES` reading stops: then the server keeps what we do not read, and the
session gives it signs of life (`Session.deaf`). A server that keeps no more for us closes the connection;
what is said from then on is unseen.
"""

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bridge.networks.irc.client_states import ClientEvent

BOUND_BYTES: Final = 16 << 20
"""About what waiting events may take of memory; reading goes on when half of it is free again."""
_EVENT_BYTES: Final = 1024
"""What an event takes beside its text, about."""

log = structlog.get_logger(__name__)


class Backlog:
    """Hands events on, one after another, in their order.

    Attributes:
        faults: how often the taker raised.
        place: names where the event that is being taken came from; empty where it came from no line. The
            same line of the same connection has the same place whenever it is read.
    """

    def __init__(
        self, take: Callable[[ClientEvent], Awaitable[None]], *, bound_bytes: int = BOUND_BYTES
    ) -> None:
        self.faults = 0
        self.place = ""
        self._take = take
        self._bound = bound_bytes
        self._waiting: asyncio.Queue[tuple[ClientEvent, int, str] | Callable[[], None]] = asyncio.Queue()
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()

    def put(self, event: ClientEvent, text_bytes: int = 0, place: str = "") -> None:
        """Let an event wait; ``text_bytes`` is what came from the server with it."""
        size = _EVENT_BYTES + text_bytes
        self._waiting.put_nowait((event, size, place))
        self._bytes += size
        if self._bytes >= self._bound:
            self._room.clear()

    def when_taken(self, call: Callable[[], None]) -> None:
        """Call this when all that waits now has been taken."""
        self._waiting.put_nowait(call)

    @property
    def has_room(self) -> bool:
        """Say whether more may be read."""
        return self._room.is_set()

    async def wait_for_room(self) -> None:
        """Wait until more may be read."""
        await self._room.wait()

    async def run(self) -> None:
        """Hand on for ever. What the taker raises is logged and counted, and the next event follows."""
        while True:
            item = await self._waiting.get()
            if not isinstance(item, tuple):
                item()
                self._waiting.task_done()
                continue
            event, size, self.place = item
            try:
                await self._take(event)
            except Exception:  # noqa: BLE001 - the supervisor: one event must not keep the others away
                self.faults += 1
                kind, trace = type(event).__name__, traceback.format_exc()
                log.error("event could not be taken", kind=kind, faults=self.faults, trace=trace)
            finally:
                self._waiting.task_done()
                self._bytes -= size
            if self._bytes <= self._bound // 2:
                self._room.set()

    async def finish(self, timeout_s: float) -> None:
        """Wait until all is handed on, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._waiting.join()
