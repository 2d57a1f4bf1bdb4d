"""An IRC network: what the entry point names, and the connector it makes."""

from collections.abc import Sequence
from random import Random
from typing import Final

from bridge.api.network import Clock, Host
from bridge.keeper.promise import Keeper
from bridge.model.capabilities import Capabilities, Support
from bridge.model.errors import Misconfigured, Phrase
from bridge.model.ids import ChatID, NetworkName, RemoteUserID
from bridge.model.statuses import CheckLine
from bridge.networks.irc import ids
from bridge.networks.irc.catalogue import SENTENCES
from bridge.networks.irc.check import check_server
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.login import IrcLogin
from bridge.networks.irc.protocol.line import InvalidLine

__all__ = ["SECTION", "SENTENCES", "IrcConnector", "make_connector"]

SECTION = IrcConfig
LINE_BYTES: Final = 380
"""About how much of a text fits one line."""


def make_connector(name: NetworkName, config: IrcConfig, *, clock: Clock, random: Random) -> "IrcConnector":
    """Make the connector of one IRC network. Raises ``Misconfigured`` for a nick that cannot be written."""
    return IrcConnector(name, config, clock=clock, random=random)


class IrcConnector:
    """Implements ``Connector``, ``ConfiguresChats`` and ``KeepsConnections``."""

    def __init__(self, name: NetworkName, config: IrcConfig, *, clock: Clock, random: Random) -> None:
        self._network = name
        self._config = config
        self._clock = clock
        self._random = random
        self._relay = self._make_relay(None)

    def _make_relay(self, keeper: Keeper | None) -> IrcLogin:
        try:
            return IrcLogin(
                self._network,
                self._config,
                display_name=self.display_name,
                clock=self._clock,
                random=self._random,
                is_own=self._is_own,
                keeper=keeper,
            )
        except InvalidLine as error:
            raise Misconfigured(
                Phrase.of("irc.refused.nick", network=self.display_name, why=self._config.nick)
            ) from error

    def use_keeper(self, keeper: Keeper) -> None:
        self._relay = self._make_relay(keeper)

    @property
    def network(self) -> NetworkName:
        return self._network

    @property
    def protocol_id(self) -> str:
        return "irc"

    @property
    def display_name(self) -> str:
        return self._config.display_name or self._network

    async def start(self, host: Host) -> None:
        await self._relay.start(host)

    async def stop(self) -> None:
        await self._relay.stop()

    def relay(self) -> IrcLogin:
        return self._relay

    def logins(self) -> Sequence[IrcLogin]:
        return (self._relay,)

    def configured_chats(self) -> Sequence[ChatID]:
        return tuple(dict.fromkeys(ids.make_chat_id(channel) for channel in self._config.channels))

    def capabilities(self, chat: ChatID | None = None) -> Capabilities:
        session = self._relay.client.session
        enabled = frozenset[str]() if session is None else session.capabilities
        return Capabilities(
            edits=Support.READABLE,
            reactions=Support.READABLE,
            redactions=Support.READABLE,
            replies=Support.READABLE,
            media=Support.READABLE,
            topics=Support.NATIVE,
            formatting=Support.NATIVE,
            message_ids={"message-tags", "echo-message"} <= enabled,
            confirms_sends=True,
            max_part_bytes=LINE_BYTES,
        )

    def parse_chat(self, text: str) -> ChatID:
        return ids.parse_chat_text(text)

    def chat_name(self, chat: ChatID) -> str:
        return str(chat)

    def chat_slug(self, chat: ChatID) -> str:
        return ids.make_chat_slug(chat)

    def parse_slug(self, slug: str) -> ChatID:
        return ids.parse_chat_slug(slug)

    def ghost_slug(self, user: RemoteUserID) -> str:
        return ids.make_ghost_slug(user)

    async def check(self) -> Sequence[CheckLine]:
        return await check_server(
            self._config, display_name=self.display_name, clock=self._clock, random=self._random
        )

    def _is_own(self, nick: str) -> bool:
        """Whether one of our connections to this network goes by that nick."""
        return any(login.client.is_ours(nick) for login in self.logins())
