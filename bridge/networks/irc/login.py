"""The relay's account on one IRC network: what the bridge says goes out here, what is heard comes in."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from attrs import evolve

from bridge.api.network import ChatHistory, ChatInfo, ChatListing, Clock, Host
from bridge.keeper.promise import Keeper
from bridge.model.errors import NetworkUnavailable, NotAllowed, NotDelivered, Phrase, Uncertain
from bridge.model.ids import ChatID, LoginID, NetworkName, RemoteUserID
from bridge.model.outgoing import Arrived, Part, PlannedPart, Say, Sent
from bridge.model.statuses import LoginHealth, LoginState, Settlement
from bridge.networks.irc.chats import SECRET_MODES, Chats, split_listed
from bridge.networks.irc.client import Client
from bridge.networks.irc.client_errors import (
    ClientError,
    CommandFailed,
    JoinFailed,
    NotConnected,
    SendRefused,
    SendUnknown,
)
from bridge.networks.irc.client_states import ClientEvent, Connecting, Disconnected, Failed, Resumed
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.from_matrix import Room, plan_say
from bridge.networks.irc.ids import is_channel, make_chat_id, make_message_id, relay_login_id
from bridge.networks.irc.login_state import THROTTLED, join_phrase, send_phrase, server_words, state_after
from bridge.networks.irc.parts import Write, WriteKind, read_part
from bridge.networks.irc.past import is_ours, past_events
from bridge.networks.irc.protocol.events import JoinRefused, MessageKind
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.networks.irc.protocol.line import InvalidLine, Source
from bridge.networks.irc.protocol.nicks import nick_candidates
from bridge.networks.irc.protocol.registration import LIKELY_NICK_BYTES
from bridge.networks.irc.rejoin import Rejoiner
from bridge.networks.irc.remote_clock import RemoteClock
from bridge.networks.irc.settings import make_settings
from bridge.networks.irc.to_matrix import View, to_matrix
from bridge.text.characters import wash_line

RETRY_SOON: Final = timedelta(seconds=5)
RETRY_LATER: Final = timedelta(seconds=60)
LIST_TIMEOUT_S: Final = 30.0

_KINDS: Final = {
    WriteKind.TEXT: MessageKind.PRIVMSG,
    WriteKind.NOTICE: MessageKind.NOTICE,
    WriteKind.ACTION: MessageKind.ACTION,
}


class IrcLogin:
    """Implements ``Login``, ``ListsChats``, ``KnowsPower`` and ``KeepsHistory``.

    ``is_own`` says whether a nick is that of one of our own connections to this network.
    """

    def __init__(
        self,
        network: NetworkName,
        config: IrcConfig,
        *,
        display_name: str,
        clock: Clock,
        random: Random,
        is_own: Callable[[str], bool],
        keeper: Keeper | None = None,
    ) -> None:
        self._id = relay_login_id(network)
        self._config = config
        self._display_name = display_name
        self._clock = clock
        self._state = LoginState(LoginHealth.STOPPED)
        self._host: Host | None = None
        self._life = secrets.token_hex(3)
        self._writes = 0
        settings = evolve(make_settings(config), held_as=self._id)
        self.client = Client(settings, on_event=self._on_event, clock=clock, random=random, keeper=keeper)
        self._rejoiner = Rejoiner(self.client, config, clock)
        self._chats = Chats(self._id, self.client, is_own=is_own, has_key=self._has_key)
        self._view = View(network, self._id, is_own, self.names)
        self._remote_clock = RemoteClock()

    # ---------------------------------------------------------------------- the contract: Login

    @property
    def id(self) -> LoginID:
        return self._id

    @property
    def state(self) -> LoginState:
        return self._state

    @property
    def own_name(self) -> str | None:
        return self.client.nick

    def plan(self, chat: ChatID, say: Say) -> tuple[Part, ...]:
        session = self.client.session
        room = Room(
            max_lines=self._config.max_lines,
            language=self._config.language.value,
            text_bytes=self.client.text_bytes(chat),
            topic_bytes=None if session is None else session.isupport.topic_length,
            kick_bytes=None if session is None else session.isupport.kick_length,
            tags=session is not None and "message-tags" in session.capabilities,
        )
        return plan_say(chat, say, room)

    async def send(self, chat: ChatID, part: PlannedPart) -> Sent:
        write = read_part(part.part)
        if self.client.nick is None:
            raise self._not_connected()
        if is_channel(chat) and self.client.channel(chat) is None:
            await self._come_back(chat)
        try:
            if write.kind is WriteKind.TOPIC:
                return await self._set_topic(write)
            if write.kind is WriteKind.KICK:
                await self.client.kick(write.target, write.user, write.text)
                return Sent(confirmed=True)
            return await self._say(write, part)
        except NotConnected as error:
            raise self._not_connected() from error
        except SendUnknown as error:
            raise Uncertain(Phrase.of("irc.send.uncertain", network=self._display_name)) from error
        except SendRefused as error:
            raise self._refused(chat, error) from error
        except CommandFailed as error:
            raise self._failed(chat, error) from error
        except InvalidLine as error:
            raise NotDelivered(Phrase.of("irc.send.invalid")) from error

    async def settle(self, chat: ChatID, part: PlannedPart) -> Settlement | Arrived:
        write = read_part(part.part)
        channel = self.client.channel(write.target)
        if write.kind is WriteKind.TOPIC and channel is not None:
            return Settlement.ARRIVED if channel.topic == write.text else Settlement.NOT_ARRIVED
        if write.kind is WriteKind.KICK and channel is not None:
            return Settlement.NOT_ARRIVED if write.user in channel.members else Settlement.ARRIVED
        return await self.client.fate_of(part.token)

    async def join(self, chat: ChatID) -> ChatInfo:
        key = self._config.key_of(chat) if is_channel(chat) else None
        if not is_channel(chat):
            return ChatInfo(chat=chat, name=chat, secret=True)
        try:
            await self.client.join(chat, key)
        except NotConnected as error:
            raise NetworkUnavailable(Phrase.of("irc.disconnected", network=self._display_name)) from error
        except JoinFailed as error:
            raise NotAllowed(self._join_phrase(chat, error)) from error
        except InvalidLine as error:
            raise NotAllowed(Phrase.of("irc.chat.invalid", given=chat)) from error
        await self._chats.wait_for_modes(chat)
        return self._chats.see(chat, self._host)

    async def leave(self, chat: ChatID, reason: str | None = None) -> None:
        if not is_channel(chat):
            return
        # Without a connection there is nothing to leave, and the wish to be there is forgotten.
        with contextlib.suppress(ClientError, InvalidLine):
            await self.client.part(chat, wash_line(reason or "")[:100])
        self._chats.unsee(chat, self._host)

    def names(self, chat: ChatID) -> Collection[str]:
        channel = self.client.channel(chat)
        return () if channel is None else tuple(channel.members)

    # --------------------------------------------------------- further abilities: directory, power

    async def list_chats(self, query: str | None, limit: int) -> Sequence[ChatListing]:
        try:
            async with asyncio.timeout(LIST_TIMEOUT_S):
                listed = await self.client.list_channels()
        except (ClientError, TimeoutError) as error:
            raise NetworkUnavailable(Phrase.of("irc.disconnected", network=self._display_name)) from error
        wanted = (query or "").casefold()
        listings = []
        for one in listed:
            modes, topic = split_listed(one.topic)
            if wanted not in f"{one.name} {topic}".casefold() or modes & SECRET_MODES:
                continue
            if self._chats.may_be_listed(one.name):
                listings.append(
                    ChatListing(
                        chat=make_chat_id(one.name),
                        name=one.name,
                        topic=wash_line(strip_codes(topic)) or None,
                        member_count=one.members,
                    )
                )
        return sorted(listings, key=lambda listing: (-listing.member_count, listing.chat))[:limit]

    def runs_chat(self, chat: ChatID, user: RemoteUserID) -> bool:
        return self._chats.is_operator(chat, user)

    def login_runs_chat(self, chat: ChatID) -> bool:
        return self.client.nick is not None and self._chats.is_operator(chat, self.client.nick)

    async def history(self, chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        if not is_channel(chat):
            return None
        try:
            told = await self.client.history(chat, self._remote_clock.theirs(since), limit)
        except NotConnected as error:
            raise NetworkUnavailable(Phrase.of("irc.disconnected", network=self._display_name)) from error
        except (ClientError, InvalidLine):
            return None
        if told is None:
            return None
        others = (message for message in told.messages if not self._was_ours(message.source))
        events = past_events(others, chat, self._view)
        return ChatHistory(
            events=tuple(self._remote_clock.in_our_time(event) for event in events),
            whole_since=None if told.whole_since is None else self._remote_clock.ours(told.whole_since),
        )

    # -------------------------------------------------------------------- called by the connector

    async def start(self, host: Host) -> None:
        """Begin to connect, without waiting for it."""
        self._host = host
        await self.client.start()

    async def stop(self) -> None:
        await self._rejoiner.stop()
        await self.client.stop("Trunkline stops")
        self._lost()
        if self._state.health is not LoginHealth.STOPPED:
            self._tell(LoginState(LoginHealth.STOPPED))

    # ---------------------------------------------------------------------------------- what is heard

    async def _on_event(self, event: ClientEvent) -> None:
        state = state_after(event, self._display_name)
        if state is not None:
            self._tell(evolve(state, retry_at=self._next_try(event)))
        match event:
            case Connecting():
                return
            case Resumed():
                if self._host is not None:
                    self._chats.see_again(self._host)
            case Disconnected() | Failed():
                self._lost()
                return
            case JoinRefused(channel=channel):
                self._rejoiner.refused(channel)
            case _:
                if self._host is not None:
                    self._remote_clock.hear(event, self._clock.now())
                    self._chats.follow(event, self._host)
                    place = self.client.place
                    for number, remote in enumerate(to_matrix(event, self._view)):
                        occurrence = f"{place}.{number}" if place and remote.remote_id is None else None
                        ours = self._remote_clock.in_our_time(remote)
                        await self._host.emit(self._id, evolve(ours, occurrence=occurrence))

    def _was_ours(self, source: Source) -> bool:
        nick, session = self._config.nick, self.client.session
        spare = nick_candidates(nick, (), is_bad=False, max_bytes=LIKELY_NICK_BYTES)
        nicks = (nick, *spare, *(() if self.client.nick is None else (self.client.nick,)))
        user = None if session is None else session.user
        users = (self._config.ident, *(() if user is None else (user,)))
        return is_ours(source, nicks, users, self.client.casemapping)

    def _next_try(self, event: ClientEvent) -> datetime | None:
        wait_s = event.retry_in_s if isinstance(event, Disconnected | Failed) else None
        return None if wait_s is None else self._in(timedelta(seconds=wait_s))

    def _lost(self) -> None:
        self._chats.unsee_all(self._host)

    def _tell(self, state: LoginState) -> None:
        self._state = state
        if self._host is not None:
            self._host.login_changed(self._id, state)

    # ----------------------------------------------------------------------------------- what is said

    async def _say(self, write: Write, part: PlannedPart) -> Sent:
        # A part may be said again after its first try was cancelled: no two tries share a name.
        self._writes += 1
        delivered = await self.client.say(
            write.target,
            write.text,
            f"{part.token}.{self._life}{self._writes}",
            kind=_KINDS[write.kind],
            tags=write.tags,
        )
        ids = () if delivered.msgid is None else (make_message_id(delivered.msgid),)
        return Sent(ids, confirmed=delivered.confirmed)

    async def _set_topic(self, write: Write) -> Sent:
        channel = self.client.channel(write.target)
        if channel is not None and channel.topic == write.text:
            # Servers stay silent about a topic that does not change.
            return Sent(confirmed=True)
        await self.client.set_topic(write.target, write.text)
        return Sent(confirmed=True)

    async def _come_back(self, chat: ChatID) -> None:
        """Be in the channel, or say why not. A refusal does not end the wish to be there."""
        key = self._config.key_of(chat)
        try:
            await self.client.join(chat, key)
        except NotConnected as error:
            raise self._not_connected() from error
        except JoinFailed as error:
            self.client.want(chat, key)
            raise NotDelivered(self._join_phrase(chat, error), retry_at=self._in(RETRY_LATER)) from error
        except InvalidLine as error:
            raise NotDelivered(Phrase.of("irc.send.invalid")) from error

    def _refused(self, chat: ChatID, error: SendRefused) -> NotDelivered:
        phrase = send_phrase(error.code, error.text, chat=chat, network=self._display_name)
        may_pass = error.code in THROTTLED or error.code == "442"
        return NotDelivered(phrase, retry_at=self._in(RETRY_SOON) if may_pass else None)

    def _failed(self, chat: ChatID, error: CommandFailed) -> NotDelivered | Uncertain:
        if not error.code:
            return Uncertain(Phrase.of("irc.send.uncertain", network=self._display_name))
        return NotDelivered(Phrase.of("irc.send.no_power", chat=chat, why=server_words(error.text)))

    def _join_phrase(self, chat: ChatID, error: JoinFailed) -> Phrase:
        nick = self.client.nick or self._config.nick
        return join_phrase(error.code, error.text, chat=chat, network=self._display_name, nick=nick)

    def _not_connected(self) -> NotDelivered:
        phrase = Phrase.of("irc.disconnected", network=self._display_name)
        return NotDelivered(phrase, retry_at=self._in(RETRY_SOON))

    def _in(self, wait: timedelta) -> datetime:
        return self._clock.now() + wait

    def _has_key(self, chat: ChatID) -> bool:
        return self._config.key_of(chat) is not None
