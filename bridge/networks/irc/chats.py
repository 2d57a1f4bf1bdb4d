"""Which channels a login sees now, what they are like, and who runs them."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Final

from bridge.api.network import ChatInfo, Host
from bridge.model.errors import InvalidInput
from bridge.model.ids import ChatID, LoginID
from bridge.model.remote_events import RemoteUser
from bridge.networks.irc.client import Client
from bridge.networks.irc.ids import make_chat_id, make_user_id
from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.networks.irc.protocol.events import Event, Joined, Kicked, ModeChanged, NamesReceived, Parted
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.text.characters import wash_line

SECRET_MODES: Final = frozenset("spki")
"""Secret, private, keyed and invite-only channels never enter a directory, and not everybody may come in."""
MODES_TIMEOUT_S: Final = 5.0
"""How long a server may take to tell a channel's modes after we joined it."""
_LISTED_MODES: Final = re.compile(r"\[\+([A-Za-z]*)[^\]]*\] ?")


def split_listed(topic: str) -> tuple[frozenset[str], str]:
    """The modes that some servers (InspIRCd, UnrealIRCd) put before a topic in their list, and the topic."""
    found = _LISTED_MODES.match(topic)
    return (frozenset(found[1]), topic[found.end() :]) if found else (frozenset(), topic)


class Chats:
    """Follows the client's events and tells the host what is seen.

    Until a server has told a channel's modes it counts as secret. When that changes, the host is told again.
    """

    def __init__(
        self,
        login: LoginID,
        client: Client,
        *,
        is_own: Callable[[str], bool],
        has_key: Callable[[ChatID], bool],
    ) -> None:
        self._login = login
        self._client = client
        self._is_own = is_own
        self._has_key = has_key
        self._seen: dict[ChatID, bool] = {}
        self._modes_told: set[ChatID] = set()
        self._modes_awaited: dict[ChatID, asyncio.Event] = {}

    def follow(self, event: Event, host: Host) -> None:
        """Take note of what an event means for what is seen."""
        try:
            self._follow(event, host)
        except InvalidInput:
            return  # a name that is none: no channel of ours

    def _follow(self, event: Event, host: Host) -> None:
        match event:
            case Joined(channel=channel, is_self=True):
                self._client.ask_modes(channel)
            case NamesReceived(channel=channel):
                chat = make_chat_id(channel)
                if self._client.channel(channel) is not None and chat not in self._seen:
                    self.see(chat, host)
            case ModeChanged(channel=channel, source=source):
                chat = make_chat_id(channel)
                if source is None:
                    self._modes_told.add(chat)
                    self._modes_awaited.setdefault(chat, asyncio.Event()).set()
                # Ranks come and go by the hundred where a netsplit heals, and change nothing that is seen.
                if chat in self._seen and self._is_secret(chat) is not self._seen[chat]:
                    self.see(chat, host)
            case Parted(channel=channel, is_self=True) | Kicked(channel=channel, is_self=True):
                self.unsee(make_chat_id(channel), host)
            case _:
                pass

    async def wait_for_modes(self, chat: ChatID) -> None:
        """Until the server has told the channel's modes; a server that does not leaves it secret."""
        if chat in self._modes_told:
            return
        told = self._modes_awaited.setdefault(chat, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MODES_TIMEOUT_S):
                await told.wait()
        self._modes_awaited.pop(chat, None)

    def see(self, chat: ChatID, host: Host | None) -> ChatInfo:
        """The channel as it is now; the host is told."""
        info = self._info(chat)
        self._seen[chat] = info.secret
        if host is not None:
            host.sees(self._login, info)
        return info

    def see_again(self, host: Host) -> None:
        """All that a held connection sees, and has seen all along."""
        session = self._client.session
        for channel in () if session is None else tuple(session.channels.values()):
            with contextlib.suppress(InvalidInput):
                chat = make_chat_id(channel.name)
                if channel.modes_told:
                    self._modes_told.add(chat)
                else:
                    self._client.ask_modes(channel.name)
                if channel.is_complete:
                    self.see(chat, host)

    def unsee(self, chat: ChatID, host: Host | None) -> None:
        self._modes_told.discard(chat)
        if chat in self._seen:
            del self._seen[chat]
            if host is not None:
                host.sees_no_more(self._login, chat)

    def unsee_all(self, host: Host | None) -> None:
        for chat in tuple(self._seen):
            self.unsee(chat, host)

    def may_be_listed(self, name: str) -> bool:
        """Whether a channel of the server's list may be shown: a member is told of secret ones as well."""
        try:
            chat = make_chat_id(name)
        except InvalidInput:
            return False
        if self._has_key(chat):
            return False
        return self._client.channel(name) is None or not self._is_secret(chat)

    def is_operator(self, chat: ChatID, nick: str) -> bool:
        """Whether somebody is a channel operator or more (owner, admin)."""
        session, channel = self._client.session, self._client.channel(chat)
        if session is None or channel is None:
            return False
        symbols = list(session.isupport.prefixes.values())
        modes = list(session.isupport.prefixes)
        high = symbols[: modes.index("o") + 1] if "o" in modes else []
        member = channel.members.get(nick)
        if member is None:
            # An ID is folded by ASCII; a server may hold more spellings to be one.
            fold = CaseMapping.ASCII.fold
            member = next((one for name, one in channel.members.items() if fold(name) == nick), None)
        return member is not None and any(symbol in high for symbol in member.symbols)

    def _info(self, chat: ChatID) -> ChatInfo:
        channel = self._client.channel(chat)
        if channel is None:
            return ChatInfo(chat=chat, name=chat, secret=True)
        members = (
            RemoteUser(make_user_id(member.nick), member.nick, member.account)
            for member in channel.members.values()
            if not self._is_own(member.nick)
        )
        return ChatInfo(
            chat=chat,
            name=channel.name,
            topic=wash_line(strip_codes(channel.topic)) or None,
            members=tuple(members),
            secret=self._is_secret(chat),
            seen_since=channel.held_since,
        )

    def _is_secret(self, chat: ChatID) -> bool:
        channel = self._client.channel(chat)
        modes = set() if channel is None else set(channel.modes)
        return chat not in self._modes_told or bool(modes & SECRET_MODES) or self._has_key(chat)
