"""The demo network: what the entry point names, and the connector it makes."""

from collections.abc import Sequence
from random import Random

from bridge.api.network import Clock, Host, Login
from bridge.model.capabilities import Capabilities, Support
from bridge.model.errors import Phrase
from bridge.model.ids import ChatID, NetworkName, RemoteUserID
from bridge.model.statuses import CheckLine, CheckResult
from bridge.networks.demo import ids
from bridge.networks.demo.catalogue import SENTENCES
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.login import DemoLogin
from bridge.networks.demo.protocol.place import Place

__all__ = ["SECTION", "SENTENCES", "DemoConnector", "make_connector"]

SECTION = DemoConfig


def make_connector(name: NetworkName, config: DemoConfig, *, clock: Clock, random: Random) -> "DemoConnector":
    """Make the connector; the demo has no use for chance."""
    return DemoConnector(name, config, clock=clock)


class DemoConnector:
    """Implements ``Connector`` and ``ConfiguresChats``. ``place`` is the chat itself, for those who play."""

    def __init__(self, name: NetworkName, config: DemoConfig, *, clock: Clock) -> None:
        self.place = Place(clock.now)
        self._network = name
        self._config = config
        self._logins = [
            DemoLogin(
                name,
                nick,
                self.place,
                clock=clock,
                is_own=self._is_own,
                history_lines=config.history_lines,
            )
            for nick in config.nicks
        ]

    @property
    def network(self) -> NetworkName:
        return self._network

    @property
    def protocol_id(self) -> str:
        return "demo"

    @property
    def display_name(self) -> str:
        return self._config.display_name

    async def start(self, host: Host) -> None:
        for login in self._logins:
            await login.connect(host)

    async def stop(self) -> None:
        for login in self._logins:
            await login.disconnect(for_good=True)

    def relay(self) -> Login | None:
        return self._logins[0]

    def logins(self) -> Sequence[DemoLogin]:
        return tuple(self._logins)

    def configured_chats(self) -> Sequence[ChatID]:
        return tuple(ids.parse_chat_text(name) for name in self._config.chats)

    def capabilities(self, chat: ChatID | None = None) -> Capabilities:
        return Capabilities(
            edits=Support.NATIVE,
            reactions=Support.NATIVE,
            redactions=Support.NATIVE,
            replies=Support.NATIVE,
            media=Support.READABLE,
            topics=Support.NATIVE,
            formatting=Support.NATIVE,
            message_ids=True,
            confirms_sends=True,
        )

    def parse_chat(self, text: str) -> ChatID:
        return ids.parse_chat_text(text)

    def chat_name(self, chat: ChatID) -> str:
        return ids.chat_name(chat)

    def chat_slug(self, chat: ChatID) -> str:
        return str(chat)

    def parse_slug(self, slug: str) -> ChatID:
        return ids.parse_chat_text(slug)

    def ghost_slug(self, user: RemoteUserID) -> str:
        return ids.make_ghost_slug(user)

    async def check(self) -> Sequence[CheckLine]:
        finding = Phrase.of("demo.check.ok", chats=len(self._config.chats))
        return (CheckLine(self.display_name, CheckResult.OK, finding),)

    def _is_own(self, nick: str) -> bool:
        return any(login.client.nick == nick for login in self._logins)
