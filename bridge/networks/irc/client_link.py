"""Stays connected: makes one connection after another, and learns from how each ended."""

import asyncio
import traceback
from collections.abc import Callable, Iterable
from random import Random

import structlog
from attrs import define, evolve

from bridge.api.network import Clock
from bridge.networks.irc.client_backlog import Backlog
from bridge.networks.irc.client_backoff import Backoff
from bridge.networks.irc.client_connection import CannotConnect, Connection, open_connection
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.client_states import ClientEvent, Connecting, Disconnected, Failed
from bridge.networks.irc.protocol.events import FailureReason, Registered, RegistrationFailed, ServerError
from bridge.networks.irc.protocol.session import Session

RISKY_TO_REPEAT = frozenset(
    {FailureReason.BANNED, FailureReason.PASSWORD_REFUSED, FailureReason.SASL_REFUSED}
)
"""Refusals that a server may take badly when they come again and again."""

log = structlog.get_logger(__name__)


@define
class _Attempt:
    """What one connection has told that outlives it."""

    refusal: RegistrationFailed | None = None
    is_banned: bool = False
    is_flood: bool = False
    registered_at: float | None = None


class Link:
    """The succession of connections to one server.

    Args:
        backlog: takes what happened; without room in it no connection is made.
        answer: is called with each event before it waits in the backlog; never blocks.
        ended: is called when a connection has ended.

    Attributes:
        connection: the present one; None while there is none.
        faults: how often a fault of ours ended a connection.
    """

    def __init__(
        self,
        settings: ClientSettings,
        backlog: Backlog,
        *,
        clock: Clock,
        random: Random,
        answer: Callable[[ClientEvent], None],
        ended: Callable[[], None],
    ) -> None:
        self.connection: Connection | None = None
        self.faults = 0
        self._settings = settings
        self._backlog = backlog
        self._clock = clock
        self._backoff = Backoff(settings.backoff, random)
        self._answer = answer
        self._ended = ended
        self._flood = settings.session.flood
        self._attempt = _Attempt()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Connect, and reconnect until `goodbye`."""
        while not self._stopping.is_set():
            # Who cannot take more events has no use for another connection either.
            await self._backlog.wait_for_room()
            self.tell([Connecting(self._settings.host, self._settings.port, self._backoff.failures + 1)])
            self._attempt = attempt = _Attempt()
            reason = await self._connect_supervised(attempt)
            if attempt.registered_at is not None:
                self._backoff.held(self._clock.monotonic() - attempt.registered_at)
            if self._stopping.is_set():
                break
            self._slow_down(attempt)
            await self._clock.sleep(self._tell_end(attempt, reason))

    def goodbye(self, message: str) -> bool:
        """Make no further connection; False where there is none to say goodbye to."""
        self._stopping.set()
        if self.connection is None:
            return False
        self.connection.session.quit(message)
        self.connection.flush()
        return True

    def tell(self, events: Iterable[ClientEvent], text_bytes: int = 0) -> None:
        """Let events be answered, and wait for the one who takes them."""
        for event in events:
            self._note(event)
            self._answer(event)
            self._backlog.put(event, text_bytes)
            text_bytes = 0

    def _note(self, event: ClientEvent) -> None:
        match event:
            case Registered():
                self._attempt.registered_at = self._clock.monotonic()
            case RegistrationFailed(reason=reason) if reason.is_permanent:
                self._attempt.refusal = event
            case ServerError(is_ban=is_ban, is_flood=is_flood):
                self._attempt.is_banned |= is_ban
                self._attempt.is_flood |= is_flood
            case _:
                pass

    def _tell_end(self, attempt: _Attempt, reason: str) -> float:
        """Tell that there is no connection any more; give the seconds until the next attempt."""
        refusal = attempt.refusal
        if refusal is None:
            delay_s = self._backoff.next_delay_s(is_ban=attempt.is_banned)
            self.tell([Disconnected(reason, delay_s)])
            return delay_s
        delay_s = self._backoff.refused_delay_s(is_risky=refusal.reason in RISKY_TO_REPEAT)
        self.tell([Failed(refusal.reason.name.lower(), refusal.code, refusal.text, delay_s)])
        return delay_s

    def _slow_down(self, attempt: _Attempt) -> None:
        if attempt.is_flood:
            self._flood = self._flood.slowed()
            log.warning(
                "server called us a flood", burst=self._flood.burst, per_second=self._flood.per_second
            )

    async def _connect_supervised(self, attempt: _Attempt) -> str:
        try:
            return await self._connect_once()
        except CannotConnect as error:
            if error.refusal is not None:
                attempt.refusal = RegistrationFailed(error.refusal, "", str(error))
            return str(error)
        except Exception:  # noqa: BLE001 - the supervisor: a fault of ours must not end the network
            self.faults += 1
            log.error("connection failed by a fault", faults=self.faults, trace=traceback.format_exc())
            return "a fault of the bridge ended the connection"

    async def _connect_once(self) -> str:
        """Connect and serve the connection; give the reason why it ended. Raises `CannotConnect`."""
        streams = await open_connection(self._settings)
        session = Session(evolve(self._settings.session, flood=self._flood))
        self.connection = connection = Connection(
            session, streams, clock=self._clock, tell=self.tell, backlog=self._backlog
        )
        try:
            return await connection.run()
        finally:
            self.connection = None
            self._ended()
