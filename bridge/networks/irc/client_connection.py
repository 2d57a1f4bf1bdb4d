"""One connection that feeds a session and writes what it wants written."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog

from bridge.api.network import Clock
from bridge.keeper.promise import Held, Written
from bridge.networks.irc.client_backlog import Backlog
from bridge.networks.irc.client_settled import SettledLines
from bridge.networks.irc.protocol.events import Event, RegistrationFailed, ServerError, TimedOut
from bridge.networks.irc.protocol.session import Session
from bridge.networks.irc.protocol.snapshot import SessionState

log = structlog.get_logger(__name__)

KEEP_EVERY_BYTES: Final = 64 * 1024
"""How much may come and go between two keepsakes; of a large keepsake, its own size."""
_READ_BYTES: Final = 65_536


class Connection:
    """Drives one session over one held connection until either side ends it, or we leave it.

    Args:
        tell: takes events at once, with the bytes they came out of and their place (`Backlog.place`); never
            blocks.
        backlog: says whether further events are welcome; reading stops while they are not.
        settled: is told which lines leave.
        keepsake: writes down what a later life needs beside the session's state.
        fed: how many bytes the session was given in an earlier life.

    Attributes:
        is_left: the connection is to live on when we stop serving it.
    """

    def __init__(
        self,
        session: Session,
        held: Held,
        *,
        clock: Clock,
        tell: Callable[[Sequence[Event], int, str], None],
        backlog: Backlog,
        settled: SettledLines,
        keepsake: Callable[[SessionState], bytes],
        fed: int = 0,
    ) -> None:
        self.session = session
        self.held = held
        self._clock = clock
        self._tell = tell
        self._backlog = backlog
        self._settled = settled
        self._keepsake = keepsake
        self._fed = fed
        self._sleeps_until: float | None = None
        self._rearm = asyncio.Event()
        self._last_words = ""
        self.is_left = False
        self._is_keeping = False
        self._kept_bytes: int | None = None
        self._unkept_bytes = 0

    async def run(self) -> str:
        """Serve a new connection; give the reason why it ended. The session has ended then as well."""
        self.session.connected(self._clock.monotonic())
        self.flush()
        return await self.go_on(b"")

    async def go_on(self, unread: bytes) -> str:
        """Serve a connection whose session was made before, beginning with bytes that were not looked at."""
        tasks = {asyncio.create_task(self._read(unread)), asyncio.create_task(self._tick())}
        reason = "the connection was cut"
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            reason = done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if not self.is_left:
                self._end(reason)
                await self.held.close()
        return self._last_words or reason

    def leave(self) -> None:
        """Let the connection live when `run` is cancelled; nothing gets its fate then."""
        self.is_left = True

    def flush(self) -> None:
        """Write what may be written now. Call after everything that is asked of the session."""
        now = self._clock.monotonic()
        lines = self.session.lines_to_send(now)
        if lines and not self.is_left:
            self.held.write([Written(data, token) for data, token in lines], at=self._fed)
            self._unkept_bytes += sum(len(data) for data, _ in lines)
            for _, token in lines:
                if token:
                    self._settled.said(token)
        wakeup = self.session.next_wakeup(now)
        if wakeup is not None and self._sleeps_until is not None and wakeup < self._sleeps_until:
            self._rearm.set()

    async def _read(self, unread: bytes) -> str:
        for start in range(0, len(unread), _READ_BYTES):
            end = self._receive(unread[start : start + _READ_BYTES])
            if end is not None:
                return end
            # Much may have come meanwhile, and others want to run as well.
            await asyncio.sleep(0)
        while True:
            if not self._backlog.has_room:
                await self._pause()
            data = await self.held.read()
            if not data:
                return self.held.why_ended
            end = self._receive(data)
            if end is not None:
                return end

    def _receive(self, data: bytes) -> str | None:
        """Take bytes; give the reason if they end the connection."""
        self._fed += len(data)
        end = None
        size = len(data)
        for offset, events in self.session.receive_lines(data, self._clock.monotonic()):
            if events:
                end = self._take(events, size, f"{self.held.id}:{offset}") or end
                size = 0
        self.flush()
        self._remember(len(data))
        return end

    def _remember(self, size: int) -> None:
        """Tell the keeper what need not come again, once all that followed from it is taken."""
        if not self.held.keeps:
            return
        offset = self.session.consumed
        self._backlog.when_taken(partial(self.held.took, offset))
        self._unkept_bytes += size
        is_due = self._kept_bytes is None or self._unkept_bytes >= max(KEEP_EVERY_BYTES, self._kept_bytes)
        state = self.session.state() if is_due and not self._is_keeping else None
        if state is None:
            return
        snapshot, writes = self._keepsake(state), self.held.writes
        self._unkept_bytes, self._kept_bytes = 0, len(snapshot)
        self._is_keeping = True

        def keep() -> None:
            self._is_keeping = False
            self.held.keep(snapshot, offset=offset, writes=writes)

        self._backlog.when_taken(keep)

    async def _pause(self) -> None:
        """Read nothing until there is room again; the server gets signs of life meanwhile."""
        log.warning("connection is not read until its events are taken")
        self.session.deaf(self._clock.monotonic())
        await self._backlog.wait_for_room()
        log.info("connection is read again")

    async def _tick(self) -> str:
        while True:
            now = self._clock.monotonic()
            wakeup = self.session.next_wakeup(now)
            if wakeup is None:
                return "the session ended"
            if wakeup > now:
                await self._sleep_until(wakeup, now)
                continue
            end = self._take(self.session.wake(now))
            if end is not None:
                return end
            self.flush()
            # Let the reader in between two wake-ups that are due at once.
            await asyncio.sleep(0)

    async def _sleep_until(self, wakeup: float, now: float) -> None:
        """Sleep until a time, or until `flush` finds that something is due sooner."""
        self._sleeps_until = wakeup
        self._rearm.clear()
        sleep = asyncio.ensure_future(self._clock.sleep(wakeup - now))
        rearm = asyncio.ensure_future(self._rearm.wait())
        try:
            await asyncio.wait({sleep, rearm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleeps_until = None
            sleep.cancel()
            rearm.cancel()
            await asyncio.gather(sleep, rearm, return_exceptions=True)

    def _take(self, events: list[Event], text_bytes: int = 0, place: str = "") -> str | None:
        """Tell events; give the reason if one of them ends the connection."""
        end = None
        self._tell(events, text_bytes, place)
        for event in events:
            match event:
                case TimedOut(reason=reason):
                    end = reason
                case RegistrationFailed(text=text):
                    end = text
                case ServerError(text=text):
                    self._last_words = text
                case _:
                    pass
        return end

    def _end(self, reason: str) -> None:
        self._tell(self.session.lost(self._clock.monotonic(), self._last_words or reason), 0, "")
