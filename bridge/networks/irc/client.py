"""A lasting IRC client: connects, stays connected, and answers for everything it is asked to do.

The session decides, the connection writes and sleeps; the client keeps both going over reconnects, joins the
wanted channels again, and turns events into answers for those who wait for them.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import Random
from typing import TypeVar

import structlog
from attrs import define, evolve

from bridge.api.network import Clock
from bridge.networks.irc.client_answers import Answers
from bridge.networks.irc.client_backlog import Backlog
from bridge.networks.irc.client_backoff import Backoff
from bridge.networks.irc.client_connection import CannotConnect, Connection, open_connection
from bridge.networks.irc.client_errors import ClientError, CommandFailed, JoinFailed, NotConnected
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.client_states import ClientEvent, Connecting, Disconnected, Failed
from bridge.networks.irc.client_waiting import Waiters, within
from bridge.networks.irc.protocol.casemap import CaseMapping, NameMap
from bridge.networks.irc.protocol.channels import Channel
from bridge.networks.irc.protocol.events import (
    Delivered,
    FailureReason,
    ListedChannel,
    Member,
    MessageKind,
    Registered,
    RegistrationFailed,
    ServerError,
)
from bridge.networks.irc.protocol.joins import make_join
from bridge.networks.irc.protocol.session import Session

V = TypeVar("V")

GOODBYE_S = 2.0
"""How long the server may take to close the connection after our goodbye."""
LAST_EVENTS_S = 1.0
"""How long the last events may take to be taken when the client stops."""
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


class Client:
    """One lasting connection to an IRC network.

    Args:
        on_event: is awaited for each event and state, one after another, in their order. See `client_backlog`
            for what happens while it does not return. What it raises is logged.
            What it raises is logged, and the next event follows.
        clock: the only source of time.
        random: for the jitter between attempts.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        on_event: Callable[[ClientEvent], Awaitable[None]],
        clock: Clock,
        random: Random,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._backoff = Backoff(settings.backoff, random)
        self._connection: Connection | None = None
        self._wanted: NameMap[str | None] = NameMap(CaseMapping.RFC1459)
        self._answers = Answers(self._fold, lambda channel: self.channel(channel) is not None)
        self._backlog = Backlog(on_event, bound_bytes=settings.waiting_bytes)
        self._flood = settings.session.flood
        self._tasks: list[asyncio.Task[None]] = []
        self._attempt = _Attempt()
        self._stopping = asyncio.Event()
        self._faults = 0

    # --- life ---

    async def start(self) -> None:
        """Begin to connect, and to reconnect for ever; returns at once."""
        assert not self._tasks, "a client starts once"
        self._tasks = [asyncio.create_task(self._backlog.run()), asyncio.create_task(self._stay_connected())]

    async def stop(self, quit_message: str = "") -> None:
        """Say goodbye and end within 5 seconds, whatever the server does.

        Whoever still waits for an answer gets `NotConnected` or `SendUnknown`.
        """
        self._stopping.set()
        if not self._tasks:
            return
        handing_on, staying = self._tasks
        if self._connection is not None:
            self._connection.session.quit(quit_message)
            self._connection.flush()
            await asyncio.wait({staying}, timeout=GOODBYE_S)
        if not staying.done():
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
            self._tell(Disconnected("stopped", None))
        # Let the last events be seen, but do not wait for ever on one who does not take them.
        await self._backlog.finish(LAST_EVENTS_S)
        handing_on.cancel()
        await asyncio.gather(handing_on, return_exceptions=True)

    # --- what is known ---

    @property
    def session(self) -> Session | None:
        """The session of the present connection; None where the server has not (yet) welcomed us."""
        connection = self._connection
        return connection.session if connection is not None and connection.session.is_registered else None

    @property
    def nick(self) -> str | None:
        """Our nick; None while not connected."""
        return self.session.nick if self.session is not None else None

    def is_ours(self, nick: str) -> bool:
        """Say whether a nick is that of our connection, or of a dead one that the server still holds."""
        return self.session is not None and self.session.is_ours(nick)

    @property
    def faults(self) -> int:
        """How often our own faults had to be caught."""
        return self._faults + self._backlog.faults

    @property
    def casemapping(self) -> CaseMapping:
        """How the network folds names."""
        return self.session.isupport.casemapping if self.session is not None else CaseMapping.RFC1459

    def channel(self, name: str) -> Channel | None:
        """Give what is known of a channel we are in."""
        return self.session.channels.get(name) if self.session is not None else None

    def text_bytes(self, target: str, kind: MessageKind = MessageKind.PRIVMSG) -> int | None:
        """Say how many bytes of text fit one line, so that all of it arrives; None while not connected."""
        return self.session.text_bytes(target, kind) if self.session is not None else None

    # --- what we say and do ---

    async def say(
        self,
        target: str,
        text: str,
        token: str,
        *,
        kind: MessageKind = MessageKind.PRIVMSG,
        tags: Mapping[str, str] | None = None,
    ) -> Delivered:
        """Say one line and wait for its fate.

        Raises `NotConnected` (it never left, say it again), `SendRefused`, `SendUnknown`, and `InvalidLine`
        for text that is no line or too long for one. When cancelled, a line that still waits for its turn is
        taken back; one that was handed over stays said.
        """
        connection = self._require()
        with self._answers.says.expecting(token) as fate:
            not_sent = connection.session.say(target, text, token=token, kind=kind, tags=tags)
            try:
                self._tell_all(not_sent)
                connection.flush()
                return await fate
            finally:
                connection.session.cancel(token)

    async def join(self, channel: str, key: str | None = None) -> Channel:
        """Come into a channel and stay there over reconnects; returns when its members are known.

        Raises `JoinFailed` (then the wish is forgotten), `NotConnected` (then it is kept) and `InvalidLine`.
        """
        make_join(channel, key)
        self._wanted[channel] = key
        known = self.channel(channel)
        if known is not None and known.is_complete:
            return known
        try:
            await self._ask_once(
                self._answers.joins,
                self._fold(channel),
                lambda session: session.join(channel, key),
                JoinFailed,
            )
        except JoinFailed:
            self._wanted.pop(channel, None)
            raise
        joined = self.channel(channel)
        if joined is None:
            raise JoinFailed("", "left again at once")
        return joined

    async def part(self, channel: str, reason: str = "") -> None:
        """Leave a channel and forget the wish to be there; raises nothing when we are not in it."""
        self._wanted.pop(channel, None)
        if self.channel(channel) is None:
            return
        await self._command(f"part {self._fold(channel)}", lambda session: session.part(channel, reason))

    async def set_topic(self, channel: str, topic: str) -> None:
        """Change a topic; raises `CommandFailed`, `NotConnected` and `InvalidLine`."""
        await self._command(f"topic {self._fold(channel)}", lambda session: session.set_topic(channel, topic))

    async def kick(self, channel: str, nick: str, reason: str = "") -> None:
        """Throw somebody out; raises `CommandFailed`, `NotConnected` and `InvalidLine`."""
        key = f"kick {self._fold(channel)} {self._fold(nick)}"
        await self._command(key, lambda session: session.kick(channel, nick, reason))

    async def names(self, channel: str) -> tuple[Member, ...]:
        """Give a channel's members, from what is known or by asking; raises as `set_topic`."""
        known = self.channel(channel)
        if known is not None and known.is_complete:
            return tuple(known.members.values())
        return await self._ask_once(
            self._answers.names,
            self._fold(channel),
            lambda session: session.ask_names(channel),
            CommandFailed,
        )

    async def list_channels(self, mask: str = "") -> tuple[ListedChannel, ...]:
        """Give the network's channels; raises as `set_topic`. Callers at the same time share one answer."""
        listed = await self._ask_once(
            self._answers.lists, "list", lambda session: session.list_channels(mask), CommandFailed
        )
        return listed.channels

    def want(self, channel: str, key: str | None = None) -> None:
        """Wish to be in a channel whenever connected, without asking now. Raises `InvalidLine`."""
        make_join(channel, key)
        self._wanted[channel] = key

    def wants(self, channel: str) -> bool:
        """Say whether we wish to be in a channel."""
        return channel in self._wanted

    def ask_modes(self, channel: str) -> None:
        """Ask for a channel's modes; `ModeChanged` tells them. Nothing happens while not connected."""
        if self._connection is not None and self._connection.session.is_registered:
            self._connection.session.ask_modes(channel)
            self._connection.flush()

    # --- asking ---

    def _require(self) -> Connection:
        connection = self._connection
        if connection is None or not connection.session.is_registered:
            raise NotConnected
        return connection

    def _fold(self, name: str) -> str:
        return self.casemapping.fold(name)

    async def _ask_once(
        self,
        waiters: Waiters[V],
        key: str,
        ask: Callable[[Session], None],
        failure: type[ClientError],
    ) -> V:
        """Ask unless somebody already waits for the same answer, then wait for it."""
        connection = self._require()
        is_asked = key in waiters
        with waiters.expecting(key) as answer:
            if not is_asked:
                ask(connection.session)
                connection.flush()
            return await self._within(answer, failure)

    async def _command(self, key: str, command: Callable[[Session], None]) -> None:
        connection = self._require()
        with self._answers.commands.expecting(key) as answer:
            command(connection.session)
            connection.flush()
            await self._within(answer, CommandFailed)

    async def _within(self, answer: "asyncio.Future[V]", failure: type[ClientError]) -> V:
        return await within(
            self._settings.answer_timeout_s,
            answer,
            clock=self._clock,
            too_late=lambda: failure("", "the server did not answer in time"),
        )

    # --- staying connected ---

    async def _stay_connected(self) -> None:
        while not self._stopping.is_set():
            # Who cannot take more events has no use for another connection either.
            await self._backlog.wait_for_room()
            self._tell(Connecting(self._settings.host, self._settings.port, self._backoff.failures + 1))
            self._attempt = attempt = _Attempt()
            reason = await self._connect_supervised(attempt)
            if attempt.registered_at is not None:
                self._backoff.held(self._clock.monotonic() - attempt.registered_at)
            if self._stopping.is_set():
                break
            self._slow_down(attempt)
            await self._clock.sleep(self._tell_end(attempt, reason))
        self._tell(Disconnected("stopped", None))

    def _tell_end(self, attempt: _Attempt, reason: str) -> float:
        """Tell that there is no connection any more; give the seconds until the next attempt."""
        refusal = attempt.refusal
        if refusal is None:
            delay_s = self._backoff.next_delay_s(is_ban=attempt.is_banned)
            self._tell(Disconnected(reason, delay_s))
            return delay_s
        delay_s = self._backoff.refused_delay_s(is_risky=refusal.reason in RISKY_TO_REPEAT)
        self._tell(Failed(refusal.reason.name.lower(), refusal.code, refusal.text, delay_s))
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
            self._faults += 1
            log.error("connection failed by a fault", faults=self._faults, trace=traceback.format_exc())
            return "a fault of the bridge ended the connection"

    async def _connect_once(self) -> str:
        """Connect and serve the connection; give the reason why it ended. Raises `CannotConnect`."""
        streams = await open_connection(self._settings)
        session = Session(evolve(self._settings.session, flood=self._flood))
        connection = Connection(
            session, streams, clock=self._clock, tell=self._tell_all, backlog=self._backlog
        )
        self._connection = connection
        try:
            return await connection.run()
        finally:
            self._connection = None
            self._answers.connection_ended()

    # --- events ---

    def _tell_all(self, events: Iterable[ClientEvent], text_bytes: int = 0) -> None:
        for event in events:
            self._tell(event, text_bytes)
            text_bytes = 0

    def _tell(self, event: ClientEvent, text_bytes: int = 0) -> None:
        """Answer those who wait for an event, and let it wait for ``on_event``."""
        match event:
            case Registered():
                self._attempt.registered_at = self._clock.monotonic()
                self._rejoin()
            case RegistrationFailed(reason=reason) if reason.is_permanent:
                self._attempt.refusal = event
            case ServerError(is_ban=is_ban, is_flood=is_flood):
                self._attempt.is_banned |= is_ban
                self._attempt.is_flood |= is_flood
            case _:
                self._answers.take(event)
        self._backlog.put(event, text_bytes)

    def _rejoin(self) -> None:
        session = self.session
        if session is not None and self._wanted:
            session.join_many(dict(self._wanted))
