"""Stays connected: makes one connection after another, and learns from how each ended."""

import asyncio
import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random

import structlog
from attrs import define, evolve

from bridge.api.network import Clock
from bridge.keeper.promise import Address, CannotOpen, Held, Keeper
from bridge.keeper.promise import Resumed as Past
from bridge.networks.irc.client_backlog import Backlog
from bridge.networks.irc.client_backoff import Backoff
from bridge.networks.irc.client_connection import Connection
from bridge.networks.irc.client_keepsake import TakenUp, make_keepsake, manners, take_up
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.client_settled import SettledLines
from bridge.networks.irc.client_states import ClientEvent, Connecting, Disconnected, Failed, Resumed
from bridge.networks.irc.protocol.events import FailureReason, Registered, RegistrationFailed, ServerError
from bridge.networks.irc.protocol.session import Session
from bridge.networks.irc.protocol.snapshot import SessionState

RISKY_TO_REPEAT = frozenset(
    {FailureReason.BANNED, FailureReason.PASSWORD_REFUSED, FailureReason.SASL_REFUSED}
)
"""Refusals that a server may take badly when they come again and again."""
_OURS = {"certificate": FailureReason.CERTIFICATE, "no_tls": FailureReason.NO_TLS}
"""Why it is we who refuse a server (`CannotOpen.why`)."""

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
        keeper: makes the connections, or has held one since before this process began.
        backlog: takes what happened; without room in it no connection is made.
        answer: is called with each event before it waits in the backlog; never blocks.
        ended: is called when a connection has ended.

    Attributes:
        connection: the present one; None while there is none.
        faults: how often a fault of ours ended a connection.
        settled: what became of the latest lines.
    """

    def __init__(
        self,
        settings: ClientSettings,
        backlog: Backlog,
        *,
        keeper: Keeper,
        clock: Clock,
        random: Random,
        answer: Callable[[ClientEvent], None],
        ended: Callable[[], None],
    ) -> None:
        self.connection: Connection | None = None
        self.faults = 0
        self.settled = SettledLines()
        self._keeper = keeper
        self._settings = settings
        self._backlog = backlog
        self._clock = clock
        self._backoff = Backoff(settings.backoff, random)
        self._answer = answer
        self._ended = ended
        self._flood = settings.session.flood
        self._attempt = _Attempt()
        self._welcomed_at: datetime | None = None
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

    def leave(self) -> bool:
        """Make no further connection and let the present one live on; False where that cannot be."""
        connection = self.connection
        if connection is None or not (self._keeper.holds_on and connection.held.keeps):
            return False
        if not connection.session.is_registered:
            return False
        self._stopping.set()
        connection.leave()
        return True

    def tell(self, events: Iterable[ClientEvent], text_bytes: int = 0, place: str = "") -> None:
        """Let events be answered, and wait for the one who takes them. See `Backlog.place`."""
        for number, event in enumerate(events):
            self._note(event)
            self._answer(event)
            self._backlog.put(event, text_bytes, place and f"{place}.{number}")
            text_bytes = 0

    def _note(self, event: ClientEvent) -> None:
        self.settled.note(event)
        match event:
            case Registered():
                self._welcomed_at = self._clock.now()
                self._attempt.registered_at = self._clock.monotonic()
            case Resumed(since=since):
                self._welcomed_at = since
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
        except CannotOpen as error:
            refusal = _OURS.get(error.why)
            if refusal is not None:
                attempt.refusal = RegistrationFailed(refusal, "", str(error))
            return str(error)
        except Exception:  # noqa: BLE001 - the supervisor: a fault of ours must not end the network
            self.faults += 1
            log.error("connection failed by a fault", faults=self.faults, trace=traceback.format_exc())
            return "a fault of the bridge ended the connection"

    async def _connect_once(self) -> str:
        """Connect and serve the connection; give the reason why it ended. Raises `CannotOpen`."""
        past = await self._keeper.resume(self._settings.held_as)
        if past is not None:
            taken_up = take_up(past, self._settings, self.settled, self._clock.monotonic())
            if taken_up is not None:
                return await self._go_on(past, taken_up)
            await past.held.close()
        settings = self._settings
        address = Address(
            host=settings.host,
            port=settings.port,
            tls=settings.tls,
            tls_verify=settings.tls_verify,
            timeout_s=settings.connect_timeout_s,
        )
        held = await self._keeper.open(settings.held_as, address, manners(settings))
        session = Session(evolve(settings.session, flood=self._flood))
        return await self._serve(self._connection(session, held, fed=0))

    async def _go_on(self, past: Past, taken_up: TakenUp) -> str:
        """Serve a connection that was held; give the reason why it ended."""
        log.info("connection is taken up again", held_as=self._settings.held_as)
        self._flood = taken_up.flood
        connection = self._connection(taken_up.session, past.held, fed=past.seen)

        def tell_what_happened() -> None:
            self.tell([Resumed(taken_up.session.nick, taken_up.since)])
            for line in taken_up.happened:
                self.tell(line.events, place=f"{past.held.id}:{line.offset}")

        return await self._serve(connection, tell_what_happened, unread=taken_up.unread)

    def _connection(self, session: Session, held: Held, *, fed: int) -> Connection:
        return Connection(
            session,
            held,
            clock=self._clock,
            tell=self.tell,
            backlog=self._backlog,
            settled=self.settled,
            keepsake=self._keepsake,
            fed=fed,
        )

    def _keepsake(self, state: SessionState) -> bytes:
        since = self._welcomed_at or self._clock.now()
        return make_keepsake(state, self.settled, self._settings, flood=self._flood, since=since)

    async def _serve(
        self,
        connection: Connection,
        first: Callable[[], None] | None = None,
        *,
        unread: bytes = b"",
    ) -> str:
        self.connection = connection
        try:
            if first is None:
                return await connection.run()
            first()
            return await connection.go_on(unread)
        finally:
            self.connection = None
            if not connection.is_left:
                self._ended()
