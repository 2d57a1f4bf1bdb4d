"""One TCP or TLS connection that feeds a session and writes what it wants written."""

import asyncio
import ssl
from collections.abc import Callable, Sequence

import structlog

from bridge.api.network import Clock
from bridge.networks.irc.client_backlog import Backlog
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.protocol.events import (
    Event,
    FailureReason,
    RegistrationFailed,
    ServerError,
    TimedOut,
)
from bridge.networks.irc.protocol.session import Session

log = structlog.get_logger(__name__)

_READ_BYTES = 65_536
CLOSE_S = 1.0
"""How long a peer may take to agree that the connection is closed."""
_NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNKNOWN_PROTOCOL",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
    }
)
"""What OpenSSL calls an answer that is no TLS at all."""


class CannotConnect(Exception):
    """No connection came about; the text is a short sentence without a full stop.

    Attributes:
        refusal: set where a person must act before it can.
    """

    def __init__(self, text: str, refusal: FailureReason | None = None) -> None:
        super().__init__(text)
        self.refusal = refusal


async def open_connection(settings: ClientSettings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, with TLS if so set. Raises `CannotConnect`."""
    # The trusted certificates are read from disk.
    context = await asyncio.to_thread(_tls_context, settings) if settings.tls else None
    try:
        async with asyncio.timeout(settings.connect_timeout_s):
            return await asyncio.open_connection(
                settings.host, settings.port, ssl=context, server_hostname=settings.host if context else None
            )
    except TimeoutError as error:
        raise CannotConnect("the server did not answer in time") from error
    except ssl.SSLCertVerificationError as error:
        raise CannotConnect(error.verify_message, FailureReason.CERTIFICATE) from error
    except ssl.SSLError as error:
        refusal = FailureReason.NO_TLS if error.reason in _NOT_TLS else None
        raise CannotConnect(f"TLS failed: {error.reason or error}", refusal) from error
    except (OSError, UnicodeError) as error:
        raise CannotConnect(getattr(error, "strerror", None) or str(error)) from error


def _tls_context(settings: ClientSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """Drives one session over one pair of streams until either side ends it.

    Args:
        tell: takes events at once, with the bytes they came out of; never blocks.
        backlog: says whether further events are welcome; reading stops while they are not.
    """

    def __init__(
        self,
        session: Session,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        *,
        clock: Clock,
        tell: Callable[[Sequence[Event], int], None],
        backlog: Backlog,
    ) -> None:
        self.session = session
        self._reader, self._writer = streams
        self._clock = clock
        self._tell = tell
        self._backlog = backlog
        self._sleeps_until: float | None = None
        self._rearm = asyncio.Event()
        self._last_words = ""

    async def run(self) -> str:
        """Serve the connection; give the reason why it ended. The session has ended then as well."""
        self.session.connected(self._clock.monotonic())
        self.flush()
        tasks = {asyncio.create_task(self._read()), asyncio.create_task(self._tick())}
        reason = "the connection was cut"
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            reason = done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._end(reason)
            await self._close()
        return self._last_words or reason

    def flush(self) -> None:
        """Write what may be written now. Call after everything that is asked of the session."""
        now = self._clock.monotonic()
        data = self.session.bytes_to_send(now)
        if data and not self._writer.is_closing():
            self._writer.write(data)
        wakeup = self.session.next_wakeup(now)
        if wakeup is not None and self._sleeps_until is not None and wakeup < self._sleeps_until:
            self._rearm.set()

    async def _read(self) -> str:
        while True:
            if not self._backlog.has_room:
                await self._pause()
            try:
                data = await self._reader.read(_READ_BYTES)
            except (OSError, ssl.SSLError) as error:
                return f"the connection was lost: {getattr(error, 'strerror', None) or error}"
            if not data:
                return "the server closed the connection"
            end = self._take(self.session.receive(data, self._clock.monotonic()), len(data))
            self.flush()
            if end is not None:
                return end

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

    def _take(self, events: list[Event], text_bytes: int = 0) -> str | None:
        """Tell events; give the reason if one of them ends the connection."""
        end = None
        self._tell(events, text_bytes)
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
        self._tell(self.session.lost(self._clock.monotonic(), self._last_words or reason), 0)

    async def _close(self) -> None:
        self._writer.close()
        # A peer that never answers our goodbye must not hold us; what it says about it is of no use.
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._writer.wait_closed()
        except (OSError, ssl.SSLError):
            # TimeoutError is an OSError.
            self._writer.transport.abort()
