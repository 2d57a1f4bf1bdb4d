"""Everything that is true on the server at a moment: clients, nicks, channels."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from bridge.networks.irc.protocol.casemap import NameMap
from bridge.networks.irc.protocol.line import Line, Source
from bridge.playground.ircd.capabilities import offered
from bridge.playground.ircd.channel import Channel
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.history import History
from bridge.playground.ircd.settings import CHANNEL_BYTES, Settings


class World:
    """The server's state, and the ways to speak to many clients at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started_at = datetime.now(UTC)
        self.clients: set[Client] = set()
        self.nicks: NameMap[Client] = NameMap(settings.casemapping)
        self.channels: NameMap[Channel] = NameMap(settings.casemapping)
        self.capabilities = offered(settings)
        self.history = History(settings.history_lines, settings.casemapping)
        self.source = Source(settings.name)

    # Finding.

    def same(self, one: str, other: str) -> bool:
        return self.settings.casemapping.same(one, other)

    def person(self, nick: str) -> Client | None:
        """Return the registered client with this nick."""
        client = self.nicks.get(nick)
        return client if client is not None and client.registered else None

    def peers(self, client: Client) -> set[Client]:
        """Return everybody else who shares a channel with a client."""
        return {member for channel in client.channels for member in channel.members} - {client}

    def new_message_id(self) -> str:
        return secrets.token_urlsafe(12)

    # Speaking.

    def reply(self, client: Client, numeric: str, *params: str) -> None:
        """Send a numeric, or another line of the server's own, to one client."""
        *middle, last = params or ("",)
        words = [client.called, *(_as_word(one) for one in middle), last]
        client.send(Line(numeric, tuple(words), self.source))

    def send(self, client: Client, command: str, *params: str) -> None:
        """Send a line from the server, without the client's nick in front."""
        client.send(Line(command, params, self.source))

    def tell(self, receivers: Iterable[Client], line: Line, *, capability: str | None = None) -> None:
        """Send one line to many, or to those of them with a capability."""
        for receiver in list(receivers):
            if capability is None or receiver.has(capability):
                receiver.send(line)

    # Changing.

    def join(self, channel: Channel, client: Client, rank: str) -> None:
        channel.members[client] = rank
        channel.invited.discard(client)
        client.channels.add(channel)

    def leave(self, channel: Channel, client: Client) -> None:
        channel.members.pop(client, None)
        client.channels.discard(channel)
        if not channel.members:
            self.channels.pop(channel.name, None)

    def forget(self, client: Client, reason: str) -> None:
        """Take a client out of the world and tell the others that it quit."""
        if client not in self.clients:
            return
        self.clients.discard(client)
        if client.registered:
            self.tell(self.peers(client), client.line("QUIT", reason))
        for channel in list(client.channels):
            self.leave(channel, client)
        for channel in self.channels.values():
            channel.invited.discard(client)
        if self.nicks.get(client.nick) is client:
            del self.nicks[client.nick]


def is_channel_name(name: str) -> bool:
    size = len(name.encode("utf-8", "replace"))
    return name.startswith("#") and 1 < size <= CHANNEL_BYTES and not any(one in name for one in " ,\a:")


def cut(text: str, size_bytes: int) -> str:
    """Shorten a text to at most so many bytes of UTF-8, never inside a character."""
    return text.encode("utf-8", "replace")[:size_bytes].decode("utf-8", "ignore")


def _as_word(param: str) -> str:
    """Make something that a client sent fit for a place before the last parameter."""
    word = param.partition(" ")[0]
    return "*" if not word or word.startswith(":") else word
