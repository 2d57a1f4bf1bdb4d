"""A lasting IRC client: connects, stays connected, and answers for everything it is asked to do.

The session decides, the connection writes and sleeps; the client keeps both going over reconnects, joins the
wanted channels again, and turns events into answers for those who wait for them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from random import Random
from typing import TypeVar

from bridge.api.network import Clock
from bridge.keeper.direct import Direct
from bridge.keeper.promise import Keeper
from bridge.model.outgoing import Arrived
from bridge.model.statuses import Settlement
from bridge.networks.irc.client_answers import Answers
from bridge.networks.irc.client_backlog import Backlog
from bridge.networks.irc.client_connection import Connection
from bridge.networks.irc.client_errors import ClientError, CommandFailed, JoinFailed, NotConnected
from bridge.networks.irc.client_history import Histories, Told
from bridge.networks.irc.client_link import Link
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.client_settled import line_of
from bridge.networks.irc.client_states import ClientEvent, Disconnected
from bridge.networks.irc.client_waiting import Waiters, within
from bridge.networks.irc.protocol.casemap import CaseMapping, NameMap
from bridge.networks.irc.protocol.channels import Channel
from bridge.networks.irc.protocol.events import (
    Delivered,
    ListedChannel,
    Member,
    MessageKind,
    Registered,
)
from bridge.networks.irc.protocol.joins import make_join
from bridge.networks.irc.protocol.session import Session

V = TypeVar("V")

GOODBYE_S = 2.0
"""How long the server may take to close the connection after our goodbye."""
LAST_EVENTS_S = 1.0
"""How long the last events may take to be taken when the client stops."""


class Client:
    """One lasting connection to an IRC network.

    Args:
        on_event: is awaited for each event and state, one after another, in their order. See `client_backlog`
            for what happens while it does not return. What it raises is logged, and the next event follows.
        clock: the only source of time.
        random: for the jitter between attempts.
        keeper: holds the connections; nobody does unless one is given.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        on_event: Callable[[ClientEvent], Awaitable[None]],
        clock: Clock,
        random: Random,
        keeper: Keeper | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._wanted: NameMap[str | None] = NameMap(CaseMapping.RFC1459)
        self._answers = Answers(self._fold, lambda channel: self.channel(channel) is not None)
        self._histories = Histories(self._fold, clock)
        self._backlog = Backlog(on_event, bound_bytes=settings.waiting_bytes)
        self._link = Link(
            settings,
            self._backlog,
            keeper=keeper or Direct(),
            clock=clock,
            random=random,
            answer=self._answer,
            ended=self._connection_ended,
        )
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---

    async def start(self) -> None:
        """Begin to connect, and to reconnect for ever; returns at once."""
        assert not self._tasks, "a client starts once"
        self._tasks = [asyncio.create_task(self._backlog.run()), asyncio.create_task(self._link.run())]

    async def stop(self, quit_message: str = "") -> None:
        """Say goodbye and end within 5 seconds, whatever the server does.

        Whoever still waits for an answer gets `NotConnected` or `SendUnknown`. Where the connection is held
        and is to live on, nobody says goodbye or gets an answer: that is for the client that comes next.
        """
        connection = self._link.connection
        if connection is not None and self._link.leave():
            await self._end(connection)
            return
        can_wait = self._link.goodbye(quit_message)
        if not self._tasks:
            return
        if can_wait:
            await asyncio.wait({self._tasks[1]}, timeout=GOODBYE_S)
        await self._end(None)

    async def _end(self, left: Connection | None) -> None:
        handing_on, staying = self._tasks
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)
        self._link.tell([Disconnected("stopped", None)])
        # Let the last events be seen, but do not wait for ever on one who does not take them.
        await self._backlog.finish(LAST_EVENTS_S)
        handing_on.cancel()
        await asyncio.gather(handing_on, return_exceptions=True)
        if left is not None:
            await left.held.leave()

    # --- what is known ---

    @property
    def place(self) -> str:
        """While an event is taken: names the line that it came from (`Backlog.place`)."""
        return self._backlog.place

    @property
    def session(self) -> Session | None:
        """The session of the present connection; None where the server has not (yet) welcomed us."""
        connection = self._link.connection
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
        return self._link.faults + self._backlog.faults

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
                self._link.tell(not_sent)
                connection.flush()
                return await fate
            finally:
                connection.session.cancel(token)

    async def fate_of(self, line: str) -> Settlement | Arrived:
        """Find out what became of a line that was said, maybe by an earlier process, under ``LINE.TRY``.

        Waits for the server's answer where that is still to come.
        """
        session = self.session
        tries = () if session is None else session.in_flight
        token = next((one for one in tries if line_of(one) == line), None)
        if token is not None:
            with self._answers.says.expecting(token) as fate:
                # Its end is noted before whoever waits here is woken.
                await asyncio.wait({fate})
        settled = self._link.settled
        known = settled.of(line)
        if known is not None:
            return known
        return Settlement.NOT_ARRIVED if settled.goes_back else Settlement.UNKNOWN

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

    async def history(self, channel: str, since: datetime, limit: int) -> Told | None:
        """Give what the server keeps of a channel we are in; see `Histories.fetch`. Raises as `set_topic`."""
        return await self._histories.fetch(self._require(), channel, since, limit)

    def want(self, channel: str, key: str | None = None) -> None:
        """Wish to be in a channel whenever connected, without asking now. Raises `InvalidLine`."""
        make_join(channel, key)
        self._wanted[channel] = key

    def wants(self, channel: str) -> bool:
        """Say whether we wish to be in a channel."""
        return channel in self._wanted

    def ask_modes(self, channel: str) -> None:
        """Ask for a channel's modes; `ModeChanged` tells them. Nothing happens while not connected."""
        if self._link.connection is not None and self._link.connection.session.is_registered:
            self._link.connection.session.ask_modes(channel)
            self._link.connection.flush()

    # --- asking ---

    def _require(self) -> Connection:
        connection = self._link.connection
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

    # --- events ---

    def _connection_ended(self) -> None:
        self._answers.connection_ended()
        self._histories.connection_ended()

    def _answer(self, event: ClientEvent) -> None:
        """Answer those who wait for an event, and come back to where we wish to be."""
        self._answers.take(event)
        self._histories.take(event)
        session = self.session
        if isinstance(event, Registered) and session is not None and self._wanted:
            session.join_many(dict(self._wanted))
