"""One account in the demo chat: what the bridge says goes out here, what is heard comes in."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from bridge.api.network import ChatHistory, ChatInfo, ChatListing, Clock, Host
from bridge.model.errors import NetworkUnavailable, NotAllowed, NotDelivered, Phrase, Uncertain
from bridge.model.ids import ChatID, LoginID, NetworkName, RemoteUserID
from bridge.model.outgoing import Arrived, Part, PlannedPart, Say, Sent
from bridge.model.statuses import LoginHealth, LoginState, Settlement
from bridge.networks.demo.client import Client
from bridge.networks.demo.from_matrix import plan_say, read_part
from bridge.networks.demo.ids import (
    chat_name,
    make_login_id,
    make_message_id,
    make_user,
    make_user_id,
)
from bridge.networks.demo.protocol.place import AnswerLost, Chat, Happening, Place, Refused
from bridge.networks.demo.to_matrix import to_matrix

RETRY_AFTER: Final = timedelta(seconds=5)


class DemoLogin:
    """Implements ``Login``, ``ListsChats``, ``KnowsPower`` and ``KeepsHistory``."""

    def __init__(
        self,
        network: NetworkName,
        nick: str,
        place: Place,
        *,
        clock: Clock,
        is_own: Callable[[str], bool],
        history_lines: int = 0,
    ) -> None:
        self._network = network
        self._id = make_login_id(network, nick)
        self._clock = clock
        self._is_own = is_own
        self._history_lines = history_lines
        self._host: Host | None = None
        self._wanted: list[ChatID] = []
        self._state = LoginState(LoginHealth.STOPPED)
        self.client = Client(place, nick, self._heard)

    # ---------------------------------------------------------------------- the contract: Login

    @property
    def id(self) -> LoginID:
        return self._id

    @property
    def state(self) -> LoginState:
        return self._state

    @property
    def own_name(self) -> str | None:
        return self.client.nick if self.client.is_connected else None

    def plan(self, chat: ChatID, say: Say) -> tuple[Part, ...]:
        return plan_say(say)

    async def send(self, chat: ChatID, part: PlannedPart) -> Sent:
        self._require_connection()
        if chat not in self._chats() or self.client.nick not in self._chats()[chat].nicks:
            raise NotDelivered(
                Phrase.of("demo.send.not_in_chat", chat=chat_name(chat)), retry_at=self._later()
            )
        if part.part.payload["do"] == "kick":
            return self._kick(chat, part.part)
        try:
            done = self.client.place.write(part.token, read_part(chat, self.client.nick, part.part))
        except Refused as error:
            reason = Phrase.of("demo.send.refused", chat=chat_name(chat), why=error.why)
            raise NotDelivered(reason, retry_at=self._later() if error.for_now else None) from error
        except AnswerLost as error:
            raise Uncertain(Phrase.of("demo.send.uncertain", chat=chat_name(chat))) from error
        return Sent((make_message_id(done.number),), confirmed=True)

    async def settle(self, chat: ChatID, part: PlannedPart) -> Settlement | Arrived:
        if not self.client.is_connected:
            return Settlement.UNKNOWN
        found = self.client.place.written(part.token)
        return Settlement.NOT_ARRIVED if found is None else Arrived((make_message_id(found.number),))

    async def join(self, chat: ChatID) -> ChatInfo:
        if chat not in self._wanted:
            self._wanted.append(chat)
        if not self.client.is_connected:
            raise NetworkUnavailable(Phrase.of("demo.disconnected"))
        return self._enter(chat)

    async def leave(self, chat: ChatID, reason: str | None = None) -> None:
        if chat in self._wanted:
            self._wanted.remove(chat)
        if chat in self._chats() and self.client.nick in self._chats()[chat].nicks:
            self.client.place.go(chat, self.client.nick, reason=reason)
            await self.client.drained()
            if self._host is not None:
                self._host.sees_no_more(self._id, chat)

    def names(self, chat: ChatID) -> Collection[str]:
        return tuple(self._chats()[chat].nicks) if chat in self._chats() else ()

    # ------------------------------------------------- further abilities: directory, power, history

    async def list_chats(self, query: str | None, limit: int) -> Sequence[ChatListing]:
        found = (
            ChatListing(
                chat=ChatID(chat.name),
                name=chat_name(ChatID(chat.name)),
                topic=chat.topic or None,
                member_count=len(chat.nicks),
            )
            for chat in self._chats().values()
            if not chat.secret and (query or "").lower() in f"{chat.name} {chat.topic}".lower()
        )
        return sorted(found, key=lambda listing: (-listing.member_count, listing.name))[:limit]

    def runs_chat(self, chat: ChatID, user: RemoteUserID) -> bool:
        return chat in self._chats() and user in {make_user_id(nick) for nick in self._chats()[chat].owners}

    def login_runs_chat(self, chat: ChatID) -> bool:
        return self.runs_chat(chat, make_user_id(self.client.nick))

    async def history(self, chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        if not self.client.is_connected:
            raise NetworkUnavailable(Phrase.of("demo.disconnected"))
        lines = min(self._history_lines, limit)
        told = self.client.place.history(chat, lines)
        if not told:
            return None
        events = (
            evolve(to_matrix(self._network, happening), happened_at=at)
            for at, happening in told
            if at >= since and not self._is_own(happening.nick)
        )
        return ChatHistory(events=tuple(events), whole_since=told[0][0] if len(told) == lines else since)

    # -------------------------------------------------------------------- called by the connector

    async def connect(self, host: Host) -> None:
        """Connect and come into every wanted chat (again)."""
        self._host = host
        self.client.connect()
        self._tell(LoginState(LoginHealth.CONNECTED))
        for chat in self._wanted:
            try:
                self._enter(chat)
            except NotAllowed:
                host.sees_no_more(self._id, chat)

    async def disconnect(self, *, for_good: bool = False) -> None:
        """Lose the connection, or end it."""
        if not self.client.is_connected:
            return
        seen = [chat for chat in self._wanted if chat in self._chats()]
        await self.client.disconnect()
        for chat in seen:
            if self._host is not None:
                self._host.sees_no_more(self._id, chat)
        lost = LoginState(LoginHealth.DISCONNECTED, Phrase.of("demo.disconnected"))
        self._tell(LoginState(LoginHealth.STOPPED) if for_good else lost)

    # ------------------------------------------------------------------------------------ private

    async def _heard(self, happening: Happening) -> None:
        if self._host is not None and not self._is_own(happening.nick):
            await self._host.emit(self._id, to_matrix(self._network, happening))

    def _enter(self, name: ChatID) -> ChatInfo:
        try:
            chat = self.client.join(name)
        except Refused as error:
            raise NotAllowed(Phrase.of("demo.join.refused", chat=chat_name(name))) from error
        info = ChatInfo(
            chat=name,
            name=chat_name(name),
            topic=chat.topic or None,
            members=tuple(make_user(nick) for nick in chat.nicks if not self._is_own(nick)),
            secret=chat.secret,
        )
        if self._host is not None:
            self._host.sees(self._id, info)
        return info

    def _kick(self, chat: ChatID, part: Part) -> Sent:
        user = part.payload["user"]
        nick = next((nick for nick in self._chats()[chat].nicks if make_user_id(nick) == user), None)
        if nick is None or not self.login_runs_chat(chat):
            raise NotDelivered(Phrase.of("demo.kick.refused", chat=chat_name(chat)))
        self.client.place.go(chat, nick, by=self.client.nick, reason=part.payload["reason"] or None)
        return Sent(confirmed=True)

    def _require_connection(self) -> None:
        if not self.client.is_connected:
            raise NotDelivered(Phrase.of("demo.disconnected"), retry_at=self._later())

    def _chats(self) -> dict[str, Chat]:
        return self.client.place.chats

    def _later(self) -> datetime:
        return self._clock.now() + RETRY_AFTER

    def _tell(self, state: LoginState) -> None:
        self._state = state
        if self._host is not None:
            self._host.login_changed(self._id, state)
